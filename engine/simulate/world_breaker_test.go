package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// breakerFeature is the deployment circuit breaker, and service deployments that
// somebody stops.
func breakerFeature() feature {
	return feature{
		name: "breaker",
		verbs: []verb{{"rollback", 1, func(w *world, r *rand.Rand) []simulate.Command {
			all := w.sim.Cluster().ServiceDeployments(names[r.IntN(len(names))])
			if len(all) == 0 {
				return nil
			}
			return one(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: all[0].ARN}})
		}}},
		configurations: []decoration[ecs.DeploymentConfiguration]{{"breaker", func(_ *world, d *ecs.DeploymentConfiguration, r *rand.Rand) {
			d.CircuitBreaker = ecs.CircuitBreaker{Enable: r.IntN(2) == 0, Rollback: r.IntN(2) == 0}
		}}},
	}
}
