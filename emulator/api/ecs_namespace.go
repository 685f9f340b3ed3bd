package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
)

// ListServicesByNamespace lists the services of all clusters that use a Cloud Map
// namespace for Service Connect, which is their own or their cluster's default
// [API:ListServicesByNamespace].
func (s *ECS) ListServicesByNamespace(_ context.Context, in *sdk.ListServicesByNamespaceInput) (*sdk.ListServicesByNamespaceOutput, error) {
	wanted := s.namespace(text[string](in.Namespace))
	if wanted == "" {
		return nil, invalid("The namespace is missing: the name or the ARN of a namespace of AWS Cloud Map.")
	}
	var arns []string
	for _, cluster := range s.tx.LiveClusters() {
		record, _, err := s.tx.Cluster(cluster)
		if err != nil {
			return nil, err
		}
		engine, _ := s.tx.Engine(cluster)
		for _, name := range engine.Services() {
			service, ok := engine.Service(name)
			if !ok || service.Status != ecs.ServiceActive || !service.ServiceConnectEnabled() {
				continue
			}
			used := s.namespace(service.ServiceConnectNamespace())
			if used == "" {
				used = record.Namespace
			}
			if used == wanted {
				arns = append(arns, string(service.ARN))
			}
		}
	}
	slices.Sort(arns)
	arns, next, err := page(arns, in.NextToken, in.MaxResults, 10, 100)
	if err != nil {
		return nil, err
	}
	return &sdk.ListServicesByNamespaceOutput{ServiceArns: append([]string{}, arns...), NextToken: next}, nil
}
