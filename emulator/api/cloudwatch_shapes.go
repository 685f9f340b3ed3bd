package api

import (
	"time"

	"gantry/ecs"
)

type (
	// PutMetricAlarmInput describes an alarm.
	PutMetricAlarmInput struct {
		AlarmName               string
		AlarmDescription        string
		ActionsEnabled          *bool
		OKActions               []string
		AlarmActions            []string
		InsufficientDataActions []string
		MetricName              string
		Namespace               string
		Statistic               string
		ExtendedStatistic       string
		Dimensions              []ecs.MetricDimension
		Period                  ecs.Seconds
		Unit                    string
		EvaluationPeriods       int
		DatapointsToAlarm       int
		Threshold               float64
		ComparisonOperator      string
		TreatMissingData        string
		Metrics                 []queryShape // metric math
		Tags                    []tagShape
	}
	queryShape struct {
		ID string `shape:"Id"`
	}
	// PutMetricAlarmOutput has no members.
	PutMetricAlarmOutput struct{}
	// DescribeAlarmsInput asks for some alarms, or for all.
	DescribeAlarmsInput struct {
		AlarmNames      []string
		AlarmNamePrefix string
		AlarmTypes      []string
		StateValue      ecs.AlarmState
		ActionPrefix    string
		MaxRecords      *int32
		NextToken       *string
	}
	// DescribeAlarmsOutput is a page of them.
	DescribeAlarmsOutput struct {
		MetricAlarms    []alarmShape
		CompositeAlarms []alarmShape // nobody can make one here
		NextToken       *string
	}
	// alarmShape is an ecs.MetricAlarm as it is answered: its lists are there
	// when they are empty, too.
	alarmShape struct {
		Name                    string  `shape:"AlarmName"`
		ARN                     ecs.ARN `shape:"AlarmArn"`
		Description             string  `shape:"AlarmDescription"`
		ActionsEnabled          bool
		OKActions               []string
		AlarmActions            []string
		InsufficientDataActions []string
		State                   ecs.AlarmState `shape:"StateValue"`
		StateReason             string
		StateUpdated            time.Time `shape:"StateUpdatedTimestamp"`
		ConfigurationUpdated    time.Time `shape:"AlarmConfigurationUpdatedTimestamp"`
		MetricName              string
		Namespace               string
		Statistic               string
		Dimensions              []ecs.MetricDimension
		Period                  ecs.Seconds
		Unit                    string
		EvaluationPeriods       int
		DatapointsToAlarm       int `json:",omitempty"`
		Threshold               float64
		ComparisonOperator      string
		TreatMissingData        string
	}
	// DeleteAlarmsInput names alarms.
	DeleteAlarmsInput struct{ AlarmNames []string }
	// DeleteAlarmsOutput has no members.
	DeleteAlarmsOutput struct{}
	// SetAlarmStateInput is a state for an alarm until it is evaluated next.
	SetAlarmStateInput struct {
		AlarmName, StateReason, StateReasonData string
		StateValue                              ecs.AlarmState
	}
	// SetAlarmStateOutput has no members.
	SetAlarmStateOutput struct{}
	// MetricShape names a metric.
	MetricShape struct {
		Namespace, MetricName string
		Dimensions            []ecs.MetricDimension
	}
	// PutMetricDataInput is values of metrics.
	PutMetricDataInput struct {
		Namespace  string
		MetricData []datumShape
	}
	datumShape struct {
		MetricName      string
		Dimensions      []ecs.MetricDimension
		Timestamp       time.Time
		Value           *float64
		Values, Counts  []float64
		StatisticValues *struct{ SampleCount, Sum, Minimum, Maximum float64 }
		Unit            string
	}
	// PutMetricDataOutput has no members.
	PutMetricDataOutput struct{}
	// GetMetricStatisticsInput asks for a metric over a span of time.
	GetMetricStatisticsInput struct {
		MetricShape
		StartTime, EndTime time.Time
		Period             int
		Statistics         []string
		ExtendedStatistics []string
		Unit               string
	}
	// GetMetricStatisticsOutput is its datapoints.
	GetMetricStatisticsOutput struct {
		Label      string
		Datapoints []datapointShape
	}
	datapointShape struct {
		Timestamp                                   time.Time
		SampleCount, Average, Sum, Minimum, Maximum *float64
		Unit                                        string
	}
	// GetMetricDataInput asks for several metrics over a span of time.
	GetMetricDataInput struct {
		StartTime, EndTime time.Time
		ScanBy             string
		NextToken          *string
		MetricDataQueries  []struct {
			ID         string `shape:"Id"`
			Label      string
			Expression string
			ReturnData *bool
			MetricStat *struct {
				Metric MetricShape
				Period int
				Stat   string
			}
		}
	}
	// GetMetricDataOutput is their values.
	GetMetricDataOutput struct {
		MetricDataResults []metricDataShape
		Messages          []struct{ Code, Value string }
	}
	metricDataShape struct {
		ID         string `shape:"Id"`
		Label      string
		Timestamps []time.Time
		Values     []float64
		StatusCode string
	}
	// ListMetricsInput asks for metrics.
	ListMetricsInput struct {
		Namespace, MetricName string
		Dimensions            []struct {
			Name  string
			Value *string
		}
		NextToken *string
	}
	// ListMetricsOutput is a page of them.
	ListMetricsOutput struct {
		Metrics   []MetricShape
		NextToken *string
	}
)

func showAlarm(x ecs.MetricAlarm) alarmShape {
	out := alarmShape(x)
	for _, list := range []*[]string{&out.OKActions, &out.AlarmActions, &out.InsufficientDataActions} {
		if *list == nil {
			*list = []string{}
		}
	}
	if out.Dimensions == nil {
		out.Dimensions = []ecs.MetricDimension{}
	}
	return out
}
