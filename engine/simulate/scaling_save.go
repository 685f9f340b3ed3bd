package simulate

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

// savedScaling is the form of scaling in saved simulations.
type savedScaling struct {
	Targets    []*scalable       `json:"targets,omitempty"`
	Alarms     []*alarm          `json:"alarms,omitempty"`
	Loads      []*load           `json:"loads,omitempty"`
	Series     []*series         `json:"series,omitempty"`
	Told       []*toldSeries     `json:"told,omitempty"`
	Activities []savedActivities `json:"activities,omitempty"`
	Ordinal    int               `json:"ordinal,omitempty"`
	Minute     time.Time         `json:"minute,omitzero"`
	NewsUntil  time.Time         `json:"newsUntil,omitzero"`
	Repeats    int               `json:"repeats,omitempty"`
}

type savedActivities struct {
	Service    ecs.ServiceName       `json:"service"`
	Activities []ecs.ScalingActivity `json:"activities"`
}

// save is nil when there has never been anything to scale.
func (x *scaling) save() *savedScaling {
	if len(x.targets)+len(x.alarms)+len(x.loads)+len(x.activities)+x.ordinal == 0 {
		return nil
	}
	out := &savedScaling{
		Targets: x.targetList(), Alarms: x.alarmList(), Ordinal: x.ordinal,
		Minute: x.minute, NewsUntil: x.newsUntil, Repeats: x.repeats,
	}
	for _, name := range slices.Sorted(maps.Keys(x.loads)) {
		out.Loads = append(out.Loads, x.loads[name])
	}
	for _, name := range slices.Sorted(maps.Keys(x.series)) {
		out.Series = append(out.Series, x.series[name])
	}
	for _, key := range slices.Sorted(maps.Keys(x.told)) {
		out.Told = append(out.Told, x.told[key])
	}
	for _, name := range slices.Sorted(maps.Keys(x.activities)) {
		out.Activities = append(out.Activities, savedActivities{name, x.activities[name]})
	}
	return out
}

// loadScaling builds the scaling again that was saved.
func (s *Simulation) loadScaling(st *savedScaling) error {
	s.scaling = newScaling()
	if st == nil {
		return nil
	}
	x := &s.scaling
	x.ordinal, x.minute, x.newsUntil, x.repeats = st.Ordinal, st.Minute, st.NewsUntil, st.Repeats
	for _, t := range st.Targets {
		for _, a := range t.Actions {
			schedule, err := autoscaling.ParseSchedule(a.Action.Schedule, a.Action.Timezone)
			if err != nil {
				return fmt.Errorf("load simulation: scheduled action %s: %w", a.Action.Name, err)
			}
			a.schedule = schedule
		}
		x.targets[t.Service] = t
	}
	for _, a := range st.Alarms {
		x.alarms[a.Alarm.Name] = a
	}
	for _, l := range st.Loads {
		x.loads[l.Service] = l
	}
	for _, m := range st.Series {
		x.series[m.Service] = m
	}
	for _, m := range st.Told {
		x.told[MetricKey(m.Namespace, m.Metric, m.Dimensions)] = m
	}
	for _, a := range st.Activities {
		x.activities[a.Service] = a.Activities
	}
	s.replan(s.cluster.Now())
	return nil
}
