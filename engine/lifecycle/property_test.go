package lifecycle_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/lifecycle"
)

var order = []ecs.LifecycleStage{
	"", ecs.StageReconcileService, ecs.StagePreScaleUp, ecs.StageScaleUp, ecs.StagePostScaleUp,
	ecs.StageTestTrafficShift, ecs.StagePostTestTrafficShift, ecs.StagePreProductionTrafficShift,
	ecs.StageProductionTrafficShift, ecs.StagePostProductionTrafficShift, ecs.StageBakeTime, ecs.StageCleanUp,
}

// way is the way of a rollback.
var way = []ecs.LifecycleStage{ecs.StageScaleUp, ecs.StageProductionTrafficShift, ecs.StageTestTrafficShift, ecs.StageCleanUp}

func drawHook(t *rapid.T) ecs.LifecycleHook {
	h := ecs.LifecycleHook{HookTargetARN: "arn:f", TargetType: rapid.SampledFrom([]string{"", ecs.HookLambda, ecs.HookPause}).Draw(t, "type")}
	pool := []ecs.LifecycleStage{
		ecs.StageReconcileService, ecs.StagePreScaleUp, ecs.StagePostScaleUp, ecs.StagePostTestTrafficShift,
		ecs.StagePreProductionTrafficShift, ecs.StagePostProductionTrafficShift,
	}
	if h.TargetType != ecs.HookPause {
		pool = append(pool, ecs.StageTestTrafficShift, ecs.StageProductionTrafficShift)
	}
	h.Stages = rapid.SliceOfNDistinct(rapid.SampledFrom(pool), 1, 3, rapid.ID).Draw(t, "stages")
	if rapid.Bool().Draw(t, "timeout") {
		h.Timeout = &ecs.HookTimeout{TimeoutInMinutes: rapid.IntRange(1, 60).Draw(t, "minutes"),
			Action: rapid.SampledFrom([]ecs.HookAction{"", ecs.HookContinue, ecs.HookRollback}).Draw(t, "action")}
	}
	return h
}

func drawConfiguration(t *rapid.T) ecs.DeploymentConfiguration {
	c := ecs.DeploymentConfiguration{
		Strategy:          rapid.SampledFrom([]string{ecs.StrategyBlueGreen, ecs.StrategyLinear, ecs.StrategyCanary}).Draw(t, "strategy"),
		BakeTimeInMinutes: rapid.IntRange(0, 1440).Draw(t, "bake"),
		LifecycleHooks:    rapid.SliceOfN(rapid.Custom(drawHook), 0, 3).Draw(t, "hooks"),
	}
	if rapid.Bool().Draw(t, "configured") {
		c.Linear = &ecs.LinearConfiguration{StepPercent: float64(rapid.IntRange(30, 1000).Draw(t, "step")) / 10, StepBakeTimeInMinutes: rapid.IntRange(0, 30).Draw(t, "step bake")}
		c.Canary = &ecs.CanaryConfiguration{CanaryPercent: float64(rapid.IntRange(1, 1000).Draw(t, "canary")) / 10, CanaryBakeTimeInMinutes: rapid.IntRange(0, 30).Draw(t, "canary bake")}
	}
	return c
}

// deployment is one that is watched while things happen to it.
type deployment struct {
	*rapid.T
	s     lifecycle.State
	plan  lifecycle.Plan
	facts lifecycle.Facts
}

// look advances it and holds what changed against the rules.
func (d *deployment) look() {
	before := d.s
	d.s.Advance(&d.plan, &d.facts)
	d.hold(&before)
	again := d.s
	if invoked := again.Advance(&d.plan, &d.facts); len(invoked) > 0 || !sameState(&again, &d.s) {
		d.Fatalf("a second look at one moment changed %+v into %+v", d.s, again)
	}
}

func sameState(a, b *lifecycle.State) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return slices.Equal(x, y)
}

func (d *deployment) hold(before *lifecycle.State) {
	s := &d.s
	if s.Production < 0 || s.Production > 100 || s.Test < 0 || s.Test > 100 {
		d.Fatalf("green has %v %% of production and %v %% of test traffic", s.Production, s.Test)
	}
	switch from, to := slices.Index(order, before.Stage), slices.Index(order, s.Stage); {
	case s.Failure == nil && to < from && !(before.Stage == ecs.StageProductionTrafficShift && s.Stage == ecs.StagePreProductionTrafficShift):
		d.Fatalf("it went back from %s to %s", before.Stage, s.Stage)
	case s.Failure == nil && to > from+1 && before.Stage != "":
		d.Fatalf("it jumped from %s to %s", before.Stage, s.Stage)
	case s.RollingBack() && before.RollingBack() && slices.Index(way, s.Stage) < slices.Index(way, before.Stage):
		d.Fatalf("the rollback went back from %s to %s", before.Stage, s.Stage)
	}
	if s.Production > before.Production && (!d.facts.GreenUp && s.Step > 1 || s.Stage != ecs.StageProductionTrafficShift) {
		d.Fatalf("production traffic went to green in %s while green was up: %v", s.Stage, d.facts.GreenUp)
	}
	if s.Production < before.Production && !s.RollingBack() {
		d.Fatalf("green lost traffic in %s without a rollback", s.Stage)
	}
	if s.RollingBack() && !s.LetGo && s.Production+s.Test > 0 {
		d.Fatalf("a rollback left green %v %% of production and %v %% of test traffic", s.Production, s.Test)
	}
	if s.RollingBack() && s.Ended && s.Stage == ecs.StageCleanUp && s.Production+s.Test > 0 {
		d.Fatal("the rollback ended with traffic at green")
	}
	if !s.Ended && s.Waits(&d.plan, &d.facts).For == "" {
		d.Fatalf("it waits in %s without a reason", s.Stage)
	}
	if at, _ := s.Due(&d.plan, d.facts.Now); !s.Ended && at.IsZero() && !s.RollingBack() {
		d.Fatalf("nothing will end its wait in %s", s.Stage)
	}
}

// act lets something happen from outside.
func (d *deployment) act() {
	var open []string
	for i := range d.s.Hooks {
		if h := &d.s.Hooks[i]; h.Status == ecs.HookAwaitingAction || h.Status == ecs.HookInProgress {
			open = append(open, h.ID)
		}
	}
	switch what := rapid.SampledFrom([]string{"wait", "due", "due", "answer", "answer", "decide", "green", "fail"}).Draw(d.T, "what"); {
	case what == "wait":
		d.facts.Now = d.facts.Now.Add(time.Duration(rapid.IntRange(0, 4000).Draw(d.T, "seconds")) * time.Second)
	case what == "due":
		if at, _ := d.s.Due(&d.plan, d.facts.Now); !at.IsZero() {
			d.facts.Now = at
		}
	case what == "answer" && len(open) > 0:
		d.s.Answer(rapid.SampledFrom(open).Draw(d.T, "hook"), rapid.SampledFrom([]ecs.HookStatus{ecs.HookSucceeded, ecs.HookSucceeded, ecs.HookSucceeded, ecs.HookFailed, ecs.HookInProgress}).Draw(d.T, "status"), 0, d.facts.Now)
	case what == "decide" && len(open) > 0:
		d.s.Decide(rapid.SampledFrom(open).Draw(d.T, "hook"), rapid.SampledFrom([]ecs.HookAction{ecs.HookContinue, ecs.HookContinue, ecs.HookRollback}).Draw(d.T, "action"), d.facts.Now)
	case what == "green":
		d.facts.GreenUp = rapid.Bool().Draw(d.T, "up")
	case what == "fail" && rapid.IntRange(0, 3).Draw(d.T, "one in four") == 0:
		before := d.s
		d.s.RollBack(rapid.SampledFrom([]lifecycle.Cause{lifecycle.AlarmDetected, lifecycle.TasksFailed, lifecycle.Requested}).Draw(d.T, "cause"), &d.plan, &d.facts)
		d.hold(&before)
	}
}

// TestProperties: whatever happens, the stages come in order, traffic goes to
// green only while green is up, a rollback ends with all of it at blue, and a
// deployment that is let alone ends.
func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfiguration(t)
		first := rapid.IntRange(0, 4).Draw(t, "first") == 0
		d := &deployment{
			T: t, s: lifecycle.Start(birth, first, rapid.Bool().Draw(t, "reconcile")), plan: lifecycle.PlanOf(&c, first),
			facts: lifecycle.Facts{Now: birth, Alone: true, GreenUp: true, BlueUp: true, Cleaned: true, NewID: newID},
		}
		d.look()
		for range rapid.IntRange(0, 60).Draw(t, "acts") {
			d.act()
			d.look()
			d.reload()
		}
		d.facts.GreenUp = true
		for n := 0; !d.s.Ended; n++ {
			if n > 2000 {
				t.Fatalf("it never ends: %+v", d.s)
			}
			for i := range d.s.Hooks {
				d.s.Answer(d.s.Hooks[i].ID, ecs.HookSucceeded, 0, d.facts.Now)
				d.s.Decide(d.s.Hooks[i].ID, ecs.HookContinue, d.facts.Now)
			}
			d.look()
			if at, _ := d.s.Due(&d.plan, d.facts.Now); !at.IsZero() {
				d.facts.Now = at
			}
		}
		if d.s.Failure == nil && (d.s.Production != 100 || d.s.BlueWanted()) {
			t.Fatalf("it succeeded with %v %% at green", d.s.Production)
		}
		if d.s.Failure != nil && !first && (d.s.Production != 0 || d.s.Test != 0 || !d.s.BlueWanted() || d.s.GreenWanted()) {
			t.Fatalf("it rolled back to %v %% at green, blue wanted %v", d.s.Production, d.s.BlueWanted())
		}
	})
}

// reload saves and loads the state, which is all that there is.
func (d *deployment) reload() {
	data, err := json.Marshal(d.s)
	if err != nil {
		d.Fatal(err)
	}
	var loaded lifecycle.State
	if err := json.Unmarshal(data, &loaded); err != nil {
		d.Fatal(err)
	}
	d.s = loaded
}

// TestLooksBetween: who looks more often sees the same happen at the same time.
func TestLooksBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawConfiguration(t)
		plan := lifecycle.PlanOf(&c, false)
		seldom, often := lifecycle.Start(birth, false, false), lifecycle.Start(birth, false, false)
		now := birth
		for range 40 {
			seldom.Advance(&plan, up(now))
			often.Advance(&plan, up(now))
			if !sameState(&seldom, &often) {
				t.Fatalf("at %s two looks at one deployment differ:\n%+v\n%+v", now.Sub(birth), seldom, often)
			}
			next, _ := seldom.Due(&plan, now)
			if next.IsZero() {
				return
			}
			between := now.Add(time.Duration(rapid.Int64Range(0, int64(next.Sub(now)-1)).Draw(t, "between")))
			often.Advance(&plan, up(between))
			now = next
		}
	})
}
