package report_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/image"
	"gantry/internal/golden"
	"gantry/logs"
	"gantry/report"
	"gantry/workflow"
)

var began = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func exit(code int) *int { return &code }

func sampleService() ecs.Service {
	return ecs.Service{
		ARN: "arn:aws:ecs:us-east-1:123456789012:service/default/web", Name: "web", ClusterARN: "arn:aws:ecs:us-east-1:123456789012:cluster/default",
		Status: ecs.ServiceActive, TaskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2", DesiredCount: 4, RunningCount: 5, PendingCount: 1,
		LaunchType: ecs.LaunchEC2, SchedulingStrategy: ecs.Replica, CreatedAt: began.Add(-3 * time.Hour),
		DeploymentConfiguration: ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 200, CircuitBreaker: ecs.CircuitBreaker{Enable: true, Rollback: true}},
		PlacementStrategy:       []ecs.PlacementStrategy{{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}, {Type: ecs.Binpack, Field: "memory"}},
		PlacementConstraints:    []ecs.PlacementConstraint{{Type: ecs.DistinctInstance}},
		Deployments: []ecs.Deployment{
			{ID: "ecs-svc/2", Status: ecs.DeploymentPrimary, TaskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2", DesiredCount: 4, RunningCount: 1, PendingCount: 1, FailedTasks: 2, RolloutState: ecs.RolloutInProgress, CreatedAt: began.Add(-30 * time.Second)},
			{ID: "ecs-svc/1", Status: ecs.DeploymentActive, TaskDefinition: "arn:aws:ecs:us-east-1:123456789012:task-definition/web:1", RunningCount: 4, RolloutState: ecs.RolloutCompleted, CreatedAt: began.Add(-3 * time.Hour)},
		},
		Events: []ecs.ServiceEvent{
			{CreatedAt: began.Add(-10 * time.Second), Message: "(service web) has started 2 tasks: (task a) (task b)."},
			{CreatedAt: began.Add(-time.Hour), Message: "(service web) has reached a steady state."},
		},
	}
}

func sampleTask() ecs.Task {
	return ecs.Task{
		ARN: "arn:aws:ecs:us-east-1:123456789012:task/default/0123456789abcdef0123456789abcdef", TaskDefinitionARN: "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2",
		ContainerInstanceARN: "arn:aws:ecs:us-east-1:123456789012:container-instance/default/fedcba9876543210fedcba9876543210", Group: "service:web", StartedBy: "ecs-svc/2",
		LastStatus: ecs.TaskStopped, DesiredStatus: ecs.TaskStopped, HealthStatus: ecs.HealthUnknown, LaunchType: ecs.LaunchEC2, AvailabilityZone: "us-east-1a", CPU: "256", Memory: "512",
		CreatedAt: began.Add(-time.Minute), StartedAt: began.Add(-50 * time.Second), StoppedAt: began.Add(-5 * time.Second),
		PullStartedAt: began.Add(-59 * time.Second), PullStoppedAt: began.Add(-52 * time.Second),
		StopCode: ecs.EssentialContainerExited, StoppedReason: "Essential container in task exited",
		Containers: []ecs.Container{{Name: "web", Image: "web:2", LastStatus: ecs.TaskStopped, HealthStatus: ecs.HealthUnknown, ExitCode: exit(1),
			NetworkBindings: []ecs.NetworkBinding{{BindIP: "0.0.0.0", ContainerPort: 80, HostPort: 32768, Protocol: "tcp"}}}},
	}
}

// TestText compares what every command prints with what a person agreed to.
func TestText(t *testing.T) {
	s, task := sampleService(), sampleTask()
	waits := ecs.Placement{
		Rule: ecs.NotPlaced, Until: began.Add(9 * time.Minute), Text: "waits in PROVISIONING for capacity provider cp: no container instance met all requirements: 2 draining",
		Closest: &ecs.Failure{ARN: "arn:aws:ecs:us-east-1:123456789012:container-instance/default/0123", Detail: "short of memory (needs 900 MiB, 300 MiB free)"},
	}
	tests := map[string]func(report.Printer){
		"clusters": func(p report.Printer) {
			p.Clusters([]ecs.Cluster{{Name: "default", Status: "ACTIVE", RunningTasks: 3, ActiveServices: 1, RegisteredContainerInstances: 12}, {Name: "a-longer-name", Status: "INACTIVE"}})
		},
		"services": func(p report.Printer) { p.Services([]ecs.Service{s}) },
		"service":  func(p report.Printer) { p.Service(&s, nil, nil) },
		"service-waits": func(p report.Printer) {
			p.Service(&s, nil, &ecs.Explanation{Floor: 10, Ceiling: 10, Healthy: 10, Total: 10, Waits: []ecs.Wait{
				{Kind: "BOUNDS", Text: "floor 10, ceiling 10: nothing may start or stop", Next: "raise maximumPercent"},
				{Kind: "HEALTH", Text: "3 tasks running, not healthy yet", Until: began.Add(40 * time.Second)},
			}})
		},
		"service-stages": func(p report.Printer) {
			canary, shifted := s, 10.0
			canary.DeploymentConfiguration.Strategy, canary.DeploymentConfiguration.BakeTimeInMinutes = ecs.StrategyCanary, 5
			canary.DeploymentConfiguration.Canary = &ecs.CanaryConfiguration{CanaryPercent: shifted, CanaryBakeTimeInMinutes: 1}
			d := ecs.ServiceDeployment{
				ARN: "arn:aws:ecs:us-east-1:123456789012:service-deployment/default/web/0123", Status: ecs.ServiceDeploymentInProgress,
				LifecycleStage: ecs.StageProductionTrafficShift, DeploymentConfiguration: canary.DeploymentConfiguration,
				TargetServiceRevision: &ecs.ServiceRevisionSummary{ARN: "arn:aws:ecs:us-east-1:123456789012:service-revision/default/web/7", ProductionTrafficWeight: &shifted},
			}
			p.Service(&canary, &d, nil)
			p.Line("")
			p.ServiceDeployment(&d)
		},
		"tasks": func(p report.Printer) { p.Tasks([]ecs.Task{task}) },
		"task":  func(p report.Printer) { p.Task(&task, nil) },
		"task-placed": func(p report.Printer) {
			p.Width = 60
			p.Task(&task, &ecs.Placement{Rule: ecs.PlacedByStrategy, DecidedAt: began.Add(-time.Minute), Text: "3 of 7 container instances fit; 4 short of memory", Steps: []ecs.StrategyStep{
				{Text: "spread attribute:ecs.availability-zone: us-east-1b had 3 tasks of the service, the fewest; 2 instances left"},
				{Text: "binpack memory: 512 MiB left there, the least; 1 instance left"},
			}})
		},
		"task-waits": func(p report.Printer) { p.Task(&task, &waits) },
		"failures": func(p report.Printer) {
			var all []ecs.Failure
			for range 2 {
				for instance := range 15 {
					all = append(all, ecs.Failure{ARN: ecs.ARN(fmt.Sprintf("arn:aws:ecs:us-east-1:123456789012:container-instance/default/%04d", instance)), Reason: []string{"RESOURCE:MEMORY", "AGENT"}[instance%2]})
				}
			}
			p.Failures(all)
		},
		"instances": func(p report.Printer) {
			starting := ecs.ContainerInstance{ARN: "arn:aws:ecs:us-east-1:123456789012:container-instance/default/0123", Status: ecs.InstanceActive, AgentConnected: true, RunningTasks: 4, PendingTasks: 3}
			p.Instances([]ecs.ContainerInstance{starting})
			p.Instance(&starting)
		},
		"not-placed": func(p report.Printer) { p.NotPlaced(&waits); p.NotPlaced(nil) },
		"nothing":    func(p report.Printer) { p.Services(nil); p.Tasks(nil); p.Images(nil) },
		"service-status": func(p report.Printer) {
			p.ServiceStatus(workflow.StatusResult{Services: []ecs.Service{s}, Tasks: []ecs.Task{task}, Stopped: []workflow.StopGroup{{StopCode: ecs.EssentialContainerExited, Reason: "Essential container in task exited", Container: "web", ExitCode: exit(1), Count: 2, Example: "0123"}}})
		},
		"result-done": func(p report.Printer) {
			p.Result(workflow.Result{Outcome: workflow.Done, Service: s, Took: ecs.Seconds(83 * time.Second)})
		},
		"result-rolled-back": func(p report.Printer) {
			p.Result(workflow.Result{Outcome: workflow.RolledBack, Service: s, Took: ecs.Seconds(4 * time.Second)})
		},
		"result-changed": func(p report.Printer) {
			p.Result(workflow.Result{Outcome: workflow.Changed, Service: ecs.Service{Name: "web", DesiredCount: 4, RunningCount: 2, TaskDefinition: s.TaskDefinition}})
		},
		"result-failed": func(p report.Printer) {
			stays := s
			stays.Deployments = slices.Clone(s.Deployments)
			stays.Deployments[0].RunningCount, stays.RunningCount = 0, 4
			p.Result(workflow.Result{Outcome: workflow.Failed, Service: stays, Took: ecs.Seconds(4 * time.Second)})
		},
		"images": func(p report.Printer) {
			p.Images([]ecs.Image{{Repository: "team/web", Digest: "sha256:" + strings.Repeat("ab", 32), Tags: []string{"v1", "latest"}, SizeBytes: 12_900_000, PushedAt: began.Add(-26 * time.Hour)}})
		},
		"up": func(p report.Printer) {
			p.Up(workflow.UpResult{Unchanged: true, Steps: []workflow.UpStep{{Kind: "image", Name: "web:v1", Detail: "sha256:ab"}, {Kind: "service", Name: "web", Changed: true, Detail: "updated"}}})
		},
	}
	for name, print := range tests {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			print(report.Printer{W: &out, Now: began})
			golden.Assert(t, name+".txt", out.Bytes())
			if strings.Contains(out.String(), "\x1b") {
				t.Error("there are escapes in output without colour")
			}
		})
	}
}

// TestNarrow: a terminal that is too narrow for the columns gets blocks.
func TestNarrow(t *testing.T) {
	for width, name := range map[int]string{60: "narrow-60.txt", 200: "narrow-200.txt"} {
		var out bytes.Buffer
		p := report.Printer{W: &out, Now: began, Width: width}
		p.Tasks([]ecs.Task{sampleTask(), sampleTask()})
		golden.Assert(t, name, out.Bytes())
	}
}

// TestLines compares the plain form of every event.
func TestLines(t *testing.T) {
	s := sampleService()
	events := []workflow.Event{
		workflow.StepEvent{Text: "updating service web"},
		workflow.PushEvent{Progress: image.Progress{Digest: "sha256:" + strings.Repeat("ab", 32), Size: 2 << 20, Sent: 1 << 20, State: image.Pushing}},
		workflow.PushEvent{Progress: image.Progress{Digest: "sha256:" + strings.Repeat("ab", 32), Size: 2 << 20, State: image.Pushed}},
		workflow.PushEvent{Progress: image.Progress{Digest: "sha256:" + strings.Repeat("cd", 32), Size: 900, State: image.Exists}},
		workflow.RegisteredEvent{TaskDefinition: ecs.TaskDefinition{Family: "web", Revision: 2}},
		workflow.DeploymentStarted{Service: s, DeploymentID: "ecs-svc/2"},
		workflow.ProgressEvent{At: began, Service: s},
		workflow.StageEvent{Service: "web", Deployment: ecs.ServiceDeployment{LifecycleStage: ecs.StageBakeTime, DeploymentConfiguration: ecs.DeploymentConfiguration{Strategy: ecs.StrategyBlueGreen, BakeTimeInMinutes: 5}}},
		workflow.TaskEvent{Task: sampleTask()},
		workflow.ServiceEventEvent{Service: "web", Event: s.Events[0]},
		workflow.StoppedEvent{Group: workflow.StopGroup{StopCode: ecs.TaskFailedToStart, Reason: "CannotPullContainerError: web:2: not found", Container: "web", Count: 1, Example: "0123"}},
		workflow.UnplacedEvent{Service: "web", Text: "was unable to place a task", Reasons: []ecs.Failure{{ARN: "arn:aws:ecs:us-east-1:123456789012:container-instance/default/0123", Reason: "RESOURCE:MEMORY", Detail: "needs 512 MiB, has 100 MiB"}}},
		workflow.LogEvent{Event: logs.Event{Stream: "web/web/0123456789abcdef", Task: "0123456789abcdef", Container: "web", Timestamp: began, Message: "a \x1b[31mred\x1b[0m line\r\n", Late: true}},
		workflow.Notice{Text: "the definition has no awslogs", Hint: "look at its log driver"},
		workflow.HeartbeatEvent{At: began, Waited: ecs.Seconds(90 * time.Second), Service: s},
	}
	var out bytes.Buffer
	lines := report.Lines{Printer: report.Printer{W: &out, Now: began}, Clock: func() time.Time { return began }}
	for _, e := range events {
		lines.Event(e)
	}
	golden.Assert(t, "lines.txt", out.Bytes())
	if strings.Contains(out.String(), "\x1b") {
		t.Error("a container's output reached the terminal with its escapes")
	}
}

func TestWords(t *testing.T) {
	for d, want := range map[time.Duration]string{
		-time.Second: "0.0s", 1500 * time.Millisecond: "1.5s", 42 * time.Second: "42s", 4*time.Minute + 10*time.Second: "4m10s",
		42 * time.Minute: "42m", 3*time.Hour + 5*time.Minute: "3h5m", 50 * time.Hour: "2d",
	} {
		if got := report.Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 4096: "4.0 KiB", 12 << 20: "12.0 MiB", 3 << 40: "3.0 TiB"} {
		if got := report.Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	if got := report.Bar(1, 100, 10, true); got != "#---------" {
		t.Errorf("one of a hundred is drawn as %q", got)
	}
	if got := report.Bar(300, 100, 4, true); got != "####" {
		t.Errorf("more than all is drawn as %q", got)
	}
}

func TestShortEvent(t *testing.T) {
	id := func(c string) string { return "(task " + strings.Repeat(c, 32) + ")" }
	for message, want := range map[string]string{
		"(service web) has reached a steady state.":                                                                   "(service web) has reached a steady state.",
		"(service web) has started 1 tasks: " + id("a") + ".":                                                         "(service web) has started 1 tasks: (task aaaaaaaa).",
		"(service web) has started 2 tasks: " + id("a") + " " + id("b") + ".":                                         "(service web) has started 2 tasks: (task aaaaaaaa) (task bbbbbbbb).",
		"(service web) has started 4 tasks: " + id("a") + " " + id("b") + " " + id("c") + " " + id("d") + ".":         "(service web) has started 4 tasks: (task aaaaaaaa) (task bbbbbbbb) and 2 more.",
		"(service web) has started 1 tasks: " + id("a") + ". Amazon ECS replaced 1 tasks due to an unhealthy status.": "(service web) has started 1 tasks: (task aaaaaaaa). Amazon ECS replaced 1 tasks due to an unhealthy status.",
		"(service web) (task set 1) (task x) is not healthy":                                                          "(service web) (task set 1) (task x) is not healthy",
	} {
		if got := report.ShortEvent(message); got != want {
			t.Errorf("ShortEvent(%q)\n = %q\nwant %q", message, got, want)
		}
	}
}

// TestColour: a status keeps its word, and its stream its colour.
func TestColour(t *testing.T) {
	s := report.Style{Color: true}
	if got := s.Status("FAILED"); !strings.Contains(got, "FAILED") || got == "FAILED" {
		t.Errorf("FAILED is drawn as %q", got)
	}
	if first, again := s.Stream("web/web/1", "x"), s.Stream("web/web/1", "x"); first != again || first == "x" {
		t.Errorf("a stream is drawn as %q and as %q", first, again)
	}
	if got := (report.Style{}).Status("FAILED"); got != "FAILED" {
		t.Errorf("without colour FAILED is drawn as %q", got)
	}
}
