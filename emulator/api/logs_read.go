package api

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"time"

	"gantry/emulator/runtime"
	"gantry/emulator/store"
)

// position is a place between two events of a stream: before the event of this
// millisecond with this number, and after everything earlier.
type position struct {
	ms     int64
	number int64
}

func (p position) compare(o position) int {
	return cmp.Or(cmp.Compare(p.ms, o.ms), cmp.Compare(p.number&^twinBit, o.number&^twinBit), cmp.Compare(p.number, o.number))
}

// event is one event of a stream. Its position tells it from all others of the
// stream: lines of a container are numbered within their millisecond, and
// events that were put come after them.
type event struct {
	position
	ingested int64
	message  string
	stream   *store.LogStream
}

// putBase is added to the numbers of events that were put.
const putBase = 1 << 40

// last is after everything.
func last() position { return position{ms: math.MaxInt64 / 2_000_000, number: math.MaxInt64} }

// id is the event's eventId: 56 digits, the same whenever it is asked for.
func (e event) id() string {
	sum := fnv.New64a()
	_, _ = fmt.Fprintf(sum, "%s\x00%s", e.stream.Group, e.stream.Name)
	return fmt.Sprintf("%020d%020d%016d", e.ms, sum.Sum64(), e.number)
}

// reader reads the events of streams, up to the world's now.
type reader struct {
	tx     *store.Tx
	writer runtime.Writer
	oldest int64 // what is older was dropped by the group's retention
	end    int64 // what comes from here on has not happened yet
	faults []logFault
}

func newReader(tx *store.Tx, group store.LogGroup) *reader {
	r := &reader{tx: tx, writer: tx.Writer(), end: tx.Now().UnixMilli() + 1}
	if group.RetentionDays > 0 {
		r.oldest = tx.Now().AddDate(0, 0, -group.RetentionDays).UnixMilli()
	}
	return r
}

// allForward is forward, whatever faults there are.
func (r *reader) allForward(s *store.LogStream, from position, end int64, limit int) ([]event, error) {
	end = min(end, r.end)
	if from.ms < r.oldest {
		from = position{ms: r.oldest}
	}
	if from.ms >= end {
		return nil, nil
	}
	written, err := r.writtenForward(s, from, end, limit)
	if err != nil {
		return nil, err
	}
	put, err := r.put(s, from, end, limit)
	if err != nil {
		return nil, err
	}
	events := append(written, put...)
	slices.SortFunc(events, func(a, b event) int { return a.compare(b.position) })
	return events[:min(len(events), limit)], nil
}

func (r *reader) writtenForward(s *store.LogStream, from position, end int64, limit int) ([]event, error) {
	if s.Source == nil {
		return nil, nil
	}
	skip := from.number
	if skip >= putBase { // all lines of that millisecond come before
		from.ms, skip = from.ms+1, 0
	}
	lines, err := r.writer.Lines(*s.Source, time.UnixMilli(from.ms), time.UnixMilli(end), limit+int(skip))
	if err != nil {
		return nil, err
	}
	events := number(s, lines)
	return slices.DeleteFunc(events, func(e event) bool { return e.ms == from.ms && e.number < skip }), nil
}

// number makes events of lines that begin at the start of a millisecond.
func number(s *store.LogStream, lines []runtime.Line) []event {
	events := make([]event, 0, len(lines))
	for _, line := range lines {
		e := event{position: position{ms: line.At.UnixMilli()}, message: line.Text, stream: s}
		if n := len(events); n > 0 && events[n-1].ms == e.ms {
			e.number = events[n-1].number + 1
		}
		e.ingested = e.ms
		events = append(events, e)
	}
	return events
}

func (r *reader) put(s *store.LogStream, from position, end int64, limit int) ([]event, error) {
	var events []event
	err := r.tx.LogEvents(s, time.UnixMilli(from.ms), time.UnixMilli(end), func(kept store.LogEvent) bool {
		if e := putEvent(s, kept); e.compare(from) >= 0 {
			events = append(events, e)
		}
		return len(events) < limit
	})
	return events, err
}

func putEvent(s *store.LogStream, kept store.LogEvent) event {
	return event{
		position: position{ms: kept.At.UnixMilli(), number: putBase + kept.Number},
		ingested: kept.IngestedAt.UnixMilli(), message: kept.Message, stream: s,
	}
}

// allBackward is backward, whatever faults there are.
func (r *reader) allBackward(s *store.LogStream, before position, start int64, limit int) ([]event, error) {
	if before.ms >= r.end {
		before = position{ms: r.end}
	}
	start = max(start, r.oldest)
	if before.compare(position{ms: start}) <= 0 {
		return nil, nil
	}
	events, err := r.writtenBackward(s, before, start, limit)
	if err != nil {
		return nil, err
	}
	found := 0
	err = r.tx.LogEventsBackward(s, time.UnixMilli(start), time.UnixMilli(before.ms+1), func(kept store.LogEvent) bool {
		if e := putEvent(s, kept); e.compare(before) < 0 {
			events = append(events, e)
			found++
		}
		return found < limit
	})
	slices.SortFunc(events, func(a, b event) int { return a.compare(b.position) })
	return events[max(0, len(events)-limit):], err
}

// writtenBackward looks at ever longer windows before the position until there
// are enough lines in them.
func (r *reader) writtenBackward(s *store.LogStream, before position, start int64, limit int) ([]event, error) {
	if s.Source == nil {
		return nil, nil
	}
	start = max(start, s.Source.Started.UnixMilli())
	end := before.ms + 1
	if !s.Source.Stopped.IsZero() {
		end = min(end, s.Source.Stopped.UnixMilli()+1)
	}
	var events []event
	for span := time.Minute.Milliseconds(); end > start && len(events) < limit; span *= 4 {
		from := max(start, end-span)
		lines, err := r.writer.Lines(*s.Source, time.UnixMilli(from), time.UnixMilli(end), math.MaxInt32)
		if err != nil {
			return nil, err
		}
		window := slices.DeleteFunc(number(s, lines), func(e event) bool { return e.compare(before) >= 0 })
		events = append(window, events...)
		end = from
	}
	return events, nil
}

// bounds are the times of the first and the last event of a stream.
func (r *reader) bounds(s *store.LogStream) (first, final *int64, err error) {
	head, err := r.forward(s, position{}, r.end, 1)
	if err != nil || len(head) == 0 {
		return nil, nil, err
	}
	tail, err := r.backward(s, last(), 0, 1)
	if err != nil || len(tail) == 0 {
		return nil, nil, err
	}
	return &head[0].ms, &tail[0].ms, nil
}
