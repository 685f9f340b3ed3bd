package scheduler

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"gantry/ecs"
)

// How long the records of what has ended stay visible. ECS publishes no figure
// for services and container instances; about an hour has been seen (ECS
// semantics 4.13). The history of deployments is kept 90 days (4.16).
const (
	inactiveRetention = time.Hour
	historyRetention  = 90 * 24 * time.Hour
)

// createService makes a service with its first deployment (ECS semantics 4.13,
// 13.2).
func (c *Cluster) createService(cmd *CreateService) error {
	spec := cmd.Service
	if spec.Name == "" {
		return invalid("The service name can not be blank. Give it up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.")
	}
	var err error
	outside := spec.DeploymentController == ecs.ControllerExternal
	if spec.SchedulingStrategy != ecs.Daemon && !outside { // which runs on all instances, or where its task sets say
		if spec.CapacityProviderStrategy, err = c.chooseStrategy(spec.LaunchType, spec.CapacityProviderStrategy); err != nil {
			return err
		}
	}
	settle(&spec)
	request := fingerprint(&spec, cmd.TaskDefinition.ARN)
	if old, ok := c.services[spec.Name]; ok && old.Spec.Status != ecs.ServiceInactive {
		switch {
		case old.Spec.Status == ecs.ServiceDraining:
			return invalid("Unable to Start a service that is still Draining.")
		case old.Request != request:
			return invalid("Creation of service was not idempotent.")
		}
		return nil
	}
	if outside {
		err = validateExternal(&spec, cmd.TaskDefinition.ARN)
	} else {
		err = c.validate(&spec, &cmd.TaskDefinition)
	}
	if err != nil {
		return err
	}
	if old, ok := c.services[spec.Name]; ok {
		c.dropService(old)
	}
	c.generations[spec.Name]++
	spec.ARN = ecs.ServiceARN(c.cfg.Scope, c.cfg.Name, spec.Name)
	spec.ClusterARN = ecs.ClusterARN(c.cfg.Scope, c.cfg.Name)
	spec.Status, spec.CreatedAt, spec.Events = ecs.ServiceActive, c.now, nil
	spec.Deployments, spec.CurrentServiceRevisions, spec.CurrentServiceDeployment = nil, nil, ""
	s := &service{Spec: spec, Request: request, Generation: c.generations[spec.Name], Managed: cmd.ManagedDaemon}
	c.services[spec.Name], c.roster = s, nil
	if !outside {
		c.deploy(s, &cmd.TaskDefinition)
		c.settleSites(s)
	}
	return nil
}

// fingerprint tells one request to create a service from another.
func fingerprint(spec *ecs.Service, definition ecs.ARN) string {
	asked := *spec
	asked.TaskDefinition = definition
	asked.Status, asked.CreatedAt, asked.CreatedBy = "", time.Time{}, ""
	if len(asked.CapacityProviderStrategy) > 0 && asked.PlatformVersion == latestPlatform {
		asked.PlatformVersion = "" // as in states of before it was filled in
	}
	data, err := json.Marshal(asked)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// updateService changes a service, and starts a deployment when the change is
// one of those that do (ECS semantics 4.12).
func (c *Cluster) updateService(cmd *UpdateService) error {
	s, ok := c.services[cmd.Name]
	if !ok {
		return &ecs.Error{Code: ecs.CodeServiceNotFound, Message: "Service not found."}
	}
	if s.Spec.Status != ecs.ServiceActive {
		return &ecs.Error{Code: ecs.CodeServiceNotActive, Message: "Service was not ACTIVE."}
	}
	if s.external() {
		return c.updateExternal(s, cmd)
	}
	spec := s.Spec
	def := c.definitions[s.Deployments[0].Definition].def
	deploys := cmd.ForceNewDeployment
	if cmd.TaskDefinition != nil {
		deploys = deploys || cmd.TaskDefinition.ARN != spec.TaskDefinition
		def = cmd.TaskDefinition
	}
	if cmd.DesiredCount != nil && spec.SchedulingStrategy == ecs.Daemon {
		return invalid(daemonDesiredCount)
	}
	if cmd.CapacityProviderStrategy != nil {
		if err := c.changeStrategy(s, &spec, cmd); err != nil {
			return err
		}
	}
	deploys = change(&spec, cmd) || deploys
	settle(&spec)
	shed(&spec.DeploymentConfiguration, &s.Spec.DeploymentConfiguration)
	if err := c.validate(&spec, def); err != nil {
		return err
	}
	if spec.LaunchType == "" {
		fill(&s.Launch, s.Spec.LaunchType)
	}
	s.Spec, s.policies = spec, nil
	if cmd.ManagedDaemon != nil {
		s.Managed = cmd.ManagedDaemon
	}
	c.stopRebalancing(s)
	c.recountAll(s) // the grace period may be another
	s.calm(c)
	if deploys {
		c.deploy(s, def)
	}
	c.settleSites(s)
	c.wake(s, c.now.Add(PassDelay))
	return nil
}

// change copies what the command sets, and reports whether a member is among
// it that starts a deployment.
func change(s *ecs.Service, cmd *UpdateService) (deploys bool) {
	set(&s.DesiredCount, cmd.DesiredCount)
	set(&s.DeploymentConfiguration, cmd.DeploymentConfiguration)
	set(&s.PlacementConstraints, cmd.PlacementConstraints)
	set(&s.PlacementStrategy, cmd.PlacementStrategy)
	set(&s.HealthCheckGracePeriod, cmd.HealthCheckGracePeriod)
	set(&s.AvailabilityZoneRebalancing, cmd.AvailabilityZoneRebalancing)
	set(&s.EnableExecuteCommand, cmd.EnableExecuteCommand)
	set(&s.EnableECSManagedTags, cmd.EnableECSManagedTags)
	set(&s.PropagateTags, cmd.PropagateTags)
	if cmd.NetworkConfiguration != nil && !sameJSON(s.NetworkConfiguration, cmd.NetworkConfiguration) {
		s.NetworkConfiguration, deploys = cmd.NetworkConfiguration, true
	}
	if cmd.LoadBalancers != nil && !slices.EqualFunc(s.LoadBalancers, *cmd.LoadBalancers, ecs.LoadBalancer.Equal) {
		s.LoadBalancers, deploys = *cmd.LoadBalancers, true
	}
	if cmd.ServiceRegistries != nil && !slices.Equal(s.ServiceRegistries, *cmd.ServiceRegistries) {
		s.ServiceRegistries, deploys = *cmd.ServiceRegistries, true
	}
	deploys = s.RevisionConfiguration.Change(cmd.Configuration) || deploys
	if cmd.PlatformVersion != nil && s.PlatformVersion != *cmd.PlatformVersion {
		s.PlatformVersion, deploys = *cmd.PlatformVersion, true
	}
	return deploys
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

// calm forgets how often tasks of the service ended: somebody changed it, so
// what it does now is progress again.
func (s *service) calm(c *Cluster) {
	if s.SelfEnds > 0 {
		s.SelfEnds = 0
		c.schedule(s)
		c.setTargetTimers(s)
		c.watchProvisioning()
	}
}

// deleteService drains a service (ECS semantics 4.13).
func (c *Cluster) deleteService(cmd *DeleteService) error {
	s, ok := c.services[cmd.Name]
	if !ok || s.Spec.Status == ecs.ServiceInactive {
		return &ecs.Error{Code: ecs.CodeServiceNotFound, Message: "Service not found."}
	}
	if s.Spec.Status == ecs.ServiceDraining {
		return nil
	}
	if !cmd.Force && s.Spec.SchedulingStrategy != ecs.Daemon {
		if s.Spec.DesiredCount > 0 {
			return invalid("The service cannot be stopped while it is scaled above 0.")
		}
		for _, d := range s.Deployments {
			if d.Status != ecs.DeploymentPrimary && d.running+d.pending > 0 {
				return invalid("The service cannot be stopped while deployments are active.")
			}
		}
	}
	s.Spec.Status, s.Spec.DesiredCount, s.Fits = ecs.ServiceDraining, 0, 0
	s.calm(c)
	s.Standing, s.Balance, s.Zone = nil, nil, ""
	c.closeSites(s)
	c.nextRepeat(s)
	c.scheduleStage(s)
	delete(c.waiting, s.Spec.Name)
	c.wake(s, c.now.Add(PassDelay))
	return nil
}

// passDraining stops what a deleted service still runs, and ends it.
func (c *Cluster) passDraining(s *service) {
	c.deregisterTargets(s)
	var running, quiet []*task
	for _, t := range slices.Clone(s.live) { // one that waits for a place is gone at once
		switch {
		case !t.wanted():
			continue
		case t.Task.LastStatus == ecs.TaskRunning:
			running = append(running, t)
		default:
			quiet = append(quiet, t)
		}
		c.request(t, ecs.ServiceSchedulerInitiated, scalingReason(t.dep))
	}
	c.tellStopped(s, running, quiet)
	for _, t := range s.live {
		if rank(t.Task.LastStatus) < rank(ecs.TaskStopping) {
			return // a change of it wakes the service
		}
	}
	for _, a := range s.History {
		c.end(s, a, ecs.ServiceDeploymentStopped, reasonDeleted)
	}
	s.Spec.Status = ecs.ServiceInactive
	for _, d := range s.Deployments {
		d.Status = ecs.DeploymentInactive
	}
	s.Deployments = nil
	s.part()
	c.retain(retained{
		At: c.now.Add(inactiveRetention), Service: s.Spec.Name, Generation: s.Generation,
	})
}

// dropService forgets an INACTIVE service. Its tasks have records of their own.
func (c *Cluster) dropService(s *service) {
	for _, r := range s.Revisions {
		c.let(r.TaskDefinition)
	}
	for _, t := range append(slices.Clone(s.live), s.ended...) {
		t.svc, t.dep = nil, nil
	}
	c.scheduleRepeat(s, time.Time{})
	delete(c.services, s.Spec.Name)
	c.roster = nil
	delete(c.waiting, s.Spec.Name)
}

func (c *Cluster) setTags(cmd *SetTags) error {
	resource := cmd.ARN.Short()
	if s, ok := c.services[ecs.ServiceName(resource)]; ok && s.Spec.ARN == cmd.ARN {
		s.Spec.Tags = cmd.Tags
		return nil
	}
	if t, ok := c.tasks[ecs.TaskID(resource)]; ok && ecs.TaskARN(c.cfg.Scope, c.cfg.Name, t.ID) == cmd.ARN {
		own := *t.Task.Origin // which it shares with others
		own.Tags = cmd.Tags
		t.Task.Origin = &own
		return nil
	}
	if i, ok := c.instances[ecs.ContainerInstanceID(resource)]; ok && i.Instance.ARN == cmd.ARN {
		i.Instance.Tags = cmd.Tags
		return nil
	}
	for _, s := range c.serviceList() {
		for _, d := range s.Deployments {
			if d.Set != nil && ecs.TaskSetARN(c.cfg.Scope, c.cfg.Name, s.Spec.Name, d.ID) == cmd.ARN {
				d.Set.Tags = cmd.Tags
				return nil
			}
		}
	}
	return invalid("The specified resource was not found.")
}
