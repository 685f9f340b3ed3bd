package scheduler

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/lifecycle"
	"gantry/engine/rollout"
)

// shift is what a service deployment remembers that shifts traffic from blue,
// the revision that had it, to green, the revision that it brings (ECS semantics
// 4.17).
type shift struct {
	State lifecycle.State `json:"state"`
	Blue  ecs.ARN         `json:"blue,omitempty"` // service revision; "" for the first deployment
}

// shifts reports whether the service deployment goes through lifecycle stages.
func (a *attempt) shifts() bool {
	return a.Deployment.DeploymentConfiguration.ShiftsTraffic()
}

func (a *attempt) plan() lifecycle.Plan {
	return lifecycle.PlanOf(&a.Deployment.DeploymentConfiguration, a.Shift.State.First)
}

// production is the deployment that a new one takes the production traffic from:
// blue as long as a deployment that shifts traffic has not let it go, else the
// one that completed last, else whatever runs. Where nothing does it is the first
// of these without tasks, as the desired count has it, or nil.
func (s *service) production() *deployment {
	if len(s.Deployments) == 0 {
		return nil
	}
	revision := s.Completed
	if a := s.currentAttempt(); a != nil && a.Shift != nil && !a.Shift.State.Ended {
		revision = a.Shift.Blue
		if !a.Shift.State.BlueWanted() {
			revision = a.Deployment.TargetServiceRevision.ARN
		}
	}
	for _, d := range s.Deployments {
		if d.Revision == revision && d.running+d.pending > 0 {
			return d
		}
	}
	for _, d := range s.Deployments {
		if d.running > 0 {
			return d
		}
	}
	if i := slices.IndexFunc(s.Deployments, func(d *deployment) bool { return d.Revision == revision }); i >= 0 && revision == s.Completed {
		return s.Deployments[i]
	}
	return nil
}

// beginShift begins the stages of a new service deployment. Green registers with
// the target group that blue does not use.
func (c *Cluster) beginShift(s *service, a *attempt, green, blue *deployment) {
	others := false
	for _, d := range s.Deployments {
		others = others || d != blue && d.running+d.pending > 0
	}
	a.Shift = &shift{State: lifecycle.Start(c.now, blue == nil, others)}
	if blue != nil {
		a.Shift.Blue = blue.Revision
		green.Alternate = !blue.Alternate
		green.balance(s.revision(green.Revision))
	}
}

// balance says what the tasks of a deployment register with: the target groups
// of its revision's load balancers, or their alternates, and its registries.
func (d *deployment) balance(r *ecs.ServiceRevision) {
	d.balancers, d.registries = r.LoadBalancers, r.ServiceRegistries
	d.discovered = len(r.ServiceRegistries) > 0 || r.ServiceConnectEnabled()
	if !d.Alternate {
		return
	}
	d.balancers = slices.Clone(r.LoadBalancers)
	for i := range d.balancers {
		if a := d.balancers[i].Advanced; a != nil && a.AlternateTargetGroupARN != "" {
			d.balancers[i].TargetGroupARN = a.AlternateTargetGroupARN
		}
	}
}

// apart reports whether the deployments of the service stand side by side: they
// do while traffic is shifted, and when that was given up without a way back.
func (s *service) apart() bool {
	a := s.currentAttempt()
	return a != nil && a.Shift != nil && (!a.Deployment.Status.Ended() || len(s.Deployments) > 1)
}

// setApart notes how many tasks each of the deployments keeps, while they stand
// side by side. It is for passes: whoever only reads asks wantedApart.
func (s *service) setApart() {
	if !s.apart() {
		return
	}
	for _, d := range s.Deployments {
		d.Wanted = s.wantedApart(d)
	}
}

// wantedApart is how many tasks a deployment keeps that stands beside another one.
func (s *service) wantedApart(d *deployment) int {
	a := s.currentAttempt()
	switch {
	case d.Revision == a.Deployment.TargetServiceRevision.ARN:
		return wantedIf(a.Shift.State.GreenWanted(), s.desired())
	case d.Revision != a.Shift.Blue:
		return 0
	case d.Status == ecs.DeploymentPrimary || d.Revision == s.Completed:
		return wantedIf(a.Shift.State.BlueWanted(), s.desired())
	}
	return wantedIf(a.Shift.State.BlueWanted(), min(d.Wanted, s.desired())) // it never completed: it keeps what it has
}

func wantedIf(wanted bool, n int) int {
	if wanted {
		return n
	}
	return 0
}

// standApart sets up the arithmetic of deployments that stand side by side.
func (s *service) standApart(t *rollout.Service) {
	if !s.apart() {
		return
	}
	t.Apart = true
	d := s.Spec.DeploymentConfiguration
	for i := range t.Deployments {
		x := &t.Deployments[i]
		x.Wanted = s.wantedApart(s.Deployments[i])
		x.Bounds = rollout.BoundsOf(x.Wanted, d.MinimumHealthyPercent, d.MaximumPercent)
	}
}

// facts are what the stages of a service deployment depend on.
func (c *Cluster) facts(s *service, a *attempt) *lifecycle.Facts {
	f := &lifecycle.Facts{Now: c.now, Alone: true, Cleaned: true, NewID: func(kind string, nth int) string {
		return c.hookID(a, kind, nth)
	}}
	back := a.Shift.State.RollingBack()
	for _, d := range s.Deployments {
		green, blue := d.Revision == a.Deployment.TargetServiceRevision.ARN, d.Revision == a.Shift.Blue
		up := d.census.staying[healthy]+d.census.leaving[healthy] >= s.desired()
		f.GreenUp = f.GreenUp || green && up
		f.BlueUp = f.BlueUp || blue && up
		there := d.running+d.pending > 0
		f.Alone = f.Alone && (green || blue || !there)
		f.Cleaned = f.Cleaned && (green && !back || blue && back || !there)
	}
	return f
}

// goOn moves the stages of the service's deployment on, as far as they go now,
// and reports whether they did.
func (c *Cluster) goOn(s *service) bool {
	a := s.currentAttempt()
	if a == nil || a.Shift == nil || a.Deployment.Status.Ended() {
		return false
	}
	st, p := &a.Shift.State, a.plan()
	failed, stage := st.Failure, st.Stage
	for _, hook := range st.Advance(&p, c.facts(s, a)) {
		c.invoke(s, a, hook)
	}
	if s.cleansUp() {
		a.unwatched()
	}
	if st.Failure != nil && failed == nil {
		c.failShift(s, a)
	}
	c.scheduleStage(s)
	if st.Stage == stage {
		return false
	}
	a.Deployment.UpdatedAt = c.now
	return true
}

// cleansUp reports that the service's deployment has let blue go: neither its
// circuit breaker nor its alarms are watched any more.
func (s *service) cleansUp() bool {
	a := s.currentAttempt()
	return a != nil && a.Shift != nil && a.Shift.State.LetGo && !a.Shift.State.RollingBack()
}

// isBlue reports that traffic is being shifted away from the deployment, and that
// it was not let go.
func (s *service) isBlue(d *deployment) bool {
	a := s.currentAttempt()
	return a != nil && a.Shift != nil && !a.Shift.State.Ended && a.Shift.Blue == d.Revision && a.Shift.State.BlueWanted()
}

// through reports that the service's deployment has no stage before it any more.
func (s *service) through() bool {
	a := s.currentAttempt()
	return a == nil || a.Shift == nil || a.Shift.State.Ended
}

// failShift ends what the stages themselves gave up, and rolls it back.
func (c *Cluster) failShift(s *service, a *attempt) {
	p := s.primary()
	why := becauseOf(a.Shift.State.Failure)
	if a.Shift.State.First {
		why = "Service deployment stopped because " + why // there is nothing before it
	} else {
		why = "Service deployment rolled back because " + why
	}
	p.State, p.Reason, p.UpdatedAt = ecs.RolloutFailed, "ECS deployment failed: "+why, c.now
	c.event(s, "deployment failed: %s", why)
	c.actOnDeployment(s, p, ecs.EventError, "SERVICE_DEPLOYMENT_FAILED")
	c.over(s, standingThrottled)
	c.rollBack(s, a, a.Shift.State.Failure.Cause, why)
}

// becauseOf is a failure as the end of a sentence. That of hooks is ECS's (ECS
// semantics 4.15); the others follow it.
func becauseOf(f *lifecycle.Failure) string {
	switch f.Cause {
	case lifecycle.HookFailed:
		return fmt.Sprintf("%s lifecycle hook(s) failed.", f.Stage)
	case lifecycle.HookTimedOut:
		return fmt.Sprintf("%s lifecycle hook(s) timed out.", f.Stage)
	case lifecycle.StageTimedOut:
		return fmt.Sprintf("the %s lifecycle stage timed out.", f.Stage)
	case lifecycle.DeploymentTimedOut:
		return "it took longer than 30 days."
	}
	return "a rollback was requested."
}

// turnBack sends the stages back to blue, if there are any and they are not on
// the way already.
func (c *Cluster) turnBack(s *service, a *attempt, cause lifecycle.Cause) {
	a.BakeUntil = time.Time{}
	if a.Shift != nil {
		p := a.plan()
		a.Shift.State.RollBack(cause, &p, c.facts(s, a))
	}
	c.scheduleStage(s)
}

// scheduleStage sets when time alone moves the service's deployment on: a stage
// or a bake time is over, a hook expires.
func (c *Cluster) scheduleStage(s *service) {
	at, guarded := time.Time{}, false
	if a := s.currentAttempt(); a != nil && !a.Deployment.Status.Ended() && s.Spec.Status == ecs.ServiceActive {
		switch {
		case a.Shift != nil:
			p := a.plan()
			at, guarded = a.Shift.State.Due(&p, c.now)
		case a.BakeUntil.After(c.now):
			at = a.BakeUntil
		}
	}
	s.StageAt, s.StageGuarded = at, guarded
	c.set(timerStage, string(s.Spec.Name), at, guarded)
}

// weights are the per cent of the test and of the production traffic that a
// revision gets, nil where none is shifted. ECS tells them of services without a
// load balancer too, or so we take it.
func (a *attempt) weights(revision ecs.ARN) (test, production *float64) {
	if a.Shift == nil {
		return nil, nil
	}
	t, p := 0.0, 0.0
	switch st := &a.Shift.State; revision {
	case a.Deployment.TargetServiceRevision.ARN:
		t, p = st.Test, st.Production
	case a.Shift.Blue:
		t, p = 100-st.Test, 100-st.Production
	}
	return &t, &p
}

// summaryOf counts the tasks of a revision, with the traffic that it has in a
// service deployment.
func (s *service) summaryOf(a *attempt, revision ecs.ARN) ecs.ServiceRevisionSummary {
	out := s.summary(revision)
	out.TestTrafficWeight, out.ProductionTrafficWeight = a.weights(revision)
	return out
}
