package ecs

import (
	"encoding/json"
	"strconv"
	"time"
)

// NetworkMode of a task (ECS semantics 3.2). Empty means the default: bridge on Linux.
type NetworkMode string

// The network modes.
const (
	NetworkBridge NetworkMode = "bridge"
	NetworkHost   NetworkMode = "host"
	NetworkAWSVPC NetworkMode = "awsvpc"
	NetworkNone   NetworkMode = "none"
)

// TaskDefinitionStatus is ACTIVE until the revision is deregistered.
type TaskDefinitionStatus string

// The statuses of a revision.
const (
	TaskDefinitionActive           TaskDefinitionStatus = "ACTIVE"
	TaskDefinitionInactive         TaskDefinitionStatus = "INACTIVE"
	TaskDefinitionDeleteInProgress TaskDefinitionStatus = "DELETE_IN_PROGRESS"
)

// TaskDefinition is one revision of a family, as far as gantry reads it.
// Document holds the whole AWS JSON document, members that we do not model
// included.
type TaskDefinition struct {
	ARN                     ARN                   `json:"taskDefinitionArn"`
	Family                  Family                `json:"family"`
	Revision                int                   `json:"revision"`
	Status                  TaskDefinitionStatus  `json:"status"`
	NetworkMode             NetworkMode           `json:"networkMode,omitempty"`
	CPUUnits                int                   `json:"cpu,omitempty"`    // task level; 0 is unset
	MemoryMiB               int                   `json:"memory,omitempty"` // task level; 0 is unset
	Containers              []ContainerDefinition `json:"containerDefinitions"`
	PlacementConstraints    []PlacementConstraint `json:"placementConstraints,omitempty"`
	RequiresCompatibilities []string              `json:"requiresCompatibilities,omitempty"`
	Compatibilities         []string              `json:"compatibilities,omitempty"`
	RequiresAttributes      []Attribute           `json:"requiresAttributes,omitempty"`
	CPUArchitecture         string                `json:"cpuArchitecture,omitempty"`       // of runtimePlatform
	OperatingSystemFamily   string                `json:"operatingSystemFamily,omitempty"` // of runtimePlatform
	TaskRoleARN             string                `json:"taskRoleArn,omitempty"`
	ExecutionRoleARN        string                `json:"executionRoleArn,omitempty"`
	EphemeralStorage        *EphemeralStorage     `json:"ephemeralStorage,omitempty"`
	RegisteredAt            time.Time             `json:"registeredAt,omitzero"`
	RegisteredBy            string                `json:"registeredBy,omitempty"`
	DeregisteredAt          time.Time             `json:"deregisteredAt,omitzero"`
	Tags                    []Tag                 `json:"tags,omitempty"`
	Document                json.RawMessage       `json:"-"`
}

// Name is "family:revision".
func (d *TaskDefinition) Name() string {
	return string(d.Family) + ":" + strconv.Itoa(d.Revision)
}

// ContainerDefinition is one container of a task definition.
type ContainerDefinition struct {
	Name                 string            `json:"name"`
	Image                string            `json:"image"`
	CPUUnits             int               `json:"cpu,omitempty"`
	MemoryMiB            int               `json:"memory,omitempty"`            // hard limit; 0 is unset
	MemoryReservationMiB int               `json:"memoryReservation,omitempty"` // soft limit; 0 is unset
	GPUs                 int               `json:"gpus,omitempty"`              // of resourceRequirements
	Essential            bool              `json:"essential"`
	PortMappings         []PortMapping     `json:"portMappings,omitempty"`
	Command              []string          `json:"command,omitempty"`
	EntryPoint           []string          `json:"entryPoint,omitempty"`
	Environment          []KeyValue        `json:"environment,omitempty"`
	DependsOn            []Dependency      `json:"dependsOn,omitempty"`
	Links                []string          `json:"links,omitempty"` // containers, as NAME or NAME:ALIAS
	VolumesFrom          []VolumeFrom      `json:"volumesFrom,omitempty"`
	HealthCheck          *HealthCheck      `json:"healthCheck,omitempty"`
	RestartPolicy        *RestartPolicy    `json:"restartPolicy,omitempty"`
	LogDriver            string            `json:"logDriver,omitempty"`
	LogOptions           map[string]string `json:"logOptions,omitempty"`
	StartTimeout         Seconds           `json:"startTimeout,omitempty"`
	StopTimeout          Seconds           `json:"stopTimeout,omitempty"`
	DockerLabels         map[string]string `json:"dockerLabels,omitempty"`
	VersionConsistency   string            `json:"versionConsistency,omitempty"` // enabled (the default), disabled
}

// PortMapping of a container. HostPort 0 is a dynamic port in bridge mode.
type PortMapping struct {
	Name          string `json:"name,omitempty"`
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"` // tcp or udp
}

// KeyValue is an environment variable.
type KeyValue struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Dependency is a dependsOn entry (ECS semantics 5.5).
type Dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"` // START, COMPLETE, SUCCESS, HEALTHY
}

// VolumeFrom is that a container has the volumes of another one too.
type VolumeFrom struct {
	SourceContainer string `json:"sourceContainer"`
	ReadOnly        bool   `json:"readOnly,omitempty"`
}

// RestartPolicy of a container (ECS semantics 5.7).
type RestartPolicy struct {
	Enabled              bool    `json:"enabled"`
	IgnoredExitCodes     []int   `json:"ignoredExitCodes,omitempty"`
	RestartAttemptPeriod Seconds `json:"restartAttemptPeriod,omitempty"` // 0 stands for five minutes
}

// HealthCheck of a container (ECS semantics 5.6).
type HealthCheck struct {
	Command     []string `json:"command"`
	Interval    Seconds  `json:"interval"`
	Timeout     Seconds  `json:"timeout"`
	Retries     int      `json:"retries"`
	StartPeriod Seconds  `json:"startPeriod,omitempty"`
}
