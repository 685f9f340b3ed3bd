package ecs

import "time"

// ServiceStatus is ACTIVE, then DRAINING while it is deleted, then INACTIVE.
type ServiceStatus string

// The service statuses (ECS semantics 4.13).
const (
	ServiceActive   ServiceStatus = "ACTIVE"
	ServiceDraining ServiceStatus = "DRAINING"
	ServiceInactive ServiceStatus = "INACTIVE"
)

// SchedulingStrategy of a service.
type SchedulingStrategy string

// The scheduling strategies.
const (
	Replica SchedulingStrategy = "REPLICA"
	Daemon  SchedulingStrategy = "DAEMON"
)

// Service keeps a number of tasks of one task definition running.
type Service struct {
	ARN                         ARN                            `json:"serviceArn"`
	Name                        ServiceName                    `json:"serviceName"`
	ClusterARN                  ARN                            `json:"clusterArn"`
	Status                      ServiceStatus                  `json:"status"`
	TaskDefinition              ARN                            `json:"taskDefinition"`
	DesiredCount                int                            `json:"desiredCount"`
	RunningCount                int                            `json:"runningCount"`
	PendingCount                int                            `json:"pendingCount"`
	LaunchType                  LaunchType                     `json:"launchType,omitempty"`
	CapacityProviderStrategy    []CapacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	PlatformVersion             string                         `json:"platformVersion,omitempty"`
	SchedulingStrategy          SchedulingStrategy             `json:"schedulingStrategy"`
	DeploymentController        string                         `json:"deploymentController"` // ECS, CODE_DEPLOY, EXTERNAL
	DeploymentConfiguration     DeploymentConfiguration        `json:"deploymentConfiguration"`
	PlacementConstraints        []PlacementConstraint          `json:"placementConstraints"`
	PlacementStrategy           []PlacementStrategy            `json:"placementStrategy"`
	LoadBalancers               []LoadBalancer                 `json:"loadBalancers"`
	ServiceRegistries           []ServiceRegistry              `json:"serviceRegistries,omitempty"`
	NetworkConfiguration        *NetworkConfiguration          `json:"networkConfiguration,omitempty"`
	HealthCheckGracePeriod      Seconds                        `json:"healthCheckGracePeriodSeconds,omitempty"`
	AvailabilityZoneRebalancing string                         `json:"availabilityZoneRebalancing,omitempty"` // ENABLED, DISABLED
	EnableExecuteCommand        bool                           `json:"enableExecuteCommand"`
	EnableECSManagedTags        bool                           `json:"enableECSManagedTags"`
	PropagateTags               string                         `json:"propagateTags,omitempty"`
	Deployments                 []Deployment                   `json:"deployments"`
	TaskSets                    []TaskSet                      `json:"taskSets,omitempty"` // of the EXTERNAL deployment controller
	Events                      []ServiceEvent                 `json:"events"`             // newest first
	CurrentServiceDeployment    ARN                            `json:"currentServiceDeployment,omitempty"`
	CurrentServiceRevisions     []ServiceRevisionSummary       `json:"currentServiceRevisions,omitempty"`
	RoleARN                     string                         `json:"roleArn,omitempty"`
	CreatedAt                   time.Time                      `json:"createdAt,omitzero"`
	CreatedBy                   string                         `json:"createdBy,omitempty"`
	Tags                        []Tag                          `json:"tags,omitempty"`
	ResourceManagementType      string                         `json:"resourceManagementType,omitempty"` // ECS for an Express service

	RevisionConfiguration // as it is asked for; ECS shows it on the revisions
}

// PrimaryDeployment is the newest deployment, or nil.
func (s *Service) PrimaryDeployment() *Deployment {
	for i := range s.Deployments {
		if s.Deployments[i].Status == DeploymentPrimary {
			return &s.Deployments[i]
		}
	}
	return nil
}

// ServiceEvent is one line of a service's event list, in ECS's words.
type ServiceEvent struct {
	ID        string    `json:"id"`
	CreatedAt time.Time `json:"createdAt"`
	Message   string    `json:"message"`
}

// NetworkConfiguration is the awsvpcConfiguration of a service or task.
type NetworkConfiguration struct {
	Subnets        []string `json:"subnets"`
	SecurityGroups []string `json:"securityGroups,omitempty"`
	AssignPublicIP string   `json:"assignPublicIp,omitempty"` // ENABLED, DISABLED
}

// DeploymentConfiguration says how a deployment goes: within which bounds, by
// which strategy, and what fails it (ECS semantics 4.1, 4.9, 4.17).
type DeploymentConfiguration struct {
	MinimumHealthyPercent int                  `json:"minimumHealthyPercent"`
	MaximumPercent        int                  `json:"maximumPercent"`
	CircuitBreaker        CircuitBreaker       `json:"deploymentCircuitBreaker"`
	Strategy              string               `json:"strategy,omitempty"` // ROLLING, BLUE_GREEN, LINEAR, CANARY
	BakeTimeInMinutes     int                  `json:"bakeTimeInMinutes"`
	Alarms                *DeploymentAlarms    `json:"alarms,omitempty"`
	LifecycleHooks        []LifecycleHook      `json:"lifecycleHooks,omitempty"`
	Linear                *LinearConfiguration `json:"linearConfiguration,omitempty"`
	Canary                *CanaryConfiguration `json:"canaryConfiguration,omitempty"`
	EarlySuccess          *EarlySuccess        `json:"earlySuccessCriteria,omitempty"`
}

// EarlySuccess is when a ROLLING deployment is successful before the service is
// stable (ECS semantics 4.9 [API:DeploymentEarlySuccessCriteria]).
type EarlySuccess struct {
	Enable                       bool   `json:"enable"`
	HealthyPercent               *int   `json:"healthyPercent,omitempty"`               // of the desired count, rounded up
	SourceServiceRevisionCleanup string `json:"sourceServiceRevisionCleanup,omitempty"` // BLOCKING, DEFERRED
}

// When the tasks of the source revisions go, seen from the end of a deployment.
const (
	CleanupBlocking = "BLOCKING"
	CleanupDeferred = "DEFERRED"
)

// CircuitBreaker is the deployment circuit breaker's setting (ECS semantics 4.9).
type CircuitBreaker struct {
	Enable             bool              `json:"enable"`
	Rollback           bool              `json:"rollback"`
	ResetOnHealthyTask *bool             `json:"resetOnHealthyTask,omitempty"` // nil is true
	Threshold          *BreakerThreshold `json:"thresholdConfiguration,omitempty"`
}

// BreakerThreshold is how many failures trip the circuit breaker
// [API:ThresholdConfiguration].
type BreakerThreshold struct {
	Type  string `json:"type"` // BOUNDED_PERCENT, UNBOUNDED_PERCENT, COUNT
	Value int    `json:"value"`
}

// The types of a circuit breaker's threshold.
const (
	ThresholdBoundedPercent   = "BOUNDED_PERCENT"
	ThresholdUnboundedPercent = "UNBOUNDED_PERCENT"
	ThresholdCount            = "COUNT"
)
