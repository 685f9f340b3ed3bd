package autoscaling_test

import (
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/autoscaling"
)

var birth = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// samplesOf reads a row as CloudWatch's guide writes it: X breaches, 0 does
// not, - is missing; the newest is the last.
func samplesOf(row string) []autoscaling.Sample {
	var out []autoscaling.Sample
	for i, r := range row {
		s := autoscaling.Sample{At: birth.Add(time.Duration(i) * time.Minute), Missing: r == '-'}
		if r == 'X' {
			s.Value = 100
		}
		out = append(out, s)
	}
	return out
}

// TestMissingData is the two tables of [CW: Configuring how CloudWatch alarms
// treat missing data], row by row.
func TestMissingData(t *testing.T) {
	const ok, alarm, unknown, same = ecs.AlarmOK, ecs.AlarmAlarm, ecs.AlarmInsufficientData, ecs.AlarmState("retained")
	for _, tt := range []struct {
		row  string
		m    int
		want [4]ecs.AlarmState // missing, ignore, breaching, notBreaching
	}{
		{"0-X-X", 3, [4]ecs.AlarmState{ok, ok, ok, ok}},
		{"0----", 3, [4]ecs.AlarmState{ok, ok, ok, ok}},
		{"-----", 3, [4]ecs.AlarmState{unknown, same, alarm, ok}},
		{"0XX-X", 3, [4]ecs.AlarmState{alarm, alarm, alarm, alarm}},
		{"----X", 3, [4]ecs.AlarmState{unknown, same, alarm, ok}},
		{"X----", 3, [4]ecs.AlarmState{alarm, same, alarm, ok}},
		{"0-X-X", 2, [4]ecs.AlarmState{alarm, alarm, alarm, alarm}},
		{"00X0X", 2, [4]ecs.AlarmState{alarm, alarm, alarm, alarm}},
		{"0-X--", 2, [4]ecs.AlarmState{ok, ok, alarm, ok}},
		{"----0", 2, [4]ecs.AlarmState{ok, ok, alarm, ok}},
		{"----X", 2, [4]ecs.AlarmState{unknown, same, alarm, ok}},
	} {
		for i, treat := range []string{ecs.MissingIsMissing, ecs.MissingIsIgnored, ecs.MissingIsBreaching, ecs.MissingIsNotBreaching} {
			a := &ecs.MetricAlarm{
				EvaluationPeriods: 3, DatapointsToAlarm: tt.m, TreatMissingData: treat,
				Threshold: 50, ComparisonOperator: ecs.GreaterThan, State: "retained",
			}
			if got := autoscaling.Evaluate(a, samplesOf(tt.row)).State; got != tt.want[i] {
				t.Errorf("%s, %d out of 3, %s: %s, want %s", tt.row, tt.m, treat, got, tt.want[i])
			}
		}
	}
}

func TestReason(t *testing.T) {
	a := &ecs.MetricAlarm{EvaluationPeriods: 2, Threshold: 50, ComparisonOperator: ecs.GreaterThan}
	for _, tt := range []struct{ row, want string }{
		{"0XX", "Threshold Crossed: 2 out of the last 2 datapoints [100.0 (23/11/26 06:02:00), 100.0 (23/11/26 06:01:00)] were greater than the threshold (50.0)."},
		{"0X0", "Threshold Crossed: 1 out of the last 2 datapoints [0.0 (23/11/26 06:02:00)] was not greater than the threshold (50.0)."},
		{"---", "Insufficient Data: 2 datapoints were unknown."},
		{"---b", "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]."},
		{"---n", "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [NonBreaching]."},
	} {
		a.TreatMissingData = ""
		if row, treat := strings.TrimRight(tt.row, "bn"), strings.TrimLeft(tt.row, "0X-"); treat != "" {
			tt.row, a.TreatMissingData = row, map[string]string{"b": ecs.MissingIsBreaching, "n": ecs.MissingIsNotBreaching}[treat]
		}
		e := autoscaling.Evaluate(a, samplesOf(tt.row))
		if got := e.Reason(a); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.row, got, tt.want)
		}
	}
}

// TestAggregate: an average weighs by samples, not by minutes.
func TestAggregate(t *testing.T) {
	got := autoscaling.Aggregate([]ecs.Datapoint{
		{Average: 10, Minimum: 5, Maximum: 15, Sum: 20, SampleCount: 2},
		{Average: 40, Minimum: 40, Maximum: 40, Sum: 40, SampleCount: 1},
	})
	if want := (ecs.Datapoint{Average: 20, Minimum: 5, Maximum: 40, Sum: 60, SampleCount: 3}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// TestTrackingAlarms: three minutes above, fifteen below nine tenths.
func TestTrackingAlarms(t *testing.T) {
	p := tracking("cpu", 50)
	alarms := autoscaling.TrackingAlarms(p, "default", "web")
	if len(alarms) != 2 {
		t.Fatalf("%d alarms, want 2", len(alarms))
	}
	high, low := alarms[0], alarms[1]
	if high.EvaluationPeriods != 3 || high.Threshold != 50 || high.ComparisonOperator != ecs.GreaterThan {
		t.Errorf("high alarm: %d periods, %s %v", high.EvaluationPeriods, high.ComparisonOperator, high.Threshold)
	}
	if low.EvaluationPeriods != 15 || low.Threshold != 45 || low.ComparisonOperator != ecs.LessThan {
		t.Errorf("low alarm: %d periods, %s %v", low.EvaluationPeriods, low.ComparisonOperator, low.Threshold)
	}
	for _, a := range alarms {
		a.Name = "x"
		if err := autoscaling.ValidateAlarm(&a); err != nil {
			t.Errorf("%s alarm is refused: %v", a.ComparisonOperator, err)
		}
	}
	p.TargetTracking.DisableScaleIn = true
	if got := autoscaling.TrackingAlarms(p, "default", "web"); len(got) != 1 {
		t.Errorf("%d alarms without scaling in, want 1", len(got))
	}
}
