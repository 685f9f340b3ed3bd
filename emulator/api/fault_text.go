package api

import (
	"fmt"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// faultText says what a fault is and does.
func faultText(engine *scheduler.Cluster, f *simulate.Fault) (kind, text string) {
	switch {
	case f.InstanceLoss != nil && f.InstanceLoss.Terminated:
		return faultTerminateInstance, someText(engine, f.InstanceLoss.Some, "terminated")
	case f.InstanceLoss != nil:
		return faultStopInstance, someText(engine, f.InstanceLoss.Some, "stopped")
	case f.AgentLoss != nil:
		return faultDisconnectAgent, someText(engine, f.AgentLoss.Some, "disconnected")
	case f.ZoneLoss != nil:
		return faultLoseZone, f.ZoneLoss.Zone + " is lost"
	case f.SpotInterruption != nil:
		return faultSpotInterruption, spotText(engine, f.SpotInterruption)
	case f.CapacityShortage != nil:
		x := f.CapacityShortage
		text := "no new instances in group " + x.AutoScalingGroup
		if x.CapacityProvider != "" {
			text = "no new tasks on " + x.CapacityProvider
		} else if x.InstanceType != "" {
			text = "no new " + x.InstanceType + " instances"
		}
		if len(x.AvailabilityZones) > 0 {
			text += " in " + strings.Join(x.AvailabilityZones, ", ")
		}
		return faultCapacityShortage, text
	case f.OtherFate != nil:
		return faultFate, fateText(f.OtherFate)
	case f.HookFailure != nil:
		return faultHook, hookText(f.HookFailure)
	case f.Throttling != nil:
		return faultThrottleScheduler, fmt.Sprintf("%g%% of the scheduler's operations are throttled", 100*f.Throttling.Scheduler)
	}
	return "", ""
}

func someText(engine *scheduler.Cluster, x simulate.Some, what string) string {
	name, be := "all instances", " are "
	switch {
	case x.Instance != "":
		name, be = string(x.Instance), " is "
		if i, ok := engine.Instance(x.Instance); ok {
			name = i.EC2InstanceID
		}
	case x.Count == 1:
		name, be = "1 instance", " is "
	case x.Count > 0:
		name = fmt.Sprintf("%d instances", x.Count)
	}
	if x.Expression != "" {
		name += " with " + x.Expression
	}
	return name + be + what
}

func spotText(engine *scheduler.Cluster, x *simulate.SpotInterruption) string {
	name := "tasks on " + ecs.ProviderFargateSpot
	switch {
	case x.Task != "":
		return "task " + string(x.Task) + " is interrupted"
	case x.Instance != "":
		return someText(engine, simulate.Some{Instance: x.Instance}, "interrupted")
	case x.AutoScalingGroup != "":
		name = "instances of group " + x.AutoScalingGroup
	}
	if x.AvailabilityZone != "" {
		name += " in " + x.AvailabilityZone
	}
	if x.Percent > 0 {
		name = fmt.Sprintf("%d%% of the %s", x.Percent, name)
	}
	return name + " are interrupted"
}

func fateText(x *simulate.OtherFate) string {
	text := x.Fate
	for _, on := range [][2]string{{"service", string(x.Service)}, {"family", string(x.Family)}, {"image", x.Image}, {"container", x.Container}} {
		if on[1] != "" {
			text += fmt.Sprintf(", on %s %s", on[0], on[1])
		}
	}
	return text
}

func hookText(x *simulate.HookFailure) string {
	name := "every hook"
	if x.HookTargetARN != "" {
		name = x.HookTargetARN
	}
	if x.Status == "" {
		return name + " gives no answer"
	}
	return name + " answers " + string(x.Status)
}
