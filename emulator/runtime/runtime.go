package runtime

import (
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// Command is one thing that happens to a cluster from outside: what the engine
// takes, news about the images that can be pulled, or what only a simulated
// world knows of. Exactly one is set.
type Command struct {
	scheduler.Command
	Images  *Images           `json:"images,omitempty"`
	Scaling *simulate.Scaling `json:"scaling,omitempty"`
	// PutAutoScalingGroup makes an Auto Scaling group whose instances register
	// with the cluster, or sets everything about one that is there.
	PutAutoScalingGroup *simulate.PutAutoScalingGroup `json:"putAutoScalingGroup,omitempty"`
	// What goes wrong in the world that the cluster lives in, now or later.
	Fault    *simulate.Fault    `json:"fault,omitempty"`
	EndFault *simulate.EndFault `json:"endFault,omitempty"`
	Schedule *simulate.Schedule `json:"schedule,omitempty"`
}

// Images tells which images of the account's own registry exist: by reference,
// the digest behind it. An empty digest takes the reference away.
type Images struct {
	Host    string            `json:"host"`
	Digests map[string]string `json:"digests"`
}

// Change is a new lastStatus of a task.
type Change struct {
	At     time.Time
	Task   ecs.TaskID
	Status ecs.TaskStatus
}

// Runtime is one cluster with whatever runs its tasks. The law of its clock:
// Advance(a) and then Advance(b) is Advance(b).
type Runtime interface {
	// Apply carries out a command; a refused one (*ecs.Error) changes nothing.
	Apply(now time.Time, cmd Command) (scheduler.Outcome, error)
	// Next is when something will happen by itself. It is periodic when nothing
	// but repeats is left, and ok is false when nothing is.
	Next() (at time.Time, periodic, ok bool)
	// Advance lets everything happen that happens up to the time.
	Advance(to time.Time) []Change
	// Cluster is the engine, for reading.
	Cluster() *scheduler.Cluster
	// World is the simulation around it, for reading; nil where tasks really run.
	World() *simulate.Simulation
	// Save is the whole state, hidden parts included.
	Save() ([]byte, error)
}

// Factory makes runtimes.
type Factory interface {
	New(cfg scheduler.Config) (Runtime, error)
	Load(saved []byte) (Runtime, error)
	// Check says what is wrong with the Docker labels of a container, where they
	// speak to the runtime.
	Check(labels map[string]string) error
	Writer
}

// Writer knows what a container has written. The lines of a task are a pure
// function of the stream and the window: asking twice gives the same lines.
type Writer interface {
	// Open fills in what the runtime needs to write the stream's lines later,
	// when the task itself is long forgotten.
	Open(rt Runtime, task ecs.TaskID, container string) (Stream, error)
	// Lines are the lines of the stream in [from, to), at most limit of them
	// from the start, in order of time.
	Lines(s Stream, from, to time.Time, limit int) ([]Line, error)
}

// Stream is what a container writes, from its start to its end.
type Stream struct {
	Seed      uint64     `json:"seed"`
	Task      ecs.TaskID `json:"task"`
	Container string     `json:"container"`
	Fate      string     `json:"fate,omitempty"` // in the runtime's own words
	Started   time.Time  `json:"started"`
	Stopped   time.Time  `json:"stopped,omitzero"`
	ExitCode  *int       `json:"exitCode,omitempty"`
}

// Line is one line of a container's output.
type Line struct {
	At   time.Time
	Text string
}
