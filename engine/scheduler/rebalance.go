package scheduler

import (
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/rollout"
)

// balancing is Availability Zone rebalancing in progress (ECS semantics 2.8
// [DG: Balancing an Amazon ECS service across Availability Zones; Track Amazon
// ECS Availability Zone rebalancing]).
type balancing struct {
	Extra ecs.TaskID `json:"extra,omitempty"` // the task that was started, while another one has to stop for it
}

// extra is how many tasks beyond the desired count rebalancing has started: one
// at most.
func (c *Cluster) extra(s *service) int {
	if s.Balance == nil || s.Balance.Extra == "" {
		return 0
	}
	if t := c.tasks[s.Balance.Extra]; t == nil || !t.wanted() || t.dep != s.primary() {
		return 0
	}
	return 1
}

// rebalance does the next step of rebalancing a service that has all its tasks,
// healthy, and reports whether it is in progress. It begins only after the
// service has told its steady state.
func (c *Cluster) rebalance(s *service, t *tally) bool {
	s.Zone = ""
	if s.Spec.AvailabilityZoneRebalancing != ecs.Enabled || len(s.Deployments) > 1 || s.primary().State != ecs.RolloutCompleted {
		c.stopRebalancing(s)
		c.overBalance(s)
		return false
	}
	b := c.blueprintOf(s, s.primary())
	zones := c.balance(s, b)
	if t.Extra > 0 {
		return c.giveBack(s, zones)
	}
	if zones.Even() {
		if s.Balance != nil {
			c.event(s, "is AZ balanced with %s.", shares(zones))
			c.act(s, ecs.ActionDetail{Type: ecs.EventInfo, Name: "SERVICE_REBALANCING_COMPLETED"})
		}
		s.Balance = nil
		c.overBalance(s)
		return false
	}
	if s.Balance == nil {
		if !s.stands(standingSteady) {
			c.wake(s, c.now.Add(PassDelay))
			return false
		}
		if c.tell(s, standingUneven, "is not AZ balanced with %s. AZ Rebalancing in progress.", shares(zones)) {
			c.tellAction(s, standingUneven, ecs.ActionDetail{Type: ecs.EventInfo, Name: "SERVICE_REBALANCING_STARTED"})
		}
		s.Balance = &balancing{}
	}
	return c.gain(s, t, b, zones)
}

// balance is how many tasks the service has in each zone that it may use.
func (c *Cluster) balance(s *service, b *blueprint) rollout.Balance {
	var names []string
	if len(s.Spec.CapacityProviderStrategy) == 0 {
		names = c.zonesFor(s, b)
	}
	for _, item := range s.Spec.CapacityProviderStrategy {
		names = append(names, c.zonesFor(s, b.by(item.CapacityProvider))...)
	}
	slices.Sort(names)
	names = slices.Compact(names)
	out := make(rollout.Balance, len(names))
	for i, zone := range names {
		out[i].Zone = zone
	}
	for _, t := range s.live {
		if i, ok := slices.BinarySearch(names, t.Task.AvailabilityZone); ok && t.wanted() {
			out[i].Tasks++
		}
	}
	return out
}

// zonesFor are the zones that a task of the service may be in.
func (c *Cluster) zonesFor(s *service, b *blueprint) []string {
	if b.origin.LaunchType == ecs.LaunchFargate {
		return slices.Clone(c.fargateZones(b))
	}
	return c.fleet.Zones(c.placementRequest(s, b))
}

// shares is "2 tasks in us-east-1a, 1 tasks in us-east-1b".
func shares(zones rollout.Balance) string {
	parts := make([]string, len(zones))
	for i, z := range zones {
		parts[i] = fmt.Sprintf("%d tasks in %s", z.Tasks, z.Zone)
	}
	return strings.Join(parts, ", ")
}

// gain starts a task in the emptiest zone that has a place for it. Where none
// has one, rebalancing ends, and the service waits for a place there.
func (c *Cluster) gain(s *service, t *tally, b *blueprint, zones rollout.Balance) bool {
	if t.Deployments[0].Held {
		return true // it goes on when the back-off is over
	}
	if t.Bounds.Upper <= t.Desired {
		// ECS has no words for this; the first of them are of its other refusals.
		c.unable(s, "was unable to AZ Rebalance because of the service deployment configuration. Update the maximumPercent value and try again.", "SERVICE_REBALANCING_STOPPED")
		return false
	}
	var full *Wait // for a place in the emptiest zone
	for _, zone := range zones.Gainers() {
		giver := c.giver(s, zones.Givers(zone), "")
		if giver == nil {
			continue
		}
		b := b.by(giver.Task.CapacityProvider) // so that each provider keeps its share
		at, unplaceable := c.findPlaceIn(s, b, zone)
		if unplaceable != nil {
			if full == nil {
				full = &Wait{Kind: WaitZone, Zone: zone, Unplaced: unplaceable}
			}
			continue
		}
		c.over(s, standingZone)
		if c.throttled(s) {
			return true // it is the start that is throttled, not the look for a place
		}
		s.TaskOrdinal++
		c.launched(s, 1)
		extra := c.start(b, at)
		s.Balance.Extra = extra.ID
		c.event(s, "has started 1 tasks in %s to AZ Rebalance: %s.", zone, taskNames([]*task{extra}))
		c.act(s, c.aboutTask("TASKS_STARTED", extra))
		return true
	}
	if full == nil {
		c.unable(s, fmt.Sprintf("was unable to AZ Rebalance because (taskSet %s) was unable to scale in due to (reason %d tasks under protection)",
			s.primary().ID, s.protected), "TASKSET_SCALE_IN_FAILURE_BY_TASK_PROTECTION")
		return false
	}
	s.Zone = full.Zone
	c.waitsForPlace(s)
	c.unable(s, full.Event(), "SERVICE_TASK_PLACEMENT_FAILURE")
	return false
}

// unable ends rebalancing with a reason that lasts.
func (c *Cluster) unable(s *service, why, action string) {
	s.Balance = nil
	if c.tell(s, standingZone, "%s", why) {
		c.tellAction(s, standingZone, ecs.ActionDetail{Type: ecs.EventError, Name: action})
	}
}

func (c *Cluster) aboutTask(action string, t *task) ecs.ActionDetail {
	return ecs.ActionDetail{Type: ecs.EventInfo, Name: action, TaskARNs: []ecs.ARN{ecs.TaskARN(c.cfg.Scope, c.cfg.Name, t.ID)}}
}

// findPlaceIn is a place in one zone.
func (c *Cluster) findPlaceIn(s *service, b *blueprint, zone string) (place, *placement.Unplaceable) {
	b.ordinal = s.TaskOrdinal + 1
	there, needs := *b, *b.requirements
	needs.Zones = []string{zone}
	there.requirements, there.rebalances = &needs, true
	return c.findPlace(s, &there, &zoneCount{tasks: s.live})
}

// unplacedIn is why no task finds a place in a zone.
func (c *Cluster) unplacedIn(s *service, zone string) *placement.Unplaceable {
	b := c.blueprintOf(s, s.primary())
	for _, item := range s.Spec.CapacityProviderStrategy {
		if _, u := c.findPlaceIn(s, b.by(item.CapacityProvider), zone); u != nil {
			return u
		}
	}
	_, u := c.findPlaceIn(s, b, zone)
	return u
}

// giveBack stops a task in the fullest zone, now that the one that was started
// for it is healthy.
func (c *Cluster) giveBack(s *service, zones rollout.Balance) bool {
	extra := c.tasks[s.Balance.Extra]
	s.Balance.Extra = ""
	c.wake(s, c.now.Add(PassDelay))
	t := c.giver(s, zones.Givers(extra.Task.AvailabilityZone), extra.Task.CapacityProvider)
	if t == nil {
		// The zones have changed so that the task is of no use any more. It is one
		// too many then.
		c.stopRebalancing(s)
		return true
	}
	c.request(t, ecs.ServiceSchedulerInitiated, scalingReason(t.dep))
	c.event(s, "has stopped 1 running tasks in %s due to AZ rebalancing: %s.", t.Task.AvailabilityZone, taskNames([]*task{t}))
	c.act(s, c.aboutTask("TASKS_STOPPED", t))
	return true
}

// giver is the task that rebalancing stops in the first of the zones where it
// may stop one, if it can one of a capacity provider.
func (c *Cluster) giver(s *service, zones []string, provider string) *task {
	for _, zone := range zones {
		var all, alike []*task
		for _, t := range s.live {
			if t.wanted() && t.Task.AvailabilityZone == zone && t.ProtectedUntil.IsZero() {
				all = append(all, t)
				if t.Task.CapacityProvider == provider {
					alike = append(alike, t)
				}
			}
		}
		if len(alike) > 0 {
			return c.choose(s, s.primary(), alike, 1)[0]
		}
		if len(all) > 0 {
			return c.choose(s, s.primary(), all, 1)[0]
		}
	}
	return nil
}

// by is the blueprint of a task that a capacity provider has, "" standing for the
// launch type.
func (b *blueprint) by(provider string) *blueprint {
	if provider == b.origin.CapacityProvider {
		return b
	}
	o, out := *b.origin, *b
	o.CapacityProvider = provider
	if out.origin = &o; b.dep != nil {
		out.origin = b.dep.origin(&o)
	}
	return &out
}

// stopRebalancing ends rebalancing that is in progress, because something else
// happens to the service.
func (c *Cluster) stopRebalancing(s *service) {
	if s.Balance == nil {
		return
	}
	s.Balance = nil
	c.over(s, standingUneven)
	c.event(s, "stopped AZ Rebalancing.")
	c.act(s, ecs.ActionDetail{Type: ecs.EventInfo, Name: "SERVICE_REBALANCING_STOPPED"})
}

// overBalance ends what was told about the zones of a service: it is not
// rebalanced now.
func (c *Cluster) overBalance(s *service) {
	c.over(s, standingUneven)
	c.over(s, standingZone)
}

// stands reports whether a condition was told and is still true.
func (s *service) stands(kind string) bool {
	return slices.ContainsFunc(s.Standing, func(x standing) bool { return x.Kind == kind })
}
