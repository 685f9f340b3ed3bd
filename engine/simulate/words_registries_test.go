package simulate_test

import (
	"fmt"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// registryWords:
//
//	> service web registry=srv              its tasks are registered with AWS Cloud Map
//	> service web connect=yes               for Service Connect
//	> update web registry=other             registry=none takes it away
//	> discover srv                          what Cloud Map knows; all=yes with the attributes
func registryWords() speech {
	return speech{
		words: []word{{"discover", (*talk).discover}},
		service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
			if name := a.text("registry"); name != "" {
				c.Service.ServiceRegistries = registries(c.TaskDefinition.NetworkMode, name)
			}
			if a.yes("connect") {
				c.Service.ServiceConnect = `{"enabled":true}`
			}
		},
		update: func(_ *talk, a *arguments, u *scheduler.UpdateService) {
			switch name := a.text("registry"); name {
			case "":
			case "none":
				u.ServiceRegistries = &[]ecs.ServiceRegistry{}
			default:
				list := registries("", name)
				u.ServiceRegistries = &list
			}
		},
	}
}

func registryARN(name string) string {
	return "arn:aws:servicediscovery:us-east-1:123456789012:service/" + name
}

// registries is one registry: that of an awsvpc task has a record of its address
// alone.
func registries(mode ecs.NetworkMode, name string) []ecs.ServiceRegistry {
	r := ecs.ServiceRegistry{RegistryARN: registryARN(name)}
	if mode != ecs.NetworkAWSVPC {
		r.ContainerName, r.ContainerPort = "app", 80
	}
	return []ecs.ServiceRegistry{r}
}

func (k *talk) discover(a *arguments) {
	for _, i := range k.sim.Cluster().ServiceInstances(registryARN(a.name())) {
		fmt.Fprintf(k.out, "  %s %s\n", k.name("task", i.ID), i.HealthStatus)
		if a.yes("all") {
			for _, x := range i.Attributes {
				fmt.Fprintf(k.out, "    %s %s\n", x.Name, x.Value)
			}
		}
	}
}
