package placement

import (
	"fmt"
	"testing"
	"time"

	"gantry/ecs"
)

// perInstance is how many tasks of other services each instance has.
const perInstance = 20

// bench is a large cluster in three zones, with the tasks of fifty services:
// about twenty on each instance, by chance.
type bench struct {
	*Fleet
	needs   []*Requirements
	tasks   []ecs.TaskID // those services' tasks
	service []int        // the service of each
	ids     []ecs.TaskID // for new tasks
}

const benchServices = 50

func newBench(tb testing.TB, instances int) *bench {
	tb.Helper()
	f := &bench{Fleet: NewFleet()}
	it, _ := ecs.InstanceTypeByName("m5.xlarge")
	for k := range instances {
		f.Add(ecs.ContainerInstance{
			ID: ecs.ContainerInstanceID(fmt.Sprintf("%032x", mix(uint64(k)))), Status: ecs.InstanceActive, AgentConnected: true,
			Registered: it.Resources(), Attributes: it.Attributes(fmt.Sprintf("us-east-1%c", 'a'+k%3)),
		})
	}
	for k := range benchServices {
		f.needs = append(f.needs, &Requirements{CPUUnits: 32 + k%7*32, MemoryMiB: 200 + k%11*48})
	}
	for k := range instances * perInstance {
		r := Request{Requirements: f.needs[k%benchServices], Group: fmt.Sprintf("service:s%d", k%benchServices), Random: uint64(k)}
		id := ecs.TaskID(fmt.Sprintf("%032x", mix(uint64(k)+1<<40)))
		f.place(tb, &r, id)
		f.tasks, f.service = append(f.tasks, id), append(f.service, k%benchServices)
	}
	for k := range instances * 2 / 5 { // as many has the service that is measured
		f.ids = append(f.ids, ecs.TaskID(fmt.Sprintf("%032x", mix(uint64(k)+1<<41))))
	}
	return f
}

func (f *bench) place(tb testing.TB, r *Request, id ecs.TaskID) {
	to, unplaceable := f.Place(r)
	if unplaceable != nil {
		tb.Fatal(unplaceable)
	}
	if _, err := f.Commit(Task{ID: id, Instance: to.Instance, Group: r.Group, Requirements: r.Requirements}); err != nil {
		tb.Fatal(err)
	}
}

// churn places a task, and another one stops: the service keeps its size.
func (f *bench) churn(tb testing.TB, r *Request, k int) {
	id := f.ids[k%len(f.ids)]
	f.Release(id)
	r.Random = uint64(k)
	f.place(tb, r, id)
}

func (f *bench) clear() {
	for _, id := range f.ids {
		f.Release(id)
	}
}

// row is a service whose tasks are placed.
type row struct {
	name        string
	chain       []ecs.PlacementStrategy
	constraints []ecs.PlacementConstraint
	needs       Requirements
}

func (w *row) request(tb testing.TB) *Request {
	p, err := ServicePolicy(nil, w.constraints, w.chain)
	if err != nil {
		tb.Fatal(err)
	}
	needs := w.needs
	if needs.CPUUnits == 0 {
		needs.CPUUnits, needs.MemoryMiB = 128, 512
	}
	return &Request{Requirements: &needs, Policy: p, Group: "service:bench"}
}

// tableRows are the rows of the table in docs/performance.md.
func tableRows() []row {
	zone := ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}
	instance := ecs.PlacementStrategy{Type: ecs.Spread, Field: "instanceId"}
	memory, cpu := ecs.PlacementStrategy{Type: ecs.Binpack, Field: "memory"}, ecs.PlacementStrategy{Type: ecs.Binpack, Field: "cpu"}
	members := []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "attribute:ecs.instance-type =~ m5.* and not(task:group == service:none)"}}
	return []row{
		{name: "spread-zone-instance", chain: []ecs.PlacementStrategy{zone, instance}},
		{name: "binpack-memory", chain: []ecs.PlacementStrategy{memory}},
		{name: "spread-zone-instance-memberOf", chain: []ecs.PlacementStrategy{zone, instance}, constraints: members},
		{name: "binpack-memory-memberOf", chain: []ecs.PlacementStrategy{memory}, constraints: members},
		{name: "chain-zone-memory", chain: []ecs.PlacementStrategy{zone, memory}},
		{name: "chain-zone-instance-memory", chain: []ecs.PlacementStrategy{zone, instance, memory}},
		{name: "chain-of-five", chain: []ecs.PlacementStrategy{
			{Type: ecs.Spread, Field: "attribute:ecs.instance-type"}, zone, memory, cpu, instance}},
		{name: "distinctInstance", constraints: []ecs.PlacementConstraint{{Type: ecs.DistinctInstance}}},
		{name: "random", chain: []ecs.PlacementStrategy{{Type: ecs.Random}}},
		{name: "ports", needs: Requirements{CPUUnits: 64, MemoryMiB: 256, Ports: []int{8080, 8081}}},
		{name: "awsvpc", needs: Requirements{CPUUnits: 64, MemoryMiB: 256, ENIs: 1}},
	}
}

// onePass is the best that can be done without an index: every instance once,
// with the same counts at hand that the index keeps.
func onePass(f *Fleet, r *Request) ecs.ContainerInstanceID {
	c := f.checkOf(r, untilRefused)
	var best *node
	var now, least [MaxStrategies + 1]int
	for _, n := range f.ordered {
		if c.ask(n); c.failed > 0 {
			continue
		}
		for i, l := range r.Policy.chain {
			now[i] = scoreOf(f, n, c.group, l)
		}
		now[MaxStrategies] = n.count(c.group)
		if r.Policy.random {
			now[MaxStrategies] = int(mix(r.Random^n.hash) >> 1)
		}
		if best == nil || lessThan(&now, &least) {
			best, least = n, now
		}
	}
	return best.ID
}

func lessThan(a, b *[MaxStrategies + 1]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

func scoreOf(f *Fleet, n *node, g *group, l link) int {
	switch l.kind {
	case spreadInstance:
		return n.count(g)
	case binpackCPU:
		return n.Remaining.CPUUnits
	case binpackMemory:
		return n.Remaining.MemoryMiB
	}
	field, at := f.index.fieldOf(l.field)
	if tally := g.tally(at); int(field.of[n.slot]) < len(tally) {
		return int(tally[field.of[n.slot]])
	}
	return 0
}

// scan is how long one pass takes.
func (f *bench) scan(tb testing.TB, r *Request) time.Duration {
	const scans = 20
	var scanning time.Duration
	for k := range scans {
		r.Random = uint64(k)
		start := time.Now()
		got := onePass(f.Fleet, r)
		scanning += time.Since(start)
		if want, _ := f.Place(r); got != want.Instance && !r.Policy.random {
			tb.Fatalf("one pass chooses %s, Place %s", got, want.Instance)
		}
		f.churn(tb, r, k)
	}
	return scanning / scans
}

// BenchmarkPlacements places a task, commits it, and releases another one of the
// service, in a cluster that has 20 tasks of other services on each instance.
// The metric "x-faster" is how many times longer one pass over all instances
// takes.
func BenchmarkPlacements(b *testing.B) {
	f := newBench(b, 5000)
	for _, w := range tableRows() {
		b.Run(w.name, func(b *testing.B) {
			defer f.clear()
			r := w.request(b)
			for k := range f.ids {
				f.churn(b, r, k)
			}
			b.ReportAllocs()
			for k := 0; b.Loop(); k++ {
				f.churn(b, r, k)
			}
			indexed := b.Elapsed() / time.Duration(b.N)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "placements/s")
			b.ReportMetric(float64(f.scan(b, r))/float64(indexed), "x-faster")
		})
	}
}

// BenchmarkPlacementsScaling is the same at 500, 5,000 and 50,000 instances: how
// many times more a placement costs. Run it with -benchtime 1x.
func BenchmarkPlacementsScaling(b *testing.B) {
	sizes := []int{500, 5000, 50_000}
	var fleets []*bench
	for _, n := range sizes {
		fleets = append(fleets, newBench(b, n))
	}
	for _, w := range tableRows() {
		b.Run(w.name, func(b *testing.B) {
			var cost [3]time.Duration
			for b.Loop() {
				for i, f := range fleets {
					best := f.cost(b, &w)
					if cost[i] == 0 || best < cost[i] {
						cost[i] = best
					}
				}
			}
			for i, n := range sizes {
				b.ReportMetric(float64(cost[i].Nanoseconds()), fmt.Sprintf("ns-at-%d", n))
				b.ReportMetric(float64(cost[i])/float64(cost[0]), fmt.Sprintf("x-at-%d", n))
			}
		})
	}
}

// cost is what a placement took on average in the best of many short rounds:
// those in which the machine did nothing else.
func (f *bench) cost(tb testing.TB, w *row) time.Duration {
	const rounds, count = 100, 1000
	defer f.clear()
	r, best := w.request(tb), time.Hour
	for k := range f.ids {
		f.churn(tb, r, k)
	}
	for round := range rounds {
		start := time.Now()
		for k := range count {
			f.churn(tb, r, round*count+k)
		}
		best = min(best, time.Since(start)/count)
	}
	return best
}

// BenchmarkSteadyState: a task of 100,000 ends, whichever, and its service of
// fifty starts another one.
func BenchmarkSteadyState(b *testing.B) {
	f := newBench(b, 5000)
	for _, w := range tableRows()[:2] {
		b.Run(w.name, func(b *testing.B) {
			var requests []*Request
			for k := range benchServices {
				r := w.request(b)
				r.Requirements, r.Group = f.needs[k], fmt.Sprintf("service:s%d", k)
				requests = append(requests, r)
			}
			for k := 0; b.Loop(); k++ {
				at := int(mix(uint64(k)) % uint64(len(f.tasks)))
				f.Release(f.tasks[at])
				r := requests[f.service[at]]
				r.Random = uint64(k)
				f.place(b, r, f.tasks[at])
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "placements/s")
		})
	}
}
