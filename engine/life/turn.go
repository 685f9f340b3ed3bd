package life

import "time"

// Turn lets the task live by other fates from a time on: a fault begins or ends.
// The plan is of the same task definition: see Override. What the fates say
// otherwise than before counts from then on; what they say alike goes on.
func (l *Life) Turn(at time.Time, p *Plan) {
	if l.ending {
		return
	}
	l.now = max(l.now, at.Sub(l.begin))
	old := l.plan
	l.plan = p
	for i := range l.containers {
		l.turn(&l.containers[i], &old.containers[i], &p.containers[i])
	}
	l.foresee()
}

func (l *Life) turn(c *container, was, is *planned) {
	bad := c.bad
	if c.state != unasked {
		c.bad = l.bad(is)
	}
	again := bad != c.bad
	a, b := &was.fate, &is.fate
	switch c.state {
	case pulling:
		c.due = max(l.now, c.due-l.pullSpan(was)+l.pullSpan(is))
	case starting:
		c.due = max(l.now, c.due-l.startTime(was, bad)+l.startTime(is, c.bad))
	case running:
		l.turnRunning(c, is, again || !sameEnd(a, b), again || !sameCheck(a, b), again || !samePort(a, b))
	}
}

// turnRunning turns a container that runs: its end, its health, its port.
func (l *Life) turnRunning(c *container, p *planned, end, health, port bool) {
	since := l.now - c.since
	checked, answers := p.fate.courses(c.bad, since)
	if end {
		c.exit = never
		if _, ends := p.fate.Ends(); ends && c.bad {
			c.exit = l.now + p.fate.After
		}
	}
	if health && c.check != nil {
		c.check.hangs = p.fate.Code == NoAnswer
		c.check.change(p.check, checked, since)
	}
	if port && p.ports {
		if c.port == nil {
			c.port = &answering{well: true}
		}
		c.port.change(answers, since)
	}
}

func sameEnd(a, b *Fate) bool {
	code, ends := a.Ends()
	other, too := b.Ends()
	return ends == too && code == other && a.After == b.After
}

func sameCheck(a, b *Fate) bool {
	return a.Sick == b.Sick && a.Healthy == b.Healthy && a.Unhealthy == b.Unhealthy &&
		a.FlapUp == b.FlapUp && a.FlapDown == b.FlapDown && a.Code == b.Code
}

func samePort(a, b *Fate) bool {
	return a.Ready == b.Ready && a.Unready == b.Unready && a.FlapUp == b.FlapUp && a.FlapDown == b.FlapDown && a.Code == b.Code
}
