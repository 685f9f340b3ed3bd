package simulate_test

import (
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// seen is a task as it was after the moment before.
type seen struct {
	task    ecs.Task
	healthy bool
	was     bool // healthy, in the moment before
}

// able reports whether the scheduler may have counted the task as healthy: of one
// moment it comes first, and then the news of tasks that turn unhealthy.
func (s *seen) able() bool { return s.healthy || s.was && s.task.DesiredStatus == ecs.TaskRunning }

// laws watches a world from outside: it knows the nouns that everybody can
// read, and works out again what the engine keeps count of.
type laws struct {
	*world
	watchers []watcher
	tasks    map[ecs.TaskID]*seen                               // as they are now
	live     []ecs.TaskID                                       // not STOPPED
	services map[ecs.ServiceName]*ecs.Service                   // as they are now, those that were asked for
	fleet    map[ecs.ContainerInstanceID]*ecs.ContainerInstance // the same
	moments  int
	broken   *brokenLaw

	definitions map[ecs.ARN]*ecs.TaskDefinition // of which a task was seen
	desired     map[string]desired              // of services and deployments

	judged, judgedBefore map[ecs.TaskID]verdict // see verdicts
	judgedAt             int
	judges               bool                     // there may be load balancers in the world
	balanced             map[ecs.ServiceName]bool // services that have some
	balancedSets         map[string]bool          // task sets that have some
}

func newLaws(w *world) *laws {
	l := &laws{world: w, tasks: map[ecs.TaskID]*seen{}, definitions: map[ecs.ARN]*ecs.TaskDefinition{}, desired: map[string]desired{}}
	for _, f := range w.features {
		if f.watch != nil {
			l.watchers = append(l.watchers, f.watch(l))
		}
	}
	return l
}

// fail says that a law is broken. The format stands for the law when its story is
// made shorter: a shorter one has to break the same.
func (l *laws) fail(format string, args ...any) {
	if l.broken == nil {
		l.broken = &brokenLaw{format, fmt.Sprintf("at %s: "+format, append([]any{l.now.Sub(birth)}, args...)...), l.trace}
	}
}

// brokenLaw is the first law that a world broke.
type brokenLaw struct {
	law   string
	text  string
	trace []string
}

func (b *brokenLaw) Error() string { return b.text }

const (
	// mostMoments is far more than a world has.
	mostMoments = 100_000
	// mostOfRest bounds how long a world is waited for: where a service fails every
	// few seconds while another waits out a back-off of 27 minutes, an hour has
	// thousands of moments that are all alike. One world in a thousand is cut off.
	mostOfRest = 2000
)

// byItself is the cause of a moment that nobody's command brought.
const byItself = "by itself"

// walk goes from event to event, or with settle until only repeats are left.
func (l *laws) walk(to time.Time, settle bool) {
	begun := l.moments
	for l.broken == nil && (!settle || l.moments < begun+mostOfRest) {
		at, periodic, ok := l.sim.Next()
		if !ok || at.After(to) || settle && periodic {
			break
		}
		if at.Before(l.now) {
			l.fail("Next is %s, in the past", at.Sub(birth))
			return
		}
		l.now = at
		l.advance(at)
		l.check(byItself)
		if l.moments > mostMoments {
			l.fail("there is no end of moments")
		}
	}
	if !settle {
		l.now = to
	}
	l.advance(l.now)
}

// check checks every law.
func (l *laws) check(when string) {
	l.moments++
	c := l.sim.Cluster()
	old := l.tasks
	l.tasks = make(map[ecs.TaskID]*seen, len(old))
	l.live, l.services, l.fleet = l.live[:0], map[ecs.ServiceName]*ecs.Service{}, map[ecs.ContainerInstanceID]*ecs.ContainerInstance{}
	for _, id := range c.Tasks(scheduler.TaskFilter{}) {
		last, _ := c.Ref(id).Status()
		before := old[id]
		if before != nil && before.task.LastStatus == ecs.TaskStopped && last == ecs.TaskStopped {
			l.tasks[id] = before // nothing happens to it any more
			continue
		}
		t := l.look(id, before)
		if before == nil {
			l.definitions[t.TaskDefinitionARN] = c.Ref(id).Definition()
		}
		l.tasks[id] = &seen{t, l.healthy(id, &t), before != nil && before.healthy}
		if last != ecs.TaskStopped {
			l.live = append(l.live, id)
		}
		for _, w := range l.watchers {
			if w.task != nil {
				w.task(id, &t, before)
			}
		}
	}
	for _, w := range l.watchers {
		if w.moment != nil {
			w.moment(when)
		}
	}
	for _, name := range names {
		s := l.service(name)
		if s == nil || s.Status == ecs.ServiceInactive {
			continue
		}
		for _, w := range l.watchers {
			if w.service != nil {
				w.service(s, when)
			}
		}
	}
}

// look is a task as it is now. In most worlds it is believed to be as it was when
// its version is: to look at every task in every moment is half of what laws cost.
func (l *laws) look(id ecs.TaskID, before *seen) ecs.Task {
	if before != nil && l.seed%4 != 1 && l.sim.Cluster().Ref(id).Version() == before.task.Version {
		return before.task
	}
	t, _ := l.sim.Cluster().Task(id)
	return t
}

// desired is a desired count in the moment before and in this one.
type desired struct{ at, before, now int }

// desiredOf are the least and the most that a desired count, which is n now, was
// in this moment. Service auto scaling may change it in the moment in which the
// scheduler acted, and after that: what the scheduler did is judged by either.
func (l *laws) desiredOf(whose string, n int) (least, most int) {
	x, known := l.desired[whose]
	switch {
	case !known:
		x.before = n
	case x.at != l.moments:
		x.before = x.now
	}
	x.at, x.now = l.moments, n
	l.desired[whose] = x
	return min(x.before, n), max(x.before, n)
}

// service is a service as it is in this moment, nil when there is none. It is
// not cheap to ask the cluster.
func (l *laws) service(name ecs.ServiceName) *ecs.Service {
	s, asked := l.services[name]
	if !asked {
		if now, ok := l.sim.Cluster().Service(name); ok {
			s = &now
		}
		l.services[name] = s
	}
	return s
}

// isOf reports whether a task is of the service, not of an earlier one that had
// the same name: that is INACTIVE as soon as its tasks are STOPPING (ECS semantics
// 4.13), and they may live on beside the new one.
func (l *laws) isOf(id ecs.TaskID, s *ecs.Service) bool {
	return l.sim.Cluster().Ref(id).Service() == s.Name && !l.tasks[id].task.CreatedAt.Before(s.CreatedAt)
}

// containerInstance is a container instance as it is in this moment, nil when
// there is none.
func (l *laws) containerInstance(id ecs.ContainerInstanceID) *ecs.ContainerInstance {
	i, asked := l.fleet[id]
	if !asked {
		if now, ok := l.sim.Cluster().Instance(id); ok {
			i = &now
		}
		l.fleet[id] = i
	}
	return i
}

// instanceOf is where a task is, nil on Fargate and without a place.
func (l *laws) instanceOf(t *ecs.Task) *ecs.ContainerInstance {
	if t.ContainerInstanceARN == "" {
		return nil
	}
	return l.containerInstance(ecs.ContainerInstanceID(t.ContainerInstanceARN.Short()))
}
