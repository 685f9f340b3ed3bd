package store_test

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/runtime/sim"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

var start = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func config(path string) store.Config {
	return store.Config{
		Path: path, Sync: store.SyncNever, Runtimes: sim.Factory{},
		Fresh: store.World{Name: "test", Scope: ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"}, Seed: 5, Speed: "1", CreatedAt: start},
		Clock: store.Clock{World: start, Real: start, Speed: "1"},
	}
}

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	st, err := store.Open(config(path))
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func update(t *testing.T, st *store.Store, at time.Time, fn func(*store.Tx) error) {
	t.Helper()
	if _, err := st.Advance(at, func(int) bool { return true }); err != nil {
		t.Fatal(err)
	}
	if err := st.Update(at, fn); err != nil {
		t.Fatal(err)
	}
}

func cluster(tx *store.Tx) error {
	return tx.PutCluster(store.Cluster{Name: "demo", Generation: 1, Status: "ACTIVE"})
}

func register(tx *store.Tx) error {
	_, err := tx.Apply("demo", runtime.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{
		Instance: ecs.ContainerInstance{Registered: ecs.Resources{CPUUnits: 2048, MemoryMiB: 2048}},
	}}})
	return err
}

// state is the engine's state of the cluster, to the byte.
func state(t *testing.T, st *store.Store) []byte {
	t.Helper()
	var saved []byte
	err := st.View(st.Reached(), func(tx *store.Tx) error {
		rt, ok := tx.Runtime("demo")
		if !ok {
			return errors.New("there is no cluster demo")
		}
		var err error
		saved, err = rt.Save()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return saved
}

// A change that fails half way leaves neither records nor engine changed.
func TestFailedUpdateIsUndone(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "world.db"))
	defer st.Close()
	update(t, st, start, cluster)
	update(t, st, start.Add(time.Second), register)
	update(t, st, start.Add(2*time.Second), func(*store.Tx) error { return nil })
	before := state(t, st)
	broken := errors.New("broken")
	err := st.Update(start.Add(2*time.Second), func(tx *store.Tx) error {
		if err := register(tx); err != nil {
			return err
		}
		if err := tx.PutCluster(store.Cluster{Name: "other", Generation: 1, Status: "ACTIVE"}); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if !bytes.Equal(before, state(t, st)) {
		t.Errorf("the engine keeps what a failed change did\nbefore %s\nafter %s", before, state(t, st))
	}
	if err := st.View(start, func(tx *store.Tx) error {
		if _, ok, err := tx.Cluster("other"); ok || err != nil {
			t.Errorf("the record is there: %v %v", ok, err)
		}
		if _, ok := tx.Engine("other"); ok {
			t.Error("the engine is there")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	update(t, st, start.Add(3*time.Second), register)
}

// Loading the snapshot, and loading the journal, give the same state.
func TestReopen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	st := open(t, path)
	update(t, st, start, cluster)
	for i := range 5 {
		update(t, st, start.Add(time.Duration(i)*time.Second), register)
		if i == 2 {
			if err := st.Snapshot(); err != nil {
				t.Fatal(err)
			}
		}
	}
	want := state(t, st)
	if err := st.DB().Close(); err != nil { // as a crash would
		t.Fatal(err)
	}
	st = open(t, path)
	if !bytes.Equal(want, state(t, st)) {
		t.Error("the journal gives another state")
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open(t, path)
	defer st.Close()
	if !bytes.Equal(want, state(t, st)) {
		t.Error("the snapshot gives another state")
	}
}

func TestOneHolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	st := open(t, path)
	if _, err := store.Open(config(path)); !errors.Is(err, store.ErrHeld) {
		t.Errorf("error %v, want ErrHeld", err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, path)
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestViewCannotChange(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "world.db"))
	defer st.Close()
	update(t, st, start, cluster)
	for name, change := range map[string]func(*store.Tx) error{
		"PutCluster": cluster, "Apply": register,
		"PutLogGroup":    func(tx *store.Tx) error { return tx.PutLogGroup(store.LogGroup{Name: "g"}) },
		"DeleteLogGroup": func(tx *store.Tx) error { return tx.DeleteLogGroup("g") },
	} {
		if err := st.View(start, change); !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Events of a stream are found by time, in the order in which they came.
func TestLogEvents(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "world.db"))
	defer st.Close()
	update(t, st, start, func(tx *store.Tx) error {
		for _, name := range []string{"s", "s2"} { // one is the beginning of the other
			stream := store.LogStream{Group: "g", Name: name, CreatedAt: start}
			events := []store.LogEvent{{At: start.Add(2 * time.Second), Message: name + "2"}, {At: start, Message: name + "0"}, {At: start, Message: name + "1"}}
			if err := tx.AppendLogEvents(&stream, events); err != nil {
				return err
			}
		}
		return nil
	})
	err := st.View(start, func(tx *store.Tx) error {
		stream, _, err := tx.LogStream("g", "s")
		if err != nil {
			return err
		}
		read := func(walk func(*store.LogStream, time.Time, time.Time, func(store.LogEvent) bool) error, from, to time.Duration) (text string) {
			if err := walk(&stream, start.Add(from), start.Add(to), func(e store.LogEvent) bool { text += e.Message + " "; return true }); err != nil {
				t.Error(err)
			}
			return text
		}
		for _, tt := range []struct {
			from, to       time.Duration
			ahead, reverse string
		}{
			{-time.Hour, time.Hour, "s0 s1 s2 ", "s2 s1 s0 "},
			{0, 2 * time.Second, "s0 s1 ", "s1 s0 "},
			{time.Millisecond, 3 * time.Second, "s2 ", "s2 "},
			{3 * time.Second, time.Hour, "", ""},
			{-time.Hour, 0, "", ""},
		} {
			if got := read(tx.LogEvents, tt.from, tt.to); got != tt.ahead {
				t.Errorf("from %s to %s: %q, want %q", tt.from, tt.to, got, tt.ahead)
			}
			if got := read(tx.LogEventsBackward, tt.from, tt.to); got != tt.reverse {
				t.Errorf("back from %s to %s: %q, want %q", tt.to, tt.from, got, tt.reverse)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
