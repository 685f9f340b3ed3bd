package simulate_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// tasksFeature is standalone tasks, tasks that somebody stops, what tasks need,
// and the order of a task's life.
func tasksFeature() feature {
	return feature{
		name: "tasks",
		verbs: []verb{
			{"run", 2, func(w *world, r *rand.Rand) []simulate.Command {
				run := &scheduler.RunTask{TaskDefinition: w.definition("job"), Count: 1 + r.IntN(6)}
				decorate(w, run, func(f *feature) []decoration[scheduler.RunTask] { return f.runs })
				if run.TaskDefinition.NetworkMode == ecs.NetworkAWSVPC {
					run.NetworkConfiguration = subnets()
				}
				return one(scheduler.Command{RunTask: run})
			}},
			{"start", 1, func(w *world, r *rand.Rand) []simulate.Command {
				id, ok := pickOne(r, w.instanceIDs())
				if !ok {
					return nil
				}
				return one(scheduler.Command{StartTask: &scheduler.StartTask{TaskDefinition: w.definition("job"), Instances: []ecs.ContainerInstanceID{id, "nowhere"}}})
			}},
			{"stop", 2, func(w *world, r *rand.Rand) []simulate.Command {
				id, ok := pickOne(r, w.running(scheduler.TaskFilter{}))
				if !ok {
					return nil
				}
				return one(scheduler.Command{StopTask: &scheduler.StopTask{ID: id}})
			}},
		},
		definitions: []decoration[ecs.TaskDefinition]{
			{"size", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
				d.Containers[0].CPUUnits, d.Containers[0].MemoryMiB = 64<<r.IntN(4), 64<<r.IntN(5)
			}},
			{"stopTimeout", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
				d.Containers[0].StopTimeout = ecs.Seconds(time.Duration(r.IntN(2)) * 5 * time.Second)
			}},
			{"image", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
				if r.IntN(6) == 0 {
					d.Containers[0].Image = ownRegistry + "/none:1"
				}
			}},
			{"side", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
				if r.IntN(3) == 0 {
					side := testDefinition("side", 1, fates[r.IntN(len(fates))]).Containers[0]
					side.Name, side.Essential, side.PortMappings = "side", r.IntN(3) == 0, nil
					d.Containers = append(d.Containers, side)
				}
			}},
		},
		watch: func(l *laws) watcher { return watcher{task: l.checkTask} },
	}
}

// definition is the next revision of a family.
func (w *world) definition(family string) ecs.TaskDefinition {
	w.revisions[family]++
	d := testDefinition(family, w.revisions[family], "")
	decorate(w, &d, func(f *feature) []decoration[ecs.TaskDefinition] { return f.definitions })
	return d
}

var order = []ecs.TaskStatus{
	ecs.TaskProvisioning, ecs.TaskPending, ecs.TaskActivating, ecs.TaskRunning,
	ecs.TaskDeactivating, ecs.TaskStopping, ecs.TaskDeprovisioning, ecs.TaskStopped,
}

// checkTask: a task's status only goes on, and it stops for a reason.
func (l *laws) checkTask(id ecs.TaskID, t *ecs.Task, before *seen) {
	if before == nil {
		if t.DesiredStatus == ecs.TaskStopped && t.StopCode == ecs.ServiceSchedulerInitiated {
			l.fail("task %s was started and stopped in one moment", id)
		}
	} else if slices.Index(order, t.LastStatus) < slices.Index(order, before.task.LastStatus) {
		l.fail("task %s went back from %s to %s", id, before.task.LastStatus, t.LastStatus)
	}
	if t.DesiredStatus != ecs.TaskStopped {
		if t.StopCode != "" || t.StoppedReason != "" || t.LastStatus == ecs.TaskStopped {
			l.fail("task %s is meant to run and has %s, %q, %s", id, t.LastStatus, t.StopCode, t.StoppedReason)
		}
		return
	}
	if t.StopCode == "" || t.StoppedReason == "" {
		l.fail("task %s stops without a reason: %q %q", id, t.StopCode, t.StoppedReason)
	}
}
