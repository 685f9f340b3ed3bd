package shape

import (
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// The types of resources that older agents register, beside those that gantry has.
const (
	resourceLong   = "LONG"
	resourceDouble = "DOUBLE"
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
		case ecs.ResourceCPU:
			resources.CPUUnits = amount(r)
		case ecs.ResourceMemory:
			resources.MemoryMiB = amount(r)
		case ecs.ResourcePorts:
			resources.Ports = ports(r.StringSetValue)
		case ecs.ResourcePortsUDP:
			resources.PortsUDP = ports(r.StringSetValue)
		case ecs.ResourceGPU:
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

// ResourcesToSDK writes the registered or remaining resources of a container instance.
func ResourcesToSDK(r ecs.Resources) []types.Resource {
	return List(r.List(), func(one ecs.Resource) types.Resource {
		out := types.Resource{Name: always(one.Name), Type: always(one.Type), IntegerValue: narrow(one.IntegerValue)}
		if one.Type == ecs.ResourceStringSet {
			out.StringSetValue = List(one.StringSet, same)
		}
		return out
	})
}
