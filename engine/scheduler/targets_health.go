package scheduler

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/target"
)

// setTargetTimer sets when the first of the task's targets changes its state.
// While all of them go on as they are there is no timer.
func (c *Cluster) setTargetTimer(t *task) {
	var first time.Time
	for i := range t.Balance.Targets {
		if !t.wanted() && !t.Balance.Drains {
			break // nobody waits for it
		}
		e := &t.Balance.Targets[i]
		s := c.settings(e)
		if at, ok := e.Next(&s); ok {
			first = earlier(first, at)
		}
	}
	c.set(timerTarget, string(t.ID), first, t.svc != nil && t.svc.restless())
}

// setTargetTimers sets those of all tasks of a service anew: what they bring is
// a repeat from now on, or is none any more.
func (c *Cluster) setTargetTimers(s *service) {
	for _, t := range s.live {
		if t.Balance != nil {
			c.setTargetTimer(t)
		}
	}
}

// targetsDue is the moment in which targets of a task change their state.
func (c *Cluster) targetsDue(id ecs.TaskID) {
	t, ok := c.tasks[id]
	if !ok || t.Balance == nil {
		return
	}
	for i := range t.Balance.Targets {
		e := &t.Balance.Targets[i]
		s := c.settings(e)
		e.Advance(&s, c.now)
	}
	c.recount(t)
	c.setTargetTimer(t)
	if t.Balance.Drains {
		c.drained(t)
		return
	}
	if t.svc != nil && t.wanted() {
		c.wake(t.svc, c.now.Add(PassDelay))
	}
}

// answers takes the news that a container answers the health checks of load
// balancers from now on, or does not.
func (c *Cluster) answers(t *task, cmd *ContainerChange) {
	if cmd.Responds == nil || !t.wanted() || len(t.balancers()) == 0 {
		return
	}
	var answer target.Answer
	if !*cmd.Responds {
		answer = target.AnswerOf(cmd.ResponseReason)
	}
	b := t.balance()
	b.Silent = slices.DeleteFunc(b.Silent, func(x silence) bool { return x.Container == cmd.Name })
	if answer != "" {
		b.Silent = append(b.Silent, silence{cmd.Name, answer})
	}
	for i := range b.Targets {
		if e := &b.Targets[i]; e.ContainerName == cmd.Name {
			s := c.settings(e)
			e.Tell(&s, c.now, answer)
		}
	}
	c.recount(t)
	c.setTargetTimer(t)
}

// health is how a task stands with one of the two kinds of checks.
type health int

const (
	unchecked health = iota // nothing checks it
	unknown
	good
	bad
)

// containerHealth is what its container health checks say of a task.
func (t *task) containerHealth() health {
	switch {
	case !t.def.checked:
		return unchecked
	case t.Task.HealthStatus == ecs.HealthHealthy:
		return good
	case t.Task.HealthStatus == ecs.HealthUnhealthy:
		return bad
	}
	return unknown
}

// targetHealth is what the load balancers say of a task: with several target
// groups all have to find it healthy (ECS semantics 4.4).
func (t *task) targetHealth() health {
	if !t.Registered {
		if len(t.balancers()) > 0 {
			return unknown
		}
		return unchecked
	}
	if t.Balance == nil || len(t.Balance.Targets) == 0 {
		return unchecked
	}
	out := good
	for i := range t.Balance.Targets {
		switch t.Balance.Targets[i].State {
		case ecs.TargetUnhealthy:
			return bad
		case ecs.TargetInitial:
			out = unknown
		}
	}
	return out
}

// sickTarget is the first target of the task that is unhealthy, or nil.
func (t *task) sickTarget() *enrolled {
	if t.Balance == nil {
		return nil
	}
	i := slices.IndexFunc(t.Balance.Targets, func(e enrolled) bool { return e.State == ecs.TargetUnhealthy })
	if i < 0 {
		return nil
	}
	return &t.Balance.Targets[i]
}

// tellSickTarget tells that a load balancer finds a task unhealthy (ECS
// semantics 4.15). ECS publishes no rule when: we tell it when the scheduler
// sees it, once until the task is healthy again, so that a replacement that is
// long in coming is explained.
func (c *Cluster) tellSickTarget(s *service, t *task) {
	e := t.sickTarget()
	switch {
	case e == nil:
	case e.TargetGroupARN == "":
		id, _ := c.targetAddress(t, e)
		c.event(s, "(instance %s) is unhealthy in %s due to (reason Instance has failed at least the UnhealthyThreshold number of health checks consecutively.)", id, e.where())
	default:
		_, port := c.targetAddress(t, e)
		c.event(s, "(task %s) (port %d) is unhealthy in %s due to (reason %s).", t.ID, port, e.where(), e.Why)
	}
}

// sickReason is why an unhealthy task is stopped (ECS semantics 5.3).
func (t *task) sickReason() string {
	if e := t.sickTarget(); e != nil && t.containerHealth() != bad {
		return fmt.Sprintf("Task failed ELB health checks in %s", e.where())
	}
	return "Task failed container health checks"
}
