package progress

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"gantry/ecs"
)

// taskState is what a dot stands for.
type taskState int

// The states in the order in which dots are drawn; those from taskFailed on are
// over.
const (
	taskRunning taskState = iota
	taskPending
	taskStopping
	taskFailed
	taskFinished
	taskStates
)

// failedShown is how many dots failed tasks get; a loop of failures would fill
// the line, and their number is told anyway.
const failedShown = 10

// taskMark is one task as a dot.
type taskMark struct {
	arn        ecs.ARN
	deployment string // "" in a group that no service owns
	state      taskState
}

// markOf is the dot of a task; a task that was stopped on purpose has none.
func markOf(t ecs.Task) (taskMark, bool) {
	mark := taskMark{arn: t.ARN, deployment: t.StartedBy}
	switch t.LastStatus {
	case ecs.TaskProvisioning, ecs.TaskPending, ecs.TaskActivating:
		mark.state = taskPending
	case ecs.TaskRunning:
		mark.state = taskRunning
	case ecs.TaskDeactivating, ecs.TaskStopping, ecs.TaskDeprovisioning:
		mark.state = taskStopping
	default:
		return mark.stopped(t)
	}
	if t.DesiredStatus == ecs.TaskStopped {
		mark.state = taskStopping
	}
	return mark, true
}

func (m taskMark) stopped(t ecs.Task) (taskMark, bool) {
	owned := strings.HasPrefix(t.Group, "service:")
	switch t.StopCode {
	case ecs.TaskFailedToStart:
		m.state = taskFailed
		return m, true
	case ecs.UserInitiated, ecs.ServiceSchedulerInitiated:
		return m, false
	}
	m.state = taskFinished
	for _, c := range t.Containers {
		if c.ExitCode == nil || *c.ExitCode != 0 {
			m.state = taskFailed
		}
	}
	if owned {
		m.state = taskFailed // a service's task is not meant to end
	}
	return m, true
}

type taskSign struct {
	unicode, ascii, word string
	paint                func(string) string
}

func (l look) taskSign(s taskState) taskSign {
	switch s {
	case taskRunning:
		return taskSign{"●", "*", "running", l.style.Good}
	case taskPending:
		return taskSign{"◐", "+", "pending", l.style.Warn}
	case taskStopping:
		return taskSign{"○", "-", "stopping", l.style.Dim}
	case taskFailed:
		return taskSign{"✕", "x", "failed", l.style.Bad}
	}
	return taskSign{"✓", "v", "finished", l.style.Good}
}

// taskRow is one dot for each task, a gap between deployments, and the legend
// with the counts. Dots that do not fit are left out before their counts are.
func (r *rollout) taskRow(l look, width int) string {
	groups, counts := r.taskGroups()
	var dots []string
	for _, g := range groups {
		if text := l.dots(g); text != "" {
			dots = append(dots, text)
		}
	}
	var long, short []string
	for s := range taskStates {
		if counts[s] > 0 {
			sign := l.taskSign(s)
			dot := sign.paint(l.pick(sign.unicode, sign.ascii))
			long = append(long, fmt.Sprintf("%s %d %s", dot, counts[s], sign.word))
			short = append(short, fmt.Sprintf("%s %d", dot, counts[s]))
		}
	}
	if len(long) == 0 {
		return ""
	}
	label := l.label("tasks")
	line := strings.Join(dots, " ")
	for _, text := range []string{
		line + "  " + strings.Join(long, "  "),
		line + "  " + strings.Join(short, "  "),
		strings.Join(long, "  "),
	} {
		if ansi.StringWidth(label)+ansi.StringWidth(text) <= width {
			return label + text
		}
	}
	return label + strings.Join(short, "  ")
}

func (l look) dots(counts [taskStates]int) string {
	var out strings.Builder
	for s := range taskStates {
		n := counts[s]
		if s == taskFailed {
			n = min(n, failedShown)
		}
		sign := l.taskSign(s)
		out.WriteString(sign.paint(strings.Repeat(l.pick(sign.unicode, sign.ascii), n)))
	}
	return out.String()
}

// taskGroups counts the tasks by deployment and state, the deployments in the
// service's order, and over all of them. Where no task has been heard of, the
// deployments' own counts stand in.
func (r *rollout) taskGroups() (groups [][taskStates]int, sum [taskStates]int) {
	groups = make([][taskStates]int, len(r.service.Deployments)+1)
	of := func(deployment string) int {
		for i := range r.service.Deployments {
			if string(r.service.Deployments[i].ID) == deployment {
				return i
			}
		}
		return len(groups) - 1 // of a deployment that is gone, or of none
	}
	for _, t := range r.tasks {
		groups[of(t.deployment)][t.state]++
	}
	if len(r.tasks) == 0 {
		for i, d := range r.service.Deployments {
			groups[i][taskRunning] = d.RunningCount
			groups[i][taskPending] = d.PendingCount
			groups[i][taskFailed] = d.FailedTasks
		}
	}
	for _, g := range groups {
		for s, n := range g {
			sum[s] += n
		}
	}
	return groups, sum
}
