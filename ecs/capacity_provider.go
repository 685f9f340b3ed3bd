package ecs

// The two capacity providers that every account has (ECS semantics 6.4).
const (
	ProviderFargate     = "FARGATE"
	ProviderFargateSpot = "FARGATE_SPOT"
)

// OnFargate reports whether a capacity provider of that name is one of Fargate's.
func OnFargate(provider string) bool {
	return provider == ProviderFargate || provider == ProviderFargateSpot
}

// CapacityProviderStatus is the life of a capacity provider.
type CapacityProviderStatus string

// The statuses of a capacity provider.
const (
	CapacityProviderActive   CapacityProviderStatus = "ACTIVE"
	CapacityProviderInactive CapacityProviderStatus = "INACTIVE"
)

// The update statuses of a capacity provider that the engine uses: its changes
// take no time.
const (
	CapacityProviderCreateComplete = "CREATE_COMPLETE"
	CapacityProviderUpdateComplete = "UPDATE_COMPLETE"
	CapacityProviderDeleteComplete = "DELETE_COMPLETE"
)

// CapacityProvider is where tasks get their capacity from: Fargate, Fargate
// Spot, or the container instances of one Auto Scaling group.
type CapacityProvider struct {
	ARN                      ARN                       `json:"capacityProviderArn"`
	Name                     string                    `json:"name"`
	Status                   CapacityProviderStatus    `json:"status"`
	UpdateStatus             string                    `json:"updateStatus,omitempty"`
	UpdateStatusReason       string                    `json:"updateStatusReason,omitempty"`
	AutoScalingGroupProvider *AutoScalingGroupProvider `json:"autoScalingGroupProvider,omitempty"` // nil for Fargate's
	Tags                     []Tag                     `json:"tags,omitempty"`
}

// AutoScalingGroupProvider is how a capacity provider uses its Auto Scaling group.
type AutoScalingGroupProvider struct {
	AutoScalingGroupARN          ARN            `json:"autoScalingGroupArn"` // or the group's name
	ManagedScaling               ManagedScaling `json:"managedScaling"`
	ManagedTerminationProtection string         `json:"managedTerminationProtection"` // ENABLED, DISABLED
	ManagedDraining              string         `json:"managedDraining"`              // ENABLED, DISABLED
}

// The values of what can be switched on and off.
const (
	Enabled  = "ENABLED"
	Disabled = "DISABLED"
)

// ManagedScaling lets ECS set the desired capacity of an Auto Scaling group
// (ECS semantics 6.5).
type ManagedScaling struct {
	Status                 string   `json:"status"`                         // ENABLED, DISABLED
	TargetCapacity         int      `json:"targetCapacity"`                 // per cent, 1 to 100
	MinimumScalingStepSize int      `json:"minimumScalingStepSize"`         // instances
	MaximumScalingStepSize int      `json:"maximumScalingStepSize"`         // instances
	InstanceWarmupPeriod   *Seconds `json:"instanceWarmupPeriod,omitempty"` // nil: the default, 300 s
}

// AutoScalingGroup is a group of EC2 instances of one type that grow and shrink
// with a number. It belongs to Amazon EC2 Auto Scaling, not to ECS: these are
// the members that a capacity provider reads, under that service's names, and
// below them what instances of the group are like in the simulated world.
type AutoScalingGroup struct {
	ARN                              ARN      `json:"autoScalingGroupARN"`
	Name                             string   `json:"autoScalingGroupName"`
	MinSize                          int      `json:"minSize"`
	MaxSize                          int      `json:"maxSize"`
	DesiredCapacity                  int      `json:"desiredCapacity"`
	InstanceType                     string   `json:"instanceType"`
	AvailabilityZones                []string `json:"availabilityZones"`
	NewInstancesProtectedFromScaleIn bool     `json:"newInstancesProtectedFromScaleIn,omitempty"`

	Spot         bool    `json:"spot,omitempty"`         // its instances are Spot Instances
	SpotDraining bool    `json:"spotDraining,omitempty"` // their agents have ECS_ENABLE_SPOT_INSTANCE_DRAINING
	LaunchTime   Seconds `json:"launchTime,omitzero"`    // from the launch to the registration with the cluster
}
