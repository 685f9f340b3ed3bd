package api

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/simulate"
)

// kindMetric are the metrics that others than ECS send, by simulate.MetricKey.
const kindMetric = "cloudwatch/metric"

// metricsSentKept is how long what was sent is kept, as long as ECS's own metrics
// are here; nothing may be further ahead than that either [API: MetricDatum].
const (
	metricsSentKept  = 3 * time.Hour
	metricsSentAhead = 2 * time.Hour
	mostData         = 1000 // in one request [API: PutMetricData]
	mostDimensions   = 30
)

// sentMetric is such a metric as it is kept, its minutes the oldest first.
type sentMetric struct {
	MetricShape
	Unit    string       `json:"unit,omitempty"`
	Minutes []sentMinute `json:"minutes"`
}

type sentMinute struct {
	At    time.Time `json:"at"`
	Sum   float64   `json:"sum"`
	Count float64   `json:"count"`
	Min   float64   `json:"min"`
	Max   float64   `json:"max"`
}

func (m *sentMinute) datapoint() ecs.Datapoint {
	return ecs.Datapoint{Timestamp: m.At, Sum: m.Sum, SampleCount: int(math.Round(m.Count)), Minimum: m.Min, Maximum: m.Max, Average: m.Sum / m.Count}
}

// add counts values to the minute that they are of, and returns it.
func (x *sentMetric) add(v sentMinute) sentMinute {
	v.At = v.At.Truncate(time.Minute)
	i, there := slices.BinarySearchFunc(x.Minutes, v, func(a, b sentMinute) int { return a.At.Compare(b.At) })
	if !there {
		x.Minutes = slices.Insert(x.Minutes, i, v)
		return v
	}
	m := &x.Minutes[i]
	m.Sum, m.Count, m.Min, m.Max = m.Sum+v.Sum, m.Count+v.Count, min(m.Min, v.Min), max(m.Max, v.Max)
	return *m
}

// PutMetricData keeps what somebody sends. AWS's own namespaces are AWS's.
func (a *around) PutMetricData(_ context.Context, in *PutMetricDataInput) (*PutMetricDataOutput, error) {
	if strings.HasPrefix(in.Namespace, "AWS/") {
		return nil, refuse(codeMetricInvalid, "The value AWS/ for parameter Namespace is invalid.")
	}
	return &PutMetricDataOutput{}, a.putMetrics(in)
}

func (a *around) putMetrics(in *PutMetricDataInput) error {
	switch {
	case in.Namespace == "" || len(in.Namespace) > 255 || strings.HasPrefix(in.Namespace, ":"):
		return refuse(codeMetricInvalid, "The parameter Namespace must have 1 to 255 characters and cannot begin with a colon.")
	case in.Namespace == ecs.MetricsOfECS || in.Namespace == ecs.MetricsOfInsights:
		return refuse(codeMetricInvalid, "The metrics of the namespace %s are those of the world's clusters: nobody else can send them.", in.Namespace)
	case len(in.MetricData) == 0:
		return refuse(codeMetricMissing, "The parameter MetricData is required.")
	case len(in.MetricData) > mostData:
		return refuse(codeMetricInvalid, "The parameter MetricData can have at most %d members, but has %d.", mostData, len(in.MetricData))
	}
	for i := range in.MetricData {
		if err := a.putDatum(in.Namespace, &in.MetricData[i]); err != nil {
			return err
		}
	}
	return nil
}

func (a *around) putDatum(namespace string, d *datumShape) error {
	if d.MetricName == "" || len(d.MetricName) > 255 {
		return refuse(codeMetricInvalid, "The parameter MetricName must have 1 to 255 characters.")
	}
	if len(d.Dimensions) > mostDimensions || slices.ContainsFunc(d.Dimensions, func(x ecs.MetricDimension) bool { return x.Name == "" || x.Value == "" }) {
		return refuse(codeMetricInvalid, "A metric can have at most %d dimensions, each with a Name and a Value.", mostDimensions)
	}
	v, err := d.values()
	if err != nil {
		return err
	}
	now := a.tx.Now()
	if v.At = d.Timestamp; v.At.IsZero() {
		v.At = now
	}
	if v.At.Before(now.Add(-metricsSentKept)) || v.At.After(now.Add(metricsSentAhead)) {
		return refuse(codeMetricInvalid, "The Timestamp %s is not between three hours before and two hours after the world's time, %s. Without a Timestamp it is that.",
			v.At.UTC().Format(time.RFC3339), now.UTC().Format(time.RFC3339))
	}
	key := simulate.MetricKey(namespace, d.MetricName, d.Dimensions)
	x := sentMetric{MetricShape: MetricShape{namespace, d.MetricName, d.Dimensions}}
	if _, err := a.tx.Document(kindMetric, key, &x); err != nil {
		return err
	}
	if d.Unit != "" {
		x.Unit = d.Unit
	}
	minute := x.add(v)
	x.Minutes = slices.DeleteFunc(x.Minutes, func(m sentMinute) bool { return m.At.Before(now.Add(-metricsSentKept)) })
	if err := a.tx.PutDocument(kindMetric, key, x); err != nil {
		return err
	}
	watched, err := a.watches(key)
	if err != nil || !watched {
		return err
	}
	for _, cluster := range a.tx.LiveClusters() {
		if err := tellMetric(a.tx, cluster, &x, []sentMinute{minute}); err != nil {
			return err
		}
	}
	return nil
}

// values is what a datum says: one value, several, or statistics.
func (d *datumShape) values() (sentMinute, error) {
	given := 0
	for _, one := range []bool{d.Value != nil, len(d.Values) > 0, d.StatisticValues != nil} {
		if one {
			given++
		}
	}
	var v sentMinute
	switch {
	case given != 1:
		return v, refuse(codeMetricCombination, "Exactly one of the parameters Value, Values and StatisticValues must be given for the metric %s.", d.MetricName)
	case d.Value != nil:
		v = sentMinute{Sum: *d.Value, Count: 1, Min: *d.Value, Max: *d.Value}
	case d.StatisticValues != nil:
		s := d.StatisticValues
		v = sentMinute{Sum: s.Sum, Count: s.SampleCount, Min: s.Minimum, Max: s.Maximum}
	default:
		if len(d.Counts) > 0 && len(d.Counts) != len(d.Values) {
			return v, refuse(codeMetricInvalid, "The parameters Values and Counts must have the same size.")
		}
		v.Min, v.Max = d.Values[0], d.Values[0]
		for i, x := range d.Values {
			n := 1.0
			if len(d.Counts) > 0 {
				n = d.Counts[i]
			}
			v.Sum, v.Count, v.Min, v.Max = v.Sum+x*n, v.Count+n, min(v.Min, x), max(v.Max, x)
		}
	}
	for _, x := range []float64{v.Sum, v.Count, v.Min, v.Max} {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return v, refuse(codeMetricInvalid, "The values of the metric %s must be finite numbers.", d.MetricName)
		}
	}
	if v.Count <= 0 {
		return v, refuse(codeMetricInvalid, "The values of the metric %s must be of at least one sample.", d.MetricName)
	}
	return v, nil
}

// watches reports whether an alarm watches a metric.
func (a *around) watches(key string) (bool, error) {
	made, err := store.Documents[ecs.MetricAlarm](a.tx, kindAlarm, "")
	return slices.ContainsFunc(made, func(x ecs.MetricAlarm) bool {
		return simulate.MetricKey(x.Namespace, x.MetricName, x.Dimensions) == key
	}), err
}

// sent is a metric that others than ECS send.
func sent(tx *store.Tx, m *MetricShape) (x sentMetric, ok bool, err error) {
	ok, err = tx.Document(kindMetric, simulate.MetricKey(m.Namespace, m.MetricName, m.Dimensions), &x)
	return x, ok, err
}

// tellSent tells a cluster what is kept of the metric of an alarm.
func tellSent(tx *store.Tx, cluster ecs.ClusterName, alarm *ecs.MetricAlarm) error {
	x, ok, err := sent(tx, &MetricShape{alarm.Namespace, alarm.MetricName, alarm.Dimensions})
	if err != nil || !ok {
		return err
	}
	return tellMetric(tx, cluster, &x, x.Minutes)
}

func tellMetric(tx *store.Tx, cluster ecs.ClusterName, x *sentMetric, minutes []sentMinute) error {
	told := &simulate.PutMetricData{Namespace: x.Namespace, Metric: x.MetricName, Dimensions: x.Dimensions}
	for i := range minutes {
		told.Points = append(told.Points, minutes[i].datapoint())
	}
	_, err := tx.Apply(cluster, runtime.Command{Scaling: &simulate.Scaling{PutMetricData: told}})
	return err
}

// ShareAlarms tells every cluster the states that alarms on metrics of ECS have
// in the clusters whose metrics those are: deployments elsewhere may be watched
// by them, and services elsewhere scaled.
func ShareAlarms(tx *store.Tx) error {
	made, err := store.Documents[ecs.MetricAlarm](tx, kindAlarm, "")
	if err != nil {
		return err
	}
	for _, x := range made {
		known := knownAlarm(tx, ecs.ClusterName(x.Dimension(ecs.DimensionCluster)), x.Name)
		if known == nil || x.Namespace != ecs.MetricsOfECS && x.Namespace != ecs.MetricsOfInsights {
			continue
		}
		for _, cluster := range tx.LiveClusters() {
			other := knownAlarm(tx, cluster, x.Name)
			if other == nil || other.State == known.State {
				continue
			}
			cmd := &simulate.SetMetricAlarmState{Name: x.Name, State: known.State, Reason: known.StateReason}
			if _, err := tx.Apply(cluster, runtime.Command{Scaling: &simulate.Scaling{SetMetricAlarmState: cmd}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// knownAlarm is an alarm as a cluster has it.
func knownAlarm(tx *store.Tx, cluster ecs.ClusterName, name string) *ecs.MetricAlarm {
	rt, ok := tx.Runtime(cluster)
	if !ok || rt.World() == nil {
		return nil
	}
	for _, x := range rt.World().MetricAlarms() {
		if x.Name == name {
			return &x
		}
	}
	return nil
}
