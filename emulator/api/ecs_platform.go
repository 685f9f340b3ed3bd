package api

import (
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// The platform versions of Fargate that there are, beside LATEST [DG: Fargate
// platform versions]: Linux's, and the one of Windows.
var (
	linuxPlatforms   = []string{"1.3.0", "1.4.0"}
	windowsPlatforms = []string{"1.0.0"}
)

// checkPlatform refuses a platform version of Fargate that is not there, or that
// lacks what the task definition needs (ECS semantics 8.2 [API:CreateService, RunTask]).
// That of a task on EC2, which has none, is the engine's to refuse.
func (s *ECS) checkPlatform(launch types.LaunchType, strategy []types.CapacityProviderStrategyItem, given *string, arn ecs.ARN, execute bool) error {
	version := text[string](given)
	fargate := launch == types.LaunchTypeFargate || slices.ContainsFunc(strategy, func(i types.CapacityProviderStrategyItem) bool {
		return ecs.OnFargate(ecs.ARN(text[string](i.CapacityProvider)).Short())
	})
	if !fargate || version == "" || version == "LATEST" {
		return nil
	}
	if !slices.Contains(slices.Concat(linuxPlatforms, windowsPlatforms), version) {
		return refuse("PlatformUnknownException", "The specified platform does not exist.")
	}
	definition, err := s.definitionOf(arn)
	if err != nil {
		return err
	}
	own := linuxPlatforms
	if p := definition.RuntimePlatform; p != nil && strings.HasPrefix(string(p.OperatingSystemFamily), "WINDOWS") {
		own = windowsPlatforms
	}
	if !slices.Contains(own, version) || version == linuxPlatforms[0] && (execute || since140(&definition)) {
		return refuse("PlatformTaskDefinitionIncompatibilityException", "One or more of the requested capabilities are not supported.")
	}
	return nil
}

// checkPlatformOf is checkPlatform for a service that is changed: what the request
// says nothing of stays.
func (s *ECS) checkPlatformOf(old *ecs.Service, in *sdk.UpdateServiceInput, arn ecs.ARN) error {
	if in.PlatformVersion == nil && in.TaskDefinition == nil && in.EnableExecuteCommand == nil {
		return nil
	}
	version, execute, strategy := in.PlatformVersion, old.EnableExecuteCommand, in.CapacityProviderStrategy
	if version == nil {
		version = &old.PlatformVersion
	}
	if in.EnableExecuteCommand != nil {
		execute = *in.EnableExecuteCommand
	}
	if strategy == nil {
		strategy = shape.List(old.CapacityProviderStrategy, shape.CapacityProviderToSDK)
	}
	return s.checkPlatform(types.LaunchType(old.LaunchType), strategy, version, arn, execute)
}

// since140 reports whether a task definition needs what came with platform version
// 1.4.0 [DG: Fargate platform versions].
func since140(d *types.TaskDefinition) bool {
	return d.EphemeralStorage != nil || d.PidMode != "" ||
		slices.ContainsFunc(d.Volumes, func(v types.Volume) bool { return v.EfsVolumeConfiguration != nil }) ||
		slices.ContainsFunc(d.ContainerDefinitions, func(c types.ContainerDefinition) bool {
			return c.LinuxParameters != nil && c.LinuxParameters.Capabilities != nil && len(c.LinuxParameters.Capabilities.Add) > 0
		})
}
