package emulator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

func dimensionsOf(lb string) []types.Dimension {
	return []types.Dimension{{Name: aws.String("LoadBalancer"), Value: &lb}}
}

// put sends a value of the metric Errors.
func (r *rig) put(value float64) {
	r.t.Helper()
	must[*cloudwatch.PutMetricDataOutput](r.t)(r.cloudwatch().PutMetricData(r.t.Context(), &cloudwatch.PutMetricDataInput{Namespace: aws.String("Shop"),
		MetricData: []types.MetricDatum{{MetricName: aws.String("Errors"), Dimensions: dimensionsOf("web"), Value: &value, Unit: types.StandardUnitCount}}}))
}

// inAnother is a service in a cluster of its own, with alarms on its deployments.
func (r *rig) inAnother(alarms ...string) {
	r.t.Helper()
	ctx := r.t.Context()
	must[*ecs.CreateClusterOutput](r.t)(r.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("other")}))
	r.admin("POST", "/_gantry/instances", `{"cluster":"other","instanceType":"t3.small","count":2}`, nil)
	must[*ecs.CreateServiceOutput](r.t)(r.ecs.CreateService(ctx, &ecs.CreateServiceInput{Cluster: aws.String("other"), ServiceName: aws.String("api"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(2),
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{Alarms: &ecstypes.DeploymentAlarms{AlarmNames: alarms, Enable: true, Rollback: true}}}))
	for range 100 {
		if s := r.otherService(); len(s.Deployments) == 1 && s.Deployments[0].RolloutState == "COMPLETED" {
			return
		}
		r.watch.pass(5 * time.Second)
	}
	r.t.Fatal("the service of the other cluster is not steady")
}

func (r *rig) otherService() ecstypes.Service {
	r.t.Helper()
	return must[*ecs.DescribeServicesOutput](r.t)(r.ecs.DescribeServices(r.t.Context(), &ecs.DescribeServicesInput{Cluster: aws.String("other"), Services: []string{"api"}})).Services[0]
}

// rolledBack waits until a deployment of the other service was rolled back.
func (r *rig) rolledBack() bool {
	r.t.Helper()
	for range 60 {
		for _, e := range r.otherService().Events {
			if strings.Contains(*e.Message, "deployment failed: alarm detected") {
				return true
			}
		}
		r.watch.pass(10 * time.Second)
	}
	return false
}

// TestSentMetrics is that a metric that somebody sends is kept, and that an alarm
// on it takes deployments back, in whatever cluster.
func TestSentMetrics(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.cloudwatch()
	r.cluster()
	r.service(1)
	r.put(3)
	r.put(5)
	must[*cloudwatch.PutMetricAlarmOutput](t)(c.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{AlarmName: aws.String("errors"), Namespace: aws.String("Shop"), MetricName: aws.String("Errors"),
		Dimensions: dimensionsOf("web"), Statistic: types.StatisticSum, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(10),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold, TreatMissingData: aws.String("notBreaching")}))
	r.watch.pass(2 * time.Minute)
	if got := r.alarmState("errors"); got != types.StateValueOk {
		t.Errorf("the alarm is %s", got)
	}
	r.inAnother("errors")
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("other"), Service: aws.String("api"), ForceNewDeployment: true}))
	r.put(6)
	r.put(7)
	if !r.rolledBack() {
		t.Errorf("nothing was rolled back; the alarm is %s, the events are %v", r.alarmState("errors"), r.otherService().Events)
	}
	r.watch.pass(5 * time.Minute)
	if got := r.alarmState("errors"); got != types.StateValueOk {
		t.Errorf("when no more errors come the alarm is %s", got)
	}

	now := r.watch.Now()
	stats := must[*cloudwatch.GetMetricStatisticsOutput](t)(c.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{Namespace: aws.String("Shop"), MetricName: aws.String("Errors"), Dimensions: dimensionsOf("web"),
		StartTime: aws.Time(now.Add(-time.Hour)), EndTime: &now, Period: aws.Int32(3600 * 24), Statistics: []types.Statistic{"Sum", "Average", "Minimum", "Maximum", "SampleCount"}}))
	if len(stats.Datapoints) == 0 {
		t.Fatal("there are no datapoints")
	}
	if d := stats.Datapoints[0]; *d.Sum != 21 || *d.Average != 5.25 || *d.Minimum != 3 || *d.Maximum != 7 || *d.SampleCount != 4 || d.Unit != types.StandardUnitCount {
		t.Errorf("the day is %v %v %v %v %v %s", *d.Sum, *d.Average, *d.Minimum, *d.Maximum, *d.SampleCount, d.Unit)
	}
	listed := must[*cloudwatch.ListMetricsOutput](t)(c.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: aws.String("Shop")})).Metrics
	if len(listed) != 1 || *listed[0].MetricName != "Errors" || *listed[0].Dimensions[0].Value != "web" {
		t.Errorf("listed are %+v", listed)
	}
	data := must[*cloudwatch.GetMetricDataOutput](t)(c.GetMetricData(ctx, &cloudwatch.GetMetricDataInput{StartTime: aws.Time(now.Add(-time.Hour)), EndTime: &now, MetricDataQueries: []types.MetricDataQuery{{Id: aws.String("e"),
		MetricStat: &types.MetricStat{Metric: &listed[0], Period: aws.Int32(60), Stat: aws.String("Sum")}}}})).MetricDataResults
	if len(data) != 1 || len(data[0].Values) != 2 || data[0].Values[0] != 13 {
		t.Errorf("the values are %+v", data)
	}

	for why, d := range map[string]types.MetricDatum{
		"no value":         {MetricName: aws.String("X")},
		"two kinds":        {MetricName: aws.String("X"), Value: aws.Float64(1), Values: []float64{1}},
		"no name":          {MetricName: aws.String(""), Value: aws.Float64(1)},
		"too few counts":   {MetricName: aws.String("X"), Values: []float64{1, 2}, Counts: []float64{1}},
		"no samples":       {MetricName: aws.String("X"), StatisticValues: &types.StatisticSet{SampleCount: aws.Float64(0), Sum: aws.Float64(0), Minimum: aws.Float64(0), Maximum: aws.Float64(0)}},
		"long ago":         {MetricName: aws.String("X"), Value: aws.Float64(1), Timestamp: aws.Time(now.Add(-4 * time.Hour))},
		"half a dimension": {MetricName: aws.String("X"), Value: aws.Float64(1), Dimensions: []types.Dimension{{Name: aws.String("a"), Value: aws.String("")}}},
	} {
		if _, err := c.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Shop"), MetricData: []types.MetricDatum{d}}); err == nil || !strings.Contains(err.Error(), "InvalidParameter") {
			t.Errorf("%s: %v", why, err)
		}
	}
	_, err := c.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("AWS/ECS"), MetricData: []types.MetricDatum{{MetricName: aws.String("X"), Value: aws.Float64(1)}}})
	refusedWith(t, "InvalidParameterValue", err)
	var many []types.MetricDatum // which the client sends compressed
	for i := range 300 {
		many = append(many, types.MetricDatum{MetricName: aws.String(fmt.Sprint("Many", i)), Values: []float64{1, 2}, Counts: []float64{2, 1}})
	}
	must[*cloudwatch.PutMetricDataOutput](t)(c.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{Namespace: aws.String("Many"), MetricData: many}))
	if got := must[*cloudwatch.ListMetricsOutput](t)(c.ListMetrics(ctx, &cloudwatch.ListMetricsInput{Namespace: aws.String("Many")})).Metrics; len(got) != 300 {
		t.Errorf("of 300 metrics %d are kept", len(got))
	}
}

// TestAlarmsOfOtherClusters is that an alarm on a metric of one cluster takes
// deployments in another back, and that a deployment there sees it recover.
func TestAlarmsOfOtherClusters(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.cloudwatch()
	r.cluster()
	r.service(2)
	must[*cloudwatch.PutMetricAlarmOutput](t)(c.PutMetricAlarm(ctx, &cloudwatch.PutMetricAlarmInput{AlarmName: aws.String("many"), Namespace: aws.String("ECS/ContainerInsights"), MetricName: aws.String("RunningTaskCount"),
		Dimensions: serviceDimensions(), Statistic: types.StatisticAverage, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(1), Threshold: aws.Float64(3),
		ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold}))
	r.watch.pass(3 * time.Minute)
	r.inAnother("many")
	if got := r.alarmState("many"); got != types.StateValueOk {
		t.Errorf("the alarm is %s", got)
	}
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("demo"), Service: aws.String("web"), DesiredCount: aws.Int32(5)}))
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("other"), Service: aws.String("api"), ForceNewDeployment: true,
		DeploymentConfiguration: &ecstypes.DeploymentConfiguration{BakeTimeInMinutes: aws.Int32(30)}}))
	if !r.rolledBack() {
		t.Errorf("nothing was rolled back; the alarm is %s, the events are %v", r.alarmState("many"), r.otherService().Events)
	}
}
