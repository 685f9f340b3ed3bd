package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// mostInAMinute is how many tasks of a service were made in the minute with most.
func (b *bench) mostInAMinute(name ecs.ServiceName) (most int) {
	var made []time.Time
	for _, id := range b.Tasks(scheduler.TaskFilter{Service: name}) {
		task, _ := b.Task(id)
		made = append(made, task.CreatedAt)
	}
	first := 0
	for i, at := range made { // in the order in which they were made
		for at.Sub(made[first]) >= time.Minute {
			first++
		}
		most = max(most, i-first+1)
	}
	return most
}

// TestLaunchRate: a service starts 500 tasks in a minute, wherever the minute
// begins, and goes on as soon as it may.
func TestLaunchRate(t *testing.T) {
	for name, service := range map[ecs.ServiceName]scheduler.Command{
		"web": onFargate("web", func(*ecs.Service) {}),
		"set": {CreateService: &scheduler.CreateService{Service: ecs.Service{Name: "set", DesiredCount: 1, DeploymentController: ecs.ControllerExternal}}},
	} {
		b := newBench(t, 0)
		b.must(service)
		if name == "set" {
			x := onFargate("", func(*ecs.Service) {}).CreateService
			b.must(scheduler.Command{CreateTaskSet: &scheduler.CreateTaskSet{Service: name, TaskDefinition: x.TaskDefinition, TaskSet: ecs.TaskSet{
				Scale: ecs.Scale{Value: 100}, LaunchType: ecs.LaunchFargate, NetworkConfiguration: x.Service.NetworkConfiguration,
			}}})
		}
		b.wait(58 * time.Second)
		b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: name, DesiredCount: ptr(1600)}})
		b.wait(5 * time.Second)
		if n := len(b.Tasks(scheduler.TaskFilter{Service: name})); n != 500 {
			t.Errorf("%s: %d tasks after the first pass", name, n)
		}
		b.wait(50 * time.Second)
		loaded, err := scheduler.Load(save(t, b.Cluster))
		if err != nil {
			t.Fatal(err)
		}
		b.Cluster = loaded
		b.wait(3 * time.Minute)
		if s, _ := b.Service(name); s.RunningCount != 1600 || b.mostInAMinute(name) != 500 {
			t.Errorf("%s: %d of 1600 tasks run, at most %d were started in a minute", name, s.RunningCount, b.mostInAMinute(name))
		}
	}
}

// TestLaunchRateOfAnEarlierState: it had counted from the beginning of a minute.
func TestLaunchRateOfAnEarlierState(t *testing.T) {
	b := newBench(t, 0)
	b.must(onFargate("web", func(*ecs.Service) {}))
	b.wait(10 * time.Second)
	older := strings.Replace(string(save(t, b.Cluster)), `"launches":[{"at":"2026-11-23T06:00:05Z","tasks":1}]`, `"started":500,"windowAt":"2026-11-23T06:00:05Z"`, 1)
	if !strings.Contains(older, "windowAt") {
		t.Fatal("no launches to replace")
	}
	loaded, err := scheduler.Load([]byte(older))
	if err != nil {
		t.Fatal(err)
	}
	b.Cluster = loaded
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(100)}})
	b.wait(54 * time.Second) // until 1m4s
	before := len(b.Tasks(scheduler.TaskFilter{Service: "web"}))
	b.wait(2 * time.Second)
	if after := len(b.Tasks(scheduler.TaskFilter{Service: "web"})); before != 1 || after != 100 {
		t.Errorf("%d tasks before the minute was over, %d after", before, after)
	}
}
