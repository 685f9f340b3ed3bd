package api

import (
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// What a gateway's load balancers have unless told otherwise, and the one way that
// they listen [API:HostSharedAlbConfiguration].
const (
	gatewayPort   = 443
	usualAlbCount = 10
	usualDesync   = types.GatewayAlbDesyncMitigationModeDefensive
)

// gatewayConfiguration checks the configuration of a new gateway, and is it with
// all defaults, as DescribeGateway shows it.
func (s *ECS) gatewayConfiguration(given types.GatewayConfiguration) (*types.DescribeGatewayAlbConfiguration, error) {
	member, ok := given.(*types.GatewayConfigurationMemberHostSharedAlb)
	if !ok {
		return nil, invalid("Exactly one configuration of the gateway must be specified: hostSharedAlb.")
	}
	c := member.Value
	port, albs, none := int32(gatewayPort), int32(usualAlbCount), int32(0)
	out := &types.DescribeGatewayAlbConfiguration{
		AccessLogs: c.AccessLogs, CurrentAlbCount: &none, HttpDesync: c.HttpDesync, MaxAlbCount: c.MaxAlbCount,
		NetworkConfiguration: c.NetworkConfiguration, Port: &port, Protocol: types.GatewayAlbProtocolHttps, Scheme: c.Scheme,
		TestTrafficRules: c.TestTrafficRules, WebACLArn: c.WebACLArn,
	}
	if err := first(checkChoice("scheme", c.Scheme), checkChoice("protocol", c.Protocol)); err != nil {
		return nil, err
	}
	if c.Port != nil && *c.Port != port || c.Protocol != "" && c.Protocol != out.Protocol {
		return nil, invalid("A gateway listens with HTTPS at port %d only.", port)
	}
	if out.Scheme == "" {
		out.Scheme = types.GatewayElbSchemeInternetFacing
	}
	if out.HttpDesync == "" {
		out.HttpDesync = usualDesync
	}
	if out.MaxAlbCount == nil {
		out.MaxAlbCount = &albs
	}
	if out.NetworkConfiguration == nil {
		out.NetworkConfiguration = &types.GatewayElbNetworkConfiguration{}
	}
	if err := s.gatewayNetwork(out.NetworkConfiguration); err != nil {
		return nil, err
	}
	return out, checkGatewaySettings(out.HttpDesync, out.MaxAlbCount, out.AccessLogs, out.TestTrafficRules)
}

// gatewayNetwork checks where the load balancers of a gateway are, and fills in
// the default VPC.
func (s *ECS) gatewayNetwork(n *types.GatewayElbNetworkConfiguration) error {
	if err := checkChoice("ipAddressType", n.IpAddressType); err != nil {
		return err
	}
	if n.IpAddressType == "" {
		n.IpAddressType = types.GatewayElbIpAddressTypeDualstack
	}
	network := s.s.cfg.Network
	if len(n.Subnets) == 0 {
		n.Subnets = network.allSubnets()
	}
	if len(n.Subnets) < 2 {
		return invalid("A gateway needs at least two subnets in two different Availability Zones.")
	}
	return network.checkSubnets(n.Subnets)
}

// checkGatewaySettings refuses settings that no load balancer of a gateway has.
func checkGatewaySettings(desync types.GatewayAlbDesyncMitigationMode, most *int32, logs *types.GatewayElbAccessLogConfiguration, rules *types.GatewayAlbTestTrafficRules) error {
	if err := checkChoice("httpDesync", desync); err != nil {
		return err
	}
	if most != nil && *most < 1 {
		return invalid("maxAlbCount must be at least 1, but it is %d.", *most)
	}
	if logs != nil {
		to, ok := logs.Destination.(*types.GatewayElbAccessLogDestinationMemberS3)
		if !ok || text[string](to.Value.Bucket) == "" {
			return invalid("The destination of accessLogs must be specified: s3, with a bucket.")
		}
	}
	if rules != nil && (rules.Header == nil || text[string](rules.Header.Name) == "" || len(rules.Header.Values) == 0) {
		return invalid("The header of testTrafficRules must have a name and values.")
	}
	return nil
}

// changeGateway lays an update over the configuration of a gateway: what it says
// nothing of stays.
func (s *ECS) changeGateway(g *types.Gateway, given types.UpdateGatewayConfiguration) error {
	to, ok := given.(*types.UpdateGatewayConfigurationMemberHostSharedAlb)
	old, same := g.Configuration.(*types.DescribeGatewayConfigurationMemberHostSharedAlb)
	if !ok || !same {
		return invalid("The configuration must be of the gateway's own type, hostSharedAlb.")
	}
	c, v := &old.Value, to.Value
	if err := checkGatewaySettings(v.HttpDesync, v.MaxAlbCount, v.AccessLogs, v.TestTrafficRules); err != nil {
		return err
	}
	if v.MaxAlbCount != nil && *v.MaxAlbCount < *c.CurrentAlbCount {
		return invalid("maxAlbCount must be at least %d, the number of load balancers that the gateway has.", *c.CurrentAlbCount)
	}
	if v.HttpDesync != "" {
		c.HttpDesync = v.HttpDesync
	}
	if v.MaxAlbCount != nil {
		c.MaxAlbCount = v.MaxAlbCount
	}
	if v.AccessLogs != nil {
		c.AccessLogs = v.AccessLogs
	}
	if v.TestTrafficRules != nil {
		c.TestTrafficRules = v.TestTrafficRules
	}
	if v.WebACLArn != nil {
		c.WebACLArn = v.WebACLArn
	}
	if v.NetworkConfiguration != nil && v.NetworkConfiguration.InboundSecurityGroup != nil {
		c.NetworkConfiguration.InboundSecurityGroup = v.NetworkConfiguration.InboundSecurityGroup
	}
	return nil
}
