package scheduler

import "gantry/ecs"

// CreateCapacityProvider makes a capacity provider over an Auto Scaling group
// (ECS semantics 6.4). Settings that are not given get ECS's defaults.
type CreateCapacityProvider struct {
	Name                     string                       `json:"name"`
	AutoScalingGroupProvider ecs.AutoScalingGroupProvider `json:"autoScalingGroupProvider"`
	Tags                     []ecs.Tag                    `json:"tags,omitempty"`
}

// UpdateCapacityProvider changes settings of a capacity provider; nil leaves a
// member as it is.
type UpdateCapacityProvider struct {
	Name                         string              `json:"name"`
	ManagedScaling               *ecs.ManagedScaling `json:"managedScaling,omitempty"`
	ManagedTerminationProtection *string             `json:"managedTerminationProtection,omitempty"`
	ManagedDraining              *string             `json:"managedDraining,omitempty"`
}

// DeleteCapacityProvider ends a capacity provider that the cluster is not
// associated with.
type DeleteCapacityProvider struct {
	Name string `json:"name"`
}

// PutClusterCapacityProviders says which capacity providers the cluster is
// associated with, and its default strategy; both take the place of what was.
type PutClusterCapacityProviders struct {
	CapacityProviders []string                           `json:"capacityProviders"`
	DefaultStrategy   []ecs.CapacityProviderStrategyItem `json:"defaultCapacityProviderStrategy"`
}

// ChangeAutoScalingGroup is news about an Auto Scaling group: that there is one or
// no more, what its sizes are now, and how many of its instances are being launched.
type ChangeAutoScalingGroup struct {
	Group     ecs.AutoScalingGroup `json:"group"`
	Launching int                  `json:"launching,omitempty"`
	Gone      bool                 `json:"gone,omitempty"` // it was deleted: of Group the name counts
}

// BeginTermination says that an Auto Scaling group wants to terminate an
// instance. A Decision says when it may.
type BeginTermination struct {
	ID ecs.ContainerInstanceID `json:"id"`
}

// InterruptTask says that Fargate Spot takes a task's capacity back in two
// minutes.
type InterruptTask struct {
	ID ecs.TaskID `json:"id"`
}

// SetFargateCapacity says whether FARGATE or FARGATE_SPOT has capacity for new
// tasks in the Availability Zones (none named: in all of them).
type SetFargateCapacity struct {
	CapacityProvider  string   `json:"capacityProvider"`
	AvailabilityZones []string `json:"availabilityZones,omitempty"`
	Available         bool     `json:"available,omitempty"`
}
