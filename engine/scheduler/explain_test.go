package scheduler_test

import (
	"bytes"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestExplainChangesNothing: whoever asks between two passes, when time alone has
// made a task healthy, changes neither what is saved now nor what comes of it.
func TestExplainChangesNothing(t *testing.T) {
	for name, make := range map[string]func(*bench){
		"rolling": func(b *bench) { b.must(create("web", 1)) },
		"task set": func(b *bench) {
			cmd := create("web", 1)
			cmd.CreateService.TaskDefinition = ecs.TaskDefinition{}
			cmd.CreateService.Service.DeploymentController = ecs.ControllerExternal
			b.must(cmd)
			b.must(scheduler.Command{CreateTaskSet: &scheduler.CreateTaskSet{
				Service: "web", TaskSet: ecs.TaskSet{Scale: ecs.Scale{Value: 100}}, TaskDefinition: definition(1),
			}})
		},
	} {
		asked, quiet := newBench(t, 2), newBench(t, 2)
		make(asked)
		make(quiet)
		for range 90 {
			asked.Explain("web")
			asked.DeploymentWait("web")
			if a, b := save(t, asked.Cluster), save(t, quiet.Cluster); !bytes.Equal(a, b) {
				t.Fatalf("%s: asked at %s:\n%s\nnot asked:\n%s", name, asked.now.Sub(birth), a, b)
			}
			asked.wait(time.Second)
			quiet.wait(time.Second)
		}
	}
}
