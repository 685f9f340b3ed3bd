package scheduler

import "gantry/ecs"

// Running is how many tasks of a service run with a task definition, which
// nobody may change.
type Running struct {
	Definition *ecs.TaskDefinition
	Count      int
}

// Running are the tasks of a service that run, by deployment, without a look at
// each of them.
func (c *Cluster) Running(name ecs.ServiceName) []Running {
	s, ok := c.services[name]
	if !ok {
		return nil
	}
	var out []Running
	for _, d := range s.Deployments {
		if d.running > 0 {
			out = append(out, Running{Definition: c.definitions[d.Definition].def, Count: d.running})
		}
	}
	return out
}

// Deploying reports whether a deployment of the service is in progress.
func (c *Cluster) Deploying(name ecs.ServiceName) bool {
	s, ok := c.services[name]
	return ok && (len(s.Deployments) > 1 ||
		len(s.Deployments) == 1 && s.Deployments[0].State == ecs.RolloutInProgress ||
		len(s.History) > 0 && !s.History[0].Deployment.Status.Ended())
}

// Reserved is what tasks hold of the cluster's container instances, and what
// these have.
func (c *Cluster) Reserved() (reserved, registered ecs.Resources) { return c.fleet.Reserved() }

// Capacity is a service's desired count and how many of its tasks run; ok is
// false unless it is ACTIVE and its desired count is its own to have.
func (c *Cluster) Capacity(name ecs.ServiceName) (desired, running int, ok bool) {
	s, found := c.services[name]
	if !found || s.Spec.Status != ecs.ServiceActive || s.Spec.SchedulingStrategy == ecs.Daemon {
		return 0, 0, false
	}
	for _, d := range s.Deployments {
		running += d.running
	}
	return s.Spec.DesiredCount, running, true
}
