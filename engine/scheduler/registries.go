package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"gantry/ecs"
)

// tasksDiscovered is ECS's quota of tasks per service with service discovery or
// Service Connect (ECS semantics 11).
const tasksDiscovered = 1000

// validateRegistries refuses service registries that ECS refuses [API:
// ServiceRegistry]. The sentence about bridge and host is ECS's own, as its
// clients have reported it; the others are ours.
func validateRegistries(s *ecs.Service, def *ecs.TaskDefinition) error {
	if len(s.ServiceRegistries) > 1 {
		return invalid("Multiple service registries are not supported: a service can have one.")
	}
	for _, r := range s.ServiceRegistries {
		own := r.ContainerName != "" || r.ContainerPort != 0
		switch {
		case !ecs.ARN(r.RegistryARN).IsARN():
			return invalid(fmt.Sprintf("The service registry %q is not the ARN of an AWS Cloud Map service.", r.RegistryARN))
		case def.NetworkMode == ecs.NetworkNone:
			return invalid("Service registries are not supported with networkMode 'none'.")
		case own && r.Port != 0:
			return invalid("A service registry can have either containerName and containerPort, or port, but not both.")
		case own || def.NetworkMode != ecs.NetworkAWSVPC:
			if r.ContainerName == "" || r.ContainerPort == 0 {
				return invalid("When specifying 'host' or 'bridge' for networkMode, values for 'containerName' and 'containerPort' must be specified from the task definition. Registry: " + r.RegistryARN)
			}
			if err := validatePort(def, r.ContainerName, r.ContainerPort); err != nil {
				return err
			}
		}
	}
	if discovered := len(s.ServiceRegistries) > 0 || s.ServiceConnectEnabled(); discovered && s.DesiredCount > tasksDiscovered {
		return invalid(fmt.Sprintf("The desired count of a service with service discovery or Service Connect can be at most %d, but was %d.", tasksDiscovered, s.DesiredCount))
	}
	return nil
}

// ServiceInstances are the tasks that are registered with a service of AWS Cloud
// Map, by service and task: from before they are RUNNING until they are
// deregistered or at their end.
func (c *Cluster) ServiceInstances(registry string) []ecs.ServiceInstance {
	var out []ecs.ServiceInstance
	for _, s := range c.serviceList() {
		for _, t := range s.live {
			if t.dep == nil || t.Balance == nil || !t.Balance.Discovered || rank(t.Task.LastStatus) > rank(ecs.TaskDeactivating) {
				continue
			}
			for i := range t.dep.registries {
				if r := &t.dep.registries[i]; r.RegistryARN == registry {
					out = append(out, c.serviceInstance(t, r))
				}
			}
		}
	}
	return out
}

// serviceInstance is a task as Cloud Map knows it. Its health is that of its
// container health checks, which ECS tells Cloud Map; without any it is healthy
// [DG: Use service discovery to connect Amazon ECS services with DNS names].
func (c *Cluster) serviceInstance(t *task, r *ecs.ServiceRegistry) ecs.ServiceInstance {
	address, port := c.discoveredAt(t, r)
	all := map[string]string{
		"AVAILABILITY_ZONE": t.Task.AvailabilityZone, "AWS_INSTANCE_IPV4": address, "REGION": c.cfg.Scope.Region,
		"ECS_CLUSTER_NAME": string(c.cfg.Name), "ECS_SERVICE_NAME": string(t.Service),
		"ECS_TASK_DEFINITION_FAMILY": string(t.def.def.Family),
	}
	if port != 0 {
		all["AWS_INSTANCE_PORT"] = strconv.Itoa(port)
	}
	if t.on != nil {
		all["EC2_INSTANCE_ID"] = t.on.Instance.EC2InstanceID
	}
	if set := t.dep.Set; set != nil && set.ExternalID != "" {
		all["ECS_TASK_SET_EXTERNAL_ID"] = set.ExternalID
	}
	out := ecs.ServiceInstance{ID: string(t.ID), HealthStatus: ecs.HealthHealthy}
	switch t.containerHealth() {
	case bad:
		out.HealthStatus = ecs.HealthUnhealthy
	case unknown:
		out.HealthStatus = ecs.HealthUnknown
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		out.Attributes = append(out.Attributes, ecs.KeyValue{Name: name, Value: all[name]})
	}
	return out
}

// discoveredAt is where clients find a task: awsvpc tasks at an address of their
// own, others at a port of their container instance. An awsvpc task of which the
// registry says no port has none: its record is the address alone.
func (c *Cluster) discoveredAt(t *task, r *ecs.ServiceRegistry) (address string, port int) {
	port = r.Port
	for i := range t.Task.Containers {
		n := &t.Task.Containers[i]
		address = n.PrivateIPv4 // all containers of an awsvpc task have the one
		if n.Name != r.ContainerName {
			continue
		}
		port = r.ContainerPort
		for _, b := range n.NetworkBindings {
			if address == "" && b.ContainerPort == r.ContainerPort {
				port = b.HostPort
			}
		}
	}
	if address == "" && t.on != nil {
		address = c.hostAddress(t.on)
	}
	return address, port
}

// InstanceAddress is the private address of a container instance.
func (c *Cluster) InstanceAddress(id ecs.ContainerInstanceID) (string, bool) {
	i, ok := c.instances[id]
	if !ok {
		return "", false
	}
	return c.hostAddress(i), true
}

// hostAddress is the private address of a container instance, in the subnet that
// it registered with, or in the first one of its zone.
func (c *Cluster) hostAddress(i *instance) string {
	subnet, ok := i.Instance.Attribute(ecs.AttributeSubnetID)
	if !ok {
		for _, s := range slices.Sorted(maps.Keys(c.cfg.SubnetZones)) {
			if c.cfg.SubnetZones[s] == i.zone() {
				subnet = s
				break
			}
		}
	}
	return c.address(subnet, c.number("host", string(i.ID)))
}

// tellSickInstance tells the stream of state changes that a task which Cloud Map
// knows fails its container health checks (ECS semantics 4.4, 4.15).
func (c *Cluster) tellSickInstance(s *service, t *task) {
	if t.Balance != nil && t.Balance.Discovered && len(t.dep.registries) > 0 && t.containerHealth() == bad {
		c.act(s, ecs.ActionDetail{Type: ecs.EventWarn, Name: "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY", TaskARNs: []ecs.ARN{
			ecs.TaskARN(c.cfg.Scope, c.cfg.Name, t.ID),
		}})
	}
}
