package placement

import (
	"fmt"
	"testing"

	"gantry/ecs"
)

// pair is a fleet of two instances, of which the first one by id is chosen
// unless something keeps a task off it.
func pair() *Fleet {
	f := NewFleet()
	for _, id := range []ecs.ContainerInstanceID{"i-1", "i-2"} {
		f.Add(ecs.ContainerInstance{
			ID: id, Status: ecs.InstanceActive, AgentConnected: true, Registered: ecs.Resources{CPUUnits: 1000, MemoryMiB: 1000},
		})
	}
	return f
}

func packed(t *testing.T, expression string) *Policy {
	t.Helper()
	var constraints []ecs.PlacementConstraint
	if expression != "" {
		constraints = []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: expression}}
	}
	p, err := ServicePolicy(nil, constraints, []ecs.PlacementStrategy{{Type: ecs.Spread, Field: "attribute:none"}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// asks places a request, and holds the answer against the full scan.
func asks(t *testing.T, f *Fleet, r *Request, want ecs.ContainerInstanceID) {
	t.Helper()
	to, _ := f.Place(r)
	if scan, _ := fullScan(f, r); to.Instance != want || scan != want {
		t.Errorf("placed on %q, the full scan says %q, want %q", to.Instance, scan, want)
	}
}

func commit(t *testing.T, f *Fleet, id ecs.TaskID, on ecs.ContainerInstanceID, cpu int) {
	t.Helper()
	if _, err := f.Commit(Task{ID: id, Instance: on, Group: "family:other", Requirements: &Requirements{CPUUnits: cpu}}); err != nil {
		t.Fatal(err)
	}
}

// TestViewSeesTasksRun: a constraint on runningTasksCount, which counts the tasks
// that are meant to run, is asked again when one comes, and when it is to stop.
func TestViewSeesTasksRun(t *testing.T) {
	f := pair()
	r := &Request{Requirements: &Requirements{CPUUnits: 100}, Policy: packed(t, "runningTasksCount < 1"), Group: "service:web"}
	asks(t, f, r, "i-1")
	commit(t, f, "other", "i-1", 100)
	asks(t, f, r, "i-2")
	f.SetTaskStatus("other", ecs.TaskRunning, ecs.TaskRunning)
	asks(t, f, r, "i-2")
	f.SetTaskStatus("other", ecs.TaskRunning, ecs.TaskStopped)
	asks(t, f, r, "i-1")
}

// TestViewIsLongNotAsked: a view that has missed more changes than are kept does
// not take the last of them for all.
func TestViewIsLongNotAsked(t *testing.T) {
	r := &Request{Requirements: &Requirements{CPUUnits: 500}, Policy: packed(t, ""), Group: "service:web"}
	for _, many := range []int{1, recently - 1, recently, recently + 1, 2*recently - 1, 2 * recently, 3 * recently} {
		t.Run(fmt.Sprint(many, " tasks"), func(t *testing.T) {
			f := pair()
			asks(t, f, r, "i-1")
			commit(t, f, "large", "i-1", 900)
			for i := range many / 2 {
				id := ecs.TaskID(fmt.Sprint(i))
				commit(t, f, id, "i-2", 1)
				f.Release(id)
			}
			asks(t, f, r, "i-2")
		})
		t.Run(fmt.Sprint(many, " instances"), func(t *testing.T) {
			f := pair()
			asks(t, f, r, "i-1")
			f.SetStatus("i-1", ecs.InstanceDraining)
			for i := range many / 2 { // each leaves its slot, and enters it again
				f.SetConnected("i-2", i%2 == 1)
			}
			f.SetConnected("i-2", true)
			asks(t, f, r, "i-2")
		})
	}
}

// TestReservedIsWhatTasksHold: room that is kept for a task to come is reserved
// for nobody yet, and an INACTIVE instance counts no longer.
func TestReservedIsWhatTasksHold(t *testing.T) {
	f := pair()
	commit(t, f, "one", "i-1", 300)
	f.KeepRoom("i-1", "service:agent", &Requirements{CPUUnits: 200, MemoryMiB: 100})
	f.SetStatus("i-2", ecs.InstanceDraining)
	held, there := f.Reserved()
	if held.CPUUnits != 300 || held.MemoryMiB != 0 || there.CPUUnits != 2000 || there.MemoryMiB != 2000 {
		t.Errorf("%+v is reserved of %+v", held, there)
	}
	f.SetStatus("i-2", ecs.InstanceInactive)
	if _, there = f.Reserved(); there.CPUUnits != 1000 {
		t.Errorf("there are %+v", there)
	}
}
