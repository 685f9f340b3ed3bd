package placement_test

import (
	"fmt"

	"gantry/ecs"
	"gantry/engine/placement"
)

func Example() {
	fleet := placement.NewFleet()
	small, _ := ecs.InstanceTypeByName("t2.small")
	for _, zone := range []string{"us-east-1a", "us-east-1b"} {
		fleet.Add(ecs.ContainerInstance{
			ID: ecs.ContainerInstanceID("in-" + zone), Status: ecs.InstanceActive, AgentConnected: true,
			Registered: small.Resources(), Attributes: small.Attributes(zone),
		})
	}
	policy, refused := placement.ServicePolicy(nil, nil, nil)
	if refused != nil {
		fmt.Println(refused)
		return
	}
	request := placement.Request{
		Requirements: &placement.Requirements{CPUUnits: 256, MemoryMiB: 1500}, Policy: policy, Group: "service:web",
	}
	for _, task := range []ecs.TaskID{"1", "2", "3"} {
		to, unplaceable := fleet.Place(&request)
		if unplaceable != nil {
			fmt.Println(unplaceable)
			return
		}
		if _, err := fleet.Commit(placement.Task{ID: task, Instance: to.Instance, Group: request.Group, Requirements: request.Requirements}); err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(task, to.Instance)
	}
	// Output:
	// 1 in-us-east-1a
	// 2 in-us-east-1b
	// no container instance met all requirements: 2 short of memory (need 1500 MiB, most free 501 MiB)
}
