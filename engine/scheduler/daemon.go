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
	p := s.primary()
	b := c.blueprintOf(s, p)
	request := c.placementRequest(s, b)
	fits := c.daemonInstances(request)
	s.Fits = len(fits)
	on := map[ecs.ContainerInstanceID][]*task{}
	for _, x := range s.live {
		on[x.Instance] = append(on[x.Instance], x)
	}
	t.Desired = len(fits)
	bounds := rollout.BoundsOf(t.Desired, s.Spec.DeploymentConfiguration.MinimumHealthyPercent, s.Spec.DeploymentConfiguration.MaximumPercent)
	stopped := c.stopDaemons(s, fits, t.Healthy()-bounds.Lower)
	var started []*task
	var refusals []placement.Refusal
	for _, id := range fits {
		if len(on[id]) > 0 || p.State == ecs.RolloutFailed || c.now.Before(p.NotBefore) {
			continue
		}
		b = c.blueprintOf(s, p)
		if r := c.refusal(id, request); r != nil {
			refusals = append(refusals, *r)
			continue
		}
		s.TaskOrdinal++
		started = append(started, c.start(b, place{instance: id}))
	}
	c.tellStarted(s, started, 0)
	if len(refusals) == 0 {
		c.noteRefusal(s, nil)
	} else {
		s.Refused = p.ID
		c.noteRefusal(s, placement.NewUnplaceable(b.requirements, refusals))
	}
	t = c.tally(s)
	t.Deployments[0].Leaving.Healthy = 0 // stays for the others there, beside the count
	c.conclude(s, t, stopped+len(started) > 0)
	c.wakeAgain(s, t, stopped > 0)
}

// refusal is why an instance cannot take the task now, or nil.
func (c *Cluster) refusal(id ecs.ContainerInstanceID, r *placement.Request) *placement.Refusal {
	reasons, _ := c.fleet.Check(id, r)
	if len(reasons) == 0 {
		return nil
	}
	i := &c.instances[id].Instance
	zone, _ := i.Attribute(ecs.AttributeAvailabilityZone)
	kind, _ := i.Attribute(ecs.AttributeInstanceType)
	return &placement.Refusal{Instance: id, ARN: i.ARN, Zone: zone, Type: kind, Reasons: reasons}
}

// daemonUnplaced are the instances that lack the service's task and cannot take
// it now.
func (c *Cluster) daemonUnplaced(s *service) *placement.Unplaceable {
	b := c.blueprintOf(s, s.primary())
	request := c.placementRequest(s, b)
	var refusals []placement.Refusal
	for _, id := range c.daemonInstances(request) {
		if slices.ContainsFunc(s.live, func(t *task) bool { return t.Instance == id }) {
			continue
		}
		if r := c.refusal(id, request); r != nil {
			refusals = append(refusals, *r)
		}
	}
	if len(refusals) == 0 {
		return nil
	}
	return placement.NewUnplaceable(b.requirements, refusals)
}

// daemonInstances are the ACTIVE instances that the service's tasks fit on,
// whatever else runs there.
func (c *Cluster) daemonInstances(r *placement.Request) []ecs.ContainerInstanceID {
	var out []ecs.ContainerInstanceID
	for _, id := range c.fleet.Instances(nil) {
		reasons, _ := c.fleet.Check(id, r)
		unfit := slices.ContainsFunc(reasons, func(x placement.Reason) bool {
			switch x.Kind {
			case placement.NotActive, placement.Attribute, placement.Location, placement.MemberOf:
				return true
			}
			return false
		})
		if !unfit {
			out = append(out, id)
		}
	}
	return out
}

// stopDaemons stops tasks on instances that the service no longer fits, and old
// or failing ones that a new one shall replace.
func (c *Cluster) stopDaemons(s *service, fits []ecs.ContainerInstanceID, spare int) int {
	var stopped []*task
	p := s.primary()
	for _, t := range slices.Clone(s.live) {
		if !t.wanted() {
			continue
		}
		is, _ := c.conditionOf(t)
		switch {
		case !slices.Contains(fits, t.Instance):
			if c.leaves(t) && t.dep == p && is != unhealthy && c.othersOn(t) {
				continue // a daemon task is the last to stop
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
		stopped = append(stopped, t)
	}
	c.tellStopped(s, stopped, nil)
	return len(stopped)
}

// othersOn reports whether tasks of REPLICA services still run on the task's
// container instance.
func (c *Cluster) othersOn(t *task) bool {
	return slices.ContainsFunc(t.on.tasks, func(o *task) bool {
		return o.svc != nil && o.svc.Spec.SchedulingStrategy != ecs.Daemon && o.wanted()
	})
}
