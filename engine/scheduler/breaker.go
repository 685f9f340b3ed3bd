package scheduler

import (
	"gantry/ecs"
	"gantry/engine/lifecycle"
	"gantry/engine/rollout"
)

// The texts of ECS semantics 4.7 and 4.16.
const (
	reasonBreaker    = "ECS deployment circuit breaker: tasks failed to start."
	reasonRolledBack = "Service deployment rolled back because the circuit breaker threshold was exceeded."
	reasonTripped    = "Service deployment stopped because the circuit breaker threshold was exceeded."
)

// newBreaker is where the circuit breaker of a new service deployment stands.
func newBreaker(s *service) ecs.CircuitBreakerState {
	b := s.Spec.DeploymentConfiguration.CircuitBreaker
	status := ecs.MonitorDisabled
	if b.Enable {
		status = ecs.MonitorMonitoring
	}
	return ecs.CircuitBreakerState{Status: status, Threshold: rollout.BreakerThreshold(s.desired(), b.Threshold)}
}

// threshold is how many failures trip the breaker, by the latest desired count.
func (s *service) threshold() int {
	return rollout.BreakerThreshold(s.desired(), s.Spec.DeploymentConfiguration.CircuitBreaker.Threshold)
}

// countFailure counts a task that failed against its deployment. A breaker
// counts no further than its threshold: it trips in the next pass, and more
// tasks that fail until then are one failure too many, not several.
func (c *Cluster) countFailure(s *service, d *deployment) {
	if s.Spec.DeploymentConfiguration.CircuitBreaker.Enable && d.Failed >= s.threshold() {
		return
	}
	d.Failed++
}

// forgive ends the count of failures: a task came up. A breaker may be told to
// count on [API:DeploymentCircuitBreaker].
func (s *service) forgive(d *deployment) {
	if reset := s.Spec.DeploymentConfiguration.CircuitBreaker.ResetOnHealthyTask; reset == nil || *reset {
		d.Failed = 0
	}
}

// breaker is where the circuit breaker of a running attempt stands.
func (s *service) breaker(a *attempt) ecs.CircuitBreakerState {
	out := a.Deployment.CircuitBreaker
	if out.Status == ecs.MonitorDisabled || out.Status == ecs.MonitorTriggered {
		return out
	}
	out.Threshold = s.threshold()
	for _, d := range s.Deployments {
		if d.ID == a.Entry {
			out.FailureCount = min(d.Failed, out.Threshold)
		}
	}
	return out
}

// watchBreaker fails the PRIMARY when too many of its tasks failed (ECS
// semantics 4.9).
func (c *Cluster) watchBreaker(s *service) {
	p, b := s.primary(), s.Spec.DeploymentConfiguration.CircuitBreaker
	if !b.Enable || p.State != ecs.RolloutInProgress || p.Failed < s.threshold() || s.cleansUp() {
		return
	}
	p.State, p.Reason, p.UpdatedAt = ecs.RolloutFailed, reasonBreaker, c.now
	c.event(s, "(deployment %s) deployment failed: tasks failed to start.", p.ID)
	c.actOnDeployment(s, p, ecs.EventError, "SERVICE_DEPLOYMENT_FAILED")
	c.over(s, standingThrottled)
	a := s.currentAttempt()
	if a == nil {
		return
	}
	c.freeze(s, a)
	a.Deployment.CircuitBreaker.Status = ecs.MonitorTriggered
	switch {
	case p.Rollback:
		c.endAttempt(s, ecs.ServiceDeploymentRollbackFailed, a.Deployment.StatusReason)
	case b.Rollback:
		c.rollBack(s, a, lifecycle.TasksFailed, reasonRolledBack)
	default:
		c.endAttempt(s, ecs.ServiceDeploymentStopped, reasonTripped)
	}
}
