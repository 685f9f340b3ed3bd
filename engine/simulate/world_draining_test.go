package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// drainingFeature is container instances that are drained and made ACTIVE again.
func drainingFeature() feature {
	set := func(status ecs.ContainerInstanceStatus) func(ecs.ContainerInstanceID, *rand.Rand) scheduler.Command {
		return func(id ecs.ContainerInstanceID, _ *rand.Rand) scheduler.Command {
			return scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: id, Status: status}}
		}
	}
	return feature{
		name:  "draining",
		verbs: []verb{{"drain", 1, onInstance(set(ecs.InstanceDraining))}, {"activate", 1, onInstance(set(ecs.InstanceActive))}},
		watch: func(l *laws) watcher {
			return watcher{task: func(id ecs.TaskID, t *ecs.Task, before *seen) {
				if before != nil {
					return
				}
				if i, ok := l.sim.Cluster().Instance(ecs.ContainerInstanceID(t.ContainerInstanceARN.Short())); ok && (i.Status != ecs.InstanceActive || !i.AgentConnected) {
					l.fail("task %s was placed on instance %s, which is %s (agent connected %v)", id, i.ID, i.Status, i.AgentConnected)
				}
			}}
		},
	}
}
