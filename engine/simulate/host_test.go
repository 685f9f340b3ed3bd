package simulate

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestHostsAreForgotten: nothing is kept of container instances without tasks,
// which come and go as long as the world lasts.
func TestHostsAreForgotten(t *testing.T) {
	now := time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)
	s := New(scheduler.Config{Scope: ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"}, Name: "default", Seed: 1}, Options{})
	run := ecs.TaskDefinition{Family: "job", Revision: 1, Containers: []ecs.ContainerDefinition{{
		Name: "app", Image: "job:1", Essential: true, CPUUnits: 10, MemoryMiB: 10,
	}}}
	for range 3 {
		for _, cmd := range []scheduler.Command{
			{RegisterInstance: &scheduler.RegisterInstance{Instance: ecs.ContainerInstance{Registered: ecs.Resources{CPUUnits: 100, MemoryMiB: 100}}}},
			{RunTask: &scheduler.RunTask{TaskDefinition: run, Count: 2}},
		} {
			if _, err := s.Apply(now, Command{Command: cmd}); err != nil {
				t.Fatal(err)
			}
		}
		now = now.Add(time.Minute)
		s.Advance(now)
		if len(s.hosts) != 1 {
			t.Fatalf("tasks live on one instance, and %d are known", len(s.hosts))
		}
		for _, id := range s.cluster.Tasks(scheduler.TaskFilter{}) {
			if _, err := s.Apply(now, Command{Command: scheduler.Command{StopTask: &scheduler.StopTask{ID: id}}}); err != nil {
				t.Fatal(err)
			}
		}
		ids, _ := s.cluster.Instances(scheduler.InstanceFilter{})
		now = now.Add(time.Hour)
		s.Advance(now)
		if _, err := s.Apply(now, Command{Fault: &Fault{InstanceLoss: &InstanceLoss{Some: Some{Instance: ids[0]}, Terminated: true}}}); err != nil {
			t.Fatal(err)
		}
		if len(s.hosts) != 0 {
			t.Fatalf("no task lives any more, and %d instances are known", len(s.hosts))
		}
	}
}
