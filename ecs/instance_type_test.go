package ecs_test

import (
	"slices"
	"testing"

	"gantry/ecs"
)

func TestInstanceTypes(t *testing.T) {
	types := ecs.InstanceTypes()
	if len(types) < 70 {
		t.Fatalf("%d types", len(types))
	}
	for i, it := range types {
		if i > 0 && types[i-1].Name >= it.Name {
			t.Errorf("%s does not come after %s", it.Name, types[i-1].Name)
		}
		if it.VCPU < 1 || it.CPUUnits != it.VCPU*1024 || it.MaxENIs < 2 {
			t.Errorf("%+v: impossible", it)
		}
		if share := float64(it.RegisteredMemoryMiB) / float64(it.SpecMemoryMiB); share < 0.90 || share >= 1 {
			t.Errorf("%s registers %d of %d MiB", it.Name, it.RegisteredMemoryMiB, it.SpecMemoryMiB)
		}
		if it.Architecture != "x86_64" && it.Architecture != "arm64" {
			t.Errorf("%s: architecture %q", it.Name, it.Architecture)
		}
		if again, ok := ecs.InstanceTypeByName(it.Name); !ok || again != it {
			t.Errorf("InstanceTypeByName(%q) = %+v, %v", it.Name, again, ok)
		}
	}
	if _, ok := ecs.InstanceTypeByName("t2"); ok {
		t.Error("t2 is a family, not a type")
	}
}

func TestInstanceTypeByName(t *testing.T) {
	for _, want := range []ecs.InstanceType{
		{Name: "t2.medium", VCPU: 2, CPUUnits: 2048, SpecMemoryMiB: 4096, RegisteredMemoryMiB: 3949, MaxENIs: 3, Architecture: "x86_64"},
		{Name: "t2.nano", VCPU: 1, CPUUnits: 1024, SpecMemoryMiB: 512, RegisteredMemoryMiB: 491, MaxENIs: 2, Architecture: "x86_64"},
		{Name: "g2.2xlarge", VCPU: 8, CPUUnits: 8192, SpecMemoryMiB: 15360, RegisteredMemoryMiB: 14745, MaxENIs: 4, Architecture: "x86_64", GPUs: 1},
		{Name: "g4dn.12xlarge", VCPU: 48, CPUUnits: 49152, SpecMemoryMiB: 196608, RegisteredMemoryMiB: 188743, MaxENIs: 8, Architecture: "x86_64", GPUs: 4, GPUModel: "T4"},
		{Name: "m6g.large", VCPU: 2, CPUUnits: 2048, SpecMemoryMiB: 8192, RegisteredMemoryMiB: 7864, MaxENIs: 3, Architecture: "arm64"},
	} {
		if got, ok := ecs.InstanceTypeByName(want.Name); !ok || got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestNearestInstanceType(t *testing.T) {
	for name, want := range map[string]string{
		"t3.meduim": "t3.medium", "T2.SMALL": "t2.small", "m5large": "m5.large", "c5.xlrge": "c5.xlarge",
		"g2.2xlarg": "g2.2xlarge", "nonsense-type": "", "": "",
	} {
		got, ok := ecs.NearestInstanceType(name)
		if got.Name != want || ok != (want != "") {
			t.Errorf("NearestInstanceType(%q) = %q, %v; want %q", name, got.Name, ok, want)
		}
	}
}

func TestInstanceTypeRegistration(t *testing.T) {
	it, _ := ecs.InstanceTypeByName("g4dn.12xlarge")
	r := it.Resources()
	if r.CPUUnits != 49152 || r.ENIs != 7 || len(r.GPUs) != 4 || !slices.Contains(r.Ports, 51678) {
		t.Errorf("resources %+v", r)
	}
	instance := it.ContainerInstance("us-east-1a")
	for name, want := range map[string]string{
		"ecs.availability-zone": "us-east-1a", "ecs.instance-type": "g4dn.12xlarge", "ecs.cpu-architecture": "x86_64",
		"com.amazonaws.ecs.capability.logging-driver.awslogs": "", "ecs.capability.task-eni": "",
		"com.amazonaws.ecs.capability.docker-remote-api.1.24": "", "ecs.capability.execution-role-ecr-pull": "",
	} {
		if got, ok := instance.Attribute(name); !ok || got != want {
			t.Errorf("attribute %s = %q, %v", name, got, ok)
		}
	}
	seen := map[string]bool{}
	for _, a := range instance.Attributes {
		if seen[a.Name] {
			t.Errorf("attribute %s twice", a.Name)
		}
		seen[a.Name] = true
	}
}
