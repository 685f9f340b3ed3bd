package scheduler

import (
	"maps"
	"slices"
	"strings"

	"gantry/ecs"
)

// TargetGroups are the target groups that somebody described or that a service
// names, by ARN.
func (c *Cluster) TargetGroups() []ecs.TargetGroup {
	all := map[string]ecs.TargetGroup{}
	for _, s := range c.serviceList() {
		if s.Spec.Status == ecs.ServiceInactive {
			continue
		}
		for _, arn := range s.groups() {
			all[arn] = undescribed(arn)
		}
	}
	for _, arn := range slices.Sorted(maps.Keys(c.groups)) {
		all[arn] = c.groups[arn].Group
	}
	out := make([]ecs.TargetGroup, 0, len(all))
	for _, arn := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[arn])
	}
	return out
}

// TargetHealth is how the targets of a target group are, by service and task.
func (c *Cluster) TargetHealth(arn string) []ecs.TargetHealth {
	var out []ecs.TargetHealth
	for _, s := range c.serviceList() {
		for _, t := range s.live {
			if t.Balance == nil {
				continue
			}
			for i := range t.Balance.Targets {
				e := &t.Balance.Targets[i]
				if e.TargetGroupARN != arn {
					continue
				}
				settings := c.settings(e)
				h := e.Health(&settings, c.now)
				if h.State == ecs.TargetUnused {
					continue // deregistered to the end
				}
				h.ID, h.Port = c.targetAddress(t, e)
				h.Task, h.Container = t.ID, e.ContainerName
				out = append(out, h)
			}
		}
	}
	return out
}

// HealthyTargets is how many healthy targets a service has in its target groups.
func (c *Cluster) HealthyTargets(name ecs.ServiceName) (n int) {
	s, ok := c.services[name]
	if !ok {
		return 0
	}
	for _, t := range s.live {
		if t.Balance == nil {
			continue
		}
		for i := range t.Balance.Targets {
			e := &t.Balance.Targets[i]
			settings := c.settings(e)
			if e.Health(&settings, c.now).State == ecs.TargetHealthy {
				n++
			}
		}
	}
	return n
}

// TargetGroupService is the first service by name that uses a target group, which
// is named as by the end of its ARN: targetgroup/NAME/ID.
func (c *Cluster) TargetGroupService(group string) (ecs.ServiceName, bool) {
	for _, s := range c.serviceList() {
		if s.Spec.Status == ecs.ServiceActive && slices.ContainsFunc(s.groups(), func(arn string) bool { return strings.HasSuffix(arn, ":"+group) }) {
			return s.Spec.Name, true
		}
	}
	return "", false
}

// targetAddress is where the load balancer finds a task: awsvpc tasks at an
// address of their own, others at a port of their EC2 instance.
func (c *Cluster) targetAddress(t *task, e *enrolled) (id string, port int) {
	port = e.ContainerPort
	for i := range t.Task.Containers {
		n := &t.Task.Containers[i]
		if n.Name != e.ContainerName {
			continue
		}
		if n.PrivateIPv4 != "" {
			return n.PrivateIPv4, e.ContainerPort
		}
		for _, b := range n.NetworkBindings {
			if b.ContainerPort == e.ContainerPort {
				port = b.HostPort
			}
		}
	}
	if i := c.instances[t.Instance]; i != nil {
		id = i.Instance.EC2InstanceID
	}
	return id, port
}
