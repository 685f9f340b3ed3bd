package scheduler

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
	"gantry/engine/query"
)

// customAttributes is how many attributes of one's own an instance may have
// (ECS semantics 1.8).
const customAttributes = 10

// registerInstance adds a container instance.
func (c *Cluster) registerInstance(cmd *RegisterInstance) (Outcome, error) {
	n := cmd.Instance
	id := n.ID
	if id == "" {
		id = ecs.ContainerInstanceID(c.id32("instance", strconv.Itoa(c.registered+1)))
	}
	if old, ok := c.instances[id]; ok && old.Instance.Status != ecs.InstanceInactive {
		return Outcome{}, invalid(fmt.Sprintf("Container instance %s is already registered.", id))
	}
	zone, _ := n.Attribute(ecs.AttributeAvailabilityZone)
	if c.lostZones[zone] {
		return Outcome{}, invalid(fmt.Sprintf("The Availability Zone %s is not available.", zone))
	}
	if r := n.Registered; r.CPUUnits < 0 || r.MemoryMiB < 0 || r.ENIs < 0 {
		return Outcome{}, invalid(fmt.Sprintf("Registered resources must not be negative, but there are %d CPU units, %d MiB of memory and %d network interfaces. Register what the instance has.",
			r.CPUUnits, r.MemoryMiB, r.ENIs))
	}
	if _, ok := c.instances[id]; ok {
		c.replaced(func(r *retained) bool { return r.Instance == id })
	}
	c.registered++
	n.ID, n.ARN = id, ecs.ContainerInstanceARN(c.cfg.Scope, c.cfg.Name, id)
	n.Status, n.AgentConnected, n.RegisteredAt, n.Version = ecs.InstanceActive, true, c.now, 0
	if n.EC2InstanceID == "" {
		n.EC2InstanceID = "i-0" + c.id32("ec2", string(id))[:16]
	}
	n.RunningTasks, n.PendingTasks = 0, 0
	fill(&n.CapacityProvider, c.providerOf(cmd.AutoScalingGroup))
	n.Attributes = slices.Clone(n.Attributes)
	if trunked(&n) {
		c.beginTrunk(&n)
	}
	c.fleet.Add(n)
	// The fleet knows the network interfaces of instance types.
	if known, ok := c.fleet.Instance(id); ok {
		n.Registered = known.Registered
	}
	n.Attributes = c.fleet.Attributes(id)
	i := &instance{ID: id, Instance: n, Group: cmd.AutoScalingGroup}
	c.instances[id] = i
	if n.Status == ecs.InstanceRegistering {
		c.awaitTrunk(i)
	}
	c.warm(i)
	c.changedInstance(i)
	c.fleetChanged(i)
	return Outcome{Instance: id}, nil
}

// fleetChanged lets the services look again that a change of an instance is news
// for: those that wait for a place, those that run on every instance, and those
// that are spread over zones when a zone comes or goes.
func (c *Cluster) fleetChanged(i *instance) {
	c.wakeWaiting()
	zoneChanged := c.openZone(i)
	for _, s := range c.serviceList() {
		switch {
		case s.Spec.Status != ecs.ServiceActive:
		case s.Spec.SchedulingStrategy == ecs.Daemon:
			c.sitesOf(s)
			if c.judge(s, i) || i.site(s).suits {
				c.wake(s, c.now.Add(PassDelay))
			}
		case s.Spec.AvailabilityZoneRebalancing != ecs.Enabled:
		case zoneChanged || c.picky(s):
			c.wake(s, c.now.Add(PassDelay))
		}
	}
}

// openZone counts the instance among those of its zone that take tasks, and
// reports whether it is the first one of them, or was the last.
func (c *Cluster) openZone(i *instance) bool {
	open := i.Instance.Status == ecs.InstanceActive && i.Instance.AgentConnected
	if open == i.open {
		return false
	}
	i.open = open
	zone := i.zone()
	if open {
		c.openZones[zone]++
		return c.openZones[zone] == 1
	}
	c.openZones[zone]--
	return c.openZones[zone] == 0
}

// picky reports whether the service runs on some container instances and not on
// others that are there.
func (c *Cluster) picky(s *service) bool {
	def := c.definitions[s.primary().Definition].def
	return len(s.Spec.PlacementConstraints)+len(def.PlacementConstraints)+len(def.RequiresAttributes)+len(s.Spec.CapacityProviderStrategy) > 0 ||
		def.CPUArchitecture != ""
}

// wakeServicesOn lets the services look again that have tasks on the instance.
func (c *Cluster) wakeServicesOn(i *instance) {
	for _, t := range i.tasks {
		if t.svc != nil {
			if t.svc.sites != nil {
				t.svc.sites.look = true
			}
			c.wake(t.svc, c.now.Add(PassDelay))
		}
	}
}

// registeredInstance is an instance that has not been deregistered.
func (c *Cluster) registeredInstance(id ecs.ContainerInstanceID) (*instance, error) {
	i, ok := c.instances[id]
	if !ok || i.Instance.Status == ecs.InstanceInactive {
		return nil, invalid("Referenced container instance " + string(id) + " not found.")
	}
	return i, nil
}

// deregisterInstance removes an instance. With force its tasks are orphaned:
// ECS forgets them at once (ECS semantics 6.3). One with a trunk network interface
// is DEREGISTERING until that is gone (6.1).
func (c *Cluster) deregisterInstance(cmd *DeregisterInstance) error {
	i, err := c.registeredInstance(cmd.ID)
	if err != nil {
		return err
	}
	if len(i.tasks) > 0 && !cmd.Force {
		return invalid("Found running tasks on the instance.")
	}
	if i.Instance.Status == ecs.InstanceDeregistering {
		return nil
	}
	for _, t := range slices.Clone(i.tasks) {
		c.decide(Decision{Stop: t.ID})
		c.unwant(t, ecs.UserInitiated, "Container instance deregistration forced by user")
		c.finish(t)
	}
	if trunked(&i.Instance) && i.Host == hostRunning {
		i.Instance.Status = ecs.InstanceDeregistering
		c.changedInstance(i)
		c.fleet.SetStatus(i.ID, ecs.InstanceDeregistering)
		c.awaitTrunk(i)
	} else {
		c.leave(i)
	}
	c.fleetChanged(i)
	return nil
}

// setInstanceStatus drains an instance, or lets it take tasks again (ECS
// semantics 6.2).
func (c *Cluster) setInstanceStatus(cmd *SetInstanceStatus) error {
	if cmd.Status != ecs.InstanceActive && cmd.Status != ecs.InstanceDraining {
		return invalid("Container instance status should be one of [ACTIVE, DRAINING]")
	}
	i, err := c.registeredInstance(cmd.ID)
	if err != nil {
		return err
	}
	switch status := i.Instance.Status; {
	case status == cmd.Status:
		return nil
	case status == ecs.InstanceRegistering || status == ecs.InstanceDeregistering:
		return invalid(fmt.Sprintf("Container instance %s is %s: its status can be changed while it is ACTIVE or DRAINING.", cmd.ID, status))
	case cmd.Status == ecs.InstanceActive && i.Termination != nil:
		return invalid(fmt.Sprintf(alreadyTerminating, cmd.ID, i.Group))
	}
	i.Instance.Status = cmd.Status
	c.changedInstance(i)
	c.fleet.SetStatus(cmd.ID, cmd.Status)
	for _, t := range i.tasks {
		c.recount(t)
	}
	c.wakeServicesOn(i)
	c.fleetChanged(i)
	return nil
}

// setAgentConnected notes whether ECS hears from the agent. Tasks keep their
// last known state while it does not (ECS semantics 6.1).
func (c *Cluster) setAgentConnected(cmd *SetAgentConnected) error {
	i, err := c.registeredInstance(cmd.ID)
	if err != nil {
		return err
	}
	if i.Instance.AgentConnected == cmd.Connected {
		return nil
	}
	if i.Host != hostRunning {
		return invalid(fmt.Sprintf("The agent of container instance %s cannot connect: its host is %s.", i.ID, i.Host))
	}
	c.connectAgent(i, cmd.Connected)
	c.fleetChanged(i)
	return nil
}

// connectAgent begins or ends the time in which ECS hears from an agent.
func (c *Cluster) connectAgent(i *instance, connected bool) {
	if i.Instance.AgentConnected == connected {
		return
	}
	i.Instance.AgentConnected = connected
	c.changedInstance(i)
	c.fleet.SetConnected(i.ID, connected)
	connectivity := "DISCONNECTED"
	if connected {
		connectivity = "CONNECTED"
	}
	for _, t := range i.tasks {
		if t.Task.Connectivity != "" {
			t.Task.Connectivity, t.Task.ConnectivityAt = connectivity, instantOf(c.now)
		}
	}
}

func (c *Cluster) attributeTarget(id ecs.ContainerInstanceID) (*instance, error) {
	i, err := c.registeredInstance(id)
	if err != nil {
		return nil, &ecs.Error{Code: ecs.CodeTargetNotFound, Message: "Could not find " + string(id)}
	}
	return i, nil
}

// putAttributes sets attributes of one's own (ECS semantics 1.8).
func (c *Cluster) putAttributes(cmd *PutAttributes) error {
	i, err := c.attributeTarget(cmd.ID)
	if err != nil {
		return err
	}
	list := slices.Clone(i.Instance.Attributes)
	for _, a := range cmd.Attributes {
		if builtIn(a.Name) {
			return invalid(fmt.Sprintf("Attribute %s is set by Amazon ECS and cannot be changed.", a.Name))
		}
		a.TargetID, a.TargetType = "", ""
		if k := slices.IndexFunc(list, func(x ecs.Attribute) bool { return x.Name == a.Name }); k >= 0 {
			list[k] = a
		} else {
			list = append(list, a)
		}
	}
	own := 0
	for _, a := range list {
		if !builtIn(a.Name) {
			own++
		}
	}
	if own > customAttributes {
		return &ecs.Error{Code: "AttributeLimitExceededException", Message: fmt.Sprintf(
			"A container instance can have at most %d custom attributes.", customAttributes)}
	}
	c.setAttributes(i, list)
	return nil
}

func builtIn(name string) bool {
	return strings.HasPrefix(name, "ecs.") || strings.HasPrefix(name, "com.amazonaws.ecs.")
}

func (c *Cluster) deleteAttributes(cmd *DeleteAttributes) error {
	i, err := c.attributeTarget(cmd.ID)
	if err != nil {
		return err
	}
	for _, name := range cmd.Names {
		if builtIn(name) {
			return invalid(fmt.Sprintf("Attribute %s is set by Amazon ECS and cannot be changed.", name))
		}
	}
	c.setAttributes(i, slices.DeleteFunc(slices.Clone(i.Instance.Attributes), func(a ecs.Attribute) bool {
		return slices.Contains(cmd.Names, a.Name)
	}))
	return nil
}

func (c *Cluster) setAttributes(i *instance, list []ecs.Attribute) {
	c.fleet.SetAttributes(i.ID, list)
	i.Instance.Attributes = c.fleet.Attributes(i.ID)
	c.changedInstance(i)
	c.fleetChanged(i)
}

// Instances are the ids of the container instances that the filter chooses,
// sorted. Without a status, all but INACTIVE ones.
func (c *Cluster) Instances(f InstanceFilter) ([]ecs.ContainerInstanceID, error) {
	var match *query.Expression
	if f.Expression != "" {
		var err error
		if match, err = query.Parse(f.Expression); err != nil {
			return nil, invalid("Invalid filter expression: " + err.Error())
		}
	}
	var out []ecs.ContainerInstanceID
	for _, id := range c.fleet.Instances(match) {
		if f.Status == "" || c.instances[id].Instance.Status == f.Status {
			out = append(out, id)
		}
	}
	return out, nil
}

// Connected reports whether ECS hears from the agent of the instance.
func (c *Cluster) Connected(id ecs.ContainerInstanceID) bool {
	i, ok := c.instances[id]
	return ok && i.Instance.AgentConnected
}

// Instance is one container instance, lately deregistered ones too.
func (c *Cluster) Instance(id ecs.ContainerInstanceID) (ecs.ContainerInstance, bool) {
	i, ok := c.instances[id]
	if !ok {
		return ecs.ContainerInstance{}, false
	}
	out := i.Instance
	out.ID = id
	out.Attributes = slices.Clone(i.Instance.Attributes)
	out.Remaining = out.Registered
	if left, running, pending, ok := c.fleet.Left(id); ok {
		out.Remaining, out.RunningTasks, out.PendingTasks = left, running, pending
	}
	return out, true
}
