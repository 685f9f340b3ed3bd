package placement

import (
	"fmt"
	"testing"
	"time"

	"gantry/ecs"
)

// benchFleet is a large cluster in three zones, two thirds full of the tasks of
// fifty services.
func benchFleet(b *testing.B, instances int) *Fleet {
	b.Helper()
	f := NewFleet()
	it, _ := ecs.InstanceTypeByName("m5.xlarge")
	for k := range instances {
		f.Add(ecs.ContainerInstance{
			ID: ecs.ContainerInstanceID(fmt.Sprintf("%032x", mix(uint64(k)))), Status: ecs.InstanceActive, AgentConnected: true,
			Registered: it.Resources(), Attributes: it.Attributes(fmt.Sprintf("us-east-1%c", 'a'+k%3)),
		})
	}
	p, err := ServicePolicy(nil, nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	for k := range instances * 4 {
		benchPlace(b, f, &Request{
			Requirements: Requirements{CPUUnits: 100 + k%7*128, MemoryMiB: 1000 + k%5*500},
			Policy:       p, Group: fmt.Sprintf("service:s%d", k%50), Random: uint64(k),
		}, fmt.Sprintf("fill%d", k))
	}
	return f
}

func benchPlace(b *testing.B, f *Fleet, r *Request, id string) {
	b.Helper()
	instance, unplaceable := f.Place(r)
	if unplaceable != nil {
		b.Fatal(unplaceable)
	}
	if _, err := f.Commit(Task{ID: ecs.TaskID(id), Instance: instance, Group: r.Group, Requirements: r.Requirements}); err != nil {
		b.Fatal(err)
	}
}

// onePass is the best that can be done without an index: every instance once,
// with the same counts at hand that the index keeps.
func onePass(f *Fleet, r *Request) ecs.ContainerInstanceID {
	p := placing{fleet: f, request: r, rest: r.Policy.chain, random: r.Policy.random}
	var best *node
	for _, n := range f.ordered {
		if n.fits(r) && (best == nil || p.compare(n, best) < 0) {
			best = n
		}
	}
	return best.ID
}

// BenchmarkPlace places, commits and releases one task. The metric "x-faster"
// is how many times longer one pass over all instances takes than Place.
func BenchmarkPlace(b *testing.B) {
	zone := ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}
	for _, instances := range []int{100, 1000, 3500} {
		f := benchFleet(b, instances)
		for _, bench := range []struct {
			name        string
			chain       []ecs.PlacementStrategy
			constraints []ecs.PlacementConstraint
		}{
			{name: "default"},
			{name: "zone+binpack", chain: []ecs.PlacementStrategy{zone, {Type: ecs.Binpack, Field: "memory"}}},
			{name: "binpack", chain: []ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "cpu"}}},
			{name: "random", chain: []ecs.PlacementStrategy{{Type: ecs.Random}}},
			{name: "memberOf", constraints: []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "attribute:ecs.instance-type =~ m5.* and not(task:group == service:none)"}}},
			{name: "distinct", constraints: []ecs.PlacementConstraint{{Type: ecs.DistinctInstance}}},
		} {
			b.Run(fmt.Sprintf("%d/%s", instances, bench.name), func(b *testing.B) {
				p, err := ServicePolicy(nil, bench.constraints, bench.chain)
				if err != nil {
					b.Fatal(err)
				}
				r := &Request{Requirements: Requirements{CPUUnits: 128, MemoryMiB: 512}, Policy: p, Group: "service:bench"}
				_, _ = f.Place(r) // builds what the chain needs
				for k := 0; b.Loop(); k++ {
					r.Random = uint64(k)
					benchPlace(b, f, r, "bench")
					f.Release("bench")
				}
				indexed := b.Elapsed() / time.Duration(b.N)
				const scans = 20
				var scanning time.Duration
				for k := range scans {
					r.Random = uint64(k)
					start := time.Now()
					got := onePass(f, r)
					scanning += time.Since(start)
					if want, _ := f.Place(r); got != want {
						b.Fatalf("one pass chooses %s, Place %s", got, want)
					}
				}
				b.ReportMetric(float64(scanning/scans)/float64(indexed), "x-faster")
			})
		}
	}
}
