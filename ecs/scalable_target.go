package ecs

import (
	"strings"
	"time"
)

// What Application Auto Scaling calls an ECS service's desired count
// [Application Auto Scaling API: RegisterScalableTarget].
const (
	ScalingNamespace    = "ecs"
	DesiredCountScaling = "ecs:service:DesiredCount"
)

// ScalingResource is how Application Auto Scaling names a service:
// "service/CLUSTER/SERVICE".
func ScalingResource(c ClusterName, s ServiceName) string {
	return "service/" + string(c) + "/" + string(s)
}

// ParseScalingResource is the cluster and the service of such a name.
func ParseScalingResource(id string) (c ClusterName, s ServiceName, ok bool) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 || parts[0] != "service" || parts[1] == "" || parts[2] == "" {
		return "", "", false
	}
	return ClusterName(parts[1]), ServiceName(parts[2]), true
}

// ScalableTarget is a service whose desired count Application Auto Scaling may
// change, within bounds. It and its siblings carry the names of the
// Application Auto Scaling API in their JSON form.
type ScalableTarget struct {
	ServiceNamespace  string         `json:"ServiceNamespace"`
	ResourceID        string         `json:"ResourceId"`
	ScalableDimension string         `json:"ScalableDimension"`
	MinCapacity       int            `json:"MinCapacity"`
	MaxCapacity       int            `json:"MaxCapacity"`
	RoleARN           string         `json:"RoleARN,omitempty"`
	CreationTime      time.Time      `json:"CreationTime,omitzero"`
	SuspendedState    SuspendedState `json:"SuspendedState"`
	ARN               ARN            `json:"ScalableTargetARN,omitempty"`
}

// SuspendedState says which kinds of scaling a target holds back.
type SuspendedState struct {
	DynamicScalingInSuspended  bool `json:"DynamicScalingInSuspended"`
	DynamicScalingOutSuspended bool `json:"DynamicScalingOutSuspended"`
	ScheduledScalingSuspended  bool `json:"ScheduledScalingSuspended"`
}

// ScheduledAction sets new bounds of a scalable target at a time, or again and
// again.
type ScheduledAction struct {
	Name                 string                `json:"ScheduledActionName"`
	ARN                  ARN                   `json:"ScheduledActionARN,omitempty"`
	ServiceNamespace     string                `json:"ServiceNamespace"`
	ResourceID           string                `json:"ResourceId"`
	ScalableDimension    string                `json:"ScalableDimension"`
	Schedule             string                `json:"Schedule"` // at(…), rate(…) or cron(…)
	Timezone             string                `json:"Timezone,omitempty"`
	StartTime            time.Time             `json:"StartTime,omitzero"`
	EndTime              time.Time             `json:"EndTime,omitzero"`
	ScalableTargetAction *ScalableTargetAction `json:"ScalableTargetAction,omitempty"`
	CreationTime         time.Time             `json:"CreationTime,omitzero"`
}

// ScalableTargetAction is the new bounds; nil leaves one as it is.
type ScalableTargetAction struct {
	MinCapacity *int `json:"MinCapacity,omitempty"`
	MaxCapacity *int `json:"MaxCapacity,omitempty"`
}

// ScalingActivityStatus is how far a scaling activity has come.
type ScalingActivityStatus string

// The statuses of a scaling activity [Application Auto Scaling User Guide:
// Scaling activities].
const (
	ActivityPending     ScalingActivityStatus = "Pending"
	ActivityInProgress  ScalingActivityStatus = "InProgress"
	ActivitySuccessful  ScalingActivityStatus = "Successful"
	ActivityOverridden  ScalingActivityStatus = "Overridden"
	ActivityUnfulfilled ScalingActivityStatus = "Unfulfilled"
	ActivityFailed      ScalingActivityStatus = "Failed"
)

// ScalingActivity is one change of a scalable target, or the account of one
// that was not made.
type ScalingActivity struct {
	ActivityID        string                `json:"ActivityId"`
	ServiceNamespace  string                `json:"ServiceNamespace"`
	ResourceID        string                `json:"ResourceId"`
	ScalableDimension string                `json:"ScalableDimension"`
	Description       string                `json:"Description"`
	Cause             string                `json:"Cause"`
	StartTime         time.Time             `json:"StartTime"`
	EndTime           time.Time             `json:"EndTime,omitzero"`
	StatusCode        ScalingActivityStatus `json:"StatusCode"`
	StatusMessage     string                `json:"StatusMessage,omitempty"`
	NotScaledReasons  []NotScaledReason     `json:"NotScaledReasons,omitempty"`
}

// The codes of a NotScaledReason.
const (
	NotScaledFlapping   = "AutoScalingAnticipatedFlapping"
	NotScaledUnscalable = "TargetServicePutResourceAsUnscalable"
	NotScaledAtMax      = "AlreadyAtMaxCapacity"
	NotScaledAtMin      = "AlreadyAtMinCapacity"
	NotScaledAtDesired  = "AlreadyAtDesiredCapacity"
)

// NotScaledReason is why nothing was scaled although an alarm asked for it.
type NotScaledReason struct {
	Code            string `json:"Code"`
	CurrentCapacity *int   `json:"CurrentCapacity,omitempty"`
	MaxCapacity     *int   `json:"MaxCapacity,omitempty"`
	MinCapacity     *int   `json:"MinCapacity,omitempty"`
}
