package api

import (
	"context"
	"regexp"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
)

// The bounds of a replication configuration [ECR: ReplicationRuleList,
// ReplicationDestinationList, RepositoryFilterList; the destinations of all rules
// together, ECR-UG].
const (
	mostReplicationRules = 10
	mostDestinations     = 25
	mostPrefixes         = 100
)

var (
	registryRule = regexp.MustCompile(`^[0-9]{12}$`)
	regionRule   = regexp.MustCompile(`^[0-9a-z-]{2,25}$`)
	prefixRule   = regexp.MustCompile(`^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$`)
)

// PutReplicationConfiguration says where images are sent that are pushed from
// then on.
func (e *ECR) PutReplicationConfiguration(_ context.Context, in *sdk.PutReplicationConfigurationInput) (*sdk.PutReplicationConfigurationOutput, error) {
	if err := needed("replicationConfiguration", in.ReplicationConfiguration != nil); err != nil {
		return nil, err
	}
	given := in.ReplicationConfiguration.Rules
	if err := first(needed("rules", given != nil), checkLength("rules", len(given), 0, mostReplicationRules)); err != nil {
		return nil, err
	}
	wanted, everywhere := []registry.ReplicationRule{}, map[registry.Destination]bool{}
	for _, rule := range given {
		kept, err := e.readReplicationRule(rule)
		if err != nil {
			return nil, err
		}
		for _, destination := range kept.Destinations {
			everywhere[destination] = true
		}
		wanted = append(wanted, kept)
	}
	if err := checkLength("destinations", len(everywhere), 0, mostDestinations); err != nil {
		return nil, err
	}
	_, err := registry.ChangeSetting(e.images, registry.SettingReplication, func(rules *[]registry.ReplicationRule) error {
		*rules = wanted
		return nil
	})
	return &sdk.PutReplicationConfigurationOutput{ReplicationConfiguration: showReplication(wanted)}, err
}

func (e *ECR) readReplicationRule(rule types.ReplicationRule) (registry.ReplicationRule, error) {
	kept := registry.ReplicationRule{}
	if err := first(needed("destinations", rule.Destinations != nil), checkLength("repositoryFilters", len(rule.RepositoryFilters), 0, mostPrefixes)); err != nil {
		return kept, err
	}
	for _, given := range rule.Destinations {
		destination, err := e.readDestination(&given)
		if err != nil {
			return kept, err
		}
		kept.Destinations = append(kept.Destinations, destination)
	}
	for _, filter := range rule.RepositoryFilters {
		prefix := text[string](filter.Filter)
		if err := first(needed("filterType", filter.FilterType != ""), checkEnum("filterType", filter.FilterType),
			checkLength("filter", len(prefix), 2, 256), checkPattern("filter", prefixRule, prefix)); err != nil {
			return kept, err
		}
		kept.Prefixes = append(kept.Prefixes, prefix)
	}
	return kept, nil
}

func (e *ECR) readDestination(given *types.ReplicationDestination) (registry.Destination, error) {
	if err := needed("destination", given != nil); err != nil {
		return registry.Destination{}, err
	}
	read := registry.Destination{Region: text[string](given.Region), Account: text[string](given.RegistryId)}
	if err := first(checkPattern("region", regionRule, read.Region), checkPattern("registryId", registryRule, read.Account)); err != nil {
		return read, err
	}
	if read.Region == e.scope.Region && read.Account == e.scope.Account {
		return read, unfit("replicationConfiguration", "Replication destination cannot be the same as the source registry")
	}
	return read, nil
}

func showDestination(d registry.Destination) types.ReplicationDestination {
	return types.ReplicationDestination{Region: &d.Region, RegistryId: &d.Account}
}

func showReplication(rules []registry.ReplicationRule) *types.ReplicationConfiguration {
	shown := &types.ReplicationConfiguration{Rules: []types.ReplicationRule{}}
	for _, rule := range rules {
		one := types.ReplicationRule{Destinations: []types.ReplicationDestination{}}
		for _, destination := range rule.Destinations {
			one.Destinations = append(one.Destinations, showDestination(destination))
		}
		for _, prefix := range rule.Prefixes {
			one.RepositoryFilters = append(one.RepositoryFilters, types.RepositoryFilter{Filter: &prefix, FilterType: types.RepositoryFilterTypePrefixMatch})
		}
		shown.Rules = append(shown.Rules, one)
	}
	return shown
}

// DescribeRegistry shows the registry and where its images are sent.
func (e *ECR) DescribeRegistry(context.Context, *sdk.DescribeRegistryInput) (*sdk.DescribeRegistryOutput, error) {
	rules, err := registry.SettingOf[[]registry.ReplicationRule](e.images, registry.SettingReplication)
	return &sdk.DescribeRegistryOutput{RegistryId: &e.scope.Account, ReplicationConfiguration: showReplication(rules)}, err
}

// DescribeImageReplicationStatus shows where an image was sent.
func (e *ECR) DescribeImageReplicationStatus(_ context.Context, in *sdk.DescribeImageReplicationStatusInput) (*sdk.DescribeImageReplicationStatusOutput, error) {
	name, id, image, err := e.imageOf(in.RepositoryName, in.RegistryId, in.ImageId)
	if err != nil {
		return nil, err
	}
	shown := showImageID(registry.ImageID{Digest: image.Digest, Tag: id.Tag})
	out := &sdk.DescribeImageReplicationStatusOutput{ImageId: &shown, RepositoryName: &name, ReplicationStatuses: []types.ImageReplicationStatus{}}
	for _, where := range sortedKeys(image.Replications) {
		to := registry.ParseDestination(where)
		status := types.ImageReplicationStatus{Region: &to.Region, RegistryId: &to.Account, Status: types.ReplicationStatusComplete}
		if failure := image.Replications[where]; failure != "" {
			status.Status, status.FailureCode = types.ReplicationStatusFailed, &failure
		}
		out.ReplicationStatuses = append(out.ReplicationStatuses, status)
	}
	return out, nil
}
