package scheduler

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gantry/ecs"
	"gantry/engine/placement"
)

// atOnce is how many tasks RunTask and StartTask take in one call.
const atOnce = 10

// run is a RunTask that was read and is in order.
type run struct {
	b      *blueprint
	policy *placement.Policy
	count  int
	split  *split
	wait   *wait
}

// longestGroup is how many characters a task group may have (ECS semantics 2.4).
const longestGroup = 255

// runTask places standalone tasks, each as well as it can (ECS semantics 2.9).
func (c *Cluster) runTask(cmd *RunTask) (Outcome, error) {
	r, err := c.readRun(cmd)
	if err != nil {
		return Outcome{}, err
	}
	return c.runTasks(r), nil
}

func (c *Cluster) readRun(cmd *RunTask) (*run, error) {
	count := cmd.Count
	if count == 0 {
		count = 1
	}
	if count < 0 || count > atOnce {
		return nil, invalid(fmt.Sprintf("count should be between 1 and %d, but was %d.", atOnce, cmd.Count))
	}
	strategy, err := c.chooseStrategy(cmd.LaunchType, cmd.CapacityProviderStrategy)
	if err != nil {
		return nil, err
	}
	launch := cmd.LaunchType
	fill(&launch, launchFrom(strategy))
	if err := validateLaunch(launch, &cmd.TaskDefinition); err != nil {
		return nil, err
	}
	if launch == ecs.LaunchEC2 && cmd.PlatformVersion != "" {
		return nil, invalid(platformOnEC2)
	}
	if launch == ecs.LaunchFargate && len(cmd.PlacementStrategy)+len(cmd.PlacementConstraints) > 0 {
		return nil, invalid("Placement strategies and constraints are not supported with FARGATE launch type.")
	}
	policy, refused := placement.TaskPolicy(cmd.TaskDefinition.PlacementConstraints, cmd.PlacementConstraints, cmd.PlacementStrategy)
	if refused != nil {
		return nil, refused
	}
	b, err := c.standalone(&cmd.TaskDefinition, cmd.Group, cmd.NetworkConfiguration, cmd.Overrides, launch)
	if err != nil {
		return nil, err
	}
	if launch == ecs.LaunchEC2 && len(strategy) == 0 && c.fleet.Active() == 0 {
		return nil, invalid("No Container Instances were found in your cluster.")
	}
	if c.mayWait(strategy) && len(c.provisioning)+count > provisioningMost {
		return nil, client(provisioningIsFull)
	}
	b.volumes = ecs.ManagedVolumes(cmd.VolumeConfigurations)
	b.origin.StartedBy, b.origin.EnableExecuteCommand, b.origin.Tags = cmd.StartedBy, cmd.EnableExecuteCommand, cmd.Tags
	if launch == ecs.LaunchFargate {
		b.origin.PlatformVersion = platform(cmd.PlatformVersion)
	}
	return &run{b, policy, count, newSplit(strategy), &wait{
		Constraints: cmd.PlacementConstraints, Strategy: cmd.PlacementStrategy, Network: cmd.NetworkConfiguration, Volumes: b.volumes,
	}}, nil
}

// runTasks starts standalone tasks, or lets them wait for capacity.
func (c *Cluster) runTasks(r *run) Outcome {
	var out Outcome
	zones := &zoneCount{}
	b := r.b
	failed := map[string][]ecs.Failure{} // of a task that finds no place, by capacity provider
	for n := range r.count {
		b.ordinal = c.ordinals[b.origin.Group] + 1
		t, unplaceable, _ := c.startOne(b, r.split, r.wait, func() (place, *placement.Unplaceable) { return c.placeOf(r, zones) })
		if t != nil {
			c.ordinals[b.origin.Group]++
			zones.add(t)
			out.Tasks = append(out.Tasks, t.ID)
			continue
		}
		provider := b.origin.CapacityProvider
		switch {
		case unplaceable == nil: // it was asked for an earlier task
		case unplaceable.NoCapacity:
			failed[provider] = []ecs.Failure{{Reason: placement.FargateUnavailable}}
		default:
			failed[provider] = c.fleet.Failures(c.requestFor(b, r.policy))
		}
		unplaced := 1
		if r.split == nil {
			unplaced = r.count - n // the others ask for the same
		}
		for range unplaced {
			out.Failures = append(out.Failures, failed[provider]...)
		}
		if r.split == nil {
			break
		}
	}
	return out
}

// placeOf is where the next task of a run goes. Zones counts those that were started.
func (c *Cluster) placeOf(r *run, zones *zoneCount) (place, *placement.Unplaceable) {
	if r.b.origin.LaunchType == ecs.LaunchFargate {
		return c.fargatePlace(r.b, zones)
	}
	return c.placed(r.b, c.requestFor(r.b, r.policy), 0)
}

// requestFor asks for a place for a task.
func (c *Cluster) requestFor(b *blueprint, policy *placement.Policy) *placement.Request {
	r := &placement.Request{Requirements: b.requirements, Policy: policy, Group: b.origin.Group, CapacityProvider: b.origin.CapacityProvider}
	if policy.Draws() {
		parts := b.idParts("place")
		r.Random = c.number(parts[:]...)
	}
	return r
}

// startTask starts one task on each named instance, or says why not.
func (c *Cluster) startTask(cmd *StartTask) (Outcome, error) {
	if n := len(cmd.Instances); n < 1 || n > atOnce {
		return Outcome{}, invalid(fmt.Sprintf("containerInstances should have between 1 and %d items, but had %d.", atOnce, n))
	}
	if err := validateLaunch(ecs.LaunchEC2, &cmd.TaskDefinition); err != nil {
		return Outcome{}, err
	}
	b, err := c.standalone(&cmd.TaskDefinition, cmd.Group, cmd.NetworkConfiguration, cmd.Overrides, ecs.LaunchEC2)
	if err != nil {
		return Outcome{}, err
	}
	policy, refused := placement.TaskPolicy(cmd.TaskDefinition.PlacementConstraints, nil, nil)
	if refused != nil {
		return Outcome{}, refused
	}
	b.volumes = ecs.ManagedVolumes(cmd.VolumeConfigurations)
	b.origin.StartedBy, b.origin.EnableExecuteCommand, b.origin.Tags = cmd.StartedBy, cmd.EnableExecuteCommand, cmd.Tags
	var out Outcome
	for _, id := range cmd.Instances {
		if reason := c.unfit(id, b, policy); reason != "" {
			arn := ecs.ContainerInstanceARN(c.cfg.Scope, c.cfg.Name, id)
			out.Failures = append(out.Failures, ecs.Failure{ARN: arn, Reason: reason})
			continue
		}
		c.ordinals[b.origin.Group]++
		b.ordinal = c.ordinals[b.origin.Group]
		out.Tasks = append(out.Tasks, c.start(b, place{instance: id, why: asTold}).ID)
	}
	return out, nil
}

// unfit is why the instance cannot take the task, or "".
func (c *Cluster) unfit(id ecs.ContainerInstanceID, b *blueprint, policy *placement.Policy) string {
	i, ok := c.instances[id]
	switch {
	case !ok:
		return "MISSING"
	case i.Instance.Status == ecs.InstanceInactive:
		return "INACTIVE"
	}
	reasons, _ := c.fleet.Check(id, &placement.Request{Requirements: b.requirements, Policy: policy, Group: b.origin.Group})
	if len(reasons) == 0 {
		return ""
	}
	return reasons[0].Failure()
}

// standalone is the blueprint that RunTask and StartTask have in common.
func (c *Cluster) standalone(def *ecs.TaskDefinition, group string, n *ecs.NetworkConfiguration, o *ecs.TaskOverride, launch ecs.LaunchType) (*blueprint, error) {
	if strings.HasPrefix(group, "service:") {
		return nil, invalid("The group of a task that no service starts can not begin with service:.")
	}
	if n := utf8.RuneCountInString(group); n > longestGroup {
		return nil, invalid(fmt.Sprintf("The group of a task can have at most %d characters, but has %d. Give it a shorter name.", longestGroup, n))
	}
	if group == "" {
		group = "family:" + string(def.Family)
	}
	if err := c.validateNetwork(n, def, launch); err != nil {
		return nil, err
	}
	if err := validateOverrides(o, def); err != nil {
		return nil, err
	}
	b := &blueprint{def: def, network: n, requirements: placement.RequirementsOf(def, o), origin: &Origin{
		TaskDefinitionARN: def.ARN, Group: group, LaunchType: launch, Overrides: o,
	}}
	b.requirements.Zones = c.zones(n)
	return b, nil
}

// stopTask stops a task for a user (ECS semantics 4.14, 5.3).
func (c *Cluster) stopTask(cmd *StopTask) error {
	t, ok := c.tasks[cmd.ID]
	if !ok {
		return invalid("The referenced task was not found.")
	}
	reason := cmd.Reason
	fill(&reason, "Task stopped by user")
	if t.wanted() {
		c.request(t, ecs.UserInitiated, reason)
		if t.svc != nil {
			c.wake(t.svc, c.now.Add(PassDelay))
		}
	}
	return nil
}
