package workflow_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/logs"
	"gantry/workflow"
)

// play runs a test in a bubble with a fake ECS and a session that writes down what
// it tells.
func play(t *testing.T, test func(t *testing.T, f *fake, s *workflow.Session)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fake{
			begun: time.Now(), lines: map[string][]logs.Event{},
			refuse: map[string]error{}, refuseOnce: map[string]error{},
			clusters:    []ecs.Cluster{{Name: "default", Status: "ACTIVE"}},
			definitions: []ecs.TaskDefinition{definition("web", 1, "app", "web:1")},
		}
		s := &workflow.Session{
			API: f, Logs: f, Timeout: 5 * time.Minute, Heartbeat: 30 * time.Second,
			Emit: func(e workflow.Event) { f.tell(e) },
		}
		test(t, f, s)
	})
}

const account = "arn:aws:ecs:us-east-1:123456789012:"

func definition(family string, revision int, container, image string) ecs.TaskDefinition {
	d := ecs.TaskDefinition{
		ARN:    ecs.ARN(fmt.Sprintf("%stask-definition/%s:%d", account, family, revision)),
		Family: ecs.Family(family), Revision: revision, Status: ecs.TaskDefinitionActive,
		Containers: []ecs.ContainerDefinition{{
			Name: container, Image: image, Essential: true, LogDriver: "awslogs",
			LogOptions: map[string]string{"awslogs-group": "/ecs/web", "awslogs-stream-prefix": "x"},
		}},
	}
	d.Document = json.RawMessage(fmt.Sprintf(`{"family":%q,"containerDefinitions":[{"name":%q,"image":%q,"memory":128,"essential":true}],"revision":%d,"status":"ACTIVE"}`,
		family, container, image, revision))
	return d
}

// serving is a service at rest.
func (f *fake) serving(n int) {
	f.service = ecs.Service{
		ARN: account + "service/default/web", Name: "web", Status: ecs.ServiceActive,
		TaskDefinition: f.definitions[0].ARN, DesiredCount: n, RunningCount: n,
		DeploymentConfiguration:  ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 200},
		CurrentServiceDeployment: account + "service-deployment/default/web/old",
		Deployments: []ecs.Deployment{{
			ID: "ecs-svc/1", Status: ecs.DeploymentPrimary, TaskDefinition: f.definitions[0].ARN, DesiredCount: n, RunningCount: n,
			RolloutState: ecs.RolloutCompleted, CreatedAt: time.Now().Add(-time.Hour),
		}},
	}
}

// deploys is an update that starts the deployment ecs-svc/2.
func deploys(f *fake, in *awsecs.UpdateServiceInput) {
	f.service.Deployments[0].Status = ecs.DeploymentActive
	f.service.Deployments = append([]ecs.Deployment{{
		ID: "ecs-svc/2", Status: ecs.DeploymentPrimary, TaskDefinition: f.service.TaskDefinition,
		DesiredCount: f.service.DesiredCount, RolloutState: ecs.RolloutInProgress, CreatedAt: time.Now(),
	}}, f.service.Deployments...)
	f.deployments = append([]ecs.ServiceDeployment{{
		ARN: account + "service-deployment/default/web/new", Status: ecs.ServiceDeploymentInProgress, CreatedAt: time.Now(),
	}}, f.deployments...)
	f.service.CurrentServiceDeployment = f.deployments[0].ARN
}

func (f *fake) event(message string) {
	e := ecs.ServiceEvent{ID: fmt.Sprint(len(f.service.Events)), CreatedAt: time.Now(), Message: message}
	f.service.Events = append([]ecs.ServiceEvent{e}, f.service.Events...)
}

// task adds a task of a deployment.
func (f *fake) task(id string, status ecs.TaskStatus, startedBy string) *ecs.Task {
	f.tasks = append(f.tasks, ecs.Task{
		ARN: ecs.ARN(account + "task/default/" + id), TaskDefinitionARN: f.definitions[len(f.definitions)-1].ARN,
		LastStatus: status, DesiredStatus: ecs.TaskRunning, StartedBy: startedBy, CreatedAt: time.Now(),
		Containers: []ecs.Container{{Name: "app", LastStatus: status}},
	})
	t := &f.tasks[len(f.tasks)-1]
	if status == ecs.TaskRunning {
		t.StartedAt = time.Now()
	}
	return t
}

// stop ends a task.
func (f *fake) stop(id string, code ecs.StopCode, reason string, exit int) {
	for i := range f.tasks {
		if t := &f.tasks[i]; t.ARN.Short() == id {
			t.LastStatus, t.DesiredStatus = ecs.TaskStopped, ecs.TaskStopped
			t.StopCode, t.StoppedReason, t.StoppedAt = code, reason, time.Now()
			if exit >= 0 {
				t.Containers[0].ExitCode = &exit
			}
		}
	}
}

// tell writes an event down as one line of the transcript.
func (f *fake) tell(e workflow.Event) {
	fmt.Fprintf(&f.out, "%6s  ", time.Since(f.begun).Round(time.Millisecond))
	switch e := e.(type) {
	case workflow.StepEvent:
		fmt.Fprintln(&f.out, "step:", e.Text)
	case workflow.DeploymentStarted:
		fmt.Fprintln(&f.out, "started:", e.DeploymentID, e.ServiceDeploymentARN.Short())
	case workflow.ProgressEvent:
		fmt.Fprintf(&f.out, "progress: %d/%d running, %d pending;", e.Service.RunningCount, e.Service.DesiredCount, e.Service.PendingCount)
		for _, d := range e.Service.Deployments {
			fmt.Fprintf(&f.out, " %s %s %s %d/%d", d.ID, d.Status, d.RolloutState, d.RunningCount, d.DesiredCount)
		}
		fmt.Fprintln(&f.out)
	case workflow.StageEvent:
		fmt.Fprintf(&f.out, "stage: %s %s %g\n", e.Service, e.Deployment.LifecycleStage, *e.Deployment.TargetServiceRevision.ProductionTrafficWeight)
	case workflow.ServiceEventEvent:
		fmt.Fprintln(&f.out, "event:", e.Event.Message)
	case workflow.TaskEvent:
		fmt.Fprintf(&f.out, "task: %s %q -> %s\n", e.Task.ARN.Short(), e.Previous, e.Task.LastStatus)
	case workflow.StoppedEvent:
		fmt.Fprintf(&f.out, "stopped: %d × %s %s %s\n", e.Group.Count, e.Group.StopCode, e.Group.Container, e.Group.Reason)
	case workflow.UnplacedEvent:
		fmt.Fprintln(&f.out, "unplaced:", e.Text, e.Reasons)
	case workflow.LogEvent:
		fmt.Fprintln(&f.out, "log:", e.Event.Task, e.Event.Container, e.Event.Message)
	case workflow.Notice:
		fmt.Fprintf(&f.out, "notice: %s [%s]\n", e.Text, e.Hint)
	case workflow.HeartbeatEvent:
		fmt.Fprintln(&f.out, "heartbeat: waited", e.Waited)
	case workflow.RegisteredEvent:
		fmt.Fprintln(&f.out, "registered:", e.TaskDefinition.Name())
	default:
		fmt.Fprintf(&f.out, "%T\n", e)
	}
}

// transcript is what was told and how it ended.
func (f *fake) transcript(r workflow.Result, err error) string {
	var b strings.Builder
	b.WriteString(f.out.String())
	fmt.Fprintf(&b, "\n%s after %s\n", r.Outcome, r.Took.Duration())
	for _, g := range r.Stopped {
		fmt.Fprintf(&b, "%d × %s %s %s\n", g.Count, g.StopCode, g.Container, g.Reason)
		for _, line := range g.Logs {
			fmt.Fprintf(&b, "    %s %s\n", line.Container, line.Message)
		}
	}
	if err != nil {
		fmt.Fprintf(&b, "error (%s, exit %d): %v\n  next: %s\n", hint.KindOf(err), hint.ExitCode(err), err, hint.Of(err))
	}
	return b.String()
}
