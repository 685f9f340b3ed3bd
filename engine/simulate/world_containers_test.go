package simulate_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
)

// containersFeature is tasks of several containers that wait for each other, and
// restart policies; and the laws of how the containers of a task fare (ECS
// semantics 5).
func containersFeature() feature {
	return feature{
		name: "containers", share: 25,
		definitions: []decoration[ecs.TaskDefinition]{
			{"others", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
				for i := range r.IntN(3) {
					c := testDefinition("side", 1, fates[r.IntN(len(fates))]).Containers[0]
					c.Name, c.Essential, c.PortMappings = []string{"init", "proxy"}[i], r.IntN(2) == 0, nil
					c.CPUUnits, c.MemoryMiB = 16, 16
					c.StartTimeout = ecs.Seconds(time.Duration(r.IntN(2)) * 30 * time.Second)
					if r.IntN(2) == 0 {
						c.HealthCheck = &ecs.HealthCheck{Interval: ecs.Seconds(5 * time.Second), Retries: 2}
					}
					d.Containers = append(d.Containers, c)
				}
			}},
			{"restartPolicy", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
				for i := range d.Containers {
					if c := &d.Containers[i]; r.IntN(6) == 0 {
						c.RestartPolicy = &ecs.RestartPolicy{Enabled: true, RestartAttemptPeriod: ecs.Seconds(time.Minute), IgnoredExitCodes: []int{137}}
						c.DockerLabels = map[string]string{life.FateLabel: []string{"exit=1 after=90s", "exit=137 after=90s", "exit=0 after=30s"}[r.IntN(3)]}
					}
				}
			}},
			{"dependsOn", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
				for i := 1; i < len(d.Containers); i++ {
					on := &d.Containers[i]
					switch condition := []string{"", "", "START", "COMPLETE", "SUCCESS", "HEALTHY"}[r.IntN(6)]; {
					case condition == "":
						continue
					case condition == "COMPLETE" || condition == "SUCCESS":
						// Else it would wait for ever, as it would on ECS.
						on.Essential, on.RestartPolicy = false, nil
						on.DockerLabels = map[string]string{life.FateLabel: []string{"exit=0 after=5s", "exit=1 after=20s"}[r.IntN(2)]}
						d.Containers[0].DependsOn = append(d.Containers[0].DependsOn, ecs.Dependency{ContainerName: on.Name, Condition: condition})
					default:
						d.Containers[0].DependsOn = append(d.Containers[0].DependsOn, ecs.Dependency{ContainerName: on.Name, Condition: condition})
					}
				}
			}},
		},
		watch: func(l *laws) watcher {
			return watcher{task: func(id ecs.TaskID, t *ecs.Task, before *seen) {
				l.checkTimes(id, t)
				if before != nil {
					l.checkContainers(id, t, &before.task)
				}
			}}
		},
	}
}

// checkTimes: the times of a task's life are in order, and a code for an end
// fits to how far it came.
func (l *laws) checkTimes(id ecs.TaskID, t *ecs.Task) {
	last := t.CreatedAt
	for _, at := range []time.Time{t.PullStartedAt, t.PullStoppedAt, t.StartedAt, t.StoppingAt, t.ExecutionStoppedAt, t.StoppedAt} {
		if at.IsZero() {
			continue
		}
		if at.Before(last) {
			l.fail("task %s has times out of order: %s after %s", id, at, last)
		}
		last = at
	}
	if t.StopCode == ecs.TaskFailedToStart && !t.StartedAt.IsZero() {
		l.fail("task %s failed to start and was RUNNING", id)
	}
	if t.StopCode == ecs.EssentialContainerExited && !slices.ContainsFunc(t.Containers, func(c ecs.Container) bool { return c.ExitCode != nil }) {
		l.fail("task %s ended with an essential container, and none has exited", id)
	}
	if t.LastStatus == ecs.TaskRunning && slices.ContainsFunc(t.Containers, func(c ecs.Container) bool { return c.LastStatus == ecs.TaskPending }) {
		l.fail("task %s is RUNNING with a container that is not started", id)
	}
}

// checkContainers: containers start when what they wait for is the case, and a
// task that ends stops them in the reverse order.
func (l *laws) checkContainers(id ecs.TaskID, t, before *ecs.Task) {
	def := l.sim.Cluster().Ref(id).Definition()
	find := func(name string) *ecs.Container {
		return &t.Containers[slices.IndexFunc(t.Containers, func(c ecs.Container) bool { return c.Name == name })]
	}
	for i := range def.Containers {
		d, now, was := &def.Containers[i], &t.Containers[i], &before.Containers[i]
		if was.LastStatus == ecs.TaskStopped && now.LastStatus != ecs.TaskStopped || was.ExitCode != nil && *now.ExitCode != *was.ExitCode {
			l.fail("task %s: container %s was stopped and lives again", id, d.Name)
		}
		started := was.LastStatus == ecs.TaskPending && now.RuntimeID != ""
		for _, x := range d.DependsOn {
			on := find(x.ContainerName)
			if started && !meets(on, x.Condition) {
				l.fail("task %s: container %s was started before %s of %s", id, d.Name, x.Condition, on.Name)
			}
			stops := on.ExitCode != nil && before.Containers[slices.IndexFunc(t.Containers, func(c ecs.Container) bool { return c.Name == on.Name })].ExitCode == nil
			if stops && now.LastStatus == ecs.TaskRunning && !endsItself(def, on.Name) && !l.otherFates() {
				l.fail("task %s: container %s was stopped, and %s needs it", id, on.Name, d.Name)
			}
		}
	}
}

// meets reports whether what a container waited for could have been the case a
// moment ago. HEALTHY is looked at before the start alone.
func meets(on *ecs.Container, condition string) bool {
	switch condition {
	case "COMPLETE":
		return on.ExitCode != nil
	case "SUCCESS":
		return on.ExitCode != nil && *on.ExitCode == 0
	}
	return on.RuntimeID != ""
}

// otherFates reports whether a fault may have given containers another fate than
// their task definition says.
func (l *laws) otherFates() bool { return l.accepted["otherFate"]+l.accepted["other fate"] > 0 }

func endsItself(def *ecs.TaskDefinition, name string) bool {
	return slices.ContainsFunc(def.Containers, func(d ecs.ContainerDefinition) bool {
		fate := d.DockerLabels[life.FateLabel]
		return d.Name == name && (strings.Contains(fate, "exit=") || strings.Contains(fate, "oom"))
	})
}
