package reconcile

import "gantry/emulator/store"

// Health is nil when the world goes on and can be changed.
func (l *Loop) Health() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, err := l.enter()
	if err != nil {
		return err
	}
	return l.st.Usable(now)
}

// Stats is how the world's file is used.
func (l *Loop) Stats() (store.Stats, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return store.Stats{}, ErrClosed
	}
	return l.st.Stats()
}
