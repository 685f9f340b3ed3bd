package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/runtime/sim"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// written is the file of a world with records of several kinds and sizes.
func written(t *testing.T) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "world.db")
	st := open(t, path)
	update(t, st, start, cluster)
	for i := range 40 {
		update(t, st, start.Add(time.Duration(i)*time.Second), func(tx *store.Tx) error {
			if err := tx.PutTaskDefinition(store.TaskDefinition{Family: ecs.Family(fmt.Sprintf("family-%d", i)), Revision: 1, Document: []byte(`"` + strings.Repeat("x", 300*i) + `"`)}); err != nil {
				return err
			}
			return register(tx)
		})
		if i == 20 {
			if err := st.Snapshot(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := st.DB().Close(); err != nil { // there is a journal, too
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// A file with any damage is opened, or refused by its name and left alone;
// nothing panics, then or when the world is used.
func TestAnyDamage(t *testing.T) {
	good := written(t)
	random := rand.New(rand.NewPCG(1, 2))
	damages := []func([]byte) []byte{
		func(b []byte) []byte { return b[:random.IntN(len(b))] },
		func(b []byte) []byte { b[random.IntN(len(b))] ^= 1 << random.IntN(8); return b },
		func(b []byte) []byte { // the head of a page
			b[random.IntN(len(b)/4096)*4096+random.IntN(48)] = byte(random.Uint32())
			return b
		},
		func(b []byte) []byte { // the head of a page, with a large number
			binary.LittleEndian.PutUint32(b[random.IntN(len(b)/4096)*4096+random.IntN(12)*4:], random.Uint32())
			return b
		},
		func(b []byte) []byte { clear(b[random.IntN(len(b)/4096)*4096:][:4096]); return b },
		func(b []byte) []byte { // one page in the place of another
			copy(b[random.IntN(len(b)/4096)*4096:][:4096], b[random.IntN(len(b)/4096)*4096:][:4096])
			return b
		},
		func(b []byte) []byte {
			for range 50 {
				b[random.IntN(len(b))] = byte(random.Uint32())
			}
			return b
		},
	}
	refused := 0
	path := filepath.Join(t.TempDir(), "world.db")
	for i := range 140 {
		damaged := damages[i%len(damages)](bytes.Clone(good))
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		st, err := store.Open(config(path))
		if err != nil {
			refused++
			var named *store.FileError
			if !errors.As(err, &named) || !strings.Contains(err.Error(), path) {
				t.Errorf("damage %d: error %q does not name the file", i, err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, damaged) {
				t.Errorf("damage %d: the file was changed (%v)", i, err)
			}
			continue
		}
		// A record may still be one that cannot be read: an error, not a panic.
		_ = st.Update(start.Add(time.Hour), func(tx *store.Tx) error {
			if _, err := tx.TaskDefinitions(); err != nil {
				return err
			}
			return register(tx)
		})
		if err := st.Close(); err != nil {
			t.Logf("damage %d: %v", i, err)
		}
	}
	if refused < 25 {
		t.Errorf("only %d damaged files were refused", refused)
	}
}

// A changed snapshot is noticed, also where it is still JSON.
func TestSnapshotChecksum(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	st := open(t, path)
	update(t, st, start, cluster)
	update(t, st, start, register)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.ReplaceAll(content, []byte("2048"), []byte("9048")), 0o600); err != nil {
		t.Fatal(err)
	}
	if st, err := store.Open(config(path)); err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("error %v, want one about the checksum", err)
		if err == nil {
			_ = st.Close()
		}
	}
}

// faulty fails like a fault of the engine would: half way, with a panic.
type faulty struct {
	sim.Factory
	broken *bool
}

func (f faulty) New(cfg scheduler.Config) (runtime.Runtime, error) {
	rt, err := f.Factory.New(cfg)
	return faultyRuntime{rt, f.broken}, err
}

func (f faulty) Load(saved []byte) (runtime.Runtime, error) {
	rt, err := f.Factory.Load(saved)
	return faultyRuntime{rt, f.broken}, err
}

type faultyRuntime struct {
	runtime.Runtime
	broken *bool
}

func (r faultyRuntime) Apply(now time.Time, cmd runtime.Command) (scheduler.Outcome, error) {
	outcome, err := r.Runtime.Apply(now, cmd)
	if *r.broken {
		*r.broken = false // it is the command's fault
		panic("a fault in Apply")
	}
	return outcome, err
}

func (r faultyRuntime) Advance(to time.Time) []runtime.Change {
	if *r.broken {
		panic("a fault in Advance")
	}
	return r.Runtime.Advance(to)
}

// A fault of the engine in a command leaves the cluster as it was.
func TestFaultInACommand(t *testing.T) {
	broken := false
	cfg := config(filepath.Join(t.TempDir(), "world.db"))
	cfg.Runtimes = faulty{broken: &broken}
	st, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	update(t, st, start, cluster)
	update(t, st, start, register)
	before := state(t, st)
	broken = true
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the fault did not come out")
			}
		}()
		_ = st.Update(start, register)
	}()
	if !bytes.Equal(before, state(t, st)) {
		t.Error("the engine keeps what a command did that failed")
	}
	update(t, st, start.Add(time.Second), register)
}

// After a fault of the engine by itself the world refuses everything, and the
// file keeps what it had.
func TestFaultByItself(t *testing.T) {
	broken := false
	path := filepath.Join(t.TempDir(), "world.db")
	cfg := config(path)
	cfg.Runtimes = faulty{broken: &broken}
	st, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	update(t, st, start, cluster)
	update(t, st, start, register)
	want := state(t, st)
	broken = true
	all := func(int) bool { return true }
	if _, err := st.Advance(start.Add(time.Minute), all); !errors.Is(err, store.ErrBroken) {
		t.Fatalf("error %v, want ErrBroken", err)
	}
	broken = false
	if _, err := st.Advance(start.Add(time.Minute), all); !errors.Is(err, store.ErrBroken) {
		t.Errorf("Advance: %v", err)
	}
	if err := st.Update(start, register); !errors.Is(err, store.ErrBroken) {
		t.Errorf("Update: %v", err)
	}
	if err := st.Snapshot(); !errors.Is(err, store.ErrBroken) {
		t.Errorf("Snapshot: %v", err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open(t, path)
	defer st.Close()
	if !bytes.Equal(want, state(t, st)) {
		t.Error("the file lost the state from before the fault")
	}
}

// What Observe could not write is told to it again.
func TestObserveIsToldAgain(t *testing.T) {
	full := errors.New("no space left")
	fail, told := true, 0
	cfg := config(filepath.Join(t.TempDir(), "world.db"))
	cfg.Observe = func(_ *store.Tx, _ ecs.ClusterName, changes []runtime.Change) error {
		if fail {
			return full
		}
		told += len(changes)
		return nil
	}
	st, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	update(t, st, start, cluster)
	update(t, st, start, register)
	update(t, st, start, func(tx *store.Tx) error {
		_, err := tx.Apply("demo", runtime.Command{Command: scheduler.Command{RunTask: &scheduler.RunTask{
			TaskDefinition: ecs.TaskDefinition{Family: "web", Revision: 1, Containers: []ecs.ContainerDefinition{{Name: "c", Image: "x", MemoryMiB: 16}}},
			Count:          1, Group: "family:web", LaunchType: ecs.LaunchEC2,
		}}})
		return err
	})
	all := func(int) bool { return true }
	if _, err := st.Advance(start.Add(time.Minute), all); !errors.Is(err, full) {
		t.Fatalf("error %v", err)
	}
	fail = false
	if _, err := st.Advance(start.Add(2*time.Minute), all); err != nil || told != 1 {
		t.Errorf("told of %d changes, error %v; want the one that could not be written", told, err)
	}
}
