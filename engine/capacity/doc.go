// Package capacity is the arithmetic of capacity providers: which provider of a
// strategy the next task goes to and which one loses a task, how full an Auto
// Scaling group is, and what managed scaling makes of that.
//
// It stands on the second floor and knows numbers only: no task, no container
// instance, no clock. engine/scheduler counts, asks, and does what it is told.
//
//	strategy := []ecs.CapacityProviderStrategyItem{
//		{CapacityProvider: "FARGATE", Base: 2, Weight: 1},
//		{CapacityProvider: "FARGATE_SPOT", Weight: 4},
//	}
//	capacity.Next(strategy, []int{2, 0}) // 1: the base is there, and four go to Spot for each one here
//
//	g := capacity.Group{Instances: 4, Empty: 1}
//	g.Reservation() // 75
//
// The rules are those of ECS semantics 6.4 and 6.5 [DG: Amazon ECS capacity
// providers; cluster auto scaling]. The package never chooses an instance, never
// starts or ends one, and keeps nothing but what Scaling holds.
package capacity
