package api

import (
	"fmt"
	"slices"
	"strconv"

	"gantry/ecs"
)

// The versions that simulated container instances report.
const (
	agentVersion  = "1.99.0"
	dockerVersion = "DockerVersion: 25.0.8"
)

// optimizedAMIID is the ECS-optimized AMI that they run.
const optimizedAMIID = "ami-0defa01700000000a"

// The host ports that are never free on Linux (ECS semantics 3.1 [AGENT: config]).
func reservedPorts() []int { return []int{22, 2375, 2376, 51678, 51679, 51680} }

// simulatedInstance is a container instance of an EC2 type in a zone, as its
// agent would register it.
func simulatedInstance(t ecs.InstanceType, zone string, network Network) ecs.ContainerInstance {
	instance := ecs.ContainerInstance{
		AgentVersion: agentVersion, DockerVersion: dockerVersion,
		Status: ecs.InstanceActive, AgentConnected: true,
		Registered: ecs.Resources{
			CPUUnits: t.CPUUnits, MemoryMiB: t.RegisteredMemoryMiB,
			Ports: reservedPorts(), PortsUDP: []int{}, ENIs: max(0, t.MaxENIs-1),
		},
		Attributes: []ecs.Attribute{
			{Name: ecs.AttributeAMIID, Value: optimizedAMIID},
			{Name: ecs.AttributeAvailabilityZone, Value: zone},
			{Name: ecs.AttributeInstanceType, Value: t.Name},
			{Name: ecs.AttributeOSType, Value: "linux"},
			{Name: ecs.AttributeOSFamily, Value: "LINUX"},
			{Name: ecs.AttributeCPUArchitecture, Value: t.Architecture},
			{Name: ecs.AttributeVPCID, Value: network.VPC},
			{Name: ecs.AttributeSubnetID, Value: network.Subnets[zone]},
		},
	}
	for i := range t.GPUs {
		instance.Registered.GPUs = append(instance.Registered.GPUs, fmt.Sprintf("GPU-%08x-0000-4000-8000-%012x", i, i))
	}
	for _, name := range capabilities() {
		instance.Attributes = append(instance.Attributes, ecs.Attribute{Name: name})
	}
	slices.SortFunc(instance.Attributes, byAttributeName)
	return instance
}

// capabilities are those of the ECS-optimized Linux AMI (ECS semantics 1.7
// [AGENT: agent_capability.go]).
func capabilities() []string {
	const old, ours = "com.amazonaws.ecs.capability.", "ecs.capability."
	var names []string
	for minor := 17; minor <= 44; minor++ {
		names = append(names, old+"docker-remote-api.1."+strconv.Itoa(minor))
	}
	for _, name := range []string{
		"privileged-container", "ecr-auth", "task-iam-role", "task-iam-role-network-host", "selinux", "apparmor",
		"logging-driver.awslogs", "logging-driver.fluentd", "logging-driver.gelf", "logging-driver.journald",
		"logging-driver.json-file", "logging-driver.none", "logging-driver.splunk", "logging-driver.syslog",
	} {
		names = append(names, old+name)
	}
	for _, name := range []string{
		"task-eni", "task-eni.ipv6", "task-eni-block-instance-metadata", "execution-role-ecr-pull", "execution-role-awslogs",
		"ecr-endpoint", "container-health-check", "container-ordering", "container-restart-policy",
		"private-registry-authentication.secretsmanager", "secrets.ssm.environment-variables", "secrets.asm.environment-variables",
		"secrets.ssm.bootstrap.log-driver", "secrets.asm.bootstrap.log-driver", "env-files.s3", "pid-ipc-namespace-sharing",
		"full-sync", "network.container-port-range", "task-cpu-mem-limit", "increased-task-cpu-limit", "docker-plugin.local",
		"aws-appmesh", "firelens.fluentd", "firelens.fluentbit", "firelens.options.config.file", "firelens.options.config.s3",
		"logging-driver.awsfirelens", "efs", "efsAuth", "execute-command", "service-connect-v1", "storage.ebs-task-volume-attach",
		"fault-injection",
	} {
		names = append(names, ours+name)
	}
	return names
}
