// Package runtime says what an emulated cluster asks of that which runs its
// tasks: take commands, tell when something will happen by itself, move on in
// time, and say what the containers wrote.
//
// Floor 6, inside of emulator. It knows neither the store nor the wire; the
// store drives a Runtime per cluster and never asks what is behind it.
//
//	rt := factory.New(scheduler.Config{Scope: scope, Name: "default", Seed: 1})
//	outcome, err := rt.Apply(now, runtime.Command{Command: scheduler.Command{RunTask: run}})
//	changes := rt.Advance(later)
//
// runtime/sim is the one implementation: fates on a virtual clock. The package
// itself holds no state and never touches the world.
package runtime
