package cmd

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/emulator"
)

// exampleWorld is a world that was made from one of the examples, on a clock of the
// test's own.
type exampleWorld struct {
	t      *testing.T
	client *awsapi.Client
	mu     sync.Mutex
	now    time.Time
}

func (w *exampleWorld) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// pass lets real time pass in steps, as a world sees it that somebody watches.
func (w *exampleWorld) pass(d time.Duration) {
	w.t.Helper()
	for range 20 {
		w.mu.Lock()
		w.now = w.now.Add(d / 20)
		w.mu.Unlock()
		if _, err := w.client.Clock(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func openExample(t *testing.T, name string) *exampleWorld {
	t.Helper()
	f, talk := testFactory()
	file, err := f.readWorldFile(filepath.Join("..", "examples", "worlds", name))
	if err != nil || talk.Len() > 0 {
		t.Fatalf("%v\n%s", err, talk)
	}
	w := &exampleWorld{t: t, now: time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)}
	o := &serveOptions{f: f, described: file, ephemeral: true}
	options, err := o.fromFile(emulator.Options{Ephemeral: true, Dir: t.TempDir(), Now: w.clock})
	if err != nil {
		t.Fatal(err)
	}
	world, err := emulator.Attach(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	if w.client, err = awsapi.New(t.Context(), awsapi.Options{Transport: world.RoundTripper()}); err != nil {
		t.Fatal(err)
	}
	if err := o.loadWorld(t.Context(), w.client, true); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *exampleWorld) running(cluster, service string) int {
	w.t.Helper()
	found, _, err := w.client.DescribeServices(w.t.Context(), cluster, []string{service})
	if err != nil || len(found) != 1 {
		w.t.Fatalf("%+v %v", found, err)
	}
	return found[0].RunningCount
}

// faults are the statuses of the faults, by name.
func (w *exampleWorld) faults() map[string]ecs.FaultStatus {
	w.t.Helper()
	list, err := w.client.Faults(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	out := map[string]ecs.FaultStatus{}
	for _, f := range list {
		out[f.Name] = f.Status
	}
	return out
}

func TestExampleThreeZones(t *testing.T) {
	w := openExample(t, "three-zones.yaml")
	w.pass(15 * time.Second) // fifteen minutes
	if web, worker := w.running("shop", "web"), w.running("shop", "worker"); web != 6 || worker != 4 {
		t.Errorf("%d and %d tasks run, want 6 and 4", web, worker)
	}
	var health struct {
		TargetHealthDescriptions []json.RawMessage
	}
	var groups struct {
		TargetGroups []struct{ TargetGroupArn string }
	}
	call := func(service, operation string, in, out any) {
		t.Helper()
		if err := w.client.Call(t.Context(), service, operation, in, out); err != nil {
			t.Fatal(err)
		}
	}
	call("elasticloadbalancing", "DescribeTargetGroups", struct{}{}, &groups)
	call("elasticloadbalancing", "DescribeTargetHealth", map[string]string{"TargetGroupArn": groups.TargetGroups[0].TargetGroupArn}, &health)
	if n := len(health.TargetHealthDescriptions); n != 6 {
		t.Errorf("the targets are %+v", health)
	}
	call("ssm", "GetParameter", map[string]string{"Name": "/shop/log-level"}, nil)
	call("secretsmanager", "DescribeSecret", map[string]string{"SecretId": "shop/database"}, nil)
	var alarms struct {
		MetricAlarms []struct{ AlarmName, StateValue string }
	}
	call("cloudwatch", "DescribeAlarms", struct{}{}, &alarms)
	if len(alarms.MetricAlarms) != 1 || alarms.MetricAlarms[0].AlarmName != "web-cpu" {
		t.Errorf("the alarms are %+v", alarms)
	}
	if err := w.client.Call(t.Context(), "ecs", "ListNothing", struct{}{}, nil); err == nil || !strings.Contains(err.Error(), "ListNothing") {
		t.Errorf("an operation that is not there: %v", err)
	}
}

func TestExampleBlackFriday(t *testing.T) {
	w := openExample(t, "black-friday.yaml")
	began, err := w.client.Clock(t.Context())
	if err != nil || !began.Now.Equal(time.Date(2026, 11, 27, 5, 0, 0, 0, time.UTC)) || began.SpeedText != "60" {
		t.Errorf("the clock begins at %+v %v", began, err)
	}
	zones := func() map[string]int {
		tasks, _, err := w.client.DescribeTasks(t.Context(), "shop", w.tasks("shop"))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]int{}
		for i := range tasks {
			out[tasks[i].AvailabilityZone]++
		}
		return out
	}
	w.pass(5 * time.Second)
	if got := zones(); w.running("shop", "checkout") != 9 || got["us-east-1a"] != 3 {
		t.Errorf("before the zone is lost the tasks are in %v", got)
	}
	if got := w.faults(); got["sale"] != ecs.FaultPending || got["nervous-agent"] != ecs.FaultPending {
		t.Errorf("the faults are %v", got)
	}
	w.pass(15 * time.Second)
	if got := zones(); w.running("shop", "checkout") != 9 || got["us-east-1a"] != 0 {
		t.Errorf("without the zone the tasks are in %v", got)
	}
	if got := w.faults(); got["sale"] != ecs.FaultActive || got["sold-out"] != ecs.FaultActive {
		t.Errorf("the faults are %v", got)
	}
	w.pass(50 * time.Second)
	if got := w.faults(); len(got) != 0 {
		t.Errorf("in the end these faults are left: %v", got)
	}
}

// tasks are the tasks of a cluster that are to run.
func (w *exampleWorld) tasks(cluster string) []string {
	w.t.Helper()
	list, err := w.client.ListTasks(w.t.Context(), &awsecs.ListTasksInput{Cluster: &cluster})
	if err != nil {
		w.t.Fatal(err)
	}
	var out []string
	for _, arn := range list {
		out = append(out, string(arn))
	}
	return out
}

func TestExampleCrashLoop(t *testing.T) {
	w := openExample(t, "crash-loop.yaml")
	if n := w.running("demo", "api"); n != 3 {
		t.Errorf("%d tasks run, want 3", n)
	}
	definition := map[string]any{"family": "api", "containerDefinitions": []map[string]any{{
		"name": "api", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/api:v2", "memory": 256,
	}}}
	if err := w.client.Call(t.Context(), "ecs", "RegisterTaskDefinition", definition, nil); err != nil {
		t.Fatal(err)
	}
	if err := w.client.Call(t.Context(), "ecs", "UpdateService", map[string]string{"cluster": "demo", "service": "api", "taskDefinition": "api"}, nil); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		found, _, err := w.client.DescribeServices(t.Context(), "demo", []string{"api"})
		if err != nil {
			t.Fatal(err)
		}
		if s := &found[0]; len(s.Deployments) == 1 && s.RunningCount == 3 && s.TaskDefinition.Short() == "api:1" {
			return
		}
		w.pass(10 * time.Second)
	}
	found, _, err := w.client.DescribeServices(t.Context(), "demo", []string{"api"})
	t.Errorf("the deployment of v2 was not rolled back: %+v %v", found, err)
}

func TestExampleThrottledAPI(t *testing.T) {
	w := openExample(t, "throttled-api.yaml")
	w.pass(10 * time.Second)
	if n := w.running("default", "web"); n != 2 {
		t.Errorf("%d tasks run, want 2", n)
	}
	if got := w.faults(); len(got) != 3 || got["throttled"] != ecs.FaultActive {
		t.Errorf("the faults are %v", got)
	}
}

// Every example that ships has a test of its own here.
func TestExamplesAreTested(t *testing.T) {
	files, err := filepath.Glob("../examples/worlds/*")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("examples_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if !strings.Contains(string(text), `openExample(t, "`+filepath.Base(file)+`")`) {
			t.Errorf("%s has no test", file)
		}
	}
}

// A world that is not fresh is left alone, and one that cannot be made stays fresh.
func TestWorldFileAllOrNothing(t *testing.T) {
	w := openExample(t, "throttled-api.yaml")
	f, talk := testFactory()
	file, err := f.readWorldFile("../examples/worlds/crash-loop.yaml")
	if err != nil {
		t.Fatal(err)
	}
	o := &serveOptions{f: f, described: file, worldFile: "crash-loop.yaml", ephemeral: true}
	if err := o.loadWorld(t.Context(), w.client, false); err != nil || !strings.Contains(talk.String(), "is not fresh, so crash-loop.yaml was not loaded") {
		t.Errorf("%v: %s", err, talk)
	}
	if err := w.client.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	text := "clusters: [{clusterName: demo}]\ninstances:\n  - {type: t3.medium, zones: [mars]}\n"
	if err := os.WriteFile(bad, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if file, err = f.readWorldFile(bad); err != nil {
		t.Fatal(err)
	}
	err = f.makeWorld(context.WithoutCancel(t.Context()), w.client, file, "")
	if err == nil || !strings.Contains(err.Error(), "bad.yaml:3:5") || !strings.Contains(err.Error(), "mars") {
		t.Errorf("the error is %v", err)
	}
	if fresh, err := isFresh(t.Context(), w.client); err != nil || !fresh {
		t.Errorf("afterwards the world is fresh: %v %v", fresh, err)
	}
}
