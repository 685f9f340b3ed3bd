package scheduler_test

import (
	"testing"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestContainerStateChanges: that a container changed is a change of its task, as
// is the end of its pull; news that says nothing new is none.
func TestContainerStateChanges(t *testing.T) {
	b := newBench(t, 1)
	id := b.must(run(1)).Tasks[0]
	b.must(scheduler.Command{FollowStateChanges: &scheduler.FollowStateChanges{On: true}})
	exited := scheduler.ContainerChange{Name: "app", Status: ecs.TaskStopped, ExitCode: ptr(0), Reason: "done"}
	again := exited
	again.ExitCode = ptr(0)
	for _, step := range []struct {
		what  string
		news  scheduler.ChangeTask
		tells int
	}{
		{"the pull ended", scheduler.ChangeTask{PullStopped: true}, 1},
		{"the pull ended, again", scheduler.ChangeTask{PullStopped: true}, 0},
		{"a container exited", scheduler.ChangeTask{Containers: []scheduler.ContainerChange{exited}}, 1},
		{"a container exited, again", scheduler.ChangeTask{Containers: []scheduler.ContainerChange{again}}, 0},
		{"another exit code", scheduler.ChangeTask{Containers: []scheduler.ContainerChange{{Name: "app", ExitCode: ptr(1)}}}, 1},
		{"an image digest", scheduler.ChangeTask{Containers: []scheduler.ContainerChange{{Name: "app", ImageDigest: "sha256:1"}}}, 1},
	} {
		before, _ := b.Task(id)
		step.news.ID = id
		b.must(scheduler.Command{ChangeTask: &step.news})
		after, _ := b.Task(id)
		if n := len(b.StateChanges()); n != step.tells || (after.Version > before.Version) != (n > 0) {
			t.Errorf("%s: %d changes told, version %d to %d", step.what, n, before.Version, after.Version)
		}
	}
}
