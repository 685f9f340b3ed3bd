package scheduler

import (
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
)

// Explanation is why a service is as it is: the bounds that its deployments keep
// within, where it stands between them, and everything that it waits for. A
// service at rest waits for nothing.
type Explanation struct {
	Service ecs.ServiceName `json:"service"`
	Floor   int             `json:"floor"`   // tasks that have to stay healthy
	Ceiling int             `json:"ceiling"` // tasks that may be there
	Healthy int             `json:"healthy"`
	Total   int             `json:"total"`
	Waits   []Wait          `json:"waits"`
}

// Explain says why a service is as it is; ok is false for an unknown one.
func (c *Cluster) Explain(name ecs.ServiceName) (e Explanation, ok bool) {
	s, ok := c.services[name]
	if !ok || len(s.Deployments) == 0 {
		return Explanation{Service: name, Waits: []Wait{}}, ok
	}
	t := c.tally(s)
	e = Explanation{Service: name, Waits: []Wait{}, Floor: t.Bounds.Lower, Ceiling: t.Bounds.Upper, Healthy: t.Healthy(), Total: t.Total()}
	if s.external() {
		c.explainSets(s, t, &e)
		return e, true
	}
	e.Waits = append(e.Waits, c.waits(s, t)...)
	return e, true
}

// Noun is the explanation for those who know nothing of the scheduler.
func (e *Explanation) Noun() ecs.Explanation {
	out := ecs.Explanation{Floor: e.Floor, Ceiling: e.Ceiling, Healthy: e.Healthy, Total: e.Total, Waits: []ecs.Wait{}}
	for i := range e.Waits {
		w := &e.Waits[i]
		out.Waits = append(out.Waits, ecs.Wait{
			Kind: string(w.Kind), Deployment: w.Deployment, Tasks: w.Tasks, Until: w.Until, Text: w.String(), Next: w.Next(),
		})
	}
	return out
}

// waits are the reasons why a service is not as it should be.
func (c *Cluster) waits(s *service, t *tally) []Wait {
	var out []Wait
	if t.Blocked() && !s.held() {
		out = append(out, boundsWait(t))
	}
	u := c.Unplaced(s.Spec.Name)
	switch {
	case u == nil:
	case s.Zone != "":
		out = append(out, Wait{Kind: WaitZone, Deployment: s.primary().ID, Tasks: 1, Zone: s.Zone, Unplaced: u})
	default:
		out = append(out, s.placeWait(t, u))
	}
	out = append(out, s.waitsOutside()...)
	if stage, ok := c.DeploymentWait(s.Spec.Name); ok {
		out = append(out, Wait{Kind: WaitStage, Deployment: s.primary().ID, Until: stage.Until, Stage: &stage})
	}
	if n, until := c.launchable(s); n == 0 && t.Short(0) > 0 {
		out = append(out, Wait{Kind: WaitLaunchRate, Deployment: s.primary().ID, Tasks: t.Short(0), Until: until})
	}
	for i, d := range s.Deployments {
		out = append(out, c.waitsOf(s, t, i, d)...)
	}
	if s.stopping > 0 {
		out = append(out, Wait{Kind: WaitStop, Tasks: s.stopping})
	}
	return out
}

// waitsOutside are the reasons that lie in none of its deployments.
func (s *service) waitsOutside() (out []Wait) {
	if s.stands(standingOperations) {
		out = append(out, Wait{Kind: WaitThrottled})
	}
	if s.stands(standingLimit) {
		out = append(out, Wait{Kind: WaitLimit})
	}
	if s.held() {
		out = append(out, Wait{Kind: WaitProtection, Tasks: s.protected})
	}
	return out
}

// waitsOf are the reasons that lie in one deployment.
func (c *Cluster) waitsOf(s *service, t *tally, i int, d *deployment) []Wait {
	var out []Wait
	add := func(kind WaitKind, tasks int, until time.Time) {
		out = append(out, Wait{Kind: kind, Deployment: d.ID, Tasks: tasks, Until: until})
	}
	x := &t.Deployments[i]
	if x.Failed && d.Status == ecs.DeploymentPrimary {
		add(WaitFailed, 0, time.Time{})
	}
	if x.Held && t.Service.Missing(i) > 0 {
		add(WaitBackOff, t.Service.Missing(i), d.NotBefore)
	}
	all := x.Staying.Plus(x.Leaving)
	capacity, until := c.waitsForCapacity(d)
	if capacity > 0 {
		add(WaitCapacity, capacity, until)
	}
	if all.Pending > capacity {
		add(WaitStart, all.Pending-capacity, time.Time{})
	}
	if all.Young > 0 {
		out = append(out, Wait{Kind: WaitHealth, Deployment: d.ID, Tasks: all.Young, Until: t.matures, Unchecked: s.unchecked(d)})
	}
	if all.Unhealthy > 0 {
		add(WaitUnhealthy, all.Unhealthy, time.Time{})
	}
	return out
}

// unchecked reports whether no check tells how the young tasks of the deployment
// are. Its tasks are all alike in that, so that the first one answers.
func (s *service) unchecked(d *deployment) bool {
	for _, t := range s.live {
		if t.dep == d && t.counted != 0 && t.counted.condition() == young {
			return t.containerHealth() == unchecked && t.targetHealth() == unchecked
		}
	}
	return false
}

// placeWait is the wait of the deployment that found no place.
func (s *service) placeWait(t *tally, u *placement.Unplaceable) Wait {
	for i, d := range s.Deployments {
		if d.ID == s.Refused {
			return placeWaitOf(t, i, d, u)
		}
	}
	return Wait{Kind: WaitPlace, Deployment: s.Refused, Unplaced: u}
}

// placeWaitOf is the wait of a deployment for places: for the tasks that it lacks,
// and for those that run and have to leave. What is pending on a draining instance
// stops at once.
func placeWaitOf(t *tally, i int, d *deployment, u *placement.Unplaceable) Wait {
	missing, leaving := t.Missing(i), t.Deployments[i].Leaving
	return Wait{Kind: WaitPlace, Deployment: d.ID, Tasks: missing, Leaving: min(missing, leaving.All()-leaving.Pending), Unplaced: u}
}

func boundsWait(t *tally) Wait {
	return Wait{Kind: WaitBounds, Floor: t.Bounds.Lower, Ceiling: t.Bounds.Upper, Tasks: t.Short(0)}
}
