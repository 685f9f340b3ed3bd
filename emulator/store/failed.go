package store

import (
	"fmt"
	"runtime/debug"

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
