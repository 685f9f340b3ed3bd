package lifecycle

import (
	"math"
	"slices"
	"time"

	"gantry/ecs"
)

// What ECS takes where the configuration does not say (ECS semantics 4.17
// [API:LinearConfiguration, CanaryConfiguration, DeploymentLifecycleHook]).
const (
	DefaultStepPercent     = 10.0
	DefaultStepBakeMinutes = 6
	DefaultCanaryPercent   = 5.0
	DefaultCanaryMinutes   = 10
	defaultHookTimeout     = 24 * time.Hour
)

// Plan is how a deployment goes. It is fixed when the deployment starts.
type Plan struct {
	Steps    []float64           // per cent of the production traffic that green has after each step; the last is 100
	StepBake time.Duration       // after every step but the last
	Bake     time.Duration       // after the last step, with both revisions up
	Hooks    []ecs.LifecycleHook // in the order in which they were configured
}

// PlanOf is the plan of a configuration. The first deployment of a service has
// no revision to share the traffic with or to go back to: it takes all of it in
// one step and needs no bake time. ECS does not say so; that its hooks run is
// known (hashicorp/terraform-provider-aws#43434).
func PlanOf(c *ecs.DeploymentConfiguration, first bool) Plan {
	p := Plan{Steps: []float64{100}, Hooks: c.LifecycleHooks}
	if first {
		return p
	}
	p.Bake = minutes(c.BakeTimeInMinutes)
	switch c.Strategy {
	case ecs.StrategyLinear:
		linear := ecs.LinearConfiguration{StepPercent: DefaultStepPercent, StepBakeTimeInMinutes: DefaultStepBakeMinutes}
		if c.Linear != nil {
			linear = *c.Linear
		}
		p.Steps, p.StepBake = equalSteps(linear.StepPercent), minutes(linear.StepBakeTimeInMinutes)
	case ecs.StrategyCanary:
		canary := ecs.CanaryConfiguration{CanaryPercent: DefaultCanaryPercent, CanaryBakeTimeInMinutes: DefaultCanaryMinutes}
		if c.Canary != nil {
			canary = *c.Canary
		}
		if canary.CanaryPercent < 100 {
			p.Steps = []float64{tenths(canary.CanaryPercent), 100}
		}
		p.StepBake = minutes(canary.CanaryBakeTimeInMinutes)
	}
	return p
}

// equalSteps are the weights of LINEAR: whole multiples of the step, then 100.
func equalSteps(percent float64) []float64 {
	if percent <= 0 {
		percent = DefaultStepPercent
	}
	var out []float64
	for i := 1; ; i++ {
		w := tenths(percent * float64(i))
		if w >= 100 {
			return append(out, 100)
		}
		out = append(out, w)
	}
}

// tenths is the number to one decimal, as ECS has percents.
func tenths(x float64) float64 { return math.Round(x*10) / 10 }

func minutes(n int) time.Duration { return time.Duration(n) * time.Minute }

// hooksAt are the hooks of a stage.
func (p *Plan) hooksAt(stage ecs.LifecycleStage) []*ecs.LifecycleHook {
	var out []*ecs.LifecycleHook
	for i := range p.Hooks {
		if slices.Contains(p.Hooks[i].Stages, stage) {
			out = append(out, &p.Hooks[i])
		}
	}
	return out
}
