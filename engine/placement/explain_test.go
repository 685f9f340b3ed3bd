package placement

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gantry/ecs"
)

// explainedInFull is why a task goes to an instance, worked out over all of them
// without any index: what Explain has to say of what Place kept.
func explainedInFull(f *Fleet, r *Request, chosen ecs.ContainerInstanceID) ecs.Placement {
	var left []*node
	refused := map[Kind]int{}
	for _, refusal := range f.Unplaceable(r).Refusals {
		refused[refusal.Reasons[0].Kind]++
	}
	p := ecs.Placement{Considered: f.Len(), Fits: f.Len()}
	for _, k := range kinds() {
		if n := refused[k]; n > 0 {
			p.Refused = append(p.Refused, ecs.RefusedCount{Kind: string(k), Instances: n, Text: fmt.Sprintf("%d %s", n, k.label())})
			p.Fits -= n
		}
	}
	p.Text = summaryOf(&p)
	c := f.checkOf(r, untilRefused)
	for _, n := range f.ordered {
		if c.ask(n); c.failed == 0 {
			left = append(left, n)
		}
	}
	chain := []link{{kind: spreadInstance}}[:0]
	random := r.Policy == nil || r.Policy.random
	if r.Policy != nil {
		chain = slices.Clone(r.Policy.chain)
	}
	ties, many := len(chain), p.Fits > fewInstances
	if !random && !slices.Contains(chain, link{kind: spreadInstance}) {
		chain = append(chain, link{kind: spreadInstance})
	}
	tasks := scanTasks(f, r.Group)
	at := f.instances[chosen]
	for i, l := range chain {
		if p.Fits == 1 || len(left) == 1 && !many || slices.Contains(chain[:i], l) {
			continue
		}
		s := ecs.StrategyStep{PlacementStrategy: l.strategy(), TieBreak: i == ties}
		switch l.kind {
		case spreadAttribute:
			s.Value = at.attributes[l.field]
			for n, k := range tasks {
				if n.attributes[l.field] == s.Value && !n.removed {
					s.Amount += k
				}
			}
		case spreadInstance:
			s.Amount = tasks[at]
		case binpackCPU:
			s.Amount = at.Remaining.CPUUnits
		case binpackMemory:
			s.Amount = at.Remaining.MemoryMiB
		}
		left = narrow(f, left, l, tasks)
		if s.Left = len(left); many {
			s.Left = 0
		}
		p.Steps = append(p.Steps, s)
	}
	if random && (len(left) > 1 || many) {
		s := ecs.StrategyStep{PlacementStrategy: ecs.PlacementStrategy{Type: ecs.Random}, Left: len(left)}
		if many && len(p.Steps) > 0 {
			s.Left = 0
		}
		p.Steps = append(p.Steps, s)
	}
	for i := range p.Steps {
		whose := "of the service"
		if family, ok := strings.CutPrefix(r.Group, "family:"); ok {
			whose = "of the group family:" + family
		}
		p.Steps[i].Text = StepText(&p.Steps[i], whose)
	}
	switch n := len(p.Steps); {
	case n == 0 || random:
	case many:
		p.Steps[n-1].Text += "; of equals, the lowest id"
	case len(left) > 1:
		p.Steps[n-1].Text += ": the lowest id of these"
	}
	return p
}

// chosen holds what is kept of a choice against the full scan.
func (m audit) chosen(r *Request, c *Choice) {
	want, got := explainedInFull(m.Fleet, r, c.Instance), ecs.Placement{}
	if err := Explain(c.Append(nil), r.Group, m.instances[c.Instance].zone(), &got); err != nil || !reflect.DeepEqual(got, want) {
		m.Fatalf("explained as %+v (%v)\nand in full   %+v", got, err, want)
	}
}

func TestExplain(t *testing.T) {
	f := NewFleet()
	small, _ := ecs.InstanceTypeByName("t2.small")
	for _, id := range []ecs.ContainerInstanceID{"a1", "a2", "a3", "b1", "b2"} {
		f.Add(ecs.ContainerInstance{ID: id, Status: ecs.InstanceActive, AgentConnected: true, Registered: small.Resources(),
			Attributes: append(small.Attributes("us-east-1"+string(id[:1])), ecs.Attribute{Name: "rack", Value: "r" + string(id[1:])})})
	}
	f.SetStatus("a3", ecs.InstanceDraining)
	commit := func(id string, on ecs.ContainerInstanceID, mib int) {
		t.Helper()
		if _, err := f.Commit(Task{ID: ecs.TaskID(id), Instance: on, Group: "service:web", Requirements: &Requirements{MemoryMiB: mib}}); err != nil {
			t.Fatal(err)
		}
	}
	commit("1", "a1", 500)
	commit("2", "b1", 1700)
	commit("3", "a2", 500)
	spread := func(field string) ecs.PlacementStrategy { return ecs.PlacementStrategy{Type: ecs.Spread, Field: field} }
	zone, memory := spread("attribute:ecs.availability-zone"), ecs.PlacementStrategy{Type: ecs.Binpack, Field: "memory"}
	const head = "3 of 5 container instances fit; 1 short of memory, 1 not ACTIVE"
	for name, tt := range map[string]struct {
		chain   []ecs.PlacementStrategy
		needs   int
		service bool
		want    string
	}{
		"no strategy": {nil, 500, true, "b2: " + head + `
spread attribute:ecs.availability-zone: us-east-1b had 1 task of the service, the fewest; 1 instance left`},
		"binpack, tied": {[]ecs.PlacementStrategy{memory}, 500, true, "a1: " + head + `
binpack memory: 1501 MiB left there, the least; 2 instances left
of equals: 1 task of the service there, the fewest; 2 instances left: the lowest id of these`},
		"an attribute of its own": {[]ecs.PlacementStrategy{spread("attribute:rack"), memory}, 500, true, "a2: " + head + `
spread attribute:rack: r2 had 1 task of the service, the fewest; 2 instances left
binpack memory: 1501 MiB left there, the least; 1 instance left`},
		"one that nobody has": {[]ecs.PlacementStrategy{spread("attribute:row"), {Type: ecs.Binpack, Field: "cpu"}}, 500, true, "b2: " + head + `
spread attribute:row: where it is not set were 3 tasks of the service, the fewest; 3 instances left
binpack cpu: 1024 CPU units left there, the least; 3 instances left
of equals: 0 tasks of the service there, the fewest; 1 instance left`},
		"random":       {nil, 500, false, "?: " + head + "\nrandom: one of 3"},
		"the only one": {[]ecs.PlacementStrategy{zone}, 1900, true, "b2: the only one of 5 container instances that fits: 3 short of memory, 1 not ACTIVE"},
		"all of those": {[]ecs.PlacementStrategy{zone, {Type: ecs.Random}}, 1, false, `?: 4 of 5 container instances fit; 1 not ACTIVE
spread attribute:ecs.availability-zone: us-east-1b had 1 task of the service, the fewest; 2 instances left
random: one of 2`},
	} {
		t.Run(name, func(t *testing.T) {
			build := TaskPolicy
			if tt.service {
				build = ServicePolicy
			}
			p, refused := build(nil, nil, tt.chain)
			if refused != nil {
				t.Fatal(refused)
			}
			r := &Request{Requirements: &Requirements{MemoryMiB: tt.needs}, Group: "service:web", Policy: p}
			c, u := f.Place(r)
			if u != nil {
				t.Fatal(u)
			}
			var got ecs.Placement
			record := c.Append(nil)
			if err := Explain(record, r.Group, f.instances[c.Instance].zone(), &got); err != nil {
				t.Fatal(err)
			}
			lines := []string{string(c.Instance) + ": " + got.Text}
			if strings.HasPrefix(tt.want, "?") {
				lines[0] = "?: " + got.Text
			}
			for _, s := range got.Steps {
				lines = append(lines, s.Text)
			}
			if text := strings.Join(lines, "\n"); text != tt.want {
				t.Errorf("got\n%s\nwant\n%s", text, tt.want)
			}
			if len(record) > 24 {
				t.Errorf("%d bytes are kept of it", len(record))
			}
		})
	}
}

// TestExplainReadsAnything: a record that was damaged is refused or read, and
// nothing worse.
func TestExplainReadsAnything(t *testing.T) {
	good := []byte{5, 2, 2, 1, 11, 1, keptAttribute, 4, 'r', 'a', 'c', 'k', 2, 'r', '2', 1, 2, keptMemory, 200, 11, 1}
	var p ecs.Placement
	if err := Explain(good, "service:web", "", &p); err != nil || p.Fits != 3 || len(p.Steps) != 2 {
		t.Fatalf("%+v, %v", p, err)
	}
	for cut := range len(good) - 1 {
		_ = Explain(good[:cut], "", "", &ecs.Placement{})
	}
	for at := range good {
		for value := range 256 {
			bad := slices.Clone(good)
			bad[at] = byte(value)
			_ = Explain(bad, "", "", &ecs.Placement{})
		}
	}
	for _, bad := range [][]byte{nil, {5}, {5, 9}, {5, 1, 99, 1}, {5, 0, 8}, {5, 0, keptMemory, 1}, {5, 0, keptAttribute, 200, 1}} {
		if err := Explain(bad, "", "", &ecs.Placement{}); err == nil {
			t.Errorf("%v is read", bad)
		}
	}
}
