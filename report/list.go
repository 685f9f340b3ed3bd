package report

import (
	"fmt"
	"strings"

	"gantry/ecs"
)

// Clusters lists clusters.
func (p Printer) Clusters(clusters []ecs.Cluster) {
	rows := make([][]string, 0, len(clusters))
	for _, c := range clusters {
		rows = append(rows, []string{
			string(c.Name), p.Style.Status(c.Status), fmt.Sprint(c.ActiveServices), fmt.Sprint(c.RunningTasks),
			fmt.Sprint(c.PendingTasks), fmt.Sprint(c.RegisteredContainerInstances),
		})
	}
	p.list([]string{"CLUSTER", "STATUS", "SERVICES", "RUNNING", "PENDING", "INSTANCES"}, rows, "clusters")
}

// Services lists services.
func (p Printer) Services(services []ecs.Service) {
	rows := make([][]string, 0, len(services))
	for i := range services {
		s := &services[i]
		rollout := "-"
		if d := s.PrimaryDeployment(); d != nil && d.RolloutState != "" {
			rollout = p.Style.Status(string(d.RolloutState))
		}
		rows = append(rows, []string{
			string(s.Name), p.Style.Status(string(s.Status)), fmt.Sprint(s.DesiredCount), fmt.Sprint(s.RunningCount),
			fmt.Sprint(s.PendingCount), s.TaskDefinition.Short(), percents(s.DeploymentConfiguration), rollout, Age(p.Now, s.CreatedAt),
		})
	}
	p.list([]string{"SERVICE", "STATUS", "DESIRED", "RUNNING", "PENDING", "TASK DEFINITION", "MIN/MAX", "ROLLOUT", "AGE"}, rows, "services")
}

// Tasks lists tasks.
func (p Printer) Tasks(tasks []ecs.Task) {
	rows := make([][]string, 0, len(tasks))
	for i := range tasks {
		t := &tasks[i]
		rows = append(rows, []string{
			t.ARN.Short(), p.Style.Status(string(t.LastStatus)), p.Style.Status(string(t.HealthStatus)), t.TaskDefinitionARN.Short(),
			orDash(t.Group), orDash(t.AvailabilityZone), orDash(ShortTask(t.ContainerInstanceARN)), Age(p.Now, t.CreatedAt), orDash(StopReason(t)),
		})
	}
	p.list([]string{"TASK", "STATUS", "HEALTH", "TASK DEFINITION", "GROUP", "ZONE", "INSTANCE", "AGE", "STOPPED BECAUSE"}, rows, "tasks")
}

// StopReason is why a task stopped, with the reason of the container that says
// most: "Essential container in task exited (web: exit 1)".
func StopReason(t *ecs.Task) string {
	var parts []string
	for i := range t.Containers {
		c := &t.Containers[i]
		switch {
		case c.Reason != "" && c.Reason != t.StoppedReason:
			parts = append(parts, c.Name+": "+c.Reason)
		case c.ExitCode != nil && (*c.ExitCode != 0 || t.StopCode == ecs.EssentialContainerExited):
			parts = append(parts, fmt.Sprintf("%s: exit %d", c.Name, *c.ExitCode))
		}
	}
	if len(parts) == 0 || t.StoppedReason == "" {
		return t.StoppedReason
	}
	return t.StoppedReason + " (" + strings.Join(parts, ", ") + ")"
}

// Instances lists container instances with what they have left of what they
// registered.
func (p Printer) Instances(instances []ecs.ContainerInstance) {
	rows := make([][]string, 0, len(instances))
	for k := range instances {
		i := &instances[k]
		kind, _ := i.Attribute(ecs.AttributeInstanceType)
		zone, _ := i.Attribute(ecs.AttributeAvailabilityZone)
		status := p.Style.Status(string(i.Status))
		if !i.AgentConnected {
			status += " " + p.Style.Bad("(agent disconnected)")
		}
		rows = append(rows, []string{
			i.ARN.Short(), orDash(i.EC2InstanceID), orDash(kind), orDash(zone), status, fmt.Sprint(runningTasks(i)), fmt.Sprint(i.PendingTasks),
			fmt.Sprintf("%d/%d", i.Remaining.CPUUnits, i.Registered.CPUUnits),
			fmt.Sprintf("%d/%d", i.Remaining.MemoryMiB, i.Registered.MemoryMiB),
		})
	}
	p.list([]string{"CONTAINER INSTANCE", "EC2 INSTANCE", "TYPE", "ZONE", "STATUS", "RUNNING", "PENDING", "CPU LEFT", "MEMORY LEFT (MiB)"}, rows, "container instances")
}

// runningTasks are those that are RUNNING. ECS's runningTasksCount is of the tasks
// with the desired status RUNNING, so that it counts those that start too
// [API:ContainerInstance]; side by side each task is to be counted once.
func runningTasks(i *ecs.ContainerInstance) int { return max(0, i.RunningTasks-i.PendingTasks) }

// ServiceDeployments lists the history of a service.
func (p Printer) ServiceDeployments(deployments []ecs.ServiceDeployment) {
	rows := make([][]string, 0, len(deployments))
	for i := range deployments {
		d := &deployments[i]
		took := "-"
		if !d.FinishedAt.IsZero() && !d.StartedAt.IsZero() {
			took = Duration(d.FinishedAt.Sub(d.StartedAt))
		}
		breaker := orDash(d.CircuitBreaker.Status)
		if d.CircuitBreaker.Threshold > 0 {
			breaker = fmt.Sprintf("%s %d/%d", breaker, d.CircuitBreaker.FailureCount, d.CircuitBreaker.Threshold)
		}
		rows = append(rows, []string{
			d.ARN.Short(), d.ServiceARN.Short(), p.Style.Status(string(d.Status)), percents(d.DeploymentConfiguration), breaker,
			Age(p.Now, d.CreatedAt), took, orDash(d.StatusReason),
		})
	}
	p.list([]string{"DEPLOYMENT", "SERVICE", "STATUS", "MIN/MAX", "CIRCUIT BREAKER", "AGE", "TOOK", "REASON"}, rows, "deployments")
}

// Images lists images of repositories.
func (p Printer) Images(images []ecs.Image) {
	rows := make([][]string, 0, len(images))
	for _, i := range images {
		tags := strings.Join(i.Tags, ", ")
		rows = append(rows, []string{i.Repository, orDash(tags), i.Digest, Bytes(i.SizeBytes), Age(p.Now, i.PushedAt)})
	}
	p.list([]string{"REPOSITORY", "TAGS", "DIGEST", "SIZE", "PUSHED"}, rows, "images")
}

// ServiceEvents writes events, the oldest first as a log is read.
func (p Printer) ServiceEvents(events []ecs.ServiceEvent) {
	if len(events) == 0 {
		p.Line("no events")
	}
	for _, e := range events {
		p.Line("%s  %s", p.Style.Dim(e.CreatedAt.UTC().Format("2006-01-02 15:04:05")), e.Message)
	}
}

func (p Printer) list(header []string, rows [][]string, noun string) {
	if len(rows) == 0 {
		p.Line("no %s", noun)
		return
	}
	p.table(header, rows)
}

// TaskDefinitionNames lists revisions by name alone: all that a list of the API
// tells.
func (p Printer) TaskDefinitionNames(definitions []ecs.TaskDefinition) {
	rows := make([][]string, 0, len(definitions))
	for i := range definitions {
		rows = append(rows, []string{definitions[i].Name(), p.Style.Status(string(definitions[i].Status))})
	}
	p.list([]string{"TASK DEFINITION", "STATUS"}, rows, "task definitions")
}

// Attributes lists attributes.
func (p Printer) Attributes(attributes []ecs.Attribute) {
	rows := make([][]string, 0, len(attributes))
	for _, a := range attributes {
		rows = append(rows, []string{a.Name, orDash(a.Value), orDash(ecs.ARN(a.TargetID).Short())})
	}
	p.list([]string{"ATTRIBUTE", "VALUE", "CONTAINER INSTANCE"}, rows, "attributes")
}
