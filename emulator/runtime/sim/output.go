package sim

import (
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/engine/life"
)

// Open describes what a container of a task writes.
func (f Factory) Open(rt runtime.Runtime, id ecs.TaskID, container string) (runtime.Stream, error) {
	task, ok := rt.Cluster().Task(id)
	definition := rt.Cluster().Ref(id).Definition()
	if !ok || definition == nil {
		return runtime.Stream{}, fmt.Errorf("there is no task %s", id)
	}
	stream := runtime.Stream{
		Seed: rt.Cluster().Config().Seed, Task: id, Container: container,
		Started: task.StartedAt, Stopped: task.ExecutionStoppedAt,
	}
	if stream.Started.IsZero() { // it wrote before its task was RUNNING, and ended
		stream.Started = task.PullStoppedAt
	}
	if stream.Stopped.IsZero() {
		stream.Stopped = task.StoppedAt
	}
	for i := range definition.Containers {
		if definition.Containers[i].Name == container {
			stream.Fate = definition.Containers[i].DockerLabels[life.FateLabel]
		}
	}
	for i := range task.Containers {
		if task.Containers[i].Name == container {
			stream.ExitCode = task.Containers[i].ExitCode
		}
	}
	return stream, nil
}

// Lines works out what a container wrote in a window of time.
func (f Factory) Lines(s runtime.Stream, from, to time.Time, limit int) ([]runtime.Line, error) {
	fate, err := life.ParseFate(s.Fate)
	if err != nil {
		fate = life.Fate{} // a fate that cannot be read is the usual one, as it is for the task
	}
	lines := fate.LogLines(s.Seed, s.Task, s.Container, s.Started, s.Stopped, s.ExitCode, from, to, limit)
	out := make([]runtime.Line, 0, len(lines))
	for _, line := range lines {
		out = append(out, runtime.Line{At: line.At, Text: line.Text})
	}
	return out, nil
}
