package lifecycle

import (
	"time"

	"gantry/ecs"
)

// The spans of a deployment (ECS semantics 4.17 [DG: Amazon ECS blue/green
// service deployments workflow]). How long a stage takes in which nothing is to
// be done is not published: we give each one the time between two looks of the
// scheduler.
const (
	LeastStage        = 10 * time.Second
	LongestStage      = 24 * time.Hour      // beyond what the stage was told to wait
	LongestDeployment = 30 * 24 * time.Hour // all stages together
)

// State is where a deployment stands. Its zero value is not one: see Start.
type State struct {
	Stage      ecs.LifecycleStage   `json:"stage"`
	Since      time.Time            `json:"since"` // in this stage
	StartedAt  time.Time            `json:"startedAt"`
	First      bool                 `json:"first,omitempty"`      // there is no blue
	Step       int                  `json:"step,omitempty"`       // steps of the production traffic that were taken
	Production float64              `json:"production,omitempty"` // per cent that green has; blue has the rest
	Test       float64              `json:"test,omitempty"`
	Hooks      []Hook               `json:"hooks,omitempty"`   // of every stage so far, in the order in which they began
	LetGo      bool                 `json:"letGo,omitempty"`   // blue was told to go: CLEAN_UP was reached
	Failure    *Failure             `json:"failure,omitempty"` // why it rolls back
	Back       []ecs.LifecycleStage `json:"back,omitempty"`    // stages that the rollback has still before it
	Ended      bool                 `json:"ended,omitempty"`
}

// Cause is what failed a deployment.
type Cause string

// The causes.
const (
	HookFailed         Cause = "HOOK_FAILED"
	HookTimedOut       Cause = "HOOK_TIMED_OUT"
	StageTimedOut      Cause = "STAGE_TIMED_OUT"
	DeploymentTimedOut Cause = "DEPLOYMENT_TIMED_OUT"
	AlarmDetected      Cause = "ALARM_DETECTED"
	TasksFailed        Cause = "TASKS_FAILED" // to start: the circuit breaker
	Requested          Cause = "REQUESTED"    // StopServiceDeployment, or the answer to a pause hook
)

// Failure is why a deployment rolls back, and in which stage it was.
type Failure struct {
	Cause Cause              `json:"cause"`
	Stage ecs.LifecycleStage `json:"stage"`
	At    time.Time          `json:"at"`
}

// Facts are what a deployment is told of the world.
type Facts struct {
	Now     time.Time
	Alone   bool                              // no revision but blue and green has tasks
	GreenUp bool                              // all of green's tasks are RUNNING and healthy
	BlueUp  bool                              // all of blue's; asked only where a rollback brings blue back
	Cleaned bool                              // nothing is left of the revision that goes: blue, or green in a rollback
	NewID   func(kind string, nth int) string // the id of a new hook, by its kind and its place in Hooks
}

// Start is the state of a deployment that begins now. First says that there is
// no revision before it, reconcile that more than one revision is ACTIVE.
func Start(now time.Time, first, reconcile bool) State {
	s := State{StartedAt: now, Since: now, First: first}
	if reconcile {
		s.Back = []ecs.LifecycleStage{ecs.StageReconcileService}
	}
	return s
}

// RollingBack reports that the deployment is on its way back to blue.
func (s *State) RollingBack() bool { return s.Failure != nil && !s.First }

// GreenWanted reports that green has all its tasks by now or is to get them.
func (s *State) GreenWanted() bool {
	switch s.Stage {
	case "", ecs.StageReconcileService, ecs.StagePreScaleUp:
		return false
	case ecs.StageCleanUp:
		return !s.RollingBack()
	}
	// A rollback removes green once it has no traffic any more.
	return true
}

// BlueWanted reports that blue keeps its tasks.
func (s *State) BlueWanted() bool { return !s.First && (!s.LetGo || s.RollingBack()) }

// Stop ends the deployment where it is: nobody works on it any more.
func (s *State) Stop(now time.Time) {
	s.Ended, s.Back = true, nil
	s.abandon(now)
}
