package awsapi

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// CreateService creates a service.
func (c *Client) CreateService(ctx context.Context, in *awsecs.CreateServiceInput) (ecs.Service, error) {
	out, err := c.ecs.CreateService(ctx, in)
	if err != nil {
		return ecs.Service{}, c.fail(subject{
			doing:   "create the service " + aws.ToString(in.ServiceName),
			cluster: aws.ToString(in.Cluster), service: aws.ToString(in.ServiceName), name: aws.ToString(in.TaskDefinition),
		}, err)
	}
	return one(out.Service, shape.ServiceFromSDK), nil
}

// UpdateService changes a service.
func (c *Client) UpdateService(ctx context.Context, in *awsecs.UpdateServiceInput) (ecs.Service, error) {
	out, err := c.ecs.UpdateService(ctx, in)
	if err != nil {
		return ecs.Service{}, c.fail(subject{
			doing:   "update the service " + aws.ToString(in.Service),
			cluster: aws.ToString(in.Cluster), service: aws.ToString(in.Service), name: aws.ToString(in.TaskDefinition),
		}, err)
	}
	return one(out.Service, shape.ServiceFromSDK), nil
}

// DeleteService starts to delete a service: it drains first.
func (c *Client) DeleteService(ctx context.Context, in *awsecs.DeleteServiceInput) (ecs.Service, error) {
	out, err := c.ecs.DeleteService(ctx, in)
	if err != nil {
		return ecs.Service{}, c.fail(subject{
			doing:   "delete the service " + aws.ToString(in.Service),
			cluster: aws.ToString(in.Cluster), service: aws.ToString(in.Service),
		}, err)
	}
	return one(out.Service, shape.ServiceFromSDK), nil
}

// ListServices lists every service of a cluster that is not being deleted.
func (c *Client) ListServices(ctx context.Context, in *awsecs.ListServicesInput) ([]ecs.ARN, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.ARN, *string, error) {
		page := *in
		page.NextToken, page.MaxResults = token, aws.Int32(maxResults)
		out, err := c.ecs.ListServices(ctx, &page)
		if err != nil {
			return nil, nil, err
		}
		return arns(out.ServiceArns), out.NextToken, nil
	})
	return list, c.fail(subject{doing: "list the services", cluster: aws.ToString(in.Cluster)}, err)
}

// DescribeServices describes services with their tags.
func (c *Client) DescribeServices(ctx context.Context, cluster string, names []string) ([]ecs.Service, []ecs.Failure, error) {
	found, failures, err := batches(names, describeServicesMost, func(some []string) ([]ecs.Service, []ecs.Failure, error) {
		out, err := c.ecs.DescribeServices(ctx, &awsecs.DescribeServicesInput{
			Cluster: optional(cluster), Services: some, Include: []types.ServiceField{types.ServiceFieldTags},
		})
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.Services, shape.ServiceFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
	})
	return found, failures, c.fail(subject{doing: "describe " + count(len(names), "service"), cluster: cluster}, err)
}

// ListServiceDeployments lists the deployments of a service, newest first, as
// briefs: DescribeServiceDeployments has the rest.
func (c *Client) ListServiceDeployments(ctx context.Context, in *awsecs.ListServiceDeploymentsInput) ([]ecs.ServiceDeployment, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.ServiceDeployment, *string, error) {
		page := *in
		page.NextToken, page.MaxResults = token, aws.Int32(maxResults)
		// An endpoint that does not have it answers with an internal error, as often as
		// it is asked: one repetition is enough to tell.
		out, err := c.ecs.ListServiceDeployments(ctx, &page, func(o *awsecs.Options) { o.RetryMaxAttempts = 2 })
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.ServiceDeployments, deploymentOfBrief), out.NextToken, nil
	})
	if err != nil {
		return nil, c.fail(subject{
			doing:   "list the deployments of " + aws.ToString(in.Service),
			cluster: aws.ToString(in.Cluster), service: aws.ToString(in.Service),
		}, err)
	}
	// AWS documents no order.
	slices.SortStableFunc(list, func(a, b ecs.ServiceDeployment) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return list, nil
}

// DescribeServiceDeployments describes deployments by their ARNs.
func (c *Client) DescribeServiceDeployments(ctx context.Context, list []ecs.ARN) ([]ecs.ServiceDeployment, []ecs.Failure, error) {
	names := make([]string, len(list))
	for i, arn := range list {
		names[i] = string(arn)
	}
	found, failures, err := batches(names, describeDeploymentsMost, func(some []string) ([]ecs.ServiceDeployment, []ecs.Failure, error) {
		out, err := c.ecs.DescribeServiceDeployments(ctx, &awsecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: some})
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.ServiceDeployments, shape.ServiceDeploymentFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
	})
	return found, failures, c.fail(subject{doing: "describe " + count(len(names), "service deployment")}, err)
}

// optional leaves an empty name out of the request.
func optional(name string) *string {
	if name == "" {
		return nil
	}
	return &name
}

// deploymentOfBrief reads the shorter form that lists have.
func deploymentOfBrief(b types.ServiceDeploymentBrief) ecs.ServiceDeployment {
	full := types.ServiceDeployment{
		ServiceDeploymentArn: b.ServiceDeploymentArn, ServiceArn: b.ServiceArn, ClusterArn: b.ClusterArn,
		Status: b.Status, StatusReason: b.StatusReason,
		CreatedAt: b.CreatedAt, StartedAt: b.StartedAt, FinishedAt: b.FinishedAt,
	}
	if b.TargetServiceRevisionArn != nil {
		full.TargetServiceRevision = &types.ServiceRevisionSummary{Arn: b.TargetServiceRevisionArn}
	}
	return shape.ServiceDeploymentFromSDK(full)
}
