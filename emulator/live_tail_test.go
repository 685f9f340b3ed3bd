package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"gantry/emulator"
)

// withoutPrefix keeps the SDK from dialling stream-HOST.
func withoutPrefix(o *cloudwatchlogs.Options) {
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("WithoutPrefix", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
			return next.HandleInitialize(smithyhttp.DisableEndpointHostPrefix(ctx, true), in)
		}), middleware.Before)
	})
}

func groupARN(name string) string { return "arn:aws:logs:us-east-1:123456789012:log-group:" + name }

// tail is a session of Live Tail.
type tail struct {
	t      *testing.T
	stream *cloudwatchlogs.StartLiveTailEventStream
}

func (r *rig) tail(in cloudwatchlogs.StartLiveTailInput) *tail {
	r.t.Helper()
	if in.LogGroupIdentifiers == nil {
		in.LogGroupIdentifiers = []string{groupARN(*group())}
	}
	options := r.logs.Options()
	options.Protocol = nil // a client's sessions share a buffer there, and so each needs a client of its own
	out := must[*cloudwatchlogs.StartLiveTailOutput](r.t)(cloudwatchlogs.New(options).StartLiveTail(r.t.Context(), &in, withoutPrefix))
	x := &tail{r.t, out.GetStream()}
	start, ok := x.next().(*types.StartLiveTailResponseStreamMemberSessionStart)
	if !ok || *start.Value.SessionId == "" || !slices.Equal(start.Value.LogGroupIdentifiers, in.LogGroupIdentifiers) {
		r.t.Fatalf("a session begins with %+v", start)
	}
	return x
}

func (x *tail) next() types.StartLiveTailResponseStream {
	x.t.Helper()
	select {
	case e := <-x.stream.Events():
		return e
	case <-time.After(time.Minute):
		x.t.Fatal("the session is silent")
	}
	return nil
}

// update is the next update.
func (x *tail) update() types.LiveTailSessionUpdate {
	x.t.Helper()
	e := x.next()
	update, ok := e.(*types.StartLiveTailResponseStreamMemberSessionUpdate)
	if !ok {
		x.t.Fatalf("%T instead of an update: %v", e, x.stream.Err())
	}
	return update.Value
}

// messages waits for an update that has some.
func (x *tail) messages() (messages []string) {
	x.t.Helper()
	for len(messages) == 0 {
		for _, e := range x.update().SessionResults {
			messages = append(messages, *e.Message)
		}
	}
	return messages
}

// logged makes the group with a stream of each name.
func (r *rig) logged(streams ...string) {
	r.t.Helper()
	must[*cloudwatchlogs.CreateLogGroupOutput](r.t)(r.logs.CreateLogGroup(r.t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group()}))
	for _, name := range streams {
		must[*cloudwatchlogs.CreateLogStreamOutput](r.t)(r.logs.CreateLogStream(r.t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group(), LogStreamName: &name}))
	}
}

// say puts messages into a stream, all of the world's now.
func (r *rig) say(stream string, messages ...string) {
	r.t.Helper()
	var events []types.InputLogEvent
	for _, message := range messages {
		events = append(events, types.InputLogEvent{Timestamp: aws.Int64(r.watch.Now().UnixMilli()), Message: &message})
	}
	must[*cloudwatchlogs.PutLogEventsOutput](r.t)(r.logs.PutLogEvents(r.t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: group(), LogStreamName: &stream, LogEvents: events}))
}

// A session shows what comes after it began, once, from streams that there are
// and from those that are yet to come.
func TestLiveTail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ephemeral(t)
		r.logged("a")
		r.say("a", "before")
		all := r.tail(cloudwatchlogs.StartLiveTailInput{})
		some := r.tail(cloudwatchlogs.StartLiveTailInput{LogEventFilterPattern: aws.String("{ $.n > 1 }"), LogStreamNamePrefixes: []string{"b", "bb", "x"}})
		if update := all.update(); len(update.SessionResults) != 0 || update.SessionMetadata.Sampled {
			t.Errorf("the first update has %d events", len(update.SessionResults))
		}
		must[*cloudwatchlogs.CreateLogStreamOutput](t)(r.logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group(), LogStreamName: aws.String("bb")}))
		r.say("a", "one")
		r.say("bb", `{"n": 1}`, `{"n": 2}`)
		if got := strings.Join(all.messages(), " "); got != `one {"n": 1} {"n": 2}` {
			t.Errorf("messages %s", got)
		}
		if got := strings.Join(some.messages(), " "); got != `{"n": 2}` {
			t.Errorf("messages of those that match %s", got)
		}
		r.say("a", "two")
		update := all.update()
		if len(update.SessionResults) != 1 {
			t.Fatalf("update %+v", update)
		}
		e := update.SessionResults[0]
		if *e.Message != "two" || *e.LogStreamName != "a" || *e.LogGroupIdentifier != groupARN(*group()) || *e.Timestamp != r.watch.Now().UnixMilli() || *e.IngestionTime != *e.Timestamp {
			t.Errorf("event %+v", e)
		}
		var many []string
		for i := range 1200 {
			many = append(many, fmt.Sprint(i))
		}
		r.say("a", many...)
		if update := all.update(); len(update.SessionResults) != 500 || !update.SessionMetadata.Sampled {
			t.Errorf("%d events of 1200, sampled %v", len(update.SessionResults), update.SessionMetadata.Sampled)
		}
		must[*cloudwatchlogs.DeleteLogGroupOutput](t)(r.logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: group()}))
		if update := all.update(); len(update.SessionResults) != 0 {
			t.Errorf("%d events of a group that is gone", len(update.SessionResults))
		}
		_ = some.stream.Close()
		// After three hours a session is over, and says so.
		for range 3 * 60 * 60 {
			if _, ok := <-all.stream.Events(); !ok {
				break
			}
		}
		if _, ok := errors.AsType[*types.SessionTimeoutException](all.stream.Err()); !ok {
			t.Errorf("after three hours: %v", all.stream.Err())
		}
	})
}

// A group that is deleted takes nothing of the others out of a session, and one
// that is made again under its name is new.
func TestLiveTailOfADeletedGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ephemeral(t)
		r.logged("a")
		other := aws.String("/ecs/other")
		remake := func() {
			must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: other}))
			must[*cloudwatchlogs.CreateLogStreamOutput](t)(r.logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: other, LogStreamName: aws.String("b")}))
		}
		put := func(messages ...string) {
			in := cloudwatchlogs.PutLogEventsInput{LogGroupName: other, LogStreamName: aws.String("b")}
			for _, message := range messages {
				in.LogEvents = append(in.LogEvents, types.InputLogEvent{Timestamp: aws.Int64(r.watch.Now().UnixMilli()), Message: &message})
			}
			must[*cloudwatchlogs.PutLogEventsOutput](t)(r.logs.PutLogEvents(t.Context(), &in))
		}
		remake()
		put("before")
		x := r.tail(cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{groupARN(*group()), groupARN(*other)}})
		must[*cloudwatchlogs.DeleteLogGroupOutput](t)(r.logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: other}))
		r.say("a", "one")
		if got := strings.Join(x.messages(), " "); got != "one" {
			t.Errorf("beside a deleted group: %s", got)
		}
		remake()
		put("new", "newer")
		if got := strings.Join(x.messages(), " "); got != "new newer" {
			t.Errorf("of a group that was made again: %s", got)
		}
		_ = x.stream.Close()
	})
}

// The lines of a container are in a session as they are in the stream, at any speed of the clock.
func TestLiveTailOfContainers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ephemeral(t)
		r.cluster()
		r.service(2)
		r.watch.pass(time.Minute)
		began := r.watch.Now().UnixMilli()
		x := r.tail(cloudwatchlogs.StartLiveTailInput{})
		var got []string
		for range 4 {
			r.watch.pass(17 * time.Second)
			got = append(got, x.messages()...)
		}
		var want []string
		for _, e := range r.filter(cloudwatchlogs.FilterLogEventsInput{StartTime: aws.Int64(began + 1)}) {
			want = append(want, *e.Message)
		}
		if len(want) < 8 || !slices.Equal(got, want) {
			t.Errorf("%d lines, want %d", len(got), len(want))
		}
		_ = x.stream.Close()
	})
}

func TestLiveTailRefusals(t *testing.T) {
	r := ephemeral(t)
	r.logged("a")
	arn := groupARN(*group())
	for _, tt := range []struct {
		in            cloudwatchlogs.StartLiveTailInput
		code, message string
	}{
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{}}, "InvalidParameterException", "between 1 and 10"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: slices.Repeat([]string{arn}, 11)}, "InvalidParameterException", "between 1 and 10"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{*group()}}, "InvalidParameterException", "ARN"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arn + ":*"}}, "InvalidParameterException", "asterisk"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arn + "x"}}, "ResourceNotFoundException", "log group"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arn}, LogStreamNames: []string{"a"}, LogStreamNamePrefixes: []string{"a"}}, "InvalidParameterException", "both"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arn, arn}, LogStreamNames: []string{"a"}}, "InvalidParameterException", "only with one log group"},
		{cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arn}, LogEventFilterPattern: aws.String("{")}, "InvalidParameterException", "Invalid filter pattern"},
	} {
		_, err := r.logs.StartLiveTail(t.Context(), &tt.in, withoutPrefix)
		wantRefusal(t, err, tt.code, tt.message)
	}
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("rare"), LogGroupClass: types.LogGroupClassInfrequentAccess}))
	_, err := r.logs.StartLiveTail(t.Context(), &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{groupARN("rare")}}, withoutPrefix)
	wantRefusal(t, err, "InvalidOperationException", "INFREQUENT_ACCESS")
	var sessions []*tail
	for range 15 {
		sessions = append(sessions, r.tail(cloudwatchlogs.StartLiveTailInput{}))
	}
	_, err = r.logs.StartLiveTail(t.Context(), &cloudwatchlogs.StartLiveTailInput{LogGroupIdentifiers: []string{arn}}, withoutPrefix)
	wantRefusal(t, err, "LimitExceededException", "15")
	for _, x := range sessions {
		_ = x.stream.Close()
	}
}

// A session over TCP, in a process that has joined the world, comes event by
// event, and ends by itself when either process leaves.
func TestLiveTailOverConnections(t *testing.T) {
	dir := t.TempDir()
	holder := attach(t, emulator.Options{Dir: dir, Seed: 3})
	holder.logged("a")
	joined := attach(t, emulator.Options{Dir: dir, Now: holder.watch.Now})
	joined.watch = holder.watch
	if !holder.a.Holds() || joined.a.Holds() {
		t.Fatal("the first to come holds the world")
	}
	server := httptest.NewServer(joined.a.Handler())
	defer server.Close()
	over := *joined
	over.http = server.Client()
	options := joined.logs.Options()
	options.HTTPClient, options.BaseEndpoint = server.Client(), &server.URL
	over.logs = cloudwatchlogs.New(options)
	remote, beside, within := over.tail(cloudwatchlogs.StartLiveTailInput{}), joined.tail(cloudwatchlogs.StartLiveTailInput{}), holder.tail(cloudwatchlogs.StartLiveTailInput{})
	holder.say("a", "hello")
	for _, x := range []*tail{remote, beside, within} {
		if got := x.messages(); !slices.Equal(got, []string{"hello"}) {
			t.Errorf("messages %v", got)
		}
	}
	joined.a.EndSessions()
	remote.ends()
	if err := holder.a.Close(); err != nil {
		t.Error(err)
	}
	within.ends()
	beside.ends()
	if err := within.stream.Err(); err != nil {
		t.Errorf("the end of the world is an error: %v", err)
	}
}

// ends waits for the end of the session.
func (x *tail) ends() {
	x.t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case _, more := <-x.stream.Events():
			if !more {
				return
			}
		case <-late:
			x.t.Fatal("the session does not end")
		}
	}
}
