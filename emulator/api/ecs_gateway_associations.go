package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// kindAssociation is the kind of the documents of associations; their keys are the
// gateway and the cluster.
const kindAssociation = "ecs/gateway-association"

// mostGateways is how many gateways a cluster can be associated with
// [API:AssociateGatewayWithCluster].
const mostGateways = 5

// association joins a gateway to a cluster.
type association struct {
	Gateway string                                `json:"gateway"`
	Cluster ecs.ClusterName                       `json:"cluster"`
	Status  types.GatewayClusterAssociationStatus `json:"status"`
}

func (x *association) key() string { return x.Gateway + "\x00" + string(x.Cluster) }

func (s *ECS) associationsOf(gateway string) ([]association, error) {
	return store.Documents[association](s.tx, kindAssociation, gateway+"\x00")
}

func (s *ECS) associations() ([]association, error) {
	return store.Documents[association](s.tx, kindAssociation, "")
}

// AssociateGatewayWithCluster lets the services of a cluster use a gateway. Those
// that are there take notice with their next update.
func (s *ECS) AssociateGatewayWithCluster(_ context.Context, in *sdk.AssociateGatewayWithClusterInput) (*sdk.AssociateGatewayWithClusterOutput, error) {
	g, cluster, err := s.gatewayAndCluster(in.Gateway, in.Cluster)
	if err != nil {
		return nil, err
	}
	all, err := s.associations()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x association) bool { return x.Cluster != cluster || x.Gateway == *g.Name })
	if len(all) >= mostGateways {
		return nil, refuse(ecs.CodeLimitExceeded, "The cluster %s is associated with %d gateways already, which is the most that it can be.", cluster, len(all))
	}
	made := association{Gateway: *g.Name, Cluster: cluster, Status: types.GatewayClusterAssociationStatusActive}
	if err := s.tx.PutDocument(kindAssociation, made.key(), made); err != nil {
		return nil, err
	}
	return &sdk.AssociateGatewayWithClusterOutput{GatewayArn: g.GatewayArn, ClusterArn: s.clusterARN(cluster), Status: made.Status}, nil
}

func (s *ECS) clusterARN(cluster ecs.ClusterName) *string {
	arn := string(ecs.ClusterARN(s.tx.Scope(), cluster))
	return &arn
}

func (s *ECS) gatewayAndCluster(gateway, cluster *string) (*types.Gateway, ecs.ClusterName, error) {
	g, err := s.gateway(gateway)
	if err != nil {
		return nil, "", err
	}
	if text[string](cluster) == "" {
		return nil, "", invalid("Cluster can not be blank.")
	}
	name, _, err := s.cluster(cluster)
	return g, name, err
}

// DisassociateGatewayFromCluster ends an association. It is DISASSOCIATING until
// the last route is gone, which goes with the next update of its service.
func (s *ECS) DisassociateGatewayFromCluster(_ context.Context, in *sdk.DisassociateGatewayFromClusterInput) (*sdk.DisassociateGatewayFromClusterOutput, error) {
	g, cluster, err := s.gatewayAndCluster(in.Gateway, in.Cluster)
	if err != nil {
		return nil, err
	}
	x := association{Gateway: *g.Name, Cluster: cluster}
	known, err := s.tx.Document(kindAssociation, x.key(), &x)
	switch {
	case err != nil:
		return nil, err
	case !known:
		return nil, refuse(codeNotFound, "The gateway %s is not associated with the cluster %s.", *g.Name, cluster)
	}
	x.Status = types.GatewayClusterAssociationStatusDisassociating
	if err := first(s.tx.PutDocument(kindAssociation, x.key(), x), s.settleAssociation(&x)); err != nil {
		return nil, err
	}
	return &sdk.DisassociateGatewayFromClusterOutput{GatewayArn: g.GatewayArn, ClusterArn: s.clusterARN(cluster), Status: x.Status}, nil
}

// settleAssociation drops an association that is to end and has no route.
func (s *ECS) settleAssociation(x *association) error {
	routes, err := s.routesOf(x.Cluster)
	if err != nil || x.Status != types.GatewayClusterAssociationStatusDisassociating ||
		slices.ContainsFunc(routes, func(r gatewayRoute) bool { return r.Gateway == x.Gateway }) {
		return err
	}
	return s.tx.DeleteDocument(kindAssociation, x.key())
}

// ListGatewayClusterAssociations lists associations.
func (s *ECS) ListGatewayClusterAssociations(_ context.Context, in *sdk.ListGatewayClusterAssociationsInput) (*sdk.ListGatewayClusterAssociationsOutput, error) {
	gateway, cluster, err := s.gatewayFilter(in.Gateway, in.Cluster)
	if err := first(err, checkChoice("status", in.Status...)); err != nil {
		return nil, err
	}
	all, err := s.associations()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x association) bool {
		return gateway != "" && x.Gateway != gateway || cluster != "" && x.Cluster != cluster || len(in.Status) > 0 && !slices.Contains(in.Status, x.Status)
	})
	all, next, err := pageOf(all, (*association).key, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListGatewayClusterAssociationsOutput{GatewayClusterAssociations: []types.GatewayClusterAssociationSummary{}, NextToken: next}
	for _, x := range all {
		arn := string(s.gatewayARN(x.Gateway))
		out.GatewayClusterAssociations = append(out.GatewayClusterAssociations, types.GatewayClusterAssociationSummary{
			GatewayArn: &arn, ClusterArn: s.clusterARN(x.Cluster), Status: x.Status,
		})
	}
	return out, nil
}

// gatewayFilter reads the gateway and the cluster that a list is limited to. Who
// names one that is not there hears so.
func (s *ECS) gatewayFilter(gateway, cluster *string) (string, ecs.ClusterName, error) {
	var of string
	var in ecs.ClusterName
	if text[string](gateway) != "" {
		g, err := s.gateway(gateway)
		if err != nil {
			return "", "", err
		}
		of = *g.Name
	}
	if text[string](cluster) != "" {
		name, _, err := s.cluster(cluster)
		if err != nil {
			return "", "", err
		}
		in = name
	}
	return of, in, nil
}
