package scheduler

import (
	"slices"

	"gantry/ecs"
)

// Origin is what a task was started from and as. It never changes, and tasks
// that were started alike share one: it is theirs alone to read.
type Origin struct {
	TaskDefinitionARN    ecs.ARN           `json:"taskDefinitionArn"`
	Group                string            `json:"group"`
	StartedBy            string            `json:"startedBy,omitempty"`
	LaunchType           ecs.LaunchType    `json:"launchType,omitempty"`
	CapacityProvider     string            `json:"capacityProviderName,omitempty"`
	PlatformVersion      string            `json:"platformVersion,omitempty"`
	EnableExecuteCommand bool              `json:"enableExecuteCommand"`
	Overrides            *ecs.TaskOverride `json:"overrides,omitempty"`
	Tags                 []ecs.Tag         `json:"tags,omitempty"`
}

// same reports whether two origins say the same.
func (o *Origin) same(p *Origin) bool {
	return o.TaskDefinitionARN == p.TaskDefinitionARN && o.Group == p.Group && o.StartedBy == p.StartedBy &&
		o.LaunchType == p.LaunchType && o.CapacityProvider == p.CapacityProvider && o.PlatformVersion == p.PlatformVersion &&
		o.EnableExecuteCommand == p.EnableExecuteCommand && o.Overrides == p.Overrides && slices.Equal(o.Tags, p.Tags)
}

// origin is the deployment's copy of an origin: its tasks share it.
func (d *deployment) origin(o *Origin) *Origin {
	for _, known := range d.shared {
		if known.same(o) {
			return known
		}
	}
	d.shared = append(d.shared, o)
	return o
}

// taskState is a task as far as it cannot be worked out: an ecs.Task in as few
// words of memory as it takes, since a cluster keeps 100,000 of them.
type taskState struct {
	*Origin
	LastStatus         ecs.TaskStatus   `json:"lastStatus"`
	DesiredStatus      ecs.TaskStatus   `json:"desiredStatus"`
	HealthStatus       ecs.HealthStatus `json:"healthStatus"`
	AvailabilityZone   string           `json:"availabilityZone,omitempty"`
	StopCode           ecs.StopCode     `json:"stopCode,omitempty"`
	StoppedReason      string           `json:"stoppedReason,omitempty"`
	Version            int64            `json:"version"`
	Connectivity       string           `json:"connectivity,omitempty"`
	CreatedAt          instant          `json:"createdAt,omitzero"`
	ConnectivityAt     instant          `json:"connectivityAt,omitzero"`
	PullStartedAt      instant          `json:"pullStartedAt,omitzero"`
	PullStoppedAt      instant          `json:"pullStoppedAt,omitzero"`
	StartedAt          instant          `json:"startedAt,omitzero"`
	StoppingAt         instant          `json:"stoppingAt,omitzero"`
	ExecutionStoppedAt instant          `json:"executionStoppedAt,omitzero"`
	StoppedAt          instant          `json:"stoppedAt,omitzero"`
	Containers         []containerState `json:"containers"`
	Attributes         []ecs.Attribute  `json:"attributes,omitempty"`
	Attachments        []ecs.Attachment `json:"attachments,omitempty"`
}

// containerState is a container as far as it cannot be worked out from its
// definition. Containers stand in the order of the definition.
type containerState struct {
	Name            string               `json:"name"`
	ImageDigest     string               `json:"imageDigest,omitempty"`
	Ran             bool                 `json:"ran,omitempty"` // it has a runtime id
	StartedAt       instant              `json:"startedAt,omitzero"`
	StoppedAt       instant              `json:"stoppedAt,omitzero"`
	LastStatus      ecs.TaskStatus       `json:"lastStatus"`
	HealthStatus    ecs.HealthStatus     `json:"healthStatus,omitempty"`
	ExitCode        *int                 `json:"exitCode,omitempty"`
	Reason          string               `json:"reason,omitempty"`
	NetworkBindings []ecs.NetworkBinding `json:"networkBindings,omitempty"`
	PrivateIPv4     string               `json:"privateIpv4Address,omitempty"`
	GPUIDs          []string             `json:"gpuIds,omitempty"`
}

// equal reports whether news left the container as it was before.
func (n *containerState) equal(before *containerState) bool {
	a, b := n.ExitCode, before.ExitCode
	return n.LastStatus == before.LastStatus && n.HealthStatus == before.HealthStatus && (a == b || a != nil && b != nil && *a == *b) &&
		n.Reason == before.Reason && n.ImageDigest == before.ImageDigest && slices.Equal(n.NetworkBindings, before.NetworkBindings)
}

// noun is the state as an ecs.Task, without what the definition says.
func (s *taskState) noun() ecs.Task {
	out := ecs.Task{
		TaskDefinitionARN: s.TaskDefinitionARN, Group: s.Group, StartedBy: s.StartedBy,
		LastStatus: s.LastStatus, DesiredStatus: s.DesiredStatus, HealthStatus: s.HealthStatus,
		LaunchType: s.LaunchType, CapacityProvider: s.CapacityProvider, PlatformVersion: s.PlatformVersion,
		AvailabilityZone: s.AvailabilityZone, StopCode: s.StopCode, StoppedReason: s.StoppedReason,
		Version: s.Version, Connectivity: s.Connectivity, EnableExecuteCommand: s.EnableExecuteCommand,
		CreatedAt: s.CreatedAt.Time(), ConnectivityAt: s.ConnectivityAt.Time(),
		PullStartedAt: s.PullStartedAt.Time(), PullStoppedAt: s.PullStoppedAt.Time(), StartedAt: s.StartedAt.Time(),
		StoppingAt: s.StoppingAt.Time(), ExecutionStoppedAt: s.ExecutionStoppedAt.Time(), StoppedAt: s.StoppedAt.Time(),
		Containers: make([]ecs.Container, len(s.Containers)),
		Attributes: slices.Clone(s.Attributes), Attachments: slices.Clone(s.Attachments), Tags: s.Tags,
	}
	for i := range s.Containers {
		n := &s.Containers[i]
		out.Containers[i] = ecs.Container{
			Name: n.Name, ImageDigest: n.ImageDigest, LastStatus: n.LastStatus, HealthStatus: n.HealthStatus,
			ExitCode: n.ExitCode, Reason: n.Reason, NetworkBindings: n.NetworkBindings,
			PrivateIPv4: n.PrivateIPv4, GPUIDs: n.GPUIDs,
		}
	}
	return out
}
