package scheduler

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/target"
)

// targetGroup is a target group that somebody described.
type targetGroup struct {
	Group ecs.TargetGroup `json:"group"`

	settings target.Settings
}

// balanced is what is remembered of a task whose service has load balancers or
// service registries.
type balanced struct {
	Silent     []silence  `json:"silent,omitempty"` // containers that fail health checks
	Targets    []enrolled `json:"targets,omitempty"`
	Discovered bool       `json:"discovered,omitempty"` // it is registered with AWS Cloud Map
	Leaves     bool       `json:"leaves,omitempty"`     // it is to be deregistered by the next pass
	Drains     bool       `json:"drains,omitempty"`     // it waits for that, or for connections to its targets to end
}

// silence is what a container makes of a load balancer's health checks, when it
// does not pass them.
type silence struct {
	Container string        `json:"container"`
	Answer    target.Answer `json:"answer"`
}

// enrolled is the task as the target of one entry of its service's load
// balancers.
type enrolled struct {
	target.Target
	TargetGroupARN   string `json:"targetGroupArn,omitempty"`
	LoadBalancerName string `json:"loadBalancerName,omitempty"`
	ContainerName    string `json:"containerName"`
	ContainerPort    int    `json:"containerPort"`
}

// where is what the target is registered with, as in ECS's events.
func (e *enrolled) where() string {
	if e.TargetGroupARN != "" {
		return "(target-group " + e.TargetGroupARN + ")"
	}
	return "(elb " + e.LoadBalancerName + ")"
}

// classic are the settings of a Classic Load Balancer that nobody configured: a
// TCP check every 30 s that has to pass ten times, and no connection draining
// [CLB: health checks, connection draining].
func classic() target.Settings {
	return target.Settings{Interval: 30 * time.Second, Timeout: 5 * time.Second, Initial: 10, Healthy: 10, Unhealthy: 2}
}

// undescribed is a target group of which nobody has said anything: that of an
// Application Load Balancer with its defaults.
func undescribed(arn string) ecs.TargetGroup {
	g := ecs.TargetGroup{ARN: arn}
	target.Settle(&g)
	return g
}

func usualSettings() target.Settings {
	g := undescribed("")
	return target.SettingsOf(&g)
}

// settings are those of what the target is registered with.
func (c *Cluster) settings(e *enrolled) target.Settings {
	if e.TargetGroupARN == "" {
		return classic()
	}
	if g, ok := c.groups[e.TargetGroupARN]; ok {
		return g.settings
	}
	return c.usual
}

// putTargetGroup describes a target group, or describes it anew: its targets
// are checked by the new settings from now on.
func (c *Cluster) putTargetGroup(cmd *PutTargetGroup) error {
	g := cmd.Group
	target.Settle(&g)
	if wrong := target.Check(&g); wrong != "" {
		return &ecs.Error{Code: "ValidationError", Message: wrong}
	}
	group := &targetGroup{Group: g, settings: target.SettingsOf(&g)}
	c.resettle(g.ARN, func() { c.groups[g.ARN] = group })
	return nil
}

// deleteTargetGroup forgets a target group that no service uses [API:
// DeleteTargetGroup].
func (c *Cluster) deleteTargetGroup(cmd *DeleteTargetGroup) error {
	if _, ok := c.groups[cmd.ARN]; !ok {
		return &ecs.Error{Code: "TargetGroupNotFound", Message: "One or more target groups not found"}
	}
	for _, s := range c.serviceList() {
		if s.Spec.Status != ecs.ServiceInactive && slices.Contains(s.groups(), cmd.ARN) {
			return &ecs.Error{Code: "ResourceInUse", Message: fmt.Sprintf("Target group '%s' is currently in use by service %s", cmd.ARN, s.Spec.Name)}
		}
	}
	c.resettle(cmd.ARN, func() { delete(c.groups, cmd.ARN) })
	return nil
}

// groups are the target groups that the service's tasks may be in.
func (s *service) groups() []string {
	var out []string
	add := func(list []ecs.LoadBalancer) {
		for i := range list {
			for _, arn := range groupsOf(&list[i]) {
				if !slices.Contains(out, arn) {
					out = append(out, arn)
				}
			}
		}
	}
	add(s.Spec.LoadBalancers)
	for _, d := range s.Deployments {
		if r := s.revision(d.Revision); r != nil {
			add(r.LoadBalancers)
		}
	}
	return out
}

// groupsOf are the target groups of one entry of the load balancers.
func groupsOf(l *ecs.LoadBalancer) []string {
	var out []string
	if l.TargetGroupARN != "" {
		out = append(out, l.TargetGroupARN)
	}
	if l.Advanced != nil && l.Advanced.AlternateTargetGroupARN != "" {
		out = append(out, l.Advanced.AlternateTargetGroupARN)
	}
	return out
}

// resettle does a change of a target group's settings, and lets its targets go
// from the old ones to the new.
func (c *Cluster) resettle(arn string, change func()) {
	type kept struct {
		*enrolled
		old target.Settings
	}
	var targets []kept
	var tasks []*task
	for _, s := range c.serviceList() {
		for _, t := range s.live {
			n := len(targets)
			if t.Balance != nil {
				for i := range t.Balance.Targets {
					if e := &t.Balance.Targets[i]; e.TargetGroupARN == arn {
						targets = append(targets, kept{e, c.settings(e)})
					}
				}
			}
			if len(targets) > n {
				tasks = append(tasks, t)
			}
		}
	}
	change()
	for _, e := range targets {
		e.Resettle(&e.old, c.now)
	}
	for _, t := range tasks {
		c.setTargetTimer(t)
	}
}

// validateTargetType refuses a described target group whose targets are not
// what the tasks are: awsvpc tasks are addresses, others ports of instances.
func (c *Cluster) validateTargetType(l *ecs.LoadBalancer, def *ecs.TaskDefinition) error {
	mode := strings.ToLower(string(def.NetworkMode))
	if mode == "" {
		mode = string(ecs.NetworkBridge)
	}
	for _, arn := range groupsOf(l) {
		if g, ok := c.groups[arn]; ok && (g.Group.TargetType == "ip") != (def.NetworkMode == ecs.NetworkAWSVPC) {
			return invalid(fmt.Sprintf("The provided target group %s has target type %s, which is incompatible with the %s network mode specified in the task definition.",
				arn, g.Group.TargetType, mode))
		}
	}
	return nil
}
