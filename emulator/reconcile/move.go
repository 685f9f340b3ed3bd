package reconcile

import (
	"runtime"
	"time"

	"gantry/emulator/store"
)

// Longest is the longest step that a world takes at once.
const Longest = longest

// Present is the world's time once everything has happened that is due.
func (l *Loop) Present() (time.Time, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.enter()
}

// MoveTo moves the world on to a time at once, whatever its speed: everything
// happens that is due on the way, as it would if the time passed by itself. It
// returns when the world is there, and other requests are answered in between. A
// time that is past already is no move.
func (l *Loop) MoveTo(to time.Time) error {
	for {
		if there, err := l.moveOn(to); there || err != nil {
			return err
		}
		runtime.Gosched() // let requests have the lock in between
	}
}

// moveOn goes a part of the way, and keeps the time once it is reached.
func (l *Loop) moveOn(to time.Time) (there bool, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := l.enter()
	if err != nil {
		return false, err
	}
	if now.Before(to) {
		reached, err := l.st.Advance(to, moveBudget().more())
		c := l.face.clock().based(reached, l.seen)
		l.face.set(c)
		l.await()
		l.st.SetClock(c.saved())
		if err == nil && l.st.Heavy() {
			err = l.st.Snapshot()
		}
		if err != nil || reached.Before(to) {
			return false, err
		}
		now = reached
	}
	defer l.nudge()
	return true, l.st.Update(now, func(*store.Tx) error { return nil })
}
