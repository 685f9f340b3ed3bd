package autoscaling

import (
	"fmt"

	"gantry/ecs"
)

// Reason is the hold as Application Auto Scaling reports it with an activity
// that was not scaled; ok is false for holds it says nothing of.
func (h Hold) Reason(t Target) (r ecs.NotScaledReason, ok bool) {
	switch h {
	case HoldAtMax:
		return ecs.NotScaledReason{Code: ecs.NotScaledAtMax, MaxCapacity: &t.Max}, true
	case HoldAtMin:
		return ecs.NotScaledReason{Code: ecs.NotScaledAtMin, MinCapacity: &t.Min}, true
	case HoldSame:
		return ecs.NotScaledReason{Code: ecs.NotScaledAtDesired, CurrentCapacity: &t.Desired}, true
	case HoldFlapping:
		return ecs.NotScaledReason{Code: ecs.NotScaledFlapping, CurrentCapacity: &t.Desired}, true
	case HoldDeployment:
		return ecs.NotScaledReason{Code: ecs.NotScaledUnscalable}, true
	}
	return ecs.NotScaledReason{}, false
}

// String is the hold as the rest of a sentence about a policy.
func (h Hold) String() string {
	switch h {
	case HoldSuspended:
		return "this kind of scaling is suspended"
	case HoldDeployment:
		return "nothing is scaled in while a deployment is in progress"
	case HoldCooldown:
		return "the cooldown of an earlier change has not ended"
	case HoldAtMax:
		return "the desired count is at the maximum capacity"
	case HoldAtMin:
		return "the desired count is at the minimum capacity"
	case HoldSame:
		return "the desired count is there already"
	case HoldFlapping:
		return "with one task less it would have to scale out again"
	case HoldOthers:
		return "not all target tracking policies are ready to scale in"
	case HoldLarger:
		return "another policy asks for a larger capacity"
	case HoldNoAdjustment:
		return "no step adjustment covers the metric"
	}
	return "it is followed"
}

// String is the answer as a sentence.
func (a Answer) String() string {
	if a.Hold == "" {
		return fmt.Sprintf("policy %s scales to %d: alarm %s calls it at %s", a.Policy, a.Capacity, a.Alarm, decimal(a.Metric))
	}
	return fmt.Sprintf("policy %s does not scale to %d, for which alarm %s calls it at %s: %s", a.Policy, a.Capacity, a.Alarm, decimal(a.Metric), a.Hold)
}
