package api

import (
	"slices"

	"gantry/ecs"
)

// optimizedAMIID is the ECS-optimized AMI that simulated instances run.
const optimizedAMIID = "ami-0defa01700000000a"

// simulatedInstance is a container instance of an EC2 type in a zone of the
// world's network, as its agent would register it.
func simulatedInstance(t ecs.InstanceType, zone string, network Network) ecs.ContainerInstance {
	instance := t.ContainerInstance(zone)
	instance.Attributes = append(instance.Attributes,
		ecs.Attribute{Name: ecs.AttributeAMIID, Value: optimizedAMIID},
		ecs.Attribute{Name: ecs.AttributeVPCID, Value: network.VPC},
		ecs.Attribute{Name: ecs.AttributeSubnetID, Value: network.Subnets[zone]},
	)
	slices.SortFunc(instance.Attributes, byAttributeName)
	return instance
}
