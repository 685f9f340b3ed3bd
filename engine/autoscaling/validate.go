package autoscaling

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"gantry/ecs"
)

// The quotas of one scalable target [AAS: Quotas].
const (
	MaxPolicies         = 50
	MaxScheduledActions = 200
	maxSteps            = 20
)

// refuse is a refusal by Application Auto Scaling. The kinds of errors are the
// API's; it documents no messages, so that most sentences are ours.
func refuse(format string, args ...any) *ecs.Error {
	return &ecs.Error{Code: ecs.CodeValidation, Message: fmt.Sprintf(format, args...)}
}

// ValidateBounds checks the capacities of a scalable target.
func ValidateBounds(least, most int) *ecs.Error {
	switch {
	case least < 0:
		return refuse("Minimum capacity cannot be less than 0")
	case most < least:
		return refuse("Maximum capacity cannot be less than minimum capacity")
	}
	return nil
}

// ValidatePolicy checks a scaling policy of an ECS service.
func ValidatePolicy(p *ecs.ScalingPolicy) *ecs.Error {
	if p.Name == "" || len(p.Name) > 256 {
		return refuse("1 validation error detected: Value '%s' at 'policyName' failed to satisfy constraint: Member must have length between 1 and 256", p.Name)
	}
	switch p.Type {
	case ecs.StepScaling:
		if p.Step == nil || p.TargetTracking != nil {
			return refuse("A policy of type StepScaling needs a StepScalingPolicyConfiguration and nothing else")
		}
		return validateStep(p.Step)
	case ecs.TargetTrackingScaling:
		if p.TargetTracking == nil || p.Step != nil {
			return refuse("A policy of type TargetTrackingScaling needs a TargetTrackingScalingPolicyConfiguration and nothing else")
		}
		return validateTracking(p.TargetTracking)
	}
	return refuse("Policy type %s is not supported for ecs:service:DesiredCount: only StepScaling and TargetTrackingScaling are", p.Type)
}

func validateTracking(t *ecs.TargetTrackingScalingPolicy) *ecs.Error {
	if (t.PredefinedMetric == nil) == (t.CustomizedMetric == nil) {
		return refuse("You must specify either a predefined or a customized metric for a target tracking policy")
	}
	if !(t.TargetValue > 0 && t.TargetValue < 1e100) {
		return refuse("Target value must be greater than 0")
	}
	if negative(t.ScaleOutCooldown) || negative(t.ScaleInCooldown) {
		return refuse("Cooldown must be greater than or equal to 0")
	}
	if m := t.PredefinedMetric; m != nil {
		switch m.Type {
		case ecs.ECSServiceAverageCPUUtilization, ecs.ECSServiceAverageMemoryUtilization:
			if m.ResourceLabel != "" {
				return refuse("Resource label cannot be specified for metric type %s", m.Type)
			}
		case ecs.ALBRequestCountPerTarget:
			if m.ResourceLabel == "" {
				return refuse("Resource label must be specified for metric type ALBRequestCountPerTarget")
			}
			if _, _, ok := SplitResourceLabel(m.ResourceLabel); !ok {
				return refuse("Resource label %q is not valid: join the ends of the ARNs of the load balancer and of the target group, app/NAME/ID/targetgroup/NAME/ID", m.ResourceLabel)
			}
		default:
			return refuse("Metric type %s is not valid for service namespace ecs", m.Type)
		}
		return nil
	}
	m := t.CustomizedMetric
	if m.MetricName == "" || m.Namespace == "" || !slices.Contains(statistics(), m.Statistic) {
		return refuse("A customized metric needs a name, a namespace and a statistic of Average, Minimum, Maximum, SampleCount or Sum")
	}
	return nil
}

func negative(s *ecs.Seconds) bool { return s != nil && *s < 0 }

func statistics() []string {
	return []string{ecs.StatisticAverage, ecs.StatisticMinimum, ecs.StatisticMaximum, ecs.StatisticSampleCount, ecs.StatisticSum}
}

func validateStep(s *ecs.StepScalingPolicy) *ecs.Error {
	switch {
	case !slices.Contains([]string{ecs.ChangeInCapacity, ecs.ExactCapacity, ecs.PercentChangeInCapacity}, s.AdjustmentType):
		return refuse("Adjustment type must be one of ChangeInCapacity, PercentChangeInCapacity, ExactCapacity")
	case len(s.StepAdjustments) == 0:
		return refuse("At least one StepAdjustment must be specified")
	case len(s.StepAdjustments) > maxSteps:
		return refuse("No more than %d StepAdjustments can be specified", maxSteps)
	case s.MinAdjustmentMagnitude != nil && s.AdjustmentType != ecs.PercentChangeInCapacity:
		return refuse("MinAdjustmentMagnitude is only supported by the adjustment type PercentChangeInCapacity")
	case s.MinAdjustmentMagnitude != nil && *s.MinAdjustmentMagnitude < 1:
		return refuse("MinAdjustmentMagnitude must be greater than 0")
	case negative(s.Cooldown):
		return refuse("Cooldown must be greater than or equal to 0")
	case !slices.Contains([]string{"", ecs.StatisticAverage, ecs.StatisticMinimum, ecs.StatisticMaximum}, s.MetricAggregationType):
		return refuse("Metric aggregation type must be one of Average, Minimum, Maximum")
	}
	for _, x := range s.StepAdjustments {
		if s.AdjustmentType == ecs.ExactCapacity && x.Adjustment < 0 {
			return refuse("ScalingAdjustment must be greater than or equal to 0 for the adjustment type ExactCapacity")
		}
	}
	return validateIntervals(s.StepAdjustments)
}

// validateIntervals checks that the steps neither overlap nor leave a gap, and
// reach without end where they leave the threshold [AAS: Step scaling policies].
func validateIntervals(steps []ecs.StepAdjustment) *ecs.Error {
	sorted := slices.Clone(steps)
	slices.SortStableFunc(sorted, func(a, b ecs.StepAdjustment) int {
		lowA, _ := interval(a)
		lowB, _ := interval(b)
		return cmp.Compare(lowA, lowB)
	})
	before := math.Inf(-1) // where the last step ended
	for i, s := range sorted {
		lower, upper := interval(s)
		switch {
		case s.LowerBound == nil && s.UpperBound == nil:
			return refuse("Lower and upper bound cannot both be unspecified in a StepAdjustment")
		case lower >= upper:
			return refuse("The lower bound of a StepAdjustment must be less than its upper bound")
		case i == 0 && s.LowerBound != nil && lower < 0:
			return refuse("There must be a StepAdjustment with an unspecified lower bound when one has a negative lower bound")
		case i > 0 && s.LowerBound == nil:
			return refuse("At most one StepAdjustment may have an unspecified lower bound")
		case i > 0 && before > lower:
			return refuse("StepAdjustment intervals cannot overlap")
		case i > 0 && before < lower:
			return refuse("StepAdjustment intervals cannot have gaps between them")
		}
		before = upper
	}
	if upper := sorted[len(sorted)-1].UpperBound; upper != nil && *upper > 0 {
		return refuse("There must be a StepAdjustment with an unspecified upper bound when one has a positive upper bound")
	}
	return nil
}

// ValidateScheduledAction checks a scheduled action and reads its schedule.
func ValidateScheduledAction(a *ecs.ScheduledAction) (Schedule, *ecs.Error) {
	if a.Name == "" || len(a.Name) > 256 {
		return Schedule{}, refuse("1 validation error detected: Value '%s' at 'scheduledActionName' failed to satisfy constraint: Member must have length between 1 and 256", a.Name)
	}
	s, err := ParseSchedule(a.Schedule, a.Timezone)
	if err != nil {
		return Schedule{}, err
	}
	x := a.ScalableTargetAction
	switch {
	case x == nil || x.MinCapacity == nil && x.MaxCapacity == nil:
		return Schedule{}, refuse("A scheduled action needs a new minimum capacity, a new maximum capacity, or both")
	case x.MinCapacity != nil && x.MaxCapacity != nil:
		if err := ValidateBounds(*x.MinCapacity, *x.MaxCapacity); err != nil {
			return Schedule{}, err
		}
	case x.MinCapacity != nil && *x.MinCapacity < 0, x.MaxCapacity != nil && *x.MaxCapacity < 0:
		return Schedule{}, refuse("Capacity cannot be less than 0")
	}
	if !a.StartTime.IsZero() && !a.EndTime.IsZero() && !a.EndTime.After(a.StartTime) {
		return Schedule{}, refuse("End time must be after start time")
	}
	return s, nil
}

// longestEvaluation is how far back an alarm may look [CW: Common features of alarms].
const longestEvaluation = 24 * time.Hour

// ValidateAlarm checks an alarm on one metric. Metrics come once a minute, so
// that shorter periods have nothing to look at.
func ValidateAlarm(a *ecs.MetricAlarm) *ecs.Error {
	wrong := func(text string) *ecs.Error { return &ecs.Error{Code: ecs.CodeAlarmInvalid, Message: text} }
	period := a.Period.Duration()
	switch {
	case a.Name == "" || len(a.Name) > 255:
		return wrong("The parameter AlarmName must be from 1 to 255 characters long.")
	case a.MetricName == "" || a.Namespace == "":
		return wrong("The parameters MetricName and Namespace are required.")
	case !slices.Contains(statistics(), a.Statistic):
		return wrong("The parameter Statistic must be one of SampleCount, Average, Sum, Minimum, Maximum.")
	case period < time.Minute || period%time.Minute != 0:
		return wrong("The parameter Period must be a multiple of 60.")
	case a.EvaluationPeriods < 1:
		return wrong("The parameter EvaluationPeriods must be greater than 0.")
	case time.Duration(a.EvaluationPeriods) > longestEvaluation/period:
		return wrong("Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
	case a.DatapointsToAlarm < 0 || a.DatapointsToAlarm > a.EvaluationPeriods:
		return wrong("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
	case !slices.Contains([]string{ecs.GreaterThan, ecs.GreaterThanOrEqual, ecs.LessThan, ecs.LessThanOrEqual}, a.ComparisonOperator):
		return wrong("The parameter ComparisonOperator is not one that compares with a threshold.")
	case !slices.Contains([]string{"", ecs.MissingIsMissing, ecs.MissingIsIgnored, ecs.MissingIsBreaching, ecs.MissingIsNotBreaching}, a.TreatMissingData):
		return wrong("The parameter TreatMissingData must be one of breaching, notBreaching, ignore, missing.")
	}
	return nil
}
