package emulator_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestTaskSets is a deployment made from outside: a second task set grows, becomes
// the PRIMARY one, and the first goes.
func TestTaskSets(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	demo, web := aws.String("demo"), aws.String("web")
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: demo, ServiceName: web, DesiredCount: aws.Int32(4), DeploymentController: &types.DeploymentController{Type: types.DeploymentControllerTypeExternal},
	}))
	create := func(percent float64) *types.TaskSet {
		return must[*ecs.CreateTaskSetOutput](t)(r.ecs.CreateTaskSet(t.Context(), &ecs.CreateTaskSetInput{
			Cluster: demo, Service: web, TaskDefinition: web, Scale: &types.Scale{Unit: types.ScaleUnitPercent, Value: percent},
		})).TaskSet
	}
	first, second := create(100), create(25)
	must[*ecs.UpdateTaskSetOutput](t)(r.ecs.UpdateTaskSet(t.Context(), &ecs.UpdateTaskSetInput{
		Cluster: demo, Service: web, TaskSet: second.TaskSetArn, Scale: &types.Scale{Unit: types.ScaleUnitPercent, Value: 50},
	}))
	primary := must[*ecs.UpdateServicePrimaryTaskSetOutput](t)(r.ecs.UpdateServicePrimaryTaskSet(t.Context(), &ecs.UpdateServicePrimaryTaskSetInput{
		Cluster: demo, Service: web, PrimaryTaskSet: second.Id,
	})).TaskSet
	if aws.ToString(primary.Status) != "PRIMARY" || primary.ComputedDesiredCount != 2 {
		t.Errorf("the second task set is %s with %d tasks", *primary.Status, primary.ComputedDesiredCount)
	}
	var refusal *types.InvalidParameterException
	if _, err := r.ecs.DeleteTaskSet(t.Context(), &ecs.DeleteTaskSetInput{Cluster: demo, Service: web, TaskSet: first.Id}); !errors.As(err, &refusal) {
		t.Errorf("a task set with tasks was deleted: %v", err)
	}
	must[*ecs.DeleteTaskSetOutput](t)(r.ecs.DeleteTaskSet(t.Context(), &ecs.DeleteTaskSetInput{Cluster: demo, Service: web, TaskSet: first.Id, Force: aws.Bool(true)}))
	for range 60 {
		r.watch.pass(5 * time.Second)
		out := must[*ecs.DescribeTaskSetsOutput](t)(r.ecs.DescribeTaskSets(t.Context(), &ecs.DescribeTaskSetsInput{Cluster: demo, Service: web}))
		if len(out.TaskSets) == 1 && out.TaskSets[0].StabilityStatus == types.StabilityStatusSteadyState {
			if out.TaskSets[0].RunningCount != 2 {
				t.Errorf("%d tasks run, want 2", out.TaskSets[0].RunningCount)
			}
			break
		}
	}
	out := must[*ecs.DescribeTaskSetsOutput](t)(r.ecs.DescribeTaskSets(t.Context(), &ecs.DescribeTaskSetsInput{Cluster: demo, Service: web, TaskSets: []string{*first.Id, *second.Id}}))
	if len(out.TaskSets) != 1 || len(out.Failures) != 1 || aws.ToString(out.Failures[0].Arn) != *first.TaskSetArn {
		t.Errorf("got %d task sets and failures %v", len(out.TaskSets), out.Failures)
	}
	var none *types.TaskSetNotFoundException
	_, err := r.ecs.UpdateTaskSet(t.Context(), &ecs.UpdateTaskSetInput{Cluster: demo, Service: web, TaskSet: first.Id, Scale: &types.Scale{Value: 1}})
	if !errors.As(err, &none) {
		t.Errorf("got %v", err)
	}
}

// TestConfigurationsThatNameNothing: names that the task definition lacks are
// refused, in ECS's words.
func TestConfigurationsThatNameNothing(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.define(t)
	for want, change := range map[string]func(in *ecs.CreateServiceInput){
		"Namespace is missing": func(in *ecs.CreateServiceInput) {
			in.ServiceConnectConfiguration = &types.ServiceConnectConfiguration{Enabled: true}
		},
		"portName(grpc) does not refer to any named PortMapping in the container definitions": func(in *ecs.CreateServiceInput) {
			in.ServiceConnectConfiguration = &types.ServiceConnectConfiguration{
				Enabled: true, Namespace: aws.String("n"), Services: []types.ServiceConnectService{{PortName: aws.String("grpc")}},
			}
		},
		"The volume name 'data' in your request does not have a matching volume in your Task Definition": func(in *ecs.CreateServiceInput) {
			in.VolumeConfigurations = []types.ServiceVolumeConfiguration{{Name: aws.String("data")}}
		},
		"resolutionSeconds should be one of [20,60]": func(in *ecs.CreateServiceInput) {
			in.Monitoring = &types.MonitoringConfiguration{MetricConfigurations: []types.MetricConfiguration{{MetricNames: []string{"CPUUtilization"}, ResolutionSeconds: aws.Int32(30)}}}
		},
	} {
		in := &ecs.CreateServiceInput{Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("bridge"), DesiredCount: aws.Int32(1)}
		change(in)
		var refusal *types.InvalidParameterException
		if _, err := r.ecs.CreateService(t.Context(), in); !errors.As(err, &refusal) || refusal.ErrorMessage() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
