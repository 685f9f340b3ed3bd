package scheduler

import (
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
)

// definition is a task definition in use, shared by its tasks and revisions.
type definition struct {
	def     *ecs.TaskDefinition
	uses    int  // tasks and service revisions that name it
	checked bool // an essential container has a health check
}

// instance is a container instance and what runs on it.
type instance struct {
	ID          ecs.ContainerInstanceID `json:"id"`
	Instance    ecs.ContainerInstance   `json:"instance"`             // as registered; counts and remaining resources are worked out
	Attributes  int                     `json:"attributes,omitempty"` // when it is saved: the number of its set of attributes, from 1
	Host        hostState               `json:"host,omitempty"`
	ZoneLost    bool                    `json:"zoneLost,omitempty"`         // it was stopped by the loss of its zone
	Group       string                  `json:"autoScalingGroup,omitempty"` // its name
	Termination *termination            `json:"termination,omitempty"`      // its group wants to terminate it
	TrunkAt     time.Time               `json:"trunkAt,omitzero"`           // when its trunk network interface is there, or gone

	tasks []*task // not yet STOPPED, by seq
	told  bool    // in the stream of state changes, in this moment
	open  bool    // it is counted among those of its zone that take tasks
	sites []*site // what the DAEMON services see in it
}

// service is a service with everything the scheduler remembers about it.
type service struct {
	Spec        ecs.Service            `json:"spec"`    // settings and events; counts and deployments are worked out
	Request     string                 `json:"request"` // hash of what CreateService asked for
	Generation  int                    `json:"generation"`
	Deployments []*deployment          `json:"deployments"`         // PRIMARY first, then newest first; task sets only newest first
	History     []*attempt             `json:"history"`             // service deployments, newest first
	Revisions   []*ecs.ServiceRevision `json:"revisions"`           // newest first
	Completed   ecs.ARN                `json:"completed,omitempty"` // revision that completed last: where a rollback goes

	DeploymentOrdinal int `json:"deploymentOrdinal"`
	TaskOrdinal       int `json:"taskOrdinal"`
	EventOrdinal      int `json:"eventOrdinal"`

	WakeAt   time.Time        `json:"wakeAt,omitzero"`    // when the next pass is due
	RepeatAt time.Time        `json:"repeatAt,omitzero"`  // when a standing event is told again
	Standing []standing       `json:"standing,omitempty"` // conditions told and still true
	Fits     int              `json:"fits,omitempty"`     // container instances that a DAEMON service runs on
	SelfEnds int              `json:"selfEnds,omitempty"` // tasks that went wrong since the last command
	Refused  ecs.DeploymentID `json:"refused,omitempty"`  // deployment with a task that found no place
	Launches []launches       `json:"launches,omitempty"` // of the last minute, for the launch rate
	Balance  *balancing       `json:"balance,omitempty"`  // Availability Zone rebalancing in progress
	Zone     string           `json:"zone,omitempty"`     // where rebalancing found no place
	Tries    int              `json:"tries,omitempty"`    // to start tasks while operations were throttled

	Launch  ecs.LaunchType     `json:"launchType,omitempty"`    // that a capacity provider strategy took the place of
	Managed *ecs.ManagedDaemon `json:"managedDaemon,omitempty"` // what makes a DAEMON service a managed daemon

	Started  int       `json:"started,omitempty"` // in earlier states, in place of Launches: since WindowAt
	WindowAt time.Time `json:"windowAt,omitzero"`

	StageAt      time.Time `json:"stageAt,omitzero"`       // when time moves the deployment on
	StageGuarded bool      `json:"stageGuarded,omitempty"` // only a limit does

	live      []*task                       // not yet STOPPED, by seq
	ended     []*task                       // STOPPED and still kept, by stop time
	reviews   heapOf[review]                // when time alone changes the condition of a task
	unnoted   []*task                       // whose condition has news for the circuit breaker
	stopping  int                           // of live, those with the desired status STOPPED
	protected int                           // of live, those under scale-in protection
	joining   []*task                       // the next pass registers them
	departing []*task                       // the next pass deregisters them
	policies  map[ecs.ARN]*placement.Policy // by task definition
	sites     *sites                        // of a DAEMON service
	listens   bool                          // it is among those whom news of room wakes
	speaking  *deployment                   // the task set that events are about, for a moment
}

// standing is a condition that was told in an event and is still true.
type standing struct {
	Kind    string            `json:"kind"`
	Message string            `json:"message"`
	At      time.Time         `json:"at"`
	Action  *ecs.ActionDetail `json:"action,omitempty"` // what the stream of state changes says of it
}

// deployment is one entry of a service's deployments.
type deployment struct {
	ID         ecs.DeploymentID     `json:"id"`
	Status     ecs.DeploymentStatus `json:"status"`
	Definition ecs.ARN              `json:"definition"`
	Revision   ecs.ARN              `json:"revision"` // service revision
	Attempt    ecs.ARN              `json:"attempt"`  // service deployment
	State      ecs.RolloutState     `json:"state"`
	Reason     string               `json:"reason"`
	CreatedAt  time.Time            `json:"createdAt"`
	UpdatedAt  time.Time            `json:"updatedAt"`
	Wanted     int                  `json:"wanted"`               // tasks an ACTIVE deployment still keeps
	Rollback   bool                 `json:"rollback,omitempty"`   // it is the way back from a failed deployment
	HasRun     bool                 `json:"hasRun,omitempty"`     // a task of it was RUNNING: second stage of the breaker
	Failed     int                  `json:"failed"`               // consecutive failures, as the breaker counts
	Round      int                  `json:"round,omitempty"`      // start rounds lost since a task was RUNNING
	NotBefore  time.Time            `json:"notBefore,omitzero"`   // back-off: no start before
	Alternate  bool                 `json:"alternate,omitempty"`  // its tasks register with the alternate target groups
	Unresolved int                  `json:"unresolved,omitempty"` // attempts to find out what its image tags stand for that failed
	Set        *taskSet             `json:"taskSet,omitempty"`    // of a service whose deployments are made from outside

	running    int
	pending    int
	draining   int                   // stopped, and their connections drain
	balancers  []ecs.LoadBalancer    // of its revision
	registries []ecs.ServiceRegistry // of its revision
	discovered bool                  // its tasks are registered with AWS Cloud Map
	census     census
	shared     []*Origin // of the tasks started so far, each once
}

// attempt is a service deployment: one try to bring a revision out, and how it ended.
type attempt struct {
	Deployment ecs.ServiceDeployment `json:"deployment"`
	Entry      ecs.DeploymentID      `json:"entry"` // the deployment it began as

	Shift        *shift    `json:"shift,omitempty"`        // nil for ROLLING
	Watched      []string  `json:"watched,omitempty"`      // alarms that fail it
	BakeUntil    time.Time `json:"bakeUntil,omitzero"`     // of a rolling one with alarms, once its tasks are up
	SupersededBy ecs.ARN   `json:"supersededBy,omitempty"` // the service deployment that took its place
}

// task is a task with what the scheduler remembers about it.
type task struct {
	ID         ecs.TaskID              `json:"id"`
	Seq        uint64                  `json:"seq"`
	Task       taskState               `json:"task"`
	Service    ecs.ServiceName         `json:"service,omitempty"`
	Generation int                     `json:"generation,omitempty"`
	Deployment ecs.DeploymentID        `json:"deployment,omitempty"`
	Instance   ecs.ContainerInstanceID `json:"instance,omitempty"`
	Ordinal    int                     `json:"ordinal"`
	Wait       *wait                   `json:"wait,omitempty"`       // it waits for a place
	Why        why                     `json:"why,omitempty"`        // it is where it is; earlier states do not tell
	Round      int                     `json:"round,omitempty"`      // of its deployment when it was started
	Registered bool                    `json:"registered,omitempty"` // with the load balancers and service registries of its revision
	Balance    *balanced               `json:"balance,omitempty"`    // nil without any of those, and at the end

	ProtectedUntil instant `json:"protectedUntil,omitzero"` // from scale-in and deployments
	WasHealthy     bool    `json:"wasHealthy,omitempty"`    // it was counted healthy
	WasSick        bool    `json:"wasSick,omitempty"`       // its failed health checks were counted

	def     *definition
	svc     *service
	dep     *deployment
	on      *instance // where it runs; nil on Fargate, and once it is STOPPED
	counted slot      // where its deployment's census counts it
	review  instant   // when time alone changes its condition
	gone    bool      // the record was dropped
	told    bool      // in the stream of state changes, in this moment
}

// retained is a record that is dropped at a time: a STOPPED task, or an INACTIVE
// service or container instance.
type retained struct {
	At         time.Time               `json:"at"`
	Task       ecs.TaskID              `json:"task,omitempty"`
	Instance   ecs.ContainerInstanceID `json:"instance,omitempty"`
	Service    ecs.ServiceName         `json:"service,omitempty"`
	Generation int                     `json:"generation,omitempty"`
	Provider   string                  `json:"capacityProvider,omitempty"`
}
