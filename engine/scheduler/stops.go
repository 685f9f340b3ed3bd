package scheduler

import (
	"slices"
	"strconv"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// stopTasks stops what the rollout asks for.
func (c *Cluster) stopTasks(s *service, t *tally) int {
	stops, n := t.Stops(), 0
	if slices.ContainsFunc(stops, func(x rollout.Stop) bool { return x.All() > 0 }) {
		n = c.stopAll(s, t, stops)
	}
	c.tellProtected(s, t, stops)
	return n
}

// stopAll stops that many tasks of each deployment, and says how many in all.
func (c *Cluster) stopAll(s *service, t *tally, stops []rollout.Stop) int {
	var running, quiet []*task
	buckets := s.buckets()
	for i, stop := range stops {
		d, b := s.Deployments[i], &buckets[i]
		for _, k := range []struct {
			from []*task
			n    int
			is   condition
		}{
			{b.leaving[pending], stop.Leaving.Pending, pending},
			{b.staying[pending], stop.Staying.Pending, pending},
			{b.leaving[unhealthy], stop.Leaving.Unhealthy, unhealthy},
			{b.staying[unhealthy], stop.Staying.Unhealthy, unhealthy},
			{b.leaving[young], stop.Leaving.Young, young},
			{b.staying[young], stop.Staying.Young, young},
			{b.leaving[healthy], stop.Leaving.Healthy, healthy},
			{b.staying[healthy], stop.Staying.Healthy, healthy},
		} {
			for _, x := range c.choose(s, d, s.stoppable(k.from, k.is), k.n) {
				if k.is == pending {
					quiet = append(quiet, x)
				} else {
					running = append(running, x)
				}
				c.stopOne(s, x, k.is)
			}
		}
		if i > 0 && stop.All() > 0 && !t.Deployments[0].Failed && !t.Apart {
			d.Wanted = min(d.Wanted, d.running+d.pending)
		}
	}
	c.tellStopped(s, running, quiet)
	return len(quiet) + len(running)
}

// stopOne asks for one task to stop, with ECS's reason (ECS semantics 5.3).
func (c *Cluster) stopOne(s *service, t *task, is condition) {
	reason := scalingReason(t.dep)
	if is == unhealthy {
		reason = t.sickReason()
		if t.containerHealth() == bad {
			c.event(s, "(task %s) failed container health checks.", t.ID)
		}
	}
	c.request(t, ecs.ServiceSchedulerInitiated, reason)
}

// tellStopped writes the events of tasks that were stopped: running ones, and
// quiet ones, which had not started.
func (c *Cluster) tellStopped(s *service, stopped, quiet []*task) {
	if len(quiet) > 0 {
		c.event(s, "stopped %d pending tasks.", len(quiet))
	}
	if len(stopped) == 0 {
		return
	}
	c.event(s, "has stopped %d running tasks: %s.", len(stopped), taskNames(stopped))
}

// choose picks n of the tasks, by the scale-in order of the service's placement
// strategy (ECS semantics 2.8).
func (c *Cluster) choose(s *service, d *deployment, from []*task, n int) []*task {
	switch {
	case n <= 0:
		return nil
	case n >= len(from):
		return from
	}
	return c.chooseBySplit(s, d, from, n)
}

// chooseByPlace is choose for tasks of which it does not matter what capacity
// provider they have.
func (c *Cluster) chooseByPlace(s *service, d *deployment, from []*task, n int) []*task {
	switch {
	case n <= 0:
		return nil
	case n >= len(from):
		return from
	}
	byID := make(map[ecs.TaskID]*task, len(from))
	ids := make([]ecs.TaskID, 0, len(from))
	for _, t := range from {
		byID[t.ID] = t
		ids = append(ids, t.ID)
	}
	random := c.number("scale in", string(s.Spec.Name), strconv.Itoa(s.Generation), string(from[0].ID), strconv.Itoa(s.TaskOrdinal))
	var out []*task
	for _, id := range c.fleet.ScaleIn(c.policy(s, c.definitions[d.Definition].def), s.Spec.Name.Group(), ids, n, random) {
		out = append(out, byID[id])
	}
	if len(out) < n {
		out = append(out, s.crowded(from, out, n-len(out))...)
	}
	return out
}

// crowded picks n tasks that have no container instance: each from the zone in
// which the service has most tasks, the newest there (ECS semantics 2.8).
func (s *service) crowded(from, taken []*task, n int) []*task {
	type zone struct {
		tasks int     // of the service
		may   []*task // be picked, by seq
	}
	zones := map[string]*zone{}
	var order []*zone
	of := func(t *task) *zone {
		z := zones[t.Task.AvailabilityZone]
		if z == nil {
			z = &zone{}
			zones[t.Task.AvailabilityZone] = z
			order = append(order, z)
		}
		return z
	}
	gone := make(map[*task]bool, len(taken))
	for _, t := range taken {
		gone[t] = true
	}
	for _, t := range from {
		if !gone[t] {
			z := of(t)
			z.may = append(z.may, t)
		}
	}
	for _, t := range s.live {
		if t.wanted() && !gone[t] {
			of(t).tasks++
		}
	}
	var out []*task
	for len(out) < n {
		var fullest *zone
		for _, z := range order {
			last := len(z.may) - 1
			if last >= 0 && (fullest == nil || z.tasks > fullest.tasks ||
				z.tasks == fullest.tasks && z.may[last].Seq > fullest.may[len(fullest.may)-1].Seq) {
				fullest = z
			}
		}
		if fullest == nil {
			break
		}
		last := len(fullest.may) - 1
		out = append(out, fullest.may[last])
		fullest.may = fullest.may[:last]
		fullest.tasks--
	}
	return out
}
