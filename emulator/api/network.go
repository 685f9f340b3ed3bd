package api

import "gantry/ecs"

// Network is the default VPC of a world: one subnet in each zone, and one
// security group.
type Network struct {
	VPC           string            `json:"vpc"`
	Subnets       map[string]string `json:"subnets"` // by zone
	SecurityGroup string            `json:"securityGroup"`
}

// DefaultNetwork is the network that every world has. The ids are the same in
// each, so that they can be written into files: vpc-0defa01700000000a, the
// security group sg-0defa017000000000, and in zone us-east-1X, with X from a to
// f, subnet-0defa01700000000X.
func DefaultNetwork(scope ecs.Scope) Network {
	n := Network{VPC: "vpc-0defa01700000000a", SecurityGroup: "sg-0defa017000000000", Subnets: map[string]string{}}
	for _, letter := range []string{"a", "b", "c", "d", "e", "f"} {
		n.Subnets[scope.Region+letter] = "subnet-0defa01700000000" + letter
	}
	return n
}

// Zones is the availability zone of each subnet.
func (n Network) Zones() map[string]string {
	zones := map[string]string{}
	for zone, subnet := range n.Subnets {
		zones[subnet] = zone
	}
	return zones
}

// allSubnets are the subnets, in order of their zones.
func (n Network) allSubnets() []string {
	out := make([]string, 0, len(n.Subnets))
	for _, zone := range sortedKeys(n.Subnets) {
		out = append(out, n.Subnets[zone])
	}
	return out
}

// checkSubnets refuses subnets that the VPC does not have, in the words of ECS
// (ECS semantics 4.19).
func (n Network) checkSubnets(given []string) error {
	zones := n.Zones()
	for _, subnet := range given {
		if zones[subnet] == "" {
			return invalid("Error retrieving subnet information for [%s]: The subnet ID '%s' does not exist (ErrorCode: InvalidSubnetID.NotFound)", subnet, subnet)
		}
	}
	return nil
}
