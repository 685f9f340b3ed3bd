package registry

import (
	"encoding/json"
	"fmt"

	"go.etcd.io/bbolt"
)

// Referrer is an image that names another one as its subject.
type Referrer struct {
	Image
	ManifestBytes int64
	Annotations   map[string]string
}

// Referrers are the images whose subject has this digest, in order of their own.
func (r *Registry) Referrers(repository, subject string) ([]Referrer, error) {
	referrers := []Referrer{}
	err := r.db.View(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		records, err := imageRecords(tx, repository)
		for _, record := range records {
			if record.Subject != subject {
				continue
			}
			raw := tx.Bucket([]byte(bucketManifests)).Get(key(repository, record.Digest))
			var doc document
			if err := json.Unmarshal(raw, &doc); err != nil {
				return fmt.Errorf("the manifest of image %s in %s is damaged: %w", record.Digest, repository, err)
			}
			referrers = append(referrers, Referrer{Image: r.image(record, repository, nil), ManifestBytes: int64(len(raw)), Annotations: doc.Annotations})
		}
		return err
	})
	return referrers, storageError("list the referrers of "+subject, err)
}
