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
	if t.def.checked {
		switch t.Task.HealthStatus {
		case ecs.HealthUnhealthy:
			if grace := t.Task.StartedAt.Add(t.svc.Spec.HealthCheckGracePeriod.Duration()); c.now.Before(grace) {
				return young, grace
			}
			return unhealthy, time.Time{}
		case ecs.HealthUnknown:
			return young, time.Time{}
		}
		if len(t.svc.Spec.LoadBalancers) == 0 {
			return healthy, time.Time{}
		}
	}
	// Without a check a task is healthy after 40 s. We let a target group take
	// as long.
	if at := t.Task.StartedAt.Add(rollout.HealthyAfter); c.now.Before(at) {
		return young, at
	}
	return healthy, time.Time{}
}

// bucket is tasks of one deployment by how they are: staying ones, and those
// that have to leave their DRAINING container instance.
type bucket struct {
	staying [4][]*task
	leaving [4][]*task
}

// tally is a service as its scheduler sees it in one pass.
type tally struct {
	rollout.Service
	buckets []bucket
	matures time.Time // the first moment at which time alone changes a condition
}

func (c *Cluster) tally(s *service) *tally {
	d := s.Spec.DeploymentConfiguration
	out := &tally{
		Service: rollout.Service{
			Desired:     s.desired(),
			Bounds:      rollout.BoundsOf(s.desired(), d.MinimumHealthyPercent, d.MaximumPercent),
			Deployments: make([]rollout.Deployment, len(s.Deployments)),
		},
		buckets: make([]bucket, len(s.Deployments)),
	}
	for i, d := range s.Deployments {
		out.Deployments[i].Wanted = d.Wanted
		out.Deployments[i].Failed = d.State == ecs.RolloutFailed
		out.Deployments[i].Held = c.now.Before(d.NotBefore)
	}
	for _, t := range s.live {
		if !t.wanted() {
			continue
		}
		is, until := c.conditionOf(t)
		out.matures = earlier(out.matures, until)
		i := slices.Index(s.Deployments, t.dep)
		if i < 0 {
			continue
		}
		list := &out.buckets[i].staying[is]
		if c.leaves(t) {
			list = &out.buckets[i].leaving[is]
		}
		*list = append(*list, t)
	}
	for i := range out.buckets {
		out.Deployments[i].Staying = counts(&out.buckets[i].staying)
		out.Deployments[i].Leaving = counts(&out.buckets[i].leaving)
	}
	return out
}

func counts(b *[4][]*task) rollout.Counts {
	return rollout.Counts{Pending: len(b[pending]), Young: len(b[young]), Healthy: len(b[healthy]), Unhealthy: len(b[unhealthy])}
}

// leaves reports whether the task's container instance is being drained.
func (c *Cluster) leaves(t *task) bool {
	i := c.instances[t.Instance]
	return i != nil && i.Instance.Status == ecs.InstanceDraining
}

// earlier is the earlier of two times, zero meaning never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
