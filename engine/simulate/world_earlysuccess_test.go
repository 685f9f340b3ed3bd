package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
)

// earlySuccessFeature is rolling deployments that are successful before all of
// their tasks are healthy.
func earlySuccessFeature() feature {
	return feature{
		name: "early success", share: 30,
		configurations: []decoration[ecs.DeploymentConfiguration]{{"earlySuccess", func(_ *world, d *ecs.DeploymentConfiguration, r *rand.Rand) {
			if r.IntN(5) == 0 || d.Strategy != "" && d.Strategy != ecs.StrategyRolling {
				return
			}
			healthy := d.MinimumHealthyPercent + r.IntN(101-d.MinimumHealthyPercent)/(1+r.IntN(3))
			d.EarlySuccess = &ecs.EarlySuccess{
				Enable: true, HealthyPercent: &healthy, SourceServiceRevisionCleanup: []string{ecs.CleanupBlocking, ecs.CleanupDeferred}[r.IntN(2)],
			}
		}}},
		watch: func(l *laws) watcher {
			n := &earlyLaws{laws: l}
			return watcher{service: n.service}
		},
	}
}

// earlyLaws watch that no deployment is successful too early.
type earlyLaws struct {
	*laws
	ended map[ecs.ARN]bool
	ran   map[ecs.DeploymentID]int // tasks of the PRIMARY in the moment before
}

// service: a deployment that ends well has as many healthy tasks as its criteria
// ask for, and none of an older revision is left where that was asked for. A task
// may end in the moment of the pass that found it healthy, after the pass.
func (l *earlyLaws) service(s *ecs.Service, _ string) {
	if l.ended == nil {
		l.ended, l.ran = map[ecs.ARN]bool{}, map[ecs.DeploymentID]int{}
	}
	p := s.PrimaryDeployment()
	running := 0
	if p != nil {
		running = max(p.RunningCount, l.ran[p.ID])
		l.ran[p.ID] = p.RunningCount
	}
	for _, a := range l.sim.Cluster().ServiceDeployments(s.Name) {
		if a.Status != ecs.ServiceDeploymentSuccessful || l.ended[a.ARN] {
			continue
		}
		l.ended[a.ARN] = true
		e := s.DeploymentConfiguration.EarlySuccess
		if e == nil || !e.Enable || !a.FinishedAt.Equal(l.now) || s.SchedulingStrategy == ecs.Daemon {
			continue
		}
		if running*100 < *e.HealthyPercent*s.DesiredCount {
			l.fail("service %s: a deployment succeeded with too few tasks running", s.Name)
		}
		if e.SourceServiceRevisionCleanup == ecs.CleanupBlocking && len(s.Deployments) > 1 {
			l.fail("service %s: a deployment succeeded while tasks of another run", s.Name)
		}
	}
}
