package simulate_test

import (
	"slices"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// explainFeature: a service that says it is steady waits for nothing, and one
// that is not can say what for. That somebody asks changes nothing: when the world
// is played again, nobody does.
func explainFeature() feature {
	return feature{name: "explain", watch: func(l *laws) watcher {
		return watcher{service: func(s *ecs.Service, _ string) {
			if l.moments%16 == 0 {
				l.sim.Cluster().Explain(s.Name)
			}
		}, rest: func() {
			c := l.sim.Cluster()
			if _, periodic, ok := l.sim.Next(); ok && !periodic {
				return // it was cut off on its way
			}
			for _, name := range c.Services() {
				e, _ := c.Explain(name)
				steady := slices.Contains(c.Standing(name), "has reached a steady state.")
				switch {
				case c.Restless(name): // news of it may be on the way to its next pass
				case len(l.deploymentsOf(name)) == 0: // one without task sets is nothing yet
				case steady && slices.ContainsFunc(e.Waits, func(w scheduler.Wait) bool {
					return w.Kind != scheduler.WaitZone // then it would only be more even with a place
				}):
					l.fail("service %s is steady and waits: %s", name, e.Waits[0].String())
				case !steady && len(e.Waits) == 0:
					l.fail("service %s is not steady and does not say why: %d healthy of at least %d, %d of at most %d",
						name, e.Healthy, e.Floor, e.Total, e.Ceiling)
				}
			}
		}}
	}}
}

// placedFeature: each task knows why it is where it is.
func placedFeature() feature { return feature{name: "placed", watch: watchPlaced} }

// deploymentsOf are the deployments or the task sets of a service.
func (l *laws) deploymentsOf(name ecs.ServiceName) (ids []ecs.DeploymentID) {
	s, _ := l.sim.Cluster().Service(name)
	for _, d := range s.Deployments {
		ids = append(ids, d.ID)
	}
	for _, x := range s.TaskSets {
		ids = append(ids, x.ID)
	}
	return ids
}
