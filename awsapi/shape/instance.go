package shape

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// The names and types of the resources of a container instance, as its agent registers them (ECS semantics 3.1
// [AGENT:ecs-agent/api/ecs/client]).
const (
	resourceCPU      = "CPU"
	resourceMemory   = "MEMORY"
	resourcePorts    = "PORTS"
	resourcePortsUDP = "PORTS_UDP"
	resourceGPU      = "GPU"

	resourceInteger   = "INTEGER"
	resourceLong      = "LONG"
	resourceDouble    = "DOUBLE"
	resourceStringSet = "STRINGSET"
)

// ContainerInstanceFromSDK reads a container instance. How many network interfaces it has free is not on the wire.
func ContainerInstanceFromSDK(i types.ContainerInstance) ecs.ContainerInstance {
	instance := ecs.ContainerInstance{
		ARN:              text[ecs.ARN](i.ContainerInstanceArn),
		EC2InstanceID:    text[string](i.Ec2InstanceId),
		CapacityProvider: text[string](i.CapacityProviderName),
		Version:          i.Version,
		Registered:       ResourcesFromSDK(i.RegisteredResources),
		Remaining:        ResourcesFromSDK(i.RemainingResources),
		Status:           text[ecs.ContainerInstanceStatus](i.Status),
		StatusReason:     text[string](i.StatusReason),
		AgentConnected:   i.AgentConnected,
		RunningTasks:     int(i.RunningTasksCount),
		PendingTasks:     int(i.PendingTasksCount),
		Attributes:       List(i.Attributes, AttributeFromSDK),
		RegisteredAt:     instant(i.RegisteredAt),
		Tags:             some(i.Tags, TagFromSDK),
	}
	instance.ID = ecs.ContainerInstanceID(instance.ARN.Short())
	if i.VersionInfo != nil {
		instance.AgentVersion = text[string](i.VersionInfo.AgentVersion)
		instance.DockerVersion = text[string](i.VersionInfo.DockerVersion)
	}
	return instance
}

// ContainerInstanceToSDK writes a container instance (ECS semantics 6.1 [API:ContainerInstance]).
func ContainerInstanceToSDK(i ecs.ContainerInstance) types.ContainerInstance {
	return types.ContainerInstance{
		ContainerInstanceArn: optional(i.ARN),
		Ec2InstanceId:        optional(i.EC2InstanceID),
		CapacityProviderName: optional(i.CapacityProvider),
		Version:              i.Version,
		VersionInfo: &types.VersionInfo{
			AgentVersion: optional(i.AgentVersion), DockerVersion: optional(i.DockerVersion),
		},
		RegisteredResources: ResourcesToSDK(i.Registered),
		RemainingResources:  ResourcesToSDK(i.Remaining),
		Status:              optional(i.Status),
		StatusReason:        optional(i.StatusReason),
		AgentConnected:      i.AgentConnected,
		RunningTasksCount:   narrow(i.RunningTasks),
		PendingTasksCount:   narrow(i.PendingTasks),
		Attributes:          List(i.Attributes, AttributeToSDK),
		Attachments:         []types.Attachment{},
		RegisteredAt:        moment(i.RegisteredAt),
		Tags:                List(i.Tags, TagToSDK),
	}
}

// ResourcesFromSDK reads the registered or remaining resources of a container instance. Resources that gantry does not
// know, and ports that are no numbers, are passed over.
func ResourcesFromSDK(list []types.Resource) ecs.Resources {
	resources := ecs.Resources{Ports: []int{}, PortsUDP: []int{}}
	for _, r := range list {
		switch text[string](r.Name) {
		case resourceCPU:
			resources.CPUUnits = amount(r)
		case resourceMemory:
			resources.MemoryMiB = amount(r)
		case resourcePorts:
			resources.Ports = ports(r.StringSetValue)
		case resourcePortsUDP:
			resources.PortsUDP = ports(r.StringSetValue)
		case resourceGPU:
			resources.GPUs = some(r.StringSetValue, same)
		}
	}
	return resources
}

// amount reads a number in whichever of its three members the type says.
func amount(r types.Resource) int {
	switch text[string](r.Type) {
	case resourceLong:
		return int(r.LongValue)
	case resourceDouble:
		return int(r.DoubleValue)
	}
	return int(r.IntegerValue)
}

func ports(set []string) []int {
	list := make([]int, 0, len(set))
	for _, s := range set {
		if port, err := strconv.Atoi(s); err == nil {
			list = append(list, port)
		}
	}
	return list
}

// ResourcesToSDK writes the registered or remaining resources of a container instance. The port sets are there even when
// they are empty, the GPUs only on an instance that has some.
func ResourcesToSDK(r ecs.Resources) []types.Resource {
	list := []types.Resource{
		{Name: always(resourceCPU), Type: always(resourceInteger), IntegerValue: narrow(r.CPUUnits)},
		{Name: always(resourceMemory), Type: always(resourceInteger), IntegerValue: narrow(r.MemoryMiB)},
		{Name: always(resourcePorts), Type: always(resourceStringSet), StringSetValue: List(r.Ports, strconv.Itoa)},
		{Name: always(resourcePortsUDP), Type: always(resourceStringSet), StringSetValue: List(r.PortsUDP, strconv.Itoa)},
	}
	if len(r.GPUs) > 0 {
		list = append(list, types.Resource{
			Name: always(resourceGPU), Type: always(resourceStringSet), StringSetValue: List(r.GPUs, same),
		})
	}
	return list
}
