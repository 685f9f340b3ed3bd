package workflow

import (
	"slices"
	"strings"
	"testing"

	"gantry/ecs"
)

// Reasons as ECS and its agent word them (ECS semantics 5.3).
func TestAdviceFitsTheReason(t *testing.T) {
	code := func(n int) *int { return &n }
	s := &Session{CommandPrefix: "gantry --local"}
	for _, tt := range []struct {
		group StopGroup
		want  string
	}{
		{StopGroup{Reason: "CannotPullContainerError: web:2: not found"}, "gantry --local list images"},
		{StopGroup{Reason: "ResourceInitializationError: failed to validate logger args: The specified log group does not exist."}, "awslogs-create-group"},
		{StopGroup{Reason: "ResourceInitializationError: unable to pull secrets or registry auth"}, "execution role"},
		{StopGroup{Reason: "OutOfMemoryError: Container killed due to memory usage", ExitCode: code(137)}, "memory"},
		{StopGroup{StopCode: ecs.EssentialContainerExited, ExitCode: code(137)}, "memory"},
		{StopGroup{StopCode: ecs.EssentialContainerExited, ExitCode: code(127)}, "command"},
		{StopGroup{Reason: `CannotStartContainerError: exec: "/bin/wbe": no such file or directory`}, "command"},
		{StopGroup{StopCode: ecs.EssentialContainerExited, ExitCode: code(139)}, "crashed"},
		{StopGroup{StopCode: ecs.ServiceSchedulerInitiated, Reason: "Task failed container health checks"}, "health check"},
		{StopGroup{StopCode: ecs.ServiceSchedulerInitiated, Reason: "Task failed ELB health checks in (target-group x)"}, "target group"},
		{StopGroup{StopCode: ecs.EssentialContainerExited, ExitCode: code(1), Example: "abcd"}, "gantry --local logs abcd --cluster prod"},
		{StopGroup{StopCode: ecs.UserInitiated, Reason: "enough"}, ""},
	} {
		got := s.adviseStop("prod", tt.group)
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s %s: %q, want %q in it", tt.group.StopCode, tt.group.Reason, got, tt.want)
		}
	}
}

func TestCounted(t *testing.T) {
	got := counted([]string{"a", "b", "a", "a"})
	if !slices.Equal(got, []string{"3 × a", "b"}) || counted(nil) != nil {
		t.Errorf("got %v", got)
	}
}
