package store

import (
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
)

// Next is when something will happen by itself in any cluster. As long as a
// cluster has more than repeats ahead, it is the next moment of such a cluster,
// and not periodic.
func (s *Store) Next() (at time.Time, periodic, ok bool) {
	for _, name := range s.names() {
		next, repeats, some := s.live[name].rt.Next()
		switch {
		case !some:
		case !ok, periodic && !repeats, periodic == repeats && next.Before(at):
			at, periodic, ok = next, repeats, true
		}
	}
	return at, periodic, ok
}

// Earliest is when the first thing of any kind happens.
func (s *Store) Earliest() (at time.Time, ok bool) {
	for _, name := range s.names() {
		if next, _, some := s.live[name].rt.Next(); some && (!ok || next.Before(at)) {
			at, ok = next, true
		}
	}
	return at, ok
}

// seenFor is how much of the world's time may pass until Observe is told what
// happened. The engine keeps a stopped task for an hour.
const seenFor = 20 * time.Minute

// Advance lets everything happen up to the time, moment by moment over all
// clusters, and asks more after each whether to go on. It reports how far it
// came: to, or the moment after which more said no.
func (s *Store) Advance(to time.Time, more func(steps int) bool) (time.Time, error) {
	told := s.reached
	seen := map[ecs.ClusterName][]runtime.Change{}
	for steps := 1; ; steps++ {
		at, ok := s.Earliest()
		last := !ok || at.After(to)
		if last {
			at = to
		}
		if at.Sub(told) > seenFor { // before the step, which may drop what was seen
			if err := s.tell(seen); err != nil {
				return s.reached, err
			}
			told = s.reached
		}
		s.step(at, seen)
		if last || !more(steps) {
			break
		}
	}
	return s.reached, s.tell(seen)
}

// tell lets Observe write records about changes, and forgets them.
func (s *Store) tell(seen map[ecs.ClusterName][]runtime.Change) error {
	if len(seen) == 0 || s.cfg.Observe == nil {
		return nil
	}
	defer clear(seen)
	return s.Update(s.reached, func(tx *Tx) error {
		for _, name := range s.names() {
			if len(seen[name]) == 0 {
				continue
			}
			if err := s.cfg.Observe(tx, name, seen[name]); err != nil {
				return err
			}
		}
		return nil
	})
}

// step brings every cluster to one moment and keeps the changes that records
// are written about: a task that runs, and one that stopped.
func (s *Store) step(to time.Time, seen map[ecs.ClusterName][]runtime.Change) {
	if to.Before(s.reached) {
		to = s.reached
	}
	for _, name := range s.names() {
		for _, change := range s.live[name].rt.Advance(to) {
			again := change.At.Before(s.observed)
			if !again && (change.Status == ecs.TaskRunning || change.Status == ecs.TaskStopped) {
				seen[name] = append(seen[name], change)
			}
		}
	}
	s.reached = to
	s.weight++
}
