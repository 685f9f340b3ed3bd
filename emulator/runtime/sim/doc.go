// Package sim is the runtime that runs nothing: the fates of engine/simulate
// on the world's virtual clock. It is an adapter and holds no rule of its own.
//
// Floor 6, inside of emulator/runtime.
//
//	st, err := store.Open(store.Config{Runtimes: sim.Factory{Zones: zones}, …})
//
// It never touches the world.
package sim
