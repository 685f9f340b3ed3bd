package ecs

import (
	"encoding/json"
	"time"
)

// StateChange is an event in the shape in which Amazon ECS sends it to Amazon
// EventBridge [DG: Amazon ECS events].
type StateChange struct {
	Version    string          `json:"version"` // of the envelope: "0"
	ID         string          `json:"id"`
	DetailType DetailType      `json:"detail-type"`
	Source     string          `json:"source"` // aws.ecs
	Account    string          `json:"account"`
	Time       time.Time       `json:"time"`
	Region     string          `json:"region"`
	Resources  []ARN           `json:"resources"`
	Detail     json.RawMessage `json:"detail"` // one of the details below
}

// DetailType says what the detail of a StateChange is.
type DetailType string

// The detail types.
const (
	TaskStateChange       DetailType = "ECS Task State Change"
	InstanceStateChange   DetailType = "ECS Container Instance State Change"
	ServiceAction         DetailType = "ECS Service Action"
	DeploymentStateChange DetailType = "ECS Deployment State Change"
)

// EventsLost is the detail type of an event of the emulator's own: that a reader
// came too late for some events.
const EventsLost DetailType = "Gantry Events Lost"

// ImageAction is the detail type of what happens to images of Amazon ECR [ECR:
// Amazon ECR events and EventBridge].
const ImageAction DetailType = "ECR Image Action"

// DetailTypes are the detail types of the events that an emulated world tells.
func DetailTypes() []DetailType {
	return []DetailType{TaskStateChange, InstanceStateChange, ServiceAction, DeploymentStateChange, ImageAction}
}

// TaskDetail is a task as it was after the change. Its version tells which of
// two events about a task is the later one.
type TaskDetail struct {
	Task
	UpdatedAt time.Time `json:"updatedAt"`
}

// InstanceDetail is a container instance as it was after the change.
type InstanceDetail struct {
	ARN              ARN                     `json:"containerInstanceArn"`
	ClusterARN       ARN                     `json:"clusterArn"`
	EC2InstanceID    string                  `json:"ec2InstanceId"`
	CapacityProvider string                  `json:"capacityProviderName,omitempty"`
	Status           ContainerInstanceStatus `json:"status"`
	StatusReason     string                  `json:"statusReason,omitempty"`
	AgentConnected   bool                    `json:"agentConnected"`
	Registered       []Resource              `json:"registeredResources"`
	Remaining        []Resource              `json:"remainingResources"`
	Attributes       []Attribute             `json:"attributes"`
	VersionInfo      VersionInfo             `json:"versionInfo"`
	Version          int64                   `json:"version"`
	RegisteredAt     time.Time               `json:"registeredAt"`
	UpdatedAt        time.Time               `json:"updatedAt"`
}

// VersionInfo is what an agent says of itself.
type VersionInfo struct {
	AgentVersion  string `json:"agentVersion,omitempty"`
	DockerVersion string `json:"dockerVersion,omitempty"`
}

// ActionDetail is something that the scheduler did for a service, or could not
// do [DG: Amazon ECS service action events].
type ActionDetail struct {
	Type                  EventType `json:"eventType"`
	Name                  string    `json:"eventName"` // such as SERVICE_STEADY_STATE
	ClusterARN            ARN       `json:"clusterArn"`
	ContainerInstanceARNs []ARN     `json:"containerInstanceArns,omitempty"`
	CapacityProviderARNs  []ARN     `json:"capacityProviderArns,omitempty"`
	TaskSetARNs           []ARN     `json:"taskSetArns,omitempty"`
	TaskARNs              []ARN     `json:"taskArns,omitempty"`
	DesiredCount          *int      `json:"desiredCount,omitempty"`
	Reason                string    `json:"reason,omitempty"`
	CreatedAt             time.Time `json:"createdAt"`
}

// DeploymentDetail is a deployment that began or ended [DG: Amazon ECS service
// deployment state change events].
type DeploymentDetail struct {
	Type         EventType    `json:"eventType"`
	Name         string       `json:"eventName"` // such as SERVICE_DEPLOYMENT_COMPLETED
	DeploymentID DeploymentID `json:"deploymentId"`
	UpdatedAt    time.Time    `json:"updatedAt"`
	Reason       string       `json:"reason"`
}

// EventType is how grave an event is.
type EventType string

// The event types.
const (
	EventInfo  EventType = "INFO"
	EventWarn  EventType = "WARN"
	EventError EventType = "ERROR"
)
