package placement

import (
	"fmt"
	"testing"

	"gantry/ecs"
)

// TestIndexStartsAnew: when an index holds too much it is thrown away, and
// nobody can tell.
func TestIndexStartsAnew(t *testing.T) {
	f := NewFleet()
	for k := range 9 {
		f.Add(ecs.ContainerInstance{
			ID: ecs.ContainerInstanceID(fmt.Sprintf("i%d", k)), Status: ecs.InstanceActive, AgentConnected: true,
			Registered: ecs.Resources{CPUUnits: 1024, MemoryMiB: 1024},
			Attributes: []ecs.Attribute{{Name: ecs.AttributeAvailabilityZone, Value: string(rune('a' + k%3))}, {Name: "rack", Value: fmt.Sprint(k % 2)}},
		})
	}
	for k := range 3 * maxFields {
		field := "attribute:rack"
		if k%3 > 0 {
			field = fmt.Sprintf("attribute:rack%d", k)
		}
		p, err := ServicePolicy(nil, nil, []ecs.PlacementStrategy{{Type: ecs.Spread, Field: field}, {Type: ecs.Spread, Field: "instanceId"}})
		if err != nil {
			t.Fatal(err)
		}
		r := &Request{Requirements: &Requirements{CPUUnits: 8}, Policy: p, Group: fmt.Sprintf("service:%d", k%4)}
		if k%10 == 9 {
			f.index.views.words = maxViewWords
		}
		want, _ := fullScan(f, r)
		to, _ := f.Place(r)
		got := to.Instance
		if got != want {
			t.Fatalf("%d: placed on %s, the full scan says %s", k, got, want)
		}
		if _, err := f.Commit(Task{ID: ecs.TaskID(fmt.Sprint(k)), Instance: got, Group: r.Group, Requirements: r.Requirements}); err != nil {
			t.Fatal(err)
		}
		if x := f.index; len(x.fields) > maxFields+1 || x.views.words >= maxViewWords {
			t.Fatalf("the index holds %d fields, %d words of views", len(x.fields), x.views.words)
		}
	}
}
