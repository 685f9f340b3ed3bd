package logs

import (
	"cmp"

	"gantry/ecs"
)

// The awslogs driver and the options of it that name a stream
// (ECS semantics 7.9 [DG: Using the awslogs log driver]).
const (
	driverAWSLogs = "awslogs"
	optionGroup   = "awslogs-group"
	optionPrefix  = "awslogs-stream-prefix"
)

// Stream is where one container of one task writes to.
type Stream struct {
	Group     string
	Name      string
	Task      ecs.TaskID
	Container string
}

// Elsewhere is a container whose lines are not in CloudWatch Logs.
type Elsewhere struct {
	Container string
	Driver    string // "" when the definition names none
}

// StreamsOf computes the streams of a task's containers from its definition: with a
// prefix prefix/container/task-id, without one the container's runtime id. A
// container that has not got that far yet has no stream yet.
func StreamsOf(def *ecs.TaskDefinition, task *ecs.Task) []Stream {
	id := ecs.TaskID(cmp.Or(string(task.ID), task.ARN.Short()))
	var out []Stream
	for i := range def.Containers {
		c := &def.Containers[i]
		if c.LogDriver != driverAWSLogs {
			continue
		}
		stream := Stream{Group: c.LogOptions[optionGroup], Task: id, Container: c.Name}
		running := containerOf(task, c.Name)
		if prefix := c.LogOptions[optionPrefix]; prefix != "" {
			stream.Name = prefix + "/" + c.Name + "/" + string(id)
		} else if running != nil {
			stream.Name = running.RuntimeID
		}
		if stream.Group != "" && stream.Name != "" && mayHaveWritten(task, running) {
			out = append(out, stream)
		}
	}
	return out
}

// ElsewhereOf lists the containers of a definition that log to something else.
func ElsewhereOf(def *ecs.TaskDefinition) []Elsewhere {
	var out []Elsewhere
	for i := range def.Containers {
		if c := &def.Containers[i]; c.LogDriver != driverAWSLogs {
			out = append(out, Elsewhere{Container: c.Name, Driver: c.LogDriver})
		}
	}
	return out
}

// Mark says of each event which task and container wrote it.
func (s Stream) Mark(events []Event) []Event {
	for i := range events {
		events[i].Group, events[i].Stream = s.Group, s.Name
		events[i].Task, events[i].Container = string(s.Task), s.Container
	}
	return events
}

// mayHaveWritten leaves out containers that never started: their streams do not
// exist, and asking for one that does not is refused for all.
func mayHaveWritten(task *ecs.Task, c *ecs.Container) bool {
	return !task.StartedAt.IsZero() || c != nil && (c.RuntimeID != "" || c.ExitCode != nil)
}

func containerOf(task *ecs.Task, name string) *ecs.Container {
	for i := range task.Containers {
		if task.Containers[i].Name == name {
			return &task.Containers[i]
		}
	}
	return nil
}
