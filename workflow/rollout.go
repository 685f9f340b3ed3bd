package workflow

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
)

// rolloutWatch remembers what a list of deployments shows for a moment only.
type rolloutWatch struct {
	rollingBack ecs.DeploymentID // the deployment that takes ours back
	reason      string           // of our deployment's failure
	stopped     int              // how often the service deployment was seen to stop
}

// What ECS says when a deployment takes another one back (ECS semantics 4.7, 4.15).
const (
	saysRollingBack = "rolling back to deployment"
	saysNoCandidate = "No rollback candidate"
)

// see keeps what the service says of our deployment's end.
func (w *rolloutWatch) see(service ecs.Service, id ecs.DeploymentID) {
	ours := deployment(service, id)
	if ours != nil && ours.RolloutState == ecs.RolloutFailed {
		w.reason = ours.RolloutStateReason
	}
	primary := service.PrimaryDeployment()
	if primary == nil || primary.ID == id || w.rollingBack != "" {
		return
	}
	if strings.Contains(primary.RolloutStateReason, saysRollingBack) {
		w.rollingBack = primary.ID
		return
	}
	for _, e := range service.Events {
		if strings.Contains(e.Message, saysRollingBack+" "+string(primary.ID)) {
			w.rollingBack = primary.ID
			return
		}
	}
}

// outcomeOf reads the status machine of ECS semantics 4.16.
func (w *rolloutWatch) outcomeOf(d *ecs.ServiceDeployment, service ecs.Service, id ecs.DeploymentID) (Outcome, bool) {
	primary := service.PrimaryDeployment()
	replaced := primary != nil && primary.ID != id && w.rollingBack == ""
	switch d.Status {
	case ecs.ServiceDeploymentSuccessful:
		return Done, true
	case ecs.ServiceDeploymentRollbackSuccessful:
		return RolledBack, true
	case ecs.ServiceDeploymentRollbackFailed:
		return Failed, true
	case ecs.ServiceDeploymentStopped, ecs.ServiceDeploymentStopRequested:
		// A new deployment stops the one before it; a failure with no rollback stops
		// it too, and leaves it in its place.
		if replaced && d.Rollback == nil {
			return Superseded, true
		}
		// The service was looked at a moment before its deployment was: what took our
		// place may show itself only the next time.
		w.stopped++
		return Failed, d.Status == ecs.ServiceDeploymentStopped && (w.stopped > 1 || w.reason != "")
	}
	// It can also stall: failed, with nothing to go back to.
	ours := deployment(service, id)
	stalled := ours != nil && ours.Status == ecs.DeploymentPrimary && ours.RolloutState == ecs.RolloutFailed
	if stalled && (!service.DeploymentConfiguration.CircuitBreaker.Rollback || strings.Contains(d.StatusReason, saysNoCandidate)) {
		return Failed, true
	}
	return "", false
}

// outcomeByID does without service deployments: what became of the entry with our
// id in the service's list.
func (w *rolloutWatch) outcomeByID(service ecs.Service, id ecs.DeploymentID) (Outcome, bool) {
	primary := service.PrimaryDeployment()
	switch {
	case primary == nil:
		return "", false
	case primary.ID != id && w.rollingBack == primary.ID:
		if completed(service, primary) {
			return RolledBack, true
		}
		return Failed, primary.RolloutState == ecs.RolloutFailed
	case primary.ID != id:
		return Superseded, true
	case primary.RolloutState == ecs.RolloutFailed:
		// With rollback on, another deployment is about to take its place.
		return Failed, !service.DeploymentConfiguration.CircuitBreaker.Rollback
	}
	return Done, completed(service, primary)
}

// completed also serves endpoints that leave out the rollout state, such as ECS for
// a service behind a Classic Load Balancer (ECS semantics 4.7).
func completed(service ecs.Service, primary *ecs.Deployment) bool {
	if primary.RolloutState != "" {
		return primary.RolloutState == ecs.RolloutCompleted
	}
	return steady(service)
}

// steady is the resting state: one deployment, all of its tasks and no others.
func steady(service ecs.Service) bool {
	return len(service.Deployments) <= 1 && service.RunningCount == service.DesiredCount && service.PendingCount == 0
}

func deployment(service ecs.Service, id ecs.DeploymentID) *ecs.Deployment {
	for i := range service.Deployments {
		if service.Deployments[i].ID == id {
			return &service.Deployments[i]
		}
	}
	return nil
}

// A deployment and its service deployment are made together, but in two places with
// two clocks: the one in the list may be this much older or younger than ours.
const (
	madeEarlier = 2 * time.Second
	madeLater   = 30 * time.Second
)

// nearestTo is the service deployment that was made closest to a moment, other than
// the one that was there before.
func nearestTo(list []ecs.ServiceDeployment, at time.Time, before ecs.ARN) *ecs.ServiceDeployment {
	var nearest *ecs.ServiceDeployment
	for i := range list {
		d := &list[i]
		if d.ARN == before || d.CreatedAt.Before(at.Add(-madeEarlier)) || d.CreatedAt.After(at.Add(madeLater)) {
			continue
		}
		if nearest == nil || d.CreatedAt.Sub(at).Abs() < nearest.CreatedAt.Sub(at).Abs() {
			nearest = d
		}
	}
	return nearest
}

func (p *pursuit) listInput() *awsecs.ListServiceDeploymentsInput {
	return &awsecs.ListServiceDeploymentsInput{Cluster: optional(p.cluster), Service: aws.String(p.service)}
}

// whyFailed is the best sentence there is about our deployment's end.
func (p *pursuit) whyFailed() string {
	switch {
	case p.deployment != nil && p.deployment.Rollback != nil && p.deployment.Rollback.Reason != "":
		return p.deployment.Rollback.Reason
	case p.deployment != nil && p.deployment.StatusReason != "":
		return p.deployment.StatusReason
	case p.rollout.reason != "":
		return p.rollout.reason
	}
	return ""
}

// failed is the sentence of a deployment that failed. Where its rollback failed
// too, the reason that ECS gives is that of the rollback's beginning.
func (p *pursuit) failed(service *ecs.Service) string {
	text := fmt.Sprintf("the deployment of service %s failed", service.Name)
	if p.deployment == nil || p.deployment.Status != ecs.ServiceDeploymentRollbackFailed {
		return because(text, p.whyFailed())
	}
	reason := p.whyFailed()
	if reason == "" {
		reason = "no reason is given"
	}
	return fmt.Sprintf("%s, and its rollback failed, too (%d of %d tasks run): %s", text, service.RunningCount, service.DesiredCount, strings.TrimSuffix(reason, "."))
}

// because adds a reason to a sentence, where there is one.
func because(sentence, reason string) string {
	if reason == "" {
		return sentence
	}
	return fmt.Sprintf("%s: %s", sentence, strings.TrimSuffix(reason, "."))
}
