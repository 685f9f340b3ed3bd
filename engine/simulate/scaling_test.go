package simulate_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

func scale(t testing.TB, s *simulate.Simulation, now time.Time, c simulate.Scaling) {
	t.Helper()
	if _, err := s.Apply(now, simulate.Command{Scaling: &c}); err != nil {
		t.Fatal(err)
	}
}

func count(n int) *int { return &n }

// scaledService is a service of two tasks that is scaled by its CPU between 1
// and 8 tasks, with long cooldowns.
func scaledService(t testing.TB) *simulate.Simulation {
	t.Helper()
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(t, s, 3, 2048, 3900)
	apply(t, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{
		Service: ecs.Service{Name: "web", DesiredCount: 2}, TaskDefinition: testDefinition("web", 1, "")}})
	now := s.Settle(birth.Add(time.Hour))
	trackCPU(t, s, now, "web", 11*time.Minute)
	return s
}

// trackCPU scales a service between 1 and 8 tasks, with these cooldowns.
func trackCPU(t testing.TB, s *simulate.Simulation, now time.Time, name ecs.ServiceName, wait time.Duration) {
	t.Helper()
	cooldown := ecs.Seconds(wait)
	scale(t, s, now, simulate.Scaling{RegisterScalableTarget: &simulate.RegisterScalableTarget{Service: name, MinCapacity: count(1), MaxCapacity: count(8)}})
	scale(t, s, now, simulate.Scaling{PutScalingPolicy: &simulate.PutScalingPolicy{Service: name, Policy: ecs.ScalingPolicy{
		Name: "cpu", Type: ecs.TargetTrackingScaling, TargetTracking: &ecs.TargetTrackingScalingPolicy{
			TargetValue: 50, ScaleInCooldown: &cooldown, ScaleOutCooldown: &cooldown,
			PredefinedMetric: &ecs.PredefinedScalingMetric{Type: ecs.ECSServiceAverageCPUUtilization}}}}})
}

// TestScalingSavedMidway: a simulation that is saved and loaded again and again
// goes on as if it had not been.
func TestScalingSavedMidway(t *testing.T) {
	story := func(reload bool) []byte {
		s := scaledService(t)
		scale(t, s, s.Cluster().Now(), simulate.Scaling{SetLoad: &simulate.SetLoad{Service: "web", CPUUnits: 20, Every: ecs.Seconds(time.Hour),
			Shape: []simulate.LoadPoint{{}, {After: ecs.Seconds(10 * time.Minute), CPUUnits: 700}, {After: ecs.Seconds(20 * time.Minute)}}}})
		scale(t, s, s.Cluster().Now(), simulate.Scaling{PutScheduledAction: &simulate.PutScheduledAction{Service: "web", Action: ecs.ScheduledAction{
			Name: "more", Schedule: "rate(50 minutes)", ScalableTargetAction: &ecs.ScalableTargetAction{MinCapacity: count(3)}}}})
		for now := s.Cluster().Now(); now.Before(birth.Add(3 * time.Hour)); now = now.Add(37 * time.Second) {
			s.Advance(now)
			if !reload {
				continue
			}
			data, err := s.Save()
			if err != nil {
				t.Fatal(err)
			}
			if s, err = simulate.Load(data); err != nil {
				t.Fatal(err)
			}
		}
		s.Advance(birth.Add(3 * time.Hour))
		if n := len(s.ScalingActivities("web", false)); n < 8 {
			t.Fatalf("only %d activities in this story", n)
		}
		data, err := s.Save()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if a, b := story(false), story(true); !bytes.Equal(a, b) {
		t.Errorf("the states differ:\n%s", difference(a, b))
	}
}

// TestScalingTakesNoPart: where nobody asked for scaling, nothing is measured,
// saved, or due; and nothing any more when it was taken back.
func TestScalingTakesNoPart(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	if _, _, ok := s.Next(); ok {
		t.Error("something is due in an empty simulation")
	}
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("scaling")) {
		t.Errorf("scaling is saved: %s", data)
	}
	s = scaledService(t)
	now := s.Cluster().Now()
	if at, periodic, ok := s.Next(); !ok || periodic || !at.Equal(birth.Add(time.Minute)) {
		t.Errorf("next is %s (%v, %v), want the first whole minute", at, periodic, ok)
	}
	scale(t, s, now, simulate.Scaling{DeregisterScalableTarget: &simulate.DeregisterScalableTarget{Service: "web"}})
	if _, periodic, ok := s.Next(); ok && !periodic {
		t.Error("something is due without a target")
	}
}

// TestScalingComesToRest: with steady load it is quiet after a while; with load
// that comes again and again it is not waited for for ever.
func TestScalingComesToRest(t *testing.T) {
	for name, every := range map[string]time.Duration{"steady": 0, "repeated": 30 * time.Minute} {
		s := scaledService(t)
		l := &simulate.SetLoad{Service: "web", CPUUnits: 300, Every: ecs.Seconds(every)}
		if every > 0 {
			l.Shape = []simulate.LoadPoint{{}, {After: ecs.Seconds(time.Minute), CPUUnits: 700}, {After: ecs.Seconds(8 * time.Minute), CPUUnits: 700}, {After: ecs.Seconds(9 * time.Minute)}}
		}
		scale(t, s, s.Cluster().Now(), simulate.Scaling{SetLoad: l})
		end := s.Settle(birth.Add(240 * time.Hour))
		if took := end.Sub(birth); took > 24*time.Hour || took < 20*time.Minute {
			t.Errorf("%s load: settled after %s", name, took)
		}
	}
}

// web names the service of these tests to its metrics.
func web() []ecs.MetricDimension {
	return []ecs.MetricDimension{{Name: ecs.DimensionCluster, Value: "default"}, {Name: ecs.DimensionService, Value: "web"}}
}

// utilization is what the tasks of web use at present, of what they reserve, in
// percent; ok is false while none runs.
func utilization(s *simulate.Simulation) (cpu, memory float64, ok bool) {
	ofCPU, someCPU := s.Present(ecs.MetricsOfECS, ecs.CPUUtilization, web())
	ofMemory, someMemory := s.Present(ecs.MetricsOfECS, ecs.MemoryUtilization, web())
	return ofCPU.Average, ofMemory.Average, someCPU || someMemory
}

// TestLoadShape: straight lines from point to point, and again.
func TestLoadShape(t *testing.T) {
	s := scaledService(t)
	scale(t, s, s.Cluster().Now(), simulate.Scaling{DeregisterScalableTarget: &simulate.DeregisterScalableTarget{Service: "web"}})
	from := birth.Add(time.Hour)
	scale(t, s, from, simulate.Scaling{SetLoad: &simulate.SetLoad{Service: "web", CPUUnits: 26, MemoryMiB: 128, Every: ecs.Seconds(10 * time.Minute),
		Shape: []simulate.LoadPoint{{After: ecs.Seconds(2 * time.Minute)}, {After: ecs.Seconds(4 * time.Minute), CPUUnits: 128}}}})
	for _, tt := range []struct {
		after time.Duration
		cpu   float64 // of 256 units, in percent
	}{
		{time.Minute, 10}, {2 * time.Minute, 10}, {3 * time.Minute, 35}, {4 * time.Minute, 60}, {9 * time.Minute, 60}, {11 * time.Minute, 10}, {13 * time.Minute, 35},
	} {
		s.Advance(from.Add(tt.after))
		cpu, memory, ok := utilization(s)
		if !ok || cpu < tt.cpu*0.98 || cpu > tt.cpu*1.03 || memory < 49 || memory > 51 {
			t.Errorf("after %s: CPU %v, memory %v, want about %v and 50", tt.after, cpu, memory, tt.cpu)
		}
	}
}

// TestOwnUse: what a task uses by its fate, and by a fault while it lasts.
func TestOwnUse(t *testing.T) {
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(t, s, 1, 2048, 3900)
	def := testDefinition("web", 1, "cpu=60 memory=40")
	side := def.Containers[0]
	side.Name, side.CPUUnits, side.PortMappings, side.DockerLabels = "side", 384, nil, nil
	def.Containers = append(def.Containers, side)
	apply(t, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{Service: ecs.Service{Name: "web", DesiredCount: 2}, TaskDefinition: def}})
	now := s.Settle(birth.Add(time.Hour))
	check := func(what string, wantCPU, wantMemory float64) {
		t.Helper()
		cpu, memory, ok := utilization(s)
		if !ok || cpu < wantCPU*0.98 || cpu > wantCPU*1.02 || memory < wantMemory*0.98 || memory > wantMemory*1.02 {
			t.Errorf("%s: CPU %v, memory %v, want about %v and %v", what, cpu, memory, wantCPU, wantMemory)
		}
	}
	check("60 % of a quarter of the CPU, 40 % of half of the memory", 15, 20)
	scale(t, s, now, simulate.Scaling{SetLoad: &simulate.SetLoad{Service: "web", CPUUnits: 512}})
	check("and half of all CPU for the load", 65, 20)
	give(t, s, now, simulate.Command{Fault: &simulate.Fault{Name: "busy", OtherFate: &simulate.OtherFate{Service: "web", Container: "side", Fate: "cpu=20"}}})
	give(t, s, now, simulate.Command{Fault: &simulate.Fault{OtherFate: &simulate.OtherFate{Service: "api", Fate: "cpu=90"}}})
	check("and a fifth of three quarters for the fault", 80, 20)
	give(t, s, now, simulate.Command{EndFault: &simulate.EndFault{Name: "busy"}})
	check("when it is over", 65, 20)
}

// TestMetricsKept: three hours of them, or as many as an alarm looks back.
func TestMetricsKept(t *testing.T) {
	of := web()
	s := scaledService(t)
	s.Advance(birth.Add(10 * time.Hour))
	all := s.Datapoints(ecs.MetricsOfECS, ecs.CPUUtilization, of)
	if len(all) != 180 || !all[0].Timestamp.Equal(birth.Add(7*time.Hour)) {
		t.Errorf("%d datapoints from %s on", len(all), all[0].Timestamp)
	}
	scale(t, s, birth.Add(10*time.Hour), simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{Alarm: ecs.MetricAlarm{
		Name: "long", Namespace: ecs.MetricsOfECS, MetricName: ecs.CPUUtilization, Dimensions: of, Statistic: ecs.StatisticMaximum,
		Period: ecs.Seconds(time.Hour), EvaluationPeriods: 4, ComparisonOperator: ecs.GreaterThan}}})
	s.Advance(birth.Add(20 * time.Hour))
	if n := len(s.Datapoints(ecs.MetricsOfECS, ecs.CPUUtilization, of)); n != 360 {
		t.Errorf("%d datapoints, want 360", n)
	}
}

// TestReservation: what tasks hold of the container instances.
func TestReservation(t *testing.T) {
	of := []ecs.MetricDimension{{Name: ecs.DimensionCluster, Value: "default"}}
	s := scaledService(t)
	alarm := ecs.MetricAlarm{
		Name: "full", Namespace: ecs.MetricsOfECS, MetricName: ecs.CPUReservation, Dimensions: of, Statistic: ecs.StatisticAverage,
		Period: ecs.Seconds(time.Minute), EvaluationPeriods: 1, ComparisonOperator: ecs.GreaterThan, Threshold: 4,
	}
	scale(t, s, s.Cluster().Now(), simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{Alarm: alarm}})
	s.Advance(birth.Add(3 * time.Minute))
	cpu, memory := s.Datapoints(ecs.MetricsOfECS, ecs.CPUReservation, of), s.Datapoints(ecs.MetricsOfECS, ecs.MemoryReservation, of)
	// Two tasks of 128 units and 128 MiB on three instances.
	if len(cpu) != 3 || cpu[2].Average != 4.17 || memory[2].Average != 2.19 {
		t.Errorf("CPU %+v, memory %+v", cpu, memory)
	}
	if state := s.MetricAlarms()[2].State; state != ecs.AlarmAlarm {
		t.Errorf("the alarm is %s", state)
	}
}

// TestRefusedScaling: a refused command changes nothing, not even the time.
func TestRefusedScaling(t *testing.T) {
	s := scaledService(t)
	before, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		command simulate.Scaling
		code    string
	}{
		"nothing":     {simulate.Scaling{}, ecs.CodeInvalidParameter},
		"bounds":      {simulate.Scaling{RegisterScalableTarget: &simulate.RegisterScalableTarget{Service: "web", MinCapacity: count(9)}}, ecs.CodeValidation},
		"no service":  {simulate.Scaling{RegisterScalableTarget: &simulate.RegisterScalableTarget{Service: "api"}}, ecs.CodeValidation},
		"no target":   {simulate.Scaling{PutScalingPolicy: &simulate.PutScalingPolicy{Service: "api"}}, ecs.CodeObjectNotFound},
		"bad policy":  {simulate.Scaling{PutScalingPolicy: &simulate.PutScalingPolicy{Service: "web"}}, ecs.CodeValidation},
		"bad action":  {simulate.Scaling{PutScheduledAction: &simulate.PutScheduledAction{Service: "web"}}, ecs.CodeValidation},
		"bad alarm":   {simulate.Scaling{PutMetricAlarm: &simulate.PutMetricAlarm{}}, ecs.CodeAlarmInvalid},
		"no alarm":    {simulate.Scaling{DeleteAlarms: &simulate.DeleteAlarms{Names: []string{"none"}}}, ecs.CodeAlarmNotFound},
		"no load":     {simulate.Scaling{SetLoad: &simulate.SetLoad{Service: "api", CPUUnits: 1}}, ecs.CodeServiceNotFound},
		"bad load":    {simulate.Scaling{SetLoad: &simulate.SetLoad{Service: "web", CPUUnits: -1}}, ecs.CodeInvalidParameter},
		"no policy":   {simulate.Scaling{DeleteScalingPolicy: &simulate.DeleteScalingPolicy{Service: "web", Name: "none"}}, ecs.CodeObjectNotFound},
		"no schedule": {simulate.Scaling{DeleteScheduledAction: &simulate.DeleteScheduledAction{Service: "web", Name: "none"}}, ecs.CodeObjectNotFound},
	} {
		_, err := s.Apply(s.Cluster().Now().Add(time.Millisecond), simulate.Command{Scaling: &tt.command})
		var refusal *ecs.Error
		if !errors.As(err, &refusal) || refusal.Code != tt.code {
			t.Errorf("%s: %v, want %s", name, err, tt.code)
		}
	}
	after, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Errorf("refused commands changed the state:\n%s", difference(before, after))
	}
}

// TestChangedScheduledAction: a change leaves what it does not say, but for start
// and end times; a schedule that comes up after all years has no next time.
func TestChangedScheduledAction(t *testing.T) {
	s := scaledService(t)
	put := func(x ecs.ScheduledAction) ecs.ScheduledAction {
		t.Helper()
		x.Name = "more"
		scale(t, s, s.Cluster().Now(), simulate.Scaling{PutScheduledAction: &simulate.PutScheduledAction{Service: "web", Action: x}})
		return s.ScheduledActions("web")[0]
	}
	now := s.Cluster().Now()
	put(ecs.ScheduledAction{Schedule: "rate(5 minutes)", StartTime: now, EndTime: now.Add(time.Hour), ScalableTargetAction: &ecs.ScalableTargetAction{MinCapacity: count(3)}})
	got := put(ecs.ScheduledAction{Schedule: "rate(200000 days)"})
	if !got.StartTime.IsZero() || !got.EndTime.IsZero() || *got.ScalableTargetAction.MinCapacity != 3 || got.Schedule != "rate(200000 days)" {
		t.Errorf("after the change it is %+v", got)
	}
	s.Advance(now.Add(24 * time.Hour))
	if target, _ := s.ScalableTarget("web"); target.MinCapacity != 1 {
		t.Errorf("an action that never comes up set the minimum capacity to %d", target.MinCapacity)
	}
}
