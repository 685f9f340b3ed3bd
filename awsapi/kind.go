package awsapi

import (
	"strings"

	"gantry/internal/hint"
)

// kindOf sorts a refusal by its code and, where one code stands for many things,
// by ECS's words.
func kindOf(e *Error) hint.Kind {
	if kind, ok := kindOfCode(e.Code); ok {
		return kind
	}
	if kind, ok := kindOfMessage(e.Message); ok {
		return kind
	}
	switch {
	case e.Unsupported():
		return hint.Unexpected
	case e.Status >= 500:
		return hint.Throttled // transient, and the retries are spent
	case e.Status >= 400:
		return hint.Invalid
	}
	return hint.Unexpected
}

func kindOfCode(code string) (hint.Kind, bool) {
	switch code {
	case "ClusterNotFoundException", "ServiceNotFoundException", "ServiceNotActiveException",
		"ServiceDeploymentNotFoundException", "TaskSetNotFoundException", "TargetNotFoundException",
		"ResourceNotFoundException", "RepositoryNotFoundException", "ImageNotFoundException", "NamespaceNotFoundException":
		return hint.NotFound, true
	case "AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "UnrecognizedClientException",
		"InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature", "MissingAuthenticationToken",
		"MissingAuthenticationTokenException", "ExpiredToken", "ExpiredTokenException", "RequestExpired",
		"InvalidClientTokenId", "AuthFailure", "OptInRequired", "BlockedException":
		return hint.Denied, true
	case "ThrottlingException", "Throttling", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
		"RequestThrottledException", "SlowDown", "ServerException", "InternalFailure", "InternalServerError",
		"ServiceUnavailable", "ServiceUnavailableException":
		return hint.Throttled, true
	case "ConflictException", "ResourceInUseException", "UpdateInProgressException", "RepositoryAlreadyExistsException",
		"ResourceAlreadyExistsException", "ClusterContainsServicesException", "ClusterContainsTasksException",
		"ClusterContainsContainerInstancesException", "ClusterContainsCapacityProviderException",
		"ImageTagAlreadyExistsException", "OperationAbortedException", "RepositoryNotEmptyException":
		return hint.Conflict, true
	case codeClusterFailed, codeNoStorage:
		return hint.Unexpected, true
	case "UnsupportedFeatureException", "PlatformUnknownException", "PlatformTaskDefinitionIncompatibilityException",
		"LimitExceededException", "AttributeLimitExceededException", "SerializationException", "ValidationException":
		return hint.Invalid, true
	}
	return hint.Unexpected, false
}

// codeClusterFailed is a code of the emulator's own: it failed in the cluster.
const codeClusterFailed = "ClusterFailedException"

// codeNoStorage is another: the disk of the machine that it runs on is full or
// read-only.
const codeNoStorage = "InsufficientStorageException"

// ECS tells many things apart by the words of a ClientException or an
// InvalidParameterException only (ECS semantics 2.9, 4.13, 8.4).
const (
	saysNoInstances   = "No Container Instances were found in your cluster"
	saysNotIdempotent = "Creation of service was not idempotent"
	saysStillDraining = "Unable to Start a service that is still Draining"
	saysNoRegion      = "scoped to a valid region" // of a signature, by any service
)

func kindOfMessage(message string) (hint.Kind, bool) {
	for _, m := range []struct {
		says string
		kind hint.Kind
	}{
		{saysNoInstances, hint.NotFound},
		{"Unable to describe task definition", hint.NotFound},
		{"TaskDefinition not found", hint.NotFound},
		{"TaskDefinition is inactive", hint.NotFound},
		{"task was not found", hint.NotFound},
		{"does not exist", hint.NotFound},
		{saysNotIdempotent, hint.Conflict},
		{saysStillDraining, hint.Conflict},
		{"cannot be stopped while", hint.Conflict},
		{"cannot be deleted while", hint.Conflict},
	} {
		if strings.Contains(message, m.says) {
			return m.kind, true
		}
	}
	return hint.Unexpected, false
}
