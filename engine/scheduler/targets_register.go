package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/target"
)

// balancers are the load balancers that a task is registered with: those of
// the revision that it belongs to.
func (t *task) balancers() []ecs.LoadBalancer {
	if t.dep == nil {
		return nil
	}
	return t.dep.balancers
}

// awaitsTargets reports whether a task that has started has to be registered.
func (t *task) awaitsTargets() bool {
	started := t.Task.LastStatus == ecs.TaskActivating || t.Task.LastStatus == ecs.TaskRunning
	return started && t.wanted() && !t.Registered && (len(t.balancers()) > 0 || t.discovered())
}

// discovered reports whether the task is to be known to AWS Cloud Map: by a
// service registry, or for Service Connect.
func (t *task) discovered() bool { return t.dep != nil && t.dep.discovered }

// activates reports whether a task passes ACTIVATING before it is RUNNING:
// registration with more than one target group does, and service discovery and
// Service Connect do (ECS semantics 5.1).
func (t *task) activates() bool {
	return !t.Registered && (len(t.balancers()) > 1 || t.discovered())
}

// activate notes that the containers of a task have started, and that it still
// has to be registered.
func (c *Cluster) activate(t *task) {
	if t.Task.LastStatus != ecs.TaskActivating {
		c.setStatus(t, ecs.TaskActivating)
		c.joins(t)
	}
}

// joins puts a task that has started on the list of those to be registered.
func (c *Cluster) joins(t *task) {
	if t.awaitsTargets() {
		t.svc.joining = append(t.svc.joining, t)
		c.wake(t.svc, c.now.Add(PassDelay))
	}
}

// registerTargets registers the tasks that have started since the last pass:
// that pass is when ECS tells it (ECS semantics 4.3, the rollout observed).
func (c *Cluster) registerTargets(s *service) {
	if len(s.joining) == 0 {
		return
	}
	joining := s.joining
	s.joining = nil
	slices.SortFunc(joining, bySeq)
	s.speakingFor(joining, func(of []*task) { c.register(s, of) })
}

// register registers tasks, and tells it.
func (c *Cluster) register(s *service, tasks []*task) {
	var told targetCount
	for _, t := range tasks {
		if !t.awaitsTargets() {
			continue
		}
		t.enrol(c.now)
		c.recount(t)
		c.setTargetTimer(t)
		told.add(t)
		if t.Task.LastStatus == ecs.TaskActivating {
			t.Task.StartedAt = instantOf(c.now)
			c.setStatus(t, ecs.TaskRunning)
			c.decide(Decision{Changed: t.ID})
			c.reachedRunning(t)
		}
	}
	for _, x := range told.each {
		c.event(s, "registered %d %s in %s", x.targets, x.noun, x.where)
	}
}

// enrol makes the task a target of each of its load balancers, and known to AWS
// Cloud Map.
func (t *task) enrol(now time.Time) {
	t.Registered = true
	b := t.balance()
	b.Discovered = t.discovered()
	for _, l := range t.balancers() {
		e := enrolled{
			Target: target.Register(now), TargetGroupARN: l.TargetGroupARN, LoadBalancerName: l.LoadBalancerName,
			ContainerName: l.ContainerName, ContainerPort: l.ContainerPort,
		}
		for _, x := range b.Silent {
			if x.Container == l.ContainerName {
				e.Answer = x.Answer
			}
		}
		b.Targets = append(b.Targets, e)
	}
}

func (t *task) balance() *balanced {
	if t.Balance == nil {
		t.Balance = &balanced{}
	}
	return t.Balance
}

// targetCount counts targets by what they are registered with, in the order of
// the service's load balancers.
type targetCount struct {
	each  []targetsAt
	tasks int
}

type targetsAt struct {
	where, noun string
	targets     int
}

func (n *targetCount) add(t *task) {
	if len(t.Balance.Targets) > 0 {
		n.tasks++
	}
	for i := range t.Balance.Targets {
		e := &t.Balance.Targets[i]
		where := e.where()
		k := slices.IndexFunc(n.each, func(x targetsAt) bool { return x.where == where })
		if k < 0 {
			k = len(n.each)
			n.each = append(n.each, targetsAt{where: where, noun: "targets"})
			if e.TargetGroupARN == "" {
				n.each[k].noun = "instances"
			}
		}
		n.each[k].targets++
	}
}

// restoreTargets builds again what is worked out of a task's targets. A task of
// a state that was saved when targets had no health yet counts as healthy.
func (c *Cluster) restoreTargets(t *task) {
	if t.svc == nil {
		return
	}
	if t.Registered && t.Balance == nil && t.wanted() && len(t.balancers()) > 0 {
		t.enrol(t.Task.StartedAt.Time())
		for i := range t.Balance.Targets {
			t.Balance.Targets[i].State = ecs.TargetHealthy
		}
		c.recount(t)
	}
	if t.awaitsTargets() {
		t.svc.joining = append(t.svc.joining, t)
	}
	if t.Balance == nil {
		return
	}
	if t.Balance.Leaves {
		t.svc.departing = append(t.svc.departing, t)
	}
	if t.Balance.Drains && t.dep != nil {
		t.dep.draining++
	}
	if t.Task.LastStatus != ecs.TaskStopped {
		c.setTargetTimer(t)
	}
}
