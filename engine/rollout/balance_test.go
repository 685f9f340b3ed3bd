package rollout_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"gantry/engine/rollout"
)

func TestBalance(t *testing.T) {
	for _, c := range []struct {
		tasks   []int // in a, b, c …
		even    bool
		gainers string
	}{
		{[]int{}, true, "[]"},
		{[]int{5}, true, "[]"},
		{[]int{2, 2, 2}, true, "[]"},
		{[]int{2, 1, 2}, true, "[]"},
		{[]int{0, 1}, true, "[]"},
		{[]int{3, 1, 1}, false, "[b c]"},
		{[]int{3, 1, 0}, false, "[c b]"},
		{[]int{3, 2, 1}, false, "[c]"},
		{[]int{0, 2}, false, "[a]"},
	} {
		b := balance(c.tasks)
		if b.Even() != c.even || fmt.Sprint(b.Gainers()) != c.gainers {
			t.Errorf("%v: even %v, gainers %v; want %v, %s", c.tasks, b.Even(), b.Gainers(), c.even, c.gainers)
		}
	}
	// A task was started in b: the fullest zones have one to spare.
	if got := balance([]int{3, 2, 4, 2}).Givers("b"); !slices.Equal(got, []string{"c", "a"}) {
		t.Errorf("givers are %v, want [c a]", got)
	}
}

func balance(tasks []int) rollout.Balance {
	var b rollout.Balance
	for i, n := range tasks {
		b = append(b, rollout.ZoneTasks{Zone: string(rune('a' + i)), Tasks: n})
	}
	return b
}

// TestRebalancingEnds: whatever the zones hold and whichever of them can take a
// task, rebalancing comes to an end; on the way there is never more than one
// task above the desired count and never one below it, and each move brings the
// zones nearer. When every zone can take tasks, it ends with the service even.
func TestRebalancingEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tasks := rapid.SliceOfN(rapid.IntRange(0, 12), 1, 6).Draw(t, "tasks")
		shut := rapid.SliceOfN(rapid.Bool(), len(tasks), len(tasks)).Draw(t, "shut")
		b := balance(tasks)
		desired := total(b)
		for moves := 0; ; moves++ {
			if moves > desired {
				t.Fatalf("after %d moves it has not ended: %v", moves, b)
			}
			to := slices.IndexFunc(b.Gainers(), func(z string) bool { return !shut[z[0]-'a'] })
			if to < 0 {
				break
			}
			before, zone := spread(b), b.Gainers()[to]
			b[zone[0]-'a'].Tasks++
			givers := b.Givers(zone)
			if len(givers) == 0 {
				t.Fatalf("%v: a task was started in %s, and none can stop for it", b, zone)
			}
			if n := total(b); n != desired+1 {
				t.Fatalf("%v: there are %d tasks, desired are %d", b, n, desired)
			}
			b[givers[0][0]-'a'].Tasks--
			if n := total(b); n != desired {
				t.Fatalf("%v: there are %d tasks, desired are %d", b, n, desired)
			}
			if after := spread(b); after >= before {
				t.Fatalf("%v: the move from %s to %s did not help", b, givers[0], zone)
			}
		}
		if !slices.Contains(shut, true) && !b.Even() {
			t.Fatalf("it ended uneven: %v", b)
		}
		for i, z := range b {
			if low, high := desired/len(b), (desired+len(b)-1)/len(b); b.Even() && (z.Tasks < low || z.Tasks > high) {
				t.Fatalf("%v is even, but zone %d has not %d or %d", b, i, low, high)
			}
		}
	})
}

// spread is how far the zones are from each other.
func spread(b rollout.Balance) (sum int) {
	for _, z := range b {
		sum += z.Tasks * z.Tasks
	}
	return sum
}

func total(b rollout.Balance) (n int) {
	for _, z := range b {
		n += z.Tasks
	}
	return n
}
