package simulate_test

import (
	"math/rand/v2"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// rebalancingFeature is services that set Availability Zone rebalancing aside,
// or take it up again. Others have it where they can, which is by default.
func rebalancingFeature() feature {
	return feature{
		name: "rebalancing",
		services: []decoration[scheduler.CreateService]{{"rebalancingSet", func(_ *world, c *scheduler.CreateService, r *rand.Rand) {
			if r.IntN(3) == 0 {
				c.Service.AvailabilityZoneRebalancing = "DISABLED"
			}
		}}},
		updates: []decoration[scheduler.UpdateService]{{"rebalancingChanged", func(_ *world, u *scheduler.UpdateService, r *rand.Rand) {
			if r.IntN(4) == 0 {
				setting := []string{"ENABLED", "DISABLED"}[r.IntN(2)]
				u.AvailabilityZoneRebalancing = &setting
			}
		}}},
		watch: func(l *laws) watcher {
			n := &balanceLaws{laws: l, last: map[ecs.ServiceName]string{}}
			return watcher{service: n.service, rest: l.checkBalance}
		},
	}
}

// checkBalance checks that each service that is rebalanced is spread over the
// zones that it may use, once it is at rest, or says why not.
func (l *laws) checkBalance() {
	c := l.sim.Cluster()
	if _, periodic, ok := l.sim.Next(); ok && !periodic {
		return
	}
	for _, name := range c.Services() {
		s, _ := c.Service(name)
		p := s.PrimaryDeployment()
		if s.AvailabilityZoneRebalancing != "ENABLED" || c.Restless(name) || len(s.Deployments) > 1 ||
			p.RolloutState != ecs.RolloutCompleted || s.RunningCount != s.DesiredCount || s.PendingCount > 0 {
			continue
		}
		count := l.usableZones(&s)
		for _, id := range c.Tasks(scheduler.TaskFilter{Service: name, DesiredStatus: ecs.TaskRunning}) {
			t, _ := c.Task(id)
			if i, ok := c.Instance(ecs.ContainerInstanceID(t.ContainerInstanceARN.Short())); ok && i.Status == ecs.InstanceDraining || !l.tasks[id].healthy {
				count = nil // it has something else to do first
			}
			if _, ok := count[t.AvailabilityZone]; ok {
				count[t.AvailabilityZone]++
			}
		}
		least, most := 1<<30, 0
		for _, n := range count {
			least, most = min(least, n), max(most, n)
		}
		why := slices.ContainsFunc(c.Standing(name), func(m string) bool {
			return strings.Contains(m, "unable to place a task") || strings.Contains(m, "was unable to AZ Rebalance")
		})
		if most-least > 1 && !why {
			l.fail("service %s is at rest with %v tasks in its zones, and does not say why: %q", name, count, c.Standing(name))
		}
	}
}

// usableZones are the zones that a service is spread over, with no task yet.
func (l *laws) usableZones(s *ecs.Service) map[string]int {
	count := map[string]int{}
	if slices.ContainsFunc(l.sim.Faults(), func(f simulate.Fault) bool { return f.CapacityShortage != nil }) {
		return nil // which zones can be used changes with it
	}
	if s.LaunchType == ecs.LaunchFargate || usesFargate(s.CapacityProviderStrategy) {
		for _, zone := range zones {
			if !slices.Contains(l.sim.Cluster().LostZones(), zone) {
				count[zone] = 0
			}
		}
		return count
	}
	filter := scheduler.InstanceFilter{Status: ecs.InstanceActive, Expression: "agentConnected == true"}
	for _, p := range s.PlacementConstraints {
		if p.Expression != "" {
			filter.Expression += " and " + p.Expression
		}
	}
	ids, _ := l.sim.Cluster().Instances(filter)
	for _, id := range ids {
		i, _ := l.sim.Cluster().Instance(id)
		zone, _ := i.Attribute(ecs.AttributeAvailabilityZone)
		if len(s.CapacityProviderStrategy) == 0 || slices.ContainsFunc(s.CapacityProviderStrategy, func(x ecs.CapacityProviderStrategyItem) bool {
			return x.CapacityProvider == i.CapacityProvider
		}) {
			count[zone] = 0
		}
	}
	return count
}
