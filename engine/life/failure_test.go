package life_test

import (
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
)

// TestFailures: every way to fail, with what the task and the container say of
// it (ECS semantics 5.3).
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		fate   string
		code   ecs.StopCode
		reason string // of the task
		own    string // of the container
		at     time.Duration
	}{
		{"fail=eni", ecs.TaskFailedToStart, "TaskFailedToStart: Unexpected EC2 error", "", 1500 * time.Millisecond},
		{"fail=secrets", ecs.TaskFailedToStart, "ResourceInitializationError: unable to pull secrets or registry auth: ", "", 5200 * time.Millisecond},
		{"fail=notfound", ecs.TaskFailedToStart, "ResourceNotFoundException: ", "", 5200 * time.Millisecond},
		{"fail=auth", ecs.TaskFailedToStart, "ResourceInitializationError: The task cannot pull registry authentication from Amazon ECR: There is a connection issue", "", 5200 * time.Millisecond},
		{"fail=init", ecs.TaskFailedToStart, "ResourceInitializationError: ", "", 5200 * time.Millisecond},
		{"fail=internal", ecs.TaskFailedToStart, "InternalError: ", "", 5200 * time.Millisecond},
		{"fail=task", ecs.TaskFailedToStart, "Task failed to start", "", 5200 * time.Millisecond},
		{"fail=task error='no luck'", ecs.TaskFailedToStart, "Task failed to start: no luck", "", 5200 * time.Millisecond},
		{"fail=pull", ecs.TaskFailedToStart, "CannotPullContainerError: Error response from daemon: ", "same", 5200 * time.Millisecond},
		{"fail=create", ecs.TaskFailedToStart, "CannotCreateContainerError: Error response from daemon: ", "same", 6200 * time.Millisecond},
		{"fail=volume", ecs.TaskFailedToStart, "CannotCreateVolumeError: ", "same", 6200 * time.Millisecond},
		{"fail=timeout", ecs.TaskFailedToStart, "DockerTimeoutError: Could not transition to created; timed out after waiting 4m0s", "same", 4*time.Minute + 5200*time.Millisecond},
		{"fail=runtime", ecs.TaskFailedToStart, "ContainerRuntimeError: ", "same", 6200 * time.Millisecond},
		{"fail=logs", ecs.TaskFailedToStart, "ResourceInitializationError: failed to initialize logging driver: ", "same", 6200 * time.Millisecond},
		{"fail=start error='exec: \"x\": not found'", ecs.TaskFailedToStart, "CannotStartContainerError: Error response from daemon: exec: \"x\": not found", "same", 6200 * time.Millisecond},
		{"fail=inspect", ecs.TaskFailedToStart, "CannotInspectContainerError: ", "same", 35200 * time.Millisecond},
		{"fail=start-timeout", ecs.TaskFailedToStart, "DockerTimeoutError: Could not transition to started; timed out after waiting 3m0s", "same", 3*time.Minute + 5200*time.Millisecond},
		{"fail=runtime-timeout", ecs.TaskFailedToStart, "ContainerRuntimeTimeoutError: Could not transition to running; timed out after waiting 1m", "same", time.Minute + 5200*time.Millisecond},
		{"fail=stop", "", "", "CannotStopContainerError: Error response from daemon: ", 10*time.Minute + 30200*time.Millisecond},
		{"fail=stuck", "", "", "TaskStateError: Agent could not progress task's state to stopped", 10*time.Minute + 30200*time.Millisecond},
		{"oom after=1m", ecs.EssentialContainerExited, "Essential container in task exited", "OutOfMemoryError: Container killed due to memory usage", 66200 * time.Millisecond},
		{"exit=143 after=1m", ecs.EssentialContainerExited, "Essential container in task exited", "", 66200 * time.Millisecond},
	} {
		def := ecs.TaskDefinition{Containers: []ecs.ContainerDefinition{{
			Name: "app", Essential: true, DockerLabels: map[string]string{life.FateLabel: c.fate + " pull=5s start=1s"},
		}}}
		if c.fate == "fail=eni" {
			def.NetworkMode = ecs.NetworkAWSVPC
		}
		steps, open := lived(&def, 1, false, 10*time.Minute, time.Hour, nil)
		var code ecs.StopCode
		var reason, own string
		at := time.Duration(-1)
		for _, x := range steps {
			if x.StopCode != "" {
				code, reason, at = x.StopCode, x.StoppedReason, x.At.Sub(birth)
			}
			for _, n := range x.Containers {
				if n.Reason != "" {
					own = n.Reason
				}
				if n.Reason != "" && x.StopCode == "" {
					at = x.At.Sub(birth)
				}
			}
		}
		same := c.own == "same" && own == reason || c.own == "" && own == "" || c.own != "" && strings.HasPrefix(own, c.own)
		if open || code != c.code || !strings.HasPrefix(reason, c.reason) || !same || at != c.at {
			t.Errorf("%s: after %s %s, %q; the container: %q", c.fate, at, code, reason, own)
		}
	}
}
