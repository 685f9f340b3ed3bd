package life

import (
	"time"

	"gantry/ecs"
)

// healthCheck is a container's health check with its defaults filled in (ECS
// semantics 5.6 [API: HealthCheck]).
type healthCheck struct {
	interval, timeout, startPeriod time.Duration
	retries                        int
}

func healthCheckOf(h *ecs.HealthCheck) *healthCheck {
	if h == nil {
		return nil
	}
	out := &healthCheck{interval: h.Interval.Duration(), timeout: h.Timeout.Duration(), startPeriod: h.StartPeriod.Duration(), retries: h.Retries}
	if out.interval <= 0 {
		out.interval = 30 * time.Second
	}
	if out.timeout <= 0 {
		out.timeout = 5 * time.Second
	}
	if out.retries <= 0 {
		out.retries = 3
	}
	return out
}

// checking is the health of a container that has a check. Times are since its
// start.
type checking struct {
	course course
	hangs  bool // a check that fails does so by its timeout
	health ecs.HealthStatus
	next   time.Duration // check that is not yet reckoned with
	failed int           // checks in a row
	at     time.Duration // when the health changes; never when it stays
	turn   ecs.HealthStatus
	turns  int // changes so far
}

// patience is how many checks are looked at for the next change of health. A
// container that flaps faster than it is checked may take for ever.
const patience = 500

// begin is the health of a container that is started now.
func (k *checking) begin(s *healthCheck, c course) {
	k.course, k.health, k.next, k.failed = c, ecs.HealthUnknown, s.interval, 0
	k.foresee(s)
}

// change goes on with another course from a time on: what comes of the checks
// after it is reckoned again.
func (k *checking) change(s *healthCheck, c course, now time.Duration) {
	k.course, k.failed = c, 0
	if k.next > now {
		k.next -= (k.next - now - 1) / s.interval * s.interval
	} else {
		k.next += ((now-k.next)/s.interval + 1) * s.interval
	}
	k.foresee(s)
}

// foresee works out when the health changes next. The first check is made an
// interval after the start, and each other one an interval after the one before
// was over.
func (k *checking) foresee(s *healthCheck) {
	for range patience {
		well, until := k.course.at(k.next)
		took := time.Duration(0)
		if !well && k.hangs {
			took = s.timeout
		}
		at := k.next + took
		turn := k.judge(s, well)
		k.next = at + s.interval
		if turn != k.health {
			k.at, k.turn = at, turn
			return
		}
		if k.health == ecs.HealthUnknown || well != (k.health == ecs.HealthHealthy) {
			continue // each check counts
		}
		if until == never {
			k.at = never
			return
		}
		if every := took + s.interval; k.next < until {
			k.next += (until - k.next + every - 1) / every * every
		}
	}
	k.at, k.turn = k.next, k.health // nothing yet: look again then
}

// judge is the health after the next check. Failures in the start period do not
// count until a check has passed (ECS semantics 5.6).
func (k *checking) judge(s *healthCheck, well bool) ecs.HealthStatus {
	if well {
		k.failed = 0
		return ecs.HealthHealthy
	}
	if k.health != ecs.HealthUnknown || k.next >= s.startPeriod {
		k.failed++
	}
	if k.failed >= s.retries {
		return ecs.HealthUnhealthy
	}
	return k.health
}

// pass lets the change happen that was foreseen, and says whether it is one.
func (k *checking) pass(s *healthCheck) bool {
	changed := k.turn != k.health
	if k.health = k.turn; changed {
		k.turns++
	}
	k.foresee(s)
	return changed
}

// fold is the health of a task: the worst of its essential containers that have
// a check. Essential containers without one are left out as soon as another has
// one: unconfirmed, ECS's model of containers reads as if they made it UNKNOWN
// for good, its pages on services as if they did not count (ECS semantics 5.6).
func (l *Life) fold() ecs.HealthStatus {
	checked, unknown := false, false
	for i := range l.containers {
		if p := &l.plan.containers[i]; !p.essential || p.check == nil {
			continue
		}
		checked = true
		switch l.containers[i].health() {
		case ecs.HealthUnhealthy:
			return ecs.HealthUnhealthy
		case ecs.HealthUnknown:
			unknown = true
		}
	}
	if !checked || unknown {
		return ecs.HealthUnknown
	}
	return ecs.HealthHealthy
}
