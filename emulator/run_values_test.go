package emulator_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestTaskSizeOverrides: the size of a task may have a unit where it is overridden,
// as in its definition; what is no size is refused.
func TestTaskSizeOverrides(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	run := func(o *types.TaskOverride) (*ecs.RunTaskOutput, error) {
		return r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web"), Overrides: o})
	}
	for given, want := range map[string]string{"1 vCPU": "1024", ".25 vCPU": "256", "512": "512"} {
		out := must[*ecs.RunTaskOutput](t)(run(&types.TaskOverride{Cpu: &given}))
		if len(out.Tasks) != 1 || *out.Tasks[0].Cpu != want || *out.Tasks[0].Overrides.Cpu != want {
			t.Errorf("cpu %s: %+v, failures %+v; want %s", given, out.Tasks, out.Failures, want)
		}
	}
	if out := must[*ecs.RunTaskOutput](t)(run(&types.TaskOverride{Memory: aws.String("0.5 GB")})); len(out.Tasks) != 1 || *out.Tasks[0].Memory != "512" {
		t.Errorf("memory 0.5 GB: %+v", out.Tasks)
	}
	for _, bad := range []string{"abc", "-5", "0", "1 GB", "99999999999"} {
		_, err := run(&types.TaskOverride{Cpu: &bad})
		wantRefusal(t, err, "InvalidParameterException", "Invalid 'cpu' setting for task")
	}
	_, err := run(&types.TaskOverride{Memory: aws.String("2 vCPU")})
	wantRefusal(t, err, "InvalidParameterException", "Invalid 'memory' setting for task")
	container := types.ContainerOverride{Name: aws.String("web"), Cpu: aws.Int32(-50000)}
	_, err = run(&types.TaskOverride{ContainerOverrides: []types.ContainerOverride{container}})
	wantRefusal(t, err, "InvalidParameterException", "must not be negative")
	listed := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()}))
	_, err = r.ecs.StartTask(t.Context(), &ecs.StartTaskInput{
		Cluster: demo(), TaskDefinition: aws.String("web"), ContainerInstances: listed.ContainerInstanceArns[:1],
		Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{container}},
	})
	wantRefusal(t, err, "InvalidParameterException", "must not be negative")
}

// TestRefusedPlacement: distinctInstance takes no expression, not even an empty one,
// and a task group has at most 255 characters.
func TestRefusedPlacement(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	empty := []types.PlacementConstraint{{Type: types.PlacementConstraintTypeDistinctInstance, Expression: aws.String("")}}
	const words = "distinctInstance expression should not be specified."
	_, err := r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web"), PlacementConstraints: empty})
	wantRefusal(t, err, "InvalidParameterException", words)
	_, err = r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: demo(), ServiceName: aws.String("api"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(1), PlacementConstraints: empty,
	})
	wantRefusal(t, err, "InvalidParameterException", words)
	_, err = r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: demo(), Service: aws.String("web"), PlacementConstraints: empty})
	wantRefusal(t, err, "InvalidParameterException", words)
	group := strings.Repeat("g", 256)
	_, err = r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web"), Group: &group})
	wantRefusal(t, err, "InvalidParameterException", "at most 255 characters")
}
