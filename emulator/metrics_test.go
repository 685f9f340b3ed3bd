package emulator_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/emulator"
)

// samples are the numbers of a page by name and labels.
type samples map[string]float64

// scrape reads the page of metrics as strictly as the format is written down:
// each family has one HELP and one TYPE, and its samples follow.
func (r *rig) scrape() samples {
	r.t.Helper()
	status, header, page := r.call(http.MethodGet, "/_gantry/metrics", "", "")
	if status != http.StatusOK || header.Get("Content-Type") != "text/plain; version=0.0.4; charset=utf-8" {
		r.t.Fatalf("metrics answer %d, %s", status, header.Get("Content-Type"))
	}
	const name = `[a-zA-Z_:][a-zA-Z0-9_:]*`
	label := `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\\\|\\"|\\n)*"`
	head := regexp.MustCompile(`^# (HELP|TYPE) (` + name + `) (.*)$`)
	line := regexp.MustCompile(`^((` + name + `)(?:\{` + label + `(?:,` + label + `)*\})?) (\S+)$`)
	found, family, seen := samples{}, "", map[string]bool{}
	for text := range strings.Lines(page) {
		text = strings.TrimSuffix(text, "\n")
		if m := head.FindStringSubmatch(text); m != nil {
			if family = m[2]; seen[m[1]+family] {
				r.t.Errorf("%s of %s stands there twice", m[1], family)
			}
			seen[m[1]+family] = true
			continue
		}
		m := line.FindStringSubmatch(text)
		if m == nil {
			r.t.Fatalf("this line is none of the format: %q", text)
		}
		if suffix := strings.TrimPrefix(m[2], family); !slices.Contains([]string{"", "_bucket", "_sum", "_count"}, suffix) || !seen["TYPE"+family] || !seen["HELP"+family] {
			r.t.Errorf("%s stands among %s", m[2], family)
		}
		value, err := strconv.ParseFloat(m[3], 64)
		if _, twice := found[m[1]]; err != nil || twice {
			r.t.Errorf("%q: %v, or it stands there twice", text, err)
		}
		found[m[1]] = value
	}
	if !strings.HasSuffix(page, "\n") {
		r.t.Error("the last line does not end")
	}
	return found
}

func TestMetrics(t *testing.T) {
	r := attach(t, emulator.Options{Dir: t.TempDir(), Speed: 10})
	r.cluster()
	r.service(3)
	must[*ecs.CreateClusterOutput](t)(r.as("any", "eu-west-1").CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("far")}))
	_, err := r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: aws.String("nosuch")})
	refusedWith(t, "ClusterNotFoundException", err)
	r.call(http.MethodPost, "/", targetECS+"MadeUp", "{}")
	r.call(http.MethodGet, "/v2/", "", "")
	r.call(http.MethodGet, "/_gantry/health", "", "")
	must[any](t)(nil, r.refusedQuery())
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed":"pause"}`, nil)
	got := r.scrape()
	home := `account="123456789012",region="us-east-1"`
	for sample, want := range map[string]float64{
		`gantry_requests_total{service="ECS",operation="CreateCluster",code="200",error=""}`:                         2,
		`gantry_requests_total{service="ECS",operation="ListTasks",code="400",error="ClusterNotFoundException"}`:     1,
		`gantry_requests_total{service="ECS",operation="other",code="400",error="UnknownOperationException"}`:        1,
		`gantry_requests_total{service="registry",operation="GET",code="200",error=""}`:                              1,
		`gantry_requests_total{service="gantry",operation="GET /_gantry/health",code="200",error=""}`:                1,
		`gantry_requests_total{service="Elastic Load Balancing",operation="other",code="400",error="InvalidAction"}`: 1,
		`gantry_request_duration_seconds_count{service="ECS",operation="CreateCluster"}`:                             2,
		`gantry_world_speed`:                                                         0,
		`gantry_clusters{` + home + `,status="ACTIVE"}`:                              1,
		`gantry_clusters{account="123456789012",region="eu-west-1",status="ACTIVE"}`: 1,
		`gantry_container_instances{` + home + `,cluster="demo",status="ACTIVE"}`:    4,
		`gantry_services{` + home + `,cluster="demo",status="ACTIVE"}`:               1,
		`gantry_tasks{` + home + `,cluster="demo",status="RUNNING"}`:                 3,
	} {
		if value, ok := got[sample]; !ok || value != want {
			t.Errorf("%s is %g (%v), want %g", sample, value, ok, want)
		}
	}
	if now := float64(r.clock().Now.UnixMilli()) / 1000; math.Abs(got[`gantry_world_time_seconds{`+home+`}`]-now) > 1 {
		t.Errorf("the world's time is %f, want %f", got[`gantry_world_time_seconds{`+home+`}`], now)
	}
	for _, some := range []string{"gantry_store_bytes", "gantry_store_journal_entries", "gantry_store_transactions_total", "gantry_store_page_writes_total"} {
		if got[some+"{"+home+"}"] < 1 {
			t.Errorf("%s is %g", some, got[some+"{"+home+"}"])
		}
	}
	for _, some := range []string{"go_goroutines", "go_memstats_heap_alloc_bytes"} {
		if got[some] < 1 {
			t.Errorf("%s is %g", some, got[some])
		}
	}
	r.admin(http.MethodPost, "/_gantry/clock", `{"speed":"max"}`, nil)
	if speed := r.scrape()["gantry_world_speed"]; !math.IsInf(speed, 1) {
		t.Errorf("the speed max is %g", speed)
	}
}

// refusedQuery asks Elastic Load Balancing for an operation that it has not.
func (r *rig) refusedQuery() error {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, "http://emulator.local/", strings.NewReader("Action=MadeUp&Version=2015-12-01"))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := r.http.Do(req)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusBadRequest {
		return fmt.Errorf("status %d", response.StatusCode)
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil { // it is counted when it has been sent
		return err
	}
	return response.Body.Close()
}
