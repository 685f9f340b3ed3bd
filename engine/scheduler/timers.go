package scheduler

import (
	"time"

	"gantry/ecs"
)

// timerKind is what a timer is for. Of one moment the kinds come in this order.
type timerKind uint8

const (
	timerPass        timerKind = iota // the scheduler looks at the service
	timerStage                        // the service's deployment moves on: a stage or a bake time is over
	timerRepeat                       // the service's standing events are told again
	timerTarget                       // a target of the task changes its state
	timerProtection                   // the task's protection ends
	timerProvision                    // tasks that wait in PROVISIONING look for a place
	timerGiveUp                       // the first of them has waited too long
	timerScaling                      // managed scaling looks at a capacity provider
	timerTermination                  // an instance has been drained for long enough
	timerTrunk                        // the trunk network interface of an instance is there, or gone
)

// timer says that its owner has something to do at a time: the name of a
// service, or whatever names the owner within the kind. Timers are never taken
// back: one that no longer holds is dropped when it comes up.
type timer struct {
	at    time.Time
	kind  timerKind
	owner string
}

// timerKey names the one timer of a kind that an owner can have.
type timerKey struct {
	kind  timerKind
	owner string
}

// due is when a timer comes up, and whether that only repeats what was before.
type due struct {
	at       time.Time
	periodic bool
}

type timers = heapOf[timer]

func (t timer) before(o timer) bool {
	if !t.at.Equal(o.at) {
		return t.at.Before(o.at)
	}
	if t.kind != o.kind {
		return t.kind < o.kind
	}
	return t.owner < o.owner
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

// restlessFrom moves the timers of a service to where they belong, if it is no
// longer as restless as it was before a change of what that hangs on.
func (c *Cluster) restlessFrom(s *service, before bool) {
	if s.restless() != before {
		c.schedule(s)
		c.setTargetTimers(s)
		c.watchProvisioning()
	}
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
	c.timers.put(timer{at: s.WakeAt, kind: timerPass, owner: string(s.Spec.Name)}, s.restless())
}

func (x *schedules) put(t timer, periodic bool) {
	if periodic {
		x.periodic.push(t)
		return
	}
	x.progress.push(t)
}

// set gives the owner its timer of a kind, in place of the one it had; a zero
// time takes that one away. Periodic says that the timer only repeats what was
// before and brings the cluster no nearer to rest. The time is part of the
// owner's state: whoever restores that sets the timer again.
func (c *Cluster) set(kind timerKind, owner string, at time.Time, periodic bool) {
	key := timerKey{kind, owner}
	if at.IsZero() {
		delete(c.due, key)
		return
	}
	if now := (due{at, periodic}); c.due[key] != now {
		c.due[key] = now
		c.timers.put(timer{at: at, kind: kind, owner: owner}, periodic)
	}
}

// scheduleRepeat sets when the service tells its standing events again.
func (c *Cluster) scheduleRepeat(s *service, at time.Time) {
	s.RepeatAt = at
	c.set(timerRepeat, string(s.Spec.Name), at, true)
}

// top is the next timer of a heap that still holds.
func (c *Cluster) top(h *timers, periodic bool) (timer, bool) {
	for len(*h) > 0 {
		if t := (*h)[0]; c.holds(t, periodic) {
			return t, true
		}
		h.pop()
	}
	return timer{}, false
}

// holds reports whether a timer still agrees with its owner.
func (c *Cluster) holds(t timer, periodic bool) bool {
	if t.kind == timerPass {
		s, ok := c.services[ecs.ServiceName(t.owner)]
		return ok && s.WakeAt.Equal(t.at) && s.restless() == periodic
	}
	return c.due[timerKey{t.kind, t.owner}] == due{t.at, periodic}
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
	return c.decided()
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
	defer c.tellChanges()
	// Of one moment timers come first, then records that are dropped.
	next, found := c.top(&c.timers.progress, false)
	if t, isB := c.top(&c.timers.periodic, true); isB && (!found || t.before(next)) {
		next, found = t, true
	}
	if !found || next.at.After(at) {
		r := c.stopped[0]
		c.stopped = c.stopped[1:]
		c.drop(r)
		return true
	}
	c.fire(next)
	return true
}

// fire does what a timer is for.
func (c *Cluster) fire(t timer) {
	if t.kind == timerPass {
		s := c.services[ecs.ServiceName(t.owner)]
		s.WakeAt = time.Time{} // which makes the timer void
		c.listen(s)
		c.pass(s)
		return
	}
	delete(c.due, timerKey{t.kind, t.owner})
	switch t.kind {
	case timerStage:
		s := c.services[ecs.ServiceName(t.owner)]
		s.StageAt, s.StageGuarded = time.Time{}, false
		c.wake(s, c.now)
	case timerRepeat:
		c.repeat(c.services[ecs.ServiceName(t.owner)])
	case timerTarget:
		c.targetsDue(ecs.TaskID(t.owner))
	case timerProtection:
		c.protectionEnds(ecs.TaskID(t.owner))
	case timerProvision:
		c.provision()
	case timerGiveUp:
		c.giveUp()
	case timerScaling:
		c.look(c.providers[t.owner])
	case timerTrunk:
		c.trunkDue(c.instances[ecs.ContainerInstanceID(t.owner)])
	case timerTermination:
		c.terminate(c.instances[ecs.ContainerInstanceID(t.owner)])
	}
}
