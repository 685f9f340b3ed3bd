package report

import (
	"fmt"

	"gantry/ecs"
)

// Deployments lists the entries of a service's deployments.
func (p Printer) Deployments(deployments []ecs.Deployment) {
	rows := make([][]string, 0, len(deployments))
	for _, d := range deployments {
		rows = append(rows, []string{
			string(d.ID), p.Style.Status(string(d.Status)), d.TaskDefinition.Short(), fmt.Sprint(d.DesiredCount), fmt.Sprint(d.RunningCount),
			fmt.Sprint(d.PendingCount), fmt.Sprint(d.FailedTasks), p.Style.Status(orDash(string(d.RolloutState))), Age(p.Now, d.CreatedAt), orDash(d.RolloutStateReason),
		})
	}
	p.list([]string{"DEPLOYMENT", "STATUS", "TASK DEFINITION", "DESIRED", "RUNNING", "PENDING", "FAILED", "ROLLOUT", "AGE", "REASON"}, rows, "deployments")
}

// ServiceDeployment describes one entry of a service's history.
func (p Printer) ServiceDeployment(d *ecs.ServiceDeployment) {
	rollback := ""
	if d.Rollback != nil {
		rollback = fmt.Sprintf("to %s: %s", d.Rollback.ServiceRevisionARN.Short(), d.Rollback.Reason)
	}
	target := ""
	if t := d.TargetServiceRevision; t != nil {
		target = fmt.Sprintf("%s: %d requested, %d running, %d pending", t.ARN.Short(), t.RequestedTaskCount, t.RunningTaskCount, t.PendingTaskCount)
	}
	breaker := d.CircuitBreaker.Status
	if d.CircuitBreaker.Threshold > 0 {
		breaker = fmt.Sprintf("%s, %d of %d failures", breaker, d.CircuitBreaker.FailureCount, d.CircuitBreaker.Threshold)
	}
	p.pairs(
		"deployment", p.Style.Bold(string(d.ARN)),
		"service", d.ServiceARN.Short(),
		"status", p.Style.Status(string(d.Status)),
		"reason", d.StatusReason,
		"target revision", target,
		"strategy", strategy(d.DeploymentConfiguration),
		"bake time", bakeTime(d.DeploymentConfiguration),
		"stage", stage(d),
		"minimum/maximum %", percents(d.DeploymentConfiguration),
		"circuit breaker", breaker,
		"rollback", rollback,
		"created", ago(p.Now, d.CreatedAt),
		"finished", ago(p.Now, d.FinishedAt),
	)
}

// strategy is how a deployment shifts traffic; "" for one that does not.
func strategy(c ecs.DeploymentConfiguration) string {
	switch {
	case !c.ShiftsTraffic():
		return ""
	case c.Linear != nil:
		return fmt.Sprintf("%s, %g %% more of the traffic every %s", c.Strategy, c.Linear.StepPercent, Count(c.Linear.StepBakeTimeInMinutes, "minute"))
	case c.Canary != nil:
		return fmt.Sprintf("%s, %g %% of the traffic first, for %s", c.Strategy, c.Canary.CanaryPercent, Count(c.Canary.CanaryBakeTimeInMinutes, "minute"))
	}
	return c.Strategy
}

// bakeTime is how long both revisions stay after the traffic has shifted; a rolling
// deployment has one for its alarms only.
func bakeTime(c ecs.DeploymentConfiguration) string {
	if !c.ShiftsTraffic() && c.BakeTimeInMinutes == 0 {
		return ""
	}
	return Count(c.BakeTimeInMinutes, "minute")
}

// stage is where a deployment that goes through stages is, or "".
func stage(d *ecs.ServiceDeployment) string {
	if d == nil || d.LifecycleStage == "" || d.Status.Ended() {
		return ""
	}
	text := string(d.LifecycleStage)
	if t := d.TargetServiceRevision; t != nil && t.ProductionTrafficWeight != nil {
		text += fmt.Sprintf(", %g %% of the production traffic on the new revision", *t.ProductionTrafficWeight)
	}
	if d.LifecycleStage == ecs.StageBakeTime {
		text += ", for " + bakeTime(d.DeploymentConfiguration)
	}
	return text
}
