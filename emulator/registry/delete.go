package registry

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.etcd.io/bbolt"
)

// ImageFailure is one image of a request that could not be served, as the lists
// of failures of BatchGetImage and BatchDeleteImage have it.
type ImageFailure struct {
	ID     ImageID
	Code   string
	Reason string
}

// FailureOf turns a refused look-up of one image into an entry of such a list;
// false for errors that fail the whole request.
func (r *Registry) FailureOf(id ImageID, err error) (ImageFailure, bool) {
	var refused *Error
	if !errors.As(err, &refused) {
		return ImageFailure{}, false
	}
	switch refused.Code {
	case CodeImageNotFound:
		return ImageFailure{ID: id, Code: FailureImageNotFound, Reason: reasonImageNotFound}, true
	case CodeImageArchived:
		return ImageFailure{ID: id, Code: FailureImageInaccessible, Reason: reasonImageInaccessible}, true
	}
	return ImageFailure{}, false
}

// CheckImageID refuses an id that names nothing, as the batch operations do.
func (r *Registry) CheckImageID(id ImageID) (ImageFailure, bool) {
	switch {
	case id.Digest == "" && id.Tag == "":
		return ImageFailure{ID: id, Code: FailureMissingDigestAndTag, Reason: reasonMissingDigestAndTag}, false
	case id.Digest != "" && !r.validDigest(id.Digest):
		return ImageFailure{ID: id, Code: FailureInvalidImageDigest, Reason: reasonInvalidImageDigest}, false
	case id.Tag != "" && r.checkTag(id.Tag) != nil:
		return ImageFailure{ID: id, Code: FailureInvalidImageTag, Reason: reasonInvalidImageTag}, false
	}
	return ImageFailure{}, true
}

// DeleteImages deletes images by digest with all their tags, and by tag: then
// the image itself goes with its last tag [ECR:BatchDeleteImage]. deleted has an
// entry for each tag that was removed.
func (r *Registry) DeleteImages(repository string, ids []ImageID) (deleted []ImageID, failures []ImageFailure, err error) {
	r.layers.Lock()
	defer r.layers.Unlock()
	var orphans []string
	err = r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := r.repository(tx, repository); err != nil {
			return err
		}
		candidates := map[string]bool{}
		for _, id := range r.childrenLast(tx, repository, ids) {
			if failure, ok := r.CheckImageID(id); !ok {
				failures = append(failures, failure)
				continue
			}
			gone, failure, err := r.deleteOne(tx, repository, id, candidates)
			if err != nil {
				return err
			}
			if failure.Code != "" {
				failures = append(failures, failure)
				continue
			}
			deleted = append(deleted, gone...)
		}
		orphans, err = unlinkLayers(tx, repository, candidates)
		return err
	})
	if err != nil {
		return nil, nil, storageError("delete images of "+repository, err)
	}
	r.removeFiles(orphans, nil)
	return deleted, failures, nil
}

// childrenLast puts indexes before plain images, so that one request can delete
// a multi-platform image whole, whatever its order.
func (r *Registry) childrenLast(tx *bbolt.Tx, repository string, ids []ImageID) []ImageID {
	isIndex := func(id ImageID) int {
		record, err := r.find(tx, repository, id)
		if err == nil && len(record.Children) > 0 {
			return 0
		}
		return 1
	}
	sorted := slices.Clone(ids)
	slices.SortStableFunc(sorted, func(a, b ImageID) int { return isIndex(a) - isIndex(b) })
	return sorted
}

// deleteOne deletes what one id names and adds the layers of a deleted image to
// candidates.
func (r *Registry) deleteOne(tx *bbolt.Tx, repository string, id ImageID, candidates map[string]bool) ([]ImageID, ImageFailure, error) {
	record, err := r.find(tx, repository, id)
	if failure, missing := r.FailureOf(id, err); missing {
		if id.Tag != "" && id.Digest != "" && taggedDigest(tx, repository, id.Tag) != "" {
			failure.Code, failure.Reason = FailureTagDoesNotMatchDigest, reasonTagDoesNotMatchDigest
		}
		return nil, failure, nil
	}
	if err != nil {
		return nil, ImageFailure{}, err
	}
	tags, err := tagsByDigest(tx, repository)
	if err != nil {
		return nil, ImageFailure{}, err
	}
	going := tags[record.Digest]
	if id.Tag != "" {
		going = []string{id.Tag}
	}
	whole := len(going) == len(tags[record.Digest])
	if whole {
		parents, err := parentsOf(tx, repository, record.Digest)
		if err != nil {
			return nil, ImageFailure{}, err
		}
		if len(parents) > 0 {
			return nil, ImageFailure{
				ID: id, Code: FailureReferencedByManifestList,
				Reason: fmt.Sprintf(reasonReferencedByManifestFormat, strings.Join(parents, ", ")),
			}, nil
		}
	}
	var deleted []ImageID
	for _, tag := range going {
		deleted = append(deleted, ImageID{Digest: record.Digest, Tag: tag})
		err = errors.Join(err, tx.Bucket([]byte(bucketTags)).Delete(key(repository, tag)))
	}
	if !whole {
		return deleted, ImageFailure{}, err
	}
	if len(deleted) == 0 {
		deleted = []ImageID{{Digest: record.Digest}}
	}
	return deleted, ImageFailure{}, errors.Join(err, record.erase(tx, repository, nil, candidates))
}

// erase deletes an image and those tags, and adds its layers to candidates.
func (record imageRecord) erase(tx *bbolt.Tx, repository string, tags []string, candidates map[string]bool) error {
	for _, digest := range record.Layers {
		candidates[digest] = true
	}
	err := errors.Join(
		tx.Bucket([]byte(bucketImages)).Delete(key(repository, record.Digest)),
		tx.Bucket([]byte(bucketManifests)).Delete(key(repository, record.Digest)))
	for _, tag := range tags {
		err = errors.Join(err, tx.Bucket([]byte(bucketTags)).Delete(key(repository, tag)))
	}
	return err
}

func parentsOf(tx *bbolt.Tx, repository, digest string) ([]string, error) {
	records, err := imageRecords(tx, repository)
	var parents []string
	for _, record := range records {
		if slices.Contains(record.Children, digest) {
			parents = append(parents, record.Digest)
		}
	}
	return parents, err
}

// unlinkLayers takes those layers from the repository that none of its images
// needs any more, and returns those that no repository holds.
func unlinkLayers(tx *bbolt.Tx, repository string, candidates map[string]bool) (orphans []string, err error) {
	records, err := imageRecords(tx, repository)
	if err != nil {
		return nil, err
	}
	for _, record := range records {
		for _, digest := range record.Layers {
			delete(candidates, digest)
		}
	}
	for digest := range candidates {
		if err := tx.Bucket([]byte(bucketLayers)).Delete(key(repository, digest)); err != nil {
			return nil, err
		}
		if !layerLinked(tx, digest) {
			orphans = append(orphans, digest)
		}
	}
	return orphans, nil
}
