package shape

import (
	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// ServiceFromSDK reads a service.
func ServiceFromSDK(s types.Service) ecs.Service {
	service := ecs.Service{
		ARN:                         text[ecs.ARN](s.ServiceArn),
		Name:                        text[ecs.ServiceName](s.ServiceName),
		ClusterARN:                  text[ecs.ARN](s.ClusterArn),
		Status:                      text[ecs.ServiceStatus](s.Status),
		TaskDefinition:              text[ecs.ARN](s.TaskDefinition),
		DesiredCount:                int(s.DesiredCount),
		RunningCount:                int(s.RunningCount),
		PendingCount:                int(s.PendingCount),
		LaunchType:                  ecs.LaunchType(s.LaunchType),
		CapacityProviderStrategy:    some(s.CapacityProviderStrategy, CapacityProviderFromSDK),
		PlatformVersion:             text[string](s.PlatformVersion),
		SchedulingStrategy:          ecs.SchedulingStrategy(s.SchedulingStrategy),
		DeploymentConfiguration:     DeploymentConfigurationFromSDK(s.DeploymentConfiguration, ecs.DeploymentConfiguration{}),
		PlacementConstraints:        List(s.PlacementConstraints, PlacementConstraintFromSDK),
		PlacementStrategy:           List(s.PlacementStrategy, PlacementStrategyFromSDK),
		LoadBalancers:               List(s.LoadBalancers, LoadBalancerFromSDK),
		ServiceRegistries:           some(s.ServiceRegistries, ServiceRegistryFromSDK),
		NetworkConfiguration:        NetworkConfigurationFromSDK(s.NetworkConfiguration),
		HealthCheckGracePeriod:      seconds(s.HealthCheckGracePeriodSeconds),
		AvailabilityZoneRebalancing: string(s.AvailabilityZoneRebalancing),
		EnableExecuteCommand:        s.EnableExecuteCommand,
		EnableECSManagedTags:        s.EnableECSManagedTags,
		PropagateTags:               string(s.PropagateTags),
		Deployments:                 List(s.Deployments, DeploymentFromSDK),
		TaskSets:                    some(s.TaskSets, TaskSetFromSDK),
		Events:                      List(s.Events, ServiceEventFromSDK),
		CurrentServiceDeployment:    text[ecs.ARN](s.CurrentServiceDeployment),
		CurrentServiceRevisions:     some(s.CurrentServiceRevisions, currentRevisionFromSDK),
		RoleARN:                     text[string](s.RoleArn),
		CreatedAt:                   instant(s.CreatedAt),
		CreatedBy:                   text[string](s.CreatedBy),
		Tags:                        some(s.Tags, TagFromSDK),
		ResourceManagementType:      string(s.ResourceManagementType),
	}
	if s.DeploymentController != nil {
		service.DeploymentController = string(s.DeploymentController.Type)
	}
	return service
}

// ServiceToSDK writes a service (ECS semantics 4.2 [API:Service]): its lists are there even when they are empty, except
// for the capacity provider strategy, which a service has instead of a launch type, and the tags, which are only there
// when they were asked for.
func ServiceToSDK(s ecs.Service) types.Service {
	service := types.Service{
		ServiceArn:                  optional(s.ARN),
		ServiceName:                 optional(s.Name),
		ClusterArn:                  optional(s.ClusterARN),
		Status:                      optional(s.Status),
		TaskDefinition:              optional(s.TaskDefinition),
		DesiredCount:                narrow(s.DesiredCount),
		RunningCount:                narrow(s.RunningCount),
		PendingCount:                narrow(s.PendingCount),
		LaunchType:                  types.LaunchType(s.LaunchType),
		CapacityProviderStrategy:    some(s.CapacityProviderStrategy, CapacityProviderToSDK),
		PlatformVersion:             optional(s.PlatformVersion),
		SchedulingStrategy:          types.SchedulingStrategy(s.SchedulingStrategy),
		DeploymentConfiguration:     DeploymentConfigurationToSDK(s.DeploymentConfiguration),
		PlacementConstraints:        List(s.PlacementConstraints, PlacementConstraintToSDK),
		PlacementStrategy:           List(s.PlacementStrategy, PlacementStrategyToSDK),
		LoadBalancers:               List(s.LoadBalancers, LoadBalancerToSDK),
		ServiceRegistries:           List(s.ServiceRegistries, ServiceRegistryToSDK),
		NetworkConfiguration:        NetworkConfigurationToSDK(s.NetworkConfiguration),
		AvailabilityZoneRebalancing: types.AvailabilityZoneRebalancing(s.AvailabilityZoneRebalancing),
		EnableExecuteCommand:        s.EnableExecuteCommand,
		EnableECSManagedTags:        s.EnableECSManagedTags,
		PropagateTags:               types.PropagateTags(s.PropagateTags),
		ResourceManagementType:      types.ResourceManagementType(s.ResourceManagementType),
		Deployments:                 List(s.Deployments, DeploymentToSDK),
		TaskSets:                    some(s.TaskSets, TaskSetToSDK),
		Events:                      List(s.Events, ServiceEventToSDK),
		CurrentServiceDeployment:    optional(s.CurrentServiceDeployment),
		CurrentServiceRevisions:     some(s.CurrentServiceRevisions, currentRevisionToSDK),
		RoleArn:                     optional(s.RoleARN),
		CreatedAt:                   moment(s.CreatedAt),
		CreatedBy:                   optional(s.CreatedBy),
		Tags:                        some(s.Tags, TagToSDK),
	}
	if s.DeploymentController != "" {
		service.DeploymentController = &types.DeploymentController{Type: types.DeploymentControllerType(s.DeploymentController)}
	}
	// The grace period belongs to load balancers; without one it is only shown when somebody set it.
	service.HealthCheckGracePeriodSeconds = inSecondsOrAbsent(s.HealthCheckGracePeriod)
	if len(s.LoadBalancers) > 0 {
		service.HealthCheckGracePeriodSeconds = inSeconds(s.HealthCheckGracePeriod)
	}
	return service
}

// ServiceEventFromSDK reads an event of a service.
func ServiceEventFromSDK(e types.ServiceEvent) ecs.ServiceEvent {
	return ecs.ServiceEvent{ID: text[string](e.Id), CreatedAt: instant(e.CreatedAt), Message: text[string](e.Message)}
}

// ServiceEventToSDK writes an event of a service.
func ServiceEventToSDK(e ecs.ServiceEvent) types.ServiceEvent {
	return types.ServiceEvent{Id: optional(e.ID), CreatedAt: moment(e.CreatedAt), Message: optional(e.Message)}
}

func currentRevisionFromSDK(r types.ServiceCurrentRevisionSummary) ecs.ServiceRevisionSummary {
	return ecs.ServiceRevisionSummary{
		ARN: text[ecs.ARN](r.Arn), RequestedTaskCount: int(r.RequestedTaskCount),
		RunningTaskCount: int(r.RunningTaskCount), PendingTaskCount: int(r.PendingTaskCount),
	}
}

func currentRevisionToSDK(r ecs.ServiceRevisionSummary) types.ServiceCurrentRevisionSummary {
	return types.ServiceCurrentRevisionSummary{
		Arn: optional(r.ARN), RequestedTaskCount: narrow(r.RequestedTaskCount),
		RunningTaskCount: narrow(r.RunningTaskCount), PendingTaskCount: narrow(r.PendingTaskCount),
	}
}

// ServiceFromCreateInput reads what CreateService asks for, with the API's defaults where it says nothing (ECS semantics
// 4.1 [API:CreateService]). What the service decides is left empty: ARNs, status, times, who created it, and the launch
// type, whose default depends on the cluster. TaskDefinition is as it was given, which may be a family without a
// revision.
func ServiceFromCreateInput(in sdk.CreateServiceInput) ecs.Service {
	service := ecs.Service{
		Name:                        text[ecs.ServiceName](in.ServiceName),
		TaskDefinition:              text[ecs.ARN](in.TaskDefinition),
		DesiredCount:                number(in.DesiredCount),
		LaunchType:                  ecs.LaunchType(in.LaunchType),
		CapacityProviderStrategy:    some(in.CapacityProviderStrategy, CapacityProviderFromSDK),
		PlatformVersion:             text[string](in.PlatformVersion),
		SchedulingStrategy:          ecs.SchedulingStrategy(in.SchedulingStrategy),
		DeploymentController:        string(types.DeploymentControllerTypeEcs),
		PlacementConstraints:        List(in.PlacementConstraints, PlacementConstraintFromSDK),
		PlacementStrategy:           List(in.PlacementStrategy, PlacementStrategyFromSDK),
		LoadBalancers:               List(in.LoadBalancers, LoadBalancerFromSDK),
		ServiceRegistries:           some(in.ServiceRegistries, ServiceRegistryFromSDK),
		NetworkConfiguration:        NetworkConfigurationFromSDK(in.NetworkConfiguration),
		HealthCheckGracePeriod:      seconds(in.HealthCheckGracePeriodSeconds),
		AvailabilityZoneRebalancing: string(in.AvailabilityZoneRebalancing),
		EnableExecuteCommand:        in.EnableExecuteCommand,
		EnableECSManagedTags:        in.EnableECSManagedTags,
		PropagateTags:               string(in.PropagateTags),
		Deployments:                 []ecs.Deployment{},
		Events:                      []ecs.ServiceEvent{},
		RoleARN:                     text[string](in.Role),
		Tags:                        some(in.Tags, TagFromSDK),
		RevisionConfiguration:       revisionConfigurationFromCreateInput(in),
	}
	if in.DeploymentController != nil && in.DeploymentController.Type != "" {
		service.DeploymentController = string(in.DeploymentController.Type)
	}
	if service.SchedulingStrategy == "" {
		service.SchedulingStrategy = ecs.Replica
	}
	if service.PropagateTags == "" {
		service.PropagateTags = string(types.PropagateTagsNone)
	}
	service.DeploymentConfiguration = DeploymentConfigurationFromSDK(in.DeploymentConfiguration,
		DefaultDeploymentConfiguration(service.SchedulingStrategy))
	return service
}

func revisionConfigurationFromCreateInput(in sdk.CreateServiceInput) ecs.RevisionConfiguration {
	var out ecs.RevisionConfiguration
	out.Change(ecs.RevisionConfiguration{
		ServiceConnect: documentOf(in.ServiceConnectConfiguration), Volumes: documentOf(in.VolumeConfigurations),
		VPCLattice: documentOf(in.VpcLatticeConfigurations), Monitoring: documentOf(in.Monitoring),
		GatewayConnectors: documentOf(in.GatewayConnectors),
	})
	return out
}

// RevisionConfigurationFromUpdateInput reads what UpdateService changes of it: what it does not say is "", and an empty
// list, which takes a member away, is [].
func RevisionConfigurationFromUpdateInput(in sdk.UpdateServiceInput) ecs.RevisionConfiguration {
	return ecs.RevisionConfiguration{
		ServiceConnect: documentOf(in.ServiceConnectConfiguration), Volumes: documentOf(in.VolumeConfigurations),
		VPCLattice: documentOf(in.VpcLatticeConfigurations), Monitoring: documentOf(in.Monitoring),
		GatewayConnectors: documentOf(in.GatewayConnectors),
	}
}
