package placement_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/placement"
)

// run commits a task to an instance.
func run(t *testing.T, f *placement.Fleet, id, instance string, memoryMiB int) ecs.TaskID {
	t.Helper()
	task := placement.Task{ID: ecs.TaskID(id), Instance: ecs.ContainerInstanceID(instance), Group: "service:web",
		Requirements: &placement.Requirements{MemoryMiB: memoryMiB}}
	if _, err := f.Commit(task); err != nil {
		t.Fatal(err)
	}
	return task.ID
}

func TestScaleIn(t *testing.T) {
	f := cluster(t, "t2.medium", 2, 1)
	tasks := []ecs.TaskID{
		run(t, f, "a1-x", "a1", 100), run(t, f, "a1-y", "a1", 100), run(t, f, "a1-z", "a1", 100),
		run(t, f, "a2-x", "a2", 900), run(t, f, "b1-x", "b1", 100), run(t, f, "b1-y", "b1", 500),
	}
	zone := ecs.PlacementStrategy{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}
	for name, tt := range map[string]struct {
		chain []ecs.PlacementStrategy
		want  string // instances, in turn
	}{
		"no strategy: zone with most, then instance with most": {nil, "a1 a1 b1"},
		"instances":         {[]ecs.PlacementStrategy{{Type: ecs.Spread, Field: "instanceId"}}, "a1"},
		"binpack":           {[]ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "memory"}}, "a2 b1"},
		"zone then binpack": {[]ecs.PlacementStrategy{zone, {Type: ecs.Binpack, Field: "memory"}}, "a2 a1"},
	} {
		t.Run(name, func(t *testing.T) {
			want := strings.Fields(tt.want)
			chosen := f.ScaleIn(service(t, tt.chain...), "service:web", tasks, len(want), 7)
			var got []string
			for _, id := range chosen {
				got = append(got, string(id)[:2])
			}
			// Ties go by chance, so only what the rule decides is compared.
			if name == "no strategy: zone with most, then instance with most" {
				slices.Sort(got[1:])
				slices.Sort(want[1:])
			}
			if !slices.Equal(got, want) {
				t.Errorf("chose %v, want %v", chosen, want)
			}
		})
	}
	f.SetTaskStatus("a1-x", ecs.TaskRunning, ecs.TaskStopped)
	got := f.ScaleIn(service(t), "service:web", append(tasks, "unknown"), 100, 7)
	if len(got) != 5 || slices.Contains(got, "a1-x") {
		t.Errorf("all of them: %v", got)
	}
	if got := f.ScaleIn(nil, "service:web", tasks, -1, 7); len(got) != 0 {
		t.Errorf("less than none: %v", got)
	}
	seen := map[ecs.TaskID]bool{}
	for seed := range uint64(50) {
		seen[f.ScaleIn(nil, "service:web", tasks, 1, seed)[0]] = true
	}
	if len(seen) != 5 {
		t.Errorf("at random, of 5 tasks these were chosen: %v", slices.Sorted(maps.Keys(seen)))
	}
}

// TestScaleInKeepsZonesBalanced: by the default of a service, zones differ by at
// most one task after any scale-in of a balanced service, and the order of the
// candidates does not matter.
func TestScaleInKeepsZonesBalanced(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		f := cluster(t, "m5.large", 2, 2, 2)
		count := rapid.IntRange(0, 20).Draw(rt, "tasks")
		p := service(t)
		on := fill(t, f, placement.Request{Group: "service:web", Policy: p}, "t", count)
		var tasks []ecs.TaskID
		for k := range count {
			tasks = append(tasks, ecs.TaskID(fmt.Sprintf("t%d", k+1)))
		}
		down, seed := rapid.IntRange(0, count).Draw(rt, "down"), rapid.Uint64().Draw(rt, "seed")
		chosen := f.ScaleIn(p, "service:web", tasks, down, seed)
		if again := f.ScaleIn(p, "service:web", rapid.Permutation(tasks).Draw(rt, "shuffled"), down, seed); !slices.Equal(again, chosen) {
			rt.Fatalf("chose %v, and in another order %v", chosen, again)
		}
		if len(chosen) != down {
			rt.Fatalf("chose %d of %d", len(chosen), down)
		}
		zones := map[byte]int{'a': 0, 'b': 0, 'c': 0} // an instance's id begins with the letter of its zone
		for k, id := range tasks {
			if !slices.Contains(chosen, id) {
				zones[on[k][0]]++
			}
		}
		if counts := slices.Sorted(maps.Values(zones)); counts[2]-counts[0] > 1 {
			rt.Fatalf("zones after the scale-in: %v", counts)
		}
	})
}
