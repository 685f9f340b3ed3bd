package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// census counts the wanted tasks of one deployment by how they are, and whether
// they may stay where they are. It is kept in step, so that a pass over a
// service with thousands of tasks costs no more than what changed since.
type census struct {
	staying [4]int
	leaving [4]int // on DRAINING container instances
}

// slot is where a task is counted in its deployment's census; zero is nowhere.
type slot int8

func slotOf(is condition, leaves bool) slot {
	out := slot(is) + 1
	if leaves {
		out += 4
	}
	return out
}

func (s slot) condition() condition { return condition((s - 1) % 4) }

func (n *census) add(s slot, by int) {
	switch {
	case s == 0:
	case s > 4:
		n.leaving[s-5] += by
	default:
		n.staying[s-1] += by
	}
}

func counts(n *[4]int) rollout.Counts {
	return rollout.Counts{Pending: n[pending], Young: n[young], Healthy: n[healthy], Unhealthy: n[unhealthy]}
}

// recount counts a task anew. Whatever conditionOf or leaves asks about a task
// has to be followed by it, but for the time, which reviewing looks after.
func (c *Cluster) recount(t *task) {
	if t.dep == nil {
		return
	}
	now, until := slot(0), time.Time{}
	if t.wanted() && t.Task.LastStatus != ecs.TaskStopped {
		var is condition
		is, until = c.conditionOf(t)
		now = slotOf(is, c.leaves(t))
	}
	if !until.IsZero() && !until.Equal(t.review.Time()) {
		t.review = instantOf(until)
		t.svc.reviews.push(review{t.review, t})
	}
	if now == t.counted {
		return
	}
	t.dep.census.add(t.counted, -1)
	t.dep.census.add(now, +1)
	t.counted = now
	if now != 0 && t.unnoted() {
		t.svc.unnoted = append(t.svc.unnoted, t)
	}
}

// recountAll counts all tasks of a service anew: a setting changed that their
// conditions hang on.
func (c *Cluster) recountAll(s *service) {
	for _, t := range s.live {
		c.recount(t)
	}
}

// review is a moment at which time alone changes the condition of a task.
type review struct {
	at   instant
	task *task
}

func (a review) before(b review) bool {
	return a.at < b.at || a.at == b.at && a.task.Seq < b.task.Seq
}

// reviewing counts the tasks anew whose time has come, and says when the next
// one's comes; zero when there is none. Whoever reads the census asks first, so
// that what is read does not hang on who read before. What follows from a new
// condition is for the next pass to note.
func (c *Cluster) reviewing(s *service) time.Time {
	now := instantOf(c.now)
	for len(s.reviews) > 0 {
		first := s.reviews[0]
		switch {
		case first.task.review != first.at || first.task.counted == 0 || first.task.svc != s:
		case first.at <= now:
			first.task.review = 0
			s.reviews.pop()
			c.recount(first.task)
			continue
		case first.task.counted.condition() == young:
			return first.at.Time()
		}
		s.reviews.pop() // it no longer holds, as long as nobody asks for the same again
		if first.task.review == first.at {
			first.task.review = 0
		}
	}
	return time.Time{}
}

// unnoted reports whether the task's condition has news for the circuit breaker.
func (t *task) unnoted() bool {
	switch t.counted.condition() {
	case healthy:
		return !t.WasHealthy || t.WasSick
	case unhealthy:
		return !t.WasSick
	}
	return false
}

// noteHealth counts failed health checks for the second stage of the breaker,
// and lets a healthy task end the count (ECS semantics 4.7, 4.9).
func (c *Cluster) noteHealth(s *service) {
	slices.SortFunc(s.unnoted, bySeq)
	for _, t := range s.unnoted {
		if t.counted != 0 && t.counted.condition() == healthy {
			if !t.WasHealthy {
				t.WasHealthy = true
				s.forgive(t.dep)
			}
			t.WasSick = false
		}
	}
	for _, t := range s.unnoted {
		if t.counted != 0 && t.counted.condition() == unhealthy && !t.WasSick {
			t.WasSick = true
			c.countEnd(s)
			c.tellSickTarget(s, t)
			c.tellSickInstance(s, t)
			if t.dep.State == ecs.RolloutInProgress {
				c.countFailure(s, t.dep)
			}
		}
	}
	clear(s.unnoted)
	s.unnoted = s.unnoted[:0]
}
