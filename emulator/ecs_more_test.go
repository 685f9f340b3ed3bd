package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func (r *rig) tasks() []string {
	r.t.Helper()
	return must[*ecs.ListTasksOutput](r.t)(r.ecs.ListTasks(r.t.Context(), &ecs.ListTasksInput{Cluster: aws.String("demo")})).TaskArns
}

// TestTaskProtection is that scale-in leaves a protected task alone.
func TestTaskProtection(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(3)
	ctx, demo := t.Context(), aws.String("demo")
	kept := r.tasks()[1]
	got := must[*ecs.UpdateTaskProtectionOutput](t)(r.ecs.UpdateTaskProtection(ctx, &ecs.UpdateTaskProtectionInput{
		Cluster: demo, Tasks: []string{kept, "0123456789abcdef0123456789abcdef"}, ProtectionEnabled: true, ExpiresInMinutes: aws.Int32(30)}))
	if len(got.ProtectedTasks) != 1 || !got.ProtectedTasks[0].ProtectionEnabled || len(got.Failures) != 1 || *got.Failures[0].Reason != "MISSING" {
		t.Errorf("protected %+v, failures %+v", got.ProtectedTasks, got.Failures)
	}
	told := must[*ecs.GetTaskProtectionOutput](t)(r.ecs.GetTaskProtection(ctx, &ecs.GetTaskProtectionInput{Cluster: demo, Tasks: []string{kept}}))
	if left := told.ProtectedTasks[0].ExpirationDate.Sub(r.watch.Now()); left < 29*time.Minute || left > 30*time.Minute {
		t.Errorf("the protection ends in %s", left)
	}
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: demo, Service: aws.String("web"), DesiredCount: aws.Int32(1)}))
	r.watch.pass(2 * time.Minute)
	if left := r.tasks(); len(left) != 1 || left[0] != kept {
		t.Errorf("after the scale-in there are %v, and %s was protected", left, kept)
	}
	_, err := r.ecs.UpdateTaskProtection(ctx, &ecs.UpdateTaskProtectionInput{Cluster: demo, Tasks: []string{kept}, ProtectionEnabled: true, ExpiresInMinutes: aws.Int32(2881)})
	refusedWith(t, "InvalidParameterException", err)
}

// TestPauseHook is that a BLUE_GREEN deployment waits at its hook until it is told
// to go on, and that it can be aborted.
func TestPauseHook(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	ctx, demo := t.Context(), aws.String("demo")
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, webDefinition(nil)))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: demo, ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(2),
		DeploymentConfiguration: &types.DeploymentConfiguration{Strategy: types.DeploymentStrategyBlueGreen, BakeTimeInMinutes: aws.Int32(1),
			LifecycleHooks: []types.DeploymentLifecycleHook{{TargetType: types.DeploymentLifecycleHookTargetTypePause,
				LifecycleStages: []types.DeploymentLifecycleHookStage{types.DeploymentLifecycleHookStagePostScaleUp}}}},
	}))
	paused := func() (deployment types.ServiceDeployment, hook string) {
		t.Helper()
		r.watch.pass(2 * time.Minute)
		r.describe()
		list := must[*ecs.ListServiceDeploymentsOutput](t)(r.ecs.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{Cluster: demo, Service: aws.String("web")}))
		out := must[*ecs.DescribeServiceDeploymentsOutput](t)(r.ecs.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{
			ServiceDeploymentArns: []string{*list.ServiceDeployments[0].ServiceDeploymentArn}}))
		d := out.ServiceDeployments[0]
		for _, h := range d.LifecycleHookDetails {
			if h.HookId != nil {
				hook = *h.HookId
			}
		}
		return d, hook
	}
	d, hook := paused()
	if d.LifecycleStage != types.ServiceDeploymentLifecycleStagePostScaleUp || !strings.HasPrefix(hook, "ecs-pause-") {
		t.Fatalf("the deployment is at %s with the hook %q", d.LifecycleStage, hook)
	}
	_, err := r.ecs.ContinueServiceDeployment(ctx, &ecs.ContinueServiceDeploymentInput{ServiceDeploymentArn: d.ServiceDeploymentArn, HookId: aws.String("ecs-pause-none")})
	refusedWith(t, "InvalidParameterException", err)
	must[*ecs.ContinueServiceDeploymentOutput](t)(r.ecs.ContinueServiceDeployment(ctx, &ecs.ContinueServiceDeploymentInput{ServiceDeploymentArn: d.ServiceDeploymentArn, HookId: &hook}))
	r.watch.pass(5 * time.Minute)
	r.steady()

	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: demo, Service: aws.String("web"), ForceNewDeployment: true}))
	d, _ = paused()
	must[*ecs.StopServiceDeploymentOutput](t)(r.ecs.StopServiceDeployment(ctx, &ecs.StopServiceDeploymentInput{
		ServiceDeploymentArn: d.ServiceDeploymentArn, StopType: types.StopServiceDeploymentStopTypeAbort}))
	if d, _ = paused(); d.Status != types.ServiceDeploymentStatusStopped {
		t.Errorf("the deployment that was aborted is %s", d.Status)
	}
}

// TestExecuteCommand is what has to be so before a session is given.
func TestExecuteCommand(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	run := func(enabled bool) string {
		out := must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: aws.String("demo"), TaskDefinition: aws.String("web"), EnableExecuteCommand: enabled}))
		return *out.Tasks[0].TaskArn
	}
	closed, open := run(false), run(true)
	execute := func(task, container string) (*ecs.ExecuteCommandOutput, error) {
		in := &ecs.ExecuteCommandInput{Cluster: aws.String("demo"), Task: &task, Command: aws.String("sh"), Interactive: true}
		if container != "" {
			in.Container = &container
		}
		return r.ecs.ExecuteCommand(t.Context(), in)
	}
	_, err := execute(open, "")
	refusedWith(t, "TargetNotConnectedException", err)
	r.watch.pass(time.Minute)
	got, err := execute(open, "")
	if err != nil || !strings.HasPrefix(*got.Session.SessionId, "ecs-execute-command-") || *got.ContainerName != "web" || *got.TaskArn != open {
		t.Errorf("the session is %+v, %v", got, err)
	}
	for _, c := range [][2]string{{closed, ""}, {open, "none"}, {"0123456789abcdef0123456789abcdef", ""}} {
		_, err := execute(c[0], c[1])
		refusedWith(t, "InvalidParameterException", err)
	}
}

// TestAgentsNews is that what an agent from outside says of a task is heard.
func TestAgentsNews(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	ctx, demo, task := t.Context(), aws.String("demo"), r.tasks()[0]
	if got := must[*ecs.DiscoverPollEndpointOutput](t)(r.ecs.DiscoverPollEndpoint(ctx, &ecs.DiscoverPollEndpointInput{Cluster: demo})); *got.Endpoint != "http://emulator.local/" {
		t.Errorf("the endpoint is %s", *got.Endpoint)
	}
	got := must[*ecs.SubmitTaskStateChangeOutput](t)(r.ecs.SubmitTaskStateChange(ctx, &ecs.SubmitTaskStateChangeInput{Cluster: demo, Task: &task, Status: aws.String("STOPPED"),
		Containers: []types.ContainerStateChange{{ContainerName: aws.String("web"), Status: aws.String("STOPPED"), ExitCode: aws.Int32(137), Reason: aws.String("OutOfMemoryError: gone")}}}))
	if *got.Acknowledgment != "ACK" {
		t.Errorf("the answer is %s", *got.Acknowledgment)
	}
	stopped := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: demo, Tasks: []string{task}})).Tasks[0]
	if *stopped.LastStatus != "STOPPED" || stopped.StopCode != types.TaskStopCodeEssentialContainerExited || *stopped.Containers[0].ExitCode != 137 {
		t.Errorf("the task is %s, %s, %+v", *stopped.LastStatus, stopped.StopCode, stopped.Containers[0])
	}
	r.steady()
	if again := r.tasks(); len(again) != 1 || again[0] == task {
		t.Errorf("the service has %v after its task %s stopped", again, task)
	}
	must[*ecs.SubmitContainerStateChangeOutput](t)(r.ecs.SubmitContainerStateChange(ctx, &ecs.SubmitContainerStateChangeInput{Cluster: demo, Task: aws.String(r.tasks()[0]), ContainerName: aws.String("web"), Reason: aws.String("hello")}))
	must[*ecs.SubmitAttachmentStateChangesOutput](t)(r.ecs.SubmitAttachmentStateChanges(ctx, &ecs.SubmitAttachmentStateChangesInput{Cluster: demo, Attachments: []types.AttachmentStateChange{}}))
	_, err := r.ecs.SubmitTaskStateChange(ctx, &ecs.SubmitTaskStateChangeInput{Cluster: demo, Task: aws.String("none"), Status: aws.String("STOPPED")})
	refusedWith(t, "InvalidParameterException", err)
	task = r.tasks()[0]
	for _, odd := range []types.ContainerStateChange{
		{ContainerName: aws.String("web"), Status: aws.String("DEAD"), ExitCode: aws.Int32(1)},
		{ContainerName: aws.String("web"), Status: aws.String("RUNNING"), ExitCode: aws.Int32(1)},
		{ContainerName: aws.String("other"), Status: aws.String("STOPPED")},
		{Status: aws.String("STOPPED")},
	} {
		_, err := r.ecs.SubmitContainerStateChange(ctx, &ecs.SubmitContainerStateChangeInput{Cluster: demo, Task: &task, ContainerName: odd.ContainerName, Status: odd.Status, ExitCode: odd.ExitCode})
		refusedWith(t, "InvalidParameterException", err)
		if odd.ContainerName == nil { // which the SDK does not send
			continue
		}
		_, err = r.ecs.SubmitTaskStateChange(ctx, &ecs.SubmitTaskStateChangeInput{Cluster: demo, Task: &task, Containers: []types.ContainerStateChange{odd}})
		refusedWith(t, "InvalidParameterException", err)
	}
	_, err = r.ecs.SubmitTaskStateChange(ctx, &ecs.SubmitTaskStateChangeInput{Cluster: demo, Task: &task, Status: aws.String("DEAD")})
	refusedWith(t, "InvalidParameterException", err)
	if c := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: demo, Tasks: []string{task}})).Tasks[0].Containers[0]; *c.LastStatus != "RUNNING" || c.ExitCode != nil {
		t.Errorf("after refused news the container is %s with exit code %v", *c.LastStatus, c.ExitCode)
	}
	instances := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(ctx, &ecs.ListContainerInstancesInput{Cluster: demo}))
	_, err = r.ecs.UpdateContainerAgent(ctx, &ecs.UpdateContainerAgentInput{Cluster: demo, ContainerInstance: &instances.ContainerInstanceArns[0]})
	refusedWith(t, "NoUpdateAvailableException", err)
}
