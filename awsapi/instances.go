package awsapi

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// ListContainerInstances lists every container instance that the request's filter
// and status let through.
func (c *Client) ListContainerInstances(ctx context.Context, in *awsecs.ListContainerInstancesInput) ([]ecs.ARN, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.ARN, *string, error) {
		page := *in
		page.NextToken, page.MaxResults = token, aws.Int32(maxResults)
		out, err := c.ecs.ListContainerInstances(ctx, &page)
		if err != nil {
			return nil, nil, err
		}
		return arns(out.ContainerInstanceArns), out.NextToken, nil
	})
	return list, c.fail(subject{doing: "list the container instances", cluster: aws.ToString(in.Cluster)}, err)
}

// DescribeContainerInstances describes container instances with their tags.
func (c *Client) DescribeContainerInstances(ctx context.Context, cluster string, instances []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	found, failures, err := batches(instances, describeMost, func(some []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
		out, err := c.ecs.DescribeContainerInstances(ctx, &awsecs.DescribeContainerInstancesInput{
			Cluster: optional(cluster), ContainerInstances: some,
			Include: []types.ContainerInstanceField{types.ContainerInstanceFieldTags},
		})
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.ContainerInstances, shape.ContainerInstanceFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
	})
	return found, failures, c.fail(subject{doing: "describe " + count(len(instances), "container instance"), cluster: cluster}, err)
}

// UpdateContainerInstancesState sets container instances to ACTIVE or DRAINING.
func (c *Client) UpdateContainerInstancesState(ctx context.Context, in *awsecs.UpdateContainerInstancesStateInput) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	found, failures, err := batches(in.ContainerInstances, updateInstancesMost, func(some []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
		batch := *in
		batch.ContainerInstances = some
		out, err := c.ecs.UpdateContainerInstancesState(ctx, &batch)
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.ContainerInstances, shape.ContainerInstanceFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
	})
	return found, failures, c.fail(subject{
		doing:   "set " + count(len(in.ContainerInstances), "container instance") + " to " + string(in.Status),
		cluster: aws.ToString(in.Cluster),
	}, err)
}

// PutAttributes gives container instances attributes.
func (c *Client) PutAttributes(ctx context.Context, in *awsecs.PutAttributesInput) ([]ecs.Attribute, error) {
	out, err := c.ecs.PutAttributes(ctx, in)
	if err != nil {
		return nil, c.fail(subject{doing: "put the attributes", cluster: aws.ToString(in.Cluster)}, err)
	}
	return shape.List(out.Attributes, shape.AttributeFromSDK), nil
}
