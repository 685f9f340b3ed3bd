package shape

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// ProviderFromSDK reads a capacity provider.
func ProviderFromSDK(p types.CapacityProvider) ecs.CapacityProvider {
	return ecs.CapacityProvider{
		ARN: text[ecs.ARN](p.CapacityProviderArn), Name: text[string](p.Name),
		Status: ecs.CapacityProviderStatus(p.Status), UpdateStatus: string(p.UpdateStatus), UpdateStatusReason: text[string](p.UpdateStatusReason),
		AutoScalingGroupProvider: AutoScalingGroupProviderFromSDK(p.AutoScalingGroupProvider), Tags: some(p.Tags, TagFromSDK),
	}
}

// ProviderToSDK writes a capacity provider: its type follows from what it is over, or its name.
func ProviderToSDK(p ecs.CapacityProvider) types.CapacityProvider {
	out := types.CapacityProvider{
		CapacityProviderArn: optional(p.ARN), Name: optional(p.Name),
		Status: types.CapacityProviderStatus(p.Status), UpdateStatus: types.CapacityProviderUpdateStatus(p.UpdateStatus),
		UpdateStatusReason: optional(p.UpdateStatusReason), Tags: List(p.Tags, TagToSDK),
	}
	switch {
	case p.Name == ecs.ProviderFargate:
		out.Type = types.CapacityProviderTypeFargate
	case p.Name == ecs.ProviderFargateSpot:
		out.Type = types.CapacityProviderTypeFargateSpot
	}
	if g := p.AutoScalingGroupProvider; g != nil {
		out.Type = types.CapacityProviderTypeEc2Autoscaling
		out.AutoScalingGroupProvider = &types.AutoScalingGroupProvider{
			AutoScalingGroupArn: optional(g.AutoScalingGroupARN), ManagedScaling: managedScalingToSDK(g.ManagedScaling),
			ManagedTerminationProtection: types.ManagedTerminationProtection(g.ManagedTerminationProtection),
			ManagedDraining:              types.ManagedDraining(g.ManagedDraining),
		}
	}
	return out
}

// AutoScalingGroupProviderFromSDK reads what a capacity provider says of its Auto Scaling group; nil for Fargate's.
func AutoScalingGroupProviderFromSDK(g *types.AutoScalingGroupProvider) *ecs.AutoScalingGroupProvider {
	if g == nil {
		return nil
	}
	return &ecs.AutoScalingGroupProvider{
		AutoScalingGroupARN: text[ecs.ARN](g.AutoScalingGroupArn), ManagedScaling: ManagedScalingFromSDK(g.ManagedScaling, ecs.ManagedScaling{}),
		ManagedTerminationProtection: string(g.ManagedTerminationProtection), ManagedDraining: string(g.ManagedDraining),
	}
}

// ManagedScalingFromSDK reads managed scaling; what it does not say stays as it is in base.
func ManagedScalingFromSDK(m *types.ManagedScaling, base ecs.ManagedScaling) ecs.ManagedScaling {
	if m == nil {
		return base
	}
	if m.Status != "" {
		base.Status = string(m.Status)
	}
	for field, given := range map[*int]*int32{
		&base.TargetCapacity: m.TargetCapacity, &base.MinimumScalingStepSize: m.MinimumScalingStepSize, &base.MaximumScalingStepSize: m.MaximumScalingStepSize,
	} {
		if given != nil {
			*field = int(*given)
		}
	}
	if m.InstanceWarmupPeriod != nil {
		period := seconds(m.InstanceWarmupPeriod)
		base.InstanceWarmupPeriod = &period
	}
	return base
}

func managedScalingToSDK(m ecs.ManagedScaling) *types.ManagedScaling {
	out := &types.ManagedScaling{
		Status: types.ManagedScalingStatus(m.Status), TargetCapacity: count(m.TargetCapacity),
		MinimumScalingStepSize: count(m.MinimumScalingStepSize), MaximumScalingStepSize: count(m.MaximumScalingStepSize),
	}
	if m.InstanceWarmupPeriod != nil {
		out.InstanceWarmupPeriod = inSeconds(*m.InstanceWarmupPeriod)
	}
	return out
}
