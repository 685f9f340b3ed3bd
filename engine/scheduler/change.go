package scheduler

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// newsOf finds the task that there is news about: nil for one that is STOPPED.
func (c *Cluster) newsOf(cmd *ChangeTask) (*task, error) {
	t := cmd.Ref.t
	if t == nil {
		t = c.tasks[cmd.ID]
	}
	switch {
	case t == nil || t.gone || cmd.Ref.t != nil && (cmd.Ref.c != c || cmd.ID != t.ID):
		return nil, invalid("The referenced task was not found.")
	case t.Task.LastStatus == ecs.TaskStopped:
		return nil, nil
	case t.Wait != nil:
		return nil, invalid(fmt.Sprintf("Task %s waits in PROVISIONING for capacity, so nothing runs of which there is news. Stop it with StopTask.", t.ID))
	}
	return t, nil
}

// changeTask takes news about a task. News that comes too late changes nothing.
func (c *Cluster) changeTask(cmd *ChangeTask) error {
	t, err := c.newsOf(cmd)
	if t == nil {
		return err
	}
	version, news := t.Task.Version, false
	if cmd.Attachment != "" {
		c.changeAttachment(t, cmd.Attachment)
		news = true
	}
	if cmd.PullStarted && t.Task.PullStartedAt.IsZero() {
		c.connect(t)
		t.Task.PullStartedAt, news = instantOf(c.now), true
	}
	if cmd.PullStopped && t.Task.PullStoppedAt.IsZero() {
		t.Task.PullStoppedAt, news = instantOf(c.now), true
	}
	for i := range cmd.Containers {
		news = c.changeContainer(t, &cmd.Containers[i]) || news
	}
	if cmd.Health != "" && cmd.Health != t.Task.HealthStatus {
		t.Task.HealthStatus, news = cmd.Health, true
		c.recount(t)
		if t.svc != nil {
			c.wake(t.svc, c.now.Add(PassDelay))
		}
	}
	switch {
	case cmd.Status != "" && rank(cmd.Status) > rank(t.Task.LastStatus):
		c.progress(t, cmd)
	case cmd.StopCode != "" && t.wanted():
		c.endedItself(t, cmd)
	}
	if news && t.Task.Version == version {
		c.changed(t) // once for all of it
	}
	return nil
}

// changeContainer takes news about a container, and reports whether it is another
// than before. That is one of the changes of its task that ECS tells [DG: Amazon
// ECS task state change events].
func (c *Cluster) changeContainer(t *task, cmd *ContainerChange) bool {
	i := slices.IndexFunc(t.Task.Containers, func(n containerState) bool { return n.Name == cmd.Name })
	if i < 0 {
		return false
	}
	c.answers(t, cmd)
	n := &t.Task.Containers[i]
	before := *n
	if cmd.Status != "" && rank(cmd.Status) > rank(n.LastStatus) {
		n.LastStatus = cmd.Status
		n.Ran = n.Ran || cmd.Status == ecs.TaskRunning || cmd.ExitCode != nil
		switch cmd.Status {
		case ecs.TaskRunning:
			n.StartedAt = instantOf(c.now)
		case ecs.TaskStopped:
			n.StoppedAt = instantOf(c.now)
		}
	}
	if cmd.Health != "" {
		n.HealthStatus = cmd.Health
	}
	if cmd.ExitCode != nil {
		code := *cmd.ExitCode
		n.ExitCode = &code
	}
	if cmd.Reason != "" {
		n.Reason = cut(cmd.Reason)
	}
	if cmd.ImageDigest != "" {
		n.ImageDigest = cmd.ImageDigest
		c.resolve(t, cmd.Name, cmd.ImageDigest)
	}
	if cmd.NetworkBindings != nil {
		n.NetworkBindings = slices.Clone(cmd.NetworkBindings)
	}
	return !n.equal(&before)
}

// cut is a reason as far as ECS keeps it (ECS semantics 5.3). That it cuts the
// stoppedReason of a task too is unconfirmed; the agent sends both alike.
func cut(reason string) string {
	const most = 1024
	if len(reason) <= most {
		return reason
	}
	at := most
	for at > 0 && !utf8.RuneStart(reason[at]) {
		at--
	}
	return reason[:at]
}

// runtimeID is Docker's container id on EC2, and Fargate's own form there.
func (c *Cluster) runtimeID(t *task, container string) string {
	if t.Task.LaunchType == ecs.LaunchFargate {
		return string(t.ID) + "-" + strconv.FormatUint(1_000_000_000+c.number("runtime", string(t.ID), container)%9_000_000_000, 10)
	}
	return c.id64("runtime", string(t.ID), container)
}

// connect notes that the task's agent was heard of, which needs the task's
// network interface.
func (c *Cluster) connect(t *task) {
	if t.Task.Connectivity == "" {
		t.Task.Connectivity, t.Task.ConnectivityAt = "CONNECTED", instantOf(c.now)
		c.changeAttachment(t, ecs.AttachmentAttached)
	}
}

// progress moves a task on in its life (ECS semantics 5.1).
func (c *Cluster) progress(t *task, cmd *ChangeTask) {
	if cmd.Status == ecs.TaskRunning && !t.wanted() {
		return // its stop was on the way already
	}
	if rank(cmd.Status) > rank(ecs.TaskRunning) && t.wanted() {
		c.endedItself(t, cmd)
	}
	if rank(cmd.Status) >= rank(ecs.TaskPending) && rank(cmd.Status) <= rank(ecs.TaskRunning) {
		c.connect(t)
	}
	switch cmd.Status {
	case ecs.TaskStopped:
		c.finish(t)
		return
	case ecs.TaskStopping:
		t.Task.StoppingAt = instantOf(c.now)
		if t.svc != nil && t.svc.Spec.Status == ecs.ServiceDraining {
			c.wake(t.svc, c.now.Add(PassDelay))
		}
	case ecs.TaskDeprovisioning:
		if t.Task.StoppingAt.IsZero() {
			t.Task.StoppingAt = instantOf(c.now) // it ended while its targets were drained
		}
		if !t.Task.StartedAt.IsZero() && t.Task.ExecutionStoppedAt.IsZero() {
			t.Task.ExecutionStoppedAt = instantOf(c.now)
		}
		c.changeAttachment(t, ecs.AttachmentDetaching)
	case ecs.TaskRunning:
		if t.activates() {
			c.activate(t)
			return
		}
		t.Task.StartedAt = instantOf(c.now)
	}
	c.setStatus(t, cmd.Status)
	c.endDraining(t)
	if cmd.Status == ecs.TaskRunning {
		c.reachedRunning(t)
		c.joins(t)
	}
}

// reachedRunning ends the first stage of the circuit breaker and the back-off
// of the task's deployment (ECS semantics 4.9, 4.10).
func (c *Cluster) reachedRunning(t *task) {
	if t.svc == nil {
		return
	}
	d := t.dep
	if !d.HasRun {
		d.HasRun = true
		t.svc.forgive(d)
	}
	d.Round = 0
	at := c.now.Add(rollout.HealthyAfter + PassDelay)
	if !d.NotBefore.IsZero() {
		d.NotBefore = c.now
		at = c.now.Add(PassDelay)
	}
	switch {
	case len(t.balancers()) > 0 || t.def.checked && t.Task.HealthStatus == ecs.HealthUnknown:
		return // its health will be told
	case t.def.checked:
		at = c.now.Add(PassDelay) // it was told before the last container was there
	}
	c.wake(t.svc, at)
}

// endedItself notes that a task which was meant to run is going or gone.
func (c *Cluster) endedItself(t *task, cmd *ChangeTask) {
	ran := !t.Task.StartedAt.IsZero()
	code, reason := cmd.StopCode, cmd.StoppedReason
	if code == "" {
		code = ecs.TaskFailedToStart
		if ran {
			code = ecs.EssentialContainerExited
		}
	}
	if reason == "" {
		reason = "Task failed to start"
		if ran {
			reason = "Essential container in task exited"
		}
	}
	c.unwant(t, code, cut(reason))
	t.Task.StoppingAt = instantOf(c.now) // which ECS shows although it was never STOPPING
	s, d := t.svc, t.dep
	if s == nil {
		return
	}
	c.countEnd(s)
	c.departs(t)
	c.wake(s, c.now.Add(PassDelay))
	if ran {
		return
	}
	c.unresolved(t)
	if !d.HasRun {
		c.countFailure(s, d)
	}
	if t.Round == d.Round {
		d.Round++
		d.NotBefore = c.now.Add(rollout.Backoff(d.Round))
	}
}

// countEnd counts a task that went wrong: it ended by itself, or turned unhealthy.
func (c *Cluster) countEnd(s *service) {
	before := s.restless()
	s.SelfEnds++
	c.restlessFrom(s, before)
}
