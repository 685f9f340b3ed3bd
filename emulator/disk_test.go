//go:build unix

package emulator_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/emulator"
	"gantry/internal/hint"
)

// fullVariable names the folder of a world for the process that has no room.
const fullVariable = "GANTRY_TEST_FULL"

// A disk that is full: the writer is told, what was answered stays, the world
// answers on, and takes changes again when there is room.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	alone(t, "TestWithoutRoom")
}

// A disk that is full before the world is made leaves nothing behind that could not
// be opened.
func TestFullDiskFromTheBeginning(t *testing.T) {
	t.Parallel()
	alone(t, "TestWithoutAnyRoom")
}

// alone runs a test in a process of its own, whose files may be bounded.
func alone(t *testing.T, test string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$", "-test.v") //nolint:gosec // this program itself
	command.Env = append(os.Environ(), fullVariable+"="+t.TempDir())
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: "+test) {
		t.Errorf("%v\n%s", err, out)
	}
}

// room bounds how large a file of this process may be: what is written beyond
// fails, as on a disk that is full.
func room(t *testing.T, bytes uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	limit.Cur = min(bytes, limit.Max)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
}

const plenty = 1 << 40

func large(family string) *ecs.RegisterTaskDefinitionInput {
	return &ecs.RegisterTaskDefinitionInput{Family: &family, ContainerDefinitions: []types.ContainerDefinition{{
		Name: aws.String("app"), Image: aws.String("x:1"), Memory: aws.Int32(16), DockerLabels: map[string]string{"filler": strings.Repeat("x", 30_000)},
	}}}
}

// TestWithoutRoom is what TestFullDisk runs.
func TestWithoutRoom(t *testing.T) {
	dir := os.Getenv(fullVariable)
	if dir == "" {
		t.Skip("it is run by TestFullDisk")
	}
	r := attach(t, emulator.Options{Dir: dir, SyncAlways: true})
	r.cluster()
	r.service(2)
	room(t, 512<<10)
	answered := 0
	var err error
	for ; err == nil && answered < 1000; answered++ {
		_, err = r.ecs.RegisterTaskDefinition(t.Context(), large(fmt.Sprintf("family-%d", answered)))
	}
	answered--
	refusedWith(t, "InsufficientStorageException", err)
	for _, says := range []string{"The disk that holds the world is full", "nothing of this was kept", "StatusCode: 507"} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("error %q does not say %q", err, says)
		}
	}
	if strings.Contains(err.Error(), "exceeded maximum number of attempts") {
		t.Errorf("it was tried again: %v", err)
	}
	// The world goes on answering, and small changes may still fit.
	before := r.revisions(t)
	if before != answered+1 {
		t.Errorf("%d task definitions, but %d were answered", before, answered+1)
	}
	for n := range 3 {
		_, err = r.ecs.RegisterTaskDefinition(t.Context(), large(fmt.Sprintf("another-%d", n)))
		if err == nil {
			answered++
		} else {
			refusedWith(t, "InsufficientStorageException", err)
		}
	}
	if got := r.revisions(t); got != answered+1 {
		t.Errorf("%d task definitions, but %d were answered", got, answered+1)
	}
	out := must[*ecs.DescribeServicesOutput](t)(r.ecs.DescribeServices(t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("demo"), Services: []string{"web"}}))
	if out.Services[0].RunningCount != 2 {
		t.Errorf("%d tasks run", out.Services[0].RunningCount)
	}

	room(t, plenty)
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), large("another")))
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	if got := again.revisions(t); got != answered+2 {
		t.Errorf("%d task definitions after it was opened again, want %d", got, answered+2)
	}
}

// revisions counts the task definitions.
func (r *rig) revisions(t *testing.T) int {
	t.Helper()
	count := 0
	pages := ecs.NewListTaskDefinitionsPaginator(r.ecs, nil)
	for pages.HasMorePages() {
		count += len(must[*ecs.ListTaskDefinitionsOutput](t)(pages.NextPage(t.Context())).TaskDefinitionArns)
	}
	return count
}

// TestWithoutAnyRoom is what TestFullDiskFromTheBeginning runs.
func TestWithoutAnyRoom(t *testing.T) {
	dir := os.Getenv(fullVariable)
	if dir == "" {
		t.Skip("it is run by TestFullDiskFromTheBeginning")
	}
	for _, bytes := range []uint64{0, 8 << 10, 16 << 10} {
		room(t, bytes)
		a, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir, World: "small", Now: time.Now})
		if err == nil {
			_ = a.Close()
			t.Fatalf("a world fits into %d bytes", bytes)
		}
		if !strings.Contains(err.Error(), "the disk that holds the world is full") {
			t.Errorf("%d bytes: %v", bytes, err)
		}
		room(t, plenty)
		if a, err = emulator.Attach(t.Context(), emulator.Options{Dir: dir, World: "small", Now: time.Now}); err != nil {
			t.Fatalf("after %d bytes: %v", bytes, err)
		}
		if err := a.Close(); err != nil {
			t.Error(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "small")); err != nil {
			t.Fatal(err)
		}
	}
}

// A folder that cannot be written to is told by its name, with what to do, and
// what is in it stays.
func TestReadOnlyFolder(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("the superuser may write everywhere")
	}
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir})
	r.cluster()
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	world := filepath.Join(dir, emulator.DefaultWorld)
	for path, mode := range map[string]os.FileMode{filepath.Join(world, "world.db"): 0o400, world: 0o500, dir: 0o500} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(path, 0o700) })
	}
	for _, name := range []string{emulator.DefaultWorld, "fresh"} {
		_, err := emulator.Attach(t.Context(), emulator.Options{Dir: dir, World: name, Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), filepath.Join(dir, name)) || !strings.Contains(hint.Of(err), "set GANTRY_HOME to one that can be written") {
			t.Errorf("%s: %v (%s)", name, err, hint.Of(err))
		}
	}
	for _, path := range []string{dir, world, filepath.Join(world, "world.db")} {
		if err := os.Chmod(path, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	again := attach(t, emulator.Options{Dir: dir, Now: r.watch.Now})
	if out := must[*ecs.ListClustersOutput](t)(again.ecs.ListClusters(t.Context(), nil)); len(out.ClusterArns) != 1 {
		t.Errorf("clusters %v", out.ClusterArns)
	}
}
