package store_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

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

// A file that lacks records it must have is refused and left alone, and one from
// before there were such records is not.
func TestMissingRecords(t *testing.T) {
	good := written(t)
	path := filepath.Join(t.TempDir(), "world.db")
	for _, tt := range []struct {
		gone []string
		says string
	}{
		{[]string{"clusters"}, "it has no clusters"},
		{[]string{"task-definitions"}, "it has no task-definitions"},
		{[]string{"meta"}, "not a gantry world"},
		{[]string{"meta", "clusters", "snapshots", "journal", "families", "task-definitions", "tokens", "account-settings", "images", "log-groups", "log-streams",
			"log-events", "documents"}, "its records are gone"},
		{[]string{"documents"}, ""},
	} {
		if err := os.WriteFile(path, good, 0o600); err != nil {
			t.Fatal(err)
		}
		db, err := bbolt.Open(path, 0o600, nil)
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(func(tx *bbolt.Tx) error {
			for _, name := range tt.gone {
				if err := tx.DeleteBucket([]byte(name)); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(err, db.Close()); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		st, err := store.Open(config(path))
		after, _ := os.ReadFile(path)
		switch {
		case tt.says == "" && err != nil:
			t.Errorf("without %v: %v", tt.gone, err)
		case tt.says == "":
			update(t, st, start.Add(time.Hour), func(tx *store.Tx) error { return tx.PutDocument("kind", "key", 1) })
			if err := st.Close(); err != nil {
				t.Error(err)
			}
		case err == nil || !strings.Contains(err.Error(), tt.says):
			t.Errorf("without %v: %v, want %q", tt.gone, err, tt.says)
		case !bytes.Equal(before, after):
			t.Errorf("without %v: the file was changed", tt.gone)
		}
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

// faultyRuntime fails in the cluster demo only.
type faultyRuntime struct {
	runtime.Runtime
	broken *bool
}

func (r faultyRuntime) failing() bool { return *r.broken && r.Cluster().Config().Name == "demo" }

func (r faultyRuntime) Apply(now time.Time, cmd runtime.Command) (scheduler.Outcome, error) {
	outcome, err := r.Runtime.Apply(now, cmd)
	if r.failing() {
		*r.broken = false // it is the command's fault
		panic("a fault in Apply")
	}
	return outcome, err
}

func (r faultyRuntime) Advance(to time.Time) []runtime.Change {
	if r.failing() {
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

// After a fault of the engine by itself the cluster refuses everything, also when
// the world is opened again, and the file keeps what it had of it. Other
// clusters go on. Once the fault is gone, so does this one.
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
	update(t, st, start, func(tx *store.Tx) error {
		return tx.PutCluster(store.Cluster{Name: "other", Generation: 1, Status: "ACTIVE"})
	})
	update(t, st, start, register)
	want := state(t, st)
	for range 2 {
		broken = true
		update(t, st, st.Reached().Add(time.Minute), func(*store.Tx) error { return nil })
		refused := func() {
			t.Helper()
			var failed *store.FailedError
			if err := st.Update(st.Reached(), register); !errors.As(err, &failed) || failed.Cluster != "demo" || strings.Contains(err.Error(), "goroutine") {
				t.Errorf("a command to the cluster that failed: %v", err)
			}
		}
		refused()
		update(t, st, st.Reached().Add(time.Minute), func(tx *store.Tx) error {
			_, err := tx.Apply("other", runtime.Command{Command: scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{
				Instance: ecs.ContainerInstance{Registered: ecs.Resources{CPUUnits: 2048, MemoryMiB: 2048}},
			}}})
			return err
		})
		if err := st.Snapshot(); err != nil {
			t.Error(err)
		}
		broken = false
		refused() // what is in memory is half way through a step
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		broken = true
		if st, err = store.Open(cfg); err != nil {
			t.Fatalf("the world does not open: %v", err)
		}
	}
	broken = false
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open(t, path)
	defer st.Close()
	if !bytes.Equal(want, state(t, st)) {
		t.Error("the file lost the state from before the fault")
	}
	update(t, st, st.Reached(), register)
}

// forgetful cannot load what it saved.
type forgetful struct{ sim.Factory }

func (forgetful) Load([]byte) (runtime.Runtime, error) { return nil, errors.New("what is that?") }

// A cluster whose state is refused stands still, and the world opens.
func TestStateThatIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	st := open(t, path)
	update(t, st, start, cluster)
	update(t, st, start, register)
	want := state(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	cfg := config(path)
	cfg.Runtimes = forgetful{}
	st, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var failed *store.FailedError
	if err := st.Update(start, register); !errors.As(err, &failed) || failed.Cause != "what is that?" {
		t.Errorf("error %v", err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open(t, path)
	defer st.Close()
	if !bytes.Equal(want, state(t, st)) {
		t.Error("the file lost the state that was refused")
	}
}

// A cluster that failed can be deleted, and made again under its name.
func TestDeleteAfterAFault(t *testing.T) {
	broken := false
	cfg := config(filepath.Join(t.TempDir(), "world.db"))
	cfg.Runtimes = faulty{broken: &broken}
	st, err := store.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	update(t, st, start, cluster)
	update(t, st, start, register)
	broken = true
	update(t, st, start.Add(time.Minute), func(*store.Tx) error { return nil })
	broken = false
	deleted := func(tx *store.Tx) error {
		return tx.PutCluster(store.Cluster{Name: "demo", Generation: 1, Status: "INACTIVE"})
	}
	full := errors.New("no space left")
	err = st.Update(st.Reached(), func(tx *store.Tx) error { return errors.Join(deleted(tx), full) })
	if !errors.Is(err, full) {
		t.Fatal(err)
	}
	update(t, st, st.Reached(), register) // reading it back has brought it to life
	update(t, st, st.Reached(), deleted)
	update(t, st, st.Reached(), func(tx *store.Tx) error {
		return tx.PutCluster(store.Cluster{Name: "demo", Generation: 2, Status: "ACTIVE"})
	})
	want := state(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = open(t, cfg.Path)
	defer st.Close()
	if !bytes.Equal(want, state(t, st)) {
		t.Error("the new cluster is another one after it was saved")
	}
}

// A command that an older gantry accepted and this one refuses is passed over.
func TestJournalWithARefusedCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	st := open(t, path)
	update(t, st, start, cluster)
	update(t, st, start, register)
	err := st.DB().Update(func(tx *bbolt.Tx) error {
		journal := tx.Bucket([]byte("journal"))
		number, err := journal.NextSequence()
		if err != nil {
			return err
		}
		return journal.Put(binary.BigEndian.AppendUint64(nil, number), []byte(
			`{"cluster": "demo", "generation": 1, "at": "2026-11-23T06:00:00Z", "command": {"deregisterInstance": {"id": "none"}}}`))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.DB().Close(); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	cfg := config(path)
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))
	if st, err = store.Open(cfg); err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	if !strings.Contains(log.String(), "passed over") || !strings.Contains(log.String(), "none not found") {
		t.Errorf("the log says %q", &log)
	}
	update(t, st, start, register)
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
