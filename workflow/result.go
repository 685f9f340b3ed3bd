package workflow

import (
	"time"

	"gantry/ecs"
	"gantry/logs"
)

// Outcome is how a wait ended.
type Outcome string

// The outcomes.
const (
	Done       Outcome = "DONE"
	Unchanged  Outcome = "UNCHANGED" // nothing had to be done
	Changed    Outcome = "CHANGED"   // settings that only later tasks and deployments will see: no deployment was started
	RolledBack Outcome = "ROLLED_BACK"
	Failed     Outcome = "FAILED"
	TimedOut   Outcome = "TIMED_OUT"  // the deployment goes on
	Superseded Outcome = "SUPERSEDED" // another deployment took its place
	BrokenOff  Outcome = "BROKEN_OFF" // the wait was: by a signal, or because nobody answers; the deployment goes on
	NotWaited  Outcome = "NOT_WAITED" // nobody asked for the outcome
)

// Result is what became of a service after a verb that changed it. Every outcome
// but Done, Unchanged, Changed and NotWaited comes with an error whose hint.Kind says the
// same.
type Result struct {
	Outcome           Outcome                `json:"outcome"`
	Service           ecs.Service            `json:"service"`
	TaskDefinition    *ecs.TaskDefinition    `json:"taskDefinition,omitempty"` // the revision that the verb registered
	DeploymentID      ecs.DeploymentID       `json:"deploymentId,omitempty"`
	ServiceDeployment *ecs.ServiceDeployment `json:"serviceDeployment,omitempty"`
	Stopped           []StopGroup            `json:"stopped"`
	Took              ecs.Seconds            `json:"tookSeconds"` // real time
}

// StopGroup is tasks that stopped for one and the same reason.
type StopGroup struct {
	StopCode  ecs.StopCode `json:"stopCode,omitempty"`
	Reason    string       `json:"reason"`              // of the container if it gave one, else of the task
	Container string       `json:"container,omitempty"` // the one that brought the task down
	ExitCode  *int         `json:"exitCode,omitempty"`
	Count     int          `json:"count"`
	Example   ecs.TaskID   `json:"exampleTask"`
	LastAt    time.Time    `json:"lastAt,omitzero"`
	Logs      []logs.Event `json:"logs,omitempty"` // the last lines of the example; on failure only
}

// PushOptions says which image goes where.
type PushOptions struct {
	Source     string `json:"source"` // a docker-archive, an OCI layout folder or an image of the Docker engine
	Repository string `json:"repository"`
	Tag        string `json:"tag,omitempty"` // empty is latest
}

// PushResult is an image in its repository.
type PushResult struct {
	URI        string         `json:"uri"` // repository URI, "@" and the digest
	Tag        string         `json:"tag"`
	Digest     string         `json:"digest"`
	Repository ecs.Repository `json:"repository"`
	Created    bool           `json:"repositoryCreated"`
	Pushed     int            `json:"layersPushed"`
	Skipped    int            `json:"layersSkipped"` // they were there
}

// UpdateOptions is what an update does besides the request.
type UpdateOptions struct {
	// Images gives containers new images; the next revision is registered from
	// the current one.
	Images map[string]string
}

// RunOptions is what happens after the tasks of a RunTask or StartTask have been
// placed.
type RunOptions struct {
	Wait         bool   // follow the tasks until they have stopped
	Logs         bool   // and tell their log lines
	ExitCodeFrom string // the container whose exit code becomes the result's
}

// RunResult is what became of the tasks of a RunTask or StartTask.
type RunResult struct {
	Tasks       []ecs.Task     `json:"tasks"`
	Failures    []ecs.Failure  `json:"failures"`
	Explanation *ecs.Placement `json:"explanation,omitempty"` // why the others found no place, summed up; ECS tells only the failures
	Stopped     []StopGroup    `json:"stopped"`
	ExitCode    int            `json:"exitCode"`
	Took        ecs.Seconds    `json:"tookSeconds"`
}

// StatusResult is a cluster and its services, or one service with its tasks.
type StatusResult struct {
	Cluster            ecs.Cluster             `json:"cluster"`
	Services           []ecs.Service           `json:"services"`
	Tasks              []ecs.Task              `json:"tasks,omitempty"`              // of the one service
	ServiceDeployments []ecs.ServiceDeployment `json:"serviceDeployments,omitempty"` // of the one service, newest first
	Stopped            []StopGroup             `json:"stopped,omitempty"`            // of the one service
	Now                time.Time               `json:"now"`                          // the endpoint's time
}

// TaskFilter narrows a list of tasks. The zero value is every task, running and
// stopped.
type TaskFilter struct {
	Service   string
	Family    string
	Instance  string
	StartedBy string
	Status    ecs.TaskStatus // desired status: TaskRunning, TaskStopped, or empty for both
}

// TaskDefinitionFilter narrows a list of task definition revisions.
type TaskDefinitionFilter struct {
	Family string                   // the whole name
	Status ecs.TaskDefinitionStatus // empty is ACTIVE
}

// LogsOptions says whose log lines are wanted.
type LogsOptions struct {
	Cluster   string
	Target    string // a service, a task id or the ARN of either
	Container string // empty is all of them
	Since     time.Duration
	Follow    bool
}
