package life

import (
	"time"

	"gantry/ecs"
)

// Step is one moment of a task's life, as news of it. What did not change is
// the zero value.
type Step struct {
	At            time.Time
	Pull          bool             // the images are asked for now: Pulled has to tell
	Status        ecs.TaskStatus   // of the task
	Health        ecs.HealthStatus // of the task as a whole
	Attachment    string           // of its network interface
	PullStarted   bool
	PullStopped   bool
	StopCode      ecs.StopCode // the task ends by itself, whatever still runs of it
	StoppedReason string
	Containers    []Change
}

// Change is the part of a step about one container.
type Change struct {
	Name        string
	Status      ecs.TaskStatus
	Health      ecs.HealthStatus
	Exited      bool // with the exit code
	ExitCode    int
	Reason      string
	ImageDigest string
	Port        Port   // of a container that runs
	Answer      string // of a port that fails: an HTTP code, or "" for none
}

// Port is how a container's port answers now. A container that runs and of
// which nothing was said answers well.
type Port uint8

// The states of a port.
const (
	PortUnchanged Port = iota
	PortAnswers
	PortFails
)

// clear makes the step one in which nothing happened yet.
func (x *Step) clear(at time.Time) { *x = Step{At: at, Containers: x.Containers[:0]} }

// change adds a change of a container.
func (x *Step) change(name string) *Change {
	x.Containers = append(x.Containers, Change{Name: name})
	return &x.Containers[len(x.Containers)-1]
}

// Image is what came of a container's image pull.
type Image struct {
	Digest string `json:"digest,omitempty"`
	Error  string `json:"error,omitempty"` // why it cannot be pulled
}
