package simulate_test

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// containerWords:
//
//	> container db essential=no fate=exit=0,after=5s interval=10s   one more for the next task definition, beside app
//	> run job dependsOn=db:HEALTHY,init:SUCCESS restart=60s ignored=0 stopTimeout=5s startTimeout=20s network=awsvpc
//	> containers task1                                              with the time each was started and stopped, and its task's times
//	> otherfate crash service=web for=5m fate=exit=1,after=10s      a fault; container=, family= and image= too; > end crash
func containerWords() speech {
	var others []ecs.ContainerDefinition
	return speech{
		words: []word{
			{"container", func(_ *talk, a *arguments) {
				c := testDefinition("", 1, "").Containers[0]
				c.Name, c.PortMappings, c.CPUUnits, c.MemoryMiB = a.name(), nil, 16, 16
				c.Essential = a.text("essential") != "no"
				c.DockerLabels[life.FateLabel] = strings.ReplaceAll(a.text("fate"), ",", " ")
				if interval := a.duration("interval", 0); interval > 0 {
					c.HealthCheck = &ecs.HealthCheck{Interval: ecs.Seconds(interval), Retries: a.number("retries", 3)}
				}
				settle(a, &c)
				others = append(others, c)
			}},
			{"containers", func(k *talk, a *arguments) { k.containers(k.taskID(a)) }},
			{"otherfate", func(k *talk, a *arguments) {
				k.fault(simulate.Command{Fault: &simulate.Fault{Name: a.name(), For: ecs.Seconds(a.duration("for", 0)), OtherFate: &simulate.OtherFate{
					Service: ecs.ServiceName(a.text("service")), Family: ecs.Family(a.text("family")), Image: a.text("image"), Container: a.text("container"),
					Fate: strings.ReplaceAll(a.text("fate"), ",", " "),
				}}})
			}},
		},
		definition: func(_ *talk, a *arguments, d *ecs.TaskDefinition) {
			settle(a, &d.Containers[0])
			if mode := a.text("network"); mode != "" {
				d.NetworkMode = ecs.NetworkMode(mode)
			}
			d.Containers, others = append(d.Containers, others...), nil
		},
		run: func(_ *talk, _ *arguments, r *scheduler.RunTask) {
			if r.TaskDefinition.NetworkMode == ecs.NetworkAWSVPC {
				r.NetworkConfiguration = subnets()
			}
		},
	}
}

// settle reads what all containers may have.
func settle(a *arguments, c *ecs.ContainerDefinition) {
	for x := range strings.SplitSeq(a.text("dependsOn"), ",") {
		if on, condition, ok := strings.Cut(x, ":"); ok {
			c.DependsOn = append(c.DependsOn, ecs.Dependency{ContainerName: on, Condition: condition})
		}
	}
	if a.has("restart") {
		c.RestartPolicy = &ecs.RestartPolicy{Enabled: true, RestartAttemptPeriod: ecs.Seconds(a.duration("restart", 0))}
		for x := range strings.SplitSeq(a.text("ignored"), ",") {
			if code, err := strconv.Atoi(x); err == nil {
				c.RestartPolicy.IgnoredExitCodes = append(c.RestartPolicy.IgnoredExitCodes, code)
			}
		}
	}
	c.StartTimeout, c.StopTimeout = ecs.Seconds(a.duration("startTimeout", 0)), ecs.Seconds(a.duration("stopTimeout", 0))
}

func (k *talk) fault(cmd simulate.Command) {
	if _, err := k.sim.Apply(k.now, cmd); err != nil {
		fmt.Fprintf(k.out, "  refused: %s\n", err)
	}
}

// containers tells how the containers of a task are, and the times of the task.
func (k *talk) containers(id ecs.TaskID) {
	t, _ := k.sim.Cluster().Task(id)
	for _, c := range t.Containers {
		text := fmt.Sprintf("%s %s %s", c.Name, c.LastStatus, c.HealthStatus)
		started, stopped := k.sim.Cluster().Ref(id).Span(c.Name)
		if !started.IsZero() {
			text += fmt.Sprintf(", started %s", started.Sub(birth).Round(time.Millisecond))
		}
		if !stopped.IsZero() {
			text += fmt.Sprintf(", stopped %s", stopped.Sub(birth).Round(time.Millisecond))
		}
		if c.ExitCode != nil {
			text += fmt.Sprintf(", exit code %d", *c.ExitCode)
		}
		if c.Reason != "" {
			text += ", " + c.Reason
		}
		fmt.Fprintf(k.out, "  %s\n", text)
	}
	var times []string
	for _, at := range []struct {
		name string
		at   time.Time
	}{
		{"createdAt", t.CreatedAt}, {"connectivityAt", t.ConnectivityAt}, {"pullStartedAt", t.PullStartedAt}, {"pullStoppedAt", t.PullStoppedAt}, {"startedAt", t.StartedAt},
		{"stoppingAt", t.StoppingAt}, {"executionStoppedAt", t.ExecutionStoppedAt}, {"stoppedAt", t.StoppedAt},
	} {
		if !at.at.IsZero() {
			times = append(times, at.name+" "+at.at.Sub(birth).Round(time.Millisecond).String())
		}
	}
	for _, a := range t.Attachments {
		times = append(times, "attachment "+a.Status)
	}
	fmt.Fprintf(k.out, "  task %s %s %s: %s\n", t.LastStatus, t.HealthStatus, t.StopCode, strings.Join(times, ", "))
}
