package scheduler

import (
	"strconv"
	"time"

	"gantry/ecs"
)

// TaskRef is a task at hand: whoever asks it many things finds it only once.
// The zero TaskRef is no task. It is to read from, like all that a Cluster
// gives away.
type TaskRef struct {
	c *Cluster
	t *task
}

// Ref finds a task. The reference of an unknown one is not Known.
func (c *Cluster) Ref(id ecs.TaskID) TaskRef { return TaskRef{c, c.tasks[id]} }

// Known reports whether the record of the task is still kept.
func (r TaskRef) Known() bool { return r.t != nil && !r.t.gone }

// Status is where the task is and where it is meant to go; both are empty when
// it is not Known.
func (r TaskRef) Status() (last, desired ecs.TaskStatus) {
	if !r.Known() {
		return "", ""
	}
	return r.t.Task.LastStatus, r.t.Task.DesiredStatus
}

// Version counts the changes that are told of the task, as the API shows it; 0
// for an unknown one.
func (r TaskRef) Version() int64 {
	if r.t == nil {
		return 0
	}
	return r.t.Task.Version
}

// Definition is the task definition, which nobody may change; nil for an
// unknown task.
func (r TaskRef) Definition() *ecs.TaskDefinition {
	if r.t == nil {
		return nil
	}
	return r.t.def.def
}

// Service is the service of the task, or "" for a standalone or unknown one.
func (r TaskRef) Service() ecs.ServiceName {
	if r.t == nil {
		return ""
	}
	return r.t.Service
}

// Instance is where the task runs, or "".
func (r TaskRef) Instance() ecs.ContainerInstanceID {
	if r.t == nil {
		return ""
	}
	return r.t.Instance
}

// PortInUse reports whether a port of the task's container instance is reserved,
// or a task there has it as its host port.
func (r TaskRef) PortInUse(port int, udp bool) bool {
	return r.t != nil && r.c.fleet.PortInUse(r.t.Instance, port, udp)
}

// LaunchType is how the task runs, or "" for an unknown one.
func (r TaskRef) LaunchType() ecs.LaunchType {
	if r.t == nil {
		return ""
	}
	return r.t.Task.LaunchType
}

// Connected reports whether the task can be heard of: the agent of its
// container instance is connected, or it has no such instance. Of an unknown one
// nobody hears.
func (r TaskRef) Connected() bool {
	return r.t != nil && (r.t.on == nil || r.t.on.Instance.AgentConnected)
}

// Restless reports that tasks of the task's service went wrong so often, since
// somebody last changed it, that waiting for it to rest is no use.
func (r TaskRef) Restless() bool { return r.t != nil && r.t.svc != nil && r.t.svc.restless() }

// Draw is a number derived from the cluster's seed and the task's place in its
// service or group: what a simulation draws a fate from. It is 0 for an unknown
// task.
func (r TaskRef) Draw(salt string) uint64 {
	t := r.t
	if t == nil {
		return 0
	}
	return r.c.number("draw", t.Task.Group, strconv.Itoa(t.Generation), strconv.Itoa(t.Ordinal), salt)
}

// ARN is that of the task, or "" for an unknown one.
func (r TaskRef) ARN() ecs.ARN {
	if r.t == nil {
		return ""
	}
	return ecs.TaskARN(r.c.cfg.Scope, r.c.cfg.Name, r.t.ID)
}

// Digest is what the image of a container stands for, as far as an earlier task
// of the deployment has fixed it, or "".
func (r TaskRef) Digest(container string) string {
	if r.t == nil || r.t.dep == nil {
		return ""
	}
	if rev := r.t.svc.revision(r.t.dep.Revision); rev != nil {
		for _, m := range rev.ContainerImages {
			if m.ContainerName == container {
				return m.ImageDigest
			}
		}
	}
	return ""
}

// Span is when a container of the task was started and stopped, which ECS does
// not tell; zero is not yet, or never.
func (r TaskRef) Span(container string) (started, stopped time.Time) {
	if r.t == nil {
		return started, stopped
	}
	for i := range r.t.Task.Containers {
		if n := &r.t.Task.Containers[i]; n.Name == container {
			return n.StartedAt.Time(), n.StoppedAt.Time()
		}
	}
	return started, stopped
}
