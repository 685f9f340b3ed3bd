package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// ListServicesByNamespace lists the services of all clusters that use a Cloud Map
// namespace for Service Connect, which is their own or their cluster's default
// [API:ListServicesByNamespace].
func (s *ECS) ListServicesByNamespace(_ context.Context, in *sdk.ListServicesByNamespaceInput) (*sdk.ListServicesByNamespaceOutput, error) {
	given := text[string](in.Namespace)
	if given == "" {
		return nil, invalid("The namespace is missing: the name or the ARN of a namespace of AWS Cloud Map.")
	}
	wanted, ok, err := s.namespace(given)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoNamespace(given)
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
			used, _, err := s.namespace(service.ServiceConnectNamespace())
			if err != nil {
				return nil, err
			}
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

// codeNoNamespace is ECS's code of a namespace that is not there.
const codeNoNamespace = "NamespaceNotFoundException"

func errNoNamespace(given string) *ecs.Error {
	return refuse(codeNoNamespace, "The namespace %.300q was not found in AWS Cloud Map.", given)
}

// namespace is the ARN of the AWS Cloud Map namespace that a name or an ARN means,
// and whether it is there; "" is none. Of a name that is not there it is the ARN
// that its namespace gets when ECS makes it.
func (s *ECS) namespace(given string) (arn string, ok bool, err error) {
	if given == "" {
		return "", false, nil
	}
	arn, ok, err = s.cloudMap().connectNamespace(given)
	if ok || err != nil || ecs.ARN(given).IsARN() {
		return arn, ok, err
	}
	return string(s.tx.Scope().ARN("servicediscovery", "namespace/"+namespaceID(given))), false, nil
}

// namespaceID is the id of a namespace that ECS makes.
func namespaceID(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "ns-" + hex.EncodeToString(sum[:])[:16]
}

func (s *ECS) cloudMap() *around { return &around{s: s.s, tx: s.tx} }

// defaultNamespace is the ARN of the namespace that a cluster is to have for
// Service Connect. One that is named and not there is made; "" is none
// [API:ClusterServiceConnectDefaultsRequest].
func (s *ECS) defaultNamespace(given string) (string, error) {
	arn, ok, err := s.namespace(given)
	switch {
	case err != nil || ok || given == "":
		return arn, err
	case ecs.ARN(given).IsARN():
		return "", errNoNamespace(given)
	}
	return arn, s.cloudMap().makeConnectNamespace(given, namespaceID(given))
}

// checkRegistries refuses service registries that are no services of AWS Cloud
// Map. The sentence about the form is ECS's own, as its clients have reported it;
// the other one is ours. What is no ARN at all, the engine refuses.
func (s *ECS) checkRegistries(registries []types.ServiceRegistry) error {
	for _, r := range registries {
		arn := text[ecs.ARN](r.RegistryArn)
		if !arn.IsARN() {
			continue
		}
		if err := s.checkScope(arn); err != nil {
			return err
		}
		if !strings.Contains(string(arn), ":servicediscovery:") || !strings.HasPrefix(arn.Resource(), "service/") {
			return invalid("The format of the supplied service registry ARN is invalid: %s.", arn)
		}
		if _, err := s.cloudMap().cloudService(string(arn)); err != nil {
			return invalid("The service registry %s was not found in AWS Cloud Map: make it with the CreateService of servicediscovery first.", arn)
		}
	}
	return nil
}
