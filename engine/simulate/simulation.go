package simulate

import (
	"reflect"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
)

// Command is a scheduler's command, news that only the simulation needs, a
// fault, a command for later, or one about scaling. Exactly one member is set. In
// JSON the scheduler's members stand beside the others.
type Command struct {
	scheduler.Command
	Images   *SetImages `json:"images,omitempty"`
	Fault    *Fault     `json:"fault,omitempty"`
	EndFault *EndFault  `json:"endFault,omitempty"`
	Schedule *Schedule  `json:"schedule,omitempty"`
	Scaling  *Scaling   `json:"scaling,omitempty"`

	PutAutoScalingGroup    *PutAutoScalingGroup    `json:"putAutoScalingGroup,omitempty"`
	DeleteAutoScalingGroup *DeleteAutoScalingGroup `json:"deleteAutoScalingGroup,omitempty"`
}

// single refuses a command with more than one member: which of them was meant, or
// which comes first, nobody could say. Of its own members the scheduler sees to that.
func (c *Command) single() error {
	n := membersOf(c)
	if c.Command != (scheduler.Command{}) {
		n++
	}
	if n > 1 || c.Scaling != nil && membersOf(c.Scaling) > 1 {
		return refused("the command asks for more than one thing: send one for each")
	}
	return nil
}

// membersOf is how many of the pointers in a struct are set.
func membersOf(command any) (n int) {
	v := reflect.ValueOf(command).Elem()
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			n++
		}
	}
	return n
}

// SetImages says what changed in the account's own registry. A task with an
// image there that is not known cannot be pulled.
type SetImages struct {
	ECRHost string            `json:"ecrHost"` // such as 123456789012.dkr.ecr.us-east-1.amazonaws.com
	Images  map[string]string `json:"images"`  // HOST/REPOSITORY:TAG (or @DIGEST) to digest; "" takes the image away
}

// Change is a new lastStatus of a task.
type Change struct {
	At     time.Time      `json:"at"`
	Task   ecs.TaskID     `json:"task"`
	Status ecs.TaskStatus `json:"status"`
	Gone   bool           `json:"gone,omitempty"` // the task's record was dropped; Status is empty
}

// Simulation is one cluster with the fates of its tasks. It is not safe for
// concurrent use.
type Simulation struct {
	cluster *scheduler.Cluster
	images  map[string]string // digest of each image of the own registry
	host    string            // of the own registry; "" when nobody told
	runs    map[ecs.TaskID]*run
	hosts   map[ecs.ContainerInstanceID]*host
	plans   map[*ecs.TaskDefinition]*plans
	taken   life.Step            // by the run whose turn it is
	change  scheduler.ChangeTask // that comes of it
	spare   []*life.Life         // whose runs need them no more
	due     agenda
	seq     uint64   // of the last run
	changes []Change // made but not yet told

	faults       []*activeFault // that last, in the order in which they began
	faultOrdinal int            // faults there have been
	planned      []planned      // commands for later, by time
	results      []Result       // of those whose time has come, not yet told

	scaling scaling
	groups  []*autoScalingGroup // Auto Scaling groups, by name
}

// Options of a simulation beside the cluster's own.
type Options struct {
	ECRHost string `json:"ecrHost,omitempty"` // of the account's own registry; images elsewhere always exist
}

// New is a simulation of an empty cluster.
func New(cfg scheduler.Config, opts Options) *Simulation {
	return &Simulation{
		cluster: scheduler.New(cfg),
		host:    opts.ECRHost,
		images:  map[string]string{},
		plans:   map[*ecs.TaskDefinition]*plans{},
		runs:    map[ecs.TaskID]*run{},
		hosts:   map[ecs.ContainerInstanceID]*host{},
		scaling: newScaling(),
	}
}

// Cluster is the simulated cluster, to read from. Commands go to Apply.
func (s *Simulation) Cluster() *scheduler.Cluster { return s.cluster }

// Apply gives the cluster a command, or the simulation its news. What happens
// by itself until then happens first. A refused command changes nothing.
func (s *Simulation) Apply(now time.Time, cmd Command) (scheduler.Outcome, error) {
	return s.apply(now, cmd)
}

// Next is when something will happen by itself; periodic says that nothing but
// repeats is left.
func (s *Simulation) Next() (at time.Time, periodic, ok bool) { return s.next() }

// Advance lets everything happen until then, and tells which tasks changed
// their lastStatus since it was asked last, by Apply too.
func (s *Simulation) Advance(to time.Time) []Change {
	s.runUntil(to)
	out := s.changes
	s.changes = nil
	return out
}

// Settle goes from event to event until nothing but repeats is left, or until
// the limit, and says when it stopped. Changes wait for the next Advance.
func (s *Simulation) Settle(limit time.Time) time.Time {
	end := s.cluster.Now()
	for {
		at, periodic, ok := s.next()
		if !ok || periodic || at.After(limit) {
			return end
		}
		s.runUntil(at)
		end = at
	}
}
