package lifecycle

import (
	"time"

	"gantry/ecs"
)

// WaitingFor is what keeps a deployment in its stage.
type WaitingFor string

// What a deployment waits for.
const (
	ForHook    WaitingFor = "HOOK"     // the answer of a function
	ForPause   WaitingFor = "PAUSE"    // ContinueServiceDeployment
	ForOthers  WaitingFor = "OTHERS"   // revisions other than blue and green to be gone
	ForGreen   WaitingFor = "GREEN"    // green's tasks to be healthy
	ForBlue    WaitingFor = "BLUE"     // blue's tasks to be healthy again
	ForStep    WaitingFor = "STEP"     // the bake time of a step
	ForBake    WaitingFor = "BAKE"     // the bake time
	ForCleanUp WaitingFor = "CLEAN_UP" // the revision that goes to be gone
	ForStage   WaitingFor = "STAGE"    // the least time of a stage
)

// Wait is why a deployment is still in its stage. For is empty when it is not
// waiting.
type Wait struct {
	Stage ecs.LifecycleStage `json:"stage"`
	Since time.Time          `json:"since"`
	For   WaitingFor         `json:"for,omitempty"`
	Hook  string             `json:"hookId,omitempty"`
	Until time.Time          `json:"until,omitzero"` // when time ends the wait: the hook expires, the bake time is over
}

// Waits says what the deployment waits for: functions before people, people
// before tasks, tasks before time.
func (s *State) Waits(p *Plan, f *Facts) Wait {
	w := Wait{Stage: s.Stage, Since: s.Since}
	for i := range s.Hooks {
		if h := &s.Hooks[i]; h.open() && (w.For == "" || w.For == ForPause && h.TargetType != ecs.HookPause) {
			w.For, w.Hook, w.Until = ForHook, h.ID, h.ExpiresAt
			if h.TargetType == ecs.HookPause {
				w.For = ForPause
			}
		}
	}
	if w.For != "" {
		return w
	}
	if w.For = s.waitsForTasks(f); w.For != "" {
		return w
	}
	if until := s.Since.Add(s.rest(p)); f.Now.Before(until) {
		w.For, w.Until = ForStage, until
		switch {
		case s.rest(p) == LeastStage:
		case s.Stage == ecs.StageBakeTime:
			w.For = ForBake
		default:
			w.For = ForStep
		}
	}
	return w
}

// waitsForTasks says whose tasks the stage waits for. Traffic goes to green, and
// blue goes away, only while all of green's tasks are healthy.
func (s *State) waitsForTasks(f *Facts) WaitingFor {
	switch s.Stage {
	case ecs.StageReconcileService:
		if !f.Alone {
			return ForOthers
		}
	case ecs.StageCleanUp:
		if !f.Cleaned {
			return ForCleanUp
		}
	case ecs.StageScaleUp, ecs.StagePreProductionTrafficShift, ecs.StageBakeTime:
		switch {
		case s.Failure != nil && !f.BlueUp:
			return ForBlue
		case s.Failure == nil && !f.GreenUp:
			return ForGreen
		}
	}
	return ""
}

// Due is when time alone will change something, after now. Guarded says that
// nothing but limits is left: the deployment waits for a person, or for tasks,
// and would wait on if it were let.
func (s *State) Due(p *Plan, now time.Time) (at time.Time, guarded bool) {
	if s.Ended {
		return time.Time{}, false
	}
	var progress, guard time.Time
	soonest := func(to *time.Time, t time.Time) {
		if t.After(now) && (to.IsZero() || t.Before(*to)) {
			*to = t
		}
	}
	soonest(&progress, s.Since.Add(s.rest(p)))
	for i := range s.Hooks {
		h := &s.Hooks[i]
		if !h.open() {
			continue
		}
		soonest(&guard, h.ExpiresAt)
		if !h.InvokeAt.IsZero() {
			soonest(&progress, h.InvokeAt)
		}
		if !h.InvokedAt.IsZero() {
			soonest(&progress, h.InvokedAt.Add(AnswerWithin))
		}
	}
	if s.Failure == nil {
		if limit := s.limit(p); !limit.IsZero() {
			soonest(&guard, limit)
		}
		soonest(&guard, s.StartedAt.Add(LongestDeployment))
	}
	guarded = progress.IsZero()
	soonest(&progress, guard)
	return progress, guarded
}
