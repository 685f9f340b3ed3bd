package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
)

// deactivate takes a task that shall stop out of its target groups and service
// registries first: it is DEACTIVATING until their deregistration delay is over,
// and only then gets its SIGTERM (ECS semantics 4.14, 5.1). It reports whether
// there is anything to take it out of.
func (c *Cluster) deactivate(t *task) bool {
	if !t.enrolled() || t.Task.LastStatus != ecs.TaskRunning {
		return false
	}
	c.setStatus(t, ecs.TaskDeactivating)
	c.decide(Decision{Changed: t.ID})
	t.Balance.Drains = true
	if t.dep != nil {
		t.dep.draining++
	}
	c.departs(t)
	return true
}

// enrolled reports whether the task is a target, or known to AWS Cloud Map, and
// has not been deregistered yet.
func (t *task) enrolled() bool {
	if t.Balance == nil || len(t.Balance.Targets) == 0 {
		return t.Balance != nil && t.Balance.Discovered
	}
	e := &t.Balance.Targets[0]
	return e.State != ecs.TargetDraining && e.State != ecs.TargetUnused
}

// departs puts a task on the list of those to be deregistered by the next pass:
// in the rollout observed that is ten seconds after the task was stopped (ECS
// semantics 4.3).
func (c *Cluster) departs(t *task) {
	if !t.enrolled() || t.Balance.Leaves || t.svc == nil {
		return
	}
	t.Balance.Leaves = true
	t.svc.departing = append(t.svc.departing, t)
	c.wake(t.svc, c.now.Add(PassDelay))
}

// deregisterTargets deregisters the tasks that were stopped since the last pass.
func (c *Cluster) deregisterTargets(s *service) {
	if len(s.departing) == 0 {
		return
	}
	departing := s.departing
	s.departing = nil
	slices.SortFunc(departing, bySeq)
	s.speakingFor(departing, func(of []*task) { c.deregister(s, of) })
}

// deregister deregisters tasks, and tells it.
func (c *Cluster) deregister(s *service, tasks []*task) {
	var told targetCount
	for _, t := range tasks {
		told.add(t)
		t.Balance.Leaves, t.Balance.Discovered = false, false
		if t.Task.LastStatus == ecs.TaskStopped {
			t.Balance = nil
			continue
		}
		for i := range t.Balance.Targets {
			e := &t.Balance.Targets[i]
			settings := c.settings(e)
			e.Deregister(&settings, c.now)
		}
		c.setTargetTimer(t)
		if t.Balance.Drains {
			c.drained(t)
		}
	}
	for _, x := range told.each {
		c.event(s, "deregistered %d %s in %s", x.targets, x.noun, x.where)
	}
	if told.tasks > 0 {
		c.event(s, "has begun draining connections on %d tasks.", told.tasks)
	}
}

// drained lets a task stop when the connections of all its targets have ended.
func (c *Cluster) drained(t *task) {
	if slices.ContainsFunc(t.Balance.Targets, func(e enrolled) bool { return e.State != ecs.TargetUnused }) {
		return
	}
	c.endDraining(t)
	c.decide(Decision{Stop: t.ID})
}

// endDraining notes that a task waits for its connections no more: they have
// ended, or it has. Its deployment may be at its end with that.
func (c *Cluster) endDraining(t *task) {
	if t.Balance == nil || !t.Balance.Drains {
		return
	}
	t.Balance.Drains = false
	if t.dep != nil {
		t.dep.draining--
	}
	if t.svc != nil {
		c.wake(t.svc, c.now.Add(PassDelay))
	}
}

// leftTargets ends what is remembered of a task's targets with the task itself.
// What the next pass has yet to tell of them it keeps for so long.
func (c *Cluster) leftTargets(t *task) {
	if t.Balance == nil {
		return
	}
	c.departs(t)
	c.endDraining(t)
	t.Balance.Silent = nil
	c.set(timerTarget, string(t.ID), time.Time{}, false)
	if !t.Balance.Leaves {
		t.Balance = nil
	}
}

// drains reports whether connections of tasks of old deployments still drain:
// the entries of these stay for so long, so no deployment is complete. In the
// rollout observed (ECS semantics 4.3) it was 52 s from the beginning of the
// draining to the completion.
func (s *service) drains() bool {
	return slices.ContainsFunc(s.Deployments, func(d *deployment) bool {
		return d.Status != ecs.DeploymentPrimary && d.draining > 0
	})
}
