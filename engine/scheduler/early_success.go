package scheduler

import (
	"fmt"

	"gantry/ecs"
)

// succeedsEarly reports whether the PRIMARY's rollout has met its early success
// criteria: so many of its tasks are healthy, and the tasks of the source
// revisions are gone, unless their removal is deferred. What is left to start and
// stop goes on behind it (ECS semantics 4.9 [API:DeploymentEarlySuccessCriteria]).
// The way back of a rollback is complete when the service is, and a deployment that
// shifts traffic when its stages are over, whatever the service is set to since.
func (s *service) succeedsEarly(t *tally) bool {
	e, p := s.Spec.DeploymentConfiguration.EarlySuccess, s.primary()
	if e == nil || !e.Enable || p.State != ecs.RolloutInProgress || p.Rollback || !s.through() {
		return false
	}
	primary := &t.Deployments[0]
	if primary.Staying.Healthy+primary.Leaving.Healthy < percentOf(s.desired(), *e.HealthyPercent) {
		return false
	}
	return e.SourceServiceRevisionCleanup == ecs.CleanupDeferred || len(s.Deployments) == 1
}

// percentOf is a share of a count, rounded up.
func percentOf(n, percent int) int { return (n*percent + 99) / 100 }

// validateEarlySuccess refuses criteria that ECS refuses; the sentences are ours.
func validateEarlySuccess(s *ecs.Service) error {
	d := &s.DeploymentConfiguration
	e := d.EarlySuccess
	switch {
	case e == nil || !e.Enable:
		return nil
	case d.Strategy != ecs.StrategyRolling:
		return invalid("earlySuccessCriteria is only valid when the deployment strategy is ROLLING.")
	case e.HealthyPercent == nil || e.SourceServiceRevisionCleanup == "":
		return invalid("healthyPercent and sourceServiceRevisionCleanup must be specified when earlySuccessCriteria is enabled.")
	case e.SourceServiceRevisionCleanup != ecs.CleanupBlocking && e.SourceServiceRevisionCleanup != ecs.CleanupDeferred:
		return invalid("sourceServiceRevisionCleanup should be one of [BLOCKING,DEFERRED]")
	case *e.HealthyPercent < d.MinimumHealthyPercent || *e.HealthyPercent > 100:
		return invalid(fmt.Sprintf("healthyPercent must be between minimumHealthyPercent, which is %d, and 100.", d.MinimumHealthyPercent))
	}
	return nil
}
