package scheduler

import (
	"slices"

	"gantry/ecs"
	"gantry/engine/capacity"
	"gantry/engine/placement"
)

// chooseStrategy is where something new gets its capacity from: the strategy or
// the launch type that was asked for, or the cluster's default strategy when
// neither was (ECS semantics 2.9, 6.4). Every account has FARGATE and FARGATE_SPOT,
// but a strategy can only name them once they are associated with the cluster
// [API: CapacityProviderStrategyItem; as seen in answers of RunTask].
func (c *Cluster) chooseStrategy(launch ecs.LaunchType, asked []ecs.CapacityProviderStrategyItem) ([]ecs.CapacityProviderStrategyItem, error) {
	switch {
	case launch != "" && len(asked) > 0:
		return nil, invalid(launchAndStrategy)
	case launch != "":
		return nil, nil
	case len(asked) == 0:
		return c.defaultStrategy, nil
	}
	return asked, capacity.Validate(asked, c.associated)
}

// unforcedStrategy is what ECS says [as seen in answers of UpdateService: pipe-cd/pipecd#6385,
// kayac/ecspresso#481].
const unforcedStrategy = "When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment."

// launchFrom is how tasks run that get their capacity from a strategy.
func launchFrom(strategy []ecs.CapacityProviderStrategyItem) ecs.LaunchType {
	if len(strategy) > 0 && ecs.OnFargate(strategy[0].CapacityProvider) {
		return ecs.LaunchFargate // a strategy is all of it or nothing
	}
	return ecs.LaunchEC2
}

// split spreads new tasks over the providers of a strategy. Without a strategy it
// is nil, and leaves everything as it is.
type split struct {
	strategy []ecs.CapacityProviderStrategyItem
	assigned []int     // tasks that each provider has, or would have if it had room
	full     []bool    // it has no room for one more
	origins  []*Origin // of its tasks
}

func newSplit(strategy []ecs.CapacityProviderStrategyItem) *split {
	if len(strategy) == 0 {
		return nil
	}
	n := len(strategy)
	return &split{strategy: strategy, assigned: make([]int, n), full: make([]bool, n), origins: make([]*Origin, n)}
}

// strategyOf is the capacity provider strategy of a deployment.
func (s *service) strategyOf(d *deployment) []ecs.CapacityProviderStrategyItem {
	return s.revision(d.Revision).CapacityProviderStrategy
}

// changeStrategy puts what an update says of capacity providers in the place of a
// service's launch type or strategy. That takes a new deployment, for which the
// update has to ask. An empty strategy gives the launch type back (ECS semantics
// 6.4 [API:UpdateService]): the one that the service had before it, or if it never
// had any, the one that its providers stand for.
func (c *Cluster) changeStrategy(s *service, spec *ecs.Service, cmd *UpdateService) error {
	to := *cmd.CapacityProviderStrategy
	if len(to) > 0 {
		if _, err := c.chooseStrategy("", to); err != nil {
			return err
		}
	}
	switch {
	case slices.Equal(to, spec.CapacityProviderStrategy):
		return nil
	case !cmd.ForceNewDeployment:
		return invalid(unforcedStrategy)
	}
	launch := s.Launch
	fill(&launch, launchFrom(spec.CapacityProviderStrategy))
	spec.CapacityProviderStrategy, spec.LaunchType = slices.Clone(to), ""
	if len(to) == 0 {
		spec.LaunchType = launch
	}
	if launchOf(spec.LaunchType, to) != ecs.LaunchFargate {
		spec.PlatformVersion = ""
	}
	return nil
}

// splitOf is the split of a deployment's next tasks. What a provider has is
// counted over the deployment's own tasks, so that those which a rolling
// deployment is about to replace do not fill the base for the new ones; with one
// deployment those are the service's (ECS semantics 6.4).
func (c *Cluster) splitOf(s *service, d *deployment) *split {
	x := newSplit(s.strategyOf(d))
	if x == nil {
		return nil
	}
	for _, t := range s.live {
		if t.dep == d && t.wanted() {
			if i := x.index(t.Task.CapacityProvider); i >= 0 {
				x.assigned[i]++
			}
		}
	}
	return x
}

func (x *split) index(provider string) int {
	return slices.IndexFunc(x.strategy, func(i ecs.CapacityProviderStrategyItem) bool { return i.CapacityProvider == provider })
}

// next gives the blueprint of a task the provider that is next, and reports
// whether it may have room. One without room keeps its turn: no other provider
// takes over what is its share.
func (x *split) next(b *blueprint) bool {
	if x == nil {
		return true
	}
	i := capacity.Next(x.strategy, x.assigned)
	x.assigned[i]++
	if x.origins[i] == nil {
		x.origins[i] = b.by(x.strategy[i].CapacityProvider).origin
	}
	b.origin = x.origins[i]
	return !x.full[i]
}

// refuse notes that the provider of the blueprint has no room.
func (x *split) refuse(b *blueprint) {
	if x != nil {
		x.full[x.index(b.origin.CapacityProvider)] = true
	}
}

// startOne starts the next task, where the split says. When its provider has no
// room, the task waits for it if managed scaling works there; limited says that
// too many do.
func (c *Cluster) startOne(b *blueprint, x *split, w *wait, find func() (place, *placement.Unplaceable)) (t *task, u *placement.Unplaceable, limited bool) {
	if x.next(b) {
		var at place
		if at, u = find(); u == nil {
			return c.start(b, at), nil, false
		}
		x.refuse(b)
	}
	switch {
	case !c.managed(c.providers[b.origin.CapacityProvider]):
		return nil, u, false
	case len(c.provisioning) >= provisioningMost:
		return nil, nil, true
	}
	return c.await(b, w), nil, false
}

// unplacedOf is why the deployment's next task has no place, or with a strategy
// the next one on a provider where it does not wait for one.
func (c *Cluster) unplacedOf(s *service, d *deployment) *placement.Unplaceable {
	b, strategy := c.blueprintOf(s, d), s.strategyOf(d)
	if len(strategy) == 0 {
		return c.unplacedAt(s, b)
	}
	for _, item := range strategy {
		if item.Weight == 0 || c.managed(c.providers[item.CapacityProvider]) {
			continue
		}
		if u := c.unplacedAt(s, b.by(item.CapacityProvider)); u != nil {
			return u
		}
	}
	return nil
}

func (c *Cluster) unplacedAt(s *service, b *blueprint) *placement.Unplaceable {
	_, u := c.findPlace(s, b, &zoneCount{tasks: s.live})
	if u != nil && !u.NoCapacity {
		u = c.fleet.Unplaceable(c.placementRequest(s, b))
	}
	return u
}

// chooseBySplit picks n of the tasks such that those of the deployment which stay
// are spread over the providers as the strategy says (ECS semantics 6.4).
func (c *Cluster) chooseBySplit(s *service, d *deployment, from []*task, n int) []*task {
	x := c.splitOf(s, d)
	if x == nil || len(x.strategy) < 2 {
		return c.chooseByPlace(s, d, from, n)
	}
	byProvider := make([][]*task, len(x.strategy))
	var others []*task // of providers that the strategy no longer names
	for _, t := range from {
		if i := x.index(t.Task.CapacityProvider); i >= 0 {
			byProvider[i] = append(byProvider[i], t)
		} else {
			others = append(others, t)
		}
	}
	out := c.chooseByPlace(s, d, others, min(n, len(others)))
	goes := make([]int, len(x.strategy))
	for range n - len(out) {
		have := slices.Clone(x.assigned)
		for i := range have {
			if goes[i] == len(byProvider[i]) {
				have[i] = 0 // none of its tasks is left to choose
			}
		}
		i := capacity.Leave(x.strategy, have)
		if i < 0 {
			break
		}
		x.assigned[i]--
		goes[i]++
	}
	for i, k := range goes {
		out = append(out, c.chooseByPlace(s, d, byProvider[i], k)...)
	}
	return out
}

// actOnProviders tells the stream of state changes that the capacity providers
// of a service are steady, as the service is (ECS semantics 4.15).
func (c *Cluster) actOnProviders(s *service) {
	if len(s.Spec.CapacityProviderStrategy) == 0 {
		return
	}
	out := ecs.ActionDetail{Type: ecs.EventInfo, Name: "CAPACITY_PROVIDER_STEADY_STATE"}
	for _, item := range s.Spec.CapacityProviderStrategy {
		out.CapacityProviderARNs = append(out.CapacityProviderARNs, ecs.CapacityProviderARN(c.cfg.Scope, item.CapacityProvider))
	}
	c.act(s, out)
}

// mayWait reports whether tasks of the strategy may have to wait for capacity.
func (c *Cluster) mayWait(strategy []ecs.CapacityProviderStrategyItem) bool {
	return slices.ContainsFunc(strategy, func(i ecs.CapacityProviderStrategyItem) bool { return c.managed(c.providers[i.CapacityProvider]) })
}
