package scheduler

import (
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/target"
)

// PassDelay is how long the scheduler waits after news about a service before
// it looks at it, so that news of about the same time is taken together. Real
// ECS looks about every ten seconds (ECS semantics 4.3).
const PassDelay = 5 * time.Second

// Config is what a cluster is born with.
type Config struct {
	Scope       ecs.Scope         `json:"scope"`
	Name        ecs.ClusterName   `json:"name"`
	Seed        uint64            `json:"seed"`
	SubnetZones map[string]string `json:"subnetZones,omitempty"` // availability zone of each subnet
}

// Cluster is the state of one cluster. It is not safe for concurrent use.
type Cluster struct {
	cfg Config
	now time.Time // of the last thing that happened
	seq uint64    // of the last task made: the order of tasks

	definitions map[ecs.ARN]*definition
	instances   map[ecs.ContainerInstanceID]*instance
	services    map[ecs.ServiceName]*service
	roster      []*service // all of them, by name; nil when one came or went
	tasks       map[ecs.TaskID]*task
	order       []*task                      // every task kept, by seq; gone ones are dropped now and then
	generations map[ecs.ServiceName]int      // how many services of that name there have been
	ordinals    map[string]int               // standalone tasks made, by group
	registered  int                          // container instances ever registered
	waiting     map[ecs.ServiceName]*service // services with a task that found no place
	listening   []*service                   // of those, the ones that no news of room has woken since their last pass
	stopped     []retained                   // records to drop, by time
	decisions   []Decision                   // made but not yet told
	lostZones   map[string]bool              // Availability Zones that are lost
	groups      map[string]*targetGroup      // by ARN
	usual       target.Settings              // of target groups that nobody described
	stream      stream
	throttling  float64                   // share of the scheduler's operations
	followers   []*service                // DAEMON services whose constraints hang on the tasks of instances, by name
	openZones   map[string]int            // container instances that take tasks, by zone
	alarms      map[string]ecs.AlarmState // CloudWatch alarms, as far as there was news of them
	capacityState
	timers     schedules
	due        map[timerKey]due // the timers that hold, but for those of passes
	fleet      *placement.Fleet
	x86, arm64 []ecs.Attribute // of the tasks that run there
	reason     []byte          // room to write one in
}

// New is an empty cluster.
func New(cfg Config) *Cluster {
	return &Cluster{
		cfg:         cfg,
		definitions: map[ecs.ARN]*definition{},
		instances:   map[ecs.ContainerInstanceID]*instance{},
		services:    map[ecs.ServiceName]*service{},
		tasks:       map[ecs.TaskID]*task{},
		generations: map[ecs.ServiceName]int{},
		ordinals:    map[string]int{},
		waiting:     map[ecs.ServiceName]*service{},
		lostZones:   map[string]bool{},
		openZones:   map[string]int{},
		alarms:      map[string]ecs.AlarmState{},
		due:         map[timerKey]due{},
		groups:      map[string]*targetGroup{},
		usual:       usualSettings(),
		fleet:       placement.NewFleet(),
		x86:         []ecs.Attribute{{Name: ecs.AttributeCPUArchitecture, Value: "x86_64"}},
		arm64:       []ecs.Attribute{{Name: ecs.AttributeCPUArchitecture, Value: "arm64"}},

		capacityState: newCapacityState(),
	}
}
