package api

import (
	"context"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// UpdateExpressGatewayService changes an Express service. What concerns the tasks
// is a new revision and a deployment; what it says nothing of stays.
func (s *ECS) UpdateExpressGatewayService(ctx context.Context, in *sdk.UpdateExpressGatewayServiceInput) (*sdk.UpdateExpressGatewayServiceOutput, error) {
	cluster, engine, old, kept, err := s.activeExpress(in.ServiceArn)
	if err != nil {
		return nil, err
	}
	was, err := kept.configuration(old.CurrentServiceRevisions[0].ARN)
	if err != nil {
		return nil, err
	}
	if was == nil { // a revision that no Express operation made
		was = &types.ExpressGatewayServiceConfiguration{}
	}
	c := expressChange(was, in)
	var definition *types.TaskDefinition
	if changesExpressTask(in) {
		definition, err = s.settleExpress(ctx, cluster, old.Name, c, kept)
	} else {
		definition, err = s.sameExpress(c, was)
	}
	if err != nil {
		return nil, err
	}
	if err := s.moveExpress(ctx, cluster, &old, c, kept, definition); err != nil {
		return nil, err
	}
	service, _ := engine.Service(old.Name)
	kept.UpdatedAt = s.tx.Now()
	if err := first(s.keepExpress(cluster, &service, kept, c), s.scaleExpress(ctx, cluster, old.Name, kept, c)); err != nil {
		return nil, err
	}
	c.IngressPaths = kept.ingress()
	return &sdk.UpdateExpressGatewayServiceOutput{Service: &types.UpdatedExpressGatewayService{
		Cluster: asString(cluster), CreatedAt: &service.CreatedAt, UpdatedAt: &kept.UpdatedAt, ServiceArn: asString(service.ARN), ServiceName: asString(service.Name),
		Status: expressStatus(&service), TargetConfiguration: c,
	}}, nil
}

// expressChange lays an update over a configuration.
func expressChange(was *types.ExpressGatewayServiceConfiguration, in *sdk.UpdateExpressGatewayServiceInput) *types.ExpressGatewayServiceConfiguration {
	c := &types.ExpressGatewayServiceConfiguration{HealthCheckPath: was.HealthCheckPath, NetworkConfiguration: was.NetworkConfiguration, ScalingTarget: was.ScalingTarget}
	if in.HealthCheckPath != nil {
		c.HealthCheckPath = in.HealthCheckPath
	}
	if n := in.NetworkConfiguration; n != nil {
		c.NetworkConfiguration = n
	}
	if t := in.ScalingTarget; t != nil {
		c.ScalingTarget = t
		if old := was.ScalingTarget; old != nil {
			merged := *old
			set(&merged.MinTaskCount, t.MinTaskCount)
			set(&merged.MaxTaskCount, t.MaxTaskCount)
			set(&merged.AutoScalingTargetValue, t.AutoScalingTargetValue)
			if t.AutoScalingMetric != "" {
				merged.AutoScalingMetric = t.AutoScalingMetric
			}
			c.ScalingTarget = &merged
		}
	}
	if in.TaskDefinitionArn != nil { // with what cannot be specified beside it
		c.TaskDefinitionArn, c.PrimaryContainer, c.Cpu, c.Memory = in.TaskDefinitionArn, in.PrimaryContainer, in.Cpu, in.Memory
		c.CpuArchitecture, c.ExecutionRoleArn, c.TaskRoleArn = in.CpuArchitecture, in.ExecutionRoleArn, in.TaskRoleArn
		return c
	}
	c.PrimaryContainer, c.Cpu, c.Memory, c.CpuArchitecture = was.PrimaryContainer, was.Cpu, was.Memory, was.CpuArchitecture
	c.ExecutionRoleArn, c.TaskRoleArn = was.ExecutionRoleArn, was.TaskRoleArn
	set(&c.PrimaryContainer, in.PrimaryContainer)
	set(&c.Cpu, in.Cpu)
	set(&c.Memory, in.Memory)
	set(&c.ExecutionRoleArn, in.ExecutionRoleArn)
	set(&c.TaskRoleArn, in.TaskRoleArn)
	if in.CpuArchitecture != "" {
		c.CpuArchitecture = in.CpuArchitecture
	}
	return c
}

// changesExpressTask reports whether an update says anything of the task definition.
func changesExpressTask(in *sdk.UpdateExpressGatewayServiceInput) bool {
	return in.TaskDefinitionArn != nil || in.PrimaryContainer != nil || in.Cpu != nil || in.Memory != nil || in.CpuArchitecture != "" ||
		in.ExecutionRoleArn != nil || in.TaskRoleArn != nil
}

// sameExpress settles an update that leaves the task definition as it is.
func (s *ECS) sameExpress(c, was *types.ExpressGatewayServiceConfiguration) (*types.TaskDefinition, error) {
	c.TaskDefinitionArn = was.TaskDefinitionArn
	definition, err := s.definitionOf(text[ecs.ARN](c.TaskDefinitionArn))
	return &definition, first(err, s.settleExpressAround(c))
}

func set[T any](to **T, value *T) {
	if value != nil {
		*to = value
	}
}

// moveExpress gives the service what has changed.
func (s *ECS) moveExpress(ctx context.Context, cluster ecs.ClusterName, old *ecs.Service, c *types.ExpressGatewayServiceConfiguration, kept *express, definition *types.TaskDefinition) error {
	container, port, err := expressPort(definition)
	if err != nil {
		return err
	}
	w := kept.Way
	for _, group := range []string{w.TargetGroup, w.Alternate} {
		in := &ModifyTargetGroupInput{TargetGroupArn: group, HealthCheckShape: HealthCheckShape{HealthCheckPath: *c.HealthCheckPath}}
		if _, err := s.elb().ModifyTargetGroup(ctx, in); err != nil {
			return asECS(err)
		}
	}
	on := int32(port) //nolint:gosec // it was an int32
	_, err = s.updateService(&sdk.UpdateServiceInput{
		Cluster: asString(cluster), Service: asString(old.Name), TaskDefinition: c.TaskDefinitionArn, NetworkConfiguration: expressNetwork(c.NetworkConfiguration),
		LoadBalancers: []types.LoadBalancer{{
			TargetGroupArn: &w.TargetGroup, ContainerName: &container, ContainerPort: &on,
			AdvancedConfiguration: &types.AdvancedConfiguration{AlternateTargetGroupArn: &w.Alternate, ProductionListenerRule: &w.Rule, RoleArn: &kept.Role},
		}},
	}, types.ResourceManagementTypeEcs)
	return err
}

// The name of the policy that scales an Express service (unconfirmed).
const expressPolicy = "ecs-express-target-tracking"

// scaleExpress lets the service be scaled as its configuration says.
func (s *ECS) scaleExpress(ctx context.Context, cluster ecs.ClusterName, name ecs.ServiceName, kept *express, c *types.ExpressGatewayServiceConfiguration) error {
	t := c.ScalingTarget
	of := ScalableShape{ServiceNamespace: ecs.ScalingNamespace, ResourceID: ecs.ScalingResource(cluster, name), ScalableDimension: ecs.DesiredCountScaling}
	least, most := int(*t.MinTaskCount), int(*t.MaxTaskCount)
	if _, err := s.elb().RegisterScalableTarget(ctx, &RegisterScalableTargetInput{ScalableShape: of, MinCapacity: &least, MaxCapacity: &most, RoleARN: kept.Role}); err != nil {
		return asScaling(err)
	}
	metric := &ecs.PredefinedScalingMetric{Type: ecs.ECSServiceAverageCPUUtilization}
	switch t.AutoScalingMetric {
	case types.ExpressGatewayServiceScalingMetricAverageMemoryUtilization:
		metric.Type = ecs.ECSServiceAverageMemoryUtilization
	case types.ExpressGatewayServiceScalingMetricRequestCountPerTarget:
		metric.Type, metric.ResourceLabel = ecs.ALBRequestCountPerTarget, kept.Way.label()
	}
	_, err := s.elb().PutScalingPolicy(ctx, &PutScalingPolicyInput{
		ScalableShape: of, PolicyName: expressPolicy, PolicyType: "TargetTrackingScaling",
		TargetTrackingScalingPolicyConfiguration: &ecs.TargetTrackingScalingPolicy{TargetValue: float64(*t.AutoScalingTargetValue), PredefinedMetric: metric},
	})
	return asScaling(err)
}

// label names a load balancer and a target group as metrics do.
func (w *way) label() string {
	balancer := strings.TrimPrefix(ecs.ARN(w.Balancer).Resource(), "loadbalancer/")
	return balancer + "/" + ecs.ARN(w.TargetGroup).Resource()
}

// asScaling words what Application Auto Scaling refused on behalf of ECS.
func asScaling(err error) error {
	if err == nil {
		return nil
	}
	return invalid("Application Auto Scaling refused what the service needs: %s", err)
}

// DeleteExpressGatewayService drains an Express service, and takes away what ECS
// made for it but the log group.
func (s *ECS) DeleteExpressGatewayService(_ context.Context, in *sdk.DeleteExpressGatewayServiceInput) (*sdk.DeleteExpressGatewayServiceOutput, error) {
	cluster, engine, old, kept, err := s.activeExpress(in.ServiceArn)
	if err != nil {
		return nil, err
	}
	if _, err := s.apply(cluster, scheduler.Command{DeleteService: &scheduler.DeleteService{Name: old.Name, Force: true}}); err != nil {
		return nil, err
	}
	kept.UpdatedAt = s.tx.Now()
	if err := first(s.closeWay(kept.Owner, &kept.Way), s.tx.PutDocument(kindExpress, expressKey(cluster, old.Name), kept)); err != nil {
		return nil, err
	}
	service, _ := engine.Service(old.Name)
	shown, err := s.showExpress(cluster, &service, kept, true)
	return &sdk.DeleteExpressGatewayServiceOutput{Service: shown}, err
}
