package ecs

import "time"

// The types of a scaling policy.
const (
	StepScaling           = "StepScaling"
	TargetTrackingScaling = "TargetTrackingScaling"
)

// ScalingPolicy says how a scalable target follows its metrics.
type ScalingPolicy struct {
	ARN               ARN                          `json:"PolicyARN,omitempty"`
	Name              string                       `json:"PolicyName"`
	ServiceNamespace  string                       `json:"ServiceNamespace"`
	ResourceID        string                       `json:"ResourceId"`
	ScalableDimension string                       `json:"ScalableDimension"`
	Type              string                       `json:"PolicyType"`
	Step              *StepScalingPolicy           `json:"StepScalingPolicyConfiguration,omitempty"`
	TargetTracking    *TargetTrackingScalingPolicy `json:"TargetTrackingScalingPolicyConfiguration,omitempty"`
	Alarms            []ScalingAlarm               `json:"Alarms,omitempty"`
	CreationTime      time.Time                    `json:"CreationTime,omitzero"`
}

// ScalingAlarm is an alarm that calls a policy.
type ScalingAlarm struct {
	Name string `json:"AlarmName"`
	ARN  ARN    `json:"AlarmARN"`
}

// TargetTrackingScalingPolicy keeps a metric near a value.
type TargetTrackingScalingPolicy struct {
	TargetValue      float64                  `json:"TargetValue"`
	PredefinedMetric *PredefinedScalingMetric `json:"PredefinedMetricSpecification,omitempty"`
	CustomizedMetric *CustomizedScalingMetric `json:"CustomizedMetricSpecification,omitempty"`
	ScaleOutCooldown *Seconds                 `json:"ScaleOutCooldown,omitempty"`
	ScaleInCooldown  *Seconds                 `json:"ScaleInCooldown,omitempty"`
	DisableScaleIn   bool                     `json:"DisableScaleIn"`
}

// The predefined metrics of an ECS service.
const (
	ECSServiceAverageCPUUtilization    = "ECSServiceAverageCPUUtilization"
	ECSServiceAverageMemoryUtilization = "ECSServiceAverageMemoryUtilization"
	ALBRequestCountPerTarget           = "ALBRequestCountPerTarget"
)

// PredefinedScalingMetric is a metric by the name Application Auto Scaling has for it.
type PredefinedScalingMetric struct {
	Type          string `json:"PredefinedMetricType"`
	ResourceLabel string `json:"ResourceLabel,omitempty"`
}

// CustomizedScalingMetric is any one metric of CloudWatch.
type CustomizedScalingMetric struct {
	MetricName string            `json:"MetricName"`
	Namespace  string            `json:"Namespace"`
	Dimensions []MetricDimension `json:"Dimensions,omitempty"`
	Statistic  string            `json:"Statistic"`
	Unit       string            `json:"Unit,omitempty"`
}

// How the ScalingAdjustment of a step is meant.
const (
	ChangeInCapacity        = "ChangeInCapacity"
	ExactCapacity           = "ExactCapacity"
	PercentChangeInCapacity = "PercentChangeInCapacity"
)

// StepScalingPolicy scales by how far the metric is from its alarm's threshold.
type StepScalingPolicy struct {
	AdjustmentType         string           `json:"AdjustmentType"`
	StepAdjustments        []StepAdjustment `json:"StepAdjustments"`
	MinAdjustmentMagnitude *int             `json:"MinAdjustmentMagnitude,omitempty"`
	Cooldown               *Seconds         `json:"Cooldown,omitempty"`
	MetricAggregationType  string           `json:"MetricAggregationType,omitempty"` // Average, Minimum, Maximum
}

// StepAdjustment is one step. Its bounds are relative to the threshold; nil is
// without end.
type StepAdjustment struct {
	LowerBound *float64 `json:"MetricIntervalLowerBound,omitempty"`
	UpperBound *float64 `json:"MetricIntervalUpperBound,omitempty"`
	Adjustment int      `json:"ScalingAdjustment"`
}
