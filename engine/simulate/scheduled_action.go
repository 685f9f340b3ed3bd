package simulate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

// action is a scheduled action and when it comes up next.
type action struct {
	Action ecs.ScheduledAction `json:"action"`
	Next   time.Time           `json:"next,omitzero"` // zero: never again

	schedule autoscaling.Schedule
}

// plan works out when the action comes up after a time.
func (a *action) plan(after time.Time) {
	next, ok := a.schedule.Next(after, autoscaling.Window{Created: a.Action.CreationTime, Start: a.Action.StartTime, End: a.Action.EndTime})
	a.Next = time.Time{}
	if ok {
		a.Next = next
	}
}

// ScheduledActions are the scheduled actions of a service, by name.
func (s *Simulation) ScheduledActions(name ecs.ServiceName) []ecs.ScheduledAction {
	t := s.scaling.targets[name]
	if t == nil {
		return nil
	}
	var out []ecs.ScheduledAction
	for _, a := range t.Actions {
		out = append(out, a.Action)
	}
	return out
}

func (s *Simulation) putScheduledAction(now time.Time, cmd *PutScheduledAction) error {
	t, err := s.registered(cmd.Service)
	if err != nil {
		return err
	}
	x := cmd.Action
	at, found := slices.BinarySearchFunc(t.Actions, x.Name, func(a *action, name string) int { return strings.Compare(a.Action.Name, name) })
	if found {
		x = changedAction(t.Actions[at].Action, x)
	}
	schedule, refusal := autoscaling.ValidateScheduledAction(&x)
	if refusal != nil {
		return refusal
	}
	if !found && len(t.Actions) >= autoscaling.MaxScheduledActions {
		return &ecs.Error{Code: ecs.CodeLimitExceeded, Message: fmt.Sprintf("A scalable target has at most %d scheduled actions", autoscaling.MaxScheduledActions)}
	}
	x.ServiceNamespace, x.ResourceID, x.ScalableDimension = ecs.ScalingNamespace, t.Target.ResourceID, ecs.DesiredCountScaling
	if found {
		t.Actions[at].Action, t.Actions[at].schedule = x, schedule
	} else {
		x.ARN = s.cluster.Config().Scope.ARN("autoscaling", fmt.Sprintf("scheduledAction:%s:resource/ecs/%s:scheduledActionName/%s", s.scalingID("action"), t.Target.ResourceID, x.Name))
		x.CreationTime = now
		t.Actions = slices.Insert(t.Actions, at, &action{Action: x, schedule: schedule})
	}
	t.Actions[at].plan(now)
	return nil
}

// changedAction is an action after a change, which leaves members as they are
// that it does not set, but for start and end times: those are deleted [AAS API:
// PutScheduledAction].
func changedAction(old, x ecs.ScheduledAction) ecs.ScheduledAction {
	x.ARN, x.CreationTime = old.ARN, old.CreationTime
	x.Schedule = cmp.Or(x.Schedule, old.Schedule)
	x.Timezone = cmp.Or(x.Timezone, old.Timezone)
	if x.ScalableTargetAction == nil {
		x.ScalableTargetAction = old.ScalableTargetAction
	}
	return x
}

func (s *Simulation) deleteScheduledAction(cmd *DeleteScheduledAction) error {
	t := s.scaling.targets[cmd.Service]
	i := -1
	if t != nil {
		i = slices.IndexFunc(t.Actions, func(a *action) bool { return a.Action.Name == cmd.Name })
	}
	if i < 0 {
		return s.notFound("No scheduled action found", cmd.Service, cmd.Name)
	}
	t.Actions = slices.Delete(t.Actions, i, i+1)
	return nil
}

// runActions does the scheduled actions that are due, by service and name. One
// that comes up while scheduled scaling is suspended is left out for good [AAS:
// Suspending and resuming scaling].
func (s *Simulation) runActions(now time.Time) {
	for _, t := range s.scaling.targetList() {
		for _, a := range t.Actions {
			if a.Next.IsZero() || a.Next.After(now) {
				continue
			}
			a.plan(now)
			if !t.Target.SuspendedState.ScheduledScalingSuspended {
				s.runAction(now, t, &a.Action)
			}
		}
	}
}

// runAction sets new bounds, and brings the service within them.
func (s *Simulation) runAction(now time.Time, t *scalable, x *ecs.ScheduledAction) {
	least, most := t.Target.MinCapacity, t.Target.MaxCapacity
	set(&least, x.ScalableTargetAction.MinCapacity)
	set(&most, x.ScalableTargetAction.MaxCapacity)
	var parts []string
	if n := x.ScalableTargetAction.MinCapacity; n != nil {
		parts = append(parts, fmt.Sprintf("min capacity to %d", *n))
	}
	if n := x.ScalableTargetAction.MaxCapacity; n != nil {
		parts = append(parts, fmt.Sprintf("max capacity to %d", *n))
	}
	what := strings.Join(parts, " and ")
	a := s.record(now, t, "Setting "+what+".", fmt.Sprintf("scheduled action name %s was triggered", x.Name))
	a.EndTime = now
	s.scaling.news(now)
	if err := autoscaling.ValidateBounds(least, most); err != nil {
		a.StatusCode, a.StatusMessage = ecs.ActivityFailed, "Failed to set "+what+". Reason: "+err.Message
		return
	}
	a.StatusCode, a.StatusMessage = ecs.ActivitySuccessful, "Successfully set "+what
	t.Target.MinCapacity, t.Target.MaxCapacity = least, most
	s.clamp(now, t)
}
