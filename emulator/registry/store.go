package registry

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// The buckets. Keys of all but the first start with the repository and a NUL,
// which no name can hold, so that one repository is one range.
const (
	bucketRepositories = "ecr/repositories" // name -> Repository
	bucketImages       = "ecr/images"       // repository, digest -> imageRecord
	bucketManifests    = "ecr/manifests"    // repository, digest -> the manifest's bytes
	bucketTags         = "ecr/tags"         // repository, tag -> digest
	bucketLayers       = "ecr/layers"       // repository, digest -> layerRecord
	bucketUploads      = "ecr/uploads"      // repository, upload id -> uploadRecord
	bucketPreviews     = "ecr/previews"     // repository -> Preview, of its lifecycle policy
	bucketSettings     = "ecr/settings"     // name -> what is set for the whole registry
	bucketBackfills    = "ecr/backfills"    // id -> Backfill
	bucketAgenda       = "ecr/agenda"       // time, kind, subject -> nothing: see agenda.go
)

func bucketNames() []string {
	return []string{bucketRepositories, bucketImages, bucketManifests, bucketTags, bucketLayers, bucketUploads,
		bucketPreviews, bucketSettings, bucketBackfills, bucketAgenda}
}

// imageRecord is what is stored of an image besides its manifest.
type imageRecord struct {
	Digest            string    `json:"digest"`
	MediaType         string    `json:"mediaType"`
	ArtifactMediaType string    `json:"artifactMediaType,omitempty"`
	SizeBytes         int64     `json:"sizeBytes"`
	PushedAt          time.Time `json:"pushedAt"`
	LastPulledAt      time.Time `json:"lastPulledAt,omitzero"`
	Layers            []string  `json:"layers,omitempty"`   // the digests of config and layers
	Children          []string  `json:"children,omitempty"` // of an index: the digests of its images
	Subject           string    `json:"subject,omitempty"`

	ScanLabel    string            `json:"scanLabel,omitempty"` // what the image says of its own scans
	Scan         *scanRecord       `json:"scan,omitempty"`      // the last one
	Archived     bool              `json:"archived,omitempty"`
	ArchivedAt   time.Time         `json:"archivedAt,omitzero"`
	ActivatedAt  time.Time         `json:"activatedAt,omitzero"`   // when it is back from the archive; may be yet to come
	Replications map[string]string `json:"replications,omitempty"` // ACCOUNT.REGION -> "", or why it failed
}

type layerRecord struct {
	SizeBytes int64 `json:"sizeBytes"`
}

type uploadRecord struct {
	StartedAt time.Time `json:"startedAt"`
	// LastPart is the size of the last part that came over ECR's own API, and
	// TooSmall says that one before it was smaller than parts may be.
	LastPart int64 `json:"lastPart,omitempty"`
	TooSmall bool  `json:"tooSmall,omitempty"`
}

func (r *Registry) openBuckets() error {
	if r.db.IsReadOnly() {
		return errors.New("the world's database is open for reading only")
	}
	return r.db.Update(func(tx *bbolt.Tx) error {
		for _, name := range bucketNames() {
			if _, err := tx.CreateBucketIfNotExists([]byte(name)); err != nil {
				return err
			}
		}
		return nil
	})
}

func key(repository, name string) []byte { return []byte(repository + "\x00" + name) }

// put stores a record as JSON.
func put(tx *bbolt.Tx, bucket string, k []byte, record any) error {
	encoded, err := json.Marshal(record)
	if err != nil {
		return err
	}
	return tx.Bucket([]byte(bucket)).Put(k, encoded)
}

// get reads a record and reports whether there is one.
func get(tx *bbolt.Tx, bucket string, k []byte, record any) (bool, error) {
	encoded := tx.Bucket([]byte(bucket)).Get(k)
	if encoded == nil {
		return false, nil
	}
	if err := json.Unmarshal(encoded, record); err != nil {
		return false, fmt.Errorf("the entry %q of %s is damaged: %w", k, bucket, err)
	}
	return true, nil
}

// each calls visit for every entry of one repository, in order of its key. The
// bytes are valid until visit returns.
func each(tx *bbolt.Tx, bucket, repository string, visit func(name string, value []byte) error) error {
	prefix := key(repository, "")
	cursor := tx.Bucket([]byte(bucket)).Cursor()
	for k, v := cursor.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, v = cursor.Next() {
		if err := visit(string(k[len(prefix):]), v); err != nil {
			return err
		}
	}
	return nil
}

// clearRange deletes every entry of one repository.
func clearRange(tx *bbolt.Tx, bucket, repository string) error {
	var names []string
	err := each(tx, bucket, repository, func(name string, _ []byte) error {
		names = append(names, name)
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := tx.Bucket([]byte(bucket)).Delete(key(repository, name)); err != nil {
			return err
		}
	}
	return nil
}

// repository reads one repository's entry or refuses as ECR does.
func (r *Registry) repository(tx *bbolt.Tx, name string) (Repository, error) {
	var found Repository
	ok, err := get(tx, bucketRepositories, []byte(name), &found)
	if err != nil {
		return Repository{}, err
	}
	if !ok {
		return Repository{}, r.repositoryNotFound(name)
	}
	return found, nil
}

func taggedDigest(tx *bbolt.Tx, repository, tag string) string {
	return string(tx.Bucket([]byte(bucketTags)).Get(key(repository, tag)))
}

// tagsByDigest lists a repository's tags by the image they name, each list in
// order because the range is.
func tagsByDigest(tx *bbolt.Tx, repository string) (map[string][]string, error) {
	tags := map[string][]string{}
	err := each(tx, bucketTags, repository, func(tag string, digest []byte) error {
		tags[string(digest)] = append(tags[string(digest)], tag)
		return nil
	})
	return tags, err
}

func imageRecords(tx *bbolt.Tx, repository string) ([]imageRecord, error) {
	var records []imageRecord
	err := each(tx, bucketImages, repository, func(name string, value []byte) error {
		var record imageRecord
		if err := json.Unmarshal(value, &record); err != nil {
			return fmt.Errorf("the entry of image %s in %s is damaged: %w", name, repository, err)
		}
		records = append(records, record)
		return nil
	})
	return records, err
}

// layerLinked tells whether any repository still holds the layer.
func layerLinked(tx *bbolt.Tx, digest string) bool {
	suffix := "\x00" + digest
	cursor := tx.Bucket([]byte(bucketLayers)).Cursor()
	for k, _ := cursor.First(); k != nil; k, _ = cursor.Next() {
		if strings.HasSuffix(string(k), suffix) {
			return true
		}
	}
	return false
}
