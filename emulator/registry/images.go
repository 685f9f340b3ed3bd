package registry

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"
)

// ImageID names an image of a repository: by tag, by digest or by both.
type ImageID struct {
	Digest string
	Tag    string
}

// Image is what is known of one image.
type Image struct {
	Repository        string
	Digest            string
	Tags              []string // in order; empty for an untagged image
	SizeBytes         int64    // of config and layers as pushed, compressed
	MediaType         string   // of the manifest
	ArtifactMediaType string
	PushedAt          time.Time
	LastPulledAt      time.Time         // zero when it was never pulled
	Subject           string            // of a signature or the like: the digest of what it is about
	Status            string            // whether it can be pulled: StatusActive and the others
	ArchivedAt        time.Time         // when it went to the archive last; zero when it never did
	ActivatedAt       time.Time         // when it came back; zero when it never did
	Scan              *Scan             // the last one; nil when it was never scanned
	Replications      map[string]string // ACCOUNT.REGION -> "", or why it was not replicated
}

// Push is an image to store.
type Push struct {
	Repository string
	Manifest   []byte
	MediaType  string // may be empty when the manifest says it itself
	Tag        string // may be empty
	Digest     string // may be empty; when given, the manifest must have it
	Replica    bool   // it came by replication, which does not go on from here
}

func (r *Registry) image(record imageRecord, repository string, tags []string) Image {
	now := r.now()
	image := Image{
		Repository: repository, Digest: record.Digest, Tags: slices.Clone(tags), SizeBytes: record.SizeBytes,
		MediaType: record.MediaType, ArtifactMediaType: record.ArtifactMediaType,
		PushedAt: record.PushedAt, LastPulledAt: record.LastPulledAt, Subject: record.Subject,
		Status: record.status(now), ArchivedAt: record.ArchivedAt, Scan: record.scan(now), Replications: record.Replications,
	}
	if image.Status == StatusActive {
		image.ActivatedAt = record.ActivatedAt
	}
	return image
}

// shown is one image of a repository.
func (r *Registry) shown(tx *bbolt.Tx, repository, digest string) (Image, error) {
	var record imageRecord
	if found, err := get(tx, bucketImages, key(repository, digest), &record); err != nil || !found {
		return Image{}, errors.Join(err, r.imageNotFound(repository, ImageID{Digest: digest}))
	}
	tags, err := tagsByDigest(tx, repository)
	return r.image(record, repository, tags[digest]), err
}

// PutImage stores an image whose layers are there already, as ECR's PutImage
// does: the same content under the same tag is refused.
func (r *Registry) PutImage(push Push) (Image, error) {
	image, existed, err := r.putImage(push)
	if err != nil {
		return Image{}, err
	}
	if existed {
		tagged := ""
		if push.Tag != "" {
			tagged = " and tag '" + push.Tag + "'"
		}
		return image, refuse(CodeImageAlreadyExists,
			"Image with digest '%s'%s already exists in the repository with name '%s' in registry with id '%s'",
			image.Digest, tagged, push.Repository, r.account)
	}
	return image, nil
}

// putImage stores an image, or moves a tag to one that is there. existed tells
// that nothing changed: then nobody is told.
func (r *Registry) putImage(push Push) (image Image, existed bool, err error) {
	doc, err := parseManifest(push.Manifest, push.MediaType)
	if err != nil {
		return Image{}, false, err
	}
	if push.Tag != "" {
		if err := r.checkTag(push.Tag); err != nil {
			return Image{}, false, err
		}
	}
	digest, _, err := digestOf(bytes.NewReader(push.Manifest))
	if err != nil {
		return Image{}, false, err
	}
	if push.Digest != "" && push.Digest != digest {
		return Image{}, false, refuse(CodeImageDigestDoesNotMatch,
			"The specified image digest '%s' does not match the digest '%s' of the image manifest", push.Digest, digest)
	}
	err = r.db.Update(func(tx *bbolt.Tx) error {
		image, existed, err = r.storeImage(tx, push, doc, digest)
		return err
	})
	if err != nil {
		return Image{}, false, storageError("store image "+digest, err)
	}
	if !existed {
		r.pushed(push.Repository, push.Tag, digest)
		if !push.Replica {
			r.replicate(push.Repository, push.Tag, digest)
		}
	}
	return image, existed, nil
}

func (r *Registry) storeImage(tx *bbolt.Tx, push Push, doc document, digest string) (image Image, existed bool, err error) {
	repository, err := r.repository(tx, push.Repository)
	if err != nil {
		return Image{}, false, err
	}
	record, err := r.describe(tx, push.Repository, digest, doc)
	if err != nil {
		return Image{}, false, err
	}
	var before imageRecord
	existed, err = get(tx, bucketImages, key(push.Repository, digest), &before)
	if err != nil {
		return Image{}, false, err
	}
	switch {
	case existed && before.status(r.now()) != StatusActive:
		// A push of an image brings it back from the archive [ECR-UG].
		before.Archived, before.ActivatedAt = false, r.now()
		record, existed = before, false
	case existed:
		record = before
	default:
		if err := r.scanOnPush(tx, repository, &record); err != nil {
			return Image{}, false, err
		}
	}
	if !existed {
		if err := put(tx, bucketImages, key(push.Repository, digest), record); err != nil {
			return Image{}, false, err
		}
		if err := tx.Bucket([]byte(bucketManifests)).Put(key(push.Repository, digest), push.Manifest); err != nil {
			return Image{}, false, err
		}
	}
	if push.Tag != "" {
		tagged := taggedDigest(tx, push.Repository, push.Tag)
		if tagged != "" && tagged != digest && repository.refusesMove(push.Tag) {
			return Image{}, false, refuse(CodeImageTagAlreadyExists,
				"The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the tag is immutable.", push.Tag, push.Repository)
		}
		existed = existed && tagged == digest
		if err := tx.Bucket([]byte(bucketTags)).Put(key(push.Repository, push.Tag), []byte(digest)); err != nil {
			return Image{}, false, err
		}
	}
	tags, err := tagsByDigest(tx, push.Repository)
	if err != nil {
		return Image{}, false, err
	}
	if len(tags[digest]) > maxTagsPerImage {
		return Image{}, false, refuse(CodeLimitExceeded, "The image with digest '%s' has the maximum of %d tags", digest, maxTagsPerImage)
	}
	return r.image(record, push.Repository, tags[digest]), existed, nil
}

// Images returns every image of a repository, in the order they were pushed.
func (r *Registry) Images(repository string) ([]Image, error) {
	images := []Image{}
	err := r.db.View(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		records, err := imageRecords(tx, repository)
		if err != nil {
			return err
		}
		tags, err := tagsByDigest(tx, repository)
		for _, record := range records {
			images = append(images, r.image(record, repository, tags[record.Digest]))
		}
		return err
	})
	slices.SortStableFunc(images, func(a, b Image) int {
		if by := a.PushedAt.Compare(b.PushedAt); by != 0 {
			return by
		}
		return strings.Compare(a.Digest, b.Digest)
	})
	return images, storageError("list the images of "+repository, err)
}

// Image returns one image and its manifest. Its time of last pull is not
// changed: looking is not pulling.
func (r *Registry) Image(repository string, id ImageID) (Image, []byte, error) {
	var image Image
	var manifest []byte
	err := r.db.View(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		record, err := r.find(tx, repository, id)
		if err != nil {
			return err
		}
		tags, err := tagsByDigest(tx, repository)
		if err != nil {
			return err
		}
		image = r.image(record, repository, tags[record.Digest])
		manifest = bytes.Clone(tx.Bucket([]byte(bucketManifests)).Get(key(repository, record.Digest)))
		return nil
	})
	return image, manifest, storageError("read an image of "+repository, err)
}

// find looks up an image of a repository that exists.
func (r *Registry) find(tx *bbolt.Tx, repository string, id ImageID) (imageRecord, error) {
	digest := id.Digest
	if id.Tag != "" {
		tagged := taggedDigest(tx, repository, id.Tag)
		if tagged == "" || (digest != "" && digest != tagged) {
			return imageRecord{}, r.imageNotFound(repository, id)
		}
		digest = tagged
	}
	var record imageRecord
	found, err := get(tx, bucketImages, key(repository, digest), &record)
	if err == nil && !found {
		err = r.imageNotFound(repository, id)
	}
	return record, err
}

// Resolve returns the digest that a tag or a digest names in a repository, and
// whether there is such an image to be pulled.
func (r *Registry) Resolve(repository, tagOrDigest string) (digest string, found bool) {
	image, _, err := r.Image(repository, imageID(tagOrDigest))
	return image.Digest, err == nil && image.Status == StatusActive
}

// imageID reads what stands for an image in a URL or after a repository's name.
func imageID(tagOrDigest string) ImageID {
	if strings.Contains(tagOrDigest, ":") {
		return ImageID{Digest: tagOrDigest}
	}
	return ImageID{Tag: tagOrDigest}
}
