package ecs

import "time"

// TaskStatus is a lastStatus or desiredStatus (ECS semantics 5.1).
type TaskStatus string

// The statuses a task passes through, in order.
const (
	TaskProvisioning   TaskStatus = "PROVISIONING"
	TaskPending        TaskStatus = "PENDING"
	TaskActivating     TaskStatus = "ACTIVATING"
	TaskRunning        TaskStatus = "RUNNING"
	TaskDeactivating   TaskStatus = "DEACTIVATING"
	TaskStopping       TaskStatus = "STOPPING"
	TaskDeprovisioning TaskStatus = "DEPROVISIONING"
	TaskStopped        TaskStatus = "STOPPED"
	TaskDeleted        TaskStatus = "DELETED" // for a moment, before nothing is known of it any more
)

// HealthStatus of a container or task.
type HealthStatus string

// The health statuses.
const (
	HealthUnknown   HealthStatus = "UNKNOWN"
	HealthHealthy   HealthStatus = "HEALTHY"
	HealthUnhealthy HealthStatus = "UNHEALTHY"
)

// StopCode is why a task stopped, as a class (ECS semantics 5.3).
type StopCode string

// The stop codes.
const (
	TaskFailedToStart         StopCode = "TaskFailedToStart"
	EssentialContainerExited  StopCode = "EssentialContainerExited"
	UserInitiated             StopCode = "UserInitiated"
	ServiceSchedulerInitiated StopCode = "ServiceSchedulerInitiated"
	SpotInterruption          StopCode = "SpotInterruption"
	TerminationNotice         StopCode = "TerminationNotice"
)

// LaunchType is where a task runs.
type LaunchType string

// The launch types.
const (
	LaunchEC2      LaunchType = "EC2"
	LaunchFargate  LaunchType = "FARGATE"
	LaunchExternal LaunchType = "EXTERNAL"
)

// Task is one running (or stopped) instantiation of a task definition.
type Task struct {
	ARN                  ARN               `json:"taskArn"`
	ID                   TaskID            `json:"-"`
	ClusterARN           ARN               `json:"clusterArn"`
	TaskDefinitionARN    ARN               `json:"taskDefinitionArn"`
	ContainerInstanceARN ARN               `json:"containerInstanceArn,omitempty"`
	Group                string            `json:"group"`
	StartedBy            string            `json:"startedBy,omitempty"`
	LastStatus           TaskStatus        `json:"lastStatus"`
	DesiredStatus        TaskStatus        `json:"desiredStatus"`
	HealthStatus         HealthStatus      `json:"healthStatus"`
	LaunchType           LaunchType        `json:"launchType,omitempty"`
	CapacityProvider     string            `json:"capacityProviderName,omitempty"`
	PlatformVersion      string            `json:"platformVersion,omitempty"`
	AvailabilityZone     string            `json:"availabilityZone,omitempty"`
	CPU                  string            `json:"cpu"`    // strings, as the API has them
	Memory               string            `json:"memory"` // MiB
	StopCode             StopCode          `json:"stopCode,omitempty"`
	StoppedReason        string            `json:"stoppedReason,omitempty"`
	Version              int64             `json:"version"`
	Connectivity         string            `json:"connectivity,omitempty"`
	EnableExecuteCommand bool              `json:"enableExecuteCommand"`
	CreatedAt            time.Time         `json:"createdAt,omitzero"`
	ConnectivityAt       time.Time         `json:"connectivityAt,omitzero"`
	PullStartedAt        time.Time         `json:"pullStartedAt,omitzero"`
	PullStoppedAt        time.Time         `json:"pullStoppedAt,omitzero"`
	StartedAt            time.Time         `json:"startedAt,omitzero"`
	StoppingAt           time.Time         `json:"stoppingAt,omitzero"`
	ExecutionStoppedAt   time.Time         `json:"executionStoppedAt,omitzero"`
	StoppedAt            time.Time         `json:"stoppedAt,omitzero"`
	Containers           []Container       `json:"containers"`
	Overrides            *TaskOverride     `json:"overrides,omitempty"`
	EphemeralStorage     *EphemeralStorage `json:"ephemeralStorage,omitempty"`
	Attributes           []Attribute       `json:"attributes,omitempty"`
	Attachments          []Attachment      `json:"attachments,omitempty"`
	Tags                 []Tag             `json:"tags,omitempty"`
}

// Container is one container of a task.
type Container struct {
	ARN             ARN              `json:"containerArn,omitempty"`
	Name            string           `json:"name"`
	Image           string           `json:"image,omitempty"`
	ImageDigest     string           `json:"imageDigest,omitempty"`
	RuntimeID       string           `json:"runtimeId,omitempty"`
	LastStatus      TaskStatus       `json:"lastStatus"`
	HealthStatus    HealthStatus     `json:"healthStatus,omitempty"`
	ExitCode        *int             `json:"exitCode,omitempty"` // nil while it has none
	Reason          string           `json:"reason,omitempty"`
	CPU             string           `json:"cpu,omitempty"`
	Memory          string           `json:"memory,omitempty"`
	MemoryReserved  string           `json:"memoryReservation,omitempty"`
	NetworkBindings []NetworkBinding `json:"networkBindings,omitempty"`
	PrivateIPv4     string           `json:"privateIpv4Address,omitempty"` // of its awsvpc interface
	GPUIDs          []string         `json:"gpuIds,omitempty"`
}

// NetworkBinding is a port of a container published on its host.
type NetworkBinding struct {
	BindIP        string `json:"bindIP"`
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

// The statuses of an attachment, in the order of its life (ECS semantics 5.2).
const (
	AttachmentPrecreated     = "PRECREATED"
	AttachmentCreated        = "CREATED"
	AttachmentAttaching      = "ATTACHING"
	AttachmentAttached       = "ATTACHED"
	AttachmentDetaching      = "DETACHING"
	AttachmentDetached       = "DETACHED"
	AttachmentDeleted        = "DELETED"
	AttachmentFailedCreation = "FAILED_CREATION"
)

// The types of an attachment (ECS semantics 5.2 [API:Attachment]).
const (
	AttachmentInterface = "ElasticNetworkInterface"
	AttachmentVolume    = "AmazonElasticBlockStorage"
)

// Attachment is an elastic network interface of an awsvpc task, or an Amazon EBS
// volume that ECS made for the task.
type Attachment struct {
	ID      string     `json:"id"`
	Type    string     `json:"type"`
	Status  string     `json:"status"`
	Details []KeyValue `json:"details"`
}

// TaskOverride changes a task definition for one run.
type TaskOverride struct {
	Containers       []ContainerOverride `json:"containerOverrides,omitempty"`
	CPU              string              `json:"cpu,omitempty"`
	Memory           string              `json:"memory,omitempty"`
	TaskRoleARN      string              `json:"taskRoleArn,omitempty"`
	ExecutionRoleARN string              `json:"executionRoleArn,omitempty"`
	EphemeralStorage *EphemeralStorage   `json:"ephemeralStorage,omitempty"`

	// InferenceAccelerators belong to a feature that is gone; ECS still takes and
	// shows them.
	InferenceAccelerators []InferenceAccelerator `json:"inferenceAcceleratorOverrides,omitempty"`
}

// EphemeralStorage is the disk of a Fargate task.
type EphemeralStorage struct {
	SizeInGiB int `json:"sizeInGiB"`
}

// InferenceAccelerator is an Elastic Inference accelerator for one run.
type InferenceAccelerator struct {
	DeviceName string `json:"deviceName,omitempty"`
	DeviceType string `json:"deviceType,omitempty"`
}

// ContainerOverride changes one container for one run.
type ContainerOverride struct {
	Name                 string     `json:"name"`
	Command              []string   `json:"command,omitempty"`
	Environment          []KeyValue `json:"environment,omitempty"`
	CPUUnits             *int       `json:"cpu,omitempty"`
	MemoryMiB            *int       `json:"memory,omitempty"`
	MemoryReservationMiB *int       `json:"memoryReservation,omitempty"`

	EnvironmentFiles     []EnvironmentFile     `json:"environmentFiles,omitempty"`
	ResourceRequirements []ResourceRequirement `json:"resourceRequirements,omitempty"`
}

// EnvironmentFile is a file with environment variables.
type EnvironmentFile struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// ResourceRequirement is how much of a kind of resource, such as GPU, a
// container needs.
type ResourceRequirement struct {
	Type            string   `json:"type"`
	Value           string   `json:"value"`
	SharingStrategy Document `json:"sharingStrategy,omitempty"` // of a GPU with other containers
}
