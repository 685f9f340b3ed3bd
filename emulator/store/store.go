package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/engine/scheduler"
)

// ErrHeld is the error of Open when another process holds the world.
var ErrHeld = errors.New("the world is held by another process")

// lockWait is how long Open waits for the file's lock: long enough to try once.
const lockWait = time.Millisecond

// Config says how to open a world.
type Config struct {
	Path     string // of the file; its folder is made
	Fresh    World  // what a file that is not there yet begins with
	Clock    Clock  // likewise
	Sync     Sync
	Runtimes runtime.Factory
	// Observe is told what happened in a cluster, inside of a change, so that it
	// can write records about it. It may be nil.
	Observe func(tx *Tx, cluster ecs.ClusterName, changes []runtime.Change) error
	// Observed reports whether Observe has anything to do with a task; nil is
	// always. What concerns none costs no transaction.
	Observed func(engine *scheduler.Cluster, task ecs.TaskID) bool
	// Alarms is called inside of a change whenever alarms of a cluster have changed
	// their states, at that moment: other clusters may have to be told. It may be nil.
	Alarms func(tx *Tx) error
	Log    *slog.Logger
}

// Store is an open world.
type Store struct {
	cfg   Config
	db    *bbolt.DB
	world World
	clock Clock
	live  map[ecs.ClusterName]*live
	// failed are the active clusters that have no engine because it failed.
	failed map[ecs.ClusterName]*FailedError
	// observed is up to when changes are known to Observe; after a crash the
	// ones before it come again and are passed over.
	observed time.Time
	reached  time.Time                            // how far the engine was brought
	untold   map[ecs.ClusterName][]runtime.Change // what Observe is still to be told
	weight   int                                  // what a crash would cost to do again
	trouble  *trouble
	told     map[string]int // up to which of its events each cluster's were taken, by name and generation
	news     []Event        // that were taken and are still to be kept
	alarms   int            // changes of the states of alarms that Alarms was called for

	definitions map[string]TaskDefinition // that were read lately, by their bytes
	tokens      int                       // that may come until the old ones are looked for
}

// live is a cluster with its engine in memory.
type live struct {
	name       ecs.ClusterName
	generation int
	rt         runtime.Runtime
	saved      int // bytes of its state when that was saved last
}

// Open opens or makes a world. ErrHeld means that another process has it.
func Open(cfg Config) (st *Store, err error) {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o700); err != nil {
		return nil, elsewhere(fmt.Errorf("make the world's folder: %w", err))
	}
	if err := checkFile(cfg.Path); err != nil {
		return nil, err
	}
	// What checkFile and checkBody cannot see is a panic or a fault.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			st, err = nil, fileError(cfg.Path, "is damaged (%v)", r)
		}
	}()
	_, missing := os.Stat(cfg.Path)
	db, err := bbolt.Open(cfg.Path, 0o600, &bbolt.Options{Timeout: lockWait, NoSync: cfg.Sync != SyncAlways, FreelistType: bbolt.FreelistMapType})
	switch {
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, ErrHeld
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return nil, fileError(cfg.Path, "is not a gantry world (%v)", err)
	case err != nil:
		if errors.Is(missing, fs.ErrNotExist) {
			err = withdraw(cfg.Path, err)
		}
		return nil, elsewhere(fmt.Errorf("open the world's file: %w", err))
	}
	loaded := false
	defer func() {
		if !loaded {
			_ = db.Close() // what went wrong before is what matters
		}
	}()
	if err := checkBody(cfg.Path); err != nil {
		return nil, err
	}
	st = &Store{
		cfg: cfg, db: db, live: map[ecs.ClusterName]*live{}, failed: map[ecs.ClusterName]*FailedError{},
		untold: map[ecs.ClusterName][]runtime.Change{}, definitions: map[string]TaskDefinition{}, trouble: &trouble{},
	}
	if err := st.load(); err != nil {
		var named *FileError
		if err = onDisk(err); !errors.As(err, &named) && !errors.As(err, new(*DiskError)) {
			err = fileError(cfg.Path, "cannot be read (%v)", err)
		}
		return nil, err
	}
	loaded = true
	return st, nil
}

// load reads the file, or writes the beginnings of a fresh world into it.
func (s *Store) load() error {
	if err := s.readMeta(); err != nil {
		return err
	}
	err := s.db.View(func(bolt *bbolt.Tx) error {
		tx := &Tx{s: s, bolt: bolt}
		clusters, err := tx.Clusters()
		if err != nil {
			return err
		}
		for _, c := range clusters {
			if !c.Active() {
				continue
			}
			if err := s.revive(bolt, c); err != nil {
				return fmt.Errorf("restore cluster %s: %w", c.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.complete(); err != nil { // only now: a file that cannot be used is left as it is
		return err
	}
	return s.db.View(func(bolt *bbolt.Tx) error { return s.loadTold(&Tx{s: s, bolt: bolt}) })
}

func (s *Store) readMeta() error {
	fresh := false
	err := s.db.View(func(bolt *bbolt.Tx) error {
		meta := bolt.Bucket([]byte(bucketMeta))
		if meta == nil {
			fresh = true
			if name, _ := bolt.Cursor().First(); name != nil {
				return fileError(s.cfg.Path, "is a bbolt database, but not a gantry world")
			}
			if bolt.ID() > firstChange {
				return fileError(s.cfg.Path, "is damaged (its records are gone)")
			}
			return nil
		}
		version, err := strconv.Atoi(string(meta.Get([]byte(metaFormat))))
		if err != nil {
			return fileError(s.cfg.Path, "is a bbolt database, but not a gantry world")
		}
		if version > FormatVersion {
			return fileError(s.cfg.Path, "has format version %d, and this gantry reads up to %d: a newer gantry wrote it", version, FormatVersion)
		}
		for _, b := range buckets() {
			if bolt.Bucket([]byte(b)) == nil && b != bucketDocuments { // which is younger than the format
				return fileError(s.cfg.Path, "is damaged (it has no %s)", b)
			}
		}
		tx := &Tx{s: s, bolt: bolt}
		for key, into := range map[string]any{metaWorld: &s.world, metaClock: &s.clock, metaObserved: &s.observed} {
			if _, err := tx.get(bucketMeta, []byte(key), into); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || !fresh {
		return err
	}
	return s.begin()
}

// firstChange is the number of the change that makes a bbolt file.
const firstChange = 1

// complete gives a file the buckets that were not there yet when it was made.
func (s *Store) complete() error {
	missing := false
	err := s.db.View(func(bolt *bbolt.Tx) error {
		for _, b := range buckets() {
			missing = missing || bolt.Bucket([]byte(b)) == nil
		}
		return nil
	})
	if err != nil || !missing {
		return err
	}
	return s.db.Update(func(bolt *bbolt.Tx) error {
		for _, b := range buckets() {
			if _, err := bolt.CreateBucketIfNotExists([]byte(b)); err != nil {
				return err
			}
		}
		return nil
	})
}

// begin writes the records that every world has.
func (s *Store) begin() error {
	s.world, s.clock = s.cfg.Fresh, s.cfg.Clock
	s.observed, s.reached = s.clock.World, s.clock.World
	return s.db.Update(func(bolt *bbolt.Tx) error {
		for _, b := range buckets() {
			if _, err := bolt.CreateBucketIfNotExists([]byte(b)); err != nil {
				return err
			}
		}
		tx := &Tx{s: s, bolt: bolt, writable: true}
		if err := bolt.Bucket([]byte(bucketMeta)).Put([]byte(metaFormat), []byte(strconv.Itoa(FormatVersion))); err != nil {
			return err
		}
		if err := tx.put(bucketMeta, []byte(metaWorld), s.world); err != nil {
			return err
		}
		return tx.putClock()
	})
}

// DB is the file itself, for the image registry, which keeps its own buckets.
func (s *Store) DB() *bbolt.DB { return s.db }

// World is what the world was made with.
func (s *Store) World() World { return s.world }

// Clock is the clock as it was saved, or set since.
func (s *Store) Clock() Clock { return s.clock }

// SetClock changes the clock; it is on disk with the next change.
func (s *Store) SetClock(c Clock) { s.clock = c }

// Reached is how far in the world's time the engine was brought.
func (s *Store) Reached() time.Time { return s.reached }

// names lists the live clusters in order.
func (s *Store) names() []ecs.ClusterName { return slices.Sorted(maps.Keys(s.live)) }

// View runs fn on the records as they are. Changes to them are refused.
func (s *Store) View(now time.Time, fn func(*Tx) error) error {
	return s.db.View(func(bolt *bbolt.Tx) error { return fn(&Tx{s: s, bolt: bolt, now: now}) })
}

// Update runs fn, and keeps what it changed when it returns nil. Otherwise the
// file and the live clusters are as they were before.
func (s *Store) Update(now time.Time, fn func(*Tx) error) (err error) {
	tx := &Tx{s: s, now: now, writable: true}
	before := s.clock
	observed := s.observed
	var refused error
	done := false
	defer func() {
		if done {
			return
		}
		s.clock, s.observed = before, observed
		if undo := s.undo(tx); undo != nil {
			err = errors.Join(err, undo)
		}
	}()
	err = s.db.Update(func(bolt *bbolt.Tx) error {
		tx.bolt = bolt
		if refused = fn(tx); refused != nil {
			return refused
		}
		if s.observed.Before(s.reached) {
			s.observed = s.reached
		}
		return tx.putClock()
	})
	if refused == nil {
		s.trouble.wrote(err)
	}
	done = err == nil
	return onDisk(err)
}

// Reset makes the world a fresh one: everything in it is forgotten. Events go on
// to be kept if they were, and their numbers go on, so that who follows them does.
func (s *Store) Reset(fresh World, clock Clock) error {
	was := *s
	s.world, s.clock, s.observed = fresh, clock, clock.World
	err := s.db.Update(func(bolt *bbolt.Tx) error {
		tx := &Tx{s: s, bolt: bolt, writable: true}
		events, err := tx.Events()
		if err != nil {
			events = Events{} // a world that is damaged begins anew, too
		}
		for _, b := range buckets() {
			if b == bucketMeta {
				continue
			}
			if err := bolt.DeleteBucket([]byte(b)); err != nil {
				return err
			}
			if _, err := bolt.CreateBucket([]byte(b)); err != nil {
				return err
			}
		}
		if events.Last > 0 || events.Recording {
			if err := tx.PutDocument(kindEvents, "", Events{Recording: events.Recording, Begun: events.Last, First: events.Last + 1, Last: events.Last}); err != nil {
				return err
			}
		}
		if err := tx.put(bucketMeta, []byte(metaWorld), s.world); err != nil {
			return err
		}
		return tx.putClock()
	})
	if err != nil {
		s.world, s.clock, s.observed = was.world, was.clock, was.observed
		return fmt.Errorf("reset the world: %w", onDisk(err))
	}
	clear(s.live)
	clear(s.failed)
	clear(s.untold)
	clear(s.told)
	s.news = nil
	s.reached, s.weight = clock.World, 0
	return nil
}

// Close saves the engine's state and lets go of the file.
func (s *Store) Close() (err error) {
	defer func() { err = errors.Join(err, s.db.Close()) }()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("save the world: %v", p)
		}
	}()
	err = s.Snapshot()
	if s.cfg.Sync == SyncEachSecond {
		err = errors.Join(err, s.db.Sync())
	}
	return err
}
