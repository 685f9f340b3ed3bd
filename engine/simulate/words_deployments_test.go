package simulate_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// deploymentWords:
//
//	> service web strategy=BLUE_GREEN bake=5         minutes; also LINEAR, CANARY, with the defaults of ECS
//	> service web strategy=LINEAR step=25/2          per cent, and minutes after each step
//	> service web strategy=CANARY canary=10/5        per cent, and minutes before the rest
//	> service web hooks=PRE_SCALE_UP,POST_SCALE_UP   a function at these stages
//	> service web pause=POST_TEST_TRAFFIC_SHIFT/30   a pause hook, and its minutes; /30/CONTINUE goes on then
//	> service web early=50/DEFERRED                   early success: healthy per cent, and when the old tasks go
//	> service web alarms=errors,latency              rolled back; alarms=errors stop=yes is not
//	> service web breaker=rollback threshold=COUNT/2 reset=no
//	> update web …                                   any of them, with all others as they are by default
//	> service web balancer=blue alternate=green      the target groups that its revisions take in turn
//	> alarm-state errors ALARM                       news from CloudWatch
//	> continue web                                   answers the pause hook that waits; continue web ROLLBACK
//	> abort web                                      stops the service deployment where it is
//	> function FAILED                                what the functions of hooks answer from now on; function ok
//	> stages web                                     as settle, with each stage; stages web 10m ends then
func deploymentWords() speech {
	return speech{
		words: []word{
			{"alarm-state", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{SetAlarmState: &scheduler.SetAlarmState{Name: a.name(), State: ecs.AlarmState(a.plain[1])}})
			}},
			{"continue", (*talk).continueDeployment},
			{"abort", func(k *talk, a *arguments) {
				current := k.sim.Cluster().ServiceDeployments(ecs.ServiceName(a.name()))[0]
				k.apply(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: current.ARN, StopType: scheduler.StopAbort}})
			}},
			{"function", func(k *talk, a *arguments) {
				if len(k.sim.Faults()) > 0 {
					k.applyAny(simulate.Command{EndFault: &simulate.EndFault{Name: "function"}})
				}
				if answer := a.name(); answer != "ok" {
					k.applyAny(simulate.Command{Fault: &simulate.Fault{Name: "function", HookFailure: &simulate.HookFailure{Status: ecs.HookStatus(strings.Trim(answer, "-"))}}})
				}
			}},
			{"stages", (*talk).stages},
		},
		changes:       []string{"early", "strategy", "bake", "step", "canary", "hooks", "pause", "alarms", "threshold"},
		configuration: func(k *talk, a *arguments, d *ecs.DeploymentConfiguration) { k.deployment(a, d) },
		service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
			if group := a.text("alternate"); group != "" {
				c.Service.LoadBalancers[0].Advanced = &ecs.AdvancedConfiguration{
					AlternateTargetGroupARN: groupARN(group), ProductionListenerRule: "arn:rule", TestListenerRule: "arn:test-rule",
				}
			}
		},
		show: (*talk).showDeployments,
	}
}

func (k *talk) deployment(a *arguments, d *ecs.DeploymentConfiguration) {
	if strategy := a.text("strategy"); strategy != "daemon" {
		d.Strategy = strategy
	}
	d.BakeTimeInMinutes = a.number("bake", 0)
	if percent, minutes, ok := k.pair(a, "step"); ok {
		d.Linear = &ecs.LinearConfiguration{StepPercent: percent, StepBakeTimeInMinutes: minutes}
	}
	if percent, minutes, ok := k.pair(a, "canary"); ok {
		d.Canary = &ecs.CanaryConfiguration{CanaryPercent: percent, CanaryBakeTimeInMinutes: minutes}
	}
	if stages := a.text("hooks"); stages != "" {
		d.LifecycleHooks = append(d.LifecycleHooks, ecs.LifecycleHook{HookTargetARN: "arn:check", Stages: stagesOf(stages)})
	}
	if percent, cleanup, ok := strings.Cut(a.text("early"), "/"); ok {
		n, _ := strconv.Atoi(percent)
		d.EarlySuccess = &ecs.EarlySuccess{Enable: true, HealthyPercent: &n, SourceServiceRevisionCleanup: cleanup}
	}
	if text := a.text("pause"); text != "" {
		parts := strings.Split(text, "/")
		h := ecs.LifecycleHook{TargetType: ecs.HookPause, Stages: stagesOf(parts[0])}
		if len(parts) > 1 {
			n, _ := strconv.Atoi(parts[1])
			h.Timeout = &ecs.HookTimeout{TimeoutInMinutes: n}
		}
		if len(parts) > 2 {
			h.Timeout.Action = ecs.HookAction(parts[2])
		}
		d.LifecycleHooks = append(d.LifecycleHooks, h)
	}
	if names := a.text("alarms"); names != "" {
		d.Alarms = &ecs.DeploymentAlarms{AlarmNames: strings.Split(names, ","), Enable: true, Rollback: !a.yes("stop")}
	}
	if kind, value, ok := strings.Cut(a.text("threshold"), "/"); ok {
		n, _ := strconv.Atoi(value)
		d.CircuitBreaker.Threshold = &ecs.BreakerThreshold{Type: kind, Value: n}
	}
	if a.text("reset") == "no" {
		d.CircuitBreaker.ResetOnHealthyTask = new(bool)
	}
}

func stagesOf(text string) []ecs.LifecycleStage {
	var out []ecs.LifecycleStage
	for name := range strings.SplitSeq(text, ",") {
		out = append(out, ecs.LifecycleStage(name))
	}
	return out
}

// pair is PERCENT/MINUTES.
func (k *talk) pair(a *arguments, key string) (percent float64, minutes int, ok bool) {
	first, second, ok := strings.Cut(a.text(key), "/")
	if !ok {
		return 0, 0, false
	}
	percent, errFirst := strconv.ParseFloat(first, 64)
	minutes, errSecond := strconv.Atoi(second)
	if errFirst != nil || errSecond != nil {
		k.t.Fatalf("%s=%s/%s is not PERCENT/MINUTES", key, first, second)
	}
	return percent, minutes, true
}

func (k *talk) continueDeployment(a *arguments) {
	current := k.sim.Cluster().ServiceDeployments(ecs.ServiceName(a.name()))[0]
	cmd := &scheduler.ContinueServiceDeployment{ARN: current.ARN, HookID: "none"}
	for _, h := range current.LifecycleHookDetails {
		if h.Status == ecs.HookAwaitingAction {
			cmd.HookID = h.HookID
		}
	}
	if len(a.plain) > 1 {
		cmd.Action = ecs.HookAction(a.plain[1])
	}
	k.apply(scheduler.Command{ContinueServiceDeployment: cmd})
}

// stages tells each stage as it is entered, and the weights of the traffic.
func (k *talk) stages(a *arguments) {
	name, end := ecs.ServiceName(a.name()), k.now
	limited := len(a.plain) > 1
	if limited {
		end = k.now.Add(a.parse(a.plain[1]))
	}
	last := k.stage(name)
	for {
		at, periodic, ok := k.sim.Next()
		if !ok || limited && at.After(end) || !limited && periodic {
			break
		}
		k.sim.Advance(at)
		k.now = at
		k.news()
		if now := k.stage(name); now != last {
			fmt.Fprintf(k.out, "  %8s %s\n", k.now.Sub(birth), now)
			last = now
		}
	}
	if limited {
		k.sim.Advance(end)
		k.now = end
	} else {
		fmt.Fprintf(k.out, "  settled at %s\n", k.now.Sub(birth))
	}
	if w, ok := k.sim.Cluster().DeploymentWait(name); ok {
		fmt.Fprintf(k.out, "  waits in %s\n", k.short(w.String()))
	}
}

// stage is the stage of the service's newest deployment, and who has the traffic.
func (k *talk) stage(name ecs.ServiceName) string {
	all := k.sim.Cluster().ServiceDeployments(name)
	if len(all) == 0 || all[0].LifecycleStage == "" {
		return ""
	}
	d := &all[0]
	out := fmt.Sprintf("%s %s", d.Status, d.LifecycleStage)
	if d.Status.Ended() {
		out = string(d.Status)
	}
	var production, test string
	for _, r := range append(slices.Clone(d.SourceServiceRevisions), *d.TargetServiceRevision) {
		what := "blue"
		if r.ARN == d.TargetServiceRevision.ARN {
			what = "green"
		}
		if len(d.SourceServiceRevisions) > 1 {
			revision, _ := k.sim.Cluster().ServiceRevision(r.ARN)
			what = revision.TaskDefinition.Short()
		}
		production += fmt.Sprintf(" %s %v%%", what, *r.ProductionTrafficWeight)
		test += fmt.Sprintf(" %s %v%%", what, *r.TestTrafficWeight)
	}
	return out + ": production" + production + ", test" + test
}

// showDeployments adds alarms and hooks to what show tells.
func (k *talk) showDeployments(s *ecs.Service) {
	for _, d := range k.sim.Cluster().ServiceDeployments(s.Name) {
		if m := d.Alarms; m != nil {
			fmt.Fprintf(k.out, "  alarms %s %s triggered %v\n", m.Status, strings.Join(m.AlarmNames, ","), m.TriggeredAlarmNames)
		}
		for _, h := range d.LifecycleHookDetails {
			fmt.Fprintf(k.out, "  hook %s %s %s\n", k.short(h.HookID), h.TargetType, h.Status)
		}
	}
}
