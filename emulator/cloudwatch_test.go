package emulator_test

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func (r *rig) cloudwatch() *cloudwatch.Client {
	return cloudwatch.New(cloudwatch.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

func serviceDimensions() []types.Dimension {
	return []types.Dimension{{Name: aws.String("ClusterName"), Value: aws.String("demo")}, {Name: aws.String("ServiceName"), Value: aws.String("web")}}
}

func (r *rig) alarm(name string, threshold float64) {
	r.t.Helper()
	must[*cloudwatch.PutMetricAlarmOutput](r.t)(r.cloudwatch().PutMetricAlarm(r.t.Context(), &cloudwatch.PutMetricAlarmInput{
		AlarmName: &name, Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"), Dimensions: serviceDimensions(),
		Statistic: types.StatisticAverage, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(2), Threshold: &threshold,
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
	}))
}

func (r *rig) alarmState(name string) types.StateValue {
	r.t.Helper()
	out := must[*cloudwatch.DescribeAlarmsOutput](r.t)(r.cloudwatch().DescribeAlarms(r.t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}}))
	if len(out.MetricAlarms) != 1 {
		r.t.Fatalf("%d alarms are called %s", len(out.MetricAlarms), name)
	}
	return out.MetricAlarms[0].StateValue
}

// TestAlarms is that alarms are evaluated on what the tasks use, keep what they
// were told, and that their metrics can be read.
func TestAlarms(t *testing.T) {
	r := ephemeral(t)
	r.alarm("busy", 50) // before there is a cluster
	r.cluster()
	r.alarm("idle", 95)
	if got := r.alarmState("busy"); got != types.StateValueInsufficientData {
		t.Errorf("before there is a task the alarm is %s", got)
	}
	r.fated(2, map[string]string{"gantry.fate": "cpu=80 memory=40"})
	began := r.watch.Now()
	for range 20 {
		r.watch.pass(30 * time.Second)
		r.describe()
	}
	for name, want := range map[string]types.StateValue{"busy": types.StateValueAlarm, "idle": types.StateValueOk} {
		if got := r.alarmState(name); got != want {
			t.Errorf("alarm %s is %s, want %s", name, got, want)
		}
	}
	c, ctx := r.cloudwatch(), t.Context()
	data := must[*cloudwatch.GetMetricStatisticsOutput](t)(c.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"), Dimensions: serviceDimensions(), StartTime: &began, EndTime: aws.Time(r.watch.Now()),
		Period: aws.Int32(120), Statistics: []types.Statistic{types.StatisticAverage, types.StatisticSampleCount}}))
	if n := len(data.Datapoints); n < 4 || *data.Datapoints[1].Average < 78 || *data.Datapoints[1].Average > 82 || *data.Datapoints[1].SampleCount != 4 ||
		data.Datapoints[1].Unit != types.StandardUnitPercent || data.Datapoints[1].Maximum != nil {
		t.Errorf("the datapoints are %+v", data.Datapoints)
	}
	values := must[*cloudwatch.GetMetricDataOutput](t)(c.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: &began, EndTime: aws.Time(r.watch.Now().Add(time.Minute)),
		MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("m1"), MetricStat: &types.MetricStat{Period: aws.Int32(60), Stat: aws.String("Average"),
			Metric: &types.Metric{Namespace: aws.String("ECS/ContainerInsights"), MetricName: aws.String("RunningTaskCount"), Dimensions: serviceDimensions()}}}}}))
	if v := values.MetricDataResults[0].Values; len(v) == 0 || v[0] != 2 {
		t.Errorf("the running tasks are %v", v)
	}
	metrics := must[*cloudwatch.ListMetricsOutput](t)(c.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: aws.String("AWS/ECS")}))
	if len(metrics.Metrics) != 4 { // two reservations of the cluster, two utilizations of the service
		t.Errorf("the metrics are %+v", metrics.Metrics)
	}
	must[*cloudwatch.DeleteAlarmsOutput](t)(c.DeleteAlarms(ctx, &cloudwatch.DeleteAlarmsInput{AlarmNames: []string{"busy", "idle"}}))
	left := must[*cloudwatch.DescribeAlarmsOutput](t)(c.DescribeAlarms(ctx, nil))
	if len(left.MetricAlarms) != 0 {
		t.Errorf("after they were deleted there are %+v", left.MetricAlarms)
	}
}

// TestAlarmRollsBack is that a deployment that names an alarm is rolled back when
// somebody sets it off.
func TestAlarmRollsBack(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(2)
	r.alarm("errors", 99)
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(map[string]string{"gantry.fate": "start=60s"})))
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("demo"), Service: aws.String("web"), TaskDefinition: aws.String("web"),
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{Alarms: &ecstypes.DeploymentAlarms{AlarmNames: []string{"errors"}, Enable: true, Rollback: true}}}))
	r.watch.pass(20 * time.Second)
	must[*cloudwatch.SetAlarmStateOutput](t)(r.cloudwatch().SetAlarmState(t.Context(), &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String("errors"), StateValue: types.StateValueAlarm, StateReason: aws.String("a test")}))
	if got := r.alarmState("errors"); got != types.StateValueAlarm {
		t.Errorf("the alarm is %s", got)
	}
	r.watch.pass(10 * time.Second)
	service := r.steady()
	if got := *service.TaskDefinition; got[len(got)-6:] != "/web:1" {
		t.Errorf("after the alarm the service has %s", got)
	}
}

// TestAlarmRefusals is what CloudWatch refuses, by its codes.
func TestAlarmRefusals(t *testing.T) {
	r := ephemeral(t)
	c, ctx := r.cloudwatch(), t.Context()
	now := r.watch.Now()
	for code, call := range map[string]func() error{
		"ResourceNotFound": func() error {
			_, err := c.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("none"), StateValue: types.StateValueOk, StateReason: aws.String("x")})
			return err
		},
		"ValidationError": func() error {
			_, err := c.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{AlarmName: aws.String("x"), EvaluationPeriods: aws.Int32(1),
				ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"),
				Statistic: types.StatisticAverage, Period: aws.Int32(7), Threshold: aws.Float64(1)})
			return err
		},
		"InvalidNextToken": func() error {
			_, err := c.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{NextToken: aws.String("x")})
			return err
		},
		"InvalidParameterValue": func() error {
			_, err := c.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"),
				StartTime: &now, EndTime: &now, Period: aws.Int32(60), Statistics: []types.Statistic{types.StatisticSum}})
			return err
		},
	} {
		refusedWith(t, code, call())
	}
}

func (r *rig) described(name string) types.MetricAlarm {
	r.t.Helper()
	out := must[*cloudwatch.DescribeAlarmsOutput](r.t)(r.cloudwatch().DescribeAlarms(r.t.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: []string{name}}))
	if len(out.MetricAlarms) != 1 {
		r.t.Fatalf("%d alarms are called %s", len(out.MetricAlarms), name)
	}
	return out.MetricAlarms[0]
}

// TestAlarmStateStays is that neither a new cluster nor a new configuration
// resets an alarm, that a deployment in the new cluster sees its state, and that
// what an alarm has none of is an empty list.
func TestAlarmStateStays(t *testing.T) {
	r := ephemeral(t)
	r.alarm("errors", 99)
	if a := r.described("errors"); a.AlarmActions == nil || a.OKActions == nil || a.InsufficientDataActions == nil {
		t.Errorf("the lists of an alarm without actions are missing: %+v", a)
	}
	c, ctx := r.cloudwatch(), t.Context()
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("older")}))
	must[*cloudwatch.SetAlarmStateOutput](t)(c.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{
		AlarmName: aws.String("errors"), StateValue: types.StateValueAlarm, StateReason: aws.String("a test")}))
	set := r.described("errors")
	r.watch.pass(3 * time.Second)
	r.cluster()
	r.alarm("errors", 98) // an update
	got := r.described("errors")
	if got.StateValue != types.StateValueAlarm || *got.StateReason != "a test" || !got.StateUpdatedTimestamp.Equal(*set.StateUpdatedTimestamp) || *got.Threshold != 98 {
		t.Errorf("the alarm is %s since %s for %q at %v, and was set at %s", got.StateValue, got.StateUpdatedTimestamp, *got.StateReason, *got.Threshold, set.StateUpdatedTimestamp)
	}
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, webDefinition(nil)))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(ctx, &ecs.CreateServiceInput{Cluster: aws.String("demo"), ServiceName: aws.String("web"),
		TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(1), DeploymentConfiguration: &ecstypes.DeploymentConfiguration{
			Alarms: &ecstypes.DeploymentAlarms{AlarmNames: []string{"errors"}, Enable: true, Rollback: true}}}))
	r.watch.pass(5 * time.Second)
	deployments := must[*ecs.ListServiceDeploymentsOutput](t)(r.ecs.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{Cluster: aws.String("demo"), Service: aws.String("web")}))
	one := must[*ecs.DescribeServiceDeploymentsOutput](t)(r.ecs.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{
		ServiceDeploymentArns: []string{*deployments.ServiceDeployments[0].ServiceDeploymentArn}})).ServiceDeployments[0]
	if one.Alarms == nil || one.Alarms.Status != ecstypes.ServiceDeploymentRollbackMonitorsStatusDisabled {
		t.Errorf("the deployment watches %+v, want it to ignore an alarm that was on when it began", one.Alarms)
	}
}

// TestStatisticsThatAreNotKept is that nothing else is told in their place.
func TestStatisticsThatAreNotKept(t *testing.T) {
	r := ephemeral(t)
	c, ctx := r.cloudwatch(), t.Context()
	from, to := r.watch.Now(), r.watch.Now().Add(time.Hour)
	for _, stat := range []string{"p99", "banana"} {
		_, err := c.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: &from, EndTime: &to, MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("m1"),
			MetricStat: &types.MetricStat{Period: aws.Int32(60), Stat: &stat, Metric: &types.Metric{Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization")}}}}})
		refusedWith(t, "InvalidParameterValue", err)
	}
	_, err := c.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"),
		StartTime: &from, EndTime: &to, Period: aws.Int32(60), ExtendedStatistics: []string{"p99"}})
	refusedWith(t, "InvalidParameterValue", err)
}

// TestErrorsOfCBOR is that the modelled errors come as such, with the codes that
// AWS Query has for them in the header that tells them.
func TestErrorsOfCBOR(t *testing.T) {
	r := ephemeral(t)
	c, ctx, now := r.cloudwatch(), t.Context(), r.watch.Now()
	in := &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"), StartTime: &now, EndTime: &now, Period: aws.Int32(60)}
	_, err := c.GetMetricStatistics(ctx, in)
	if _, ok := errors.AsType[*types.InvalidParameterValueException](err); !ok {
		t.Errorf("a span of no time: %v", err)
	}
	refusedWith(t, "InvalidParameterValue", err)
	in.EndTime = aws.Time(now.Add(time.Hour))
	_, err = c.GetMetricStatistics(ctx, in)
	if _, ok := errors.AsType[*types.MissingRequiredParameterException](err); !ok {
		t.Errorf("no statistic: %v", err)
	}
	refusedWith(t, "MissingParameter", err)
	_, err = c.SetAlarmState(ctx, &cloudwatch.SetAlarmStateInput{AlarmName: aws.String("none"), StateValue: types.StateValueOk, StateReason: aws.String("x")})
	if _, ok := errors.AsType[*types.ResourceNotFound](err); !ok {
		t.Errorf("no alarm: %v", err)
	}
}

// TestNoNumbers is that NaN and the infinities are refused as numbers and times.
func TestNoNumbers(t *testing.T) {
	r := ephemeral(t)
	for _, threshold := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := r.cloudwatch().PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String("x"), Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"), Statistic: types.StatisticAverage,
			Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: &threshold, ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold})
		refusedWith(t, "SerializationException", err)
	}
	for _, start := range []string{"NaN", "Inf"} {
		form := url.Values{"Action": {"GetMetricStatistics"}, "Version": {"2010-08-01"}, "StartTime": {start}, "EndTime": {"2026-11-23T07:00:00Z"}, "Period": {"60"},
			"Namespace": {"AWS/ECS"}, "MetricName": {"CPUUtilization"}, "Statistics.member.1": {"Sum"}}
		response, err := r.http.PostForm("http://emulator.local/", form)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("a start at %s: %s", start, response.Status)
		}
	}
}
