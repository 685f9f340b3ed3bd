package shape

import (
	"encoding/json"
	"maps"
	"math"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// TaskDefinitionFromSDK reads a task definition. Its tags travel beside it, and document is the whole of it as AWS JSON
// (wire.Encode of the same struct), which the noun keeps for the members that it does not model.
func TaskDefinitionFromSDK(d types.TaskDefinition, tags []types.Tag, document json.RawMessage) ecs.TaskDefinition {
	definition := ecs.TaskDefinition{
		ARN:                     text[ecs.ARN](d.TaskDefinitionArn),
		Family:                  text[ecs.Family](d.Family),
		Revision:                int(d.Revision),
		Status:                  ecs.TaskDefinitionStatus(d.Status),
		NetworkMode:             ecs.NetworkMode(d.NetworkMode),
		CPUUnits:                units(text[string](d.Cpu), "vcpu"),
		MemoryMiB:               units(text[string](d.Memory), "gb"),
		Containers:              List(d.ContainerDefinitions, ContainerDefinitionFromSDK),
		PlacementConstraints:    some(d.PlacementConstraints, definitionConstraintFromSDK),
		RequiresCompatibilities: some(d.RequiresCompatibilities, same),
		Compatibilities:         some(d.Compatibilities, same),
		RequiresAttributes:      some(d.RequiresAttributes, AttributeFromSDK),
		TaskRoleARN:             text[string](d.TaskRoleArn),
		ExecutionRoleARN:        text[string](d.ExecutionRoleArn),
		EphemeralStorage:        ephemeralStorageFromSDK(d.EphemeralStorage),
		RegisteredAt:            instant(d.RegisteredAt),
		RegisteredBy:            text[string](d.RegisteredBy),
		DeregisteredAt:          instant(d.DeregisteredAt),
		Tags:                    some(tags, TagFromSDK),
		Document:                document,
	}
	if p := d.RuntimePlatform; p != nil {
		definition.CPUArchitecture = string(p.CpuArchitecture)
		definition.OperatingSystemFamily = string(p.OperatingSystemFamily)
	}
	return definition
}

// units reads the CPU units or MiB of a task. ECS keeps plain numbers; a definition that was not registered yet may say
// "1 vCPU" or ".5 GB" (ECS semantics 7.2). What is neither is not set.
func units(s, unit string) int {
	s = strings.ToLower(strings.TrimSpace(s))
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	amount, isUnit := strings.CutSuffix(s, unit)
	f, err := strconv.ParseFloat(strings.TrimSpace(amount), 64)
	if !isUnit || err != nil || math.IsNaN(f) || f < 0 || f > 1<<20 {
		return 0
	}
	return int(f * 1024)
}

// TaskDefinitionToSDK writes what the noun models of a task definition. Where its document is at hand, decode that and
// use OverDocument: it keeps the rest.
func TaskDefinitionToSDK(d ecs.TaskDefinition) types.TaskDefinition {
	definition := types.TaskDefinition{
		NetworkMode:             types.NetworkMode(d.NetworkMode),
		ContainerDefinitions:    List(d.Containers, ContainerDefinitionToSDK),
		PlacementConstraints:    List(d.PlacementConstraints, definitionConstraintToSDK),
		Volumes:                 []types.Volume{},
		RequiresCompatibilities: some(d.RequiresCompatibilities, compatibility),
		TaskRoleArn:             optional(d.TaskRoleARN),
		ExecutionRoleArn:        optional(d.ExecutionRoleARN),
		EphemeralStorage:        ephemeralStorageToSDK(d.EphemeralStorage),
	}
	if d.CPUUnits != 0 {
		definition.Cpu = always(strconv.Itoa(d.CPUUnits))
	}
	if d.MemoryMiB != 0 {
		definition.Memory = always(strconv.Itoa(d.MemoryMiB))
	}
	if d.CPUArchitecture != "" || d.OperatingSystemFamily != "" {
		definition.RuntimePlatform = &types.RuntimePlatform{
			CpuArchitecture:       types.CPUArchitecture(d.CPUArchitecture),
			OperatingSystemFamily: types.OSFamily(d.OperatingSystemFamily),
		}
	}
	return OverDocument(d, definition)
}

// OverDocument writes onto a decoded document what registering and deregistering a task definition adds to it: its ARN,
// revision, status, compatibilities, required attributes and times (ECS semantics 7.2 [API:TaskDefinition]).
func OverDocument(d ecs.TaskDefinition, document types.TaskDefinition) types.TaskDefinition {
	document.TaskDefinitionArn = optional(d.ARN)
	document.Family = optional(d.Family)
	document.Revision = narrow(d.Revision)
	document.Status = types.TaskDefinitionStatus(d.Status)
	document.Compatibilities = some(d.Compatibilities, compatibility)
	document.RequiresAttributes = some(d.RequiresAttributes, AttributeToSDK)
	document.RegisteredAt = moment(d.RegisteredAt)
	document.RegisteredBy = optional(d.RegisteredBy)
	document.DeregisteredAt = moment(d.DeregisteredAt)
	return document
}

// TaskDefinitionFromRegisterInput makes of what was asked for the task definition to be registered: the members that the
// two have in common. The tags stay beside it.
func TaskDefinitionFromRegisterInput(in sdk.RegisterTaskDefinitionInput) types.TaskDefinition {
	return types.TaskDefinition{
		ContainerDefinitions:    in.ContainerDefinitions,
		Cpu:                     in.Cpu,
		EnableFaultInjection:    in.EnableFaultInjection,
		EphemeralStorage:        in.EphemeralStorage,
		ExecutionRoleArn:        in.ExecutionRoleArn,
		Family:                  in.Family,
		InferenceAccelerators:   in.InferenceAccelerators, //nolint:staticcheck // the feature is gone, the service answers for it
		IpcMode:                 in.IpcMode,
		Memory:                  in.Memory,
		NetworkMode:             in.NetworkMode,
		PidMode:                 in.PidMode,
		PlacementConstraints:    in.PlacementConstraints,
		ProxyConfiguration:      in.ProxyConfiguration,
		RequiresCompatibilities: in.RequiresCompatibilities,
		RuntimePlatform:         in.RuntimePlatform,
		TaskRoleArn:             in.TaskRoleArn,
		Volumes:                 in.Volumes,
	}
}

// RegisterInputFromTaskDefinition makes of a registered task definition the request that registers the next revision of
// it: what only the service says is dropped. Lists are shared with d, not copied.
func RegisterInputFromTaskDefinition(d types.TaskDefinition, tags []types.Tag) sdk.RegisterTaskDefinitionInput {
	in := sdk.RegisterTaskDefinitionInput{
		ContainerDefinitions:    d.ContainerDefinitions,
		Cpu:                     d.Cpu,
		EnableFaultInjection:    d.EnableFaultInjection,
		EphemeralStorage:        d.EphemeralStorage,
		ExecutionRoleArn:        d.ExecutionRoleArn,
		Family:                  d.Family,
		InferenceAccelerators:   d.InferenceAccelerators, //nolint:staticcheck // the feature is gone, the service answers for it
		IpcMode:                 d.IpcMode,
		Memory:                  d.Memory,
		NetworkMode:             d.NetworkMode,
		PidMode:                 d.PidMode,
		PlacementConstraints:    d.PlacementConstraints,
		ProxyConfiguration:      d.ProxyConfiguration,
		RequiresCompatibilities: d.RequiresCompatibilities,
		RuntimePlatform:         d.RuntimePlatform,
		TaskRoleArn:             d.TaskRoleArn,
		Volumes:                 d.Volumes,
	}
	if len(tags) > 0 { // the service refuses an empty list of tags
		in.Tags = tags
	}
	return in
}

func compatibility(s string) types.Compatibility { return types.Compatibility(s) }

func definitionConstraintFromSDK(c types.TaskDefinitionPlacementConstraint) ecs.PlacementConstraint {
	return ecs.PlacementConstraint{Type: ecs.PlacementConstraintType(c.Type), Expression: text[string](c.Expression)}
}

func definitionConstraintToSDK(c ecs.PlacementConstraint) types.TaskDefinitionPlacementConstraint {
	return types.TaskDefinitionPlacementConstraint{
		Type: types.TaskDefinitionPlacementConstraintType(c.Type), Expression: optional(c.Expression),
	}
}

// copied is a map of its own, so that a noun does not change with the struct that it was read from; nil when empty.
func copied(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	return maps.Clone(m)
}
