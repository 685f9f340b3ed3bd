package scheduler_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

func protect(minutes *int, tasks ...ecs.TaskID) scheduler.Command {
	return scheduler.Command{UpdateTaskProtection: &scheduler.UpdateTaskProtection{Tasks: tasks, ProtectionEnabled: true, ExpiresInMinutes: minutes}}
}

func TestProtectionRefusals(t *testing.T) {
	b := newBench(t, 1)
	for message, cmd := range map[string]scheduler.Command{
		"tasks should have between 1 and 10 items, but had 0.":       protect(nil),
		"tasks should have between 1 and 10 items, but had 11.":      protect(nil, make([]ecs.TaskID, 11)...),
		"expiresInMinutes must be between 1 and 2880, but was 0.":    protect(ptr(0), "x"),
		"expiresInMinutes must be between 1 and 2880, but was 2881.": protect(ptr(2881), "x"),
	} {
		var refused *ecs.Error
		if _, err := b.apply(cmd); !errors.As(err, &refused) || refused.Code != ecs.CodeInvalidParameter || refused.Message != message {
			t.Errorf("%v, want %s", err, message)
		}
	}
}

// Protection outlives a save, and ends at its time.
func TestProtectionIsSaved(t *testing.T) {
	b := newBench(t, 2)
	b.must(create("web", 3))
	b.wait(time.Minute)
	tasks := b.Tasks(scheduler.TaskFilter{Service: "web"})
	b.must(protect(ptr(30), tasks[0], tasks[1]))
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(0)}})
	b.wait(time.Minute)
	var err error
	if b.Cluster, err = scheduler.Load(save(t, b.Cluster)); err != nil {
		t.Fatal(err)
	}
	running := func() []ecs.TaskID {
		return b.Tasks(scheduler.TaskFilter{Service: "web", DesiredStatus: ecs.TaskRunning})
	}
	b.wait(28*time.Minute + 50*time.Second)
	if now := running(); !slices.Equal(now, tasks[:2]) {
		t.Errorf("running: %v, want the first two of %v", now, tasks)
	}
	if _, periodic, ok := b.Next(); !ok || periodic {
		t.Error("nothing will happen, although the service waits for protected tasks")
	}
	b.wait(time.Minute)
	if now := running(); len(now) != 0 {
		t.Errorf("running after the protection has ended: %v", now)
	}
}
