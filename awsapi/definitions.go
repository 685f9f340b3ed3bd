package awsapi

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/awsapi/wire"
	"gantry/ecs"
)

// RegisterTaskDefinition registers the next revision of a family.
func (c *Client) RegisterTaskDefinition(ctx context.Context, in *awsecs.RegisterTaskDefinitionInput) (ecs.TaskDefinition, error) {
	out, err := c.ecs.RegisterTaskDefinition(ctx, in)
	if err != nil {
		return ecs.TaskDefinition{}, c.fail(subject{doing: "register the task definition " + aws.ToString(in.Family)}, err)
	}
	return definition(out.TaskDefinition, out.Tags)
}

// DeregisterTaskDefinition makes a revision INACTIVE.
func (c *Client) DeregisterTaskDefinition(ctx context.Context, name string) (ecs.TaskDefinition, error) {
	out, err := c.ecs.DeregisterTaskDefinition(ctx, &awsecs.DeregisterTaskDefinitionInput{TaskDefinition: &name})
	if err != nil {
		return ecs.TaskDefinition{}, c.fail(subject{doing: "deregister " + name, name: name}, err)
	}
	return definition(out.TaskDefinition, nil)
}

// DescribeTaskDefinition finds a revision by family, family:revision or ARN.
func (c *Client) DescribeTaskDefinition(ctx context.Context, name string) (ecs.TaskDefinition, error) {
	out, err := c.ecs.DescribeTaskDefinition(ctx, &awsecs.DescribeTaskDefinitionInput{
		TaskDefinition: &name, Include: []types.TaskDefinitionField{types.TaskDefinitionFieldTags},
	})
	if err != nil {
		return ecs.TaskDefinition{}, c.fail(subject{doing: "describe the task definition " + name, name: name}, err)
	}
	return definition(out.TaskDefinition, out.Tags)
}

// ListTaskDefinitions lists every revision that the request's filters let through.
func (c *Client) ListTaskDefinitions(ctx context.Context, in *awsecs.ListTaskDefinitionsInput) ([]ecs.ARN, error) {
	list, err := pages(ctx, func(ctx context.Context, token *string) ([]ecs.ARN, *string, error) {
		page := *in
		page.NextToken, page.MaxResults = token, aws.Int32(maxResults)
		out, err := c.ecs.ListTaskDefinitions(ctx, &page)
		if err != nil {
			return nil, nil, err
		}
		return arns(out.TaskDefinitionArns), out.NextToken, nil
	})
	return list, c.fail(subject{doing: "list the task definitions", name: aws.ToString(in.FamilyPrefix)}, err)
}

// definition reads an answer together with its whole document, so that members
// that the noun does not model are not lost when the next revision is made of it.
func definition(d *types.TaskDefinition, tags []types.Tag) (ecs.TaskDefinition, error) {
	if d == nil {
		d = &types.TaskDefinition{}
	}
	document, err := wire.Encode(d)
	if err != nil {
		return ecs.TaskDefinition{}, fmt.Errorf("cannot read the task definition %s: %w", aws.ToString(d.TaskDefinitionArn), err)
	}
	return shape.TaskDefinitionFromSDK(*d, tags, document), nil
}
