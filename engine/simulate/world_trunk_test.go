package simulate_test

import (
	"math/rand/v2"
	"time"

	"gantry/ecs"
)

// trunkFeature is container instances with a trunk network interface, which takes
// its time to come and to go.
func trunkFeature() feature {
	return feature{
		name: "trunks", share: 15,
		instances: []decoration[ecs.ContainerInstance]{{"trunk", func(_ *world, i *ecs.ContainerInstance, r *rand.Rand) {
			if r.IntN(3) == 0 {
				i.Attributes = append(i.Attributes, ecs.Attribute{Name: ecs.AttributeTrunkID, Value: "eni-1"})
			}
		}}},
		watch: func(l *laws) watcher {
			n := &trunkLaws{laws: l, since: map[ecs.ContainerInstanceID]passing{}}
			return watcher{moment: n.moment}
		},
	}
}

// trunkLaws watch instances that join and leave (ECS semantics 6.1).
type trunkLaws struct {
	*laws
	since map[ecs.ContainerInstanceID]passing
}

// passing is a status that an instance has for a while. One that is deregistered
// while it is REGISTERING goes from the one to the other.
type passing struct {
	status ecs.ContainerInstanceStatus
	from   time.Time
}

func (l *trunkLaws) moment(string) {
	for _, id := range (&world{sim: l.sim}).instanceIDs() {
		i, _ := l.sim.Cluster().Instance(id)
		if i.Status != ecs.InstanceRegistering && i.Status != ecs.InstanceDeregistering {
			delete(l.since, id)
			continue
		}
		since, known := l.since[id]
		switch {
		case !known || since.status != i.Status:
			l.since[id] = passing{i.Status, l.now}
		case l.now.Sub(since.from) > 10*time.Second:
			l.fail("container instance %s is still %s", id, i.Status)
		}
		if i.RunningTasks+i.PendingTasks > 0 {
			l.fail("container instance %s is %s and has tasks", id, i.Status)
		}
	}
}
