package autoscaling

import (
	"time"

	"gantry/ecs"
)

// Target is a scalable target at the moment of a decision.
type Target struct {
	Min, Max  int
	Desired   int // the service's desired count
	Running   int // its tasks that run
	Suspended ecs.SuspendedState
	Deploying bool // a deployment of the service is in progress
	Last      *Change
}

// Change is the last change that a policy made to a target.
type Change struct {
	Out   bool      `json:"out,omitempty"`
	From  int       `json:"from"`
	To    int       `json:"to"`
	Until time.Time `json:"until,omitzero"` // when its cooldown ends; zero while the change is under way
}

// Call is a policy that an alarm calls, with the metric's latest value.
type Call struct {
	Policy *ecs.ScalingPolicy
	Alarm  *ecs.MetricAlarm
	Metric float64
}

// Hold is why a call is not followed.
type Hold string

// The holds.
const (
	HoldSuspended    Hold = "suspended"        // the target's suspended state
	HoldDeployment   Hold = "deployment"       // no scaling in while a deployment is in progress
	HoldCooldown     Hold = "cooldown"         // after an earlier change
	HoldAtMax        Hold = "maximum"          // the desired count is there already
	HoldAtMin        Hold = "minimum"          // the desired count is there already
	HoldSame         Hold = "same"             // the capacity would not change
	HoldFlapping     Hold = "flapping"         // one task less would already be too few
	HoldOthers       Hold = "otherPolicies"    // another target tracking policy is not ready to scale in
	HoldLarger       Hold = "largerCapacity"   // another policy asks for more
	HoldNoAdjustment Hold = "noStepAdjustment" // no step covers the metric
)

// Answer is what became of one call.
type Answer struct {
	Policy   string  `json:"policy"`
	Alarm    string  `json:"alarm"`
	Metric   float64 `json:"metric"`
	Out      bool    `json:"out,omitempty"`
	Capacity int     `json:"capacity"`       // that the policy asks for, bounds applied
	Hold     Hold    `json:"hold,omitempty"` // empty: it was followed
}

// Decision is what all the calls of a moment lead to.
type Decision struct {
	Follow   int // the call that is followed, or -1
	Capacity int // the new desired count, if one is
	Answers  []Answer
}

// Decide weighs the calls of one moment, which the caller has put in a fixed
// order. Policies are all that the target has. The largest capacity that a
// policy asks for wins, both ways; target tracking scales in only if all its
// policies that ever do are ready to [AAS: Target tracking scaling policies].
func Decide(now time.Time, t Target, policies []*ecs.ScalingPolicy, calls []Call) Decision {
	d := Decision{Follow: -1, Answers: make([]Answer, len(calls))}
	ready := readyToScaleIn(policies, calls)
	out := false
	for i, call := range calls {
		a := t.answer(now, call)
		if a.Hold == "" && !a.Out && call.Policy.TargetTracking != nil && !ready {
			a.Hold = HoldOthers
		}
		out = out || a.wantsMore()
		d.Answers[i] = a
	}
	for i := range d.Answers {
		a := &d.Answers[i]
		switch {
		case a.Hold != "":
		case out && !a.Out, d.Follow >= 0 && a.Capacity <= d.Capacity:
			a.Hold = HoldLarger
		default:
			if d.Follow >= 0 {
				d.Answers[d.Follow].Hold = HoldLarger
			}
			d.Follow, d.Capacity = i, a.Capacity
		}
	}
	return d
}

// wantsMore reports whether a call is for scaling out, even if it has to wait:
// then nothing is taken away either.
func (a Answer) wantsMore() bool {
	return a.Out && (a.Hold == "" || a.Hold == HoldCooldown || a.Hold == HoldAtMax)
}

// readyToScaleIn reports whether every target tracking policy that ever scales
// in calls for it now.
func readyToScaleIn(policies []*ecs.ScalingPolicy, calls []Call) bool {
	for _, p := range policies {
		if p.TargetTracking == nil || p.TargetTracking.DisableScaleIn {
			continue
		}
		ready := false
		for _, c := range calls {
			ready = ready || c.Policy.Name == p.Name && Below(c.Alarm)
		}
		if !ready {
			return false
		}
	}
	return true
}

// current is the capacity that a policy starts from: the tasks that run, so that
// what cannot be placed does not make a target run away [DG: Service auto
// scaling, considerations]. That tasks above the desired count, which a
// deployment may start, do not count is our reading.
func (t Target) current() int { return min(t.Running, t.Desired) }

// cooling reports whether the last change, of that direction, still counts.
func (t Target) cooling(now time.Time, out bool) bool {
	return t.Last != nil && t.Last.Out == out && (t.Last.Until.IsZero() || now.Before(t.Last.Until))
}

// answer is what becomes of a call, other calls aside.
func (t Target) answer(now time.Time, c Call) Answer {
	a := Answer{Policy: c.Policy.Name, Alarm: c.Alarm.Name, Metric: c.Metric}
	from := t.current()
	var asked int
	if k := c.Policy.TargetTracking; k != nil {
		if a.Out = !Below(c.Alarm); a.Out {
			asked = tracked(t.startOut(now), c.Metric, k.TargetValue)
		} else {
			asked = trackedIn(from, c.Metric, k.TargetValue)
		}
	} else {
		step := StepOf(c.Policy.Step, c.Alarm, c.Metric)
		if step == nil {
			a.Capacity, a.Hold = t.Desired, HoldNoAdjustment
			return a
		}
		asked = stepped(c.Policy.Step, step, from)
		if asked == from {
			a.Capacity, a.Hold = t.Desired, HoldSame
			return a
		}
		if a.Out = asked > from; a.Out {
			asked = stepped(c.Policy.Step, step, t.startOut(now))
		}
	}
	a.Capacity = max(t.Min, min(t.Max, asked))
	if a.Out {
		a.Hold = t.holdOut(now, a.Capacity)
	} else {
		a.Hold = t.holdIn(now, a.Capacity, c.Policy.TargetTracking != nil)
	}
	return a
}

// startOut is what scaling out starts from. During the cooldown the capacity
// that was added counts as part of what is asked for now: the count starts from
// before it [AAS: Step scaling policies, cooldown period].
func (t Target) startOut(now time.Time) int {
	if t.cooling(now, true) {
		return t.Last.From
	}
	return t.current()
}

func (t Target) holdOut(now time.Time, capacity int) Hold {
	switch {
	case t.Suspended.DynamicScalingOutSuspended:
		return HoldSuspended
	case t.Desired >= t.Max:
		return HoldAtMax
	case t.cooling(now, true) && capacity <= max(t.Desired, t.Last.To):
		return HoldCooldown // only a larger scale-out does not wait
	case capacity <= t.Desired:
		return HoldSame
	}
	return ""
}

// holdIn: a scale-out in between ends the cooldown of a scale-in, for then it is
// no longer the last change.
func (t Target) holdIn(now time.Time, capacity int, tracking bool) Hold {
	switch {
	case t.Suspended.DynamicScalingInSuspended:
		return HoldSuspended
	case t.Deploying: // [DG: Service auto scaling and deployments]
		return HoldDeployment
	case t.Desired <= t.Min:
		return HoldAtMin
	case t.cooling(now, false):
		return HoldCooldown
	case capacity >= t.Desired && tracking:
		return HoldFlapping
	case capacity >= t.Desired:
		return HoldSame
	}
	return ""
}
