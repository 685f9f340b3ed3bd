package simulate

import (
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// Dynamic host ports come from the range that Linux uses (ECS semantics 3.1).
const (
	firstPort = 32768
	lastPort  = 60999
)

// bind publishes the ports of containers that start now (ECS semantics 3.2).
func (s *Simulation) bind(r *run, change *scheduler.ChangeTask) {
	def := r.ref.Definition()
	if def.NetworkMode == ecs.NetworkAWSVPC || def.NetworkMode == ecs.NetworkNone {
		return
	}
	for i := range change.Containers {
		c := &change.Containers[i]
		if c.Status != ecs.TaskRunning || c.NetworkBindings != nil {
			continue
		}
		at := slices.IndexFunc(def.Containers, func(d ecs.ContainerDefinition) bool { return d.Name == c.Name })
		for _, m := range def.Containers[at].PortMappings {
			host := m.HostPort
			if host == 0 && def.NetworkMode == ecs.NetworkHost {
				host = m.ContainerPort
			}
			protocol := strings.ToLower(m.Protocol)
			if protocol == "" {
				protocol = "tcp"
			}
			if host == 0 {
				host = r.port(protocol == "udp")
			}
			c.NetworkBindings = append(c.NetworkBindings, ecs.NetworkBinding{
				BindIP: "0.0.0.0", ContainerPort: m.ContainerPort, HostPort: host, Protocol: protocol,
			})
		}
	}
}

// port takes a dynamic port that no task of the instance has, be it as a dynamic
// one or as its host port, and that is not reserved. Where to look first is drawn
// for the task.
func (r *run) port(udp bool) int {
	const span = lastPort - firstPort + 1
	first := int(r.ref.Draw("port") % span)
	for i := range span {
		p := firstPort + (first+i)%span
		if r.host == nil || !r.host.holds(p) && !r.ref.PortInUse(p, udp) {
			r.Ports = append(r.Ports, p)
			return p
		}
	}
	return 0
}
