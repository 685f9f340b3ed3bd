package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/internal/hint"
)

// metricFlags name a metric.
type metricFlags struct {
	namespace, metric, service string
	dimensions                 []string
}

func (m *metricFlags) add(c *cobra.Command, namespace string) {
	flags := c.Flags()
	flags.StringVar(&m.namespace, "namespace", "", namespace)
	flags.StringVar(&m.service, "service", "", "the service of --cluster whose metric it is")
	flags.StringArrayVar(&m.dimensions, "dimension", nil, "Name=Value, a dimension of the metric; may be given again")
}

// settle works out namespace and dimensions. A metric of ECS is a cluster's, or a
// service's.
func (m *metricFlags) settle(cluster string) ([]ecs.MetricDimension, error) {
	if m.namespace == "" {
		m.namespace = ecs.MetricsOfECS
		if m.metric == ecs.RunningTaskCount {
			m.namespace = ecs.MetricsOfInsights
		}
	}
	var out []ecs.MetricDimension
	if ofECS := m.namespace == ecs.MetricsOfECS || m.namespace == ecs.MetricsOfInsights; m.service != "" || ofECS && len(m.dimensions) == 0 {
		out = append(out, ecs.MetricDimension{Name: ecs.DimensionCluster, Value: cmp.Or(cluster, "default")})
	}
	if m.service != "" {
		out = append(out, ecs.MetricDimension{Name: ecs.DimensionService, Value: m.service})
	}
	for _, text := range m.dimensions {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" || value == "" {
			return nil, hint.As(hint.Usage, fmt.Errorf("--dimension is Name=Value, such as LoadBalancer=app/web/1, not %q", text))
		}
		out = append(out, ecs.MetricDimension{Name: name, Value: value})
	}
	return out, nil
}

type addAlarmOptions struct {
	f       *Factory
	request awsapi.NewAlarm
}

func newAddAlarmCmd(f *Factory, run func(context.Context, *addAlarmOptions) error) *cobra.Command {
	o := &addAlarmOptions{f: f}
	a := &o.request
	operators := []string{"GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold"}
	var metric metricFlags
	var period time.Duration
	c := &cobra.Command{
		Use:   "add-alarm NAME --metric METRIC --threshold N",
		Short: "Make a CloudWatch alarm, which can roll deployments back",
		Long: `Make a CloudWatch alarm on a metric, or replace it, and print its ARN. It goes
off by the metric's datapoints, or by: gantry emulator set-alarm. A service whose
deploymentConfiguration names it rolls its deployment back then.

With --service the metric is that of a service, such as CPUUtilization,
MemoryUtilization or RunningTaskCount; without, that of the cluster, such as
CPUReservation. --namespace and --dimension name any other metric.`,
		Example: `  gantry --local emulator add-alarm too-busy --cluster demo --service web --metric CPUUtilization --threshold 80
  gantry --local emulator add-alarm errors --namespace AWS/ApplicationELB --metric HTTPCode_Target_5XX_Count \
    --dimension LoadBalancer=app/web/1 --statistic Sum --threshold 10 --treat-missing-data notBreaching`,
		Args: arguments(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			a.Name, a.MetricName = args[0], metric.metric
			switch {
			case a.MetricName == "":
				return hint.As(hint.Usage, errors.New("--metric is missing: the name of a metric such as CPUUtilization"))
			case !c.Flags().Changed("threshold"):
				return hint.As(hint.Usage, errors.New("--threshold is missing: the value that the metric is compared with"))
			case !slices.Contains(operators, a.Comparison):
				return hint.As(hint.Usage, fmt.Errorf("--comparison-operator is one of %s, not %q", strings.Join(operators, ", "), a.Comparison))
			case period < 0 || period%time.Second != 0:
				return hint.As(hint.Usage, fmt.Errorf("--period is in whole seconds, such as 60s, not %s", period))
			}
			a.Period = ecs.Seconds(period)
			var err error
			if a.Dimensions, err = metric.settle(f.global.cluster); err != nil {
				return err
			}
			a.Namespace = metric.namespace
			if run == nil {
				run = addAlarmRun
			}
			return run(c.Context(), o)
		},
	}
	metric.add(c, "the namespace of the metric (default that of ECS)")
	flags := c.Flags()
	flags.StringVar(&metric.metric, "metric", "", "the name of the metric")
	flags.Float64Var(&a.Threshold, "threshold", 0, "the value that the metric is compared with")
	flags.StringVar(&a.Comparison, "comparison-operator", "GreaterThanOrEqualToThreshold", strings.Join(operators, ", "))
	flags.StringVar(&a.Statistic, "statistic", "Average", "Average, Sum, Minimum, Maximum or SampleCount")
	flags.DurationVar(&period, "period", time.Minute, "over how long each value is taken")
	flags.IntVar(&a.EvaluationPeriods, "evaluation-periods", 1, "how many values are looked at")
	flags.IntVar(&a.DatapointsToAlarm, "datapoints-to-alarm", 0, "how many of them have to breach (default all)")
	flags.StringVar(&a.TreatMissingData, "treat-missing-data", "", "missing, notBreaching, breaching or ignore (default missing)")
	return c
}

func addAlarmRun(ctx context.Context, o *addAlarmOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	arn, err := client.AddAlarm(ctx, o.request)
	if err != nil {
		return err
	}
	return o.f.made(arn)
}

type putMetricOptions struct {
	f          *Factory
	metric     metricFlags
	dimensions []ecs.MetricDimension
	value      float64
}

func newPutMetricCmd(f *Factory, run func(context.Context, *putMetricOptions) error) *cobra.Command {
	o := &putMetricOptions{f: f}
	c := &cobra.Command{
		Use:   "put-metric METRIC --namespace NAMESPACE --value N",
		Short: "Send a value of a metric, which alarms may watch",
		Long: `Send a value of a metric to CloudWatch, at the world's time. An alarm on it looks
at it when the minute is over. --namespace may be one of AWS's own, such as
AWS/ApplicationELB, but not that of ECS, whose metrics the world has itself.`,
		Example: "  gantry --local emulator put-metric HTTPCode_Target_5XX_Count --namespace AWS/ApplicationELB --dimension LoadBalancer=app/web/1 --value 25",
		Args:    arguments(1, "METRIC"),
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.metric.metric = args[0]
			switch {
			case o.metric.namespace == "":
				return hint.As(hint.Usage, errors.New("--namespace is missing: the namespace of the metric, such as Shop or AWS/ApplicationELB"))
			case !c.Flags().Changed("value"):
				return hint.As(hint.Usage, errors.New("--value is missing: a number"))
			}
			if o.dimensions, err = o.metric.settle(f.global.cluster); err != nil {
				return err
			}
			if run == nil {
				run = putMetricRun
			}
			return run(c.Context(), o)
		},
	}
	o.metric.add(c, "the namespace of the metric, such as Shop")
	c.Flags().Float64Var(&o.value, "value", 0, "the value")
	return c
}

func putMetricRun(ctx context.Context, o *putMetricOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	if err := client.PutMetric(ctx, o.metric.namespace, o.metric.metric, o.dimensions, o.value); err != nil {
		return err
	}
	if o.f.json() {
		return o.f.printer(time.Time{}).JSON(map[string]any{"metricName": o.metric.metric, "value": o.value})
	}
	o.f.talker().Line("%s is %v", o.metric.metric, o.value)
	return nil
}

type setAlarmOptions struct {
	f                   *Factory
	name, state, reason string
}

func newSetAlarmCmd(f *Factory, run func(context.Context, *setAlarmOptions) error) *cobra.Command {
	o := &setAlarmOptions{f: f}
	states := []string{string(ecs.AlarmOK), string(ecs.AlarmAlarm), string(ecs.AlarmInsufficientData)}
	c := &cobra.Command{
		Use:   "set-alarm NAME --state STATE",
		Short: "Put an alarm into a state",
		Long: `Put an alarm into a state: OK, ALARM or INSUFFICIENT_DATA. Deployments that are
watched by it see that at once. It stays so until the alarm is evaluated and found
in another state, which one whose metric has no datapoints is not.`,
		Example: "  gantry --local emulator set-alarm errors --state ALARM",
		Args:    arguments(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			o.name, o.state = args[0], strings.ToUpper(o.state)
			if !slices.Contains(states, o.state) {
				return hint.As(hint.Usage, fmt.Errorf("--state is one of %s, not %q", strings.Join(states, ", "), o.state))
			}
			if run == nil {
				run = setAlarmRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.state, "state", "", strings.Join(states, ", "))
	c.Flags().StringVar(&o.reason, "reason", "set by hand", "why, in words")
	return c
}

func setAlarmRun(ctx context.Context, o *setAlarmOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	if err := client.SetAlarm(ctx, o.name, o.state, o.reason); err != nil {
		return err
	}
	if o.f.json() {
		return o.f.printer(time.Time{}).JSON(map[string]any{"alarmName": o.name, "state": o.state})
	}
	o.f.talker().Line("the alarm %s is %s", o.name, o.state)
	return nil
}
