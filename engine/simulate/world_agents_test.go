package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// agentsFeature is agents that are disconnected and connected again: news about
// tasks and orders to them wait meanwhile.
func agentsFeature() feature {
	connected := func(id ecs.ContainerInstanceID, yes bool) scheduler.Command {
		return scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id, Connected: yes}}
	}
	return feature{
		name: "agents",
		verbs: []verb{
			{"disconnect", 1, onInstance(func(id ecs.ContainerInstanceID, _ *rand.Rand) scheduler.Command { return connected(id, false) })},
			{"connect", 1, onInstance(func(id ecs.ContainerInstanceID, _ *rand.Rand) scheduler.Command { return connected(id, true) })},
		},
		finally: func(w *world) (all []simulate.Command) {
			for _, id := range w.instanceIDs() {
				all = append(all, one(connected(id, true))...)
			}
			return all
		},
	}
}
