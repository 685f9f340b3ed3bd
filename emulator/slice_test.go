package emulator_test

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// The workflow from an empty world to log lines, through the real clients.
func TestWorkflow(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(5)

	listed := must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{
		Cluster: aws.String("demo"), ServiceName: aws.String("web"),
	}))
	described := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{
		Cluster: aws.String("demo"), Tasks: listed.TaskArns,
	}))
	if len(described.Tasks) != 5 {
		t.Fatalf("%d tasks, want 5", len(described.Tasks))
	}
	for _, task := range described.Tasks {
		if aws.ToString(task.LastStatus) != "RUNNING" || aws.ToString(task.Group) != "service:web" || len(aws.ToString(task.Containers[0].RuntimeId)) != 64 {
			t.Errorf("task %s: status %s, group %s, runtime id %s", *task.TaskArn, *task.LastStatus, *task.Group, aws.ToString(task.Containers[0].RuntimeId))
		}
	}

	r.watch.pass(time.Minute)
	lines := must[*cloudwatchlogs.FilterLogEventsOutput](t)(r.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: aws.String("/ecs/web"),
	}))
	if len(lines.Events) < 5 {
		t.Fatalf("%d log events after a minute", len(lines.Events))
	}
	for _, e := range lines.Events {
		if !strings.HasPrefix(*e.LogStreamName, "ecs/web/") || !strings.Contains(*e.Message, "HTTP/1.1") {
			t.Errorf("event %s: %s", *e.LogStreamName, *e.Message)
		}
	}

	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("demo"), Service: aws.String("web"), DesiredCount: aws.Int32(7), ForceNewDeployment: true,
	}))
	if service := r.describe(); len(service.Deployments) != 2 {
		t.Errorf("%d deployments during an update, want 2", len(service.Deployments))
	}
	service := r.steady()
	if service.RunningCount != 7 {
		t.Errorf("%d running, want 7", service.RunningCount)
	}
	deployments := must[*ecs.ListServiceDeploymentsOutput](t)(r.ecs.ListServiceDeployments(t.Context(), &ecs.ListServiceDeploymentsInput{
		Cluster: aws.String("demo"), Service: aws.String("web"),
	}))
	if len(deployments.ServiceDeployments) != 2 || deployments.ServiceDeployments[0].Status != types.ServiceDeploymentStatusSuccessful {
		t.Errorf("service deployments %+v", deployments.ServiceDeployments)
	}
}
