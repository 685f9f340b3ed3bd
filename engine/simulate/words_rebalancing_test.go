package simulate_test

import (
	"fmt"
	"slices"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// rebalancingWords:
//
//	> instances count=2 zone=us-east-1a   all in one zone
//	> service web rebalancing=DISABLED    and update
//	> zones web                           where its tasks are
func rebalancingWords() speech {
	return speech{
		words: []word{{"zones", func(k *talk, a *arguments) { k.zones(ecs.ServiceName(a.name())) }}},
		instance: func(_ *talk, a *arguments, i *ecs.ContainerInstance) {
			if zone := a.text("zone"); zone != "" {
				at := slices.IndexFunc(i.Attributes, func(x ecs.Attribute) bool { return x.Name == ecs.AttributeAvailabilityZone })
				i.Attributes[at].Value = zone
			}
		},
		service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
			c.Service.AvailabilityZoneRebalancing = a.text("rebalancing")
		},
		update: func(_ *talk, a *arguments, u *scheduler.UpdateService) {
			if setting := a.text("rebalancing"); setting != "" {
				u.AvailabilityZoneRebalancing = &setting
			}
		},
	}
}

// zones tells how many tasks of the service are meant to run in each zone.
func (k *talk) zones(name ecs.ServiceName) {
	count := map[string]int{}
	for _, id := range k.sim.Cluster().Tasks(scheduler.TaskFilter{Service: name, DesiredStatus: ecs.TaskRunning}) {
		t, _ := k.sim.Cluster().Task(id)
		count[t.AvailabilityZone]++
	}
	for _, zone := range zones {
		fmt.Fprintf(k.out, "  %s %d\n", zone, count[zone])
	}
}
