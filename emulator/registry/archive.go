package registry

import (
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"
)

// activation is how long an image takes to come back from the archive, in world
// time: ECR says 20 minutes at most [ECR-UG: restoring an image].
const activation = 10 * time.Minute

// The states of an image [ECR: ImageStatus], and the classes that its storage can
// have.
const (
	StatusActive     = "ACTIVE"
	StatusArchived   = "ARCHIVED"
	StatusActivating = "ACTIVATING"

	StorageStandard = "STANDARD"
	StorageArchive  = "ARCHIVE"
)

// status is whether an image can be pulled at a time.
func (record imageRecord) status(now time.Time) string {
	switch {
	case record.Archived:
		return StatusArchived
	case record.ActivatedAt.After(now):
		return StatusActivating
	}
	return StatusActive
}

// archive moves an image to the archive.
func (record imageRecord) archive(tx *bbolt.Tx, repository string, at time.Time) error {
	record.Archived, record.ArchivedAt = true, at
	return put(tx, bucketImages, key(repository, record.Digest), record)
}

// SetStorageClass moves an image to the archive or brings it back, and with an
// index the images that it lists.
func (r *Registry) SetStorageClass(repository string, id ImageID, class string) (Image, error) {
	var image Image
	err := r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		record, err := r.find(tx, repository, id)
		if err != nil {
			return err
		}
		if err := r.checkTransition(tx, repository, record, class); err != nil {
			return err
		}
		for list := []string{record.Digest}; len(list) > 0; list = list[1:] {
			var one imageRecord
			if found, err := get(tx, bucketImages, key(repository, list[0]), &one); err != nil || !found {
				return err
			}
			list = append(list, one.Children...)
			if err := r.transition(tx, repository, one, class); err != nil {
				return err
			}
		}
		image, err = r.shown(tx, repository, record.Digest)
		return err
	})
	r.rescheduled()
	return image, storageError("change the storage class of an image of "+repository, err)
}

func (r *Registry) transition(tx *bbolt.Tx, repository string, record imageRecord, class string) error {
	if class == StorageArchive {
		return record.archive(tx, repository, r.now())
	}
	if !record.Archived {
		return nil // it is back, or on its way
	}
	record.Archived, record.ActivatedAt = false, r.now().Add(activation)
	return errors.Join(put(tx, bucketImages, key(repository, record.Digest), record),
		schedule(tx, record.ActivatedAt, agendaActive, repository))
}

// checkTransition refuses what cannot be moved. ECR has an error for it and does
// not list its cases; an image that is on its way back and one that an index
// lists are ours.
func (r *Registry) checkTransition(tx *bbolt.Tx, repository string, record imageRecord, class string) error {
	why := ""
	parents, err := parentsOf(tx, repository, record.Digest)
	switch status := record.status(r.now()); {
	case err != nil:
		return err
	case class == StorageArchive && status == StatusActivating:
		why = "it is being activated"
	case len(parents) > 0:
		why = fmt.Sprintf("it is referenced by manifest list %s", parents[0])
	}
	if why == "" {
		return nil
	}
	return refuse(CodeStorageClassUnsupported, "The storage class of the image with digest '%s' in the repository with name '%s' cannot be updated to %s: %s",
		record.Digest, repository, class, why)
}
