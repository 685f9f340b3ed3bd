package simulate_test

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// mostTaskSets is how many task sets a service may have.
const mostTaskSets = 5

// taskSetLaws are what holds of task sets, and what comes of the commands about
// them.
type taskSetLaws struct {
	moves
	seen   int                             // deeds that were looked at
	last   map[ecs.ServiceName]ecs.Service // those with task sets, in the moment before
	steady map[ecs.DeploymentID]time.Time  // since when a task set is as it should be and says that it is not
}

// ofTaskSet reports whether an event is about a task set of the service.
func ofTaskSet(name ecs.ServiceName, event string) bool {
	return strings.HasPrefix(event, "(service "+string(name)+", taskSet ecs-svc/")
}

func taskSet(s *ecs.Service, id ecs.DeploymentID) *ecs.TaskSet {
	i := slices.IndexFunc(s.TaskSets, func(x ecs.TaskSet) bool { return x.ID == id })
	if i < 0 {
		return nil
	}
	return &s.TaskSets[i]
}

// news checks what came of the commands since the moment before, and that the
// statuses of task sets change by nothing else.
func (l *taskSetLaws) news(when string) {
	l.moment(when)
	told, made := map[ecs.DeploymentID]bool{}, map[ecs.ServiceName]int{}
	for i := range l.deeds[l.seen:] {
		l.deed(&l.deeds[l.seen+i], told, made)
	}
	l.seen = len(l.deeds)
	for _, name := range names {
		s := l.laws.service(name)
		if s == nil || !external(s) || s.Status == ecs.ServiceInactive {
			delete(l.last, name)
			continue
		}
		if before, ok := l.last[name]; ok && before.CreatedAt.Equal(s.CreatedAt) {
			l.course(s, &before, told)
		}
		l.last[name] = *s
	}
}

// deed checks one command: told are the task sets that it changes, made how many
// there are more by service.
func (l *taskSetLaws) deed(d *deed, told map[ecs.DeploymentID]bool, made map[ecs.ServiceName]int) {
	switch c := d.cmd.Command; {
	case c.CreateTaskSet != nil:
		l.created(d, c.CreateTaskSet, made)
	case c.UpdateTaskSet != nil:
		was, is := l.pair(c.UpdateTaskSet.Service, c.UpdateTaskSet.ID)
		if may := was != nil && was.Status != ecs.TaskSetDraining && c.UpdateTaskSet.Scale.Value <= 100; may != (d.err == nil) {
			l.fail("to scale task set %s to %g%% came to: %v", c.UpdateTaskSet.ID, c.UpdateTaskSet.Scale.Value, d.err)
		}
		if d.err == nil && is.Scale.Value != c.UpdateTaskSet.Scale.Value {
			l.fail("task set %s was scaled to %g%% and has %g%%", is.ID, c.UpdateTaskSet.Scale.Value, is.Scale.Value)
		}
	case c.UpdateServicePrimaryTaskSet != nil:
		was, is := l.pair(c.UpdateServicePrimaryTaskSet.Service, c.UpdateServicePrimaryTaskSet.ID)
		if may := was != nil && was.Status != ecs.TaskSetDraining; may != (d.err == nil) {
			l.fail("to make task set %s PRIMARY came to: %v", c.UpdateServicePrimaryTaskSet.ID, d.err)
		}
		if d.err != nil {
			return
		}
		for _, x := range l.laws.service(c.UpdateServicePrimaryTaskSet.Service).TaskSets {
			told[x.ID] = x.Status != ecs.TaskSetDraining
		}
		if is.Status != ecs.DeploymentPrimary {
			l.fail("task set %s was made PRIMARY and is %s", is.ID, is.Status)
		}
	case c.DeleteTaskSet != nil:
		was, is := l.pair(c.DeleteTaskSet.Service, c.DeleteTaskSet.ID)
		if may := was != nil && (was.Scale.Value == 0 || c.DeleteTaskSet.Force); may != (d.err == nil) {
			l.fail("to delete task set %s (force %v) came to: %v", c.DeleteTaskSet.ID, c.DeleteTaskSet.Force, d.err)
		}
		if told[c.DeleteTaskSet.ID] = d.err == nil; d.err == nil && is != nil && is.Status != ecs.TaskSetDraining {
			l.fail("task set %s was deleted and is %s", is.ID, is.Status)
		}
	}
}

// pair is a task set of an ACTIVE service before and after a command about it.
func (l *taskSetLaws) pair(name ecs.ServiceName, id ecs.DeploymentID) (was, is *ecs.TaskSet) {
	before, ok := l.last[name]
	if now := l.laws.service(name); ok && now != nil && before.Status == ecs.ServiceActive {
		return taskSet(&before, id), taskSet(now, id)
	}
	return nil, nil
}

func (l *taskSetLaws) created(d *deed, c *scheduler.CreateTaskSet, made map[ecs.ServiceName]int) {
	before := l.last[c.Service]
	there := len(before.TaskSets) + made[c.Service]
	var refusal *ecs.Error
	limited := errors.As(d.err, &refusal) && refusal.Code == "LimitExceededException"
	if full := before.Status == ecs.ServiceActive && there >= mostTaskSets; full != limited {
		l.fail("service %s has %d task sets, and to create one more came to: %v", c.Service, there, d.err)
	}
	if d.err != nil {
		return
	}
	made[c.Service]++
	x := taskSet(l.laws.service(c.Service), d.out.TaskSet)
	if x == nil || x.Status != ecs.DeploymentActive || x.Scale.Value != c.TaskSet.Scale.Value || x.RunningCount+x.PendingCount > 0 || x.TaskDefinition != c.TaskDefinition.ARN {
		l.fail("task set %s of service %s was created as %+v", d.out.TaskSet, c.Service, x)
	}
}

// course: a status changes by a command alone, and a task set goes when it was
// deleted and nothing is left of it. There is at most one PRIMARY, and the service
// shows what that has.
func (l *taskSetLaws) course(s, before *ecs.Service, told map[ecs.DeploymentID]bool) {
	primaries, shown := 0, ecs.TaskSet{}
	for i := range s.TaskSets {
		if s.TaskSets[i].Status == ecs.DeploymentPrimary {
			primaries++
			shown = s.TaskSets[i]
		}
	}
	if primaries > 1 || s.TaskDefinition != shown.TaskDefinition || s.LaunchType != shown.LaunchType || len(s.LoadBalancers) != len(shown.LoadBalancers) {
		l.fail("service %s has %d PRIMARY task sets, and shows %q on %q instead of %q on %q", s.Name, primaries, s.TaskDefinition, s.LaunchType, shown.TaskDefinition, shown.LaunchType)
	}
	for i := range before.TaskSets {
		was := &before.TaskSets[i]
		is := taskSet(s, was.ID)
		switch {
		case is == nil && was.Status != ecs.TaskSetDraining && !told[was.ID]:
			l.fail("task set %s was %s and is gone", was.ID, was.Status)
		case is == nil && slices.ContainsFunc(l.live, func(id ecs.TaskID) bool { return l.tasks[id].task.StartedBy == string(was.ID) }):
			l.fail("task set %s is gone, and some of its tasks live", was.ID)
		case is != nil && is.Status != was.Status && !told[was.ID]:
			l.fail("task set %s went from %s to %s by itself", was.ID, was.Status, is.Status)
		}
	}
}

// service holds each task set against its tasks.
func (l *taskSetLaws) service(s *ecs.Service, when string) {
	if !external(s) {
		if len(s.TaskSets) > 0 {
			l.fail("service %s has task sets, and its deployment controller is %s", s.Name, s.DeploymentController)
		}
		return
	}
	if len(s.Deployments) > 0 || len(s.TaskSets) > mostTaskSets {
		l.fail("service %s has %d deployments and %d task sets", s.Name, len(s.Deployments), len(s.TaskSets))
	}
	sets := map[string]*of{}
	for i := range s.TaskSets {
		sets[string(s.TaskSets[i].ID)] = &of{}
	}
	for _, id := range l.live {
		t := l.tasks[id]
		if !l.isOf(id, s) {
			continue
		}
		x := sets[t.task.StartedBy]
		if x == nil {
			l.fail("task %s is of no task set of service %s: %s", id, s.Name, t.task.StartedBy)
			return
		}
		x.add(l, t)
	}
	for i := range s.TaskSets {
		l.taskSet(s, &s.TaskSets[i], sets[string(s.TaskSets[i].ID)], when)
	}
}

// of are the tasks of a task set.
type of struct {
	running, pending, healthy, able, stopping int
	leaving                                   bool // one runs on a DRAINING container instance
}

func (x *of) add(l *taskSetLaws, t *seen) {
	switch {
	case t.task.DesiredStatus == ecs.TaskStopped:
		x.stopping++
		return
	case t.task.LastStatus == ecs.TaskRunning:
		x.running++
	default:
		x.pending++
	}
	if t.healthy {
		x.healthy++
	}
	if t.able() {
		x.able++
	}
	i := l.instanceOf(&t.task)
	x.leaving = x.leaving || i != nil && i.Status == ecs.InstanceDraining
}

func (l *taskSetLaws) taskSet(s *ecs.Service, x *ecs.TaskSet, has *of, when string) {
	if x.RunningCount != has.running || x.PendingCount != has.pending {
		l.fail("task set %s counts %d running and %d pending, has %d and %d", x.ID, x.RunningCount, x.PendingCount, has.running, has.pending)
	}
	// The share is rounded up: the least number of tasks that is not below it.
	share := 0
	for x.Status != ecs.TaskSetDraining && float64(share)*100 < float64(s.DesiredCount)*x.Scale.Value {
		share++
	}
	if x.ComputedDesiredCount != share {
		l.fail("task set %s, %s at %g%% of %d, computes %d", x.ID, x.Status, x.Scale.Value, s.DesiredCount, x.ComputedDesiredCount)
	}
	// The percents are fixed at 100 and 200 (ECS semantics 4.1).
	id := string(x.ID)
	least, most := l.desiredOf(id, share)
	if n := l.started[id]; n > 0 && has.running+has.pending > 2*most {
		l.fail("task set %s started %d tasks and has %d, its share is %d (%s)", id, n, has.running+has.pending, share, when)
	}
	if n := l.stopped[id]; n > 0 && has.able+l.died[id] < least && s.Status == ecs.ServiceActive {
		l.fail("task set %s stopped %d healthy tasks and has %d left, its share is %d (%s)", id, n, has.able, share, when)
	}
	well := has.running == share && has.pending == 0 && has.healthy == share && !has.leaving
	if x.StabilityStatus == ecs.SteadyState && !well {
		l.fail("task set %s is in STEADY_STATE with %d tasks running, %d pending, %d healthy, one on a DRAINING instance %v: its share is %d",
			id, has.running, has.pending, has.healthy, has.leaving, share)
	}
	since, was := l.steady[x.ID]
	switch {
	case !well || has.stopping > 0 || x.StabilityStatus == ecs.SteadyState || s.Status != ecs.ServiceActive:
		delete(l.steady, x.ID)
	case !was:
		l.steady[x.ID] = l.now
	case l.now.Sub(since) > patience:
		l.fail("task set %s has all of its %d tasks since %s, and is %s", id, share, since.Sub(birth), x.StabilityStatus)
	}
}

// rest: each task set has its share, or the service says why not.
func (l *taskSetLaws) rest() {
	c := l.sim.Cluster()
	if _, periodic, ok := l.sim.Next(); ok && !periodic {
		return
	}
	for _, name := range l.externals() {
		s, _ := c.Service(name)
		e, _ := c.Explain(name)
		steady := slices.ContainsFunc(c.Standing(name), func(m string) bool { return strings.HasSuffix(m, "has reached a steady state.") })
		for i := range s.TaskSets {
			x := &s.TaskSets[i]
			well := x.RunningCount == x.ComputedDesiredCount && x.StabilityStatus == ecs.SteadyState && x.Status != ecs.TaskSetDraining
			if !well && !c.Restless(name) && (len(e.Waits) == 0 || steady) {
				l.fail("task set %s is %s with %d of %d tasks in %s at rest, the service is steady %v and waits for %d things",
					x.ID, x.Status, x.RunningCount, x.ComputedDesiredCount, x.StabilityStatus, steady, len(e.Waits))
			}
		}
	}
}
