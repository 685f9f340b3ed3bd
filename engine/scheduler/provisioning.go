package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
)

const (
	// provisioningMost is how many tasks of a cluster may wait in PROVISIONING
	// for capacity (ECS semantics 2.9, 11). Tasks that have a place and wait for
	// their network interface are none of them.
	provisioningMost = 500
	// provisioningTime is how long a task waits before it gives up. ECS does not
	// say; 10 to 15 minutes have been seen (ECS semantics 6.5).
	provisioningTime = 15 * time.Minute
)

// wait is what a task without a place still has to know to find one. The tasks
// of one RunTask share it.
type wait struct {
	Constraints []ecs.PlacementConstraint `json:"placementConstraints,omitempty"` // of a standalone task
	Strategy    []ecs.PlacementStrategy   `json:"placementStrategy,omitempty"`
	Network     *ecs.NetworkConfiguration `json:"networkConfiguration,omitempty"`
	Volumes     []ecs.ManagedVolume       `json:"volumes,omitempty"`
}

// await makes a task that waits in PROVISIONING until its capacity provider has
// room (ECS semantics 2.9, 6.5).
func (c *Cluster) await(b *blueprint, w *wait) *task {
	t := c.record(b)
	t.Wait = w
	c.provisioning = append(c.provisioning, t)
	c.decide(Decision{Changed: t.ID})
	c.provisioningChanged(t)
	return t
}

// unawait takes a task off those that wait: it has a place, or gave up.
func (c *Cluster) unawait(t *task) {
	t.Wait = nil
	c.provisioning = remove(c.provisioning, t)
	c.provisioningChanged(t)
	c.wakeWaiting() // a service may have met the limit
}

func (c *Cluster) provisioningChanged(t *task) {
	c.stir(c.providers[t.Task.CapacityProvider])
	c.watchProvisioning()
}

// watchProvisioning sets when the first of the tasks that wait gives up. When
// all are of services that fail over and over, that brings nobody nearer to rest.
func (c *Cluster) watchProvisioning() {
	if len(c.provisioning) == 0 {
		c.set(timerGiveUp, "", time.Time{}, false)
		c.set(timerProvision, "", time.Time{}, false)
		c.provisionAt = time.Time{}
		return
	}
	restless := !slices.ContainsFunc(c.provisioning, func(t *task) bool { return t.svc == nil || !t.svc.restless() })
	c.set(timerGiveUp, "", c.provisioning[0].Task.CreatedAt.Add(provisioningTime), restless)
}

// roomCame lets the tasks that wait in PROVISIONING look for a place again.
func (c *Cluster) roomCame() {
	if len(c.provisioning) == 0 {
		return
	}
	if at := c.now.Add(PassDelay); c.provisionAt.IsZero() || at.Before(c.provisionAt) {
		c.provisionAt = at
		c.set(timerProvision, "", at, false)
	}
}

// sameWait tells tasks that ask for the same from others.
type sameWait struct {
	dep      *deployment
	wait     *wait
	provider string
}

// provision gives places to the tasks that wait, as far as there are any, the
// oldest first. One that is too large does not keep others from their places.
func (c *Cluster) provision() {
	c.provisionAt = time.Time{}
	refused := map[sameWait]bool{}
	for _, t := range slices.Clone(c.provisioning) {
		key := sameWait{dep: t.dep, provider: t.Task.CapacityProvider}
		if t.dep == nil {
			key.wait = t.Wait
		}
		if refused[key] {
			continue
		}
		b := c.blueprintAgain(t)
		at, u := c.placed(b, c.requestAgain(t, b), c.now.Sub(t.Task.CreatedAt.Time()))
		if u != nil {
			refused[key] = true
			continue
		}
		c.unawait(t)
		c.assign(t, b, at)
		c.changed(t)
		if t.svc != nil {
			c.over(t.svc, standingGivenUp)
		}
	}
}

// blueprintAgain is what the task was made from.
func (c *Cluster) blueprintAgain(t *task) *blueprint {
	b := &blueprint{
		def: t.def.def, origin: t.Task.Origin, network: t.Wait.Network, volumes: t.Wait.Volumes, ordinal: t.Ordinal,
		requirements: placement.RequirementsOf(t.def.def, t.Task.Overrides), svc: t.svc, dep: t.dep,
	}
	b.requirements.Zones = c.zones(b.network)
	return b
}

func (c *Cluster) requestAgain(t *task, b *blueprint) *placement.Request {
	if t.svc != nil {
		return c.placementRequest(t.svc, b)
	}
	// It was valid when the task was run.
	policy, _ := placement.TaskPolicy(b.def.PlacementConstraints, t.Wait.Constraints, t.Wait.Strategy)
	return c.requestFor(b, policy)
}

// giveUp ends the tasks that have waited too long. What kept them is told in the
// words of ECS semantics 2.9.
func (c *Cluster) giveUp() {
	c.provision()
	for len(c.provisioning) > 0 {
		t := c.provisioning[0]
		if c.now.Before(t.Task.CreatedAt.Add(provisioningTime)) {
			break
		}
		_, u := c.fleet.Place(c.requestAgain(t, c.blueprintAgain(t)))
		if u == nil {
			c.provision() // the end of another one made room
			continue
		}
		reason := u.StoppedReason()
		if t.svc != nil {
			c.tellGivenUp(t, u)
		}
		c.endedItself(t, &ChangeTask{StopCode: ecs.TaskFailedToStart, StoppedReason: reason})
		c.abandon(t)
	}
	c.watchProvisioning()
}

// tellGivenUp tells that a task of a service waited for its capacity in vain.
func (c *Cluster) tellGivenUp(t *task, u *placement.Unplaceable) {
	if c.tell(t.svc, standingGivenUp, "was unable to place a task. Reason: %s.", u.StoppedReason()) {
		failure := placementFailure(u)
		failure.CapacityProviderARNs = []ecs.ARN{ecs.CapacityProviderARN(c.cfg.Scope, t.Task.CapacityProvider)}
		c.tellAction(t.svc, standingGivenUp, failure)
	}
}

// abandon ends a task that nothing runs of: it is STOPPED at once.
func (c *Cluster) abandon(t *task) {
	if t.Wait != nil {
		c.unawait(t)
	}
	c.finish(t)
	c.decide(Decision{Changed: t.ID})
}

// noteLimit tells that a task of the service would have to wait, and too many do
// (ECS semantics 4.15).
func (c *Cluster) noteLimit(s *service, limited bool) {
	if !limited {
		c.over(s, standingLimit)
		return
	}
	c.waitsForPlace(s)
	c.tell(s, standingLimit, provisioningAtLimit)
}

// waitsForCapacity is how many tasks of a deployment wait in PROVISIONING, and
// when the first of them gives up.
func (c *Cluster) waitsForCapacity(d *deployment) (tasks int, until time.Time) {
	for _, t := range c.provisioning {
		if t.dep == d {
			tasks++
			until = earlier(until, t.Task.CreatedAt.Add(provisioningTime))
		}
	}
	return tasks, until
}
