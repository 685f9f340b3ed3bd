package life

import (
	"time"

	"gantry/ecs"
)

// follow is what follows from a step: what waited may start, the task is RUNNING
// or has another health, and what was to end ends.
func (l *Life) follow(x *Step) {
	if l.phase == living {
		l.release(x)
	}
	if l.phase == living {
		if !l.running && l.ready() {
			l.running, x.Status = true, ecs.TaskRunning
		}
		if l.plan.checked {
			if h := l.fold(); h != l.health {
				l.health, x.Health = h, h
			}
		}
	}
	if l.phase == winding {
		l.shutDown(x)
	}
}

// ready reports whether the task is RUNNING: each container has been started,
// and one that has exited already was not essential (ECS semantics 5.1).
func (l *Life) ready() bool {
	for i := range l.containers {
		switch c := &l.containers[i]; c.state {
		case running:
			if c.exit <= l.now {
				return false // it exits before anybody sees it run
			}
		case restarting, stopped:
		default:
			return false
		}
	}
	return true
}

// release starts the containers that waited for what is now the case, and fails
// the task when one waits in vain.
func (l *Life) release(x *Step) {
	for i := range l.containers {
		c, p := &l.containers[i], &l.plan.containers[i]
		if c.state != waiting {
			continue
		}
		ready, doomed, until := l.resolved(p)
		switch {
		case doomed:
			l.fail(x, l.unresolved())
			return
		case ready:
			c.state, c.due = starting, l.now+l.startTime(p, c.bad)
		default:
			c.due = until
		}
	}
}

// resolved reports whether all that the container waits for is the case, or can
// never be; and until when it goes on to wait. The startTimeout of what it
// depends on bounds the wait, from the start of that on, but for START; without
// one it waits for ever, as the agent does (ECS semantics 5.5
// [AGENT: agent/engine/dependencygraph]).
func (l *Life) resolved(p *planned) (ready, doomed bool, until time.Duration) {
	ready, until = true, never
	for _, d := range p.after {
		on, its := &l.containers[d.on], &l.plan.containers[d.on]
		done, failed := on.meets(d.condition, its.check != nil)
		if failed {
			return false, true, never
		}
		if done {
			continue
		}
		ready = false
		if on.state == running && its.start > 0 && d.condition != onStart {
			until = min(until, on.since+its.start)
		}
	}
	return ready, false, until
}

// meets reports whether the condition is the case, or can never be. A container
// that was never started meets none.
func (c *container) meets(condition string, checked bool) (done, failed bool) {
	over := c.state == stopped
	switch condition {
	case onComplete:
		return over && c.exited, over && !c.exited
	case onSuccess:
		return over && c.exited && c.code == 0, over && (!c.exited || c.code != 0)
	case onHealthy:
		health := c.health()
		return !over && health == ecs.HealthHealthy, over || health == ecs.HealthUnhealthy || !checked
	}
	return c.ran, over && !c.ran
}

// unresolved is what the agent says of a container that waits in vain [AGENT:
// agent/engine/task_manager.go]; that a task shows it so is unconfirmed.
func (l *Life) unresolved() string {
	return "TaskDependencyError: Task dependencies cannot be resolved, taskArn: " + string(l.task.ARN())
}
