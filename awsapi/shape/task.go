package shape

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// TaskFromSDK reads a task.
func TaskFromSDK(t types.Task) ecs.Task {
	task := ecs.Task{
		ARN:                  text[ecs.ARN](t.TaskArn),
		ClusterARN:           text[ecs.ARN](t.ClusterArn),
		TaskDefinitionARN:    text[ecs.ARN](t.TaskDefinitionArn),
		ContainerInstanceARN: text[ecs.ARN](t.ContainerInstanceArn),
		Group:                text[string](t.Group),
		StartedBy:            text[string](t.StartedBy),
		LastStatus:           text[ecs.TaskStatus](t.LastStatus),
		DesiredStatus:        text[ecs.TaskStatus](t.DesiredStatus),
		HealthStatus:         ecs.HealthStatus(t.HealthStatus),
		LaunchType:           ecs.LaunchType(t.LaunchType),
		CapacityProvider:     text[string](t.CapacityProviderName),
		PlatformVersion:      text[string](t.PlatformVersion),
		AvailabilityZone:     text[string](t.AvailabilityZone),
		CPU:                  text[string](t.Cpu),
		Memory:               text[string](t.Memory),
		StopCode:             ecs.StopCode(t.StopCode),
		StoppedReason:        text[string](t.StoppedReason),
		Version:              t.Version,
		Connectivity:         string(t.Connectivity),
		EnableExecuteCommand: t.EnableExecuteCommand,
		CreatedAt:            instant(t.CreatedAt),
		ConnectivityAt:       instant(t.ConnectivityAt),
		PullStartedAt:        instant(t.PullStartedAt),
		PullStoppedAt:        instant(t.PullStoppedAt),
		StartedAt:            instant(t.StartedAt),
		StoppingAt:           instant(t.StoppingAt),
		ExecutionStoppedAt:   instant(t.ExecutionStoppedAt),
		StoppedAt:            instant(t.StoppedAt),
		Containers:           List(t.Containers, ContainerFromSDK),
		Overrides:            TaskOverrideFromSDK(t.Overrides),
		EphemeralStorage:     ephemeralStorageFromSDK(t.EphemeralStorage),
		Attributes:           some(t.Attributes, AttributeFromSDK),
		Attachments:          some(t.Attachments, AttachmentFromSDK),
		Tags:                 some(t.Tags, TagFromSDK),
	}
	task.ID = ecs.TaskID(task.ARN.Short())
	return task
}

// TaskToSDK writes a task (ECS semantics 5.2 [API:Task]): its lists and its overrides are there even when they are empty.
func TaskToSDK(t ecs.Task) types.Task {
	task := types.Task{
		TaskArn:              optional(t.ARN),
		ClusterArn:           optional(t.ClusterARN),
		TaskDefinitionArn:    optional(t.TaskDefinitionARN),
		ContainerInstanceArn: optional(t.ContainerInstanceARN),
		Group:                optional(t.Group),
		StartedBy:            optional(t.StartedBy),
		LastStatus:           optional(t.LastStatus),
		DesiredStatus:        optional(t.DesiredStatus),
		HealthStatus:         types.HealthStatus(t.HealthStatus),
		LaunchType:           types.LaunchType(t.LaunchType),
		CapacityProviderName: optional(t.CapacityProvider),
		PlatformVersion:      optional(t.PlatformVersion),
		AvailabilityZone:     optional(t.AvailabilityZone),
		Cpu:                  optional(t.CPU),
		Memory:               optional(t.Memory),
		StopCode:             types.TaskStopCode(t.StopCode),
		StoppedReason:        optional(t.StoppedReason),
		Version:              t.Version,
		Connectivity:         types.Connectivity(t.Connectivity),
		EnableExecuteCommand: t.EnableExecuteCommand,
		CreatedAt:            moment(t.CreatedAt),
		ConnectivityAt:       moment(t.ConnectivityAt),
		PullStartedAt:        moment(t.PullStartedAt),
		PullStoppedAt:        moment(t.PullStoppedAt),
		StartedAt:            moment(t.StartedAt),
		StoppingAt:           moment(t.StoppingAt),
		ExecutionStoppedAt:   moment(t.ExecutionStoppedAt),
		StoppedAt:            moment(t.StoppedAt),
		Containers:           []types.Container{},
		Overrides:            TaskOverrideToSDK(t.Overrides),
		EphemeralStorage:     ephemeralStorageToSDK(t.EphemeralStorage),
		Attributes:           List(t.Attributes, AttributeToSDK),
		Attachments:          List(t.Attachments, AttachmentToSDK),
		Tags:                 List(t.Tags, TagToSDK),
	}
	if task.Overrides == nil {
		task.Overrides = noOverride(t.Containers)
	}
	attachment := networkAttachment(t.Attachments)
	for _, c := range t.Containers {
		container := ContainerToSDK(c)
		container.TaskArn = task.TaskArn
		for i := range container.NetworkInterfaces {
			container.NetworkInterfaces[i].AttachmentId = optional(attachment)
		}
		task.Containers = append(task.Containers, container)
	}
	return task
}

// networkAttachment is the id of the attachment that holds the task's network interface.
func networkAttachment(list []ecs.Attachment) string {
	for _, a := range list {
		if a.Type == ecs.AttachmentInterface {
			return a.ID
		}
	}
	return ""
}

// ContainerFromSDK reads a container of a task.
func ContainerFromSDK(c types.Container) ecs.Container {
	container := ecs.Container{
		ARN:             text[ecs.ARN](c.ContainerArn),
		Name:            text[string](c.Name),
		Image:           text[string](c.Image),
		ImageDigest:     text[string](c.ImageDigest),
		RuntimeID:       text[string](c.RuntimeId),
		LastStatus:      text[ecs.TaskStatus](c.LastStatus),
		HealthStatus:    ecs.HealthStatus(c.HealthStatus),
		ExitCode:        intPointer(c.ExitCode),
		Reason:          text[string](c.Reason),
		CPU:             text[string](c.Cpu),
		Memory:          text[string](c.Memory),
		MemoryReserved:  text[string](c.MemoryReservation),
		NetworkBindings: some(c.NetworkBindings, NetworkBindingFromSDK),
		GPUIDs:          some(c.GpuIds, same),
	}
	for _, i := range c.NetworkInterfaces {
		if address := text[string](i.PrivateIpv4Address); address != "" {
			container.PrivateIPv4 = address
			break
		}
	}
	return container
}

// ContainerToSDK writes a container of a task; TaskToSDK adds what only the task knows.
func ContainerToSDK(c ecs.Container) types.Container {
	container := types.Container{
		ContainerArn:      optional(c.ARN),
		Name:              optional(c.Name),
		Image:             optional(c.Image),
		ImageDigest:       optional(c.ImageDigest),
		RuntimeId:         optional(c.RuntimeID),
		LastStatus:        optional(c.LastStatus),
		HealthStatus:      types.HealthStatus(c.HealthStatus),
		ExitCode:          countPointer(c.ExitCode),
		Reason:            optional(c.Reason),
		Cpu:               optional(c.CPU),
		Memory:            optional(c.Memory),
		MemoryReservation: optional(c.MemoryReserved),
		NetworkBindings:   List(c.NetworkBindings, NetworkBindingToSDK),
		NetworkInterfaces: []types.NetworkInterface{},
		GpuIds:            some(c.GPUIDs, same),
	}
	if c.PrivateIPv4 != "" {
		container.NetworkInterfaces = append(container.NetworkInterfaces,
			types.NetworkInterface{PrivateIpv4Address: optional(c.PrivateIPv4)})
	}
	return container
}

// NetworkBindingFromSDK reads a published port of a container.
func NetworkBindingFromSDK(b types.NetworkBinding) ecs.NetworkBinding {
	return ecs.NetworkBinding{
		BindIP: text[string](b.BindIP), ContainerPort: number(b.ContainerPort),
		HostPort: number(b.HostPort), Protocol: string(b.Protocol),
	}
}

// NetworkBindingToSDK writes a published port of a container.
func NetworkBindingToSDK(b ecs.NetworkBinding) types.NetworkBinding {
	return types.NetworkBinding{
		BindIP: optional(b.BindIP), ContainerPort: count(b.ContainerPort),
		HostPort: count(b.HostPort), Protocol: types.TransportProtocol(b.Protocol),
	}
}

// AttachmentFromSDK reads an attachment of a task.
func AttachmentFromSDK(a types.Attachment) ecs.Attachment {
	return ecs.Attachment{
		ID: text[string](a.Id), Type: text[string](a.Type), Status: text[string](a.Status),
		Details: List(a.Details, keyValueFromSDK),
	}
}

// AttachmentToSDK writes an attachment of a task.
func AttachmentToSDK(a ecs.Attachment) types.Attachment {
	return types.Attachment{
		Id: optional(a.ID), Type: optional(a.Type), Status: optional(a.Status), Details: List(a.Details, keyValueToSDK),
	}
}
