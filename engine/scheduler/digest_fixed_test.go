package scheduler_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// pulling is a service whose tasks begin to pull and do not get any further by
// themselves.
type pulling struct {
	*bench
}

func newPulling(t *testing.T, consistency string, desired int) *pulling {
	b := &pulling{newBench(t, 2)}
	cmd := with(create("web", desired), func(c *scheduler.CreateService) {
		c.TaskDefinition.Containers[0].VersionConsistency = consistency
	})
	if _, err := b.Apply(b.now, cmd); err != nil {
		t.Fatal(err)
	}
	b.pass()
	return b
}

// pass lets some seconds go by in which nothing is obeyed.
func (b *pulling) pass() {
	b.now = b.now.Add(time.Minute)
	b.Advance(b.now)
}

// tasks are those that are meant to run, oldest first.
func (b *pulling) tasks() []ecs.TaskID {
	return b.Tasks(scheduler.TaskFilter{Service: "web", DesiredStatus: ecs.TaskRunning})
}

func (b *pulling) change(x scheduler.ChangeTask) {
	b.t.Helper()
	if _, err := b.Apply(b.now, scheduler.Command{ChangeTask: &x}); err != nil {
		b.t.Fatal(err)
	}
}

// pulled is the news that a task has pulled its image.
func (b *pulling) pulled(id ecs.TaskID, digest string) {
	b.t.Helper()
	b.change(scheduler.ChangeTask{ID: id, PullStarted: true})
	b.change(scheduler.ChangeTask{ID: id, PullStopped: true, Containers: []scheduler.ContainerChange{{Name: "app", ImageDigest: digest}}})
}

// fail ends the tasks that are there before they have pulled anything.
func (b *pulling) fail() {
	b.t.Helper()
	for _, id := range b.tasks() {
		b.change(scheduler.ChangeTask{ID: id, Status: ecs.TaskStopped, StopCode: ecs.TaskFailedToStart, StoppedReason: "CannotPullContainerError: no"})
	}
	b.pass()
}

// told is the digest that tasks are told to run, and that the revision shows.
func (b *pulling) told(id ecs.TaskID, want string) {
	b.t.Helper()
	r, _ := b.ServiceRevision(b.ServiceDeployments("web")[0].TargetServiceRevision.ARN)
	if got, shown := b.Ref(id).Digest("app"), r.ContainerImages[0].ImageDigest; got != want || shown != want {
		b.t.Errorf("a task is to run %q, and the revision shows %q: want %q", got, shown, want)
	}
}

// TestFirstDigestStays: of two tasks that pull at the same time, and find the tag
// to be two images, the first to be through decides (ECS semantics 4.11).
func TestFirstDigestStays(t *testing.T) {
	b := newPulling(t, "", 2)
	all := b.tasks()
	b.told(all[0], "")
	b.pulled(all[1], "sha256:one")
	b.pulled(all[0], "sha256:two")
	b.told(all[0], "sha256:one")
	if got, _ := b.Task(all[0]); got.Containers[0].ImageDigest != "sha256:two" {
		t.Errorf("the task that had begun runs %s", got.Containers[0].ImageDigest)
	}
}

// TestDigestAttempts: after three tasks that failed before anything was resolved
// a deployment goes on without, and not after two.
func TestDigestAttempts(t *testing.T) {
	for failures, want := range []string{"sha256:one", "sha256:one", "sha256:one", "", ""} {
		b := newPulling(t, "enabled", 1)
		for range failures {
			b.fail()
		}
		id := b.tasks()[0]
		b.pulled(id, "sha256:one")
		b.told(id, want)
	}
	b := newPulling(t, "", 1)
	b.pulled(b.tasks()[0], "sha256:one")
	for range 4 {
		b.fail() // what is resolved stays so
	}
	b.told(b.tasks()[0], "sha256:one")
}

// TestDigestConsistency: the setting is read in any case of letters, and turned
// off means that nothing is fixed.
func TestDigestConsistency(t *testing.T) {
	for consistency, want := range map[string]string{"": "sha256:one", "enabled": "sha256:one", "ENABLED": "sha256:one", "disabled": "", "DISABLED": ""} {
		b := newPulling(t, consistency, 1)
		id := b.tasks()[0]
		b.pulled(id, "sha256:one")
		b.told(id, want)
	}
}
