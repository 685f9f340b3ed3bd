package placement

import (
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
)

// Requirements is what one task needs of a container instance.
type Requirements struct {
	CPUUnits        int             `json:"cpuUnits"`
	MemoryMiB       int             `json:"memoryMiB"`
	GPUs            int             `json:"gpus,omitempty"`
	ENIs            int             `json:"enis,omitempty"`       // 1 in awsvpc mode
	Ports           []int           `json:"ports,omitempty"`      // TCP host ports, ascending
	PortsUDP        []int           `json:"portsUdp,omitempty"`   // UDP host ports, ascending
	Attributes      []ecs.Attribute `json:"attributes,omitempty"` // of requiresAttributes
	CPUArchitecture string          `json:"cpuArchitecture,omitempty"`
	OSFamily        string          `json:"osFamily,omitempty"`
	// Zones are the Availability Zones that the task may run in: those of the
	// subnets of an awsvpc task. Empty means any. The caller fills it in,
	// because only it knows the zone of a subnet.
	Zones []string `json:"zones,omitempty"`
}

// RequirementsOf adds up what a task of the definition needs, after the
// overrides of a RunTask (nil for none). ECS semantics 3.3 [the ECS agent's own
// admission accounting, ToHostResources].
func RequirementsOf(def *ecs.TaskDefinition, overrides *ecs.TaskOverride) *Requirements {
	r := &Requirements{
		CPUArchitecture: def.CPUArchitecture,
		OSFamily:        def.OperatingSystemFamily,
		Attributes:      slices.Clone(def.RequiresAttributes),
	}
	if def.NetworkMode == ecs.NetworkAWSVPC {
		r.ENIs = 1
	}
	for i := range def.Containers {
		c := &def.Containers[i]
		cpu, memory := containerNeeds(c, overrides)
		r.CPUUnits += cpu
		r.MemoryMiB += memory
		r.GPUs += GPUs(c, overrides)
		r.addPorts(def.NetworkMode, c.PortMappings)
	}
	if cpu := taskLevel(def.CPUUnits, overrides, func(o *ecs.TaskOverride) string { return o.CPU }); cpu > 0 {
		r.CPUUnits = cpu
	}
	if memory := taskLevel(def.MemoryMiB, overrides, func(o *ecs.TaskOverride) string { return o.Memory }); memory > 0 {
		r.MemoryMiB = memory
	}
	slices.Sort(r.Ports)
	slices.Sort(r.PortsUDP)
	r.Ports, r.PortsUDP = slices.Compact(r.Ports), slices.Compact(r.PortsUDP)
	return r
}

// containerNeeds is a container's share: its CPU, and its soft memory limit, or
// the hard one when it has no soft one.
func containerNeeds(c *ecs.ContainerDefinition, overrides *ecs.TaskOverride) (cpuUnits, memoryMiB int) {
	cpu, hard, soft := c.CPUUnits, c.MemoryMiB, c.MemoryReservationMiB
	if overrides != nil {
		for i := range overrides.Containers {
			o := &overrides.Containers[i]
			if o.Name != c.Name {
				continue
			}
			override(&cpu, o.CPUUnits)
			override(&hard, o.MemoryMiB)
			override(&soft, o.MemoryReservationMiB)
		}
	}
	if soft > 0 {
		return cpu, soft
	}
	return cpu, hard
}

// GPUs is how many GPUs a container needs, after the overrides of a RunTask.
func GPUs(c *ecs.ContainerDefinition, overrides *ecs.TaskOverride) int {
	n := c.GPUs
	if overrides == nil {
		return n
	}
	for i := range overrides.Containers {
		o := &overrides.Containers[i]
		if o.Name != c.Name {
			continue
		}
		for _, r := range o.ResourceRequirements {
			if asked, err := strconv.Atoi(r.Value); err == nil && r.Type == ecs.ResourceGPU {
				n = asked
			}
		}
	}
	return n
}

func override(value, with *int) {
	if with != nil {
		*value = *with
	}
}

// taskLevel is the task-level value after overrides, or 0 when there is none. Who
// takes the override refuses one that is no number in decimal.
func taskLevel(value int, overrides *ecs.TaskOverride, of func(*ecs.TaskOverride) string) int {
	if overrides == nil {
		return value
	}
	if n, err := strconv.Atoi(of(overrides)); err == nil && n > 0 {
		return n
	}
	return value
}

// addPorts reserves host ports. In awsvpc mode the task has its own interface,
// in bridge mode 0 is a port that the instance picks when the container starts,
// and in host mode the container port is the host port (ECS semantics 3.2).
func (r *Requirements) addPorts(mode ecs.NetworkMode, mappings []ecs.PortMapping) {
	if mode == ecs.NetworkAWSVPC || mode == ecs.NetworkNone {
		return
	}
	for _, m := range mappings {
		port := m.HostPort
		if port == 0 && mode == ecs.NetworkHost {
			port = m.ContainerPort
		}
		switch {
		case port <= 0:
		case strings.EqualFold(m.Protocol, "udp"):
			r.PortsUDP = append(r.PortsUDP, port)
		default:
			r.Ports = append(r.Ports, port)
		}
	}
}
