package life

import (
	"time"

	"gantry/ecs"
)

// plan works out when a container's health check first passes and fails for
// good (ECS semantics 5.6). A check is made every interval after the start.
func (l *life) plan() {
	h := l.def.HealthCheck
	if h == nil {
		return
	}
	interval, startPeriod, retries := h.Interval.Duration(), h.StartPeriod.Duration(), h.Retries
	if interval <= 0 {
		interval = 30 * time.Second
	}
	if retries <= 0 {
		retries = 3
	}
	tick := func(after time.Duration) time.Duration {
		return max(1, (after+interval-1)/interval) * interval
	}
	fails := time.Duration(-1)
	switch {
	case l.fate.Sick && l.bad:
		fails = tick(startPeriod)
	case l.fate.Unhealthy > 0 && l.bad:
		fails = tick(l.fate.Unhealthy)
	}
	if passes := tick(l.fate.Healthy); fails < 0 || !l.fate.Sick && passes < fails {
		l.healthy = l.start.Add(passes)
	} else if fails < tick(startPeriod) {
		fails = tick(startPeriod) // failures before count only after a success
	}
	if fails >= 0 {
		l.unhealthy = l.start.Add(fails + time.Duration(retries-1)*interval)
	}
}

// health writes the health of containers and of the task: the worst of its
// essential containers that have a check (ECS semantics 5.6).
func (p *player) health() {
	var all, sick time.Time
	complete := true
	for i := range p.lives {
		l := &p.lives[i]
		if l.def.HealthCheck == nil || l.start.IsZero() {
			continue
		}
		ended := func(at time.Time) bool { return at.IsZero() || !l.exit.IsZero() && !at.Before(l.exit) }
		if !ended(l.healthy) {
			p.add(l.healthy, health(l.def.Name, ecs.HealthHealthy))
		}
		if !ended(l.unhealthy) {
			p.add(l.unhealthy, health(l.def.Name, ecs.HealthUnhealthy))
		}
		if !l.def.Essential {
			continue
		}
		if l.healthy.IsZero() {
			complete = false
		} else if l.healthy.After(all) {
			all = l.healthy
		}
		if !l.unhealthy.IsZero() && (sick.IsZero() || l.unhealthy.Before(sick)) {
			sick = l.unhealthy
		}
	}
	if complete && !all.IsZero() && (sick.IsZero() || all.Before(sick)) {
		p.add(all, Step{Health: ecs.HealthHealthy})
	}
	if !sick.IsZero() {
		p.add(sick, Step{Health: ecs.HealthUnhealthy})
	}
}

func health(container string, h ecs.HealthStatus) Step {
	return Step{Containers: []Change{{Name: container, Health: h}}}
}
