package worldfile

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
)

// checkFault reads a fault of the timetable.
func (f *File) checkFault(i int) {
	x, at := &f.Faults[i], fmt.Sprintf("faults[%d]", i)
	out := ecs.Fault{Name: x.Name, LoseZone: x.LoseZone, For: f.span(at+".for", x.For), ThrottleScheduler: f.share(at+".throttleScheduler", x.ThrottleScheduler)}
	if when, err := time.Parse(time.RFC3339, x.At); err == nil {
		out.At = when
	} else if x.At != "" {
		out.After = f.span(at+".at", strings.TrimPrefix(x.At, "+"))
	}
	kinds := 0
	for _, set := range []bool{
		x.LoseZone != "", x.StopInstance != nil, x.TerminateInstance != nil, x.DisconnectAgent != nil, x.SpotInterruption != nil,
		x.CapacityShortage != nil, x.Fate != nil, x.Hook != nil, x.ThrottleScheduler != "", x.Api != nil,
	} {
		if set {
			kinds++
		}
	}
	if kinds != 1 {
		f.wrong(at, "one of loseZone, stopInstance, terminateInstance, disconnectAgent, spotInterruption, capacityShortage, fate, hook, throttleScheduler and api",
			"a fault is of exactly one kind, but %d are given", kinds)
		return
	}
	if cluster := x.Cluster; x.Api == nil && (x.LoseZone == "" || cluster != "") {
		f.checkCluster(at+".cluster", &cluster)
		out.Cluster = ecs.ClusterName(cluster)
	} else if cluster != "" {
		f.wrong(at+".cluster", "", "a fault of the API is of no cluster")
	}
	out.StopInstance, out.TerminateInstance, out.DisconnectAgent = x.StopInstance.noun(), x.TerminateInstance.noun(), x.DisconnectAgent.noun()
	if s := x.SpotInterruption; s != nil {
		out.SpotInterruption = &ecs.FaultSpot{AutoScalingGroup: s.AutoScalingGroup, Zone: s.Zone, Percent: s.Percent}
	}
	if s := x.CapacityShortage; s != nil {
		out.CapacityShortage = &ecs.FaultCapacity{CapacityProvider: s.CapacityProvider, AutoScalingGroup: s.AutoScalingGroup, InstanceType: s.InstanceType, Zones: s.Zones}
	}
	if s := x.Fate; s != nil {
		out.Fate = &ecs.FaultFate{Service: ecs.ServiceName(s.Service), Family: ecs.Family(s.Family), Image: s.Image, Container: s.Container, Fate: s.Fate}
		if _, err := life.ParseFate(s.Fate); err != nil || s.Fate == "" {
			if s.Fate == "" {
				err = fmt.Errorf("fate %q: it says nothing", s.Fate)
			}
			f.wrong(at+".fate.fate", "the words of fates are in docs/fates.md", "Invalid %s.", err)
		}
	}
	if s := x.Hook; s != nil {
		out.Hook = &ecs.FaultHook{HookTargetARN: s.HookTargetArn, Status: ecs.HookStatus(s.HookStatus), CallBackDelay: f.span(at+".hook.callBackDelay", s.CallBackDelay)}
	}
	if s, in := x.Api, at+".api."; s != nil {
		out.API = &ecs.APIFault{
			Service: s.Service, Operation: s.Operation, ErrorStatus: s.ErrorStatus, Count: s.Count,
			Throttle: f.share(in+"throttle", s.Throttle), Error: f.share(in+"error", s.Error), Reset: f.share(in+"reset", s.Reset),
			Latency: f.span(in+"latency", s.Latency), LateEvents: f.span(in+"lateEvents", s.LateEvents), DuplicateEvents: f.share(in+"duplicateEvents", s.DuplicateEvents),
		}
	}
	f.faults = append(f.faults, placed[ecs.Fault]{f.at(at), out})
}

func (s *Some) noun() *ecs.FaultInstances {
	if s == nil {
		return nil
	}
	return &ecs.FaultInstances{Zone: s.Zone, Expression: s.Expression, Count: s.Count}
}

// span reads a span of time such as 90s or 2h30m; nothing is none.
func (f *File) span(path, text string) ecs.Seconds {
	if text == "" {
		return 0
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		f.wrong(path, "for example: 90s, 2m, 1h30m", "%q is no span of time", text)
	}
	return ecs.Seconds(d)
}

// share reads a share such as 20% or 0.2; nothing is none.
func (f *File) share(path, text string) float64 {
	if text == "" {
		return 0
	}
	digits, percent := strings.CutSuffix(text, "%")
	n, err := number(digits)
	if percent {
		n /= 100
	}
	if err != nil || n > 1 {
		f.wrong(path, "for example: 20%", "%q is no share between 0%% and 100%%", text)
	}
	return n
}

// number reads a number that is not negative.
func number(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err == nil && !(n >= 0 && n < 1e9) {
		err = fmt.Errorf("%s is out of range", text)
	}
	return n, err
}
