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
	for _, id := range c.fleet.ScaleIn(c.policy(s, c.definitions[d.Definition].def), "service:"+string(s.Spec.Name), ids, n, random) {
		out = append(out, byID[id])
	}
	if len(out) < n {
		out = append(out, crowded(from, out, n-len(out))...)
	}
	return out
}

// crowded picks n tasks that have no container instance: each from the zone
// that has most of them, the newest there.
func crowded(from, taken []*task, n int) []*task {
	count := map[string]int{}
	var rest []*task
	for _, t := range from {
		if !slices.Contains(taken, t) {
			rest = append(rest, t)
			count[t.Task.AvailabilityZone]++
		}
	}
	var out []*task
	for len(out) < n && len(rest) > 0 {
		at := 0
		for i, t := range rest {
			if count[t.Task.AvailabilityZone] >= count[rest[at].Task.AvailabilityZone] {
				at = i
			}
		}
		count[rest[at].Task.AvailabilityZone]--
		out = append(out, rest[at])
		rest = slices.Delete(rest, at, at+1)
	}
	return out
}
