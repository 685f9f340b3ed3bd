package placement_test

import (
	"fmt"
	"slices"
	"testing"

	"gantry/ecs"
	"gantry/engine/placement"

	"pgregory.net/rapid"
)

// TestScaleInOneByOne: choosing many tasks at once is choosing one, letting it
// stop, and choosing again.
func TestScaleInOneByOne(t *testing.T) {
	chains := [][]ecs.PlacementStrategy{
		nil,
		{{Type: ecs.Random}},
		{{Type: ecs.Spread, Field: "instanceId"}},
		{{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}, {Type: ecs.Binpack, Field: "memory"}},
		{{Type: ecs.Binpack, Field: "cpu"}},
		{{Type: ecs.Spread, Field: "attribute:rack"}, {Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}, {Type: ecs.Spread, Field: "instanceId"}},
	}
	rapid.Check(t, func(t *rapid.T) {
		f := placement.NewFleet()
		n := rapid.IntRange(1, 6).Draw(t, "instances")
		for i := range n {
			f.Add(ecs.ContainerInstance{
				ID: ecs.ContainerInstanceID(fmt.Sprint("i", i)), Status: ecs.InstanceActive, AgentConnected: true,
				Registered: ecs.Resources{CPUUnits: 4096 * (1 + i%2), MemoryMiB: 8192},
				Attributes: []ecs.Attribute{{Name: ecs.AttributeAvailabilityZone, Value: fmt.Sprint("z", i%3)}, {Name: "rack", Value: fmt.Sprint("r", i%2)}},
			})
		}
		var ids []ecs.TaskID
		for k := range rapid.IntRange(1, 12).Draw(t, "tasks") {
			task := placement.Task{
				ID: ecs.TaskID(fmt.Sprint("t", k)), Group: rapid.SampledFrom([]string{"service:web", "service:web", "service:api"}).Draw(t, "group"),
				Instance:     ecs.ContainerInstanceID(fmt.Sprint("i", rapid.IntRange(0, n-1).Draw(t, "on"))),
				Requirements: &placement.Requirements{CPUUnits: 64 << rapid.IntRange(0, 1).Draw(t, "cpu"), MemoryMiB: 64},
			}
			if _, err := f.Commit(task); err != nil {
				t.Fatal(err)
			}
			if task.Group == "service:web" {
				ids = append(ids, task.ID)
			}
		}
		policy, err := placement.ServicePolicy(nil, nil, rapid.SampledFrom(chains).Draw(t, "chain"))
		if err != nil {
			t.Fatal(err)
		}
		count, random := rapid.IntRange(0, max(0, len(ids)-1)).Draw(t, "count"), rapid.Uint64().Draw(t, "random")
		got := f.ScaleIn(policy, "service:web", ids, count, random)
		var want []ecs.TaskID
		for range count {
			one := f.ScaleIn(policy, "service:web", ids, 1, random)[0]
			want = append(want, one)
			f.Release(one)
			ids = slices.DeleteFunc(ids, func(id ecs.TaskID) bool { return id == one })
		}
		if !slices.Equal(got, want) {
			t.Fatalf("at once %v, one by one %v", got, want)
		}
	})
}
