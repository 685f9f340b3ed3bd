package life

import (
	"time"

	"gantry/ecs"
)

// Stop tells the task to stop (ECS semantics 4.14). One that ends already goes
// on to do so.
func (l *Life) Stop(at time.Time) {
	if l.ending || l.phase == over {
		return
	}
	l.now = max(l.now, at.Sub(l.begin))
	l.ending, l.phase, l.phaseAt = true, agentStops, l.now+agentTurn
	for i := range l.containers {
		l.containers[i].hush()
	}
	l.foresee()
}

// agentStops is the agent's turn after the task was told to stop.
func (l *Life) agentStops(x *Step) {
	for i := range l.containers {
		if l.containers[i].alive() {
			x.Status = ecs.TaskStopping
		}
	}
	l.wind(x)
}

// fail ends a task that fails to start.
func (l *Life) fail(x *Step, why string) { l.end(x, ecs.TaskFailedToStart, why) }

// end is the task's own end: what is left of it is stopped. Its lastStatus does
// not say so before all containers are stopped; STOPPING is what a task goes
// through that was told to stop (ECS semantics 5.1).
func (l *Life) end(x *Step, code ecs.StopCode, why string) {
	x.StopCode, x.StoppedReason = code, why
	l.ending = true
	l.wind(x)
}

// wind begins to stop what runs, and lets go of what does not.
func (l *Life) wind(x *Step) {
	l.phase, l.phaseAt = winding, never
	for i := range l.containers {
		c := &l.containers[i]
		c.hush()
		if c.state == restarting {
			c.stop(x.change(l.plan.containers[i].name))
		}
		if !c.alive() {
			c.state = stopped
		}
	}
}

// stop notes that a container which ran is stopped, with its exit code.
func (c *container) stop(n *Change) {
	c.state, c.due, c.exit, c.exited = stopped, never, never, true
	n.Status, n.Exited, n.ExitCode = ecs.TaskStopped, true, c.code
}

// shutDown sends SIGTERM to the containers that no container depends on any more
// which still runs: the reverse of the order of their start (ECS semantics 5.5).
// When all are stopped, the task is.
func (l *Life) shutDown(x *Step) {
	alive := false
	for i := range l.containers {
		c := &l.containers[i]
		if c.state == running && !l.needed(i) {
			l.terminate(c, &l.plan.containers[i])
		}
		alive = alive || c.alive()
	}
	if alive {
		return
	}
	if !l.plan.network {
		x.Status, l.phase = ecs.TaskStopped, over
		return
	}
	x.Status = ecs.TaskDeprovisioning
	l.phase, l.phaseAt = interfaceDetached, l.now+detachENI
	if x.Attachment == ecs.AttachmentFailedCreation {
		l.phase, l.phaseAt = gone, l.now+deleteENI // there is nothing to detach
	}
}

// needed reports whether a container still runs that depends on this one.
func (l *Life) needed(i int) bool {
	for _, d := range l.plan.containers[i].dependents {
		if l.containers[d].alive() {
			return true
		}
	}
	return false
}

// terminate sends a container SIGTERM, and SIGKILL when it takes longer than its
// stopTimeout (ECS semantics 4.14).
func (l *Life) terminate(c *container, p *planned) {
	timeout := p.stop
	if timeout <= 0 {
		timeout = defaultStop
	}
	if l.fargate {
		timeout = min(timeout, fargateMaxStop)
	}
	took := l.span(p.fate.Stop, p.salts.stop, 300*time.Millisecond, 800*time.Millisecond)
	c.code = p.fate.StopExit
	if p.fate.Ignores || took > timeout || p.failing.stage == ofStop && c.bad {
		took, c.code = timeout, 137
	}
	c.state, c.due, c.exit = stopping, l.now+took, never
}
