package progress

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"gantry/ecs"
	"gantry/image"
	"gantry/internal/golden"
	"gantry/report"
	"gantry/workflow"
)

var began = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func revision(n int) ecs.ARN {
	return ecs.TaskDefinitionARN(ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"}, "web", n)
}

func deployment(id string, status ecs.DeploymentStatus, rev, running, pending, failed int, state ecs.RolloutState) ecs.Deployment {
	return ecs.Deployment{
		ID: ecs.DeploymentID(id), Status: status, TaskDefinition: revision(rev), DesiredCount: 10,
		RunningCount: running, PendingCount: pending, FailedTasks: failed, RolloutState: state,
	}
}

func service(deployments ...ecs.Deployment) ecs.Service {
	s := ecs.Service{
		Name: "web", DesiredCount: 10, TaskDefinition: deployments[0].TaskDefinition, Deployments: deployments,
		DeploymentConfiguration: ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 200},
	}
	for _, d := range deployments {
		s.RunningCount += d.RunningCount
		s.PendingCount += d.PendingCount
	}
	return s
}

func taskEvent(n int, startedBy string, status ecs.TaskStatus, code ecs.StopCode) workflow.TaskEvent {
	return workflow.TaskEvent{Task: ecs.Task{
		ARN: ecs.ARN(fmt.Sprintf("%s-%d", startedBy, n)), Group: "service:web", StartedBy: startedBy, LastStatus: status, StopCode: code,
	}}
}

// after is a model that has been told events at certain seconds.
func after(l look, at int, events ...workflow.Event) model {
	m := newModel(l, began)
	m = m.Update(eventsMsg{at: began, events: events})
	return m.Update(tickMsg{at: began.Add(time.Duration(at) * time.Second)})
}

func rollingUpdate() []workflow.Event {
	s := service(
		deployment("ecs-svc/2", ecs.DeploymentPrimary, 2, 7, 3, 2, ecs.RolloutInProgress),
		deployment("ecs-svc/1", ecs.DeploymentActive, 1, 5, 0, 0, ecs.RolloutCompleted),
	)
	events := []workflow.Event{
		workflow.StepEvent{Text: "updating service web"},
		workflow.DeploymentStarted{Service: s, DeploymentID: "ecs-svc/2"},
		workflow.ServiceEventEvent{Service: "web", Event: ecs.ServiceEvent{Message: "(service web) has started 3 tasks: (task 0f3c9b1d2e4a4f6c8b7a9d0e1f2a3b4c) (task 1f3c9b1d2e4a4f6c8b7a9d0e1f2a3b4d) (task 2f3c9b1d2e4a4f6c8b7a9d0e1f2a3b4e)."}},
	}
	for i := range 10 {
		status := ecs.TaskRunning
		if i >= 7 {
			status = ecs.TaskPending
		}
		events = append(events, taskEvent(i, "ecs-svc/2", status, ""))
	}
	for i := range 7 {
		status := ecs.TaskRunning
		if i >= 5 {
			status = ecs.TaskDeactivating
		}
		events = append(events, taskEvent(i, "ecs-svc/1", status, ""))
	}
	return append(events,
		taskEvent(20, "ecs-svc/2", ecs.TaskStopped, ecs.TaskFailedToStart),
		taskEvent(21, "ecs-svc/2", ecs.TaskStopped, ecs.EssentialContainerExited),
		taskEvent(22, "ecs-svc/1", ecs.TaskStopped, ecs.ServiceSchedulerInitiated),
		workflow.ProgressEvent{Service: s},
	)
}

func pushing(n int) []workflow.Event {
	events := []workflow.Event{workflow.StepEvent{Text: "pushing web.tar to web:1"}}
	for i := range n {
		layer := image.Progress{Digest: fmt.Sprintf("sha256:%02d3f2a9c8b1d22ffee", i), Size: int64(i+1) << 20, State: image.Waiting}
		switch i {
		case 0:
			layer.State = image.Exists
		case 1:
			layer.State, layer.Sent = image.Pushed, layer.Size
		case 3, 4:
			layer.State, layer.Sent = image.Pushing, layer.Size*int64(i)/10
		}
		events = append(events, workflow.PushEvent{Progress: layer})
	}
	return events
}

func stories() map[string][]workflow.Event {
	code := 0
	failed := deployment("ecs-svc/3", ecs.DeploymentActive, 3, 0, 0, 10, ecs.RolloutFailed)
	failed.RolloutStateReason = "ECS deployment circuit breaker: tasks failed to start."
	stuck := failed
	stuck.Status = ecs.DeploymentPrimary
	return map[string][]workflow.Event{
		"nothing": nil,
		"step":    {workflow.StepEvent{Text: "creating service web"}},
		"update":  rollingUpdate(),
		"push":    pushing(14),
		"create": {workflow.DeploymentStarted{Service: service(
			deployment("ecs-svc/1", ecs.DeploymentPrimary, 1, 2, 8, 0, ecs.RolloutInProgress))}},
		"rollback": {workflow.ProgressEvent{Service: service(
			deployment("ecs-svc/4", ecs.DeploymentPrimary, 2, 9, 1, 0, ecs.RolloutInProgress), failed)}},
		"failed": {workflow.ProgressEvent{Service: service(stuck,
			deployment("ecs-svc/1", ecs.DeploymentActive, 2, 10, 0, 0, ecs.RolloutCompleted))}},
		"done": {workflow.ProgressEvent{Service: service(
			deployment("ecs-svc/2", ecs.DeploymentPrimary, 2, 10, 0, 2, ecs.RolloutCompleted))}},
		"run-task": {
			workflow.TaskEvent{Task: ecs.Task{ARN: "a", Group: "family:batch", LastStatus: ecs.TaskRunning}},
			workflow.TaskEvent{Task: ecs.Task{ARN: "b", Group: "family:batch", LastStatus: ecs.TaskStopped,
				StopCode: ecs.EssentialContainerExited, Containers: []ecs.Container{{ExitCode: &code}}}},
		},
	}
}

func TestView(t *testing.T) {
	sizes := [][2]int{{40, 12}, {60, 20}, {80, 24}, {120, 40}}
	for name, events := range stories() {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			for _, ascii := range []bool{false, true} {
				m := after(look{ascii: ascii}, 32, events...)
				for _, size := range sizes {
					fmt.Fprintf(&out, "== %dx%d\n%s\n", size[0], size[1], m.View(size[0], size[1]))
				}
				fmt.Fprintf(&out, "== 80x24 at the end\n%s", m.Update(finishMsg{}).View(80, 24))
			}
			golden.AssertString(t, "view/"+name+".txt", out.String())
		})
	}
}

// TestViewFits holds every story against every small terminal, in colour too.
func TestViewFits(t *testing.T) {
	all := []workflow.Event{}
	for i := range 9 {
		s := service(deployment("ecs-svc/1", ecs.DeploymentPrimary, 1, i, 1, 0, ecs.RolloutInProgress))
		s.Name = ecs.ServiceName(fmt.Sprintf("a-service-with-a-rather-long-name-%d", i))
		all = append(all, workflow.ProgressEvent{Service: s})
	}
	stories := stories()
	stories["many services"] = all
	for name, events := range stories {
		for _, l := range []look{{}, {ascii: true}, {style: report.Style{Color: true}}} {
			for _, width := range []int{1, 2, 7, 15, 22, 31, 40, 60, 80, 120} {
				for _, height := range []int{1, 3, 5, 10, 24} {
					for _, m := range []model{after(l, 99, events...), after(l, 99, events...).Update(finishMsg{})} {
						view := strings.TrimSuffix(m.View(width, height), "\n")
						lines := strings.Split(view, "\n")
						if len(lines) > max(1, height-2) {
							t.Fatalf("%s at %dx%d has %d lines:\n%s", name, width, height, len(lines), view)
						}
						for _, line := range lines {
							if w := ansi.StringWidth(line); w > max(1, width-1) {
								t.Fatalf("%s at %dx%d has a line of %d cells: %q", name, width, height, w, line)
							}
						}
						if !l.style.Color && strings.ContainsRune(view, '\x1b') {
							t.Fatalf("%s has escapes without colour: %q", name, view)
						}
						if l.ascii && strings.ContainsFunc(view, func(r rune) bool { return r > '~' }) {
							t.Fatalf("%s is not ASCII: %q", name, view)
						}
					}
				}
			}
		}
	}
}

func TestUpdate(t *testing.T) {
	done := service(deployment("ecs-svc/2", ecs.DeploymentPrimary, 2, 10, 0, 0, ecs.RolloutCompleted))
	going := service(deployment("ecs-svc/3", ecs.DeploymentPrimary, 3, 4, 6, 0, ecs.RolloutInProgress))
	cases := []struct {
		name   string
		events []workflow.Event
		has    []string
		lacks  []string
	}{
		{"a finished service leaves with the next step",
			[]workflow.Event{workflow.ProgressEvent{Service: done}, workflow.StepEvent{Text: "scaling web"}},
			[]string{"scaling web"}, []string{"service web"}},
		{"a service on its way stays",
			[]workflow.Event{workflow.ProgressEvent{Service: going}, workflow.StepEvent{Text: "next"}},
			[]string{"service web", "4/10 running", "6 pending"}, []string{"next"}},
		{"a finished push leaves with the next step",
			append(pushing(2), workflow.StepEvent{Text: "registering"}),
			[]string{"registering"}, []string{"layers"}},
		{"a new deployment forgets the failures of the one before",
			[]workflow.Event{
				workflow.ProgressEvent{Service: going}, taskEvent(1, "ecs-svc/3", ecs.TaskStopped, ecs.TaskFailedToStart),
				workflow.DeploymentStarted{Service: going},
			}, nil, []string{"failed"}},
		{"a task that was stopped on purpose has no dot",
			[]workflow.Event{
				workflow.ProgressEvent{Service: going}, taskEvent(1, "ecs-svc/3", ecs.TaskRunning, ""), taskEvent(2, "ecs-svc/3", ecs.TaskRunning, ""),
				taskEvent(1, "ecs-svc/3", ecs.TaskStopped, ecs.ServiceSchedulerInitiated),
			}, []string{"● 1 running"}, []string{"✕"}},
		{"a layer that is sent again goes back",
			[]workflow.Event{
				workflow.PushEvent{Progress: image.Progress{Digest: "sha256:a", Size: 100, Sent: 90, State: image.Pushing}},
				workflow.PushEvent{Progress: image.Progress{Digest: "sha256:a", Size: 100, Sent: 10, State: image.Pushing}},
			}, []string{"10 B of 100 B"}, []string{"90"}},
		{"a rollback is no success",
			[]workflow.Event{
				workflow.ProgressEvent{Service: service(
					deployment("ecs-svc/4", ecs.DeploymentPrimary, 2, 9, 1, 0, ecs.RolloutInProgress),
					deployment("ecs-svc/3", ecs.DeploymentActive, 3, 0, 0, 9, ecs.RolloutFailed))},
				workflow.ProgressEvent{Service: done},
			}, []string{"! service web  rolled back to web:2"}, []string{"✓"}},
		{"a heartbeat moves the numbers",
			[]workflow.Event{workflow.HeartbeatEvent{Service: going}}, []string{"4/10 running"}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			view := after(look{}, 5, c.events...).View(100, 30)
			for _, want := range c.has {
				if !strings.Contains(view, want) {
					t.Errorf("lacks %q:\n%s", want, view)
				}
			}
			for _, not := range c.lacks {
				if strings.Contains(view, not) {
					t.Errorf("has %q:\n%s", not, view)
				}
			}
		})
	}
}

func TestElapsedStopsWhenSettled(t *testing.T) {
	done := service(deployment("ecs-svc/2", ecs.DeploymentPrimary, 2, 10, 0, 0, ecs.RolloutCompleted))
	going := service(deployment("ecs-svc/2", ecs.DeploymentPrimary, 2, 9, 1, 0, ecs.RolloutInProgress))
	m := newModel(look{}, began)
	m = m.Update(eventsMsg{at: began, events: []workflow.Event{workflow.DeploymentStarted{Service: going}}})
	before := m
	m = m.Update(eventsMsg{at: began.Add(83 * time.Second), events: []workflow.Event{workflow.ProgressEvent{Service: done}}})
	m = m.Update(tickMsg{at: began.Add(time.Hour)})
	if view := m.View(80, 24); !strings.Contains(view, "✓ service web  web:2  1:23") {
		t.Errorf("the clock went on:\n%s", view)
	}
	if view := before.View(80, 24); !strings.Contains(view, "9/10 running") {
		t.Errorf("an update changed the model before it:\n%s", view)
	}
}

func TestQuietAtFirst(t *testing.T) {
	m := newModel(look{}, began)
	if view := m.View(80, 24); view != "" {
		t.Errorf("drew %q at once", view)
	}
	m = m.Update(tickMsg{at: began.Add(time.Second)})
	if view := m.View(80, 24); !strings.Contains(view, "working  0:01") {
		t.Errorf("drew %q after a second", view)
	}
	if view := m.Update(finishMsg{}).View(80, 24); view != "" {
		t.Errorf("left %q", view)
	}
}
