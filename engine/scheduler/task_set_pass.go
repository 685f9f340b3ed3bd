package scheduler

import (
	"fmt"
	"slices"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// Minimum and maximum percent of a service whose deployments come from outside
// are fixed. They bind while container instances are drained (ECS semantics 4.1).
const (
	externalMinimum = 100
	externalMaximum = 200
)

// passExternal keeps each task set at its share of the service: to the scheduler
// it is a service of its own, with one deployment that does not end.
func (c *Cluster) passExternal(s *service) {
	c.registerTargets(s)
	c.deregisterTargets(s)
	c.noteShares(s)
	c.dropSets(s)
	t := c.tally(s)
	c.noteHealth(s)
	moved := make([]bool, len(s.Deployments))
	c.startSets(s, t, moved)
	t = c.tally(s)
	stopped := c.stopSets(s, t, moved)
	t = c.tally(s)
	c.concludeSets(s, t, moved)
	c.wakeAgain(s, t, stopped > 0)
	if n, until := c.launchable(s); n == 0 {
		c.wake(s, until)
	}
}

// startSets starts what the task sets lack, as far as there are places, and notes
// which of them that moves.
func (c *Cluster) startSets(s *service, t *tally, moved []bool) {
	wanted := make([]int, len(s.Deployments))
	for i := range wanted {
		wanted[i] = t.alone(s, i).Starts()[0]
	}
	switch {
	case !slices.ContainsFunc(wanted, func(n int) bool { return n > 0 }):
		c.over(s, standingOperations)
	case c.throttled(s):
		return
	}
	var out starts
	for i, d := range s.Deployments {
		before := len(out.tasks)
		room, _ := c.launchable(s)
		out.held = out.held || t.alone(s, i).Holds(0) || wanted[i] > 0 && room <= 0
		if n := min(wanted[i], room); n > 0 {
			c.startSome(s, d, n, &out)
		}
		moved[i] = len(out.tasks) > before
		s.speaking = d
		c.tellStarted(s, out.tasks[before:], 0)
		s.speaking = nil
	}
	c.noteRefusal(s, &out)
	c.noteLimit(s, out.limited)
}

// alone is a task set as a service of its own.
func (t *tally) alone(s *service, i int) *rollout.Service {
	n := s.share(s.Deployments[i])
	return &rollout.Service{
		Desired: n, Bounds: rollout.BoundsOf(n, externalMinimum, externalMaximum), Deployments: t.Deployments[i : i+1],
	}
}

// stopSets stops what the task sets have too many of, and notes which of them
// that moves.
func (c *Cluster) stopSets(s *service, t *tally, moved []bool) int {
	n, all := 0, make([]rollout.Stop, len(s.Deployments))
	for i, d := range s.Deployments {
		if all[i] = t.alone(s, i).Stops()[0]; all[i].All() == 0 {
			continue
		}
		stops := make([]rollout.Stop, len(s.Deployments))
		stops[i] = all[i]
		s.speaking, moved[i] = d, true
		n += c.stopAll(s, t, stops)
		s.speaking = nil
	}
	c.tellProtected(s, t, all)
	return n
}

// concludeSets notes which task sets are as they should be.
func (c *Cluster) concludeSets(s *service, t *tally, moved []bool) {
	steady := true
	var impaired []ecs.ARN
	for i, d := range s.Deployments {
		now := ecs.Stabilizing
		if !moved[i] && t.alone(s, i).Complete() && d.draining == 0 {
			now = ecs.SteadyState
		}
		if d.backsOff() && d.Status != ecs.TaskSetDraining {
			impaired = append(impaired, c.taskSetARN(s, d))
		}
		steady = steady && now == ecs.SteadyState && d.Status != ecs.TaskSetDraining
		if d.Set.Stability == now {
			continue
		}
		d.Set.Stability, d.Set.StabilityAt = now, c.now
		if now == ecs.SteadyState && d.Status != ecs.TaskSetDraining {
			s.speaking = d
			c.event(s, "has reached a steady state.")
			s.speaking = nil
			c.act(s, ecs.ActionDetail{Type: ecs.EventInfo, Name: "TASKSET_STEADY_STATE", TaskSetARNs: []ecs.ARN{c.taskSetARN(s, d)}})
		}
	}
	c.noteBackOff(s, len(impaired) > 0, impaired...)
	if !steady {
		c.over(s, standingSteady)
		return
	}
	c.over(s, standingGivenUp)
	if len(s.Deployments) > 0 && c.tell(s, standingSteady, "has reached a steady state.") {
		c.tellAction(s, standingSteady, ecs.ActionDetail{Type: ecs.EventInfo, Name: "SERVICE_STEADY_STATE"})
	}
}

// dropSets takes the task sets out that were deleted and have nothing left.
func (c *Cluster) dropSets(s *service) {
	s.Deployments = slices.DeleteFunc(s.Deployments, func(d *deployment) bool {
		gone := d.Status == ecs.TaskSetDraining && !slices.ContainsFunc(s.live, func(t *task) bool { return t.dep == d })
		if gone {
			s.Revisions = slices.DeleteFunc(s.Revisions, func(r *ecs.ServiceRevision) bool { return r.ARN == d.Revision })
			c.let(d.Definition)
			d.Status = ecs.DeploymentInactive
		}
		return gone
	})
}

// speaker is who an event of the service is about.
func (s *service) speaker() string {
	if s.speaking != nil {
		return fmt.Sprintf("(service %s, taskSet %s) ", s.Spec.Name, s.speaking.ID)
	}
	return fmt.Sprintf("(service %s) ", s.Spec.Name)
}

// speakingFor does something for each of the task sets that the tasks belong to, with
// those, while events are about that set. A service whose deployments the
// scheduler makes speaks for all of its tasks at once (ECS semantics 4.14).
func (s *service) speakingFor(tasks []*task, do func(of []*task)) {
	if !s.external() {
		do(tasks)
		return
	}
	for len(tasks) > 0 {
		d := tasks[0].dep
		var own, others []*task
		for _, t := range tasks {
			if t.dep == d {
				own = append(own, t)
			} else {
				others = append(others, t)
			}
		}
		s.speaking = d
		do(own)
		s.speaking, tasks = nil, others
	}
}

// explainSets is Explain for a service whose deployments are made from outside:
// its bounds are those of its task sets together.
func (c *Cluster) explainSets(s *service, t *tally, e *Explanation) {
	unplaced := Wait{Kind: WaitPlace, Deployment: s.Refused} // of the task set that found no place
	e.Floor, e.Ceiling = 0, 0
	for i, d := range s.Deployments {
		alone := t.alone(s, i)
		e.Floor += alone.Bounds.Lower
		e.Ceiling += alone.Bounds.Upper
		one := *t
		one.Service = *alone
		if d.ID == s.Refused {
			unplaced = placeWaitOf(&one, 0, d, nil)
		}
		e.Waits = append(e.Waits, c.waitsOf(s, &one, 0, d)...)
	}
	if u := c.Unplaced(s.Spec.Name); u != nil {
		unplaced.Unplaced = u
		e.Waits = append(e.Waits, unplaced)
	}
	e.Waits = append(e.Waits, s.waitsOutside()...)
	if s.stopping > 0 {
		e.Waits = append(e.Waits, Wait{Kind: WaitStop, Tasks: s.stopping})
	}
}
