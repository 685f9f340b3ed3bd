package awsapi

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/wire"
	"gantry/ecs"
)

// Unplaced says why each container instance was refused the service's waiting task;
// it is empty when nothing waits, and away from an emulator, where nobody tells.
func (c *Client) Unplaced(ctx context.Context, cluster, service string) ([]ecs.Failure, error) {
	if !c.IsEmulator(ctx) {
		return nil, nil
	}
	var out struct {
		Instances []struct {
			ContainerInstanceARN ecs.ARN `json:"containerInstanceArn"`
			EC2InstanceID        string  `json:"ec2InstanceId"`
			Reason               string  `json:"reason"`
			Detail               string  `json:"detail"`
		} `json:"instances"`
	}
	if err := c.asksOf(ctx, "ask why tasks are not placed", "unplaced", cluster, "service", service, &out); err != nil {
		return nil, err
	}
	reasons := make([]ecs.Failure, len(out.Instances))
	for i, refused := range out.Instances {
		reasons[i] = ecs.Failure{ARN: refused.ContainerInstanceARN, Reason: refused.Reason, Detail: refused.Detail}
	}
	return reasons, nil
}

// Explain says what a service waits for; ok is false away from an emulator, where
// nobody tells.
func (c *Client) Explain(ctx context.Context, cluster, service string) (out ecs.Explanation, ok bool, err error) {
	if !c.IsEmulator(ctx) {
		return out, false, nil
	}
	err = c.asksOf(ctx, "ask what the service waits for", "explain", cluster, "service", service, &out)
	return out, err == nil, err
}

// ExplainTask says why a task is where it is, or why it has no place yet; ok is
// false where nobody knows, as on AWS.
func (c *Client) ExplainTask(ctx context.Context, cluster, task string) (out ecs.Placement, ok bool, err error) {
	if !c.IsEmulator(ctx) {
		return out, false, nil
	}
	err = c.asksOf(ctx, "ask why the task is where it is", "explain", cluster, "task", task, &out)
	return out, err == nil && out.Rule != "", err
}

// ExplainRun says where the next task of a RunTask would go, or why it finds no
// place; ok is false where nobody tells, as on AWS. Nothing is started.
func (c *Client) ExplainRun(ctx context.Context, in *sdk.RunTaskInput) (out ecs.Placement, ok bool, err error) {
	if !c.IsEmulator(ctx) {
		return out, false, nil
	}
	document, err := wire.Encode(in)
	if err != nil {
		return out, false, err
	}
	err = c.adminsOn(ctx, aws.ToString(in.Cluster), "ask why tasks are not placed", http.MethodPost, "explain", json.RawMessage(document), &out)
	return out, err == nil, err
}

// asksOf asks the emulator about a service or a task.
func (c *Client) asksOf(ctx context.Context, doing, what, cluster, kind, name string, out any) error {
	if cluster == "" {
		cluster = "default"
	}
	path := what + "?" + url.Values{"cluster": {cluster}, kind: {name}}.Encode()
	return c.adminsOn(ctx, cluster, doing, http.MethodGet, path, nil, out)
}
