package api

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// kindRoute is the kind of the documents of routes; their keys are the cluster, the
// service and the gateway.
const kindRoute = "ecs/gateway-route"

// gatewayRoute joins a service to a gateway of its cluster.
type gatewayRoute struct {
	ID       string          `json:"id"`
	Gateway  string          `json:"gateway"`
	Cluster  ecs.ClusterName `json:"cluster"`
	Service  ecs.ServiceName `json:"service"`
	PortName string          `json:"portName"`
	Way      way             `json:"way"`
}

func (r *gatewayRoute) key() string {
	return string(r.Cluster) + "\x00" + string(r.Service) + "\x00" + r.Gateway
}

func (s *ECS) routeARN(r *gatewayRoute) *string {
	arn := string(s.tx.Scope().ARN("ecs", "gateway-route/"+r.Gateway+"/"+r.ID))
	return &arn
}

func (r *gatewayRoute) url() *string {
	url := "https://" + r.Way.Host
	return &url
}

// routesOf are the routes of a cluster.
func (s *ECS) routesOf(cluster ecs.ClusterName) ([]gatewayRoute, error) {
	return store.Documents[gatewayRoute](s.tx, kindRoute, string(cluster)+"\x00")
}

// routesTo are the routes to a service.
func (s *ECS) routesTo(cluster ecs.ClusterName, service ecs.ServiceName) ([]gatewayRoute, error) {
	return store.Documents[gatewayRoute](s.tx, kindRoute, string(cluster)+"\x00"+string(service)+"\x00")
}

func (s *ECS) routes() ([]gatewayRoute, error) {
	return store.Documents[gatewayRoute](s.tx, kindRoute, "")
}

// ListGatewayRoutes lists routes.
func (s *ECS) ListGatewayRoutes(_ context.Context, in *sdk.ListGatewayRoutesInput) (*sdk.ListGatewayRoutesOutput, error) {
	gateway, cluster, err := s.gatewayFilter(in.Gateway, in.Cluster)
	if err := first(err, checkChoice("status", in.Status...), s.checkScope(text[ecs.ARN](in.Service))); err != nil {
		return nil, err
	}
	all, err := s.routes()
	if err != nil {
		return nil, err
	}
	service, port := text[ecs.ARN](in.Service), text[string](in.ServiceContainerPortName)
	all = slices.DeleteFunc(all, func(r gatewayRoute) bool {
		return gateway != "" && r.Gateway != gateway || cluster != "" && r.Cluster != cluster || port != "" && r.PortName != port ||
			service != "" && service != ecs.ARN(r.Service) && service != ecs.ServiceARN(s.tx.Scope(), r.Cluster, r.Service) ||
			len(in.Status) > 0 && !slices.Contains(in.Status, types.GatewayRouteStatusActive)
	})
	all, next, err := pageOf(all, (*gatewayRoute).key, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListGatewayRoutesOutput{GatewayRoutes: []types.GatewayRouteSummary{}, NextToken: next}
	for _, r := range all {
		of, to := string(s.gatewayARN(r.Gateway)), string(ecs.ServiceARN(s.tx.Scope(), r.Cluster, r.Service))
		out.GatewayRoutes = append(out.GatewayRoutes, types.GatewayRouteSummary{
			GatewayArn: &of, GatewayRouteArn: s.routeARN(&r), ClusterArn: s.clusterARN(r.Cluster), ServiceArn: &to,
			ServiceContainerPortName: &r.PortName, Status: types.GatewayRouteStatusActive,
		})
	}
	return out, nil
}

// DescribeGatewayRoute shows a route.
func (s *ECS) DescribeGatewayRoute(_ context.Context, in *sdk.DescribeGatewayRouteInput) (*sdk.DescribeGatewayRouteOutput, error) {
	given := text[ecs.ARN](in.GatewayRouteArn)
	if !given.IsARN() || !strings.HasPrefix(given.Resource(), "gateway-route/") {
		return nil, invalid("Invalid identifier: %q is not the ARN of a gateway route.", given)
	}
	if err := s.checkScope(given); err != nil {
		return nil, err
	}
	all, err := s.routes()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(r gatewayRoute) bool { return *s.routeARN(&r) == string(given) })
	if at < 0 {
		return nil, refuse(codeNotFound, "The gateway route was not found.")
	}
	r, w := &all[at], &all[at].Way
	to := string(ecs.ServiceARN(s.tx.Scope(), r.Cluster, r.Service))
	resources := types.GatewayRouteAlbResources{
		LoadBalancerArn: &w.Balancer, ListenerArn: &w.Listener, ListenerRuleArn: &w.Rule,
		LoadBalancerSecurityGroups: []types.GatewayRouteLoadBalancerSecurityGroup{{Arn: s.securityGroupARN(w.Group)}},
	}
	if w.TestRule != "" {
		resources.TestListenerRuleArns = []string{w.TestRule}
	}
	if resources.AcmCertificateArn, err = s.certificateOf(w.Listener); err != nil {
		return nil, err
	}
	return &sdk.DescribeGatewayRouteOutput{GatewayRoute: &types.GatewayRoute{
		GatewayRouteArn: s.routeARN(r), ServiceArn: &to, ServiceContainerPortName: &r.PortName, ServiceUrl: r.url(), Status: types.GatewayRouteStatusActive,
		Resources: &types.GatewayRouteResourcesMemberHostSharedAlb{Value: []types.GatewayRouteAlbResources{resources}},
	}}, nil
}

func (s *ECS) securityGroupARN(id string) *string {
	arn := string(s.tx.Scope().ARN("ec2", "security-group/"+id))
	return &arn
}

// certificateOf is the certificate of a listener that ECS made, unless somebody has
// deleted it.
func (s *ECS) certificateOf(arn string) (*string, error) {
	var l listener
	known, err := s.tx.Document(kindListener, arn, &l)
	if err != nil || !known || len(l.Certificates) == 0 {
		return nil, err
	}
	return &l.Certificates[0].CertificateArn, nil
}

// DescribeGatewayResources shows the load balancers of a gateway.
func (s *ECS) DescribeGatewayResources(_ context.Context, in *sdk.DescribeGatewayResourcesInput) (*sdk.DescribeGatewayResourcesOutput, error) {
	g, err := s.gateway(in.Gateway)
	if err != nil {
		return nil, err
	}
	entries, err := s.entries(gatewayOwner(*g.Name))
	if err != nil {
		return nil, err
	}
	routes, err := s.routes()
	if err != nil {
		return nil, err
	}
	entries, next, err := pageOf(entries, func(e *entry) string { return e.Balancer }, in.NextToken, in.MaxResults, 10, 20)
	if err != nil {
		return nil, err
	}
	resources := []types.ElbGatewayResources{}
	for _, e := range entries {
		one := types.ElbGatewayResources{LoadBalancerArn: &e.Balancer, ListenerArn: &e.Listener, SecurityGroup: &e.Group, GatewayRouteArns: []string{}}
		for _, r := range routes {
			if r.Gateway == *g.Name && r.Way.Balancer == e.Balancer {
				one.GatewayRouteArns = append(one.GatewayRouteArns, *s.routeARN(&r))
			}
		}
		resources = append(resources, one)
	}
	return &sdk.DescribeGatewayResourcesOutput{NextToken: next, GatewayResources: &types.GatewayResources{
		GatewayArn: g.GatewayArn, Resources: &types.GatewayInfrastructureResourcesMemberHostSharedAlb{Value: resources},
	}}, nil
}

// showConnections adds the routes that a revision of a service is reached by.
func (s *ECS) showConnections(revision *types.ServiceRevision) error {
	service := text[ecs.ARN](revision.ServiceArn)
	routes, err := s.routesTo(service.Cluster(), ecs.ServiceName(service.Short()))
	if err != nil {
		return err
	}
	for _, r := range routes {
		if !slices.ContainsFunc(revision.LoadBalancers, func(l types.LoadBalancer) bool { return text[string](l.TargetGroupArn) == r.Way.TargetGroup }) {
			continue
		}
		g, err := s.gateway(&r.Gateway)
		if err != nil {
			return err
		}
		w := r.Way
		resources := types.GatewayConnectionAlbResources{
			LoadBalancerArn: &w.Balancer, ListenerArn: &w.Listener, ListenerRuleArn: &w.Rule, TargetGroupArn: &w.TargetGroup,
			AlternateTargetGroupArn: &w.Alternate, LoadBalancerSecurityGroupArns: []string{*s.securityGroupARN(w.Group)},
		}
		if w.TestRule != "" {
			resources.TestListenerRuleArn = &w.TestRule
		}
		if resources.AcmCertificateArn, err = s.certificateOf(w.Listener); err != nil {
			return err
		}
		if revision.EcsManagedResources == nil {
			revision.EcsManagedResources = &types.ECSManagedResources{}
		}
		revision.EcsManagedResources.GatewayConnections = append(revision.EcsManagedResources.GatewayConnections, types.GatewayConnection{
			AccessType: g.AccessType, GatewayArn: g.GatewayArn, GatewayRouteArn: s.routeARN(&r), PortName: &r.PortName, ServiceUrl: r.url(),
			Status: types.GatewayRouteStatusActive, Resources: &types.GatewayConnectionResourcesMemberHostSharedAlb{Value: []types.GatewayConnectionAlbResources{resources}},
		})
	}
	return nil
}

func gatewayOwner(name string) string { return "gateway/" + name }
