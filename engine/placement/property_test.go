package placement

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gantry/ecs"
)

// machine drives a fleet at random.
type machine struct {
	*rapid.T
	fleet    *Fleet
	policies []*Policy
	next     int
}

func (m *machine) pick(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(m.T, label)
}
func (m *machine) below(n int, label string) int { return rapid.IntRange(0, n-1).Draw(m.T, label) }

func (m *machine) instance(id ecs.ContainerInstanceID) ecs.ContainerInstance {
	size := 1 + m.below(3, "size")
	i := ecs.ContainerInstance{
		ID: id, ARN: ecs.ARN("arn:" + string(id)), AgentVersion: "1.14.5",
		Status:         rapid.SampledFrom([]ecs.ContainerInstanceStatus{ecs.InstanceActive, ecs.InstanceActive, ecs.InstanceActive, ecs.InstanceDraining}).Draw(m.T, "status"),
		AgentConnected: m.below(6, "connected") > 0,
		Registered:     ecs.Resources{CPUUnits: 512 * size, MemoryMiB: 700 * size, Ports: []int{22}, ENIs: m.below(3, "enis")},
		Attributes:     m.attributes(),

		CapacityProvider: m.pick("of provider", "", "one", "two"),
	}
	for g := range m.below(3, "gpus") {
		i.Registered.GPUs = append(i.Registered.GPUs, fmt.Sprintf("GPU-%d", g))
	}
	return i
}

func (m *machine) attributes() []ecs.Attribute {
	all := []ecs.Attribute{
		{Name: ecs.AttributeCPUArchitecture, Value: m.pick("arch", "x86_64", "arm64")},
		{Name: "capability"},
	}
	if zone := m.pick("zone", "a", "b", "c", ""); zone != "" {
		all = append(all, ecs.Attribute{Name: ecs.AttributeAvailabilityZone, Value: zone})
	}
	if rack := m.pick("rack", "1", "2", ""); rack != "" {
		all = append(all, ecs.Attribute{Name: "rack", Value: rack})
	}
	return all
}

func (m *machine) policy() *Policy {
	var constraints []ecs.PlacementConstraint
	for range m.below(3, "constraints") {
		expr := m.pick("expression", "", "attribute:rack exists", "attribute:ecs.availability-zone in [a, b]",
			"not(task:group == service:b)", "task:group == service:a or runningTasksCount < 2", "attribute:rack != 1 or agentVersion > 1.0")
		c := ecs.PlacementConstraint{Type: ecs.MemberOf, Expression: expr}
		if expr == "" {
			c.Type = ecs.DistinctInstance
		}
		constraints = append(constraints, c)
	}
	var chain []ecs.PlacementStrategy
	for range m.below(4, "links") {
		s := rapid.SampledFrom([]ecs.PlacementStrategy{
			{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}, {Type: ecs.Spread, Field: "attribute:rack"},
			{Type: ecs.Spread, Field: "attribute:none"}, {Type: ecs.Spread, Field: "instanceId"}, {Type: ecs.Spread, Field: "host"},
			{Type: ecs.Binpack, Field: "cpu"}, {Type: ecs.Binpack, Field: "memory"}, {Type: ecs.Random},
		}).Draw(m.T, "strategy")
		chain = append(chain, s)
	}
	build := ServicePolicy
	if m.below(2, "run") == 0 {
		build = TaskPolicy
	}
	p, err := build(nil, constraints, chain)
	if err != nil {
		m.Fatal(err)
	}
	return p
}

func (m *machine) request() *Request {
	r := &Request{
		Requirements: &Requirements{
			CPUUnits: 128 * m.below(5, "cpu"), MemoryMiB: 100 * m.below(5, "memory"),
			GPUs: max(0, m.below(8, "gpus")-6), ENIs: max(0, m.below(5, "enis")-3),
		},
		Group: m.pick("group", "service:a", "service:b", "family:c"),

		CapacityProvider: m.pick("provider", "", "", "", "one"),

		Random: rapid.Uint64().Draw(m.T, "random"),
	}
	if k := m.below(len(m.policies)+1, "policy"); k < len(m.policies) {
		r.Policy = m.policies[k]
	}
	switch m.below(6, "special") {
	case 0:
		r.Requirements.Ports = []int{8000 + m.below(3, "port")}
	case 1:
		r.Requirements.PortsUDP = []int{8000 + m.below(3, "port")}
	case 2:
		r.Requirements.CPUArchitecture = "ARM64"
	case 3:
		r.Requirements.Zones = []string{"a", "c"}
	case 4:
		r.Requirements.Attributes = []ecs.Attribute{{Name: m.pick("requires", "capability", "rack", "absent")}}
	}
	return r
}

// place holds the indexed answer against the full scan, and commits it.
func (m *machine) place() {
	r := m.request()
	to, unplaceable := m.fleet.Place(r)
	got := to.Instance
	want, ok := fullScan(m.fleet, r)
	if got != want || ok != (unplaceable == nil) {
		m.Fatalf("placed on %q (%v), the full scan says %q\n%+v\n%+v", got, unplaceable, want, r, r.Policy)
	}
	if unplaceable != nil {
		m.explained(unplaceable, r)
		return
	}
	audit{m.fleet, m.Fatalf}.chosen(r, &to)
	m.next++
	task := Task{ID: ecs.TaskID(fmt.Sprintf("task-%03d", m.next)), Instance: got, Group: r.Group, Requirements: r.Requirements}
	gpus, err := m.fleet.Commit(task)
	if err != nil || len(gpus) != r.Requirements.GPUs {
		m.Fatalf("committing where it was placed: %v, %v", gpus, err)
	}
}

// active counts the ACTIVE instances of a capacity provider, or of any.
func (m *machine) active(provider string) int {
	count := 0
	for _, n := range m.fleet.ordered {
		if n.Status == ecs.InstanceActive && (provider == "" || n.CapacityProvider == provider) {
			count++
		}
	}
	return count
}

func (m *machine) explained(u *Unplaceable, r *Request) {
	full := m.fleet.Unplaceable(r)
	if len(full.Refusals) != m.fleet.Len() || u.Error() == "" || u.ServiceEvent() == "" {
		m.Fatalf("%d refusals for %d instances: %v", len(full.Refusals), m.fleet.Len(), u)
	}
	for _, refusal := range full.Refusals {
		if len(refusal.Reasons) == 0 {
			m.Fatalf("no reason for %s", refusal.Instance)
		}
	}
	if full.Refusals = nil; !reflect.DeepEqual(u, full) {
		m.Fatalf("summed up as %+v\nand in full  %+v", u, full)
	}
	active := m.active(r.CapacityProvider)
	if (active == 0) != (u.Closest == nil) || len(m.fleet.Failures(r)) != active {
		m.Fatalf("closest %v, %d failures, %d active", u.Closest, len(m.fleet.Failures(r)), active)
	}
}

func (m *machine) tasks() []ecs.TaskID {
	ids := slices.Sorted(maps.Keys(m.fleet.tasks))
	return slices.DeleteFunc(ids, func(id ecs.TaskID) bool { return m.fleet.task(id) == nil })
}

func (m *machine) step() {
	instances, tasks := m.fleet.Instances(nil), m.tasks()
	switch k := m.below(20, "action"); {
	case len(instances) == 0 && k > 11:
		m.fleet.Add(m.instance("i-00"))
		return
	case len(instances) == 0 || k < 11:
		m.place()
		return
	}
	id := rapid.SampledFrom(instances).Draw(m.T, "instance")
	action := m.below(9, "change")
	if len(tasks) == 0 {
		action %= 5
	}
	switch action {
	case 0:
		m.fleet.SetStatus(id, rapid.SampledFrom([]ecs.ContainerInstanceStatus{ecs.InstanceActive, ecs.InstanceDraining}).Draw(m.T, "to"))
	case 1:
		m.fleet.SetConnected(id, m.below(3, "connect") > 0)
	case 2:
		m.fleet.SetAttributes(id, m.attributes())
	case 3:
		m.fleet.Remove(id)
	case 4:
		m.fleet.Add(m.instance(ecs.ContainerInstanceID(fmt.Sprintf("i-%02d", m.below(40, "id")))))
	case 5, 6:
		task := rapid.SampledFrom(tasks).Draw(m.T, "task")
		m.fleet.SetTaskStatus(task,
			rapid.SampledFrom([]ecs.TaskStatus{ecs.TaskPending, ecs.TaskRunning, ecs.TaskStopping}).Draw(m.T, "last"),
			rapid.SampledFrom([]ecs.TaskStatus{ecs.TaskRunning, ecs.TaskStopped}).Draw(m.T, "desired"))
	default:
		m.fleet.Release(rapid.SampledFrom(tasks).Draw(m.T, "task"))
	}
}

// TestPlaceAgreesWithTheFullScan drives random fleets through everything that
// can happen to them, and asks after each step.
func TestPlaceAgreesWithTheFullScan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{T: t, fleet: NewFleet()}
		for k := range rapid.IntRange(0, 12).Draw(t, "instances") {
			m.fleet.Add(m.instance(ecs.ContainerInstanceID(fmt.Sprintf("i-%02d", k))))
		}
		for range 3 {
			m.policies = append(m.policies, m.policy())
		}
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			m.step()
		}
		m.consistent()
	})
}

// consistent checks the books: nothing oversubscribed, the index in step.
func (m *machine) consistent() {
	for _, n := range m.fleet.ordered {
		used, ports, running := Requirements{}, 0, 0
		for _, t := range m.fleet.tasks {
			if t.node == n {
				if !t.stopping {
					running++
				}
				used.CPUUnits += t.needs.CPUUnits
				used.MemoryMiB += t.needs.MemoryMiB
				used.ENIs += t.needs.ENIs
				used.GPUs += t.needs.GPUs
				ports += len(t.needs.Ports)
			}
		}
		left, all := n.Remaining, n.Registered
		if left.CPUUnits < 0 || left.MemoryMiB < 0 || left.ENIs < 0 ||
			left.CPUUnits+used.CPUUnits != all.CPUUnits || left.MemoryMiB+used.MemoryMiB != all.MemoryMiB ||
			left.ENIs+used.ENIs != all.ENIs || len(left.GPUs)+used.GPUs != len(all.GPUs) || len(left.Ports) != ports+len(all.Ports) {
			m.Fatalf("%s: %+v left of %+v with %+v used", n.ID, left, all, used)
		}
		if n.RunningTasks != running {
			m.Fatalf("%s: %d tasks have the desired status RUNNING, and it counts %d", n.ID, running, n.RunningTasks)
		}
	}
	audit{m.fleet, m.Fatalf}.indexed()
	audit{m.fleet, m.Fatalf}.described()
}

// TestHistoryDoesNotMatter: a fleet built anew from what another holds gives the
// same answers, in whatever order it is built.
func TestHistoryDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := &machine{T: t, fleet: NewFleet()}
		for k := range rapid.IntRange(1, 8).Draw(t, "instances") {
			m.fleet.Add(m.instance(ecs.ContainerInstanceID(fmt.Sprintf("i-%02d", k))))
		}
		m.policies = []*Policy{m.policy(), m.policy()}
		for range 25 {
			m.step()
		}
		again := NewFleet()
		for _, id := range rapid.Permutation(m.fleet.Instances(nil)).Draw(t, "instances again") {
			i, _ := m.fleet.Instance(id)
			again.Add(i)
		}
		for _, id := range rapid.Permutation(m.tasks()).Draw(t, "tasks again") {
			c := m.fleet.tasks[id]
			if _, err := again.Commit(Task{ID: id, Instance: c.node.ID, Group: c.group.name, Requirements: c.needs, GPUIDs: c.gpuIDs}); err != nil {
				t.Fatal(err)
			}
			last, desired := ecs.TaskRunning, ecs.TaskRunning
			if c.starting {
				last = ecs.TaskPending
			}
			if c.stopping {
				desired = ecs.TaskStopped
			}
			again.SetTaskStatus(id, last, desired)
		}
		for range 5 {
			r := m.request()
			a, _ := m.fleet.Place(r)
			if b, _ := again.Place(r); a.Instance != b.Instance || a.Instance != "" && !bytes.Equal(a.Append(nil), b.Append(nil)) {
				t.Fatalf("placed on %q, and on %q in the same fleet built anew: %+v", a.Instance, b.Instance, r)
			}
		}
		for _, id := range m.fleet.Instances(nil) {
			a, _ := m.fleet.Instance(id)
			b, _ := again.Instance(id)
			if fmt.Sprintf("%+v", a) != fmt.Sprintf("%+v", b) {
				t.Fatalf("instance\n%+v\nbuilt anew is\n%+v", a, b)
			}
		}
	})
}
