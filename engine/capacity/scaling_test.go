package capacity_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/engine/capacity"
)

var start = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

var medium = capacity.Needs{CPUUnits: 2048, MemoryMiB: 3900, ENIs: 2}

func waiting(count int, needs capacity.Needs) capacity.Waiting {
	return capacity.Waiting{Needs: needs, Count: count}
}

func TestReservation(t *testing.T) {
	small, exclusive := capacity.Needs{CPUUnits: 512, MemoryMiB: 512}, capacity.Needs{CPUUnits: 128, MemoryMiB: 128, Exclusive: true}
	for _, c := range []struct {
		what   string
		group  capacity.Group
		needed int
		want   float64
	}{
		{"nothing there, nothing needed", capacity.Group{}, 0, 100},
		{"nothing there, a task waits", capacity.Group{Waiting: []capacity.Waiting{waiting(1, small)}}, 1, 200},
		{"all in use", capacity.Group{Instances: 4}, 4, 100},
		{"one of four is empty", capacity.Group{Instances: 4, Empty: 1}, 3, 75},
		{"all are empty", capacity.Group{Instances: 2, Empty: 2}, 0, 0},
		{"four tasks fill an instance by their CPU", capacity.Group{Instances: 2, Waiting: []capacity.Waiting{waiting(8, small)}}, 4, 200},
		{"a host port is one on an instance", capacity.Group{Instances: 2, Waiting: []capacity.Waiting{waiting(3, exclusive)}}, 5, 250},
		{"two network interfaces are two tasks", capacity.Group{Instances: 1, Waiting: []capacity.Waiting{waiting(5, capacity.Needs{CPUUnits: 128, ENIs: 1})}}, 4, 400},
		{"of two sets the neediest counts", capacity.Group{Instances: 1, Waiting: []capacity.Waiting{waiting(4, small), waiting(2, exclusive)}}, 3, 300},
		{"too large for an instance is ignored", capacity.Group{Instances: 2, Waiting: []capacity.Waiting{waiting(9, capacity.Needs{CPUUnits: 4096})}}, 2, 100},
		{"without a GPU in the type too", capacity.Group{Instances: 2, Waiting: []capacity.Waiting{waiting(9, capacity.Needs{GPUs: 1})}}, 2, 100},
		{"the minimum step", capacity.Group{Instances: 2, MinStep: 3, Waiting: []capacity.Waiting{waiting(1, small)}}, 5, 250},
		{"the maximum step", capacity.Group{Instances: 2, MaxStep: 2, Waiting: []capacity.Waiting{waiting(40, small)}}, 4, 200},
	} {
		c.group.Offer = medium
		c.group.MinStep, c.group.MaxStep = max(1, c.group.MinStep), max(c.group.MaxStep, 10000*btoi(c.group.MaxStep == 0))
		if m, r := c.group.Needed(), c.group.Reservation(); m != c.needed || r != c.want {
			t.Errorf("%s: M %d, reservation %g, want %d and %g", c.what, m, r, c.needed, c.want)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func look(minute int, g capacity.Group, desired int) *capacity.Look {
	g.Offer, g.MinStep, g.MaxStep = medium, 1, 10000
	return &capacity.Look{At: start.Add(time.Duration(minute) * time.Minute), Group: g, Target: 100, Desired: desired, Max: 10}
}

func to(a *capacity.Action) int {
	if a == nil {
		return -1
	}
	return a.To
}

// TestScaleOut: from zero to two instances whatever is needed, and not again
// before the warm-up period is over.
func TestScaleOut(t *testing.T) {
	var s capacity.Scaling
	tasks := []capacity.Waiting{waiting(20, capacity.Needs{CPUUnits: 1024})}
	act, again := s.Observe(look(1, capacity.Group{Waiting: tasks}, 0), 5*time.Minute)
	if to(act) != 2 || !again.Equal(start.Add(6*time.Minute)) {
		t.Fatalf("from zero: %+v, again at %s", act, again.Sub(start))
	}
	if act, again = s.Observe(look(2, capacity.Group{Instances: 2, Waiting: tasks}, 2), 5*time.Minute); act != nil || !again.Equal(start.Add(6*time.Minute)) {
		t.Fatalf("in the warm-up period of the first two: %+v, again at %s", act, again.Sub(start))
	}
	slow := look(7, capacity.Group{Instances: 2, Waiting: tasks}, 2)
	slow.Launching = 2
	if act, again = s.Observe(slow, 5*time.Minute); act != nil || !again.IsZero() {
		t.Fatalf("while they are not there: %+v, again at %s", act, again.Sub(start))
	}
	s.Warm(start.Add(8 * time.Minute))
	if act, _ = s.Observe(look(7, capacity.Group{Instances: 2, Waiting: tasks}, 2), 5*time.Minute); act != nil {
		t.Fatalf("while they warm up: %+v", act)
	}
	if act, _ = s.Observe(look(8, capacity.Group{Instances: 2, Waiting: tasks}, 2), 5*time.Minute); to(act) != 10 {
		t.Fatalf("warm, 10 more are needed and 10 are the most: %+v", act)
	}
	if act, again = s.Observe(look(30, capacity.Group{Instances: 10, Waiting: tasks}, 10), 5*time.Minute); act != nil || !again.IsZero() {
		t.Fatalf("at the maximum size there is nothing to do: %+v, again at %s", act, again)
	}
}

// TestScaleIn: after fifteen data points in a row, by less than half of the
// instances a minute, and with protection by empty ones only.
func TestScaleIn(t *testing.T) {
	var s capacity.Scaling
	group := func(n, empty int) capacity.Group { return capacity.Group{Instances: n, Empty: empty} }
	act, again := s.Observe(look(1, group(9, 7), 9), time.Minute)
	if act != nil || !again.Equal(start.Add(15*time.Minute)) {
		t.Fatalf("the first of 15 points: %+v, again at %s", act, again.Sub(start))
	}
	if act, _ = s.Observe(look(14, group(9, 7), 9), time.Minute); act != nil {
		t.Fatalf("the fourteenth: %+v", act)
	}
	if act, again = s.Observe(look(15, group(9, 7), 9), time.Minute); to(act) != 5 || !again.Equal(start.Add(16*time.Minute)) {
		t.Fatalf("the fifteenth: %+v, again at %s", act, again.Sub(start))
	}
	if act, _ = s.Observe(look(16, group(5, 3), 5), time.Minute); to(act) != 3 {
		t.Fatalf("the next minute: %+v", act)
	}
	// A task that waits ends the row.
	if act, _ = s.Observe(look(17, capacity.Group{Instances: 3, Waiting: []capacity.Waiting{waiting(1, medium)}}, 3), 0); to(act) != 4 {
		t.Fatalf("a task waits: %+v", act)
	}
	if act, again = s.Observe(look(18, group(4, 2), 4), time.Minute); act != nil || !again.Equal(start.Add(32*time.Minute)) {
		t.Fatalf("a new row: %+v, again at %s", act, again.Sub(start))
	}
	l := look(32, group(9, 1), 9)
	l.Protected = true
	if act, _ = s.Observe(l, time.Minute); to(act) != 8 {
		t.Fatalf("protected: %+v", act)
	}
	l = look(33, group(4, 2), 4)
	l.Target = 60 // two of four are 50 %, two of three would be 67 %
	if act, again = s.Observe(l, time.Minute); act != nil || !again.IsZero() {
		t.Fatalf("one less would be too full: %+v, again at %s", act, again)
	}
}

// TestObserve: whatever it sees, it stays between the group's bounds, grows only
// when the reservation is above the target and shrinks only when it is below.
func TestObserve(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s capacity.Scaling
		for minute := range 40 {
			n := rapid.IntRange(0, 8).Draw(t, "instances")
			g := capacity.Group{
				Instances: n, Empty: rapid.IntRange(0, n).Draw(t, "empty"), Offer: medium,
				MinStep: rapid.IntRange(1, 3).Draw(t, "minimum step"), MaxStep: rapid.IntRange(3, 6).Draw(t, "maximum step"),
			}
			if k := rapid.IntRange(-20, 20).Draw(t, "waiting"); k > 0 {
				g.Waiting = []capacity.Waiting{waiting(k, capacity.Needs{CPUUnits: 1 << rapid.IntRange(5, 12).Draw(t, "cpu")})}
			}
			l := &capacity.Look{
				At: start.Add(time.Duration(minute) * time.Minute), Group: g, Target: rapid.IntRange(1, 100).Draw(t, "target"),
				Min: rapid.IntRange(0, 3).Draw(t, "minimum"), Max: rapid.IntRange(3, 9).Draw(t, "maximum"), Protected: rapid.Bool().Draw(t, "protected"),
			}
			l.Desired = rapid.IntRange(l.Min, l.Max).Draw(t, "desired")
			act, again := s.Observe(l, 5*time.Minute)
			if !again.IsZero() && !again.After(l.At) {
				t.Fatalf("look again at %s, it is %s", again, l.At)
			}
			if act == nil {
				continue
			}
			r := g.Reservation()
			switch {
			case act.To < l.Min || act.To > l.Max || act.From != l.Desired || act.To == act.From:
				t.Fatalf("%+v, the bounds are %d and %d, desired %d", act, l.Min, l.Max, l.Desired)
			case act.To > act.From && r <= float64(l.Target):
				t.Fatalf("%+v grows at %g %%", act, r)
			case act.To > act.From && n > 0 && act.To > n+g.MaxStep:
				t.Fatalf("%+v grows by more than %d", act, g.MaxStep)
			case act.To < act.From && r >= float64(l.Target):
				t.Fatalf("%+v shrinks at %g %%", act, r)
			case act.To < act.From-1 && 2*(act.From-act.To) >= act.From:
				t.Fatalf("%+v shrinks by half", act)
			case act.To < act.From && l.Protected && act.From-act.To > g.Empty:
				t.Fatalf("%+v with protection, %d are empty", act, g.Empty)
			case act.To < g.Needed() && act.To < act.From:
				t.Fatalf("%+v leaves less than the %d that are needed", act, g.Needed())
			}
		}
	})
}
