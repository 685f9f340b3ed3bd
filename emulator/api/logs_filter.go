package api

import (
	"container/heap"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/emulator/store"
)

// The bounds of one page of events (ECS semantics 9.2, 9.3 [LOGS]).
const (
	mostEvents     = 10_000
	mostPageBytes  = 1 << 20
	mostStreams    = 100
	longestPattern = 1024
	// mostScanned is how many events a page looks at before it is sent as it is,
	// maybe empty, with a token to go on.
	mostScanned = 20_000
	// How many events of a stream are worked out at a time: the fewer, the more
	// streams there are.
	fewestAhead = 8
	mostAhead   = 256
	allAhead    = 20_000
)

// FilterLogEvents finds events of a group, over its streams in order of time.
func (l *Logs) FilterLogEvents(_ context.Context, in *sdk.FilterLogEventsInput) (*sdk.FilterLogEventsOutput, error) {
	group, err := l.identified(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	limit, err := eventLimit(in.Limit)
	if err != nil {
		return nil, err
	}
	if len(text[string](in.FilterPattern)) > longestPattern {
		return nil, invalid("filterPattern can have at most %d characters.", longestPattern)
	}
	wanted, err := parsePattern(text[string](in.FilterPattern))
	if err != nil {
		return nil, err
	}
	streams, err := l.filtered(group.Name, in)
	if err != nil {
		return nil, err
	}
	start, end := window(in.StartTime, in.EndTime)
	merged := &merge{
		reader: newReader(l.tx, group), end: end,
		batch: min(mostAhead, max(fewestAhead, allAhead/max(1, len(streams)))),
	}
	after, err := openPosition(in.NextToken)
	if err != nil {
		return nil, err
	}
	for i := range streams {
		if err := merged.add(&streams[i], after.within(streams[i].Name, start)); err != nil {
			return nil, err
		}
	}
	return merged.page(wanted, limit)
}

func eventLimit(given *int32) (int, error) {
	if given == nil {
		return mostEvents, nil
	}
	if *given < 1 || *given > mostEvents {
		return 0, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", *given, mostEvents)
	}
	return int(*given), nil
}

// window is [start, end) of times that are both meant to be in.
func window(start, end *int64) (from, to int64) {
	to = last().ms
	if start != nil {
		from = max(0, *start)
	}
	if end != nil && *end < to {
		to = *end + 1
	}
	return from, to
}

// filtered are the streams that a call of FilterLogEvents asks about.
func (l *Logs) filtered(group string, in *sdk.FilterLogEventsInput) ([]store.LogStream, error) {
	prefix := text[string](in.LogStreamNamePrefix)
	switch {
	case len(in.LogStreamNames) > 0 && prefix != "":
		return nil, invalid("LogStreamNamePrefix and LogStreamNames cannot both be specified.")
	case len(in.LogStreamNames) > mostStreams:
		return nil, invalid("At most %d log stream names can be given.", mostStreams)
	case len(in.LogStreamNames) == 0:
		return l.tx.LogStreams(group, prefix)
	}
	var streams []store.LogStream
	for _, name := range slices.Compact(slices.Sorted(slices.Values(in.LogStreamNames))) {
		stream, ok, err := l.tx.LogStream(group, name)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, errNoStream()
		}
		streams = append(streams, stream)
	}
	return streams, nil
}

// resume is the event after which a page begins, in the order of merge.
type resume struct {
	position
	stream string
	some   bool
}

func (e event) token() *string {
	return sealToken(fmt.Sprintf("%d %d %s", e.ms, e.number, e.stream.Name))
}

func openPosition(token *string) (resume, error) {
	if text[string](token) == "" {
		return resume{}, nil
	}
	opened, ok := openToken(*token)
	parts := strings.SplitN(opened, " ", 3)
	if ok && len(parts) == 3 {
		ms, err1 := strconv.ParseInt(parts[0], 10, 64)
		number, err2 := strconv.ParseInt(parts[1], 10, 64)
		if err1 == nil && err2 == nil && ms >= 0 && number >= 0 {
			return resume{position: position{ms, number}, stream: parts[2], some: true}, nil
		}
	}
	return resume{}, invalid("The specified nextToken is invalid.")
}

// within is where a stream goes on after the event, and not before start.
func (r resume) within(stream string, start int64) position {
	from := position{ms: start}
	if !r.some {
		return from
	}
	next := position{ms: r.ms}
	switch c := strings.Compare(stream, r.stream); {
	case c == 0:
		next.number = r.number + 1
	case c < 0:
		next.ms++
	}
	if next.compare(from) > 0 {
		return next
	}
	return from
}

// merge reads several streams as one, in order of time, of the stream's name,
// and of the stream's own order.
type merge struct {
	reader *reader
	end    int64
	batch  int
	heads  heads
}

// head is a stream with the events of it that were read ahead.
type head struct {
	stream *store.LogStream
	ahead  []event
	more   bool
}

type heads []*head

func (h heads) Len() int { return len(h) }
func (h heads) Less(i, j int) bool {
	a, b := h[i].ahead[0], h[j].ahead[0]
	if a.ms != b.ms {
		return a.ms < b.ms
	}
	return a.stream.Name < b.stream.Name
}
func (h heads) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *heads) Push(x any)   { *h = append(*h, x.(*head)) }
func (h *heads) Pop() any {
	old := *h
	top := old[len(old)-1]
	*h = old[:len(old)-1]
	return top
}

func (m *merge) add(s *store.LogStream, from position) error {
	h := &head{stream: s}
	if err := m.fill(h, from); err != nil {
		return err
	}
	if len(h.ahead) > 0 {
		heap.Push(&m.heads, h)
	}
	return nil
}

func (m *merge) fill(h *head, from position) (err error) {
	h.ahead, err = m.reader.forward(h.stream, from, m.end, m.batch)
	h.more = len(h.ahead) == m.batch
	return err
}

// next takes the first event of all streams.
func (m *merge) next() (event, error) {
	h := m.heads[0]
	first := h.ahead[0]
	h.ahead = h.ahead[1:]
	if len(h.ahead) == 0 && h.more {
		if err := m.fill(h, position{first.ms, first.number + 1}); err != nil {
			return event{}, err
		}
	}
	if len(h.ahead) == 0 {
		heap.Pop(&m.heads)
	} else {
		heap.Fix(&m.heads, 0)
	}
	return first, nil
}

func (m *merge) page(wanted pattern, limit int) (*sdk.FilterLogEventsOutput, error) {
	out := &sdk.FilterLogEventsOutput{Events: []types.FilteredLogEvent{}, SearchedLogStreams: []types.SearchedLogStream{}}
	for scanned, bytes := 0, 0; len(m.heads) > 0; {
		e, err := m.next()
		if err != nil {
			return nil, err
		}
		scanned++
		if wanted.match(e.message) {
			id := e.id()
			out.Events = append(out.Events, types.FilteredLogEvent{
				EventId: &id, IngestionTime: &e.ingested, LogStreamName: &e.stream.Name, Message: &e.message, Timestamp: &e.ms,
			})
			bytes += len(e.message) + eventOverhead
		}
		if len(m.heads) > 0 && (len(out.Events) >= limit || bytes >= mostPageBytes || scanned >= mostScanned) {
			out.NextToken = e.token()
			break
		}
	}
	return out, nil
}
