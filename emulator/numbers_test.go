package emulator_test

import (
	"math"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// TestNumbersThatAreNone is that CloudWatch, whose protocol has NaN and infinity,
// refuses them as it does what is no number, and goes on.
func TestNumbersThatAreNone(t *testing.T) {
	r := ephemeral(t)
	for _, threshold := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := r.cloudwatch().PutMetricAlarm(t.Context(), &cloudwatch.PutMetricAlarmInput{
			AlarmName: aws.String("odd"), Namespace: aws.String("AWS/ECS"), MetricName: aws.String("CPUUtilization"), Dimensions: serviceDimensions(),
			Statistic: types.StatisticAverage, Period: aws.Int32(60), EvaluationPeriods: aws.Int32(2), Threshold: &threshold,
			ComparisonOperator: types.ComparisonOperatorGreaterThanThreshold,
		})
		refusedWith(t, "SerializationException", err)
	}
	if out := must[*cloudwatch.DescribeAlarmsOutput](t)(r.cloudwatch().DescribeAlarms(t.Context(), nil)); len(out.MetricAlarms) != 0 {
		t.Errorf("there are alarms: %+v", out.MetricAlarms)
	}
}
