package simulate_test

import (
	"math/rand/v2"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/simulate"
)

// fates, the ordinary one most often.
var fates = []string{
	"", "", "", "", "start=3s", "pull=20s", "exit=1", "exit=1 chance=0.5", "exit=137 after=50s chance=0.3", "exit=0 after=2m chance=0.5",
	"fail=start chance=0.4", "fail=pull", "sigterm=ignore", "stop=9s", "unhealthy=40s chance=0.5", "sick", "sick chance=0.4", "healthy=25s",
}

// rareFates are the others.
var rareFates = []string{
	"oom after=40s chance=0.3", "fail=create", "fail=timeout chance=0.5", "fail=secrets", "fail=eni chance=0.5", "fail=logs chance=0.5", "fail=stop",
	"ready=15s", "unready=45s chance=0.5", "flap=60s/50s chance=0.3", "flap=40s/20s code=timeout chance=0.5",
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

// rareFatesFeature is fates that are seldom, and faults that change the fates of
// tasks that live.
func rareFatesFeature() feature {
	return feature{
		name: "rare fates", share: 20,
		verbs: []verb{
			{"otherFate", 1, func(w *world, r *rand.Rand) []simulate.Command {
				return []simulate.Command{{Fault: &simulate.Fault{
					For: ecs.Seconds(time.Duration(10+r.IntN(200)) * time.Second),
					OtherFate: &simulate.OtherFate{
						Service: []ecs.ServiceName{"", names[r.IntN(len(names))]}[r.IntN(2)],
						Fate:    []string{"pull=90s", "exit=1 after=20s chance=0.5", "flap=30s/30s chance=0.5", "sick", "unready=10s", "fail=pull", "sigterm=ignore"}[r.IntN(7)],
					},
				}}}
			}},
		},
		definitions: []decoration[ecs.TaskDefinition]{{"rareFate", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
			if r.IntN(2) == 0 {
				d.Containers[0].DockerLabels[life.FateLabel] = rareFates[r.IntN(len(rareFates))]
			}
		}}},
	}
}
