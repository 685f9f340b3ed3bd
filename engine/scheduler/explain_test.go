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

// TestExplainOfShift: while deployments stand side by side, how many tasks each is
// to keep is noted by the passes. Who asks before the next one changes none of it,
// also of a service that is deleted then.
func TestExplainOfShift(t *testing.T) {
	asked, quiet := newBench(t, 2), newBench(t, 2)
	both := func(do func(*bench)) {
		do(asked)
		do(quiet)
		asked.Explain("web")
		if a, b := save(t, asked.Cluster), save(t, quiet.Cluster); !bytes.Equal(a, b) {
			t.Fatalf("asked at %s:\n%s\nnot asked:\n%s", asked.now.Sub(birth), a, b)
		}
	}
	both(func(b *bench) {
		b.must(with(create("web", 2), func(c *scheduler.CreateService) {
			c.Service.DeploymentConfiguration = ecs.DeploymentConfiguration{Strategy: ecs.StrategyBlueGreen, MinimumHealthyPercent: 100, MaximumPercent: 200}
		}))
	})
	both(func(b *bench) { b.wait(20 * time.Second) })
	both(func(b *bench) {
		b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(3)}})
	})
	if s, _ := asked.Service("web"); s.Deployments[0].DesiredCount != 3 {
		t.Errorf("the deployment is to have %d tasks, want 3 as soon as that is asked for", s.Deployments[0].DesiredCount)
	}
	both(func(b *bench) {
		b.must(scheduler.Command{DeleteService: &scheduler.DeleteService{Name: "web", Force: true}})
	})
	both(func(b *bench) { b.wait(10 * time.Second) })
}
