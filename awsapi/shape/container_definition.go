package shape

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// ContainerDefinitionFromSDK reads a container of a task definition. A container that does not say so is essential
// (ECS semantics 7.2 [API:ContainerDefinition]).
func ContainerDefinitionFromSDK(c types.ContainerDefinition) ecs.ContainerDefinition {
	container := ecs.ContainerDefinition{
		Name:                 text[string](c.Name),
		Image:                text[string](c.Image),
		CPUUnits:             int(c.Cpu),
		MemoryMiB:            number(c.Memory),
		MemoryReservationMiB: number(c.MemoryReservation),
		Essential:            c.Essential == nil || *c.Essential,
		PortMappings:         some(c.PortMappings, portMappingFromSDK),
		Command:              some(c.Command, same),
		EntryPoint:           some(c.EntryPoint, same),
		Environment:          some(c.Environment, keyValueFromSDK),
		DependsOn:            some(c.DependsOn, dependencyFromSDK),
		Links:                some(c.Links, same),
		VolumesFrom:          some(c.VolumesFrom, volumeFromSDK),
		HealthCheck:          healthCheckFromSDK(c.HealthCheck),
		RestartPolicy:        restartPolicyFromSDK(c.RestartPolicy),
		StartTimeout:         seconds(c.StartTimeout),
		StopTimeout:          seconds(c.StopTimeout),
		DockerLabels:         copied(c.DockerLabels),
		VersionConsistency:   string(c.VersionConsistency),
	}
	for _, r := range c.ResourceRequirements {
		if r.Type == types.ResourceTypeGpu {
			if gpus, err := strconv.Atoi(text[string](r.Value)); err == nil {
				container.GPUs += gpus
			}
		}
	}
	if l := c.LogConfiguration; l != nil {
		container.LogDriver = string(l.LogDriver)
		container.LogOptions = copied(l.Options)
	}
	return container
}

// ContainerDefinitionToSDK writes what the noun models of a container of a task definition, with the members that
// RegisterTaskDefinition fills in (ECS semantics 7.2).
func ContainerDefinitionToSDK(c ecs.ContainerDefinition) types.ContainerDefinition {
	container := types.ContainerDefinition{
		Name:               optional(c.Name),
		Image:              optional(c.Image),
		Cpu:                narrow(c.CPUUnits),
		Memory:             countOrAbsent(c.MemoryMiB),
		MemoryReservation:  countOrAbsent(c.MemoryReservationMiB),
		Essential:          &c.Essential,
		PortMappings:       List(c.PortMappings, portMappingToSDK),
		Command:            some(c.Command, same),
		EntryPoint:         some(c.EntryPoint, same),
		Environment:        List(c.Environment, keyValueToSDK),
		MountPoints:        []types.MountPoint{},
		VolumesFrom:        List(c.VolumesFrom, volumeToSDK),
		SystemControls:     []types.SystemControl{},
		DependsOn:          some(c.DependsOn, dependencyToSDK),
		Links:              some(c.Links, same),
		HealthCheck:        healthCheckToSDK(c.HealthCheck),
		RestartPolicy:      restartPolicyToSDK(c.RestartPolicy),
		StartTimeout:       inSecondsOrAbsent(c.StartTimeout),
		StopTimeout:        inSecondsOrAbsent(c.StopTimeout),
		DockerLabels:       copied(c.DockerLabels),
		VersionConsistency: types.VersionConsistency(c.VersionConsistency),
	}
	if c.GPUs != 0 {
		container.ResourceRequirements = []types.ResourceRequirement{
			{Type: types.ResourceTypeGpu, Value: always(strconv.Itoa(c.GPUs))},
		}
	}
	if c.LogDriver != "" {
		container.LogConfiguration = &types.LogConfiguration{
			LogDriver: types.LogDriver(c.LogDriver), Options: copied(c.LogOptions), SecretOptions: []types.Secret{},
		}
	}
	return container
}

func portMappingFromSDK(p types.PortMapping) ecs.PortMapping {
	mapping := ecs.PortMapping{
		Name: text[string](p.Name), ContainerPort: number(p.ContainerPort), HostPort: number(p.HostPort), Protocol: string(p.Protocol),
	}
	if mapping.Protocol == "" {
		mapping.Protocol = string(types.TransportProtocolTcp)
	}
	return mapping
}

func portMappingToSDK(p ecs.PortMapping) types.PortMapping {
	return types.PortMapping{
		Name: optional(p.Name), ContainerPort: count(p.ContainerPort), HostPort: count(p.HostPort),
		Protocol: types.TransportProtocol(p.Protocol),
	}
}

func dependencyFromSDK(d types.ContainerDependency) ecs.Dependency {
	return ecs.Dependency{ContainerName: text[string](d.ContainerName), Condition: string(d.Condition)}
}

func dependencyToSDK(d ecs.Dependency) types.ContainerDependency {
	return types.ContainerDependency{ContainerName: optional(d.ContainerName), Condition: types.ContainerCondition(d.Condition)}
}

func healthCheckFromSDK(h *types.HealthCheck) *ecs.HealthCheck {
	if h == nil {
		return nil
	}
	return &ecs.HealthCheck{
		Command: List(h.Command, same), Interval: seconds(h.Interval), Timeout: seconds(h.Timeout),
		Retries: number(h.Retries), StartPeriod: seconds(h.StartPeriod),
	}
}

func healthCheckToSDK(h *ecs.HealthCheck) *types.HealthCheck {
	if h == nil {
		return nil
	}
	return &types.HealthCheck{
		Command: List(h.Command, same), Interval: inSeconds(h.Interval), Timeout: inSeconds(h.Timeout),
		Retries: count(h.Retries), StartPeriod: inSecondsOrAbsent(h.StartPeriod),
	}
}

func volumeFromSDK(v types.VolumeFrom) ecs.VolumeFrom {
	return ecs.VolumeFrom{SourceContainer: text[string](v.SourceContainer), ReadOnly: v.ReadOnly != nil && *v.ReadOnly}
}

func volumeToSDK(v ecs.VolumeFrom) types.VolumeFrom {
	volume := types.VolumeFrom{SourceContainer: optional(v.SourceContainer)}
	if v.ReadOnly {
		volume.ReadOnly = &v.ReadOnly
	}
	return volume
}

func restartPolicyFromSDK(p *types.ContainerRestartPolicy) *ecs.RestartPolicy {
	if p == nil {
		return nil
	}
	return &ecs.RestartPolicy{
		Enabled:              p.Enabled != nil && *p.Enabled,
		IgnoredExitCodes:     some(p.IgnoredExitCodes, func(code int32) int { return int(code) }),
		RestartAttemptPeriod: seconds(p.RestartAttemptPeriod),
	}
}

func restartPolicyToSDK(p *ecs.RestartPolicy) *types.ContainerRestartPolicy {
	if p == nil {
		return nil
	}
	return &types.ContainerRestartPolicy{
		Enabled: &p.Enabled, IgnoredExitCodes: some(p.IgnoredExitCodes, narrow), RestartAttemptPeriod: inSecondsOrAbsent(p.RestartAttemptPeriod),
	}
}
