package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// RunTask places tasks; those that found no place are in the failures.
func (c *Client) RunTask(ctx context.Context, in *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure, error) {
	out, err := c.ecs.RunTask(ctx, in)
	if err != nil {
		return nil, nil, c.fail(subject{
			doing:   "run " + aws.ToString(in.TaskDefinition),
			cluster: aws.ToString(in.Cluster), name: aws.ToString(in.TaskDefinition),
		}, err)
	}
	return shape.List(out.Tasks, shape.TaskFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
}

// StartTask starts a task on each named container instance; those that could
// not take theirs are in the failures.
func (c *Client) StartTask(ctx context.Context, in *awsecs.StartTaskInput) ([]ecs.Task, []ecs.Failure, error) {
	out, err := c.ecs.StartTask(ctx, in)
	if err != nil {
		return nil, nil, c.fail(subject{
			doing:   "start " + aws.ToString(in.TaskDefinition),
			cluster: aws.ToString(in.Cluster), name: aws.ToString(in.TaskDefinition),
		}, err)
	}
	return shape.List(out.Tasks, shape.TaskFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
}

// StopTask asks a task to stop.
func (c *Client) StopTask(ctx context.Context, in *awsecs.StopTaskInput) (ecs.Task, error) {
	out, err := c.ecs.StopTask(ctx, in)
	if err != nil {
		return ecs.Task{}, c.fail(subject{doing: "stop the task " + aws.ToString(in.Task), cluster: aws.ToString(in.Cluster), name: aws.ToString(in.Task)}, err)
	}
	return one(out.Task, shape.TaskFromSDK), nil
}

// ListTasks lists every task that the request's filters let through. ECS takes no
// filter on the desired status as RUNNING.
func (c *Client) ListTasks(ctx context.Context, in *awsecs.ListTasksInput) ([]ecs.ARN, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.ARN, *string, error) {
		page := *in
		page.NextToken, page.MaxResults = token, aws.Int32(maxResults)
		out, err := c.ecs.ListTasks(ctx, &page)
		if err != nil {
			return nil, nil, err
		}
		return arns(out.TaskArns), out.NextToken, nil
	})
	return list, c.fail(subject{doing: "list the tasks", cluster: aws.ToString(in.Cluster), service: aws.ToString(in.ServiceName)}, err)
}

// DescribeTasks describes tasks with their tags.
func (c *Client) DescribeTasks(ctx context.Context, cluster string, tasks []string) ([]ecs.Task, []ecs.Failure, error) {
	found, failures, err := batches(tasks, describeMost, func(some []string) ([]ecs.Task, []ecs.Failure, error) {
		out, err := c.ecs.DescribeTasks(ctx, &awsecs.DescribeTasksInput{
			Cluster: optional(cluster), Tasks: some, Include: []types.TaskField{types.TaskFieldTags},
		})
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.Tasks, shape.TaskFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
	})
	return found, failures, c.fail(subject{doing: "describe " + count(len(tasks), "task"), cluster: cluster}, err)
}
