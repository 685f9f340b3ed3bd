package rollout

import "slices"

// Counts are tasks with the desired status RUNNING, by how they are.
type Counts struct {
	Pending   int // not RUNNING yet
	Young     int // RUNNING, not counted healthy yet (ECS semantics 4.4)
	Healthy   int // RUNNING and healthy
	Unhealthy int // RUNNING, and failing a health check
}

// Good are the tasks that are healthy or on the way there.
func (c Counts) Good() int { return c.Pending + c.Young + c.Healthy }

// All are all of them.
func (c Counts) All() int { return c.Good() + c.Unhealthy }

// Plus adds them up.
func (c Counts) Plus(o Counts) Counts {
	return Counts{c.Pending + o.Pending, c.Young + o.Young, c.Healthy + o.Healthy, c.Unhealthy + o.Unhealthy}
}

// Deployment is one deployment of the service.
type Deployment struct {
	Wanted  int    // how many tasks an old deployment keeps; the PRIMARY's is the service's desired count, unless Apart
	Failed  bool   // starts nothing any more (ECS semantics 4.7)
	Held    bool   // starts nothing now: it waits out its back-off
	Staying Counts // tasks that may stay where they are
	Leaving Counts // tasks on DRAINING container instances (ECS semantics 6.2)

	// Of these, the tasks under scale-in protection, which no deployment and no
	// scale-in stops (ECS semantics 2.8). One that is unhealthy goes in spite of it.
	KeptStaying Counts
	KeptLeaving Counts
	Bounds      Bounds // of this deployment alone, when Apart
}

// Service is a REPLICA service between two decisions. Deployments[0] is the
// PRIMARY, older ones follow.
type Service struct {
	Desired     int
	Extra       int // tasks of the PRIMARY beyond that, which Availability Zone rebalancing started
	Bounds      Bounds
	Apart       bool // the deployments stand side by side: each as if it were a service of its own
	Deployments []Deployment
}

// alone is one deployment as a service of its own. Blue and green of a
// deployment that shifts traffic are such: green gets all its tasks although
// blue has all of its own, and the percents bound how each replaces tasks that
// fail or have to leave. That they bound each revision, not both together, is
// ours: ECS says only that both run at full size (ECS semantics 4.17).
func (s *Service) alone(i int) *Service {
	d := s.Deployments[i]
	return &Service{Desired: d.Wanted, Bounds: d.Bounds, Deployments: []Deployment{d}}
}

// Total are all tasks that count against the maximum.
func (s *Service) Total() int {
	n := 0
	for _, d := range s.Deployments {
		n += d.Staying.All() + d.Leaving.All()
	}
	return n
}

// Healthy are all tasks that count for the minimum.
func (s *Service) Healthy() int {
	n := 0
	for _, d := range s.Deployments {
		n += d.Staying.Healthy + d.Leaving.Healthy
	}
	return n
}

// rolling reports whether old deployments are on their way out. They are not
// while the PRIMARY has failed: then each keeps what it has.
func (s *Service) rolling() bool { return !s.Deployments[0].Failed }

// target is how many tasks a deployment should have.
func (s *Service) target(i int) int {
	if i == 0 && !s.Apart {
		return s.Desired + s.Extra
	}
	return s.Deployments[i].Wanted
}

// Missing is how many tasks the deployment lacks, tasks that fail or have to
// leave not counted as there.
func (s *Service) Missing(i int) int {
	return max(0, s.target(i)-s.Deployments[i].Staying.Good())
}

// Holds reports that the deployment lacks tasks, and starts them once its back-off
// is over.
func (s *Service) Holds(i int) bool {
	d := &s.Deployments[i]
	return d.Held && !d.Failed && s.Missing(i) > 0
}

// Starts says how many tasks each deployment starts, within the maximum. The
// PRIMARY goes first. An old deployment replaces a task that it lost, with its
// own revision, only as far as the service would be short of tasks without it
// (ECS semantics 4.3, 4.5).
func (s *Service) Starts() []int {
	out := make([]int, len(s.Deployments))
	if s.Apart {
		for i := range out {
			out[i] = s.alone(i).Starts()[0]
		}
		return out
	}
	room := s.Bounds.Upper - s.Total()
	coming := 0
	for i := range s.Deployments {
		coming += s.Deployments[i].Staying.Good()
		if i > 0 && s.rolling() {
			coming += s.Deployments[i].Leaving.Good()
		}
	}
	for i := range s.Deployments {
		d := &s.Deployments[i]
		if d.Failed || d.Held {
			continue
		}
		n := s.Missing(i)
		if i > 0 && s.rolling() {
			n = min(max(0, n-d.Leaving.Good()), max(0, s.Desired-coming))
		}
		n = max(0, min(n, room))
		out[i] = n
		room -= n
		coming += n
	}
	return out
}

// Short is how many tasks of a deployment are missing although nothing holds
// them back but room: under the maximum, or on the container instances. It is
// asked after the starts.
func (s *Service) Short(i int) int {
	if d := &s.Deployments[i]; d.Failed || d.Held {
		return 0
	}
	return s.Missing(i)
}

// Blocked reports that nothing can be started or stopped although there is
// something to do, and that waiting does not help: the bounds leave no step
// (the deadlocks of ECS semantics 4.3). Before a pass has stopped what it may,
// there still is a step.
func (s *Service) Blocked() bool {
	if s.Apart {
		for i := range s.Deployments {
			if s.alone(i).Blocked() {
				return true
			}
		}
		return false
	}
	if s.Bounds.Upper-s.Total() > 0 {
		return false
	}
	short := 0
	for i, d := range s.Deployments {
		if d.Staying.Pending+d.Staying.Young > 0 || d.Leaving.Pending+d.Leaving.Young > 0 || d.Held {
			return false
		}
		if i == 0 || !s.rolling() {
			short += s.Short(i)
		}
	}
	return short > 0 && !slices.ContainsFunc(s.Stops(), func(x Stop) bool { return x.All() > 0 })
}

// Complete reports that the PRIMARY has all its tasks, RUNNING and healthy, and
// that no task of another deployment and none on a DRAINING container instance
// is left (ECS semantics 4.6).
func (s *Service) Complete() bool {
	p := s.Deployments[0]
	return !p.Failed && p.Staying == Counts{Healthy: s.target(0)} && s.Total() == s.target(0)
}
