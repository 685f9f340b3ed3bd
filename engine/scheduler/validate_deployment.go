package scheduler

import (
	"fmt"
	"slices"

	"gantry/ecs"
)

// Limits of a deployment configuration (ECS semantics 4.17
// [API:DeploymentConfiguration, LinearConfiguration, CanaryConfiguration,
// DeploymentLifecycleHookTimeoutConfiguration]).
const (
	longestBakeMinutes  = 1440
	leastStepPercent    = 3.0
	leastCanaryPercent  = 0.1
	longestHookMinutes  = 20160
	mostThresholdOfRate = 100 // per cent
)

// validateDeployment refuses a way to deploy that ECS refuses. ECS publishes the
// ranges and what goes with what, not the sentences: those are ours, unless
// cited.
func validateDeployment(s *ecs.Service) error {
	d := &s.DeploymentConfiguration
	switch d.Strategy {
	case ecs.StrategyRolling, ecs.StrategyBlueGreen, ecs.StrategyLinear, ecs.StrategyCanary:
	default:
		return invalid("strategy should be one of [ROLLING,BLUE_GREEN,LINEAR,CANARY]")
	}
	switch {
	case d.BakeTimeInMinutes < 0 || d.BakeTimeInMinutes > longestBakeMinutes:
		return invalid(fmt.Sprintf("bakeTimeInMinutes must be between 0 and %d.", longestBakeMinutes))
	case s.SchedulingStrategy == ecs.Daemon && d.Strategy != ecs.StrategyRolling:
		return invalid(fmt.Sprintf("The daemon scheduling strategy does not support the %s deployment strategy.", d.Strategy))
	case d.Linear != nil && d.Strategy != ecs.StrategyLinear:
		return invalid("linearConfiguration is only valid when the deployment strategy is LINEAR.")
	case d.Canary != nil && d.Strategy != ecs.StrategyCanary:
		return invalid("canaryConfiguration is only valid when the deployment strategy is CANARY.")
	case len(d.LifecycleHooks) > 0 && d.Strategy == ecs.StrategyRolling:
		return invalid("lifecycleHooks are not supported with the ROLLING deployment strategy.")
	case d.Alarms != nil && d.Alarms.Enable && len(d.Alarms.AlarmNames) == 0:
		return invalid("At least one alarm name must be specified when alarms are enabled.")
	}
	for _, check := range []func(*ecs.Service) error{validateEarlySuccess, validateSteps, validateThreshold, validateHooks, validateTrafficShift} {
		if err := check(s); err != nil {
			return err
		}
	}
	return nil
}

func validateSteps(s *ecs.Service) error {
	if l := s.DeploymentConfiguration.Linear; l != nil {
		switch {
		case l.StepPercent < leastStepPercent || l.StepPercent > 100:
			return invalid("stepPercent must be between 3.0 and 100.0.")
		case l.StepBakeTimeInMinutes < 0 || l.StepBakeTimeInMinutes > longestBakeMinutes:
			return invalid(fmt.Sprintf("stepBakeTimeInMinutes must be between 0 and %d.", longestBakeMinutes))
		}
	}
	if y := s.DeploymentConfiguration.Canary; y != nil {
		switch {
		case y.CanaryPercent < leastCanaryPercent || y.CanaryPercent > 100:
			return invalid("canaryPercent must be between 0.1 and 100.0.")
		case y.CanaryBakeTimeInMinutes < 0 || y.CanaryBakeTimeInMinutes > longestBakeMinutes:
			return invalid(fmt.Sprintf("canaryBakeTimeInMinutes must be between 0 and %d.", longestBakeMinutes))
		}
	}
	return nil
}

func validateThreshold(s *ecs.Service) error {
	t := s.DeploymentConfiguration.CircuitBreaker.Threshold
	if t == nil {
		return nil
	}
	switch t.Type {
	case ecs.ThresholdBoundedPercent, ecs.ThresholdUnboundedPercent:
		if t.Value < 1 || t.Value > mostThresholdOfRate {
			return invalid("The threshold value must be between 1 and 100 percent.")
		}
	case ecs.ThresholdCount:
		if t.Value < 1 {
			return invalid("The threshold value must be at least 1.")
		}
	default:
		return invalid("threshold type should be one of [COUNT,BOUNDED_PERCENT,UNBOUNDED_PERCENT]")
	}
	return nil
}

// hookStages are the stages at which hooks run: not while tasks start and stop,
// and not in the bake time.
func hookStages() []ecs.LifecycleStage {
	return []ecs.LifecycleStage{
		ecs.StageReconcileService, ecs.StagePreScaleUp, ecs.StagePostScaleUp, ecs.StageTestTrafficShift,
		ecs.StagePostTestTrafficShift, ecs.StagePreProductionTrafficShift, ecs.StageProductionTrafficShift,
		ecs.StagePostProductionTrafficShift,
	}
}

func validateHooks(s *ecs.Service) error {
	for i := range s.DeploymentConfiguration.LifecycleHooks {
		if err := validateHook(&s.DeploymentConfiguration.LifecycleHooks[i]); err != nil {
			return err
		}
	}
	return nil
}

func validateHook(h *ecs.LifecycleHook) error {
	switch {
	case h.TargetType != "" && h.TargetType != ecs.HookLambda && h.TargetType != ecs.HookPause:
		return invalid("targetType should be one of [AWS_LAMBDA,PAUSE]")
	case h.TargetType != ecs.HookPause && h.HookTargetARN == "":
		return invalid("hookTargetArn must be specified for a lifecycle hook of type AWS_LAMBDA.")
	case len(h.Stages) == 0:
		return invalid("lifecycleStages must be specified for a lifecycle hook.")
	}
	for _, stage := range h.Stages {
		shifts := stage == ecs.StageTestTrafficShift || stage == ecs.StageProductionTrafficShift
		switch {
		case !slices.Contains(hookStages(), stage):
			return invalid(fmt.Sprintf("A lifecycle hook cannot be configured at the %s stage.", stage))
		case shifts && h.TargetType == ecs.HookPause:
			return invalid(fmt.Sprintf("A PAUSE hook cannot be configured at the %s stage.", stage))
		}
	}
	if t := h.Timeout; t != nil {
		switch {
		case t.TimeoutInMinutes < 0 || t.TimeoutInMinutes > longestHookMinutes:
			return invalid(fmt.Sprintf("timeoutInMinutes must be between 1 and %d.", longestHookMinutes))
		case t.Action != "" && t.Action != ecs.HookContinue && t.Action != ecs.HookRollback:
			return invalid("action should be one of [CONTINUE,ROLLBACK]")
		}
	}
	return nil
}

// validateTrafficShift checks what shifting traffic asks of load balancers (ECS
// semantics 4.17 [DG: Required resources for Amazon ECS blue/green deployments,
// Troubleshooting Amazon ECS blue/green deployments]). A service without any can
// be deployed so too; nobody shifts its traffic then.
func validateTrafficShift(s *ecs.Service) error {
	if !s.DeploymentConfiguration.ShiftsTraffic() {
		return nil
	}
	for i := range s.LoadBalancers {
		l := &s.LoadBalancers[i]
		switch {
		case l.LoadBalancerName != "":
			return invalid(fmt.Sprintf("Classic Load Balancers are not supported with the %s deployment strategy.", s.DeploymentConfiguration.Strategy))
		case l.Advanced == nil || l.Advanced.AlternateTargetGroupARN == "" || l.Advanced.ProductionListenerRule == "":
			return invalid(fmt.Sprintf("advancedConfiguration with alternateTargetGroupArn and productionListenerRule must be specified for a load balancer with the %s deployment strategy.", s.DeploymentConfiguration.Strategy))
		case l.Advanced.TestListenerRule == l.Advanced.ProductionListenerRule:
			return invalid("The following rules cannot be used as both production and test listener rules: " + l.Advanced.ProductionListenerRule)
		}
	}
	return nil
}

// shed takes out of a changed configuration what only the strategy used that it
// had before, and what the change did not set itself.
func shed(d, before *ecs.DeploymentConfiguration) {
	if d.Strategy != ecs.StrategyLinear && sameJSON(d.Linear, before.Linear) {
		d.Linear = nil
	}
	if d.Strategy != ecs.StrategyCanary && sameJSON(d.Canary, before.Canary) {
		d.Canary = nil
	}
	if d.ShiftsTraffic() && sameJSON(d.EarlySuccess, before.EarlySuccess) {
		d.EarlySuccess = nil
	}
	if !d.ShiftsTraffic() && sameJSON(d.LifecycleHooks, before.LifecycleHooks) {
		d.LifecycleHooks = nil
	}
}
