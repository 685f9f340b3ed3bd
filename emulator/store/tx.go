package store

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/engine/scheduler"
)

// ErrReadOnly is the error of a change inside of View.
var ErrReadOnly = errors.New("this transaction may only read")

// Tx is one consistent look at a world, or one change of it.
type Tx struct {
	s        *Store
	bolt     *bbolt.Tx
	now      time.Time
	writable bool
	changes  int                      // so far
	touched  map[ecs.ClusterName]bool // clusters whose engine this change reached
}

// Now is the world's time of this transaction.
func (t *Tx) Now() time.Time { return t.now }

// World is what the world was made with.
func (t *Tx) World() World { return t.s.world }

// Scope is the account and Region of the world.
func (t *Tx) Scope() ecs.Scope { return t.s.world.Scope }

// Writer knows what the containers of the world have written.
func (t *Tx) Writer() runtime.Writer { return t.s.cfg.Runtimes }

// CheckLabels says what is wrong with the Docker labels of a container, where
// they speak to what runs the tasks.
func (t *Tx) CheckLabels(labels map[string]string) error { return t.s.cfg.Runtimes.Check(labels) }

// Engine is the engine of an active cluster, for reading.
func (t *Tx) Engine(name ecs.ClusterName) (*scheduler.Cluster, bool) {
	l, ok := t.s.live[name]
	if !ok {
		return nil, false
	}
	return l.rt.Cluster(), true
}

// Runtime is what runs the tasks of an active cluster, for reading.
func (t *Tx) Runtime(name ecs.ClusterName) (runtime.Runtime, bool) {
	l, ok := t.s.live[name]
	if !ok {
		return nil, false
	}
	return l.rt, true
}

// LiveClusters lists the active clusters in order of their names.
func (t *Tx) LiveClusters() []ecs.ClusterName { return t.s.names() }

// Apply gives a command to a cluster and writes it into the journal.
func (t *Tx) Apply(name ecs.ClusterName, cmd runtime.Command) (scheduler.Outcome, error) {
	if !t.writable {
		return scheduler.Outcome{}, ErrReadOnly
	}
	if err := t.Failed(name); err != nil {
		return scheduler.Outcome{}, err
	}
	l, ok := t.s.live[name]
	if !ok {
		return scheduler.Outcome{}, &ecs.Error{Code: ecs.CodeClusterNotFound, Message: "Cluster not found."}
	}
	// What is journalled is what is applied: the engine gets the command as it
	// will be read back, so that nothing a journal cannot hold has an effect.
	encoded, err := json.Marshal(cmd)
	if err != nil {
		return scheduler.Outcome{}, fmt.Errorf("write a command: %w", err)
	}
	var read runtime.Command
	if err := json.Unmarshal(encoded, &read); err != nil {
		return scheduler.Outcome{}, fmt.Errorf("read a command back: %w", err)
	}
	before := t.touched[name]
	t.touch(name) // before it is: a fault of the engine is undone, too
	outcome, err := l.rt.Apply(t.now, read)
	if err != nil {
		if !before {
			delete(t.touched, name) // a refusal changes nothing, so there is nothing to undo
		}
		return scheduler.Outcome{}, err
	}
	t.s.reach(t.now)
	t.s.weight += entryWeight
	return outcome, t.record(l, encoded)
}

func (t *Tx) touch(name ecs.ClusterName) {
	if t.touched == nil {
		t.touched = map[ecs.ClusterName]bool{}
	}
	t.touched[name] = true
}

// PutCluster keeps a cluster's record. A cluster that is active has an engine
// from then on unless it failed, and one that is not loses it.
func (t *Tx) PutCluster(c Cluster) error {
	if !t.writable {
		return ErrReadOnly
	}
	if err := t.put(bucketClusters, []byte(c.Name), c); err != nil {
		return err
	}
	known := t.s.live[c.Name] != nil || t.s.failed[c.Name] != nil
	switch {
	case c.Active() && !known:
		l, err := t.s.newLive(c)
		if err != nil {
			return err
		}
		l.rt.Advance(t.now)
		t.touch(c.Name)
		t.s.live[c.Name] = l
	case !c.Active() && known:
		t.touch(c.Name)
		delete(t.s.live, c.Name)
		delete(t.s.failed, c.Name)
		return t.bucketOf(bucketSnapshots).Delete([]byte(c.Name))
	}
	return nil
}

// Cluster reads a cluster's record.
func (t *Tx) Cluster(name ecs.ClusterName) (Cluster, bool, error) {
	var c Cluster
	ok, err := t.get(bucketClusters, []byte(name), &c)
	return c, ok, err
}

// Clusters reads the records of all clusters, deleted ones included.
func (t *Tx) Clusters() ([]Cluster, error) {
	return all[Cluster](t, bucketClusters, nil)
}

func (t *Tx) putClock() error {
	if err := t.put(bucketMeta, []byte(metaClock), t.s.clock); err != nil {
		return err
	}
	return t.put(bucketMeta, []byte(metaObserved), t.s.observed)
}

func (t *Tx) put(b bucket, key []byte, record any) error {
	if !t.writable {
		return ErrReadOnly
	}
	encoded, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write the record %q in %s: %w", key, b, err)
	}
	return t.bucketOf(b).Put(key, encoded)
}

func (t *Tx) get(b bucket, key []byte, into any) (bool, error) {
	raw := t.bolt.Bucket([]byte(b)).Get(key)
	if raw == nil {
		return false, nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return false, damaged(b, key, err)
	}
	return true, nil
}

func (t *Tx) delete(b bucket, key []byte) error {
	if !t.writable {
		return ErrReadOnly
	}
	return t.bucketOf(b).Delete(key)
}

// all reads the records whose key begins with prefix, in order of their keys.
func all[T any](t *Tx, b bucket, prefix []byte) ([]T, error) {
	var records []T
	err := each(t, b, prefix, func(_ []byte, record T) (bool, error) {
		records = append(records, record)
		return true, nil
	})
	return records, err
}

// each visits those records until visit returns false.
func each[T any](t *Tx, b bucket, prefix []byte, visit func(key []byte, record T) (bool, error)) error {
	cursor := t.bolt.Bucket([]byte(b)).Cursor()
	for key, raw := cursor.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, raw = cursor.Next() {
		var record T
		if err := json.Unmarshal(raw, &record); err != nil {
			return damaged(b, key, err)
		}
		if more, err := visit(key, record); err != nil || !more {
			return err
		}
	}
	return nil
}

// deleteRange deletes every record whose key begins with prefix.
func (t *Tx) deleteRange(b bucket, prefix []byte) error {
	if !t.writable {
		return ErrReadOnly
	}
	var keys [][]byte
	cursor := t.bolt.Bucket([]byte(b)).Cursor()
	for key, _ := cursor.Seek(prefix); key != nil && bytes.HasPrefix(key, prefix); key, _ = cursor.Next() {
		keys = append(keys, bytes.Clone(key))
	}
	for _, key := range keys {
		if err := t.bucketOf(b).Delete(key); err != nil {
			return err
		}
	}
	return nil
}

// join makes a key of parts that no name can hold a NUL in.
func join(parts ...string) []byte {
	var key []byte
	for i, part := range parts {
		if i > 0 {
			key = append(key, 0)
		}
		key = append(key, part...)
	}
	return key
}

// ordered is a number as bytes that sort like it.
func ordered(n int64) []byte {
	return binary.BigEndian.AppendUint64(nil, uint64(n)^1<<63)
}

func decode(raw []byte, into any) error { return json.Unmarshal(raw, into) }
