package simulate_test

import (
	"time"

	"gantry/ecs"
)

// interrupted: a Spot Instance that is told of its interruption, and drained for
// that, is there for two minutes more, and no longer (ECS semantics 6.5). Where
// anything else happened to the world meanwhile, that may have ended it.
func (x *capacityLaws) interrupted(when string) {
	if when != byItself || x.shrank() {
		clear(x.notices)
	}
	for id, at := range x.notices {
		i, ok := x.sim.Cluster().Instance(id)
		gone := !ok || i.Status == ecs.InstanceInactive
		switch {
		case gone && x.now.Sub(at) < spotNotice:
			x.fail("Spot Instance %s went %s after the notice of its interruption", id, x.now.Sub(at))
		case !gone && x.now.Sub(at) > spotNotice:
			x.fail("Spot Instance %s is still there %s after the notice of its interruption", id, x.now.Sub(at))
		}
		if gone {
			delete(x.notices, id)
		}
	}
	if when != "after interrupt" {
		return
	}
	for _, d := range x.deeds {
		if d.cmd.Schedule != nil { // of something that may happen by itself
			return
		}
	}
	for _, id := range x.instanceIDs() {
		if active, worked := x.busy[id]; worked && active && x.containerInstance(id).Status == ecs.InstanceDraining {
			x.notices[id] = x.now
		}
	}
}

// spotNotice is how long before its end the interruption is told.
const spotNotice = 2 * time.Minute

// shrank reports whether managed scaling has just let instances go.
func (x *capacityLaws) shrank() bool {
	for _, p := range x.sim.Cluster().CapacityProviders() {
		all := x.sim.Cluster().ScalingActivities(p.Name)
		if n := len(all); n > 0 && all[n-1].At.Equal(x.now) && all[n-1].To < all[n-1].From {
			return true
		}
	}
	return false
}
