package scheduler

import (
	"encoding/json"
	"fmt"
	"slices"

	"gantry/ecs"
)

func scalingReason(d *deployment) string {
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
	blue := s.production()
	a := &attempt{Entry: d.ID, Deployment: ecs.ServiceDeployment{
		ARN:        ecs.ServiceDeploymentARN(c.cfg.Scope, c.cfg.Name, s.Spec.Name, c.id21(s.key("attempt", s.DeploymentOrdinal)...)),
		ServiceARN: s.Spec.ARN, ClusterARN: s.Spec.ClusterARN,
		Status:                  ecs.ServiceDeploymentPending,
		SourceServiceRevisions:  sources,
		TargetServiceRevision:   &ecs.ServiceRevisionSummary{ARN: revision.ARN, RequestedTaskCount: s.Spec.DesiredCount},
		DeploymentConfiguration: s.Spec.DeploymentConfiguration,
		CreatedAt:               c.now, UpdatedAt: c.now,
	}}
	d.Attempt = a.Deployment.ARN
	a.Deployment.CircuitBreaker = newBreaker(s)
	c.beginAlarms(a)
	if len(s.Deployments) > 0 {
		c.supersede(s, a)
	}
	if a.shifts() {
		c.beginShift(s, a, d, blue)
	}
	s.History = slices.Insert(s.History, 0, a)
	s.Deployments = slices.Insert(s.Deployments, 0, d)
	s.Spec.TaskDefinition = def.ARN
	c.forgetOld(s)
	c.scheduleStage(s)
	c.over(s, standingSteady)
	c.over(s, standingBlocked)
	c.over(s, standingThrottled)
	c.over(s, standingPlacement) // another revision is another cause
	c.over(s, standingGivenUp)
	c.overBalance(s)
	c.wake(s, c.now.Add(PassDelay))
}

func (c *Cluster) newRevision(s *service, def *ecs.TaskDefinition) *ecs.ServiceRevision {
	r := &ecs.ServiceRevision{
		ARN:        ecs.ServiceRevisionARN(c.cfg.Scope, c.cfg.Name, s.Spec.Name, c.digits19(s.key("revision", s.DeploymentOrdinal)...)),
		ServiceARN: s.Spec.ARN, ClusterARN: s.Spec.ClusterARN, TaskDefinition: def.ARN,
		LaunchType: s.Spec.LaunchType, CapacityProviderStrategy: s.Spec.CapacityProviderStrategy,
		PlatformVersion: s.Spec.PlatformVersion, NetworkConfiguration: s.Spec.NetworkConfiguration,
		LoadBalancers: s.Spec.LoadBalancers, ServiceRegistries: s.Spec.ServiceRegistries,
		ContainerImages: []ecs.ContainerImage{}, CreatedAt: c.now,
		RevisionConfiguration: s.Spec.RevisionConfiguration,
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
	d := &deployment{
		ID: id, Status: ecs.DeploymentPrimary, Definition: r.TaskDefinition, Revision: r.ARN,
		State: ecs.RolloutInProgress, Reason: fmt.Sprintf("ECS deployment %s in progress.", id),
		CreatedAt: c.now, UpdatedAt: c.now,
	}
	d.balance(r)
	return d
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
// tasks and would still replace them stays until the PRIMARY is complete, as does
// a blue without tasks: it is scaled with its service as long as it has traffic.
func (c *Cluster) retire(s *service, complete bool) {
	before := len(s.Deployments)
	s.Deployments = slices.DeleteFunc(s.Deployments, func(d *deployment) bool {
		done := complete || (d.Wanted == 0 || d.State == ecs.RolloutFailed) && !s.isBlue(d)
		gone := d.Status != ecs.DeploymentPrimary && d.running+d.pending+d.draining == 0 && done
		if gone {
			d.Status = ecs.DeploymentInactive
		}
		return gone
	})
	if len(s.Deployments) < before {
		s.part()
	}
}

// part parts tasks that are on their way out from deployments which the service
// no longer has: what becomes of such a task is no news of its revision.
func (s *service) part() {
	for _, t := range s.live {
		if t.dep != nil && t.dep.Status == ecs.DeploymentInactive {
			t.dep = nil
		}
	}
}
