package scheduler

import (
	"fmt"
	"time"

	"gantry/ecs"
)

// trunkTime is how long the trunk network interface of a container instance takes
// to be set up, and to be removed. ECS publishes no figure; it is ours.
const trunkTime = 10 * time.Second

// trunked reports whether an instance has a trunk network interface, as its
// built-in attribute says.
func trunked(i *ecs.ContainerInstance) bool {
	_, has := i.Attribute(ecs.AttributeTrunkID)
	return has
}

// beginTrunk makes an instance one that is joining with a trunk: it has the branch
// interfaces of its type, and a trunk that nobody named gets an id.
func (c *Cluster) beginTrunk(i *ecs.ContainerInstance) {
	i.Status = ecs.InstanceRegistering
	name, _ := i.Attribute(ecs.AttributeInstanceType)
	if t, ok := ecs.InstanceTypeByName(name); ok && t.TrunkTasks() > 0 {
		i.Registered.ENIs = t.TrunkTasks()
	}
	for k := range i.Attributes {
		if a := &i.Attributes[k]; a.Name == ecs.AttributeTrunkID && a.Value == "" {
			a.Value = fmt.Sprintf("eni-%017x", c.number("trunk", string(i.ID))&0xfffffffffffffff)
		}
	}
}

// awaitTrunk lets a trunk be set up or removed: the instance is REGISTERING or
// DEREGISTERING for so long (ECS semantics 6.1).
func (c *Cluster) awaitTrunk(i *instance) {
	i.TrunkAt = c.now.Add(trunkTime)
	c.set(timerTrunk, string(i.ID), i.TrunkAt, false)
}

// trunkDue is the moment in which the trunk is there, or gone.
func (c *Cluster) trunkDue(i *instance) {
	i.TrunkAt = time.Time{}
	switch i.Instance.Status {
	case ecs.InstanceRegistering:
		i.Instance.Status = ecs.InstanceActive
		c.changedInstance(i)
		c.fleet.SetStatus(i.ID, ecs.InstanceActive)
	case ecs.InstanceDeregistering:
		c.leave(i)
	default:
		return
	}
	c.fleetChanged(i)
}
