package api

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// A gateway is the way in for services of the clusters that it is associated with.
// It belongs to the account and its Region. AWS publishes no form of its ARNs, nor
// which error tells what: those that are chosen here are unconfirmed.

// kindGateway is the kind of the documents of gateways, by name.
const kindGateway = "ecs/gateway"

const (
	longestGatewayToken = 64
	mostGatewayNames    = 10 // [API:ListGateways]
)

func (s *ECS) gatewayARN(name string) ecs.ARN { return s.tx.Scope().ARN("ecs", "gateway/"+name) }

func errNoGateway() *ecs.Error {
	return refuse("GatewayNotFoundException", "The specified gateway was not found. Specify a valid name or ARN and try again.")
}

// gatewayName reads the name of a gateway out of a name or an ARN.
func (s *ECS) gatewayName(given *string) (string, error) {
	named := text[ecs.ARN](given)
	if named == "" {
		return "", invalid("Gateway can not be blank.")
	}
	if err := s.checkScope(named); err != nil || !named.IsARN() {
		return string(named), err
	}
	name, ok := strings.CutPrefix(named.Resource(), "gateway/")
	if !ok {
		return "", invalid("Invalid identifier: %s is not the ARN of a gateway.", named)
	}
	return name, nil
}

// gateway finds a gateway by name or ARN.
func (s *ECS) gateway(given *string) (*types.Gateway, error) {
	name, err := s.gatewayName(given)
	if err != nil {
		return nil, err
	}
	g, err := shapeOf[types.Gateway](s.tx, kindGateway, name)
	switch {
	case err != nil:
		return nil, err
	case g == nil:
		return nil, errNoGateway()
	}
	entries, err := s.entries(gatewayOwner(name))
	if c, ok := g.Configuration.(*types.DescribeGatewayConfigurationMemberHostSharedAlb); ok {
		count := int32(len(entries)) //nolint:gosec // at most maxAlbCount
		c.Value.CurrentAlbCount = &count
	}
	return g, err
}

func (s *ECS) putGateway(g *types.Gateway) error { return putShape(s.tx, kindGateway, *g.Name, g) }

// CreateGateway makes a gateway, which is ACTIVE at once. It has load balancers
// only once a service uses it [API:CreateGateway].
func (s *ECS) CreateGateway(_ context.Context, in *sdk.CreateGatewayInput) (*sdk.CreateGatewayOutput, error) {
	name := text[string](in.Name)
	if !nameRule.MatchString(name) {
		return nil, invalid("Invalid gateway name %q: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.", name)
	}
	token, err := s.recall("CreateGateway", "", in.ClientToken, longestGatewayToken, in)
	if err != nil {
		return nil, err
	}
	old, err := shapeOf[types.Gateway](s.tx, kindGateway, name)
	switch {
	case err != nil:
		return nil, err
	case old != nil && token.known:
		return &sdk.CreateGatewayOutput{GatewayArn: old.GatewayArn, Name: old.Name, Status: old.Status}, nil
	case old != nil:
		return nil, &conflictError{message: "A gateway with the name " + name + " exists already.", resourceIDs: []string{*old.GatewayArn}}
	}
	configuration, err := s.gatewayConfiguration(in.Configuration)
	if err != nil {
		return nil, err
	}
	tags, err := checkTags(nil, in.Tags)
	if err := first(err, checkRole("infrastructureRoleArn", in.InfrastructureRoleArn), checkChoice("propagateTags", in.PropagateTags)); err != nil {
		return nil, err
	}
	now, arn := s.tx.Now(), string(s.gatewayARN(name))
	g := &types.Gateway{
		Name: &name, GatewayArn: &arn, Status: types.GatewayStatusActive, CreatedAt: &now, UpdatedAt: &now,
		AccessType: types.AccessTypePublic, Configuration: &types.DescribeGatewayConfigurationMemberHostSharedAlb{Value: *configuration},
		InfrastructureRoleArn: in.InfrastructureRoleArn, DeletionProtection: in.DeletionProtection, PropagateTags: in.PropagateTags,
		Tags: shape.List(tags, shape.TagToSDK),
	}
	if configuration.Scheme == types.GatewayElbSchemeInternal {
		g.AccessType = types.AccessTypePrivate
	}
	if g.PropagateTags == "" {
		g.PropagateTags = types.PropagateGatewayTagsGateway
	}
	if g.DeletionProtection == nil {
		protected := true
		g.DeletionProtection = &protected
	}
	if err := first(s.putGateway(g), token.keep([]string{arn}, nil)); err != nil {
		return nil, err
	}
	return &sdk.CreateGatewayOutput{GatewayArn: &arn, Name: &name, Status: g.Status}, nil
}

// checkRole refuses what is not the ARN of a role.
func checkRole(member string, given *string) error {
	arn := text[ecs.ARN](given)
	if !arn.IsARN() || !strings.HasPrefix(arn.Resource(), "role/") || !strings.Contains(string(arn), ":iam::") {
		return invalid("%s must be the ARN of an IAM role, arn:aws:iam::ACCOUNT:role/NAME, but it is %q.", member, arn)
	}
	return nil
}

// DescribeGateway shows a gateway.
func (s *ECS) DescribeGateway(_ context.Context, in *sdk.DescribeGatewayInput) (*sdk.DescribeGatewayOutput, error) {
	g, err := s.gateway(in.Gateway)
	return &sdk.DescribeGatewayOutput{Gateway: g}, err
}

// ListGateways lists gateways by name.
func (s *ECS) ListGateways(_ context.Context, in *sdk.ListGatewaysInput) (*sdk.ListGatewaysOutput, error) {
	if err := checkChoice("status", in.Status...); err != nil {
		return nil, err
	}
	if len(in.Names) > mostGatewayNames {
		return nil, invalid("names cannot have more than %d elements.", mostGatewayNames)
	}
	all, err := shapesOf[types.Gateway](s.tx, kindGateway, "")
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(g types.Gateway) bool {
		return len(in.Names) > 0 && !slices.Contains(in.Names, *g.Name) || len(in.Status) > 0 && !slices.Contains(in.Status, g.Status)
	})
	all, next, err := pageOf(all, func(g *types.Gateway) string { return *g.Name }, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListGatewaysOutput{Gateways: []types.GatewaySummary{}, NextToken: next}
	for _, g := range all {
		out.Gateways = append(out.Gateways, types.GatewaySummary{Name: g.Name, GatewayArn: g.GatewayArn, Status: g.Status, CreatedAt: g.CreatedAt})
	}
	return out, nil
}

// UpdateGateway changes a gateway. The change takes no time here: the answer says
// UPDATE_IN_PROGRESS as it does in ECS, and who asks then sees UPDATE_COMPLETE.
func (s *ECS) UpdateGateway(_ context.Context, in *sdk.UpdateGatewayInput) (*sdk.UpdateGatewayOutput, error) {
	g, err := s.gateway(in.Gateway)
	if err != nil {
		return nil, err
	}
	if in.InfrastructureRoleArn != nil {
		if err := checkRole("infrastructureRoleArn", in.InfrastructureRoleArn); err != nil {
			return nil, err
		}
		g.InfrastructureRoleArn = in.InfrastructureRoleArn
	}
	if err := checkChoice("propagateTags", in.PropagateTags); err != nil {
		return nil, err
	}
	if in.PropagateTags != "" {
		g.PropagateTags = in.PropagateTags
	}
	if in.DeletionProtection != nil {
		g.DeletionProtection = in.DeletionProtection
	}
	if in.Configuration != nil {
		if err := s.changeGateway(g, in.Configuration); err != nil {
			return nil, err
		}
	}
	now := s.tx.Now()
	g.Status, g.UpdatedAt = types.GatewayStatusUpdateComplete, &now
	if err := s.putGateway(g); err != nil {
		return nil, err
	}
	return &sdk.UpdateGatewayOutput{GatewayArn: g.GatewayArn, Name: g.Name, Status: types.GatewayStatusUpdateInProgress}, nil
}

// DeleteGateway deletes a gateway that is neither protected nor associated with a
// cluster [API:DeleteGateway].
func (s *ECS) DeleteGateway(_ context.Context, in *sdk.DeleteGatewayInput) (*sdk.DeleteGatewayOutput, error) {
	g, err := s.gateway(in.Gateway)
	if err != nil {
		return nil, err
	}
	associated, err := s.associationsOf(*g.Name)
	switch {
	case err != nil:
		return nil, err
	case *g.DeletionProtection:
		return nil, invalid("The gateway %s can't be deleted while deletion protection is enabled. Disable it with UpdateGateway and try again.", *g.Name)
	case len(associated) > 0:
		return nil, refuse("ResourceInUseException", "The gateway %s can't be deleted while it is associated with the cluster %s. Disassociate it and try again.",
			*g.Name, associated[0].Cluster)
	}
	if err := s.tx.DeleteDocument(kindGateway, *g.Name); err != nil {
		return nil, err
	}
	return &sdk.DeleteGatewayOutput{GatewayArn: g.GatewayArn, Name: g.Name, Status: types.GatewayStatusDeleted}, nil
}
