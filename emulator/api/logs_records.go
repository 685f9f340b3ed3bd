package api

import (
	"context"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

// GetLogRecord shows all fields of an event by the pointer that a query gave.
func (l *Logs) GetLogRecord(_ context.Context, in *sdk.GetLogRecordInput) (*sdk.GetLogRecordOutput, error) {
	opened, ok := openToken(text[string](in.LogRecordPointer))
	parts := strings.SplitN(opened, " ", 4) // the name of a group has no spaces
	if !ok || len(parts) != 4 {
		return nil, invalid("The specified logRecordPointer is invalid.")
	}
	ms, err1 := strconv.ParseInt(parts[0], 10, 64)
	number, err2 := strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil {
		return nil, invalid("The specified logRecordPointer is invalid.")
	}
	group, stream, err := l.streamOf(&parts[2], &parts[3])
	if err != nil {
		return nil, err
	}
	found, err := newReader(l.tx, group).forward(&stream, position{ms, number}, ms+1, 1)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 || found[0].position != (position{ms, number}) {
		return nil, refuse(codeNotFound, "The specified log record does not exist.")
	}
	e := l.insight(group.Name, &found[0])
	return &sdk.GetLogRecordOutput{LogRecord: e.Fields()}, nil
}

// The times that GetLogGroupFields looks at [LOGS:GetLogGroupFields].
const (
	aroundTime = 8 * time.Minute
	recently   = 15 * time.Minute
)

// GetLogGroupFields shows which fields the events of a group have, and how many of
// the events have each, in percent.
func (l *Logs) GetLogGroupFields(_ context.Context, in *sdk.GetLogGroupFieldsInput) (*sdk.GetLogGroupFieldsOutput, error) {
	group, err := l.identified(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	m := &merge{reader: newReader(l.tx, group), backward: true, batch: mostAhead,
		start: l.tx.Now().Add(-recently).UnixMilli(), end: l.tx.Now().UnixMilli() + 1}
	if in.Time != nil {
		if *in.Time < 0 || *in.Time > last().ms/1000 {
			return nil, invalid("The time is in seconds since January 1, 1970.")
		}
		m.start, m.end = *in.Time*1000-aroundTime.Milliseconds(), *in.Time*1000+aroundTime.Milliseconds()+1
	}
	streams, err := l.tx.LogStreams(group.Name, "")
	if err != nil {
		return nil, err
	}
	for i := range streams {
		if err := m.add(&streams[i], resume{}); err != nil {
			return nil, err
		}
	}
	counts, total := map[string]int{}, 0
	for ; len(m.heads) > 0 && total < mostScanned; total++ { // a sample of the latest is enough
		next, err := m.next()
		if err != nil {
			return nil, err
		}
		e := l.insight(group.Name, &next)
		for name := range e.Fields() {
			counts[name]++
		}
	}
	out := &sdk.GetLogGroupFieldsOutput{LogGroupFields: []types.LogGroupField{}}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		out.LogGroupFields = append(out.LogGroupFields, types.LogGroupField{Name: &name, Percent: int32(math.Round(100 * float64(counts[name]) / float64(total)))})
	}
	return out, nil
}

// ListLogGroupsForQuery shows which groups a query is about, as its request named them.
func (l *Logs) ListLogGroupsForQuery(_ context.Context, in *sdk.ListLogGroupsForQueryInput) (*sdk.ListLogGroupsForQueryOutput, error) {
	q, err := l.query(in.QueryId)
	if err != nil {
		return nil, err
	}
	if in.MaxResults != nil && (*in.MaxResults < 50 || *in.MaxResults > 500) {
		return nil, invalid("1 validation error detected: Value '%d' at 'maxResults' failed to satisfy constraint: Member must have value between 50 and 500", *in.MaxResults)
	}
	return &sdk.ListLogGroupsForQueryOutput{LogGroupIdentifiers: q.Identified}, nil
}
