package logs

import (
	"cmp"
	"iter"
	"strings"
)

// Compare orders events by time, then by when they arrived, then by id: the order
// that CloudWatch Logs itself gives (ECS semantics 9.3).
func Compare(a, b Event) int {
	return cmp.Or(
		a.Timestamp.Compare(b.Timestamp),
		a.Ingestion.Compare(b.Ingestion),
		strings.Compare(a.Stream, b.Stream),
		strings.Compare(a.ID, b.ID),
	)
}

// Merge joins ordered sequences into one, in order, holding one event of each at a
// time. The first error ends it.
func Merge(sequences ...iter.Seq2[Event, error]) iter.Seq2[Event, error] {
	if len(sequences) == 1 {
		return sequences[0]
	}
	return func(yield func(Event, error) bool) {
		heads := make([]*head, 0, len(sequences))
		for _, sequence := range sequences {
			next, stop := iter.Pull2(sequence)
			defer stop()
			h := &head{next: next}
			if !h.advance() {
				continue
			}
			if h.err != nil {
				yield(Event{}, h.err)
				return
			}
			heads = append(heads, h)
		}
		for len(heads) > 0 {
			first := 0
			for i := range heads {
				if Compare(heads[i].event, heads[first].event) < 0 {
					first = i
				}
			}
			if !yield(heads[first].event, nil) {
				return
			}
			if !heads[first].advance() {
				heads = append(heads[:first], heads[first+1:]...)
				continue
			}
			if err := heads[first].err; err != nil {
				yield(Event{}, err)
				return
			}
		}
	}
}

// head is the next event of one sequence.
type head struct {
	next  func() (Event, error, bool)
	event Event
	err   error
}

func (h *head) advance() bool {
	var ok bool
	h.event, h.err, ok = h.next()
	return ok
}
