package workflow

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/logs"
)

// TailLogs hands out the log lines of a service's tasks, or of one task, in time
// order; with Follow until the context ends, or until the one task has stopped.
func (s *Session) TailLogs(ctx context.Context, o LogsOptions, out func(logs.Event) error) error {
	t := &tail{
		s: s, cluster: o.Cluster, container: o.Container, follow: o.Follow, out: out,
		follower: logs.NewFollower(s.now(ctx).Add(-o.Since), 0),
		crew:     newCrew(s),
	}
	if o.Since <= 0 {
		t.follower = logs.NewFollower(time.Time{}, 0)
	}
	if err := t.aim(ctx, o.Target); err != nil {
		return err
	}
	for {
		over, err := t.pass(ctx)
		if err != nil && ctx.Err() == nil && o.Follow && hint.KindOf(err) == hint.Throttled {
			s.emit(Notice{Text: err.Error() + "; asking again", Hint: hint.Of(err)})
			err = nil // the pass was not completed, so the next one reads its window too
		}
		switch {
		case ctx.Err() != nil:
			return interrupted(ctx, "following the logs of "+o.Target, "")
		case err != nil:
			return err
		case !o.Follow || over:
			return nil
		}
		if err := s.sleep(ctx, s.poll()); err != nil {
			return interrupted(ctx, "following the logs of "+o.Target, "")
		}
	}
}

// tail reads the logs of a changing set of tasks.
type tail struct {
	s         *Session
	cluster   string
	service   string   // or
	tasks     []string // these and no others
	container string
	follow    bool
	follower  *logs.Follower
	out       func(logs.Event) error
	crew      *crew
}

// aim finds out what the target is.
func (t *tail) aim(ctx context.Context, target string) error {
	arn := ecs.ARN(target)
	if arn.IsARN() && arn.Cluster() != "" && (t.cluster == "" || t.cluster == defaultCluster) {
		t.cluster = string(arn.Cluster())
	}
	if strings.HasPrefix(arn.Resource(), "task/") || isTaskID(target) {
		return t.aimAtTask(ctx, target)
	}
	service, err := t.s.findService(ctx, t.cluster, target)
	if err != nil {
		if hint.KindOf(err) == hint.NotFound && isShortID(target) { // a service may have such a name too
			return t.aimAtTask(ctx, target)
		}
		if hint.KindOf(err) == hint.NotFound {
			return hint.With(err, "list what there is with: "+t.s.command("list services%s", on(t.cluster))+" or: "+t.s.command("list tasks%s", on(t.cluster)))
		}
		return err
	}
	t.service = string(service.Name)
	return t.checkContainer(ctx, service.TaskDefinition)
}

func (t *tail) aimAtTask(ctx context.Context, target string) error {
	task, err := t.s.Task(ctx, t.cluster, target)
	if err != nil {
		return err
	}
	t.tasks = []string{string(task.ARN)}
	return t.checkContainer(ctx, task.TaskDefinitionARN)
}

// checkContainer refuses a container that the definition does not have, rather than
// waiting for its lines for ever.
func (t *tail) checkContainer(ctx context.Context, definition ecs.ARN) error {
	if t.container == "" || definition == "" {
		return nil
	}
	def, err := t.crew.definition(ctx, definition)
	if err != nil {
		return err
	}
	return mustHaveContainer(def, t.container)
}

// pass reads everything that is new. It is over when no task can write any more.
func (t *tail) pass(ctx context.Context) (over bool, err error) {
	now := t.s.now(ctx)
	tasks, err := t.current(ctx)
	if err != nil {
		return false, err
	}
	if err := t.crew.read(ctx, t.follower, now, tasks, t.container, t.out); err != nil {
		return false, err
	}
	if t.follow {
		t.crew.tellStopped(tasks, len(t.tasks) > 0)
	}
	running := slices.ContainsFunc(tasks, func(task ecs.Task) bool { return task.LastStatus != ecs.TaskStopped })
	return len(t.tasks) > 0 && !running, nil
}

// current describes the tasks, those that stopped within the last hour included.
func (t *tail) current(ctx context.Context) ([]ecs.Task, error) {
	ask := t.tasks
	if t.service != "" {
		ask = nil
		for _, status := range []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped} {
			list, err := t.s.API.ListTasks(ctx, &awsecs.ListTasksInput{
				Cluster: optional(t.cluster), ServiceName: aws.String(t.service), DesiredStatus: status,
			})
			if err != nil {
				return nil, err
			}
			for _, arn := range list {
				if !t.crew.finished[arn] {
					ask = append(ask, string(arn))
				}
			}
		}
	}
	if len(ask) == 0 {
		return nil, nil
	}
	tasks, _, err := t.s.API.DescribeTasks(ctx, t.cluster, ask)
	return tasks, err
}

// crew knows the definitions of tasks and where each writes to.
type crew struct {
	s           *Session
	definitions map[ecs.ARN]*ecs.TaskDefinition
	elsewhere   map[ecs.ARN]bool // definitions whose other log drivers were told
	status      map[ecs.ARN]ecs.TaskStatus
	finished    map[ecs.ARN]bool // stopped so long ago that all lines are there
}

func newCrew(s *Session) *crew {
	return &crew{
		s: s, definitions: map[ecs.ARN]*ecs.TaskDefinition{}, elsewhere: map[ecs.ARN]bool{},
		status: map[ecs.ARN]ecs.TaskStatus{}, finished: map[ecs.ARN]bool{},
	}
}

func (c *crew) definition(ctx context.Context, arn ecs.ARN) (*ecs.TaskDefinition, error) {
	if def := c.definitions[arn]; def != nil {
		return def, nil
	}
	def, err := c.s.API.DescribeTaskDefinition(ctx, string(arn))
	if err != nil {
		return nil, err
	}
	c.definitions[arn] = &def
	return &def, nil
}

// read makes one pass over the logs of the tasks.
func (c *crew) read(ctx context.Context, f *logs.Follower, now time.Time, tasks []ecs.Task, container string, out func(logs.Event) error) error {
	if c.s.Logs == nil {
		return nil
	}
	streams, byName := []logs.Stream{}, map[string]logs.Stream{}
	for i := range tasks {
		def, err := c.definition(ctx, tasks[i].TaskDefinitionARN)
		if err != nil {
			return err
		}
		c.tellElsewhere(def, container)
		for _, stream := range logs.StreamsOf(def, &tasks[i]) {
			if container == "" || stream.Container == container {
				streams = append(streams, stream)
				byName[stream.Group+"\x00"+stream.Name] = stream
			}
		}
	}
	var pages []iter.Seq2[logs.Event, error]
	for _, query := range f.Begin(now, streams) {
		pages = append(pages, c.s.eventsOf(ctx, query))
	}
	for event, err := range logs.Merge(pages...) {
		if err != nil {
			return err
		}
		stream := byName[event.Group+"\x00"+event.Stream]
		event.Task, event.Container = string(stream.Task), stream.Container
		if event, fresh := f.Take(event); fresh {
			if err := out(event); err != nil {
				return err
			}
		}
	}
	f.Done()
	c.retire(f, now, tasks, streams)
	return nil
}

// retire lets go of tasks that stopped so long ago that no line can still be on its
// way.
func (c *crew) retire(f *logs.Follower, now time.Time, tasks []ecs.Task, streams []logs.Stream) {
	for i := range tasks {
		task := &tasks[i]
		end := task.StoppedAt
		if task.LastStatus != ecs.TaskStopped || end.IsZero() || now.Sub(end) <= logs.DefaultLookback {
			continue
		}
		c.finished[task.ARN] = true
		for _, stream := range streams {
			if stream.Task == taskID(*task) {
				f.Drop(stream)
			}
		}
	}
}

// eventsOf reads the pages of a query to the end.
func (s *Session) eventsOf(ctx context.Context, q logs.Query) iter.Seq2[logs.Event, error] {
	return func(yield func(logs.Event, error) bool) {
		for {
			page, err := s.Logs.FilterLogEvents(ctx, q)
			if err != nil && hint.KindOf(err) == hint.NotFound && len(q.Streams) > 1 && q.Token == "" {
				// One of the streams does not exist yet, and the whole request is refused.
				s.halves(ctx, q)(yield)
				return
			}
			if err != nil {
				yield(logs.Event{}, err)
				return
			}
			for _, e := range page.Events {
				if !yield(e, nil) {
					return
				}
			}
			if page.Next == "" || page.Next == q.Token {
				return
			}
			q.Token = page.Next
		}
	}
}

// halves asks for the streams of a query in two lots.
func (s *Session) halves(ctx context.Context, q logs.Query) iter.Seq2[logs.Event, error] {
	first, second := q, q
	middle := len(q.Streams) / 2
	first.Streams, second.Streams = q.Streams[:middle], q.Streams[middle:]
	return logs.Merge(s.eventsOf(ctx, first), s.eventsOf(ctx, second))
}

// tellElsewhere says once per definition which containers log to something that
// cannot be read here.
func (c *crew) tellElsewhere(def *ecs.TaskDefinition, container string) {
	if c.elsewhere[def.ARN] {
		return
	}
	c.elsewhere[def.ARN] = true
	for _, e := range logs.ElsewhereOf(def) {
		switch {
		case container != "" && e.Container != container:
		case e.Driver == "":
			c.s.emit(Notice{
				Text: fmt.Sprintf("container %s of %s has no log configuration: its lines stay on its instance", e.Container, def.Name()),
				Hint: `give it a logConfiguration with "logDriver": "awslogs"`,
			})
		default:
			c.s.emit(Notice{Text: fmt.Sprintf("container %s of %s logs with the driver %s: its lines are not in CloudWatch Logs", e.Container, def.Name(), e.Driver)})
		}
	}
}

// tellStopped notes tasks that have stopped since the pass before; those that had
// stopped before the first pass only when history is wanted.
func (c *crew) tellStopped(tasks []ecs.Task, history bool) {
	for i := range tasks {
		task := &tasks[i]
		before := c.status[task.ARN]
		c.status[task.ARN] = task.LastStatus
		if task.LastStatus == ecs.TaskStopped && before != ecs.TaskStopped && (before != "" || history) {
			c.s.emit(Notice{Text: stoppedText(*task)})
		}
	}
}

// stoppedText is "task ID stopped: EssentialContainerExited: app exited with 1: …".
func stoppedText(task ecs.Task) string {
	g := groupOf(task)
	text := because(fmt.Sprintf("task %s stopped", g.Example), string(g.StopCode))
	if g.ExitCode != nil {
		text += fmt.Sprintf(", container %s exited with code %d", g.Container, *g.ExitCode)
	}
	return because(text, g.Reason)
}

// mustHaveContainer refuses a container name that a definition does not have.
func mustHaveContainer(def *ecs.TaskDefinition, container string) error {
	var names []string
	for _, c := range def.Containers {
		if c.Name == container {
			return nil
		}
		names = append(names, c.Name)
	}
	return hint.With(hint.As(hint.Usage, fmt.Errorf("the task definition %s has no container %q", def.Name(), container)),
		"its containers are: "+strings.Join(names, ", "))
}

// isTaskID tells the id of a task from the name of a service: 32 hex digits, or a
// UUID as long ago (ECS semantics 8.3).
func isTaskID(text string) bool {
	digits := strings.ReplaceAll(text, "-", "")
	return len(digits) == 32 && (len(text) == 32 || len(text) == 36) &&
		strings.Trim(digits, "0123456789abcdef") == ""
}
