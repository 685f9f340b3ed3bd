package emulator_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/emulator"
)

// A fate that cannot be read is refused when it comes, and registers nothing.
func TestFatesAreRead(t *testing.T) {
	r := attach(t, emulator.Options{Ephemeral: true})
	for fate, says := range map[string]string{
		"exti=1":         `unknown key "exti"`,
		"exit=many":      `exit is "many"`,
		"error='no end":  "quote",
		"{\"exit\": [1]": "JSON",
		"chance=2":       `chance is "2"`,
		"period=1ms":     `period is "1ms", want 100ms or more`,
		"flap=1ns/1ns":   "want two durations of 1s or more",
		"exit=0 oom":     "leave out exit=0 or oom",
	} {
		in := webDefinition(nil)
		in.ContainerDefinitions[0].DockerLabels = map[string]string{"gantry.fate": fate}
		_, err := r.ecs.RegisterTaskDefinition(t.Context(), in)
		if err == nil || !strings.Contains(err.Error(), "ClientException") || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), "gantry.fate") {
			t.Errorf("fate %q: error %v, want gantry.fate and %q", fate, err, says)
		}
	}
	in := webDefinition(nil)
	in.ContainerDefinitions[0].DockerLabels = map[string]string{"gantry.fate": "exit=1 after=3s chance=0.5", "other": "exti=1"}
	out := must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), in))
	if out.TaskDefinition.Revision != 1 || out.TaskDefinition.Status != types.TaskDefinitionStatusActive {
		t.Errorf("revision %d, %s", out.TaskDefinition.Revision, out.TaskDefinition.Status)
	}
}
