package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/lifecycle"
)

// The texts of a deployment that an alarm failed. The event is ECS's (ECS
// semantics 4.15); the other two are not published and follow the breaker's.
const (
	reasonAlarm           = "ECS deployment failed: alarm detected."
	reasonAlarmRolledBack = "Service deployment rolled back because an alarm was detected in the ALARM state."
	reasonAlarmStopped    = "Service deployment stopped because an alarm was detected in the ALARM state."
)

// computedBake is the bake time of a rolling deployment with alarms that does
// not set one. ECS works it out from the alarms and says only that it is under
// about five minutes (ECS semantics 4.9 [DG: How CloudWatch alarms detect Amazon
// ECS deployment failures]).
const computedBake = 5 * time.Minute

// beginAlarms begins the watch over the alarms of a new service deployment. One
// that is in ALARM already is not watched (ECS semantics 4.9).
func (c *Cluster) beginAlarms(a *attempt) {
	set := a.Deployment.DeploymentConfiguration.Alarms
	if set == nil {
		return
	}
	a.Deployment.Alarms = &ecs.ServiceDeploymentAlarms{Status: ecs.MonitorDisabled, AlarmNames: slices.Clone(set.AlarmNames)}
	if !set.Enable {
		return
	}
	for _, name := range set.AlarmNames {
		if c.alarms[name] != ecs.AlarmAlarm {
			a.Watched = append(a.Watched, name)
		}
	}
	if len(a.Watched) > 0 {
		a.Deployment.Alarms.Status = ecs.MonitorMonitoring
	}
}

// setAlarmState takes the news of a CloudWatch alarm.
func (c *Cluster) setAlarmState(cmd *SetAlarmState) error {
	switch cmd.State {
	case ecs.AlarmOK, ecs.AlarmAlarm, ecs.AlarmInsufficientData:
	default:
		return invalid("state should be one of [OK,ALARM,INSUFFICIENT_DATA]")
	}
	if cmd.Name == "" {
		return invalid("The alarm name can not be blank.")
	}
	c.noteAlarm(cmd.Name, cmd.State)
	return nil
}

// noteAlarm keeps the state of an alarm, and lets the deployments know that
// watch it: an alarm that is over before they look has triggered all the same.
func (c *Cluster) noteAlarm(name string, state ecs.AlarmState) {
	c.alarms[name] = state
	if state != ecs.AlarmAlarm {
		return
	}
	for _, s := range c.serviceList() {
		a := s.currentAttempt()
		if a == nil || !a.watches(name) {
			continue
		}
		if m := a.Deployment.Alarms; !slices.Contains(m.TriggeredAlarmNames, name) {
			m.TriggeredAlarmNames = append(m.TriggeredAlarmNames, name)
			c.wake(s, c.now.Add(PassDelay))
		}
	}
}

// watches reports whether the alarm can still fail the service deployment.
func (a *attempt) watches(name string) bool {
	m := a.Deployment.Alarms
	return m != nil && m.Status == ecs.MonitorMonitoring && slices.Contains(a.Watched, name) &&
		(a.Deployment.Status == ecs.ServiceDeploymentPending || a.Deployment.Status == ecs.ServiceDeploymentInProgress)
}

// watchAlarms fails the PRIMARY when an alarm went off that it watches (ECS
// semantics 4.9).
func (c *Cluster) watchAlarms(s *service) {
	a, p := s.currentAttempt(), s.primary()
	if a == nil || p.State != ecs.RolloutInProgress || a.Deployment.Status != ecs.ServiceDeploymentInProgress {
		return
	}
	m := a.Deployment.Alarms
	if m == nil || m.Status != ecs.MonitorMonitoring || len(m.TriggeredAlarmNames) == 0 {
		return
	}
	p.State, p.Reason, p.UpdatedAt = ecs.RolloutFailed, reasonAlarm, c.now
	c.event(s, "(deployment %s) deployment failed: alarm detected.", p.ID)
	c.actOnDeployment(s, p, ecs.EventError, "SERVICE_DEPLOYMENT_FAILED")
	c.over(s, standingThrottled)
	m.Status = ecs.MonitorTriggered
	if a.Deployment.DeploymentConfiguration.Alarms.Rollback {
		c.rollBack(s, a, lifecycle.AlarmDetected, reasonAlarmRolledBack)
		return
	}
	c.endAttempt(s, ecs.ServiceDeploymentStopped, reasonAlarmStopped)
}

// bakes reports whether the tasks of a rolling deployment are up and its alarms
// are still watched for the bake time (ECS semantics 4.9). Blue/green ones have
// a stage for it.
func (c *Cluster) bakes(s *service) bool {
	a, p := s.currentAttempt(), s.primary()
	if a == nil || a.Shift != nil || p.Rollback || p.State != ecs.RolloutInProgress || a.Deployment.Status.Ended() {
		return false
	}
	m := a.Deployment.Alarms
	if m == nil || m.Status != ecs.MonitorMonitoring {
		return false
	}
	if a.BakeUntil.IsZero() {
		bake := time.Duration(a.Deployment.DeploymentConfiguration.BakeTimeInMinutes) * time.Minute
		if bake == 0 {
			bake = computedBake
		}
		a.BakeUntil = c.now.Add(bake)
		c.scheduleStage(s)
	}
	return c.now.Before(a.BakeUntil)
}
