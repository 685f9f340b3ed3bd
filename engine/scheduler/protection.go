package scheduler

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// How long a task may be protected (ECS semantics 11 [API:UpdateTaskProtection]).
const (
	protectedUsually = 120
	protectedAtMost  = 2880
	protectedAtOnce  = 10 // tasks of one call
)

// The reasons of a task that cannot be protected (ECS semantics 8.5).
const (
	taskNotValid      = "TASK_NOT_VALID"
	deploymentBlocked = "DEPLOYMENT_BLOCKED"
)

// updateTaskProtection protects tasks from scale-in and deployments, or ends
// that.
func (c *Cluster) updateTaskProtection(cmd *UpdateTaskProtection) (Outcome, error) {
	minutes := protectedUsually
	if cmd.ExpiresInMinutes != nil {
		minutes = *cmd.ExpiresInMinutes
	}
	switch n := len(cmd.Tasks); {
	case n < 1 || n > protectedAtOnce:
		return Outcome{}, invalid(fmt.Sprintf("tasks should have between 1 and %d items, but had %d.", protectedAtOnce, n))
	case cmd.ProtectionEnabled && (minutes < 1 || minutes > protectedAtMost):
		return Outcome{}, invalid(fmt.Sprintf("expiresInMinutes must be between 1 and %d, but was %d.", protectedAtMost, minutes))
	}
	var out Outcome
	for _, id := range cmd.Tasks {
		t := c.tasks[id]
		if reason := c.unprotectable(t, cmd.ProtectionEnabled); reason != "" {
			out.Failures = append(out.Failures, ecs.Failure{ARN: ecs.TaskARN(c.cfg.Scope, c.cfg.Name, id), Reason: reason})
			continue
		}
		until := time.Time{}
		if cmd.ProtectionEnabled {
			until = c.now.Add(time.Duration(minutes) * time.Minute)
		}
		c.protect(t, until)
		c.wake(t.svc, c.now.Add(PassDelay))
		out.Protected = append(out.Protected, c.protectionNoun(t))
	}
	return out, nil
}

// unprotectable is why the protection of the task cannot be set, or "". ECS says
// that it cannot while a deployment is blocked; we take that for one that waits
// for protected tasks already, and let those be protected longer. A task that
// does not run yet, or no more, is no valid one.
func (c *Cluster) unprotectable(t *task, enable bool) string {
	switch {
	case t == nil:
		return "MISSING"
	case t.svc == nil || !t.wanted() || t.Task.LastStatus != ecs.TaskRunning:
		return taskNotValid
	case enable && t.ProtectedUntil.IsZero() && t.svc.held():
		return deploymentBlocked
	}
	return ""
}

// held reports whether the service was told to wait for protected tasks.
func (s *service) held() bool {
	return slices.ContainsFunc(s.Standing, func(x standing) bool { return x.Kind == standingProtected })
}

// protect sets until when a task is protected; zero ends it.
func (c *Cluster) protect(t *task, until time.Time) {
	if was := !t.ProtectedUntil.IsZero(); was != !until.IsZero() {
		t.svc.protected++
		if was {
			t.svc.protected -= 2
		}
	}
	t.ProtectedUntil = instantOf(until)
	c.setProtectionTimer(t)
}

// setProtectionTimer sets when the task's protection ends. Only a service that
// waits for it is nearer to its rest then.
func (c *Cluster) setProtectionTimer(t *task) {
	c.set(timerProtection, string(t.ID), t.ProtectedUntil.Time(), !t.svc.held())
}

// protectionEnds is the moment until which a task was protected.
func (c *Cluster) protectionEnds(id ecs.TaskID) {
	t, ok := c.tasks[id]
	if !ok || t.svc == nil || t.ProtectedUntil.IsZero() {
		return
	}
	c.protect(t, time.Time{})
	c.wake(t.svc, c.now.Add(PassDelay))
}

// unprotect ends the protection of a task that stops, whatever stops it.
func (c *Cluster) unprotect(t *task) {
	if t.svc != nil && !t.ProtectedUntil.IsZero() {
		c.protect(t, time.Time{})
	}
}

// countProtected counts the tasks of each deployment that may not be stopped.
func (s *service) countProtected(t *tally) {
	if s.protected == 0 {
		return
	}
	for _, x := range s.live {
		i := slices.Index(s.Deployments, x.dep)
		if i < 0 || x.counted == 0 || x.ProtectedUntil.IsZero() {
			continue
		}
		kept := &t.Deployments[i].KeptStaying
		if x.counted > 4 {
			kept = &t.Deployments[i].KeptLeaving
		}
		switch x.counted.condition() {
		case young:
			kept.Young++
		case healthy:
			kept.Healthy++
		}
	}
}

// stoppable are the tasks that may be stopped of those that are alike.
func (s *service) stoppable(all []*task, is condition) []*task {
	if s.protected == 0 || is == unhealthy {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(t *task) bool { return !t.ProtectedUntil.IsZero() })
}

// tellProtected tells that tasks stay which should go. Of the two wordings of
// ECS semantics 4.15 it is the one that was observed.
func (c *Cluster) tellProtected(s *service, t *tally, stops []rollout.Stop) {
	before := s.held()
	if i := slices.IndexFunc(stops, func(x rollout.Stop) bool { return x.Kept > 0 }); i < 0 {
		c.over(s, standingProtected)
	} else {
		d := &t.Deployments[i]
		c.tell(s, standingProtected, "was unable to reach steady state because (taskSet %s) was unable to scale in due to (reason %d tasks under protection)",
			s.Deployments[i].ID, d.KeptStaying.All()+d.KeptLeaving.All())
	}
	if s.held() == before {
		return
	}
	for _, x := range s.live {
		if !x.ProtectedUntil.IsZero() {
			c.setProtectionTimer(x)
		}
	}
}

// TaskProtection is until when tasks are protected; those that are unknown, or
// of no service, are failures.
func (c *Cluster) TaskProtection(ids []ecs.TaskID) ([]ecs.ProtectedTask, []ecs.Failure) {
	out, failures := []ecs.ProtectedTask{}, []ecs.Failure{}
	for _, id := range ids {
		t := c.tasks[id]
		switch {
		case t == nil:
			failures = append(failures, ecs.Failure{ARN: ecs.TaskARN(c.cfg.Scope, c.cfg.Name, id), Reason: "MISSING"})
		case t.Service == "":
			failures = append(failures, ecs.Failure{ARN: ecs.TaskARN(c.cfg.Scope, c.cfg.Name, id), Reason: taskNotValid})
		default:
			out = append(out, c.protectionNoun(t))
		}
	}
	return out, failures
}

func (c *Cluster) protectionNoun(t *task) ecs.ProtectedTask {
	return ecs.ProtectedTask{
		TaskARN: ecs.TaskARN(c.cfg.Scope, c.cfg.Name, t.ID), ProtectionEnabled: !t.ProtectedUntil.IsZero(), ExpirationDate: t.ProtectedUntil.Time(),
	}
}
