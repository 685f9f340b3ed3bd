package lifecycle

import (
	"slices"
	"time"

	"gantry/ecs"
)

// stages are the stages in order. RECONCILE_SERVICE comes before them where it
// comes at all.
func stages() []ecs.LifecycleStage {
	return []ecs.LifecycleStage{
		ecs.StagePreScaleUp, ecs.StageScaleUp, ecs.StagePostScaleUp,
		ecs.StageTestTrafficShift, ecs.StagePostTestTrafficShift,
		ecs.StagePreProductionTrafficShift, ecs.StageProductionTrafficShift, ecs.StagePostProductionTrafficShift,
		ecs.StageBakeTime, ecs.StageCleanUp,
	}
}

// Advance moves the deployment on as far as the facts allow, and says which
// functions are to be invoked now, by the id of their hook.
func (s *State) Advance(p *Plan, f *Facts) (invoke []string) {
	if s.Stage == "" && !s.Ended {
		s.enter(p, f)
	}
	for !s.Ended && s.step(p, f) {
		continue
	}
	return s.invoke(f.Now)
}

// step does one thing that the facts allow, and reports whether there was one.
func (s *State) step(p *Plan, f *Facts) bool {
	s.expire(f.Now)
	if s.Failure == nil {
		if cause := s.failed(p, f.Now); cause != "" {
			s.RollBack(cause, p, f)
			return true
		}
	}
	if s.Waits(p, f).For != "" {
		return false
	}
	s.enter(p, f)
	return true
}

// failed is what fails the deployment by itself, or "".
func (s *State) failed(p *Plan, now time.Time) Cause {
	for _, h := range s.Hooks {
		switch {
		case h.Status == ecs.HookFailed && h.TargetType == ecs.HookPause:
			return Requested
		case h.Status == ecs.HookFailed:
			return HookFailed
		case h.Status == ecs.HookTimedOut && h.TimeoutAction != ecs.HookContinue:
			return HookTimedOut
		}
	}
	if limit := s.limit(p); !limit.IsZero() && !now.Before(limit) {
		return StageTimedOut
	}
	if !now.Before(s.StartedAt.Add(LongestDeployment)) {
		return DeploymentTimedOut
	}
	return ""
}

// limit is when the stage has taken too long. One that waits for hooks has the
// hooks' own limits instead, and what those took is none of its time: a pause may
// last for 14 days, a stage for one (ECS semantics 4.17; how ECS joins the two is
// not published). Once green has all the traffic and blue was let go there is none:
// that tasks of blue are slow to leave, for they are protected, is no reason to
// bring blue back, we decided.
func (s *State) limit(p *Plan) time.Time {
	if s.open() || s.LetGo {
		return time.Time{}
	}
	from := s.Since.Add(s.rest(p))
	for i := range s.Hooks { // those of earlier stages ended before this one began
		if ended := s.Hooks[i].EndedAt; ended.After(from) {
			from = ended
		}
	}
	return from.Add(LongestStage)
}

// rest is how long the stage lasts although there is nothing to wait for.
func (s *State) rest(p *Plan) time.Duration {
	switch {
	case s.Failure != nil:
	case s.Stage == ecs.StageBakeTime:
		return max(LeastStage, p.Bake)
	case s.Stage == ecs.StageProductionTrafficShift && s.Step < len(p.Steps):
		return max(LeastStage, p.StepBake)
	}
	return LeastStage
}

// enter goes on to the next stage, which shifts its traffic at once and begins
// its hooks. After the last one the deployment has ended.
func (s *State) enter(p *Plan, f *Facts) {
	next, ok := s.next(p)
	if !ok {
		s.Ended = true
		return
	}
	s.Stage, s.Since = next, f.Now
	switch {
	case s.Failure != nil && next == ecs.StageProductionTrafficShift:
		s.Production = 0
	case s.Failure != nil && next == ecs.StageTestTrafficShift:
		s.Test = 0
	case next == ecs.StageTestTrafficShift:
		s.Test = 100
	case next == ecs.StageProductionTrafficShift:
		s.Production = p.Steps[s.Step]
		s.Step++
	case next == ecs.StageCleanUp && s.Failure == nil:
		s.LetGo = true
	}
	s.begin(p, f)
}

// next is the stage after this one.
func (s *State) next(p *Plan) (stage ecs.LifecycleStage, ok bool) {
	if len(s.Back) > 0 { // RECONCILE_SERVICE at the start, else the way of a rollback
		stage, s.Back = s.Back[0], s.Back[1:]
		return stage, true
	}
	if s.Stage == ecs.StageCleanUp {
		return "", false
	}
	if s.Stage == ecs.StageProductionTrafficShift && s.Step < len(p.Steps) {
		return ecs.StagePreProductionTrafficShift, true
	}
	return stages()[slices.Index(stages(), s.Stage)+1], true
}

// RollBack sends the deployment back to blue. Blue gets all the traffic at once,
// as long as it is there (ECS semantics 4.17); in CLEAN_UP it was let go and has
// to come back first. Then the stages that shifted traffic are gone through once
// more, for their hooks [DG: Lifecycle hooks for Amazon ECS service
// deployments], and green is removed. Without a blue the deployment just stops.
func (s *State) RollBack(cause Cause, p *Plan, f *Facts) {
	if s.Failure != nil {
		return
	}
	s.Ended = false // whoever has still something to roll back is not through
	s.Failure = &Failure{Cause: cause, Stage: s.Stage, At: f.Now}
	if s.First {
		s.Stop(f.Now)
		return
	}
	s.Back = nil
	if s.LetGo {
		s.Back = append(s.Back, ecs.StageScaleUp)
	}
	if s.Production > 0 {
		s.Back = append(s.Back, ecs.StageProductionTrafficShift)
	}
	if s.Test > 0 {
		s.Back = append(s.Back, ecs.StageTestTrafficShift)
	}
	s.Back = append(s.Back, ecs.StageCleanUp)
	if !s.LetGo {
		s.Production, s.Test = 0, 0
	}
	s.abandon(f.Now)
	s.enter(p, f)
}
