package simulate_test

import (
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// loadBalancerWords: balancer=TARGETGROUP with service.
func loadBalancerWords() speech {
	return speech{service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
		if group := a.text("balancer"); group != "" {
			c.Service.LoadBalancers = []ecs.LoadBalancer{{TargetGroupARN: "arn:" + group, ContainerName: "app", ContainerPort: 80}}
		}
	}}
}
