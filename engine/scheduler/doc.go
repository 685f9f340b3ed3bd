// Package scheduler is the control plane of one ECS cluster as a deterministic
// state machine: services, their deployments and tasks, container instances,
// and the scheduler that keeps what runs equal to what is wanted.
//
// It stands on the third floor: it composes engine/rollout (how many tasks to
// start and stop) with engine/placement (where), engine/lifecycle (which stage of
// a deployment that shifts traffic), engine/target (how load balancers see the
// tasks) and engine/capacity (which capacity provider, and how many instances),
// and holds everything hidden that ECS remembers between its passes: restart
// back-off, circuit breaker counts, which events were told when.
//
//	c := scheduler.New(scheduler.Config{Scope: scope, Name: "default", Seed: 1})
//	out, err := c.Apply(now, scheduler.Command{CreateService: &scheduler.CreateService{…}})
//	decisions := c.Advance(now.Add(time.Minute))
//
// Commands come in with their time (Apply), what the cluster does by itself
// happens in Advance, and Next says when that will be. Advance(a), Advance(b)
// is the same as Advance(b); a refused command changes nothing; Load(Save(c))
// goes on exactly as c would have. The package has no clock, draws no random
// numbers (ids and choices are derived from the seed, the service and an
// ordinal), runs no task and does no I/O: a Decision tells the caller to.
package scheduler
