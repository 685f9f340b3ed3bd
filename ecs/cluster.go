package ecs

// Cluster is a logical group of container instances, services and tasks.
type Cluster struct {
	ARN                             ARN                            `json:"clusterArn"`
	Name                            ClusterName                    `json:"clusterName"`
	Status                          string                         `json:"status"` // ACTIVE, INACTIVE, …
	RegisteredContainerInstances    int                            `json:"registeredContainerInstancesCount"`
	RunningTasks                    int                            `json:"runningTasksCount"`
	PendingTasks                    int                            `json:"pendingTasksCount"`
	ActiveServices                  int                            `json:"activeServicesCount"`
	CapacityProviders               []string                       `json:"capacityProviders"`
	DefaultCapacityProviderStrategy []CapacityProviderStrategyItem `json:"defaultCapacityProviderStrategy"`
	Settings                        []Setting                      `json:"settings"`
	Tags                            []Tag                          `json:"tags"`
}

// Setting is a named cluster setting, such as containerInsights.
type Setting struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// CapacityProviderStrategyItem is one provider of a strategy with its share.
type CapacityProviderStrategyItem struct {
	CapacityProvider string `json:"capacityProvider"`
	Base             int    `json:"base"`
	Weight           int    `json:"weight"`
}
