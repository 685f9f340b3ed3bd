package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
)

// How long a STOPPED task stays visible: ECS says at least an hour (ECS semantics
// 5.8). After that it is DELETED for a moment, which DescribeTasks alone shows
// (5.1); that ECS shows it then, and for how long, is ours.
const (
	taskRetention = time.Hour
	taskDeletion  = time.Minute
)

// deleted reports whether the record of a task is about to go.
func (t *task) deleted(now time.Time) bool {
	return t.Task.LastStatus == ecs.TaskStopped && !now.Before(t.Task.StoppedAt.Add(taskRetention))
}

// retain keeps a record until its time, in the order of these times.
func (c *Cluster) retain(r retained) {
	k := len(c.stopped)
	for k > 0 && c.stopped[k-1].At.After(r.At) {
		k--
	}
	c.stopped = slices.Insert(c.stopped, k, r)
}

// replaced notes that records which were to be dropped gave way to new ones under
// the same names, which go by their own times.
func (c *Cluster) replaced(is func(*retained) bool) {
	c.stopped = slices.DeleteFunc(c.stopped, func(r retained) bool { return is(&r) })
}

// drop forgets a record whose time is over.
func (c *Cluster) drop(r retained) {
	switch {
	case r.Task != "":
		c.dropTask(c.tasks[r.Task])
	case r.Provider != "":
		if p := c.providers[r.Provider]; p != nil && !p.active() {
			delete(c.providers, r.Provider)
		}
	case r.Instance != "":
		if i := c.instances[r.Instance]; i != nil && i.Instance.Status == ecs.InstanceInactive {
			delete(c.instances, r.Instance)
		}
	default:
		if s := c.services[r.Service]; s != nil && s.Generation == r.Generation {
			c.dropService(s)
		}
	}
}

func (c *Cluster) dropTask(t *task) {
	if t == nil {
		return
	}
	t.gone = true
	delete(c.tasks, t.ID)
	c.let(t.Task.TaskDefinitionARN)
	if s := t.svc; s != nil {
		if len(s.ended) > 0 && s.ended[0] == t {
			s.ended[0], s.ended = nil, s.ended[1:] // the oldest goes first, as a rule
		} else if i := slices.Index(s.ended, t); i >= 0 {
			s.ended = slices.Delete(s.ended, i, i+1)
		}
	}
	c.decide(Decision{Gone: t.ID})
	if len(c.order) > 2*len(c.tasks)+64 {
		c.order = slices.DeleteFunc(c.order, func(t *task) bool { return t.gone })
	}
}
