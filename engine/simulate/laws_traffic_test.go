package simulate_test

import (
	"slices"
	"strings"
	"time"

	"gantry/ecs"
)

var stageOrder = []ecs.LifecycleStage{
	"", ecs.StageReconcileService, ecs.StagePreScaleUp, ecs.StageScaleUp, ecs.StagePostScaleUp,
	ecs.StageTestTrafficShift, ecs.StagePostTestTrafficShift, ecs.StagePreProductionTrafficShift,
	ecs.StageProductionTrafficShift, ecs.StagePostProductionTrafficShift, ecs.StageBakeTime, ecs.StageCleanUp,
}

func (l *deploymentLaws) stageOrder(d *ecs.ServiceDeployment, before ecs.LifecycleStage) {
	from, to := slices.Index(stageOrder, before), slices.Index(stageOrder, d.LifecycleStage)
	again := before == ecs.StageProductionTrafficShift && d.LifecycleStage == ecs.StagePreProductionTrafficShift
	if to != from+1 && !again && before != "" && before != ecs.StageReconcileService {
		l.fail("service deployment %s went from %s to %s", d.ARN.Short(), before, d.LifecycleStage)
	}
}

// traffic checks the weights: all of the traffic is somewhere, and more of it
// goes to green only while all of green's tasks are healthy.
func (l *deploymentLaws) traffic(s *ecs.Service, d, before *ecs.ServiceDeployment, healthy map[string]int) {
	green := d.TargetServiceRevision
	production, test := *green.ProductionTrafficWeight, *green.TestTrafficWeight
	if len(d.SourceServiceRevisions) > 0 && production < 100 {
		sum, tests := production, test
		for _, r := range d.SourceServiceRevisions {
			sum += *r.ProductionTrafficWeight
			tests += *r.TestTrafficWeight
		}
		first := sum == production && sum == 0 // nothing ran before: there is no blue
		if !first && (sum < 99.99 || sum > 100.01 || tests < 99.99 || tests > 100.01) {
			l.fail("service deployment %s shifts %v %% of the production and %v %% of the test traffic", d.ARN.Short(), sum, tests)
		}
	}
	was := 0.0
	if before.TargetServiceRevision != nil && before.TargetServiceRevision.ProductionTrafficWeight != nil {
		was = *before.TargetServiceRevision.ProductionTrafficWeight
	}
	// A pass looks at the stages first, and what it stops then it may stop within
	// the minimum: a task on a DRAINING instance, for one.
	if production > was {
		for i, r := range s.CurrentServiceRevisions {
			if id := string(s.Deployments[i].ID); r.ARN == green.ARN && healthy[id]+l.died[id]+l.stopped[id] < s.DesiredCount && d.LifecycleStage == ecs.StageProductionTrafficShift {
				l.fail("service deployment %s gives green %v %% of the traffic with %d of %d tasks healthy", d.ARN.Short(), production, healthy[id], s.DesiredCount)
			}
		}
	}
	if production < was && d.Status == ecs.ServiceDeploymentInProgress {
		l.fail("service deployment %s takes traffic from green without a rollback", d.ARN.Short())
	}
}

// course is how a service deployment went so far.
type course struct {
	since  time.Time // when its stage began
	letGo  bool      // it was in CLEAN_UP, where blue goes
	shared bool      // blue had some of the traffic: it is not the first deployment
	whole  time.Time // when its tasks were all RUNNING for the first time
	alarm  time.Time // when an alarm went off that it watches
	calm   []string  // alarms that were not in ALARM when it began: those are watched
}

// course holds a service deployment against the way that it has to go.
func (l *deploymentLaws) course(s *ecs.Service, d, before *ecs.ServiceDeployment) {
	x := l.of[d.ARN]
	if x == nil {
		x = &course{since: l.now}
		for _, name := range alarmNames {
			if l.states[name] != ecs.AlarmAlarm {
				x.calm = append(x.calm, name)
			}
		}
		l.of[d.ARN] = x
	}
	for _, r := range d.SourceServiceRevisions {
		x.shared = x.shared || r.ProductionTrafficWeight != nil && *r.ProductionTrafficWeight > 0
	}
	l.alarms(d, x)
	if before.Status != d.Status {
		l.cause(s, d)
	}
	if d.LifecycleStage == "" {
		l.bakes(s, d, before, x)
		return
	}
	back := d.Status == ecs.ServiceDeploymentRollbackInProgress
	x.letGo = x.letGo || d.LifecycleStage == ecs.StageCleanUp && !back && !d.Status.Ended()
	l.wayBack(d, x)
	if d.LifecycleStage != before.LifecycleStage {
		if d.Status == before.Status && d.Status == ecs.ServiceDeploymentInProgress {
			l.lasted(d, before.LifecycleStage, x)
		}
		x.since = l.now
	}
}

// wayBack: a deployment that is rolled back takes all traffic from green, the test
// traffic too: at once while blue is still there, else when blue is back (ECS
// semantics 4.17). One that goes on gives green none before its stage, and ends
// with all of it.
func (l *deploymentLaws) wayBack(d *ecs.ServiceDeployment, x *course) {
	production, test := *d.TargetServiceRevision.ProductionTrafficWeight, *d.TargetServiceRevision.TestTrafficWeight
	stage := slices.Index(stageOrder, d.LifecycleStage)
	testing, shifting := slices.Index(stageOrder, ecs.StageTestTrafficShift), slices.Index(stageOrder, ecs.StageProductionTrafficShift)
	wrong := false
	switch d.Status {
	case ecs.ServiceDeploymentRollbackSuccessful:
		wrong = production+test > 0
	case ecs.ServiceDeploymentRollbackInProgress:
		wrong = production > 0 && (!x.letGo || stage == shifting || stage == testing || d.LifecycleStage == ecs.StageCleanUp) ||
			test > 0 && (!x.letGo || stage == testing || d.LifecycleStage == ecs.StageCleanUp)
	case ecs.ServiceDeploymentInProgress:
		wrong = stage < testing && production+test > 0 || stage >= testing && test != 100 || stage > shifting && production != 100
	case ecs.ServiceDeploymentSuccessful:
		wrong = production != 100
	}
	if wrong {
		l.fail("service deployment %s is %s in %s (CLEAN_UP was reached %v), and green has %v %% of the production and %v %% of the test traffic",
			d.ARN.Short(), d.Status, d.LifecycleStage, x.letGo, production, test)
	}
}

// leastStage is how long the engine lets a stage last in which there is nothing to do.
const leastStage = 10 * time.Second

// lasted: a stage lasts as long as it has to. The first deployment of a service
// has nothing to be compared with, and bakes nothing.
func (l *deploymentLaws) lasted(d *ecs.ServiceDeployment, stage ecs.LifecycleStage, x *course) {
	least, c := 0, &d.DeploymentConfiguration
	switch {
	case !x.shared:
	case stage == ecs.StageBakeTime:
		least = c.BakeTimeInMinutes
	case stage != ecs.StageProductionTrafficShift || d.LifecycleStage != ecs.StagePreProductionTrafficShift:
	case c.Linear != nil:
		least = c.Linear.StepBakeTimeInMinutes
	case c.Canary != nil:
		least = c.Canary.CanaryBakeTimeInMinutes
	}
	if lasted := l.now.Sub(x.since); lasted < max(leastStage, time.Duration(least)*time.Minute) {
		l.fail("service deployment %s was in %s for %s, and that lasts %d minutes", d.ARN.Short(), stage, lasted, least)
	}
}

// bakes: a rolling deployment that watches alarms is not through before the bake
// time since its tasks were up (ECS semantics 4.9).
func (l *deploymentLaws) bakes(s *ecs.Service, d, before *ecs.ServiceDeployment, x *course) {
	p := s.PrimaryDeployment()
	if p == nil || d.ARN != s.CurrentServiceDeployment || s.SchedulingStrategy == ecs.Daemon {
		return
	}
	enough := s.DesiredCount
	if e := s.DeploymentConfiguration.EarlySuccess; e != nil && e.Enable {
		enough = (enough*(*e.HealthyPercent) + 99) / 100 // the rest comes behind it
	}
	if least, _ := l.desiredOf("alarms of "+string(s.Name), enough); x.whole.IsZero() && p.RunningCount >= least {
		x.whole = l.now
	}
	bake := time.Duration(d.DeploymentConfiguration.BakeTimeInMinutes) * time.Minute
	watched := before.Alarms != nil && before.Alarms.Status == ecs.MonitorMonitoring
	if d.Status == ecs.ServiceDeploymentSuccessful && before.Status == ecs.ServiceDeploymentInProgress && watched && l.now.Before(x.whole.Add(bake)) {
		l.fail("service deployment %s is %s %s after its tasks were RUNNING, and watches its alarms for %s", d.ARN.Short(), d.Status, l.now.Sub(x.whole), bake)
	}
}

// cause: what its circuit breaker or its alarms gave up is rolled back when that
// was asked for, and else stopped where it is.
func (l *deploymentLaws) cause(s *ecs.Service, d *ecs.ServiceDeployment) {
	stopped := d.Status == ecs.ServiceDeploymentStopped
	if back := s.DeploymentConfiguration.CircuitBreaker.Rollback; strings.Contains(d.StatusReason, "because the circuit breaker threshold") && stopped == back {
		l.fail("the circuit breaker gave service deployment %s up, which is %s, and it rolls back %v", d.ARN.Short(), d.Status, back)
	}
	if a := d.DeploymentConfiguration.Alarms; strings.Contains(d.StatusReason, "because an alarm was detected") && stopped == a.Rollback {
		l.fail("an alarm gave service deployment %s up, which is %s, and it rolls back %v", d.ARN.Short(), d.Status, a.Rollback)
	}
}

// news notes the states of alarms.
func (l *deploymentLaws) news(when string) {
	l.moment(when)
	for ; l.seen < len(l.deeds); l.seen++ {
		if c := l.deeds[l.seen].cmd.SetAlarmState; c != nil && l.deeds[l.seen].err == nil {
			l.states[c.Name] = c.State
		}
	}
}

// alarms: a deployment that watches an alarm does not go on when that goes off
// (ECS semantics 4.9). One that is in ALARM as it begins it does not watch.
func (l *deploymentLaws) alarms(d *ecs.ServiceDeployment, x *course) {
	m := d.Alarms
	watching := m != nil && m.Status == ecs.MonitorMonitoring && (d.Status == ecs.ServiceDeploymentInProgress || d.Status == ecs.ServiceDeploymentPending)
	off := watching && slices.ContainsFunc(m.AlarmNames, func(name string) bool {
		return slices.Contains(x.calm, name) && l.states[name] == ecs.AlarmAlarm
	})
	switch {
	case !watching:
		x.alarm = time.Time{}
	case x.alarm.IsZero() && off:
		x.alarm = l.now
	case !x.alarm.IsZero() && l.now.Sub(x.alarm) > patience:
		l.fail("an alarm of %v of service deployment %s went off at %s, and it goes on", m.AlarmNames, d.ARN.Short(), x.alarm.Sub(birth))
	}
}
