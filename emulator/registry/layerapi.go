package registry

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// The layer upload operations of the ECR API: what docker does over HTTP, as
// InitiateLayerUpload, UploadLayerPart and CompleteLayerUpload; ECR semantics
// 10.3 [ECR: LayerUpload]. Both ways share their uploads.

// InitiateLayerUpload opens an upload and proposes the size of its parts.
func (r *Registry) InitiateLayerUpload(repository string) (uploadID string, partSizeBytes int64, err error) {
	uploadID, err = r.startUpload(repository)
	return uploadID, layerPartBytes, err
}

// UploadLayerPart stores the bytes first to last, both inclusive, of an upload.
// Parts come in order and without gaps.
func (r *Registry) UploadLayerPart(repository, uploadID string, first, last int64, part []byte) (lastByteReceived int64, err error) {
	switch {
	case len(part) == 0, len(part) > maxLayerPartBytes:
		return 0, invalidParameter("layerPartBlob", "must be between 1 and 20971520 bytes")
	case first < 0, last-first+1 != int64(len(part)):
		received, err := r.uploaded(repository, uploadID)
		if err != nil {
			return 0, err
		}
		return 0, r.invalidPart(repository, uploadID, received, fmt.Sprintf("bytes %d to %d are not the %d bytes of the part", first, last, len(part)))
	}
	received, err := r.appendUpload(repository, uploadID, first, int64(len(part)), bytes.NewReader(part))
	var misfit *partError
	if errors.As(err, &misfit) {
		return 0, r.invalidPart(repository, uploadID, misfit.received, misfit.reason)
	}
	if err == nil {
		err = r.notePart(repository, uploadID, int64(len(part)))
	}
	return received - 1, err
}

// invalidPart refuses a part and says how far the upload is.
func (r *Registry) invalidPart(repository, uploadID string, received int64, why string) error {
	refused := refuse(CodeInvalidLayerPart, "The layer part of upload '%s' is not valid: %s. Last valid byte received: %d", uploadID, why, received-1)
	refused.Members = map[string]any{"registryId": r.account, "repositoryName": repository, "uploadId": uploadID, "lastValidByteReceived": received - 1}
	return refused
}

// notePart remembers whether a part before the last was too small, which is found
// when the upload is completed.
func (r *Registry) notePart(repository, uploadID string, size int64) error {
	return storageError("store a layer part", r.db.Update(func(tx *bbolt.Tx) error {
		var record uploadRecord
		found, err := get(tx, bucketUploads, key(repository, uploadID), &record)
		if err != nil || !found {
			return err
		}
		record.TooSmall = record.TooSmall || record.LastPart > 0 && record.LastPart < layerPartMin
		record.LastPart = size
		return put(tx, bucketUploads, key(repository, uploadID), record)
	}))
}

// partsTooSmall reports whether an upload has a part before the last that is.
func (r *Registry) partsTooSmall(repository, uploadID string) (bool, error) {
	var record uploadRecord
	err := r.db.View(func(tx *bbolt.Tx) error {
		_, err := get(tx, bucketUploads, key(repository, uploadID), &record)
		return err
	})
	return record.TooSmall, storageError("read the upload of a layer", err)
}

// CompleteLayerUpload makes an upload a layer, whose digest must be among those
// given. That the repository has the layer already is refused as ECR refuses it;
// the layer is there all the same.
func (r *Registry) CompleteLayerUpload(repository, uploadID string, digests []string) (digest string, err error) {
	for _, one := range digests {
		if !r.validDigest(one) {
			return "", invalidParameter("layerDigests", "must satisfy regular expression '"+digestRule+"'")
		}
	}
	if len(digests) == 0 {
		return "", invalidParameter("layerDigests", "must have length greater than or equal to 1")
	}
	received, err := r.uploaded(repository, uploadID)
	if err != nil {
		return "", err
	}
	if received == 0 {
		return "", refuse(CodeEmptyUpload, "The upload with id '%s' has no layer parts", uploadID)
	}
	if small, err := r.partsTooSmall(repository, uploadID); err != nil || small {
		return "", cmp.Or(err, error(refuse(CodeLayerPartTooSmall, "Layer parts must be at least 5 MiB in size, but the upload with id '%s' has a smaller one before its last", uploadID)))
	}
	digest, _, existed, err := r.finishUpload(repository, uploadID, digests)
	if err != nil {
		return "", err
	}
	if existed {
		return digest, refuse(CodeLayerAlreadyExists,
			"The layer with digest '%s' already exists in the repository with name '%s' in registry with id '%s'", digest, repository, r.account)
	}
	return digest, nil
}
