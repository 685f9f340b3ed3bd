package target_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/target"
)

var birth = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func after(d time.Duration) time.Time { return birth.Add(d) }

// settings are those of a group that says only this.
func settings(g ecs.TargetGroup) target.Settings {
	target.Settle(&g)
	return target.SettingsOf(&g)
}

// The life of a target, told by what it answers: news at a time, then the states
// that follow, each with its time.
func TestLives(t *testing.T) {
	quick := ecs.TargetGroup{HealthCheckInterval: ecs.Seconds(10 * time.Second), HealthyThresholdCount: 3, UnhealthyThresholdCount: 2}
	network := ecs.TargetGroup{Protocol: "TCP"}
	for _, c := range []struct {
		name  string
		group ecs.TargetGroup
		news  []string // "20s 503", "50s ok", "1m out" for deregistered
		want  string
	}{
		{"a new target passes its first check", ecs.TargetGroup{}, nil, "40s healthy"},
		{"a new target of a Network Load Balancer passes five", network, nil, "2m40s healthy"},
		{"one that answers from its second check on", quick, []string{"0s 503", "25s ok"}, "30s healthy"},
		{"one that never answers fails when the timeout of its second check is over", quick, []string{"0s"}, "35s unhealthy Request timed out"},
		{"one that answers with a code fails at once", quick, []string{"0s 503"}, "30s unhealthy Health checks failed with these codes: [503]"},
		{"a healthy one that fails twice, then passes three times", quick, []string{"22s 500", "47s ok"},
			"20s healthy, 40s unhealthy Health checks failed with these codes: [500], 1m10s healthy"},
		{"one failure in between does not matter", quick, []string{"25s 500", "35s ok", "45s 500", "55s ok"}, "20s healthy"},
		{"one success in between begins anew", quick, []string{"22s 500", "42s ok", "62s 500", "72s ok"},
			"20s healthy, 40s unhealthy Health checks failed with these codes: [500], 1m40s healthy"},
		{"a check at the moment of news sees what was before", quick, []string{"20s 500"}, "20s healthy, 40s unhealthy Health checks failed with these codes: [500]"},
		{"it answers again before the timeout of the failing check is over", quick, []string{"0s", "31s ok"}, "35s unhealthy Request timed out, 1m0s healthy"},
		{"its connections drain for five minutes", ecs.TargetGroup{}, []string{"1m out"}, "40s healthy, 1m0s draining Target deregistration is in progress, 6m0s unused Target is not registered to the target group"},
		{"a delay of zero ends at once", ecs.TargetGroup{DeregistrationDelay: new(ecs.Seconds)}, []string{"1m out"}, "40s healthy, 1m0s unused Target is not registered to the target group"},
		{"one that drains is checked no more", quick, []string{"25s out", "26s 500"}, "20s healthy, 25s draining Target deregistration is in progress, 5m25s unused Target is not registered to the target group"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := live(settings(c.group), c.news); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

// live goes from change to change.
func live(s target.Settings, news []string) string {
	x := target.Register(birth)
	var out []string
	was := ecs.TargetInitial
	note := func(now time.Time) {
		if h := x.Health(&s, now); h.State != was {
			was = h.State
			out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s %s", now.Sub(birth), h.State, h.Description)))
		}
	}
	until := func(to time.Time) {
		for {
			at, ok := x.Next(&s)
			if !ok || at.After(to) {
				return
			}
			x.Advance(&s, at)
			note(at)
		}
	}
	for _, n := range news {
		when, what, _ := strings.Cut(n, " ")
		d, err := time.ParseDuration(when)
		if err != nil {
			panic(err)
		}
		until(after(d))
		switch what {
		case "ok":
			x.Tell(&s, after(d), "")
		case "out":
			x.Deregister(&s, after(d))
		default:
			x.Tell(&s, after(d), target.AnswerOf(what))
		}
		note(after(d))
	}
	until(after(time.Hour))
	return strings.Join(out, ", ")
}

func TestReasons(t *testing.T) {
	s := settings(ecs.TargetGroup{})
	x := target.Register(birth)
	check := func(at time.Duration, state ecs.TargetState, reason string) {
		t.Helper()
		if h := x.Health(&s, after(at)); h.State != state || h.Reason != reason {
			t.Errorf("at %s: %s %s, want %s %s", at, h.State, h.Reason, state, reason)
		}
	}
	check(9*time.Second, ecs.TargetInitial, "Elb.RegistrationInProgress")
	check(10*time.Second, ecs.TargetInitial, "Elb.InitialHealthChecking")
	check(40*time.Second, ecs.TargetHealthy, "")
	x.Tell(&s, after(time.Minute), target.AnswerOf("502"))
	check(100*time.Second, ecs.TargetUnhealthy, "Target.ResponseCodeMismatch")
	x.Tell(&s, after(2*time.Minute), target.AnswerOf(""))
	check(2*time.Minute, ecs.TargetUnhealthy, "Target.ResponseCodeMismatch")
	check(130*time.Second, ecs.TargetUnhealthy, "Target.Timeout")
	x.Tell(&s, after(3*time.Minute), target.AnswerOf("Health checks failed"))
	check(190*time.Second, ecs.TargetUnhealthy, "Target.FailedHealthChecks")
	x.Deregister(&s, after(4*time.Minute))
	check(8*time.Minute, ecs.TargetDraining, "Target.DeregistrationInProgress")
	check(9*time.Minute, ecs.TargetUnused, "Target.NotRegistered")
}

func TestResettle(t *testing.T) {
	slow, quick := settings(ecs.TargetGroup{HealthyThresholdCount: 10, Protocol: "TCP"}), settings(ecs.TargetGroup{
		HealthyThresholdCount: 3, Protocol: "TCP", HealthCheckInterval: ecs.Seconds(5 * time.Second),
	})
	x := target.Register(birth)
	x.Resettle(&slow, after(2*time.Minute)) // after checks at 40 s, 70 s and 100 s
	if at, ok := x.Next(&quick); !ok || !at.Equal(after(125*time.Second)) {
		t.Errorf("healthy at %s %v: three checks are passed, one more has to see that they are enough", at.Sub(birth), ok)
	}
}

func TestSettle(t *testing.T) {
	for _, c := range []struct {
		group ecs.TargetGroup
		want  target.Settings
	}{
		{ecs.TargetGroup{}, target.Settings{Interval: 30 * time.Second, Timeout: 5 * time.Second, Initial: 1, Healthy: 5, Unhealthy: 2, Delay: 5 * time.Minute}},
		{ecs.TargetGroup{Protocol: "TCP"}, target.Settings{Interval: 30 * time.Second, Timeout: 10 * time.Second, Initial: 5, Healthy: 5, Unhealthy: 2, Delay: 5 * time.Minute}},
		{ecs.TargetGroup{Protocol: "TLS", HealthCheckProtocol: "HTTP"}, target.Settings{Interval: 30 * time.Second, Timeout: 6 * time.Second, Initial: 5, Healthy: 5, Unhealthy: 2, Delay: 5 * time.Minute}},
		{ecs.TargetGroup{HealthCheckInterval: ecs.Seconds(5 * time.Second)}, target.Settings{Interval: 5 * time.Second, Timeout: 4 * time.Second, Initial: 1, Healthy: 5, Unhealthy: 2, Delay: 5 * time.Minute}},
	} {
		if got := settings(c.group); got != c.want {
			t.Errorf("%+v: %+v, want %+v", c.group, got, c.want)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		change func(*ecs.TargetGroup)
		want   string
	}{
		{func(*ecs.TargetGroup) {}, ""},
		{func(g *ecs.TargetGroup) { g.ARN = "" }, "ARN"},
		{func(g *ecs.TargetGroup) { g.Protocol = "GOPHER" }, "Protocol"},
		{func(g *ecs.TargetGroup) { g.TargetType = "lambda" }, "Target type"},
		{func(g *ecs.TargetGroup) { g.HealthCheckProtocol = "UDP" }, "Health check protocol"},
		{func(g *ecs.TargetGroup) { g.Port = 70000 }, "Port"},
		{func(g *ecs.TargetGroup) { g.HealthCheckInterval = ecs.Seconds(time.Second) }, "interval"},
		{func(g *ecs.TargetGroup) { g.HealthyThresholdCount = 1 }, "Healthy threshold"},
		{func(g *ecs.TargetGroup) { g.UnhealthyThresholdCount = 11 }, "Unhealthy threshold"},
		{func(g *ecs.TargetGroup) { d := ecs.Seconds(2 * time.Hour); g.DeregistrationDelay = &d }, "Deregistration delay"},
		{func(g *ecs.TargetGroup) { g.HealthCheckTimeout = g.HealthCheckInterval }, "smaller than the interval"},
	} {
		g := ecs.TargetGroup{ARN: "arn:tg"}
		target.Settle(&g)
		c.change(&g)
		if got := target.Check(&g); (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
			t.Errorf("%+v: %q, want %q in it", g, got, c.want)
		}
	}
}
