package shape

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// DeploymentFromSDK reads an entry of a service's deployments.
func DeploymentFromSDK(d types.Deployment) ecs.Deployment {
	return ecs.Deployment{
		ID:                       text[ecs.DeploymentID](d.Id),
		Status:                   text[ecs.DeploymentStatus](d.Status),
		TaskDefinition:           text[ecs.ARN](d.TaskDefinition),
		DesiredCount:             int(d.DesiredCount),
		PendingCount:             int(d.PendingCount),
		RunningCount:             int(d.RunningCount),
		FailedTasks:              int(d.FailedTasks),
		RolloutState:             ecs.RolloutState(d.RolloutState),
		RolloutStateReason:       text[string](d.RolloutStateReason),
		LaunchType:               ecs.LaunchType(d.LaunchType),
		CapacityProviderStrategy: some(d.CapacityProviderStrategy, CapacityProviderFromSDK),
		PlatformVersion:          text[string](d.PlatformVersion),
		NetworkConfiguration:     NetworkConfigurationFromSDK(d.NetworkConfiguration),
		ServiceConnect:           documentOf(d.ServiceConnectConfiguration),
		Volumes:                  documentOf(d.VolumeConfigurations),
		VPCLattice:               documentOf(d.VpcLatticeConfigurations),
		CreatedAt:                instant(d.CreatedAt),
		UpdatedAt:                instant(d.UpdatedAt),
	}
}

// DeploymentToSDK writes an entry of a service's deployments (ECS semantics 4.2 [API:Deployment]).
func DeploymentToSDK(d ecs.Deployment) types.Deployment {
	return types.Deployment{
		Id:                       optional(d.ID),
		Status:                   optional(d.Status),
		TaskDefinition:           optional(d.TaskDefinition),
		DesiredCount:             narrow(d.DesiredCount),
		PendingCount:             narrow(d.PendingCount),
		RunningCount:             narrow(d.RunningCount),
		FailedTasks:              narrow(d.FailedTasks),
		RolloutState:             types.DeploymentRolloutState(d.RolloutState),
		RolloutStateReason:       optional(d.RolloutStateReason),
		LaunchType:               types.LaunchType(d.LaunchType),
		CapacityProviderStrategy: some(d.CapacityProviderStrategy, CapacityProviderToSDK),
		PlatformVersion:          optional(d.PlatformVersion),
		NetworkConfiguration:     NetworkConfigurationToSDK(d.NetworkConfiguration),

		ServiceConnectConfiguration: ofDocument[*types.ServiceConnectConfiguration](d.ServiceConnect),
		VolumeConfigurations:        ofDocument[[]types.ServiceVolumeConfiguration](d.Volumes),
		VpcLatticeConfigurations:    ofDocument[[]types.VpcLatticeConfiguration](d.VPCLattice),

		CreatedAt: moment(d.CreatedAt),
		UpdatedAt: moment(d.UpdatedAt),
	}
}

// DefaultDeploymentConfiguration is what a service gets that asks for nothing (ECS semantics 4.1
// [API:DeploymentConfiguration]).
func DefaultDeploymentConfiguration(strategy ecs.SchedulingStrategy) ecs.DeploymentConfiguration {
	configuration := ecs.DeploymentConfiguration{
		MinimumHealthyPercent: 100, MaximumPercent: 200, Strategy: string(types.DeploymentStrategyRolling),
	}
	if strategy == ecs.Daemon {
		configuration.MinimumHealthyPercent, configuration.MaximumPercent = 0, 100
	}
	return configuration
}

// DeploymentConfigurationFromSDK reads a deployment configuration; what it does not say stays as it is in base. For
// CreateService base is the default, for UpdateService what the service has.
func DeploymentConfigurationFromSDK(c *types.DeploymentConfiguration, base ecs.DeploymentConfiguration) ecs.DeploymentConfiguration {
	if c == nil {
		return base
	}
	if c.MinimumHealthyPercent != nil {
		base.MinimumHealthyPercent = int(*c.MinimumHealthyPercent)
	}
	if c.MaximumPercent != nil {
		base.MaximumPercent = int(*c.MaximumPercent)
	}
	if c.DeploymentCircuitBreaker != nil {
		base.CircuitBreaker = circuitBreakerFromSDK(c.DeploymentCircuitBreaker)
	}
	if c.Strategy != "" {
		base.Strategy = string(c.Strategy)
	}
	if c.BakeTimeInMinutes != nil {
		base.BakeTimeInMinutes = int(*c.BakeTimeInMinutes)
	}
	if c.LifecycleHooks != nil { // an empty list takes the hooks away
		base.LifecycleHooks = some(c.LifecycleHooks, lifecycleHookFromSDK)
	}
	if a := c.Alarms; a != nil {
		base.Alarms = &ecs.DeploymentAlarms{AlarmNames: List(a.AlarmNames, same), Enable: a.Enable, Rollback: a.Rollback}
	}
	if l := c.LinearConfiguration; l != nil {
		base.Linear = &ecs.LinearConfiguration{StepPercent: or(l.StepPercent, 10), StepBakeTimeInMinutes: int(or(l.StepBakeTimeInMinutes, 6))}
	}
	if y := c.CanaryConfiguration; y != nil {
		base.Canary = &ecs.CanaryConfiguration{CanaryPercent: or(y.CanaryPercent, 5), CanaryBakeTimeInMinutes: int(or(y.CanaryBakeTimeInMinutes, 10))}
	}
	if e := c.EarlySuccessCriteria; e != nil {
		base.EarlySuccess = &ecs.EarlySuccess{
			Enable: e.Enable, HealthyPercent: intPointer(e.HealthyPercent), SourceServiceRevisionCleanup: string(e.SourceServiceRevisionCleanup),
		}
	}
	return base
}

// DeploymentConfigurationToSDK writes a deployment configuration with every member said.
func DeploymentConfigurationToSDK(c ecs.DeploymentConfiguration) *types.DeploymentConfiguration {
	out := &types.DeploymentConfiguration{
		MinimumHealthyPercent:    count(c.MinimumHealthyPercent),
		MaximumPercent:           count(c.MaximumPercent),
		DeploymentCircuitBreaker: circuitBreakerToSDK(c.CircuitBreaker),
		Strategy:                 types.DeploymentStrategy(c.Strategy),
		BakeTimeInMinutes:        count(c.BakeTimeInMinutes),
		LifecycleHooks:           some(c.LifecycleHooks, lifecycleHookToSDK),
	}
	if a := c.Alarms; a != nil {
		out.Alarms = &types.DeploymentAlarms{AlarmNames: List(a.AlarmNames, same), Enable: a.Enable, Rollback: a.Rollback}
	}
	if l := c.Linear; l != nil {
		out.LinearConfiguration = &types.LinearConfiguration{StepPercent: &l.StepPercent, StepBakeTimeInMinutes: count(l.StepBakeTimeInMinutes)}
	}
	if y := c.Canary; y != nil {
		out.CanaryConfiguration = &types.CanaryConfiguration{CanaryPercent: &y.CanaryPercent, CanaryBakeTimeInMinutes: count(y.CanaryBakeTimeInMinutes)}
	}
	if e := c.EarlySuccess; e != nil {
		out.EarlySuccessCriteria = &types.DeploymentEarlySuccessCriteria{
			Enable: e.Enable, HealthyPercent: countPointer(e.HealthyPercent),
			SourceServiceRevisionCleanup: types.ServiceRevisionCleanup(e.SourceServiceRevisionCleanup),
		}
	}
	return out
}

// ServiceDeploymentFromSDK reads the history entry of a deployment.
func ServiceDeploymentFromSDK(d types.ServiceDeployment) ecs.ServiceDeployment {
	deployment := ecs.ServiceDeployment{
		ARN:                     text[ecs.ARN](d.ServiceDeploymentArn),
		ServiceARN:              text[ecs.ARN](d.ServiceArn),
		ClusterARN:              text[ecs.ARN](d.ClusterArn),
		Status:                  ecs.ServiceDeploymentStatus(d.Status),
		StatusReason:            text[string](d.StatusReason),
		LifecycleStage:          ecs.LifecycleStage(d.LifecycleStage),
		LifecycleHookDetails:    some(d.LifecycleHookDetails, hookDetailFromSDK),
		SourceServiceRevisions:  List(d.SourceServiceRevisions, revisionSummaryFromSDK),
		DeploymentConfiguration: DeploymentConfigurationFromSDK(d.DeploymentConfiguration, ecs.DeploymentConfiguration{}),
		CreatedAt:               instant(d.CreatedAt),
		StartedAt:               instant(d.StartedAt),
		UpdatedAt:               instant(d.UpdatedAt),
		FinishedAt:              instant(d.FinishedAt),
		StoppedAt:               instant(d.StoppedAt),
	}
	if d.TargetServiceRevision != nil {
		target := revisionSummaryFromSDK(*d.TargetServiceRevision)
		deployment.TargetServiceRevision = &target
	}
	if b := d.DeploymentCircuitBreaker; b != nil {
		deployment.CircuitBreaker = ecs.CircuitBreakerState{
			Status: string(b.Status), FailureCount: int(b.FailureCount), Threshold: int(b.Threshold),
		}
	}
	if a := d.Alarms; a != nil {
		deployment.Alarms = &ecs.ServiceDeploymentAlarms{
			Status: string(a.Status), AlarmNames: some(a.AlarmNames, same), TriggeredAlarmNames: some(a.TriggeredAlarmNames, same),
		}
	}
	if r := d.Rollback; r != nil {
		deployment.Rollback = &ecs.DeploymentRollback{
			Reason: text[string](r.Reason), StartedAt: instant(r.StartedAt), ServiceRevisionARN: text[ecs.ARN](r.ServiceRevisionArn),
		}
	}
	return deployment
}

// ServiceDeploymentToSDK writes the history entry of a deployment (ECS semantics 4.16 [API:ServiceDeployment]).
func ServiceDeploymentToSDK(d ecs.ServiceDeployment) types.ServiceDeployment {
	deployment := types.ServiceDeployment{
		ServiceDeploymentArn:    optional(d.ARN),
		ServiceArn:              optional(d.ServiceARN),
		ClusterArn:              optional(d.ClusterARN),
		Status:                  types.ServiceDeploymentStatus(d.Status),
		StatusReason:            optional(d.StatusReason),
		LifecycleStage:          types.ServiceDeploymentLifecycleStage(d.LifecycleStage),
		LifecycleHookDetails:    some(d.LifecycleHookDetails, hookDetailToSDK),
		SourceServiceRevisions:  List(d.SourceServiceRevisions, revisionSummaryToSDK),
		DeploymentConfiguration: DeploymentConfigurationToSDK(d.DeploymentConfiguration),
		DeploymentCircuitBreaker: &types.ServiceDeploymentCircuitBreaker{
			Status:       types.ServiceDeploymentRollbackMonitorsStatus(d.CircuitBreaker.Status),
			FailureCount: narrow(d.CircuitBreaker.FailureCount),
			Threshold:    narrow(d.CircuitBreaker.Threshold),
		},
		CreatedAt:  moment(d.CreatedAt),
		StartedAt:  moment(d.StartedAt),
		UpdatedAt:  moment(d.UpdatedAt),
		FinishedAt: moment(d.FinishedAt),
		StoppedAt:  moment(d.StoppedAt),
	}
	if d.TargetServiceRevision != nil {
		target := revisionSummaryToSDK(*d.TargetServiceRevision)
		deployment.TargetServiceRevision = &target
	}
	if a := d.Alarms; a != nil {
		deployment.Alarms = &types.ServiceDeploymentAlarms{
			Status:     types.ServiceDeploymentRollbackMonitorsStatus(a.Status),
			AlarmNames: some(a.AlarmNames, same), TriggeredAlarmNames: some(a.TriggeredAlarmNames, same),
		}
	}
	if r := d.Rollback; r != nil {
		deployment.Rollback = &types.Rollback{
			Reason: optional(r.Reason), StartedAt: moment(r.StartedAt), ServiceRevisionArn: optional(r.ServiceRevisionARN),
		}
	}
	return deployment
}

// ServiceDeploymentBrief writes the shorter form that ListServiceDeployments answers with.
func ServiceDeploymentBrief(d ecs.ServiceDeployment) types.ServiceDeploymentBrief {
	brief := types.ServiceDeploymentBrief{
		ServiceDeploymentArn: optional(d.ARN),
		ServiceArn:           optional(d.ServiceARN),
		ClusterArn:           optional(d.ClusterARN),
		Status:               types.ServiceDeploymentStatus(d.Status),
		StatusReason:         optional(d.StatusReason),
		CreatedAt:            moment(d.CreatedAt),
		StartedAt:            moment(d.StartedAt),
		FinishedAt:           moment(d.FinishedAt),
	}
	if d.TargetServiceRevision != nil {
		brief.TargetServiceRevisionArn = optional(d.TargetServiceRevision.ARN)
	}
	return brief
}

func revisionSummaryFromSDK(r types.ServiceRevisionSummary) ecs.ServiceRevisionSummary {
	return ecs.ServiceRevisionSummary{
		ARN: text[ecs.ARN](r.Arn), RequestedTaskCount: int(r.RequestedTaskCount),
		RunningTaskCount: int(r.RunningTaskCount), PendingTaskCount: int(r.PendingTaskCount),
		TestTrafficWeight: copiedPointer(r.RequestedTestTrafficWeight), ProductionTrafficWeight: copiedPointer(r.RequestedProductionTrafficWeight),
	}
}

func revisionSummaryToSDK(r ecs.ServiceRevisionSummary) types.ServiceRevisionSummary {
	return types.ServiceRevisionSummary{
		Arn: optional(r.ARN), RequestedTaskCount: narrow(r.RequestedTaskCount),
		RunningTaskCount: narrow(r.RunningTaskCount), PendingTaskCount: narrow(r.PendingTaskCount),
		RequestedTestTrafficWeight: copiedPointer(r.TestTrafficWeight), RequestedProductionTrafficWeight: copiedPointer(r.ProductionTrafficWeight),
	}
}

// ServiceRevisionFromSDK reads a service revision.
func ServiceRevisionFromSDK(r types.ServiceRevision) ecs.ServiceRevision {
	return ecs.ServiceRevision{
		ARN:                      text[ecs.ARN](r.ServiceRevisionArn),
		ServiceARN:               text[ecs.ARN](r.ServiceArn),
		ClusterARN:               text[ecs.ARN](r.ClusterArn),
		TaskDefinition:           text[ecs.ARN](r.TaskDefinition),
		LaunchType:               ecs.LaunchType(r.LaunchType),
		CapacityProviderStrategy: some(r.CapacityProviderStrategy, CapacityProviderFromSDK),
		PlatformVersion:          text[string](r.PlatformVersion),
		NetworkConfiguration:     NetworkConfigurationFromSDK(r.NetworkConfiguration),
		LoadBalancers:            some(r.LoadBalancers, LoadBalancerFromSDK),
		ServiceRegistries:        some(r.ServiceRegistries, ServiceRegistryFromSDK),
		ContainerImages:          List(r.ContainerImages, containerImageFromSDK),
		CreatedAt:                instant(r.CreatedAt),
		RevisionConfiguration: ecs.RevisionConfiguration{
			ServiceConnect: documentOf(r.ServiceConnectConfiguration), Volumes: documentOf(r.VolumeConfigurations),
			VPCLattice: documentOf(r.VpcLatticeConfigurations), Monitoring: documentOf(r.Monitoring),
			GatewayConnectors: documentOf(r.GatewayConnectors),
		},
	}
}

// ServiceRevisionToSDK writes a service revision (ECS semantics 4.16 [API:ServiceRevision]).
func ServiceRevisionToSDK(r ecs.ServiceRevision) types.ServiceRevision {
	return types.ServiceRevision{
		ServiceRevisionArn:       optional(r.ARN),
		ServiceArn:               optional(r.ServiceARN),
		ClusterArn:               optional(r.ClusterARN),
		TaskDefinition:           optional(r.TaskDefinition),
		LaunchType:               types.LaunchType(r.LaunchType),
		CapacityProviderStrategy: some(r.CapacityProviderStrategy, CapacityProviderToSDK),
		PlatformVersion:          optional(r.PlatformVersion),
		NetworkConfiguration:     NetworkConfigurationToSDK(r.NetworkConfiguration),
		LoadBalancers:            List(r.LoadBalancers, LoadBalancerToSDK),
		ServiceRegistries:        List(r.ServiceRegistries, ServiceRegistryToSDK),
		ContainerImages:          List(r.ContainerImages, containerImageToSDK),

		ServiceConnectConfiguration: ofDocument[*types.ServiceConnectConfiguration](r.ServiceConnect),
		VolumeConfigurations:        ofDocument[[]types.ServiceVolumeConfiguration](r.Volumes),
		VpcLatticeConfigurations:    ofDocument[[]types.VpcLatticeConfiguration](r.VPCLattice),
		Monitoring:                  ofDocument[*types.MonitoringConfiguration](r.Monitoring),
		GatewayConnectors:           ofDocument[[]types.GatewayConnector](r.GatewayConnectors),

		CreatedAt: moment(r.CreatedAt),
	}
}

func containerImageFromSDK(i types.ContainerImage) ecs.ContainerImage {
	return ecs.ContainerImage{
		ContainerName: text[string](i.ContainerName), Image: text[string](i.Image), ImageDigest: text[string](i.ImageDigest),
	}
}

func containerImageToSDK(i ecs.ContainerImage) types.ContainerImage {
	return types.ContainerImage{
		ContainerName: optional(i.ContainerName), Image: optional(i.Image), ImageDigest: optional(i.ImageDigest),
	}
}
