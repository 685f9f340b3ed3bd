package scheduler

import (
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
	"gantry/engine/placement"
)

// blueprint is what a new task is made from.
type blueprint struct {
	def          *ecs.TaskDefinition
	origin       *Origin
	network      *ecs.NetworkConfiguration
	volumes      []ecs.ManagedVolume
	ordinal      int
	requirements *placement.Requirements

	svc *service // nil for a standalone task
	dep *deployment

	rebalances bool // it is to balance the service over the zones again
}

// place is where a task goes: a container instance, or for Fargate a zone.
type place struct {
	instance ecs.ContainerInstanceID
	zone     string
	why      why
}

// idParts name the task: its group, the group's generation and its ordinal.
func (b *blueprint) idParts(kind string) [4]string {
	generation := 0
	if b.svc != nil {
		generation = b.svc.Generation
	}
	return [4]string{kind, b.origin.Group, strconv.Itoa(generation), strconv.Itoa(b.ordinal)}
}

// start makes a task at a place that was found for it.
func (c *Cluster) start(b *blueprint, at place) *task {
	t := c.record(b)
	c.assign(t, b, at)
	return t
}

// record makes a task that has no place yet.
func (c *Cluster) record(b *blueprint) *task {
	c.seq++
	parts := b.idParts("task")
	id := ecs.TaskID(c.id32(parts[:]...))
	t := &task{ID: id, Seq: c.seq, Ordinal: b.ordinal, svc: b.svc, dep: b.dep}
	t.Task = taskState{
		Origin:     b.origin,
		LastStatus: ecs.TaskProvisioning, DesiredStatus: ecs.TaskRunning, HealthStatus: ecs.HealthUnknown,
		CreatedAt: instantOf(c.now),
	}
	t.Task.Attributes = c.architecture(b.def.CPUArchitecture)
	t.Task.Containers = containers(b.def)
	t.def = c.hold(b.def)
	c.tasks[id] = t
	c.order = append(c.order, t)
	if s := b.svc; s != nil {
		t.Service, t.Generation, t.Deployment, t.Round = s.Spec.Name, s.Generation, b.dep.ID, b.dep.Round
		s.live = append(s.live, t)
		b.dep.pending++
		c.recount(t)
	}
	c.changed(t)
	return t
}

// assign gives a task its place and lets it begin.
func (c *Cluster) assign(t *task, b *blueprint, at place) {
	t.Instance, t.Task.AvailabilityZone, t.Why = at.instance, at.zone, at.why
	if at.instance != "" {
		i := c.instances[at.instance]
		if has, ok := i.Instance.Attribute(ecs.AttributeCPUArchitecture); ok {
			t.Task.Attributes = c.architecture(has)
		}
		t.Task.AvailabilityZone, _ = i.Instance.Attribute(ecs.AttributeAvailabilityZone)
		gpus, _ := c.fleet.Commit(placement.Task{ID: t.ID, Instance: at.instance, Group: b.origin.Group, Requirements: b.requirements})
		shareGPUs(t, gpus)
		t.on = i
		i.tasks = insert(i.tasks, t)
		c.siteTask(t, i, +1)
		c.changedInstance(i)
		c.stirOn(i)
		c.follow(i)
	}
	if b.def.NetworkMode == ecs.NetworkAWSVPC {
		c.precreate(t, b)
	} else {
		t.Task.LastStatus = ecs.TaskPending
	}
	c.createVolumes(t, b)
	c.decide(Decision{Start: t.ID, Ref: TaskRef{c, t}})
}

func (c *Cluster) decide(d Decision) {
	d.At = c.now
	if len(c.decisions) == cap(c.decisions) {
		room := make([]Decision, len(c.decisions), max(16, 4*len(c.decisions)))
		copy(room, c.decisions)
		c.decisions = room
	}
	c.decisions = append(c.decisions, d)
}

// decided takes the decisions that nobody was told yet. What room is left behind
// them is for the next ones.
func (c *Cluster) decided() []Decision {
	n := len(c.decisions)
	out := c.decisions[:n:n]
	c.decisions = c.decisions[n:]
	return out
}

// containers are the containers of a new task.
func containers(def *ecs.TaskDefinition) []containerState {
	out := make([]containerState, len(def.Containers))
	for i := range def.Containers {
		out[i] = containerState{Name: def.Containers[i].Name, LastStatus: ecs.TaskPending, HealthStatus: ecs.HealthUnknown}
	}
	return out
}

// shareGPUs gives the containers the GPUs that they ask for.
func shareGPUs(t *task, gpus []string) {
	for i := range t.Task.Containers {
		if k := min(placement.GPUs(&t.def.def.Containers[i], t.Task.Overrides), len(gpus)); k > 0 {
			t.Task.Containers[i].GPUIDs, gpus = gpus[:k:k], gpus[k:]
		}
	}
}

// architecture is the one attribute that a task has: the architecture that it
// runs on, in the words of a container instance or of a runtimePlatform.
func (c *Cluster) architecture(name string) []ecs.Attribute {
	if strings.EqualFold(name, "arm64") {
		return c.arm64
	}
	return c.x86
}

// rank orders the statuses of a task's life; news that would lead back is old.
func rank(s ecs.TaskStatus) int {
	switch s {
	case ecs.TaskProvisioning:
		return 0
	case ecs.TaskPending:
		return 1
	case ecs.TaskActivating:
		return 2
	case ecs.TaskRunning:
		return 3
	case ecs.TaskDeactivating:
		return 4
	case ecs.TaskStopping:
		return 5
	case ecs.TaskDeprovisioning:
		return 6
	case ecs.TaskStopped:
		return 7
	}
	return -1
}

// wanted reports whether the task is meant to run.
func (t *task) wanted() bool { return t.Task.DesiredStatus == ecs.TaskRunning }

// count adds the task to its deployment's counts, or takes it off. Stopping
// tasks are in neither count (ECS semantics 4.2).
func (t *task) count(by int) {
	switch {
	case t.dep == nil || !t.wanted():
	case t.Task.LastStatus == ecs.TaskRunning:
		t.dep.running += by
	default:
		t.dep.pending += by
	}
}

// setStatus moves the task's lastStatus.
func (c *Cluster) setStatus(t *task, status ecs.TaskStatus) {
	t.count(-1)
	t.Task.LastStatus = status
	t.count(+1)
	c.changeVolumes(t)
	c.changed(t)
	c.fleet.SetTaskStatus(t.ID, t.Task.LastStatus, t.Task.DesiredStatus)
	c.recount(t)
	c.follow(t.on)
}

// unwant sets the desired status STOPPED, with the reason.
func (c *Cluster) unwant(t *task, code ecs.StopCode, reason string) {
	if !t.wanted() {
		return
	}
	t.count(-1)
	t.Task.DesiredStatus = ecs.TaskStopped
	t.Task.StopCode, t.Task.StoppedReason = code, reason
	c.changed(t)
	if t.svc != nil {
		t.svc.stopping++
	}
	c.fleet.SetTaskStatus(t.ID, t.Task.LastStatus, t.Task.DesiredStatus)
	c.unprotect(t)
	c.recount(t)
	c.follow(t.on)
}

// request asks for a task to be stopped (ECS semantics 4.14).
func (c *Cluster) request(t *task, code ecs.StopCode, reason string) {
	switch {
	case !t.wanted():
	case t.Wait != nil:
		c.unwant(t, code, reason)
		c.abandon(t)
	default:
		c.unwant(t, code, reason)
		if !c.deactivate(t) {
			c.decide(Decision{Stop: t.ID})
		}
	}
}

// finish ends a task: its resources are free and its record stays a while.
func (c *Cluster) finish(t *task) {
	for i := range t.Task.Containers {
		n := &t.Task.Containers[i]
		n.LastStatus, n.HealthStatus = ecs.TaskStopped, ecs.HealthUnknown
		if n.StoppedAt.IsZero() {
			n.StoppedAt = instantOf(c.now)
		}
	}
	c.changeAttachment(t, ecs.AttachmentDeleted)
	c.setStatus(t, ecs.TaskStopped)
	t.Task.HealthStatus = ecs.HealthUnknown
	t.Task.StoppedAt = instantOf(c.now)
	if t.Task.StoppingAt.IsZero() {
		t.Task.StoppingAt = t.Task.StoppedAt
	}
	if t.Task.ExecutionStoppedAt.IsZero() && !t.Task.StartedAt.IsZero() {
		t.Task.ExecutionStoppedAt = t.Task.StoppedAt
	}
	c.fleet.Release(t.ID)
	if i := t.on; i != nil {
		t.on = nil
		i.tasks = remove(i.tasks, t)
		c.siteTask(t, i, -1)
		c.follow(i)
		c.changedInstance(i)
		if i.Instance.Status == ecs.InstanceDraining {
			c.wakeServicesOn(i) // a daemon task may have been kept for it
		}
		c.stirOn(i)
		c.emptied(i)
		c.wakeWaiting() // there is room now; on Fargate nobody waits for that
	}
	if s := t.svc; s != nil {
		c.leftTargets(t)
		s.live = remove(s.live, t)
		s.ended = append(s.ended, t)
		s.stopping--
		c.wake(s, c.now.Add(PassDelay))
	}
	c.retain(retained{At: c.now.Add(taskRetention + taskDeletion), Task: t.ID})
}

// insert puts a task into a list ordered by seq. As a rule it is the newest.
func insert(list []*task, t *task) []*task {
	if n := len(list); n == 0 || list[n-1].Seq < t.Seq {
		return append(list, t)
	}
	i, _ := slices.BinarySearchFunc(list, t, bySeq)
	return slices.Insert(list, i, t)
}

// remove takes a task out of a list ordered by seq. What is before it moves up
// when that is less than what is behind it: in a long list the oldest go first,
// as a rule.
func remove(list []*task, t *task) []*task {
	i, ok := slices.BinarySearchFunc(list, t, bySeq)
	switch {
	case !ok:
		return list
	case i < len(list)/2:
		copy(list[1:i+1], list[:i])
		list[0] = nil
		return list[1:]
	}
	return slices.Delete(list, i, i+1)
}
