package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"slices"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/engine/scheduler"
)

// journalEntry is one command to one cluster, with the time at which it came.
type journalEntry struct {
	Cluster    ecs.ClusterName `json:"cluster"`
	Generation int             `json:"generation"`
	At         time.Time       `json:"at"`
	Command    runtime.Command `json:"command"`
}

// A snapshot is the moment of the state and its checksum as text, a line end,
// and the state as the runtime gave it.
func encodeSnapshot(at time.Time, state []byte) []byte {
	return append(fmt.Appendf(nil, "%s %08x\n", at.UTC().Format(time.RFC3339Nano), crc32.ChecksumIEEE(state)), state...)
}

func decodeSnapshot(raw []byte) (time.Time, []byte, error) {
	head, state, ok := bytes.Cut(raw, []byte("\n"))
	if !ok {
		return time.Time{}, nil, errors.New("it has no time")
	}
	moment, sum, ok := strings.Cut(string(head), " ")
	if want := fmt.Sprintf("%08x", crc32.ChecksumIEEE(state)); ok && sum != want {
		return time.Time{}, nil, errors.New("its checksum is wrong")
	}
	at, err := time.Parse(time.RFC3339Nano, moment)
	return at, bytes.Clone(state), err
}

// heavy is how much work a crash may cost to do again before the state is
// saved: a journal entry counts ten, a step of the engine one. A large state may
// cost more, since it is saved as a whole: what is to be done again then takes
// about as long as it takes to read that state.
const (
	heavy       = 10_000
	entryWeight = 10
	bytesWeigh  = 100 // so many bytes of saved state let the work weigh one more
)

// seedOf derives the seed of a cluster, so that clusters of one world differ,
// and one that is made again under its old name does not repeat its ids.
func seedOf(world uint64, c Cluster) uint64 {
	h := world ^ 0x9e3779b97f4a7c15
	for _, b := range fmt.Appendf(nil, "%s/%d", c.Name, c.Generation) {
		h = (h ^ uint64(b)) * 0x100000001b3
	}
	return h
}

func (s *Store) newLive(c Cluster) (*live, error) {
	rt, err := s.cfg.Runtimes.New(scheduler.Config{Scope: s.world.Scope, Name: c.Name, Seed: seedOf(s.world.Seed, c)})
	if err != nil {
		return nil, err
	}
	return &live{name: c.Name, generation: c.Generation, rt: rt}, nil
}

// restore builds a cluster from its snapshot and the journal after it. A
// FailedError is about the cluster alone, any other one about the file.
func (s *Store) restore(bolt *bbolt.Tx, c Cluster) (*live, error) {
	l, err := s.newLive(c)
	if err != nil {
		return nil, err
	}
	if raw := bolt.Bucket([]byte(bucketSnapshots)).Get([]byte(c.Name)); raw != nil {
		at, state, err := decodeSnapshot(raw)
		if err != nil {
			return nil, damaged(bucketSnapshots, []byte(c.Name), err)
		}
		if l.rt, err = s.cfg.Runtimes.Load(state); err != nil { // the file is sound: its checksum is right
			return nil, &FailedError{Cluster: c.Name, Cause: err.Error()}
		}
		s.reach(at)
		l.saved = len(state)
	}
	err = bolt.Bucket([]byte(bucketJournal)).ForEach(func(key, raw []byte) error {
		var entry journalEntry
		if err := json.Unmarshal(raw, &entry); err != nil {
			return damaged(bucketJournal, key, err)
		}
		if entry.Cluster != c.Name || entry.Generation != c.Generation {
			return nil
		}
		l.rt.Advance(entry.At)
		s.reach(entry.At)
		s.weight += entryWeight
		return s.again(l, entry, binary.BigEndian.Uint64(key))
	})
	if err != nil {
		return nil, err
	}
	return l, nil
}

// again applies a command of the journal. One that is refused now was accepted by
// a gantry that knew less of what is wrong: it is passed over, since a world
// must open whatever a client once sent.
func (s *Store) again(l *live, entry journalEntry, number uint64) error {
	_, err := l.rt.Apply(entry.At, entry.Command)
	var refused *ecs.Error
	switch {
	case errors.As(err, &refused):
		s.cfg.Log.Warn("a command of the journal is refused now, and passed over", "cluster", l.name, "number", number, "error", err)
		return nil
	case err != nil:
		return &FailedError{Cluster: l.name, Cause: fmt.Sprintf("apply command %d again: %v", number, err)}
	}
	return nil
}

func (s *Store) reach(t time.Time) {
	if t.After(s.reached) {
		s.reached = t
	}
}

// writtenEntry is a journalEntry whose command was written already.
type writtenEntry struct {
	Cluster    ecs.ClusterName `json:"cluster"`
	Generation int             `json:"generation"`
	At         time.Time       `json:"at"`
	Command    json.RawMessage `json:"command"`
}

// record appends a command to the journal.
func (t *Tx) record(l *live, cmd json.RawMessage) error {
	journal := t.bolt.Bucket([]byte(bucketJournal))
	number, err := journal.NextSequence()
	if err != nil {
		return err
	}
	return t.put(bucketJournal, binary.BigEndian.AppendUint64(nil, number),
		writtenEntry{Cluster: l.name, Generation: l.generation, At: t.now, Command: cmd})
}

// Heavy reports whether it is time for a Snapshot.
func (s *Store) Heavy() bool { return s.weight >= max(heavy, s.Saved()/bytesWeigh) }

// Saved is how many bytes the state of all clusters had when it was saved last.
func (s *Store) Saved() int {
	saved := 0
	for _, l := range s.live {
		saved += l.saved
	}
	return saved
}

// Snapshot saves the engine's state of every cluster and empties the journal.
// Of clusters that failed the file keeps what it has.
func (s *Store) Snapshot() error {
	err := s.db.Update(func(bolt *bbolt.Tx) error {
		tx := &Tx{s: s, bolt: bolt, writable: true}
		for _, name := range s.names() {
			var state []byte
			var err error
			if !s.guard(name, func() { state, err = s.live[name].rt.Save() }) {
				continue
			}
			if err != nil {
				return fmt.Errorf("save cluster %s: %w", name, err)
			}
			s.live[name].saved = len(state)
			snapshots := bolt.Bucket([]byte(bucketSnapshots))
			if err := snapshots.Put([]byte(name), encodeSnapshot(s.reached, state)); err != nil {
				return err
			}
		}
		if err := s.emptyJournal(bolt); err != nil {
			return err
		}
		return tx.putClock()
	})
	s.trouble.wrote(err)
	if err != nil {
		return fmt.Errorf("save the world: %w", err)
	}
	s.weight = 0
	return nil
}

// emptyJournal takes out the commands that the snapshots have in them: all but
// those to clusters that failed.
func (s *Store) emptyJournal(bolt *bbolt.Tx) error {
	old := bolt.Bucket([]byte(bucketJournal))
	kept := map[string][]byte{}
	err := old.ForEach(func(key, raw []byte) error {
		if len(s.failed) == 0 {
			return nil
		}
		var entry journalEntry
		if err := json.Unmarshal(raw, &entry); err != nil {
			return damaged(bucketJournal, key, err)
		}
		if s.failed[entry.Cluster] != nil {
			kept[string(key)] = bytes.Clone(raw)
		}
		return nil
	})
	if err != nil {
		return err
	}
	sequence := old.Sequence()
	if err := bolt.DeleteBucket([]byte(bucketJournal)); err != nil {
		return err
	}
	journal, err := bolt.CreateBucket([]byte(bucketJournal))
	if err != nil {
		return err
	}
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		if err := journal.Put([]byte(key), kept[key]); err != nil {
			return err
		}
	}
	return journal.SetSequence(sequence)
}
