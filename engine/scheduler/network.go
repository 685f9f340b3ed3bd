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

// precreate promises an awsvpc task a network interface in the subnet of its
// zone. Until it is created, the subnet is all that is known of it (ECS
// semantics 5.2).
func (c *Cluster) precreate(t *task, b *blueprint) {
	id := c.uuid("attachment", string(t.ID))
	subnet := ""
	if b.network != nil {
		for _, s := range b.network.Subnets {
			if subnet == "" || c.cfg.SubnetZones[s] == t.Task.AvailabilityZone && c.cfg.SubnetZones[subnet] != t.Task.AvailabilityZone {
				subnet = s
			}
		}
	}
	t.Task.Attachments = []ecs.Attachment{{
		ID: id, Type: ecs.AttachmentInterface, Status: ecs.AttachmentPrecreated,
		Details: []ecs.KeyValue{{Name: "subnetId", Value: subnet}},
	}}
}

// changeAttachment moves a task's network interface on. One that could not be
// created stays so.
func (c *Cluster) changeAttachment(t *task, status string) {
	for i := range t.Task.Attachments {
		a := &t.Task.Attachments[i]
		if a.Type != ecs.AttachmentInterface || interfaceRank(status) <= interfaceRank(a.Status) {
			continue
		}
		a.Status = status
		if interfaceRank(status) <= interfaceRank(ecs.AttachmentAttached) && len(a.Details) == 1 {
			c.reveal(t, a)
		}
		if status == ecs.AttachmentAttached {
			for j := range t.Task.Containers {
				t.Task.Containers[j].PrivateIPv4 = a.Details[len(a.Details)-1].Value
			}
		}
	}
}

// interfaceRank orders the statuses of a network interface's life.
func interfaceRank(status string) int {
	return slices.Index([]string{
		ecs.AttachmentPrecreated, ecs.AttachmentCreated, ecs.AttachmentAttaching, ecs.AttachmentAttached,
		ecs.AttachmentDetaching, ecs.AttachmentDetached, ecs.AttachmentDeleted, ecs.AttachmentFailedCreation,
	}, status)
}

// reveal says what is known of an interface that was created.
func (c *Cluster) reveal(t *task, a *ecs.Attachment) {
	n := c.number("interface", string(t.ID))
	a.Details = append(a.Details[:1:1],
		ecs.KeyValue{Name: "networkInterfaceId", Value: fmt.Sprintf("eni-%017x", n&0xfffffffffffffff)},
		ecs.KeyValue{Name: "macAddress", Value: fmt.Sprintf("0a:%02x:%02x:%02x:%02x:%02x", byte(n), byte(n>>8), byte(n>>16), byte(n>>24), byte(n>>32))},
		ecs.KeyValue{Name: "privateIPv4Address", Value: c.address(a.Details[0].Value, n)},
	)
}

// address is a private address in a subnet: the subnets of the default VPC
// divide 172.31.0.0/16 into blocks of /20, in the order of their names.
func (c *Cluster) address(subnet string, n uint64) string {
	block := max(0, slices.Index(slices.Sorted(maps.Keys(c.cfg.SubnetZones)), subnet))
	host := 4 + n%4091 // the first four and the last are AWS's own
	return "172.31." + strconv.FormatUint(uint64(block%16)*16+host/256, 10) + "." + strconv.FormatUint(host%256, 10)
}
