package store_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"gantry/ecs"
	"gantry/emulator/store"
)

// TestDefinitionsAreRemembered is that a revision is read as it is, although it is
// remembered, and that what is made of it is made once.
func TestDefinitionsAreRemembered(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "world.db"))
	defer st.Close()
	put := func(tx *store.Tx, status ecs.TaskDefinitionStatus) error {
		return tx.PutTaskDefinition(store.TaskDefinition{Family: "web", Revision: 1, Status: status, Document: []byte("{}")})
	}
	made := 0
	read := func(tx *store.Tx) string {
		record, ok, err := tx.TaskDefinition("web", 1)
		if err != nil || !ok {
			t.Fatalf("there: %v, %v", ok, err)
		}
		turned, err := store.Made(record, func(d store.TaskDefinition) (string, error) {
			made++
			return string(d.Status), nil
		})
		if err != nil || turned != string(record.Status) {
			t.Errorf("of a record that is %s was made %s, %v", record.Status, turned, err)
		}
		return turned
	}
	update(t, st, start, func(tx *store.Tx) error { return put(tx, ecs.TaskDefinitionActive) })
	view := func(want ecs.TaskDefinitionStatus, times int) {
		t.Helper()
		if err := st.View(start, func(tx *store.Tx) error {
			if got := read(tx); got != string(want) || made != times {
				t.Errorf("it is %s, made %d times, want %s and %d", got, made, want, times)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	view(ecs.TaskDefinitionActive, 1)
	view(ecs.TaskDefinitionActive, 1)
	undone := errors.New("undone")
	err := st.Update(start, func(tx *store.Tx) error {
		if err := put(tx, ecs.TaskDefinitionInactive); err != nil {
			return err
		}
		if got := read(tx); got != string(ecs.TaskDefinitionInactive) {
			t.Errorf("within the change it is %s", got)
		}
		return undone
	})
	if !errors.Is(err, undone) {
		t.Fatal(err)
	}
	view(ecs.TaskDefinitionActive, 2)
}

// TestOldTokensAreForgotten is that client tokens are not kept for ever, although
// not each call looks for those that are old.
func TestOldTokensAreForgotten(t *testing.T) {
	st := open(t, filepath.Join(t.TempDir(), "world.db"))
	defer st.Close()
	const old, young = 20, 40
	put := func(at time.Time, n int, name string) {
		for i := range n {
			update(t, st, at, func(tx *store.Tx) error {
				return tx.PutToken("RunTask", "demo", fmt.Sprint(name, i), store.Token{Fingerprint: "f"})
			})
		}
	}
	put(start, old, "old")
	put(start.Add(25*time.Hour), young, "young")
	err := st.DB().View(func(tx *bbolt.Tx) error {
		if left := tx.Bucket([]byte("tokens")).Stats().KeyN; left != young {
			t.Errorf("%d tokens are kept, want %d", left, young)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
