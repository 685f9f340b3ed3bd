package emulator_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
)

func group() *string { return aws.String("/ecs/web") }

// filter reads all pages of a call of FilterLogEvents.
func (r *rig) filter(in cloudwatchlogs.FilterLogEventsInput) []types.FilteredLogEvent {
	r.t.Helper()
	if in.LogGroupName == nil {
		in.LogGroupName = group()
	}
	var events []types.FilteredLogEvent
	pages := cloudwatchlogs.NewFilterLogEventsPaginator(r.logs, &in)
	for pages.HasMorePages() {
		page := must[*cloudwatchlogs.FilterLogEventsOutput](r.t)(pages.NextPage(r.t.Context()))
		events = append(events, page.Events...)
	}
	return events
}

// Pages of any size and windows of any width show the same events, each once,
// in order of time.
func TestFilterPages(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(3)
	r.watch.pass(5 * time.Minute)
	all := r.filter(cloudwatchlogs.FilterLogEventsInput{})
	if len(all) < 60 {
		t.Fatalf("%d events", len(all))
	}
	seen := map[string]bool{}
	for i, e := range all {
		if seen[*e.EventId] {
			t.Errorf("event %s is there twice", *e.EventId)
		}
		seen[*e.EventId] = true
		if i > 0 && *e.Timestamp < *all[i-1].Timestamp {
			t.Errorf("event %d is out of order", i)
		}
	}
	for _, limit := range []int32{1, 7, 50, 10_000} {
		got := r.filter(cloudwatchlogs.FilterLogEventsInput{Limit: &limit})
		if same(all, got) != "" {
			t.Errorf("limit %d: %s", limit, same(all, got))
		}
	}
	var windows []types.FilteredLogEvent
	end := *all[len(all)-1].Timestamp
	for _, limit := range []int32{7, 10_000} { // the latest first
		got := r.filter(cloudwatchlogs.FilterLogEventsInput{Limit: &limit, StartFromHead: aws.Bool(false), StartTime: aws.Int64(*all[0].Timestamp), EndTime: &end})
		slices.Reverse(got)
		if same(all, got) != "" {
			t.Errorf("the latest first, limit %d: %s", limit, same(all, got))
		}
	}
	_, err := r.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group(), StartFromHead: aws.Bool(false), StartTime: aws.Int64(0)})
	wantRefusal(t, err, "InvalidParameterException", "startFromHead")
	for from := *all[0].Timestamp; from <= end; from += 13_000 {
		windows = append(windows, r.filter(cloudwatchlogs.FilterLogEventsInput{StartTime: aws.Int64(from), EndTime: aws.Int64(min(end, from+12_999))})...)
	}
	if same(all, windows) != "" {
		t.Errorf("in windows: %s", same(all, windows))
	}
	var streams []types.FilteredLogEvent
	described := must[*cloudwatchlogs.DescribeLogStreamsOutput](t)(r.logs.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: group()}))
	for _, stream := range described.LogStreams {
		streams = append(streams, r.filter(cloudwatchlogs.FilterLogEventsInput{LogStreamNames: []string{*stream.LogStreamName}})...)
	}
	if len(streams) != len(all) {
		t.Errorf("%d events stream by stream, want %d", len(streams), len(all))
	}
}

func same(want, got []types.FilteredLogEvent) string {
	if len(want) != len(got) {
		return fmt.Sprintf("%d events, want %d", len(got), len(want))
	}
	for i := range want {
		if *want[i].EventId != *got[i].EventId || *want[i].Message != *got[i].Message {
			return fmt.Sprintf("event %d is %s, want %s", i, *got[i].EventId, *want[i].EventId)
		}
	}
	return ""
}

// A stream reads the same in both directions, and its end is a token that
// comes back.
func TestGetLogEvents(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	r.watch.pass(4 * time.Minute)
	all := r.filter(cloudwatchlogs.FilterLogEventsInput{})
	stream := all[0].LogStreamName
	get := func(token *string, head bool) *cloudwatchlogs.GetLogEventsOutput {
		return must[*cloudwatchlogs.GetLogEventsOutput](t)(r.logs.GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{
			LogGroupName: group(), LogStreamName: stream, NextToken: token, StartFromHead: &head, Limit: aws.Int32(7),
		}))
	}
	var forward, backward []string
	for out := get(nil, true); ; {
		for _, e := range out.Events {
			forward = append(forward, *e.Message)
		}
		next := get(out.NextForwardToken, true)
		if *next.NextForwardToken == *out.NextForwardToken {
			break
		}
		out = next
	}
	for out := get(nil, false); ; {
		var page []string
		for _, e := range out.Events {
			page = append(page, *e.Message)
		}
		backward = append(page, backward...)
		next := get(out.NextBackwardToken, false)
		if *next.NextBackwardToken == *out.NextBackwardToken {
			break
		}
		out = next
	}
	var want []string
	for _, e := range all {
		want = append(want, *e.Message)
	}
	if strings.Join(forward, "\n") != strings.Join(want, "\n") {
		t.Errorf("forward %d events, want %d", len(forward), len(want))
	}
	if strings.Join(backward, "\n") != strings.Join(want, "\n") {
		t.Errorf("backward %d events, want %d", len(backward), len(want))
	}
	// Tailing: the last token shows what comes, and nothing twice.
	end := get(nil, false).NextForwardToken
	if out := get(end, true); len(out.Events) != 0 || *out.NextForwardToken != *end {
		t.Errorf("%d events at the end", len(out.Events))
	}
	r.watch.pass(30 * time.Second)
	if out := get(end, true); len(out.Events) < 3 || *out.Events[0].Message == want[len(want)-1] {
		t.Errorf("%d new events after 30 s", len(out.Events))
	}
	_, err := r.logs.GetLogEvents(t.Context(), &cloudwatchlogs.GetLogEventsInput{LogGroupName: group(), LogStreamName: stream, NextToken: aws.String("f/1/s")})
	wantRefusal(t, err, "InvalidParameterException", "The specified nextToken is invalid.")
}

// Without a prefix the stream is named by the container's id.
func TestStreamNames(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	definition := webDefinition(nil)
	delete(definition.ContainerDefinitions[0].LogConfiguration.Options, "awslogs-stream-prefix")
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), definition))
	run := must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web")}))
	r.watch.pass(time.Minute)
	out := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: demo(), Tasks: []string{*run.Tasks[0].TaskArn}}))
	events := r.filter(cloudwatchlogs.FilterLogEventsInput{})
	if len(events) == 0 || *events[0].LogStreamName != *out.Tasks[0].Containers[0].RuntimeId {
		t.Errorf("%d events, runtime id %s", len(events), *out.Tasks[0].Containers[0].RuntimeId)
	}
}

// What a container says before it dies is there, and nothing after that.
func TestLastWords(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(map[string]string{"gantry.fate": "exit=139 after=30s"})))
	must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web")}))
	r.watch.pass(10 * time.Minute)
	events := r.filter(cloudwatchlogs.FilterLogEventsInput{})
	if len(events) < 2 || *events[len(events)-1].Message != "Segmentation fault (core dumped)" {
		t.Fatalf("%d events", len(events))
	}
	if span := *events[len(events)-1].Timestamp - *events[0].Timestamp; span > 31_000 {
		t.Errorf("events over %d ms of a container that lived for 30 s", span)
	}
}

func TestPutLogEvents(t *testing.T) {
	r := ephemeral(t)
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group()}))
	must[*cloudwatchlogs.CreateLogStreamOutput](t)(r.logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group(), LogStreamName: aws.String("s")}))
	now := r.watch.Now()
	at := func(d time.Duration, message string) types.InputLogEvent {
		return types.InputLogEvent{Timestamp: aws.Int64(now.Add(d).UnixMilli()), Message: &message}
	}
	put := func(events ...types.InputLogEvent) (*cloudwatchlogs.PutLogEventsOutput, error) {
		return r.logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: group(), LogStreamName: aws.String("s"), LogEvents: events})
	}
	must[*cloudwatchlogs.PutLogEventsOutput](t)(put(at(0, "one"), at(0, "two"), at(time.Second, "three")))
	must[*cloudwatchlogs.PutLogEventsOutput](t)(put(at(-time.Second, "zero")))
	rejected := must[*cloudwatchlogs.PutLogEventsOutput](t)(put(at(0, "four"), at(3*time.Hour, "future")))
	if info := rejected.RejectedLogEventsInfo; info == nil || *info.TooNewLogEventStartIndex != 1 {
		t.Errorf("rejected %+v", rejected.RejectedLogEventsInfo)
	}
	old := must[*cloudwatchlogs.PutLogEventsOutput](t)(put(at(-15*24*time.Hour, "old")))
	if info := old.RejectedLogEventsInfo; info == nil || *info.TooOldLogEventEndIndex != 1 {
		t.Errorf("rejected %+v", old.RejectedLogEventsInfo)
	}
	_, err := put(at(time.Second, "b"), at(0, "a"))
	wantRefusal(t, err, "InvalidParameterException", "chronological order")
	_, err = put(at(-20*time.Hour, "b"), at(5*time.Hour, "a"))
	wantRefusal(t, err, "InvalidParameterException", "24 hours")
	_, err = put(at(0, ""))
	wantRefusal(t, err, "InvalidParameterException", "message")
	_, err = put(at(0, strings.Repeat("x", 1<<20)))
	wantRefusal(t, err, "InvalidParameterException", "too large")

	r.watch.pass(time.Minute)
	var messages []string
	for _, e := range r.filter(cloudwatchlogs.FilterLogEventsInput{}) {
		messages = append(messages, *e.Message)
	}
	if got := strings.Join(messages, " "); got != "zero one two four three" {
		t.Errorf("messages %q", got)
	}
	must[*cloudwatchlogs.PutRetentionPolicyOutput](t)(r.logs.PutRetentionPolicy(t.Context(), &cloudwatchlogs.PutRetentionPolicyInput{LogGroupName: group(), RetentionInDays: aws.Int32(1)}))
	r.watch.pass(24 * time.Hour)
	if left := r.filter(cloudwatchlogs.FilterLogEventsInput{}); len(left) != 0 {
		t.Errorf("%d events after the retention", len(left))
	}
	must[*cloudwatchlogs.DeleteRetentionPolicyOutput](t)(r.logs.DeleteRetentionPolicy(t.Context(), &cloudwatchlogs.DeleteRetentionPolicyInput{LogGroupName: group()}))
}

func TestFilterPatterns(t *testing.T) {
	r := ephemeral(t)
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group()}))
	must[*cloudwatchlogs.CreateLogStreamOutput](t)(r.logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group(), LogStreamName: aws.String("s")}))
	var events []types.InputLogEvent
	for _, message := range []string{"ERROR one", "WARN two", "INFO GET /a b", "error three", "ERROR WARN"} {
		events = append(events, types.InputLogEvent{Timestamp: aws.Int64(r.watch.Now().UnixMilli()), Message: &message})
	}
	must[*cloudwatchlogs.PutLogEventsOutput](t)(r.logs.PutLogEvents(t.Context(), &cloudwatchlogs.PutLogEventsInput{LogGroupName: group(), LogStreamName: aws.String("s"), LogEvents: events}))
	for pattern, want := range map[string]int{
		"": 5, " ": 5, "ERROR": 2, "ERROR WARN": 1, "?ERROR ?WARN": 3, "ERROR -WARN": 1, "-ERROR": 3,
		`"GET /a"`: 1, `"/a b"`: 1, `"GET  /a"`: 0, "?none ERROR": 2, `-"GET /a" -ERROR`: 2,
		"%^ERR|two$%": 3, "[level = ERROR, rest]": 2, "[..., word = t*]": 2, `{ $.level = "ERROR" }`: 0,
	} {
		if got := len(r.filter(cloudwatchlogs.FilterLogEventsInput{FilterPattern: &pattern})); got != want {
			t.Errorf("pattern %q: %d events, want %d", pattern, got, want)
		}
	}
	for _, pattern := range []string{"{ $.a = 1", "[a, b", "%x!%", `"open`, "GET /a", `""`, "-", "?", strings.Repeat("x", 1025)} {
		_, err := r.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group(), FilterPattern: &pattern})
		wantRefusal(t, err, "InvalidParameterException", "Invalid filter pattern: at ")
	}
}

func TestLogGroupsAndStreams(t *testing.T) {
	r := ephemeral(t)
	for _, name := range []string{"/ecs/a", "/ecs/b", "other"} {
		must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: &name}))
	}
	_, err := r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("other")})
	wantRefusal(t, err, "ResourceAlreadyExistsException", "already exists")
	groups := must[*cloudwatchlogs.DescribeLogGroupsOutput](t)(r.logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: aws.String("/ecs"), Limit: aws.Int32(1)}))
	if len(groups.LogGroups) != 1 || groups.NextToken == nil || *groups.LogGroups[0].Arn != "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a:*" {
		t.Errorf("groups %+v", groups)
	}
	for _, name := range []string{"b", "a", "c"} {
		must[*cloudwatchlogs.CreateLogStreamOutput](t)(r.logs.CreateLogStream(t.Context(), &cloudwatchlogs.CreateLogStreamInput{LogGroupName: aws.String("other"), LogStreamName: &name}))
	}
	streams := must[*cloudwatchlogs.DescribeLogStreamsOutput](t)(r.logs.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: aws.String("other"), Descending: aws.Bool(true)}))
	var names []string
	for _, s := range streams.LogStreams {
		names = append(names, *s.LogStreamName)
	}
	if strings.Join(names, " ") != "c b a" {
		t.Errorf("streams %v", names)
	}
	must[*cloudwatchlogs.DeleteLogStreamOutput](t)(r.logs.DeleteLogStream(t.Context(), &cloudwatchlogs.DeleteLogStreamInput{LogGroupName: aws.String("other"), LogStreamName: aws.String("b")}))
	must[*cloudwatchlogs.DeleteLogGroupOutput](t)(r.logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: aws.String("other")}))
	_, err = r.logs.DescribeLogStreams(t.Context(), &cloudwatchlogs.DescribeLogStreamsInput{LogGroupName: aws.String("other")})
	wantRefusal(t, err, "ResourceNotFoundException", "The specified log group does not exist.")
	_, err = r.logs.FilterLogEvents(t.Context(), &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/ecs/a"), LogStreamNames: []string{"none"}})
	wantRefusal(t, err, "ResourceNotFoundException", "The specified log stream does not exist.")
	arn := "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/a"
	must[*cloudwatchlogs.TagResourceOutput](t)(r.logs.TagResource(t.Context(), &cloudwatchlogs.TagResourceInput{ResourceArn: &arn, Tags: map[string]string{"k": "v"}}))
	tags := must[*cloudwatchlogs.ListTagsForResourceOutput](t)(r.logs.ListTagsForResource(t.Context(), &cloudwatchlogs.ListTagsForResourceInput{ResourceArn: &arn}))
	if tags.Tags["k"] != "v" {
		t.Errorf("tags %v", tags.Tags)
	}
}

// A task that ran and was forgotten while nobody held the world has left its
// stream all the same.
func TestStreamsOfTasksThatNobodySaw(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Seed: 3})
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(map[string]string{"gantry.fate": "exit=139 after=30s"})))
	must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web")}))
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	r.watch.pass(5 * time.Hour)
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	events := again.filter(cloudwatchlogs.FilterLogEventsInput{})
	if len(events) < 2 || *events[len(events)-1].Message != "Segmentation fault (core dumped)" {
		t.Errorf("%d events", len(events))
	}
}
