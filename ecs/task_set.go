package ecs

import "time"

// The deployment controllers: the scheduler itself, or whoever makes the
// deployments from outside, of task sets.
const (
	ControllerECS      = "ECS"
	ControllerExternal = "EXTERNAL"
)

// TaskSet is some tasks of a service whose deployments are made from outside
// (ECS semantics 4.18 [API:TaskSet]).
type TaskSet struct {
	ID                       DeploymentID                   `json:"id"` // ecs-svc/NUMBER
	ARN                      ARN                            `json:"taskSetArn"`
	ServiceARN               ARN                            `json:"serviceArn"`
	ClusterARN               ARN                            `json:"clusterArn"`
	StartedBy                string                         `json:"startedBy,omitempty"`
	ExternalID               string                         `json:"externalId,omitempty"`
	Status                   DeploymentStatus               `json:"status"` // PRIMARY, ACTIVE, DRAINING
	TaskDefinition           ARN                            `json:"taskDefinition"`
	Scale                    Scale                          `json:"scale"`
	ComputedDesiredCount     int                            `json:"computedDesiredCount"`
	PendingCount             int                            `json:"pendingCount"`
	RunningCount             int                            `json:"runningCount"`
	LaunchType               LaunchType                     `json:"launchType,omitempty"`
	CapacityProviderStrategy []CapacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	PlatformVersion          string                         `json:"platformVersion,omitempty"`
	NetworkConfiguration     *NetworkConfiguration          `json:"networkConfiguration,omitempty"`
	LoadBalancers            []LoadBalancer                 `json:"loadBalancers,omitempty"`
	ServiceRegistries        []ServiceRegistry              `json:"serviceRegistries,omitempty"`
	StabilityStatus          StabilityStatus                `json:"stabilityStatus"`
	StabilityStatusAt        time.Time                      `json:"stabilityStatusAt,omitzero"`
	CreatedAt                time.Time                      `json:"createdAt,omitzero"`
	UpdatedAt                time.Time                      `json:"updatedAt,omitzero"`
	Tags                     []Tag                          `json:"tags,omitempty"`
}

// TaskSetDraining is the status of a task set that is being deleted.
const TaskSetDraining DeploymentStatus = "DRAINING"

// Scale is the share of the service's desired count that a task set runs.
type Scale struct {
	Value float64 `json:"value"` // 0 to 100
	Unit  string  `json:"unit"`  // PERCENT
}

// StabilityStatus says whether a task set is as it should be.
type StabilityStatus string

// The stability statuses.
const (
	Stabilizing StabilityStatus = "STABILIZING"
	SteadyState StabilityStatus = "STEADY_STATE"
)
