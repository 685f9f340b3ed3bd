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
			n := &trunkLaws{laws: l, since: map[ecs.ContainerInstanceID]time.Time{}}
			return watcher{moment: n.moment}
		},
	}
}

// trunkLaws watch instances that join and leave (ECS semantics 6.1).
type trunkLaws struct {
	*laws
	since map[ecs.ContainerInstanceID]time.Time
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
		case !known:
			l.since[id] = l.now
		case l.now.Sub(since) > 10*time.Second:
			l.fail("container instance %s is still %s", id, i.Status)
		}
		if i.RunningTasks+i.PendingTasks > 0 {
			l.fail("container instance %s is %s and has tasks", id, i.Status)
		}
	}
}
