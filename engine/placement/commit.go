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
	Group        string // "service:NAME", "family:FAMILY" or the run's own
	Requirements Requirements
	GPUIDs       []string // which GPUs it got; Commit picks the lowest free ones when empty
}

// committed is a task in the fleet.
type committed struct {
	Task
	node          *node
	last, desired ecs.TaskStatus
}

// Commit gives a task its resources: from now on, as PENDING with the desired
// status RUNNING. It returns the ids of the task's GPUs. A task whose resources
// are not free is refused, and then nothing has changed; anything else about
// the instance (its status, its attributes) is not asked here.
func (f *Fleet) Commit(t Task) (gpuIDs []string, err error) {
	n := f.instances[t.Instance]
	switch {
	case n == nil:
		return nil, fmt.Errorf("commit task %s: container instance %s is not in the cluster", t.ID, t.Instance)
	case f.tasks[t.ID] != nil:
		return nil, fmt.Errorf("commit task %s: it already holds resources of container instance %s", t.ID, f.tasks[t.ID].Instance)
	}
	c := check{node: n, request: &Request{Requirements: t.Requirements}, all: true}
	c.resources()
	if len(c.reasons) > 0 {
		return nil, fmt.Errorf("commit task %s: container instance %s is %s", t.ID, n.ID, c.reasons[0])
	}
	gpus, err := takeGPUs(n, &t)
	if err != nil {
		return nil, err
	}
	t.GPUIDs = gpus
	task := &committed{Task: t, node: n, last: ecs.TaskPending, desired: ecs.TaskRunning}
	f.tasks[t.ID] = task
	f.changeResources(n, func() { n.hold(&t, gpus) })
	task.countStatus(+1)
	f.countGroup(task, +1)
	return slices.Clone(gpus), nil
}

func takeGPUs(n *node, t *Task) ([]string, error) {
	if len(t.GPUIDs) == 0 {
		return slices.Clone(n.Remaining.GPUs[:t.Requirements.GPUs]), nil
	}
	if len(t.GPUIDs) != t.Requirements.GPUs {
		return nil, fmt.Errorf("commit task %s: it needs %d GPUs and names %d", t.ID, t.Requirements.GPUs, len(t.GPUIDs))
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
	t := f.tasks[id]
	if t == nil {
		return false
	}
	t.countStatus(-1)
	if t.counts() && desired == ecs.TaskStopped {
		f.countGroup(t, -1)
	} else if !t.counts() && desired != ecs.TaskStopped {
		f.countGroup(t, +1)
	}
	t.last, t.desired = last, desired
	t.countStatus(+1)
	return true
}

// Release gives a task's resources back: it has STOPPED. It reports whether the
// task held any.
func (f *Fleet) Release(id ecs.TaskID) bool {
	t := f.tasks[id]
	if t == nil {
		return false
	}
	t.countStatus(-1)
	if t.counts() {
		f.countGroup(t, -1)
	}
	f.changeResources(t.node, func() { t.node.free(t) })
	delete(f.tasks, id)
	return true
}

// changeResources is the one place where what is left on an instance changes.
func (f *Fleet) changeResources(n *node, do func()) {
	f.index.reorder(n, do, orderKey{by: byCPU}, orderKey{by: byMemory})
}

// counts reports whether the task counts for spread, distinctInstance and task:group.
func (t *committed) counts() bool { return t.desired != ecs.TaskStopped }

// countStatus adds a task to the pending or running tasks of its instance, or
// takes it off. One that is stopping is in neither (aws/aws-cdk#13559, ECS
// semantics 6.1 [API:ContainerInstance]).
func (t *committed) countStatus(by int) {
	switch t.last {
	case ecs.TaskRunning:
		if t.counts() {
			t.node.RunningTasks += by
		}
	case ecs.TaskProvisioning, ecs.TaskPending, ecs.TaskActivating:
		t.node.PendingTasks += by
	}
}

// countGroup adds a task to the counts of its group, or takes it off.
func (f *Fleet) countGroup(t *committed, by int) {
	f.index.reorder(t.node, func() { t.node.countGroup(t.Group, by) }, orderKey{byGroup, t.Group})
	for _, tally := range f.index.tallies {
		tally.add(t.node, t.Group, by)
	}
}

func (n *node) countGroup(group string, by int) {
	was := n.groups[group]
	n.groups[group] = was + by
	switch {
	case was == 0:
		n.groupNames = merge(n.groupNames, []string{group})
	case was+by == 0:
		delete(n.groups, group)
		n.groupNames = without(n.groupNames, []string{group})
	}
}

func (n *node) hold(t *Task, gpus []string) {
	r := &n.Remaining
	r.CPUUnits -= t.Requirements.CPUUnits
	r.MemoryMiB -= t.Requirements.MemoryMiB
	r.ENIs -= t.Requirements.ENIs
	r.GPUs = slices.DeleteFunc(r.GPUs, func(id string) bool { return slices.Contains(gpus, id) })
	r.Ports = merge(r.Ports, t.Requirements.Ports)
	r.PortsUDP = merge(r.PortsUDP, t.Requirements.PortsUDP)
}

func (n *node) free(t *committed) {
	r := &n.Remaining
	r.CPUUnits += t.Requirements.CPUUnits
	r.MemoryMiB += t.Requirements.MemoryMiB
	r.ENIs += t.Requirements.ENIs
	r.GPUs = merge(r.GPUs, t.GPUIDs)
	r.Ports = without(r.Ports, t.Requirements.Ports)
	r.PortsUDP = without(r.PortsUDP, t.Requirements.PortsUDP)
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

// GroupCount is how many tasks of a group the instance has, those with the
// desired status STOPPED left out.
func (f *Fleet) GroupCount(id ecs.ContainerInstanceID, group string) int {
	if n := f.instances[id]; n != nil {
		return n.groups[group]
	}
	return 0
}
