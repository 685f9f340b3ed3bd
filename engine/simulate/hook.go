package simulate

import (
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// answerAfter is how long the function of a lifecycle hook takes that nothing is
// wrong with.
const answerAfter = 3 * time.Second

// HookFailure is a fault of the function of lifecycle hooks: while it lasts, the
// function answers what the fault says, or nothing at all.
type HookFailure struct {
	HookTargetARN string         `json:"hookTargetArn,omitempty"` // "" is every function
	Status        ecs.HookStatus `json:"hookStatus,omitempty"`    // FAILED, IN_PROGRESS; "" is no answer
	CallBackDelay ecs.Seconds    `json:"callBackDelay,omitempty"` // with IN_PROGRESS
}

func (h *HookFailure) check() error {
	switch h.Status {
	case "", ecs.HookFailed, ecs.HookInProgress, ecs.HookSucceeded:
	default:
		return refused("The function of a lifecycle hook cannot answer %s.", h.Status)
	}
	if h.CallBackDelay < 0 || h.CallBackDelay.Duration() > longestFault {
		return refused("The function of a lifecycle hook cannot be invoked again after %s.", h.CallBackDelay)
	}
	return nil
}

func (h *HookFailure) begin(*Simulation, time.Time, *activeFault) error { return nil }

func (h *HookFailure) end(*Simulation, time.Time, *activeFault) {}

func (h *HookFailure) passing() bool { return false }

// invoke runs the function of a lifecycle hook: it succeeds after a few seconds,
// unless a fault says otherwise.
func (s *Simulation) invoke(at time.Time, x *scheduler.Invocation) {
	answer := &scheduler.CompleteLifecycleHook{HookID: x.HookID, Status: ecs.HookSucceeded}
	for _, f := range s.faults {
		if h := f.Fault.HookFailure; h != nil && (h.HookTargetARN == "" || h.HookTargetARN == x.HookTargetARN) {
			answer.Status, answer.CallBackDelay = h.Status, h.CallBackDelay
		}
	}
	if answer.Status != "" {
		s.put(planned{At: at.Add(answerAfter), Command: Command{Command: scheduler.Command{CompleteLifecycleHook: answer}}, Own: true})
	}
}
