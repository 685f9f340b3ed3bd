package simulate

import (
	"maps"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
)

// toldSeries is a metric that others than ECS send, minute by minute, the oldest
// first. It is kept while an alarm watches it.
type toldSeries struct {
	Namespace  string                `json:"namespace"`
	Metric     string                `json:"metric"`
	Dimensions []ecs.MetricDimension `json:"dimensions,omitempty"`
	Points     []ecs.Datapoint       `json:"points"`
}

// MetricKey names a metric: its namespace, name and dimensions, whose order is
// no matter.
func MetricKey(namespace, metric string, dimensions []ecs.MetricDimension) string {
	parts := []string{namespace, metric}
	for _, d := range dimensions {
		parts = append(parts, d.Name+"\x1f"+d.Value)
	}
	slices.Sort(parts[2:])
	return strings.Join(parts, "\x1e")
}

// putMetricData keeps what was sent of a metric that an alarm watches: a minute
// that is there already is replaced.
func (s *Simulation) putMetricData(cmd *PutMetricData) error {
	key := MetricKey(cmd.Namespace, cmd.Metric, cmd.Dimensions)
	x := s.scaling.told[key]
	if x == nil {
		x = &toldSeries{Namespace: cmd.Namespace, Metric: cmd.Metric, Dimensions: cmd.Dimensions}
		s.scaling.told[key] = x
	}
	for _, p := range cmd.Points {
		p.Timestamp = p.Timestamp.Truncate(metricPeriod)
		i, there := slices.BinarySearchFunc(x.Points, p, func(a, b ecs.Datapoint) int { return a.Timestamp.Compare(b.Timestamp) })
		if there {
			x.Points[i] = p
		} else {
			x.Points = slices.Insert(x.Points, i, p)
		}
	}
	return nil
}

// between appends the datapoints of the minutes that began in a span of time.
func (x *toldSeries) between(out []ecs.Datapoint, from, to time.Time) []ecs.Datapoint {
	for _, p := range x.Points {
		if !p.Timestamp.Before(from) && p.Timestamp.Before(to) {
			out = append(out, p)
		}
	}
	return out
}

// forgetMetrics drops the metrics that no alarm watches, and the minutes before those
// that one looks at.
func (s *Simulation) forgetMetrics(now time.Time) {
	looked := map[string]time.Duration{}
	for _, a := range s.scaling.alarmList() {
		key := MetricKey(a.Alarm.Namespace, a.Alarm.MetricName, a.Alarm.Dimensions)
		looked[key] = max(looked[key], lookedBack(&a.Alarm))
	}
	for _, key := range slices.Sorted(maps.Keys(s.scaling.told)) {
		back, watched := looked[key]
		if !watched {
			delete(s.scaling.told, key)
			continue
		}
		x := s.scaling.told[key]
		first := now.Add(-back)
		x.Points = slices.DeleteFunc(x.Points, func(p ecs.Datapoint) bool { return p.Timestamp.Before(first) })
	}
}

// elsewhere reports whether an alarm watches a metric of ECS that another cluster
// has: that one evaluates it, and this one is told its state.
func (s *Simulation) elsewhere(a *ecs.MetricAlarm) bool {
	ofECS := a.Namespace == ecs.MetricsOfECS || a.Namespace == ecs.MetricsOfInsights
	cluster := a.Dimension(ecs.DimensionCluster)
	return ofECS && cluster != "" && cluster != string(s.cluster.Config().Name)
}

// AlarmChanges counts the changes of the states of alarms: another number is
// news for other clusters.
func (s *Simulation) AlarmChanges() int { return s.scaling.changes }
