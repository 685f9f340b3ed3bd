package scheduler

import (
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/capacity"
)

// provider is a capacity provider over an Auto Scaling group, with what managed
// scaling remembers about it.
type provider struct {
	Spec       ecs.CapacityProvider `json:"spec"`
	Scaling    capacity.Scaling     `json:"scaling,omitzero"`
	LookAt     time.Time            `json:"lookAt,omitzero"`      // when managed scaling looks next
	Metric     []ReservationPoint   `json:"metric,omitempty"`     // CapacityProviderReservation, where it changed
	Activities []ScalingActivity    `json:"activities,omitempty"` // what managed scaling did, oldest first
}

// group is the name of the provider's Auto Scaling group.
func (p *provider) group() string {
	return groupName(p.Spec.AutoScalingGroupProvider.AutoScalingGroupARN)
}

// groupName is the name in an Auto Scaling group's ARN, or the name itself.
func groupName(arn ecs.ARN) string { return arn.Short() }

// active reports whether the provider has not been deleted.
func (p *provider) active() bool { return p.Spec.Status == ecs.CapacityProviderActive }

// The bounds and defaults of managed scaling (ECS semantics 6.5), and of what a
// cluster has (11).
const (
	stepMost      = 10_000
	warmupDefault = ecs.Seconds(300 * time.Second)
	warmupMost    = ecs.Seconds(10_000 * time.Second)
	providersMost = 20
)

// The refusals of ECS about capacity providers (ECS semantics 6.4; those that
// are not in it have been seen in answers of ECS).
const (
	badProviderName     = `The specified capacity provider name is invalid. Up to 255 characters are allowed, including letters (upper and lowercase), numbers, underscores, and hyphens. The name cannot be prefixed with "aws", "ecs", or "fargate".`
	providerExists      = "The specified capacity provider already exists. To change the configuration of an existing capacity provider, update the capacity provider."
	groupIsUsed         = "The specified Auto Scaling group ARN is already being used by another capacity provider. Specify a unique Auto Scaling group ARN and try again."
	badStepSize         = "The minimum or maximum scaling step size value is invalid"
	badProtection       = "The managed termination protection setting for the capacity provider is invalid. To enable managed termination protection for a capacity provider, the Auto Scaling group must have instance protection from scale in enabled."
	providerInUse       = "The specified capacity provider is in use and cannot be removed."
	providerIsAttached  = "The capacity provider cannot be deleted because it is associated with cluster: %s. Remove the capacity provider from the cluster and try again."
	providerNotFound    = "The specified capacity provider was not found. Specify a valid name or ARN and try again."
	groupNotFound       = "The specified Auto Scaling group ARN was not found. Specify a valid Auto Scaling group ARN and try again."
	badTarget           = "The target capacity value is invalid. It must be between 1 and 100."
	badWarmup           = "The instance warmup period value is invalid. It must be between 0 and 10000."
	tooManyProviders    = "A cluster can have at most 20 capacity providers."
	duplicateProviders  = "The specified capacity providers contain duplicates."
	launchAndStrategy   = "Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again."
	provisioningIsFull  = "The limit of 500 tasks in the PROVISIONING state of the cluster was exceeded."
	daemonOnProviders   = "Specifying a capacity provider strategy is not supported when you create a service using the DAEMON scheduling strategy."
	notInterruptible    = "The task does not run on FARGATE_SPOT."
	unknownShortage     = "Only FARGATE and FARGATE_SPOT can be short of capacity here."
	badGroup            = "The Auto Scaling group needs a name, sizes with 0 <= minSize <= desiredCapacity <= maxSize, and an instance type."
	alreadyTerminating  = "Container instance %s cannot be ACTIVE again: the Auto Scaling group %s terminates it. Let the group start another one."
	provisioningAtLimit = "was unable to place tasks in your cluster because the tasks provisioning capacity limit was exceeded."
)

func client(message string) error {
	return &ecs.Error{Code: ecs.CodeClient, Message: message}
}

// validProviderName reports whether a capacity provider may have the name (ECS
// semantics 6.4).
func validProviderName(name string) bool {
	lower := strings.ToLower(name)
	for _, taken := range [...]string{"aws", "ecs", "fargate"} {
		if strings.HasPrefix(lower, taken) {
			return false
		}
	}
	return name != "" && len(name) <= 255 && strings.Trim(lower, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}

// createCapacityProvider makes a capacity provider over an Auto Scaling group.
// It takes effect when it is associated with the cluster.
func (c *Cluster) createCapacityProvider(cmd *CreateCapacityProvider) error {
	spec, err := NewCapacityProvider(c.cfg.Scope, cmd, c.scalingGroup(cmd.AutoScalingGroupProvider.AutoScalingGroupARN), c.CapacityProviders())
	if err != nil {
		return err
	}
	if _, ok := c.providers[cmd.Name]; ok {
		c.replaced(func(r *retained) bool { return r.Provider == cmd.Name })
	}
	c.providers[cmd.Name] = &provider{Spec: *spec}
	return nil
}

// NewCapacityProvider is what CreateCapacityProvider makes, with the defaults
// filled in, or its refusal. The Auto Scaling group is nil when there is none;
// known are the capacity providers that there are. A cluster asks it about its
// own, and who keeps those of an account about them.
func NewCapacityProvider(scope ecs.Scope, cmd *CreateCapacityProvider, group *ecs.AutoScalingGroup, known []ecs.CapacityProvider) (*ecs.CapacityProvider, error) {
	if !validProviderName(cmd.Name) {
		return nil, client(badProviderName)
	}
	active := func(p ecs.CapacityProvider) bool { return p.Status == ecs.CapacityProviderActive }
	if slices.ContainsFunc(known, func(p ecs.CapacityProvider) bool { return active(p) && p.Name == cmd.Name }) {
		return nil, client(providerExists)
	}
	settings := cmd.AutoScalingGroupProvider
	fill(&settings.ManagedDraining, ecs.Enabled) // of new ones (ECS semantics 6.2)
	if err := settleProvider(&settings, group); err != nil {
		return nil, err
	}
	if slices.ContainsFunc(known, func(p ecs.CapacityProvider) bool {
		return active(p) && groupName(p.AutoScalingGroupProvider.AutoScalingGroupARN) == groupName(settings.AutoScalingGroupARN)
	}) {
		return nil, client(groupIsUsed)
	}
	return &ecs.CapacityProvider{
		ARN: ecs.CapacityProviderARN(scope, cmd.Name), Name: cmd.Name, Status: ecs.CapacityProviderActive,
		UpdateStatus: ecs.CapacityProviderCreateComplete, AutoScalingGroupProvider: &settings, Tags: cmd.Tags,
	}, nil
}

// scalingGroup is the Auto Scaling group of an ARN or a name, nil when the
// cluster has not heard of it.
func (c *Cluster) scalingGroup(arn ecs.ARN) *ecs.AutoScalingGroup {
	if g, ok := c.scalingGroups[groupName(arn)]; ok {
		return &g.Spec
	}
	return nil
}

// settleProvider fills in the defaults of a capacity provider's settings, and
// refuses those that ECS refuses.
func settleProvider(s *ecs.AutoScalingGroupProvider, g *ecs.AutoScalingGroup) error {
	m := &s.ManagedScaling
	fill(&m.Status, ecs.Disabled)
	fill(&s.ManagedTerminationProtection, ecs.Disabled)
	orElse(&m.TargetCapacity, 100)
	orElse(&m.MinimumScalingStepSize, 1)
	orElse(&m.MaximumScalingStepSize, stepMost)
	if m.InstanceWarmupPeriod == nil {
		period := warmupDefault
		m.InstanceWarmupPeriod = &period
	}
	switch {
	case m.MinimumScalingStepSize < 1 || m.MaximumScalingStepSize > stepMost || m.MinimumScalingStepSize > m.MaximumScalingStepSize:
		return client(badStepSize)
	case m.TargetCapacity < 1 || m.TargetCapacity > 100:
		return client(badTarget)
	case *m.InstanceWarmupPeriod < 0 || *m.InstanceWarmupPeriod > warmupMost:
		return client(badWarmup)
	case g == nil:
		return client(groupNotFound)
	case s.ManagedTerminationProtection == ecs.Enabled && (!g.NewInstancesProtectedFromScaleIn || m.Status != ecs.Enabled):
		return client(badProtection)
	}
	return nil
}

func orElse(field *int, value int) {
	if *field == 0 {
		*field = value
	}
}

// updateCapacityProvider changes the settings that the command has.
func (c *Cluster) updateCapacityProvider(cmd *UpdateCapacityProvider) error {
	p, err := c.activeProvider(cmd.Name)
	if err != nil {
		return err
	}
	spec, err := ChangedCapacityProvider(&p.Spec, cmd, c.scalingGroup(p.Spec.AutoScalingGroupProvider.AutoScalingGroupARN))
	if err != nil {
		return err
	}
	p.Spec = *spec
	c.stir(p)
	c.wakeWaiting() // a task without a place may wait for one now
	return nil
}

// ChangedCapacityProvider is what UpdateCapacityProvider makes of a capacity
// provider, or its refusal.
func ChangedCapacityProvider(old *ecs.CapacityProvider, cmd *UpdateCapacityProvider, group *ecs.AutoScalingGroup) (*ecs.CapacityProvider, error) {
	out, settings := *old, *old.AutoScalingGroupProvider
	set(&settings.ManagedScaling, cmd.ManagedScaling)
	set(&settings.ManagedTerminationProtection, cmd.ManagedTerminationProtection)
	set(&settings.ManagedDraining, cmd.ManagedDraining)
	if err := settleProvider(&settings, group); err != nil {
		return nil, err
	}
	out.AutoScalingGroupProvider, out.UpdateStatus = &settings, ecs.CapacityProviderUpdateComplete
	return &out, nil
}

// deleteCapacityProvider ends a provider that the cluster does not use. Its
// record stays a while, as other records do.
func (c *Cluster) deleteCapacityProvider(cmd *DeleteCapacityProvider) error {
	p, err := c.activeProvider(cmd.Name)
	if err != nil {
		return err
	}
	if slices.Contains(c.associated, cmd.Name) {
		return client(strings.Replace(providerIsAttached, "%s", string(c.cfg.Name), 1))
	}
	*p = provider{Spec: p.Spec}
	p.Spec.Status, p.Spec.UpdateStatus = ecs.CapacityProviderInactive, ecs.CapacityProviderDeleteComplete
	c.stir(p)
	c.retain(retained{At: c.now.Add(inactiveRetention), Provider: cmd.Name})
	return nil
}

func (c *Cluster) activeProvider(name string) (*provider, error) {
	p, ok := c.providers[name]
	if !ok || !p.active() {
		return nil, client(providerNotFound)
	}
	return p, nil
}
