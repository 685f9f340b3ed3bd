package scheduler

import (
	"cmp"
	"maps"
	"slices"

	"gantry/ecs"
	"gantry/engine/placement"
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

// zoneCount counts tasks that are spread over zones together: of a service, or of
// one RunTask. Each Fargate provider spreads its own (ECS semantics 2.11). It counts
// when it is asked first, and from then on what is added.
type zoneCount struct {
	tasks []*task
	count map[providerIn]int
}

// providerIn is a Fargate provider, "" for the launch type, in a zone.
type providerIn struct{ provider, zone string }

func (x *zoneCount) of(provider, zone string) int {
	if x.count == nil {
		x.count = map[providerIn]int{}
		for _, t := range x.tasks {
			if t.wanted() {
				x.add(t)
			}
		}
	}
	return x.count[providerIn{provider, zone}]
}

func (x *zoneCount) add(t *task) {
	if x.count != nil {
		x.count[providerIn{t.Task.CapacityProvider, t.Task.AvailabilityZone}]++
	}
}

// fargatePlace is the zone with the fewest of the tasks that are counted, of those
// that the subnets lie in and that are there (ECS semantics 2.11).
func (c *Cluster) fargatePlace(b *blueprint, counted *zoneCount) (place, *placement.Unplaceable) {
	all := c.subnetZones(b)
	zones := c.withCapacity(b, all)
	if len(zones) == 0 {
		return place{}, &placement.Unplaceable{Needed: b.requirements, NoCapacity: true}
	}
	tasks := func(zone string) int { return counted.of(b.origin.CapacityProvider, zone) }
	zone, fewest := slices.MinFunc(zones, func(a, b string) int { return cmp.Compare(tasks(a), tasks(b)) }), 0
	for _, z := range zones {
		if tasks(z) == tasks(zone) {
			fewest++
		}
	}
	return place{zone: zone, why: c.onFargate(b, len(all), len(zones), fewest, tasks(zone))}, nil
}

// fargateZones are the zones that a Fargate task may run in now.
func (c *Cluster) fargateZones(b *blueprint) []string { return c.withCapacity(b, c.subnetZones(b)) }

// subnetZones are the zones that a Fargate task may run in.
func (c *Cluster) subnetZones(b *blueprint) []string {
	zones := b.requirements.Zones
	if len(zones) == 0 {
		zones = slices.Compact(slices.Sorted(maps.Values(c.cfg.SubnetZones)))
	}
	if len(zones) == 0 {
		zones = []string{c.cfg.Scope.Region + "a"}
	}
	return zones
}

// withCapacity are those of the zones in which Fargate has capacity for the task.
func (c *Cluster) withCapacity(b *blueprint, zones []string) []string {
	if len(c.lostZones)+len(c.shortages) == 0 {
		return zones
	}
	return slices.DeleteFunc(slices.Clone(zones), func(z string) bool { return c.lostZones[z] || c.short(b, z) })
}
