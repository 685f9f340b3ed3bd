package api

import (
	"context"
	"maps"
	"strconv"
	"time"

	"gantry/ecs"
)

type (
	attributeShape struct {
		Key   string
		Value string `shape:"Value,always"` // "" is the default of some
	}
	// DescribeTargetGroupAttributesInput names a target group.
	DescribeTargetGroupAttributesInput struct{ TargetGroupArn string }
	// DescribeTargetGroupAttributesOutput is its attributes.
	DescribeTargetGroupAttributesOutput struct{ Attributes []attributeShape }
	// ModifyTargetGroupAttributesInput sets some of them.
	ModifyTargetGroupAttributesInput struct {
		TargetGroupArn string
		Attributes     []attributeShape
	}
	// ModifyTargetGroupAttributesOutput is all of them.
	ModifyTargetGroupAttributesOutput struct{ Attributes []attributeShape }
)

// attributeDelay is the one attribute of a target group that the engine knows.
const attributeDelay = "deregistration_delay.timeout_seconds"

// groupAttributes are the defaults [API: TargetGroupAttribute].
func groupAttributes(g *targetGroup) map[string]string {
	out := map[string]string{
		attributeDelay:       strconv.Itoa(int(g.DeregistrationDelay.Duration() / time.Second)),
		"stickiness.enabled": "false", "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
		"target_group_health.dns_failover.minimum_healthy_targets.count":                 "1",
		"target_group_health.dns_failover.minimum_healthy_targets.percentage":            "off",
		"target_group_health.unhealthy_state_routing.minimum_healthy_targets.count":      "1",
		"target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
	}
	if g.Protocol == "HTTP" || g.Protocol == "HTTPS" {
		maps.Copy(out, map[string]string{
			"stickiness.type": "lb_cookie", "stickiness.lb_cookie.duration_seconds": "86400", "stickiness.app_cookie.cookie_name": "",
			"stickiness.app_cookie.duration_seconds": "86400", "slow_start.duration_seconds": "0",
			"load_balancing.algorithm.type": "round_robin", "load_balancing.algorithm.anomaly_mitigation": "off",
		})
	} else {
		maps.Copy(out, map[string]string{
			"stickiness.type": "source_ip", "proxy_protocol_v2.enabled": "false", "preserve_client_ip.enabled": "true",
			"deregistration_delay.connection_termination.enabled":          "false",
			"target_health_state.unhealthy.connection_termination.enabled": "true", "target_health_state.unhealthy.draining_interval_seconds": "0",
		})
	}
	maps.Copy(out, g.Attributes)
	return out
}

func showAttributes(all map[string]string) []attributeShape {
	out := make([]attributeShape, 0, len(all))
	for _, key := range sortedKeys(all) {
		out = append(out, attributeShape{key, all[key]})
	}
	return out
}

// DescribeTargetGroupAttributes tells the attributes of a target group.
func (a *around) DescribeTargetGroupAttributes(_ context.Context, in *DescribeTargetGroupAttributesInput) (*DescribeTargetGroupAttributesOutput, error) {
	g, err := a.targetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	return &DescribeTargetGroupAttributesOutput{showAttributes(groupAttributes(&g))}, nil
}

// ModifyTargetGroupAttributes sets attributes of a target group.
func (a *around) ModifyTargetGroupAttributes(_ context.Context, in *ModifyTargetGroupAttributesInput) (*ModifyTargetGroupAttributesOutput, error) {
	g, err := a.targetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	known := groupAttributes(&g)
	for _, x := range in.Attributes {
		if _, ok := known[x.Key]; !ok {
			return nil, refuse("ValidationError", "Target group attribute key '%s' is not recognized", x.Key)
		}
		if x.Key == attributeDelay {
			n, err := strconv.Atoi(x.Value)
			if err != nil {
				return nil, refuse("ValidationError", "'%s' must be a number, but was '%s'", attributeDelay, x.Value)
			}
			delay := ecs.Seconds(time.Duration(n) * time.Second)
			g.DeregistrationDelay = &delay
			continue
		}
		g.setAttribute(x.Key, x.Value)
	}
	if err := first(g.settle(&HealthCheckShape{}), a.keep(&g)); err != nil {
		return nil, err
	}
	return &ModifyTargetGroupAttributesOutput{showAttributes(groupAttributes(&g))}, nil
}
