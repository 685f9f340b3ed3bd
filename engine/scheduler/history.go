package scheduler

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/lifecycle"
)

// The texts of ECS semantics 4.16. ECS does not publish those of a stop without
// rollback; ours follow the pattern of the others.
const (
	reasonSuperseded = "Service deployment stopped because the newer service deployment %s was started."
	reasonAborted    = "Service deployment stopped because a stop was requested."
	reasonDeleted    = "Service deployment stopped because the service was deleted."
)

// supersede makes the PRIMARY an old deployment: it keeps what is RUNNING, and
// its own attempt, if it still runs, is asked to stop, and says for whom.
func (c *Cluster) supersede(s *service, by *attempt) {
	if a := s.currentAttempt(); a != nil && !a.Deployment.Status.Ended() {
		a.Deployment.Status = ecs.ServiceDeploymentStopRequested
		a.Deployment.StatusReason = fmt.Sprintf(reasonSuperseded, by.Deployment.ARN.Short())
		a.Deployment.UpdatedAt = c.now
		a.SupersededBy = by.Deployment.ARN
		c.freeze(s, a)
		if a.Shift != nil {
			a.Shift.State.Stop(c.now)
		}
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
		d.SourceServiceRevisions[i] = s.summaryOf(a, r.ARN)
	}
	target := s.summaryOf(a, d.TargetServiceRevision.ARN)
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
	a.unwatched()
	if a.Shift != nil {
		a.Shift.State.Stop(c.now)
	}
	c.scheduleStage(s)
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
			if p := s.primary(); p.Attempt == d.ARN { // nothing superseded it
				p.State, p.UpdatedAt = ecs.RolloutFailed, c.now
				p.Reason = fmt.Sprintf("ECS deployment %s was stopped.", p.ID)
				c.end(s, a, ecs.ServiceDeploymentStopped, reasonAborted)
				continue
			}
			d.Status, d.StoppedAt, d.FinishedAt, d.UpdatedAt = ecs.ServiceDeploymentStopped, c.now, c.now, c.now
			a.unwatched()
		case ecs.ServiceDeploymentRollbackRequested:
			p := s.primary()
			p.State, p.UpdatedAt = ecs.RolloutFailed, c.now
			p.Reason = fmt.Sprintf("ECS deployment %s was stopped by a request to roll back.", p.ID)
			c.rollBack(s, a, lifecycle.Requested, reasonRequested)
		}
	}
}

// unwatched ends the watch of the breaker and of the alarms, unless they have
// triggered.
func (a *attempt) unwatched() {
	if b := &a.Deployment.CircuitBreaker; b.Status == ecs.MonitorMonitoring {
		b.Status = ecs.MonitorComplete
	}
	if m := a.Deployment.Alarms; m != nil && m.Status == ecs.MonitorMonitoring {
		m.Status = ecs.MonitorComplete
	}
}

// old reports that history is no longer told: it ended, and began 90 days ago.
func (a *attempt) old(now time.Time) bool {
	return a.Deployment.Status.Ended() && a.Deployment.CreatedAt.Add(historyRetention).Before(now)
}

// forgetOld drops history older than 90 days, and revisions that nothing names.
func (c *Cluster) forgetOld(s *service) {
	s.History = slices.DeleteFunc(s.History, func(a *attempt) bool { return a.old(c.now) })
	s.Revisions = slices.DeleteFunc(s.Revisions, func(r *ecs.ServiceRevision) bool {
		if !r.CreatedAt.Add(historyRetention).Before(c.now) || r.ARN == s.Completed {
			return false
		}
		for _, d := range s.Deployments {
			if d.Revision == r.ARN {
				return false
			}
		}
		if slices.ContainsFunc(s.History, func(a *attempt) bool { return a.names(r.ARN) }) {
			return false
		}
		c.let(r.TaskDefinition)
		return true
	})
}

// names reports whether a service deployment is from, to or back to the revision.
func (a *attempt) names(revision ecs.ARN) bool {
	d := &a.Deployment
	return d.TargetServiceRevision.ARN == revision || a.Shift != nil && a.Shift.Blue == revision ||
		d.Rollback != nil && d.Rollback.ServiceRevisionARN == revision ||
		slices.ContainsFunc(d.SourceServiceRevisions, func(r ecs.ServiceRevisionSummary) bool { return r.ARN == revision })
}
