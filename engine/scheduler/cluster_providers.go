package scheduler

import (
	"maps"
	"slices"

	"gantry/ecs"
	"gantry/engine/capacity"
)

// putClusterCapacityProviders associates capacity providers with the cluster and
// sets its default strategy (ECS semantics 6.4).
func (c *Cluster) putClusterCapacityProviders(cmd *PutClusterCapacityProviders) error {
	if len(cmd.CapacityProviders) > providersMost {
		return invalid(tooManyProviders)
	}
	for i, name := range cmd.CapacityProviders {
		if p, ok := c.providers[name]; !ecs.OnFargate(name) && (!ok || !p.active()) {
			return invalid(providerNotFound)
		}
		if slices.Contains(cmd.CapacityProviders[:i], name) {
			return invalid(duplicateProviders)
		}
	}
	if err := capacity.ValidateDefault(cmd.DefaultStrategy, cmd.CapacityProviders); err != nil {
		return err
	}
	gone := slices.DeleteFunc(slices.Clone(c.associated), func(name string) bool { return slices.Contains(cmd.CapacityProviders, name) })
	if slices.ContainsFunc(gone, c.providerIsUsed) {
		return &ecs.Error{Code: "ResourceInUseException", Message: providerInUse}
	}
	c.associated, c.defaultStrategy = slices.Clone(cmd.CapacityProviders), slices.Clone(cmd.DefaultStrategy)
	for _, i := range c.instanceList() {
		if i.Group != "" && i.Instance.Status != ecs.InstanceInactive {
			c.join(i)
		}
	}
	for _, name := range append(gone, c.associated...) {
		c.stir(c.providers[name])
	}
	c.wakeWaiting()
	return nil
}

// join makes an instance one of the provider's over its Auto Scaling group, or
// one of none.
func (c *Cluster) join(i *instance) {
	name := c.providerOf(i.Group)
	if i.Instance.CapacityProvider == name {
		return
	}
	i.Instance.CapacityProvider = name
	c.changedInstance(i)
	c.fleet.SetCapacityProvider(i.ID, name)
	c.wakeWaiting()
}

// providerOf is the associated capacity provider over an Auto Scaling group, or "".
func (c *Cluster) providerOf(group string) string {
	for _, name := range c.associated {
		if p, ok := c.providers[name]; ok && group != "" && p.group() == group {
			return name
		}
	}
	return ""
}

// providerIsUsed reports whether a service or a task that lives uses the provider.
func (c *Cluster) providerIsUsed(name string) bool {
	for _, s := range c.serviceList() {
		if s.Spec.Status == ecs.ServiceInactive {
			continue
		}
		if m := s.Managed; m != nil && slices.Contains(m.CapacityProviders, name) {
			return true
		}
		if names(s.Spec.CapacityProviderStrategy, name) || slices.ContainsFunc(s.Deployments, func(d *deployment) bool { return names(s.strategyOf(d), name) }) {
			return true
		}
	}
	return slices.ContainsFunc(c.order, func(t *task) bool {
		return !t.gone && t.Task.CapacityProvider == name && t.Task.LastStatus != ecs.TaskStopped
	})
}

// names reports whether a strategy names the provider.
func names(strategy []ecs.CapacityProviderStrategyItem, provider string) bool {
	return slices.ContainsFunc(strategy, func(i ecs.CapacityProviderStrategyItem) bool { return i.CapacityProvider == provider })
}

// CapacityProviders are the capacity providers over Auto Scaling groups, by name,
// lately deleted ones too.
func (c *Cluster) CapacityProviders() []ecs.CapacityProvider {
	var out []ecs.CapacityProvider
	for _, name := range slices.Sorted(maps.Keys(c.providers)) {
		spec := c.providers[name].Spec
		settings := *spec.AutoScalingGroupProvider
		spec.AutoScalingGroupProvider = &settings
		out = append(out, spec)
	}
	return out
}

// Associated are the capacity providers of the cluster, in the order in which
// they were given, and its default strategy.
func (c *Cluster) Associated() (providers []string, strategy []ecs.CapacityProviderStrategyItem) {
	return slices.Clone(c.associated), slices.Clone(c.defaultStrategy)
}
