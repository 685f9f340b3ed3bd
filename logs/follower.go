package logs

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// DefaultLookback is how far back each pass reads again. Lines reach CloudWatch
// Logs up to about 90 seconds after the time they carry.
const DefaultLookback = 150 * time.Second

// Follower is the memory of a reader that passes over the same streams again and
// again. Each pass asks for a window that overlaps the one before it, since lines
// arrive late, and the follower lets each event through once. A pass that broke off
// is simply not Done: the next one covers its window as well.
type Follower struct {
	start    time.Time
	lookback time.Duration

	streams map[streamKey]time.Time // when the last complete pass over it began; zero before the first
	asked   []streamKey             // in this pass
	began   time.Time               // of this pass
	shown   map[string]time.Time    // event identity to its time
	copies  map[string]int          // in this pass, for events without an id
	newest  time.Time
}

type streamKey struct{ group, name string }

// NewFollower starts at a time; the zero time is the beginning. A lookback of 0 is
// DefaultLookback.
func NewFollower(start time.Time, lookback time.Duration) *Follower {
	if lookback <= 0 {
		lookback = DefaultLookback
	}
	return &Follower{
		start: start, lookback: lookback,
		streams: map[streamKey]time.Time{}, shown: map[string]time.Time{}, copies: map[string]int{},
	}
}

// Begin starts a pass over the streams and says what to ask for. A stream that is
// new is read from the follower's start, the others from a lookback before the last
// complete pass.
func (f *Follower) Begin(now time.Time, streams []Stream) []Query {
	f.began, f.asked = now, nil
	clear(f.copies)
	type window struct {
		group string
		start int64
	}
	batches := map[window][]string{}
	for _, s := range streams {
		key := streamKey{s.Group, s.Name}
		if slices.Contains(f.asked, key) {
			continue
		}
		f.asked = append(f.asked, key)
		w := window{s.Group, f.windowStart(key).UnixMilli()}
		batches[w] = append(batches[w], s.Name)
	}
	windows := slices.SortedFunc(maps.Keys(batches), func(a, b window) int {
		return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.start, b.start))
	})
	var queries []Query
	for _, w := range windows {
		for names := range slices.Chunk(batches[w], MaxStreams) {
			queries = append(queries, Query{Group: w.group, Streams: names, Start: time.UnixMilli(max(w.start, 0)).UTC()})
		}
	}
	return queries
}

func (f *Follower) windowStart(key streamKey) time.Time {
	done := f.streams[key]
	if from := done.Add(-f.lookback); !done.IsZero() && from.After(f.start) {
		return from
	}
	return f.start
}

// Take lets an event through, or not when it has been shown or is older than the
// follower's start.
func (f *Follower) Take(e Event) (Event, bool) {
	if e.Timestamp.Before(f.start.Truncate(time.Millisecond)) {
		return e, false
	}
	id := f.identity(e)
	if _, known := f.shown[id]; known {
		return e, false
	}
	f.shown[id] = e.Timestamp
	if e.Timestamp.Before(f.newest) {
		e.Late = true
	} else {
		f.newest = e.Timestamp
	}
	return e, true
}

// identity is the event's id, or where the source gives none its content and how
// many of the same came before it in this pass.
func (f *Follower) identity(e Event) string {
	if e.ID != "" {
		return e.ID
	}
	content := fmt.Sprintf("%s\x00%s\x00%d\x00%s", e.Group, e.Stream, e.Timestamp.UnixMilli(), e.Message)
	f.copies[content]++
	return fmt.Sprintf("%s\x00%d", content, f.copies[content])
}

// Done ends a pass whose queries were all read to their ends, and forgets what no
// later pass can bring again.
func (f *Follower) Done() {
	for _, key := range f.asked {
		f.streams[key] = f.began
	}
	// Any stream that has ever been read may be asked for again, from its own window.
	oldest := f.began
	for _, done := range f.streams {
		if done.Before(oldest) {
			oldest = done
		}
	}
	forget := oldest.Add(-f.lookback).Truncate(time.Millisecond)
	maps.DeleteFunc(f.shown, func(_ string, at time.Time) bool { return at.Before(forget) })
	f.asked = nil
}

// Drop forgets streams that will not be asked for again, so that what they have
// shown need not be remembered.
func (f *Follower) Drop(s Stream) { delete(f.streams, streamKey{s.Group, s.Name}) }
