package awsapi

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/logs"
)

// FilterLogEvents returns one page of the events of a group. A group or the one
// stream that does not exist has none yet: the first container to write makes it.
// Of several streams, one that does not exist makes the whole an error of kind
// hint.NotFound.
func (c *Client) FilterLogEvents(ctx context.Context, q logs.Query) (logs.Page, error) {
	in := &cloudwatchlogs.FilterLogEventsInput{
		LogGroupName: &q.Group, StartTime: milliseconds(q.Start), EndTime: milliseconds(q.End),
		NextToken: optional(q.Token),
	}
	if len(q.Streams) > 0 {
		in.LogStreamNames = q.Streams
	}
	out, err := c.logs.FilterLogEvents(ctx, in)
	if errors.As(err, new(*types.ResourceNotFoundException)) && len(q.Streams) <= 1 {
		return logs.Page{Events: []logs.Event{}}, nil
	}
	if err != nil {
		return logs.Page{}, c.fail(subject{doing: "read the log group " + q.Group, name: q.Group}, err)
	}
	page := logs.Page{Events: make([]logs.Event, len(out.Events)), Next: aws.ToString(out.NextToken)}
	for i := range out.Events {
		e := &out.Events[i]
		page.Events[i] = logs.Event{
			Group: q.Group, Stream: aws.ToString(e.LogStreamName), ID: aws.ToString(e.EventId),
			Timestamp: instant(e.Timestamp), Ingestion: instant(e.IngestionTime), Message: aws.ToString(e.Message),
		}
	}
	return page, nil
}

// LastLogEvents returns the last n events of a stream, oldest first; none when the
// stream or its group does not exist.
func (c *Client) LastLogEvents(ctx context.Context, group, stream string, n int) ([]logs.Event, error) {
	out, err := c.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
		LogGroupName: &group, LogStreamName: &stream,
		Limit: aws.Int32(int32(min(max(n, 1), 10_000))), StartFromHead: aws.Bool(false),
	})
	if errors.As(err, new(*types.ResourceNotFoundException)) {
		return []logs.Event{}, nil
	}
	if err != nil {
		return nil, c.fail(subject{doing: "read the log stream " + stream, name: stream}, err)
	}
	events := make([]logs.Event, len(out.Events))
	for i := range out.Events {
		e := &out.Events[i]
		events[i] = logs.Event{
			Group: group, Stream: stream, Message: aws.ToString(e.Message),
			Timestamp: instant(e.Timestamp), Ingestion: instant(e.IngestionTime),
		}
	}
	return events, nil
}

// CloudWatch Logs counts milliseconds since the epoch.
func milliseconds(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return aws.Int64(max(t.UnixMilli(), 0))
}

func instant(ms *int64) time.Time {
	if ms == nil {
		return time.Time{}
	}
	return time.UnixMilli(*ms).UTC()
}
