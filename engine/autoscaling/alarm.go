package autoscaling

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
)

// Sample is a metric over one period of an alarm, or the lack of it.
type Sample struct {
	At      time.Time
	Value   float64
	Missing bool
}

// Range is how many of the latest periods are looked at for an alarm: more than
// it evaluates, so that late or missing datapoints can be left out. CloudWatch
// documents 5 for an alarm that evaluates 3 [CW: Configuring how CloudWatch
// alarms treat missing data]; that it is two more for every alarm is our reading.
func Range(a *ecs.MetricAlarm) int { return a.EvaluationPeriods + 2 }

// Evaluation is what the samples say of an alarm.
type Evaluation struct {
	State     ecs.AlarmState
	Breaching []Sample // the newest first
	Within    []Sample // the threshold; the newest first
	Unknown   int      // periods without a datapoint that were counted in
}

// Evaluate is the state of an alarm whose latest samples, the oldest first, are
// these. Where it cannot tell, the alarm stays as it is or becomes
// INSUFFICIENT_DATA, as the treatment of missing data has it.
func Evaluate(a *ecs.MetricAlarm, samples []Sample) Evaluation {
	n, m := a.EvaluationPeriods, pointsToAlarm(a)
	samples = samples[max(0, len(samples)-Range(a)):]
	var out Evaluation
	oldest := 0 // breaching sample, by its age in periods
	for age := 1; age <= len(samples) && len(out.Breaching)+len(out.Within) < n; age++ {
		s := samples[len(samples)-age]
		switch {
		case s.Missing:
		case Breaches(a, s.Value):
			out.Breaching = append(out.Breaching, s)
			oldest = age
		default:
			out.Within = append(out.Within, s)
		}
	}
	known := len(out.Breaching) + len(out.Within)
	out.Unknown = n - known
	out.State = ecs.AlarmOK
	switch {
	case len(out.Breaching) >= m:
		out.State = ecs.AlarmAlarm
	case out.Unknown == 0:
	case a.TreatMissingData == ecs.MissingIsBreaching && len(out.Breaching)+out.Unknown >= m:
		out.State = ecs.AlarmAlarm
	case a.TreatMissingData == ecs.MissingIsBreaching, a.TreatMissingData == ecs.MissingIsNotBreaching, len(out.Within) > 0:
	case a.TreatMissingData == ecs.MissingIsIgnored:
		out.State = a.State
	case oldest >= m: // it has breached for long enough, as far as anybody knows
		out.State = ecs.AlarmAlarm
	default:
		out.State = ecs.AlarmInsufficientData
	}
	return out
}

// pointsToAlarm is the M of "M out of N".
func pointsToAlarm(a *ecs.MetricAlarm) int {
	if a.DatapointsToAlarm > 0 {
		return a.DatapointsToAlarm
	}
	return a.EvaluationPeriods
}

// Breaches reports whether a value is past the alarm's threshold.
func Breaches(a *ecs.MetricAlarm, value float64) bool {
	switch a.ComparisonOperator {
	case ecs.GreaterThanOrEqual:
		return value >= a.Threshold
	case ecs.GreaterThan:
		return value > a.Threshold
	case ecs.LessThan:
		return value < a.Threshold
	}
	return value <= a.Threshold
}

// Reason is the evaluation in CloudWatch's words.
func (e Evaluation) Reason(a *ecs.MetricAlarm) string {
	missing := counted(e.Unknown, "%d missing datapoint was treated as", "%d missing datapoints were treated as")
	switch {
	case e.State == ecs.AlarmInsufficientData || a.TreatMissingData == ecs.MissingIsIgnored && e.Unknown == a.EvaluationPeriods:
		return fmt.Sprintf("Insufficient Data: %s", counted(e.Unknown, "%d datapoint was unknown.", "%d datapoints were unknown."))
	case e.Unknown == a.EvaluationPeriods && e.State == ecs.AlarmAlarm:
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s [Breaching].", counted(e.Unknown, "%d period", "%d periods"), missing)
	case e.Unknown == a.EvaluationPeriods:
		return fmt.Sprintf("Threshold Crossed: no datapoints were received for %s and %s [NonBreaching].", counted(e.Unknown, "%d period", "%d periods"), missing)
	}
	points, not := e.Breaching, ""
	if e.State == ecs.AlarmOK && len(e.Within) > 0 {
		points, not = e.Within, "not "
	}
	values := make([]string, 0, shownPoints)
	for _, p := range points[:min(len(points), shownPoints)] {
		values = append(values, fmt.Sprintf("%s (%s)", decimal(p.Value), p.At.UTC().Format("02/01/06 15:04:05")))
	}
	list := "[" + strings.Join(values, ", ") + "]"
	said := fmt.Sprintf("%s %s%s the threshold (%s).", counted(len(points), "was", "were"), not, compared(a.ComparisonOperator), decimal(a.Threshold))
	if len(points) > shownPoints {
		return fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints %s The most recent datapoints: %s.", len(points), a.EvaluationPeriods, said, list)
	}
	return fmt.Sprintf("Threshold Crossed: %d out of the last %d datapoints %s %s", len(points), a.EvaluationPeriods, list, said)
}

// shownPoints is how many datapoints a reason shows.
const shownPoints = 5

// decimal is a number with at least one decimal, as CloudWatch writes it.
func decimal(x float64) string {
	const places = 1e9 // less is what a computer's arithmetic leaves
	text := fmt.Sprintf("%g", math.Round(x*places)/places)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// counted is the form for one, or the one for many; either may show the number.
func counted(n int, one, many string) string {
	form := many
	if n == 1 {
		form = one
	}
	if strings.Contains(form, "%d") {
		return fmt.Sprintf(form, n)
	}
	return form
}

func compared(operator string) string {
	switch operator {
	case ecs.GreaterThanOrEqual:
		return "greater than or equal to"
	case ecs.GreaterThan:
		return "greater than"
	case ecs.LessThan:
		return "less than"
	}
	return "less than or equal to"
}

// Aggregate joins the datapoints of short periods into that of a long one.
// There is at least one.
func Aggregate(points []ecs.Datapoint) ecs.Datapoint {
	out := points[0]
	for _, p := range points[1:] {
		out.Minimum, out.Maximum = min(out.Minimum, p.Minimum), max(out.Maximum, p.Maximum)
		out.Sum += p.Sum
		out.SampleCount += p.SampleCount
	}
	if len(points) > 1 && out.SampleCount > 0 {
		out.Average = out.Sum / float64(out.SampleCount)
	}
	return out
}

// The two alarms of a target tracking policy: three minutes above the target
// scale out; fifteen minutes more than 10 % below it scale in. The user guide
// says the latter of the threshold ("usually more than 10 % lower") [AAS: How
// target tracking scaling works]; the numbers of minutes are what the alarms
// that it creates show.
const (
	highMinutes = 3
	lowMinutes  = 15
	lowShare    = 0.9
)

// TrackingAlarms are the alarms that a target tracking policy manages, AlarmHigh
// and, unless it never scales in, AlarmLow. Names and ARNs are the caller's.
func TrackingAlarms(p *ecs.ScalingPolicy, cluster ecs.ClusterName, service ecs.ServiceName) []ecs.MetricAlarm {
	t := p.TargetTracking
	high := ecs.MetricAlarm{
		ActionsEnabled: true, AlarmActions: []string{string(p.ARN)}, State: ecs.AlarmInsufficientData,
		Description: fmt.Sprintf("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy %s.", p.ARN),
		Period:      ecs.Seconds(time.Minute), EvaluationPeriods: highMinutes, DatapointsToAlarm: highMinutes,
		Threshold: t.TargetValue, ComparisonOperator: ecs.GreaterThan, Statistic: ecs.StatisticAverage,
		Namespace: ecs.MetricsOfECS, TreatMissingData: ecs.MissingIsMissing,
		Dimensions: []ecs.MetricDimension{{Name: ecs.DimensionCluster, Value: string(cluster)}, {Name: ecs.DimensionService, Value: string(service)}},
	}
	if m := t.CustomizedMetric; m != nil {
		high.MetricName, high.Namespace, high.Statistic, high.Unit = m.MetricName, m.Namespace, m.Statistic, m.Unit
		high.Dimensions = slices.Clone(m.Dimensions)
	} else {
		switch t.PredefinedMetric.Type {
		case ecs.ECSServiceAverageCPUUtilization:
			high.MetricName = ecs.CPUUtilization
		case ecs.ECSServiceAverageMemoryUtilization:
			high.MetricName = ecs.MemoryUtilization
		default:
			high.MetricName, high.Namespace = ecs.RequestCountPerTarget, ecs.MetricsOfELB
			high.Statistic, high.Dimensions = ecs.StatisticSum, requestDimensions(t.PredefinedMetric.ResourceLabel)
		}
	}
	if t.DisableScaleIn {
		return []ecs.MetricAlarm{high}
	}
	low := high
	low.Dimensions = slices.Clone(high.Dimensions)
	low.AlarmActions = slices.Clone(high.AlarmActions)
	low.EvaluationPeriods, low.DatapointsToAlarm = lowMinutes, lowMinutes
	low.ComparisonOperator, low.Threshold = ecs.LessThan, t.TargetValue*lowShare
	return []ecs.MetricAlarm{high, low}
}

// requestDimensions are those of the metric that a resource label names.
func requestDimensions(label string) []ecs.MetricDimension {
	balancer, group, _ := SplitResourceLabel(label)
	return []ecs.MetricDimension{{Name: ecs.DimensionTargetGroup, Value: group}, {Name: ecs.DimensionLoadBalancer, Value: balancer}}
}

// SplitResourceLabel reads "app/NAME/ID/targetgroup/NAME/ID", the ends of two ARNs:
// that of an Application Load Balancer and that of one of its target groups [AAS
// API: PredefinedMetricSpecification].
func SplitResourceLabel(label string) (balancer, group string, ok bool) {
	parts := strings.Split(label, "/")
	if len(parts) != 6 || parts[0] != "app" || parts[3] != "targetgroup" || slices.Contains(parts, "") {
		return "", "", false
	}
	return strings.Join(parts[:3], "/"), strings.Join(parts[3:], "/"), true
}
