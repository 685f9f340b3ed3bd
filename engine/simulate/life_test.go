package simulate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

const ownRegistry = "123456789012.dkr.ecr.us-east-1.amazonaws.com"

// play runs one task of the definition for a while, stops it at stop (0: not),
// and returns it with the statuses that it went through.
func play(t *testing.T, def ecs.TaskDefinition, stop, end time.Duration, images map[string]string) (ecs.Task, string) {
	t.Helper()
	s := simulate.New(testConfig(1), simulate.Options{ECRHost: ownRegistry})
	now := birth
	must := func(cmd simulate.Command) scheduler.Outcome {
		t.Helper()
		out, err := s.Apply(now, cmd)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	must(simulate.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 2048, 3900)}}})
	must(simulate.Command{Images: &simulate.SetImages{Images: images}})
	run := &scheduler.RunTask{TaskDefinition: def}
	if def.NetworkMode == ecs.NetworkAWSVPC {
		run.NetworkConfiguration = subnets()
	}
	id := must(simulate.Command{Command: scheduler.Command{RunTask: run}}).Tasks[0]
	var path []string
	note := func(changes []simulate.Change) {
		for _, c := range changes {
			path = append(path, string(c.Status))
		}
	}
	if stop > 0 {
		now = birth.Add(stop)
		note(s.Advance(now))
		must(simulate.Command{Command: scheduler.Command{StopTask: &scheduler.StopTask{ID: id, Reason: "enough"}}})
	}
	now = birth.Add(end)
	note(s.Advance(now))
	task, _ := s.Cluster().Task(id)
	return task, strings.Join(path, " ")
}

func containers(task ecs.Task) string {
	var parts []string
	for _, c := range task.Containers {
		text := c.Name + " " + string(c.LastStatus)
		if c.ExitCode != nil {
			text += fmt.Sprintf(" %d", *c.ExitCode)
		}
		if c.Reason != "" {
			text += " " + c.Reason
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

func TestLives(t *testing.T) {
	missing := ownRegistry + "/web:2"
	two := func(side string, change func(*ecs.ContainerDefinition)) ecs.TaskDefinition {
		d := testDefinition("web", 1, "pull=5s start=1s")
		c := testDefinition("web", 1, side).Containers[0]
		c.Name, c.Essential, c.PortMappings = "side", false, nil
		if change != nil {
			change(&c)
		}
		d.Containers = append(d.Containers, c)
		return d
	}
	awsvpc := testDefinition("web", 1, "")
	awsvpc.NetworkMode = ecs.NetworkAWSVPC
	ecr := testDefinition("web", 1, "")
	ecr.Containers[0].Image = missing
	impatient := testDefinition("web", 1, "sigterm=ignore")
	impatient.Containers[0].StopTimeout = ecs.Seconds(5 * time.Second)
	for _, c := range []struct {
		name      string
		def       ecs.TaskDefinition
		stop, end time.Duration
		images    map[string]string
		path      string
		code      ecs.StopCode
		reason    string
		left      string
	}{
		{"ordinary", testDefinition("web", 1, ""), 0, time.Hour, nil, "PENDING RUNNING", "", "", "app RUNNING"},
		{"stopped", testDefinition("web", 1, "stop=2s stopExit=143"), time.Minute, time.Hour, nil,
			"PENDING RUNNING STOPPING STOPPED", ecs.UserInitiated, "enough", "app STOPPED 143"},
		{"killed", impatient, time.Minute, 90 * time.Second, nil, "PENDING RUNNING STOPPING STOPPED", ecs.UserInitiated, "enough", "app STOPPED 137"},
		{"stopped before it ran", testDefinition("web", 1, "pull=1m"), 10 * time.Second, time.Hour, nil, "PENDING STOPPED", ecs.UserInitiated, "enough", "app STOPPED"},
		{"network interface", awsvpc, time.Minute, time.Hour, nil,
			"PROVISIONING PENDING RUNNING STOPPING DEPROVISIONING STOPPED", ecs.UserInitiated, "enough", "app STOPPED 0"},
		{"dies before it runs", testDefinition("web", 1, "exit=3"), 0, time.Minute, nil,
			"PENDING STOPPED", ecs.EssentialContainerExited, "Essential container in task exited", "app STOPPED 3"},
		{"dies later", testDefinition("web", 1, "exit=3 after=10s"), 0, time.Minute, nil,
			"PENDING RUNNING STOPPED", ecs.EssentialContainerExited, "Essential container in task exited", "app STOPPED 3"},
		{"out of memory", testDefinition("web", 1, "oom after=10s"), 0, time.Minute, nil, "PENDING RUNNING STOPPED", ecs.EssentialContainerExited,
			"Essential container in task exited", "app STOPPED 137 OutOfMemoryError: Container killed due to memory usage"},
		{"cannot start", testDefinition("web", 1, "fail=start error='no such file'"), 0, time.Minute, nil, "PENDING STOPPED", ecs.TaskFailedToStart,
			"CannotStartContainerError: Error response from daemon: no such file",
			"app STOPPED CannotStartContainerError: Error response from daemon: no such file"},
		{"image missing", ecr, 0, time.Minute, nil, "PENDING STOPPED", ecs.TaskFailedToStart,
			"CannotPullContainerError: Error response from daemon: manifest for " + missing + " not found: manifest unknown: Requested image not found",
			"app STOPPED CannotPullContainerError: Error response from daemon: manifest for " + missing + " not found: manifest unknown: Requested image not found"},
		{"image there", ecr, 0, time.Minute, map[string]string{missing: "sha256:abc"}, "PENDING RUNNING", "", "", "app RUNNING"},
		{"sidecar may end", two("exit=0 after=5s", nil), 0, time.Minute, nil, "PENDING RUNNING", "", "", "app RUNNING; side STOPPED 0"},
		{"essential sidecar may not", two("exit=7 after=5s", func(c *ecs.ContainerDefinition) { c.Essential = true }), 0, time.Minute, nil,
			"PENDING RUNNING STOPPED", ecs.EssentialContainerExited, "Essential container in task exited", "app STOPPED 0; side STOPPED 7"},
		{"waits in vain", two("", func(c *ecs.ContainerDefinition) {
			c.DependsOn = []ecs.Dependency{{ContainerName: "app", Condition: "HEALTHY"}}
		}), 0, time.Hour, nil, "PENDING STOPPED", ecs.TaskFailedToStart, "", "app STOPPED 0; side STOPPED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			task, path := play(t, c.def, c.stop, c.end, c.images)
			if path != c.path || task.StopCode != c.code || c.reason != "" && task.StoppedReason != c.reason || containers(task) != c.left {
				t.Errorf("%s\n%s %q\n%s", path, task.StopCode, task.StoppedReason, containers(task))
			}
			if c.images != nil && task.Containers[0].ImageDigest != "sha256:abc" {
				t.Errorf("its digest is %q", task.Containers[0].ImageDigest)
			}
			times := []time.Time{task.CreatedAt, task.PullStartedAt, task.PullStoppedAt, task.StartedAt, task.StoppingAt, task.ExecutionStoppedAt, task.StoppedAt}
			times = slices.DeleteFunc(times, time.Time.IsZero)
			if !slices.IsSortedFunc(times, time.Time.Compare) {
				t.Errorf("its times are out of order: %v", times)
			}
		})
	}
}

// TestDependencies: a container starts after those it depends on.
func TestDependencies(t *testing.T) {
	d := testDefinition("web", 1, "pull=5s start=1s")
	migrate := testDefinition("web", 1, "start=1s exit=0 after=20s").Containers[0]
	migrate.Name, migrate.Essential, migrate.PortMappings = "migrate", false, nil
	d.Containers = append(d.Containers, migrate)
	d.Containers[0].DependsOn = []ecs.Dependency{{ContainerName: "migrate", Condition: "SUCCESS"}}
	if task, path := play(t, d, 0, 20*time.Second, nil); path != "PENDING" || containers(task) != "app PENDING; migrate RUNNING" {
		t.Errorf("%s: %s", path, containers(task))
	}
	if task, path := play(t, d, 0, time.Minute, nil); path != "PENDING RUNNING" || containers(task) != "app RUNNING; migrate STOPPED 0" {
		t.Errorf("%s: %s", path, containers(task))
	}
}

// TestAgentDisconnected: news of a task waits until its agent is heard again.
func TestAgentDisconnected(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	apply := func(now time.Time, cmd scheduler.Command) scheduler.Outcome {
		t.Helper()
		out, err := s.Apply(now, simulate.Command{Command: cmd})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	id := apply(birth, scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 2048, 3900)}}).Instance
	task := apply(birth, scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: testDefinition("web", 1, "exit=1 after=1m")}}).Tasks[0]
	apply(birth.Add(30*time.Second), scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id}})
	s.Advance(birth.Add(10 * time.Minute))
	if got, _ := s.Cluster().Task(task); got.LastStatus != ecs.TaskRunning || got.Connectivity != "DISCONNECTED" {
		t.Errorf("while the agent is away the task is %s and %s", got.LastStatus, got.Connectivity)
	}
	out := apply(birth.Add(10*time.Minute), scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: testDefinition("web", 1, "")}})
	if len(out.Failures) != 1 || out.Failures[0].Reason != "AGENT" {
		t.Errorf("a task for a disconnected agent: %+v", out)
	}
	apply(birth.Add(11*time.Minute), scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id, Connected: true}})
	s.Advance(birth.Add(12 * time.Minute))
	if got, _ := s.Cluster().Task(task); got.LastStatus != ecs.TaskStopped || !got.StoppedAt.Equal(birth.Add(11*time.Minute)) {
		t.Errorf("after it is back the task is %s since %s", got.LastStatus, got.StoppedAt)
	}
}

// TestDynamicPortsInUse: a dynamic port is none that is reserved, and none that a
// task of the instance has as its host port, be it running yet or not.
func TestDynamicPortsInUse(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	one := testInstance("us-east-1a", 2048, 3900)
	for port := 32768; port < 60998; port++ {
		one.Registered.Ports = append(one.Registered.Ports, port)
	}
	apply(t, s, birth, scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: one}})
	slow := testDefinition("slow", 1, "pull=1h")
	slow.Containers[0].PortMappings[0].HostPort = 60999
	apply(t, s, birth, scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: slow}})
	apply(t, s, birth, scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: testDefinition("web", 1, "")}})
	s.Advance(birth.Add(time.Minute))
	for _, id := range s.Cluster().Tasks(scheduler.TaskFilter{Family: "web"}) {
		task, _ := s.Cluster().Task(id)
		if b := task.Containers[0].NetworkBindings; len(b) != 1 || b[0].HostPort != 60998 {
			t.Errorf("bindings %+v, want the only port that is left, 60998", b)
		}
	}
}

// TestHostPorts: dynamic ports differ on one instance and are in the range.
func TestHostPorts(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	if _, err := s.Apply(birth, simulate.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance("us-east-1a", 2048, 3900)}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Apply(birth, simulate.Command{Command: scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: testDefinition("web", 1, ""), Count: 10}}}); err != nil {
		t.Fatal(err)
	}
	s.Advance(birth.Add(time.Minute))
	seen := map[int]bool{}
	for _, id := range s.Cluster().Tasks(scheduler.TaskFilter{}) {
		task, _ := s.Cluster().Task(id)
		b := task.Containers[0].NetworkBindings
		if len(b) != 1 || b[0].HostPort < 32768 || b[0].HostPort > 60999 || seen[b[0].HostPort] {
			t.Errorf("bindings %+v", b)
		}
		seen[b[0].HostPort] = true
		if len(task.Containers[0].RuntimeID) != 64 {
			t.Errorf("runtime id %q", task.Containers[0].RuntimeID)
		}
	}
}
