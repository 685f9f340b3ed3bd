package workflow

import (
	"time"

	"gantry/ecs"
	"gantry/image"
	"gantry/logs"
)

// Event is something that happened while a verb was at work. Events are plain
// values, told in the order they happened; whoever shows them (lines, JSON, a
// screen) decides what to make of each.
type Event interface{ event() }

// StepEvent says what is about to be done, as in "creating service web".
type StepEvent struct {
	Text string `json:"text"`
}

// PushEvent is the progress of an image on its way to a registry.
type PushEvent struct {
	Progress image.Progress `json:"progress"`
}

// RegisteredEvent is a new revision of a task definition.
type RegisteredEvent struct {
	TaskDefinition ecs.TaskDefinition `json:"taskDefinition"`
}

// DeploymentStarted is the deployment that the verb started, or that watch found.
type DeploymentStarted struct {
	Service              ecs.Service      `json:"service"`
	DeploymentID         ecs.DeploymentID `json:"deploymentId,omitempty"`
	ServiceDeploymentARN ecs.ARN          `json:"serviceDeploymentArn,omitempty"`
}

// ProgressEvent is the state of the service after its counts, its deployments or
// their rollout states have changed.
type ProgressEvent struct {
	At      time.Time   `json:"at"` // the endpoint's time
	Service ecs.Service `json:"service"`
}

// StageEvent is a stage that a deployment that shifts traffic has come to, or a step
// of the traffic within it.
type StageEvent struct {
	Service    ecs.ServiceName       `json:"service"`
	Deployment ecs.ServiceDeployment `json:"serviceDeployment"`
}

// ServiceEventEvent is a new line of the service's event list.
type ServiceEventEvent struct {
	Service ecs.ServiceName  `json:"service"`
	Event   ecs.ServiceEvent `json:"event"`
}

// TaskEvent is a task that changed its status; Previous is empty when it is new,
// or was there already when the watch began.
type TaskEvent struct {
	Task     ecs.Task       `json:"task"`
	Previous ecs.TaskStatus `json:"previous,omitempty"`
}

// StoppedEvent is a group of tasks that stopped for one and the same reason, told
// when the group is new and when it has grown.
type StoppedEvent struct {
	Group StopGroup `json:"group"`
}

// UnplacedEvent says that a task found no container instance. Reasons has one
// entry per instance, where the endpoint tells.
type UnplacedEvent struct {
	Service ecs.ServiceName `json:"service"`
	Text    string          `json:"text"`
	Reasons []ecs.Failure   `json:"reasons,omitempty"`
}

// LogEvent is a line that a container wrote.
type LogEvent struct {
	Event logs.Event `json:"event"`
}

// Notice is something a person should know that is no failure.
type Notice struct {
	Text string `json:"text"`
	Hint string `json:"hint,omitempty"` // what to do about it; may be empty
}

// HeartbeatEvent says that the wait goes on although nothing has changed, so that
// whatever watches over the terminal's silence does not end it.
type HeartbeatEvent struct {
	At      time.Time   `json:"at"` // the endpoint's time
	Waited  ecs.Seconds `json:"waitedSeconds"`
	Service ecs.Service `json:"service"`
}

func (StepEvent) event()         {}
func (PushEvent) event()         {}
func (RegisteredEvent) event()   {}
func (DeploymentStarted) event() {}
func (ProgressEvent) event()     {}
func (StageEvent) event()        {}
func (ServiceEventEvent) event() {}
func (TaskEvent) event()         {}
func (StoppedEvent) event()      {}
func (UnplacedEvent) event()     {}
func (LogEvent) event()          {}
func (Notice) event()            {}
func (HeartbeatEvent) event()    {}
