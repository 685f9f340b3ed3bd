package placement

import (
	"slices"

	"gantry/ecs"
	"gantry/engine/query"
)

// Fleet is the container instances of one cluster with what is left on each.
// It belongs to one owner, and changes through its methods alone.
type Fleet struct {
	instances map[ecs.ContainerInstanceID]*node
	tasks     map[ecs.TaskID]*committed
	groups    groups
	ordered   []*node // by id, unless unsorted
	unsorted  bool
	active    int
	byZone    map[string]int // instances
	sets      map[string]*attributeSet
	index     *index // nil until it is needed

	nothing  *Requirements // of a request without any
	anywhere *Policy       // the same
	shared   *Requirements // of the last task
	bySize   map[[2]int]*Requirements
}

// node is one container instance.
type node struct {
	ecs.ContainerInstance
	set        *attributeSet
	attributes map[string]string // of the set
	groups     []groupCount      // in no order
	hash       uint64            // of the id, for random choices
	slot       int               // in the index
	kept       []kept            // room for tasks to come
	removed    bool
}

// NewFleet returns a fleet without instances.
func NewFleet() *Fleet {
	anywhere := &Policy{random: true}
	anywhere.plan()
	return &Fleet{
		instances: map[ecs.ContainerInstanceID]*node{},
		tasks:     map[ecs.TaskID]*committed{},
		byZone:    map[string]int{},
		sets:      map[string]*attributeSet{},
		groups:    groups{named: map[string]*group{}},
		nothing:   &Requirements{},
		anywhere:  anywhere,
		bySize:    map[[2]int]*Requirements{},
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
	n := &node{ContainerInstance: instance, hash: hashText(string(instance.ID))}
	f.take(n, instance.Attributes)
	if n.Registered.ENIs == 0 {
		if t, ok := ecs.InstanceTypeByName(n.attributes[ecs.AttributeInstanceType]); ok {
			n.Registered.ENIs = t.MaxENIs - 1
		}
	}
	n.Registered, n.Tags = cloneResources(n.Registered), slices.Clone(n.Tags)
	sortResources(&n.Registered)
	n.Remaining = cloneResources(n.Registered)
	n.RunningTasks, n.PendingTasks = 0, 0
	f.instances[n.ID] = n
	f.active += n.active()
	f.byZone[n.zone()]++
	if f.index == nil {
		f.unsorted = f.unsorted || len(f.ordered) > 0 && f.ordered[len(f.ordered)-1].ID > n.ID
		f.ordered = append(f.ordered, n)
		return
	}
	at, _ := f.position(n.ID)
	f.ordered = slices.Insert(f.ordered, at, n)
	var before, after *node
	if at > 0 {
		before = f.ordered[at-1]
	}
	if at+1 < len(f.ordered) {
		after = f.ordered[at+1]
	}
	if !f.index.insert(before, n, after) {
		f.index = nil
	}
}

// sort brings the instances into the order of their ids.
func (f *Fleet) sort() {
	if f.unsorted {
		slices.SortFunc(f.ordered, func(a, b *node) int { return compareID(a, b.ID) })
		f.unsorted = false
	}
}

// Remove takes an instance out, and every task that was committed to it.
func (f *Fleet) Remove(id ecs.ContainerInstanceID) {
	n := f.instances[id]
	if n == nil {
		return
	}
	if f.index != nil {
		f.index.leave(n)
	}
	n.removed = true // its tasks are forgotten when somebody asks for them
	f.active -= n.active()
	f.leaveZone(n)
	f.release(n)
	delete(f.instances, id)
	f.sort()
	at, _ := f.position(id)
	f.ordered = slices.Delete(f.ordered, at, at+1)
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

// SetCapacityProvider says which capacity provider an instance belongs to.
func (f *Fleet) SetCapacityProvider(id ecs.ContainerInstanceID, provider string) bool {
	return f.change(id, func(n *node) { n.CapacityProvider = provider })
}

// SetAttributes replaces all attributes of an instance.
func (f *Fleet) SetAttributes(id ecs.ContainerInstanceID, attributes []ecs.Attribute) bool {
	return f.change(id, func(n *node) { f.take(n, attributes) })
}

func (f *Fleet) change(id ecs.ContainerInstanceID, do func(*node)) bool {
	n := f.instances[id]
	if n == nil {
		return false
	}
	if f.index != nil {
		f.index.leave(n)
	}
	f.active -= n.active()
	f.leaveZone(n)
	do(n)
	f.active += n.active()
	f.byZone[n.zone()]++
	if f.index != nil {
		f.index.enter(n)
	}
	return true
}

// leaveZone takes an instance off the count of its zone.
func (f *Fleet) leaveZone(n *node) {
	if f.byZone[n.zone()]--; f.byZone[n.zone()] == 0 {
		delete(f.byZone, n.zone())
	}
}

// Instance returns a copy of an instance with its remaining resources and task
// counts as they are now.
func (f *Fleet) Instance(id ecs.ContainerInstanceID) (ecs.ContainerInstance, bool) {
	n := f.instances[id]
	if n == nil {
		return ecs.ContainerInstance{}, false
	}
	out := n.ContainerInstance
	out.Remaining = n.remaining()
	return cloneInstance(&out), true
}

// Instances returns the ids of the instances that the filter matches, ascending.
// A nil filter matches all.
func (f *Fleet) Instances(filter *query.Expression) []ecs.ContainerInstanceID {
	f.sort()
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
func (f *Fleet) Active() int { return f.active }

func (n *node) active() int {
	if n.Status == ecs.InstanceActive {
		return 1
	}
	return 0
}

// PortInUse reports whether a port of an instance is reserved, or a task there
// holds it (ECS semantics 3.1).
func (f *Fleet) PortInUse(id ecs.ContainerInstanceID, port int, udp bool) bool {
	n := f.instances[id]
	if n == nil {
		return false
	}
	used := n.Remaining.Ports
	if udp {
		used = n.Remaining.PortsUDP
	}
	_, found := slices.BinarySearch(used, port)
	return found
}

// Attribute makes the node a query.Subject, together with TaskGroup and Facts.
func (n *node) Attribute(name string) (string, bool) {
	value, ok := n.attributes[name]
	return value, ok
}

// TaskGroup sees the groups that count: a task that is stopping keeps no other
// task away.
func (n *node) TaskGroup(match func(group string) bool) bool {
	return slices.ContainsFunc(n.groups, func(g groupCount) bool { return match(g.name) })
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
