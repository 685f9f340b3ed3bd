package life_test

import (
	"fmt"

	"gantry/ecs"
	"gantry/engine/life"
)

func Example() {
	def := ecs.TaskDefinition{Containers: []ecs.ContainerDefinition{{
		Name: "job", Essential: true, DockerLabels: map[string]string{life.FateLabel: "pull=4s start=1s exit=3 after=20s"},
	}}}
	l := life.PlanOf(&def).Begin(nil, one{}, birth, false)
	var step life.Step
	for at, ok := l.Next(); ok; at, ok = l.Next() {
		if l.Take(&step); step.Pull {
			l.Pulled([]life.Image{{Digest: "sha256:abc"}})
		}
		fmt.Println(at.Sub(birth), told(&step))
	}
	// Output:
	// 200ms pull started
	// 4.2s pull stopped
	// 5.2s job RUNNING, task RUNNING
	// 25.2s job STOPPED with exit code 3, task STOPPED, EssentialContainerExited: Essential container in task exited
}
