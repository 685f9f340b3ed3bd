package reconcile

import (
	"time"

	"gantry/emulator/store"
)

// Hold brings the world up to now, saves it, clock and all, and lets nothing
// happen in it while fn looks at its file.
func (l *Loop) Hold(fn func(now time.Time, st *store.Store) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := l.enter()
	if err != nil {
		return err
	}
	c := l.face.clock().based(now, l.seen)
	l.face.set(c)
	l.st.SetClock(c.saved())
	if err := l.st.Snapshot(); err != nil {
		return err
	}
	return fn(now, l.st)
}
