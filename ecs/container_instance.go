package ecs

import "time"

// ContainerInstanceStatus is the life of a container instance (ECS semantics 6.1).
type ContainerInstanceStatus string

// The statuses that the API knows.
const (
	InstanceRegistering        ContainerInstanceStatus = "REGISTERING"
	InstanceRegistrationFailed ContainerInstanceStatus = "REGISTRATION_FAILED"
	InstanceActive             ContainerInstanceStatus = "ACTIVE"
	InstanceDraining           ContainerInstanceStatus = "DRAINING"
	InstanceDeregistering      ContainerInstanceStatus = "DEREGISTERING"
	InstanceInactive           ContainerInstanceStatus = "INACTIVE"
)

// ContainerInstance is an EC2 instance that runs the ECS agent in a cluster.
type ContainerInstance struct {
	ARN              ARN                     `json:"containerInstanceArn"`
	ID               ContainerInstanceID     `json:"-"`
	EC2InstanceID    string                  `json:"ec2InstanceId"`
	CapacityProvider string                  `json:"capacityProviderName,omitempty"`
	Version          int64                   `json:"version"`
	AgentVersion     string                  `json:"agentVersion,omitempty"`
	DockerVersion    string                  `json:"dockerVersion,omitempty"`
	Registered       Resources               `json:"registeredResources"`
	Remaining        Resources               `json:"remainingResources"`
	Status           ContainerInstanceStatus `json:"status"`
	StatusReason     string                  `json:"statusReason,omitempty"`
	AgentConnected   bool                    `json:"agentConnected"`
	RunningTasks     int                     `json:"runningTasksCount"`
	PendingTasks     int                     `json:"pendingTasksCount"`
	Attributes       []Attribute             `json:"attributes"`
	RegisteredAt     time.Time               `json:"registeredAt,omitzero"`
	Tags             []Tag                   `json:"tags,omitempty"`
}

// Attribute returns the value of the attribute and whether the instance has it.
func (i *ContainerInstance) Attribute(name string) (string, bool) {
	for k := range i.Attributes {
		if i.Attributes[k].Name == name {
			return i.Attributes[k].Value, true
		}
	}
	return "", false
}

// The built-in attributes that placement reads (ECS semantics 1.7 [DG]).
const (
	AttributeAvailabilityZone = "ecs.availability-zone"
	AttributeInstanceType     = "ecs.instance-type"
	AttributeOSType           = "ecs.os-type"
	AttributeOSFamily         = "ecs.os-family"
	AttributeCPUArchitecture  = "ecs.cpu-architecture"
	AttributeAMIID            = "ecs.ami-id"
	AttributeVPCID            = "ecs.vpc-id"
	AttributeSubnetID         = "ecs.subnet-id"
	AttributeTrunkID          = "ecs.awsvpc-trunk-id" // it has a trunk network interface
)

// Attribute is a name with an optional value on a container instance, or one
// that a task definition requires.
type Attribute struct {
	Name       string `json:"name"`
	Value      string `json:"value,omitempty"`
	TargetType string `json:"targetType,omitempty"`
	TargetID   string `json:"targetId,omitempty"`
}

// Resources is what a container instance offers, or has left.
//
// For ports the API lists the ones in use (reserved ones included), in both
// registered and remaining resources (ECS semantics 3.1 [AGENT]); so do we.
type Resources struct {
	CPUUnits  int      `json:"cpuUnits"`
	MemoryMiB int      `json:"memoryMiB"`
	Ports     []int    `json:"ports"`    // TCP host ports in use
	PortsUDP  []int    `json:"portsUdp"` // UDP host ports in use
	GPUs      []string `json:"gpus,omitempty"`
	ENIs      int      `json:"enis"` // network interfaces free for awsvpc tasks; not on the wire
}
