package simulate

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

const (
	activitiesKept = 100 // of a service; the API keeps those of six weeks
	// An activity under way is looked at again and again until the service has
	// what was asked for. How often, and for how long, the documentation leaves
	// open: "Unfulfilled" is said to be when scaling timed out.
	lookEvery  = 10 * time.Second
	fulfilment = 30 * time.Minute
)

// openActivity is a change of the desired count that is under way.
type openActivity struct {
	ID       string      `json:"id"`
	To       int         `json:"to"`
	Out      bool        `json:"out,omitempty"`
	Since    time.Time   `json:"since"`
	LookAt   time.Time   `json:"lookAt"`
	Policy   bool        `json:"policy,omitempty"` // a cooldown follows
	Cooldown ecs.Seconds `json:"cooldown,omitempty"`
}

// ScalingActivities are the activities of a service's scaling, the newest first.
// Those that were not scaled, for a reason, are among them when they are asked for.
func (s *Simulation) ScalingActivities(name ecs.ServiceName, notScaled bool) []ecs.ScalingActivity {
	var out []ecs.ScalingActivity
	for _, a := range s.scaling.activities[name] {
		if notScaled || len(a.NotScaledReasons) == 0 {
			out = append(out, a)
		}
	}
	return out
}

// record begins an activity.
func (s *Simulation) record(now time.Time, t *scalable, description, cause string) *ecs.ScalingActivity {
	list := s.scaling.activities[t.Service]
	list = slices.Insert(list, 0, ecs.ScalingActivity{
		ActivityID: s.scalingID("activity"), ServiceNamespace: ecs.ScalingNamespace, ResourceID: t.Target.ResourceID,
		ScalableDimension: ecs.DesiredCountScaling, Description: description, Cause: cause, StartTime: now,
	})
	list = list[:min(len(list), activitiesKept)]
	s.scaling.activities[t.Service] = list
	return &list[0]
}

// setDesired scales a target. Change is nil when no policy does.
func (s *Simulation) setDesired(now time.Time, t *scalable, to int, cause string, change *autoscaling.Change, cooldown time.Duration) {
	s.closeActivity(now, t, ecs.ActivityOverridden, "The desired count was updated by a newer scaling event.")
	a := s.record(now, t, fmt.Sprintf("Setting desired count to %d.", to), cause)
	s.scaling.repeats++
	s.scaling.news(now)
	before, _, _ := s.cluster.Capacity(t.Service)
	if err := s.setCount(now, t.Service, to); err != nil {
		a.StatusCode, a.EndTime = ecs.ActivityFailed, now
		a.StatusMessage = fmt.Sprintf("Failed to set desired count to %d. Reason: %s", to, err)
		return
	}
	a.StatusCode = ecs.ActivityInProgress
	a.StatusMessage = fmt.Sprintf("Successfully set desired count to %d. Waiting for change to be fulfilled by ecs.", to)
	t.Open = &openActivity{
		ID: a.ActivityID, To: to, Out: to > before, Since: now, LookAt: now.Add(lookEvery), Policy: change != nil, Cooldown: ecs.Seconds(cooldown),
	}
	if change != nil {
		t.Last = change
	}
}

// look sees whether a change has come true.
func (s *Simulation) look(now time.Time, t *scalable) {
	o := t.Open
	desired, running, ok := s.cluster.Capacity(t.Service)
	switch {
	case !ok || desired != o.To:
		s.closeActivity(now, t, ecs.ActivityOverridden, "The desired count was updated by somebody else.")
	case o.Out && running >= o.To, !o.Out && running <= o.To:
		s.closeActivity(now, t, ecs.ActivitySuccessful, fmt.Sprintf("Successfully set desired count to %d. Change successfully fulfilled by ecs.", o.To))
	case now.Sub(o.Since) >= fulfilment:
		s.closeActivity(now, t, ecs.ActivityUnfulfilled, fmt.Sprintf("Successfully set desired count to %d. The change was not fulfilled by ecs in time.", o.To))
	default:
		o.LookAt = now.Add(lookEvery)
	}
}

// closeActivity ends the activity that is under way, if there is one. The
// cooldown of a policy begins when its change has come true [AAS: Target
// tracking scaling policies, cooldown period]; without that there is none.
func (s *Simulation) closeActivity(now time.Time, t *scalable, status ecs.ScalingActivityStatus, message string) {
	o := t.Open
	if o == nil {
		return
	}
	t.Open = nil
	if o.Policy && t.Last != nil {
		t.Last.Until = now
		if status == ecs.ActivitySuccessful {
			t.Last.Until = now.Add(o.Cooldown.Duration())
		}
	}
	list := s.scaling.activities[t.Service]
	if i := slices.IndexFunc(list, func(a ecs.ScalingActivity) bool { return a.ActivityID == o.ID }); i >= 0 {
		list[i].StatusCode, list[i].StatusMessage, list[i].EndTime = status, message, now
	}
	s.scaling.news(now)
}

// noteHolds records the calls that are not followed, once for as long as the
// reason lasts.
func (s *Simulation) noteHolds(now time.Time, t *scalable, state autoscaling.Target, answers []autoscaling.Answer) {
	for _, a := range answers {
		reason, told := a.Hold.Reason(state)
		lasts := slices.ContainsFunc(t.Answers, func(b autoscaling.Answer) bool {
			return a.Policy == b.Policy && a.Alarm == b.Alarm && a.Hold == b.Hold
		})
		if !told || lasts {
			continue
		}
		n := s.record(now, t, "Attempting to scale due to alarm triggered", alarmed(a.Alarm, a.Policy))
		n.StatusCode, n.NotScaledReasons = ecs.ActivityFailed, []ecs.NotScaledReason{reason}
	}
}

func calledBy(c autoscaling.Call) string { return alarmed(c.Alarm.Name, c.Policy.Name) }

// alarmed is the cause of an activity, in the words of the API.
func alarmed(alarm, policy string) string {
	return fmt.Sprintf("monitor alarm %s in state ALARM triggered policy %s", alarm, policy)
}
