package lifecycle

import (
	"time"

	"gantry/ecs"
)

// How a function is invoked (ECS semantics 4.17 [DG: Lambda hooks for Amazon ECS
// service deployments]): it answers within 15 minutes, and one that says
// IN_PROGRESS is invoked again, after 30 s unless it says when.
const (
	AnswerWithin   = 15 * time.Minute
	InvokeAgainIn  = 30 * time.Second
	kindPauseHook  = "pause"
	kindLambdaHook = "lambda"
)

// Hook is one hook of a stage that was reached.
type Hook struct {
	ID            string             `json:"id"`
	Stage         ecs.LifecycleStage `json:"stage"`
	TargetType    string             `json:"targetType"`
	TargetARN     string             `json:"targetArn,omitempty"`
	Status        ecs.HookStatus     `json:"status"`
	BeganAt       time.Time          `json:"beganAt"`
	ExpiresAt     time.Time          `json:"expiresAt"`
	TimeoutAction ecs.HookAction     `json:"timeoutAction"`
	InvokeAt      time.Time          `json:"invokeAt,omitzero"`  // of a function: when it is invoked next
	InvokedAt     time.Time          `json:"invokedAt,omitzero"` // of a function that has not answered yet
	EndedAt       time.Time          `json:"endedAt,omitzero"`
}

func (h *Hook) open() bool {
	return h.Status == ecs.HookInProgress || h.Status == ecs.HookAwaitingAction
}

// begin begins the hooks of the stage, all at once. A rollback keeps those of
// its two traffic shifts and runs no others.
func (s *State) begin(p *Plan, f *Facts) {
	if s.Failure != nil && s.Stage != ecs.StageProductionTrafficShift && s.Stage != ecs.StageTestTrafficShift {
		return
	}
	for _, x := range p.hooksAt(s.Stage) {
		h := Hook{
			Stage: s.Stage, TargetType: ecs.HookLambda, TargetARN: x.HookTargetARN, Status: ecs.HookInProgress,
			BeganAt: f.Now, ExpiresAt: f.Now.Add(defaultHookTimeout), TimeoutAction: ecs.HookRollback, InvokeAt: f.Now,
		}
		kind := kindLambdaHook
		if x.TargetType == ecs.HookPause {
			kind = kindPauseHook
			h.TargetType, h.TargetARN, h.Status, h.InvokeAt = ecs.HookPause, "", ecs.HookAwaitingAction, time.Time{}
		}
		if t := x.Timeout; t != nil {
			if t.TimeoutInMinutes > 0 {
				h.ExpiresAt = f.Now.Add(minutes(t.TimeoutInMinutes))
			}
			if t.Action != "" {
				h.TimeoutAction = t.Action
			}
		}
		h.ID = f.NewID(kind, len(s.Hooks))
		s.Hooks = append(s.Hooks, h)
	}
}

// open reports whether a hook of the stage is not through yet.
func (s *State) open() bool {
	for i := range s.Hooks {
		if s.Hooks[i].open() {
			return true
		}
	}
	return false
}

// expire ends the hooks whose time is over. A function that does not answer has
// failed.
func (s *State) expire(now time.Time) {
	for i := range s.Hooks {
		h := &s.Hooks[i]
		switch {
		case !h.open():
		case !now.Before(h.ExpiresAt):
			h.end(ecs.HookTimedOut, now)
		case !h.InvokedAt.IsZero() && !now.Before(h.InvokedAt.Add(AnswerWithin)):
			h.end(ecs.HookFailed, now)
		}
	}
}

func (h *Hook) end(status ecs.HookStatus, now time.Time) {
	h.Status, h.InvokeAt, h.InvokedAt, h.EndedAt = status, time.Time{}, time.Time{}, now
}

// abandon ends the hooks that nobody waits for any more.
func (s *State) abandon(now time.Time) {
	for i := range s.Hooks {
		if s.Hooks[i].open() {
			s.Hooks[i].end(ecs.HookFailed, now)
		}
	}
}

// invoke says which functions are to be invoked now.
func (s *State) invoke(now time.Time) []string {
	var out []string
	for i := range s.Hooks {
		if h := &s.Hooks[i]; h.open() && !h.InvokeAt.IsZero() && !now.Before(h.InvokeAt) {
			h.InvokeAt, h.InvokedAt = time.Time{}, now
			out = append(out, h.ID)
		}
	}
	return out
}

// Hook is the hook of that id, or nil.
func (s *State) Hook(id string) *Hook {
	for i := range s.Hooks {
		if s.Hooks[i].ID == id {
			return &s.Hooks[i]
		}
	}
	return nil
}

// Answer takes the answer of a function that was invoked. It reports whether
// anybody waited for it.
func (s *State) Answer(id string, status ecs.HookStatus, callBackDelay time.Duration, now time.Time) bool {
	h := s.Hook(id)
	if h == nil || !h.open() || h.InvokedAt.IsZero() {
		return false
	}
	switch status {
	case ecs.HookInProgress:
		if callBackDelay <= 0 {
			callBackDelay = InvokeAgainIn
		}
		h.InvokedAt, h.InvokeAt = time.Time{}, now.Add(callBackDelay)
	case ecs.HookSucceeded:
		h.end(ecs.HookSucceeded, now)
	default: // a function that answers anything else has failed
		h.end(ecs.HookFailed, now)
	}
	return true
}

// Decide takes the answer to a pause hook. It reports whether the hook waited
// for one.
func (s *State) Decide(id string, action ecs.HookAction, now time.Time) bool {
	h := s.Hook(id)
	if h == nil || h.Status != ecs.HookAwaitingAction {
		return false
	}
	if action == ecs.HookRollback {
		h.end(ecs.HookFailed, now)
	} else {
		h.end(ecs.HookSucceeded, now)
	}
	return true
}
