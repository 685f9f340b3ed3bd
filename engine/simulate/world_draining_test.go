package simulate_test

import (
	"math/rand/v2"
	"slices"
	"strings"

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
			// A scheduled fault may close an instance in the moment in which a task
			// was placed there, so what counts is how it was before, too.
			open := map[ecs.ContainerInstanceID]bool{}
			return watcher{
				task: func(id ecs.TaskID, t *ecs.Task, before *seen) {
					if before != nil {
						return
					}
					if i := l.instanceOf(t); i != nil && !open[i.ID] && !takesTasks(i) {
						l.fail("task %s was placed on instance %s, which is %s (agent connected %v)", id, i.ID, i.Status, i.AgentConnected)
					}
				},
				moment: func(string) {
					clear(open)
					for _, id := range l.instanceIDs() {
						open[id] = takesTasks(l.containerInstance(id))
					}
				},
				rest: l.checkDrained,
			}
		},
	}
}

func takesTasks(i *ecs.ContainerInstance) bool {
	return i.Status == ecs.InstanceActive && i.AgentConnected
}

// checkDrained: a service that is steady has no task on a DRAINING instance (ECS
// semantics 4.6, 6.2), but for a daemon that is the last to stop there.
func (l *laws) checkDrained() {
	c := l.sim.Cluster()
	for _, id := range l.live {
		t := &l.tasks[id].task
		i, ok := c.Instance(ecs.ContainerInstanceID(t.ContainerInstanceARN.Short()))
		if !ok || i.Status != ecs.InstanceDraining || t.DesiredStatus != ecs.TaskRunning {
			continue
		}
		name := c.Ref(id).Service()
		if s, _ := c.Service(name); s.SchedulingStrategy == ecs.Daemon {
			continue
		}
		if slices.ContainsFunc(c.Standing(name), func(m string) bool { return strings.HasSuffix(m, "has reached a steady state.") }) {
			l.fail("service %s is steady, and its task %s is on instance %s, which is DRAINING", name, id, i.ID)
		}
	}
}
