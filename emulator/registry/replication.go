package registry

import (
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/google/uuid"
	"go.etcd.io/bbolt"
)

// ReplicationRule says where the images of some repositories are sent.
type ReplicationRule struct {
	Destinations []Destination `json:"destinations"`
	Prefixes     []string      `json:"prefixes,omitempty"` // of the names of repositories; none is all
}

// Destination is a registry of another Region or account.
type Destination struct {
	Region  string `json:"region"`
	Account string `json:"account"`
}

// String is the destination as the images that were sent there remember it.
func (d Destination) String() string { return d.Account + "." + d.Region }

// ParseDestination reads what String wrote.
func ParseDestination(text string) Destination {
	account, region, _ := strings.Cut(text, ".")
	return Destination{Region: region, Account: account}
}

// destinations are where the images of a repository are sent, each once and in
// order.
func destinations(rules []ReplicationRule, repository string) []Destination {
	found := map[string]Destination{}
	for _, rule := range rules {
		if len(rule.Prefixes) > 0 && !slices.ContainsFunc(rule.Prefixes, func(p string) bool { return strings.HasPrefix(repository, p) }) {
			continue
		}
		for _, destination := range rule.Destinations {
			found[destination.String()] = destination
		}
	}
	all := make([]Destination, 0, len(found))
	for _, name := range slices.Sorted(maps.Keys(found)) {
		all = append(all, found[name])
	}
	return all
}

// replicate sends an image that was pushed to where it belongs as well, and notes
// on the image what came of that. The push itself does not depend on it.
func (r *Registry) replicate(repository, tag, digest string) {
	rules, err := SettingOf[[]ReplicationRule](r, SettingReplication)
	if err != nil {
		return
	}
	for _, destination := range destinations(rules, repository) {
		_ = r.send(destination, repository, tag, digest) // the image remembers how it failed
	}
}

// send replicates one image to one registry.
func (r *Registry) send(destination Destination, repository, tag, digest string) error {
	failed := func() error {
		to, err := r.others(destination.Account, destination.Region)
		if err != nil {
			return err
		}
		return r.copyTo(to, repository, repository, ForReplication, tag, digest)
	}()
	outcome := ""
	if failed != nil {
		outcome = replicationError(failed)
	}
	noted := r.db.Update(func(tx *bbolt.Tx) error {
		var record imageRecord
		found, err := get(tx, bucketImages, key(repository, digest), &record)
		if err != nil || !found {
			return err // it was deleted meanwhile
		}
		sent := maps.Clone(record.Replications)
		if sent == nil {
			sent = map[string]string{}
		}
		sent[destination.String()] = outcome
		record.Replications = sent
		return put(tx, bucketImages, key(repository, digest), record)
	})
	return errors.Join(failed, noted)
}

// replicationError is the code of a failure: the exception where ECR has one for
// it, as the failure codes of replication are not documented.
func replicationError(err error) string {
	var refused *Error
	if errors.As(err, &refused) {
		return refused.Code
	}
	return CodeServer
}

// copyTo puts an image, and what it lists, into a repository of another registry,
// which is made for the purpose when it is not there.
func (r *Registry) copyTo(to *Registry, repository, as, what, tag, digest string) error {
	image, raw, err := r.Image(repository, ImageID{Digest: digest})
	if err != nil {
		return err
	}
	if image.Status != StatusActive {
		return refuse(CodeImageArchived, "The image with digest '%s' in the repository with name '%s' is archived", digest, repository)
	}
	if err := to.makeFor(as, what); err != nil {
		return err
	}
	doc, err := parseManifest(raw, image.MediaType)
	if err != nil {
		return err
	}
	for _, child := range doc.Manifests {
		if err := r.copyTo(to, repository, as, what, "", child.Digest.String()); err != nil {
			return err
		}
	}
	for _, part := range doc.blobs() {
		if err := r.copyLayer(to, repository, as, part.Digest.String()); err != nil {
			return err
		}
	}
	_, _, err = to.putImage(Push{Repository: as, Manifest: raw, MediaType: image.MediaType, Tag: tag, Digest: digest, Replica: true})
	return err
}

// makeFor makes sure that there is a repository.
func (r *Registry) makeFor(repository, what string) error {
	err := r.db.Update(func(tx *bbolt.Tx) error {
		_, err := r.repositoryFor(tx, repository, what)
		return err
	})
	r.rescheduled()
	return storageError("make repository "+repository, err)
}

func (r *Registry) copyLayer(to *Registry, repository, as, digest string) error {
	if _, there, err := to.BlobAvailable(as, digest); err != nil || there {
		return err
	}
	content, size, err := r.BlobReader(repository, digest)
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	path := to.uploadPath("replica-" + uuid.NewString())
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return storageError("store a replicated layer", err)
	}
	_, err = io.Copy(file, content)
	if err = errors.Join(err, file.Sync(), file.Close()); err == nil {
		_, err = to.adopt(as, path, digest, size)
	}
	if err != nil {
		_ = os.Remove(path) // tried again at the next opening
	}
	return storageError("store a replicated layer", err)
}
