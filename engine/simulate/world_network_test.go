package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// portsFeature is host ports that only one task of an instance can have.
func portsFeature() feature {
	return feature{
		name: "ports",
		definitions: []decoration[ecs.TaskDefinition]{{"hostPort", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
			if r.IntN(6) == 0 {
				d.Containers[0].PortMappings[0].HostPort = 8080
			}
		}}},
	}
}

// networkFeature is tasks with a network interface of their own.
func networkFeature() feature {
	return feature{
		name: "network",
		definitions: []decoration[ecs.TaskDefinition]{{"awsvpc", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
			if r.IntN(6) == 0 {
				withInterface(d)
			}
		}}},
	}
}

// withInterface gives the tasks of a definition a network interface each; a
// host port is then the container's own.
func withInterface(d *ecs.TaskDefinition) {
	d.NetworkMode = ecs.NetworkAWSVPC
	for i := range d.Containers {
		for j := range d.Containers[i].PortMappings {
			d.Containers[i].PortMappings[j].HostPort = 0
		}
	}
}

func subnets() *ecs.NetworkConfiguration {
	return &ecs.NetworkConfiguration{Subnets: []string{"subnet-a", "subnet-b", "subnet-c"}}
}

// fargateFeature is services without container instances.
func fargateFeature() feature {
	return feature{
		name: "fargate",
		services: []decoration[scheduler.CreateService]{{"fargate", func(_ *world, c *scheduler.CreateService, r *rand.Rand) {
			if r.IntN(6) == 0 && c.Service.SchedulingStrategy != ecs.Daemon && len(c.Service.PlacementStrategy)+len(c.Service.PlacementConstraints) == 0 {
				c.Service.LaunchType = ecs.LaunchFargate
				withInterface(&c.TaskDefinition)
			}
		}}},
	}
}
