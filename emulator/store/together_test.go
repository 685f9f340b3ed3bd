package store_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"gantry/emulator/store"
)

// TestUpdateEach is that changes that are made together become what they would
// have become one by one: what was refused, failed half way or panicked leaves
// nothing behind, and the others are kept.
func TestUpdateEach(t *testing.T) {
	refused := errors.New("refused")
	put := func(name string) func(*store.Tx) error {
		return func(tx *store.Tx) error { return tx.PutDocument("kind", name, name) }
	}
	refuse := func(*store.Tx) error { return refused }
	half := func(tx *store.Tx) error { return errors.Join(put("half")(tx), refused) }
	crash := func(tx *store.Tx) error {
		if err := put("crash")(tx); err != nil {
			return err
		}
		panic("no such luck")
	}
	for name, c := range map[string]struct {
		changes []func(*store.Tx) error
		failed  []bool
		want    []string
	}{
		"all well":         {[]func(*store.Tx) error{put("a"), put("b")}, []bool{false, false}, []string{"a", "b"}},
		"one is refused":   {[]func(*store.Tx) error{put("a"), refuse, put("b")}, []bool{false, true, false}, []string{"a", "b"}},
		"one fails half":   {[]func(*store.Tx) error{put("a"), half, put("b")}, []bool{false, true, false}, []string{"a", "b"}},
		"one panics":       {[]func(*store.Tx) error{crash, put("a"), put("b")}, []bool{true, false, false}, []string{"a", "b"}},
		"one alone panics": {[]func(*store.Tx) error{crash}, []bool{true}, nil},
		"none":             {nil, []bool{}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			st := open(t, t.TempDir()+"/world.db")
			defer func() {
				if err := st.Close(); err != nil {
					t.Error(err)
				}
			}()
			failed := []bool{}
			for _, err := range st.UpdateEach(start, c.changes) {
				failed = append(failed, err != nil)
			}
			if !slices.Equal(failed, c.failed) {
				t.Errorf("failed are %v, want %v", failed, c.failed)
			}
			var got []string
			err := st.View(start, func(tx *store.Tx) (err error) {
				got, err = store.Documents[string](tx, "kind", "")
				return err
			})
			if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("there are %v, %v, want %v", got, err, c.want)
			}
		})
	}
}
