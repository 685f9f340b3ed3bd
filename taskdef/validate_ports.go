package taskdef

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

const maxPort = 65535

// ports checks all port mappings of the task (ECS semantics 3.2, 7.5).
func (c *checker) ports() {
	s := portsSeen{container: map[int32]types.TransportProtocol{}, host: map[string]bool{}, names: map[string]bool{}}
	for i := range c.in.ContainerDefinitions {
		d := &c.in.ContainerDefinitions[i]
		ranges := 0
		for j := range d.PortMappings {
			path := fmt.Sprintf("%s.portMappings[%d]", containerPath(i), j)
			c.port(&d.PortMappings[j], path, &s)
			if str(d.PortMappings[j].ContainerPortRange) != "" {
				ranges++
			}
		}
		if ranges > maxPortRanges {
			c.fail(containerPath(i)+".portMappings", "a container has at most %d port ranges, this one has %d", maxPortRanges, ranges)
		}
		if len(d.PortMappings) > 0 && c.mode == types.NetworkModeNone {
			c.fail(containerPath(i)+".portMappings", "Port mappings are not supported on container when networkMode=none")
		}
	}
}

type portsSeen struct {
	container map[int32]types.TransportProtocol
	host      map[string]bool
	names     map[string]bool
}

// shared tells whether the containers of the task have one set of ports.
func (c *checker) shared() bool {
	return c.mode == types.NetworkModeAwsvpc || c.mode == types.NetworkModeHost
}

func (c *checker) port(p *types.PortMapping, path string, s *portsSeen) {
	c.portName(str(p.Name), path, s)
	if r := str(p.ContainerPortRange); r != "" {
		if p.ContainerPort != nil || p.HostPort != nil {
			c.fail(path, "cannot specify both single port and port range")
		}
		if !isPortRange(r) {
			c.fail(path+".containerPortRange", "Invalid 'containerPortRange' setting").
				Hint = "write FIRST-LAST, both from 1 to 65535, the first not above the last"
		}
		return
	}
	if p.ContainerPort == nil {
		c.fail(path+".containerPort", "a port mapping needs a containerPort or a containerPortRange")
		return
	}
	port, host := *p.ContainerPort, num(p.HostPort)
	if port < 1 || port > maxPort {
		c.fail(path+".containerPort", "Invalid 'containerPort' setting: %d is not from 1 to %d", port, maxPort)
		return
	}
	if host < 0 || host > maxPort {
		c.fail(path+".hostPort", "Invalid 'hostPort' setting: %d is not from 0 to %d", host, maxPort)
		return
	}
	protocol := protocolOf(p)
	if !c.shared() {
		key := fmt.Sprintf("%d/%s", host, protocol)
		if host > 0 && s.host[key] {
			c.fail(path+".hostPort", "host port is used multiple times in task").
				Hint = fmt.Sprintf("%s port %d of the instance is taken by another mapping; leave hostPort out for a dynamic port", protocol, host)
		}
		s.host[key] = true
		return
	}
	if p.HostPort != nil && host != port {
		c.fail(path+".hostPort", "When networkMode=%s, the host ports and container ports in port mappings must match.", c.mode).
			Hint = "leave hostPort out"
	}
	other, again := s.container[port]
	switch {
	case again && other == protocol:
		c.fail(path+".containerPort", "container port is used multiple times in task").
			Hint = fmt.Sprintf("with networkMode=%s all containers share one set of ports, and %d is taken", c.mode, port)
	case again:
		c.warn(path+".containerPort", "container port %d is exposed for two protocols, which ECS documents as an error", port)
	}
	s.container[port] = protocol
}

func protocolOf(p *types.PortMapping) types.TransportProtocol {
	if p.Protocol == types.TransportProtocolUdp {
		return types.TransportProtocolUdp
	}
	return types.TransportProtocolTcp
}

func isPortRange(s string) bool {
	first, last, ok := strings.Cut(s, "-")
	a, errA := strconv.ParseUint(first, 10, 16)
	b, errB := strconv.ParseUint(last, 10, 16)
	return ok && errA == nil && errB == nil && a >= 1 && a <= b
}

func (c *checker) portName(name, path string, s *portsSeen) {
	const longest = 64
	if name == "" {
		return
	}
	if len(name) > longest || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" || name[0] == '-' {
		c.fail(path+".name", "Invalid 'name' setting for a port mapping: it takes up to %d lower-case letters, digits, _ and -, and does not begin with -", longest)
	}
	if s.names[name] {
		c.fail(path+".name", "port mapping name is already used")
	}
	s.names[name] = true
}

// network checks what the network mode rules out on a container.
func (c *checker) network() {
	for i := range c.in.ContainerDefinitions {
		d, path := &c.in.ContainerDefinitions[i], containerPath(i)
		if c.mode == types.NetworkModeAwsvpc {
			c.awsvpc(d, path)
		}
		if len(d.Links) > 0 && c.mode != "" && c.mode != types.NetworkModeBridge {
			c.fail(path+".links", "Links are not supported when networkMode=%s", c.mode).
				Hint = "with awsvpc the containers of a task reach each other on localhost"
		}
	}
	for _, compatibility := range c.in.RequiresCompatibilities {
		if compatibility == types.CompatibilityExternal && c.mode == types.NetworkModeAwsvpc {
			c.fail("networkMode", "External instances do not support network mode 'awsvpc'.")
		}
	}
}

func (c *checker) awsvpc(d *types.ContainerDefinition, path string) {
	for _, rule := range []struct {
		broken bool
		member string
		what   string
	}{
		{str(d.Hostname) != "", "hostname", "hostname is"},
		{len(d.ExtraHosts) > 0, "extraHosts", "Extra hosts are"},
		{len(d.DnsServers) > 0, "dnsServers", "DNS servers are"},
		{len(d.DnsSearchDomains) > 0, "dnsSearchDomains", "DNS search domains are"},
		{is(d.DisableNetworking), "disableNetworking", "Disable Networking is"},
	} {
		if rule.broken {
			c.fail(path+"."+rule.member, "%s not supported on container when networkMode=awsvpc", rule.what)
		}
	}
}
