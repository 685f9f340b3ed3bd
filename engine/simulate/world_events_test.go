package simulate_test

import (
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// eventsFeature is what services tell: in order, and nothing twice without cause
// within six hours (ECS semantics 4.15).
func eventsFeature() feature {
	return feature{name: "events", watch: func(l *laws) watcher {
		e := &eventLaws{laws: l, heard: map[ecs.ServiceName]*heard{}}
		return watcher{task: e.task, service: e.service}
	}}
}

type eventLaws struct {
	*laws
	heard map[ecs.ServiceName]*heard
}

// heard is what a service told last, and what was seen since.
type heard struct {
	created time.Time // of the service
	last    ecs.ServiceEvent
	steady  time.Time // when it told that it is steady
	moved   bool      // something happened to a task since the last event
	upset   bool      // it was not steady for a moment since it told that it is
}

// sameEventAfter is how long ECS does not tell the same again.
const sameEventAfter = 6 * time.Hour

func (l *eventLaws) of(name ecs.ServiceName) *heard {
	if l.heard[name] == nil {
		l.heard[name] = &heard{}
	}
	return l.heard[name]
}

func (l *eventLaws) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	if before == nil || before.task.LastStatus != t.LastStatus || before.task.DesiredStatus != t.DesiredStatus || before.task.HealthStatus != t.HealthStatus || l.verdictChanged(id) {
		h := l.of(l.sim.Cluster().Ref(id).Service())
		h.moved, h.upset = true, true
	}
}

func (l *eventLaws) service(s *ecs.Service, when string) {
	h := l.of(s.Name)
	if !h.created.Equal(s.CreatedAt) {
		*h = heard{created: s.CreatedAt}
	}
	if commanded := when != byItself; commanded {
		h.moved, h.upset = true, true
	}
	h.upset = h.upset || !steadyNow(s) || !l.wellNow(s)
	fresh := s.Events
	if i := slices.IndexFunc(s.Events, func(e ecs.ServiceEvent) bool { return e.ID == h.last.ID }); i >= 0 {
		fresh = s.Events[:i]
	}
	for _, e := range slices.Backward(fresh) {
		l.tell(s, h, &e)
	}
}

// tell checks one new event.
func (l *eventLaws) tell(s *ecs.Service, h *heard, e *ecs.ServiceEvent) {
	if e.ID == "" || e.CreatedAt.Before(h.last.CreatedAt) || e.CreatedAt.After(l.now) {
		l.fail("service %s tells %q (%s) at %s, after an event at %s", s.Name, e.Message, e.ID, e.CreatedAt.Sub(birth), h.last.CreatedAt.Sub(birth))
	}
	if !strings.HasPrefix(e.Message, "(service "+string(s.Name)+") ") && !(external(s) && ofTaskSet(s.Name, e.Message)) {
		l.fail("service %s tells an event of another form: %q", s.Name, e.Message)
	}
	soon := func(last time.Time) bool { return e.CreatedAt.Sub(last) < sameEventAfter }
	// Of throttled operations only a share fails: one that got through ended the
	// condition, whether or not it left a trace.
	throttled := strings.HasSuffix(e.Message, " operations are being throttled. Will try again later.")
	if e.Message == h.last.Message && soon(h.last.CreatedAt) && !h.moved && !throttled {
		l.fail("service %s tells twice within %s, and nothing happened: %q", s.Name, e.CreatedAt.Sub(h.last.CreatedAt), e.Message)
	}
	if strings.HasSuffix(e.Message, " has reached a steady state.") && !ofTaskSet(s.Name, e.Message) {
		if !h.steady.IsZero() && soon(h.steady) && !h.upset {
			l.fail("service %s tells after %s once more that it is steady, and has been so all the time", s.Name, e.CreatedAt.Sub(h.steady))
		}
		h.steady, h.upset = e.CreatedAt, false
	}
	h.last, h.moved = *e, false
}

// steadyNow says that the service has what it is to have.
func steadyNow(s *ecs.Service) bool {
	if external(s) {
		return !slices.ContainsFunc(s.TaskSets, func(x ecs.TaskSet) bool {
			return x.StabilityStatus != ecs.SteadyState || x.Status == ecs.TaskSetDraining
		})
	}
	p := s.PrimaryDeployment()
	return p != nil && p.RolloutState == ecs.RolloutCompleted && len(s.Deployments) == 1 && s.RunningCount == s.DesiredCount
}

// wellNow says that every task of the service that is meant to run is healthy.
func (l *eventLaws) wellNow(s *ecs.Service) bool {
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning}) {
		if !l.tasks[id].healthy {
			return false
		}
	}
	return true
}
