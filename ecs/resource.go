package ecs

import "strconv"

// Resource is one resource in the API's own form (ECS semantics 3.1).
type Resource struct {
	Name         string   `json:"name"`
	Type         string   `json:"type"` // INTEGER, STRINGSET
	IntegerValue int      `json:"integerValue,omitempty"`
	StringSet    []string `json:"stringSetValue,omitempty"`
}

// The names and types of the resources of a container instance, as its agent
// registers them (ECS semantics 3.1 [AGENT:ecs-agent/api/ecs/client]).
const (
	ResourceCPU      = "CPU"
	ResourceMemory   = "MEMORY"
	ResourcePorts    = "PORTS"
	ResourcePortsUDP = "PORTS_UDP"
	ResourceGPU      = "GPU"

	ResourceInteger   = "INTEGER"
	ResourceStringSet = "STRINGSET"
)

// List is the resources in the API's own form. The port sets are there even when
// they are empty, the GPUs only on an instance that has some.
func (r Resources) List() []Resource {
	list := []Resource{
		{Name: ResourceCPU, Type: ResourceInteger, IntegerValue: r.CPUUnits},
		{Name: ResourceMemory, Type: ResourceInteger, IntegerValue: r.MemoryMiB},
		{Name: ResourcePorts, Type: ResourceStringSet, StringSet: numbers(r.Ports)},
		{Name: ResourcePortsUDP, Type: ResourceStringSet, StringSet: numbers(r.PortsUDP)},
	}
	if len(r.GPUs) > 0 {
		list = append(list, Resource{Name: ResourceGPU, Type: ResourceStringSet, StringSet: r.GPUs})
	}
	return list
}

func numbers(list []int) []string {
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = strconv.Itoa(n)
	}
	return out
}
