package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// daemonFeature makes the service agent one of the scheduling strategy DAEMON.
func daemonFeature() feature {
	return feature{
		name: "daemon",
		services: []decoration[scheduler.CreateService]{{"daemon", func(_ *world, c *scheduler.CreateService, _ *rand.Rand) {
			if c.Service.Name == "agent" {
				c.Service.SchedulingStrategy, c.Service.DesiredCount, c.Service.DeploymentConfiguration = ecs.Daemon, 0, ecs.DeploymentConfiguration{}
			}
		}}},
		watch: watchDaemons,
	}
}

// checkDaemon checks that no instance has a daemon task twice. One on a draining
// instance, which stays to the last, is beside the bounds.
func (l *laws) checkDaemon(s *ecs.Service, _ string) {
	if s.SchedulingStrategy != ecs.Daemon || s.Status != ecs.ServiceActive {
		return
	}
	on := map[ecs.ARN]ecs.TaskID{}
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning}) {
		where := l.tasks[id].task.ContainerInstanceARN
		if other, twice := on[where]; twice {
			l.fail("daemon tasks %s and %s run on one instance", id, other)
		}
		on[where] = id
	}
}
