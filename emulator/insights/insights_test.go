package insights_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/emulator/insights"
)

// first is when the first of the events was.
var first = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// events are one each minute: requests as JSON, in turn by two streams, and two
// lines of text.
func events() (all []insights.Event) {
	for i, message := range []string{
		`{"status": 200, "ms": 12.5, "path": "/", "user": {"name": "ann", "roles": ["a", "b"]}, "ok": true}`,
		`{"status": 404, "ms": 3, "path": "/none", "user": {"name": "bob"}, "ok": false}`,
		`{"status": 500, "ms": 900, "path": "/", "user": {"name": "ann"}, "id": 12345678901234567890}`,
		`{"status": 200, "ms": 40, "path": "/items/7"}`,
		`user=ann, method:GET, latency := 25 ms Exception`,
		`user=bob, method:PUT, latency := 5 ms`,
	} {
		at := first.Add(time.Duration(i) * time.Minute).UnixMilli()
		all = append(all, insights.Event{
			Timestamp: at, Ingested: at + 7, Message: message, Stream: fmt.Sprintf("s%d", i%2), Log: "123456789012:/ecs/web", Pointer: fmt.Sprintf("p%d", i),
		})
	}
	return all
}

// run is what a query finds, a line for each row, without the pointers.
func run(t *testing.T, text string) (string, insights.Result) {
	t.Helper()
	q, err := insights.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	r := q.Begin(first.Add(time.Hour).UnixMilli())
	for _, e := range events() {
		r.Add(e)
	}
	result := r.Finish(10_000)
	var lines []string
	for _, row := range result.Rows {
		var fields []string
		for _, f := range row {
			if f.Name != "@ptr" {
				fields = append(fields, f.Name+"="+f.Value)
			}
		}
		lines = append(lines, strings.Join(fields, " "))
	}
	return strings.Join(lines, "\n"), result
}

func TestQueries(t *testing.T) {
	for _, tt := range []struct{ query, want string }{
		{`fields @timestamp, path | filter status = 404`, "@timestamp=2026-11-23 06:01:00.000 path=/none"},
		{`fields status | sort @timestamp asc | limit 2`, "status=200\nstatus=404"},
		{`fields status | limit 1`, ""}, // the latest is text
		{`stats count(*) by bin(3m) | sort bin(3m)`, "bin(3m)=2026-11-23 06:00:00.000 count(*)=3\nbin(3m)=2026-11-23 06:03:00.000 count(*)=3"},
		{`stats count(*) by bin(3m) | sort bin(3m) desc`, "bin(3m)=2026-11-23 06:03:00.000 count(*)=3\nbin(3m)=2026-11-23 06:00:00.000 count(*)=3"},
		{`stats count(*) as n by bin(3m) | stats max(n) by bin(3m) | display bin(3m) as t | sort t`, "t=2026-11-23 06:00:00.000\nt=2026-11-23 06:03:00.000"},
		{`parse nothing '*' as x | filter ispresent(x) | stats count(*)`, "count(*)=0"},
		{`filter status >= 400 and status < 500 | display status, user.name`, "status=404 user.name=bob"},
		{`filter status = 200 or user.roles.1 = 'b' | display path | sort path desc`, "path=/items/7\npath=/"},
		{`filter not (status = 200) and ispresent(status) | display status`, "status=500\nstatus=404"},
		{`filter status != 200 | display status`, "status=500\nstatus=404"},
		{`filter status in [404, 500] and path not in ["/"] | display status`, "status=404"},
		{`filter status not in [] and status != 500 | display status | sort status`, "status=200\nstatus=200\nstatus=404"},
		{`filter @message like /(?i)exception/ | display @logStream, @log`, "@logStream=s0 @log=123456789012:/ecs/web"},
		{`filter @message like "PUT" | display @logStream`, "@logStream=s1"},
		{`filter @message =~ /latency := \d ms/ | display @logStream`, "@logStream=s1"},
		{`filter path not like "/n" and path like 'e' | display path`, "path=/items/7"},
		{`filter ok = "true" | display ok`, "ok=true"},
		{"filter `user.name` = 'ann' # of whom\n| display status", "status=500\nstatus=200"},
		{`fields ms * 2 + 1 as twice, ms | filter twice > 50 | sort twice desc | display twice, -ms`, "twice=1801 -ms=-900\ntwice=81 -ms=-40"},
		{`filter ispresent(ms) | fields (ms - 3) / 0 as none, 2 ^ 3 ^ 1 as p, 7 % 4 as r | limit 1`, "p=8 r=3"},
		{`filter id like /678/ | display id`, "id=12345678901234567890"},
		{`stats count(*)`, "count(*)=6"},
		{`stats count(status), count_distinct(path) as paths, sum(ms), avg(ms), min(ms), max(ms), pct(ms, 50), stddev(status)`,
			"count(status)=4 paths=3 sum(ms)=955.5 avg(ms)=238.875 min(ms)=3 max(ms)=900 pct(ms, 50)=12.5 stddev(status)=130.49137902558928"},
		{`filter status > 0 | stats count(*) as n, max(ms) - min(ms) as span by status | sort n desc, status`, "status=200 n=2 span=27.5\nstatus=404 n=1 span=0\nstatus=500 n=1 span=0"},
		{`stats count(*) by bin(2m) | sort @timestamp`, "bin(2m)=2026-11-23 06:04:00.000 count(*)=2\nbin(2m)=2026-11-23 06:02:00.000 count(*)=2\nbin(2m)=2026-11-23 06:00:00.000 count(*)=2"},
		{`stats count(*) as n by bin(1h) as t, @logStream | sort @logStream`, "t=2026-11-23 06:00:00.000 @logStream=s0 n=3\nt=2026-11-23 06:00:00.000 @logStream=s1 n=3"},
		{`stats earliest(status), latest(status), latest(@timestamp)`, "earliest(status)=200 latest(status)=200 latest(@timestamp)=2026-11-23 06:05:00.000"},
		{`stats count(*) as n by status | stats max(n) as most`, "most=2"},
		{`filter status = 1 | stats count(*), sum(ms)`, "count(*)=0"},
		{`filter status = 1 | stats count(*) by path`, ""},
		{`parse @message "user=*, method:*, latency := * ms" as @user, @method, latency | filter latency > 10 | display @user, @method, latency`, "@user=ann @method=GET latency=25"},
		{`parse @message "latency := *" as rest | filter ispresent(rest) | display rest`, "rest=5 ms\nrest=25 ms Exception"},
		{`parse @message /user=(?<who>\w+), method:(?P<how>\w+)/ | stats count(*) as n by who | sort who`, "who=ann n=1\nwho=bob n=1\nn=4"},
		{`parse user.name /(^.)/ as initial | filter ispresent(initial) | display initial`, "initial=a\ninitial=b\ninitial=a"},
		{`filter ispresent(status) | dedup status | display status, ms`, "status=200 ms=40\nstatus=500 ms=900\nstatus=404 ms=3"},
		{`sort @timestamp asc | dedup status | filter ispresent(status) | display ms`, "ms=12.5\nms=3\nms=900"},
		{`filter @timestamp < 1795413660000 | display @timestamp`, "@timestamp=2026-11-23 06:00:00.000"},
		{`filter status = 200 | fields strlen(path) as n, toupper(user.name) as u, concat(path, "!", status) as c, substr(path, 1, 2) as s | sort n`,
			"n=1 u=ANN c=/!200 s=\nn=8 c=/items/7!200 s=it"},
		{`filter status = 404 | fields coalesce(nothing, path) as c, replace(path, "n", "N") as r, strcontains(path, "one") as h, trim("  x ") as t, abs(-3) as a, ceil(2.1) as e, greatest(ms, 7) as g, isempty(nothing) as i, if(ok = "true", 1, 2) as f`,
			"c=/none r=/NoNe h=1 t=x a=3 e=3 g=7 i=1 f=2"},
		{`filter status = 404 | fields datefloor(@timestamp, 1h) as f, dateceil(@timestamp, 1h) as e, datefloor(@timestamp, 1mo) as m, bin(1q) as q, bin(1y) as y, toMillis(@timestamp) as ms, fromMillis(0) as z, now() as n`,
			"f=2026-11-23 06:00:00.000 e=2026-11-23 07:00:00.000 m=2026-11-01 00:00:00.000 q=2026-10-01 00:00:00.000 y=2026-01-01 00:00:00.000 ms=1795413660000 z=1970-01-01 00:00:00.000 n=1795417200"},
	} {
		if got, _ := run(t, tt.query); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.query, got, tt.want)
		}
	}
}

func TestResult(t *testing.T) {
	_, result := run(t, `filter @message like "user=" | limit 1`)
	if result.Matched != 2 || result.Scanned != 6 || result.Bytes == 0 || len(result.Rows) != 1 {
		t.Errorf("%d matched, %d scanned, %d bytes", result.Matched, result.Scanned, result.Bytes)
	}
	if row := fmt.Sprint(result.Rows[0]); row != "[{@timestamp 2026-11-23 06:05:00.000} {@message user=bob, method:PUT, latency := 5 ms} {@ptr p5}]" {
		t.Errorf("row %s", row)
	}
	one := events()[0]
	fields := one.Fields()
	if fields["user.roles.0"] != "a" || fields["@ptr"] != "p0" || fields["ms"] != "12.5" || fields["@timestamp"] != fmt.Sprint(first.UnixMilli()) {
		t.Errorf("fields %v", fields)
	}
}

// The examples of the documentation [CWL: Sample queries] are queries.
func TestDocumentedQueries(t *testing.T) {
	for _, query := range []string{
		"fields @timestamp, @message | sort @timestamp desc | limit 25",
		"filter @message like /Exception/\n    | stats count(*) as exceptionCount by bin(1h)\n    | sort exceptionCount desc",
		"fields @message | filter @message not like /Exception/",
		`fields @timestamp, @message, server, severity | sort @timestamp desc | dedup server, severity`,
		`filter @type = "REPORT" | stats max(@memorySize / 1000 / 1000) as provisonedMemoryMB, min(@maxMemoryUsed / 1000 / 1000) as smallestMemoryRequestMB, avg(@maxMemoryUsed / 1000 / 1000) as avgMemoryUsedMB, max(@memorySize / 1000 / 1000) - max(@maxMemoryUsed / 1000 / 1000) as overProvisionedMB`,
		"filter @type = \"REPORT\" | fields @requestId, @billedDuration | sort by_1 desc",
		"stats sum(packets) as packetsTransferred by srcAddr, dstAddr | sort packetsTransferred desc | limit 15",
		`filter (eventName="StartInstances" and awsRegion="us-west-2")`,
		`filter eventSource = "ec2.amazonaws.com" | stats count(*) as n by eventSource, eventName, awsRegion`,
		`fields awsRegion, requestParameters.userName, responseElements.user.arn | filter eventName="CreateUser"`,
		`parse @message "[*] *" as loggingType, loggingMessage | filter loggingType IN ["INFO", "ERROR"] | display loggingMessage`,
		`parse @message /user=(?<user2>.*?), method:(?<method2>.*?), latency := (?<latency2>.*?)/ | stats avg(latency2) by method2, user2`,
		"fields concat(Operation, ':', StatusCode) as OpStatus, ceil(Latency) | filter StatusCode like /5\\d\\d/",
		"FIELDS @timestamp | FILTER isPresent(a) AND NOT b = 1 | SORT @timestamp ASC",
		"stats pct(latency, 95) as p95, count_distinct(user) by datefloor(@timestamp, 30 minutes)",
	} {
		if _, err := insights.Parse(query); err != nil {
			t.Errorf("%s: %v", query, err)
		}
	}
}

// A condition and its negation share the events between them, and no limit shows
// more than it says.
func TestConditionsAndTheirNegations(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		condition := rapid.SampledFrom([]string{
			"status > 300", "status", "nothing != 1", `path like "/"`, "ok not in [1]", "not not ms", "ms / 0 > 1", "strlen(@message) % 2 = 0", "a or status = 200 and ms < 20",
		}).Draw(t, "condition")
		limit := rapid.IntRange(1, 9).Draw(t, "limit")
		total := 0
		for _, query := range []string{"filter " + condition, "filter not (" + condition + ")"} {
			q, err := insights.Parse(query + fmt.Sprintf("| limit %d", limit))
			if err != nil {
				t.Fatal(err)
			}
			r := q.Begin(0)
			for _, e := range events() {
				r.Add(e)
			}
			result := r.Finish(100)
			if len(result.Rows) != min(limit, result.Matched) {
				t.Fatalf("%s: %d rows of %d", query, len(result.Rows), result.Matched)
			}
			total += result.Matched
		}
		if total != len(events()) {
			t.Fatalf("%s and its negation match %d events of %d", condition, total, len(events()))
		}
	})
}

func TestRefusals(t *testing.T) {
	for query, want := range map[string]string{
		"":                          "at the end: expected a command",
		"foo":                       "at character 1: there is no command foo",
		"fields":                    "at the end: expected a field",
		"fields a b":                `at character 10: expected | or the end of the query, not "b"`,
		"filter":                    "at the end: expected a field",
		"filter a =":                "at the end: expected a field",
		"filter (a = 1":             "at the end: expected )",
		"filter a like b":           `at character 15: expected text in quotation marks`,
		"filter a like /(/":         "at character 15: the regular expression cannot be read",
		"filter a like /x":          "at character 15: a regular expression is not closed",
		`filter a = "x`:             "at character 12: a quotation mark is not closed",
		"filter a in 1":             `at character 13: expected a list in brackets, not "1"`,
		"filter a in [1 2]":         `at character 16: expected a comma or ]`,
		"filter count(*) > 1":       "at character 8: count stands only in stats",
		"filter nope(a)":            "at character 8: there is no function nope",
		"fields strlen()":           "at character 8: strlen has 0 arguments",
		"fields 1.2.3":              `at character 8: "1.2.3" is no number`,
		"fields `a":                 "at character 8: a name in backticks",
		"stats a":                   "at character 7: a is no statistic",
		"stats count(*) + a":        "at character 7: count(*) + a is no statistic",
		"stats sum(max(a))":         "at character 11: max stands only in stats",
		"stats sum(*)":              "at character 11: only count has *",
		"stats count(*) by bin(5x)": "at character 23: expected a period",
		"limit 0":                   "at character 7: expected a number between 1 and 100000",
		"limit x":                   "at character 7: expected a number",
		"parse @message 5":          `at character 16: expected text in quotation marks`,
		`parse "a*b"`:               "at the end: expected as and the names",
		`parse "a*b*" as x`:         "at character 7: the pattern takes out 2 values, and there are 1 names",
		"fields a | ":               "at the end: expected a command",
		"fields ü | stats":          "at the end: expected a field",
		"fields a\xff":              "at character 1: the query is not valid UTF-8",
		strings.Repeat("x", 10_001): "at the end: the query has 10001 characters",
	} {
		_, err := insights.Parse(query)
		var syntax *insights.SyntaxError
		if !errors.As(err, &syntax) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", query, err, want)
			continue
		}
		if start, end := syntax.Characters(); start > end || start < 0 {
			t.Errorf("%.40q: characters %d to %d", query, start, end)
		}
	}
}

// FuzzParse: nothing panics, neither the reading of a query nor its run; a
// refusal says where. Its first inputs are in testdata/fuzz/FuzzParse.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		q, err := insights.Parse(text)
		if err != nil {
			var syntax *insights.SyntaxError
			if !errors.As(err, &syntax) || syntax.Start < 0 || syntax.Start > syntax.End || syntax.End > len(syntax.Query) || syntax.Error() == "" {
				t.Fatalf("%q: %#v", text, err)
			}
			_, _ = syntax.Characters()
			return
		}
		r := q.Begin(0)
		for _, e := range append(events(), insights.Event{Timestamp: 1 << 62, Message: `{"": [[]], "a": {"": 1e400}}`}, insights.Event{Timestamp: -5}) {
			r.Add(e)
		}
		result := r.Finish(5)
		if len(result.Rows) > 5 || result.Matched > result.Scanned || result.Scanned != 8 {
			t.Fatalf("%q: %d rows, %d matched of %d", text, len(result.Rows), result.Matched, result.Scanned)
		}
	})
}

// The order of sort is the documented one, with the example of its page
// [CWL: Logs Insights QL, sort], whatever the order that the events come in.
func TestSort(t *testing.T) {
	want := []string{"!:", "#", "*%04", "0#", "5A", "111A", "2345_", "@", "@_", "A", "A9876fghj", "a12345hfh", "0", "01", "2", "3", "10"}
	q, err := insights.Parse("sort @message | display @message")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		r := q.Begin(0)
		for _, message := range rapid.Permutation(want).Draw(t, "messages") {
			r.Add(insights.Event{Message: message})
		}
		var got []string
		for _, row := range r.Finish(100).Rows {
			got = append(got, row[0].Value)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%q, want %q", got, want)
		}
	})
}
