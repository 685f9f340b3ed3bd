package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/life"
)

// fates, the ordinary one most often.
var fates = []string{
	"", "", "", "", "start=3s", "pull=20s", "exit=1", "exit=1 chance=0.5", "exit=137 after=50s chance=0.3", "exit=0 after=2m chance=0.5",
	"fail=start chance=0.4", "fail=pull", "sigterm=ignore", "stop=9s", "unhealthy=40s chance=0.5", "sick", "sick chance=0.4", "healthy=25s",
}

// fatesFeature is containers that fail, or take their time.
func fatesFeature() feature {
	return feature{
		name: "fates",
		definitions: []decoration[ecs.TaskDefinition]{{"fate", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
			d.Containers[0].DockerLabels[life.FateLabel] = fates[r.IntN(len(fates))]
		}}},
	}
}
