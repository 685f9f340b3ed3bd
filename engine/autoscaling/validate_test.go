package autoscaling_test

import (
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

func TestRefusedPolicies(t *testing.T) {
	step := func(steps ...ecs.StepAdjustment) *ecs.ScalingPolicy {
		return stepping("p", ecs.ChangeInCapacity, steps...)
	}
	changed := func(change func(*ecs.ScalingPolicy)) *ecs.ScalingPolicy {
		p := tracking("p", 50)
		change(p)
		return p
	}
	one := 1
	for name, tt := range map[string]struct {
		policy *ecs.ScalingPolicy
		want   string
	}{
		"no name":         {tracking("", 50), "policyName"},
		"no type":         {changed(func(p *ecs.ScalingPolicy) { p.Type = "" }), "not supported"},
		"predictive":      {changed(func(p *ecs.ScalingPolicy) { p.Type = "PredictiveScaling" }), "not supported"},
		"wrong part":      {changed(func(p *ecs.ScalingPolicy) { p.Type = ecs.StepScaling }), "StepScalingPolicyConfiguration"},
		"no target":       {tracking("p", 0), "greater than 0"},
		"no metric":       {changed(func(p *ecs.ScalingPolicy) { p.TargetTracking.PredefinedMetric = nil }), "predefined or a customized"},
		"foreign metric":  {changed(func(p *ecs.ScalingPolicy) { p.TargetTracking.PredefinedMetric.Type = "DynamoDBReadCapacityUtilization" }), "not valid"},
		"no label":        {changed(func(p *ecs.ScalingPolicy) { p.TargetTracking.PredefinedMetric.Type = ecs.ALBRequestCountPerTarget }), "Resource label"},
		"no steps":        {step(), "At least one"},
		"no bounds":       {step(ecs.StepAdjustment{Adjustment: 1}), "both be unspecified"},
		"a gap":           {step(ecs.StepAdjustment{LowerBound: bound(0), UpperBound: bound(5)}, ecs.StepAdjustment{LowerBound: bound(6)}), "gaps"},
		"an overlap":      {step(ecs.StepAdjustment{LowerBound: bound(0), UpperBound: bound(7)}, ecs.StepAdjustment{LowerBound: bound(6)}), "overlap"},
		"an end above":    {step(ecs.StepAdjustment{LowerBound: bound(0), UpperBound: bound(7)}), "unspecified upper bound"},
		"an end below":    {step(ecs.StepAdjustment{LowerBound: bound(-5), UpperBound: bound(0)}), "unspecified lower bound"},
		"two without end": {step(ecs.StepAdjustment{UpperBound: bound(0)}, ecs.StepAdjustment{UpperBound: bound(-5)}), "unspecified lower bound"},
		"empty interval":  {step(ecs.StepAdjustment{LowerBound: bound(5), UpperBound: bound(5)}), "less than its upper"},
		"magnitude": {&ecs.ScalingPolicy{Name: "p", Type: ecs.StepScaling, Step: &ecs.StepScalingPolicy{
			AdjustmentType: ecs.ChangeInCapacity, MinAdjustmentMagnitude: &one, StepAdjustments: []ecs.StepAdjustment{{LowerBound: bound(0)}}}}, "MinAdjustmentMagnitude"},
	} {
		err := autoscaling.ValidatePolicy(tt.policy)
		if err == nil || err.Code != ecs.CodeValidation || !strings.Contains(err.Message, tt.want) {
			t.Errorf("%s: %v, want a ValidationException with %q", name, err, tt.want)
		}
	}
}

func TestRefusedAlarms(t *testing.T) {
	good := ecs.MetricAlarm{
		Name: "a", MetricName: ecs.CPUUtilization, Namespace: ecs.MetricsOfECS, Statistic: ecs.StatisticAverage,
		Period: ecs.Seconds(time.Minute), EvaluationPeriods: 3, ComparisonOperator: ecs.GreaterThan, Threshold: 50,
	}
	if err := autoscaling.ValidateAlarm(&good); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*ecs.MetricAlarm){
		"AlarmName":          func(a *ecs.MetricAlarm) { a.Name = "" },
		"MetricName":         func(a *ecs.MetricAlarm) { a.MetricName = "" },
		"Statistic":          func(a *ecs.MetricAlarm) { a.Statistic = "p99" },
		"Period":             func(a *ecs.MetricAlarm) { a.Period = ecs.Seconds(90 * time.Second) },
		"EvaluationPeriods":  func(a *ecs.MetricAlarm) { a.EvaluationPeriods = 0 },
		"more than a day":    nil,
		"DatapointsToAlarm":  func(a *ecs.MetricAlarm) { a.DatapointsToAlarm = 4 },
		"ComparisonOperator": func(a *ecs.MetricAlarm) { a.ComparisonOperator = "=" },
		"TreatMissingData":   func(a *ecs.MetricAlarm) { a.TreatMissingData = "zero" },
	} {
		a := good
		if change == nil {
			want, change = "across more than a day", func(a *ecs.MetricAlarm) { a.EvaluationPeriods = 1441 }
		}
		change(&a)
		if err := autoscaling.ValidateAlarm(&a); err == nil || !strings.Contains(err.Message, want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

func TestRefusedActions(t *testing.T) {
	n := func(n int) *int { return &n }
	for name, tt := range map[string]struct {
		action ecs.ScheduledAction
		want   string
	}{
		"no bounds": {ecs.ScheduledAction{Name: "a", Schedule: "rate(1 day)"}, "new minimum capacity"},
		"turned round": {ecs.ScheduledAction{Name: "a", Schedule: "rate(1 day)",
			ScalableTargetAction: &ecs.ScalableTargetAction{MinCapacity: n(3), MaxCapacity: n(2)}}, "less than minimum"},
		"negative": {ecs.ScheduledAction{Name: "a", Schedule: "rate(1 day)",
			ScalableTargetAction: &ecs.ScalableTargetAction{MaxCapacity: n(-1)}}, "less than 0"},
		"ends before": {ecs.ScheduledAction{Name: "a", Schedule: "rate(1 day)", StartTime: birth, EndTime: birth,
			ScalableTargetAction: &ecs.ScalableTargetAction{MaxCapacity: n(1)}}, "after start time"},
	} {
		if _, err := autoscaling.ValidateScheduledAction(&tt.action); err == nil || !strings.Contains(err.Message, tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}
