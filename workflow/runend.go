package workflow

import (
	"context"
	"errors"
	"fmt"

	"gantry/ecs"
	"gantry/internal/hint"
)

// judge reads the outcome from tasks that have all stopped.
func (r *run) judge(ctx context.Context, result RunResult, placement error) (RunResult, error) {
	var stops tally
	var never, failed *ecs.Task
	var end ecs.Container
	for i := range result.Tasks {
		task := &result.Tasks[i]
		stops.add(*task)
		own, ran := r.exitOf(ctx, task)
		switch {
		case !ran:
			never = task
		case *own.ExitCode != 0 && failed == nil:
			failed, end = task, own
		}
	}
	switch {
	case failed != nil:
		result.Stopped = r.explain(ctx, &stops)
		err := errors.New(because(fmt.Sprintf("task %s: container %s exited with code %d", taskID(*failed), end.Name, *end.ExitCode), end.Reason))
		if r.options.ExitCodeFrom != "" {
			result.ExitCode = *end.ExitCode
			return result, hint.Exit(*end.ExitCode, err)
		}
		result.ExitCode = hint.Unexpected.ExitCode()
		return result, hint.With(hint.As(hint.Unexpected, err), r.s.adviseStop(r.cluster, groupOf(*failed)))
	case never != nil:
		result.Stopped = r.explain(ctx, &stops)
		result.ExitCode = hint.NeverStarted.ExitCode()
		g := groupOf(*never)
		err := errors.New(because(fmt.Sprintf("task %s never started", g.Example), g.Reason))
		return result, hint.With(hint.As(hint.NeverStarted, err), r.s.adviseStop(r.cluster, g))
	}
	result.Stopped = stops.list()
	return result, placement
}

// explain adds the last lines, unless they have all been told already.
func (r *run) explain(ctx context.Context, stops *tally) []StopGroup {
	if r.options.Logs {
		return stops.list()
	}
	return r.s.explainStops(ctx, stops)
}

// exitOf is the container that the outcome of a stopped task is read from; ran is
// false when it never got to run.
//
// Without a name it is an essential container that failed. When the first one ends
// well, ECS stops the others, and those then end with 143 or 137 (ECS semantics
// 5.4, 5.3): with an essential container that ended with 0 beside them, and no
// reason of their own, these codes are no failure.
func (r *run) exitOf(ctx context.Context, task *ecs.Task) (c ecs.Container, ran bool) {
	var well, killed, failed *ecs.Container
	for i := range task.Containers {
		c := &task.Containers[i]
		switch {
		case c.ExitCode == nil:
		case r.options.ExitCodeFrom != "":
			if c.Name == r.options.ExitCodeFrom {
				return *c, true
			}
		case !r.essential(ctx, task, c.Name):
		case *c.ExitCode == 0:
			well = c
		case (*c.ExitCode == 137 || *c.ExitCode == 143) && c.Reason == "":
			killed = c
		case failed == nil:
			failed = c
		}
	}
	for _, c := range []*ecs.Container{failed, well, killed} {
		if c != nil {
			return *c, true
		}
	}
	return ecs.Container{}, false
}

// essential takes a container for essential, as is the default, where its
// definition cannot be read.
func (r *run) essential(ctx context.Context, task *ecs.Task, name string) bool {
	def, err := r.crew.definition(ctx, task.TaskDefinitionARN)
	if err != nil {
		return true
	}
	for i := range def.Containers {
		if def.Containers[i].Name == name {
			return def.Containers[i].Essential
		}
	}
	return true
}
