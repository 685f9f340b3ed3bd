package simulate

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
	"gantry/engine/scheduler"
)

// alarm is an alarm, and the target tracking policy that manages it, if one does.
type alarm struct {
	Alarm  ecs.MetricAlarm `json:"alarm"`
	Policy ecs.ARN         `json:"policy,omitempty"`
}

// MetricAlarms are all alarms, by name.
func (s *Simulation) MetricAlarms() []ecs.MetricAlarm {
	var out []ecs.MetricAlarm
	for _, a := range s.scaling.alarmList() {
		out = append(out, a.Alarm)
	}
	return out
}

// alarmsOf are the alarms that call a policy, by name.
func (s *Simulation) alarmsOf(policy ecs.ARN) []ecs.ScalingAlarm {
	var out []ecs.ScalingAlarm
	for _, a := range s.scaling.alarmList() {
		calls := slices.Concat(a.Alarm.AlarmActions, a.Alarm.OKActions, a.Alarm.InsufficientDataActions)
		if slices.Contains(calls, string(policy)) {
			out = append(out, ecs.ScalingAlarm{Name: a.Alarm.Name, ARN: a.Alarm.ARN})
		}
	}
	return out
}

func (s *Simulation) putMetricAlarm(now time.Time, cmd *PutMetricAlarm) error {
	if err := autoscaling.ValidateAlarm(&cmd.Alarm); err != nil {
		return err
	}
	policy := ecs.ARN("")
	old := s.scaling.alarms[cmd.Alarm.Name]
	if old != nil {
		policy = old.Policy
	}
	s.putAlarm(now, cmd.Alarm, policy)
	if known := &cmd.Alarm; old == nil && (known.State == ecs.AlarmOK || known.State == ecs.AlarmAlarm) {
		a := &s.scaling.alarms[known.Name].Alarm
		a.State, a.StateReason, a.StateUpdated = known.State, known.StateReason, known.StateUpdated
		s.tellAlarm(now, a.Name, a.State)
	}
	return nil
}

// putAlarm puts an alarm in place of the one of its name, whose state it keeps.
func (s *Simulation) putAlarm(now time.Time, a ecs.MetricAlarm, policy ecs.ARN) {
	a.ARN, a.ConfigurationUpdated = s.cluster.Config().Scope.ARN("cloudwatch", "alarm:"+a.Name), now
	a.State, a.StateReason, a.StateUpdated = ecs.AlarmInsufficientData, "Unchecked: Initial alarm creation", now
	if old := s.scaling.alarms[a.Name]; old != nil {
		a.State, a.StateReason, a.StateUpdated = old.Alarm.State, old.Alarm.StateReason, old.Alarm.StateUpdated
	}
	s.scaling.alarms[a.Name] = &alarm{Alarm: a, Policy: policy}
}

func (s *Simulation) deleteAlarms(now time.Time, cmd *DeleteAlarms) error {
	for _, name := range cmd.Names {
		if s.scaling.alarms[name] == nil {
			return &ecs.Error{Code: ecs.CodeAlarmNotFound, Message: fmt.Sprintf("Alarm %s does not exist.", name)}
		}
	}
	for _, name := range cmd.Names {
		s.dropAlarm(now, name)
	}
	return nil
}

// dropAlarm takes an alarm away. Of one that is gone nobody knows the state: a
// deployment that names it from now on watches it, should it come again.
func (s *Simulation) dropAlarm(now time.Time, name string) {
	a := s.scaling.alarms[name]
	if a == nil {
		return // named twice
	}
	delete(s.scaling.alarms, name)
	if a.Alarm.State != ecs.AlarmInsufficientData {
		s.tellAlarm(now, name, ecs.AlarmInsufficientData)
	}
}

// tellAlarm tells the cluster the state of an alarm: deployments may be watching it.
func (s *Simulation) tellAlarm(now time.Time, name string, state ecs.AlarmState) {
	out, _ := s.cluster.Apply(now, scheduler.Command{SetAlarmState: &scheduler.SetAlarmState{Name: name, State: state}}) // never refused: both are known
	s.obey(out.Decisions)
}

// setMetricAlarmState also calls what the alarm calls in that state, once.
func (s *Simulation) setMetricAlarmState(now time.Time, cmd *SetMetricAlarmState) error {
	a := s.scaling.alarms[cmd.Name]
	if a == nil {
		return &ecs.Error{Code: ecs.CodeAlarmNotFound, Message: fmt.Sprintf("Alarm %s does not exist.", cmd.Name)}
	}
	if !slices.Contains([]ecs.AlarmState{ecs.AlarmOK, ecs.AlarmAlarm, ecs.AlarmInsufficientData}, cmd.State) {
		return &ecs.Error{Code: ecs.CodeAlarmInvalid, Message: "The parameter StateValue must be one of OK, ALARM, INSUFFICIENT_DATA."}
	}
	if a.Alarm.State != cmd.State {
		s.setState(now, a, cmd.State, cmd.Reason)
		s.decide(now, a)
	}
	return nil
}

// setState changes the state of an alarm.
func (s *Simulation) setState(now time.Time, a *alarm, state ecs.AlarmState, reason string) {
	a.Alarm.State, a.Alarm.StateReason, a.Alarm.StateUpdated = state, reason, now
	s.tellAlarm(now, a.Alarm.Name, state)
	s.scaling.news(now)
	s.scaling.repeats++
	s.scaling.changes++
}

// evaluate looks at every alarm of which a period ends now.
func (s *Simulation) evaluate(now time.Time) {
	for _, a := range s.scaling.alarmList() {
		if !now.Truncate(a.Alarm.Period.Duration()).Equal(now) {
			continue
		}
		if s.elsewhere(&a.Alarm) {
			continue
		}
		if e := autoscaling.Evaluate(&a.Alarm, s.samples(&a.Alarm, now)); e.State != a.Alarm.State {
			s.setState(now, a, e.State, e.Reason(&a.Alarm))
		}
	}
}

// samples are the periods that an alarm looks at, the last one being the last
// that is over.
func (s *Simulation) samples(a *ecs.MetricAlarm, now time.Time) []autoscaling.Sample {
	period := a.Period.Duration()
	out := make([]autoscaling.Sample, autoscaling.Range(a))
	name, of := s.metric(a.Namespace, a.MetricName, a.Dimensions)
	x := s.scaling.series[name]
	at := now.Truncate(period).Add(-period * time.Duration(len(out)))
	told := s.scaling.told[MetricKey(a.Namespace, a.MetricName, a.Dimensions)]
	var points []ecs.Datapoint
	for i := range out {
		out[i] = autoscaling.Sample{At: at, Missing: true}
		points = points[:0]
		switch {
		case of != nil && x != nil:
			points = x.between(points, at, at.Add(period), of)
		case of == nil && told != nil:
			points = told.between(points, at, at.Add(period))
		}
		if len(points) > 0 {
			out[i].Missing, out[i].Value = false, autoscaling.Aggregate(points).Statistic(a.Statistic)
		}
		at = at.Add(period)
	}
	return out
}

// lookedBack is how far an alarm looks back, and a minute more.
func lookedBack(a *ecs.MetricAlarm) time.Duration {
	return a.Period.Duration()*time.Duration(autoscaling.Range(a)+1) + metricPeriod
}

// between appends the datapoints of the minutes that began in a span of time.
func (x *series) between(out []ecs.Datapoint, from, to time.Time, of func(minute) gauge) []ecs.Datapoint {
	first := max(0, int(from.Sub(x.First)/metricPeriod))
	for i := first; i < len(x.Minutes); i++ {
		at := x.First.Add(time.Duration(i) * metricPeriod)
		if !at.Before(to) {
			break
		}
		if g := of(x.Minutes[i]); g.N > 0 && !at.Before(from) {
			out = append(out, g.datapoint(at))
		}
	}
	return out
}

// manageAlarms gives a target tracking policy the alarms that it needs, and
// takes those away that it does not.
func (s *Simulation) manageAlarms(now time.Time, service ecs.ServiceName, p *ecs.ScalingPolicy) {
	if p.TargetTracking == nil {
		s.dropManaged(now, p.ARN)
		return
	}
	needed := autoscaling.TrackingAlarms(p, s.cluster.Config().Name, service)
	for i, kind := range []string{"AlarmHigh", "AlarmLow"} {
		prefix := fmt.Sprintf("TargetTracking-%s-%s-", s.resource(service), kind)
		name := s.managed(p.ARN, prefix)
		switch {
		case i < len(needed):
			if name == "" {
				name = prefix + s.scalingID("alarm")
			}
			needed[i].Name = name
			s.putAlarm(now, needed[i], p.ARN)
		case name != "":
			s.dropAlarm(now, name)
		}
	}
}

// managed is the name of a policy's alarm that begins so, or "".
func (s *Simulation) managed(policy ecs.ARN, prefix string) string {
	for _, a := range s.scaling.alarmList() {
		if a.Policy == policy && strings.HasPrefix(a.Alarm.Name, prefix) {
			return a.Alarm.Name
		}
	}
	return ""
}

// dropManaged deletes the alarms that a policy manages.
func (s *Simulation) dropManaged(now time.Time, policy ecs.ARN) {
	for _, a := range s.scaling.alarmList() {
		if a.Policy == policy {
			s.dropAlarm(now, a.Alarm.Name)
		}
	}
}
