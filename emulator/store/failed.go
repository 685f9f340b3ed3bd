package store

import (
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"

	"go.etcd.io/bbolt"

	"gantry/ecs"
)

// FailedError is the error about a cluster in which the engine failed. The
// cluster stands still, the file has it as it was before, and the rest of the
// world goes on. Whoever opens the world next tries it again, so that a gantry
// without the fault takes the cluster up where it stood.
type FailedError struct {
	Cluster ecs.ClusterName
	Cause   string
}

func (e *FailedError) Error() string {
	return fmt.Sprintf("Cluster %s stands still since the emulator failed in it (%s); nothing else of the world is affected.", e.Cluster, e.Cause)
}

// guard runs what the engine of a cluster does. It reports false when the engine
// failed: that leaves the cluster half way through a step, so it stands still
// from then on.
func (s *Store) guard(name ecs.ClusterName, do func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			s.halt(name, fmt.Sprint(p), string(debug.Stack()))
		}
	}()
	do()
	return true
}

func (s *Store) halt(name ecs.ClusterName, cause, stack string) {
	s.cfg.Log.Error("a cluster failed", "cluster", name, "cause", cause, "stack", stack)
	delete(s.live, name)
	delete(s.untold, name)
	s.failed[name] = &FailedError{Cluster: name, Cause: cause}
}

// Failed is why an active cluster stands still, or nil.
func (t *Tx) Failed(name ecs.ClusterName) error {
	if failed := t.s.failed[name]; failed != nil {
		return failed
	}
	return nil
}

// revive makes the engine of an active cluster again from what the file says. A
// cluster that the engine cannot take up stands still; an error is about the file.
func (s *Store) revive(bolt *bbolt.Tx, c Cluster) (err error) {
	s.guard(c.Name, func() {
		var l *live
		if l, err = s.restore(bolt, c); err == nil {
			s.live[c.Name] = l
		}
	})
	var failed *FailedError
	if errors.As(err, &failed) {
		s.halt(c.Name, failed.Cause, "")
		return nil
	}
	return err
}

// undo reads the clusters back that a failed change touched.
func (s *Store) undo(failed *Tx) error {
	if len(failed.touched) == 0 {
		return nil
	}
	return s.db.View(func(bolt *bbolt.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(failed.touched)) {
			s.readBack(bolt, name)
		}
		return nil
	})
}

// readBack brings a cluster to what the file says and the world has reached. One
// that cannot be read stands still.
func (s *Store) readBack(bolt *bbolt.Tx, name ecs.ClusterName) {
	delete(s.live, name)
	delete(s.failed, name)
	c, ok, err := (&Tx{s: s, bolt: bolt}).Cluster(name)
	if err == nil && ok && c.Active() {
		err = s.revive(bolt, c)
	}
	if err != nil {
		s.halt(name, err.Error(), "")
	}
	if l := s.live[name]; l != nil {
		s.guard(name, func() { l.rt.Advance(s.reached) })
	}
}
