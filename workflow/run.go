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
	begun := s.wall()
	result := RunResult{Tasks: []ecs.Task{}, Failures: []ecs.Failure{}, Stopped: []StopGroup{}}
	if o.ExitCodeFrom != "" {
		// Asked before anything runs: a name that is wrong should cost nothing.
		def, err := s.API.DescribeTaskDefinition(ctx, aws.ToString(in.TaskDefinition))
		if err != nil {
			return result, err
		}
		if err := mustHaveContainer(&def, o.ExitCodeFrom); err != nil {
			return result, err
		}
	}
	s.step("running %s", aws.ToString(in.TaskDefinition))
	asked := s.now(ctx)
	tasks, failures, err := s.API.RunTask(ctx, in)
	if err != nil {
		return result, err
	}
	result.Tasks, result.Failures = tasks, failures
	for _, task := range tasks {
		s.emit(TaskEvent{Task: task})
	}
	placement := s.placementError(in, tasks, failures)
	if placement != nil {
		result.ExitCode = hint.NeverStarted.ExitCode()
	}
	if len(tasks) == 0 || !o.Wait {
		result.Took = ecs.Seconds(s.wall().Sub(begun))
		return result, placement
	}
	r := &run{s: s, cluster: aws.ToString(in.Cluster), options: o, begun: begun, quiet: begun, crew: newCrew(s)}
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

// placementError says how many tasks found no place and why.
func (s *Session) placementError(in *awsecs.RunTaskInput, tasks []ecs.Task, failures []ecs.Failure) error {
	if len(failures) == 0 {
		return nil
	}
	wanted := max(int(aws.ToInt32(in.Count)), 1)
	reasons := make([]string, len(failures))
	for i, f := range failures {
		reasons[i] = strings.TrimSuffix(f.Reason, ".")
	}
	err := fmt.Errorf("%d of %d tasks found no container instance: %s", wanted-len(tasks), wanted, strings.Join(counted(reasons), ", "))
	return hint.With(hint.As(hint.NeverStarted, err), "compare with what the instances have left: "+s.command("list instances%s", on(aws.ToString(in.Cluster))))
}

// run follows the tasks of one RunTask.
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
