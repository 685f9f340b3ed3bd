package simulate_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// TestInterface follows the network interface of an awsvpc task through its life.
func TestInterface(t *testing.T) {
	def := testDefinition("web", 1, "pull=5s start=1s")
	def.NetworkMode = ecs.NetworkAWSVPC
	for _, tt := range []struct {
		at      time.Duration // 30 s is after the stop
		last    ecs.TaskStatus
		status  string
		details int
	}{
		{time.Second, ecs.TaskProvisioning, "PRECREATED", 1},
		{2 * time.Second, ecs.TaskProvisioning, "CREATED", 4},
		{3 * time.Second, ecs.TaskProvisioning, "ATTACHING", 4},
		{4100 * time.Millisecond, ecs.TaskPending, "ATTACHED", 4},
		{15 * time.Second, ecs.TaskRunning, "ATTACHED", 4},
		{31 * time.Second, ecs.TaskDeprovisioning, "DETACHING", 4},
		{32 * time.Second, ecs.TaskDeprovisioning, "DETACHED", 4},
		{40 * time.Second, ecs.TaskStopped, "DELETED", 4},
	} {
		stop := time.Duration(0)
		if tt.at > 30*time.Second {
			stop = 30 * time.Second
		}
		task, _ := play(t, def, stop, tt.at, nil)
		a := task.Attachments[0]
		if task.LastStatus != tt.last || a.Status != tt.status || len(a.Details) != tt.details {
			t.Errorf("after %s: %s with attachment %s of %d details, want %s, %s, %d", tt.at, task.LastStatus, a.Status, len(a.Details), tt.last, tt.status, tt.details)
		}
		known := tt.at > 4*time.Second
		if (task.Containers[0].PrivateIPv4 != "") != known || (task.Connectivity == "CONNECTED") != known {
			t.Errorf("after %s: address %q, connectivity %q", tt.at, task.Containers[0].PrivateIPv4, task.Connectivity)
		}
	}
}

// TestConnectedBeforeThePull: a bridge task is connected when its agent takes it up.
func TestConnectedBeforeThePull(t *testing.T) {
	task, _ := play(t, testDefinition("web", 1, "pull=5s start=1s"), 0, 20*time.Second, nil)
	if !task.ConnectivityAt.Equal(task.PullStartedAt) || !task.PullStartedAt.Before(task.StartedAt) {
		t.Errorf("connected at %s, pull at %s, running at %s", task.ConnectivityAt, task.PullStartedAt, task.StartedAt)
	}
}

// TestArchitectureOfTheInstance: a task shows what it runs on.
func TestArchitectureOfTheInstance(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	arm := testInstance("us-east-1a", 2048, 3900)
	for i := range arm.Attributes {
		if arm.Attributes[i].Name == ecs.AttributeCPUArchitecture {
			arm.Attributes[i].Value = "arm64"
		}
	}
	apply(t, s, birth, scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: arm}})
	out, err := s.Apply(birth, simulate.Command{Command: scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: testDefinition("web", 1, "")}}})
	if err != nil {
		t.Fatal(err)
	}
	task, _ := s.Cluster().Task(out.Tasks[0])
	if task.Attributes[0].Value != "arm64" {
		t.Errorf("attributes are %v, want arm64", task.Attributes)
	}
}

// TestCountsOfTheInstance: a task counts as running as long as it is meant to run
// (ECS semantics 6.1), and until it does as pending too.
func TestCountsOfTheInstance(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(t, s, 1, 2048, 3900)
	out, err := s.Apply(birth, simulate.Command{Command: scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: testDefinition("web", 1, "stop=9s")}}})
	if err != nil {
		t.Fatal(err)
	}
	ids, _ := s.Cluster().Instances(scheduler.InstanceFilter{})
	check := func(at time.Duration, running, pending int) {
		t.Helper()
		s.Advance(birth.Add(at))
		if i, _ := s.Cluster().Instance(ids[0]); i.RunningTasks != running || i.PendingTasks != pending {
			t.Errorf("after %s: %d running, %d pending, want %d and %d", at, i.RunningTasks, i.PendingTasks, running, pending)
		}
	}
	check(time.Second, 1, 1)
	check(30*time.Second, 1, 0)
	apply(t, s, birth.Add(30*time.Second), scheduler.Command{StopTask: &scheduler.StopTask{ID: out.Tasks[0]}})
	check(32*time.Second, 0, 0)
}

// TestImageOfADeployment: the first task of a deployment decides what a tag
// stands for (ECS semantics 4.11).
func TestImageOfADeployment(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{ECRHost: ownRegistry})
	fleetOf(t, s, 1, 2048, 3900)
	name := ownRegistry + "/web"
	push := func(at time.Time, images map[string]string) {
		t.Helper()
		if _, err := s.Apply(at, simulate.Command{Images: &simulate.SetImages{Images: images}}); err != nil {
			t.Fatal(err)
		}
	}
	last := func() ecs.Task {
		ids := s.Cluster().Tasks(scheduler.TaskFilter{Service: "web"})
		task, _ := s.Cluster().Task(ids[len(ids)-1])
		return task
	}
	def := testDefinition("web", 1, "")
	def.Containers[0].Image = name + ":live"
	push(birth, map[string]string{name + ":live": "sha256:one", name + "@sha256:one": "sha256:one"})
	apply(t, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{Service: ecs.Service{Name: "web", DesiredCount: 1}, TaskDefinition: def}})
	now := s.Settle(birth.Add(time.Hour))
	push(now, map[string]string{name + ":live": "sha256:two", name + "@sha256:two": "sha256:two"})
	apply(t, s, now, scheduler.Command{StopTask: &scheduler.StopTask{ID: last().ID}})
	now = s.Settle(now.Add(time.Hour))
	if got := last(); got.LastStatus != ecs.TaskRunning || got.Containers[0].ImageDigest != "sha256:one" {
		t.Errorf("the replacement runs %s (%s), want sha256:one", got.Containers[0].ImageDigest, got.LastStatus)
	}
	apply(t, s, now, scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", ForceNewDeployment: true}})
	now = s.Settle(now.Add(time.Hour))
	if got := last().Containers[0].ImageDigest; got != "sha256:two" {
		t.Errorf("the new deployment runs %s, want sha256:two", got)
	}
	push(now, map[string]string{name + "@sha256:two": "", name + ":live": "sha256:one"})
	apply(t, s, now, scheduler.Command{StopTask: &scheduler.StopTask{ID: last().ID}})
	s.Advance(now.Add(time.Minute))
	ids := s.Cluster().Tasks(scheduler.TaskFilter{Service: "web", DesiredStatus: ecs.TaskStopped})
	got, _ := s.Cluster().Task(ids[len(ids)-1])
	const want = "CannotPullContainerError: Error response from daemon: manifest for " + ownRegistry + "/web@sha256:two not found: manifest unknown: Requested image not found"
	if got.StoppedReason != want {
		t.Errorf("stopped for %q, want %q", got.StoppedReason, want)
	}
}

// TestRunningTasksCount: what is placed in one call counts at once for the tasks
// that come after it.
func TestRunningTasksCount(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(t, s, 2, 2048, 3900)
	out, err := s.Apply(birth, simulate.Command{Command: scheduler.Command{RunTask: &scheduler.RunTask{
		TaskDefinition: testDefinition("web", 1, ""), Count: 10,
		PlacementConstraints: []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "runningTasksCount < 2"}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if len(out.Tasks) != 4 || len(out.Failures) == 0 || out.Failures[0].Reason != "MemberOf placement constraint unsatisfied." {
		t.Errorf("%d tasks started, failures %+v; want two on each of the instances", len(out.Tasks), out.Failures)
	}
}
