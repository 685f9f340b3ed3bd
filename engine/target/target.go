package target

import (
	"time"

	"gantry/ecs"
)

// Target is one target of a target group. Its health checks come in phase with
// its registration: Elastic Load Balancing spreads them over the interval, we
// let the first one be an interval after the target is registered. A check at
// the moment of news sees the target as it was before.
type Target struct {
	Registered time.Time       `json:"registered"`
	From       time.Time       `json:"from"`             // checks are made an interval after it, two intervals …
	Made       int             `json:"made,omitempty"`   // checks since then
	State      ecs.TargetState `json:"state"`            // as far as Advance got
	Streak     int             `json:"streak,omitempty"` // checks in a row that speak against the state: passed, or as a negative number failed
	Answer     Answer          `json:"answer,omitempty"` // what it answers now
	Why        Answer          `json:"why,omitempty"`    // the answer that made it unhealthy, or the last one since
	SickAt     time.Time       `json:"sickAt,omitzero"`  // when the check is over that makes it unhealthy
	Drained    time.Time       `json:"drained,omitzero"` // when its connections are drained
}

// Register makes a target that passes its checks until told otherwise.
func Register(now time.Time) Target {
	return Target{Registered: now, From: now.Add(registration), State: ecs.TargetInitial}
}

// Advance lets the checks happen that are made until then, and what follows.
func (t *Target) Advance(s *Settings, to time.Time) {
	if t.State == ecs.TargetDraining && !to.Before(t.Drained) {
		t.State = ecs.TargetUnused
	}
	if t.leaving() {
		return
	}
	if !t.SickAt.IsZero() {
		if to.Before(t.SickAt) {
			return // a check is over before the next one is made
		}
		t.State, t.SickAt = ecs.TargetUnhealthy, time.Time{}
	}
	n := t.checks(s, to) - t.Made
	if n <= 0 {
		return
	}
	if t.Answer == "" {
		t.pass(s, n)
	} else {
		t.fail(s, n, to)
	}
}

// leaving reports whether the target was deregistered.
func (t *Target) leaving() bool {
	return t.State == ecs.TargetDraining || t.State == ecs.TargetUnused
}

// checks is how many checks are made up to a time.
func (t *Target) checks(s *Settings, to time.Time) int {
	return max(0, int(to.Sub(t.From)/s.Interval))
}

// check is when the n-th check from now on is made.
func (t *Target) check(s *Settings, n int) time.Time {
	return t.From.Add(time.Duration(t.Made+n) * s.Interval)
}

// passes is how many checks in a row make the target healthy.
func (t *Target) passes(s *Settings) int {
	if t.State == ecs.TargetInitial {
		return s.Initial
	}
	return s.Healthy
}

// pass makes n checks that succeed.
func (t *Target) pass(s *Settings, n int) {
	t.Made += n
	t.Streak = max(0, t.Streak) + n
	if t.State == ecs.TargetHealthy || t.Streak >= t.passes(s) {
		t.State, t.Streak, t.Why = ecs.TargetHealthy, 0, ""
	}
}

// fail makes n checks that fail. The one that makes the target unhealthy counts
// when it is over.
func (t *Target) fail(s *Settings, n int, to time.Time) {
	if t.State == ecs.TargetUnhealthy {
		t.Made, t.Streak, t.Why = t.Made+n, 0, t.Answer
		return
	}
	more := s.Unhealthy + min(0, t.Streak)
	if n < more {
		t.Made, t.Streak = t.Made+n, min(0, t.Streak)-n
		return
	}
	t.SickAt = t.over(s, max(1, more))
	t.Made, t.Streak, t.Why = t.Made+n, 0, t.Answer
	if !to.Before(t.SickAt) {
		t.State, t.SickAt = ecs.TargetUnhealthy, time.Time{}
	}
}

// over is when the n-th failing check from now on is over.
func (t *Target) over(s *Settings, n int) time.Time {
	at := t.check(s, n)
	if t.Answer == TimedOut {
		at = at.Add(s.Timeout)
	}
	return at
}

// Next is when the target's state changes if it goes on to answer as it does;
// ok is false when it never does.
func (t *Target) Next(s *Settings) (at time.Time, ok bool) {
	switch {
	case t.State == ecs.TargetUnused:
		return time.Time{}, false
	case t.State == ecs.TargetDraining:
		return t.Drained, true
	case !t.SickAt.IsZero():
		return t.SickAt, true
	case t.Answer == "" && t.State != ecs.TargetHealthy:
		return t.check(s, max(1, t.passes(s)-max(0, t.Streak))), true
	case t.Answer != "" && t.State != ecs.TargetUnhealthy:
		return t.over(s, max(1, s.Unhealthy+min(0, t.Streak))), true
	}
	return time.Time{}, false
}

// Tell says what the target answers from now on.
func (t *Target) Tell(s *Settings, now time.Time, a Answer) {
	t.Advance(s, now)
	t.Answer = a
}

// Deregister takes the target out: it gets no new requests, and its connections
// have the deregistration delay to end. A target without connections is no
// exception: it is shown draining as long [ALB: deregistration delay].
func (t *Target) Deregister(s *Settings, now time.Time) {
	t.Advance(s, now)
	if t.leaving() {
		return
	}
	t.State, t.Streak, t.SickAt, t.Drained = ecs.TargetDraining, 0, time.Time{}, now.Add(s.Delay)
	t.Advance(s, now)
}

// Resettle goes from the old settings of the target group to new ones: checks
// begin anew, with what was counted so far.
func (t *Target) Resettle(old *Settings, now time.Time) {
	t.Advance(old, now)
	if now.After(t.From) {
		t.From, t.Made = now, 0
	}
}

// Health is how the target is at a time; t itself stays as it is.
func (t Target) Health(s *Settings, now time.Time) ecs.TargetHealth {
	t.Advance(s, now)
	out := ecs.TargetHealth{State: t.State, RegisteredAt: t.Registered, DrainedAt: t.Drained}
	out.Reason, out.Description = texts(t.State, now.Before(t.Registered.Add(registration)), t.Why)
	return out
}
