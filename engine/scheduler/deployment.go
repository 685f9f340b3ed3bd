package scheduler

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// The texts of ECS semantics 4.7 and 4.16. ECS does not publish those of a
// stop without rollback; ours follow the pattern of the others.
const (
	reasonBreaker     = "ECS deployment circuit breaker: tasks failed to start."
	reasonRolledBack  = "Service deployment rolled back because the circuit breaker threshold was exceeded."
	reasonNoCandidate = "No rollback candidate was found to run the rollback."
	reasonTripped     = "Service deployment stopped because the circuit breaker threshold was exceeded."
	reasonSuperseded  = "Service deployment stopped because a newer service deployment was started."
	reasonRequested   = "Service deployment rolled back because a rollback was requested."
)

func scalingReason(d *deployment) string {
	if d == nil {
		return "Scaling activity initiated by the deletion of the service"
	}
	return fmt.Sprintf("Scaling activity initiated by (deployment %s)", d.ID)
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && string(x) == string(y)
}

func (s *service) primary() *deployment { return s.Deployments[0] }

// deploy starts a deployment of the service as it is set now (ECS semantics
// 4.12, 4.16): a new revision, a new service deployment, a new PRIMARY.
func (c *Cluster) deploy(s *service, def *ecs.TaskDefinition) {
	s.DeploymentOrdinal++
	revision := c.newRevision(s, def)
	d := c.newEntry(s, revision)
	var sources []ecs.ServiceRevisionSummary
	for _, old := range s.Deployments {
		sources = append(sources, s.summary(old.Revision))
	}
	if len(s.Deployments) > 0 {
		c.supersede(s)
	}
	status := "DISABLED"
	if s.Spec.DeploymentConfiguration.CircuitBreaker.Enable {
		status = "MONITORING"
	}
	a := &attempt{Entry: d.ID, Deployment: ecs.ServiceDeployment{
		ARN:        ecs.ServiceDeploymentARN(c.cfg.Scope, c.cfg.Name, s.Spec.Name, c.id21(s.key("attempt", s.DeploymentOrdinal)...)),
		ServiceARN: s.Spec.ARN, ClusterARN: s.Spec.ClusterARN,
		Status:                  ecs.ServiceDeploymentPending,
		SourceServiceRevisions:  sources,
		TargetServiceRevision:   &ecs.ServiceRevisionSummary{ARN: revision.ARN, RequestedTaskCount: s.Spec.DesiredCount},
		CircuitBreaker:          ecs.CircuitBreakerState{Status: status, Threshold: rollout.BreakerThreshold(s.Spec.DesiredCount)},
		DeploymentConfiguration: s.Spec.DeploymentConfiguration,
		CreatedAt:               c.now, UpdatedAt: c.now,
	}}
	d.Attempt = a.Deployment.ARN
	s.History = slices.Insert(s.History, 0, a)
	s.Deployments = slices.Insert(s.Deployments, 0, d)
	s.Spec.TaskDefinition = def.ARN
	c.forgetOld(s)
	c.over(s, standingSteady)
	c.over(s, standingBlocked)
	c.over(s, standingThrottled)
	c.over(s, standingPlacement) // another revision is another cause
	c.wake(s, c.now.Add(PassDelay))
}

func (c *Cluster) newRevision(s *service, def *ecs.TaskDefinition) *ecs.ServiceRevision {
	r := &ecs.ServiceRevision{
		ARN:        ecs.ServiceRevisionARN(c.cfg.Scope, c.cfg.Name, s.Spec.Name, c.digits19(s.key("revision", s.DeploymentOrdinal)...)),
		ServiceARN: s.Spec.ARN, ClusterARN: s.Spec.ClusterARN, TaskDefinition: def.ARN,
		LaunchType: s.Spec.LaunchType, CapacityProviderStrategy: s.Spec.CapacityProviderStrategy,
		PlatformVersion: s.Spec.PlatformVersion, NetworkConfiguration: s.Spec.NetworkConfiguration,
		LoadBalancers: s.Spec.LoadBalancers, ContainerImages: []ecs.ContainerImage{}, CreatedAt: c.now,
	}
	for i := range def.Containers {
		r.ContainerImages = append(r.ContainerImages, ecs.ContainerImage{
			ContainerName: def.Containers[i].Name, Image: def.Containers[i].Image,
		})
	}
	c.hold(def)
	s.Revisions = slices.Insert(s.Revisions, 0, r)
	return r
}

// newEntry is a PRIMARY deployment of a revision, not yet in the service.
func (c *Cluster) newEntry(s *service, r *ecs.ServiceRevision) *deployment {
	id := ecs.DeploymentID("ecs-svc/" + c.digits19(s.key("deployment", s.DeploymentOrdinal)...))
	return &deployment{
		ID: id, Status: ecs.DeploymentPrimary, Definition: r.TaskDefinition, Revision: r.ARN,
		State: ecs.RolloutInProgress, Reason: fmt.Sprintf("ECS deployment %s in progress.", id),
		CreatedAt: c.now, UpdatedAt: c.now, balancers: r.LoadBalancers,
	}
}

// supersede makes the PRIMARY an old deployment: it keeps what is RUNNING, and
// its own attempt, if it still runs, is asked to stop.
func (c *Cluster) supersede(s *service) {
	if a := s.currentAttempt(); a != nil && !a.Deployment.Status.Ended() {
		a.Deployment.Status = ecs.ServiceDeploymentStopRequested
		a.Deployment.StatusReason = reasonSuperseded
		a.Deployment.UpdatedAt = c.now
		c.freeze(s, a)
	}
	c.demote(s.primary())
}

func (c *Cluster) demote(d *deployment) {
	d.Status, d.Wanted, d.UpdatedAt = ecs.DeploymentActive, d.running, c.now
}

// currentAttempt is the service deployment that the PRIMARY belongs to.
func (s *service) currentAttempt() *attempt {
	if len(s.Deployments) == 0 {
		return nil
	}
	for _, a := range s.History {
		if a.Deployment.ARN == s.primary().Attempt {
			return a
		}
	}
	return nil
}

// freeze writes the counts into an attempt that nobody works on any more.
func (c *Cluster) freeze(s *service, a *attempt) {
	d := &a.Deployment
	for i, r := range d.SourceServiceRevisions {
		d.SourceServiceRevisions[i] = s.summary(r.ARN)
	}
	target := s.summary(d.TargetServiceRevision.ARN)
	d.TargetServiceRevision = &target
	d.CircuitBreaker = s.breaker(a)
}

// endAttempt ends the PRIMARY's service deployment, if it still runs.
func (c *Cluster) endAttempt(s *service, status ecs.ServiceDeploymentStatus, reason string) {
	if a := s.currentAttempt(); a != nil {
		c.end(s, a, status, reason)
	}
}

// end ends a service deployment, if it still runs.
func (c *Cluster) end(s *service, a *attempt, status ecs.ServiceDeploymentStatus, reason string) {
	if a.Deployment.Status.Ended() {
		return
	}
	c.freeze(s, a)
	d := &a.Deployment
	d.Status, d.UpdatedAt, d.FinishedAt = status, c.now, c.now
	if reason != "" {
		d.StatusReason = reason
	}
	if status == ecs.ServiceDeploymentStopped {
		d.StoppedAt = c.now
	}
	if d.CircuitBreaker.Status == "MONITORING" {
		d.CircuitBreaker.Status = "MONITORING_COMPLETE"
	}
}

// attempts moves the service deployments on that changed by a command.
func (c *Cluster) attempts(s *service) {
	for _, a := range s.History {
		d := &a.Deployment
		switch d.Status {
		case ecs.ServiceDeploymentPending:
			d.Status, d.StartedAt, d.UpdatedAt = ecs.ServiceDeploymentInProgress, c.now, c.now
			c.actOnDeployment(s, s.primary(), ecs.EventInfo, "SERVICE_DEPLOYMENT_IN_PROGRESS")
		case ecs.ServiceDeploymentStopRequested:
			d.Status, d.StoppedAt, d.FinishedAt, d.UpdatedAt = ecs.ServiceDeploymentStopped, c.now, c.now, c.now
			if d.CircuitBreaker.Status == "MONITORING" {
				d.CircuitBreaker.Status = "MONITORING_COMPLETE"
			}
		case ecs.ServiceDeploymentRollbackRequested:
			p := s.primary()
			p.State, p.UpdatedAt = ecs.RolloutFailed, c.now
			p.Reason = fmt.Sprintf("ECS deployment %s was stopped by a request to roll back.", p.ID)
			c.rollBack(s, a, reasonRequested)
		}
	}
}

// watchBreaker fails the PRIMARY when too many of its tasks failed (ECS
// semantics 4.9).
func (c *Cluster) watchBreaker(s *service) {
	p, b := s.primary(), s.Spec.DeploymentConfiguration.CircuitBreaker
	if !b.Enable || p.State != ecs.RolloutInProgress || p.Failed < rollout.BreakerThreshold(s.desired()) {
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
	a.Deployment.CircuitBreaker.Status = "TRIGGERED"
	switch {
	case p.Rollback:
		c.endAttempt(s, ecs.ServiceDeploymentRollbackFailed, a.Deployment.StatusReason)
	case b.Rollback:
		c.rollBack(s, a, reasonRolledBack)
	default:
		c.endAttempt(s, ecs.ServiceDeploymentStopped, reasonTripped)
	}
}

// rollBack makes the revision PRIMARY again that completed last. Its entry is
// taken where it still has tasks; else it gets a new one.
func (c *Cluster) rollBack(s *service, a *attempt, reason string) {
	revision := s.revision(s.Completed)
	if revision == nil || revision.ARN == s.primary().Revision {
		c.endAttempt(s, ecs.ServiceDeploymentRollbackFailed, reasonNoCandidate)
		return
	}
	c.demote(s.primary())
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
	}
	d.Attempt, d.Rollback = a.Deployment.ARN, true
	d.Reason = fmt.Sprintf("ECS deployment circuit breaker: rolling back to deploymentId %s.", d.ID)
	if reason == reasonRequested {
		d.Reason = fmt.Sprintf("ECS deployment rolling back to deploymentId %s.", d.ID)
	}
	s.Deployments = slices.Insert(s.Deployments, 0, d)
	s.Spec.TaskDefinition = revision.TaskDefinition
	s.Spec.LoadBalancers = append([]ecs.LoadBalancer{}, revision.LoadBalancers...) // [] is never null on the wire
	s.Spec.NetworkConfiguration, s.Spec.PlatformVersion = revision.NetworkConfiguration, revision.PlatformVersion
	a.Deployment.Status, a.Deployment.StatusReason = ecs.ServiceDeploymentRollbackInProgress, reason
	a.Deployment.UpdatedAt = c.now
	a.Deployment.Rollback = &ecs.DeploymentRollback{Reason: reason, StartedAt: c.now, ServiceRevisionARN: revision.ARN}
	c.event(s, "rolling back to deployment %s.", d.ID)
	c.actOnDeployment(s, d, ecs.EventInfo, "SERVICE_DEPLOYMENT_IN_PROGRESS")
}

// stopServiceDeployment rolls the service's deployment back (ECS semantics 4.16).
func (c *Cluster) stopServiceDeployment(cmd *StopServiceDeployment) error {
	s, a := c.findAttempt(cmd.ARN)
	if a == nil {
		return &ecs.Error{Code: "ServiceDeploymentNotFoundException", Message: "Service deployment not found."}
	}
	switch a.Deployment.Status {
	case ecs.ServiceDeploymentPending, ecs.ServiceDeploymentInProgress:
		a.Deployment.Status, a.Deployment.UpdatedAt = ecs.ServiceDeploymentRollbackRequested, c.now
		s.calm(c)
		c.wake(s, c.now.Add(PassDelay))
		return nil
	case ecs.ServiceDeploymentStopRequested, ecs.ServiceDeploymentRollbackRequested, ecs.ServiceDeploymentRollbackInProgress:
		return nil
	}
	return &ecs.Error{Code: ecs.CodeConflict, Message: fmt.Sprintf(
		"The service deployment cannot be stopped because its status is %s.", a.Deployment.Status)}
}

// complete ends the PRIMARY's rollout well.
func (c *Cluster) complete(s *service) {
	p := s.primary()
	if p.State != ecs.RolloutInProgress {
		return
	}
	p.State, p.UpdatedAt = ecs.RolloutCompleted, c.now
	p.Reason = fmt.Sprintf("ECS deployment %s completed.", p.ID)
	p.Failed = 0
	s.Completed = p.Revision
	status := ecs.ServiceDeploymentSuccessful
	if p.Rollback {
		status = ecs.ServiceDeploymentRollbackSuccessful
		p.Rollback = false
	}
	c.event(s, "(deployment %s) deployment completed.", p.ID)
	c.actOnDeployment(s, p, ecs.EventInfo, "SERVICE_DEPLOYMENT_COMPLETED")
	c.endAttempt(s, status, "")
}

// retire takes old deployments out that have nothing left. One that lost its
// tasks and would still replace them stays until the PRIMARY is complete.
func (c *Cluster) retire(s *service, complete bool) {
	s.Deployments = slices.DeleteFunc(s.Deployments, func(d *deployment) bool {
		done := complete || d.Wanted == 0 || d.State == ecs.RolloutFailed
		gone := d.Status != ecs.DeploymentPrimary && d.running+d.pending+d.draining == 0 && done
		if gone {
			d.Status = ecs.DeploymentInactive
		}
		return gone
	})
}

// forgetOld drops history older than 90 days, and revisions that nothing names.
func (c *Cluster) forgetOld(s *service) {
	s.History = slices.DeleteFunc(s.History, func(a *attempt) bool {
		return a.Deployment.Status.Ended() && a.Deployment.CreatedAt.Add(historyRetention).Before(c.now)
	})
	s.Revisions = slices.DeleteFunc(s.Revisions, func(r *ecs.ServiceRevision) bool {
		if !r.CreatedAt.Add(historyRetention).Before(c.now) || r.ARN == s.Completed {
			return false
		}
		for _, d := range s.Deployments {
			if d.Revision == r.ARN {
				return false
			}
		}
		c.let(r.TaskDefinition)
		return true
	})
}
