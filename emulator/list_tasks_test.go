package emulator_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestTaskPages is that pages of tasks show each task once, whatever comes and
// goes in between.
func TestTaskPages(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	ctx := t.Context()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, webDefinition(nil)))
	run := func(n int32) (arns []string) {
		for _, task := range must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(ctx, &ecs.RunTaskInput{
			Cluster: demo(), TaskDefinition: aws.String("web"), Count: &n})).Tasks {
			arns = append(arns, *task.TaskArn)
		}
		return arns
	}
	list := func(in *ecs.ListTasksInput) *ecs.ListTasksOutput {
		in.Cluster, in.MaxResults = demo(), aws.Int32(4)
		return must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(ctx, in))
	}
	all := run(10)
	first := list(&ecs.ListTasksInput{})
	must[*ecs.StopTaskOutput](t)(r.ecs.StopTask(ctx, &ecs.StopTaskInput{Cluster: demo(), Task: &first.TaskArns[3]}))
	late := run(1)
	second := list(&ecs.ListTasksInput{NextToken: first.NextToken})
	third := list(&ecs.ListTasksInput{NextToken: second.NextToken})
	if third.NextToken != nil || len(third.TaskArns) != 3 {
		t.Errorf("the last page has %d tasks and the token %v", len(third.TaskArns), third.NextToken)
	}
	seen := slices.Sorted(slices.Values(slices.Concat(first.TaskArns, second.TaskArns, third.TaskArns)))
	if want := slices.Sorted(slices.Values(slices.Concat(all, late))); !slices.Equal(seen, want) {
		t.Errorf("the pages show\n%v\nof\n%v", seen, want)
	}
	if stopped := list(&ecs.ListTasksInput{DesiredStatus: types.DesiredStatusStopped}); !slices.Equal(stopped.TaskArns, first.TaskArns[3:]) || stopped.NextToken != nil {
		t.Errorf("stopped are %v, next %v", stopped.TaskArns, stopped.NextToken)
	}
	for _, token := range []string{"nonsense", "Z2FudHJ5MTp4"} { // the second is a token, but of no number
		_, err := r.ecs.ListTasks(ctx, &ecs.ListTasksInput{Cluster: demo(), NextToken: &token})
		refusedWith(t, "InvalidParameterException", err)
	}
}
