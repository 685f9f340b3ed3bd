package placement

import (
	"fmt"
	"testing"

	"gantry/ecs"
)

// dice throws numbers that follow from a seed: enough of them for a large fleet.
type dice uint64

func (d *dice) below(n int) int {
	*d++
	return int(mix(uint64(*d)) >> 1 % uint64(n))
}

// large is a fleet of hundreds of instances, so that everything in its index has
// many words, and instances come between others until none is free there.
type large struct {
	*testing.T
	*Fleet
	*dice
	policies []*Policy
	needs    []*Requirements
	tasks    []ecs.TaskID
	count    int
	seed     uint64
	ids      int
}

func (l *large) add() {
	size := 1 + l.below(3)
	l.Add(ecs.ContainerInstance{
		ID: ecs.ContainerInstanceID(fmt.Sprintf("%04x", l.below(l.ids))), AgentConnected: l.below(20) > 0,
		Status:           []ecs.ContainerInstanceStatus{ecs.InstanceActive, ecs.InstanceActive, ecs.InstanceActive, ecs.InstanceDraining}[l.below(4)],
		Registered:       ecs.Resources{CPUUnits: 1024 * size, MemoryMiB: 1000 * size, ENIs: 2},
		CapacityProvider: []string{"", "one"}[l.below(2)],
		Attributes: []ecs.Attribute{
			{Name: ecs.AttributeAvailabilityZone, Value: string(rune('a' + l.below(3)))}, {Name: "rack", Value: fmt.Sprint(l.below(40))},
		},
	})
}

func (l *large) terms() {
	zone, rack := ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}, ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:rack"}
	instance, random := ecs.PlacementStrategy{Type: ecs.Spread, Field: "instanceId"}, ecs.PlacementStrategy{Type: ecs.Random}
	cpu, memory := ecs.PlacementStrategy{Type: ecs.Binpack, Field: "cpu"}, ecs.PlacementStrategy{Type: ecs.Binpack, Field: "memory"}
	for i, chain := range [][]ecs.PlacementStrategy{
		{zone, instance}, {memory}, {zone, memory}, {random}, {rack, zone, cpu, memory}, {memory, cpu, instance}, {instance, memory},
		{zone, rack, instance}, {memory, rack, cpu}, {cpu, random}, {rack, random}, {instance},
	} {
		var constraints []ecs.PlacementConstraint
		switch i % 4 {
		case 1:
			constraints = []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "attribute:rack != 7 and not(task:group == service:g1)"}}
		case 2:
			constraints = []ecs.PlacementConstraint{{Type: ecs.DistinctInstance}}
		}
		p, err := ServicePolicy(nil, constraints, chain)
		if err != nil {
			l.Fatal(err)
		}
		l.policies = append(l.policies, p)
	}
	for k := range 8 {
		l.needs = append(l.needs, &Requirements{CPUUnits: 64 * l.below(6), MemoryMiB: 100 * l.below(4), ENIs: k % 4 / 3})
	}
}

func (l *large) request() *Request {
	return &Request{
		Requirements: l.needs[l.below(len(l.needs))], Policy: l.policies[l.below(len(l.policies))],
		Group: fmt.Sprintf("service:g%d", l.below(4)), CapacityProvider: []string{"", "", "", "one"}[l.below(4)], Random: uint64(l.below(1 << 30)),
	}
}

func (l *large) place() {
	r := l.request()
	for range 1 + l.below(30) {
		r.Random++
		to, unplaceable := l.Place(r)
		got := to.Instance
		if want, ok := fullScan(l.Fleet, r); got != want || ok != (unplaceable == nil) {
			l.Fatalf("seed %d: placed on %q (%v), the full scan says %q\n%+v\n%+v", l.seed, got, unplaceable, want, r, r.Policy)
		}
		if unplaceable != nil {
			return
		}
		audit{l.Fleet, l.Fatalf}.chosen(r, &to)
		l.count++
		id := ecs.TaskID(fmt.Sprint(l.count))
		if _, err := l.Commit(Task{ID: id, Instance: got, Group: r.Group, Requirements: r.Requirements}); err != nil {
			l.Fatal(err)
		}
		l.SetTaskStatus(id, ecs.TaskRunning, ecs.TaskRunning)
		l.tasks = append(l.tasks, id)
	}
}

func (l *large) step() {
	switch l.below(10) {
	case 0:
		l.add()
	case 1:
		if len(l.ordered) > 100 {
			l.Remove(l.ordered[l.below(len(l.ordered))].ID)
		}
	case 2:
		l.SetStatus(l.ordered[l.below(len(l.ordered))].ID, ecs.InstanceActive)
	case 3, 4, 5:
		for range l.below(40) {
			if len(l.tasks) > 0 {
				at := l.below(len(l.tasks))
				l.Release(l.tasks[at])
				l.tasks[at] = l.tasks[len(l.tasks)-1]
				l.tasks = l.tasks[:len(l.tasks)-1]
			}
		}
	default:
		l.place()
	}
}

// TestLargeFleetsAgreeWithTheFullScan asks for hundreds of placements on
// hundreds of instances, and once on thousands, while instances come and go.
func TestLargeFleetsAgreeWithTheFullScan(t *testing.T) {
	for seed := range uint64(12) {
		d := dice(seed << 32)
		l := &large{T: t, Fleet: NewFleet(), dice: &d, seed: seed, ids: 700}
		l.terms()
		instances, steps := 100+l.below(300), 60
		if seed == 0 {
			l.ids, instances, steps = 8000, 8000, 20
		}
		for range instances {
			l.add()
		}
		for range steps {
			l.step()
		}
		audit{l.Fleet, t.Fatalf}.indexed()
	}
}
