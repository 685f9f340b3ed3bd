package scheduler

import (
	"slices"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/rollout"
)

// passDaemon keeps one task on each ACTIVE container instance that the service
// fits (ECS semantics 2.7). An old task gives way to a new one in its place, so
// stops come first, within the minimum.
func (c *Cluster) passDaemon(s *service, t *tally) {
	d, p := c.sitesOf(s), s.primary()
	before := s.restless()
	if s.Fits != d.suits {
		c.act(s, desiredCountUpdated(d.suits))
	}
	s.Fits = d.suits
	c.restlessFrom(s, before) // which hangs on the number of tasks
	t.Desired = d.suits
	bounds := rollout.BoundsOf(t.Desired, s.Spec.DeploymentConfiguration.MinimumHealthyPercent, s.Spec.DeploymentConfiguration.MaximumPercent)
	if s.Managed != nil && t.Desired > 0 {
		bounds.Lower = min(bounds.Lower, t.Desired-1) // a drainPercent takes one instance at least
	}
	spare := -bounds.Lower
	for i := range t.Deployments {
		spare += t.Deployments[i].Staying.Healthy // those on DRAINING instances are beside the count
	}
	stopped := c.stopDaemons(s, t, spare)
	started := c.startDaemons(s, p, d)
	t = c.tally(s)
	for i := range t.Deployments {
		t.Deployments[i].Leaving.Healthy = 0 // stays for the others there
	}
	c.conclude(s, t, stopped+started > 0)
	c.wakeAgain(s, t, stopped > 0)
}

// startDaemons starts a task on each instance that lacks one. What one of them is
// short of does not keep it from the others.
func (c *Cluster) startDaemons(s *service, p *deployment, d *sites) int {
	room, _ := c.launchable(s)
	c.keepAll(d, p.State != ecs.RolloutFailed)
	var out starts
	var refusals []placement.Refusal
	lacks := p.State != ecs.RolloutFailed && len(d.lacking) > 0
	out.held = lacks
	if lacks && !c.now.Before(p.NotBefore) && !c.throttled(s) {
		for _, i := range slices.Clone(d.lacking) {
			if len(out.tasks) == room {
				break
			}
			c.fleet.OpenRoom(i.ID, d.request.Group)
			if r := c.refusal(i, &d.request); r != nil {
				c.keepRoom(d, i, true)
				refusals = append(refusals, *r)
				continue
			}
			b := c.blueprintOf(s, p)
			s.TaskOrdinal++
			out.tasks = append(out.tasks, c.start(b, place{instance: i.ID, why: asDaemon}))
		}
	}
	c.launched(s, len(out.tasks))
	c.tellStarted(s, out.tasks, 0)
	if len(refusals) > 0 {
		out.refused, s.Refused = placement.NewUnplaceable(d.request.Requirements, refusals), p.ID
	}
	c.noteRefusal(s, &out)
	return len(out.tasks)
}

// refusal is why an instance cannot take the task now, or nil.
func (c *Cluster) refusal(i *instance, r *placement.Request) *placement.Refusal {
	reasons, _ := c.fleet.Check(i.ID, r)
	if len(reasons) == 0 {
		return nil
	}
	kind, _ := i.Instance.Attribute(ecs.AttributeInstanceType)
	return &placement.Refusal{Instance: i.ID, ARN: i.Instance.ARN, Zone: i.zone(), Type: kind, Reasons: reasons}
}

// daemonUnplaced are the instances that lack the service's task and cannot take
// it now.
func (c *Cluster) daemonUnplaced(s *service) *placement.Unplaceable {
	d := s.sites
	if d == nil {
		return nil
	}
	var refusals []placement.Refusal
	for _, i := range d.lacking {
		c.fleet.OpenRoom(i.ID, d.request.Group)
		if r := c.refusal(i, &d.request); r != nil {
			refusals = append(refusals, *r)
		}
		c.keepRoom(d, i, true)
	}
	if len(refusals) == 0 {
		return nil
	}
	return placement.NewUnplaceable(d.request.Requirements, refusals)
}

// mayStop reports whether a task of the service may have to stop: one on an
// instance that it no longer suits, an unhealthy one, or an old one.
func (d *sites) mayStop(t *tally) bool {
	if d.look {
		return true
	}
	for i := range t.Deployments {
		x := &t.Deployments[i]
		if x.Staying.Unhealthy+x.Leaving.Unhealthy > 0 || i > 0 && x.Staying.All()+x.Leaving.All() > 0 {
			return true
		}
	}
	return false
}

// stopDaemons stops tasks on instances that the service no longer fits, and old
// or failing ones that a new one shall replace.
func (c *Cluster) stopDaemons(s *service, counts *tally, spare int) int {
	if !s.sites.mayStop(counts) {
		return 0
	}
	s.sites.look = false
	var stopped, quiet []*task
	p := s.primary()
	for _, t := range slices.Clone(s.live) {
		if !t.wanted() {
			continue
		}
		is, _ := c.conditionOf(t)
		switch {
		case !t.on.site(s).suits:
			if c.leaves(t) && is != unhealthy && othersOn(t.on) {
				continue // a daemon task is the last to stop
			}
			if t.on.Instance.Status == ecs.InstanceActive {
				a := c.aboutTask("SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED", t)
				a.Type = ecs.EventError
				c.act(s, a)
			}
		case is == unhealthy:
		case !t.ProtectedUntil.IsZero():
			continue
		case t.dep == p || p.State == ecs.RolloutFailed:
			continue
		case is == healthy:
			if spare <= 0 {
				continue
			}
			spare--
		}
		c.stopOne(s, t, is)
		if is == pending {
			quiet = append(quiet, t)
		} else {
			stopped = append(stopped, t)
		}
	}
	c.tellStopped(s, stopped, quiet)
	return len(stopped) + len(quiet)
}

// othersOn reports whether tasks that no DAEMON service keeps are still on the
// instance. Standalone tasks count: nobody moves them, but what a daemon does for
// them they need to their end. ECS speaks of the last to stop, and leaves it at
// that (ECS semantics 2.7, 6.2).
func othersOn(i *instance) bool {
	return slices.ContainsFunc(i.tasks, (*task).isWork)
}
