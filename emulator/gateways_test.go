package emulator_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

const gatewayRole = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"

func sharedALB(c types.HostSharedAlbConfiguration) types.GatewayConfiguration {
	return &types.GatewayConfigurationMemberHostSharedAlb{Value: c}
}

// gateway makes a gateway that may be deleted.
func (r *rig) gateway(name string, c types.HostSharedAlbConfiguration) {
	r.t.Helper()
	must[*ecs.CreateGatewayOutput](r.t)(r.ecs.CreateGateway(r.t.Context(), &ecs.CreateGatewayInput{
		Name: &name, InfrastructureRoleArn: aws.String(gatewayRole), Configuration: sharedALB(c), DeletionProtection: aws.Bool(false),
	}))
}

// TestGateways is that gateways are kept as they were told, are listed by page, and
// are deleted only when nothing holds them.
func TestGateways(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	in := &ecs.CreateGatewayInput{
		Name: aws.String("front"), InfrastructureRoleArn: aws.String(gatewayRole), ClientToken: aws.String("once"), Configuration: sharedALB(types.HostSharedAlbConfiguration{
			AccessLogs: &types.GatewayElbAccessLogConfiguration{Destination: &types.GatewayElbAccessLogDestinationMemberS3{
				Value: types.GatewayElbAccessLogS3Destination{Bucket: aws.String("logs")}}},
			TestTrafficRules: &types.GatewayAlbTestTrafficRules{Header: &types.GatewayTestTrafficHeader{Name: aws.String("x-test"), Values: []string{"1"}}},
		}), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("web")}},
	}
	made := must[*ecs.CreateGatewayOutput](t)(r.ecs.CreateGateway(ctx, in))
	if *made.GatewayArn != "arn:aws:ecs:us-east-1:123456789012:gateway/front" || made.Status != types.GatewayStatusActive {
		t.Errorf("the gateway is %s, %s", *made.GatewayArn, made.Status)
	}
	again := must[*ecs.CreateGatewayOutput](t)(r.ecs.CreateGateway(ctx, in))
	if *again.GatewayArn != *made.GatewayArn {
		t.Errorf("the retry made %s", *again.GatewayArn)
	}
	other := *in
	other.Tags = nil
	_, err := r.ecs.CreateGateway(ctx, &other) // the token with other parameters
	refusedWith(t, "ConflictException", err)
	other.ClientToken = nil
	_, err = r.ecs.CreateGateway(ctx, &other) // the name is taken
	refusedWith(t, "ConflictException", err)

	g := must[*ecs.DescribeGatewayOutput](t)(r.ecs.DescribeGateway(ctx, &ecs.DescribeGatewayInput{Gateway: made.GatewayArn})).Gateway
	c := g.Configuration.(*types.DescribeGatewayConfigurationMemberHostSharedAlb).Value
	if g.AccessType != types.AccessTypePublic || !*g.DeletionProtection || g.PropagateTags != types.PropagateGatewayTagsGateway || len(g.Tags) != 1 ||
		*c.Port != 443 || c.Protocol != types.GatewayAlbProtocolHttps || *c.MaxAlbCount != 10 || *c.CurrentAlbCount != 0 || len(c.NetworkConfiguration.Subnets) != 6 ||
		c.NetworkConfiguration.IpAddressType != types.GatewayElbIpAddressTypeDualstack || *c.TestTrafficRules.Header.Name != "x-test" ||
		*c.AccessLogs.Destination.(*types.GatewayElbAccessLogDestinationMemberS3).Value.Bucket != "logs" {
		t.Errorf("the gateway is %+v, %+v", g, c)
	}

	must[*ecs.TagResourceOutput](t)(r.ecs.TagResource(ctx, &ecs.TagResourceInput{ResourceArn: made.GatewayArn, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}}}))
	must[*ecs.UntagResourceOutput](t)(r.ecs.UntagResource(ctx, &ecs.UntagResourceInput{ResourceArn: made.GatewayArn, TagKeys: []string{"team"}}))
	if tags := must[*ecs.ListTagsForResourceOutput](t)(r.ecs.ListTagsForResource(ctx, &ecs.ListTagsForResourceInput{ResourceArn: made.GatewayArn})).Tags; len(tags) != 1 || *tags[0].Key != "a" {
		t.Errorf("the tags are %v", tags)
	}

	_, err = r.ecs.DeleteGateway(ctx, &ecs.DeleteGatewayInput{Gateway: aws.String("front")}) // it is protected
	refusedWith(t, "InvalidParameterException", err)
	updated := must[*ecs.UpdateGatewayOutput](t)(r.ecs.UpdateGateway(ctx, &ecs.UpdateGatewayInput{Gateway: aws.String("front"), DeletionProtection: aws.Bool(false),
		Configuration: &types.UpdateGatewayConfigurationMemberHostSharedAlb{Value: types.UpdateGatewayAlbConfiguration{MaxAlbCount: aws.Int32(2)}}}))
	if updated.Status != types.GatewayStatusUpdateInProgress {
		t.Errorf("the update is %s", updated.Status)
	}
	g = must[*ecs.DescribeGatewayOutput](t)(r.ecs.DescribeGateway(ctx, &ecs.DescribeGatewayInput{Gateway: aws.String("front")})).Gateway
	c = g.Configuration.(*types.DescribeGatewayConfigurationMemberHostSharedAlb).Value
	if g.Status != types.GatewayStatusUpdateComplete || *c.MaxAlbCount != 2 || c.TestTrafficRules == nil {
		t.Errorf("the gateway is %s, %+v", g.Status, c)
	}

	r.gateway("back", types.HostSharedAlbConfiguration{Scheme: types.GatewayElbSchemeInternal})
	pages := ecs.NewListGatewaysPaginator(r.ecs, &ecs.ListGatewaysInput{MaxResults: aws.Int32(1)})
	var names []string
	for pages.HasMorePages() {
		page := must[*ecs.ListGatewaysOutput](t)(pages.NextPage(ctx))
		for _, x := range page.Gateways {
			names = append(names, *x.Name)
		}
	}
	if len(names) != 2 || names[0] != "back" || names[1] != "front" {
		t.Errorf("the gateways are %v", names)
	}
	some := must[*ecs.ListGatewaysOutput](t)(r.ecs.ListGateways(ctx, &ecs.ListGatewaysInput{Names: []string{"back"}, Status: []types.GatewayStatus{types.GatewayStatusActive}}))
	if len(some.Gateways) != 1 {
		t.Errorf("%d gateways are chosen", len(some.Gateways))
	}
	deleted := must[*ecs.DeleteGatewayOutput](t)(r.ecs.DeleteGateway(ctx, &ecs.DeleteGatewayInput{Gateway: aws.String("front")}))
	if deleted.Status != types.GatewayStatusDeleted {
		t.Errorf("the deleted gateway is %s", deleted.Status)
	}
	_, err = r.ecs.DescribeGateway(ctx, &ecs.DescribeGatewayInput{Gateway: aws.String("front")})
	refusedWith(t, "GatewayNotFoundException", err)
}

// TestGatewayRefusals is what no gateway is made of.
func TestGatewayRefusals(t *testing.T) {
	r := ephemeral(t)
	for name, in := range map[string]*ecs.CreateGatewayInput{
		"name": {Name: aws.String("a b")},
		"role": {InfrastructureRoleArn: aws.String("admin")},
		"port": {Configuration: sharedALB(types.HostSharedAlbConfiguration{Port: aws.Int32(80)})},
		"subnet": {Configuration: sharedALB(types.HostSharedAlbConfiguration{NetworkConfiguration: &types.GatewayElbNetworkConfiguration{
			Subnets: []string{"subnet-0defa01700000000a", "subnet-1"}}})},
		"one subnet": {Configuration: sharedALB(types.HostSharedAlbConfiguration{NetworkConfiguration: &types.GatewayElbNetworkConfiguration{
			Subnets: []string{"subnet-0defa01700000000a"}}})},
		"scheme": {Configuration: sharedALB(types.HostSharedAlbConfiguration{Scheme: "sideways"})},
	} {
		if in.Name == nil {
			in.Name = aws.String("front")
		}
		if in.InfrastructureRoleArn == nil {
			in.InfrastructureRoleArn = aws.String(gatewayRole)
		}
		if in.Configuration == nil {
			in.Configuration = sharedALB(types.HostSharedAlbConfiguration{})
		}
		t.Run(name, func(t *testing.T) {
			_, err := r.ecs.CreateGateway(t.Context(), in)
			refusedWith(t, "InvalidParameterException", err)
		})
	}
}

// TestGatewayRoutes is that a service with a connector gets a route to each gateway
// of its cluster, with tasks as targets behind it, and that the routes go when the
// service is changed after the association has ended.
func TestGatewayRoutes(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	r.cluster()
	r.gateway("front", types.HostSharedAlbConfiguration{})
	r.gateway("inside", types.HostSharedAlbConfiguration{Scheme: types.GatewayElbSchemeInternal})
	for _, name := range []string{"front", "inside"} {
		made := must[*ecs.AssociateGatewayWithClusterOutput](t)(r.ecs.AssociateGatewayWithCluster(ctx, &ecs.AssociateGatewayWithClusterInput{Gateway: &name, Cluster: aws.String("demo")}))
		if made.Status != types.GatewayClusterAssociationStatusActive || *made.ClusterArn != "arn:aws:ecs:us-east-1:123456789012:cluster/demo" {
			t.Errorf("the association is %s with %s", made.Status, *made.ClusterArn)
		}
	}
	definition := webDefinition(nil)
	definition.ContainerDefinitions[0].PortMappings[0].Name = aws.String("http")
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, definition))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(ctx, &ecs.CreateServiceInput{
		Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(2),
		GatewayConnectors: []types.GatewayConnector{{PortName: aws.String("http"), Filters: &types.GatewayConnectorFilters{AccessTypes: []types.AccessType{types.AccessTypePublic}}}},
	}))
	service := r.steady()

	routes := must[*ecs.ListGatewayRoutesOutput](t)(r.ecs.ListGatewayRoutes(ctx, &ecs.ListGatewayRoutesInput{Cluster: aws.String("demo"), Service: service.ServiceArn})).GatewayRoutes
	if len(routes) != 1 || *routes[0].GatewayArn != "arn:aws:ecs:us-east-1:123456789012:gateway/front" || *routes[0].ServiceContainerPortName != "http" {
		t.Fatalf("the routes are %+v", routes)
	}
	route := must[*ecs.DescribeGatewayRouteOutput](t)(r.ecs.DescribeGatewayRoute(ctx, &ecs.DescribeGatewayRouteInput{GatewayRouteArn: routes[0].GatewayRouteArn})).GatewayRoute
	alb := route.Resources.(*types.GatewayRouteResourcesMemberHostSharedAlb).Value[0]
	revisions := must[*ecs.DescribeServiceRevisionsOutput](t)(r.ecs.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{
		ServiceRevisionArns: []string{*service.CurrentServiceRevisions[0].Arn}})).ServiceRevisions
	connection := revisions[0].EcsManagedResources.GatewayConnections[0]
	behind := connection.Resources.(*types.GatewayConnectionResourcesMemberHostSharedAlb).Value[0]
	if *connection.ServiceUrl != *route.ServiceUrl || *behind.LoadBalancerArn != *alb.LoadBalancerArn {
		t.Errorf("the revision is connected by %+v, the route is %+v", connection, route)
	}
	balancing := elb.New(elb.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
	health := must[*elb.DescribeTargetHealthOutput](t)(balancing.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: behind.TargetGroupArn}))
	if len(health.TargetHealthDescriptions) != 2 {
		t.Errorf("%d targets are behind the route, want 2", len(health.TargetHealthDescriptions))
	}
	rules := must[*elb.DescribeRulesOutput](t)(balancing.DescribeRules(ctx, &elb.DescribeRulesInput{ListenerArn: alb.ListenerArn}))
	if len(rules.Rules) != 2 || "https://"+rules.Rules[0].Conditions[0].HostHeaderConfig.Values[0] != *route.ServiceUrl {
		t.Errorf("the rules are %+v", rules.Rules)
	}
	resources := must[*ecs.DescribeGatewayResourcesOutput](t)(r.ecs.DescribeGatewayResources(ctx, &ecs.DescribeGatewayResourcesInput{Gateway: aws.String("front")})).GatewayResources
	if list := resources.Resources.(*types.GatewayInfrastructureResourcesMemberHostSharedAlb).Value; len(list) != 1 || list[0].GatewayRouteArns[0] != *route.GatewayRouteArn {
		t.Errorf("the resources are %+v", list)
	}

	_, err := r.ecs.DeleteGateway(ctx, &ecs.DeleteGatewayInput{Gateway: aws.String("front")})
	refusedWith(t, "ResourceInUseException", err)
	left := must[*ecs.DisassociateGatewayFromClusterOutput](t)(r.ecs.DisassociateGatewayFromCluster(ctx, &ecs.DisassociateGatewayFromClusterInput{Gateway: aws.String("front"), Cluster: aws.String("demo")}))
	if left.Status != types.GatewayClusterAssociationStatusDisassociating || r.associations("front") != 1 {
		t.Errorf("the association is %s, %d are listed", left.Status, r.associations("front"))
	}
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("demo"), Service: aws.String("web"), DesiredCount: aws.Int32(1)}))
	if n := r.associations("front"); n != 0 {
		t.Errorf("%d associations are left", n)
	}
	if service := r.steady(); len(service.LoadBalancers) != 0 {
		t.Errorf("the service has %+v", service.LoadBalancers)
	}
	if all := must[*elb.DescribeLoadBalancersOutput](t)(balancing.DescribeLoadBalancers(ctx, nil)); len(all.LoadBalancers) != 0 {
		t.Errorf("%d load balancers are left", len(all.LoadBalancers))
	}
	must[*ecs.DeleteGatewayOutput](t)(r.ecs.DeleteGateway(ctx, &ecs.DeleteGatewayInput{Gateway: aws.String("front")}))
	_, err = r.ecs.DescribeGatewayRoute(ctx, &ecs.DescribeGatewayRouteInput{GatewayRouteArn: route.GatewayRouteArn})
	refusedWith(t, "ResourceNotFoundException", err)
	_, err = r.ecs.DisassociateGatewayFromCluster(ctx, &ecs.DisassociateGatewayFromClusterInput{Gateway: aws.String("inside"), Cluster: aws.String("nowhere")})
	refusedWith(t, "ClusterNotFoundException", err)
}

func (r *rig) associations(gateway string) int {
	r.t.Helper()
	return len(must[*ecs.ListGatewayClusterAssociationsOutput](r.t)(r.ecs.ListGatewayClusterAssociations(r.t.Context(),
		&ecs.ListGatewayClusterAssociationsInput{Gateway: &gateway})).GatewayClusterAssociations)
}

// TestGatewaysOfCluster is how many gateways a cluster has at most, and that they
// are free again when it is deleted.
func TestGatewaysOfCluster(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(ctx, nil))
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		r.gateway(name, types.HostSharedAlbConfiguration{})
		_, err := r.ecs.AssociateGatewayWithCluster(ctx, &ecs.AssociateGatewayWithClusterInput{Gateway: &name, Cluster: aws.String("default")}, once)
		if name == "f" {
			refusedWith(t, "LimitExceededException", err)
		} else if err != nil {
			t.Fatal(err)
		}
	}
	must[*ecs.DeleteClusterOutput](t)(r.ecs.DeleteCluster(ctx, &ecs.DeleteClusterInput{Cluster: aws.String("default")}))
	must[*ecs.DeleteGatewayOutput](t)(r.ecs.DeleteGateway(ctx, &ecs.DeleteGatewayInput{Gateway: aws.String("a")}))
}
