package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/logs"
)

// RunTask places tasks and, when asked, follows them to their end. The error has
// the exit code that the options ask for.
func (s *Session) RunTask(ctx context.Context, in *awsecs.RunTaskInput, o RunOptions) (RunResult, error) {
	return s.runTasks(ctx, launch{
		doing: "running", definition: aws.ToString(in.TaskDefinition), cluster: aws.ToString(in.Cluster),
		wanted: max(int(aws.ToInt32(in.Count)), 1), refusal: "found no container instance",
		place:   func() ([]ecs.Task, []ecs.Failure, error) { return s.API.RunTask(ctx, in) },
		explain: func() *ecs.Placement { return s.explainRun(ctx, in) },
	}, o)
}

// StartTask starts a task on each container instance that is named, by its id,
// ARN or EC2 instance id, without any placement; the rest is as with RunTask. Of
// names that no instance has, each is a failure as it is to ECS, which knows no
// EC2 instance ids (ECS semantics 2.9); when there are no others, nothing is
// asked of ECS.
func (s *Session) StartTask(ctx context.Context, in *awsecs.StartTaskInput, o RunOptions) (RunResult, error) {
	request := *in
	request.ContainerInstances = nil
	var missing []ecs.Failure
	for _, name := range in.ContainerInstances {
		instance, err := s.Instance(ctx, aws.ToString(in.Cluster), name)
		switch {
		case err == nil:
			request.ContainerInstances = append(request.ContainerInstances, string(instance.ARN))
		case hint.KindOf(err) == hint.NotFound && len(missing)+1 < len(in.ContainerInstances):
			missing = append(missing, ecs.Failure{ARN: ecs.ARN(name), Reason: "MISSING"})
		default:
			return RunResult{}, err // before any task was started
		}
	}
	return s.runTasks(ctx, launch{
		doing: "starting", definition: aws.ToString(in.TaskDefinition), cluster: aws.ToString(in.Cluster),
		wanted: len(in.ContainerInstances), refusal: "cannot run where they were told to",
		place: func() ([]ecs.Task, []ecs.Failure, error) {
			tasks, failures, err := s.API.StartTask(ctx, &request)
			return tasks, append(failures, missing...), err
		},
		explain: func() *ecs.Placement { return nil }, // nothing was placed
	}, o)
}

// launch is what RunTask and StartTask do differently.
type launch struct {
	doing      string
	definition string
	cluster    string
	wanted     int
	refusal    string // what happened to the tasks in the failures
	place      func() ([]ecs.Task, []ecs.Failure, error)
	explain    func() *ecs.Placement // why the next one finds no place, if somebody can tell
}

func (s *Session) runTasks(ctx context.Context, l launch, o RunOptions) (RunResult, error) {
	begun := s.wall()
	result := RunResult{Tasks: []ecs.Task{}, Failures: []ecs.Failure{}, Stopped: []StopGroup{}}
	if o.ExitCodeFrom != "" {
		// Asked before anything runs: a name that is wrong should cost nothing.
		def, err := s.API.DescribeTaskDefinition(ctx, l.definition)
		if err != nil {
			return result, err
		}
		if err := mustHaveContainer(&def, o.ExitCodeFrom); err != nil {
			return result, err
		}
	}
	s.step("%s %s", l.doing, l.definition)
	asked := s.now(ctx)
	tasks, failures, err := l.place()
	if err != nil {
		return result, err
	}
	result.Tasks, result.Failures = tasks, failures
	for _, task := range tasks {
		s.emit(TaskEvent{Task: task})
	}
	placement := s.placementError(l, len(tasks), failures)
	if placement != nil {
		result.ExitCode = hint.NeverStarted.ExitCode()
		result.Explanation = l.explain()
	}
	if len(tasks) == 0 || !o.Wait {
		result.Took = ecs.Seconds(s.wall().Sub(begun))
		return result, placement
	}
	r := &run{s: s, cluster: l.cluster, options: o, begun: begun, quiet: begun, crew: newCrew(s)}
	if o.Logs {
		r.follower = logs.NewFollower(asked, 0)
	}
	err = r.follow(ctx, &result)
	result.Took = ecs.Seconds(s.wall().Sub(begun))
	if err != nil {
		return result, err
	}
	return r.judge(ctx, result, placement)
}

// explainRun is why the tasks of a RunTask found no place, summed up; nil where
// nobody can tell. The failures say it, too, so it does not matter why not.
func (s *Session) explainRun(ctx context.Context, in *awsecs.RunTaskInput) *ecs.Placement {
	teller, ok := s.API.(Explainer)
	if !ok {
		return nil
	}
	p, ok, err := teller.ExplainRun(ctx, in)
	if err != nil || !ok || p.Rule != ecs.NotPlaced {
		return nil // perhaps there is a place by now
	}
	return &p
}

// placementError says how many tasks were not started and why.
func (s *Session) placementError(l launch, placed int, failures []ecs.Failure) error {
	if len(failures) == 0 {
		return nil
	}
	reasons := make([]string, len(failures))
	for i, f := range failures {
		reasons[i] = strings.TrimSuffix(f.Reason, ".")
	}
	err := fmt.Errorf("%d of %d tasks %s: %s", l.wanted-placed, l.wanted, l.refusal, strings.Join(counted(reasons), ", "))
	return hint.With(hint.As(hint.NeverStarted, err), "compare with what the instances have left: "+s.command("list instances%s", on(l.cluster)))
}

// run follows the tasks of one RunTask or StartTask.
type run struct {
	s        *Session
	cluster  string
	options  RunOptions
	begun    time.Time // in real time
	quiet    time.Time
	follower *logs.Follower // nil without logs
	crew     *crew
}

// follow asks until every task has stopped, and reads the logs to their end.
func (r *run) follow(ctx context.Context, result *RunResult) error {
	whole := ctx
	ctx, cancel := r.s.bounded(ctx, r.begun)
	defer cancel()
	pause := r.s.poll()
	for {
		running := slices.ContainsFunc(result.Tasks, func(t ecs.Task) bool { return t.LastStatus != ecs.TaskStopped })
		err := r.tellLogs(ctx, result.Tasks)
		if !running && err == nil {
			return nil
		}
		if pause, err = r.s.nextPause(ctx, pause, err); err == nil {
			err = r.s.pause(ctx, r.begun, pause)
		}
		if err == nil {
			err = r.look(ctx, result)
			pause, err = r.s.nextPause(ctx, pause, err)
		}
		if err != nil {
			return r.broken(whole, result, err)
		}
	}
}

// look describes the tasks that have not stopped and tells what changed.
func (r *run) look(ctx context.Context, result *RunResult) error {
	var ask []string
	for i := range result.Tasks {
		if result.Tasks[i].LastStatus != ecs.TaskStopped {
			ask = append(ask, string(result.Tasks[i].ARN))
		}
	}
	if len(ask) == 0 {
		return nil
	}
	found, failures, err := r.s.API.DescribeTasks(ctx, r.cluster, ask)
	if err != nil {
		return err
	}
	if len(found) == 0 && len(failures) > 0 {
		return hint.As(hint.NotFound, errors.New("the tasks are gone: ECS does not know them any more"))
	}
	for _, task := range found {
		at := slices.IndexFunc(result.Tasks, func(t ecs.Task) bool { return t.ARN == task.ARN })
		if at < 0 {
			continue
		}
		before := result.Tasks[at].LastStatus
		result.Tasks[at] = task
		if before != task.LastStatus {
			r.quiet = r.s.wall()
			r.s.emit(TaskEvent{Task: task, Previous: before})
		}
	}
	if silent := r.s.wall().Sub(r.quiet); silent >= r.s.heartbeat() {
		r.quiet = r.s.wall()
		r.s.emit(HeartbeatEvent{At: r.s.now(ctx), Waited: ecs.Seconds(r.s.wall().Sub(r.begun))})
	}
	return nil
}

func (r *run) tellLogs(ctx context.Context, tasks []ecs.Task) error {
	if r.follower == nil {
		return nil
	}
	return r.crew.read(ctx, r.follower, r.s.now(ctx), tasks, "", func(e logs.Event) error {
		r.quiet = r.s.wall()
		r.s.emit(LogEvent{Event: e})
		return nil
	})
}

// broken is the error of a wait that did not see the end of the tasks.
func (r *run) broken(ctx context.Context, result *RunResult, err error) error {
	var ids []string
	for _, task := range result.Tasks {
		if task.LastStatus != ecs.TaskStopped {
			ids = append(ids, string(taskID(task)))
		}
	}
	next := "the tasks go on; look with: " + r.s.command("list tasks%s", on(r.cluster))
	if len(ids) == 1 {
		next = "the task goes on; look with: " + r.s.command("describe tasks %s%s", ids[0], on(r.cluster)) +
			"; stop it with: " + r.s.command("stop-task %s%s", ids[0], on(r.cluster))
	}
	switch {
	case errors.Is(err, errTimeout):
		return hint.With(hint.As(hint.TimedOut, fmt.Errorf("%d of %d tasks had not stopped after %s", len(ids), len(result.Tasks), r.s.Timeout)), next)
	case ctx.Err() != nil:
		return interrupted(ctx, "following the tasks", next)
	}
	return hint.With(fmt.Errorf("following the tasks: %w", err), next)
}
