package scheduler

import (
	"cmp"

	"gantry/ecs"
)

func (x shortage) compare(o shortage) int {
	return cmp.Or(cmp.Compare(x.Provider, o.Provider), cmp.Compare(x.Zone, o.Zone))
}

// interruptTask notes that Fargate Spot takes a task's capacity back. The task
// has two minutes: it is told to stop at once, and what its containers may take
// for that, at most 120 s, fits into them. The service replaces it as any other
// task that it lost (ECS semantics 5.3, 6.5 [DG: Fargate Spot]).
func (c *Cluster) interruptTask(cmd *InterruptTask) error {
	t, ok := c.tasks[cmd.ID]
	switch {
	case !ok:
		return invalid("The referenced task was not found.")
	case t.Task.CapacityProvider != ecs.ProviderFargateSpot:
		return invalid(notInterruptible)
	case !t.wanted():
		return nil
	}
	// There is no time to wait until connections have drained.
	c.unwant(t, ecs.SpotInterruption, "Your Spot Task was interrupted.")
	c.departs(t)
	c.decide(Decision{Stop: t.ID})
	if t.svc != nil {
		c.wake(t.svc, c.now.Add(PassDelay))
	}
	return nil
}

// setFargateCapacity notes where Fargate has capacity for new tasks.
func (c *Cluster) setFargateCapacity(cmd *SetFargateCapacity) error {
	if !ecs.OnFargate(cmd.CapacityProvider) {
		return invalid(unknownShortage)
	}
	zones := cmd.AvailabilityZones
	if len(zones) == 0 {
		zones = []string{""}
	}
	for _, z := range zones {
		if x := (shortage{cmd.CapacityProvider, z}); cmd.Available {
			delete(c.shortages, x)
		} else {
			c.shortages[x] = true
		}
	}
	c.wakeZoned()
	return nil
}

// short reports whether the Fargate provider of a task has no capacity in a zone.
func (c *Cluster) short(b *blueprint, zone string) bool {
	if len(c.shortages) == 0 {
		return false
	}
	provider := b.origin.CapacityProvider
	fill(&provider, ecs.ProviderFargate) // what the launch type FARGATE uses
	return c.shortages[shortage{provider, ""}] || c.shortages[shortage{provider, zone}]
}

// spreadsWith reports whether a new task is spread over the zones together with
// another one: each Fargate provider spreads its own (ECS semantics 2.11).
func (b *blueprint) spreadsWith(t *task) bool {
	return t.wanted() && t.Task.CapacityProvider == b.origin.CapacityProvider
}
