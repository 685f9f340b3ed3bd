package autoscaling_test

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

func tracking(name string, target float64) *ecs.ScalingPolicy {
	return &ecs.ScalingPolicy{
		Name: name, Type: ecs.TargetTrackingScaling,
		TargetTracking: &ecs.TargetTrackingScalingPolicy{
			TargetValue: target, PredefinedMetric: &ecs.PredefinedScalingMetric{Type: ecs.ECSServiceAverageCPUUtilization},
		},
	}
}

func stepping(name, kind string, steps ...ecs.StepAdjustment) *ecs.ScalingPolicy {
	return &ecs.ScalingPolicy{Name: name, Type: ecs.StepScaling, Step: &ecs.StepScalingPolicy{AdjustmentType: kind, StepAdjustments: steps}}
}

func bound(x float64) *float64 { return &x }

func above(p *ecs.ScalingPolicy, threshold, metric float64) autoscaling.Call {
	return autoscaling.Call{Policy: p, Metric: metric, Alarm: &ecs.MetricAlarm{Name: p.Name + "-high", Threshold: threshold, ComparisonOperator: ecs.GreaterThanOrEqual}}
}

func below(p *ecs.ScalingPolicy, threshold, metric float64) autoscaling.Call {
	return autoscaling.Call{Policy: p, Metric: metric, Alarm: &ecs.MetricAlarm{Name: p.Name + "-low", Threshold: threshold, ComparisonOperator: ecs.LessThanOrEqual}}
}

// TestTargetTracking: proportional out, a tenth at a time in.
func TestTargetTracking(t *testing.T) {
	p := tracking("cpu", 50)
	for _, tt := range []struct {
		name             string
		desired, running int
		metric           float64
		high             bool
		want             int
		hold             autoscaling.Hold
	}{
		{"out in proportion", 4, 4, 80, true, 7, ""},
		{"exactly no more than needed", 10, 10, 60, true, 12, ""},
		{"at most the maximum", 15, 15, 100, true, 20, ""},
		{"at the maximum", 20, 20, 100, true, 20, autoscaling.HoldAtMax},
		{"from what runs, not from what is desired", 8, 4, 80, true, 7, autoscaling.HoldSame},
		{"what a deployment runs above the desired count does not count", 4, 8, 80, true, 7, ""},
		{"in by one", 10, 10, 30, false, 9, ""},
		{"in by a tenth", 20, 20, 10, false, 18, ""},
		{"no further than the target", 20, 20, 48, false, 20, autoscaling.HoldFlapping},
		{"two tasks at 30 would be one at 60", 2, 2, 30, false, 2, autoscaling.HoldFlapping},
		{"at the minimum", 1, 1, 1, false, 1, autoscaling.HoldAtMin},
	} {
		call := below(p, 45, tt.metric)
		if tt.high {
			call = above(p, 50, tt.metric)
		}
		d := autoscaling.Decide(birth, autoscaling.Target{Min: 1, Max: 20, Desired: tt.desired, Running: tt.running}, []*ecs.ScalingPolicy{p}, []autoscaling.Call{call})
		if a := d.Answers[0]; a.Capacity != tt.want || a.Hold != tt.hold || (d.Follow == 0) != (tt.hold == "") {
			t.Errorf("%s: %d of %d at %v: capacity %d, hold %q, follow %d; want %d, %q", tt.name, tt.running, tt.desired, tt.metric, a.Capacity, a.Hold, d.Follow, tt.want, tt.hold)
		}
	}
}

// TestOutsideTheBounds: where somebody set a count outside of the bounds, a call
// in the right direction brings it back, and further if that is what it asks
// for; the other direction does nothing [DG: Service auto scaling, considerations].
func TestOutsideTheBounds(t *testing.T) {
	p := tracking("cpu", 50)
	for _, tt := range []struct {
		name    string
		desired int
		call    autoscaling.Call
		want    int // 0: nothing
		hold    autoscaling.Hold
	}{
		{"below, out a little", 2, above(p, 50, 60), 5, ""},
		{"below, out a lot", 4, above(p, 50, 90), 8, ""},
		{"below, in", 2, below(p, 45, 10), 0, autoscaling.HoldAtMin},
		{"above, in a little", 30, below(p, 45, 44), 20, ""},
		{"above, in a lot", 22, below(p, 45, 10), 20, ""},
		{"above, out", 30, above(p, 50, 90), 0, autoscaling.HoldAtMax},
	} {
		d := autoscaling.Decide(birth, autoscaling.Target{Min: 5, Max: 20, Desired: tt.desired, Running: tt.desired}, []*ecs.ScalingPolicy{p}, []autoscaling.Call{tt.call})
		if d.Capacity != tt.want || d.Answers[0].Hold != tt.hold {
			t.Errorf("%s: %d, hold %q; want %d, %q", tt.name, d.Capacity, d.Answers[0].Hold, tt.want, tt.hold)
		}
	}
}

// TestSentences: every hold has words of its own.
func TestSentences(t *testing.T) {
	seen := map[string]autoscaling.Hold{}
	for _, h := range []autoscaling.Hold{"", autoscaling.HoldSuspended, autoscaling.HoldDeployment, autoscaling.HoldCooldown, autoscaling.HoldAtMax, autoscaling.HoldAtMin,
		autoscaling.HoldSame, autoscaling.HoldFlapping, autoscaling.HoldOthers, autoscaling.HoldLarger, autoscaling.HoldNoAdjustment} {
		text := autoscaling.Answer{Policy: "cpu", Alarm: "busy", Metric: 60, Capacity: 5, Hold: h}.String()
		if other, twice := seen[text]; twice {
			t.Errorf("%q and %q are both %q", h, other, text)
		}
		seen[text] = h
	}
}

// TestStepsOfTheGuide is the example of [AAS: Step scaling policies]: ten
// tasks, a threshold of 50, percentages.
func TestStepsOfTheGuide(t *testing.T) {
	out := stepping("out", ecs.PercentChangeInCapacity,
		ecs.StepAdjustment{LowerBound: bound(0), UpperBound: bound(10)},
		ecs.StepAdjustment{LowerBound: bound(10), UpperBound: bound(20), Adjustment: 10},
		ecs.StepAdjustment{LowerBound: bound(20), Adjustment: 30})
	in := stepping("in", ecs.PercentChangeInCapacity,
		ecs.StepAdjustment{LowerBound: bound(-10), UpperBound: bound(0)},
		ecs.StepAdjustment{LowerBound: bound(-20), UpperBound: bound(-10), Adjustment: -10},
		ecs.StepAdjustment{UpperBound: bound(-20), Adjustment: -30})
	for _, p := range []*ecs.ScalingPolicy{out, in} {
		if err := autoscaling.ValidatePolicy(p); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		metric     float64
		from, want int
	}{
		{50, 10, 10}, {59.9, 10, 10}, {60, 10, 11}, {69.9, 10, 11}, {70, 11, 14}, {1000, 11, 14},
		{49, 14, 14}, {40.1, 14, 14}, {40, 14, 13}, {30.1, 14, 13}, {30, 13, 10}, {0, 13, 10},
	} {
		call := above(out, 50, tt.metric)
		if tt.metric < 50 {
			call = below(in, 50, tt.metric)
		}
		d := autoscaling.Decide(birth, autoscaling.Target{Min: 0, Max: 100, Desired: tt.from, Running: tt.from}, nil, []autoscaling.Call{call})
		got := tt.from
		if d.Follow >= 0 {
			got = d.Capacity
		}
		if got != tt.want {
			t.Errorf("%d tasks at %v: %d, want %d", tt.from, tt.metric, got, tt.want)
		}
	}
}

// TestAdjustments: the roundings and the minimum of the guide.
func TestAdjustments(t *testing.T) {
	two, endless := 2, math.MaxInt
	for _, tt := range []struct {
		kind             string
		by, from, expect int
		magnitude        *int
	}{
		{ecs.ChangeInCapacity, 5, 3, 8, nil},
		{ecs.ExactCapacity, 5, 3, 5, nil},
		{ecs.PercentChangeInCapacity, 10, 10, 11, nil},
		{ecs.PercentChangeInCapacity, 127, 10, 22, nil}, // 12.7 is 12
		{ecs.PercentChangeInCapacity, 67, 1, 2, nil},    // .67 is 1
		{ecs.PercentChangeInCapacity, -58, 1, 0, nil},   // -.58 is -1
		{ecs.PercentChangeInCapacity, -60, 11, 5, nil},  // -6.6 is -6
		{ecs.PercentChangeInCapacity, 25, 4, 6, &two},
		{ecs.PercentChangeInCapacity, -25, 4, 2, &two},
		{ecs.ChangeInCapacity, math.MaxInt, 3, 100, nil},
		{ecs.ChangeInCapacity, math.MinInt, 3, 0, nil},
		{ecs.PercentChangeInCapacity, math.MaxInt, 3, 100, nil},
		{ecs.PercentChangeInCapacity, math.MinInt, 3, 0, nil},
		{ecs.PercentChangeInCapacity, 25, 4, 100, &endless},
	} {
		step := ecs.StepAdjustment{Adjustment: tt.by, LowerBound: bound(0)}
		call := above
		if tt.by < 0 {
			step, call = ecs.StepAdjustment{Adjustment: tt.by, UpperBound: bound(0)}, below
		}
		p := stepping("p", tt.kind, step)
		p.Step.MinAdjustmentMagnitude = tt.magnitude
		d := autoscaling.Decide(birth, autoscaling.Target{Max: 100, Desired: tt.from, Running: tt.from}, nil, []autoscaling.Call{call(p, 50, 50)})
		if d.Capacity != tt.expect {
			t.Errorf("%s %d of %d: %d, want %d", tt.kind, tt.by, tt.from, d.Capacity, tt.expect)
		}
	}
}

// TestCooldowns: a larger scale-out counts what was added already; scaling out
// ends the cooldown of scaling in.
func TestCooldowns(t *testing.T) {
	two := stepping("two", ecs.ChangeInCapacity, ecs.StepAdjustment{LowerBound: bound(0), Adjustment: 2})
	three := stepping("three", ecs.ChangeInCapacity, ecs.StepAdjustment{LowerBound: bound(0), Adjustment: 3})
	less := stepping("less", ecs.ChangeInCapacity, ecs.StepAdjustment{UpperBound: bound(0), Adjustment: -1})
	was := autoscaling.Target{Max: 100, Desired: 12, Running: 12, Last: &autoscaling.Change{Out: true, From: 10, To: 12, Until: birth.Add(time.Minute)}}
	for _, tt := range []struct {
		name   string
		target func(*autoscaling.Target)
		call   autoscaling.Call
		want   int // 0: nothing
		hold   autoscaling.Hold
	}{
		{"the same again", nil, above(two, 50, 60), 0, autoscaling.HoldCooldown},
		{"one more than before", nil, above(three, 50, 60), 13, ""},
		{"after the cooldown", func(x *autoscaling.Target) { x.Last.Until = birth }, above(two, 50, 60), 14, ""},
		{"under way", func(x *autoscaling.Target) { x.Last.Until = time.Time{}; x.Running = 10 }, above(two, 50, 60), 0, autoscaling.HoldCooldown},
		{"in after out", nil, below(less, 50, 40), 11, ""},
		{"in after in", func(x *autoscaling.Target) { x.Last.Out = false }, below(less, 50, 40), 0, autoscaling.HoldCooldown},
		{"out after in", func(x *autoscaling.Target) { x.Last.Out = false }, above(two, 50, 60), 14, ""},
	} {
		target, last := was, *was.Last
		target.Last = &last
		if tt.target != nil {
			tt.target(&target)
		}
		d := autoscaling.Decide(birth, target, nil, []autoscaling.Call{tt.call})
		if d.Answers[0].Hold != tt.hold || d.Capacity != tt.want {
			t.Errorf("%s: capacity %d, hold %q; want %d, %q", tt.name, d.Capacity, d.Answers[0].Hold, tt.want, tt.hold)
		}
	}
}

// TestSeveralPolicies: the largest wins; in only when all agree.
func TestSeveralPolicies(t *testing.T) {
	cpu, memory := tracking("cpu", 50), tracking("memory", 50)
	both := []*ecs.ScalingPolicy{cpu, memory}
	less := stepping("less", ecs.ChangeInCapacity, ecs.StepAdjustment{UpperBound: bound(0), Adjustment: -3})
	for _, tt := range []struct {
		name  string
		calls []autoscaling.Call
		want  int
		holds []autoscaling.Hold
	}{
		{"the largest scale-out", []autoscaling.Call{above(cpu, 50, 60), above(memory, 50, 80)}, 32, []autoscaling.Hold{autoscaling.HoldLarger, ""}},
		{"out before in", []autoscaling.Call{above(cpu, 50, 60), below(memory, 45, 10)}, 24, []autoscaling.Hold{"", autoscaling.HoldOthers}},
		{"one is not ready", []autoscaling.Call{below(cpu, 45, 10)}, 0, []autoscaling.Hold{autoscaling.HoldOthers}},
		{"all are ready", []autoscaling.Call{below(cpu, 45, 10), below(memory, 45, 48)}, 18, []autoscaling.Hold{"", autoscaling.HoldFlapping}},
		{"a step does not ask target tracking", []autoscaling.Call{below(cpu, 45, 10), below(less, 50, 10)}, 17, []autoscaling.Hold{autoscaling.HoldOthers, ""}},
		{"nothing goes while another wants more", []autoscaling.Call{above(cpu, 50, 60), below(less, 50, 10)}, 24, []autoscaling.Hold{"", autoscaling.HoldLarger}},
	} {
		d := autoscaling.Decide(birth, autoscaling.Target{Min: 1, Max: 100, Desired: 20, Running: 20}, both, tt.calls)
		for i, h := range tt.holds {
			if d.Answers[i].Hold != h {
				t.Errorf("%s: call %d is held by %q, want %q", tt.name, i, d.Answers[i].Hold, h)
			}
		}
		if d.Capacity != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, d.Capacity, tt.want)
		}
	}
}

// TestDecideLaws: whatever calls, the capacity stays within the bounds, moves
// one way, respects what is suspended, the deployment and the cooldowns, and is
// the largest of those that nothing holds.
func TestDecideLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		target, policies, calls := drawCase(t)
		d := autoscaling.Decide(birth, target, policies, calls)
		for i, a := range d.Answers {
			if (a.Hold == "") != (i == d.Follow) {
				t.Fatalf("call %d has hold %q, followed is %d", i, a.Hold, d.Follow)
			}
		}
		if d.Follow < 0 {
			return
		}
		out := d.Capacity > target.Desired
		switch {
		case d.Capacity < target.Min || d.Capacity > target.Max:
			t.Fatalf("capacity %d is outside %d to %d", d.Capacity, target.Min, target.Max)
		case d.Capacity == target.Desired:
			t.Fatal("followed to where it is")
		case out != d.Answers[d.Follow].Out:
			t.Fatalf("from %d to %d is not what the call said", target.Desired, d.Capacity)
		case out && target.Suspended.DynamicScalingOutSuspended, !out && target.Suspended.DynamicScalingInSuspended:
			t.Fatal("scaled while suspended")
		case !out && target.Deploying:
			t.Fatal("scaled in during a deployment")
		}
		if l := target.Last; l != nil && birth.Before(l.Until) && l.Out == out && (!out || d.Capacity <= l.To) {
			t.Fatalf("to %d during the cooldown of %+v", d.Capacity, *l)
		}
	})
}

func drawCase(t *rapid.T) (autoscaling.Target, []*ecs.ScalingPolicy, []autoscaling.Call) {
	n := func(name string, most int) int { return rapid.IntRange(0, most).Draw(t, name) }
	x := autoscaling.Target{
		Min: n("min", 10), Desired: n("desired", 40), Running: n("running", 60), Deploying: n("deploying", 3) == 0,
		Suspended: ecs.SuspendedState{DynamicScalingInSuspended: n("in", 5) == 0, DynamicScalingOutSuspended: n("out", 5) == 0},
	}
	x.Max = x.Min + n("max", 30)
	if n("last", 2) > 0 {
		x.Last = &autoscaling.Change{Out: n("lastOut", 1) == 0, From: n("from", 40), To: n("to", 40), Until: birth.Add(time.Duration(n("until", 4)-1) * time.Minute)}
	}
	var policies []*ecs.ScalingPolicy
	var calls []autoscaling.Call
	for i := range n("policies", 3) + 1 {
		metric := float64(n("metric", 1200)) / 10
		name := string(rune('a' + i))
		p := tracking(name, 50)
		if n("kind", 1) == 0 {
			p = stepping(name, rapid.SampledFrom([]string{ecs.ChangeInCapacity, ecs.ExactCapacity, ecs.PercentChangeInCapacity}).Draw(t, "adjustment"),
				ecs.StepAdjustment{UpperBound: bound(0), Adjustment: n("less", 10)}, ecs.StepAdjustment{LowerBound: bound(0), Adjustment: n("more", 10)})
			p.Step.StepAdjustments[0].Adjustment *= 1 - 2*n("sign", 1)
		}
		policies = append(policies, p)
		switch n("called", 2) {
		case 0:
			calls = append(calls, above(p, 50, 50+metric))
		case 1:
			calls = append(calls, below(p, 45, min(45, metric)))
		}
	}
	return x, policies, calls
}

// TestStepsCoverExactly: of steps that are accepted, a metric on the alarm's
// side of the threshold has exactly one, or none where they end at it.
func TestStepsCoverExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var steps []ecs.StepAdjustment
		edge := 0.0
		for range rapid.IntRange(0, 5).Draw(t, "steps") {
			next := edge + float64(rapid.IntRange(1, 20).Draw(t, "width"))
			steps = append(steps, ecs.StepAdjustment{LowerBound: bound(edge), UpperBound: bound(next), Adjustment: len(steps) + 1})
			edge = next
		}
		steps = append(steps, ecs.StepAdjustment{LowerBound: bound(edge), Adjustment: len(steps) + 1})
		p := stepping("p", ecs.ChangeInCapacity, rapid.Permutation(steps).Draw(t, "order")...)
		if err := autoscaling.ValidatePolicy(p); err != nil {
			t.Fatal(err)
		}
		distance := float64(rapid.IntRange(0, 150).Draw(t, "distance"))
		want := 0
		for _, s := range steps {
			if *s.LowerBound <= distance {
				want = s.Adjustment
			}
		}
		alarm := &ecs.MetricAlarm{Threshold: 50, ComparisonOperator: ecs.GreaterThan}
		if got := autoscaling.StepOf(p.Step, alarm, 50+distance); got == nil || got.Adjustment != want {
			t.Fatalf("%v above the threshold: step %v, want %d", distance, got, want)
		}
	})
}
