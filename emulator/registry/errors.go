package registry

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"strings"
	"syscall"

	"gantry/ecs"
)

// Error is a refusal in ECR's words: the API's error code and its text.
type Error struct {
	Code    string
	Message string
	Members map[string]any // what the error has besides, by its name on the wire
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// The error codes of the ECR API that this package answers with.
const (
	CodeEmptyUpload              = "EmptyUploadException"
	CodeImageAlreadyExists       = "ImageAlreadyExistsException"
	CodeImageDigestDoesNotMatch  = "ImageDigestDoesNotMatchException"
	CodeImageNotFound            = "ImageNotFoundException"
	CodeImageTagAlreadyExists    = "ImageTagAlreadyExistsException"
	CodeInvalidLayer             = "InvalidLayerException"
	CodeInvalidLayerPart         = "InvalidLayerPartException"
	CodeInvalidParameter         = "InvalidParameterException"
	CodeLayerAlreadyExists       = "LayerAlreadyExistsException"
	CodeLayersNotFound           = "LayersNotFoundException"
	CodeImageArchived            = "ImageArchivedException"
	CodeLayerInaccessible        = "LayerInaccessibleException"
	CodeLayerPartTooSmall        = "LayerPartTooSmallException"
	CodeLifecyclePolicyNotFound  = "LifecyclePolicyNotFoundException"
	CodeLimitExceeded            = "LimitExceededException"
	CodePreviewInProgress        = "LifecyclePolicyPreviewInProgressException"
	CodePreviewNotFound          = "LifecyclePolicyPreviewNotFoundException"
	CodeReferencedImagesNotFound = "ReferencedImagesNotFoundException"
	CodeRepositoryAlreadyExists  = "RepositoryAlreadyExistsException"
	CodeRepositoryNotEmpty       = "RepositoryNotEmptyException"
	CodeRepositoryNotFound       = "RepositoryNotFoundException"
	CodeScanNotFound             = "ScanNotFoundException"
	CodeServer                   = "ServerException"
	CodeStorageClassUnsupported  = "ImageStorageClassUpdateNotSupportedException"
	CodeUnsupportedImageType     = "UnsupportedImageTypeException"
	CodeUploadNotFound           = "UploadNotFoundException"
	CodeValidation               = "ValidationException"
)

// The failure codes of BatchGetImage and BatchDeleteImage.
const (
	FailureImageInaccessible         = "ImageInaccessible"
	FailureImageNotFound             = "ImageNotFound"
	FailureInvalidImageDigest        = "InvalidImageDigest"
	FailureInvalidImageTag           = "InvalidImageTag"
	FailureMissingDigestAndTag       = "MissingDigestAndTag"
	FailureReferencedByManifestList  = "ImageReferencedByManifestList"
	FailureTagDoesNotMatchDigest     = "ImageTagDoesNotMatchDigest"
	reasonImageInaccessible          = "Requested image is archived"
	reasonImageNotFound              = "Requested image not found"
	reasonInvalidImageDigest         = "Invalid request parameters: image digest should satisfy the regex '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
	reasonInvalidImageTag            = "Invalid request parameters: image tag should satisfy the regex '[a-zA-Z0-9-_.]+'"
	reasonMissingDigestAndTag        = "Invalid request parameters: both tag and digest cannot be null"
	reasonTagDoesNotMatchDigest      = "Requested image tag does not match the requested image digest"
	reasonReferencedByManifestFormat = "Requested image referenced by manifest list: [%s]"
)

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func invalidParameter(parameter, constraint string) *Error {
	return refuse(CodeInvalidParameter,
		"Invalid parameter at '%s' failed to satisfy constraint: '%s'", parameter, constraint)
}

func (r *Registry) repositoryNotFound(name string) *Error {
	return refuse(CodeRepositoryNotFound,
		"The repository with name '%s' does not exist in the registry with id '%s'", name, r.account)
}

// imageNotFound words the id as ECR does: a Java record in braces.
func (r *Registry) imageNotFound(repository string, id ImageID) *Error {
	return refuse(CodeImageNotFound,
		"The image with imageId {imageDigest:'%s', imageTag:'%s'} does not exist within the repository with name '%s' in the registry with id '%s'",
		orNull(id.Digest), orNull(id.Tag), repository, r.account)
}

func (r *Registry) missingLayers(repository string, digests []string) *Error {
	return refuse(CodeLayersNotFound,
		"Layers with digests '[%s]' required for pushing image into repository with name '%s' in the registry with id '%s' do not exist",
		strings.Join(digests, ", "), repository, r.account)
}

func (r *Registry) missingChildren(repository string, digests []string) *Error {
	return refuse(CodeReferencedImagesNotFound,
		"Images with digests '[%s]' required for pushing image into repository with name '%s' in the registry with id '%s' do not exist",
		strings.Join(digests, ", "), repository, r.account)
}

func (r *Registry) layerNotFound(repository, digest string) *Error {
	return refuse(CodeLayersNotFound,
		"The layer with digest '%s' does not exist within the repository with name '%s' in the registry with id '%s'",
		digest, repository, r.account)
}

func (r *Registry) uploadNotFound(repository, id string) *Error {
	return refuse(CodeUploadNotFound,
		"The upload with id '%s' does not exist in the repository with name '%s' in the registry with id '%s'",
		id, repository, r.account)
}

func orNull(text string) string {
	if text == "" {
		return "null"
	}
	return text
}

// storageError turns a failure of disk or database into the error that a client
// sees. What the disk said stays in it, because a full or read-only disk is for
// the person at this machine to mend.
func storageError(doing string, err error) error {
	if err == nil {
		return nil
	}
	var refused *Error
	var named *ecs.Error
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.As(err, &named): // of a caller's own check, inside a change of his
		return named
	case errors.Is(err, syscall.ENOSPC):
		return refuse(CodeServer, "cannot %s: the disk that holds the emulator's images is full: %v", doing, err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return refuse(CodeServer, "cannot %s: the folder of the emulator's images cannot be written: %v", doing, err)
	default:
		return refuse(CodeServer, "cannot %s: %v", doing, err)
	}
}

// protocolError is a refusal in the distribution protocol's words.
type protocolError struct {
	status  int
	code    string
	message string
}

func (e *protocolError) Error() string { return e.code + ": " + e.message }

func protocol(status int, code, format string, args ...any) *protocolError {
	return &protocolError{status: status, code: code, message: fmt.Sprintf(format, args...)}
}

// asProtocol gives each refusal of the ECR API the form that ECR's registry
// endpoint has for it. docker prints the code in lower case and then the text,
// so a push to a missing repository reads "name unknown: The repository …".
func asProtocol(err error) *protocolError {
	var ready *protocolError
	if errors.As(err, &ready) {
		return ready
	}
	var refused *Error
	if !errors.As(err, &refused) {
		return protocol(http.StatusInternalServerError, "UNKNOWN", "%v", err)
	}
	status, code := http.StatusBadRequest, "UNSUPPORTED"
	switch refused.Code {
	case CodeRepositoryNotFound:
		status, code = http.StatusNotFound, "NAME_UNKNOWN"
	case CodeImageNotFound, CodeImageArchived, CodeUpstreamImage:
		status, code = http.StatusNotFound, "MANIFEST_UNKNOWN"
	case CodeLayersNotFound:
		code = "BLOB_UPLOAD_UNKNOWN" // what ECR answers when a manifest names a layer that was not pushed
	case CodeReferencedImagesNotFound:
		code = "MANIFEST_BLOB_UNKNOWN"
	case CodeImageTagAlreadyExists:
		code = "TAG_INVALID"
	case CodeImageDigestDoesNotMatch, CodeInvalidLayer:
		code = "DIGEST_INVALID"
	case CodeUploadNotFound:
		status, code = http.StatusNotFound, "BLOB_UPLOAD_UNKNOWN"
	case CodeInvalidParameter:
		code = "MANIFEST_INVALID"
	case CodeLimitExceeded:
		code = "DENIED"
	case CodeServer:
		// Not 500: clients try that again several times before they show it.
		status, code = http.StatusInsufficientStorage, "DENIED"
	}
	return &protocolError{status: status, code: code, message: refused.Message}
}
