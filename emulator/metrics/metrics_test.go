package metrics_test

import (
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"gantry/emulator/metrics"
)

func TestPage(t *testing.T) {
	p := &metrics.Page{}
	p.Family("a_total", metrics.Counter, "What a \\ means,\nin two lines.")
	p.Sample("a_total", 3, "name", "a \"quoted\" \\ one\nand more", "other", "")
	p.Sample("a_total", 0.25)
	p.Sample("a_total", math.Inf(1))
	p.Sample("a_total", 1e21)
	want := `# HELP a_total What a \\ means,\nin two lines.
# TYPE a_total counter
a_total{name="a \"quoted\" \\ one\nand more",other=""} 3
a_total 0.25
a_total +Inf
a_total 1e+21
`
	if got := string(p.Bytes()); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRequests(t *testing.T) {
	r := metrics.NewRequests(map[string][]string{"ECS": {"ListTasks", "RunTask"}})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 100 {
				r.Of("ECS", "ListTasks").Done(200, "", 200*time.Microsecond)
				r.Of("ECS", "ListTasks").Done(400, "ClusterNotFoundException", time.Minute)
			}
		})
	}
	clients.Wait()
	r.Of("ECS", "MadeUp").Done(400, "UnknownOperationException", time.Millisecond)
	r.Of("S3", "ListBuckets").Done(400, "UnknownOperationException", time.Millisecond)
	p := &metrics.Page{}
	r.Write(p)
	page := string(p.Bytes())
	for _, want := range []string{
		`gantry_requests_total{service="ECS",operation="ListTasks",code="200",error=""} 800`,
		`gantry_requests_total{service="ECS",operation="ListTasks",code="400",error="ClusterNotFoundException"} 800`,
		`gantry_requests_total{service="ECS",operation="other",code="400",error="UnknownOperationException"} 1`,
		`gantry_requests_total{service="other",operation="other",code="400",error="UnknownOperationException"} 1`,
		`gantry_request_duration_seconds_bucket{service="ECS",operation="ListTasks",le="0.0001"} 0`,
		`gantry_request_duration_seconds_bucket{service="ECS",operation="ListTasks",le="0.00025"} 800`,
		`gantry_request_duration_seconds_bucket{service="ECS",operation="ListTasks",le="10"} 800`,
		`gantry_request_duration_seconds_bucket{service="ECS",operation="ListTasks",le="+Inf"} 1600`,
		`gantry_request_duration_seconds_sum{service="ECS",operation="ListTasks"} 48000.16`,
		`gantry_request_duration_seconds_count{service="ECS",operation="ListTasks"} 1600`,
	} {
		if !strings.Contains(page, want+"\n") {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	for _, never := range []string{"RunTask", "MadeUp", "S3"} {
		if strings.Contains(page, never) {
			t.Errorf("%s is on the page\n%s", never, page)
		}
	}
}

// To count allocates nothing, a refusal that was seen before neither.
func TestCountingAllocatesNothing(t *testing.T) {
	r := metrics.NewRequests(map[string][]string{"ECS": {"ListTasks"}})
	if n := testing.AllocsPerRun(100, func() { r.Of("ECS", "ListTasks").Done(200, "", time.Millisecond) }); n != 0 {
		t.Errorf("%g allocations for each request", n)
	}
}
