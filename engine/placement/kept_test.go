package placement_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/placement"
)

// TestKeptRoom: nobody but the task that room is kept for gets it, what is left
// shows nothing of it, and it is never more than there is.
func TestKeptRoom(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := placement.NewFleet()
		size := rapid.IntRange(1, 100).Draw(t, "size")
		f.Add(ecs.ContainerInstance{ID: "one", Status: ecs.InstanceActive, AgentConnected: true,
			Registered: ecs.Resources{CPUUnits: size, MemoryMiB: size, ENIs: 3}})
		held, tasks := 0, []ecs.TaskID(nil)
		sizes := map[ecs.TaskID]int{}
		want := map[string]int{}
		for step := range rapid.IntRange(1, 40).Draw(t, "steps") {
			group := rapid.SampledFrom([]string{"service:a", "service:b", "service:c"}).Draw(t, "group")
			n := rapid.IntRange(1, 60).Draw(t, "n")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				f.KeepRoom("one", group, &placement.Requirements{CPUUnits: n, MemoryMiB: n})
				if n <= size {
					want[group] = n
				}
			case 1:
				f.FreeRoom("one", group)
				delete(want, group)
			case 2:
				need := &placement.Requirements{CPUUnits: n, MemoryMiB: n}
				to, _ := f.Place(&placement.Request{Requirements: need, Group: "other"})
				at := to.Instance
				if at == "" {
					continue
				}
				kept := 0
				for _, w := range []string{"service:a", "service:b", "service:c"} {
					kept += want[w]
				}
				if n > size-held-min(kept, size-held) {
					t.Fatalf("a task of %d was placed: of %d, %d are held and %d are to be kept", n, size, held, kept)
				}
				id := ecs.TaskID(fmt.Sprint(step))
				if _, err := f.Commit(placement.Task{ID: id, Instance: at, Group: "other", Requirements: need}); err != nil {
					t.Fatal(err)
				}
				held, tasks, sizes[id] = held+n, append(tasks, id), n
			default:
				if len(tasks) > 0 {
					f.Release(tasks[0])
					held, tasks = held-sizes[tasks[0]], tasks[1:]
				}
			}
			if i, _ := f.Instance("one"); i.Remaining.CPUUnits != size-held || i.Remaining.MemoryMiB != size-held {
				t.Fatalf("%+v is left of %d, and %d are held", i.Remaining, size, held)
			}
		}
	})
}

// TestFreedRoomIsKept: an instance that is full keeps what becomes free, until
// the task fits for which it is kept.
func TestFreedRoomIsKept(t *testing.T) {
	f := placement.NewFleet()
	f.Add(ecs.ContainerInstance{ID: "one", Status: ecs.InstanceActive, AgentConnected: true, Registered: ecs.Resources{CPUUnits: 100, MemoryMiB: 100}})
	small := &placement.Requirements{CPUUnits: 30, MemoryMiB: 30}
	for _, id := range []ecs.TaskID{"1", "2", "3"} {
		if _, err := f.Commit(placement.Task{ID: id, Instance: "one", Group: "service:web", Requirements: small}); err != nil {
			t.Fatal(err)
		}
	}
	agent := &placement.Requirements{CPUUnits: 40, MemoryMiB: 40}
	f.KeepRoom("one", "service:agent", agent)
	f.Release("1")
	if to, _ := f.Place(&placement.Request{Requirements: small, Group: "service:web"}); to.Instance != "" {
		t.Error("a task of another service takes the room that became free")
	}
	f.OpenRoom("one", "service:agent")
	if to, _ := f.Place(&placement.Request{Requirements: agent, Group: "service:agent"}); to.Instance != "one" {
		t.Error("the task that it was kept for finds no room")
	}
}
