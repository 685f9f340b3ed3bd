package store_test

import (
	"path/filepath"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// TestSharedAlarmsWaitForObserve is that what happened to tasks is told before the
// clusters tell each other of their alarms: that is a change of the file, after
// which a crash no longer brings those changes back.
func TestSharedAlarmsWaitForObserve(t *testing.T) {
	cfg := config(filepath.Join(t.TempDir(), "world.db"))
	told := map[ecs.TaskStatus]bool{}
	cfg.Observe = func(_ *store.Tx, _ ecs.ClusterName, changes []runtime.Change) error {
		for _, c := range changes {
			told[c.Status] = true
		}
		return nil
	}
	shared := 0
	cfg.Alarms = func(tx *store.Tx) error {
		shared++
		engine, _ := tx.Engine("demo")
		for _, id := range engine.Tasks(scheduler.TaskFilter{}) {
			if task, _ := engine.Task(id); task.LastStatus == ecs.TaskRunning && !told[ecs.TaskRunning] {
				t.Errorf("the task is RUNNING, which nobody was told, and the file is changed")
			}
		}
		return nil
	}
	st, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	update(t, st, start, cluster)
	update(t, st, start, func(tx *store.Tx) error {
		return tx.PutCluster(store.Cluster{Name: "other", Generation: 1, Status: "ACTIVE"})
	})
	update(t, st, start, register)
	scale := func(tx *store.Tx, x simulate.Scaling) error {
		_, err := tx.Apply("demo", runtime.Command{Scaling: &x})
		return err
	}
	update(t, st, start, func(tx *store.Tx) error {
		if err := scale(tx, simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{Alarm: ecs.MetricAlarm{
			Name: "errors", Namespace: "Shop", MetricName: "Errors", Statistic: "Sum", Period: ecs.Seconds(time.Minute), EvaluationPeriods: 1, Threshold: 10,
			ComparisonOperator: "GreaterThanThreshold", State: ecs.AlarmOK,
		}}}); err != nil {
			return err
		}
		_, err := tx.Apply("demo", runtime.Command{Command: scheduler.Command{RunTask: &scheduler.RunTask{
			TaskDefinition: ecs.TaskDefinition{Family: "web", Revision: 1, Containers: []ecs.ContainerDefinition{{Name: "c", Image: "x", MemoryMiB: 16}}},
			Count:          1, LaunchType: ecs.LaunchEC2,
		}}})
		return err
	})
	for i := range 50 {
		next, ok := st.Earliest()
		if !ok || told[ecs.TaskRunning] {
			break
		}
		state := []ecs.AlarmState{ecs.AlarmAlarm, ecs.AlarmOK}[i%2]
		if err := st.Update(st.Reached(), func(tx *store.Tx) error {
			return scale(tx, simulate.Scaling{SetMetricAlarmState: &simulate.SetMetricAlarmState{Name: "errors", State: state}})
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := st.Advance(next, func(int) bool { return true }); err != nil {
			t.Fatal(err)
		}
	}
	if shared == 0 || !told[ecs.TaskRunning] {
		t.Errorf("alarms were shared %d times, and of tasks was told %v", shared, told)
	}
}
