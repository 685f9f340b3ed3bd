package life

import (
	"time"

	"gantry/ecs"
)

// state is where a container is on its way.
type state uint8

const (
	unasked state = iota // nobody asked for its image yet
	pulling
	waiting // for its dependencies
	starting
	running
	restarting // in place, by its restart policy
	stopping   // it was sent SIGTERM
	stopped
)

// container is one container of a life. Times are since the task was started.
type container struct {
	due      time.Duration // end of pulling, starting, restarting or stopping; when it gives up waiting
	exit     time.Duration // its own end, while it runs
	since    time.Duration // its last start
	check    *checking     // its health; nil without a health check
	port     *answering    // nil as long as its port answers well
	code     int           // that it exited with
	restarts int
	state    state
	bad      bool // what may go wrong with it does
	ran      bool
	exited   bool // with a code
}

// alive reports whether the container runs.
func (c *container) alive() bool { return c.state == running || c.state == stopping }

// next is when the next thing happens to the container.
func (c *container) next() time.Duration {
	at := c.due
	if c.state != running {
		return at
	}
	at = min(at, c.exit)
	if c.check != nil && c.check.at != never {
		at = min(at, c.since+c.check.at)
	}
	if c.port != nil && c.port.at != never {
		at = min(at, c.since+c.port.at)
	}
	return at
}

// circles is how many times something is seen before it goes in circles.
const circles = 4

// repeats reports whether the next thing that happens to the container has
// happened before and will again, for ever. What leads back to where it is well
// is none: it rests there, if anywhere.
func (c *container) repeats() bool {
	at := c.next()
	switch {
	case c.state != running:
		return false
	case at == c.exit:
		return c.restarts >= circles
	case c.check != nil && c.check.at != never && at == c.since+c.check.at:
		return c.check.turns >= circles && (c.check.health == ecs.HealthHealthy || c.check.turn == c.check.health)
	}
	return c.port != nil && c.port.turns >= circles && c.port.well
}

func (c *container) health() ecs.HealthStatus {
	if c.check == nil {
		return ecs.HealthUnknown
	}
	return c.check.health
}

// hush ends what is followed of the container but for its end.
func (c *container) hush() {
	if c.check != nil {
		c.check.at = never
	}
	if c.port != nil {
		c.port.at = never
	}
	switch c.state {
	case running, stopping, stopped:
	default:
		c.due = never
	}
}

// happen is what is due for a container.
func (l *Life) happen(i int, x *Step) {
	c, p := &l.containers[i], &l.plan.containers[i]
	switch c.state {
	case pulling:
		l.pulled(i, x)
	case waiting: // it gives up
		l.fail(x, l.unresolved())
	case starting:
		l.started(i, x)
	case restarting:
		c.state, c.due = running, never
		c.restarts++
		l.run(c, p, x.change(p.name))
	case stopping:
		n := x.change(p.name)
		c.stop(n)
		if p.failing.stage == ofStop && c.bad {
			n.Reason = p.words()
		}
	case running:
		switch {
		case c.exit <= l.now:
			l.exits(i, x)
		case c.check != nil && c.check.at != never && c.since+c.check.at <= l.now:
			if c.check.pass(p.check) {
				x.change(p.name).Health = c.check.health
			}
		default:
			c.port.pass()
			p.tellPort(c, x.change(p.name))
		}
	}
}

// pulled is the end of a container's image pull. Each container goes on as soon
// as its own image is there. One that is not essential can fail without
// bringing down the task; on Fargate, where nothing is cached, the agent stops
// the task in any case [AGENT: agent/engine/task_manager.go].
func (l *Life) pulled(i int, x *Step) {
	c, p := &l.containers[i], &l.plan.containers[i]
	l.unpulled--
	why := ""
	if p.failing.stage == ofPull && c.bad {
		why = p.words()
	} else if p.fate.Pull > pullTimeout {
		why = pullTimedOut
	} else if i < len(l.images) {
		why = l.images[i].Error
	}
	if why != "" {
		l.cannot(i, x, why)
		if l.fargate && !l.ending {
			l.fail(x, why)
		}
		x.PullStopped = l.unpulled == 0 && !l.ending
		return
	}
	c.state, c.due = waiting, never
	x.PullStopped = l.unpulled == 0
	if i < len(l.images) {
		x.change(p.name).ImageDigest = l.images[i].Digest
	}
}

// started is the end of a container's start, good or bad.
func (l *Life) started(i int, x *Step) {
	c, p := &l.containers[i], &l.plan.containers[i]
	if p.failing.stage == ofStart && c.bad {
		l.cannot(i, x, p.words())
		return
	}
	c.state, c.due, c.ran = running, never, true
	n := x.change(p.name)
	n.Status = ecs.TaskRunning
	l.run(c, p, n)
}

// run lets a container run from now on.
func (l *Life) run(c *container, p *planned, n *Change) {
	c.since, c.exit = l.now, never
	if _, ends := p.fate.Ends(); ends && c.bad {
		c.exit = l.now + p.fate.After
	}
	check, port := p.fate.courses(c.bad, 0)
	if p.check != nil {
		before := ecs.HealthUnknown
		if c.check == nil {
			c.check = &checking{}
		} else {
			before = c.check.health
		}
		c.check.hangs = p.fate.Code == NoAnswer
		c.check.begin(p.check, check)
		if before != c.check.health {
			n.Health = c.check.health
		}
	}
	if p.ports && (!p.steady || c.port != nil) {
		if c.port == nil {
			c.port = &answering{well: true}
		}
		was := c.port.well
		c.port.begin(port)
		if was != c.port.well {
			p.tellPort(c, n)
		}
	}
}

// exits is a container's own end. With a restart policy it is started again in
// place when it ran long enough, whatever ECS shows of the task (ECS semantics
// 5.7); else an essential one ends the task (ECS semantics 5.4).
func (l *Life) exits(i int, x *Step) {
	c, p := &l.containers[i], &l.plan.containers[i]
	c.exit = never
	c.code, _ = p.fate.Ends()
	if !l.ending && p.restarts(c.code, l.now-c.since) {
		c.state, c.due = restarting, l.now+l.startSpan(p)
		if p.ports {
			if c.port == nil {
				c.port = &answering{}
			}
			c.port.well = false
			n := x.change(p.name)
			n.Port = PortFails // nobody listens
		}
		return
	}
	n := x.change(p.name)
	c.stop(n)
	if p.fate.OOM {
		n.Reason = "OutOfMemoryError: Container killed due to memory usage"
	}
	if p.essential && !l.ending {
		l.end(x, ecs.EssentialContainerExited, "Essential container in task exited")
	}
}

// restarts reports whether the restart policy lets the container start again.
func (p *planned) restarts(code int, ran time.Duration) bool {
	if p.restart == nil {
		return false
	}
	for _, ignored := range p.restart.IgnoredExitCodes {
		if code == ignored {
			return false
		}
	}
	period := p.restart.RestartAttemptPeriod.Duration()
	if period <= 0 {
		period = 5 * time.Minute
	}
	return ran >= period
}

// cannot ends a container that never ran.
func (l *Life) cannot(i int, x *Step, why string) {
	c, p := &l.containers[i], &l.plan.containers[i]
	c.state, c.due = stopped, never
	n := x.change(p.name)
	n.Status, n.Reason = ecs.TaskStopped, why
	if p.essential && !l.ending {
		l.fail(x, why)
	}
}

// words are what is said of the container's failure.
func (p *planned) words() string { return p.failing.text(p.fate.Error) }
