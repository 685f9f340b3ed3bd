package reconcile

import (
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime/sim"
	"gantry/emulator/store"
)

// TestFailureIsNoSuccess is that a change that was taken up by somebody whom the
// emulator failed is not told as made.
func TestFailureIsNoSuccess(t *testing.T) {
	begin := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	st, err := store.Open(store.Config{
		Path: filepath.Join(t.TempDir(), "world.db"), Fresh: store.World{Name: "w", Scope: ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"}, Speed: "pause", CreatedAt: begin},
		Clock: store.Clock{World: begin, Real: begin, Speed: "pause"}, Runtimes: sim.Factory{},
	})
	if err != nil {
		t.Fatal(err)
	}
	var fails atomic.Bool
	l, err := Start(st, Config{Now: func() time.Time {
		if fails.CompareAndSwap(true, false) { // once
			panic("no such luck")
		}
		return begin
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	put := func(name string) (err error) {
		err = errUnmade
		defer func() { _ = recover() }() // as a server does
		return l.Update(func(tx *store.Tx) error { return tx.PutDocument("kind", name, name) })
	}
	time.Sleep(20 * time.Millisecond) // the loop has looked whether something is due
	l.mu.Lock()                       // both are in the queue before one is made
	fails.Store(true)
	errs := make([]error, 2)
	var changes sync.WaitGroup
	for i, name := range []string{"a", "b"} {
		changes.Go(func() { errs[i] = put(name) })
	}
	for queued := 0; queued < 2; {
		time.Sleep(time.Millisecond)
		l.waiting.Lock()
		queued = len(l.waiting.list)
		l.waiting.Unlock()
	}
	l.mu.Unlock()
	changes.Wait()
	for i, name := range []string{"a", "b"} {
		var kept string
		there := false
		if err := l.View(func(tx *store.Tx) (err error) { there, err = tx.Document("kind", name, &kept); return err }); err != nil {
			t.Fatal(err)
		}
		if errs[i] == nil && !there {
			t.Errorf("the change %s was told as made, and is not there", name)
		}
	}
}
