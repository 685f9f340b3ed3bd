package simulate_test

import (
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/scheduler"
)

// daemonWatch is what the laws of DAEMON services (ECS semantics 2.7) remember
// of the moment before.
type daemonWatch struct {
	*laws
	draining map[ecs.ContainerInstanceID]bool
	lacking  map[ecs.ContainerInstanceID]string // without the task of a deployment that suits it
	fresh    []ecs.TaskID                       // tasks of others that began in this moment
	stopped  []ecs.TaskID                       // daemon tasks that were told to stop in it
}

func watchDaemons(l *laws) watcher {
	w := &daemonWatch{
		laws: l, draining: map[ecs.ContainerInstanceID]bool{}, lacking: map[ecs.ContainerInstanceID]string{},
	}
	return watcher{service: l.checkDaemon, task: w.task, moment: func(string) { w.moment() }, rest: w.rest}
}

// isDaemon reports whether the task is one of a DAEMON service.
func (w *daemonWatch) isDaemon(id ecs.TaskID) bool {
	s := w.service(w.sim.Cluster().Ref(id).Service())
	return s != nil && s.SchedulingStrategy == ecs.Daemon
}

func (w *daemonWatch) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	daemon := w.isDaemon(id)
	if before == nil && !daemon {
		w.fresh = append(w.fresh, id)
	}
	stops := t.DesiredStatus == ecs.TaskStopped && (before == nil || before.task.DesiredStatus == ecs.TaskRunning)
	if stops && daemon && t.StopCode == ecs.ServiceSchedulerInitiated && strings.HasPrefix(t.StoppedReason, "Scaling") {
		w.stopped = append(w.stopped, id)
	}
	if stops && t.StopCode == ecs.ServiceSchedulerInitiated && !strings.HasPrefix(t.Group, "service:") {
		w.fail("task %s, which no service started, is stopped by a scheduler: %s", id, t.StoppedReason)
	}
}

func (w *daemonWatch) moment() {
	for _, id := range w.stopped {
		w.checkLast(id)
	}
	lacking := w.lack()
	for _, id := range w.fresh {
		t := &w.tasks[id].task
		on := ecs.ContainerInstanceID(t.ContainerInstanceARN.Short())
		if deployment, ok := lacking[on]; ok && w.lacking[on] == deployment {
			w.checkFirst(id, on)
		}
	}
	w.lacking, w.fresh, w.stopped = lacking, w.fresh[:0], w.stopped[:0]
	clear(w.draining)
	for _, id := range w.instanceIDs() {
		w.draining[id] = w.containerInstance(id).Status == ecs.InstanceDraining
	}
}

// checkLast: on a draining instance a daemon task is the last to stop.
func (w *daemonWatch) checkLast(id ecs.TaskID) {
	c := w.sim.Cluster()
	where := w.tasks[id].task.ContainerInstanceARN
	i := w.instanceOf(&w.tasks[id].task)
	s := w.service(c.Ref(id).Service())
	if i == nil || s == nil || i.Status != ecs.InstanceDraining || !w.draining[i.ID] || s.Status != ecs.ServiceActive {
		return
	}
	for _, other := range w.live {
		if w.tasks[other].task.ContainerInstanceARN == where && !w.isDaemon(other) {
			w.fail("daemon task %s stops on draining instance %s before task %s", id, i.ID, other)
		}
	}
}

// agents are the container instances that the DAEMON service runs on, and its
// PRIMARY; none when it is not ACTIVE or its deployment failed.
func (l *laws) agents() (ids []ecs.ContainerInstanceID, primary *ecs.Deployment) {
	s := l.service("agent")
	if s == nil || s.Status != ecs.ServiceActive || s.SchedulingStrategy != ecs.Daemon {
		return nil, nil
	}
	primary = s.PrimaryDeployment()
	filter := scheduler.InstanceFilter{Status: ecs.InstanceActive}
	for _, p := range s.PlacementConstraints {
		if p.Expression != "" {
			filter.Expression = p.Expression
		}
	}
	if ids, _ = l.sim.Cluster().Instances(filter); primary.RolloutState == ecs.RolloutFailed {
		ids = nil
	}
	return ids, primary
}

// lack are the instances without a daemon task of any kind, with the deployment
// that is to bring one.
func (l *laws) lack() map[ecs.ContainerInstanceID]string {
	out := map[ecs.ContainerInstanceID]string{}
	ids, primary := l.agents()
	for _, id := range ids {
		out[id] = string(primary.ID)
	}
	for _, id := range l.live {
		if s := l.service("agent"); s != nil && l.isOf(id, s) {
			delete(out, ecs.ContainerInstanceID(l.tasks[id].task.ContainerInstanceARN.Short()))
		}
	}
	return out
}

// daemonNeeds are what a daemon task needs on an instance; nothing where it would
// not fit if the instance were empty.
func (l *laws) daemonNeeds(primary *ecs.Deployment, i *ecs.ContainerInstance) (cpu, memory int, known bool) {
	def := l.definitions[primary.TaskDefinition]
	if def == nil {
		return 0, 0, false
	}
	for _, d := range def.Containers {
		cpu, memory = cpu+d.CPUUnits, memory+d.MemoryMiB
	}
	if cpu > i.Registered.CPUUnits || memory > i.Registered.MemoryMiB {
		return 0, 0, true
	}
	return cpu, memory, true
}

// checkFirst: a task that was placed where the daemon's is missing leaves room
// for that, if the instance has any.
func (w *daemonWatch) checkFirst(id ecs.TaskID, on ecs.ContainerInstanceID) {
	i := w.containerInstance(on)
	_, primary := w.agents()
	cpu, memory, known := w.daemonNeeds(primary, i)
	if !known {
		return
	}
	if cpu > i.Remaining.CPUUnits || memory > i.Remaining.MemoryMiB {
		w.fail("task %s took the room of instance %s that its daemon task needs: %d CPU units and %d MiB are left, needed are %d and %d",
			id, on, i.Remaining.CPUUnits, i.Remaining.MemoryMiB, cpu, memory)
	}
}

// rest: each instance that the DAEMON service runs on has its task, or the
// service says why not.
func (w *daemonWatch) rest() {
	c := w.sim.Cluster()
	ids, primary := w.agents()
	if _, periodic, ok := w.sim.Next(); primary == nil || ok && !periodic || c.Restless("agent") {
		return
	}
	u := c.Unplaced("agent")
	for _, id := range ids {
		n := len(c.Tasks(scheduler.TaskFilter{Service: "agent", Instance: id, DesiredStatus: ecs.TaskRunning}))
		why := u != nil && slices.ContainsFunc(u.Refusals, func(r placement.Refusal) bool { return r.Instance == id })
		if n != 1 && !why {
			w.fail("instance %s has %d daemon tasks at rest, and nobody says why", id, n)
		}
	}
}
