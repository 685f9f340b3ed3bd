package scheduler

import (
	"fmt"
	"math"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/rollout"
)

// taskSetsPerService is ECS's quota (ECS semantics 11 names none; five is what
// the service quotas of Amazon ECS have).
const taskSetsPerService = 5

// taskSet is what a deployment is besides, when it was made from outside
// (ECS semantics 4.18 [API:TaskSet]).
type taskSet struct {
	ExternalID  string              `json:"externalId,omitempty"`
	Scale       float64             `json:"scale"`             // percent of the service's desired count
	Desired     int                 `json:"desired,omitempty"` // how many tasks that was in the last pass
	Stability   ecs.StabilityStatus `json:"stability"`
	StabilityAt time.Time           `json:"stabilityAt"`
	Tags        []ecs.Tag           `json:"tags,omitempty"`
}

// external reports whether the deployments of the service are made from outside.
func (s *service) external() bool { return s.Spec.DeploymentController == ecs.ControllerExternal }

// share is how many tasks a task set runs: its share of the service's desired
// count, rounded up (ECS semantics 4.18 [API:TaskSet]).
func (s *service) share(d *deployment) int {
	if d.Status == ecs.TaskSetDraining {
		return 0
	}
	return int(math.Ceil(float64(s.Spec.DesiredCount) * d.Set.Scale / 100))
}

// noteShares tells which task sets are to run another number of tasks than before.
func (c *Cluster) noteShares(s *service) {
	for _, d := range s.Deployments {
		if n := s.share(d); n != d.Set.Desired {
			d.Set.Desired = n
			x := desiredCountUpdated(n)
			x.TaskSetARNs = []ecs.ARN{c.taskSetARN(s, d)}
			c.act(s, x)
		}
	}
}

// validateExternal refuses a service whose deployments come from outside, and
// that says what only they can say (ECS semantics 4.18).
func validateExternal(s *ecs.Service, definition ecs.ARN) error {
	switch {
	case definition != "":
		return invalid("TaskDefinition must be blank")
	case s.SchedulingStrategy == ecs.Daemon:
		return invalid("The daemon scheduling strategy does not support the EXTERNAL deployment controller.")
	case s.LaunchType != "" || len(s.CapacityProviderStrategy) > 0 || s.PlatformVersion != "":
		return invalid("Launch type, capacity provider strategy and platform version must be blank: task sets have them.")
	case s.NetworkConfiguration != nil || len(s.LoadBalancers)+len(s.ServiceRegistries) > 0:
		return invalid("Network configuration, load balancers and service registries must be blank: task sets have them.")
	case s.RevisionConfiguration != ecs.RevisionConfiguration{}:
		return invalid("Service Connect, volumes, VPC Lattice, monitoring and gateway connectors do not support the EXTERNAL deployment controller.")
	case s.DeploymentConfiguration.ShiftsTraffic():
		return invalid(fmt.Sprintf("The %s deployment strategy needs the ECS deployment controller.", s.DeploymentConfiguration.Strategy))
	case s.DeploymentConfiguration.CircuitBreaker.Enable: // [API:DeploymentCircuitBreaker]; the words are ours
		return invalid("The deployment circuit breaker needs the ECS deployment controller.")
	case s.DeploymentConfiguration.Alarms != nil && s.DeploymentConfiguration.Alarms.Enable: // [API:DeploymentAlarms]
		return invalid("Deployment alarms need the ECS deployment controller.")
	}
	if err := validateSettings(s); err != nil {
		return err
	}
	return validatePlacement(s, &ecs.TaskDefinition{}) // those of each task set come with it
}

// updateExternal changes what can be changed of such a service: its desired
// count, where its tasks go, the grace period and tags (ECS semantics 4.12).
func (c *Cluster) updateExternal(s *service, cmd *UpdateService) error {
	if cmd.TaskDefinition != nil || cmd.ForceNewDeployment || cmd.NetworkConfiguration != nil || cmd.LoadBalancers != nil ||
		cmd.ServiceRegistries != nil || cmd.Configuration != (ecs.RevisionConfiguration{}) || cmd.CapacityProviderStrategy != nil || cmd.PlatformVersion != nil || cmd.DeploymentConfiguration != nil {
		return invalid("Only the desired count, placement, health check grace period and tags of a service with the EXTERNAL deployment controller can be updated. Use CreateTaskSet for a new deployment.")
	}
	spec := s.Spec
	change(&spec, cmd)
	if err := validateExternal(&spec, ""); err != nil {
		return err
	}
	s.Spec, s.policies = spec, nil
	c.recountAll(s)
	s.calm(c)
	c.wake(s, c.now.Add(PassDelay))
	return nil
}

// externalService finds the service that a command about task sets names.
func (c *Cluster) externalService(name ecs.ServiceName) (*service, error) {
	s, ok := c.services[name]
	switch {
	case !ok:
		return nil, &ecs.Error{Code: ecs.CodeServiceNotFound, Message: "Service not found."}
	case s.Spec.Status != ecs.ServiceActive:
		return nil, &ecs.Error{Code: ecs.CodeServiceNotActive, Message: "Service was not ACTIVE."}
	case !s.external():
		return nil, invalid("The deployment controller of the service must be EXTERNAL.")
	}
	return s, nil
}

func (c *Cluster) findSet(name ecs.ServiceName, id ecs.DeploymentID) (*service, *deployment, error) {
	s, err := c.externalService(name)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range s.Deployments {
		if d.ID == id {
			return s, d, nil
		}
	}
	return nil, nil, &ecs.Error{Code: "TaskSetNotFoundException", Message: "The specified task set does not exist."}
}

// createTaskSet adds a task set, which starts its tasks at once.
func (c *Cluster) createTaskSet(cmd *CreateTaskSet) (Outcome, error) {
	s, err := c.externalService(cmd.Service)
	if err != nil {
		return Outcome{}, err
	}
	if len(s.Deployments) >= taskSetsPerService {
		return Outcome{}, &ecs.Error{Code: "LimitExceededException", Message: fmt.Sprintf(
			"The service has %d task sets, which is the limit.", taskSetsPerService)}
	}
	x := cmd.TaskSet
	if x.CapacityProviderStrategy, err = c.chooseStrategy(x.LaunchType, x.CapacityProviderStrategy); err != nil {
		return Outcome{}, err
	}
	settled := s.Spec // as a service of its own would be
	settled.DeploymentController, settled.LaunchType, settled.CapacityProviderStrategy = "", x.LaunchType, x.CapacityProviderStrategy
	settled.NetworkConfiguration, settled.LoadBalancers, settled.PlatformVersion = x.NetworkConfiguration, x.LoadBalancers, x.PlatformVersion
	settled.ServiceRegistries = x.ServiceRegistries
	settle(&settled)
	if err := validateScale(x.Scale); err != nil {
		return Outcome{}, err
	}
	if err := c.validate(&settled, &cmd.TaskDefinition); err != nil {
		return Outcome{}, err
	}
	s.DeploymentOrdinal++
	own := s.Spec
	s.Spec = settled // which the revision is a picture of
	r := c.newRevision(s, &cmd.TaskDefinition)
	s.Spec = own
	d := c.newEntry(s, r)
	d.Status, d.Set = ecs.DeploymentActive, &taskSet{
		ExternalID: x.ExternalID, Scale: x.Scale.Value, Stability: ecs.Stabilizing, StabilityAt: c.now, Tags: x.Tags,
	}
	s.Deployments = slices.Insert(s.Deployments, 0, d)
	c.unsteady(s)
	return Outcome{TaskSet: d.ID}, nil
}

func validateScale(x ecs.Scale) error {
	if x.Unit != "" && x.Unit != "PERCENT" {
		return invalid("unit should be one of [PERCENT]")
	}
	if !(x.Value >= 0 && x.Value <= 100) {
		return invalid(fmt.Sprintf("The scale of a task set must be between 0 and 100 percent, but was %g.", x.Value))
	}
	return nil
}

// unsteady notes that a service with task sets is to be another now.
func (c *Cluster) unsteady(s *service) {
	s.calm(c)
	c.over(s, standingSteady)
	c.wake(s, c.now.Add(PassDelay))
}

func (c *Cluster) updateTaskSet(cmd *UpdateTaskSet) error {
	s, d, err := c.findSet(cmd.Service, cmd.ID)
	if err != nil {
		return err
	}
	if err := validateScale(cmd.Scale); err != nil {
		return err
	}
	if d.Status == ecs.TaskSetDraining {
		return invalid("The task set is DRAINING.")
	}
	d.Set.Scale, d.UpdatedAt = cmd.Scale.Value, c.now
	c.unsteady(s)
	return nil
}

func (c *Cluster) updatePrimaryTaskSet(cmd *UpdateServicePrimaryTaskSet) error {
	s, primary, err := c.findSet(cmd.Service, cmd.ID)
	if err != nil {
		return err
	}
	if primary.Status == ecs.TaskSetDraining {
		return invalid("The task set is DRAINING.")
	}
	for _, d := range s.Deployments {
		if d.Status == ecs.DeploymentPrimary {
			d.Status, d.UpdatedAt = ecs.DeploymentActive, c.now
		}
	}
	primary.Status, primary.UpdatedAt = ecs.DeploymentPrimary, c.now
	return nil
}

func (c *Cluster) deleteTaskSet(cmd *DeleteTaskSet) error {
	s, d, err := c.findSet(cmd.Service, cmd.ID)
	switch {
	case err != nil:
		return err
	case d.Set.Scale > 0 && !cmd.Force:
		return invalid("The task set cannot be deleted while it is scaled above 0.")
	}
	d.Status, d.UpdatedAt = ecs.TaskSetDraining, c.now
	c.unsteady(s)
	return nil
}

// showAs lets a service show what its PRIMARY task set has, for which it has no
// say of its own [DG: Deploy Amazon ECS services using a third-party controller].
func (s *service) showAs(out *ecs.Service, d *deployment) {
	r := s.revision(d.Revision)
	out.TaskDefinition, out.LaunchType, out.CapacityProviderStrategy = r.TaskDefinition, r.LaunchType, r.CapacityProviderStrategy
	out.PlatformVersion, out.NetworkConfiguration, out.LoadBalancers = r.PlatformVersion, r.NetworkConfiguration, r.LoadBalancers
}

// stability is the stability status of a task set as of now, which is when its
// time says that it was retrieved: between two passes of the scheduler it may have
// lost a task, or been given another share (ECS semantics 4.18 [API:TaskSet]).
func (c *Cluster) stability(s *service, d *deployment) (ecs.StabilityStatus, time.Time) {
	is := rollout.Deployment{Staying: counts(&d.census.staying), Leaving: counts(&d.census.leaving)}
	if d.Set.Stability == ecs.SteadyState && is != (rollout.Deployment{Staying: rollout.Counts{Healthy: s.share(d)}}) {
		return ecs.Stabilizing, c.now
	}
	return d.Set.Stability, d.Set.StabilityAt
}

func (c *Cluster) taskSetARN(s *service, d *deployment) ecs.ARN {
	return ecs.TaskSetARN(c.cfg.Scope, c.cfg.Name, s.Spec.Name, d.ID)
}

// taskSetNoun is a task set as the API shows it.
func (c *Cluster) taskSetNoun(s *service, d *deployment) ecs.TaskSet {
	r := s.revision(d.Revision)
	stability, at := c.stability(s, d)
	return ecs.TaskSet{
		ID: d.ID, ARN: c.taskSetARN(s, d), ServiceARN: s.Spec.ARN, ClusterARN: s.Spec.ClusterARN,
		ExternalID: d.Set.ExternalID, Status: d.Status, TaskDefinition: d.Definition,
		Scale: ecs.Scale{Value: d.Set.Scale, Unit: "PERCENT"}, ComputedDesiredCount: s.share(d), PendingCount: d.pending, RunningCount: d.running,
		LaunchType: r.LaunchType, CapacityProviderStrategy: r.CapacityProviderStrategy, PlatformVersion: r.PlatformVersion,
		NetworkConfiguration: r.NetworkConfiguration, LoadBalancers: r.LoadBalancers, ServiceRegistries: r.ServiceRegistries,
		StabilityStatus: stability, StabilityStatusAt: at, CreatedAt: d.CreatedAt, UpdatedAt: d.UpdatedAt, Tags: d.Set.Tags,
	}
}
