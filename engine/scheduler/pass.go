package scheduler

import (
	"gantry/ecs"
	"gantry/engine/rollout"
)

// pass is one look of the service scheduler at a service, in the order of ECS
// semantics 13.3: news about health, circuit breaker, starts, stops, the end of
// deployments, and what there is to tell.
func (c *Cluster) pass(s *service) {
	switch {
	case s.Spec.Status == ecs.ServiceInactive:
		return
	case s.Spec.Status == ecs.ServiceDraining:
		c.passDraining(s)
		return
	case s.external():
		c.passExternal(s)
		return
	}
	c.attempts(s)
	c.registerTargets(s)
	c.deregisterTargets(s)
	c.retire(s, false)
	s.setApart()
	t := c.tally(s)
	c.noteHealth(s)
	before := s.primary()
	c.watchBreaker(s)
	c.watchAlarms(s)
	if c.goOn(s) || s.primary() != before || before.State == ecs.RolloutFailed {
		s.setApart()
		t = c.tally(s)
	}
	if s.Spec.SchedulingStrategy == ecs.Daemon {
		c.passDaemon(s, t)
		return
	}
	started := c.startTasks(s, t)
	if started > 0 {
		t = c.tally(s)
	}
	stopped := c.stopTasks(s, t)
	if stopped > 0 {
		t = c.tally(s)
	}
	c.conclude(s, t, started+stopped > 0)
	c.wakeAgain(s, t, stopped > 0)
}

// desired is the desired count of the service; that of a DAEMON service is the
// number of container instances it fits.
func (s *service) desired() int {
	if s.Spec.SchedulingStrategy == ecs.Daemon {
		return s.Fits
	}
	return s.Spec.DesiredCount
}

// conclude ends deployments and tells what lasts. A pass that started or
// stopped tasks ends nothing: that is for the next one, as the distance between
// ECS's own events shows (ECS semantics 4.3).
func (c *Cluster) conclude(s *service, t *tally, moved bool) {
	complete := !moved && t.Complete() && !s.drains() && s.through()
	if !complete {
		c.over(s, standingSteady) // it is told again when it is reached again
	}
	if complete {
		c.retire(s, true)
		c.over(s, standingBlocked)
		c.over(s, standingPlacement)
		c.over(s, standingGivenUp)
		c.over(s, standingLimit)
		c.over(s, standingThrottled)
		delete(c.waiting, s.Spec.Name)
		if c.bakes(s) {
			return
		}
		c.complete(s)
		if c.rebalance(s, t) {
			c.over(s, standingSteady)
			return
		}
		c.over(s, standingOperations)
		if c.tell(s, standingSteady, "has reached a steady state.") {
			c.tellAction(s, standingSteady, ecs.ActionDetail{Type: ecs.EventInfo, Name: "SERVICE_STEADY_STATE"})
			c.actOnProviders(s)
		}
		return
	}
	if s.succeedsEarly(t) && !c.bakes(s) {
		c.complete(s)
	}
	switch {
	case moved || s.held():
		c.over(s, standingBlocked)
	case t.Blocked():
		blocked := boundsWait(t)
		c.tell(s, standingBlocked, "%s", blocked.Event())
	case t.Bounds.Upper > t.Total():
		c.over(s, standingBlocked)
	}
	c.noteBackOff(s, s.primary().backsOff())
}

// backsOff reports that tasks of the deployment ended before they ran, again and
// again, and that it is not given up.
func (d *deployment) backsOff() bool {
	return d.Round >= rollout.FreeRounds && d.State == ecs.RolloutInProgress
}

// noteBackOff notes whether tasks of the service do not start, over and over, and
// tells it (ECS semantics 4.10). In the stream the task sets are named that it is
// about.
func (c *Cluster) noteBackOff(s *service, backsOff bool, sets ...ecs.ARN) {
	if !backsOff {
		c.over(s, standingThrottled)
		return
	}
	w := Wait{Kind: WaitBackOff}
	if c.tell(s, standingThrottled, "%s", w.Event()) {
		c.tellAction(s, standingThrottled, ecs.ActionDetail{Type: ecs.EventWarn, Name: "SERVICE_TASK_START_IMPAIRED", TaskSetARNs: sets})
	}
}

// wakeAgain asks for the next pass, where time alone makes one worth while.
func (c *Cluster) wakeAgain(s *service, t *tally, stopped bool) {
	at := t.matures
	if !at.IsZero() {
		at = at.Add(PassDelay)
	}
	if stopped {
		at = earlier(at, c.now.Add(PassDelay)) // a start may have room now
	}
	for i, d := range s.Deployments {
		if t.Deployments[i].Held {
			at = earlier(at, d.NotBefore)
		}
	}
	if n, until := c.launchable(s); n == 0 && len(s.Deployments) > 0 && t.Short(0) > 0 {
		at = earlier(at, until)
	}
	if !at.IsZero() {
		c.wake(s, at)
	}
}
