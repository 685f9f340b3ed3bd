package scheduler

import (
	"fmt"
	"slices"
	"strconv"

	"gantry/ecs"
)

// validateOverrides refuses overrides by which nothing can be counted (ECS
// semantics 3.3): of a container that is not there, with less than nothing, or with
// a size of the task that is none. ECS's own words for the last two are not
// documented.
func validateOverrides(o *ecs.TaskOverride, def *ecs.TaskDefinition) error {
	if o == nil {
		return nil
	}
	for _, x := range o.Containers {
		if value := least(x.CPUUnits, x.MemoryMiB, x.MemoryReservationMiB); value < 0 {
			return invalid(fmt.Sprintf("Override for container %s: cpu, memory and memoryReservation must not be negative, but one is %d.", x.Name, value))
		}
		if !slices.ContainsFunc(def.Containers, func(d ecs.ContainerDefinition) bool { return d.Name == x.Name }) {
			return invalid(fmt.Sprintf("Override for container named %s is not a container in the TaskDefinition.", x.Name))
		}
		for _, r := range x.ResourceRequirements {
			if n, err := strconv.Atoi(r.Value); r.Type == ecs.ResourceGPU && (err != nil || n < 0) {
				return invalid(fmt.Sprintf("Override for container %s: the value of a resource requirement of type GPU is %q. Give a number of GPUs.", x.Name, r.Value))
			}
		}
	}
	switch {
	case !sized(o.CPU):
		return invalid(fmt.Sprintf("Invalid 'cpu' setting for task: the override is %q. Give CPU units (256) or vCPUs (.25 vCPU).", o.CPU))
	case !sized(o.Memory):
		return invalid(fmt.Sprintf("Invalid 'memory' setting for task: the override is %q. Give MiB (512) or GB (0.5 GB).", o.Memory))
	}
	return nil
}

// sized reports whether the override of a size of a task is one as ECS keeps them,
// in decimal, or none. The API has read those with a unit.
func sized(text string) bool {
	n, err := strconv.ParseInt(text, 10, 32)
	return text == "" || err == nil && n > 0
}

// least is the least of the numbers that are given, 0 if that is more.
func least(given ...*int) int {
	out := 0
	for _, n := range given {
		if n != nil {
			out = min(out, *n)
		}
	}
	return out
}
