package emulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"go.etcd.io/bbolt"

	"gantry/emulator"
)

// everything is what a client can see of the cluster "demo".
func (r *rig) everything() string {
	r.t.Helper()
	var all bytes.Buffer
	ask := func(target, body string) string {
		status, _, answer := r.call(http.MethodPost, "/", target, body)
		if status != http.StatusOK {
			r.t.Fatalf("%s: %s", target, answer)
		}
		var pretty bytes.Buffer
		if err := json.Indent(&pretty, []byte(answer), "", " "); err != nil {
			r.t.Fatal(err)
		}
		all.WriteString(target + "\n" + pretty.String() + "\n")
		return answer
	}
	ask(targetECS+"DescribeClusters", `{"clusters":["demo"],"include":["SETTINGS","TAGS","STATISTICS"]}`)
	ask(targetECS+"DescribeServices", `{"cluster":"demo","services":["web"],"include":["TAGS"]}`)
	ask(targetECS+"ListServiceDeployments", `{"cluster":"demo","service":"web"}`)
	ask(targetECS+"DescribeTaskDefinition", `{"taskDefinition":"web"}`)
	for _, status := range []string{"RUNNING", "STOPPED"} {
		listed := ask(targetECS+"ListTasks", `{"cluster":"demo","desiredStatus":"`+status+`"}`)
		var tasks struct{ TaskArns []string }
		if err := json.Unmarshal([]byte(listed), &tasks); err != nil {
			r.t.Fatal(err)
		}
		if len(tasks.TaskArns) > 0 {
			ask(targetECS+"DescribeTasks", `{"cluster":"demo","tasks":["`+strings.Join(tasks.TaskArns, `","`)+`"]}`)
		}
	}
	ask(targetLogs+"DescribeLogStreams", `{"logGroupName":"/ecs/web"}`)
	ask(targetLogs+"FilterLogEvents", `{"logGroupName":"/ecs/web"}`)
	return all.String()
}

// copyWorld copies a world's file as a crash would leave it.
func copyWorld(t *testing.T, from, to string) {
	t.Helper()
	source, err := os.Open(filepath.Join(from, "world.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	if err := os.MkdirAll(to, 0o700); err != nil {
		t.Fatal(err)
	}
	target, err := os.Create(filepath.Join(to, "world.db"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(target, source); err != nil {
		t.Fatal(err)
	}
	if err := target.Close(); err != nil {
		t.Fatal(err)
	}
}

// A crash in the middle of a deployment loses nothing: the copy of the file
// goes on as the world itself does.
func TestCrashLosesNothing(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Seed: 3})
	r.cluster()
	r.service(4)
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("demo"), Service: aws.String("web"), ForceNewDeployment: true, DesiredCount: aws.Int32(6),
	}))
	r.watch.pass(7 * time.Second)
	copyWorld(t, filepath.Join(dir, "default"), filepath.Join(dir, "crashed"))

	again := attach(t, emulator.Options{Dir: dir, World: "crashed", Now: r.watch.Now})
	for _, pass := range []time.Duration{0, 20 * time.Second, 3 * time.Minute} {
		r.watch.pass(pass)
		if want, got := r.everything(), again.everything(); want != got {
			t.Fatalf("after %s the world that crashed is another one\nwant %s\ngot %s", pass, want, got)
		}
	}
}

// Closing and opening a world is not noticed, except by the clock.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	twin := attach(t, emulator.Options{Dir: dir, World: "twin", Seed: 3})
	twin.cluster()
	twin.service(3)

	watch := newWatch()
	first := attach(t, emulator.Options{Dir: dir, Seed: 3, Now: watch.Now})
	first.watch = watch
	first.cluster()
	first.service(3)
	for watch.Now().Before(twin.watch.Now()) {
		watch.pass(time.Second)
	}
	if err := first.a.Close(); err != nil {
		t.Fatal(err)
	}
	twin.watch.pass(time.Hour)
	watch.pass(time.Hour)
	second := attach(t, emulator.Options{Dir: dir, Seed: 99, Now: watch.Now})
	if want, got := twin.everything(), second.everything(); want != got {
		t.Errorf("the world that was closed is another one\nwant %s\ngot %s", want, got)
	}
}

// The same seed and the same requests at the same times are the same world.
func TestSameSeedSameWorld(t *testing.T) {
	var worlds []string
	for range 2 {
		r := attach(t, emulator.Options{Ephemeral: true, Seed: 11})
		r.cluster()
		r.service(3)
		worlds = append(worlds, r.everything())
	}
	if worlds[0] != worlds[1] {
		t.Error("two worlds with one seed differ")
	}
	other := attach(t, emulator.Options{Ephemeral: true, Seed: 12})
	other.cluster()
	other.service(3)
	if other.everything() == worlds[0] {
		t.Error("two worlds with different seeds are the same")
	}
}

// A file that cannot be used is an error that names it, and stays as it is.
func TestDamagedFiles(t *testing.T) {
	good := func(t *testing.T) []byte {
		dir := t.TempDir()
		watch := newWatch()
		a, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir, Now: watch.Now})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(filepath.Join(dir, "default", "world.db"))
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	tests := map[string]struct {
		content func(t *testing.T) []byte
		says    string
	}{
		"cut in half":     {func(t *testing.T) []byte { b := good(t); return b[:len(b)/2] }, "cut off"},
		"cut to a page":   {func(t *testing.T) []byte { return good(t)[:4096] }, "cut off"},
		"cut to a little": {func(t *testing.T) []byte { return good(t)[:100] }, ""},
		"text":            {func(*testing.T) []byte { return []byte("this is no world\n") }, "not a gantry world"},
		"zeros":           {func(*testing.T) []byte { return make([]byte, 1<<16) }, "not a gantry world"},
		"damaged head": {func(t *testing.T) []byte {
			b := good(t)
			for i := range 2 * 4096 {
				b[i] ^= 0x55
			}
			return b
		}, "not a gantry world"},
		"damaged middle": {func(t *testing.T) []byte {
			b := good(t)
			for i := 2 * 4096; i < len(b); i++ {
				b[i] ^= 0x55
			}
			return b
		}, "damaged"},
		"another database": {func(t *testing.T) []byte {
			return database(t, func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("other")); return err })
		}, "not a gantry world"},
		"a newer format": {func(t *testing.T) []byte {
			return database(t, func(tx *bbolt.Tx) error {
				meta, err := tx.CreateBucket([]byte("meta"))
				if err != nil {
					return err
				}
				return meta.Put([]byte("format"), []byte("99"))
			})
		}, "format version 99"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "default", "world.db")
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			before := tt.content(t)
			if err := os.WriteFile(path, before, 0o600); err != nil {
				t.Fatal(err)
			}
			a, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir, Now: newWatch().Now})
			if err == nil {
				_ = a.Close()
				t.Fatal("the world was opened")
			}
			if !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error %q, want the path and %q", err, tt.says)
			}
			after, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

func database(t *testing.T, fill func(*bbolt.Tx) error) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "db")
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(fill); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A refused request that had begun to change the world leaves nothing behind.
func TestRefusedRequestChangesNothing(t *testing.T) {
	r := attach(t, emulator.Options{Seed: 3})
	r.cluster()
	r.service(2)
	before := r.everything()
	_, err := r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("demo"), Service: aws.String("web"), DesiredCount: aws.Int32(-3),
	})
	wantRefusal(t, err, "InvalidParameterException", "desired count")
	_, err = r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: aws.String("demo"), TaskDefinition: aws.String("web:7")})
	wantRefusal(t, err, "ClientException", "TaskDefinition not found.")
	if after := r.everything(); after != before {
		t.Errorf("a refused request changed the world\nbefore %s\nafter %s", before, after)
	}
}

// Streams and lines of tasks outlive the tasks and the process.
func TestLogsOutliveTasks(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir, Seed: 3})
	r.cluster()
	r.service(2)
	r.watch.pass(time.Minute)
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{
		Cluster: aws.String("demo"), Service: aws.String("web"), DesiredCount: aws.Int32(0),
	}))
	r.steady()
	r.watch.pass(3 * time.Hour)
	must[*ecs.DescribeServicesOutput](t)(r.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("demo"), Services: []string{"web"}}))
	stopped := must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: aws.String("demo"), DesiredStatus: "STOPPED"}))
	if len(stopped.TaskArns) != 0 {
		t.Fatalf("%d stopped tasks are still there", len(stopped.TaskArns))
	}
	filter := &cloudwatchlogs.FilterLogEventsInput{LogGroupName: aws.String("/ecs/web")}
	before := must[*cloudwatchlogs.FilterLogEventsOutput](t)(r.logs.FilterLogEvents(t.Context(), filter))
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	after := must[*cloudwatchlogs.FilterLogEventsOutput](t)(again.logs.FilterLogEvents(t.Context(), filter))
	if len(before.Events) < 10 || len(before.Events) != len(after.Events) {
		t.Fatalf("%d events before, %d after", len(before.Events), len(after.Events))
	}
	for i := range before.Events {
		if *before.Events[i].EventId != *after.Events[i].EventId || *before.Events[i].Message != *after.Events[i].Message {
			t.Fatalf("event %d changed", i)
		}
	}
}
