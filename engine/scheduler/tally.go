package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// condition is how a task with the desired status RUNNING is (ECS semantics 4.4).
type condition int

const (
	pending condition = iota
	young
	healthy
	unhealthy
)

// conditionOf says how a task is, and when time alone will change that.
func (c *Cluster) conditionOf(t *task) (is condition, until time.Time) {
	if t.Task.LastStatus != ecs.TaskRunning {
		return pending, time.Time{}
	}
	container, balancer := t.containerHealth(), t.targetHealth()
	switch {
	case container == bad || balancer == bad:
		if grace := t.Task.StartedAt.Add(t.svc.Spec.HealthCheckGracePeriod.Duration()); c.now.Before(grace) {
			return young, grace
		}
		return unhealthy, time.Time{}
	case container == unknown || balancer == unknown:
		return young, time.Time{} // it will be told
	case container == good || balancer == good:
		return healthy, time.Time{}
	}
	// Without a check a task is healthy after 40 s.
	if at := t.Task.StartedAt.Add(rollout.HealthyAfter); c.now.Before(at) {
		return young, at
	}
	return healthy, time.Time{}
}

// tally is a service as its scheduler sees it in one pass.
type tally struct {
	rollout.Service
	matures time.Time // the first moment at which time alone changes a condition
}

func (c *Cluster) tally(s *service) *tally {
	d := s.Spec.DeploymentConfiguration
	out := &tally{
		Service: rollout.Service{
			Desired:     s.desired(),
			Extra:       c.extra(s),
			Bounds:      rollout.BoundsOf(s.desired(), d.MinimumHealthyPercent, d.MaximumPercent),
			Deployments: make([]rollout.Deployment, len(s.Deployments)),
		},
		matures: c.reviewing(s),
	}
	for i, d := range s.Deployments {
		out.Deployments[i] = rollout.Deployment{
			Wanted: d.Wanted, Failed: d.State == ecs.RolloutFailed, Held: c.now.Before(d.NotBefore),
			Staying: counts(&d.census.staying), Leaving: counts(&d.census.leaving),
		}
	}
	s.countProtected(out)
	s.standApart(&out.Service)
	return out
}

// bucket is tasks of one deployment by how they are: staying ones, and those
// that have to leave their DRAINING container instance.
type bucket struct {
	staying [4][]*task
	leaving [4][]*task
}

// buckets are the tasks that the census counts, by deployment.
func (s *service) buckets() []bucket {
	out := make([]bucket, len(s.Deployments))
	for _, t := range s.live {
		i := slices.Index(s.Deployments, t.dep)
		switch {
		case t.counted == 0 || i < 0:
		case t.counted > 4:
			out[i].leaving[t.counted-5] = append(out[i].leaving[t.counted-5], t)
		default:
			out[i].staying[t.counted-1] = append(out[i].staying[t.counted-1], t)
		}
	}
	return out
}

// leaves reports whether the task's container instance is being drained.
func (c *Cluster) leaves(t *task) bool {
	return t.on != nil && t.on.Instance.Status == ecs.InstanceDraining
}

// earlier is the earlier of two times, zero meaning never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
