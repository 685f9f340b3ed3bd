package placement

import (
	"fmt"
	"slices"

	"gantry/ecs"
)

// Task is a task that holds resources of an instance.
type Task struct {
	ID           ecs.TaskID
	Instance     ecs.ContainerInstanceID
	Group        string        // "service:NAME", "family:FAMILY" or the run's own
	Requirements *Requirements // nil: none. It must not change while the task holds them
	GPUIDs       []string      // which GPUs it got; Commit picks the lowest free ones when empty
}

// committed is a task in the fleet. There are many of them.
type committed struct {
	id       ecs.TaskID
	node     *node
	group    *group
	needs    *Requirements
	gpuIDs   []string
	starting bool // its last status is one of those before RUNNING
	stopping bool // its desired status is STOPPED
}

// starts reports whether a task with that last status does not run yet.
func starts(last ecs.TaskStatus) bool {
	return last == ecs.TaskProvisioning || last == ecs.TaskPending || last == ecs.TaskActivating
}

// task returns a task in the fleet, or nil.
func (f *Fleet) task(id ecs.TaskID) *committed {
	t := f.tasks[id]
	if t != nil && t.node.removed {
		f.drop(t)
		return nil
	}
	return t
}

func (f *Fleet) drop(t *committed) {
	delete(f.tasks, t.id)
	f.groups.use(t.group, -1)
}

// Commit gives a task its resources: from now on, as PENDING with the desired
// status RUNNING. It returns the ids of the task's GPUs. A task whose resources
// are not free is refused, and then nothing has changed; anything else about
// the instance (its status, its attributes) is not asked here.
func (f *Fleet) Commit(t Task) (gpuIDs []string, err error) {
	n := f.instances[t.Instance]
	if n == nil {
		return nil, fmt.Errorf("commit task %s: container instance %s is not in the cluster", t.ID, t.Instance)
	}
	if held := f.task(t.ID); held != nil {
		return nil, fmt.Errorf("commit task %s: it already holds resources of container instance %s", t.ID, held.node.ID)
	}
	needs := f.share(t.Requirements)
	if c := (check{node: n, needs: needs}); !c.resources() {
		return nil, fmt.Errorf("commit task %s: container instance %s is %s", t.ID, n.ID, c.first)
	}
	task := &committed{id: t.ID, node: n, needs: needs, starting: true}
	if needs.GPUs > 0 || len(t.GPUIDs) > 0 {
		if task.gpuIDs, err = takeGPUs(n, needs, &t); err != nil {
			return nil, err
		}
	}
	task.group = f.groups.get(t.Group)
	f.groups.use(task.group, +1)
	f.tasks[t.ID] = task
	f.changeResources(task, n.hold)
	task.countStatus(+1)
	f.countGroup(task, +1)
	return slices.Clone(task.gpuIDs), nil
}

// share returns the requirements, or equal ones that other tasks have already.
func (f *Fleet) share(needs *Requirements) *Requirements {
	if needs == nil {
		return f.nothing
	}
	size := [2]int{needs.CPUUnits, needs.MemoryMiB}
	if f.shared == needs {
		return needs
	}
	if known := f.bySize[size]; known != nil && known.equal(needs) {
		f.shared = known
		return known
	}
	if len(f.bySize) >= maxAsked {
		clear(f.bySize)
	}
	f.bySize[size], f.shared = needs, needs
	return needs
}

func takeGPUs(n *node, needs *Requirements, t *Task) ([]string, error) {
	if len(t.GPUIDs) == 0 {
		return slices.Clone(n.Remaining.GPUs[:needs.GPUs]), nil
	}
	if len(t.GPUIDs) != needs.GPUs {
		return nil, fmt.Errorf("commit task %s: it needs %d GPUs and names %d", t.ID, needs.GPUs, len(t.GPUIDs))
	}
	for _, id := range t.GPUIDs {
		if !slices.Contains(n.Remaining.GPUs, id) {
			return nil, fmt.Errorf("commit task %s: GPU %s of container instance %s is not free", t.ID, id, n.ID)
		}
	}
	return slices.Clone(t.GPUIDs), nil
}

// SetTaskStatus says how far a task is and where it is meant to go. A task with
// the desired status STOPPED keeps its resources, but counts no longer for
// spread, distinctInstance and task:group (ECS semantics 2.2, 2.3).
func (f *Fleet) SetTaskStatus(id ecs.TaskID, last, desired ecs.TaskStatus) bool {
	t := f.task(id)
	if t == nil {
		return false
	}
	t.countStatus(-1)
	t.starting = starts(last)
	stopping := desired == ecs.TaskStopped
	moves := stopping != t.stopping
	if t.stopping = stopping; moves && stopping {
		f.countGroup(t, -1)
	} else if moves {
		f.countGroup(t, +1)
	}
	t.countStatus(+1)
	if x := f.index; x != nil && moves {
		x.log.changed(t.node.slot) // its groups or runningTasksCount
	}
	return true
}

// Release gives a task's resources back: it has STOPPED. It reports whether the
// task held any.
func (f *Fleet) Release(id ecs.TaskID) bool {
	t := f.task(id)
	if t == nil {
		return false
	}
	t.countStatus(-1)
	if !t.stopping {
		f.countGroup(t, -1)
	}
	f.changeResources(t, t.node.free)
	f.drop(t)
	return true
}

// changeResources is the one place where what is left on an instance changes.
func (f *Fleet) changeResources(t *committed, do func(*committed)) {
	if n := t.node; len(n.kept) > 0 {
		f.changeRemaining(n, func() {
			do(t)
			n.keep()
		})
		return
	}
	cpu, memory := t.node.Remaining.CPUUnits, t.node.Remaining.MemoryMiB
	do(t)
	f.changed(t.node, cpu, memory)
}

func (f *Fleet) changeRemaining(n *node, do func()) {
	cpu, memory := n.Remaining.CPUUnits, n.Remaining.MemoryMiB
	do()
	f.changed(n, cpu, memory)
}

// changed tells the index that an instance is not what it was, and what was left
// on it before.
func (f *Fleet) changed(n *node, cpu, memory int) {
	if x := f.index; x != nil {
		word := n.slot >> 6
		x.cpuUnits.set(word, n.slot, cpu, n.Remaining.CPUUnits)
		x.memoryMiB.set(word, n.slot, memory, n.Remaining.MemoryMiB)
		x.log.changed(n.slot)
	}
}

// countStatus adds a task to the counts of its instance, or takes it off. The
// running tasks are those with the desired status RUNNING, from the moment on that
// they are placed, so that one that starts is among the pending tasks as well, and
// one that stops after it ran in neither count (ECS semantics 6.1
// [API:ContainerInstance], aws/aws-cdk#13559).
func (t *committed) countStatus(by int) {
	if !t.stopping {
		t.node.RunningTasks += by
	}
	if t.starting {
		t.node.PendingTasks += by
	}
}

// countGroup adds a task to the counts of its group, or takes it off.
func (f *Fleet) countGroup(t *committed, by int) {
	n, g := t.node, t.group
	was := n.addTasks(g, by)
	x := f.index
	if x == nil {
		return
	}
	g.set(n.slot, was, was+by)
	for at, field := range x.fields {
		g.add(at, field.of[n.slot], by)
	}
}

func (n *node) hold(t *committed) {
	r := &n.Remaining
	r.CPUUnits -= t.needs.CPUUnits
	r.MemoryMiB -= t.needs.MemoryMiB
	r.ENIs -= t.needs.ENIs
	if t.needs.plain() {
		return
	}
	r.GPUs = without(r.GPUs, t.gpuIDs)
	r.Ports = merge(r.Ports, t.needs.Ports)
	r.PortsUDP = merge(r.PortsUDP, t.needs.PortsUDP)
}

func (n *node) free(t *committed) {
	r := &n.Remaining
	r.CPUUnits += t.needs.CPUUnits
	r.MemoryMiB += t.needs.MemoryMiB
	r.ENIs += t.needs.ENIs
	if t.needs.plain() {
		return
	}
	r.GPUs = merge(r.GPUs, t.gpuIDs)
	r.Ports = without(r.Ports, t.needs.Ports)
	r.PortsUDP = without(r.PortsUDP, t.needs.PortsUDP)
}

func merge[T int | string](sorted, more []T) []T {
	for _, v := range more {
		if at, found := slices.BinarySearch(sorted, v); !found {
			sorted = slices.Insert(sorted, at, v)
		}
	}
	return sorted
}

func without[T int | string](sorted, less []T) []T {
	for _, v := range less {
		if at, found := slices.BinarySearch(sorted, v); found {
			sorted = slices.Delete(sorted, at, at+1)
		}
	}
	return sorted
}
