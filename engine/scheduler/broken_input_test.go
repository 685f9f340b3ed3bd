package scheduler_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// refuses checks that a command is refused with the words, and changes nothing.
func (b *bench) refuses(cmd scheduler.Command, words string) {
	b.t.Helper()
	before := save(b.t, b.Cluster)
	if _, err := b.apply(cmd); err == nil || !strings.Contains(err.Error(), words) {
		b.t.Errorf("got %v, want %q", err, words)
	}
	if !bytes.Equal(before, save(b.t, b.Cluster)) {
		b.t.Errorf("the refusal of %q changed something", words)
	}
}

// TestNegativeNumbers: what the fleet could not count is refused at the door.
func TestNegativeNumbers(t *testing.T) {
	b := newBench(t, 2)
	instance := func(has ecs.Resources) scheduler.Command {
		return scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: ecs.ContainerInstance{Registered: has}}}
	}
	override := func(x ecs.ContainerOverride) *ecs.TaskOverride {
		x.Name = "app"
		return &ecs.TaskOverride{Containers: []ecs.ContainerOverride{x}}
	}
	b.refuses(instance(ecs.Resources{CPUUnits: -5, MemoryMiB: 100}), "Registered resources must not be negative, but there are -5 CPU units, 100 MiB of memory")
	b.refuses(instance(ecs.Resources{CPUUnits: 5, MemoryMiB: -1}), "must not be negative")
	b.refuses(instance(ecs.Resources{CPUUnits: 5, MemoryMiB: 1, ENIs: -1}), "-1 network interfaces")
	b.refuses(scheduler.Command{ChangeAutoScalingGroup: &scheduler.ChangeAutoScalingGroup{
		Launching: -3, Group: ecs.AutoScalingGroup{Name: "g", InstanceType: "t3.small"},
	}}, "The Auto Scaling group g cannot be launching -3 instances.")
	for _, x := range []ecs.ContainerOverride{{CPUUnits: ptr(-9000)}, {MemoryMiB: ptr(-9000)}, {MemoryReservationMiB: ptr(-9000)}} {
		b.refuses(scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Overrides: override(x)}},
			"Override for container app: cpu, memory and memoryReservation must not be negative, but one is -9000.")
		b.refuses(scheduler.Command{StartTask: &scheduler.StartTask{
			TaskDefinition: definition(1), Instances: []ecs.ContainerInstanceID{"x"}, Overrides: override(x),
		}}, "must not be negative")
	}
	b.must(create("web", 3))
	b.wait(time.Minute)
}

// TestPlacementOfTaskSetsIsChecked: a service with task sets is held to what can
// be read of a placement, when it is created and when it is updated.
func TestPlacementOfTaskSetsIsChecked(t *testing.T) {
	b := newBench(t, 2)
	broken := []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "(((("}}
	outside := func(change func(*ecs.Service)) scheduler.Command {
		cmd := create("web", 2)
		cmd.CreateService.TaskDefinition = ecs.TaskDefinition{}
		cmd.CreateService.Service.DeploymentController = ecs.ControllerExternal
		change(&cmd.CreateService.Service)
		return cmd
	}
	b.refuses(outside(func(s *ecs.Service) { s.PlacementConstraints = broken }), "Invalid constraint expression '(((('")
	b.must(outside(func(*ecs.Service) {}))
	b.must(scheduler.Command{CreateTaskSet: &scheduler.CreateTaskSet{
		Service: "web", TaskSet: ecs.TaskSet{Scale: ecs.Scale{Value: 100}}, TaskDefinition: definition(1),
	}})
	b.wait(time.Minute)
	b.refuses(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(4), PlacementConstraints: &broken}}, "Invalid constraint expression '(((('")
	b.refuses(scheduler.Command{UpdateService: &scheduler.UpdateService{
		Name: "web", DesiredCount: ptr(4), PlacementStrategy: &[]ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "disk"}},
	}}, "binpack field 'disk' is invalid")
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(4)}})
	b.wait(time.Minute)
	if s, _ := b.Service("web"); s.RunningCount != 4 {
		t.Errorf("%d tasks run, want 4", s.RunningCount)
	}

	// A state that an earlier version let in is told, and not run.
	data := strings.Replace(string(save(t, b.Cluster)), `"placementConstraints":[]`, `"placementConstraints":[{"type":"memberOf","expression":"(((("}]`, 1)
	if _, err := scheduler.Load([]byte(data)); err == nil || !strings.Contains(err.Error(), "load cluster: placement of service web: ") {
		t.Errorf("loaded: %v", err)
	}
}

// TestConstraintsOfAnOlderDefinition: an update may have as many constraints as
// the new definition leaves room for. The definition that a rollback goes back to
// has more of its own, and its tasks are placed all the same.
func TestConstraintsOfAnOlderDefinition(t *testing.T) {
	b := newBench(t, 2)
	six := make([]ecs.PlacementConstraint, 6)
	for i := range six {
		six[i] = ecs.PlacementConstraint{Type: ecs.MemberOf, Expression: "not(attribute:stack exists)"}
	}
	older, newer := definition(1), definition(2)
	older.PlacementConstraints = six
	b.must(with(create("web", 4), func(c *scheduler.CreateService) {
		c.TaskDefinition = older
		c.Service.AvailabilityZoneRebalancing = "DISABLED"
		c.Service.DeploymentConfiguration = ecs.DeploymentConfiguration{MinimumHealthyPercent: 0, MaximumPercent: 100}
	}))
	b.wait(2 * time.Minute)
	b.refuses(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", PlacementConstraints: &six}}, "Maximum number of constraints is 10")
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: &newer, PlacementConstraints: &six}})
	b.wait(20 * time.Second)
	s, _ := b.Service("web")
	b.must(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: s.CurrentServiceDeployment}})
	b.wait(10 * time.Minute)
	if s, _ = b.Service("web"); len(s.Deployments) != 1 || s.RunningCount != 4 || s.TaskDefinition != older.ARN {
		t.Errorf("%d tasks run of %d deployments, the last of %s", s.RunningCount, len(s.Deployments), s.TaskDefinition)
	}
}

// TestNewsOfAWaitingTask: nothing runs of a task that waits for capacity, so there
// can be no news of it but that it is stopped.
func TestNewsOfAWaitingTask(t *testing.T) {
	b := newGroupBench(t, nil)
	id := b.must(run(1)).Tasks[0]
	for _, status := range []ecs.TaskStatus{ecs.TaskRunning, ecs.TaskStopped} {
		b.refuses(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: id, Status: status}}, "waits in PROVISIONING for capacity")
	}
	on := b.launch()
	b.wait(time.Minute)
	b.must(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: id, Status: ecs.TaskStopped}})
	if i, _ := b.Instance(on); i.Remaining.CPUUnits != i.Registered.CPUUnits {
		t.Errorf("%d CPU units are free, want %d", i.Remaining.CPUUnits, i.Registered.CPUUnits)
	}
}
