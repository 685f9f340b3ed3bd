package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// placementFeature is placement strategies and constraints of services.
func placementFeature() feature {
	return feature{
		name: "placement",
		services: []decoration[scheduler.CreateService]{{"placed", func(_ *world, c *scheduler.CreateService, r *rand.Rand) {
			s := &c.Service
			if s.SchedulingStrategy == ecs.Daemon || s.LaunchType == ecs.LaunchFargate {
				return
			}
			switch r.IntN(6) {
			case 0:
				s.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "memory"}}
			case 1:
				s.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Random}}
			case 2:
				s.PlacementConstraints = []ecs.PlacementConstraint{{Type: ecs.DistinctInstance}}
			case 3:
				s.PlacementConstraints = []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "attribute:stack == prod"}}
			}
		}}},
	}
}
