package report

import (
	"gantry/ecs"
	"gantry/workflow"
)

// ServiceStatus shows the one service of a status with its tasks.
func (p Printer) ServiceStatus(r workflow.StatusResult) {
	s := &r.Services[0]
	p.serviceHead(s, nil)
	p.Line("")
	p.Deployments(s.Deployments)
	running := make([]ecs.Task, 0, len(r.Tasks))
	for i := range r.Tasks {
		if r.Tasks[i].LastStatus != ecs.TaskStopped {
			running = append(running, r.Tasks[i])
		}
	}
	p.Line("")
	p.Tasks(running)
	if len(r.Stopped) > 0 {
		p.Line("")
		p.Stopped(r.Stopped)
	}
	if len(s.Events) > 0 {
		p.Line("")
		p.Line("last event, %s ago: %s", Age(p.Now, s.Events[0].CreatedAt), s.Events[0].Message)
	}
}

// ClusterStatus shows a cluster with its services.
func (p Printer) ClusterStatus(r workflow.StatusResult) {
	c := &r.Cluster
	p.Line("cluster %s: %s, %s, %d running and %d pending tasks, %s",
		p.Style.Bold(string(c.Name)), p.Style.Status(c.Status), Count(c.ActiveServices, "service"), c.RunningTasks, c.PendingTasks,
		Count(c.RegisteredContainerInstances, "container instance"))
	if len(r.Services) > 0 {
		p.Line("")
	}
	p.Services(r.Services)
}
