package store

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
)

// errApart says that changes cannot be made together.
var errApart = errors.New("one of the changes failed half way")

// UpdateEach makes several changes in one transaction, so that they share its
// cost, and says what became of each. One that is refused before it changed
// anything is no part of it. When one fails later than that, each is made by
// itself: the functions run a second time then.
func (s *Store) UpdateEach(now time.Time, changes []func(*Tx) error) []error {
	if len(changes) > 1 {
		if failed, ok := s.together(now, changes); ok {
			return failed
		}
	}
	failed := make([]error, len(changes))
	for i, change := range changes {
		failed[i] = s.alone(now, change)
	}
	return failed
}

// together makes the changes in one transaction, unless one fails half way.
func (s *Store) together(now time.Time, changes []func(*Tx) error) (failed []error, ok bool) {
	defer func() {
		if p := recover(); p != nil {
			failed, ok = nil, false // whose it was is seen when each is made by itself
		}
	}()
	failed = make([]error, len(changes))
	err := s.Update(now, func(tx *Tx) error {
		for i, change := range changes {
			before := tx.changes
			if failed[i] = change(tx); failed[i] != nil && tx.changes != before {
				return errApart
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errApart):
		return nil, false
	case err != nil: // nothing was kept
		for i := range failed {
			failed[i] = errors.Join(failed[i], err)
		}
	}
	return failed, true
}

// alone makes one change; a panic in it is its error.
func (s *Store) alone(now time.Time, change func(*Tx) error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.cfg.Log.Error("a change ended in a panic", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("the emulator failed: %v", p)
		}
	}()
	return s.Update(now, change)
}

// bucketOf is a bucket to be changed.
func (t *Tx) bucketOf(b bucket) *bbolt.Bucket {
	t.changes++
	return t.bolt.Bucket([]byte(b))
}
