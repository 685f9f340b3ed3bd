// Package store keeps one emulated world in one bbolt file: the records of the
// account (clusters, task definitions, log streams, …), and the engine's state
// of each cluster as a snapshot with a journal of the commands after it.
//
// Floor 6, inside of emulator: api reads and changes the store through Tx, and
// reconcile moves it along in time. It knows neither of the two.
//
//	st, err := store.Open(store.Config{Path: file, Fresh: world, Runtimes: sim.Factory{}})
//	err = st.Update(now, func(tx *store.Tx) error {
//		_, err := tx.Apply("default", runtime.Command{...}) // journalled, and applied to the live cluster
//		return err
//	})
//
// A change outlives the process when Update returns nil (see Sync for the end of
// the machine), and is nowhere when it returns an error: the live clusters that it touched are then read back from the file.
// Opening a file is: check every page, load the snapshots, apply the journal.
// Since the engine is deterministic this gives the state that was there, hidden
// parts included. A fault of the engine makes the cluster stand still in which it
// came up (FailedError), and what it left behind is never saved.
//
// The store is not safe for concurrent use; reconcile.Loop holds the lock. It
// never looks at a clock, and it never changes a file that it cannot read.
package store
