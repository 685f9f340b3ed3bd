package simulate_test

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/simulate"
)

// scalingWords:
//
//	> target web min=2 max=10                    a scalable target
//	> target web suspend=in,out,scheduled        and what it holds back; suspend=none: nothing
//	> deregister-target web
//	> track web cpu 50 out=60s in=60s            a target tracking policy "cpu" of the CPU (or memory) utilisation, and its cooldowns
//	> track web cpu 50 scale-in=no name=busy
//	> track web requests 100 label=app/lb/1/targetgroup/web/1    the requests a minute for each target
//	> steps web more 0..20:+1 20..:+3 cooldown=60s type=PercentChangeInCapacity least=2
//	> delete-policy web more
//	> alarm busy web cpu above 70 for=2 calls=more    an alarm that calls the policy "more" of web
//	> alarm busy web cpu below 20 for=2 of=3 period=2m missing=breaching
//	> set-alarm busy ALARM
//	> delete-alarm busy
//	> schedule web night cron(0 20 * * ? *) min=1 max=2
//	> unschedule web night
//	> load web cpu=500 memory=300 requests=600   work for all tasks together: 512 CPU units are half a vCPU; requests a minute
//	> metrics web 5                              the utilisation in the last minutes; targets=targetgroup/web/1: requests too
//	> alarms                                     all of them with their states
//	> activities web                             of scaling, the newest first
//	> why web                                    what became of the latest calls
//
// Alarms that change their state and activities are told as they come. Of the
// names of managed alarms the UUID is left out; "of" names the policy that an
// alarm calls.
func scalingWords() speech {
	seen := &seenScaling{states: map[string]ecs.AlarmState{}, activities: map[string]string{}}
	return speech{
		news: seen.news,
		words: []word{
			{"target", sayTarget},
			{"deregister-target", func(k *talk, a *arguments) {
				k.scale(simulate.Scaling{DeregisterScalableTarget: &simulate.DeregisterScalableTarget{Service: ecs.ServiceName(a.name())}})
			}},
			{"track", sayTrack},
			{"steps", saySteps},
			{"delete-policy", func(k *talk, a *arguments) {
				k.scale(simulate.Scaling{DeleteScalingPolicy: &simulate.DeleteScalingPolicy{Service: ecs.ServiceName(a.name()), Name: a.plain[1]}})
			}},
			{"alarm", sayAlarm},
			{"set-alarm", func(k *talk, a *arguments) {
				k.scale(simulate.Scaling{SetMetricAlarmState: &simulate.SetMetricAlarmState{Name: a.name(), State: ecs.AlarmState(a.plain[1]), Reason: "testing"}})
			}},
			{"delete-alarm", func(k *talk, a *arguments) {
				k.scale(simulate.Scaling{DeleteAlarms: &simulate.DeleteAlarms{Names: []string{a.name()}}})
			}},
			{"schedule", saySchedule},
			{"unschedule", func(k *talk, a *arguments) {
				k.scale(simulate.Scaling{DeleteScheduledAction: &simulate.DeleteScheduledAction{Service: ecs.ServiceName(a.name()), Name: a.plain[1]}})
			}},
			{"load", func(k *talk, a *arguments) {
				k.scale(simulate.Scaling{SetLoad: &simulate.SetLoad{Service: ecs.ServiceName(a.name()), CPUUnits: a.number("cpu", 0), MemoryMiB: a.number("memory", 0), Requests: a.number("requests", 0)}})
			}},
			{"metrics", sayMetrics},
			{"alarms", func(k *talk, _ *arguments) {
				for _, a := range k.sim.MetricAlarms() {
					fmt.Fprintf(k.out, "  %s %s\n", nameOf(&a), a.State)
				}
			}},
			{"activities", sayActivities},
			{"why", func(k *talk, a *arguments) {
				for _, x := range k.sim.ScalingAnswers(ecs.ServiceName(a.name())) {
					fmt.Fprintf(k.out, "  %s\n", plainName(x.String()))
				}
			}},
		},
	}
}

func (k *talk) scale(c simulate.Scaling) { k.applyAny(simulate.Command{Scaling: &c}) }

func sayTarget(k *talk, a *arguments) {
	c := &simulate.RegisterScalableTarget{Service: ecs.ServiceName(a.name()), MinCapacity: a.maybe("min"), MaxCapacity: a.maybe("max")}
	if text := a.text("suspend"); text != "" {
		held := strings.Split(text, ",")
		flag := func(name string) *bool { b := slices.Contains(held, name); return &b }
		c.SuspendedState = &simulate.Suspend{DynamicScalingIn: flag("in"), DynamicScalingOut: flag("out"), ScheduledScaling: flag("scheduled")}
	}
	k.scale(simulate.Scaling{RegisterScalableTarget: c})
}

// maybe is a number, or nil when it is not given.
func (a *arguments) maybe(key string) *int {
	if !a.has(key) {
		return nil
	}
	n := a.number(key, 0)
	return &n
}

func (a *arguments) seconds(key string) *ecs.Seconds {
	if !a.has(key) {
		return nil
	}
	s := ecs.Seconds(a.duration(key, 0))
	return &s
}

func sayTrack(k *talk, a *arguments) {
	kinds := map[string]string{"cpu": ecs.ECSServiceAverageCPUUtilization, "memory": ecs.ECSServiceAverageMemoryUtilization, "requests": ecs.ALBRequestCountPerTarget}
	value, err := strconv.ParseFloat(a.plain[2], 64)
	if err != nil {
		a.t.Fatal(err)
	}
	name := a.text("name")
	if name == "" {
		name = a.plain[1]
	}
	k.scale(simulate.Scaling{PutScalingPolicy: &simulate.PutScalingPolicy{Service: ecs.ServiceName(a.name()), Policy: ecs.ScalingPolicy{
		Name: name, Type: ecs.TargetTrackingScaling,
		TargetTracking: &ecs.TargetTrackingScalingPolicy{
			TargetValue: value, PredefinedMetric: &ecs.PredefinedScalingMetric{Type: kinds[a.plain[1]], ResourceLabel: a.text("label")},
			ScaleOutCooldown: a.seconds("out"), ScaleInCooldown: a.seconds("in"), DisableScaleIn: a.text("scale-in") == "no",
		},
	}}})
}

func saySteps(k *talk, a *arguments) {
	p := &ecs.StepScalingPolicy{AdjustmentType: ecs.ChangeInCapacity, Cooldown: a.seconds("cooldown"), MinAdjustmentMagnitude: a.maybe("least")}
	if kind := a.text("type"); kind != "" {
		p.AdjustmentType = kind
	}
	number := func(text string) *float64 {
		if text == "" {
			return nil
		}
		x, err := strconv.ParseFloat(text, 64)
		if err != nil {
			a.t.Fatal(err)
		}
		return &x
	}
	for _, text := range a.plain[2:] {
		span, by, _ := strings.Cut(text, ":")
		lower, upper, _ := strings.Cut(span, "..")
		p.StepAdjustments = append(p.StepAdjustments, ecs.StepAdjustment{LowerBound: number(lower), UpperBound: number(upper), Adjustment: int(*number(by))})
	}
	k.scale(simulate.Scaling{PutScalingPolicy: &simulate.PutScalingPolicy{
		Service: ecs.ServiceName(a.name()), Policy: ecs.ScalingPolicy{Name: a.plain[1], Type: ecs.StepScaling, Step: p},
	}})
}

func sayAlarm(k *talk, a *arguments) {
	service := ecs.ServiceName(a.plain[1])
	alarm := ecs.MetricAlarm{
		Name: a.name(), ActionsEnabled: true, Namespace: ecs.MetricsOfECS, Statistic: ecs.StatisticAverage,
		MetricName: map[string]string{"cpu": ecs.CPUUtilization, "memory": ecs.MemoryUtilization}[a.plain[2]],
		Dimensions: []ecs.MetricDimension{{Name: ecs.DimensionCluster, Value: "default"}, {Name: ecs.DimensionService, Value: string(service)}},
		Period:     ecs.Seconds(a.duration("period", time.Minute)), TreatMissingData: a.text("missing"),
		ComparisonOperator: map[string]string{"above": ecs.GreaterThan, "below": ecs.LessThan}[a.plain[3]],
		EvaluationPeriods:  a.number("for", 1), Threshold: float64(a.parseNumber(a.plain[4])),
	}
	alarm.DatapointsToAlarm = alarm.EvaluationPeriods
	alarm.EvaluationPeriods = a.number("of", alarm.EvaluationPeriods)
	if policy := a.text("calls"); policy != "" {
		for _, p := range k.sim.ScalingPolicies(service) {
			if p.Name == policy {
				alarm.AlarmActions = append(alarm.AlarmActions, string(p.ARN))
			}
		}
	}
	k.scale(simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{Alarm: alarm}})
}

func (a *arguments) parseNumber(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		a.t.Fatal(err)
	}
	return n
}

func saySchedule(k *talk, a *arguments) {
	k.scale(simulate.Scaling{PutScheduledAction: &simulate.PutScheduledAction{Service: ecs.ServiceName(a.name()), Action: ecs.ScheduledAction{
		Name: a.plain[1], Schedule: strings.Join(a.plain[2:], " "), Timezone: a.text("zone"),
		ScalableTargetAction: &ecs.ScalableTargetAction{MinCapacity: a.maybe("min"), MaxCapacity: a.maybe("max")},
	}}})
}

func sayMetrics(k *talk, a *arguments) {
	dimensions := []ecs.MetricDimension{{Name: ecs.DimensionCluster, Value: "default"}, {Name: ecs.DimensionService, Value: a.name()}}
	cpu := k.sim.Datapoints(ecs.MetricsOfECS, ecs.CPUUtilization, dimensions)
	memory := k.sim.Datapoints(ecs.MetricsOfECS, ecs.MemoryUtilization, dimensions)
	tasks := k.sim.Datapoints(ecs.MetricsOfInsights, ecs.RunningTaskCount, dimensions)
	requests := map[time.Time]float64{}
	for _, p := range k.sim.Datapoints(ecs.MetricsOfELB, ecs.RequestCountPerTarget, []ecs.MetricDimension{{Name: ecs.DimensionTargetGroup, Value: a.text("targets")}}) {
		requests[p.Timestamp] = p.Sum
	}
	for i := max(0, len(cpu)-a.parseNumber(a.plain[1])); i < len(cpu); i++ {
		fmt.Fprintf(k.out, "  from %s on: CPU %.2f %%, memory %.2f %%, %v tasks", cpu[i].Timestamp.Format("15:04"), cpu[i].Average, memory[i].Average, tasks[i].Average)
		if n, ok := requests[cpu[i].Timestamp]; ok {
			fmt.Fprintf(k.out, ", %.2f requests for each target", n)
		}
		fmt.Fprintln(k.out)
	}
}

func sayActivities(k *talk, a *arguments) {
	for _, x := range k.sim.ScalingActivities(ecs.ServiceName(a.name()), true) {
		took := ""
		if !x.EndTime.IsZero() {
			took = fmt.Sprintf(" after %s", x.EndTime.Sub(x.StartTime))
		}
		fmt.Fprintf(k.out, "  %s %s%s: %s\n    %s\n", x.StartTime.Format("15:04:05"), x.StatusCode, took, x.Description, plainName(x.Cause))
		if x.StatusMessage != "" {
			fmt.Fprintf(k.out, "    %s\n", x.StatusMessage)
		}
		for _, r := range x.NotScaledReasons {
			fmt.Fprintf(k.out, "    %s\n", reasonText(r))
		}
	}
}

func reasonText(r ecs.NotScaledReason) string {
	switch {
	case r.MaxCapacity != nil:
		return fmt.Sprintf("%s %d", r.Code, *r.MaxCapacity)
	case r.MinCapacity != nil:
		return fmt.Sprintf("%s %d", r.Code, *r.MinCapacity)
	case r.CurrentCapacity != nil:
		return fmt.Sprintf("%s %d", r.Code, *r.CurrentCapacity)
	}
	return r.Code
}

var uuid = regexp.MustCompile(`-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

// plainName leaves the UUID out of the names of alarms.
func plainName(text string) string { return uuid.ReplaceAllString(text, "") }

// nameOf is the name of an alarm with the policy that it calls.
func nameOf(a *ecs.MetricAlarm) string {
	out := plainName(a.Name)
	for _, arn := range a.AlarmActions {
		out += " of " + arn[strings.LastIndexByte(arn, '/')+1:]
	}
	return out
}

// seenScaling is what a conversation has told already.
type seenScaling struct {
	states     map[string]ecs.AlarmState
	activities map[string]string // what was told last, by id
}

func (n *seenScaling) news(k *talk) {
	tell := func(format string, args ...any) {
		fmt.Fprintf(k.out, "  %8s %s\n", k.now.Sub(birth).Round(time.Millisecond), fmt.Sprintf(format, args...))
	}
	for _, a := range k.sim.MetricAlarms() {
		if was, ok := n.states[a.Name]; ok && was != a.State {
			tell("alarm %s is %s: %s", nameOf(&a), a.State, a.StateReason)
		}
		n.states[a.Name] = a.State
	}
	for _, service := range []ecs.ServiceName{"web", "api"} {
		all := k.sim.ScalingActivities(service, true)
		slices.Reverse(all)
		for _, a := range all {
			text := string(a.StatusCode)
			for _, r := range a.NotScaledReasons {
				text += " " + reasonText(r)
			}
			was, known := n.activities[a.ActivityID]
			switch n.activities[a.ActivityID] = text; {
			case !known:
				tell("scaling: %s (%s) %s", a.Description, plainName(a.Cause), text)
			case was != text:
				tell("scaling: %s %s", a.StatusMessage, text)
			}
		}
	}
}
