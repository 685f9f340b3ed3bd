package emulator_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"gantry/emulator"
)

// told is an event as a client reads it.
type told struct {
	Version, ID, Source, Account, Region string
	DetailType                           string `json:"detail-type"`
	Time                                 time.Time
	Resources                            []string
	Detail                               struct {
		ClusterArn, LastStatus, EventName, DeploymentID, TaskArn, ContainerInstanceArn string
		Version                                                                        int
		Lost                                                                           int
	}
}

// events are the events that the world has, as a query of the stream says.
func (r *rig) events(query string) []told {
	r.t.Helper()
	status, header, body := r.call(http.MethodGet, "/_gantry/events?"+query, "", "")
	if status != http.StatusOK || header.Get("Content-Type") != "application/x-ndjson" {
		r.t.Fatalf("events?%s: %d %s", query, status, body)
	}
	return toldIn(r.t, strings.NewReader(body), 0)
}

// toldIn reads events: n of them, or all.
func toldIn(t *testing.T, from io.Reader, n int) (out []told) {
	t.Helper()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for (n == 0 || len(out) < n) && lines.Scan() {
		var e told
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatalf("%v in %s", err, lines.Text())
		}
		out = append(out, e)
	}
	return out
}

func ids(events []told) (out []string) {
	for _, e := range events {
		out = append(out, e.ID)
	}
	return out
}

// TestEvents is that what happens in a world is told as EventBridge would, to
// those who filter it as they ask.
func TestEvents(t *testing.T) {
	r := ephemeral(t)
	if _, header, _ := r.call(http.MethodGet, "/_gantry/events", "", ""); header.Get("X-Gantry-Events-Recorded") != "now" {
		t.Error("the first to ask is not told that events are kept only from now on")
	}
	if _, header, _ := r.call(http.MethodGet, "/_gantry/events", "", ""); header.Get("X-Gantry-Events-Recorded") != "yes" {
		t.Error("the second to ask is told that events are kept only from now on")
	}
	r.cluster()
	r.service(2)
	all := r.events("")
	counts := map[string]int{}
	for _, e := range all {
		counts[e.DetailType]++
		if e.Version != "0" || e.ID == "" || e.Source != "aws.ecs" || e.Account != "123456789012" || e.Region != "us-east-1" || len(e.Resources) != 1 || e.Time.IsZero() || e.Time.Nanosecond() != 0 {
			t.Errorf("the envelope is %+v", e)
		}
	}
	for _, kind := range []string{"ECS Task State Change", "ECS Container Instance State Change", "ECS Service Action", "ECS Deployment State Change"} {
		if counts[kind] == 0 {
			t.Errorf("there is no %s in %v", kind, counts)
		}
		for _, e := range r.events("detail-type=" + url.QueryEscape(kind)) {
			if e.DetailType != kind {
				t.Errorf("asked for %s, told %s", kind, e.DetailType)
			}
		}
	}
	if !slices.IsSortedFunc(all, func(a, b told) int { return a.Time.Compare(b.Time) }) {
		t.Error("the events are not in order of time")
	}
	statuses := map[string][]string{}
	for _, e := range r.events("detail-type=" + url.QueryEscape("ECS Task State Change")) {
		statuses[e.Resources[0]] = append(statuses[e.Resources[0]], e.Detail.LastStatus)
	}
	for task, seen := range statuses {
		if seen = slices.Compact(seen); !slices.Equal(seen, []string{"PROVISIONING", "PENDING", "RUNNING"}) && !slices.Equal(seen, []string{"PENDING", "RUNNING"}) {
			t.Errorf("task %s was told to be %v", task, seen)
		}
	}
	middle := all[len(all)/2]
	if after := r.events("since=" + middle.ID); !slices.Equal(ids(after), ids(all[len(all)/2+1:])) {
		t.Errorf("after %s come %d events, want %d", middle.ID, len(after), len(all)-len(all)/2-1)
	}
	for _, e := range r.events("since=" + url.QueryEscape(middle.Time.Format(time.RFC3339Nano))) {
		if e.Time.Before(middle.Time) {
			t.Errorf("since %s is told what was at %s", middle.Time, e.Time)
		}
	}
	if got := r.events("since=1s&cluster=demo"); len(got) != 0 {
		t.Errorf("in the last second were %d events", len(got))
	}
	if got := r.events("cluster=other"); len(got) != 0 {
		t.Errorf("another cluster has %d events", len(got))
	}
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("other")}))
	r.admin(http.MethodPost, "/_gantry/instances", `{"cluster":"other","instanceType":"t3.small","count":1}`, nil)
	if got := r.events("cluster=other"); len(got) == 0 {
		t.Error("a cluster that is made while events are kept tells none")
	}
	for _, query := range []string{"detail-type=Nothing", "since=yesterday", "follow=perhaps", "colour=red"} {
		if status, _, body := r.call(http.MethodGet, "/_gantry/events?"+query, "", ""); status != http.StatusBadRequest || !strings.Contains(body, "InvalidParameterException") {
			t.Errorf("%s: %d %s", query, status, body)
		}
	}
	if status, _, body := r.call(http.MethodGet, "/_gantry/events?since=5b2b3f8e-33b8-4a2e-9d2c-6a4d7d1f0a11", "", ""); status != http.StatusBadRequest || !strings.Contains(body, "not kept") {
		t.Errorf("after an event that is not there: %d %s", status, body)
	}
	r.admin(http.MethodPost, "/_gantry/events", `{"recording":false}`, nil)
	if _, header, _ := r.call(http.MethodGet, "/_gantry/events", "", ""); header.Get("X-Gantry-Events-Recorded") != "now" {
		t.Error("the keeping of events does not end")
	}
}

// TestEventsFollowed is that who follows is told what comes, and ends when he
// leaves, and that a reader who comes too late is told how many events are gone.
func TestEventsFollowed(t *testing.T) {
	r := ephemeral(t)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://emulator.local/_gantry/events?follow=true&detail-type="+url.QueryEscape("ECS Container Instance State Change"), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response := must[*http.Response](t)(r.http.Do(req))
	defer response.Body.Close()
	r.cluster()
	if got := toldIn(t, response.Body, 4); len(got) != 4 {
		t.Errorf("of four container instances %d were told", len(got))
	}
	if status, _, body := r.call(http.MethodPost, "/_gantry/reset", "", ""); status != http.StatusOK {
		t.Fatalf("reset: %d %s", status, body)
	}
	r.cluster()
	if got := toldIn(t, response.Body, 4); len(got) != 4 {
		t.Errorf("of four container instances of a world that began anew %d were told", len(got))
	}
	leave()
	_, _ = io.ReadAll(response.Body) // it ends, in whatever way

	first := r.events("")[0]
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(map[string]string{"gantry.fate": "exit=1 after=5s"})))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(8)}))
	var all []told
	for range 40 {
		r.watch.pass(20 * time.Minute)
		if all = r.events(""); all[0].DetailType == "Gantry Events Lost" {
			break
		}
	}
	if all[0].DetailType != "Gantry Events Lost" || len(all) != 5001 {
		t.Fatalf("%d events are kept, and first comes %+v", len(all), all[0])
	}
	if lost := all[0].Detail.Lost; lost < 1 || all[0].Source != "gantry.emulator" {
		t.Errorf("lost are %d", lost)
	}
	if status, _, body := r.call(http.MethodGet, "/_gantry/events?since="+first.ID, "", ""); status != http.StatusBadRequest || !strings.Contains(body, "not kept") {
		t.Errorf("after an event that is gone: %d %.200s", status, body)
	}
}

// TestEventsOutliveTheProcess is that no event is lost or told twice when the
// process ends, in whatever way: a world that is taken up from its file as it
// stands tells what the other one tells.
func TestEventsOutliveTheProcess(t *testing.T) {
	w := newWatch()
	dir := t.TempDir()
	open := func(dir string) *rig {
		r := attach(t, emulator.Options{Dir: dir, Seed: 7, Now: w.Now})
		r.watch = w
		return r
	}
	r := open(dir)
	r.events("")
	r.cluster()
	r.service(3)
	for n := range 3 {
		crashed := t.TempDir() // as after a kill: the file is what was written so far
		path := filepath.Join(emulator.DefaultWorld, "world.db")
		if err := os.MkdirAll(filepath.Join(crashed, emulator.DefaultWorld), 0o700); err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		if err == nil {
			err = os.WriteFile(filepath.Join(crashed, path), data, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		other := open(crashed)
		w.pass(time.Minute)
		want, got := ids(r.events("")), ids(other.events(""))
		if !slices.Equal(want, got) {
			t.Errorf("after crash %d: %d events, want %d, from %s", n, len(got), len(want), firstOther(want, got))
		}
		if unique := slices.Compact(slices.Sorted(slices.Values(got))); len(unique) != len(got) {
			t.Errorf("after crash %d: %d of %d events are told twice", n, len(got)-len(unique), len(got))
		}
		must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("demo"), Service: aws.String("web"),
			DesiredCount: aws.Int32(int32(4 + n)), ForceNewDeployment: true}))
		w.pass(time.Minute)
		r.describe()
	}
	want := ids(r.events(""))
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	if got := ids(open(dir).events("")); !slices.Equal(got, want) {
		t.Errorf("after the world was closed there are %d events, want %d", len(got), len(want))
	}
}

func firstOther(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprint("number ", i)
		}
	}
	return "the end"
}

// TestImageEvents is that a push is told.
func TestImageEvents(t *testing.T) {
	r := ephemeral(t)
	server := httptest.NewServer(r.a.Handler())
	defer server.Close()
	r.events("")
	must[*ecr.CreateRepositoryOutput](t)(r.ecr.CreateRepository(t.Context(), &ecr.CreateRepositoryInput{RepositoryName: aws.String("team/app")}))
	ref := must[name.Reference](t)(name.ParseReference(strings.TrimPrefix(server.URL, "http://")+"/team/app:v1", name.Insecure))
	image := must[v1.Image](t)(random.Image(500, 1))
	if err := remote.Write(ref, image, remote.WithContext(t.Context())); err != nil {
		t.Fatal(err)
	}
	_, _, body := r.call(http.MethodGet, "/_gantry/events", "", "")
	digest := must[v1.Hash](t)(image.Digest())
	if want := `"detail":{"action-type":"PUSH","image-digest":"` + digest.String() + `","image-tag":"v1","repository-name":"team/app","result":"SUCCESS"}`; !strings.Contains(body, want) ||
		!strings.Contains(body, `"detail-type":"ECR Image Action","source":"aws.ecr"`) {
		t.Errorf("the push is told as %s, want %s", body, want)
	}
}
