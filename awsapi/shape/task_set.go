package shape

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// TaskSetFromSDK reads a task set.
func TaskSetFromSDK(t types.TaskSet) ecs.TaskSet {
	set := ecs.TaskSet{
		ID:                       text[ecs.DeploymentID](t.Id),
		ARN:                      text[ecs.ARN](t.TaskSetArn),
		ServiceARN:               text[ecs.ARN](t.ServiceArn),
		ClusterARN:               text[ecs.ARN](t.ClusterArn),
		StartedBy:                text[string](t.StartedBy),
		ExternalID:               text[string](t.ExternalId),
		Status:                   text[ecs.DeploymentStatus](t.Status),
		TaskDefinition:           text[ecs.ARN](t.TaskDefinition),
		ComputedDesiredCount:     int(t.ComputedDesiredCount),
		PendingCount:             int(t.PendingCount),
		RunningCount:             int(t.RunningCount),
		LaunchType:               ecs.LaunchType(t.LaunchType),
		CapacityProviderStrategy: some(t.CapacityProviderStrategy, CapacityProviderFromSDK),
		PlatformVersion:          text[string](t.PlatformVersion),
		NetworkConfiguration:     NetworkConfigurationFromSDK(t.NetworkConfiguration),
		LoadBalancers:            some(t.LoadBalancers, LoadBalancerFromSDK),
		ServiceRegistries:        some(t.ServiceRegistries, ServiceRegistryFromSDK),
		StabilityStatus:          ecs.StabilityStatus(t.StabilityStatus),
		StabilityStatusAt:        instant(t.StabilityStatusAt),
		CreatedAt:                instant(t.CreatedAt),
		UpdatedAt:                instant(t.UpdatedAt),
		Tags:                     some(t.Tags, TagFromSDK),
	}
	if t.Scale != nil {
		set.Scale = ecs.Scale{Value: t.Scale.Value, Unit: string(t.Scale.Unit)}
	}
	return set
}

// TaskSetToSDK writes a task set (ECS semantics 4.18 [API:TaskSet]).
func TaskSetToSDK(t ecs.TaskSet) types.TaskSet {
	return types.TaskSet{
		Id:                       optional(t.ID),
		TaskSetArn:               optional(t.ARN),
		ServiceArn:               optional(t.ServiceARN),
		ClusterArn:               optional(t.ClusterARN),
		StartedBy:                optional(t.StartedBy),
		ExternalId:               optional(t.ExternalID),
		Status:                   optional(t.Status),
		TaskDefinition:           optional(t.TaskDefinition),
		Scale:                    &types.Scale{Value: t.Scale.Value, Unit: types.ScaleUnit(t.Scale.Unit)},
		ComputedDesiredCount:     narrow(t.ComputedDesiredCount),
		PendingCount:             narrow(t.PendingCount),
		RunningCount:             narrow(t.RunningCount),
		LaunchType:               types.LaunchType(t.LaunchType),
		CapacityProviderStrategy: some(t.CapacityProviderStrategy, CapacityProviderToSDK),
		PlatformVersion:          optional(t.PlatformVersion),
		NetworkConfiguration:     NetworkConfigurationToSDK(t.NetworkConfiguration),
		LoadBalancers:            List(t.LoadBalancers, LoadBalancerToSDK),
		ServiceRegistries:        List(t.ServiceRegistries, ServiceRegistryToSDK),
		StabilityStatus:          types.StabilityStatus(t.StabilityStatus),
		StabilityStatusAt:        moment(t.StabilityStatusAt),
		CreatedAt:                moment(t.CreatedAt),
		UpdatedAt:                moment(t.UpdatedAt),
		Tags:                     some(t.Tags, TagToSDK),
	}
}

// TaskSetFromCreateInput reads what CreateTaskSet asks for. A task set that does not say so has the whole of the service's
// desired count [MOTO]. What the service decides is left empty.
func TaskSetFromCreateInput(in sdk.CreateTaskSetInput) ecs.TaskSet {
	set := ecs.TaskSet{
		ExternalID:               text[string](in.ExternalId),
		Scale:                    ecs.Scale{Value: 100, Unit: string(types.ScaleUnitPercent)},
		LaunchType:               ecs.LaunchType(in.LaunchType),
		CapacityProviderStrategy: some(in.CapacityProviderStrategy, CapacityProviderFromSDK),
		PlatformVersion:          text[string](in.PlatformVersion),
		NetworkConfiguration:     NetworkConfigurationFromSDK(in.NetworkConfiguration),
		LoadBalancers:            some(in.LoadBalancers, LoadBalancerFromSDK),
		ServiceRegistries:        some(in.ServiceRegistries, ServiceRegistryFromSDK),
	}
	if in.Scale != nil {
		set.Scale = ecs.Scale{Value: in.Scale.Value, Unit: string(in.Scale.Unit)}
	}
	return set
}
