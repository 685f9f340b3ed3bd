package ecs

import "time"

// DeploymentStatus of an entry of a service's deployments.
type DeploymentStatus string

// The deployment statuses (ECS semantics 4.2).
const (
	DeploymentPrimary  DeploymentStatus = "PRIMARY"
	DeploymentActive   DeploymentStatus = "ACTIVE"
	DeploymentInactive DeploymentStatus = "INACTIVE"
)

// RolloutState of a deployment (ECS semantics 4.7).
type RolloutState string

// The rollout states.
const (
	RolloutInProgress RolloutState = "IN_PROGRESS"
	RolloutCompleted  RolloutState = "COMPLETED"
	RolloutFailed     RolloutState = "FAILED"
)

// Deployment is one entry of a service's deployments: a revision on its way in
// or out.
type Deployment struct {
	ID                       DeploymentID                   `json:"id"`
	Status                   DeploymentStatus               `json:"status"`
	TaskDefinition           ARN                            `json:"taskDefinition"`
	DesiredCount             int                            `json:"desiredCount"`
	PendingCount             int                            `json:"pendingCount"`
	RunningCount             int                            `json:"runningCount"`
	FailedTasks              int                            `json:"failedTasks"`
	RolloutState             RolloutState                   `json:"rolloutState,omitempty"`
	RolloutStateReason       string                         `json:"rolloutStateReason,omitempty"`
	LaunchType               LaunchType                     `json:"launchType,omitempty"`
	CapacityProviderStrategy []CapacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	PlatformVersion          string                         `json:"platformVersion,omitempty"`
	NetworkConfiguration     *NetworkConfiguration          `json:"networkConfiguration,omitempty"`
	ServiceConnect           Document                       `json:"serviceConnectConfiguration,omitempty"`
	Volumes                  Document                       `json:"volumeConfigurations,omitempty"`
	VPCLattice               Document                       `json:"vpcLatticeConfigurations,omitempty"`
	CreatedAt                time.Time                      `json:"createdAt"`
	UpdatedAt                time.Time                      `json:"updatedAt"`
}

// ServiceDeploymentStatus is the outcome machine of ECS semantics 4.16.
type ServiceDeploymentStatus string

// The service deployment statuses.
const (
	ServiceDeploymentPending            ServiceDeploymentStatus = "PENDING"
	ServiceDeploymentInProgress         ServiceDeploymentStatus = "IN_PROGRESS"
	ServiceDeploymentSuccessful         ServiceDeploymentStatus = "SUCCESSFUL"
	ServiceDeploymentStopRequested      ServiceDeploymentStatus = "STOP_REQUESTED"
	ServiceDeploymentStopped            ServiceDeploymentStatus = "STOPPED"
	ServiceDeploymentRollbackRequested  ServiceDeploymentStatus = "ROLLBACK_REQUESTED"
	ServiceDeploymentRollbackInProgress ServiceDeploymentStatus = "ROLLBACK_IN_PROGRESS"
	ServiceDeploymentRollbackSuccessful ServiceDeploymentStatus = "ROLLBACK_SUCCESSFUL"
	ServiceDeploymentRollbackFailed     ServiceDeploymentStatus = "ROLLBACK_FAILED"
)

// Ended reports whether the status can no longer change.
func (s ServiceDeploymentStatus) Ended() bool {
	switch s {
	case ServiceDeploymentSuccessful, ServiceDeploymentStopped,
		ServiceDeploymentRollbackSuccessful, ServiceDeploymentRollbackFailed:
		return true
	}
	return false
}

// ServiceDeployment is the history entry of one deployment with its outcome.
type ServiceDeployment struct {
	ARN                     ARN                      `json:"serviceDeploymentArn"`
	ServiceARN              ARN                      `json:"serviceArn"`
	ClusterARN              ARN                      `json:"clusterArn"`
	Status                  ServiceDeploymentStatus  `json:"status"`
	StatusReason            string                   `json:"statusReason,omitempty"`
	SupersededBy            ARN                      `json:"-"` // the service deployment that took its place, which ECS names in the status reason only
	SourceServiceRevisions  []ServiceRevisionSummary `json:"sourceServiceRevisions"`
	TargetServiceRevision   *ServiceRevisionSummary  `json:"targetServiceRevision,omitempty"`
	LifecycleStage          LifecycleStage           `json:"lifecycleStage,omitempty"`
	LifecycleHookDetails    []LifecycleHookDetail    `json:"lifecycleHookDetails,omitempty"`
	CircuitBreaker          CircuitBreakerState      `json:"deploymentCircuitBreaker"`
	Alarms                  *ServiceDeploymentAlarms `json:"alarms,omitempty"`
	Rollback                *DeploymentRollback      `json:"rollback,omitempty"`
	DeploymentConfiguration DeploymentConfiguration  `json:"deploymentConfiguration"`
	CreatedAt               time.Time                `json:"createdAt,omitzero"`
	StartedAt               time.Time                `json:"startedAt,omitzero"`
	UpdatedAt               time.Time                `json:"updatedAt,omitzero"`
	FinishedAt              time.Time                `json:"finishedAt,omitzero"`
	StoppedAt               time.Time                `json:"stoppedAt,omitzero"`
}

// ServiceRevisionSummary counts the tasks of one revision. The weights are per
// cent of the traffic; those of a ROLLING service are not told.
type ServiceRevisionSummary struct {
	ARN                     ARN      `json:"arn"`
	RequestedTaskCount      int      `json:"requestedTaskCount"`
	RunningTaskCount        int      `json:"runningTaskCount"`
	PendingTaskCount        int      `json:"pendingTaskCount"`
	TestTrafficWeight       *float64 `json:"requestedTestTrafficWeight,omitempty"`
	ProductionTrafficWeight *float64 `json:"requestedProductionTrafficWeight,omitempty"`
}

// CircuitBreakerState is where the breaker of a deployment stands.
type CircuitBreakerState struct {
	Status       string `json:"status"` // MONITORING, MONITORING_COMPLETE, TRIGGERED, DISABLED
	FailureCount int    `json:"failureCount"`
	Threshold    int    `json:"threshold"`
}

// DeploymentRollback says to what a deployment rolled back and why.
type DeploymentRollback struct {
	Reason             string    `json:"reason"`
	StartedAt          time.Time `json:"startedAt"`
	ServiceRevisionARN ARN       `json:"serviceRevisionArn"`
}

// ServiceRevision is the immutable snapshot that a deployment rolls out.
type ServiceRevision struct {
	ARN                      ARN                            `json:"serviceRevisionArn"`
	ServiceARN               ARN                            `json:"serviceArn"`
	ClusterARN               ARN                            `json:"clusterArn"`
	TaskDefinition           ARN                            `json:"taskDefinition"`
	LaunchType               LaunchType                     `json:"launchType,omitempty"`
	CapacityProviderStrategy []CapacityProviderStrategyItem `json:"capacityProviderStrategy,omitempty"`
	PlatformVersion          string                         `json:"platformVersion,omitempty"`
	NetworkConfiguration     *NetworkConfiguration          `json:"networkConfiguration,omitempty"`
	LoadBalancers            []LoadBalancer                 `json:"loadBalancers,omitempty"`
	ServiceRegistries        []ServiceRegistry              `json:"serviceRegistries,omitempty"`
	ContainerImages          []ContainerImage               `json:"containerImages"`
	CreatedAt                time.Time                      `json:"createdAt,omitzero"`

	RevisionConfiguration
}

// ContainerImage is the image a revision fixed for a container.
type ContainerImage struct {
	ContainerName string `json:"containerName"`
	Image         string `json:"image"`
	ImageDigest   string `json:"imageDigest,omitempty"`
}
