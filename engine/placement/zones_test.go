package placement_test

import (
	"slices"
	"testing"

	"gantry/ecs"
	"gantry/engine/placement"
)

func TestZones(t *testing.T) {
	f := placement.NewFleet()
	add := func(id, zone, stack string, change func(*ecs.ContainerInstance)) {
		i := ecs.ContainerInstance{
			ID: ecs.ContainerInstanceID(id), Status: ecs.InstanceActive, AgentConnected: true,
			Attributes: []ecs.Attribute{{Name: ecs.AttributeAvailabilityZone, Value: zone}, {Name: "stack", Value: stack}},
		}
		if change != nil {
			change(&i)
		}
		f.Add(i)
	}
	add("1", "c", "prod", nil)
	add("2", "a", "prod", nil)
	add("3", "a", "prod", nil)
	add("4", "b", "test", nil)
	add("5", "d", "prod", func(i *ecs.ContainerInstance) { i.Status = ecs.InstanceDraining })
	add("6", "e", "prod", func(i *ecs.ContainerInstance) { i.AgentConnected = false })
	policy, err := placement.ServicePolicy(nil, []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "attribute:stack == prod"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	// None of them has room, which does not matter here.
	r := &placement.Request{Requirements: &placement.Requirements{CPUUnits: 1}, Policy: policy}
	if got := f.Zones(r); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("zones are %v, want [a c]", got)
	}
	var suits []ecs.ContainerInstanceID
	for _, id := range f.Instances(nil) {
		if f.Suits(id, r) {
			suits = append(suits, id)
		}
	}
	if !slices.Equal(suits, []ecs.ContainerInstanceID{"1", "2", "3", "6"}) {
		t.Errorf("instances %v suit, want 1, 2, 3 and 6", suits)
	}
}
