package reconcile

import (
	"fmt"
	"iter"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// The parts of a log configuration that name a stream (ECS semantics 7.9
// [DG: using the awslogs driver]).
const (
	driverAWSLogs = "awslogs"
	optionGroup   = "awslogs-group"
	optionPrefix  = "awslogs-stream-prefix"
)

// Observe keeps the records of log streams in step with the tasks: a container
// with the awslogs driver has a stream from when its task runs, and nothing
// more comes after it stopped.
//
// A group that is missing is made: real ECS refuses to start the task unless
// awslogs-create-group is set and allowed, and asks for the group to be made by
// hand; here that would only be in the way.
func Observe(tx *store.Tx, cluster ecs.ClusterName, changes []runtime.Change) error {
	engine, ok := tx.Engine(cluster)
	if !ok {
		return nil
	}
	for _, change := range changes {
		task, ok := engine.Task(change.Task)
		if !ok {
			continue
		}
		for container, group := range written(engine, change.Task) {
			if err := observeContainer(tx, cluster, change, &task, container, group); err != nil {
				return fmt.Errorf("log stream of container %s of task %s: %w", container.Name, task.ID, err)
			}
		}
	}
	return nil
}

// Observed reports whether Observe has anything to do with a task.
func Observed(engine *scheduler.Cluster, task ecs.TaskID) bool {
	for range written(engine, task) {
		return true
	}
	return false
}

// written are the containers of a task that write into log streams, each with the
// group of its stream.
func written(engine *scheduler.Cluster, task ecs.TaskID) iter.Seq2[*ecs.ContainerDefinition, string] {
	return func(yield func(*ecs.ContainerDefinition, string) bool) {
		definition := engine.Ref(task).Definition()
		if definition == nil {
			return
		}
		for i := range definition.Containers {
			container := &definition.Containers[i]
			group := container.LogOptions[optionGroup]
			if container.LogDriver == driverAWSLogs && group != "" && !yield(container, group) {
				return
			}
		}
	}
}

func observeContainer(tx *store.Tx, cluster ecs.ClusterName, change runtime.Change, task *ecs.Task, definition *ecs.ContainerDefinition, group string) error {
	container := containerOf(task, definition.Name)
	// A container without a runtime id was never made, and has written nothing.
	if container == nil || container.RuntimeID == "" {
		return nil
	}
	name := container.RuntimeID
	if prefix := definition.LogOptions[optionPrefix]; prefix != "" {
		name = prefix + "/" + definition.Name + "/" + string(task.ID)
	}
	stream, ok, err := tx.LogStream(group, name)
	if err != nil {
		return err
	}
	if !ok {
		if err := makeGroup(tx, group, change.At); err != nil {
			return err
		}
		stream = store.LogStream{Group: group, Name: name, CreatedAt: change.At}
	}
	running, ok := tx.Runtime(cluster)
	if !ok {
		return nil
	}
	source, err := tx.Writer().Open(running, task.ID, definition.Name)
	if err != nil {
		return err
	}
	stream.Cluster, stream.Source = cluster, &source
	return tx.PutLogStream(stream)
}

func makeGroup(tx *store.Tx, name string, at time.Time) error {
	_, ok, err := tx.LogGroup(name)
	if err != nil || ok {
		return err
	}
	return tx.PutLogGroup(store.LogGroup{Name: name, CreatedAt: at})
}

func containerOf(task *ecs.Task, name string) *ecs.Container {
	for i := range task.Containers {
		if task.Containers[i].Name == name {
			return &task.Containers[i]
		}
	}
	return nil
}
