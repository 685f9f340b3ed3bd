package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
)

// hostState is what the EC2 instance under a container instance does. ECS shows
// it only by what follows from it.
type hostState string

const (
	hostRunning    hostState = ""
	hostStopped    hostState = "stopped"
	hostTerminated hostState = "terminated"
)

// hostReason is the stoppedReason of a task whose host went away (ECS semantics
// 5.3).
func hostReason(i *instance) string {
	return fmt.Sprintf("Host EC2 (instance %s) stopped/terminated.", i.Instance.EC2InstanceID)
}

// stopInstance notes that the EC2 instance was stopped: its agent is gone and
// its tasks have ended, but it stays registered and ACTIVE, and is itself again
// when it is started (ECS semantics 6.3 [API:DeregisterContainerInstance]).
func (c *Cluster) stopInstance(cmd *StopInstance) error {
	i, err := c.registeredInstance(cmd.ID)
	switch {
	case err != nil:
		return err
	case i.Host != hostRunning:
		i.ZoneLost = false // it stays stopped when its zone is back
		return nil
	}
	c.halt(i, hostStopped)
	c.fleetChanged(i)
	return nil
}

// startInstance notes that a stopped EC2 instance runs again, and its agent
// with it: one that ECS had not heard of before, too, for it starts anew.
func (c *Cluster) startInstance(cmd *StartInstance) error {
	i, err := c.registeredInstance(cmd.ID)
	switch {
	case err != nil:
		return err
	case i.Host == hostTerminated:
		return &ecs.Error{Code: "IncorrectInstanceState", Message: fmt.Sprintf(
			"The instance '%s' is not in a state from which it can be started.", i.Instance.EC2InstanceID)}
	case c.lostZones[i.zone()]:
		return &ecs.Error{Code: "InsufficientInstanceCapacity", Message: fmt.Sprintf(
			"The Availability Zone %s is not available.", i.zone())}
	case i.Host == hostRunning:
		return nil
	}
	i.Host = hostRunning
	c.connectAgent(i, true)
	c.fleetChanged(i)
	return nil
}

// terminateInstance notes that the EC2 instance was terminated. That takes it
// out of the cluster, unless it was stopped before or its agent was
// disconnected: then ECS keeps it until somebody deregisters it (ECS semantics
// 6.3 [API:DeregisterContainerInstance]). What ran on it has ended either way.
func (c *Cluster) terminateInstance(cmd *TerminateInstance) error {
	i, err := c.registeredInstance(cmd.ID)
	if err != nil || i.Host == hostTerminated {
		return err
	}
	known := i.Host == hostRunning && i.Instance.AgentConnected
	c.halt(i, hostTerminated)
	if known {
		c.leave(i)
	}
	c.fleetChanged(i)
	return nil
}

// halt is the end of an instance's host, and of all that ran on it. ECS
// publishes no stopCode for that: we take the one that says the host was told
// to go (ECS semantics 5.3). It is no failure of the tasks, so no circuit
// breaker counts it.
func (c *Cluster) halt(i *instance, to hostState) {
	i.Host, i.ZoneLost = to, false
	c.connectAgent(i, false)
	for _, t := range slices.Clone(i.tasks) {
		c.cutOff(t, hostReason(i))
	}
}

// cutOff ends a task at once, because what it ran on is gone.
func (c *Cluster) cutOff(t *task, reason string) {
	c.unwant(t, ecs.TerminationNotice, reason)
	c.decide(Decision{Stop: t.ID})
	c.finish(t)
}

// HostRuns reports whether the EC2 instance under a container instance runs, as
// far as the cluster knows: of one that was deregistered it does not.
func (c *Cluster) HostRuns(id ecs.ContainerInstanceID) bool {
	i, ok := c.instances[id]
	return !ok || i.Host == hostRunning
}

// TerminatedHosts are the container instances whose EC2 instance was terminated
// and that the cluster still knows, deregistered ones too, sorted.
func (c *Cluster) TerminatedHosts() []ecs.ContainerInstanceID {
	var ids []ecs.ContainerInstanceID
	for _, id := range slices.Sorted(maps.Keys(c.instances)) {
		if c.instances[id].Host == hostTerminated {
			ids = append(ids, id)
		}
	}
	return ids
}

// leave takes an instance without tasks out of the cluster.
func (c *Cluster) leave(i *instance) {
	i.Instance.Status = ecs.InstanceInactive
	c.changedInstance(i)
	c.set(timerTermination, string(i.ID), time.Time{}, true)
	i.TrunkAt = time.Time{}
	c.set(timerTrunk, string(i.ID), time.Time{}, false)
	c.stirOn(i)
	c.fleet.Remove(i.ID)
	c.retain(retained{At: c.now.Add(inactiveRetention), Instance: i.ID})
}

func (i *instance) zone() string {
	zone, _ := i.Instance.Attribute(ecs.AttributeAvailabilityZone)
	return zone
}

// setZone loses an Availability Zone, or gets it back. All container instances
// there stop, and those that nobody stops or terminates meanwhile start again with
// it, agents and all; Fargate loses its tasks there and starts
// none.
func (c *Cluster) setZone(cmd *SetZone) error {
	if cmd.Zone == "" {
		return invalid("The Availability Zone can not be blank.")
	}
	if c.lostZones[cmd.Zone] == cmd.Lost {
		return nil
	}
	if !cmd.Lost {
		delete(c.lostZones, cmd.Zone)
		for _, i := range c.instancesIn(cmd.Zone) {
			if i.ZoneLost && i.Host == hostStopped {
				i.ZoneLost, i.Host = false, hostRunning
				c.connectAgent(i, true)
				c.fleetChanged(i)
			}
		}
		c.wakeZoned()
		return nil
	}
	c.lostZones[cmd.Zone] = true
	for _, i := range c.instancesIn(cmd.Zone) {
		if i.Host == hostRunning {
			c.halt(i, hostStopped)
			i.ZoneLost = true
			c.fleetChanged(i)
		}
	}
	for _, t := range c.order {
		if t.Instance == "" && t.Task.AvailabilityZone == cmd.Zone && !t.gone && t.Task.LastStatus != ecs.TaskStopped {
			c.cutOff(t, placement.FargateUnavailable)
		}
	}
	c.wakeZoned()
	return nil
}

// wakeZoned lets the services look again for which a zone of Fargate came or went,
// or its capacity there.
func (c *Cluster) wakeZoned() {
	c.wakeWaiting()
	for _, s := range c.serviceList() {
		if s.Spec.Status == ecs.ServiceActive && launchOf(s.Spec.LaunchType, s.Spec.CapacityProviderStrategy) == ecs.LaunchFargate {
			c.wake(s, c.now.Add(PassDelay))
		}
	}
}

// instancesIn are the registered container instances of a zone, by id.
func (c *Cluster) instancesIn(zone string) []*instance {
	var out []*instance
	for _, i := range c.instanceList() {
		if i.Instance.Status != ecs.InstanceInactive && i.zone() == zone {
			out = append(out, i)
		}
	}
	return out
}

// LostZones are the Availability Zones that are lost, sorted.
func (c *Cluster) LostZones() []string { return slices.Sorted(maps.Keys(c.lostZones)) }
