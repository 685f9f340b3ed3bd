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
		next, repeats, some := s.next(name)
		switch {
		case !some:
		case !ok, periodic && !repeats, periodic == repeats && next.Before(at):
			at, periodic, ok = next, repeats, true
		}
	}
	return at, periodic, ok
}

// next is when something will happen by itself in a cluster.
func (s *Store) next(name ecs.ClusterName) (at time.Time, periodic, ok bool) {
	s.guard(name, func() { at, periodic, ok = s.live[name].rt.Next() })
	return at, periodic, ok
}

// Earliest is when the first thing of any kind happens.
func (s *Store) Earliest() (at time.Time, ok bool) {
	for _, name := range s.names() {
		if next, _, some := s.next(name); some && (!ok || next.Before(at)) {
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
	for steps := 1; ; steps++ {
		at, ok := s.Earliest()
		last := !ok || at.After(to)
		if last {
			at = to
		}
		if at.Sub(told) > seenFor { // before the step, which may drop what was seen
			if err := s.tell(); err != nil {
				return s.reached, err
			}
			told = s.reached
		}
		s.step(at)
		if err := s.share(); err != nil {
			return s.reached, err
		}
		if last || !more(steps) {
			break
		}
	}
	return s.reached, s.tell()
}

// share lets clusters know of the alarms of others that have changed.
func (s *Store) share() error {
	changes := 0
	for _, l := range s.live {
		if w := l.rt.World(); w != nil {
			changes += w.AlarmChanges()
		}
	}
	if s.cfg.Alarms == nil || changes == s.alarms || len(s.live) < 2 {
		return nil
	}
	// A change of the file is a promise that what happened before it is known.
	if err := s.tell(); err != nil {
		return err
	}
	if err := s.Update(s.reached, s.cfg.Alarms); err != nil {
		return err
	}
	s.alarms = changes
	return nil
}

// tell keeps the events of the clusters, lets Observe write records about changes,
// and forgets both then. When they could not be written, as on a full disk, they
// are told again.
func (s *Store) tell() error {
	s.collect()
	if len(s.news) == 0 && (len(s.untold) == 0 || s.cfg.Observe == nil) {
		return nil
	}
	err := s.Update(s.reached, func(tx *Tx) error {
		for _, name := range s.names() {
			if len(s.untold[name]) == 0 || s.cfg.Observe == nil {
				continue
			}
			var err error
			s.guard(name, func() { err = s.cfg.Observe(tx, name, s.untold[name]) })
			if err != nil {
				return err
			}
		}
		if len(s.news) == 0 {
			return nil
		}
		return s.tellNews(tx)
	})
	if err == nil {
		clear(s.untold)
		s.news = nil
	}
	return err
}

// step brings every cluster to one moment and keeps the changes that records
// are written about: a task that runs, and one that stopped.
func (s *Store) step(to time.Time) {
	if to.Before(s.reached) {
		to = s.reached
	}
	for _, name := range s.names() {
		s.guard(name, func() {
			rt := s.live[name].rt
			for _, change := range rt.Advance(to) {
				again := change.At.Before(s.observed)
				if !again && (change.Status == ecs.TaskRunning || change.Status == ecs.TaskStopped) && s.observes(rt, change.Task) {
					s.untold[name] = append(s.untold[name], change)
				}
			}
		})
	}
	s.reached = to
	s.weight++
}

func (s *Store) observes(rt runtime.Runtime, task ecs.TaskID) bool {
	return s.cfg.Observed == nil || s.cfg.Observed(rt.Cluster(), task)
}
