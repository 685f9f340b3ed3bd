// Package reconcile is the loop that keeps a world going: it owns the world's
// clock and the lock, wakes when something is due in a cluster, and brings the
// world up to now before every request looks at it.
//
// Floor 6, inside of emulator, over store. It does not know the wire.
//
//	loop, err := reconcile.Start(st, reconcile.Config{Now: time.Now})
//	err = loop.Update(func(tx *store.Tx) error { … }) // tx.Now() is the world's time
//	err = loop.Close()                                 // saves the world and lets go of the file
//
// # World time
//
// The world's time is that of a moment of real time, plus the real time since
// then times the speed; it never goes backwards. It also passes while nobody
// holds the world: opening one catches up.
//
// Speed max runs until only periodic events are left (a steady service says so
// every six hours, a service whose tasks never start is retried with growing
// waits), and goes on in real time from there.
//
// Catching up is bounded: a request or an opening lets a number of moments
// happen, and when that is used up before the world has come to its present,
// the clock is set back to where the world got. Then the world has slept for a
// while; nobody waits for years of a service that restarts every ten seconds.
//
// The package never starts a container and never answers a client.
package reconcile
