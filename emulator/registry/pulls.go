package registry

import (
	"errors"
	"time"

	"go.etcd.io/bbolt"
)

// Pull returns an image and its manifest to somebody who wants to have it. One
// that is not there may come from upstream by a pull through cache rule.
func (r *Registry) Pull(repository string, id ImageID) (Image, []byte, error) {
	image, manifest, err := r.Image(repository, id)
	var refused *Error
	if errors.As(err, &refused) && (refused.Code == CodeRepositoryNotFound || refused.Code == CodeImageNotFound) {
		covered, failed := r.pullThrough(repository, id)
		if failed != nil {
			return Image{}, nil, failed
		}
		if covered {
			image, manifest, err = r.Image(repository, id)
		}
	}
	if err == nil && image.Status != StatusActive {
		err = refuse(CodeImageArchived, "The image with digest '%s' in the repository with name '%s' is archived", image.Digest, repository)
	}
	if err != nil {
		return Image{}, nil, err
	}
	return image, manifest, nil
}

// pullRecordInterval is how exact the time of the last pull is: ECR updates it
// at most once in 24 hours [ECR:ImageDetail].
const pullRecordInterval = 24 * time.Hour

// RecordPull notes that an image was pulled.
func (r *Registry) RecordPull(repository string, image Image) {
	if !image.LastPulledAt.IsZero() && r.now().Sub(image.LastPulledAt) < pullRecordInterval {
		return
	}
	// A pull does not fail because its time could not be written down.
	_ = r.db.Update(func(tx *bbolt.Tx) error {
		var excluded map[string]time.Time
		if _, err := get(tx, bucketSettings, []byte(SettingPullTimeRule), &excluded); err != nil {
			return err
		}
		if _, is := excluded[r.caller]; is {
			return nil
		}
		var record imageRecord
		found, err := get(tx, bucketImages, key(repository, image.Digest), &record)
		if err != nil || !found {
			return err
		}
		record.LastPulledAt = r.now()
		return put(tx, bucketImages, key(repository, image.Digest), record)
	})
}
