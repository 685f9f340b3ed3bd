package api

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/emulator/store"
)

// GetLogEvents reads one stream, page by page in either direction. Both tokens
// are always there; at the end the token that was given comes back (ECS
// semantics 9.2 [LOGS:GetLogEvents]).
func (l *Logs) GetLogEvents(_ context.Context, in *sdk.GetLogEventsInput) (*sdk.GetLogEventsOutput, error) {
	group, err := l.identified(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	stream, ok, err := l.tx.LogStream(group.Name, text[string](in.LogStreamName))
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoStream()
	}
	limit, err := eventLimit(in.Limit)
	if err != nil {
		return nil, err
	}
	start, end := window(in.StartTime, nil)
	if in.EndTime != nil { // here the end is not in
		end = *in.EndTime
	}
	r := l.reader(group)
	at, forward := position{ms: start}, in.StartFromHead != nil && *in.StartFromHead
	if !forward {
		at = position{ms: min(end, r.end)}
	}
	if given := text[string](in.NextToken); given != "" {
		if at, forward, err = openStreamToken(given); err != nil {
			return nil, err
		}
	}
	var events []event
	if forward {
		events, err = r.forward(&stream, later(at, position{ms: start}), end, limit)
	} else {
		events, err = r.backward(&stream, earlier(at, position{ms: end}), start, limit)
	}
	if err != nil {
		return nil, err
	}
	return streamPage(at, events, forward), nil
}

func later(a, b position) position {
	if a.compare(b) > 0 {
		return a
	}
	return b
}

func earlier(a, b position) position {
	if a.compare(b) < 0 {
		return a
	}
	return b
}

// streamPage cuts a page to its size and names the places before and after it.
func streamPage(at position, events []event, forward bool) *sdk.GetLogEventsOutput {
	out := &sdk.GetLogEventsOutput{Events: []types.OutputLogEvent{}}
	events = fitting(events, forward)
	before, after := at, at
	if len(events) > 0 {
		final := events[len(events)-1]
		before, after = events[0].position, final.next()
	}
	for _, e := range events {
		out.Events = append(out.Events, types.OutputLogEvent{IngestionTime: &e.ingested, Message: &e.message, Timestamp: &e.ms})
	}
	head, tail := streamToken("b", before), streamToken("f", after)
	out.NextBackwardToken, out.NextForwardToken = &head, &tail
	return out
}

// fitting keeps of the events what one answer holds, from the end where the
// page begins.
func fitting(events []event, forward bool) []event {
	bytes := 0
	for n := range events {
		i := n
		if !forward {
			i = len(events) - 1 - n
		}
		bytes += len(events[i].message) + eventOverhead
		if bytes > mostPageBytes && n > 0 {
			if forward {
				return events[:n]
			}
			return events[len(events)-n:]
		}
	}
	return events
}

// streamToken has the form that CloudWatch Logs uses: a direction, 56 digits
// and an s.
func streamToken(direction string, at position) string {
	return fmt.Sprintf("%s/%028d%028d/s", direction, at.ms, at.number)
}

func openStreamToken(token string) (at position, forward bool, err error) {
	direction, rest, _ := strings.Cut(token, "/")
	digits, _ := strings.CutSuffix(rest, "/s")
	if (direction == "f" || direction == "b") && len(digits) == 56 && strings.Trim(digits, "0123456789") == "" {
		ms, err1 := strconv.ParseInt(digits[:28], 10, 64)
		number, err2 := strconv.ParseInt(digits[28:], 10, 64)
		if err1 == nil && err2 == nil && ms <= last().ms {
			return position{ms, number}, direction == "f", nil
		}
	}
	return position{}, false, invalid("The specified nextToken is invalid.")
}

// The bounds of PutLogEvents (ECS semantics 9.5 [LOGS:PutLogEvents]).
const (
	eventOverhead = 26
	mostPutBytes  = 1_048_576
	longestSpan   = 24 * time.Hour
	tooNew        = 2 * time.Hour
	tooOld        = 14 * 24 * time.Hour
)

// PutLogEvents puts events into a stream; too old and too new ones are left out
// and told.
func (l *Logs) PutLogEvents(_ context.Context, in *sdk.PutLogEventsInput) (*sdk.PutLogEventsOutput, error) {
	group, stream, err := l.streamOf(in.LogGroupName, in.LogStreamName)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.LogEvents); err != nil {
		return nil, err
	}
	now := l.tx.Now()
	oldest, rejected := now.Add(-tooOld), &types.RejectedLogEventsInfo{}
	expiry := time.Time{}
	if group.RetentionDays > 0 {
		expiry = now.AddDate(0, 0, -group.RetentionDays)
	}
	var kept []store.LogEvent
	some := false
	for i, given := range in.LogEvents {
		at, index := time.UnixMilli(*given.Timestamp), int32(i)
		switch {
		case at.After(now.Add(tooNew)):
			if rejected.TooNewLogEventStartIndex == nil {
				rejected.TooNewLogEventStartIndex = &index
			}
			some = true
		case at.Before(expiry):
			end := index + 1
			rejected.ExpiredLogEventEndIndex, some = &end, true
		case at.Before(oldest):
			end := index + 1
			rejected.TooOldLogEventEndIndex, some = &end, true
		default:
			kept = append(kept, store.LogEvent{At: at, IngestedAt: now, Message: *given.Message})
		}
	}
	if err := l.tx.TrimLogEvents(&stream, expiry); err != nil {
		return nil, err
	}
	if err := l.tx.AppendLogEvents(&stream, kept); err != nil {
		return nil, err
	}
	next := fmt.Sprintf("%056d", stream.Put)
	out := &sdk.PutLogEventsOutput{NextSequenceToken: &next}
	if some {
		out.RejectedLogEventsInfo = rejected
	}
	return out, nil
}

func checkBatch(events []types.InputLogEvent) error {
	if len(events) == 0 || len(events) > mostEvents {
		return invalid("1 validation error detected: Value at 'logEvents' failed to satisfy constraint: Member must have length between 1 and %d", mostEvents)
	}
	bytes := 0
	for i, e := range events {
		switch {
		case e.Timestamp == nil || *e.Timestamp < 0:
			return invalid("1 validation error detected: Value at 'logEvents.%d.member.timestamp' failed to satisfy constraint: Member must not be null and have value greater than or equal to 0", i+1)
		case text[string](e.Message) == "":
			return invalid("1 validation error detected: Value at 'logEvents.%d.member.message' failed to satisfy constraint: Member must have length greater than or equal to 1", i+1)
		case i > 0 && *e.Timestamp < *events[i-1].Timestamp:
			return invalid("Log events in a single PutLogEvents request must be in chronological order.")
		}
		bytes += len(*e.Message) + eventOverhead
	}
	switch span := time.Duration(*events[len(events)-1].Timestamp-*events[0].Timestamp) * time.Millisecond; {
	case bytes > mostPutBytes:
		return invalid("Upload too large: %d bytes exceeds limit of %d", bytes, mostPutBytes)
	case span > longestSpan:
		return invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
	}
	return nil
}
