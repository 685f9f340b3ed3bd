package placement

import (
	"maps"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/query"
)

// Fleet is the container instances of one cluster with what is left on each.
// It belongs to one owner, and changes through its methods alone.
type Fleet struct {
	instances map[ecs.ContainerInstanceID]*node
	tasks     map[ecs.TaskID]*committed
	ordered   []*node // by id
	index     index
}

// node is one container instance.
type node struct {
	ecs.ContainerInstance
	attributes map[string]string
	groups     map[string]int // tasks by group, those with desired status STOPPED left out
	groupNames []string       // the keys of groups, ascending
	hash       uint64         // of the id, for random choices
}

// NewFleet returns a fleet without instances.
func NewFleet() *Fleet {
	return &Fleet{
		instances: map[ecs.ContainerInstanceID]*node{},
		tasks:     map[ecs.TaskID]*committed{},
	}
}

// Add puts an instance into the fleet, with all of its registered resources
// free; what runs on it comes by Commit. An instance with the id of an earlier
// one takes its place, without its tasks.
//
// Registered.ENIs, which is not on the wire, comes from the instance type when
// it is 0 and the type is known: the type's interfaces less the primary one.
func (f *Fleet) Add(instance ecs.ContainerInstance) {
	f.Remove(instance.ID)
	n := &node{ContainerInstance: cloneInstance(&instance), groups: map[string]int{}, hash: hashText(string(instance.ID))}
	n.setAttributes(n.Attributes)
	if n.Registered.ENIs == 0 {
		if t, ok := ecs.InstanceTypeByName(n.attributes[ecs.AttributeInstanceType]); ok {
			n.Registered.ENIs = t.MaxENIs - 1
		}
	}
	sortResources(&n.Registered)
	n.Remaining = cloneResources(n.Registered)
	n.RunningTasks, n.PendingTasks = 0, 0
	f.instances[n.ID] = n
	at, _ := f.position(n.ID)
	f.ordered = slices.Insert(f.ordered, at, n)
	f.index.enter(n)
}

// Remove takes an instance out, and every task that was committed to it.
func (f *Fleet) Remove(id ecs.ContainerInstanceID) {
	n := f.instances[id]
	if n == nil {
		return
	}
	f.index.leave(n)
	maps.DeleteFunc(f.tasks, func(_ ecs.TaskID, t *committed) bool { return t.node == n })
	delete(f.instances, id)
	at, _ := f.position(id)
	f.ordered = slices.Delete(f.ordered, at, at+1)
}

func (f *Fleet) position(id ecs.ContainerInstanceID) (int, bool) {
	return slices.BinarySearchFunc(f.ordered, id, func(n *node, id ecs.ContainerInstanceID) int {
		return strings.Compare(string(n.ID), string(id))
	})
}

// SetStatus changes the status of an instance; only an ACTIVE one gets tasks.
// It reports whether the instance is there, as the other setters do.
func (f *Fleet) SetStatus(id ecs.ContainerInstanceID, status ecs.ContainerInstanceStatus) bool {
	return f.change(id, func(n *node) { n.Status = status })
}

// SetConnected says whether the agent of an instance is connected.
func (f *Fleet) SetConnected(id ecs.ContainerInstanceID, connected bool) bool {
	return f.change(id, func(n *node) { n.AgentConnected = connected })
}

// SetAttributes replaces all attributes of an instance.
func (f *Fleet) SetAttributes(id ecs.ContainerInstanceID, attributes []ecs.Attribute) bool {
	return f.change(id, func(n *node) { n.setAttributes(attributes) })
}

func (f *Fleet) change(id ecs.ContainerInstanceID, do func(*node)) bool {
	n := f.instances[id]
	if n == nil {
		return false
	}
	f.index.leave(n)
	do(n)
	f.index.enter(n)
	return true
}

// Instance returns a copy of an instance with its remaining resources and task
// counts as they are now.
func (f *Fleet) Instance(id ecs.ContainerInstanceID) (ecs.ContainerInstance, bool) {
	n := f.instances[id]
	if n == nil {
		return ecs.ContainerInstance{}, false
	}
	return cloneInstance(&n.ContainerInstance), true
}

// Instances returns the ids of the instances that the filter matches, ascending.
// A nil filter matches all.
func (f *Fleet) Instances(filter *query.Expression) []ecs.ContainerInstanceID {
	ids := make([]ecs.ContainerInstanceID, 0, len(f.ordered))
	for _, n := range f.ordered {
		if filter == nil || filter.Match(n) {
			ids = append(ids, n.ID)
		}
	}
	return ids
}

// Len is the number of instances, of whatever status.
func (f *Fleet) Len() int { return len(f.ordered) }

// Active is the number of instances whose status is ACTIVE.
func (f *Fleet) Active() int {
	count := 0
	for _, n := range f.ordered {
		if n.Status == ecs.InstanceActive {
			count++
		}
	}
	return count
}

func (n *node) setAttributes(attributes []ecs.Attribute) {
	n.Attributes = slices.Clone(attributes)
	n.attributes = make(map[string]string, len(attributes))
	for _, a := range attributes {
		n.attributes[a.Name] = a.Value
	}
}

// Attribute makes the node a query.Subject, together with TaskGroup and Facts.
func (n *node) Attribute(name string) (string, bool) {
	value, ok := n.attributes[name]
	return value, ok
}

// TaskGroup sees the groups that count: a task that is stopping keeps no other
// task away.
func (n *node) TaskGroup(match func(group string) bool) bool {
	return slices.ContainsFunc(n.groupNames, match)
}

// Facts are the rest of what an expression can ask.
func (n *node) Facts() query.Facts {
	return query.Facts{
		AgentConnected:    n.AgentConnected,
		AgentVersion:      n.AgentVersion,
		EC2InstanceID:     n.EC2InstanceID,
		RegisteredAt:      n.RegisteredAt,
		RunningTasksCount: n.RunningTasks,
	}
}

func (n *node) zone() string { return n.attributes[ecs.AttributeAvailabilityZone] }

func cloneInstance(i *ecs.ContainerInstance) ecs.ContainerInstance {
	c := *i
	c.Registered, c.Remaining = cloneResources(i.Registered), cloneResources(i.Remaining)
	c.Attributes, c.Tags = slices.Clone(i.Attributes), slices.Clone(i.Tags)
	return c
}

func cloneResources(r ecs.Resources) ecs.Resources {
	r.Ports, r.PortsUDP, r.GPUs = slices.Clone(r.Ports), slices.Clone(r.PortsUDP), slices.Clone(r.GPUs)
	return r
}

// sortResources brings the lists into the order that the fleet keeps them in.
func sortResources(r *ecs.Resources) {
	slices.Sort(r.Ports)
	slices.Sort(r.PortsUDP)
	slices.Sort(r.GPUs)
	r.Ports, r.PortsUDP, r.GPUs = slices.Compact(r.Ports), slices.Compact(r.PortsUDP), slices.Compact(r.GPUs)
}
