// Package lifecycle is the way of one BLUE_GREEN, LINEAR or CANARY deployment
// through its stages: which stage it is in, what it waits for and until when,
// how much of the traffic the new revision (green) has beside the old one
// (blue), which hooks are out, and how it rolls back.
//
// It stands on the second floor and knows neither tasks nor a cluster: whether
// green is up is a fact that it is told. engine/scheduler asks, starts and
// stops the tasks, and tells the world to run the hooks.
//
//	p := lifecycle.PlanOf(&configuration, first)
//	s := lifecycle.Start(now, first, reconcile)
//	calls := s.Advance(&p, lifecycle.Facts{Now: now, GreenUp: true, NewID: id})
//	s.Stage, s.Production // PRE_SCALE_UP, 0
//	at, quiet := s.Due(&p, now)
//
// The rules are those of ECS semantics 4.17 [DG: Amazon ECS blue/green service
// deployments workflow; Lifecycle hooks for Amazon ECS service deployments;
// API:DeploymentConfiguration]. The package has no clock: times come in. It
// never goes back a stage but on the way of a rollback, and it never waits
// without saying for what.
package lifecycle
