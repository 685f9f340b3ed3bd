package simulate

import (
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

// requestsPerTarget is how many requests each target of a service got in the minute
// that ends now. The load balancer shares them out evenly among the healthy targets,
// and tells of none too [ELB: CloudWatch metrics for your Application Load Balancer,
// RequestCountPerTarget, always reported]; it varies as the other metrics do.
func (s *Simulation) requestsPerTarget(name ecs.ServiceName, now time.Time) gauge {
	targets := s.cluster.HealthyTargets(name)
	if targets == 0 {
		return gauge{}
	}
	at := now.Unix() / int64(metricPeriod/time.Second)
	return steady(s.scaling.loads[name].at(now).requests * s.sway(name, ecs.RequestCountPerTarget, at) / float64(targets))
}

// balancerMetric is metric for those of load balancers. The target group says whose
// it is; which load balancer is in front of it, ECS does not know.
func (s *Simulation) balancerMetric(metric string, dimensions []ecs.MetricDimension) (name ecs.ServiceName, of func(minute) gauge) {
	group := ""
	for _, d := range dimensions {
		switch d.Name {
		case ecs.DimensionTargetGroup:
			group = d.Value
		case ecs.DimensionLoadBalancer:
		default:
			return "", nil
		}
	}
	name, ok := s.cluster.TargetGroupService(group)
	if !ok || metric != ecs.RequestCountPerTarget {
		return "", nil
	}
	return name, func(m minute) gauge { return m.Requests }
}

// checkLabel refuses a policy by the requests to a target group that the service has
// not got: there would never be a datapoint [AAS API: PredefinedMetricSpecification].
func (s *Simulation) checkLabel(name ecs.ServiceName, p *ecs.ScalingPolicy) error {
	if p.TargetTracking == nil || p.TargetTracking.PredefinedMetric == nil || p.TargetTracking.PredefinedMetric.ResourceLabel == "" {
		return nil
	}
	label := p.TargetTracking.PredefinedMetric.ResourceLabel
	_, group, _ := autoscaling.SplitResourceLabel(label)
	if of, ok := s.cluster.TargetGroupService(group); !ok || of != name {
		return invalidScaling("Resource label %q names the target group %s, which service %s does not use: name one of its load balancers' target groups", label, group, name)
	}
	return nil
}
