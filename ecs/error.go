package ecs

// Error is a refusal in the API's own words: the exception name that goes on
// the wire and the message that real ECS sends with it. The engine and the
// definitions' validation return it; the emulator writes it out as it is.
type Error struct {
	Code    string // "InvalidParameterException"
	Message string
}

func (e *Error) Error() string { return e.Message }

// The exception names used by more than one room.
const (
	CodeClient           = "ClientException"
	CodeInvalidParameter = "InvalidParameterException"
	CodeClusterNotFound  = "ClusterNotFoundException"
	CodeServiceNotFound  = "ServiceNotFoundException"
	CodeServiceNotActive = "ServiceNotActiveException"
	CodeTargetNotFound   = "TargetNotFoundException"
	CodeConflict         = "ConflictException"
	CodeValidation       = "ValidationException"     // of Application Auto Scaling
	CodeObjectNotFound   = "ObjectNotFoundException" // of Application Auto Scaling
	CodeLimitExceeded    = "LimitExceededException"  // of Application Auto Scaling and others
	CodeAlarmInvalid     = "ValidationError"         // of CloudWatch
	CodeAlarmNotFound    = "ResourceNotFound"        // of CloudWatch
)

// Failure is one item of a failures array: what could not be done and why,
// while the call as a whole succeeded (ECS semantics 2.9, 8.5 [API:Failure]).
type Failure struct {
	ARN    ARN    `json:"arn,omitempty"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

// Tag is a key and a value on a resource.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}
