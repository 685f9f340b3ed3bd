package simulate_test

import (
	"fmt"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// balanceLaws are what holds of each step of Availability Zone rebalancing: it
// moves one task at a time, and each one brings the service nearer to its balance
// (ECS semantics 2.8).
type balanceLaws struct {
	*laws
	last map[ecs.ServiceName]string // event that was looked at
}

func (l *balanceLaws) service(s *ecs.Service, _ string) {
	_, desired := l.desiredOf("balance of "+string(s.Name), s.DesiredCount)
	fresh := s.Events
	if i := slices.IndexFunc(fresh, func(e ecs.ServiceEvent) bool { return e.ID == l.last[s.Name] }); i >= 0 {
		fresh = fresh[:i]
	}
	if len(s.Events) > 0 {
		l.last[s.Name] = s.Events[0].ID
	}
	for i := range fresh {
		if strings.Contains(fresh[i].Message, "(reason 0 tasks under protection)") {
			l.fail("service %s says that protection keeps it from something, and none of its tasks has any: %s", s.Name, fresh[i].Message)
		}
		var zone, task string
		if n, _ := fmt.Sscanf(fresh[i].Message, "(service "+string(s.Name)+") has started 1 tasks in %s to AZ Rebalance: (task %s", &zone, &task); n == 2 {
			l.gained(s, zone, desired)
		}
	}
}

// gained: a task was started in a zone beyond the desired count. It is the only
// one, and another zone has more tasks all the same.
func (l *balanceLaws) gained(s *ecs.Service, zone string, desired int) {
	count, all, most := map[string]int{}, 0, 0
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning}) {
		all++
		count[l.tasks[id].task.AvailabilityZone]++
	}
	for _, n := range count {
		most = max(most, n)
	}
	if all > desired+1 || count[zone] >= most && all > desired {
		l.fail("service %s started a task in %s to be even over its zones, and has %d tasks, %d there and %d where most are: desired are %d",
			s.Name, zone, all, count[zone], most, s.DesiredCount)
	}
}
