package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// mostRulesOfGateway is how many services one load balancer of a gateway serves:
// the quota of Elastic Load Balancing for the rules of an Application Load
// Balancer, by default.
const mostRulesOfGateway = 100

// connect settles the routes of a service: one for its connector to each gateway
// that its cluster is associated with, and no other. It is called when the service
// is made, changed or deleted, for only then routes change
// [API:AssociateGatewayWithCluster, DisassociateGatewayFromCluster]. The load
// balancers are those that the service gets of it.
func (s *ECS) connect(cluster ecs.ClusterName, service ecs.ServiceName, connectors []types.GatewayConnector, definition ecs.ARN) ([]ecs.LoadBalancer, error) {
	old, err := s.routesTo(cluster, service)
	if err != nil || len(old)+len(connectors) == 0 {
		return nil, err
	}
	var out []ecs.LoadBalancer
	var kept []string
	for _, connector := range connectors {
		gateways, err := s.reached(cluster, connector.Filters)
		if err != nil {
			return nil, err
		}
		for _, g := range gateways {
			balancer, err := s.route(cluster, service, &connector, g, definition)
			if err != nil {
				return nil, err
			}
			out, kept = append(out, *balancer), append(kept, *g.Name)
		}
	}
	for i := range old {
		if r := &old[i]; !slices.Contains(kept, r.Gateway) {
			if err := s.dropRoute(r); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// reached are the gateways that a connector of a cluster's service reaches.
func (s *ECS) reached(cluster ecs.ClusterName, filters *types.GatewayConnectorFilters) ([]*types.Gateway, error) {
	all, err := s.associations()
	if err != nil {
		return nil, err
	}
	var out []*types.Gateway
	for _, x := range all {
		if x.Cluster != cluster || x.Status != types.GatewayClusterAssociationStatusActive {
			continue
		}
		g, err := s.gateway(&x.Gateway)
		if err != nil {
			return nil, err
		}
		if filters == nil || len(filters.AccessTypes) == 0 || slices.Contains(filters.AccessTypes, g.AccessType) {
			out = append(out, g)
		}
	}
	return out, nil
}

// route finds or makes the route of a service to a gateway.
func (s *ECS) route(cluster ecs.ClusterName, service ecs.ServiceName, connector *types.GatewayConnector, g *types.Gateway, arn ecs.ARN) (*ecs.LoadBalancer, error) {
	definition, err := s.definitionOf(arn)
	if err != nil {
		return nil, err
	}
	container, port := portNamed(&definition, text[string](connector.PortName))
	r := gatewayRoute{Gateway: *g.Name, Cluster: cluster, Service: service}
	known, err := s.tx.Document(kindRoute, r.key(), &r)
	if err != nil {
		return nil, err
	}
	r.PortName = text[string](connector.PortName)
	if !known {
		r.ID = hashed(s.tx.World().Seed, r.key(), s.tx.Now())
		w, err := s.openWay(s.gatewayWay(&r, connector, g, &definition, port))
		if err != nil {
			return nil, err
		}
		r.Way = *w
	}
	balancer := r.Way.loadBalancer(container, port, text[string](g.InfrastructureRoleArn))
	return &balancer, s.tx.PutDocument(kindRoute, r.key(), r)
}

// gatewayWay is what a gateway makes for a route.
func (s *ECS) gatewayWay(r *gatewayRoute, connector *types.GatewayConnector, g *types.Gateway, definition *types.TaskDefinition, port int) *asked {
	out := &asked{
		owner: gatewayOwner(r.Gateway), name: "ecs-gateway-", mostWays: mostRulesOfGateway, targetType: "instance", port: port,
		host: s.hostName(string(r.Service), r.key()),
	}
	if definition.NetworkMode == types.NetworkModeAwsvpc {
		out.targetType = "ip"
	}
	if g.PropagateTags == types.PropagateGatewayTagsGateway {
		for _, t := range g.Tags {
			out.tags = append(out.tags, tagShape{Key: text[string](t.Key), Value: text[string](t.Value)})
		}
	}
	if c, ok := g.Configuration.(*types.DescribeGatewayConfigurationMemberHostSharedAlb); ok {
		v := &c.Value
		out.scheme, out.subnets, out.mostEntries = string(v.Scheme), v.NetworkConfiguration.Subnets, int(*v.MaxAlbCount)
		out.group = text[string](v.NetworkConfiguration.InboundSecurityGroup)
		if v.TestTrafficRules != nil {
			out.testHeader, out.testValues = *v.TestTrafficRules.Header.Name, v.TestTrafficRules.Header.Values
		}
	}
	if h := connector.HealthCheck; h != nil {
		out.checks = HealthCheckShape{
			HealthCheckPath: text[string](h.HealthCheckPath), HealthCheckProtocol: string(h.HealthCheckProtocol),
			HealthCheckIntervalSeconds: asInt(h.HealthCheckIntervalSeconds), HealthCheckTimeoutSeconds: asInt(h.HealthCheckTimeoutSeconds),
			HealthyThresholdCount: asInt(h.HealthyThresholdCount), UnhealthyThresholdCount: asInt(h.UnhealthyThresholdCount),
		}
		if h.HealthCheckPort != nil {
			out.checks.HealthCheckPort = strconv.Itoa(int(*h.HealthCheckPort))
		}
		if h.Matcher != nil {
			out.checks.Matcher = &matcherShape{HTTPCode: text[string](h.Matcher.HttpCode), GrpcCode: text[string](h.Matcher.GrpcCode)}
		}
	}
	return out
}

// portNamed is the container with a port of that name, and its number.
func portNamed(definition *types.TaskDefinition, name string) (container string, port int) {
	for _, d := range definition.ContainerDefinitions {
		for _, p := range d.PortMappings {
			if text[string](p.Name) == name && p.ContainerPort != nil {
				return text[string](d.Name), int(*p.ContainerPort)
			}
		}
	}
	return "", 0
}

func (s *ECS) dropRoute(r *gatewayRoute) error {
	if err := first(s.tx.DeleteDocument(kindRoute, r.key()), s.closeWay(gatewayOwner(r.Gateway), &r.Way)); err != nil {
		return err
	}
	x := association{Gateway: r.Gateway, Cluster: r.Cluster}
	known, err := s.tx.Document(kindAssociation, x.key(), &x)
	if err != nil || !known {
		return err
	}
	return s.settleAssociation(&x)
}

// reconnect settles the routes of a service that is changed, and puts what comes
// of it into the change. Without connectors in the request the old ones hold.
func (s *ECS) reconnect(cluster ecs.ClusterName, old ecs.Service, c *scheduler.UpdateService, given []types.GatewayConnector, definition ecs.ARN) error {
	if given == nil {
		given = shape.GatewayConnectorsOf(old.RevisionConfiguration)
	}
	managed, err := s.connect(cluster, old.Name, given, definition)
	if err != nil {
		return err
	}
	own := old.LoadBalancers
	if c.LoadBalancers != nil {
		own = *c.LoadBalancers
	}
	all := slices.DeleteFunc(slices.Clone(own), func(l ecs.LoadBalancer) bool { return byGateway(&l) })
	if all = append(all, managed...); len(managed) > 0 || len(all) != len(own) {
		c.LoadBalancers = &all
	}
	return nil
}

// byGateway reports whether a gateway made the target group of a load balancer.
func byGateway(l *ecs.LoadBalancer) bool {
	return strings.Contains(l.TargetGroupARN, ":targetgroup/"+managedGroups)
}

// dropGateways takes the associations and routes of a cluster away that is deleted.
func (s *ECS) dropGateways(cluster ecs.ClusterName) error {
	routes, err := s.routesOf(cluster)
	if err != nil {
		return err
	}
	for i := range routes {
		if err := s.dropRoute(&routes[i]); err != nil {
			return err
		}
	}
	all, err := s.associations()
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Cluster != cluster {
			continue
		}
		if err := s.tx.DeleteDocument(kindAssociation, x.key()); err != nil {
			return err
		}
	}
	return nil
}
