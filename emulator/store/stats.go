package store

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"gantry/ecs"
)

// Stats is how the file of a world is used.
type Stats struct {
	Bytes        int64 // of the file
	Journal      int   // commands that are not in the saved state of the engine yet
	Transactions int   // that were ever written to the file
	Pages        int64 // written since it was opened
	Writing      time.Duration
	Syncs        int64 // of those that are made each second
	Syncing      time.Duration
}

// Stats is how the file is used so far.
func (s *Store) Stats() (Stats, error) {
	all := s.db.Stats()
	stats := Stats{Pages: all.TxStats.GetWrite(), Writing: all.TxStats.GetWriteTime()}
	s.trouble.mu.Lock()
	stats.Syncs, stats.Syncing = s.trouble.syncs, s.trouble.syncing
	s.trouble.mu.Unlock()
	err := s.db.View(func(bolt *bbolt.Tx) error {
		stats.Bytes, stats.Transactions = bolt.Size(), bolt.ID()
		stats.Journal = bolt.Bucket([]byte(bucketJournal)).Stats().KeyN
		return nil
	})
	return stats, err
}

// trouble is what went wrong when the file was last written and last brought to
// the disk, and how often and how long the latter was done.
type trouble struct {
	mu      sync.Mutex
	write   error
	sync    error
	syncs   int64
	syncing time.Duration
}

func (t *trouble) wrote(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.write = err
}

func (t *trouble) synced(err error, took time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sync, t.syncs, t.syncing = err, t.syncs+1, t.syncing+took
}

func (t *trouble) both() (write, sync error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.write, t.sync
}

// Usable is nil unless the file could not be written, or not be brought to the
// disk, when that was last tried, and cannot now.
func (s *Store) Usable(now time.Time) error {
	write, sync := s.trouble.both()
	if write != nil {
		write = s.Update(now, func(*Tx) error { return nil })
	}
	if sync != nil {
		sync = s.Flush()
	}
	if err := errors.Join(write, sync); err != nil {
		return fmt.Errorf("the world's file cannot be written: %w", err)
	}
	return nil
}

// FailedClusters lists the active clusters that stand still since the engine
// failed in them, in order.
func (t *Tx) FailedClusters() []ecs.ClusterName { return slices.Sorted(maps.Keys(t.s.failed)) }
