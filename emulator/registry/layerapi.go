package registry

import (
	"bytes"
	"errors"
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
		return 0, refuse(CodeInvalidLayerPart,
			"Layer part with first byte %d and last byte %d does not have %d bytes", first, last, len(part))
	}
	received, err := r.appendUpload(repository, uploadID, first, int64(len(part)), bytes.NewReader(part))
	var misfit *partError
	if errors.As(err, &misfit) {
		return 0, refuse(CodeInvalidLayerPart,
			"The layer part of upload '%s' is not valid: %s. Last valid byte received: %d", uploadID, misfit.reason, misfit.received-1)
	}
	return received - 1, err
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
