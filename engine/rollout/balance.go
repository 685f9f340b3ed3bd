package rollout

import (
	"cmp"
	"slices"
)

// ZoneTasks is how many tasks of a service an Availability Zone has.
type ZoneTasks struct {
	Zone  string
	Tasks int
}

// Balance is a service over the zones that it may use, each once, those without
// any of its tasks included. Rebalancing moves one task at a time: it starts one
// where Gainers says, waits until it is healthy, and stops one where Givers says
// (ECS semantics 2.8 [DG: Balancing an Amazon ECS service across Availability
// Zones]).
type Balance []ZoneTasks

// Even reports that no two zones differ by more than one task: each has its
// share of the tasks, rounded down or up.
func (b Balance) Even() bool {
	return len(b) == 0 || b.most()-b.fewest() <= 1
}

func (b Balance) most() int {
	return slices.MaxFunc(b, byTasks).Tasks
}

func (b Balance) fewest() int {
	return slices.MinFunc(b, byTasks).Tasks
}

func byTasks(a, b ZoneTasks) int { return cmp.Compare(a.Tasks, b.Tasks) }

// Gainers are the zones in which one more task brings the service nearer to its
// balance when one less is elsewhere, fewest tasks first. Of equal ones the name
// decides.
func (b Balance) Gainers() []string {
	if len(b) == 0 {
		return nil
	}
	most := b.most()
	return b.names(func(z ZoneTasks) bool { return most-z.Tasks > 1 }, func(x, y ZoneTasks) int {
		return cmp.Or(cmp.Compare(x.Tasks, y.Tasks), cmp.Compare(x.Zone, y.Zone))
	})
}

// Givers are the zones that have a task to spare for one in the zone that gains:
// as long as that has fewer, most tasks first. The task that was started there
// may be counted already.
func (b Balance) Givers(gains string) []string {
	i := slices.IndexFunc(b, func(z ZoneTasks) bool { return z.Zone == gains })
	if i < 0 {
		return nil
	}
	return b.names(func(z ZoneTasks) bool { return z.Tasks > b[i].Tasks }, func(x, y ZoneTasks) int {
		return cmp.Or(cmp.Compare(y.Tasks, x.Tasks), cmp.Compare(x.Zone, y.Zone))
	})
}

func (b Balance) names(take func(ZoneTasks) bool, by func(x, y ZoneTasks) int) []string {
	var zones Balance
	for _, z := range b {
		if take(z) {
			zones = append(zones, z)
		}
	}
	slices.SortFunc(zones, by)
	var out []string
	for _, z := range zones {
		out = append(out, z.Zone)
	}
	return out
}
