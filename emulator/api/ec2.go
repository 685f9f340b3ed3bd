package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/engine/scheduler"
)

// ec2Family is EC2, as far as it shows the world: its machines, each of which is
// a container instance, and its network.
func ec2Family() family {
	return family{
		name: "EC2", signs: "ec2", version: "2016-11-15", namespace: "http://ec2.amazonaws.com/doc/2016-11-15/", ec2: true,
		statuses: map[string]int{codeDryRun: http.StatusPreconditionFailed},
		operations: operations(
			reading(onAround, tried((*around).DescribeInstances)),
			writing(onAround, tried((*around).TerminateInstances)),
			reading(onAround, tried((*around).DescribeSubnets)),
			reading(onAround, tried((*around).DescribeVpcs)),
			reading(onAround, tried((*around).DescribeSecurityGroups)),
			reading(onAround, tried((*around).DescribeAvailabilityZones)),
		),
	}
}

// codeDryRun is EC2's answer to a request that only tries, and would succeed.
const codeDryRun = "DryRunOperation"

// tried lets a request with DryRun be refused as EC2 does once it is known that
// it would succeed [EC2 API: Common query parameters]. A refused request changes nothing.
func tried[I, O any, P interface {
	*I
	dryRun() bool
}](handle func(*around, context.Context, P) (*O, error)) func(*around, context.Context, *I) (*O, error) {
	return func(a *around, ctx context.Context, in *I) (*O, error) {
		out, err := handle(a, ctx, in)
		if err == nil && P(in).dryRun() {
			return nil, refuse(codeDryRun, "Request would have succeeded, but DryRun flag is set.")
		}
		return out, err
	}
}

// passes reports whether a thing passes all filters: facts are its values by the
// names of filters. A filter that nothing here knows is refused.
func (q *EC2Query) passes(facts map[string][]string) (bool, error) {
	for _, f := range q.Filter {
		values, known := facts[f.Name]
		if key, isTag := strings.CutPrefix(f.Name, "tag:"); isTag {
			values, known = facts["tag="+key], true
		}
		if !known {
			return false, refuse("InvalidParameterValue", "The filter '%s' is invalid", f.Name)
		}
		if !slices.ContainsFunc(f.Value, func(pattern string) bool {
			return slices.ContainsFunc(values, func(v string) bool { return globbed(pattern, v) })
		}) {
			return false, nil
		}
	}
	return true, nil
}

// globbed matches a value with a pattern in which * stands for anything.
func globbed(pattern, value string) bool {
	parts := strings.Split(pattern, "*")
	rest, ok := strings.CutPrefix(value, parts[0])
	for i, part := range parts[1:] {
		if !ok {
			return false
		}
		if i == len(parts)-2 {
			return strings.HasSuffix(rest, part)
		}
		_, rest, ok = strings.Cut(rest, part)
	}
	return ok && (len(parts) > 1 || rest == "")
}

// chosen is the things that were asked for by id and that pass the filters.
func chosen[T any](q *EC2Query, ids []string, all []T, idOf func(*T) string, factsOf func(*T) map[string][]string, missing string) ([]T, error) {
	out := []T{}
	for _, id := range ids {
		if !slices.ContainsFunc(all, func(x T) bool { return idOf(&x) == id }) {
			return nil, refuse(missing, "The ID '%s' does not exist", id)
		}
	}
	for i := range all {
		if len(ids) > 0 && !slices.Contains(ids, idOf(&all[i])) {
			continue
		}
		facts := factsOf(&all[i])
		ok, err := q.passes(facts)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, all[i])
		}
	}
	return out, nil
}

// machine is an EC2 instance with the container instance that runs on it.
type machine struct {
	cluster  ecs.ClusterName
	instance ecs.ContainerInstance
	state    stateShape
}

// The states of EC2 instances that a world has [EC2 API: InstanceState].
var (
	machineRunning      = stateShape{16, "running"}
	machineShuttingDown = stateShape{32, "shutting-down"} // told by the call alone
	machineTerminated   = stateShape{48, "terminated"}
	machineStopped      = stateShape{80, "stopped"}
)

// machines are the EC2 instances of the clusters, each once. Those that were
// terminated are told for an hour more [EC2 user guide: Terminate Amazon EC2
// instances], as long as ECS describes their container instances.
func (a *around) machines() []machine {
	var out []machine
	for _, name := range a.tx.LiveClusters() {
		engine, _ := a.tx.Engine(name)
		registered, _ := engine.Instances(scheduler.InstanceFilter{}) // no filter is never refused
		terminated := engine.TerminatedHosts()
		for _, id := range slices.Concat(registered, terminated) {
			i, ok := engine.Instance(id)
			if !ok || i.EC2InstanceID == "" {
				continue
			}
			m := machine{name, i, machineRunning}
			if _, gone := slices.BinarySearch(terminated, id); gone {
				m.state = machineTerminated
			} else if !engine.HostRuns(id) {
				m.state = machineStopped
			}
			out = append(out, m)
		}
	}
	// A machine that is registered again counts as it is now; one that was terminated
	// and is registered still comes twice.
	slices.SortStableFunc(out, func(x, y machine) int { return strings.Compare(x.instance.EC2InstanceID, y.instance.EC2InstanceID) })
	return slices.CompactFunc(out, func(x, y machine) bool { return x.instance.EC2InstanceID == y.instance.EC2InstanceID })
}

func (m *machine) id() string { return m.instance.EC2InstanceID }

func (m *machine) attribute(name string) string {
	value, _ := m.instance.Attribute(name)
	return value
}

func (m *machine) facts() map[string][]string {
	out := map[string][]string{
		"instance-id": {m.instance.EC2InstanceID}, "instance-state-name": {m.state.Name}, "instance-type": {m.attribute(ecs.AttributeInstanceType)},
		"availability-zone": {m.attribute(ecs.AttributeAvailabilityZone)}, "subnet-id": {m.attribute(ecs.AttributeSubnetID)},
		"vpc-id": {m.attribute(ecs.AttributeVPCID)}, "image-id": {m.attribute(ecs.AttributeAMIID)}, "tag-key": {},
	}
	for _, t := range m.instance.Tags {
		out["tag="+t.Key] = []string{t.Value}
		out["tag-key"] = append(out["tag-key"], t.Key)
	}
	return out
}

// address is the private address of a machine, at which its tasks are found, too.
func (a *around) address(m *machine) string {
	engine, _ := a.tx.Engine(m.cluster)
	address, _ := engine.InstanceAddress(m.instance.ID)
	return address
}

// DescribeInstances describes the world's machines.
func (a *around) DescribeInstances(_ context.Context, in *DescribeInstancesInput) (*DescribeInstancesOutput, error) {
	found, err := chosen(&in.EC2Query, in.InstanceID, a.machines(), (*machine).id, (*machine).facts, "InvalidInstanceID.NotFound")
	if err != nil {
		return nil, err
	}
	found, page, err := ec2Page(&in.EC2Paged, in.InstanceID, found, (*machine).id)
	out := &DescribeInstancesOutput{page, []reservationShape{}}
	for i := range found {
		m := &found[i]
		shown := instanceShape{
			ID: m.instance.EC2InstanceID, Image: m.attribute(ecs.AttributeAMIID), State: m.state, Type: m.attribute(ecs.AttributeInstanceType),
			LaunchTime: m.instance.RegisteredAt, Placement: zonedShape{m.attribute(ecs.AttributeAvailabilityZone), "default"},
			Subnet: m.attribute(ecs.AttributeSubnetID), VPC: m.attribute(ecs.AttributeVPCID), PrivateIP: a.address(m),
			Architecture: m.attribute(ecs.AttributeCPUArchitecture), Groups: []groupShape{{a.s.cfg.Network.SecurityGroup, "default"}},
		}
		shown.PrivateDNSName = "ip-" + strings.ReplaceAll(shown.PrivateIP, ".", "-") + ".ec2.internal"
		for _, t := range m.instance.Tags {
			shown.Tags = append(shown.Tags, ec2Tag(t))
		}
		out.Reservations = append(out.Reservations, reservationShape{"r-0" + hashed("reservation", shown.ID), a.tx.Scope().Account, []instanceShape{shown}})
	}
	return out, err
}

// TerminateInstances terminates machines: their agents are never heard of again.
func (a *around) TerminateInstances(_ context.Context, in *TerminateInstancesInput) (*TerminateInstancesOutput, error) {
	if len(in.InstanceID) == 0 {
		return nil, refuse("MissingParameter", "The request must contain the parameter InstanceId")
	}
	out := &TerminateInstancesOutput{Changes: []stateChangeShape{}}
	all := a.machines()
	for _, id := range in.InstanceID {
		at := slices.IndexFunc(all, func(m machine) bool { return m.instance.EC2InstanceID == id })
		if at < 0 {
			return nil, refuse("InvalidInstanceID.NotFound", "The instance ID '%s' does not exist", id)
		}
		m := &all[at]
		becomes := m.state
		if m.state != machineTerminated {
			becomes = machineShuttingDown
			cmd := scheduler.Command{TerminateInstance: &scheduler.TerminateInstance{ID: m.instance.ID}}
			if _, err := a.tx.Apply(m.cluster, runtime.Command{Command: cmd}); err != nil {
				return nil, err
			}
		}
		out.Changes = append(out.Changes, stateChangeShape{id, becomes, m.state})
	}
	return out, nil
}

func (a *around) subnets() []subnetShape {
	var out []subnetShape
	blocks := slices.Sorted(maps.Values(a.s.cfg.Network.Subnets)) // in the engine's order of addresses
	for _, zone := range sortedKeys(a.s.cfg.Network.Subnets) {
		id := a.s.cfg.Network.Subnets[zone]
		out = append(out, subnetShape{
			ID: id, ARN: a.tx.Scope().ARN("ec2", "subnet/"+id), State: "available", Owner: a.tx.Scope().Account, VPC: a.s.cfg.Network.VPC,
			CIDR: fmt.Sprintf("172.31.%d.0/20", slices.Index(blocks, id)*16), Free: 4091, Zone: zone, ZoneID: zoneID(zone), IsDefault: true, PublicIP: true,
		})
	}
	return out
}

// zoneID is the id of a zone: use1-az1 for zone a of us-east-1, apse1-az1 for that
// of ap-southeast-1. Which letter has which number is each account's own on AWS.
func zoneID(zone string) string {
	parts := strings.Split(zone, "-")
	last := parts[len(parts)-1]
	region := parts[0]
	for _, p := range parts[1 : len(parts)-1] {
		region += p[:1]
		for _, second := range []string{"east", "west"} {
			if (strings.HasPrefix(p, "north") || strings.HasPrefix(p, "south")) && strings.HasSuffix(p, second) {
				region += second[:1]
			}
		}
	}
	return fmt.Sprintf("%s%s-az%d", region, last[:len(last)-1], int(last[len(last)-1]-'a')+1)
}

// DescribeSubnets describes the subnets of the world.
func (a *around) DescribeSubnets(_ context.Context, in *DescribeSubnetsInput) (*DescribeSubnetsOutput, error) {
	found, err := chosen(&in.EC2Query, in.SubnetID, a.subnets(), func(x *subnetShape) string { return x.ID }, func(x *subnetShape) map[string][]string {
		return map[string][]string{"subnet-id": {x.ID}, "vpc-id": {x.VPC}, "availability-zone": {x.Zone}, "availabilityZone": {x.Zone}, "state": {x.State},
			"default-for-az": {"true"}, "defaultForAz": {"true"}, "availability-zone-id": {x.ZoneID}, "tag-key": {}, "map-public-ip-on-launch": {"true"}}
	}, "InvalidSubnetID.NotFound")
	if err != nil {
		return nil, err
	}
	found, page, err := ec2Page(&in.EC2Paged, in.SubnetID, found, func(x *subnetShape) string { return x.ID })
	return &DescribeSubnetsOutput{page, found}, err
}

// DescribeVpcs describes the VPC of the world.
func (a *around) DescribeVpcs(_ context.Context, in *DescribeVpcsInput) (*DescribeVpcsOutput, error) {
	own := []vpcShape{{ID: a.s.cfg.Network.VPC, State: "available", Owner: a.tx.Scope().Account, CIDR: "172.31.0.0/16", Tenancy: "default", IsDefault: true}}
	found, err := chosen(&in.EC2Query, in.VpcID, own, func(x *vpcShape) string { return x.ID }, func(x *vpcShape) map[string][]string {
		return map[string][]string{"vpc-id": {x.ID}, "is-default": {"true"}, "isDefault": {"true"}, "state": {x.State}, "cidr": {x.CIDR}, "tag-key": {}}
	}, "InvalidVpcID.NotFound")
	if err != nil {
		return nil, err
	}
	found, page, err := ec2Page(&in.EC2Paged, in.VpcID, found, func(x *vpcShape) string { return x.ID })
	return &DescribeVpcsOutput{page, found}, err
}

// DescribeSecurityGroups describes the security group of the world.
func (a *around) DescribeSecurityGroups(_ context.Context, in *DescribeSecurityGroupsInput) (*DescribeSecurityGroupsOutput, error) {
	own := []securityGroupShape{{Owner: a.tx.Scope().Account, ID: a.s.cfg.Network.SecurityGroup, Name: "default", Description: "default VPC security group", VPC: a.s.cfg.Network.VPC}}
	if len(in.GroupName) > 0 && !slices.Contains(in.GroupName, "default") {
		return nil, refuse("InvalidGroup.NotFound", "The security group '%s' does not exist", in.GroupName[0])
	}
	found, err := chosen(&in.EC2Query, in.GroupID, own, func(x *securityGroupShape) string { return x.ID }, func(x *securityGroupShape) map[string][]string {
		return map[string][]string{"group-id": {x.ID}, "group-name": {x.Name}, "vpc-id": {x.VPC}, "tag-key": {}}
	}, "InvalidGroup.NotFound")
	if err != nil {
		return nil, err
	}
	found, page, err := ec2Page(&in.EC2Paged, in.GroupID, found, func(x *securityGroupShape) string { return x.ID })
	return &DescribeSecurityGroupsOutput{page, found}, err
}

// DescribeAvailabilityZones describes the zones that the world has subnets in.
func (a *around) DescribeAvailabilityZones(_ context.Context, in *DescribeAvailabilityZonesInput) (*DescribeAvailabilityZonesOutput, error) {
	var all []availabilityZoneShape
	region := a.tx.Scope().Region
	for _, zone := range sortedKeys(a.s.cfg.Network.Subnets) {
		all = append(all, availabilityZoneShape{zone, zoneID(zone), "available", region, region, "availability-zone", "opt-in-not-required", region})
	}
	found, err := chosen(&in.EC2Query, in.ZoneName, all, func(x *availabilityZoneShape) string { return x.Name }, func(x *availabilityZoneShape) map[string][]string {
		return map[string][]string{"zone-name": {x.Name}, "zone-id": {x.ID}, "state": {x.State}, "region-name": {x.Region}, "group-name": {x.Group},
			"zone-type": {x.Type}, "opt-in-status": {x.OptedIn}}
	}, "InvalidParameterValue")
	return &DescribeAvailabilityZonesOutput{found}, err
}
