package shape

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// TagFromSDK reads a tag.
func TagFromSDK(t types.Tag) ecs.Tag {
	return ecs.Tag{Key: text[string](t.Key), Value: text[string](t.Value)}
}

// TagToSDK writes a tag. A tag without a value has an empty one.
func TagToSDK(t ecs.Tag) types.Tag {
	return types.Tag{Key: always(t.Key), Value: always(t.Value)}
}

// FailureFromSDK reads an entry of a failures list.
func FailureFromSDK(f types.Failure) ecs.Failure {
	return ecs.Failure{ARN: text[ecs.ARN](f.Arn), Reason: text[string](f.Reason), Detail: text[string](f.Detail)}
}

// FailureToSDK writes an entry of a failures list.
func FailureToSDK(f ecs.Failure) types.Failure {
	return types.Failure{Arn: optional(f.ARN), Reason: optional(f.Reason), Detail: optional(f.Detail)}
}

// AttributeFromSDK reads an attribute of a container instance, or one that a task definition requires.
func AttributeFromSDK(a types.Attribute) ecs.Attribute {
	return ecs.Attribute{
		Name: text[string](a.Name), Value: text[string](a.Value),
		TargetType: string(a.TargetType), TargetID: text[string](a.TargetId),
	}
}

// AttributeToSDK writes an attribute.
func AttributeToSDK(a ecs.Attribute) types.Attribute {
	return types.Attribute{
		Name: optional(a.Name), Value: optional(a.Value),
		TargetType: types.TargetType(a.TargetType), TargetId: optional(a.TargetID),
	}
}

// PlacementConstraintFromSDK reads a placement constraint of a service or task.
func PlacementConstraintFromSDK(c types.PlacementConstraint) ecs.PlacementConstraint {
	return ecs.PlacementConstraint{Type: ecs.PlacementConstraintType(c.Type), Expression: text[string](c.Expression)}
}

// PlacementConstraintToSDK writes a placement constraint of a service or task.
func PlacementConstraintToSDK(c ecs.PlacementConstraint) types.PlacementConstraint {
	return types.PlacementConstraint{Type: types.PlacementConstraintType(c.Type), Expression: optional(c.Expression)}
}

// PlacementStrategyFromSDK reads one link of a placement strategy.
func PlacementStrategyFromSDK(s types.PlacementStrategy) ecs.PlacementStrategy {
	return ecs.PlacementStrategy{Type: ecs.PlacementStrategyType(s.Type), Field: text[string](s.Field)}
}

// PlacementStrategyToSDK writes one link of a placement strategy.
func PlacementStrategyToSDK(s ecs.PlacementStrategy) types.PlacementStrategy {
	return types.PlacementStrategy{Type: types.PlacementStrategyType(s.Type), Field: optional(s.Field)}
}

// CapacityProviderFromSDK reads one item of a capacity provider strategy.
func CapacityProviderFromSDK(i types.CapacityProviderStrategyItem) ecs.CapacityProviderStrategyItem {
	return ecs.CapacityProviderStrategyItem{
		CapacityProvider: text[string](i.CapacityProvider), Base: int(i.Base), Weight: int(i.Weight),
	}
}

// CapacityProviderToSDK writes one item of a capacity provider strategy.
func CapacityProviderToSDK(i ecs.CapacityProviderStrategyItem) types.CapacityProviderStrategyItem {
	return types.CapacityProviderStrategyItem{
		CapacityProvider: always(i.CapacityProvider), Base: narrow(i.Base), Weight: narrow(i.Weight),
	}
}

// NetworkConfigurationFromSDK reads the awsvpc configuration of a service or task; nil without one.
func NetworkConfigurationFromSDK(c *types.NetworkConfiguration) *ecs.NetworkConfiguration {
	if c == nil || c.AwsvpcConfiguration == nil {
		return nil
	}
	vpc := c.AwsvpcConfiguration
	return &ecs.NetworkConfiguration{
		Subnets:        List(vpc.Subnets, same),
		SecurityGroups: some(vpc.SecurityGroups, same),
		AssignPublicIP: string(vpc.AssignPublicIp),
	}
}

// NetworkConfigurationToSDK writes the awsvpc configuration of a service or task.
func NetworkConfigurationToSDK(c *ecs.NetworkConfiguration) *types.NetworkConfiguration {
	if c == nil {
		return nil
	}
	return &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{
		Subnets:        List(c.Subnets, same),
		SecurityGroups: List(c.SecurityGroups, same),
		AssignPublicIp: types.AssignPublicIp(c.AssignPublicIP),
	}}
}

// LoadBalancerFromSDK reads a load balancer of a service.
func LoadBalancerFromSDK(l types.LoadBalancer) ecs.LoadBalancer {
	out := ecs.LoadBalancer{
		TargetGroupARN: text[string](l.TargetGroupArn), LoadBalancerName: text[string](l.LoadBalancerName),
		ContainerName: text[string](l.ContainerName), ContainerPort: number(l.ContainerPort),
	}
	if a := l.AdvancedConfiguration; a != nil {
		out.Advanced = &ecs.AdvancedConfiguration{
			AlternateTargetGroupARN: text[string](a.AlternateTargetGroupArn), RoleARN: text[string](a.RoleArn),
			ProductionListenerRule: text[string](a.ProductionListenerRule), TestListenerRule: text[string](a.TestListenerRule),
		}
	}
	return out
}

// LoadBalancerToSDK writes a load balancer of a service.
func LoadBalancerToSDK(l ecs.LoadBalancer) types.LoadBalancer {
	out := types.LoadBalancer{
		TargetGroupArn: optional(l.TargetGroupARN), LoadBalancerName: optional(l.LoadBalancerName),
		ContainerName: optional(l.ContainerName), ContainerPort: count(l.ContainerPort),
	}
	if a := l.Advanced; a != nil {
		out.AdvancedConfiguration = &types.AdvancedConfiguration{
			AlternateTargetGroupArn: optional(a.AlternateTargetGroupARN), RoleArn: optional(a.RoleARN),
			ProductionListenerRule: optional(a.ProductionListenerRule), TestListenerRule: optional(a.TestListenerRule),
		}
	}
	return out
}

// ServiceRegistryFromSDK reads a service registry of a service.
func ServiceRegistryFromSDK(r types.ServiceRegistry) ecs.ServiceRegistry {
	return ecs.ServiceRegistry{
		RegistryARN: text[string](r.RegistryArn), ContainerName: text[string](r.ContainerName),
		ContainerPort: number(r.ContainerPort), Port: number(r.Port),
	}
}

// ServiceRegistryToSDK writes a service registry of a service.
func ServiceRegistryToSDK(r ecs.ServiceRegistry) types.ServiceRegistry {
	return types.ServiceRegistry{
		RegistryArn: optional(r.RegistryARN), ContainerName: optional(r.ContainerName),
		ContainerPort: countOrAbsent(r.ContainerPort), Port: countOrAbsent(r.Port),
	}
}

func keyValueFromSDK(p types.KeyValuePair) ecs.KeyValue {
	return ecs.KeyValue{Name: text[string](p.Name), Value: text[string](p.Value)}
}

func keyValueToSDK(p ecs.KeyValue) types.KeyValuePair {
	return types.KeyValuePair{Name: always(p.Name), Value: always(p.Value)}
}
