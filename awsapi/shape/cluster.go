package shape

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// ClusterFromSDK reads a cluster.
func ClusterFromSDK(c types.Cluster) ecs.Cluster {
	return ecs.Cluster{
		ARN:                             text[ecs.ARN](c.ClusterArn),
		Name:                            text[ecs.ClusterName](c.ClusterName),
		Status:                          text[string](c.Status),
		RegisteredContainerInstances:    int(c.RegisteredContainerInstancesCount),
		RunningTasks:                    int(c.RunningTasksCount),
		PendingTasks:                    int(c.PendingTasksCount),
		ActiveServices:                  int(c.ActiveServicesCount),
		CapacityProviders:               List(c.CapacityProviders, same),
		DefaultCapacityProviderStrategy: List(c.DefaultCapacityProviderStrategy, CapacityProviderFromSDK),
		Settings:                        List(c.Settings, SettingFromSDK),
		Tags:                            List(c.Tags, TagFromSDK),
	}
}

// ClusterToSDK writes a cluster as DescribeClusters shows it with everything included: its lists are there even when
// they are empty [CLI: describe-clusters].
func ClusterToSDK(c ecs.Cluster) types.Cluster {
	return types.Cluster{
		ClusterArn:                        optional(c.ARN),
		ClusterName:                       optional(c.Name),
		Status:                            optional(c.Status),
		RegisteredContainerInstancesCount: narrow(c.RegisteredContainerInstances),
		RunningTasksCount:                 narrow(c.RunningTasks),
		PendingTasksCount:                 narrow(c.PendingTasks),
		ActiveServicesCount:               narrow(c.ActiveServices),
		Statistics:                        []types.KeyValuePair{},
		CapacityProviders:                 List(c.CapacityProviders, same),
		DefaultCapacityProviderStrategy:   List(c.DefaultCapacityProviderStrategy, CapacityProviderToSDK),
		Settings:                          List(c.Settings, SettingToSDK),
		Tags:                              List(c.Tags, TagToSDK),
	}
}

// SettingFromSDK reads a cluster setting.
func SettingFromSDK(s types.ClusterSetting) ecs.Setting {
	return ecs.Setting{Name: string(s.Name), Value: text[string](s.Value)}
}

// SettingToSDK writes a cluster setting.
func SettingToSDK(s ecs.Setting) types.ClusterSetting {
	return types.ClusterSetting{Name: types.ClusterSettingName(s.Name), Value: always(s.Value)}
}
