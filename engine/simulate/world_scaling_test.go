package simulate_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/simulate"
)

// scalingFeature is service auto scaling: targets, policies with their alarms,
// scheduled actions, suspension, and load that comes and goes.
func scalingFeature() feature {
	return feature{
		name: "auto scaling", share: 30,
		verbs: []verb{
			{"autoscale", 6, autoscale},
			{"putPolicy", 3, onTarget(func(_ *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling { return putPolicy(name, r) })},
			{"load", 6, onTarget(func(_ *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling { return putLoad(name, r) })},
			{"rebound", 2, onTarget(func(_ *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling { return registerTarget(name, r) })},
			{"putAlarm", 3, onTarget(putAlarm)},
			{"setAlarm", 2, onTarget(func(w *world, _ ecs.ServiceName, r *rand.Rand) simulate.Scaling {
				name := "none"
				if all := w.sim.MetricAlarms(); len(all) > 0 {
					name = all[r.IntN(len(all))].Name
				}
				states := []ecs.AlarmState{ecs.AlarmOK, ecs.AlarmAlarm, ecs.AlarmInsufficientData}
				return simulate.Scaling{SetMetricAlarmState: &simulate.SetMetricAlarmState{Name: name, State: states[r.IntN(3)], Reason: "somebody said so"}}
			})},
			{"schedule", 2, onTarget(func(_ *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling {
				schedules := []string{"rate(1 minute)", "rate(7 minutes)", "cron(0/5 * * * ? *)", "at(2026-11-23T06:20:00)", "cron(10,20 6-7 ? * MON-FRI *)"}
				least := r.IntN(5)
				most := least + r.IntN(5)
				return simulate.Scaling{PutScheduledAction: &simulate.PutScheduledAction{Service: name, Action: ecs.ScheduledAction{
					Name: []string{"a", "b"}[r.IntN(2)], Schedule: schedules[r.IntN(len(schedules))],
					ScalableTargetAction: &ecs.ScalableTargetAction{MinCapacity: &least, MaxCapacity: &most}}}}
			})},
			{"suspend", 2, onTarget(func(_ *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling {
				flag := func() *bool { b := r.IntN(2) == 0; return &b }
				return simulate.Scaling{RegisterScalableTarget: &simulate.RegisterScalableTarget{Service: name,
					SuspendedState: &simulate.Suspend{DynamicScalingIn: flag(), DynamicScalingOut: flag(), ScheduledScaling: flag()}}}
			})},
			{"unscale", 1, onTarget(func(_ *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling {
				return []simulate.Scaling{
					{DeregisterScalableTarget: &simulate.DeregisterScalableTarget{Service: name}},
					{DeleteScalingPolicy: &simulate.DeleteScalingPolicy{Service: name, Name: "cpu"}},
					{DeleteScheduledAction: &simulate.DeleteScheduledAction{Service: name, Name: "a"}},
					{DeleteAlarms: &simulate.DeleteAlarms{Names: []string{"busy-" + string(name)}}},
				}[r.IntN(4)]
			})},
		},
		watch: func(l *laws) watcher {
			x := &scalingLaws{laws: l, desired: map[ecs.ServiceName]int{}, deploying: map[ecs.ServiceName]bool{}, seen: map[string]bool{}}
			return watcher{moment: x.moment, rest: x.rest}
		},
	}
}

func scaled(all ...simulate.Scaling) []simulate.Command {
	var out []simulate.Command
	for i := range all {
		out = append(out, simulate.Command{Scaling: &all[i]})
	}
	return out
}

// autoscale makes a target of a service that is there.
func autoscale(w *world, r *rand.Rand) []simulate.Command {
	name, ok := pickOne(r, w.services())
	if !ok {
		return nil
	}
	return scaled(registerTarget(name, r), putPolicy(name, r), putPolicy(name, r), putLoad(name, r))
}

// onTarget is a verb's work on a scalable target; where there is none yet, it
// makes one.
func onTarget(do func(w *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling) func(*world, *rand.Rand) []simulate.Command {
	return func(w *world, r *rand.Rand) []simulate.Command {
		if name, ok := pickOne(r, w.sim.ScalableTargets()); ok {
			return scaled(do(w, name, r))
		}
		return autoscale(w, r)
	}
}

func registerTarget(name ecs.ServiceName, r *rand.Rand) simulate.Scaling {
	least := r.IntN(4)
	most := least + r.IntN(9)
	return simulate.Scaling{RegisterScalableTarget: &simulate.RegisterScalableTarget{Service: name, MinCapacity: &least, MaxCapacity: &most}}
}

// cooldowns of a policy are the same in every world, so that laws can know them.
var cooldowns = map[string]ecs.Seconds{
	"cpu": ecs.Seconds(time.Minute), "memory": 0, "step": ecs.Seconds(90 * time.Second), "percent": ecs.Seconds(4 * time.Minute),
}

func putPolicy(name ecs.ServiceName, r *rand.Rand) simulate.Scaling {
	bound := func(x float64) *float64 { return &x }
	p := ecs.ScalingPolicy{Name: []string{"cpu", "memory", "step", "percent"}[r.IntN(4)]}
	cooldown := cooldowns[p.Name]
	switch p.Name {
	case "cpu", "memory":
		p.Type = ecs.TargetTrackingScaling
		p.TargetTracking = &ecs.TargetTrackingScalingPolicy{
			TargetValue: float64(20 + r.IntN(70)), ScaleInCooldown: &cooldown, ScaleOutCooldown: &cooldown, DisableScaleIn: r.IntN(5) == 0,
			PredefinedMetric: &ecs.PredefinedScalingMetric{Type: map[string]string{
				"cpu": ecs.ECSServiceAverageCPUUtilization, "memory": ecs.ECSServiceAverageMemoryUtilization}[p.Name]},
		}
	default:
		p.Type = ecs.StepScaling
		p.Step = &ecs.StepScalingPolicy{AdjustmentType: ecs.ChangeInCapacity, Cooldown: &cooldown, StepAdjustments: []ecs.StepAdjustment{
			{UpperBound: bound(0), Adjustment: -1 - r.IntN(3)},
			{LowerBound: bound(0), UpperBound: bound(15), Adjustment: 1 + r.IntN(2)},
			{LowerBound: bound(15), Adjustment: 3},
		}}
		if p.Name == "percent" {
			p.Step.AdjustmentType = ecs.PercentChangeInCapacity
			for i := range p.Step.StepAdjustments {
				p.Step.StepAdjustments[i].Adjustment *= 20
			}
		}
	}
	return simulate.Scaling{PutScalingPolicy: &simulate.PutScalingPolicy{Service: name, Policy: p}}
}

func putLoad(name ecs.ServiceName, r *rand.Rand) simulate.Scaling {
	l := &simulate.SetLoad{Service: name, CPUUnits: r.IntN(900), MemoryMiB: r.IntN(900)}
	if r.IntN(3) == 0 {
		l.Shape = []simulate.LoadPoint{{CPUUnits: r.IntN(300)}, {After: ecs.Seconds(5 * time.Minute), CPUUnits: r.IntN(600)}}
		if r.IntN(2) == 0 {
			l.Every = ecs.Seconds(10 * time.Minute)
		}
	}
	return simulate.Scaling{SetLoad: l}
}

func putAlarm(w *world, name ecs.ServiceName, r *rand.Rand) simulate.Scaling {
	a := ecs.MetricAlarm{
		Name: "busy-" + string(name), ActionsEnabled: r.IntN(5) > 0, Namespace: ecs.MetricsOfECS, MetricName: ecs.CPUUtilization,
		Dimensions: []ecs.MetricDimension{{Name: ecs.DimensionCluster, Value: "default"}, {Name: ecs.DimensionService, Value: string(name)}},
		Statistic:  ecs.StatisticAverage, Period: ecs.Seconds(time.Duration(1+r.IntN(2)) * time.Minute), EvaluationPeriods: 1 + r.IntN(3),
		Threshold: float64(r.IntN(100)), ComparisonOperator: []string{ecs.GreaterThan, ecs.LessThan}[r.IntN(2)],
		TreatMissingData: []string{"", ecs.MissingIsBreaching, ecs.MissingIsIgnored}[r.IntN(3)],
	}
	if r.IntN(4) == 0 {
		a.MetricName, a.Dimensions = ecs.CPUReservation, a.Dimensions[:1]
	}
	for _, p := range w.sim.ScalingPolicies(name) {
		if p.Step != nil && r.IntN(2) == 0 {
			a.AlarmActions = append(a.AlarmActions, string(p.ARN))
		}
	}
	return simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{Alarm: a}}
}

// scalingLaws watch what is done to the desired counts of services.
type scalingLaws struct {
	*laws
	desired   map[ecs.ServiceName]int
	deploying map[ecs.ServiceName]bool
	seen      map[string]bool // activities
}

func (l *scalingLaws) moment(when string) {
	c := l.sim.Cluster()
	for _, name := range names {
		desired, running, ok := c.Capacity(name)
		if !ok {
			delete(l.desired, name)
			if _, still := l.sim.ScalableTarget(name); still {
				l.fail("service %s is gone and still a scalable target", name)
			}
			continue
		}
		before, known := l.desired[name]
		l.activities(name, before, desired, when, known)
		if t, ok := l.sim.ScalableTarget(name); ok && t.MinCapacity > t.MaxCapacity {
			l.fail("the bounds of %s are %d and %d", name, t.MinCapacity, t.MaxCapacity)
		}
		if when == "by itself" && l.now.Truncate(time.Minute).Equal(l.now) {
			l.metrics(name, running)
		}
		l.desired[name], l.deploying[name] = desired, c.Deploying(name)
	}
}

// activities checks the changes of a desired count against the activities.
func (l *scalingLaws) activities(name ecs.ServiceName, before, desired int, when string, known bool) {
	explained := false
	for _, a := range l.sim.ScalingActivities(name, true) {
		if l.seen[a.ActivityID] {
			break // the newest come first
		}
		l.seen[a.ActivityID] = true
		if len(a.NotScaledReasons) > 0 || !strings.HasPrefix(a.Description, "Setting desired count") {
			continue
		}
		explained = explained || a.Description == fmt.Sprintf("Setting desired count to %d.", desired) && a.StartTime.Equal(l.now)
		if strings.HasPrefix(a.Cause, "monitor alarm") && known {
			l.policy(name, before, desired, a)
		}
	}
	if !known || before == desired || when != "by itself" {
		return
	}
	t, ok := l.sim.ScalableTarget(name)
	switch {
	case !explained:
		l.fail("the desired count of %s went from %d to %d without an activity", name, before, desired)
	case !ok || desired < t.MinCapacity || desired > t.MaxCapacity:
		l.fail("service %s was scaled to %d, its bounds are %d and %d", name, desired, t.MinCapacity, t.MaxCapacity)
	}
}

// policy checks what a policy did.
func (l *scalingLaws) policy(name ecs.ServiceName, before, desired int, a ecs.ScalingActivity) {
	t, _ := l.sim.ScalableTarget(name)
	in := desired < before
	switch {
	case in && t.SuspendedState.DynamicScalingInSuspended, !in && t.SuspendedState.DynamicScalingOutSuspended:
		l.fail("service %s was scaled from %d to %d while that is suspended", name, before, desired)
	case in && l.deploying[name] && l.sim.Cluster().Deploying(name):
		l.fail("service %s was scaled in from %d to %d while a deployment is in progress", name, before, desired)
	}
	if !in {
		return
	}
	// The scale-in before, if nothing came in between, has cooled down.
	all := l.sim.ScalingActivities(name, false)
	i := slices.IndexFunc(all, func(b ecs.ScalingActivity) bool { return b.ActivityID == a.ActivityID }) + 1
	if i >= len(all) {
		return
	}
	b := all[i]
	policy := b.Cause[strings.LastIndexByte(b.Cause, ' ')+1:]
	cooldown, ok := cooldowns[policy]
	if ok && scaledIn(b) && b.StatusCode == ecs.ActivitySuccessful && a.StartTime.Sub(b.EndTime) < cooldown.Duration() {
		l.fail("service %s was scaled in %s after %s had, which waits %s", name, a.StartTime.Sub(b.EndTime), policy, cooldown)
	}
}

// scaledIn reports whether an activity's alarm looks for low values: the alarms
// of these worlds that call step policies may look for either.
func scaledIn(a ecs.ScalingActivity) bool {
	return strings.Contains(a.Cause, "-AlarmLow-")
}

// metrics checks the last minute of a service's metrics.
func (l *scalingLaws) metrics(name ecs.ServiceName, running int) {
	if _, ok := l.sim.ScalableTarget(name); !ok {
		return
	}
	of := []ecs.MetricDimension{{Name: ecs.DimensionCluster, Value: "default"}, {Name: ecs.DimensionService, Value: string(name)}}
	counted := 0
	if all := l.sim.Datapoints(ecs.MetricsOfInsights, ecs.RunningTaskCount, of); len(all) > 0 && all[len(all)-1].Timestamp.Equal(l.now.Add(-time.Minute)) {
		counted = int(all[len(all)-1].Average)
	}
	if counted != running {
		l.fail("the metrics of %s count %d tasks, %d run", name, counted, running)
	}
	for _, metric := range []string{ecs.CPUUtilization, ecs.MemoryUtilization} {
		all := l.sim.Datapoints(ecs.MetricsOfECS, metric, of)
		if len(all) == 0 {
			continue
		}
		if d := all[len(all)-1]; d.Minimum < 0 || d.Minimum > d.Average || d.Average > d.Maximum || d.Maximum > 100 {
			l.fail("%s of %s is %+v", metric, name, d)
		}
	}
}

// rest: what was asked for came true, or it is said why not.
func (l *scalingLaws) rest() {
	for _, name := range names {
		for _, a := range l.sim.ScalingActivities(name, true) {
			if a.StatusCode == ecs.ActivityInProgress && l.now.Sub(a.StartTime) > 31*time.Minute {
				l.fail("an activity of %s is under way since %s: %s", name, a.StartTime.Sub(birth), a.Description)
			}
		}
	}
	var policies []ecs.ScalingAlarm
	for _, name := range l.sim.ScalableTargets() {
		for _, p := range l.sim.ScalingPolicies(name) {
			policies = append(policies, p.Alarms...)
		}
	}
	for _, a := range l.sim.MetricAlarms() {
		managed := strings.HasPrefix(a.Name, "TargetTracking-")
		for _, p := range policies {
			managed = managed && p.Name != a.Name
		}
		if managed {
			l.fail("the alarm %s belongs to no policy", a.Name)
		}
	}
}
