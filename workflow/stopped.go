package workflow

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/logs"
)

// lastLines is how many log lines of a failing task are shown.
const lastLines = 10

// tally groups stopped tasks by why they stopped.
type tally struct {
	groups []*StopGroup
	keys   []string
	tasks  []ecs.Task // the newest example of each group
	told   []int      // how many of each group were told of
}

// add counts a stopped task.
func (t *tally) add(task ecs.Task) {
	g := groupOf(task)
	key := fmt.Sprint(g.StopCode, "\x00", g.Reason, "\x00", g.Container, "\x00", exitText(g.ExitCode))
	at := slices.Index(t.keys, key)
	if at < 0 {
		t.keys, t.groups, t.tasks, t.told = append(t.keys, key), append(t.groups, &g), append(t.tasks, task), append(t.told, 0)
		return
	}
	known := t.groups[at]
	known.Count++
	if !task.StoppedAt.Before(known.LastAt) {
		known.Example, known.LastAt, t.tasks[at] = g.Example, g.LastAt, task
	}
}

// grown returns the groups that are new or larger since it was last asked.
func (t *tally) grown() []StopGroup {
	var out []StopGroup
	for i, g := range t.groups {
		if g.Count > t.told[i] {
			t.told[i] = g.Count
			out = append(out, *g)
		}
	}
	return out
}

// list has the largest group first.
func (t *tally) list() []StopGroup {
	out := make([]StopGroup, 0, len(t.groups))
	for _, g := range t.groups {
		out = append(out, *g)
	}
	slices.SortStableFunc(out, func(a, b StopGroup) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

// example is the newest task of the group that list has first, or nil.
func (t *tally) example() (task *ecs.Task, container string) {
	best := -1
	for i, g := range t.groups {
		if best < 0 || g.Count > t.groups[best].Count {
			best = i
		}
	}
	if best < 0 {
		return nil, ""
	}
	return &t.tasks[best], t.groups[best].Container
}

// groupOf is the group of one stopped task.
func groupOf(task ecs.Task) StopGroup {
	g := StopGroup{StopCode: task.StopCode, Reason: task.StoppedReason, Count: 1, Example: taskID(task), LastAt: task.StoppedAt}
	if culprit := culpritOf(task); culprit != nil {
		g.Container, g.ExitCode = culprit.Name, culprit.ExitCode
		if culprit.Reason != "" {
			g.Reason = culprit.Reason
		}
	}
	// What the reason says of this one task alone would make a group of each.
	if id := string(g.Example); id != "" {
		g.Reason = strings.ReplaceAll(g.Reason, id, "TASK")
	}
	return g
}

// culpritOf is the container that brought its task down: the one that says why,
// else the one with an exit code of its own. 137 and 143 come second, as they are
// also what the other containers of a task that stops end with.
func culpritOf(task ecs.Task) *ecs.Container {
	rank := func(c *ecs.Container) int {
		switch {
		case c.Reason != "":
			return 4
		case c.ExitCode == nil:
			return 0
		case *c.ExitCode == 0:
			return 1
		case *c.ExitCode == 137 || *c.ExitCode == 143:
			return 2
		}
		return 3
	}
	var culprit *ecs.Container
	for i := range task.Containers {
		c := &task.Containers[i]
		if rank(c) > 0 && (culprit == nil || rank(c) > rank(culprit)) {
			culprit = c
		}
	}
	return culprit
}

// ordinaryStop reports a stop that belongs to scaling or deploying and explains no
// failure (ECS semantics 5.3).
func ordinaryStop(task ecs.Task) bool {
	return task.StopCode == ecs.ServiceSchedulerInitiated &&
		strings.HasPrefix(task.StoppedReason, "Scaling activity initiated by")
}

// explainTimeout bounds what is still read after a wait has ended badly.
const explainTimeout = 10 * time.Second

// explainStops lists why tasks stopped, with the last words of one of them, unless
// the reader has gone.
func (s *Session) explainStops(ctx context.Context, t *tally) []StopGroup {
	groups := t.list()
	task, container := t.example()
	if task == nil || s.Logs == nil || ctx.Err() != nil {
		return groups
	}
	ctx, cancel := context.WithTimeout(ctx, explainTimeout)
	defer cancel()
	lines, err := s.lastWords(ctx, *task, container)
	if err != nil {
		s.emit(Notice{Text: fmt.Sprintf("the log of task %s cannot be read: %v", taskID(*task), err)})
	}
	groups[0].Logs = lines
	return groups
}

// lastWords is the end of the log of one container of a task; of the first one
// that logs when none is named.
func (s *Session) lastWords(ctx context.Context, task ecs.Task, container string) ([]logs.Event, error) {
	def, err := s.API.DescribeTaskDefinition(ctx, string(task.TaskDefinitionARN))
	if err != nil {
		return nil, err
	}
	for _, stream := range logs.StreamsOf(&def, &task) {
		if container != "" && stream.Container != container {
			continue
		}
		lines, err := s.Logs.LastLogEvents(ctx, stream.Group, stream.Name, lastLines)
		if err != nil || len(lines) > 0 {
			return stream.Mark(lines), err
		}
	}
	return nil, nil
}

func taskID(task ecs.Task) ecs.TaskID {
	if task.ID != "" {
		return task.ID
	}
	return ecs.TaskID(task.ARN.Short())
}

func exitText(code *int) string {
	if code == nil {
		return "-"
	}
	return fmt.Sprint(*code)
}

// adviseStop is the next step for a reason that tasks stop for, or "".
func (s *Session) adviseStop(cluster string, g StopGroup) string {
	has := func(text string) bool { return strings.Contains(g.Reason, text) }
	exit := -1
	if g.ExitCode != nil {
		exit = *g.ExitCode
	}
	switch {
	case has("CannotPullContainerError"):
		return "check the image's name and tag, and that it was pushed: " + s.command("list images")
	case has("ResourceInitializationError") && has("log group"), has("awslogs"), has("specified log group does not exist"):
		return `create the log group, or set "awslogs-create-group": "true" in the definition`
	case has("ResourceInitializationError"):
		return "check the execution role, and that the task reaches the service the message names (NAT or VPC endpoint)"
	case has("OutOfMemoryError"), exit == 137 && g.StopCode == ecs.EssentialContainerExited:
		return "the container was killed, most often for its memory: raise its memory limit, or look why it grew"
	case exit == 126, exit == 127, has("exec format error"), has("exec:"), has("executable file not found"):
		return "the command cannot be run in this image: check the command, the entry point and the CPU architecture"
	case exit == 139:
		return "the process crashed (segmentation fault): read its last lines"
	case has("failed container health checks"):
		return "run the health check's command in the image by hand, or give the container a longer startPeriod"
	case has("ELB health checks"):
		return "check the target group's path and port, and the service's health check grace period"
	case g.StopCode == ecs.EssentialContainerExited && g.Example != "":
		return "read what the container wrote: " + s.command("logs %s%s", g.Example, on(cluster))
	}
	return ""
}
