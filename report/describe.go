package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
)

// Cluster describes one cluster.
func (p Printer) Cluster(c ecs.Cluster) {
	p.pairs(
		"cluster", p.Style.Bold(string(c.Name)),
		"ARN", string(c.ARN),
		"status", p.Style.Status(c.Status),
		"container instances", fmt.Sprint(c.RegisteredContainerInstances),
		"services", fmt.Sprint(c.ActiveServices),
		"tasks", fmt.Sprintf("%d running, %d pending", c.RunningTasks, c.PendingTasks),
		"capacity providers", strings.Join(c.CapacityProviders, ", "),
		"tags", tags(c.Tags),
	)
}

// Service describes one service with its deployments and its last events. current
// is its service deployment where that goes through stages.
func (p Printer) Service(s *ecs.Service, current *ecs.ServiceDeployment, why *ecs.Explanation) {
	p.serviceHead(s, current)
	p.waits(why)
	p.Line("")
	p.Deployments(s.Deployments)
	const recent = 10
	p.Line("")
	if len(s.Events) > recent {
		p.Line("%s", p.Style.Dim(fmt.Sprintf("the last %d of %d events (all of them: gantry events %s)", recent, len(s.Events), s.Name)))
	}
	last := slices.Clone(s.Events[:min(recent, len(s.Events))])
	slices.Reverse(last)
	p.ServiceEvents(last)
}

// waits shows what a service waits for, if it does and somebody said so.
func (p Printer) waits(why *ecs.Explanation) {
	if why == nil || len(why.Waits) == 0 {
		return
	}
	p.Line("")
	p.Line("%d healthy of at least %d, %d tasks of at most %d; it waits:", why.Healthy, why.Floor, why.Total, why.Ceiling)
	for _, w := range why.Waits {
		text := w.Text
		if !w.Until.IsZero() && w.Until.After(p.Now) {
			text += fmt.Sprintf(" (%s more)", Duration(w.Until.Sub(p.Now)))
		}
		p.indented(text)
		if w.Next != "" {
			p.wrapped("    ", "hint: "+w.Next)
		}
	}
}

func (p Printer) serviceHead(s *ecs.Service, current *ecs.ServiceDeployment) {
	breaker := "off"
	if s.DeploymentConfiguration.CircuitBreaker.Enable {
		breaker = "on"
		if s.DeploymentConfiguration.CircuitBreaker.Rollback {
			breaker = "on, with rollback"
		}
	}
	network := ""
	if n := s.NetworkConfiguration; n != nil {
		network = "subnets " + strings.Join(n.Subnets, ", ")
		if len(n.SecurityGroups) > 0 {
			network += "; security groups " + strings.Join(n.SecurityGroups, ", ")
		}
	}
	p.pairs(
		"service", p.Style.Bold(string(s.Name)),
		"ARN", string(s.ARN),
		"cluster", s.ClusterARN.Short(),
		"status", p.Style.Status(string(s.Status)),
		"tasks", fmt.Sprintf("%d desired, %d running, %d pending", s.DesiredCount, s.RunningCount, s.PendingCount),
		"task definition", s.TaskDefinition.Short(),
		"launch type", string(s.LaunchType),
		"scheduling", string(s.SchedulingStrategy),
		"strategy", strategy(s.DeploymentConfiguration),
		"bake time", bakeTime(s.DeploymentConfiguration),
		"stage", stage(current),
		"minimum/maximum %", percents(s.DeploymentConfiguration),
		"circuit breaker", breaker,
		"placement", placement(s.PlacementStrategy, s.PlacementConstraints),
		"network", network,
		"created", ago(p.Now, s.CreatedAt),
		"tags", tags(s.Tags),
	)
}

// Task describes one task with its containers, and why it is where it is, if
// somebody said so.
func (p Printer) Task(t *ecs.Task, why *ecs.Placement) {
	p.pairs(
		"task", p.Style.Bold(t.ARN.Short()),
		"ARN", string(t.ARN),
		"status", p.Style.Status(string(t.LastStatus))+" (desired "+string(t.DesiredStatus)+")",
		"health", p.Style.Status(string(t.HealthStatus)),
		"task definition", t.TaskDefinitionARN.Short(),
		"group", t.Group,
		"started by", t.StartedBy,
		"launch type", string(t.LaunchType),
		"zone", t.AvailabilityZone,
		"container instance", t.ContainerInstanceARN.Short(),
		"CPU units, memory MiB", t.CPU+", "+t.Memory,
		"created", ago(p.Now, t.CreatedAt),
		"image pulled in", pulled(t),
		"started", ago(p.Now, t.StartedAt),
		"stopped", ago(p.Now, t.StoppedAt),
		"stop code", string(t.StopCode),
		"stopped because", t.StoppedReason,
		"tags", tags(t.Tags),
	)
	p.Line("")
	rows := make([][]string, 0, len(t.Containers))
	for _, c := range t.Containers {
		exit := "-"
		if c.ExitCode != nil {
			exit = fmt.Sprint(*c.ExitCode)
		}
		ports := make([]string, 0, len(c.NetworkBindings))
		for _, b := range c.NetworkBindings {
			ports = append(ports, fmt.Sprintf("%d->%d/%s", b.HostPort, b.ContainerPort, b.Protocol))
		}
		rows = append(rows, []string{
			c.Name, p.Style.Status(string(c.LastStatus)), p.Style.Status(string(c.HealthStatus)), exit, orDash(strings.Join(ports, ", ")), c.Image, orDash(c.Reason),
		})
	}
	p.list([]string{"CONTAINER", "STATUS", "HEALTH", "EXIT", "PORTS", "IMAGE", "REASON"}, rows, "containers")
	p.placed(why)
}

// NotPlaced sums up why tasks found no place, if somebody said so.
func (p Printer) NotPlaced(why *ecs.Placement) {
	if why == nil {
		return
	}
	p.Line("why there is no place:")
	p.placement(why)
}

// placed shows why a task is where it is, or why it has no place yet.
func (p Printer) placed(why *ecs.Placement) {
	if why == nil {
		return
	}
	p.Line("")
	if why.Rule == ecs.NotPlaced {
		left := ""
		if why.Until.After(p.Now) {
			left = " (gives up in " + Duration(why.Until.Sub(p.Now)) + ")"
		}
		p.Line("why it has no place%s:", left)
	} else {
		p.Line("why it went there (decided %s ago):", Age(p.Now, why.DecidedAt))
	}
	p.placement(why)
}

// placement tells what decided where a task goes, indented.
func (p Printer) placement(why *ecs.Placement) {
	p.indented(why.Text)
	for _, s := range why.Steps {
		p.indented(s.Text)
	}
	if c := why.Closest; c != nil {
		p.indented(fmt.Sprintf("the closest match, %s, is %s", c.ARN.Short(), c.Detail))
	}
}

// Instance describes one container instance.
func (p Printer) Instance(i *ecs.ContainerInstance) {
	p.pairs(
		"container instance", p.Style.Bold(i.ARN.Short()),
		"ARN", string(i.ARN),
		"EC2 instance", i.EC2InstanceID,
		"status", p.Style.Status(string(i.Status)),
		"agent", connected(i),
		"tasks", fmt.Sprintf("%d running, %d pending", runningTasks(i), i.PendingTasks),
		"CPU units left", fmt.Sprintf("%d of %d", i.Remaining.CPUUnits, i.Registered.CPUUnits),
		"memory left", fmt.Sprintf("%d of %d MiB", i.Remaining.MemoryMiB, i.Registered.MemoryMiB),
		"TCP ports in use", joinInts(i.Remaining.Ports),
		"UDP ports in use", joinInts(i.Remaining.PortsUDP),
		"registered", ago(p.Now, i.RegisteredAt),
		"tags", tags(i.Tags),
	)
	p.Line("")
	rows := make([][]string, 0, len(i.Attributes))
	for _, a := range i.Attributes {
		rows = append(rows, []string{a.Name, orDash(a.Value)})
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	p.list([]string{"ATTRIBUTE", "VALUE"}, rows, "attributes")
}

// TaskDefinition describes one revision.
func (p Printer) TaskDefinition(d *ecs.TaskDefinition) {
	size := ""
	if d.CPUUnits > 0 || d.MemoryMiB > 0 {
		size = fmt.Sprintf("%d CPU units, %d MiB", d.CPUUnits, d.MemoryMiB)
	}
	p.pairs(
		"task definition", p.Style.Bold(d.Name()),
		"ARN", string(d.ARN),
		"status", p.Style.Status(string(d.Status)),
		"network mode", string(d.NetworkMode),
		"task size", size,
		"compatibilities", strings.Join(d.Compatibilities, ", "),
		"constraints", placement(nil, d.PlacementConstraints),
		"task role", d.TaskRoleARN,
		"execution role", d.ExecutionRoleARN,
		"registered", ago(p.Now, d.RegisteredAt),
		"deregistered", ago(p.Now, d.DeregisteredAt),
		"tags", tags(d.Tags),
	)
	p.Line("")
	rows := make([][]string, 0, len(d.Containers))
	for _, c := range d.Containers {
		essential := "no"
		if c.Essential {
			essential = "yes"
		}
		ports := make([]string, 0, len(c.PortMappings))
		for _, m := range c.PortMappings {
			ports = append(ports, fmt.Sprintf("%d->%d/%s", m.HostPort, m.ContainerPort, m.Protocol))
		}
		memory := orDash(positive(c.MemoryMiB))
		if c.MemoryReservationMiB > 0 {
			memory += fmt.Sprintf(" (reserves %d)", c.MemoryReservationMiB)
		}
		rows = append(rows, []string{c.Name, c.Image, essential, orDash(positive(c.CPUUnits)), memory, orDash(strings.Join(ports, ", ")), orDash(c.LogDriver)})
	}
	p.list([]string{"CONTAINER", "IMAGE", "ESSENTIAL", "CPU", "MEMORY (MiB)", "PORTS", "LOGS"}, rows, "containers")
}

func ago(now, then time.Time) string {
	if then.IsZero() {
		return ""
	}
	return fmt.Sprintf("%s (%s ago)", then.UTC().Format("2006-01-02 15:04:05 UTC"), Age(now, then))
}

func pulled(t *ecs.Task) string {
	if t.PullStoppedAt.IsZero() || t.PullStartedAt.IsZero() {
		return ""
	}
	return Duration(t.PullStoppedAt.Sub(t.PullStartedAt))
}

func connected(i *ecs.ContainerInstance) string {
	text := "connected"
	if !i.AgentConnected {
		text = "disconnected"
	}
	if i.AgentVersion != "" {
		text += ", version " + i.AgentVersion
	}
	return text
}

func placement(strategies []ecs.PlacementStrategy, constraints []ecs.PlacementConstraint) string {
	var parts []string
	for _, s := range strategies {
		parts = append(parts, strings.TrimSpace(string(s.Type)+" "+s.Field))
	}
	for _, c := range constraints {
		parts = append(parts, strings.TrimSpace(string(c.Type)+" "+c.Expression))
	}
	return strings.Join(parts, "; ")
}

func tags(tags []ecs.Tag) string {
	parts := make([]string, 0, len(tags))
	for _, t := range tags {
		parts = append(parts, t.Key+"="+t.Value)
	}
	return strings.Join(parts, ", ")
}

func joinInts(numbers []int) string {
	parts := make([]string, 0, len(numbers))
	for _, n := range numbers {
		parts = append(parts, fmt.Sprint(n))
	}
	return strings.Join(parts, ", ")
}

func positive(n int) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprint(n)
}
