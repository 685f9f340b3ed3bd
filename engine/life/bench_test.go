package life_test

import (
	"testing"

	"gantry/ecs"
	"gantry/engine/life"
)

// BenchmarkPlain is the life of a task with one ordinary container, up to
// RUNNING.
func BenchmarkPlain(b *testing.B) {
	plan := life.PlanOf(&ecs.TaskDefinition{Containers: []ecs.ContainerDefinition{{Name: "app", Essential: true}}})
	images := make([]life.Image, 1)
	var x life.Step
	b.ReportAllocs()
	for b.Loop() {
		l := plan.Begin(nil, one{}, birth, false)
		for _, ok := l.Next(); ok; _, ok = l.Next() {
			if l.Take(&x); x.Pull {
				l.Pulled(images)
			}
		}
		if x.Status != ecs.TaskRunning {
			b.Fatalf("the last step is %+v", x)
		}
	}
}
