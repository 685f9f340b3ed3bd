package autoscaling

import (
	"math"
	"time"

	"gantry/ecs"
)

// DefaultCooldown is the cooldown of an ECS service where a policy sets none
// [AAS API: TargetTrackingScalingPolicyConfiguration, StepScalingPolicyConfiguration].
const DefaultCooldown = 300 * time.Second

// gradual is the largest share of the running tasks that target tracking takes
// away at once. The user guide says only that it "scales in more gradually" than
// it scales out [AAS: Target tracking scaling policies]; the share is ours.
const gradual = 0.1

// most keeps absurd metrics and adjustments within what a count of tasks can be.
const most = 1_000_000

// tracked is the capacity that brings the metric to its target, rounded so that
// it never ends above it. Where nothing runs it is the least that can be started
// [DG: Service auto scaling, considerations].
func tracked(current int, metric, target float64) int {
	if current == 0 {
		if metric > target {
			return 1
		}
		return 0
	}
	return int(math.Ceil(min(float64(current)*metric/target, most) - 1e-9))
}

// trackedIn is tracked for scaling in.
func trackedIn(current int, metric, target float64) int {
	least := current - max(1, int(float64(current)*gradual))
	return max(tracked(current, metric, target), least)
}

// StepOf is the step that a metric calls for, or nil. At and above the threshold
// a step has its lower bound and not its upper one; below it is the other way
// round. A metric that is the threshold goes with what the alarm looks for
// [AAS: Step scaling policies].
func StepOf(p *ecs.StepScalingPolicy, a *ecs.MetricAlarm, metric float64) *ecs.StepAdjustment {
	distance := metric - a.Threshold
	above := distance > 0 || distance == 0 && !Below(a)
	for i := range p.StepAdjustments {
		s := &p.StepAdjustments[i]
		lower, upper := interval(*s)
		if above && distance >= lower && distance < upper || !above && distance > lower && distance <= upper {
			return s
		}
	}
	return nil
}

// interval is the bounds of a step, as numbers.
func interval(s ecs.StepAdjustment) (lower, upper float64) {
	lower, upper = math.Inf(-1), math.Inf(1)
	if s.LowerBound != nil {
		lower = *s.LowerBound
	}
	if s.UpperBound != nil {
		upper = *s.UpperBound
	}
	return lower, upper
}

// Below reports whether an alarm looks for values below its threshold.
func Below(a *ecs.MetricAlarm) bool {
	return a.ComparisonOperator == ecs.LessThan || a.ComparisonOperator == ecs.LessThanOrEqual
}

// stepped is the capacity after a step. Percentages are rounded towards zero,
// but never to nothing [AAS: Step scaling policies, scaling adjustment types].
func stepped(p *ecs.StepScalingPolicy, s *ecs.StepAdjustment, current int) int {
	adjustment := max(-most, min(most, s.Adjustment))
	switch p.AdjustmentType {
	case ecs.ExactCapacity:
		return adjustment
	case ecs.ChangeInCapacity:
		return current + adjustment
	}
	by := current * adjustment / 100
	sign := 1
	if adjustment < 0 {
		sign = -1
	}
	if by == 0 && current*adjustment != 0 {
		by = sign
	}
	if p.MinAdjustmentMagnitude != nil && adjustment != 0 {
		by = sign * max(sign*by, min(most, *p.MinAdjustmentMagnitude))
	}
	return current + by
}

// Cooldown is how long a policy waits after it scaled out, or in.
func Cooldown(p *ecs.ScalingPolicy, out bool) time.Duration {
	var set *ecs.Seconds
	switch {
	case p.Step != nil:
		set = p.Step.Cooldown
	case out:
		set = p.TargetTracking.ScaleOutCooldown
	default:
		set = p.TargetTracking.ScaleInCooldown
	}
	if set == nil {
		return DefaultCooldown
	}
	return set.Duration()
}
