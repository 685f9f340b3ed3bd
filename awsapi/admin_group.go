package awsapi

import (
	"context"
	"net/http"

	"gantry/ecs"
)

// PutAutoScalingGroup makes an Auto Scaling group in the emulated world, or sets
// everything about one that is there.
func (c *Client) PutAutoScalingGroup(ctx context.Context, group ecs.AutoScalingGroup) (ecs.AutoScalingGroup, error) {
	var out struct {
		AutoScalingGroup ecs.AutoScalingGroup `json:"autoScalingGroup"`
	}
	err := c.admins(ctx, "make the Auto Scaling group "+group.Name, http.MethodPost, "auto-scaling-groups", group, &out)
	return out.AutoScalingGroup, err
}
