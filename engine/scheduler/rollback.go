package scheduler

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/lifecycle"
)

// The texts of a way back (ECS semantics 4.16).
const (
	reasonNoCandidate = "No rollback candidate was found to run the rollback."
	reasonRequested   = "Service deployment rolled back because a rollback was requested."
)

// rollBack makes the revision PRIMARY again that the deployment came from: blue,
// where traffic was to be shifted, else the one that completed last. Its entry
// is taken where it still has tasks; else it gets a new one.
func (c *Cluster) rollBack(s *service, a *attempt, cause lifecycle.Cause, reason string) {
	candidate := s.Completed
	if a.Shift != nil {
		candidate = a.Shift.Blue
	}
	revision := s.revision(candidate)
	if revision == nil || revision.ARN == s.primary().Revision {
		c.endAttempt(s, ecs.ServiceDeploymentRollbackFailed, reasonNoCandidate)
		return
	}
	c.turnBack(s, a, cause)
	c.demote(s.primary())
	d := c.primaryAgain(s, revision, a.Shift != nil && !s.primary().Alternate)
	d.Attempt, d.Rollback = a.Deployment.ARN, true
	d.Reason = fmt.Sprintf("ECS deployment rolling back to deploymentId %s.", d.ID)
	if cause == lifecycle.TasksFailed {
		d.Reason = fmt.Sprintf("ECS deployment circuit breaker: rolling back to deploymentId %s.", d.ID)
	}
	s.Spec.TaskDefinition = revision.TaskDefinition
	s.Spec.LoadBalancers = append([]ecs.LoadBalancer{}, revision.LoadBalancers...) // [] is never null on the wire
	s.Spec.NetworkConfiguration, s.Spec.PlatformVersion = revision.NetworkConfiguration, revision.PlatformVersion
	s.Spec.LaunchType, s.Spec.CapacityProviderStrategy = revision.LaunchType, revision.CapacityProviderStrategy
	s.Spec.ServiceRegistries, s.Spec.RevisionConfiguration = revision.ServiceRegistries, revision.RevisionConfiguration
	a.Deployment.Status, a.Deployment.StatusReason = ecs.ServiceDeploymentRollbackInProgress, reason
	a.Deployment.UpdatedAt = c.now
	a.Deployment.Rollback = &ecs.DeploymentRollback{Reason: reason, StartedAt: c.now, ServiceRevisionARN: revision.ARN}
	a.unwatched()
	c.event(s, "rolling back to deployment %s.", d.ID)
	c.actOnDeployment(s, d, ecs.EventInfo, "SERVICE_DEPLOYMENT_IN_PROGRESS")
}

// primaryAgain makes the entry of an older revision the PRIMARY. Alternate says
// which target groups its tasks had, for a new one.
func (c *Cluster) primaryAgain(s *service, revision *ecs.ServiceRevision, alternate bool) *deployment {
	i := slices.IndexFunc(s.Deployments, func(d *deployment) bool { return d.Revision == revision.ARN })
	var d *deployment
	if i >= 0 {
		d = s.Deployments[i]
		s.Deployments = slices.Delete(s.Deployments, i, i+1)
		d.Status, d.State, d.UpdatedAt = ecs.DeploymentPrimary, ecs.RolloutInProgress, c.now
		d.Failed, d.Round, d.HasRun = 0, 0, d.running > 0
		d.NotBefore = time.Time{}
	} else {
		s.DeploymentOrdinal++
		d = c.newEntry(s, revision)
		d.Alternate = alternate
		d.balance(revision)
	}
	s.Deployments = slices.Insert(s.Deployments, 0, d)
	return d
}

// stopServiceDeployment stops the service's deployment (ECS semantics 4.16 [DG:
// Stopping Amazon ECS service deployments]). ROLLBACK is what is documented.
// ABORT is in the model only: we let it stop the deployment where it is, which
// then starts nothing more, like one whose circuit breaker does not roll back.
func (c *Cluster) stopServiceDeployment(cmd *StopServiceDeployment) error {
	s, a := c.findAttempt(cmd.ARN)
	if a == nil {
		return &ecs.Error{Code: "ServiceDeploymentNotFoundException", Message: "Service deployment not found."}
	}
	abort := false
	switch cmd.StopType {
	case "", StopRollback:
	case StopAbort:
		abort = true
	default:
		return invalid("stopType should be one of [ABORT,ROLLBACK]")
	}
	switch status := a.Deployment.Status; {
	case status == ecs.ServiceDeploymentPending || status == ecs.ServiceDeploymentInProgress:
		a.Deployment.Status, a.Deployment.UpdatedAt = ecs.ServiceDeploymentRollbackRequested, c.now
		if abort {
			a.Deployment.Status = ecs.ServiceDeploymentStopRequested
		}
		s.calm(c)
		c.wake(s, c.now.Add(PassDelay))
		return nil
	case status == ecs.ServiceDeploymentStopRequested && !abort && s.currentAttempt() == a: // which was to be aborted
		a.Deployment.Status, a.Deployment.UpdatedAt = ecs.ServiceDeploymentRollbackRequested, c.now
		return nil
	case status == ecs.ServiceDeploymentStopRequested,
		!abort && (status == ecs.ServiceDeploymentRollbackRequested || status == ecs.ServiceDeploymentRollbackInProgress):
		return nil
	}
	next := "It rolls back already: wait for that, or update the service to deploy something else."
	if a.Deployment.Status.Ended() {
		next = "Update the service to deploy another task definition."
	}
	return &ecs.Error{Code: ecs.CodeConflict, Message: fmt.Sprintf(
		"The service deployment cannot be stopped because its status is %s. %s", a.Deployment.Status, next)}
}
