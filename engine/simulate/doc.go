// Package simulate runs a cluster's tasks without running anything: every
// task has a fate (how long its image pull takes, whether it starts, when it
// is healthy, when and how it ends), and a virtual clock moves tasks along.
//
// It stands on the fourth floor, over engine/scheduler. How one task lives by
// its fates is engine/life's; here its steps become news for the scheduler.
//
//	s := simulate.New(scheduler.Config{Scope: scope, Name: "default", Seed: 1})
//	s.Apply(now, simulate.Command{Command: scheduler.Command{CreateService: …}})
//	end := s.Settle(now.Add(time.Hour)) // until nothing but repeats is left
//
// The world around the cluster is here too: faults, commands for later, and the
// load on services with the metrics, alarms and Application Auto Scaling that
// follow it (engine/autoscaling decides, once a minute, where anybody asked).
//
// The same seed and commands give the same world to the byte. The package has
// no clock, no randomness of its own and does no I/O.
package simulate
