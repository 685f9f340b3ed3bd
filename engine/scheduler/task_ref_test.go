package scheduler_test

import (
	"testing"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestNoTask: the zero TaskRef answers everything, as does that of an unknown task.
func TestNoTask(t *testing.T) {
	for _, r := range []scheduler.TaskRef{{}, newBench(t, 0).Ref("none")} {
		last, desired := r.Status()
		started, stopped := r.Span("app")
		if r.Known() || last != "" || desired != "" || r.Version() != 0 || r.Definition() != nil || r.Service() != "" || r.Instance() != "" || r.LaunchType() != "" ||
			r.PortInUse(80, false) || r.Connected() || r.Restless() || r.Draw("x") != 0 || r.ARN() != "" || r.Digest("app") != "" || !started.IsZero() || !stopped.IsZero() {
			t.Errorf("%+v is no task and says something", r)
		}
	}
}

// TestNewsOfTheTaskAtHand: a reference stands for the task whose ID it is, in the
// cluster that gave it away.
func TestNewsOfTheTaskAtHand(t *testing.T) {
	b, other := newBench(t, 1), newBench(t, 1)
	tasks := b.must(run(2)).Tasks
	other.must(run(2))
	for _, ref := range []scheduler.TaskRef{b.Ref(tasks[1]), other.Ref(tasks[0])} {
		if _, err := b.apply(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: tasks[0], Ref: ref, Status: ecs.TaskStopped}}); err == nil {
			t.Errorf("news of %s is taken for %s", tasks[0], ref.ARN())
		}
	}
	b.must(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: tasks[0], Ref: b.Ref(tasks[0]), Status: ecs.TaskStopped}})
}
