package bench_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"gantry/emulator"
	"gantry/internal/bench"
)

// TestRun is that every operation can be measured, against an emulator in this
// process. How fast it is is nobody's business here.
func TestRun(t *testing.T) {
	world, err := emulator.New(emulator.Options{Ephemeral: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := world.Close(); err != nil {
			t.Error(err)
		}
	})
	server := httptest.NewServer(world)
	t.Cleanup(server.Close)
	var out, talk strings.Builder
	o := bench.Options{Endpoint: server.URL, Against: "no-such-emulator", Instances: 6, Clients: 2, Tasks: 20, Services: 4,
		For: 20 * time.Millisecond, Out: &out, Talk: &talk}
	if err := bench.Run(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"6 container instances, 24 tasks, 4 services; 2 clients", "endpoint: --sync never", "ListTasks", "DescribeTasks(100)",
		"DescribeServices(10)", "RegisterTaskDefinition", "CreateService", "RunTask(10)", "tasks/s through RunTask(10)"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("there is no %q in:\n%s", want, out.String())
		}
	}
	if !strings.Contains(talk.String(), "no-such-emulator is not installed") {
		t.Errorf("that the other emulator is missing is not told: %s", talk.String())
	}

	o.Only, o.Against = []string{"ListTask"}, "none"
	if err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), `"ListTask" is not measured here; ListTasks, `) {
		t.Errorf("an operation that there is not: %v", err)
	}
	o.Only, o.Instances = nil, 1 // with too little room for the tasks
	o.Tasks = 1000
	if err := bench.Run(t.Context(), o); err == nil || !strings.Contains(err.Error(), "on no container instance") && !strings.Contains(err.Error(), "instead of") {
		t.Errorf("tasks that were not placed: %v", err)
	}
}
