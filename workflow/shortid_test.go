package workflow_test

import (
	"strings"
	"testing"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/workflow"
)

// TestShortIDs is that the beginning of an id names what has it, and nothing when
// several have.
func TestShortIDs(t *testing.T) {
	play(t, func(t *testing.T, f *fake, s *workflow.Session) {
		arn := func(kind, id string) ecs.ARN {
			return ecs.ARN("arn:aws:ecs:us-east-1:123456789012:" + kind + "/default/" + id)
		}
		one, other := "26ee935c"+strings.Repeat("0", 24), "26ee935c"+strings.Repeat("1", 24)
		f.tasks = []ecs.Task{
			{ARN: arn("task", one), DesiredStatus: ecs.TaskRunning},
			{ARN: arn("task", other), DesiredStatus: ecs.TaskStopped},
		}
		f.instances = []ecs.ContainerInstance{{ARN: arn("container-instance", one)}, {ARN: arn("container-instance", other)}}
		for _, id := range []string{"26ee935c0", "26ee935c1", one, other, string(arn("task", other))} {
			task, err := s.Task(t.Context(), "", id)
			if err != nil || !strings.HasPrefix(task.ARN.Short(), ecs.ARN(id).Short()) {
				t.Errorf("task %s is %s, %v", id, task.ARN, err)
			}
		}
		if instance, err := s.Instance(t.Context(), "", "26ee935c1"); err != nil || instance.ARN.Short() != other {
			t.Errorf("the container instance is %s, %v", instance.ARN, err)
		}
		_, ofTask := s.Task(t.Context(), "", "26ee935c")
		_, ofInstance := s.Instance(t.Context(), "", "26ee935c")
		for _, err := range []error{ofTask, ofInstance} {
			if err == nil || hint.KindOf(err) != hint.Usage || !strings.Contains(err.Error(), one) || !strings.Contains(err.Error(), other) {
				t.Errorf("of two that begin so: %v", err)
			}
		}
		for _, id := range []string{"00000000", "26ee935"} {
			if _, err := s.Task(t.Context(), "", id); hint.KindOf(err) != hint.NotFound {
				t.Errorf("task %s: %v", id, err)
			}
		}
	})
}
