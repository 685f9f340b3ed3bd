package placement_test

import (
	"reflect"
	"testing"

	"gantry/ecs"
	"gantry/engine/placement"
)

func TestRequirementsOf(t *testing.T) {
	number := func(n int) *int { return &n }
	web := ecs.ContainerDefinition{
		Name: "web", CPUUnits: 256, MemoryMiB: 512, MemoryReservationMiB: 300,
		PortMappings: []ecs.PortMapping{
			{ContainerPort: 80, HostPort: 8080, Protocol: "tcp"}, {ContainerPort: 53, HostPort: 53, Protocol: "udp"},
			{ContainerPort: 90, Protocol: "tcp"}, {ContainerPort: 81, HostPort: 443},
		},
	}
	side := ecs.ContainerDefinition{Name: "side", CPUUnits: 128, MemoryMiB: 100, GPUs: 1}
	both := []ecs.ContainerDefinition{web, side}
	for name, tt := range map[string]struct {
		def       ecs.TaskDefinition
		overrides *ecs.TaskOverride
		want      placement.Requirements
	}{
		"nothing": {},
		"sums; the soft limit before the hard one": {
			def:  ecs.TaskDefinition{Containers: both},
			want: placement.Requirements{CPUUnits: 384, MemoryMiB: 400, GPUs: 1, Ports: []int{443, 8080}, PortsUDP: []int{53}},
		},
		"the task level replaces the sums": {
			def:  ecs.TaskDefinition{CPUUnits: 1024, MemoryMiB: 2048, Containers: []ecs.ContainerDefinition{side}},
			want: placement.Requirements{CPUUnits: 1024, MemoryMiB: 2048, GPUs: 1},
		},
		"each on its own": {
			def:  ecs.TaskDefinition{MemoryMiB: 2048, Containers: []ecs.ContainerDefinition{side}},
			want: placement.Requirements{CPUUnits: 128, MemoryMiB: 2048, GPUs: 1},
		},
		"awsvpc takes an interface and no host ports": {
			def:  ecs.TaskDefinition{NetworkMode: ecs.NetworkAWSVPC, Containers: both},
			want: placement.Requirements{CPUUnits: 384, MemoryMiB: 400, GPUs: 1, ENIs: 1},
		},
		"in host mode the container port is the host port": {
			def:  ecs.TaskDefinition{NetworkMode: ecs.NetworkHost, Containers: both},
			want: placement.Requirements{CPUUnits: 384, MemoryMiB: 400, GPUs: 1, Ports: []int{90, 443, 8080}, PortsUDP: []int{53}},
		},
		"overrides come before the sums": {
			def: ecs.TaskDefinition{Containers: []ecs.ContainerDefinition{side, {Name: "other", CPUUnits: 1, MemoryMiB: 1}}},
			overrides: &ecs.TaskOverride{Containers: []ecs.ContainerOverride{
				{Name: "side", CPUUnits: number(512), MemoryReservationMiB: number(64)},
				{Name: "absent", CPUUnits: number(9999)},
			}},
			want: placement.Requirements{CPUUnits: 513, MemoryMiB: 65, GPUs: 1},
		},
		"overrides of the task level": {
			def:       ecs.TaskDefinition{CPUUnits: 1024, MemoryMiB: 2048, Containers: []ecs.ContainerDefinition{side}},
			overrides: &ecs.TaskOverride{CPU: "256", Memory: "512"},
			want:      placement.Requirements{CPUUnits: 256, MemoryMiB: 512, GPUs: 1},
		},
		"platform and attributes": {
			def:  ecs.TaskDefinition{CPUArchitecture: "ARM64", OperatingSystemFamily: "LINUX", RequiresAttributes: []ecs.Attribute{{Name: "a"}}},
			want: placement.Requirements{CPUArchitecture: "ARM64", OSFamily: "LINUX", Attributes: []ecs.Attribute{{Name: "a"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := placement.RequirementsOf(&tt.def, tt.overrides); !reflect.DeepEqual(*got, tt.want) {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}
