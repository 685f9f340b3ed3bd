package scheduler

import (
	"slices"
	"time"
)

// launchesPerMinute bounds how fast a service starts tasks, in any minute (ECS
// semantics 4.11).
const launchesPerMinute = 500

// launches are tasks that a service started in one moment.
type launches struct {
	At    time.Time `json:"at"`
	Tasks int       `json:"tasks"`
}

// counts reports whether the tasks still count against the launch rate.
func (x launches) counts(now time.Time) bool { return now.Sub(x.At) < time.Minute }

// launchable is how many tasks the service may start now, and until when it may
// start no more if that is none.
func (c *Cluster) launchable(s *service) (n int, until time.Time) {
	n = launchesPerMinute
	for _, x := range s.Launches {
		if x.counts(c.now) {
			n -= x.Tasks
			until = earlier(until, x.At.Add(time.Minute))
		}
	}
	if n > 0 {
		return n, time.Time{}
	}
	return 0, until
}

// launched counts tasks that the service started.
func (c *Cluster) launched(s *service, n int) {
	if n == 0 {
		return
	}
	s.Launches = slices.DeleteFunc(s.Launches, func(x launches) bool { return !x.counts(c.now) })
	s.Launches = append(s.Launches, launches{c.now, n})
}

// earlierLaunches are those of a state in which a service counted them from the
// beginning of a minute.
func (s *service) earlierLaunches() {
	if s.Started > 0 {
		s.Launches = append(s.Launches, launches{s.WindowAt, s.Started})
	}
	s.Started, s.WindowAt = 0, time.Time{}
}
