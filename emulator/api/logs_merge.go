package api

import (
	"container/heap"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/emulator/store"
	"gantry/logs/pattern"
)

// resume is the event after which a page begins, in the order of merge.
type resume struct {
	position
	stream   string
	backward bool
	some     bool
}

// towardsHead begins the token of a page that goes backward.
const towardsHead = "head "

func (m *merge) token(e event) *string {
	place := fmt.Sprintf("%d %d %s", e.ms, e.number, e.stream.Name)
	if m.backward {
		place = towardsHead + place
	}
	return sealToken(place)
}

func openPosition(token *string) (resume, error) {
	if text[string](token) == "" {
		return resume{}, nil
	}
	opened, ok := openToken(*token)
	place, backward := strings.CutPrefix(opened, towardsHead)
	parts := strings.SplitN(place, " ", 3)
	if ok && len(parts) == 3 {
		ms, err1 := strconv.ParseInt(parts[0], 10, 64)
		number, err2 := strconv.ParseInt(parts[1], 10, 64)
		if err1 == nil && err2 == nil && ms >= 0 && number >= 0 {
			return resume{position: position{ms, number}, stream: parts[2], backward: backward, some: true}, nil
		}
	}
	return resume{}, invalid("The specified nextToken is invalid.")
}

// place is where a stream goes on after the event: forward from it, or backward
// with what is before it.
func (r resume) place(stream string) position {
	next := position{ms: r.ms}
	switch c := strings.Compare(stream, r.stream); {
	case c == 0 && r.backward:
		next.number = r.number
	case c == 0:
		next = r.next()
	case c < 0: // what it has in this millisecond comes before the event
		next.ms++
	}
	return next
}

// merge reads several streams as one, in order of time, of the stream's name,
// and of the stream's own order; or in the opposite order.
type merge struct {
	reader     *reader
	backward   bool
	start, end int64 // times in [start, end)
	batch      int
	heads      []*head
}

// head is a stream with the events of it that were read ahead.
type head struct {
	stream *store.LogStream
	ahead  []event
	more   bool
}

func (m *merge) Len() int { return len(m.heads) }
func (m *merge) Less(i, j int) bool {
	a, b := m.heads[i].ahead[0], m.heads[j].ahead[0]
	if m.backward {
		a, b = b, a
	}
	if a.ms != b.ms {
		return a.ms < b.ms
	}
	return a.stream.Name < b.stream.Name
}
func (m *merge) Swap(i, j int) { m.heads[i], m.heads[j] = m.heads[j], m.heads[i] }
func (m *merge) Push(x any)    { m.heads = append(m.heads, x.(*head)) }
func (m *merge) Pop() any {
	last := len(m.heads) - 1
	top := m.heads[last]
	m.heads = m.heads[:last]
	return top
}

// add lets a stream take part, from its first event that is in the window and
// that no page before had.
func (m *merge) add(s *store.LogStream, after resume) error {
	at := position{ms: m.start}
	if m.backward {
		at = position{ms: m.end}
	}
	if after.some && m.backward {
		at = earlier(at, after.place(s.Name))
	} else if after.some {
		at = later(at, after.place(s.Name))
	}
	h := &head{stream: s}
	if err := m.fill(h, at); err != nil {
		return err
	}
	if len(h.ahead) > 0 {
		heap.Push(m, h)
	}
	return nil
}

func (m *merge) fill(h *head, at position) (err error) {
	if m.backward {
		h.ahead, err = m.reader.backward(h.stream, at, m.start, m.batch)
		slices.Reverse(h.ahead)
	} else {
		h.ahead, err = m.reader.forward(h.stream, at, m.end, m.batch)
	}
	h.more = len(h.ahead) == m.batch
	return err
}

// next takes the first event of all streams.
func (m *merge) next() (event, error) {
	h := m.heads[0]
	first := h.ahead[0]
	h.ahead = h.ahead[1:]
	if len(h.ahead) == 0 && h.more {
		at := first.position
		if !m.backward {
			at = first.next()
		}
		if err := m.fill(h, at); err != nil {
			return event{}, err
		}
	}
	if len(h.ahead) == 0 {
		heap.Pop(m)
	} else {
		heap.Fix(m, 0)
	}
	return first, nil
}

func (m *merge) page(wanted *pattern.Pattern, limit int) (*sdk.FilterLogEventsOutput, error) {
	out := &sdk.FilterLogEventsOutput{Events: []types.FilteredLogEvent{}, SearchedLogStreams: []types.SearchedLogStream{}}
	for scanned, bytes := 0, 0; len(m.heads) > 0; {
		e, err := m.next()
		if err != nil {
			return nil, err
		}
		scanned++
		if wanted.Match(e.message) {
			id := e.id()
			out.Events = append(out.Events, types.FilteredLogEvent{
				EventId: &id, IngestionTime: &e.ingested, LogStreamName: &e.stream.Name, Message: &e.message, Timestamp: &e.ms,
			})
			bytes += len(e.message) + eventOverhead
		}
		if len(m.heads) > 0 && (len(out.Events) >= limit || bytes >= mostPageBytes || scanned >= mostScanned) {
			out.NextToken = m.token(e)
			break
		}
	}
	return out, nil
}
