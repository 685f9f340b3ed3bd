package emulator_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	logtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"gantry/awsapi"
	nouns "gantry/ecs"
	"gantry/emulator"
)

func (r *rig) fault(f nouns.Fault) nouns.FaultState {
	r.t.Helper()
	return must[nouns.FaultState](r.t)(r.client().MakeFault(r.t.Context(), f))
}

func (r *rig) listClusters() error {
	_, err := r.ecs.ListClusters(r.t.Context(), &ecs.ListClustersInput{}, once)
	return err
}

// hits are which of n calls of ListClusters were refused with the code.
func (r *rig) hits(n int, code string) string {
	r.t.Helper()
	var out strings.Builder
	for range n {
		switch err := r.listClusters(); {
		case err == nil:
			out.WriteByte('.')
		default:
			refusedWith(r.t, code, err)
			out.WriteByte('X')
		}
	}
	return out.String()
}

// A share of calls is throttled: as many as it says, the same in the same world, and
// never two in a row of 20 %. Other operations and the emulator's own are spared.
func TestThrottledShare(t *testing.T) {
	pattern := ""
	for range 2 {
		r := ephemeral(t)
		r.fault(nouns.Fault{Name: "storm", API: &nouns.APIFault{Throttle: 0.2, Service: "ECS", Operation: "ListClusters"}})
		got := r.hits(100, "ThrottlingException")
		if n := strings.Count(got, "X"); n < 19 || n > 21 || strings.Contains(got, "XX") {
			t.Errorf("%d of 100 calls were throttled: %s", n, got)
		}
		if pattern != "" && got != pattern {
			t.Errorf("the same calls gave %s, then %s", pattern, got)
		}
		pattern = got
		for range 20 {
			must[*ecs.ListTaskDefinitionsOutput](t)(r.ecs.ListTaskDefinitions(t.Context(), &ecs.ListTaskDefinitionsInput{}, once))
		}
	}
}

// Each protocol has its own words for a fault.
func TestFaultsInEachProtocol(t *testing.T) {
	r := ephemeral(t)
	endpoint, keys := aws.String("http://emulator.local"), aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "any", SecretAccessKey: "any"}, nil
	})
	elb := elasticloadbalancingv2.New(elasticloadbalancingv2.Options{Region: emulator.Region, Credentials: keys, BaseEndpoint: endpoint, HTTPClient: r.http, RetryMaxAttempts: 1})
	watch := cloudwatch.New(cloudwatch.Options{Region: emulator.Region, Credentials: keys, BaseEndpoint: endpoint, HTTPClient: r.http, RetryMaxAttempts: 1})
	who := sts.New(sts.Options{Region: emulator.Region, Credentials: keys, BaseEndpoint: endpoint, HTTPClient: r.http, RetryMaxAttempts: 1})
	calls := map[string]func() error{
		"ECS": r.listClusters,
		"Logs": func() error {
			_, err := r.logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{}, func(o *cloudwatchlogs.Options) { o.RetryMaxAttempts = 1 })
			return err
		},
		"ELB": func() error {
			_, err := elb.DescribeTargetGroups(t.Context(), &elasticloadbalancingv2.DescribeTargetGroupsInput{})
			return err
		},
		"CloudWatch": func() error {
			_, err := watch.DescribeAlarms(t.Context(), &cloudwatch.DescribeAlarmsInput{})
			return err
		},
		"STS": func() error {
			_, err := who.GetCallerIdentity(t.Context(), &sts.GetCallerIdentityInput{})
			return err
		},
	}
	for _, x := range []struct {
		fault  nouns.APIFault
		json   string
		query  string
		status int
		ec2    string
	}{
		{nouns.APIFault{Throttle: 1}, "ThrottlingException", "Throttling", 400, "<Code>RequestLimitExceeded</Code>"},
		{nouns.APIFault{Error: 1}, "InternalFailure", "InternalFailure", 500, "<Code>InternalError</Code>"},
		{nouns.APIFault{Error: 1, ErrorStatus: 503}, "ServiceUnavailable", "ServiceUnavailable", 503, "<Code>Unavailable</Code>"},
	} {
		made := r.fault(nouns.Fault{API: &x.fault})
		for name, call := range calls {
			want := x.json
			if name == "ELB" || name == "STS" {
				want = x.query
			}
			err := call()
			var said smithy.APIError
			var response interface{ HTTPStatusCode() int }
			if !errors.As(err, &said) || said.ErrorCode() != want || !errors.As(err, &response) || response.HTTPStatusCode() != x.status {
				t.Errorf("%s under %+v: %v, want %s with status %d", name, x.fault, err, want, x.status)
			}
		}
		if body := r.ec2("DescribeInstances"); !strings.Contains(body, x.ec2) {
			t.Errorf("EC2 under %+v: %s, want %s", x.fault, body, x.ec2)
		}
		if status, header, _ := r.call(http.MethodPost, "/", "AmazonEC2ContainerServiceV20141113.ListClusters", "{}"); status != x.status || !strings.HasPrefix(header.Get("X-Gantry-Fault"), made.Name+"=") {
			t.Errorf("%d with the header %v", status, header)
		}
		must[[]string](t)(r.client().EndFaults(t.Context()))
	}
	for name, call := range calls {
		if err := call(); err != nil {
			t.Errorf("%s after all faults: %v", name, err)
		}
	}
}

// A fault that falls on so many calls is over then, also for the next process, and
// one with a time lasts as long in the world's time.
func TestEndsOfAPIFaults(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Seed: 1})
	r.fault(nouns.Fault{Name: "three", API: &nouns.APIFault{Throttle: 1, Operation: "ListClusters", Count: 3}})
	if got := r.hits(2, "ThrottlingException"); got != "XX" {
		t.Errorf("the first two calls: %s", got)
	}
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	again.watch = r.watch
	if got := again.hits(3, "ThrottlingException"); got != "X.." {
		t.Errorf("the calls from the third on: %s", got)
	}
	if list := must[[]nouns.FaultState](t)(again.client().Faults(t.Context())); len(list) != 0 {
		t.Errorf("after three calls these faults are left: %+v", list)
	}
	made := again.fault(nouns.Fault{After: nouns.Seconds(time.Minute), For: nouns.Seconds(time.Minute), API: &nouns.APIFault{Error: 1}})
	if made.Status != nouns.FaultPending {
		t.Errorf("made %+v", made)
	}
	for _, want := range []string{".", "X", "."} {
		if got := again.hits(1, "InternalFailure"); got != want {
			t.Errorf("at %s the call was hit: %s, want %s", again.watch.Now(), got, want)
		}
		again.watch.pass(65 * time.Second)
	}
	again.fault(nouns.Fault{API: &nouns.APIFault{Error: 1}})
	again.admin(http.MethodPost, "/_gantry/reset", "", nil)
	if err := again.listClusters(); err != nil {
		t.Errorf("in a fresh world: %v", err)
	}
}

// A connection is really cut off: over TCP, in memory, and through a process that
// joined the world.
func TestConnectionsCutOff(t *testing.T) {
	dir := t.TempDir()
	holder := attach(t, emulator.Options{Dir: dir, Seed: 1})
	joined := attach(t, emulator.Options{Dir: dir, Now: holder.watch.Now})
	holder.fault(nouns.Fault{API: &nouns.APIFault{Reset: 1, Service: "ecs"}})
	for name, r := range map[string]*rig{"holder": holder, "joined": joined} {
		if err := r.listClusters(); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("%s, in memory: %v", name, err)
		}
		server := httptest.NewServer(r.a.Handler())
		defer server.Close()
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("{}")))
		req.Header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.ListClusters")
		response, err := server.Client().Do(req)
		if err == nil {
			_ = response.Body.Close()
		}
		if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, io.EOF) {
			t.Errorf("%s, over TCP: %v", name, err)
		}
	}
	must[[]string](t)(joined.client().EndFaults(t.Context()))
	if err := joined.listClusters(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestLatency(t *testing.T) {
	r := ephemeral(t)
	r.fault(nouns.Fault{Name: "slow", API: &nouns.APIFault{Latency: nouns.Seconds(30 * time.Millisecond), Service: "ecs"}})
	began := time.Now()
	status, header, _ := r.call(http.MethodPost, "/", "AmazonEC2ContainerServiceV20141113.ListClusters", "{}")
	if status != http.StatusOK || header.Get("X-Gantry-Fault") != "slow=latency" {
		t.Errorf("%d with the header %v", status, header)
	}
	if took := time.Since(began); took < 30*time.Millisecond {
		t.Errorf("the call took %s", took)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := r.ecs.ListClusters(ctx, &ecs.ListClustersInput{}, once); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a client that does not wait so long: %v", err)
	}
}

// Log events are seen late, and some twice with another id, but each comes once its
// delay is over, whichever way it is asked for.
func TestLateAndDuplicateEvents(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	group, stream := aws.String("/app"), aws.String("one")
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(ctx, &cloudwatchlogs.CreateLogGroupInput{LogGroupName: group}))
	must[*cloudwatchlogs.CreateLogStreamOutput](t)(r.logs.CreateLogStream(ctx, &cloudwatchlogs.CreateLogStreamInput{LogGroupName: group, LogStreamName: stream}))
	r.fault(nouns.Fault{Name: "late", API: &nouns.APIFault{LateEvents: nouns.Seconds(30 * time.Second), DuplicateEvents: 0.25}})
	var events []logtypes.InputLogEvent
	for i := range 200 {
		events = append(events, logtypes.InputLogEvent{Timestamp: aws.Int64(r.watch.Now().UnixMilli() + int64(i/50)), Message: aws.String(fmt.Sprintf("line %03d", i))})
	}
	must[*cloudwatchlogs.PutLogEventsOutput](t)(r.logs.PutLogEvents(ctx, &cloudwatchlogs.PutLogEventsInput{LogGroupName: group, LogStreamName: stream, LogEvents: events}))
	filtered := func() (lines, ids map[string]int) {
		lines, ids = map[string]int{}, map[string]int{}
		pages := cloudwatchlogs.NewFilterLogEventsPaginator(r.logs, &cloudwatchlogs.FilterLogEventsInput{LogGroupName: group, Limit: aws.Int32(7)})
		for pages.HasMorePages() {
			page := must[*cloudwatchlogs.FilterLogEventsOutput](t)(pages.NextPage(ctx))
			for _, e := range page.Events {
				lines[*e.Message]++
				ids[*e.EventId]++
				if len(*e.EventId) != 56 || *e.IngestionTime > r.watch.Now().UnixMilli() {
					t.Errorf("event %s came in at %d, now is %d", *e.EventId, *e.IngestionTime, r.watch.Now().UnixMilli())
				}
			}
		}
		return lines, ids
	}
	got := func(forward bool) map[string]int {
		lines, token := map[string]int{}, (*string)(nil)
		for {
			page := must[*cloudwatchlogs.GetLogEventsOutput](t)(r.logs.GetLogEvents(ctx, &cloudwatchlogs.GetLogEventsInput{
				LogGroupName: group, LogStreamName: stream, StartFromHead: aws.Bool(forward), NextToken: token, Limit: aws.Int32(7),
			}))
			for _, e := range page.Events {
				lines[*e.Message]++
			}
			next := page.NextBackwardToken
			if forward {
				next = page.NextForwardToken
			}
			if token != nil && *next == *token {
				return lines
			}
			token = next
		}
	}
	r.watch.pass(15 * time.Second)
	lines, _ := filtered()
	if n := len(lines); n < 60 || n > 140 {
		t.Errorf("after half of the delay %d of 200 lines are seen", n)
	}
	r.watch.pass(17 * time.Second)
	lines, ids := filtered()
	if len(lines) != 200 || len(ids) < 230 || len(ids) > 270 {
		t.Errorf("after the delay %d of 200 lines are seen, in %d events", len(lines), len(ids))
	}
	for id, n := range ids {
		if n != 1 {
			t.Errorf("the event %s came %d times", id, n)
		}
	}
	for _, forward := range []bool{true, false} {
		if n := len(got(forward)); n != 200 {
			t.Errorf("GetLogEvents, forward %v, gives %d of 200 lines", forward, n)
		}
	}
	must[[]string](t)(r.client().EndFaults(ctx, "late"))
	if lines, ids := filtered(); len(lines) != 200 || len(ids) != 200 {
		t.Errorf("after the fault %d lines are seen in %d events", len(lines), len(ids))
	}
}

func TestAPIFaultsRefused(t *testing.T) {
	r := ephemeral(t)
	for body, want := range map[string]string{
		`{"api":{}}`:                                                    "has to do something",
		`{"api":{"throttle":20}}`:                                       "between 0 and 1",
		`{"api":{"throttle":0.6,"error":0.6}}`:                          "not be more than 1 together",
		`{"api":{"latency":-1}}`:                                        "cannot take",
		`{"api":{"latency":100000}}`:                                    "the most is 10m0s",
		`{"api":{"lateEvents":-1}}`:                                     "late by",
		`{"api":{"error":1,"errorStatus":404}}`:                         "500 or 503",
		`{"api":{"throttle":1,"count":-1}}`:                             "-1 calls",
		`{"api":{"lateEvents":1,"throttle":1}}`:                         "a fault of their own",
		`{"api":{"throttle":1,"service":"lambda"}}`:                     "the services are ",
		`{"api":{"throttle":1,"operation":"RunTas"}}`:                   "did you mean RunTask?",
		`{"api":{"throttle":1,"service":"logs","operation":"RunTask"}}`: "no operation RunTask of logs",
		`{"api":{"throttle":1},"loseZone":"us-east-1a"}`:                "exactly one kind",
		`{"cluster":"demo","api":{"throttle":1}}`:                       "of no cluster",
		`{"for":-1,"api":{"throttle":1}}`:                               "cannot last",
	} {
		status, _, text := r.call(http.MethodPost, "/_gantry/faults", "", body)
		if status != http.StatusBadRequest || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s, want %s", body, status, text, want)
		}
	}
	if err := r.listClusters(); err != nil {
		t.Error(err)
	}
}

// gantry's own client comes through when a fifth of the calls is throttled and a
// tenth fails.
func TestClientComesThrough(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.fault(nouns.Fault{API: &nouns.APIFault{Throttle: 0.2, Error: 0.1}})
	client := must[*awsapi.Client](t)(awsapi.New(t.Context(), awsapi.Options{Transport: r.a.RoundTripper()}))
	for range 6 {
		if _, err := client.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: aws.String("demo")}); err != nil {
			t.Error(err)
		}
	}
}
