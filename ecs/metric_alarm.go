package ecs

import "time"

// The namespaces and names of the metrics that ECS sends to CloudWatch [DG:
// Amazon ECS CloudWatch metrics; Container Insights metrics].
const (
	MetricsOfECS      = "AWS/ECS"
	MetricsOfInsights = "ECS/ContainerInsights"

	CPUUtilization    = "CPUUtilization"
	MemoryUtilization = "MemoryUtilization"
	CPUReservation    = "CPUReservation"
	MemoryReservation = "MemoryReservation"
	RunningTaskCount  = "RunningTaskCount"

	DimensionCluster = "ClusterName"
	DimensionService = "ServiceName"
)

// What an Application Load Balancer tells of a target group [ELB: CloudWatch metrics
// for your Application Load Balancer].
const (
	MetricsOfELB          = "AWS/ApplicationELB"
	RequestCountPerTarget = "RequestCountPerTarget"
	DimensionTargetGroup  = "TargetGroup"
	DimensionLoadBalancer = "LoadBalancer"
)

// The statistics of a metric that an alarm can watch.
const (
	StatisticAverage     = "Average"
	StatisticMinimum     = "Minimum"
	StatisticMaximum     = "Maximum"
	StatisticSum         = "Sum"
	StatisticSampleCount = "SampleCount"
)

// MetricDimension is a part of a metric's identity. It and its siblings carry
// the names of the CloudWatch API in their JSON form.
type MetricDimension struct {
	Name  string `json:"Name"`
	Value string `json:"Value"`
}

// Datapoint is a metric over one period.
type Datapoint struct {
	Timestamp   time.Time `json:"Timestamp"` // the beginning of the period
	Average     float64   `json:"Average"`
	Minimum     float64   `json:"Minimum"`
	Maximum     float64   `json:"Maximum"`
	Sum         float64   `json:"Sum"`
	SampleCount int       `json:"SampleCount"`
}

// Statistic is the datapoint's value of that statistic.
func (d Datapoint) Statistic(name string) float64 {
	switch name {
	case StatisticMinimum:
		return d.Minimum
	case StatisticMaximum:
		return d.Maximum
	case StatisticSum:
		return d.Sum
	case StatisticSampleCount:
		return float64(d.SampleCount)
	}
	return d.Average
}

// AlarmState of a CloudWatch alarm.
type AlarmState string

// The states of an alarm.
const (
	AlarmOK               AlarmState = "OK"
	AlarmAlarm            AlarmState = "ALARM"
	AlarmInsufficientData AlarmState = "INSUFFICIENT_DATA"
)

// How an alarm compares a datapoint with its threshold.
const (
	GreaterThanOrEqual = "GreaterThanOrEqualToThreshold"
	GreaterThan        = "GreaterThanThreshold"
	LessThan           = "LessThanThreshold"
	LessThanOrEqual    = "LessThanOrEqualToThreshold"
)

// What a datapoint that is missing counts as.
const (
	MissingIsMissing      = "missing" // the default
	MissingIsIgnored      = "ignore"
	MissingIsBreaching    = "breaching"
	MissingIsNotBreaching = "notBreaching"
)

// MetricAlarm watches one metric against a threshold and calls for action.
type MetricAlarm struct {
	Name                    string            `json:"AlarmName"`
	ARN                     ARN               `json:"AlarmArn,omitempty"`
	Description             string            `json:"AlarmDescription,omitempty"`
	ActionsEnabled          bool              `json:"ActionsEnabled"`
	OKActions               []string          `json:"OKActions,omitempty"`
	AlarmActions            []string          `json:"AlarmActions,omitempty"`
	InsufficientDataActions []string          `json:"InsufficientDataActions,omitempty"`
	State                   AlarmState        `json:"StateValue"`
	StateReason             string            `json:"StateReason,omitempty"`
	StateUpdated            time.Time         `json:"StateUpdatedTimestamp,omitzero"`
	ConfigurationUpdated    time.Time         `json:"AlarmConfigurationUpdatedTimestamp,omitzero"`
	MetricName              string            `json:"MetricName"`
	Namespace               string            `json:"Namespace"`
	Statistic               string            `json:"Statistic"`
	Dimensions              []MetricDimension `json:"Dimensions,omitempty"`
	Period                  Seconds           `json:"Period"`
	Unit                    string            `json:"Unit,omitempty"`
	EvaluationPeriods       int               `json:"EvaluationPeriods"`
	DatapointsToAlarm       int               `json:"DatapointsToAlarm,omitempty"` // 0: as many as EvaluationPeriods
	Threshold               float64           `json:"Threshold"`
	ComparisonOperator      string            `json:"ComparisonOperator"`
	TreatMissingData        string            `json:"TreatMissingData,omitempty"`
}

// Actions are what the alarm calls in its present state.
func (a *MetricAlarm) Actions() []string {
	if !a.ActionsEnabled {
		return nil
	}
	switch a.State {
	case AlarmAlarm:
		return a.AlarmActions
	case AlarmOK:
		return a.OKActions
	}
	return a.InsufficientDataActions
}

// Dimension is the value of the alarm's dimension of that name, or "".
func (a *MetricAlarm) Dimension(name string) string {
	for _, d := range a.Dimensions {
		if d.Name == name {
			return d.Value
		}
	}
	return ""
}
