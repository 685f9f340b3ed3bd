package scheduler

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"gantry/ecs"
	"gantry/engine/placement"
)

func byName(a, b *service) int { return cmp.Compare(a.Spec.Name, b.Spec.Name) }

func bySeq(a, b *task) int { return cmp.Compare(a.Seq, b.Seq) }

// serviceList is every service that is known, by name. It is kept until one
// comes or goes.
func (c *Cluster) serviceList() []*service {
	if c.roster == nil {
		c.roster = make([]*service, 0, len(c.services))
		for _, name := range slices.Sorted(maps.Keys(c.services)) {
			c.roster = append(c.roster, c.services[name])
		}
	}
	return c.roster
}

// instanceList is every container instance that is known, by id.
func (c *Cluster) instanceList() []*instance {
	out := make([]*instance, 0, len(c.instances))
	for _, id := range slices.Sorted(maps.Keys(c.instances)) {
		out = append(out, c.instances[id])
	}
	return out
}

// serviceNoun is the service as the API shows it.
func (c *Cluster) serviceNoun(s *service) ecs.Service {
	out := s.Spec
	out.Events = slices.Clone(s.Spec.Events)
	out.Deployments = make([]ecs.Deployment, 0, len(s.Deployments))
	out.RunningCount, out.PendingCount = 0, 0
	out.CurrentServiceRevisions = nil
	if s.external() {
		c.reviewing(s)
		for _, d := range s.Deployments {
			out.TaskSets = append(out.TaskSets, c.taskSetNoun(s, d))
			out.RunningCount += d.running
			out.PendingCount += d.pending
			if d.Status == ecs.DeploymentPrimary {
				s.showAs(&out, d)
			}
		}
		return out
	}
	for _, d := range s.Deployments {
		n := s.deploymentNoun(d)
		out.Deployments = append(out.Deployments, n)
		out.RunningCount += n.RunningCount
		out.PendingCount += n.PendingCount
		out.CurrentServiceRevisions = append(out.CurrentServiceRevisions, s.summary(d.Revision))
	}
	if len(s.Deployments) > 0 {
		out.CurrentServiceDeployment = s.Deployments[0].Attempt
	}
	if out.SchedulingStrategy == ecs.Daemon {
		out.DesiredCount = s.desired()
	}
	return out
}

func (s *service) deploymentNoun(d *deployment) ecs.Deployment {
	r := s.revision(d.Revision)
	return ecs.Deployment{
		NetworkConfiguration: r.NetworkConfiguration, ServiceConnect: r.ServiceConnect, Volumes: r.Volumes, VPCLattice: r.VPCLattice,
		ID: d.ID, Status: d.Status, TaskDefinition: d.Definition,
		DesiredCount: s.wanted(d), PendingCount: d.pending, RunningCount: d.running,
		FailedTasks: d.Failed, RolloutState: d.State, RolloutStateReason: d.Reason,
		LaunchType: r.LaunchType, CapacityProviderStrategy: r.CapacityProviderStrategy, PlatformVersion: platformOf(r),
		CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt,
	}
}

// summary counts the tasks of a revision over the deployments that bring it.
func (s *service) summary(revision ecs.ARN) ecs.ServiceRevisionSummary {
	out := ecs.ServiceRevisionSummary{ARN: revision}
	for _, d := range s.Deployments {
		if d.Revision == revision {
			out.RequestedTaskCount += s.wanted(d)
			out.RunningTaskCount += d.running
			out.PendingTaskCount += d.pending
		}
	}
	return out
}

// wanted is the desiredCount that a deployment shows (ECS semantics 4.8).
func (s *service) wanted(d *deployment) int {
	switch {
	case s.apart():
		return s.wantedApart(d)
	case d.Status == ecs.DeploymentPrimary:
		return s.desired()
	}
	return d.Wanted
}

func (s *service) attemptNoun(a *attempt) ecs.ServiceDeployment {
	out := a.Deployment
	out.SupersededBy = a.SupersededBy
	out.SourceServiceRevisions = make([]ecs.ServiceRevisionSummary, len(a.Deployment.SourceServiceRevisions))
	copy(out.SourceServiceRevisions, a.Deployment.SourceServiceRevisions)
	if out.Rollback != nil {
		r := *out.Rollback
		out.Rollback = &r
	}
	target := *a.Deployment.TargetServiceRevision
	if !out.Status.Ended() {
		for i, r := range out.SourceServiceRevisions {
			out.SourceServiceRevisions[i] = s.summaryOf(a, r.ARN)
		}
		target = s.summaryOf(a, target.ARN)
		out.CircuitBreaker = s.breaker(a)
	}
	out.TargetServiceRevision = &target
	if a.Shift != nil {
		out.LifecycleStage = a.Shift.State.Stage
		out.LifecycleHookDetails = hookDetails(a.Shift.State.Hooks)
	}
	if out.Alarms != nil {
		m := *out.Alarms
		m.AlarmNames, m.TriggeredAlarmNames = slices.Clone(m.AlarmNames), slices.Clone(m.TriggeredAlarmNames)
		out.Alarms = &m
	}
	return out
}

// taskNoun is the task as the API shows it (ECS semantics 5.2). What follows
// from its id and its definition is worked out here: most tasks live and end
// without anybody who looks at them.
func (c *Cluster) taskNoun(t *task) ecs.Task {
	out, def := t.Task.noun(), t.def.def
	if t.deleted(c.now) {
		out.LastStatus = ecs.TaskDeleted
	}
	out.ID, out.ARN = t.ID, ecs.TaskARN(c.cfg.Scope, c.cfg.Name, t.ID)
	out.ClusterARN = ecs.ClusterARN(c.cfg.Scope, c.cfg.Name)
	if t.Instance != "" {
		out.ContainerInstanceARN = ecs.ContainerInstanceARN(c.cfg.Scope, c.cfg.Name, t.Instance)
	}
	needs := placement.RequirementsOf(def, t.Task.Overrides)
	out.CPU, out.Memory = strconv.Itoa(needs.CPUUnits), strconv.Itoa(needs.MemoryMiB)
	out.Overrides = fullOverrides(def, t.Task.Overrides)
	out.EphemeralStorage = ephemeralStorage(def, &out)
	for i := range out.Containers {
		n, d := &out.Containers[i], &def.Containers[i]
		n.ARN = ecs.ContainerARN(c.cfg.Scope, c.cfg.Name, t.ID, c.uuid("container", string(t.ID), d.Name))
		if t.Task.Containers[i].Ran {
			n.RuntimeID = c.runtimeID(t, d.Name)
		}
		n.Image, n.CPU = d.Image, strconv.Itoa(d.CPUUnits)
		if d.MemoryMiB > 0 {
			n.Memory = strconv.Itoa(d.MemoryMiB)
		}
		if d.MemoryReservationMiB > 0 {
			n.MemoryReserved = strconv.Itoa(d.MemoryReservationMiB)
		}
	}
	return out
}

// fargateStorageGiB is the disk of a Fargate task that does not ask for another
// (ECS semantics 3.5).
const fargateStorageGiB = 20

// ephemeralStorage is the disk of a task: that of its overrides, else of its
// definition; one that is not on Fargate may have none of its own.
func ephemeralStorage(def *ecs.TaskDefinition, t *ecs.Task) *ecs.EphemeralStorage {
	switch {
	case t.Overrides.EphemeralStorage != nil:
		return t.Overrides.EphemeralStorage
	case def.EphemeralStorage != nil:
		return def.EphemeralStorage
	case t.LaunchType == ecs.LaunchFargate:
		return &ecs.EphemeralStorage{SizeInGiB: fargateStorageGiB}
	}
	return nil
}

// fullOverrides lists every container by name, even where nothing is
// overridden, as ECS does (ECS semantics 5.2).
func fullOverrides(def *ecs.TaskDefinition, o *ecs.TaskOverride) *ecs.TaskOverride {
	out := &ecs.TaskOverride{}
	if o != nil {
		*out = *o
		out.Containers = slices.Clone(o.Containers)
	}
	for i := range def.Containers {
		name := def.Containers[i].Name
		if !slices.ContainsFunc(out.Containers, func(x ecs.ContainerOverride) bool { return x.Name == name }) {
			out.Containers = append(out.Containers, ecs.ContainerOverride{Name: name})
		}
	}
	return out
}

// serviceOfARN is the service in …:service-deployment/CLUSTER/SERVICE/ID and its siblings.
func serviceOfARN(arn ecs.ARN) ecs.ServiceName {
	parts := strings.Split(arn.Resource(), "/")
	if len(parts) < 4 {
		return ""
	}
	return ecs.ServiceName(parts[2])
}

func (c *Cluster) findAttempt(arn ecs.ARN) (*service, *attempt) {
	s, ok := c.services[serviceOfARN(arn)]
	if !ok {
		return nil, nil
	}
	for _, a := range s.History {
		if a.Deployment.ARN == arn && (!a.old(c.now) || a == s.currentAttempt()) {
			return s, a
		}
	}
	return nil, nil
}

func (s *service) revision(arn ecs.ARN) *ecs.ServiceRevision {
	for _, r := range s.Revisions {
		if r.ARN == arn {
			return r
		}
	}
	return nil
}
