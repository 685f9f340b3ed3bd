package capacity

import "time"

const (
	// Interval is how often the metric is published and looked at.
	Interval = time.Minute
	// lowPoints is how many data points in a row must be below the target before
	// a group shrinks (ECS semantics 6.5).
	lowPoints = 15
	// fromZero is how many instances an empty group gets at first.
	fromZero = 2
)

// Look is what managed scaling sees in one minute.
type Look struct {
	At      time.Time
	Group   Group
	Target  int // targetCapacity, per cent
	Desired int // the group's desired capacity now, and its bounds
	Min     int
	Max     int
	// Launching of the group's instances are still on their way.
	Launching int
	// Protected groups lose empty instances only (managed termination protection).
	Protected bool
}

// Action is a change of a group's desired capacity with its reason as data.
type Action struct {
	From        int     `json:"from"`
	To          int     `json:"to"`
	Needed      int     `json:"needed"`  // M
	Present     int     `json:"present"` // N
	Reservation float64 `json:"reservation"`
	Target      int     `json:"target"`
}

// Scaling is what managed scaling of one group remembers from minute to minute.
type Scaling struct {
	LowSince time.Time `json:"lowSince,omitzero"` // the first of the data points in a row that are below the target
	WarmAt   time.Time `json:"warmAt,omitzero"`   // recent instances are warm: no scale-out before
}

// Warm holds scale-outs back until then, for an instance that has just come.
func (s *Scaling) Warm(until time.Time) {
	if until.After(s.WarmAt) {
		s.WarmAt = until
	}
}

// Observe takes the minute's data point. It says what to do now, if anything,
// and when looking again is worth while although nothing else happens; zero is
// never.
func (s *Scaling) Observe(l *Look, warmup time.Duration) (act *Action, again time.Time) {
	m, n := l.Group.Needed(), l.Group.Instances
	switch high, low := m*100 > l.Target*n, m*100 < l.Target*n; {
	case high:
		s.LowSince = time.Time{}
		return s.out(l, warmup)
	case low:
		if s.LowSince.IsZero() {
			s.LowSince = l.At
		}
		return s.in(l)
	}
	s.LowSince = time.Time{}
	return nil, time.Time{}
}

// out lets the group grow, unless recent instances still have to come or to
// become warm.
func (s *Scaling) out(l *Look, warmup time.Duration) (*Action, time.Time) {
	n := l.Group.Instances
	to := n + max(l.Group.MinStep, min(l.wanted()-n, l.Group.MaxStep))
	if n == 0 {
		to = fromZero // whatever is needed (ECS semantics 6.5)
	}
	if to = min(to, l.Max); to <= l.Desired {
		return nil, time.Time{} // it has been asked for, or the group may not be larger
	}
	if l.Launching > 0 {
		return nil, time.Time{} // they warm up when they are there
	}
	if l.At.Before(s.WarmAt) {
		return nil, s.WarmAt
	}
	s.WarmAt = l.At.Add(warmup)
	return l.act(to), s.WarmAt
}

// in lets the group shrink after the last of the data points: by at least one
// instance, and by less than half of them in a minute.
func (s *Scaling) in(l *Look) (*Action, time.Time) {
	step := max(1, (l.Desired-1)/2)
	if l.Protected {
		step = min(step, l.Group.Empty)
	}
	to := max(l.wanted(), l.Desired-step, l.Min)
	if to >= l.Desired {
		return nil, time.Time{}
	}
	if due := s.LowSince.Add((lowPoints - 1) * Interval); l.At.Before(due) {
		return nil, due
	}
	return l.act(to), l.At.Add(Interval)
}

// wanted is the least number of instances of which those needed are no more than
// the target: what target tracking sets.
func (l *Look) wanted() int {
	return (l.Group.Needed()*100 + l.Target - 1) / l.Target
}

func (l *Look) act(to int) *Action {
	return &Action{
		From: l.Desired, To: to, Needed: l.Group.Needed(), Present: l.Group.Instances,
		Reservation: l.Group.Reservation(), Target: l.Target,
	}
}
