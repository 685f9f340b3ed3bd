package simulate_test

import (
	"fmt"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
)

// taskWords:
//
//	> run job count=3 memory=2000 port=8080 check=yes interval=10s fate=exit=1,after=5s
//	> stop task1 reason=tired
//	> tasks                      every task, with its status→desired status
//
// What a definition has, memory to fate, stands with service and update too.
func taskWords() speech {
	return speech{
		words: []word{
			{"run", func(k *talk, a *arguments) {
				run := &scheduler.RunTask{TaskDefinition: k.definition(a.name(), a), Count: a.number("count", 1)}
				for _, s := range k.speech {
					if s.run != nil {
						s.run(k, a, run)
					}
				}
				k.failures(k.apply(scheduler.Command{RunTask: run}))
			}},
			{"stop", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{StopTask: &scheduler.StopTask{ID: k.taskID(a), Reason: a.text("reason")}})
			}},
			{"tasks", func(k *talk, _ *arguments) { k.tasks() }},
		},
		definition: func(_ *talk, a *arguments, d *ecs.TaskDefinition) {
			c := &d.Containers[0]
			c.DockerLabels[life.FateLabel] = strings.ReplaceAll(a.text("fate"), ",", " ")
			c.MemoryMiB = a.number("memory", c.MemoryMiB)
			c.PortMappings[0].HostPort = a.number("port", 0)
			if a.yes("check") {
				c.HealthCheck = &ecs.HealthCheck{Command: []string{"CMD", "true"}, Interval: ecs.Seconds(a.duration("interval", 10*time.Second)), Retries: 3}
			}
		},
	}
}

// taskID is the task that the line names.
func (k *talk) taskID(a *arguments) ecs.TaskID { return ecs.TaskID(k.full(a.name())) }

// failures tells which tasks were not placed, and why.
func (k *talk) failures(out scheduler.Outcome) {
	for _, f := range out.Failures {
		fmt.Fprintf(k.out, "  failure %s %s\n", k.short(f.ARN.Short()), f.Reason)
	}
}

// definition is the next revision of a family with one container.
func (k *talk) definition(family string, a *arguments) ecs.TaskDefinition {
	k.revisions[family]++
	d := testDefinition(family, k.revisions[family], "")
	for _, s := range k.speech {
		if s.definition != nil {
			s.definition(k, a, &d)
		}
	}
	return d
}

func (k *talk) tasks() {
	for _, id := range k.sim.Cluster().Tasks(scheduler.TaskFilter{}) {
		t, _ := k.sim.Cluster().Task(id)
		exit := ""
		if c := t.Containers[0]; c.ExitCode != nil {
			exit = fmt.Sprintf(" exit %d", *c.ExitCode)
		}
		where := ""
		if t.ContainerInstanceARN != "" {
			where = k.name("instance", t.ContainerInstanceARN.Short())
		}
		fmt.Fprintf(k.out, "  %s %s %s→%s %s %s %s %s%s\n", k.name("task", string(id)), t.TaskDefinitionARN.Short(), t.LastStatus,
			t.DesiredStatus, t.HealthStatus, where, t.StopCode, k.short(t.StoppedReason), exit)
	}
}
