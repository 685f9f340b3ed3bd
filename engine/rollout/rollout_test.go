package rollout_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gantry/engine/rollout"
	"gantry/internal/golden"
)

// The arithmetic answers these commands:
//
//	> service desired=4 min=50 max=100   bounds
//	> new healthy=2 pending=1            the PRIMARY's tasks
//	> old wanted=2 healthy=2 kept=1      one more old deployment, with a protected task
//	> next                               starts, stops, and what else is true
//	> play                               step after step, every task healthy in time
func TestConversations(t *testing.T) {
	golden.Conversations(t, func(_ *testing.T, out *strings.Builder) golden.Speaker {
		k := &talk{out: out}
		return k.say
	})
}

type talk struct {
	out *strings.Builder
	s   rollout.Service
}

func (k *talk) say(words []string) error {
	args := map[string]int{}
	for _, w := range words[1:] {
		key, value, _ := strings.Cut(w, "=")
		n, err := strconv.Atoi(value)
		if err != nil {
			return err
		}
		args[key] = n
	}
	staying := rollout.Counts{Pending: args["pending"], Young: args["young"], Healthy: args["healthy"], Unhealthy: args["unhealthy"]}
	leaving := rollout.Counts{Pending: args["leavingPending"], Young: args["leavingYoung"], Healthy: args["leaving"], Unhealthy: args["leavingUnhealthy"]}
	d := rollout.Deployment{
		Wanted: args["wanted"], Failed: args["failed"] > 0, Held: args["held"] > 0, Staying: staying, Leaving: leaving,
		KeptStaying: rollout.Counts{Young: args["keptYoung"], Healthy: args["kept"]}, KeptLeaving: rollout.Counts{Healthy: args["keptLeaving"]},
	}
	switch words[0] {
	case "service":
		k.s = rollout.Service{Desired: args["desired"], Bounds: rollout.BoundsOf(args["desired"], args["min"], args["max"]), Deployments: make([]rollout.Deployment, 1)}
		fmt.Fprintf(k.out, "  lower %d upper %d\n", k.s.Bounds.Lower, k.s.Bounds.Upper)
	case "new":
		k.s.Deployments[0] = d
	case "old":
		if d.Wanted == 0 {
			d.Wanted = staying.All() + leaving.All()
		}
		k.s.Deployments = append(k.s.Deployments, d)
	case "next":
		k.next()
	case "play":
		for range 40 {
			if !k.next() {
				return nil
			}
			k.mature()
		}
	default:
		return fmt.Errorf("unknown command %q", words[0])
	}
	return nil
}

// next does one step and says what it did; starts that are made count as
// pending when the stops are asked for, as in the scheduler.
func (k *talk) next() (moved bool) {
	for i, n := range k.s.Starts() {
		if n > 0 {
			fmt.Fprintf(k.out, "  start %d %s\n", n, who(i))
			moved = true
		}
		k.s.Deployments[i].Staying.Pending += n
	}
	for i, stop := range k.s.Stops() {
		d := &k.s.Deployments[i]
		if stop.All() > 0 {
			fmt.Fprintf(k.out, "  stop %s%s %s\n", kinds(stop.Staying, ""), kinds(stop.Leaving, "leaving "), who(i))
			moved = true
		}
		if stop.Kept > 0 {
			fmt.Fprintf(k.out, "  kept %d %s\n", stop.Kept, who(i))
		}
		d.Staying, d.Leaving = minus(d.Staying, stop.Staying), minus(d.Leaving, stop.Leaving)
		if i > 0 && stop.All() > 0 {
			d.Wanted = min(d.Wanted, d.Staying.All()+d.Leaving.All())
		}
	}
	switch {
	case k.s.Complete():
		fmt.Fprintln(k.out, "  complete")
		return false
	case !moved && k.s.Blocked():
		fmt.Fprintln(k.out, "  blocked")
	case !moved:
		fmt.Fprintln(k.out, "  wait")
		return k.waits()
	}
	return moved
}

// waits reports whether time alone will bring something.
func (k *talk) waits() bool {
	for _, d := range k.s.Deployments {
		if d.Staying.Pending+d.Staying.Young > 0 {
			return true
		}
	}
	return false
}

// mature lets every task become healthy.
func (k *talk) mature() {
	for i := range k.s.Deployments {
		c := &k.s.Deployments[i].Staying
		c.Healthy, c.Young, c.Pending = c.Healthy+c.Young+c.Pending, 0, 0
	}
}

func who(i int) string {
	if i == 0 {
		return "new"
	}
	return fmt.Sprintf("old %d", i)
}

func kinds(c rollout.Counts, prefix string) string {
	var parts []string
	for _, p := range []struct {
		n    int
		name string
	}{{c.Pending, "pending"}, {c.Unhealthy, "unhealthy"}, {c.Young, "young"}, {c.Healthy, "healthy"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s%s", p.n, prefix, p.name))
		}
	}
	return strings.Join(parts, " ")
}

func minus(a, b rollout.Counts) rollout.Counts {
	return rollout.Counts{Pending: a.Pending - b.Pending, Young: a.Young - b.Young, Healthy: a.Healthy - b.Healthy, Unhealthy: a.Unhealthy - b.Unhealthy}
}

func TestBoundsOf(t *testing.T) {
	for _, c := range []struct{ desired, minimum, maximum, lower, upper int }{
		{4, 50, 100, 2, 4}, {4, 100, 200, 4, 8}, {2, 75, 100, 2, 2}, {3, 100, 125, 3, 3},
		{1, 100, 200, 1, 2}, {1, 0, 100, 0, 1}, {3, 50, 150, 2, 4}, {10, 90, 110, 9, 11}, {0, 100, 200, 0, 0},
	} {
		if got := rollout.BoundsOf(c.desired, c.minimum, c.maximum); got != (rollout.Bounds{Lower: c.lower, Upper: c.upper}) {
			t.Errorf("BoundsOf(%d, %d, %d) = %+v, want %d and %d", c.desired, c.minimum, c.maximum, got, c.lower, c.upper)
		}
	}
}

func TestBreakerThreshold(t *testing.T) {
	for desired, want := range map[int]int{0: 3, 1: 3, 6: 3, 7: 4, 25: 13, 400: 200, 800: 200} {
		if got := rollout.BreakerThreshold(desired, nil); got != want {
			t.Errorf("BreakerThreshold(%d) = %d, want %d", desired, got, want)
		}
	}
}

func TestBackoff(t *testing.T) {
	if rollout.Backoff(0) != 0 || rollout.Backoff(2) != 0 || rollout.Backoff(3) != 10*time.Second || rollout.Backoff(4) != 20*time.Second {
		t.Error("the first waits are not 0, 0, 10 s and 20 s")
	}
	last := time.Duration(0)
	for rounds := range 100 {
		wait := rollout.Backoff(rounds)
		if wait < last || wait > rollout.LongestWait {
			t.Errorf("after %d rounds the wait is %s, before it was %s", rounds, wait, last)
		}
		last = wait
	}
	if last != 27*time.Minute {
		t.Errorf("the longest wait is %s", last)
	}
}
