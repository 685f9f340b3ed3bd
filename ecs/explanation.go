package ecs

import "time"

// Explanation is why a service is as it is. Amazon ECS does not tell it; gantry's
// own scheduler does.
type Explanation struct {
	Floor   int    `json:"floor"`   // tasks that have to stay healthy
	Ceiling int    `json:"ceiling"` // tasks that may be there
	Healthy int    `json:"healthy"`
	Total   int    `json:"total"`
	Waits   []Wait `json:"waits"` // none when the service is as it should be
}

// Wait is one thing that a service waits for.
type Wait struct {
	Kind       string       `json:"kind"` // such as BOUNDS, PLACE, HEALTH
	Deployment DeploymentID `json:"deployment,omitempty"`
	Tasks      int          `json:"tasks,omitempty"` // how many it is about
	Until      time.Time    `json:"until,omitzero"`  // when time alone ends it
	Text       string       `json:"text"`            // the same in a few words
	Next       string       `json:"next,omitempty"`  // what somebody can do about it
}

// Placement is why a task is where it is, as things stood when that was decided,
// or why it has no place yet. Amazon ECS tells neither; gantry's own scheduler
// does. On Fargate, what it says of instances is about zones.
type Placement struct {
	Rule       PlacementRule  `json:"rule"`
	Rebalances bool           `json:"rebalances,omitempty"` // the task was started to balance the service over the zones again
	DecidedAt  time.Time      `json:"decidedAt,omitzero"`
	Until      time.Time      `json:"until,omitzero"`       // NOT_PLACED: until then the task waits in PROVISIONING
	Considered int            `json:"considered,omitempty"` // instances: all that there were
	Fits       int            `json:"fits,omitempty"`       // of them, those that could take the task
	Refused    []RefusedCount `json:"refused,omitempty"`    // the others, by what they were refused for first
	Closest    *Failure       `json:"closest,omitempty"`    // NOT_PLACED: of these, the one that comes closest to fitting
	Steps      []StrategyStep `json:"steps,omitempty"`      // how one was chosen of those that fit
	Text       string         `json:"text"`                 // all but the steps, in a few words
}

// PlacementRule is what put a task where it is.
type PlacementRule string

// The rules.
const (
	PlacedByStrategy PlacementRule = "STRATEGY"   // of a service or a RunTask, or what stands for none
	PlacedAsDaemon   PlacementRule = "DAEMON"     // one task on each instance
	PlacedAsTold     PlacementRule = "START_TASK" // by whoever called StartTask
	PlacedOnFargate  PlacementRule = "FARGATE"
	NotPlaced        PlacementRule = "NOT_PLACED" // it has no place: what follows is why not
)

// RefusedCount is a number of instances that were refused for the same.
type RefusedCount struct {
	Kind      string `json:"kind"` // such as MEMORY, STATUS, MEMBER_OF
	Instances int    `json:"instances"`
	Text      string `json:"text"`
}

// StrategyStep is one strategy at work. What the chain leaves tied, the last step
// decides.
type StrategyStep struct {
	PlacementStrategy
	TieBreak bool   `json:"tieBreak,omitempty"` // it is none of the chain
	Value    string `json:"value,omitempty"`    // of the attribute, where the task went
	Amount   int    `json:"amount"`             // what was least there: tasks of the group, MiB or CPU units left
	Left     int    `json:"left,omitempty"`     // instances that were as good; 0: too many to count
	Text     string `json:"text"`
}
