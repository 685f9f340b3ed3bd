package api

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/awsapi/wire"
	"gantry/ecs"
)

// checkClusterSettings refuses settings that clusters do not have [API:ClusterSetting].
func checkClusterSettings(given []types.ClusterSetting) error {
	for _, setting := range given {
		if setting.Name == "" {
			return invalid("The name of a cluster setting can not be blank.")
		}
		if err := checkChoice("setting name", setting.Name); err != nil {
			return err
		}
		if known := []string{"enabled", "disabled", "enhanced"}; !slices.Contains(known, text[string](setting.Value)) {
			return shouldBeOneOf(string(setting.Name), known)
		}
	}
	return nil
}

// mergeSettings lays settings over those that a cluster has; a new one has the
// default that ECS shows.
func mergeSettings(old []ecs.Setting, given []types.ClusterSetting) []ecs.Setting {
	merged := slices.Clone(old)
	if len(merged) == 0 {
		merged = []ecs.Setting{{Name: string(types.ClusterSettingNameContainerInsights), Value: "disabled"}}
	}
	for _, setting := range given {
		next := shape.SettingFromSDK(setting)
		at := slices.IndexFunc(merged, func(o ecs.Setting) bool { return o.Name == next.Name })
		if at < 0 {
			merged = append(merged, next)
			continue
		}
		merged[at] = next
	}
	return merged
}

func encodeConfiguration(c *types.ClusterConfiguration) ([]byte, error) {
	if c == nil {
		return nil, nil
	}
	return wire.Encode(c)
}
