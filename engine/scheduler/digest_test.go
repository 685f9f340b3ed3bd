package scheduler_test

import (
	"bytes"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestNewsOfARetiredDeployment: a task that is slow to stop outlives its deployment.
// What its image stands for is no news any more, before a save and after it.
func TestNewsOfARetiredDeployment(t *testing.T) {
	for name, end := range map[string]scheduler.Command{
		"replaced": {UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: ptr(definition(2))}},
		"deleted":  {DeleteService: &scheduler.DeleteService{Name: "web", Force: true}},
	} {
		b := newBench(t, 4)
		b.must(create("web", 1))
		b.wait(2 * time.Minute)
		old := b.Tasks(scheduler.TaskFilter{Service: "web"})[0]
		change := func(c *scheduler.ChangeTask) {
			if _, err := b.Apply(b.now, scheduler.Command{ChangeTask: c}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Apply(b.now, end); err != nil {
			t.Fatal(err)
		}
		for range 30 {
			b.now = b.now.Add(5 * time.Second)
			for _, d := range b.Advance(b.now) {
				switch {
				case d.Start != "":
					change(&scheduler.ChangeTask{ID: d.Start, Status: ecs.TaskRunning})
				case d.Stop != "":
					change(&scheduler.ChangeTask{ID: d.Stop, Status: ecs.TaskStopping})
				}
			}
		}
		if x, _ := b.Task(old); x.LastStatus != ecs.TaskStopping {
			t.Fatalf("%s: the old task is %s", name, x.LastStatus)
		}
		loaded, err := scheduler.Load(save(t, b.Cluster))
		if err != nil {
			t.Fatal(err)
		}
		news := scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: old, Containers: []scheduler.ContainerChange{{Name: "app", ImageDigest: "sha256:1"}}}}
		for _, c := range []*scheduler.Cluster{b.Cluster, loaded} {
			if _, err := c.Apply(b.now, news); err != nil {
				t.Fatal(err)
			}
		}
		if !bytes.Equal(save(t, b.Cluster), save(t, loaded)) {
			t.Errorf("%s: a cluster that was loaded goes on in another way", name)
		}
	}
}
