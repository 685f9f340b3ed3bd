package simulate_test

import (
	"math/rand/v2"
	"time"

	"gantry/ecs"
)

// healthChecksFeature is container health checks.
func healthChecksFeature() feature {
	return feature{
		name: "health checks",
		definitions: []decoration[ecs.TaskDefinition]{{"healthCheck", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
			if r.IntN(2) == 0 {
				d.Containers[0].HealthCheck = &ecs.HealthCheck{
					Interval: ecs.Seconds(5 * time.Second), Retries: 2, StartPeriod: ecs.Seconds(time.Duration(r.IntN(2)) * 10 * time.Second),
				}
			}
		}}},
	}
}
