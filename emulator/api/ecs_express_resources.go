package api

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// showManaged adds what ECS made for a revision of an Express service. It is ACTIVE
// at once, and nothing more is told of a service that is deleted.
func (s *ECS) showManaged(revision *types.ServiceRevision) error {
	arn := text[ecs.ARN](revision.ServiceArn)
	var kept express
	known, err := s.tx.Document(kindExpress, expressKey(arn.Cluster(), ecs.ServiceName(arn.Short())), &kept)
	if err != nil || !known {
		return err
	}
	c, err := kept.configuration(text[ecs.ARN](revision.ServiceRevisionArn))
	if err != nil || c == nil {
		return err
	}
	world := s.elb().worldOf(arn.Cluster())
	target, ok := world.ScalableTarget(ecs.ServiceName(arn.Short()))
	if !ok {
		return nil
	}
	const active = types.ManagedResourceStatusActive
	at, w := kept.CreatedAt, kept.Way
	path := types.ManagedIngressPath{
		AccessType: types.AccessTypePublic, Endpoint: kept.ingress()[0].Endpoint,
		Listener: &types.ManagedListener{Arn: &w.Listener, Status: active, UpdatedAt: &at}, Rule: &types.ManagedListenerRule{Arn: &w.Rule, Status: active, UpdatedAt: &at},
		LoadBalancerSecurityGroups: []types.ManagedSecurityGroup{{Arn: s.securityGroupARN(w.Group), Status: active, UpdatedAt: &at}},
	}
	var balancer loadBalancer
	if known, err := s.tx.Document(kindLoadBalancer, w.Balancer, &balancer); err != nil || !known {
		return err // it went with the service, or somebody deleted it
	}
	path.LoadBalancer = &types.ManagedLoadBalancer{
		Arn: &balancer.ARN, Scheme: &balancer.Scheme, SubnetIds: balancer.Subnets, SecurityGroupIds: balancer.SecurityGroups, Status: active, UpdatedAt: &balancer.CreatedAt,
	}
	certificate, err := s.certificateOf(w.Listener)
	if err != nil {
		return err
	}
	path.Certificate = &types.ManagedCertificate{Arn: certificate, DomainName: &w.Host, Status: active, UpdatedAt: &at}
	for _, arn := range []string{w.TargetGroup, w.Alternate} {
		var g targetGroup
		if known, err := s.tx.Document(kindTargetGroup, arn, &g); err != nil || !known {
			return err
		}
		path.TargetGroups = append(path.TargetGroups, types.ManagedTargetGroup{
			Arn: &arn, Port: int32(g.Port), HealthCheckPort: int32(g.Port), HealthCheckPath: &g.HealthCheckPath, Status: active, UpdatedAt: &at, //nolint:gosec // ports
		})
	}
	scaling := &types.ManagedAutoScaling{ScalableTarget: &types.ManagedScalableTarget{
		Arn: asString(target.ARN), MinCapacity: int32(target.MinCapacity), MaxCapacity: int32(target.MaxCapacity), Status: active, UpdatedAt: &at, //nolint:gosec // numbers of tasks
	}}
	for _, p := range world.ScalingPolicies(ecs.ServiceName(arn.Short())) {
		if p.Name == expressPolicy {
			scaling.ApplicationAutoScalingPolicies = append(scaling.ApplicationAutoScalingPolicies, types.ManagedApplicationAutoScalingPolicy{
				Arn: asString(p.ARN), Metric: asString(c.ScalingTarget.AutoScalingMetric), PolicyType: asString(p.Type),
				TargetValue: float64(*c.ScalingTarget.AutoScalingTargetValue), Status: active, UpdatedAt: &at,
			})
		}
	}
	revision.EcsManagedResources = &types.ECSManagedResources{IngressPaths: []types.ManagedIngressPath{path}, AutoScaling: scaling}
	for _, group := range c.NetworkConfiguration.SecurityGroups {
		revision.EcsManagedResources.ServiceSecurityGroups = append(revision.EcsManagedResources.ServiceSecurityGroups,
			types.ManagedSecurityGroup{Arn: s.securityGroupARN(group), Status: active, UpdatedAt: &at})
	}
	if kept.LogGroup != "" {
		logs := string(s.tx.Scope().ARN("logs", "log-group:"+kept.LogGroup))
		revision.EcsManagedResources.LogGroups = []types.ManagedLogGroup{{LogGroupName: &kept.LogGroup, Arn: &logs, Status: active, UpdatedAt: &at}}
	}
	return nil
}
