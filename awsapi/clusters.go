package awsapi

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// CreateCluster makes a cluster, or returns the ACTIVE one of that name.
func (c *Client) CreateCluster(ctx context.Context, in *awsecs.CreateClusterInput) (ecs.Cluster, error) {
	out, err := c.ecs.CreateCluster(ctx, in)
	if err != nil {
		return ecs.Cluster{}, c.fail(subject{doing: "create the cluster " + named(in.ClusterName), cluster: aws.ToString(in.ClusterName)}, err)
	}
	return one(out.Cluster, shape.ClusterFromSDK), nil
}

// DeleteCluster deletes an empty cluster.
func (c *Client) DeleteCluster(ctx context.Context, in *awsecs.DeleteClusterInput) (ecs.Cluster, error) {
	out, err := c.ecs.DeleteCluster(ctx, in)
	if err != nil {
		return ecs.Cluster{}, c.fail(subject{doing: "delete the cluster " + named(in.Cluster), cluster: aws.ToString(in.Cluster)}, err)
	}
	return one(out.Cluster, shape.ClusterFromSDK), nil
}

// ListClusters lists every cluster of the account in this Region.
func (c *Client) ListClusters(ctx context.Context) ([]ecs.ARN, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.ARN, *string, error) {
		out, err := c.ecs.ListClusters(ctx, &awsecs.ListClustersInput{NextToken: token, MaxResults: aws.Int32(maxResults)})
		if err != nil {
			return nil, nil, err
		}
		return arns(out.ClusterArns), out.NextToken, nil
	})
	return list, c.fail(subject{doing: "list the clusters"}, err)
}

// DescribeClusters describes clusters with their settings, statistics and tags.
func (c *Client) DescribeClusters(ctx context.Context, names []string) ([]ecs.Cluster, []ecs.Failure, error) {
	found, failures, err := batches(names, describeMost, func(some []string) ([]ecs.Cluster, []ecs.Failure, error) {
		out, err := c.ecs.DescribeClusters(ctx, &awsecs.DescribeClustersInput{
			Clusters: some,
			Include:  []types.ClusterField{types.ClusterFieldSettings, types.ClusterFieldStatistics, types.ClusterFieldTags},
		})
		if err != nil {
			return nil, nil, err
		}
		return shape.List(out.Clusters, shape.ClusterFromSDK), shape.List(out.Failures, shape.FailureFromSDK), nil
	})
	return found, failures, c.fail(subject{doing: "describe " + count(len(names), "cluster")}, err)
}

// arns gives names on the wire their type.
func arns(list []string) []ecs.ARN {
	out := make([]ecs.ARN, len(list))
	for i, arn := range list {
		out[i] = ecs.ARN(arn)
	}
	return out
}

// one converts what a call answered with; an answer without it is an empty noun.
func one[S, T any](answer *S, convert func(S) T) T {
	var none S
	if answer == nil {
		answer = &none
	}
	return convert(*answer)
}

// named is a name as the words of an error have it.
func named(name *string) string {
	if aws.ToString(name) == "" {
		return "default"
	}
	return *name
}

func count(n int, noun string) string {
	if n == 1 {
		return "the " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
