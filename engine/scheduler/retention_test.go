package scheduler_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestDeletedTask: a STOPPED task can be seen for an hour. Then it is DELETED for a
// moment, in which it is in no list, and then gone. What ended later but is kept
// for a shorter time goes in its own time.
func TestDeletedTask(t *testing.T) {
	b := newBench(t, 2)
	id := b.must(scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1)}}).Tasks[0]
	b.must(scheduler.Command{StopTask: &scheduler.StopTask{ID: id}})
	b.wait(10 * time.Second)
	all, _ := b.Instances(scheduler.InstanceFilter{})
	b.must(scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: all[0]}})
	is := func(want ecs.TaskStatus, listed int) {
		t.Helper()
		task, _ := b.Task(id)
		if n := len(b.Tasks(scheduler.TaskFilter{DesiredStatus: ecs.TaskStopped})); task.LastStatus != want || n != listed {
			t.Errorf("at %s the task is %q and %d are listed, want %q and %d", b.now.Sub(birth), task.LastStatus, n, want, listed)
		}
	}
	b.wait(59*time.Minute + 49*time.Second)
	is(ecs.TaskStopped, 1)
	b.wait(2 * time.Second)
	is(ecs.TaskDeleted, 0)
	b.wait(15 * time.Second)
	if _, ok := b.Instance(all[0]); ok {
		t.Error("the container instance is kept for longer than an hour")
	}
	b.wait(45 * time.Second)
	is("", 0)
}
