// Package rollout is the arithmetic of one service's deployments: how many
// tasks each of them starts and stops next, when a deployment is complete or
// blocked, when its circuit breaker trips and how long a failing one waits.
//
// It stands on the second floor and knows counts only: no task, no container
// instance, no clock. engine/scheduler counts, asks, and does what it is told.
//
//	s := rollout.Service{Desired: 4, Bounds: rollout.BoundsOf(4, 50, 100), Deployments: []rollout.Deployment{
//		{},                                                  // PRIMARY, nothing started yet
//		{Wanted: 4, Staying: rollout.Counts{Healthy: 4}},    // the old one
//	}}
//	s.Starts() // [0 0]: four run and four is the maximum
//	s.Stops()  // two healthy tasks of deployment 1
//
// The rules are those of ECS semantics 4.3 to 4.10 [DG: Deploy Amazon ECS
// services by replacing tasks; How the Amazon ECS deployment circuit breaker
// detects failures; Amazon ECS service throttle logic]. The package never
// chooses which task goes, and never keeps anything between two questions.
package rollout
