// Package simulate runs a cluster's tasks without running anything: every
// task has a fate (how long its image pull takes, whether it starts, when it
// is healthy, when and how it ends), and a virtual clock moves tasks along.
//
// It stands on the fourth floor, over engine/scheduler. What a fate says is
// written in the task definition, in the container's dockerLabels:
//
//	"dockerLabels": {"gantry.fate": "pull=8s start=2s exit=137 after=30s chance=0.1"}
//
//	s := simulate.New(scheduler.Config{Scope: scope, Name: "default", Seed: 1})
//	s.Apply(now, simulate.Command{Command: scheduler.Command{CreateService: …}})
//	end := s.Settle(now.Add(time.Hour)) // until nothing but repeats is left
//
// The same seed and commands give the same world to the byte. Log lines are
// no events: Lines works them out for any window of time. The package has no
// clock, no randomness of its own and does no I/O.
package simulate
