package registry

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"

	"gantry/emulator/registry/policy"
)

// The settings of imageTagMutability, ECR semantics 10.3 [ECR: ImageTagMutability].
const (
	Mutable                = "MUTABLE"
	Immutable              = "IMMUTABLE"
	MutableWithExclusion   = "MUTABLE_WITH_EXCLUSION"
	ImmutableWithExclusion = "IMMUTABLE_WITH_EXCLUSION"
)

// Repository is a repository and its settings. The settings that have no effect
// here (encryption, the repository policy) are kept so that a client reads back
// what it wrote.
type Repository struct {
	Name                string            `json:"name"`
	CreatedAt           time.Time         `json:"createdAt"`
	TagMutability       string            `json:"tagMutability"`
	MutabilityExclusion []string          `json:"mutabilityExclusion,omitempty"` // wildcard filters
	ScanOnPush          bool              `json:"scanOnPush,omitempty"`
	EncryptionType      string            `json:"encryptionType"`
	KMSKey              string            `json:"kmsKey,omitempty"`
	Tags                map[string]string `json:"tags,omitempty"` // of the resource, not of images
	Policy              string            `json:"policy,omitempty"`
	LifecyclePolicy     string            `json:"lifecyclePolicy,omitempty"`
	// When the lifecycle policy is to be applied next, and when it was last.
	LifecycleDue       time.Time `json:"lifecycleDue,omitzero"`
	LifecycleAppliedAt time.Time `json:"lifecycleAppliedAt,omitzero"`
}

// refusesMove tells whether a tag that is in use may not move to other content.
func (repository Repository) refusesMove(tag string) bool {
	excluded := false
	for _, filter := range repository.MutabilityExclusion {
		excluded = excluded || policy.Matches(filter, tag)
	}
	switch repository.TagMutability {
	case Immutable:
		return true
	case ImmutableWithExclusion:
		return !excluded
	case MutableWithExclusion:
		return excluded
	default:
		return false
	}
}

// The rule of a filter of tags, and how many there may be and how many wildcards
// in each [ECR: ImageTagMutabilityExclusionFilter; the wildcards, ECR-UG].
const (
	exclusionFilterRule    = `[0-9a-zA-Z._*-]{1,128}`
	mostExclusionFilters   = 5
	mostExclusionWildcards = 2
)

func (r *Registry) checkExclusions(mutability string, filters []string) error {
	with := mutability == MutableWithExclusion || mutability == ImmutableWithExclusion
	switch {
	case with && len(filters) == 0:
		return invalidParameter("imageTagMutabilityExclusionFilters", "must be given when imageTagMutability is "+mutability)
	case !with && len(filters) > 0:
		return invalidParameter("imageTagMutabilityExclusionFilters", "must not be given when imageTagMutability is "+mutability)
	case len(filters) > mostExclusionFilters:
		return invalidParameter("imageTagMutabilityExclusionFilters", fmt.Sprintf("must have length less than or equal to %d", mostExclusionFilters))
	}
	for _, filter := range filters {
		if !r.rules.exclusion.MatchString(filter) {
			return invalidParameter("imageTagMutabilityExclusionFilters", "must satisfy regular expression '"+exclusionFilterRule+"'")
		}
		if strings.Count(filter, "*") > mostExclusionWildcards {
			return invalidParameter("imageTagMutabilityExclusionFilters", fmt.Sprintf("must have at most %d wildcards", mostExclusionWildcards))
		}
	}
	return nil
}

func (r *Registry) checkSettings(repository Repository) error {
	switch repository.TagMutability {
	case Mutable, Immutable, MutableWithExclusion, ImmutableWithExclusion:
	default:
		return invalidParameter("imageTagMutability",
			"Member must satisfy enum value set: [IMMUTABLE, MUTABLE, IMMUTABLE_WITH_EXCLUSION, MUTABLE_WITH_EXCLUSION]")
	}
	switch repository.EncryptionType {
	case "AES256", "KMS", "KMS_DSSE":
	default:
		return invalidParameter("encryptionType", "Member must satisfy enum value set: [KMS, AES256, KMS_DSSE]")
	}
	if repository.EncryptionType == "AES256" && repository.KMSKey != "" {
		return invalidParameter("encryptionConfiguration", "kmsKey must not be given when encryptionType is AES256")
	}
	return r.checkExclusions(repository.TagMutability, repository.MutabilityExclusion)
}

// CreateRepository makes a repository from its name and whatever settings are
// given; the time of creation is the registry's to set.
func (r *Registry) CreateRepository(wanted Repository) (Repository, error) {
	if err := r.checkName(wanted.Name); err != nil {
		return Repository{}, err
	}
	r.withDefaults(&wanted)
	if err := r.checkSettings(wanted); err != nil {
		return Repository{}, err
	}
	err := r.db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket([]byte(bucketRepositories)).Get([]byte(wanted.Name)) != nil {
			return refuse(CodeRepositoryAlreadyExists,
				"The repository with name '%s' already exists in the registry with id '%s'", wanted.Name, r.account)
		}
		return r.enter(tx, &wanted)
	})
	r.rescheduled()
	return wanted, storageError("create repository "+wanted.Name, err)
}

func (r *Registry) withDefaults(repository *Repository) {
	if repository.TagMutability == "" {
		repository.TagMutability = Mutable
	}
	if repository.EncryptionType == "" {
		repository.EncryptionType = "AES256"
	}
	if repository.EncryptionType != "AES256" && repository.KMSKey == "" {
		repository.KMSKey = r.managedKey()
	}
}

// CheckTemplate refuses settings that no repository can have.
func (r *Registry) CheckTemplate(settings Repository) error {
	r.withDefaults(&settings)
	return r.checkSettings(settings)
}

// enter keeps a new repository, whose lifecycle policy, if it has one, is due
// from now on.
func (r *Registry) enter(tx *bbolt.Tx, repository *Repository) error {
	repository.CreatedAt = r.now()
	if repository.LifecyclePolicy != "" {
		if err := r.lifecycleFrom(tx, repository, r.now()); err != nil {
			return err
		}
	}
	return put(tx, bucketRepositories, []byte(repository.Name), *repository)
}

// managedKey is the key that encrypts what is encrypted with no other: there is
// one for each account and Region, which AWS makes.
func (r *Registry) managedKey() string {
	id := uuid.NewSHA1(uuid.NameSpaceOID, []byte("aws/ecr "+r.account+" "+r.region))
	return "arn:aws:kms:" + r.region + ":" + r.account + ":key/" + id.String()
}

// ChangeRepository applies change to a repository's settings and stores them.
// Name and time of creation stay what they were. change runs inside the
// transaction: it must not call the registry.
func (r *Registry) ChangeRepository(name string, change func(*Repository) error) (Repository, error) {
	var changed Repository
	err := r.db.Update(func(tx *bbolt.Tx) error {
		before, err := r.repository(tx, name)
		if err != nil {
			return err
		}
		changed = before
		if err := change(&changed); err != nil {
			return err
		}
		changed.Name, changed.CreatedAt = before.Name, before.CreatedAt
		if err := r.checkSettings(changed); err != nil {
			return err
		}
		return put(tx, bucketRepositories, []byte(name), changed)
	})
	r.rescheduled()
	return changed, storageError("change repository "+name, err)
}

// Repository returns one repository.
func (r *Registry) Repository(name string) (Repository, error) {
	var found Repository
	err := r.db.View(func(tx *bbolt.Tx) (err error) {
		found, err = r.repository(tx, name)
		return err
	})
	return found, storageError("read repository "+name, err)
}

// Repositories returns the named repositories in the order given, or without
// names all of them in order of their names.
func (r *Registry) Repositories(names ...string) ([]Repository, error) {
	found := []Repository{}
	err := r.db.View(func(tx *bbolt.Tx) error {
		for _, name := range names {
			one, err := r.repository(tx, name)
			if err != nil {
				return err
			}
			found = append(found, one)
		}
		if len(names) > 0 {
			return nil
		}
		return tx.Bucket([]byte(bucketRepositories)).ForEach(func(name, value []byte) error {
			var one Repository
			if err := json.Unmarshal(value, &one); err != nil {
				return fmt.Errorf("the entry of repository %s is damaged: %w", name, err)
			}
			found = append(found, one)
			return nil
		})
	})
	return found, storageError("list repositories", err)
}

// DeleteRepository deletes a repository, with force also one that has images,
// and returns what it was.
func (r *Registry) DeleteRepository(name string, force bool) (Repository, error) {
	r.layers.Lock()
	defer r.layers.Unlock()
	var deleted Repository
	var orphans, uploads []string
	err := r.db.Update(func(tx *bbolt.Tx) (err error) {
		if deleted, err = r.repository(tx, name); err != nil {
			return err
		}
		images, err := imageRecords(tx, name)
		if err != nil {
			return err
		}
		if len(images) > 0 && !force {
			return refuse(CodeRepositoryNotEmpty,
				"The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", name, r.account)
		}
		var held []string
		if err := each(tx, bucketLayers, name, func(digest string, _ []byte) error {
			held = append(held, digest)
			return nil
		}); err != nil {
			return err
		}
		if err := each(tx, bucketUploads, name, func(id string, _ []byte) error {
			uploads = append(uploads, id)
			return nil
		}); err != nil {
			return err
		}
		for _, bucket := range []string{bucketImages, bucketManifests, bucketTags, bucketLayers, bucketUploads, bucketPreviews} {
			if err := clearRange(tx, bucket, name); err != nil {
				return err
			}
		}
		for _, digest := range held {
			if !layerLinked(tx, digest) {
				orphans = append(orphans, digest)
			}
		}
		return tx.Bucket([]byte(bucketRepositories)).Delete([]byte(name))
	})
	if err != nil {
		return Repository{}, storageError("delete repository "+name, err)
	}
	r.removeFiles(orphans, uploads)
	return deleted, nil
}
