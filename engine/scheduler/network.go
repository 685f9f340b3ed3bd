package scheduler

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"gantry/ecs"
)

// zones are the Availability Zones of the subnets, each once, in their order.
func (c *Cluster) zones(n *ecs.NetworkConfiguration) []string {
	if n == nil {
		return nil
	}
	var out []string
	for _, subnet := range n.Subnets {
		if z, ok := c.cfg.SubnetZones[subnet]; ok && !slices.Contains(out, z) {
			out = append(out, z)
		}
	}
	return out
}

// attach gives an awsvpc task its elastic network interface, in the subnet of
// its zone (ECS semantics 5.2).
func (c *Cluster) attach(t *task, b *blueprint) {
	id := c.uuid("attachment", string(t.ID))
	subnet := ""
	if b.network != nil {
		for _, s := range b.network.Subnets {
			if subnet == "" || c.cfg.SubnetZones[s] == t.Task.AvailabilityZone && c.cfg.SubnetZones[subnet] != t.Task.AvailabilityZone {
				subnet = s
			}
		}
	}
	n := c.number("interface", string(t.ID))
	ip := c.address(subnet, n)
	t.Task.Attachments = []ecs.Attachment{{
		ID: id, Type: "ElasticNetworkInterface", Status: "PRECREATED",
		Details: []ecs.KeyValue{
			{Name: "subnetId", Value: subnet},
			{Name: "networkInterfaceId", Value: fmt.Sprintf("eni-%017x", n&0xfffffffffffffff)},
			{Name: "macAddress", Value: fmt.Sprintf("0a:%02x:%02x:%02x:%02x:%02x", byte(n), byte(n>>8), byte(n>>16), byte(n>>24), byte(n>>32))},
			{Name: "privateIPv4Address", Value: ip},
		},
	}}
	for i := range t.Task.Containers {
		t.Task.Containers[i].PrivateIPv4 = ip
	}
}

// address is a private address in a subnet: the subnets of the default VPC
// divide 172.31.0.0/16 into blocks of /20, in the order of their names.
func (c *Cluster) address(subnet string, n uint64) string {
	block := max(0, slices.Index(slices.Sorted(maps.Keys(c.cfg.SubnetZones)), subnet))
	host := 4 + n%4091 // the first four and the last are AWS's own
	return "172.31." + strconv.FormatUint(uint64(block%16)*16+host/256, 10) + "." + strconv.FormatUint(host%256, 10)
}
