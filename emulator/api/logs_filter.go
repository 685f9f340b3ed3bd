package api

import (
	"context"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"

	"gantry/emulator/store"
	"gantry/logs/pattern"
)

// The bounds of one page of events (ECS semantics 9.2, 9.3 [LOGS]).
const (
	mostEvents    = 10_000
	mostPageBytes = 1 << 20
	mostStreams   = 100
	// mostScanned is how many events a page looks at before it is sent as it is,
	// maybe empty, with a token to go on.
	mostScanned = 20_000
	// How many events of a stream are worked out at a time: the fewer, the more
	// streams there are.
	fewestAhead = 8
	mostAhead   = 256
	allAhead    = 20_000
)

// tailsFrom is the earliest startTime with which the latest events can come first
// [LOGS:FilterLogEvents, startFromHead].
var tailsFrom = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()

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
	wanted, err := filterPattern(in.FilterPattern)
	if err != nil {
		return nil, err
	}
	streams, err := l.filtered(group.Name, in)
	if err != nil {
		return nil, err
	}
	after, err := openPosition(in.NextToken)
	if err != nil {
		return nil, err
	}
	m := &merge{
		reader: l.reader(group), backward: after.backward,
		batch: min(mostAhead, max(fewestAhead, allAhead/max(1, len(streams)))),
	}
	if !after.some { // else the token says which way to go on
		m.backward = in.StartFromHead != nil && !*in.StartFromHead
		if m.backward && in.StartTime != nil && *in.StartTime < tailsFrom {
			return nil, invalid("startFromHead can be false only with a startTime on or after January 1, 2024.")
		}
	}
	m.start, m.end = window(in.StartTime, in.EndTime)
	for i := range streams {
		if err := m.add(&streams[i], after); err != nil {
			return nil, err
		}
	}
	return m.page(wanted, limit)
}

// filterPattern reads a filter pattern.
func filterPattern(given *string) (*pattern.Pattern, error) {
	wanted, err := pattern.Parse(text[string](given))
	if err != nil {
		return nil, invalid("Invalid filter pattern: %s.", err.Error())
	}
	return wanted, nil
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
