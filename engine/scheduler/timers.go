package scheduler

import (
	"container/heap"
	"strings"
	"time"

	"gantry/ecs"
)

// timer says that a service has something to do at a time. Timers are never
// taken back: one that no longer agrees with its service is dropped when it
// comes up.
type timer struct {
	at      time.Time
	service ecs.ServiceName
	repeat  bool // tell standing events again, rather than a pass
}

type timers []timer

func (h timers) Len() int { return len(h) }
func (h timers) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	if n := strings.Compare(string(h[i].service), string(h[j].service)); n != 0 {
		return n < 0
	}
	return !h[i].repeat && h[j].repeat
}
func (h timers) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *timers) Push(x any)   { *h = append(*h, x.(timer)) }
func (h *timers) Pop() any {
	old := *h
	last := old[len(old)-1]
	*h = old[:len(old)-1]
	return last
}

// schedules are the timers of a cluster: work that brings it nearer to rest,
// and work that only repeats.
type schedules struct {
	progress timers
	periodic timers
}

// restlessAfter is how many tasks of a service may go wrong (end by themselves,
// or be unhealthy), since somebody last changed it, before all its further
// doings count as repeats. A service that fails over and over never comes to
// rest, and whoever waits for rest must not wait for it.
const restlessAfter = 12

func (s *service) restless() bool {
	return s.SelfEnds >= max(restlessAfter, 3*s.desired())
}

// wake asks for a pass over the service at that time, or earlier if one is due.
func (c *Cluster) wake(s *service, at time.Time) {
	if s.Spec.Status == ecs.ServiceInactive {
		return
	}
	if !s.WakeAt.IsZero() && !at.Before(s.WakeAt) {
		return
	}
	s.WakeAt = at
	c.schedule(s)
}

// schedule puts the service's next pass into the timers.
func (c *Cluster) schedule(s *service) {
	if s.WakeAt.IsZero() {
		return
	}
	t := timer{at: s.WakeAt, service: s.Spec.Name}
	if s.restless() {
		heap.Push(&c.timers.periodic, t)
		return
	}
	heap.Push(&c.timers.progress, t)
}

// scheduleRepeat sets when the service tells its standing events again.
func (c *Cluster) scheduleRepeat(s *service, at time.Time) {
	s.RepeatAt = at
	if !at.IsZero() {
		heap.Push(&c.timers.periodic, timer{at: at, service: s.Spec.Name, repeat: true})
	}
}

// top is the next timer of a heap that still holds.
func (c *Cluster) top(h *timers, periodic bool) (timer, bool) {
	for h.Len() > 0 {
		t := (*h)[0]
		s, ok := c.services[t.service]
		switch {
		case !ok:
		case t.repeat && s.RepeatAt.Equal(t.at):
			return t, true
		case !t.repeat && s.WakeAt.Equal(t.at) && s.restless() == periodic:
			return t, true
		}
		heap.Pop(h)
	}
	return timer{}, false
}

// Next is when the cluster will do something by itself. Periodic says that
// nothing but repeats is left: events told again every six hours, retries of
// what keeps failing, records that are dropped.
func (c *Cluster) Next() (at time.Time, periodic, ok bool) {
	first, active := c.top(&c.timers.progress, false)
	at, ok = first.at, active
	if t, found := c.top(&c.timers.periodic, true); found && (!ok || t.at.Before(at)) {
		at, ok = t.at, true
	}
	if len(c.stopped) > 0 && (!ok || c.stopped[0].At.Before(at)) {
		at, ok = c.stopped[0].At, true
	}
	return at, ok && !active, ok
}

// Advance lets everything happen that is due until then, and tells what the
// caller has to do in the world.
func (c *Cluster) Advance(to time.Time) []Decision {
	c.run(clean(to))
	out := c.decisions
	c.decisions = nil
	return out
}

// clean makes equal times equal values: no monotonic reading, no location.
func clean(t time.Time) time.Time { return t.Round(0).UTC() }

func (c *Cluster) run(to time.Time) {
	for c.step(to) {
	}
	if to.After(c.now) {
		c.now = to
	}
}

// step does the next thing that is due until then.
func (c *Cluster) step(to time.Time) bool {
	at, _, ok := c.Next()
	if !ok || at.After(to) {
		return false
	}
	if at.After(c.now) {
		c.now = at
	}
	// Of one moment passes come first, in the order of the services' names,
	// then repeated events, then records that are dropped.
	due, found := c.top(&c.timers.progress, false)
	if t, isB := c.top(&c.timers.periodic, true); isB && (!found || timers{t, due}.Less(0, 1)) {
		due, found = t, true
	}
	switch {
	case !found || due.at.After(at):
		r := c.stopped[0]
		c.stopped = c.stopped[1:]
		c.drop(r)
	case due.repeat:
		s := c.services[due.service]
		s.RepeatAt = time.Time{} // which makes the timer void
		c.repeat(s)
	default:
		s := c.services[due.service]
		s.WakeAt = time.Time{}
		c.pass(s)
	}
	return true
}
