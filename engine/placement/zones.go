package placement

import (
	"slices"

	"gantry/ecs"
)

// Suits reports whether an instance is one that the task may run on, whatever it
// is short of and whatever else runs there: ACTIVE, of the capacity provider,
// with the attributes, in the zones and satisfying the memberOf constraints. A
// DAEMON service runs on each of these (ECS semantics 2.7).
func (f *Fleet) Suits(id ecs.ContainerInstanceID, r *Request) bool {
	n := f.instances[id]
	c := f.checkOf(r, untilRefused)
	return n != nil && c.suits(n)
}

func (c *check) suits(n *node) bool {
	if n.Status != ecs.InstanceActive || c.provider != "" && n.CapacityProvider != c.provider {
		return false
	}
	c.node, c.failed = n, 0
	return c.attributes() && c.members(false) && c.members(true)
}

// Zones are the Availability Zones, sorted, with a connected instance that the
// task suits: those that Availability Zone rebalancing spreads the tasks of a
// service over (ECS semantics 2.8).
func (f *Fleet) Zones(r *Request) []string {
	f.sort()
	c := f.checkOf(r, untilRefused)
	most := len(f.byZone)
	if f.byZone[""] > 0 {
		most--
	}
	var zones []string
	for _, n := range f.ordered {
		if len(zones) == most {
			break // the rest can add none
		}
		zone := n.zone()
		if zone != "" && n.AgentConnected && !slices.Contains(zones, zone) && c.suits(n) {
			zones = append(zones, zone)
		}
	}
	slices.Sort(zones)
	return zones
}
