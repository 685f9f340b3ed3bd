package simulate_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// TestOtherFate: a fault changes what becomes of tasks that run and of tasks
// that are started while it lasts, through a save and a load, and not longer.
func TestOtherFate(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(t, s, 2, 2048, 3900)
	at := func(seconds int) time.Time { return birth.Add(time.Duration(seconds) * time.Second) }
	run := func(now time.Time) ecs.TaskID {
		t.Helper()
		out, err := s.Apply(now, simulate.Command{Command: scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: testDefinition("job", 1, "pull=1s start=1s")}}})
		if err != nil {
			t.Fatal(err)
		}
		return out.Tasks[0]
	}
	old := run(birth)
	give(t, s, at(60), simulate.Command{Fault: &simulate.Fault{Name: "crash", OtherFate: &simulate.OtherFate{Family: "job", Fate: "exit=139 after=30s pull=10s"}}})
	give(t, s, at(60), simulate.Command{Fault: &simulate.Fault{OtherFate: &simulate.OtherFate{Family: "other", Fate: "exit=1"}}})
	young := run(at(70))
	s = reloaded(t, s)
	s.Advance(at(85))
	s = reloaded(t, s)
	check := func(id ecs.TaskID, last ecs.TaskStatus, exit int, stopped time.Time) {
		t.Helper()
		got, _ := s.Cluster().Task(id)
		if got.LastStatus != last || exit != 0 && (got.Containers[0].ExitCode == nil || *got.Containers[0].ExitCode != exit) || !got.StoppedAt.Equal(stopped) {
			t.Errorf("task is %s with exit code %v since %s", got.LastStatus, got.Containers[0].ExitCode, got.StoppedAt.Sub(birth))
		}
	}
	s.Advance(at(100))
	check(old, ecs.TaskStopped, 139, at(90))
	check(young, ecs.TaskRunning, 0, time.Time{})
	s = reloaded(t, s)
	s.Advance(at(115)) // it was pulled for ten seconds and ran for thirty
	check(young, ecs.TaskStopped, 139, at(111).Add(200*time.Millisecond))
	third := run(at(115))
	s.Advance(at(130))
	check(third, ecs.TaskRunning, 0, time.Time{})
	give(t, s, at(130), simulate.Command{EndFault: &simulate.EndFault{Name: "crash"}})
	s = reloaded(t, s)
	s.Advance(at(600))
	check(third, ecs.TaskRunning, 0, time.Time{})
}
