package placement_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/query"
)

// add puts an instance of a type in a zone into the fleet.
func add(t *testing.T, f *placement.Fleet, id, typeName, zone string, attributes ...ecs.Attribute) {
	t.Helper()
	it, ok := ecs.InstanceTypeByName(typeName)
	if !ok {
		t.Fatalf("no type %s", typeName)
	}
	f.Add(ecs.ContainerInstance{
		ID: ecs.ContainerInstanceID(id), ARN: ecs.ARN("arn:" + id), Status: ecs.InstanceActive, AgentConnected: true,
		Registered: it.Resources(), Attributes: append(it.Attributes(zone), attributes...),
	})
}

// cluster has instances a1, a2, b1 … of a type: as many in each zone as it says.
func cluster(t *testing.T, typeName string, zones ...int) *placement.Fleet {
	t.Helper()
	f := placement.NewFleet()
	for z, count := range zones {
		letter := string(rune('a' + z))
		for k := range count {
			add(t, f, fmt.Sprintf("%s%d", letter, k+1), typeName, "us-east-1"+letter)
		}
	}
	return f
}

func service(t *testing.T, strategies ...ecs.PlacementStrategy) *placement.Policy {
	t.Helper()
	p, err := placement.ServicePolicy(nil, nil, strategies)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func constrained(t *testing.T, constraints ...ecs.PlacementConstraint) *placement.Policy {
	t.Helper()
	p, err := placement.ServicePolicy(nil, constraints, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func memberOf(expr string) ecs.PlacementConstraint {
	return ecs.PlacementConstraint{Type: ecs.MemberOf, Expression: expr}
}

// fill places and commits count tasks; it says where, or ends with the refusal.
func fill(t *testing.T, f *placement.Fleet, r placement.Request, prefix string, count int) (on []string) {
	t.Helper()
	for k := range count {
		r.Random = uint64(k)
		to, unplaceable := f.Place(&r)
		if unplaceable != nil {
			return append(on, unplaceable.Error())
		}
		task := placement.Task{ID: ecs.TaskID(fmt.Sprintf("%s%d", prefix, k+1)), Instance: to.Instance, Group: r.Group, Requirements: r.Requirements}
		if _, err := f.Commit(task); err != nil {
			t.Fatal(err)
		}
		on = append(on, string(to.Instance))
	}
	return on
}

func TestStrategies(t *testing.T) {
	zone := ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}
	instance := ecs.PlacementStrategy{Type: ecs.Spread, Field: "instanceId"}
	memory := ecs.PlacementStrategy{Type: ecs.Binpack, Field: "memory"}
	cpu := ecs.PlacementStrategy{Type: ecs.Binpack, Field: "cpu"}
	for name, tt := range map[string]struct {
		chain []ecs.PlacementStrategy
		zones []int
		want  string
	}{
		"default of a service":     {nil, []int{2, 1}, "a1 b1 a2 b1 a1 b1"},
		"zone, then instance":      {[]ecs.PlacementStrategy{zone, instance}, []int{2, 1}, "a1 b1 a2 b1 a1 b1"},
		"instances alone":          {[]ecs.PlacementStrategy{instance}, []int{2, 1}, "a1 a2 b1 a1 a2 b1"},
		"host is instanceId":       {[]ecs.PlacementStrategy{{Type: ecs.Spread, Field: "host"}}, []int{2, 1}, "a1 a2 b1 a1 a2 b1"},
		"binpack fills one up":     {[]ecs.PlacementStrategy{memory}, []int{2, 1}, "a1 a1 a1 a1 a2 a2"},
		"zone, then binpack":       {[]ecs.PlacementStrategy{zone, memory}, []int{2, 2}, "a1 b1 a1 b1 a1 b1"},
		"a full zone still counts": {[]ecs.PlacementStrategy{zone, cpu}, []int{1, 1, 0}, "a1 b1 a1 b1 a1 b1"},
		"an attribute nobody has":  {[]ecs.PlacementStrategy{{Type: ecs.Spread, Field: "attribute:rack"}, instance}, []int{2}, "a1 a2 a1 a2 a1 a2"},
	} {
		t.Run(name, func(t *testing.T) {
			f := cluster(t, "m4.large", tt.zones...)
			r := placement.Request{
				Requirements: &placement.Requirements{CPUUnits: 100, MemoryMiB: 1900}, Group: "service:web", Policy: service(t, tt.chain...),
			}
			if got := strings.Join(fill(t, f, r, "t", 6), " "); got != tt.want {
				t.Errorf("placed on %s, want %s", got, tt.want)
			}
		})
	}
}

// TestSpreadCountsFullInstances: a zone whose instances are full keeps its
// tasks on the scales.
func TestSpreadCountsFullInstances(t *testing.T) {
	f := cluster(t, "t2.small", 2, 1, 1)
	r := placement.Request{Requirements: &placement.Requirements{MemoryMiB: 1800}, Group: "service:web", Policy: service(t)}
	got := strings.Join(fill(t, f, r, "t", 5), " ")
	want := "a1 b1 c1 a2 no container instance met all requirements: 4 short of memory (need 1800 MiB, most free 201 MiB)"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSpreadOfTheSlides(t *testing.T) {
	f := cluster(t, "t2.medium", 2, 2, 2)
	p, err := placement.TaskPolicy(nil, nil, []ecs.PlacementStrategy{{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}})
	if err != nil {
		t.Fatal(err)
	}
	on := fill(t, f, placement.Request{Requirements: &placement.Requirements{MemoryMiB: 256}, Group: "family:myapp", Policy: p}, "t", 9)
	zones := map[byte]int{}
	for _, id := range on {
		zones[id[0]]++
	}
	if zones['a'] != 3 || zones['b'] != 3 || zones['c'] != 3 {
		t.Errorf("9 tasks over 3 zones: %v", on)
	}
}

func TestRandomIsSeededAndFair(t *testing.T) {
	f := cluster(t, "t2.small", 2, 2)
	counts := map[ecs.ContainerInstanceID]int{}
	for k := range 4000 {
		r := placement.Request{Random: uint64(k)}
		to, _ := f.Place(&r)
		id := to.Instance
		if again, _ := f.Place(&r); again.Instance != id {
			t.Fatalf("the same request got %s, then %s", id, again.Instance)
		}
		counts[id]++
	}
	for _, id := range slices.Sorted(maps.Keys(counts)) {
		if counts[id] < 900 || counts[id] > 1100 {
			t.Errorf("%s was chosen %d times of 4000", id, counts[id])
		}
	}
	if len(counts) != 4 {
		t.Errorf("chosen: %v", counts)
	}
}

func TestConstraints(t *testing.T) {
	f := cluster(t, "t2.small", 1, 1)
	add(t, f, "d1", "t2.medium", "us-east-1d")
	add(t, f, "g1", "g2.2xlarge", "us-east-1a", ecs.Attribute{Name: "stack", Value: "prod"})
	fill(t, f, placement.Request{Group: "service:db", Policy: constrained(t, memberOf("attribute:ecs.availability-zone == us-east-1b"))}, "db", 1)
	for expr, want := range map[string]string{
		"attribute:ecs.instance-type == g2.2xlarge": "g1",
		"(attribute:ecs.instance-type == t2.small or attribute:ecs.instance-type == t2.medium) and attribute:ecs.availability-zone != us-east-1d": "a1 b1",
		"task:group == service:db":      "b1",
		"not(task:group == service:db)": "a1 d1 g1",
		"attribute:stack == prod":       "g1",
		"attribute:stack != prod":       "",
		"attribute:stack !exists":       "a1 b1 d1",
	} {
		r := placement.Request{Policy: constrained(t, memberOf(expr))}
		var ok []string
		for _, id := range f.Instances(nil) {
			reasons, _ := f.Check(id, &r)
			if len(reasons) == 0 {
				ok = append(ok, string(id))
			} else if reasons[0] != (placement.Reason{Kind: placement.MemberOf, Constraint: expr}) {
				t.Errorf("%s: %s: %v", expr, id, reasons)
			}
		}
		if got := strings.Join(ok, " "); got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
	// They are joined by and, those of the definition too.
	p, err := placement.ServicePolicy([]ecs.PlacementConstraint{memberOf("attribute:ecs.instance-type =~ t2.*")},
		[]ecs.PlacementConstraint{memberOf("attribute:ecs.availability-zone == us-east-1a"), memberOf("agentConnected == true")}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if to, _ := f.Place(&placement.Request{Policy: p}); to.Instance != "a1" {
		t.Errorf("placed on %q, want a1", to.Instance)
	}
}

func TestDistinctInstance(t *testing.T) {
	f := cluster(t, "t2.small", 2)
	web := placement.Request{Group: "service:web", Policy: constrained(t, ecs.PlacementConstraint{Type: ecs.DistinctInstance})}
	want := "a1 a2 no container instance met all requirements: 2 already running a task of the group"
	if got := strings.Join(fill(t, f, web, "web", 3), " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	_, u := f.Place(&web)
	if u.Closest == nil {
		t.Errorf("no instances: %v", u)
	}
	if got := f.Failures(&web)[0].Reason; got != "DistinctInstance placement constraint unsatisfied." {
		t.Errorf("failure %q", got)
	}
	other := web
	other.Group = "service:api"
	if to, _ := f.Place(&other); to.Instance != "a1" {
		t.Errorf("another group is refused: %q", to.Instance)
	}
	// What counts is the desired status.
	f.SetTaskStatus("web2", ecs.TaskRunning, ecs.TaskStopped)
	if to, _ := f.Place(&web); to.Instance != "a2" {
		t.Errorf("placed on %q, want a2, whose task is stopping", to.Instance)
	}
}

func TestReasons(t *testing.T) {
	f := cluster(t, "t2.small", 1)
	busy := &placement.Requirements{CPUUnits: 1000, MemoryMiB: 2000, ENIs: 2, Ports: []int{80}, PortsUDP: []int{53}}
	if _, err := f.Commit(placement.Task{ID: "busy", Instance: "a1", Group: "service:busy", Requirements: busy}); err != nil {
		t.Fatal(err)
	}
	const missing = "com.example.missing"
	for _, tt := range []struct {
		name    string
		request placement.Request
		want    placement.Reason
		failure string
		text    string
		event   string
	}{
		{"cpu", placement.Request{Requirements: &placement.Requirements{CPUUnits: 25}},
			placement.Reason{Kind: placement.CPU, Needed: 25, Available: 24}, "RESOURCE:CPU",
			"short of CPU (needs 25 CPU units, 24 CPU units free)", "has insufficient CPU units available."},
		{"memory", placement.Request{Requirements: &placement.Requirements{MemoryMiB: 256}},
			placement.Reason{Kind: placement.Memory, Needed: 256, Available: 1}, "RESOURCE:MEMORY",
			"short of memory (needs 256 MiB, 1 MiB free)", "has insufficient memory available."},
		{"port", placement.Request{Requirements: &placement.Requirements{Ports: []int{53, 80}}},
			placement.Reason{Kind: placement.Port, Port: 80, Protocol: "tcp"}, "RESOURCE:PORTS",
			"already using port 80/tcp", "is already using a port required by your task."},
		{"udp port", placement.Request{Requirements: &placement.Requirements{PortsUDP: []int{53, 80}}},
			placement.Reason{Kind: placement.Port, Port: 53, Protocol: "udp"}, "RESOURCE:PORTS",
			"already using port 53/udp", "is already using a port required by your task."},
		{"reserved port", placement.Request{Requirements: &placement.Requirements{Ports: []int{22}}},
			placement.Reason{Kind: placement.Port, Port: 22, Protocol: "tcp"}, "RESOURCE:PORTS",
			"already using port 22/tcp", "is already using a port required by your task."},
		{"eni", placement.Request{Requirements: &placement.Requirements{ENIs: 1}},
			placement.Reason{Kind: placement.ENI, Needed: 1}, "RESOURCE:ENI",
			"short of network interfaces (needs 1, 0 free)", `encountered error "RESOURCE:ENI".`},
		{"gpu", placement.Request{Requirements: &placement.Requirements{GPUs: 1}},
			placement.Reason{Kind: placement.GPU, Needed: 1}, "RESOURCE:GPU",
			"short of GPUs (needs 1, 0 free)", `encountered error "RESOURCE:GPU".`},
		{"attribute", placement.Request{Requirements: &placement.Requirements{Attributes: []ecs.Attribute{{Name: missing}, {Name: "ecs.capability.task-eni"}}}},
			placement.Reason{Kind: placement.Attribute, Attribute: missing}, "ATTRIBUTE",
			"without attribute " + missing, "is missing an attribute required by your task."},
		{"platform", placement.Request{Requirements: &placement.Requirements{CPUArchitecture: "ARM64", OSFamily: "LINUX"}},
			placement.Reason{Kind: placement.Attribute, Attribute: "ecs.cpu-architecture", Value: "ARM64", Has: "x86_64"}, "ATTRIBUTE",
			"without attribute ecs.cpu-architecture = ARM64 (it has x86_64)", "is missing an attribute required by your task."},
		{"location", placement.Request{Requirements: &placement.Requirements{Zones: []string{"us-east-1b", "us-east-1c"}}},
			placement.Reason{Kind: placement.Location, Attribute: "ecs.availability-zone", Value: "us-east-1b, us-east-1c", Has: "us-east-1a"}, "LOCATION",
			"outside us-east-1b, us-east-1c (it has us-east-1a)", `encountered error "LOCATION".`},
		{"memberOf", placement.Request{Policy: constrained(t, memberOf("attribute:stack == prod"))},
			placement.Reason{Kind: placement.MemberOf, Constraint: "attribute:stack == prod"}, "MemberOf placement constraint unsatisfied.",
			"not matching attribute:stack == prod", `encountered error "MemberOf placement constraint unsatisfied.".`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			to, u := f.Place(&tt.request)
			if u == nil {
				t.Fatalf("placed on %s", to.Instance)
			}
			if len(u.Counts) != 1 || u.Closest == nil || len(u.Closest.Reasons) != 1 || u.Closest.Reasons[0] != tt.want {
				t.Fatalf("got %+v, want %+v", u, tt.want)
			}
			if all := f.Unplaceable(&tt.request); len(all.Refusals) != 1 || !reflect.DeepEqual(all.Refusals[0], *u.Closest) {
				t.Fatalf("refusals %+v, want %+v", all.Refusals, u.Closest)
			}
			if got := tt.want.String(); got != tt.text {
				t.Errorf("text %q, want %q", got, tt.text)
			}
			if got := f.Failures(&tt.request); len(got) != 1 || got[0] != (ecs.Failure{ARN: "arn:a1", Reason: tt.failure}) {
				t.Errorf("failures %+v, want %s", got, tt.failure)
			}
			want := "was unable to place a task because no container instance met all of its requirements. The closest matching (container-instance a1) " +
				tt.event + " For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
			if got := u.ServiceEvent(); got != want {
				t.Errorf("event %q\nwant  %q", got, want)
			}
		})
	}
}

func TestUnplaceable(t *testing.T) {
	const noInstances = "was unable to place a task because no container instance met all of its requirements. " +
		"Reason: No Container Instances were found in your cluster. For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
	f := placement.NewFleet()
	_, u := f.Place(&placement.Request{})
	if u == nil || u.ServiceEvent() != noInstances || u.Closest != nil {
		t.Fatalf("an empty fleet: %+v", u)
	}
	if got, want := u.Error(), "no container instance met all requirements: the cluster has none"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	f = cluster(t, "t2.small", 2, 2, 2)
	f.SetStatus("b1", ecs.InstanceDraining)
	f.SetStatus("b2", ecs.InstanceDraining)
	f.SetConnected("c2", false)
	if _, err := f.Commit(placement.Task{ID: "x", Instance: "a1", Requirements: &placement.Requirements{MemoryMiB: 471, Ports: []int{80}}}); err != nil {
		t.Fatal(err)
	}
	r := placement.Request{Requirements: &placement.Requirements{MemoryMiB: 2048, Ports: []int{80}}}
	_, u = f.Place(&r)
	want := "no container instance met all requirements: 3 short of memory (need 2048 MiB, most free 2001 MiB), 2 draining, 1 disconnected (its agent)"
	if got := u.Error(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got := u.Closest; got == nil || got.Instance != "a2" { // a1 lacks the port too, c2 the agent
		t.Errorf("closest %+v", got)
	}
	if got := len(f.Failures(&r)); got != 4 {
		t.Errorf("%d failures, want one for each ACTIVE instance", got)
	}
	data, err := json.Marshal(f.Unplaceable(&r))
	if err != nil || !strings.Contains(string(data), `{"kind":"STATUS","status":"DRAINING"}`) {
		t.Errorf("as JSON: %s, %v", data, err)
	}

	for _, id := range f.Instances(nil) {
		f.SetStatus(id, ecs.InstanceDraining)
	}
	if _, u = f.Place(&placement.Request{}); u.Closest != nil || u.ServiceEvent() != noInstances || f.Active() != 0 {
		t.Errorf("only draining instances: %s", u.ServiceEvent())
	}
}

func TestFleetReads(t *testing.T) {
	f := cluster(t, "g4dn.12xlarge", 1, 1)
	large, _ := ecs.InstanceTypeByName("g4dn.12xlarge")
	ids := large.Resources().GPUs
	gpus, err := f.Commit(placement.Task{ID: "t1", Instance: "a1", Group: "service:ml", Requirements: &placement.Requirements{CPUUnits: 1000, GPUs: 2, Ports: []int{80}}})
	if err != nil || !slices.Equal(gpus, ids[:2]) {
		t.Fatalf("GPUs %v, %v", gpus, err)
	}
	f.SetTaskStatus("t1", ecs.TaskRunning, ecs.TaskRunning)
	i, ok := f.Instance("a1")
	if !ok || i.RunningTasks != 1 || i.PendingTasks != 0 || i.Remaining.CPUUnits != 48152 || !slices.Contains(i.Remaining.Ports, 80) ||
		!slices.Equal(i.Remaining.GPUs, ids[2:]) || slices.Contains(i.Registered.Ports, 80) {
		t.Errorf("%+v", i)
	}
	i.Remaining.GPUs[0], i.Attributes[0].Name = "changed", "changed"
	if again, _ := f.Instance("a1"); again.Remaining.GPUs[0] != ids[2] || again.Attributes[0].Name == "changed" {
		t.Error("what Instance returns is not a copy")
	}
	filter, err := query.Parse("runningTasksCount > 0 and agentConnected == true")
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Instances(filter); !slices.Equal(got, []ecs.ContainerInstanceID{"a1"}) {
		t.Errorf("filtered: %v", got)
	}
	for _, refused := range []placement.Task{
		{ID: "t1", Instance: "b1"}, {ID: "t2", Instance: "gone"},
		{ID: "t2", Instance: "a1", Requirements: &placement.Requirements{GPUs: 3}},
		{ID: "t2", Instance: "a1", Requirements: &placement.Requirements{GPUs: 1}, GPUIDs: ids[:1]},
		{ID: "t2", Instance: "a1", Requirements: &placement.Requirements{GPUs: 2}, GPUIDs: ids[2:3]},
	} {
		if _, err := f.Commit(refused); err == nil {
			t.Errorf("committed %+v", refused)
		}
	}
	if !f.Release("t1") || f.Release("t1") || f.SetTaskStatus("t1", ecs.TaskStopped, ecs.TaskStopped) {
		t.Error("a task is released once")
	}
	if i, _ := f.Instance("a1"); i.RunningTasks != 0 || len(i.Remaining.GPUs) != 4 || slices.Contains(i.Remaining.Ports, 80) {
		t.Errorf("after the release: %+v", i)
	}
	f.Remove("a1")
	if _, ok := f.Instance("a1"); ok || f.Len() != 1 || f.SetStatus("a1", ecs.InstanceActive) {
		t.Error("a removed instance is still there")
	}
	if _, ok := f.Check("a1", &placement.Request{}); ok {
		t.Error("a removed instance can be checked")
	}
}

// TestInterfacesFromTheType: interfaces are not on the wire, so the type tells.
func TestInterfacesFromTheType(t *testing.T) {
	f := placement.NewFleet()
	f.Add(ecs.ContainerInstance{ID: "i", Attributes: []ecs.Attribute{{Name: ecs.AttributeInstanceType, Value: "m5.large"}}})
	if i, _ := f.Instance("i"); i.Registered.ENIs != 2 || i.Remaining.ENIs != 2 {
		t.Errorf("%+v", i.Registered)
	}
}
