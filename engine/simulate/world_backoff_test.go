package simulate_test

import (
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// backoffFeature is tasks that never reach RUNNING: how long their service waits
// before it starts more (ECS semantics 4.10), and when its circuit breaker gives
// up (4.9).
func backoffFeature() feature {
	return feature{name: "backoff", watch: func(l *laws) watcher {
		b := &startLaws{laws: l, rounds: map[ecs.TaskID]int{}, sick: map[ecs.TaskID]bool{}, of: map[string]*starts{}, hungry: map[ecs.ServiceName]time.Time{}}
		return watcher{task: b.task, service: b.service}
	}}
}

// starts are how the starts of one deployment went, as seen from outside.
type starts struct {
	status    ecs.DeploymentStatus
	state     ecs.RolloutState
	ran       bool // one of its tasks was RUNNING
	round     int  // lost since then
	notBefore time.Time
	failed    int       // tasks that never reached RUNNING
	unwell    int       // times that one of its tasks became unhealthy
	over      time.Time // since when the circuit breaker has to have had enough
	told      int       // failures, as the deployment told them last, and of how many for the breaker
	enough    int

	fresh, lost, up []ecs.TaskID // in the moment that is checked
	let             bool         // a pass let a task be RUNNING in it, before it started others
}

// startLaws count what the engine counts.
type startLaws struct {
	*laws
	of     map[string]*starts
	rounds map[ecs.TaskID]int // in which each task was started
	sick   map[ecs.TaskID]bool
	hungry map[ecs.ServiceName]time.Time // since when a service lacks tasks that it could start
}

// patience is more than the scheduler takes to look at a service.
const patience = time.Minute

func (l *startLaws) deployment(id string) *starts {
	if l.of[id] == nil {
		l.of[id] = &starts{}
	}
	return l.of[id]
}

func (l *startLaws) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	if l.sim.Cluster().Ref(id).Service() == "" {
		return
	}
	d := l.deployment(t.StartedBy)
	if before == nil {
		d.fresh = append(d.fresh, id)
	}
	if !t.StartedAt.IsZero() && (before == nil || before.task.StartedAt.IsZero()) {
		d.up = append(d.up, id)
		d.let = d.let || before != nil && before.task.LastStatus == ecs.TaskActivating
	}
	stops := t.DesiredStatus == ecs.TaskStopped && (before == nil || before.task.DesiredStatus != ecs.TaskStopped)
	if stops && t.StartedAt.IsZero() && (t.StopCode == ecs.TaskFailedToStart || t.StopCode == ecs.EssentialContainerExited) {
		d.lost = append(d.lost, id)
	}
	was := l.sick[id]
	if l.sick[id] = l.unhealthy(id, t); l.sick[id] && !was {
		d.unwell++
	}
}

// unhealthy is what a service replaces a task for.
func (l *laws) unhealthy(id ecs.TaskID, t *ecs.Task) bool {
	return t.HealthStatus == ecs.HealthUnhealthy || l.balancersRefuse(id)
}

func (l *startLaws) service(s *ecs.Service, _ string) {
	for i := range s.Deployments {
		d := &s.Deployments[i]
		x := l.deployment(string(d.ID))
		if d.Status == ecs.DeploymentPrimary && x.status == ecs.DeploymentActive {
			*x = starts{ran: d.RunningCount > 0, fresh: x.fresh, lost: x.lost, up: x.up} // a rollback begins anew
		}
		x.status = d.Status
		l.count(s, d, x)
		l.breaker(s, d, x)
	}
	l.hunger(s)
}

// count counts the news of a deployment. The scheduler acts before the tasks of
// one moment, so the news comes after the starts; but it may itself bring a task
// to RUNNING, which it registers, and then start more.
func (l *startLaws) count(s *ecs.Service, d *ecs.Deployment, x *starts) {
	if x.let {
		x.ran, x.round, x.notBefore = true, 0, time.Time{}
	}
	for _, id := range x.fresh {
		if l.now.Before(x.notBefore) {
			l.fail("service %s starts task %s, and after %d lost rounds its deployment %s has to wait until %s", s.Name, id, x.round, d.ID, x.notBefore.Sub(birth))
		}
		l.rounds[id] = x.round
	}
	for _, id := range x.lost {
		if x.failed++; l.rounds[id] == x.round {
			x.round++
			x.notBefore = l.now.Add(rollout.Backoff(x.round))
		}
	}
	if len(x.up) > 0 {
		x.ran, x.round, x.notBefore = true, 0, time.Time{}
	}
	x.fresh, x.lost, x.up, x.let = nil, nil, nil, false
}

func (l *startLaws) breaker(s *ecs.Service, d *ecs.Deployment, x *starts) {
	enough := rollout.BreakerThreshold(s.DesiredCount, s.DeploymentConfiguration.CircuitBreaker.Threshold)
	tripped := d.RolloutState == ecs.RolloutFailed && x.state != ecs.RolloutFailed && strings.Contains(d.RolloutStateReason, "tasks failed to start")
	x.state = d.RolloutState
	on := s.DeploymentConfiguration.CircuitBreaker.Enable && d.Status == ecs.DeploymentPrimary && d.RolloutState == ecs.RolloutInProgress
	if on && d.FailedTasks > x.told && x.told >= max(enough, x.enough) && x.enough > 0 {
		l.fail("deployment %s of service %s counts %d failures, and after %d its circuit breaker counts no further", d.ID, s.Name, d.FailedTasks, enough)
	}
	if x.told, x.enough = d.FailedTasks, enough; !on {
		x.enough = 0
	}
	if all := x.failed + x.unwell; tripped && all < enough && x.status == ecs.DeploymentPrimary {
		l.fail("the circuit breaker of service %s gave deployment %s up after %d failures, and %d are needed", s.Name, d.ID, all, enough)
	}
	had := d.FailedTasks >= enough || !x.ran && x.failed >= enough
	if !on || !had || l.letsGo(s) {
		x.over = time.Time{}
		return
	}
	if x.over.IsZero() {
		x.over = l.now
	}
	if l.now.Sub(x.over) > patience {
		l.fail("deployment %s of service %s has failed %d times (it says %d), %d are enough for its circuit breaker, and it goes on", d.ID, s.Name, x.failed, d.FailedTasks, enough)
	}
}

// letsGo reports whether the service's deployment removes the revision before it:
// nothing fails it any more.
func (l *startLaws) letsGo(s *ecs.Service) bool {
	all := l.sim.Cluster().ServiceDeployments(s.Name)
	return len(all) > 0 && all[0].LifecycleStage == ecs.StageCleanUp
}

// hunger: a service that lacks tasks, and that neither bounds nor back-off nor
// places nor throttling keep from starting some, starts some.
func (l *startLaws) hunger(s *ecs.Service) {
	since, was := l.hungry[s.Name]
	if was && l.now.Sub(since) > patience {
		l.fail("service %s lacks tasks since %s: desired %d running %d pending %d, and nothing kept it from starting them", s.Name, since.Sub(birth), s.DesiredCount, s.RunningCount, s.PendingCount)
	}
	p := s.PrimaryDeployment()
	there := s.RunningCount + s.PendingCount
	hungry := s.Status == ecs.ServiceActive && s.SchedulingStrategy != ecs.Daemon && p != nil && p.RolloutState != ecs.RolloutFailed &&
		there < s.DesiredCount && p.DesiredCount == s.DesiredCount && there < s.DesiredCount*s.DeploymentConfiguration.MaximumPercent/100 &&
		!l.now.Before(l.deployment(string(p.ID)).notBefore) && l.sim.Cluster().Unplaced(s.Name) == nil &&
		!slices.ContainsFunc(l.sim.Cluster().Standing(s.Name), func(m string) bool { return strings.Contains(m, "are being throttled") })
	switch {
	case !hungry:
		delete(l.hungry, s.Name)
	case !was:
		l.hungry[s.Name] = l.now
	}
}
