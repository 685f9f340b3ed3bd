package target

import (
	"strconv"
	"strings"

	"gantry/ecs"
)

// Answer is what a target makes of a health check: what is wrong with it, in
// the words of Elastic Load Balancing, or "" when nothing is.
type Answer string

// TimedOut is the answer of a target that gives none.
const TimedOut Answer = "Request timed out"

const codes = "Health checks failed with these codes: ["

// AnswerOf is the answer of a target that fails its checks, from what is said of
// it: an HTTP code, a text of Elastic Load Balancing, or nothing for a target
// that does not answer at all.
func AnswerOf(reason string) Answer {
	switch _, err := strconv.Atoi(reason); {
	case reason == "":
		return TimedOut
	case err == nil:
		return Answer(codes + reason + "]")
	}
	return Answer(reason)
}

// reason is the code that goes with the answer of an unhealthy target [API:
// TargetHealth].
func (a Answer) reason() string {
	switch {
	case a == "":
		return ""
	case a == TimedOut:
		return "Target.Timeout"
	case strings.HasPrefix(string(a), codes):
		return "Target.ResponseCodeMismatch"
	}
	return "Target.FailedHealthChecks"
}

// texts are the reason code and the description of a state [API: TargetHealth,
// ALB: health check reason codes].
func texts(state ecs.TargetState, registering bool, why Answer) (reason, description string) {
	switch state {
	case ecs.TargetInitial:
		if registering {
			return "Elb.RegistrationInProgress", "Target registration is in progress"
		}
		return "Elb.InitialHealthChecking", "Initial health checks in progress"
	case ecs.TargetUnhealthy:
		return why.reason(), string(why)
	case ecs.TargetDraining:
		return "Target.DeregistrationInProgress", "Target deregistration is in progress"
	case ecs.TargetUnused:
		return "Target.NotRegistered", "Target is not registered to the target group"
	}
	return "", ""
}
