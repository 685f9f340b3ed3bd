package api

import (
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
)

// logFault is a fault that falls on log events: on those that come in while it
// lasts.
type logFault struct {
	from, until int64 // milliseconds
	ecs.APIFault
}

// logFaults are those that last.
func (s *Server) logFaults(now time.Time) []logFault {
	if !s.apiFaults.some.Load() {
		return nil
	}
	s.apiFaults.mu.Lock()
	defer s.apiFaults.mu.Unlock()
	var out []logFault
	for _, f := range s.apiFaults.list {
		if (f.API.LateEvents > 0 || f.API.DuplicateEvents > 0) && !f.over(now) {
			x := logFault{from: f.From.UnixMilli(), until: last().ms, APIFault: *f.API}
			if f.For > 0 {
				x.until = f.until().UnixMilli()
			}
			out = append(out, x)
		}
	}
	return out
}

// reader reads the events of a group, as the faults let them be seen.
func (l *Logs) reader(group store.LogGroup) *reader {
	r := newReader(l.tx, group)
	r.faults = l.s.logFaults(l.tx.Now())
	return r
}

// twinBit is set in the number of an event that is there once more: CloudWatch Logs
// gives such a one an id of its own [LOGS: at-least-once delivery].
const twinBit = 1 << 52

// next is the place after an event, and after its twin.
func (p position) next() position { return position{p.ms, p.number&^twinBit + 1} }

// twinAfter is how much later than the first one a twin comes in.
const twinAfter = time.Second

// drawn is where between 0 and 1 an event falls for a purpose, always the same.
func (e event) drawn(purpose string) float64 { return chance(purpose, e.id()) }

// seen are none, one or two events for one: none when it is still on its way.
func (r *reader) seen(e event) []event {
	twice := false
	for _, f := range r.faults {
		if e.ingested < f.from || e.ingested >= f.until {
			continue
		}
		twice = twice || e.drawn("twice") < f.DuplicateEvents
		if f.LateEvents > 0 {
			e.ingested += int64(e.drawn("late") * float64(f.LateEvents.Duration().Milliseconds()))
		}
	}
	var out []event
	if e.ingested < r.end {
		out = append(out, e)
	}
	if twin := e; twice {
		twin.number |= twinBit
		if twin.ingested += twinAfter.Milliseconds(); twin.ingested < r.end {
			out = append(out, twin)
		}
	}
	return out
}

// forward reads at most limit events of a stream from a position on, with times
// before end.
func (r *reader) forward(s *store.LogStream, from position, end int64, limit int) ([]event, error) {
	if len(r.faults) == 0 {
		return r.allForward(s, from, end, limit)
	}
	var out []event
	for {
		some, err := r.allForward(s, from, end, limit)
		if err != nil {
			return nil, err
		}
		for _, e := range some {
			out = append(out, r.seen(e)...)
			from = e.next()
		}
		if len(some) < limit || len(out) >= limit {
			return out[:min(len(out), limit)], nil
		}
	}
}

// backward reads the last events of a stream before a position, with times from
// start on, at most limit of them, in order of time.
func (r *reader) backward(s *store.LogStream, before position, start int64, limit int) ([]event, error) {
	if len(r.faults) == 0 {
		return r.allBackward(s, before, start, limit)
	}
	var out []event
	for {
		some, err := r.allBackward(s, before, start, limit)
		if err != nil {
			return nil, err
		}
		var seen []event
		for _, e := range some {
			seen = append(seen, r.seen(e)...)
		}
		out = append(seen, out...)
		if len(some) < limit || len(out) >= limit {
			return out[max(0, len(out)-limit):], nil
		}
		before = some[0].position
	}
}
