package simulate_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

var bounds = [][2]int{{100, 200}, {100, 200}, {50, 100}, {50, 150}, {0, 100}, {0, 200}, {100, 150}, {75, 100}, {90, 110}, {50, 200}}

// servicesFeature is services that are created, updated, scaled and deleted, the
// bounds of their deployments, what is counted, and that they settle.
func servicesFeature() feature {
	return feature{
		name: "services",
		verbs: []verb{
			{"create", 2, onService(func(w *world, name ecs.ServiceName, r *rand.Rand) scheduler.Command {
				return scheduler.Command{CreateService: w.service(name, r)}
			})},
			{"update", 5, onService(func(w *world, name ecs.ServiceName, _ *rand.Rand) scheduler.Command {
				return scheduler.Command{UpdateService: w.update(name)}
			})},
			{"scale", 3, onService(func(_ *world, name ecs.ServiceName, r *rand.Rand) scheduler.Command {
				n := r.IntN(10)
				return scheduler.Command{UpdateService: &scheduler.UpdateService{Name: name, DesiredCount: &n}}
			})},
			{"bounds", 1, onService(func(w *world, name ecs.ServiceName, _ *rand.Rand) scheduler.Command {
				d := w.configuration()
				return scheduler.Command{UpdateService: &scheduler.UpdateService{Name: name, DeploymentConfiguration: &d}}
			})},
			{"force", 1, onService(func(_ *world, name ecs.ServiceName, _ *rand.Rand) scheduler.Command {
				return scheduler.Command{UpdateService: &scheduler.UpdateService{Name: name, ForceNewDeployment: true}}
			})},
			{"delete", 1, onService(func(_ *world, name ecs.ServiceName, r *rand.Rand) scheduler.Command {
				return scheduler.Command{DeleteService: &scheduler.DeleteService{Name: name, Force: r.IntN(3) > 0}}
			})},
		},
		configurations: []decoration[ecs.DeploymentConfiguration]{{"percent", func(_ *world, d *ecs.DeploymentConfiguration, r *rand.Rand) {
			b := bounds[r.IntN(len(bounds))]
			d.MinimumHealthyPercent, d.MaximumPercent = b[0], b[1]
		}}},
		watch: func(l *laws) watcher {
			n := &serviceLaws{laws: l}
			return watcher{task: n.task, service: n.service, rest: l.rest}
		},
	}
}

// onService is a verb's work on one of the services, whether there is one or not.
func onService(do func(w *world, name ecs.ServiceName, r *rand.Rand) scheduler.Command) func(*world, *rand.Rand) []simulate.Command {
	return func(w *world, r *rand.Rand) []simulate.Command {
		return one(do(w, names[r.IntN(len(names))], r))
	}
}

func (w *world) configuration() ecs.DeploymentConfiguration {
	d := ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 200}
	decorate(w, &d, func(f *feature) []decoration[ecs.DeploymentConfiguration] { return f.configurations })
	return d
}

func (w *world) service(name ecs.ServiceName, r *rand.Rand) *scheduler.CreateService {
	c := &scheduler.CreateService{
		Service:        ecs.Service{Name: name, DesiredCount: r.IntN(8), DeploymentConfiguration: w.configuration()},
		TaskDefinition: w.definition(string(name)),
	}
	decorate(w, c, func(f *feature) []decoration[scheduler.CreateService] { return f.services })
	if c.TaskDefinition.NetworkMode == ecs.NetworkAWSVPC {
		c.Service.NetworkConfiguration = subnets()
	}
	return c
}

// update is a new revision for a service.
func (w *world) update(name ecs.ServiceName) *scheduler.UpdateService {
	def := w.definition(string(name))
	// A service keeps its network mode: the configuration has to fit.
	if s, ok := w.sim.Cluster().Service(name); ok && s.NetworkConfiguration != nil {
		withInterface(&def)
	} else {
		def.NetworkMode = ecs.NetworkBridge
	}
	u := &scheduler.UpdateService{Name: name, TaskDefinition: &def}
	decorate(w, u, func(f *feature) []decoration[scheduler.UpdateService] { return f.updates })
	return u
}

// healthy is what counts for the minimum (ECS semantics 4.4).
func (l *laws) healthy(id ecs.TaskID, t *ecs.Task) bool {
	if t.LastStatus != ecs.TaskRunning || t.DesiredStatus != ecs.TaskRunning {
		return false
	}
	agree, balanced := l.balancersAgree(id)
	if !agree {
		return false
	}
	for _, d := range l.sim.Cluster().Ref(id).Definition().Containers {
		if d.Essential && d.HealthCheck != nil {
			return t.HealthStatus == ecs.HealthHealthy
		}
	}
	if balanced {
		return true
	}
	return l.now.Sub(t.StartedAt) >= 40*time.Second
}

// wasHealthy reports whether a task counted as healthy when the scheduler acted in
// this moment. Its 40 s may have passed since the moment before. What its load
// balancers said then is what the scheduler saw.
func (l *laws) wasHealthy(id ecs.TaskID, before *seen) bool {
	if v := l.verdictBefore(id); v.targets > 0 {
		return before.healthy && v.healthy
	}
	return l.healthy(id, &before.task)
}

// serviceLaws work out again what a service counts, and whether the bounds held.
type serviceLaws struct {
	*laws
	at      int                     // the moment that the maps are about
	started map[ecs.ServiceName]int // tasks that began in it
	stopped map[ecs.ServiceName]int // healthy tasks that the scheduler stopped in it
	died    map[ecs.ServiceName]int // healthy tasks that ended otherwise in it
}

func (l *serviceLaws) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	if l.at != l.moments {
		l.at = l.moments
		l.started, l.stopped, l.died = map[ecs.ServiceName]int{}, map[ecs.ServiceName]int{}, map[ecs.ServiceName]int{}
	}
	service := l.sim.Cluster().Ref(id).Service()
	if before == nil {
		l.started[service]++
		return
	}
	if l.wasHealthy(id, before) && t.DesiredStatus == ecs.TaskStopped {
		if t.StopCode == ecs.ServiceSchedulerInitiated {
			l.stopped[service]++
		} else {
			l.died[service]++
		}
	}
}

// service checks the bounds and the counts of one service.
func (l *serviceLaws) service(s *ecs.Service, when string) {
	if l.at != l.moments {
		l.at = l.moments
		l.started, l.stopped, l.died = nil, nil, nil
	}
	running, pending, healthy, byDeployment := 0, 0, 0, map[string]int{}
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning}) {
		t := l.tasks[id]
		byDeployment[t.task.StartedBy]++
		switch {
		case t.task.LastStatus == ecs.TaskRunning:
			running++
		default:
			pending++
		}
		if t.able() {
			healthy++
		}
	}
	if s.RunningCount != running || s.PendingCount != pending {
		l.fail("service %s counts %d running and %d pending, has %d and %d", s.Name, s.RunningCount, s.PendingCount, running, pending)
	}
	for _, d := range s.Deployments {
		if d.RunningCount+d.PendingCount != byDeployment[string(d.ID)] {
			l.fail("deployment %s counts %d+%d tasks, has %d", d.ID, d.RunningCount, d.PendingCount, byDeployment[string(d.ID)])
		}
		delete(byDeployment, string(d.ID))
	}
	for _, x := range s.TaskSets {
		delete(byDeployment, string(x.ID)) // see taskSetLaws
	}
	if len(byDeployment) > 0 {
		l.fail("service %s has tasks of no deployment: %v", s.Name, slices.Sorted(maps.Keys(byDeployment)))
	}
	least, most := l.desiredOf(string(s.Name), s.DesiredCount)
	// A DAEMON service's desired count follows the fleet; its task on a draining
	// instance has to go in any case.
	if s.Status != ecs.ServiceActive || s.SchedulingStrategy == ecs.Daemon || external(s) || l.shiftsTraffic(s.Name) {
		return
	}
	d := s.DeploymentConfiguration
	upper, lower := most*d.MaximumPercent/100, (least*d.MinimumHealthyPercent+99)/100
	if n := l.started[s.Name]; n > 0 && running+pending > upper {
		l.fail("service %s started %d tasks and has %d, the maximum is %d (%s)", s.Name, n, running+pending, upper, when)
	}
	// The minimum binds what the scheduler does for a deployment.
	if n := l.stopped[s.Name]; n > 0 && healthy+l.died[s.Name] < lower {
		l.fail("service %s stopped %d healthy tasks and has %d left, the minimum is %d (%s)", s.Name, n, healthy, lower, when)
	}
}

// rest checks that every service is settled, or says why not.
func (l *laws) rest() {
	c := l.sim.Cluster()
	_, periodic, ok := l.sim.Next()
	for _, name := range c.Services() {
		s, _ := c.Service(name)
		if external(&s) {
			continue // see taskSetLaws
		}
		p := s.PrimaryDeployment()
		enough := s.RunningCount == s.DesiredCount || s.SchedulingStrategy == ecs.Daemon && s.RunningCount > s.DesiredCount
		settled := p.RolloutState == ecs.RolloutCompleted && enough && s.PendingCount == 0 && len(s.Deployments) == 1
		_, paused := c.DeploymentWait(name) // see deploymentLaws for what it may wait for
		explained := paused || len(c.Standing(name)) > 0 || p.RolloutState == ecs.RolloutFailed || c.Restless(name) || ok && !periodic
		if !settled && !explained {
			l.fail("service %s is not settled and says nothing: desired %d running %d pending %d, %d deployments, %s",
				name, s.DesiredCount, s.RunningCount, s.PendingCount, len(s.Deployments), p.RolloutState)
		}
		for _, a := range c.ServiceDeployments(name) {
			if current := a.ARN == s.CurrentServiceDeployment; !a.Status.Ended() && (!current || p.RolloutState != ecs.RolloutInProgress) {
				l.fail("service deployment %s of %s is still %s, the PRIMARY is %s", a.ARN.Short(), name, a.Status, p.RolloutState)
			}
		}
		// A task that waits for a place really has none: nobody forgot to look.
		waits := slices.ContainsFunc(c.Standing(name), func(m string) bool { return strings.Contains(m, "unable to place a task") })
		if waits && (periodic || !ok) && !c.Restless(name) && c.Unplaced(name) == nil {
			l.fail("service %s says that it finds no place, but there is one", name)
		}
		if settled && len(c.Standing(name)) == 0 && !c.Restless(name) && !(ok && !periodic) {
			l.fail("service %s is settled and did not say so", name)
		}
	}
}
