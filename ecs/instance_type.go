package ecs

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// InstanceType is what an EC2 instance type brings to a cluster.
type InstanceType struct {
	Name          string `json:"instanceType"`
	VCPU          int    `json:"vcpu"`
	CPUUnits      int    `json:"cpuUnits"`
	SpecMemoryMiB int    `json:"specMemoryMiB"` // as advertised
	// RegisteredMemoryMiB is what the ECS agent registers after the kernel took
	// its part: a figure seen in public sources, the middle of the range where
	// several were seen, or 0.96 of SpecMemoryMiB rounded down where none was.
	RegisteredMemoryMiB int    `json:"registeredMemoryMiB"`
	MaxENIs             int    `json:"maxEnis"`      // an awsvpc task can have all but the first
	Architecture        string `json:"architecture"` // x86_64 or arm64
	GPUs                int    `json:"gpus,omitempty"`
	GPUModel            string `json:"gpuModel,omitempty"`
}

// InstanceTypeByName finds a type.
func InstanceTypeByName(name string) (InstanceType, bool) {
	for line := range strings.Lines(instanceTypeTable) {
		if word, _, _ := strings.Cut(line, " "); word == name {
			return parseInstanceType(line), true
		}
	}
	return InstanceType{}, false
}

// InstanceTypes lists the types by name.
func InstanceTypes() []InstanceType {
	var all []InstanceType
	for line := range strings.Lines(instanceTypeTable) {
		all = append(all, parseInstanceType(line))
	}
	slices.SortFunc(all, func(a, b InstanceType) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// parseInstanceType reads a line of the table, which the tests check.
func parseInstanceType(line string) InstanceType {
	f := strings.Fields(line)
	number := func(i int) int {
		n, _ := strconv.Atoi(f[i]) // "-" is 0: not known
		return n
	}
	t := InstanceType{
		Name: f[0], VCPU: number(1), CPUUnits: number(1) * 1024,
		SpecMemoryMiB: number(2), RegisteredMemoryMiB: number(3), MaxENIs: number(4), Architecture: f[5],
	}
	if t.RegisteredMemoryMiB == 0 {
		t.RegisteredMemoryMiB = t.SpecMemoryMiB * 96 / 100
	}
	if len(f) > 6 {
		t.GPUs = number(6)
	}
	if len(f) > 7 {
		t.GPUModel = f[7]
	}
	return t
}

// NearestInstanceType is the known type whose name is closest to a name that is
// not, for a message. ok is false when none is near.
func NearestInstanceType(name string) (nearest InstanceType, ok bool) {
	name = strings.ToLower(strings.TrimSpace(name))
	best := max(2, len(name)/3) + 1 // edits that still look like a slip
	for _, t := range InstanceTypes() {
		if d := editDistance(name, t.Name); d < best {
			nearest, best, ok = t, d, true
		}
	}
	return nearest, ok
}

// editDistance counts the letters to add, drop or change (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}

// The versions that a current agent and its Docker report.
const (
	CurrentAgent  = "1.99.0"
	currentDocker = "DockerVersion: 25.0.8"
)

// ContainerInstance is such an instance in a zone as its agent registers it. Who
// knows a network adds what the agent says of it.
func (t InstanceType) ContainerInstance(zone string) ContainerInstance {
	return ContainerInstance{
		AgentVersion: CurrentAgent, DockerVersion: currentDocker, Status: InstanceActive, AgentConnected: true,
		Registered: t.Resources(), Attributes: t.Attributes(zone),
	}
}

// TrunkTasks is how many awsvpc tasks run on such an instance with a trunk network
// interface, and 0 where it can have none (ECS semantics 3.4: confirmed for
// c5.large, the others by size).
func (t InstanceType) TrunkTasks() int {
	family, size, _ := strings.Cut(t.Name, ".")
	if strings.HasPrefix(family, "t") {
		return 0
	}
	switch size {
	case "medium":
		return 4
	case "large":
		return 10
	case "xlarge":
		return 20
	case "2xlarge":
		return 40
	case "4xlarge", "8xlarge", "9xlarge", "12xlarge":
		return 60
	case "16xlarge", "18xlarge", "24xlarge", "48xlarge":
		return 120
	}
	return 0
}

// Resources is what an agent on such an instance registers: the ports that ECS
// and SSH use are taken from the start (ECS semantics 3.1 [AGENT: config], with
// the agent's metrics endpoint off), and one network interface is the instance's
// own.
func (t InstanceType) Resources() Resources {
	r := Resources{
		CPUUnits:  t.CPUUnits,
		MemoryMiB: t.RegisteredMemoryMiB,
		Ports:     []int{22, 2375, 2376, 51678, 51679},
		PortsUDP:  []int{},
		ENIs:      max(0, t.MaxENIs-1),
	}
	for i := range t.GPUs {
		r.GPUs = append(r.GPUs, fmt.Sprintf("GPU-%08x-0000-4000-8000-%012x", i, i))
	}
	return r
}

// Attributes is what ECS and a current agent on Amazon Linux put on such an
// instance in a zone, by name: the built-in attributes that follow from the
// type, and the capabilities that requiresAttributes of a task definition ask
// for (ECS semantics 1.7, 7.2 [the ECS agent's agent_capability.go]).
func (t InstanceType) Attributes(zone string) []Attribute {
	all := []Attribute{
		{Name: AttributeAvailabilityZone, Value: zone},
		{Name: AttributeInstanceType, Value: t.Name},
		{Name: AttributeOSType, Value: "linux"},
		{Name: AttributeOSFamily, Value: "LINUX"},
		{Name: AttributeCPUArchitecture, Value: t.Architecture},
	}
	const agent = "com.amazonaws.ecs.capability."
	for minor := 17; minor <= 44; minor++ {
		all = append(all, Attribute{Name: agent + "docker-remote-api.1." + strconv.Itoa(minor)})
	}
	for _, driver := range []string{"awslogs", "fluentd", "gelf", "journald", "json-file", "none", "splunk", "syslog"} {
		all = append(all, Attribute{Name: agent + "logging-driver." + driver})
	}
	for _, name := range []string{"apparmor", "ecr-auth", "privileged-container", "selinux", "task-iam-role", "task-iam-role-network-host"} {
		all = append(all, Attribute{Name: agent + name})
	}
	for name := range strings.FieldsSeq(agentCapabilities) {
		all = append(all, Attribute{Name: "ecs.capability." + name})
	}
	slices.SortFunc(all, func(a, b Attribute) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

const agentCapabilities = `aws-appmesh container-health-check container-ordering container-restart-policy
	docker-plugin.local ecr-endpoint efs efsAuth env-files.s3 execute-command execution-role-awslogs
	execution-role-ecr-pull fault-injection firelens.fluentbit firelens.fluentd
	firelens.options.config.file firelens.options.config.s3 full-sync
	increased-task-cpu-limit logging-driver.awsfirelens network.container-port-range
	pid-ipc-namespace-sharing private-registry-authentication.secretsmanager
	secrets.asm.bootstrap.log-driver secrets.asm.environment-variables
	secrets.ssm.bootstrap.log-driver secrets.ssm.environment-variables service-connect-v1
	storage.ebs-task-volume-attach task-cpu-mem-limit task-eni task-eni.ipv6
	task-eni-block-instance-metadata`

// instanceTypeTable has one type per line: name, vCPU, advertised MiB, MiB seen
// registered, network interfaces, architecture, GPUs and their model. Sources:
// the EC2 instance type data of moto (moto/ec2/resources/instance_types.json),
// and for g2 and g3 the ECS Developer Guide's page on GPUs.
const instanceTypeTable = `t2.nano 1 512 - 2 x86_64
t2.micro 1 1024 993 2 x86_64
t2.small 1 2048 2001 3 x86_64
t2.medium 2 4096 3949 3 x86_64
t2.large 2 8192 7975 3 x86_64
t2.xlarge 4 16384 16039 3 x86_64
t2.2xlarge 8 32768 - 3 x86_64
t3.nano 2 512 - 2 x86_64
t3.micro 2 1024 - 2 x86_64
t3.small 2 2048 1901 3 x86_64
t3.medium 2 4096 3856 3 x86_64
t3.large 2 8192 - 3 x86_64
t3.xlarge 4 16384 - 4 x86_64
t3.2xlarge 8 32768 - 4 x86_64
t3a.small 2 2048 - 2 x86_64
t3a.medium 2 4096 - 3 x86_64
t3a.large 2 8192 - 3 x86_64
t4g.nano 2 512 - 2 arm64
t4g.micro 2 1024 - 2 arm64
t4g.small 2 2048 - 3 arm64
t4g.medium 2 4096 - 3 arm64
t4g.large 2 8192 7813 3 arm64
t4g.xlarge 4 16384 - 4 arm64
m4.large 2 8192 7985 2 x86_64
m5.large 2 8192 7680 3 x86_64
m5.xlarge 4 16384 15576 4 x86_64
m5.2xlarge 8 32768 31368 4 x86_64
m5.4xlarge 16 65536 62950 8 x86_64
m5.8xlarge 32 131072 - 8 x86_64
m5.12xlarge 48 196608 189283 8 x86_64
m5.16xlarge 64 262144 - 15 x86_64
m5.24xlarge 96 393216 378652 15 x86_64
m5a.large 2 8192 - 3 x86_64
m6i.large 2 8192 - 3 x86_64
m6i.xlarge 4 16384 15743 4 x86_64
m6i.2xlarge 8 32768 - 4 x86_64
m6g.medium 1 4096 - 2 arm64
m6g.large 2 8192 - 3 arm64
m6g.xlarge 4 16384 15743 4 arm64
m6g.2xlarge 8 32768 - 4 arm64
m6g.4xlarge 16 65536 - 8 arm64
m7g.medium 1 4096 - 2 arm64
m7g.large 2 8192 - 3 arm64
m7i.large 2 8192 - 3 x86_64
c4.large 2 3840 - 3 x86_64
c5.large 2 4096 3704 3 x86_64
c5.xlarge 4 8192 7624 4 x86_64
c5.2xlarge 8 16384 15463 4 x86_64
c5.4xlarge 16 32768 31142 8 x86_64
c5.9xlarge 36 73728 70341 8 x86_64
c5.18xlarge 72 147456 140768 15 x86_64
c6i.large 2 4096 - 3 x86_64
c6g.medium 1 2048 - 2 arm64
c6g.large 2 4096 - 3 arm64
c6g.xlarge 4 8192 - 4 arm64
c7g.large 2 4096 - 3 arm64
r5.large 2 16384 - 3 x86_64
r5.xlarge 4 32768 - 4 x86_64
r5.2xlarge 8 65536 - 4 x86_64
r5.4xlarge 16 131072 - 8 x86_64
r6g.large 2 16384 - 3 arm64
r6g.xlarge 4 32768 - 4 arm64
g2.2xlarge 8 15360 - 4 x86_64 1
g3s.xlarge 4 31232 - 4 x86_64 1
g3.4xlarge 16 124928 - 8 x86_64 1
g4dn.xlarge 4 16384 15731 3 x86_64 1 T4
g4dn.2xlarge 8 32768 - 3 x86_64 1 T4
g4dn.4xlarge 16 65536 - 3 x86_64 1 T4
g4dn.8xlarge 32 131072 - 4 x86_64 1 T4
g4dn.12xlarge 48 196608 - 8 x86_64 4 T4
g4dn.16xlarge 64 262144 - 4 x86_64 1 T4
g5.xlarge 4 16384 - 4 x86_64 1 A10G
g5.2xlarge 8 32768 - 4 x86_64 1 A10G
g5.12xlarge 48 196608 - 15 x86_64 4 A10G
g5.48xlarge 192 786432 - 7 x86_64 8 A10G
g6.xlarge 4 16384 - 4 x86_64 1 L4
p4d.24xlarge 96 1179648 - 60 x86_64 8 A100
inf1.xlarge 4 8192 7667 4 x86_64
i3.large 2 15616 - 3 x86_64`
