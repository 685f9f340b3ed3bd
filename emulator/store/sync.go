package store

import "time"

// Sync says when what was written is brought to the disk. Whatever it says, a
// change that was answered survives the end of the process, kill -9 included:
// the system has it. What the disk has is all that survives the end of the
// machine.
type Sync int

// The ways to sync. Between two syncs of SyncEachSecond the machine's end can
// leave a file that cannot be opened; with SyncAlways it cannot.
const (
	SyncAlways     Sync = iota // before each answer; answers that wait for one another share it
	SyncEachSecond             // each second, and on Close
	SyncNever                  // for worlds that end with the process
)

// String is the mode as emulator serve --sync calls it.
func (s Sync) String() string {
	switch s {
	case SyncAlways:
		return "always"
	case SyncEachSecond:
		return "second"
	}
	return "never"
}

// Syncs is how the file is synced.
func (t *Tx) Syncs() Sync { return t.s.cfg.Sync }

// Syncs is how the file is synced.
func (s *Store) Syncs() Sync { return s.cfg.Sync }

// Writes counts what was ever written to the file since it was opened, by
// whoever shares it.
func (s *Store) Writes() int64 {
	stats := s.db.Stats()
	return stats.TxStats.GetWrite()
}

// Flush brings what was written to the disk. It may be called at any time, also
// while the store is in use.
func (s *Store) Flush() error {
	began := time.Now()
	err := s.db.Sync()
	s.trouble.synced(err, time.Since(began))
	return err
}
