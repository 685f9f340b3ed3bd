package lifecycle_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/lifecycle"
)

var birth = time.Date(2026, 11, 25, 6, 0, 0, 0, time.UTC)

func newID(kind string, nth int) string { return fmt.Sprintf("%s-%d", kind, nth) }

func up(now time.Time) *lifecycle.Facts {
	return &lifecycle.Facts{Now: now, Alone: true, GreenUp: true, BlueUp: true, Cleaned: true, NewID: newID}
}

// TestSteps: the weights of green, and the plan's times (ECS semantics 4.17).
func TestSteps(t *testing.T) {
	for _, tt := range []struct {
		name  string
		c     ecs.DeploymentConfiguration
		first bool
		steps []float64
		step  time.Duration
		bake  time.Duration
	}{
		{"blue/green", ecs.DeploymentConfiguration{Strategy: ecs.StrategyBlueGreen, BakeTimeInMinutes: 5}, false, []float64{100}, 0, 5 * time.Minute},
		{"linear by default", ecs.DeploymentConfiguration{Strategy: ecs.StrategyLinear}, false,
			[]float64{10, 20, 30, 40, 50, 60, 70, 80, 90, 100}, 6 * time.Minute, 0},
		{"linear that does not divide", ecs.DeploymentConfiguration{Strategy: ecs.StrategyLinear, Linear: &ecs.LinearConfiguration{StepPercent: 33.3, StepBakeTimeInMinutes: 1}}, false,
			[]float64{33.3, 66.6, 99.9, 100}, time.Minute, 0},
		{"linear at once", ecs.DeploymentConfiguration{Strategy: ecs.StrategyLinear, Linear: &ecs.LinearConfiguration{StepPercent: 100}}, false, []float64{100}, 0, 0},
		{"canary by default", ecs.DeploymentConfiguration{Strategy: ecs.StrategyCanary, BakeTimeInMinutes: 3}, false, []float64{5, 100}, 10 * time.Minute, 3 * time.Minute},
		{"canary of a tenth of a per cent", ecs.DeploymentConfiguration{Strategy: ecs.StrategyCanary, Canary: &ecs.CanaryConfiguration{CanaryPercent: 0.1, CanaryBakeTimeInMinutes: 2}}, false,
			[]float64{0.1, 100}, 2 * time.Minute, 0},
		{"canary of all", ecs.DeploymentConfiguration{Strategy: ecs.StrategyCanary, Canary: &ecs.CanaryConfiguration{CanaryPercent: 100}}, false, []float64{100}, 0, 0},
		{"the first deployment", ecs.DeploymentConfiguration{Strategy: ecs.StrategyLinear, BakeTimeInMinutes: 5}, true, []float64{100}, 0, 0},
	} {
		p := lifecycle.PlanOf(&tt.c, tt.first)
		if !slices.Equal(p.Steps, tt.steps) || p.StepBake != tt.step || p.Bake != tt.bake {
			t.Errorf("%s: %v every %s, bake %s, want %v every %s, bake %s", tt.name, p.Steps, p.StepBake, p.Bake, tt.steps, tt.step, tt.bake)
		}
	}
}

// walk goes from one time that something is due to the next, until a function
// has to answer or nothing but limits is left, and notes each stage with green's production weight.
func walk(s *lifecycle.State, p *lifecycle.Plan, now time.Time, facts func(time.Time) *lifecycle.Facts) (seen []string, at time.Time) {
	for {
		s.Advance(p, facts(now))
		if line := fmt.Sprintf("%s %s %v", now.Sub(birth), s.Stage, s.Production); len(seen) == 0 || seen[len(seen)-1] != line {
			seen = append(seen, line)
		}
		next, guarded := s.Due(p, now)
		if next.IsZero() || guarded || s.Waits(p, facts(now)).For == lifecycle.ForHook {
			return seen, now
		}
		now = next
	}
}

// TestCanary is a deployment that nothing disturbs.
func TestCanary(t *testing.T) {
	p := lifecycle.PlanOf(&ecs.DeploymentConfiguration{Strategy: ecs.StrategyCanary, BakeTimeInMinutes: 5}, false)
	s := lifecycle.Start(birth, false, true)
	seen, _ := walk(&s, &p, birth, up)
	want := []string{
		"0s RECONCILE_SERVICE 0", "10s PRE_SCALE_UP 0", "20s SCALE_UP 0", "30s POST_SCALE_UP 0",
		"40s TEST_TRAFFIC_SHIFT 0", "50s POST_TEST_TRAFFIC_SHIFT 0",
		"1m0s PRE_PRODUCTION_TRAFFIC_SHIFT 0", "1m10s PRODUCTION_TRAFFIC_SHIFT 5",
		"11m10s PRE_PRODUCTION_TRAFFIC_SHIFT 5", "11m20s PRODUCTION_TRAFFIC_SHIFT 100",
		"11m30s POST_PRODUCTION_TRAFFIC_SHIFT 100", "11m40s BAKE_TIME 100", "16m40s CLEAN_UP 100", "16m50s CLEAN_UP 100",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("the deployment went\n%v, want\n%v", seen, want)
	}
	if !s.Ended || s.Failure != nil {
		t.Errorf("it ended %v with failure %v", s.Ended, s.Failure)
	}
}

func hooked(hooks ...ecs.LifecycleHook) lifecycle.Plan {
	return lifecycle.PlanOf(&ecs.DeploymentConfiguration{Strategy: ecs.StrategyBlueGreen, BakeTimeInMinutes: 1, LifecycleHooks: hooks}, false)
}

// TestHooks: a function is invoked again until it is through, and a pause hook
// waits for its answer.
func TestHooks(t *testing.T) {
	at := ecs.StagePostTestTrafficShift
	p := hooked(
		ecs.LifecycleHook{HookTargetARN: "arn:check", Stages: []ecs.LifecycleStage{at}},
		ecs.LifecycleHook{TargetType: ecs.HookPause, Stages: []ecs.LifecycleStage{at}, Timeout: &ecs.HookTimeout{TimeoutInMinutes: 10, Action: ecs.HookContinue}},
	)
	s := lifecycle.Start(birth, false, false)
	_, now := walk(&s, &p, birth, up)
	if w := s.Waits(&p, up(now)); s.Stage != at || w.For != lifecycle.ForHook || w.Hook != "lambda-0" {
		t.Fatalf("in %s it waits for %+v", s.Stage, w)
	}
	if !s.Answer("lambda-0", ecs.HookInProgress, time.Minute, now) || s.Answer("lambda-0", ecs.HookSucceeded, 0, now) {
		t.Error("a function answers once for each time that it was invoked")
	}
	if invoked := s.Advance(&p, up(now.Add(59*time.Second))); len(invoked) != 0 {
		t.Errorf("%v invoked before the delay that it asked for", invoked)
	}
	now = now.Add(time.Minute)
	if invoked := s.Advance(&p, up(now)); !slices.Equal(invoked, []string{"lambda-0"}) {
		t.Errorf("%v invoked after the delay", invoked)
	}
	s.Answer("lambda-0", ecs.HookSucceeded, 0, now)
	s.Advance(&p, up(now))
	if w := s.Waits(&p, up(now)); w.For != lifecycle.ForPause || w.Hook != "pause-1" || s.Stage != at {
		t.Errorf("in %s it waits for %+v", s.Stage, w)
	}
	if s.Decide("lambda-0", ecs.HookContinue, now) || !s.Decide("pause-1", ecs.HookContinue, now) || s.Decide("pause-1", ecs.HookRollback, now) {
		t.Error("only a pause hook that waits takes a decision, and one")
	}
	if walk(&s, &p, now, up); !s.Ended || s.Failure != nil || s.Production != 100 {
		t.Errorf("it ended %v in %s with %v", s.Ended, s.Stage, s.Failure)
	}
}

// TestTimeouts: who does not answer decides too.
func TestTimeouts(t *testing.T) {
	pre := []ecs.LifecycleStage{ecs.StagePreScaleUp}
	for _, tt := range []struct {
		name  string
		hook  ecs.LifecycleHook
		wait  time.Duration
		cause lifecycle.Cause
	}{
		{"a function", ecs.LifecycleHook{HookTargetARN: "arn:f", Stages: pre}, 15 * time.Minute, lifecycle.HookFailed},
		{"a pause", ecs.LifecycleHook{TargetType: ecs.HookPause, Stages: pre}, 24 * time.Hour, lifecycle.HookTimedOut},
		{"a short pause", ecs.LifecycleHook{TargetType: ecs.HookPause, Stages: pre, Timeout: &ecs.HookTimeout{TimeoutInMinutes: 3}}, 3 * time.Minute, lifecycle.HookTimedOut},
		{"a pause that goes on", ecs.LifecycleHook{TargetType: ecs.HookPause, Stages: pre, Timeout: &ecs.HookTimeout{TimeoutInMinutes: 3, Action: ecs.HookContinue}}, 3 * time.Minute, ""},
	} {
		p, s := hooked(tt.hook), lifecycle.Start(birth, false, false)
		s.Advance(&p, up(birth))
		s.Advance(&p, up(birth.Add(tt.wait-time.Second)))
		if s.Failure != nil || s.Stage != ecs.StagePreScaleUp {
			t.Errorf("%s: %v in %s a second before its time", tt.name, s.Failure, s.Stage)
		}
		s.Advance(&p, up(birth.Add(tt.wait)))
		cause := lifecycle.Cause("")
		if s.Failure != nil {
			cause = s.Failure.Cause
		}
		if cause != tt.cause {
			t.Errorf("%s: failed by %q, want %q", tt.name, cause, tt.cause)
		}
	}
}

// TestStageLimit: green that never comes up is given up after a day.
func TestStageLimit(t *testing.T) {
	p, s := hooked(), lifecycle.Start(birth, false, false)
	down := func(now time.Time) *lifecycle.Facts { f := up(now); f.GreenUp = false; return f }
	_, now := walk(&s, &p, birth, down)
	if w := s.Waits(&p, down(now)); s.Stage != ecs.StageScaleUp || w.For != lifecycle.ForGreen {
		t.Fatalf("in %s it waits for %+v", s.Stage, w)
	}
	at, guarded := s.Due(&p, now)
	if !guarded || at.Sub(s.Since) < 24*time.Hour {
		t.Errorf("due at %s, guarded %v", at.Sub(birth), guarded)
	}
	s.Advance(&p, down(at))
	if s.Failure == nil || s.Failure.Cause != lifecycle.StageTimedOut || s.Failure.Stage != ecs.StageScaleUp {
		t.Errorf("failed by %+v", s.Failure)
	}
}

// TestPauseOfDays: what a hook takes is none of the time that its stage has.
func TestPauseOfDays(t *testing.T) {
	for _, tt := range []struct {
		name   string
		action ecs.HookAction // of the hook's timeout
		wait   time.Duration
		decide bool
	}{
		{"continued after 30 hours", ecs.HookRollback, 30 * time.Hour, true},
		{"that times out after three days", ecs.HookContinue, 72 * time.Hour, false},
	} {
		p := hooked(ecs.LifecycleHook{TargetType: ecs.HookPause, Stages: []ecs.LifecycleStage{ecs.StagePreProductionTrafficShift},
			Timeout: &ecs.HookTimeout{TimeoutInMinutes: 72 * 60, Action: tt.action}})
		s := lifecycle.Start(birth, false, false)
		_, now := walk(&s, &p, birth, up)
		now = now.Add(tt.wait)
		down := up(now)
		down.GreenUp = false // from the end of the hook on, the stage has its day
		s.Advance(&p, down)
		if tt.decide {
			s.Decide("pause-0", ecs.HookContinue, now)
		}
		s.Advance(&p, down)
		at, guarded := s.Due(&p, now)
		if s.Failure != nil || s.Stage != ecs.StagePreProductionTrafficShift || !guarded || at.Sub(now) < 24*time.Hour-lifecycle.LeastStage || at.Sub(now) > 24*time.Hour {
			t.Errorf("a pause %s: in %s, failure %+v, its limit in %s", tt.name, s.Stage, s.Failure, at.Sub(now))
		}
		if walk(&s, &p, now.Add(23*time.Hour), up); !s.Ended || s.Failure != nil {
			t.Errorf("a pause %s: ended %v in %s, failure %+v", tt.name, s.Ended, s.Stage, s.Failure)
		}
	}
}

// TestRollBackOfCleanUp: blue that was let go comes back before the traffic does.
func TestRollBackOfCleanUp(t *testing.T) {
	p, s := hooked(), lifecycle.Start(birth, false, false)
	now := birth
	for s.Stage != ecs.StageCleanUp {
		s.Advance(&p, up(now))
		now, _ = s.Due(&p, now)
	}
	f := up(now)
	f.BlueUp, f.Cleaned = false, false
	s.RollBack(lifecycle.Requested, &p, f)
	if s.Stage != ecs.StageScaleUp || s.Production != 100 || !s.BlueWanted() || !s.GreenWanted() {
		t.Errorf("in %s green has %v %%, blue wanted %v, green wanted %v", s.Stage, s.Production, s.BlueWanted(), s.GreenWanted())
	}
	seen, _ := walk(&s, &p, now, up)
	if !s.Ended || s.Production != 0 || s.GreenWanted() {
		t.Errorf("it went %v and ended %v with %v %% at green", seen, s.Ended, s.Production)
	}
}
