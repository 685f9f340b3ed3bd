// Package placement decides which container instance a task gets, and says for
// every other one why it was refused.
//
// Floor 2: it imports ecs and engine/query, and the standard library without
// I/O. Source of its rules: ECS semantics 2 and 3 [DG: How Amazon ECS places
// tasks on container instances; Use strategies to define Amazon ECS task
// placement; Define which container instances Amazon ECS uses for tasks].
//
//	fleet := placement.NewFleet()
//	fleet.Add(instance)
//	policy, refused := placement.ServicePolicy(definition.PlacementConstraints, service.PlacementConstraints, service.PlacementStrategy)
//	request := placement.Request{Requirements: placement.RequirementsOf(definition, nil), Policy: policy, Group: "service:web"}
//	to, unplaceable := fleet.Place(&request)
//	if unplaceable != nil {
//		return unplaceable.ServiceEvent() // ECS's words; the data is in unplaceable.Counts and Closest
//	}
//	fleet.Commit(placement.Task{ID: task, Instance: to.Instance, Group: request.Group, Requirements: request.Requirements})
//
// A Fleet is mutable and indexed, and belongs to one owner. Its answers depend
// on what is in it and on the request alone: never on a clock, on the order of
// calls that led there, or on a shared source of random numbers.
//
// The package never starts or stops a task, never decides when one should be,
// and remembers nothing of earlier requests: that is engine/rollout's and
// engine/scheduler's.
package placement
