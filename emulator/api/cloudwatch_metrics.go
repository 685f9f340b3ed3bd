package api

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/engine/autoscaling"
	"gantry/engine/simulate"
)

// datapoints are the datapoints of a metric that are kept, the oldest first. A
// metric that nobody watches is not kept: it has the present minute alone.
func (a *around) datapoints(m *MetricShape) []ecs.Datapoint {
	if x, ok, err := sent(a.tx, m); err == nil && ok {
		var points []ecs.Datapoint
		for i := range x.Minutes {
			points = append(points, x.Minutes[i].datapoint())
		}
		return points
	}
	for _, w := range a.worlds() {
		if points := w.Datapoints(m.Namespace, m.MetricName, m.Dimensions); len(points) > 0 {
			return points
		}
		if p, ok := w.Present(m.Namespace, m.MetricName, m.Dimensions); ok {
			return []ecs.Datapoint{p}
		}
	}
	return nil
}

// periods are datapoints aggregated over periods, of those that begin in
// [from, to).
func periods(points []ecs.Datapoint, from, to time.Time, period time.Duration) []ecs.Datapoint {
	var out []ecs.Datapoint
	for len(points) > 0 {
		at := points[0].Timestamp.Truncate(period)
		n := slices.IndexFunc(points, func(p ecs.Datapoint) bool { return !p.Timestamp.Truncate(period).Equal(at) })
		if n < 0 {
			n = len(points)
		}
		if !at.Before(from.Truncate(period)) && at.Before(to) {
			p := autoscaling.Aggregate(points[:n])
			p.Timestamp = at
			out = append(out, p)
		}
		points = points[n:]
	}
	return out
}

// unitOf is the unit in which a metric was sent, or in which ECS sends it.
func (a *around) unitOf(m *MetricShape) string {
	if x, ok, err := sent(a.tx, m); err == nil && ok {
		return cmp.Or(x.Unit, "None")
	}
	if m.MetricName == ecs.RunningTaskCount {
		return "Count"
	}
	return "Percent"
}

// checkStatistics refuses what no datapoint here can tell.
func checkStatistics(names ...string) error {
	known := []string{ecs.StatisticSampleCount, ecs.StatisticAverage, ecs.StatisticSum, ecs.StatisticMinimum, ecs.StatisticMaximum}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return refuse(codeMetricInvalid, "The emulator evaluates the statistics %s, not %q: percentiles, trimmed means and the like are not kept here.",
				strings.Join(known, ", "), name)
		}
	}
	return nil
}

func checkSpan(from, to time.Time, period int) error {
	switch {
	case !from.Before(to):
		return refuse(codeMetricInvalid, "The parameter StartTime must be less than the parameter EndTime.")
	case period < 60 || period%60 != 0:
		return refuse(codeMetricInvalid, "The parameter Period must be a multiple of 60, but is %d.", period)
	}
	return nil
}

// GetMetricStatistics tells a metric of ECS over a span of time.
func (a *around) GetMetricStatistics(_ context.Context, in *GetMetricStatisticsInput) (*GetMetricStatisticsOutput, error) {
	if err := checkSpan(in.StartTime, in.EndTime, in.Period); err != nil {
		return nil, err
	}
	if err := checkStatistics(slices.Concat(in.Statistics, in.ExtendedStatistics)...); err != nil {
		return nil, err
	}
	if len(in.Statistics) == 0 {
		return nil, refuse(codeMetricMissing, "At least one of the parameters Statistics and ExtendedStatistics must be specified.")
	}
	out := &GetMetricStatisticsOutput{Label: in.MetricName, Datapoints: []datapointShape{}}
	for _, p := range periods(a.datapoints(&in.MetricShape), in.StartTime, in.EndTime, time.Duration(in.Period)*time.Second) {
		x := datapointShape{Timestamp: p.Timestamp, Unit: a.unitOf(&in.MetricShape)}
		for name, to := range map[string]**float64{
			ecs.StatisticSampleCount: &x.SampleCount, ecs.StatisticAverage: &x.Average, ecs.StatisticSum: &x.Sum,
			ecs.StatisticMinimum: &x.Minimum, ecs.StatisticMaximum: &x.Maximum,
		} {
			if slices.Contains(in.Statistics, name) {
				value := p.Statistic(name)
				*to = &value
			}
		}
		if in.Unit == "" || in.Unit == x.Unit {
			out.Datapoints = append(out.Datapoints, x)
		}
	}
	return out, nil
}

// GetMetricData tells several metrics of ECS over a span of time.
func (a *around) GetMetricData(_ context.Context, in *GetMetricDataInput) (*GetMetricDataOutput, error) {
	if in.NextToken != nil && *in.NextToken != "" {
		return nil, refuse("InvalidNextToken", "Invalid token: every answer here is whole.")
	}
	out := &GetMetricDataOutput{MetricDataResults: []metricDataShape{}}
	for _, q := range in.MetricDataQueries {
		if q.MetricStat == nil {
			return nil, alarmInvalid("The emulator answers queries for single metrics (MetricStat), not metric math: query %s", q.ID)
		}
		if err := checkSpan(in.StartTime, in.EndTime, q.MetricStat.Period); err != nil {
			return nil, err
		}
		if err := checkStatistics(q.MetricStat.Stat); err != nil {
			return nil, err
		}
		r := metricDataShape{ID: q.ID, Label: q.Label, Timestamps: []time.Time{}, Values: []float64{}, StatusCode: "Complete"}
		if r.Label == "" {
			r.Label = q.MetricStat.Metric.MetricName
		}
		for _, p := range periods(a.datapoints(&q.MetricStat.Metric), in.StartTime, in.EndTime, time.Duration(q.MetricStat.Period)*time.Second) {
			r.Timestamps, r.Values = append(r.Timestamps, p.Timestamp), append(r.Values, p.Statistic(q.MetricStat.Stat))
		}
		if in.ScanBy != "TimestampAscending" {
			slices.Reverse(r.Timestamps)
			slices.Reverse(r.Values)
		}
		if q.ReturnData == nil || *q.ReturnData {
			out.MetricDataResults = append(out.MetricDataResults, r)
		}
	}
	return out, nil
}

// ListMetrics lists the metrics that have a datapoint.
func (a *around) ListMetrics(_ context.Context, in *ListMetricsInput) (*ListMetricsOutput, error) {
	out := &ListMetricsOutput{Metrics: []MetricShape{}}
	for _, w := range a.worlds() {
		cluster := ecs.MetricDimension{Name: ecs.DimensionCluster, Value: string(w.Cluster().Config().Name)}
		candidates := []MetricShape{
			{ecs.MetricsOfECS, ecs.CPUReservation, []ecs.MetricDimension{cluster}},
			{ecs.MetricsOfECS, ecs.MemoryReservation, []ecs.MetricDimension{cluster}},
		}
		for _, s := range w.Cluster().Services() {
			both := []ecs.MetricDimension{cluster, {Name: ecs.DimensionService, Value: string(s)}}
			candidates = append(candidates, MetricShape{ecs.MetricsOfECS, ecs.CPUUtilization, both}, MetricShape{ecs.MetricsOfECS, ecs.MemoryUtilization, both},
				MetricShape{ecs.MetricsOfInsights, ecs.RunningTaskCount, both})
		}
		for _, m := range candidates {
			if in.matches(&m) && len(a.datapoints(&m)) > 0 {
				out.Metrics = append(out.Metrics, m)
			}
		}
	}
	others, err := store.Documents[sentMetric](a.tx, kindMetric, "")
	if err != nil {
		return nil, err
	}
	for _, x := range others {
		if in.matches(&x.MetricShape) {
			out.Metrics = append(out.Metrics, x.MetricShape)
		}
	}
	byKey := map[string]MetricShape{}
	for _, m := range out.Metrics {
		byKey[simulate.MetricKey(m.Namespace, m.MetricName, m.Dimensions)] = m
	}
	const most = 500 // [API: ListMetrics]
	cut, next, err := aroundPage(sortedKeys(byKey), in.NextToken, nil, most, most, pageCodes{codeMetricInvalid, codeMetricInvalid, "nextToken"})
	out.Metrics, out.NextToken = []MetricShape{}, next
	for _, key := range cut {
		out.Metrics = append(out.Metrics, byKey[key])
	}
	return out, err
}

func (in *ListMetricsInput) matches(m *MetricShape) bool {
	if in.Namespace != "" && in.Namespace != m.Namespace || in.MetricName != "" && in.MetricName != m.MetricName {
		return false
	}
	for _, want := range in.Dimensions {
		if !slices.ContainsFunc(m.Dimensions, func(d ecs.MetricDimension) bool {
			return d.Name == want.Name && (want.Value == nil || d.Value == *want.Value)
		}) {
			return false
		}
	}
	return true
}
