package scheduler_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestFewerInstancesMakeADaemonRestless: a DAEMON service that fails over and over
// is restless by the number of instances that it fits. When one of them leaves in
// the moment in which its next pass was asked for, that pass still comes.
func TestFewerInstancesMakeADaemonRestless(t *testing.T) {
	b := newBench(t, 5)
	b.must(group("arn:tg", func(g *ecs.TargetGroup) { g.DeregistrationDelay = ptr(ecs.Seconds(0)) }))
	b.must(scheduler.Command{CreateService: &scheduler.CreateService{TaskDefinition: definition(1), Service: ecs.Service{
		Name: "agent", SchedulingStrategy: ecs.Daemon,
		LoadBalancers: []ecs.LoadBalancer{{TargetGroupARN: "arn:tg", ContainerName: "app", ContainerPort: 80}},
	}}})
	b.wait(3 * time.Minute)
	running := func() []ecs.TaskID {
		return b.Tasks(scheduler.TaskFilter{Service: "agent", DesiredStatus: ecs.TaskRunning})
	}
	for range 13 { // between 3 times 4 and 3 times 5
		b.must(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: running()[0], Status: ecs.TaskStopped, StopCode: ecs.EssentialContainerExited}})
		b.wait(2 * time.Minute)
	}
	if b.Restless("agent") {
		t.Fatal("it is restless on five instances")
	}
	stopped := running()[0]
	x, _ := b.Task(stopped)
	all, _ := b.Instances(scheduler.InstanceFilter{})
	drained := all[0]
	if x.ContainerInstanceARN.Short() == string(drained) {
		drained = all[1]
	}
	b.must(scheduler.Command{StopTask: &scheduler.StopTask{ID: stopped}})
	b.must(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: drained, Status: ecs.InstanceDraining}})
	b.wait(10 * time.Minute)
	if s, _ := b.Service("agent"); s.RunningCount != 4 || s.DesiredCount != 4 || !b.Restless("agent") {
		t.Errorf("%d of %d tasks run, restless %v; want 4 of 4, true", s.RunningCount, s.DesiredCount, b.Restless("agent"))
	}
	b.must(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: drained, Status: ecs.InstanceActive}})
	b.wait(10 * time.Minute)
	if s, _ := b.Service("agent"); s.RunningCount != 5 {
		t.Errorf("%d tasks run on five instances", s.RunningCount)
	}
}
