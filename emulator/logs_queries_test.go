package emulator_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/emulator"
)

// ask starts a query over the group and the last hour.
func (r *rig) ask(text string) string {
	r.t.Helper()
	now := r.watch.Now()
	return *must[*cloudwatchlogs.StartQueryOutput](r.t)(r.logs.StartQuery(r.t.Context(), &cloudwatchlogs.StartQueryInput{
		LogGroupName: group(), QueryString: &text, StartTime: aws.Int64(now.Add(-time.Hour).Unix()), EndTime: aws.Int64(now.Unix()),
	})).QueryId
}

// results waits for a query.
func (r *rig) results(id string) *cloudwatchlogs.GetQueryResultsOutput {
	r.t.Helper()
	for range 6000 {
		out := must[*cloudwatchlogs.GetQueryResultsOutput](r.t)(r.logs.GetQueryResults(r.t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: &id}))
		if out.Status != types.QueryStatusRunning {
			return out
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.t.Fatal("the query goes on and on")
	return nil
}

// shown are rows of results without their pointers, a line each.
func shown(out *cloudwatchlogs.GetQueryResultsOutput) string {
	var lines []string
	for _, row := range out.Results {
		var fields []string
		for _, f := range row {
			if *f.Field != "@ptr" {
				fields = append(fields, *f.Field+"="+*f.Value)
			}
		}
		lines = append(lines, strings.Join(fields, " "))
	}
	return strings.Join(lines, "\n")
}

func TestQueries(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Seed: 3})
	r.logged("a", "b")
	r.say("a", `{"status": 200, "ms": 5}`, `{"status": 500, "ms": 7}`, "text")
	r.watch.pass(time.Minute)
	r.say("b", `{"status": 500, "ms": 9}`)
	id := r.ask("filter status = 500 | fields @timestamp, ms, @logStream, @log")
	out := r.results(id)
	want := "@timestamp=2026-11-23 06:01:00.000 ms=9 @logStream=b @log=123456789012:/ecs/web\n@timestamp=2026-11-23 06:00:00.000 ms=7 @logStream=a @log=123456789012:/ecs/web"
	if out.Status != types.QueryStatusComplete || shown(out) != want {
		t.Errorf("%s:\n%s", out.Status, shown(out))
	}
	if s := out.Statistics; s.RecordsMatched != 2 || s.RecordsScanned != 4 || s.BytesScanned == 0 || s.LogGroupsScanned != 1 {
		t.Errorf("statistics %+v", s)
	}
	if got := shown(r.results(r.ask("stats sum(ms) as total, count(*) by bin(1h)"))); got != "bin(1h)=2026-11-23 06:00:00.000 total=21 count(*)=4" {
		t.Errorf("sums %s", got)
	}
	pointer := out.Results[1][len(out.Results[1])-1]
	record := must[*cloudwatchlogs.GetLogRecordOutput](t)(r.logs.GetLogRecord(t.Context(), &cloudwatchlogs.GetLogRecordInput{LogRecordPointer: pointer.Value})).LogRecord
	if *pointer.Field != "@ptr" || record["status"] != "500" || record["@message"] != `{"status": 500, "ms": 7}` || record["@logStream"] != "a" {
		t.Errorf("record %v", record)
	}
	fields := must[*cloudwatchlogs.GetLogGroupFieldsOutput](t)(r.logs.GetLogGroupFields(t.Context(), &cloudwatchlogs.GetLogGroupFieldsInput{LogGroupName: group()})).LogGroupFields
	percents := map[string]int32{}
	for _, f := range fields {
		percents[*f.Name] = f.Percent
	}
	if percents["status"] != 75 || percents["@message"] != 100 {
		t.Errorf("fields %v", percents)
	}
	none := must[*cloudwatchlogs.GetLogGroupFieldsOutput](t)(r.logs.GetLogGroupFields(t.Context(), &cloudwatchlogs.GetLogGroupFieldsInput{LogGroupName: group(), Time: aws.Int64(1)})).LogGroupFields
	if len(none) != 0 {
		t.Errorf("fields of long ago %v", none)
	}
	described := must[*cloudwatchlogs.DescribeQueriesOutput](t)(r.logs.DescribeQueries(t.Context(), &cloudwatchlogs.DescribeQueriesInput{LogGroupName: group(), Status: types.QueryStatusComplete}))
	if len(described.Queries) != 2 || !slices.ContainsFunc(described.Queries, func(q types.QueryInfo) bool { return *q.QueryId == id && *q.LogGroupName == *group() }) {
		t.Errorf("%d queries", len(described.Queries))
	}
	if stopped := must[*cloudwatchlogs.StopQueryOutput](t)(r.logs.StopQuery(t.Context(), &cloudwatchlogs.StopQueryInput{QueryId: &id})); stopped.Success {
		t.Error("a query was stopped that had ended")
	}
	groups := must[*cloudwatchlogs.ListLogGroupsForQueryOutput](t)(r.logs.ListLogGroupsForQuery(t.Context(), &cloudwatchlogs.ListLogGroupsForQueryInput{QueryId: &id}))
	if !slices.Equal(groups.LogGroupIdentifiers, []string{*group()}) {
		t.Errorf("groups %v", groups.LogGroupIdentifiers)
	}
	must[*cloudwatchlogs.DeleteLogStreamOutput](t)(r.logs.DeleteLogStream(t.Context(), &cloudwatchlogs.DeleteLogStreamInput{LogGroupName: group(), LogStreamName: aws.String("b")}))
	_, err := r.logs.GetLogRecord(t.Context(), &cloudwatchlogs.GetLogRecordInput{LogRecordPointer: out.Results[0][len(out.Results[0])-1].Value})
	wantRefusal(t, err, "ResourceNotFoundException", "log stream")
	want = strings.SplitN(want, "\n", 2)[1] // the other event is gone
	// Another process finds what is left.
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	if got := shown(again.results(id)); got != want {
		t.Errorf("after a restart:\n%s", got)
	}
	r.watch.pass(8 * 24 * time.Hour)
	again.watch = r.watch
	_ = again.ask("fields @message")
	_, err = again.logs.GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: &id})
	wantRefusal(t, err, "ResourceNotFoundException", "query")
}

// The lines of containers are there like all others, and results come in pages.
func TestQueriesOfContainers(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(3)
	r.watch.pass(10 * time.Minute)
	lines := r.filter(cloudwatchlogs.FilterLogEventsInput{})
	id := r.ask("fields @message | sort @timestamp asc")
	all := r.results(id)
	if len(all.Results) != len(lines) || *all.Results[0][0].Value != *lines[0].Message {
		t.Fatalf("%d rows, want %d", len(all.Results), len(lines))
	}
	var paged [][]types.ResultField
	in := &cloudwatchlogs.GetQueryResultsInput{QueryId: &id, MaxItems: aws.Int32(7)}
	for {
		out := must[*cloudwatchlogs.GetQueryResultsOutput](t)(r.logs.GetQueryResults(t.Context(), in))
		paged = append(paged, out.Results...)
		if in.NextToken = out.NextToken; in.NextToken == nil {
			break
		}
	}
	if shown(&cloudwatchlogs.GetQueryResultsOutput{Results: paged}) != shown(all) {
		t.Errorf("%d rows in pages, want %d", len(paged), len(all.Results))
	}
	streams := r.results(r.ask("stats count(*) as n by @logStream | stats sum(n), count(*)"))
	if got := shown(streams); got != fmt.Sprintf("sum(n)=%d count(*)=3", len(lines)) {
		t.Errorf("streams %s", got)
	}
}

func TestQueryRefusals(t *testing.T) {
	r := ephemeral(t)
	r.logged()
	good := func(change func(*cloudwatchlogs.StartQueryInput)) *cloudwatchlogs.StartQueryInput {
		in := &cloudwatchlogs.StartQueryInput{LogGroupName: group(), QueryString: aws.String("fields a"), StartTime: aws.Int64(1), EndTime: aws.Int64(2)}
		change(in)
		return in
	}
	for _, tt := range []struct {
		change        func(*cloudwatchlogs.StartQueryInput)
		code, message string
	}{
		{func(in *cloudwatchlogs.StartQueryInput) { in.QueryString = aws.String("fields ü, |") }, "MalformedQueryException", "at character 11: expected a field"},
		{func(in *cloudwatchlogs.StartQueryInput) { in.LogGroupName = nil }, "InvalidParameterException", "Exactly one"},
		{func(in *cloudwatchlogs.StartQueryInput) { in.LogGroupNames = []string{"a"} }, "InvalidParameterException", "Exactly one"},
		{func(in *cloudwatchlogs.StartQueryInput) { in.LogGroupName = aws.String("none") }, "ResourceNotFoundException", "log group"},
		{func(in *cloudwatchlogs.StartQueryInput) { in.EndTime = aws.Int64(0) }, "InvalidParameterException", "endTime"},
		{func(in *cloudwatchlogs.StartQueryInput) { in.Limit = aws.Int32(0) }, "InvalidParameterException", "limit"},
		{func(in *cloudwatchlogs.StartQueryInput) { in.QueryLanguage = types.QueryLanguageSql }, "InvalidParameterException", "CWLI"},
	} {
		_, err := r.logs.StartQuery(t.Context(), good(tt.change))
		wantRefusal(t, err, tt.code, tt.message)
		if malformed, ok := errors.AsType[*types.MalformedQueryException](err); ok {
			if l := malformed.QueryCompileError.Location; *l.StartCharOffset != 10 || *l.EndCharOffset != 11 {
				t.Errorf("location %d to %d", *l.StartCharOffset, *l.EndCharOffset)
			}
		}
	}
	none := aws.String("none")
	_, err := r.logs.GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: none})
	wantRefusal(t, err, "ResourceNotFoundException", "query")
	_, err = r.logs.StopQuery(t.Context(), &cloudwatchlogs.StopQueryInput{QueryId: none})
	wantRefusal(t, err, "ResourceNotFoundException", "query")
	_, err = r.logs.GetQueryResults(t.Context(), &cloudwatchlogs.GetQueryResultsInput{QueryId: aws.String("")})
	wantRefusal(t, err, "InvalidParameterException", "queryId")
	_, err = r.logs.GetLogRecord(t.Context(), &cloudwatchlogs.GetLogRecordInput{LogRecordPointer: none})
	wantRefusal(t, err, "InvalidParameterException", "logRecordPointer")
	_, err = r.logs.GetLogGroupFields(t.Context(), &cloudwatchlogs.GetLogGroupFieldsInput{LogGroupName: none})
	wantRefusal(t, err, "ResourceNotFoundException", "log group")
	_, err = r.logs.DescribeQueries(t.Context(), &cloudwatchlogs.DescribeQueriesInput{MaxResults: aws.Int32(0)})
	wantRefusal(t, err, "InvalidParameterException", "maxResults")
}

// A query's own limit may be above the 10,000 rows that one without a limit has,
// and the request's below it holds.
func TestQueryLimits(t *testing.T) {
	r := ephemeral(t)
	r.logged("a")
	for range 2 {
		r.say("a", slices.Repeat([]string{"x"}, 5001)...)
	}
	for _, tt := range []struct {
		query string
		limit *int32
		want  float64
	}{
		{"fields @message", nil, 10_000}, {"fields @message | limit 20000", nil, 10_002}, {"limit 10001", nil, 10_001},
		{"limit 10001", aws.Int32(7), 7}, {"fields @message", aws.Int32(10_001), 10_001}, {"limit 5", aws.Int32(7), 5},
	} {
		now := r.watch.Now().Unix()
		started := must[*cloudwatchlogs.StartQueryOutput](t)(r.logs.StartQuery(t.Context(), &cloudwatchlogs.StartQueryInput{
			LogGroupName: group(), QueryString: &tt.query, Limit: tt.limit, StartTime: aws.Int64(now - 60), EndTime: &now,
		}))
		if got := r.results(*started.QueryId).Statistics.ResultCount; got != tt.want {
			t.Errorf("%s: %g rows, want %g", tt.query, got, tt.want)
		}
	}
}
