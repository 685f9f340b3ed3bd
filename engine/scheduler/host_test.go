package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestHosts: what becomes of a container instance whose EC2 instance is stopped
// or terminated (ECS semantics 6.3).
func TestHosts(t *testing.T) {
	b := newBench(t, 2)
	ids, _ := b.Instances(scheduler.InstanceFilter{})
	b.must(create("web", 4))
	b.wait(5 * time.Minute)

	b.must(scheduler.Command{StopInstance: &scheduler.StopInstance{ID: ids[0]}})
	b.mustBe(ids[0], ecs.InstanceActive, false)
	gone := b.Tasks(scheduler.TaskFilter{DesiredStatus: ecs.TaskStopped})
	if len(gone) != 2 {
		t.Fatalf("%d tasks ended with their host, want 2", len(gone))
	}
	one, _ := b.Task(gone[0])
	i, _ := b.Instance(ids[0])
	if want := "Host EC2 (instance " + i.EC2InstanceID + ") stopped/terminated."; one.StoppedReason != want || one.LastStatus != ecs.TaskStopped {
		t.Errorf("a task is %s: %q, want STOPPED: %q", one.LastStatus, one.StoppedReason, want)
	}
	b.wait(5 * time.Minute)
	if on := b.Tasks(scheduler.TaskFilter{Instance: ids[1], DesiredStatus: ecs.TaskRunning}); len(on) != 4 {
		t.Errorf("%d tasks run on the instance that is left, want 4", len(on))
	}

	if _, err := b.apply(scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: ids[0], Connected: true}}); err == nil {
		t.Error("the agent of a stopped host connects")
	}
	b.must(scheduler.Command{StartInstance: &scheduler.StartInstance{ID: ids[0]}})
	b.mustBe(ids[0], ecs.InstanceActive, true)

	b.must(scheduler.Command{TerminateInstance: &scheduler.TerminateInstance{ID: ids[0]}})
	b.mustBe(ids[0], ecs.InstanceInactive, false)
	b.must(scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: ids[1]}})
	b.must(scheduler.Command{TerminateInstance: &scheduler.TerminateInstance{ID: ids[1]}})
	b.mustBe(ids[1], ecs.InstanceActive, false) // nobody noticed that it left
	if _, err := b.apply(scheduler.Command{StartInstance: &scheduler.StartInstance{ID: ids[1]}}); err == nil {
		t.Error("a terminated instance starts again")
	}
	b.must(scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: ids[1]}})
	b.mustBe(ids[1], ecs.InstanceInactive, false)
}

// TestHostsOfALostZone: who is stopped or terminated while its zone is lost stays
// so when the zone is back.
func TestHostsOfALostZone(t *testing.T) {
	b := newBench(t, 6) // in two zones in turn
	all, _ := b.Instances(scheduler.InstanceFilter{Expression: "attribute:ecs.availability-zone == us-east-1a"})
	stopped, terminated, other := all[0], all[1], all[2]
	zone := func(lost bool) scheduler.Command {
		return scheduler.Command{SetZone: &scheduler.SetZone{Zone: "us-east-1a", Lost: lost}}
	}
	b.must(zone(true))
	b.must(scheduler.Command{StopInstance: &scheduler.StopInstance{ID: stopped}})
	b.must(scheduler.Command{TerminateInstance: &scheduler.TerminateInstance{ID: terminated}})
	b.must(zone(false))
	for id, runs := range map[ecs.ContainerInstanceID]bool{stopped: false, terminated: false, other: true} {
		b.mustBe(id, ecs.InstanceActive, runs)
		if b.HostRuns(id) != runs {
			t.Errorf("the host of %s runs: %v", id, !runs)
		}
	}
	b.must(scheduler.Command{StartInstance: &scheduler.StartInstance{ID: stopped}})
	b.mustBe(stopped, ecs.InstanceActive, true)
	if _, err := b.apply(scheduler.Command{StartInstance: &scheduler.StartInstance{ID: terminated}}); err == nil {
		t.Error("a terminated instance starts again")
	}
}

func (b *bench) mustBe(id ecs.ContainerInstanceID, status ecs.ContainerInstanceStatus, connected bool) {
	b.t.Helper()
	if i, _ := b.Instance(id); i.Status != status || i.AgentConnected != connected {
		b.t.Errorf("instance is %s, agent connected %v; want %s, %v", i.Status, i.AgentConnected, status, connected)
	}
}

// TestZoneWithoutFargate: Fargate starts nothing in a zone that is lost, and
// says so when no other is left.
func TestZoneWithoutFargate(t *testing.T) {
	b := newBench(t, 0)
	def := definition(1)
	def.NetworkMode = ecs.NetworkAWSVPC
	subnets := &ecs.NetworkConfiguration{Subnets: []string{"subnet-a", "subnet-b"}}
	b.must(scheduler.Command{CreateService: &scheduler.CreateService{TaskDefinition: def, Service: ecs.Service{
		Name: "web", DesiredCount: 2, LaunchType: ecs.LaunchFargate, NetworkConfiguration: subnets,
	}}})
	b.wait(5 * time.Minute)
	b.must(scheduler.Command{SetZone: &scheduler.SetZone{Zone: "us-east-1a", Lost: true}})
	b.wait(5 * time.Minute)
	for _, id := range b.Tasks(scheduler.TaskFilter{Service: "web", DesiredStatus: ecs.TaskRunning}) {
		if one, _ := b.Task(id); one.AvailabilityZone != "us-east-1b" {
			t.Errorf("a task runs in %s", one.AvailabilityZone)
		}
	}
	b.must(scheduler.Command{SetZone: &scheduler.SetZone{Zone: "us-east-1b", Lost: true}})
	b.wait(5 * time.Minute)
	s, _ := b.Service("web")
	const words = "was unable to place a task. Reason: Capacity is unavailable at this time."
	if s.RunningCount != 0 || !strings.Contains(s.Events[0].Message, words) {
		t.Errorf("%d tasks run, and the last event is %q", s.RunningCount, s.Events[0].Message)
	}
	out := b.must(scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: def, LaunchType: ecs.LaunchFargate, NetworkConfiguration: subnets}})
	if len(out.Failures) != 1 || !strings.HasPrefix(out.Failures[0].Reason, "Capacity is unavailable") {
		t.Errorf("RunTask answers %+v", out)
	}
	b.must(scheduler.Command{SetZone: &scheduler.SetZone{Zone: "us-east-1a"}})
	b.wait(5 * time.Minute)
	if s, _ := b.Service("web"); s.RunningCount != 2 {
		t.Errorf("with a zone back %d tasks run, want 2", s.RunningCount)
	}
}
