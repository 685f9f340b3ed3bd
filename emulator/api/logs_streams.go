package api

import (
	"context"
	"fmt"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/emulator/store"
)

// streamOf finds a group and a stream of it.
func (l *Logs) streamOf(group, name *string) (store.LogGroup, store.LogStream, error) {
	found, err := l.group(group)
	if err != nil {
		return store.LogGroup{}, store.LogStream{}, err
	}
	stream, ok, err := l.tx.LogStream(found.Name, text[string](name))
	if err == nil && !ok {
		err = errNoStream()
	}
	return found, stream, err
}

// CreateLogStream makes a stream.
func (l *Logs) CreateLogStream(_ context.Context, in *sdk.CreateLogStreamInput) (*sdk.CreateLogStreamOutput, error) {
	group, err := l.group(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	name := text[string](in.LogStreamName)
	if name == "" || len(name) > 512 || strings.ContainsAny(name, ":*\x00") {
		return nil, invalid("1 validation error detected: Value '%s' at 'logStreamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]* and have a length of 1 to 512", name)
	}
	_, ok, err := l.tx.LogStream(group.Name, name)
	if err != nil {
		return nil, err
	}
	if ok {
		return nil, refuse(codeExists, "The specified log stream already exists")
	}
	return &sdk.CreateLogStreamOutput{}, l.tx.PutLogStream(store.LogStream{Group: group.Name, Name: name, CreatedAt: l.tx.Now()})
}

// DeleteLogStream deletes a stream with its events.
func (l *Logs) DeleteLogStream(_ context.Context, in *sdk.DeleteLogStreamInput) (*sdk.DeleteLogStreamOutput, error) {
	group, stream, err := l.streamOf(in.LogGroupName, in.LogStreamName)
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteLogStreamOutput{}, l.tx.DeleteLogStream(group.Name, stream.Name)
}

// DescribeLogStreams lists the streams of a group by name or by the time of
// their last event (ECS semantics 9.4 [LOGS]).
func (l *Logs) DescribeLogStreams(_ context.Context, in *sdk.DescribeLogStreamsInput) (*sdk.DescribeLogStreamsOutput, error) {
	group, err := l.identified(in.LogGroupName, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	prefix, byTime := text[string](in.LogStreamNamePrefix), in.OrderBy == types.OrderByLastEventTime
	if byTime && prefix != "" {
		return nil, invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
	}
	streams, err := l.tx.LogStreams(group.Name, prefix)
	if err != nil {
		return nil, err
	}
	r := l.reader(group)
	type keyed struct {
		key    string
		stream store.LogStream
	}
	var list []keyed
	for _, stream := range streams {
		key := stream.Name
		if byTime {
			_, final, err := r.bounds(&stream)
			if err != nil {
				return nil, err
			}
			if final == nil {
				final = new(int64)
			}
			key = fmt.Sprintf("%020d\x00%s", *final, stream.Name)
		}
		if in.Descending != nil && *in.Descending {
			key = turned(key)
		}
		list = append(list, keyed{key, stream})
	}
	list, next, err := listed(list, func(k keyed) string { return k.key }, in.NextToken, in.Limit, listLimit())
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeLogStreamsOutput{LogStreams: []types.LogStream{}, NextToken: next}
	for _, k := range list {
		shown, err := l.showStream(r, k.stream)
		if err != nil {
			return nil, err
		}
		out.LogStreams = append(out.LogStreams, shown)
	}
	return out, nil
}

func (l *Logs) showStream(r *reader, stream store.LogStream) (types.LogStream, error) {
	arn := string(l.tx.Scope().ARN("logs", "log-group:"+stream.Group+":log-stream:"+stream.Name))
	created, none, token := stream.CreatedAt.UnixMilli(), int64(0), fmt.Sprintf("%056d", stream.Put)
	first, final, err := r.bounds(&stream)
	shown := types.LogStream{
		LogStreamName: &stream.Name, CreationTime: &created, Arn: &arn, UploadSequenceToken: &token,
		StoredBytes:         &none, //nolint:staticcheck // CloudWatch Logs still sends it, always as zero
		FirstEventTimestamp: first, LastEventTimestamp: final, LastIngestionTime: final,
	}
	if !stream.IngestedAt.IsZero() && (final == nil || stream.IngestedAt.UnixMilli() > *final) {
		ingested := stream.IngestedAt.UnixMilli()
		shown.LastIngestionTime = &ingested
	}
	return shown, err
}
