package scheduler

import (
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/rollout"
)

// WaitKind is what a service waits for before it is as it should be.
type WaitKind string

// The kinds. Those that only somebody can end come first.
const (
	WaitBounds     WaitKind = "BOUNDS"      // its own minimum and maximum percent leave no step
	WaitPlace      WaitKind = "PLACE"       // a place for tasks that no container instance can take
	WaitLimit      WaitKind = "LIMIT"       // fewer tasks of the cluster in PROVISIONING: no more may wait for capacity
	WaitFailed     WaitKind = "FAILED"      // another deployment: this one failed and starts nothing more
	WaitStage      WaitKind = "STAGE"       // a stage of its deployment, or its bake time: see Stage
	WaitProtection WaitKind = "PROTECTION"  // the end of the scale-in protection of tasks
	WaitZone       WaitKind = "ZONE"        // a place in a zone, to be spread over the zones again; it may be steady meanwhile
	WaitThrottled  WaitKind = "THROTTLED"   // its operations, which are throttled
	WaitBackOff    WaitKind = "BACK_OFF"    // the time after which it tries again to start tasks
	WaitLaunchRate WaitKind = "LAUNCH_RATE" // the next minute, to start more tasks
	WaitCapacity   WaitKind = "CAPACITY"    // instances of a capacity provider, for tasks in PROVISIONING
	WaitStart      WaitKind = "START"       // tasks that do not run yet
	WaitHealth     WaitKind = "HEALTH"      // tasks that run and do not count as healthy yet
	WaitUnhealthy  WaitKind = "UNHEALTHY"   // the replacement of tasks that fail their health checks
	WaitStop       WaitKind = "STOP"        // tasks that are stopping
)

// Wait is one reason why a service is not yet as it should be, as data: events,
// descriptions, the dashboard and forecasts say it in their own words. Which
// members are set depends on the kind.
type Wait struct {
	Kind       WaitKind               `json:"kind"`
	Deployment ecs.DeploymentID       `json:"deployment,omitempty"`
	Tasks      int                    `json:"tasks,omitempty"`     // how many it is about
	Until      time.Time              `json:"until,omitzero"`      // when time alone ends it
	Leaving    int                    `json:"leaving,omitempty"`   // PLACE: as many of the tasks run meanwhile, on draining instances
	Unchecked  bool                   `json:"unchecked,omitempty"` // HEALTH: no check tells, so that time does
	Floor      int                    `json:"floor,omitempty"`     // BOUNDS: as many must stay healthy
	Ceiling    int                    `json:"ceiling,omitempty"`
	Zone       string                 `json:"availabilityZone,omitempty"` // ZONE
	Unplaced   *placement.Unplaceable `json:"unplaced,omitempty"`         // PLACE, ZONE
	Stage      *DeploymentWait        `json:"stage,omitempty"`            // STAGE
}

// Event is the wait in the words of ECS's service events (ECS semantics 4.15),
// or "" where ECS tells none of it.
func (w *Wait) Event() string {
	switch w.Kind {
	case WaitBounds:
		return "was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
	case WaitPlace:
		return w.Unplaced.ServiceEvent()
	case WaitLimit:
		return provisioningAtLimit
	case WaitZone:
		if w.Unplaced.NoCapacity {
			return fmt.Sprintf("is unable to place a task in %s.", w.Zone)
		}
		return fmt.Sprintf("is unable to place a task in %s because no container instance met all of its requirements.", w.Zone)
	case WaitThrottled:
		return "operations are being throttled. Will try again later."
	case WaitBackOff:
		return "is unable to consistently start tasks successfully."
	}
	return ""
}

// String says in few words what is waited for.
func (w *Wait) String() string {
	switch w.Kind {
	case WaitBounds:
		return fmt.Sprintf("floor %d, ceiling %d: nothing may start or stop", w.Floor, w.Ceiling)
	case WaitPlace:
		return w.withoutPlace() + ": " + w.Unplaced.Error()
	case WaitLimit:
		return "too many tasks of the cluster wait in PROVISIONING"
	case WaitCapacity:
		return w.tasks("in PROVISIONING until there is capacity")
	case WaitZone:
		return w.tasks("without a place in "+w.Zone) + ": " + w.Unplaced.Error()
	case WaitThrottled:
		return "operations are being throttled"
	case WaitFailed:
		return "the deployment failed and starts nothing more"
	case WaitStage:
		return w.Stage.String()
	case WaitProtection:
		return w.tasks("under scale-in protection")
	case WaitBackOff:
		return "tasks stopped before they ran: the next start waits"
	case WaitLaunchRate:
		return w.tasks("to start in the next minute")
	case WaitStart:
		return w.tasks("not running yet")
	case WaitHealth:
		if w.Unchecked {
			return w.tasks(fmt.Sprintf("running, not healthy yet: without a health check ECS counts a task as healthy after %s", rollout.HealthyAfter))
		}
		return w.tasks("running, not healthy yet")
	case WaitUnhealthy:
		return w.tasks("unhealthy")
	}
	return w.tasks("stopping")
}

func (w *Wait) tasks(how string) string { return tasksThat(w.Tasks, how) }

// withoutPlace tells the tasks that are not there from those that are, and cannot
// leave the instances that are being drained (ECS semantics 6.2).
func (w *Wait) withoutPlace() string {
	nowhere, missing := "on draining instances with nowhere to go", w.Tasks-w.Leaving
	if w.Leaving == 1 {
		nowhere = "on a draining instance with nowhere to go"
	}
	switch {
	case w.Leaving == 0:
		return w.tasks("without a place")
	case missing == 0:
		return w.tasks(nowhere)
	}
	return tasksThat(missing, "without a place") + " and " + tasksThat(w.Leaving, nowhere)
}

func tasksThat(n int, how string) string {
	if n == 1 {
		return "1 task " + how
	}
	return fmt.Sprintf("%d tasks %s", n, how)
}
