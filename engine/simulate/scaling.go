package simulate

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
	"gantry/engine/scheduler"
)

// scaling is what Application Auto Scaling and CloudWatch know of the cluster.
// Nothing of it costs anything while nobody asked for it.
type scaling struct {
	targets    map[ecs.ServiceName]*scalable
	alarms     map[string]*alarm
	loads      map[ecs.ServiceName]*load
	series     map[ecs.ServiceName]*series               // "" is the cluster's own
	activities map[ecs.ServiceName][]ecs.ScalingActivity // newest first
	told       map[string]*toldSeries                    // of others than ECS, by MetricKey
	ordinal    int                                       // of ids
	minute     time.Time                                 // when the metrics are due; zero: nothing is watched
	newsUntil  time.Time                                 // until then what is measured may lead to something
	repeats    int                                       // changes that it made by itself since somebody last did something

	changes int // of the states of alarms, since the simulation is in memory

	// Worked out when any of the above changes.
	due   time.Time               // when there is something to do; zero: never
	quiet time.Duration           // for how long news may lead to something
	keep  map[ecs.ServiceName]int // minutes to keep of everything that is watched
}

func newScaling() scaling {
	return scaling{
		targets: map[ecs.ServiceName]*scalable{}, alarms: map[string]*alarm{}, loads: map[ecs.ServiceName]*load{},
		series: map[ecs.ServiceName]*series{}, activities: map[ecs.ServiceName][]ecs.ScalingActivity{},
		told: map[string]*toldSeries{},
	}
}

// scalable is a scalable target with its policies and actions, each by name.
type scalable struct {
	Service  ecs.ServiceName      `json:"service"`
	Target   ecs.ScalableTarget   `json:"target"`
	Policies []*ecs.ScalingPolicy `json:"policies,omitempty"`
	Actions  []*action            `json:"actions,omitempty"`
	Last     *autoscaling.Change  `json:"last,omitempty"`    // by a policy
	Open     *openActivity        `json:"open,omitempty"`    // that is under way
	Answers  []autoscaling.Answer `json:"answers,omitempty"` // what became of the latest calls
}

// The simulation is at rest when scaling has changed nothing for so much longer
// than its slowest alarm takes, or when it has changed so often by itself.
const (
	quietAfter    = 5 * time.Minute
	restlessAfter = 30
)

// news notes that something happened that scaling may follow.
func (x *scaling) news(at time.Time) {
	if until := at.Add(x.quiet); until.After(x.newsUntil) {
		x.newsUntil = until
	}
}

// progress reports whether what is due next may lead to something new.
func (x *scaling) progress() bool {
	return !x.due.IsZero() && x.due.Before(x.newsUntil) && x.repeats < restlessAfter
}

// told does a command that somebody gave, now or for now. It is news for
// everything that watches.
func (s *Simulation) told(now time.Time, cmd Command) (scheduler.Outcome, error) {
	if err := cmd.single(); err != nil {
		return scheduler.Outcome{}, err
	}
	out, err := s.do(now, cmd)
	if err == nil && !s.scaling.due.IsZero() {
		s.scaling.repeats = 0
		s.scaling.news(now)
	}
	return out, err
}

// unscale forgets a service that is deleted: it is no scalable target any more.
func (s *Simulation) unscale(now time.Time, name ecs.ServiceName) {
	s.dropTarget(now, name)
	delete(s.scaling.loads, name)
	s.replan(now)
}

// watched is what is measured, sorted.
func (x *scaling) watched() []ecs.ServiceName { return slices.Sorted(maps.Keys(x.keep)) }

// targetList is the scalable targets by name.
func (x *scaling) targetList() []*scalable {
	out := make([]*scalable, 0, len(x.targets))
	for _, name := range slices.Sorted(maps.Keys(x.targets)) {
		out = append(out, x.targets[name])
	}
	return out
}

// alarmList is the alarms by name.
func (x *scaling) alarmList() []*alarm {
	out := make([]*alarm, 0, len(x.alarms))
	for _, name := range slices.Sorted(maps.Keys(x.alarms)) {
		out = append(out, x.alarms[name])
	}
	return out
}

// replan works out what is watched and when there is something to do.
func (s *Simulation) replan(now time.Time) {
	x := &s.scaling
	x.keep = map[ecs.ServiceName]int{}
	watch := func(name ecs.ServiceName, minutes int) { x.keep[name] = max(x.keep[name], minutes, metricsKept) }
	x.due, x.quiet = time.Time{}, quietAfter
	soon := func(at time.Time) {
		if !at.IsZero() && (x.due.IsZero() || at.Before(x.due)) {
			x.due = at
		}
	}
	for _, t := range x.targetList() {
		watch(t.Service, 0)
		for _, a := range t.Actions {
			soon(a.Next)
		}
		if t.Open != nil {
			soon(t.Open.LookAt)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(x.loads)) {
		watch(name, 0)
	}
	for _, a := range x.alarmList() {
		x.quiet = max(x.quiet, time.Duration(a.Alarm.EvaluationPeriods)*a.Alarm.Period.Duration()+quietAfter)
		if name, of := s.metric(a.Alarm.Namespace, a.Alarm.MetricName, a.Alarm.Dimensions); of != nil {
			watch(name, autoscaling.Range(&a.Alarm)*int(a.Alarm.Period.Duration()/metricPeriod))
		}
	}
	s.forgetMetrics(now)
	maps.DeleteFunc(x.series, func(name ecs.ServiceName, _ *series) bool { return x.keep[name] == 0 })
	switch {
	case len(x.keep)+len(x.alarms) == 0:
		x.minute = time.Time{}
	case x.minute.IsZero():
		x.minute = now.Truncate(metricPeriod).Add(metricPeriod)
	}
	soon(x.minute)
}

// tick does what is due of scaling: it looks at activities under way, then does
// scheduled actions, then, every minute, measures, evaluates alarms and decides.
func (s *Simulation) tick(now time.Time) {
	x := &s.scaling
	for _, t := range x.targetList() {
		if t.Open != nil && !t.Open.LookAt.After(now) {
			s.look(now, t)
		}
	}
	s.runActions(now)
	if x.minute.Equal(now) {
		x.minute = now.Add(metricPeriod)
		s.measure(now)
		s.evaluate(now)
		s.decide(now, nil)
	}
	s.replan(now)
}

// decide lets the targets follow the alarms that call their policies: all, or
// those that one alarm calls.
func (s *Simulation) decide(now time.Time, only *alarm) {
	calls := s.calls(now)
	for _, t := range s.scaling.targetList() {
		mine := calls[t.Service]
		if only != nil && !slices.ContainsFunc(mine, func(c autoscaling.Call) bool { return c.Alarm == &only.Alarm }) {
			continue
		}
		desired, running, ok := s.cluster.Capacity(t.Service)
		if !ok {
			continue
		}
		state := autoscaling.Target{
			Min: t.Target.MinCapacity, Max: t.Target.MaxCapacity, Desired: desired, Running: running,
			Suspended: t.Target.SuspendedState, Deploying: s.cluster.Deploying(t.Service), Last: t.Last,
		}
		d := autoscaling.Decide(now, state, t.Policies, mine)
		s.noteHolds(now, t, state, d.Answers)
		t.Answers = d.Answers
		if d.Follow < 0 {
			continue
		}
		call := mine[d.Follow]
		out := d.Answers[d.Follow].Out
		change := &autoscaling.Change{Out: out, From: min(running, desired), To: d.Capacity}
		if t.Last != nil && out && t.Last.Out && (t.Last.Until.IsZero() || now.Before(t.Last.Until)) {
			change.From = t.Last.From // a larger scale-out takes the place of the one before
		}
		s.setDesired(now, t, d.Capacity, calledBy(call), change, autoscaling.Cooldown(call.Policy, out))
	}
}

// calls are the policies that alarms call now, by service. An alarm calls every
// minute while it is in a state with actions, unless there is no datapoint to
// scale by.
func (s *Simulation) calls(now time.Time) map[ecs.ServiceName][]autoscaling.Call {
	type place struct {
		service ecs.ServiceName
		policy  *ecs.ScalingPolicy
	}
	byARN := map[string]place{}
	for _, t := range s.scaling.targetList() {
		for _, p := range t.Policies {
			byARN[string(p.ARN)] = place{t.Service, p}
		}
	}
	out := map[ecs.ServiceName][]autoscaling.Call{}
	if len(byARN) == 0 {
		return out
	}
	for _, a := range s.scaling.alarmList() {
		for _, arn := range a.Alarm.Actions() {
			at, ok := byARN[arn]
			if !ok {
				continue
			}
			samples := s.samples(&a.Alarm, now)
			if last := samples[len(samples)-1]; !last.Missing {
				out[at.service] = append(out[at.service], autoscaling.Call{Policy: at.policy, Alarm: &a.Alarm, Metric: last.Value})
			}
		}
	}
	return out
}

// scalingID is a UUID, derived from the seed and how many there were before.
func (s *Simulation) scalingID(kind string) string {
	s.scaling.ordinal++
	sum := hexOf(strconv.FormatUint(s.cluster.Config().Seed, 10) + " " + kind + " " + strconv.Itoa(s.scaling.ordinal))
	return sum[:8] + "-" + sum[8:12] + "-4" + sum[13:16] + "-8" + sum[17:20] + "-" + sum[20:32]
}

// setCount gives the scheduler a new desired count.
func (s *Simulation) setCount(now time.Time, name ecs.ServiceName, to int) error {
	out, err := s.cluster.Apply(now, scheduler.Command{UpdateService: &scheduler.UpdateService{Name: name, DesiredCount: &to}})
	if err != nil {
		return err
	}
	s.obey(out.Decisions)
	return nil
}
