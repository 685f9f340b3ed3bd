package shape

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// TaskOverrideFromSDK reads the overrides of a task or of RunTask. ECS lists every container of a task by its name even
// when nothing is overridden; overrides that change nothing are nil.
func TaskOverrideFromSDK(o *types.TaskOverride) *ecs.TaskOverride {
	if o == nil {
		return nil
	}
	override := ecs.TaskOverride{
		CPU: text[string](o.Cpu), Memory: text[string](o.Memory),
		TaskRoleARN: text[string](o.TaskRoleArn), ExecutionRoleARN: text[string](o.ExecutionRoleArn),
		EphemeralStorage:      ephemeralStorageFromSDK(o.EphemeralStorage),
		InferenceAccelerators: some(o.InferenceAcceleratorOverrides, acceleratorFromSDK), //nolint:staticcheck // the feature is gone, but ECS still takes the list
	}
	changes := override.CPU != "" || override.Memory != "" || override.TaskRoleARN != "" || override.ExecutionRoleARN != "" ||
		override.EphemeralStorage != nil || len(override.InferenceAccelerators) > 0
	for _, c := range o.ContainerOverrides {
		container := containerOverrideFromSDK(c)
		changes = changes || overridesSomething(container)
		override.Containers = append(override.Containers, container)
	}
	if !changes {
		return nil
	}
	return &override
}

func overridesSomething(c ecs.ContainerOverride) bool {
	return len(c.Command) > 0 || len(c.Environment) > 0 || c.CPUUnits != nil || c.MemoryMiB != nil || c.MemoryReservationMiB != nil ||
		len(c.EnvironmentFiles) > 0 || len(c.ResourceRequirements) > 0
}

func containerOverrideFromSDK(c types.ContainerOverride) ecs.ContainerOverride {
	return ecs.ContainerOverride{
		Name:                 text[string](c.Name),
		Command:              some(c.Command, same),
		Environment:          some(c.Environment, keyValueFromSDK),
		CPUUnits:             intPointer(c.Cpu),
		MemoryMiB:            intPointer(c.Memory),
		MemoryReservationMiB: intPointer(c.MemoryReservation),
		EnvironmentFiles:     some(c.EnvironmentFiles, environmentFileFromSDK),
		ResourceRequirements: some(c.ResourceRequirements, requirementFromSDK),
	}
}

// TaskOverrideToSDK writes the overrides of a task or of RunTask; nil without overrides.
func TaskOverrideToSDK(o *ecs.TaskOverride) *types.TaskOverride {
	if o == nil {
		return nil
	}
	override := overrideOf(List(o.Containers, containerOverrideToSDK))
	override.Cpu = optional(o.CPU)
	override.Memory = optional(o.Memory)
	override.TaskRoleArn = optional(o.TaskRoleARN)
	override.ExecutionRoleArn = optional(o.ExecutionRoleARN)
	override.EphemeralStorage = ephemeralStorageToSDK(o.EphemeralStorage)
	override.InferenceAcceleratorOverrides = List(o.InferenceAccelerators, acceleratorToSDK) //nolint:staticcheck // the feature is gone, but ECS still shows the list
	return override
}

func containerOverrideToSDK(c ecs.ContainerOverride) types.ContainerOverride {
	return types.ContainerOverride{
		Name:              optional(c.Name),
		Command:           some(c.Command, same),
		Environment:       some(c.Environment, keyValueToSDK),
		Cpu:               countPointer(c.CPUUnits),
		Memory:            countPointer(c.MemoryMiB),
		MemoryReservation: countPointer(c.MemoryReservationMiB),

		EnvironmentFiles:     some(c.EnvironmentFiles, environmentFileToSDK),
		ResourceRequirements: some(c.ResourceRequirements, requirementToSDK),
	}
}

// noOverride is what ECS shows for a task without overrides: its containers by name.
func noOverride(containers []ecs.Container) *types.TaskOverride {
	names := func(c ecs.Container) types.ContainerOverride { return types.ContainerOverride{Name: optional(c.Name)} }
	return overrideOf(List(containers, names))
}

func overrideOf(containers []types.ContainerOverride) *types.TaskOverride {
	return &types.TaskOverride{
		ContainerOverrides:            containers,
		InferenceAcceleratorOverrides: []types.InferenceAcceleratorOverride{}, //nolint:staticcheck // the feature is gone, but ECS still sends the list
	}
}

func ephemeralStorageFromSDK(e *types.EphemeralStorage) *ecs.EphemeralStorage {
	if e == nil {
		return nil
	}
	return &ecs.EphemeralStorage{SizeInGiB: int(e.SizeInGiB)}
}

func ephemeralStorageToSDK(e *ecs.EphemeralStorage) *types.EphemeralStorage {
	if e == nil {
		return nil
	}
	return &types.EphemeralStorage{SizeInGiB: narrow(e.SizeInGiB)}
}

func acceleratorFromSDK(a types.InferenceAcceleratorOverride) ecs.InferenceAccelerator {
	return ecs.InferenceAccelerator{DeviceName: text[string](a.DeviceName), DeviceType: text[string](a.DeviceType)}
}

func acceleratorToSDK(a ecs.InferenceAccelerator) types.InferenceAcceleratorOverride {
	return types.InferenceAcceleratorOverride{DeviceName: optional(a.DeviceName), DeviceType: optional(a.DeviceType)}
}

func environmentFileFromSDK(f types.EnvironmentFile) ecs.EnvironmentFile {
	return ecs.EnvironmentFile{Type: string(f.Type), Value: text[string](f.Value)}
}

func environmentFileToSDK(f ecs.EnvironmentFile) types.EnvironmentFile {
	return types.EnvironmentFile{Type: types.EnvironmentFileType(f.Type), Value: optional(f.Value)}
}

func requirementFromSDK(r types.ResourceRequirement) ecs.ResourceRequirement {
	out := ecs.ResourceRequirement{Type: string(r.Type), Value: text[string](r.Value)}
	if r.SharingStrategy != nil {
		out.SharingStrategy = documentOf(&r.SharingStrategy)
	}
	return out
}

func requirementToSDK(r ecs.ResourceRequirement) types.ResourceRequirement {
	return types.ResourceRequirement{
		Type: types.ResourceType(r.Type), Value: optional(r.Value), SharingStrategy: ofDocument[types.SharingStrategy](r.SharingStrategy),
	}
}
