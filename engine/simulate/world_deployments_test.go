package simulate_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

var alarmNames = []string{"errors", "latency"}

// deploymentsFeature is deployments that shift traffic, their hooks, alarms, and
// people who continue, stop and abort them.
func deploymentsFeature() feature {
	return feature{
		name: "deployments", share: 60,
		verbs: []verb{
			{"alarm", 2, func(_ *world, r *rand.Rand) []simulate.Command {
				states := []ecs.AlarmState{ecs.AlarmAlarm, ecs.AlarmOK, ecs.AlarmInsufficientData}
				return one(scheduler.Command{SetAlarmState: &scheduler.SetAlarmState{
					Name: alarmNames[r.IntN(len(alarmNames))], State: states[r.IntN(len(states))],
				}})
			}},
			{"continue", 4, continueOne},
			{"abort", 1, func(w *world, r *rand.Rand) []simulate.Command {
				all := w.sim.Cluster().ServiceDeployments(names[r.IntN(len(names))])
				if len(all) == 0 {
					return nil
				}
				return one(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: all[0].ARN, StopType: scheduler.StopAbort}})
			}},
			{"hook-failure", 1, func(_ *world, r *rand.Rand) []simulate.Command {
				answers := []ecs.HookStatus{"", ecs.HookFailed, ecs.HookInProgress}
				return []simulate.Command{{Fault: &simulate.Fault{
					For: ecs.Seconds(time.Duration(1+r.IntN(200)) * time.Second), HookFailure: &simulate.HookFailure{Status: answers[r.IntN(len(answers))]},
				}}}
			}},
		},
		configurations: []decoration[ecs.DeploymentConfiguration]{
			{"shiftStrategy", setStrategy},
			{"hooks", setHooks},
			{"alarms", func(_ *world, d *ecs.DeploymentConfiguration, r *rand.Rand) {
				if r.IntN(3) == 0 {
					d.Alarms = &ecs.DeploymentAlarms{AlarmNames: alarmNames[:1+r.IntN(2)], Enable: r.IntN(5) > 0, Rollback: r.IntN(3) > 0}
				}
			}},
		},
	}
}

// shiftsFeature is what holds of every service deployment, whoever brings it about.
func shiftsFeature() feature {
	return feature{name: "shifts", watch: func(l *laws) watcher {
		n := &deploymentLaws{
			moves: moves{laws: l}, last: map[ecs.ARN]ecs.ServiceDeployment{},
			of: map[ecs.ARN]*course{}, states: map[string]ecs.AlarmState{},
		}
		return watcher{task: n.task, moment: n.news, service: n.service, rest: n.rest}
	}}
}

func setStrategy(_ *world, d *ecs.DeploymentConfiguration, r *rand.Rand) {
	switch r.IntN(6) {
	case 0, 1:
		d.Strategy = ecs.StrategyBlueGreen
	case 2:
		d.Strategy = ecs.StrategyLinear
		d.Linear = &ecs.LinearConfiguration{StepPercent: []float64{20, 33.4, 50}[r.IntN(3)], StepBakeTimeInMinutes: r.IntN(3)}
	case 3:
		d.Strategy = ecs.StrategyCanary
		d.Canary = &ecs.CanaryConfiguration{CanaryPercent: []float64{0.1, 5, 50}[r.IntN(3)], CanaryBakeTimeInMinutes: r.IntN(4)}
	}
	d.BakeTimeInMinutes = r.IntN(4)
}

func setHooks(_ *world, d *ecs.DeploymentConfiguration, r *rand.Rand) {
	if d.Strategy == "" || d.Strategy == ecs.StrategyRolling {
		return
	}
	pauses := []ecs.LifecycleStage{
		ecs.StageReconcileService, ecs.StagePreScaleUp, ecs.StagePostScaleUp, ecs.StagePostTestTrafficShift,
		ecs.StagePreProductionTrafficShift, ecs.StagePostProductionTrafficShift,
	}
	functions := append(slices.Clone(pauses), ecs.StageTestTrafficShift, ecs.StageProductionTrafficShift)
	if r.IntN(2) == 0 {
		d.LifecycleHooks = append(d.LifecycleHooks, ecs.LifecycleHook{HookTargetARN: "arn:f", Stages: []ecs.LifecycleStage{functions[r.IntN(len(functions))], functions[r.IntN(len(functions))]}})
	}
	if r.IntN(3) == 0 {
		h := ecs.LifecycleHook{TargetType: ecs.HookPause, Stages: []ecs.LifecycleStage{pauses[r.IntN(len(pauses))]}}
		if r.IntN(2) == 0 {
			h.Timeout = &ecs.HookTimeout{TimeoutInMinutes: 1 + r.IntN(10), Action: []ecs.HookAction{"", ecs.HookContinue}[r.IntN(2)]}
		}
		d.LifecycleHooks = append(d.LifecycleHooks, h)
	}
}

// listenersFeature gives load balancers what shifting traffic asks of them.
func listenersFeature() feature {
	return feature{
		name: "listeners",
		services: []decoration[scheduler.CreateService]{{"advanced", func(_ *world, c *scheduler.CreateService, r *rand.Rand) {
			if s := c.Service.DeploymentConfiguration.Strategy; s != "" && s != ecs.StrategyRolling {
				withAlternates(c.Service.LoadBalancers, r)
			}
		}}},
		updates: []decoration[scheduler.UpdateService]{{"otherAdvanced", func(w *world, u *scheduler.UpdateService, r *rand.Rand) {
			if s, ok := w.sim.Cluster().Service(u.Name); ok && s.DeploymentConfiguration.Strategy != ecs.StrategyRolling && u.LoadBalancers != nil {
				withAlternates(*u.LoadBalancers, r)
			}
		}}},
	}
}

func withAlternates(list []ecs.LoadBalancer, r *rand.Rand) {
	for i := range list {
		list[i].Advanced = &ecs.AdvancedConfiguration{
			AlternateTargetGroupARN: groupARNs[r.IntN(len(groupARNs))], ProductionListenerRule: "arn:rule", TestListenerRule: "arn:test-rule",
		}
	}
}

// continueOne answers a pause hook, of the first service that waits at one.
func continueOne(w *world, r *rand.Rand) []simulate.Command {
	action := []ecs.HookAction{"", ecs.HookContinue, ecs.HookContinue, ecs.HookRollback}[r.IntN(4)]
	for _, name := range names {
		for _, d := range w.sim.Cluster().ServiceDeployments(name) {
			for _, h := range d.LifecycleHookDetails {
				if h.Status == ecs.HookAwaitingAction {
					return one(scheduler.Command{ContinueServiceDeployment: &scheduler.ContinueServiceDeployment{ARN: d.ARN, HookID: h.HookID, Action: action}})
				}
			}
		}
	}
	return nil
}

// shiftsTraffic reports whether the newest deployment of a service is one that
// shifts traffic: then its revisions stand side by side.
func (l *laws) shiftsTraffic(name ecs.ServiceName) bool {
	all := l.sim.Cluster().ServiceDeployments(name)
	return len(all) > 0 && !slices.Contains([]string{"", ecs.StrategyRolling}, all[0].DeploymentConfiguration.Strategy)
}

// deploymentLaws are what holds of service deployments, and of services whose
// traffic is shifted.
type deploymentLaws struct {
	moves
	last   map[ecs.ARN]ecs.ServiceDeployment
	of     map[ecs.ARN]*course
	seen   int                       // deeds that were looked at
	states map[string]ecs.AlarmState // of alarms
}

func (l *deploymentLaws) service(s *ecs.Service, when string) {
	all := l.sim.Cluster().ServiceDeployments(s.Name)
	healthy := map[string]int{}
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning}) {
		if t := l.tasks[id]; t.able() {
			healthy[t.task.StartedBy]++
		}
	}
	if s.Status == ecs.ServiceActive && l.shiftsTraffic(s.Name) {
		l.bounds(s, healthy, when)
	}
	for i := range all {
		l.deployment(s, &all[i], healthy)
		l.last[all[i].ARN] = all[i]
	}
}

// bounds holds each revision against the percents: nothing that the scheduler
// does for one takes tasks from the other.
func (l *deploymentLaws) bounds(s *ecs.Service, healthy map[string]int, when string) {
	c, newest := s.DeploymentConfiguration, l.sim.Cluster().ServiceDeployments(s.Name)[0]
	shifting := newest.Status == ecs.ServiceDeploymentInProgress && slices.Index(stageOrder, newest.LifecycleStage) > 1 && newest.LifecycleStage != ecs.StageCleanUp
	for _, d := range s.Deployments {
		id, wanted := string(d.ID), d.DesiredCount
		if shifting && d.Status == ecs.DeploymentActive && d.RolloutState == ecs.RolloutCompleted {
			wanted = s.DesiredCount // blue stays whole until CLEAN_UP
		}
		least, most := l.desiredOf(id, wanted)
		upper, lower := most*c.MaximumPercent/100, (least*c.MinimumHealthyPercent+99)/100
		if n := l.started[id]; n > 0 && d.RunningCount+d.PendingCount > upper {
			l.fail("deployment %s started %d tasks and has %d, the maximum is %d (%s)", id, n, d.RunningCount+d.PendingCount, upper, when)
		}
		if n := l.stopped[id]; n > 0 && healthy[id]+l.died[id] < lower {
			l.fail("deployment %s stopped %d healthy tasks and has %d left, the minimum is %d (%s)", id, n, healthy[id], lower, when)
		}
	}
}

// deployment holds one service deployment against what it was before.
func (l *deploymentLaws) deployment(s *ecs.Service, d *ecs.ServiceDeployment, healthy map[string]int) {
	before, known := l.last[d.ARN]
	if known && before.Status.Ended() && d.Status != before.Status {
		l.fail("service deployment %s was %s and is %s", d.ARN.Short(), before.Status, d.Status)
	}
	if d.Status.Ended() {
		if d.FinishedAt.IsZero() || d.StatusReason == "" && d.Status != ecs.ServiceDeploymentSuccessful {
			l.fail("service deployment %s ended %s at %s without a reason", d.ARN.Short(), d.Status, d.FinishedAt)
		}
		if d.CircuitBreaker.Status == ecs.MonitorMonitoring || d.Alarms != nil && d.Alarms.Status == ecs.MonitorMonitoring {
			l.fail("service deployment %s ended and is still monitored", d.ARN.Short())
		}
	}
	if d.CircuitBreaker.FailureCount > d.CircuitBreaker.Threshold {
		l.fail("service deployment %s counts %d failures of %d", d.ARN.Short(), d.CircuitBreaker.FailureCount, d.CircuitBreaker.Threshold)
	}
	l.course(s, d, &before)
	if d.LifecycleStage == "" || d.Status.Ended() || d.Status == ecs.ServiceDeploymentStopRequested {
		return
	}
	l.traffic(s, d, &before, healthy)
	if known && d.Status == ecs.ServiceDeploymentInProgress && d.LifecycleStage != before.LifecycleStage {
		l.stageOrder(d, before.LifecycleStage)
	}
}

// deferred reports whether the deployment was to be successful before the tasks of
// the older ones are gone (ECS semantics 4.9 [API:DeploymentEarlySuccessCriteria]).
// What then keeps those the service says: see serviceLaws.
func deferred(s *ecs.Service, d *ecs.ServiceDeployment) bool {
	asks := func(e *ecs.EarlySuccess) bool {
		return e != nil && e.Enable && e.SourceServiceRevisionCleanup == ecs.CleanupDeferred
	}
	return asks(s.DeploymentConfiguration.EarlySuccess) || asks(d.DeploymentConfiguration.EarlySuccess)
}

// lastToStop reports whether all that is left of the older deployments of a DAEMON
// service is on DRAINING instances. There a daemon task stays as long as tasks
// that it serves do, which may be for ever where those are standalone (ECS
// semantics 2.7, 6.2): no deployment waits for that.
func (l *laws) lastToStop(s *ecs.Service) bool {
	return s.SchedulingStrategy == ecs.Daemon && !slices.ContainsFunc(l.live, func(id ecs.TaskID) bool {
		t := &l.tasks[id].task
		i, _ := l.sim.Cluster().Instance(ecs.ContainerInstanceID(t.ContainerInstanceARN.Short()))
		return l.isOf(id, s) && t.StartedBy != string(s.Deployments[0].ID) && i.Status != ecs.InstanceDraining
	})
}

// rest: what ended well left one revision, and what has not ended says what it
// waits for.
func (l *deploymentLaws) rest() {
	c := l.sim.Cluster()
	_, periodic, ok := l.sim.Next()
	for _, name := range c.Services() {
		s, _ := c.Service(name)
		all := c.ServiceDeployments(name)
		if len(all) == 0 {
			continue
		}
		d := &all[0]
		if over := d.Status == ecs.ServiceDeploymentSuccessful || d.Status == ecs.ServiceDeploymentRollbackSuccessful; over && len(s.Deployments) != 1 && !l.lastToStop(&s) && !deferred(&s, d) {
			l.fail("service deployment %s is %s and service %s has %d deployments", d.ARN.Short(), d.Status, name, len(s.Deployments))
		}
		if d.Status.Ended() || ok && !periodic || c.Restless(name) || len(c.Standing(name)) > 0 {
			continue
		}
		if w, waits := c.DeploymentWait(name); !waits || w.For != scheduler.WaitForPause {
			l.fail("service deployment %s rests %s in %s and waits for %q", d.ARN.Short(), d.Status, d.LifecycleStage, w.For)
		}
	}
}
