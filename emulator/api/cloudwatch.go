package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/autoscaling"
	"gantry/engine/simulate"
)

// cloudwatchFamily is CloudWatch's metrics of ECS, and alarms. An alarm is the
// account's, but what evaluates it and acts on it are the simulations of the
// clusters: each is told of all alarms, and of the metrics that somebody sends
// and an alarm watches. One on a metric of ECS is evaluated by the cluster whose
// metric it is, and the others are told the state (ShareAlarms).
func cloudwatchFamily() family {
	return family{
		name: "CloudWatch", signs: "monitoring", target: "GraniteServiceVersion20100801", version: "2010-08-01", namespace: "http://monitoring.amazonaws.com/doc/2010-08-01/",
		errors: map[string]string{
			codeMetricInvalid: "InvalidParameterValueException", codeMetricMissing: "MissingRequiredParameterException", ecs.CodeAlarmInvalid: "ValidationException",
			"InvalidFormat": "InvalidFormatFault", codeMetricCombination: "InvalidParameterCombinationException",
		},
		statuses: map[string]int{ecs.CodeAlarmNotFound: http.StatusNotFound},
		operations: operations(
			writing(onAround, (*around).PutMetricAlarm),
			reading(onAround, (*around).DescribeAlarms),
			writing(onAround, (*around).DeleteAlarms),
			writing(onAround, (*around).SetAlarmState),
			writing(onAround, (*around).PutMetricData),
			reading(onAround, (*around).GetMetricStatistics),
			reading(onAround, (*around).GetMetricData),
			reading(onAround, (*around).ListMetrics),
		),
	}
}

// The codes of requests for metrics.
const (
	codeMetricInvalid     = "InvalidParameterValue"
	codeMetricMissing     = "MissingParameter"
	codeMetricCombination = "InvalidParameterCombination"
)

// kindAlarm are the alarms that somebody made, by name.
const kindAlarm = "cloudwatch/alarm"

func alarmInvalid(format string, args ...any) error {
	return refuse(ecs.CodeAlarmInvalid, format, args...)
}

// PutMetricAlarm makes an alarm, or replaces one.
func (a *around) PutMetricAlarm(_ context.Context, in *PutMetricAlarmInput) (*PutMetricAlarmOutput, error) {
	switch {
	case len(in.Metrics) > 0:
		return nil, alarmInvalid("The emulator evaluates alarms on one metric, not on metric math")
	case in.ExtendedStatistic != "":
		return nil, alarmInvalid("The emulator evaluates alarms on SampleCount, Average, Sum, Minimum and Maximum, not on percentiles")
	}
	x := ecs.MetricAlarm{
		Name: in.AlarmName, Description: in.AlarmDescription, ActionsEnabled: in.ActionsEnabled == nil || *in.ActionsEnabled,
		OKActions: in.OKActions, AlarmActions: in.AlarmActions, InsufficientDataActions: in.InsufficientDataActions,
		MetricName: in.MetricName, Namespace: in.Namespace, Statistic: in.Statistic, Dimensions: in.Dimensions, Period: in.Period, Unit: in.Unit,
		EvaluationPeriods: in.EvaluationPeriods, DatapointsToAlarm: in.DatapointsToAlarm, Threshold: in.Threshold,
		ComparisonOperator: in.ComparisonOperator, TreatMissingData: in.TreatMissingData,
	}
	if refusal := autoscaling.ValidateAlarm(&x); refusal != nil {
		return nil, refusal
	}
	all, err := a.alarms()
	if err != nil {
		return nil, err
	}
	x.ARN = a.tx.Scope().ARN("cloudwatch", "alarm:"+x.Name)
	x.State, x.StateReason, x.StateUpdated, x.ConfigurationUpdated = ecs.AlarmInsufficientData, "Unchecked: Initial alarm creation", a.tx.Now(), a.tx.Now()
	if old, ok := all[x.Name]; ok { // an update leaves the state alone [API: PutMetricAlarm]
		x.State, x.StateReason, x.StateUpdated = old.State, old.StateReason, old.StateUpdated
	}
	if err := a.tx.PutDocument(kindAlarm, x.Name, x); err != nil {
		return nil, err
	}
	for _, cluster := range a.tx.LiveClusters() {
		if err := a.scale(cluster, &simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{Alarm: x}}); err != nil {
			return nil, err
		}
		if err := tellSent(a.tx, cluster, &x); err != nil {
			return nil, err
		}
	}
	return &PutMetricAlarmOutput{}, nil
}

// tellAlarms tells a new cluster of the alarms that somebody made, in the states
// in which the other clusters have them.
func tellAlarms(tx *store.Tx, cluster ecs.ClusterName) error {
	made, err := store.Documents[ecs.MetricAlarm](tx, kindAlarm, "")
	if err != nil {
		return err
	}
	all, err := (&around{tx: tx}).alarms()
	if err != nil {
		return err
	}
	for _, x := range made {
		known := all[x.Name]
		x.State, x.StateReason, x.StateUpdated = known.State, known.StateReason, known.StateUpdated
		if _, err := tx.Apply(cluster, runtime.Command{Scaling: &simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{Alarm: x}}}); err != nil {
			return err
		}
		if err := tellSent(tx, cluster, &x); err != nil {
			return err
		}
	}
	return nil
}

// alarms are all alarms by name: those that somebody made, and those that
// target tracking policies manage.
func (a *around) alarms() (map[string]ecs.MetricAlarm, error) {
	made, err := store.Documents[ecs.MetricAlarm](a.tx, kindAlarm, "")
	if err != nil {
		return nil, err
	}
	all := map[string]ecs.MetricAlarm{}
	for _, x := range made {
		all[x.Name] = x
	}
	for _, w := range a.worlds() {
		cluster := string(w.Cluster().Config().Name)
		for _, x := range w.MetricAlarms() {
			own := slices.Contains(x.Dimensions, ecs.MetricDimension{Name: ecs.DimensionCluster, Value: cluster})
			if old, known := all[x.Name]; !known || own || x.StateUpdated.After(old.StateUpdated) && !watched(a, &old) {
				all[x.Name] = x
			}
		}
	}
	return all, nil
}

// watched reports whether some cluster has the metric of an alarm.
func watched(a *around, x *ecs.MetricAlarm) bool {
	return slices.ContainsFunc(x.Dimensions, func(d ecs.MetricDimension) bool {
		_, live := a.tx.Engine(ecs.ClusterName(d.Value))
		return d.Name == ecs.DimensionCluster && live
	})
}

// DescribeAlarms describes alarms.
func (a *around) DescribeAlarms(_ context.Context, in *DescribeAlarmsInput) (*DescribeAlarmsOutput, error) {
	out := &DescribeAlarmsOutput{MetricAlarms: []alarmShape{}, CompositeAlarms: []alarmShape{}}
	if len(in.AlarmTypes) > 0 && !slices.Contains(in.AlarmTypes, "MetricAlarm") {
		return out, nil
	}
	if len(in.AlarmNames) > 0 && in.AlarmNamePrefix != "" {
		return nil, alarmInvalid("AlarmNames and AlarmNamePrefix cannot be given together")
	}
	all, err := a.alarms()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		x := all[name]
		calls := slices.Concat(x.AlarmActions, x.OKActions, x.InsufficientDataActions)
		switch {
		case len(in.AlarmNames) > 0 && !slices.Contains(in.AlarmNames, name),
			!strings.HasPrefix(name, in.AlarmNamePrefix),
			in.StateValue != "" && x.State != in.StateValue,
			in.ActionPrefix != "" && !slices.ContainsFunc(calls, func(c string) bool { return strings.HasPrefix(c, in.ActionPrefix) }):
			continue
		}
		names = append(names, name)
	}
	const usual, most = 50, 100 // [API: DescribeAlarms, MaxRecords]
	cut, next, err := aroundPage(names, in.NextToken, in.MaxRecords, usual, most, pageCodes{"InvalidNextToken", ecs.CodeAlarmInvalid, "maxRecords"})
	if err != nil {
		return nil, err
	}
	for _, name := range cut {
		out.MetricAlarms = append(out.MetricAlarms, showAlarm(all[name]))
	}
	out.NextToken = next
	return out, nil
}

// DeleteAlarms deletes alarms. When one of them is not there, none is.
func (a *around) DeleteAlarms(_ context.Context, in *DeleteAlarmsInput) (*DeleteAlarmsOutput, error) {
	all, err := a.alarms()
	if err != nil {
		return nil, err
	}
	for _, name := range in.AlarmNames {
		if _, ok := all[name]; !ok {
			return nil, refuse(ecs.CodeAlarmNotFound, "Alarm %s does not exist.", name)
		}
		if err := a.tx.DeleteDocument(kindAlarm, name); err != nil {
			return nil, err
		}
	}
	err = a.eachWith(in.AlarmNames, func(cluster ecs.ClusterName, names []string) error {
		return a.scale(cluster, &simulate.Scaling{DeleteAlarms: &simulate.DeleteAlarms{Names: names}})
	})
	return &DeleteAlarmsOutput{}, err
}

// eachWith visits the clusters that know some of the alarms, with those.
func (a *around) eachWith(alarms []string, visit func(ecs.ClusterName, []string) error) error {
	for _, w := range a.worlds() {
		var known []string
		for _, x := range w.MetricAlarms() {
			if slices.Contains(alarms, x.Name) {
				known = append(known, x.Name)
			}
		}
		if len(known) == 0 {
			continue
		}
		if err := visit(w.Cluster().Config().Name, known); err != nil {
			return err
		}
	}
	return nil
}

// SetAlarmState puts an alarm into a state until it is evaluated next.
func (a *around) SetAlarmState(_ context.Context, in *SetAlarmStateInput) (*SetAlarmStateOutput, error) {
	all, err := a.alarms()
	if err != nil {
		return nil, err
	}
	x, ok := all[in.AlarmName]
	switch {
	case !ok:
		return nil, refuse(ecs.CodeAlarmNotFound, "Alarm %s does not exist.", in.AlarmName)
	case in.StateReasonData != "" && !json.Valid([]byte(in.StateReasonData)):
		return nil, refuse("InvalidFormat", "The parameter StateReasonData must be JSON.")
	case !slices.Contains([]ecs.AlarmState{ecs.AlarmOK, ecs.AlarmAlarm, ecs.AlarmInsufficientData}, in.StateValue):
		return nil, alarmInvalid("The parameter StateValue must be one of OK, ALARM, INSUFFICIENT_DATA.")
	}
	x.State, x.StateReason, x.StateUpdated = in.StateValue, in.StateReason, a.tx.Now()
	var made ecs.MetricAlarm
	if ok, err := a.tx.Document(kindAlarm, in.AlarmName, &made); err != nil {
		return nil, err
	} else if ok {
		if err := a.tx.PutDocument(kindAlarm, in.AlarmName, x); err != nil {
			return nil, err
		}
	}
	err = a.eachWith([]string{in.AlarmName}, func(cluster ecs.ClusterName, _ []string) error {
		cmd := &simulate.SetMetricAlarmState{Name: in.AlarmName, State: in.StateValue, Reason: in.StateReason}
		return a.scale(cluster, &simulate.Scaling{SetMetricAlarmState: cmd})
	})
	return &SetAlarmStateOutput{}, err
}
