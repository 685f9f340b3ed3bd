package ecs

import "time"

// Fault is something that goes wrong in an emulated world. Exactly one of the
// members from StopInstance on is set.
type Fault struct {
	Name string `json:"name,omitempty"` // by which it can be ended; without one it gets "fault-1" and so on
	// Cluster is whose world it is about: "" is the default cluster, and for a zone
	// every cluster. A fault of the API is of none.
	Cluster ClusterName `json:"cluster,omitempty"`
	At      time.Time   `json:"at,omitzero"`     // when it begins, in the world's time
	After   Seconds     `json:"after,omitempty"` // or how long from now; neither: at once
	For     Seconds     `json:"for,omitempty"`   // how long it lasts; 0: until it is ended

	StopInstance      *FaultInstances `json:"stopInstance,omitempty"`
	TerminateInstance *FaultInstances `json:"terminateInstance,omitempty"`
	DisconnectAgent   *FaultInstances `json:"disconnectAgent,omitempty"`
	LoseZone          string          `json:"loseZone,omitempty"`
	SpotInterruption  *FaultSpot      `json:"spotInterruption,omitempty"`
	CapacityShortage  *FaultCapacity  `json:"capacityShortage,omitempty"`
	Fate              *FaultFate      `json:"fate,omitempty"`
	Hook              *FaultHook      `json:"hook,omitempty"`
	// ThrottleScheduler is the share of the scheduler's own operations that have to
	// be tried again later (ECS semantics 4.15).
	ThrottleScheduler float64   `json:"throttleScheduler,omitempty"`
	API               *APIFault `json:"api,omitempty"`
}

// APIFault is what goes wrong with calls of the API, or with what comes of log
// events. Shares are from 0 to 1.
type APIFault struct {
	Service     string  `json:"service,omitempty"`     // such as ecs or logs; "" is every one
	Operation   string  `json:"operation,omitempty"`   // such as RunTask; "" is every one
	Throttle    float64 `json:"throttle,omitempty"`    // the share of calls that are throttled
	Error       float64 `json:"error,omitempty"`       // that fail
	ErrorStatus int     `json:"errorStatus,omitempty"` // 500 or 503; 0 is 500
	Reset       float64 `json:"reset,omitempty"`       // whose connection is cut off
	Latency     Seconds `json:"latency,omitempty"`     // that all take longer, in real time
	Count       int     `json:"count,omitempty"`       // so many calls are hit, and then it is over; 0 is no limit

	LateEvents      Seconds `json:"lateEvents,omitempty"`      // by how much log events come in late at most
	DuplicateEvents float64 `json:"duplicateEvents,omitempty"` // the share of log events that come twice
}

// FaultInstances are container instances that a fault falls on: one by its id, ARN
// or EC2 instance id, or Count of those in the zone that match the expression (all
// of them when Count is 0).
type FaultInstances struct {
	Instance   string `json:"instance,omitempty"`
	Zone       string `json:"zone,omitempty"`
	Expression string `json:"expression,omitempty"` // of the cluster query language
	Count      int    `json:"count,omitempty"`
}

// FaultSpot takes Spot capacity back, after the notice of two minutes: a task
// on FARGATE_SPOT, a Spot Instance, or Percent (0: all) of the tasks on FARGATE_SPOT
// or of the instances of an Auto Scaling group.
type FaultSpot struct {
	Task             string `json:"task,omitempty"`
	Instance         string `json:"instance,omitempty"`
	AutoScalingGroup string `json:"autoScalingGroup,omitempty"`
	Zone             string `json:"zone,omitempty"`
	Percent          int    `json:"percent,omitempty"`
}

// FaultCapacity is that no new capacity can be had, of FARGATE or FARGATE_SPOT, by
// an Auto Scaling group, or of an instance type; in all zones when none is named.
type FaultCapacity struct {
	CapacityProvider string   `json:"capacityProvider,omitempty"`
	AutoScalingGroup string   `json:"autoScalingGroup,omitempty"`
	InstanceType     string   `json:"instanceType,omitempty"`
	Zones            []string `json:"zones,omitempty"`
}

// FaultFate lays another fate on the containers that all its members match; the
// empty ones match every container.
type FaultFate struct {
	Service   ServiceName `json:"service,omitempty"`
	Family    Family      `json:"family,omitempty"`
	Image     string      `json:"image,omitempty"`
	Container string      `json:"container,omitempty"`
	Fate      string      `json:"fate"`
}

// FaultHook is what the function of lifecycle hooks answers.
type FaultHook struct {
	HookTargetARN string     `json:"hookTargetArn,omitempty"` // "" is every function
	Status        HookStatus `json:"hookStatus,omitempty"`    // FAILED, IN_PROGRESS; "" is no answer
	CallBackDelay Seconds    `json:"callBackDelay,omitempty"` // with IN_PROGRESS
}

// FaultStatus says whether a fault is there.
type FaultStatus string

// The statuses of a fault.
const (
	FaultPending FaultStatus = "PENDING" // it is to come
	FaultActive  FaultStatus = "ACTIVE"
	FaultOver    FaultStatus = "OVER"    // what it did is not taken back, so that there is nothing to end
	FaultRefused FaultStatus = "REFUSED" // when its time had come it could not begin
)

// FaultState is a fault as it stands.
type FaultState struct {
	Name     string        `json:"name"`
	Kind     string        `json:"kind"` // such as stop-instance
	Status   FaultStatus   `json:"status"`
	Clusters []ClusterName `json:"clusters,omitempty"` // none: it is of the API
	From     time.Time     `json:"from"`
	Until    time.Time     `json:"until,omitzero"`   // zero: until it is ended
	Text     string        `json:"text"`             // what it does, in a few words
	Reason   string        `json:"reason,omitempty"` // why it was refused
}
