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
	stream := runtime.Stream{Seed: rt.Cluster().Config().Seed, Task: id, Container: container}
	stream.Started, stream.Stopped = rt.Cluster().Ref(id).Span(container)
	for i := range definition.Containers {
		if definition.Containers[i].Name == container {
			stream.Fate = definition.Containers[i].DockerLabels[life.FateLabel]
		}
	}
	for i := range task.Containers {
		if c := &task.Containers[i]; c.Name == container {
			stream.ExitCode = c.ExitCode
			if stream.Started.IsZero() && c.RuntimeID != "" {
				stream.Started, stream.Stopped = task.StartedAt, task.StoppedAt // of a world from before this was kept
			}
		}
	}
	return stream, nil
}

// Lines works out what a container wrote in a window of time.
func (f Factory) Lines(s runtime.Stream, from, to time.Time, limit int) ([]runtime.Line, error) {
	fate, _ := life.Fate{}.Override(s.Fate) // one that cannot be read is the usual one, as it is for the task
	lines := fate.LogLines(s.Seed, s.Task, s.Container, s.Started, s.Stopped, s.ExitCode, from, to, limit)
	out := make([]runtime.Line, 0, len(lines))
	for _, line := range lines {
		out = append(out, runtime.Line{At: line.At, Text: line.Text})
	}
	return out, nil
}
