package api

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/emulator/registry"
)

// mostRepositoryNames is how many repositories can be asked for by name [ECR: RepositoryNameList].
const mostRepositoryNames = 100

// CreateRepository makes a repository.
func (e *ECR) CreateRepository(_ context.Context, in *sdk.CreateRepositoryInput) (*sdk.CreateRepositoryOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if err := checkExclusions(in.ImageTagMutabilityExclusionFilters); err != nil {
		return nil, err
	}
	wanted := registry.Repository{
		Name: name, TagMutability: string(in.ImageTagMutability), MutabilityExclusion: readExclusions(in.ImageTagMutabilityExclusionFilters), Tags: map[string]string{},
	}
	if c := in.ImageScanningConfiguration; c != nil {
		wanted.ScanOnPush = c.ScanOnPush
	}
	if c := in.EncryptionConfiguration; c != nil {
		wanted.EncryptionType, wanted.KMSKey = string(c.EncryptionType), text[string](c.KmsKey)
	}
	if err := addECRTags(wanted.Tags, in.Tags); err != nil {
		return nil, err
	}
	made, err := e.images.CreateRepository(wanted)
	if err != nil {
		return nil, err
	}
	return &sdk.CreateRepositoryOutput{Repository: e.showRepository(made)}, nil
}

// checkExclusions refuses filters of another type than the one that there is.
func checkExclusions(filters []types.ImageTagMutabilityExclusionFilter) error {
	for _, filter := range filters {
		if err := first(needed("filterType", filter.FilterType != ""), checkEnum("filterType", filter.FilterType)); err != nil {
			return err
		}
	}
	return nil
}

func readExclusions(filters []types.ImageTagMutabilityExclusionFilter) []string {
	var read []string
	for _, filter := range filters {
		read = append(read, text[string](filter.Filter))
	}
	return read
}

func showExclusions(filters []string) []types.ImageTagMutabilityExclusionFilter {
	var shown []types.ImageTagMutabilityExclusionFilter
	for _, filter := range filters {
		shown = append(shown, types.ImageTagMutabilityExclusionFilter{Filter: &filter, FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard})
	}
	return shown
}

func (e *ECR) showRepository(repository registry.Repository) *types.Repository {
	shown := shape.RepositoryToSDK(ecs.Repository{
		ARN: ecs.ARN(e.repositoryARN(repository.Name)), Name: repository.Name,
		URI: e.host + "/" + repository.Name, CreatedAt: repository.CreatedAt,
	})
	shown.ImageTagMutability = types.ImageTagMutability(repository.TagMutability)
	shown.ImageTagMutabilityExclusionFilters = showExclusions(repository.MutabilityExclusion)
	shown.ImageScanningConfiguration = &types.ImageScanningConfiguration{ScanOnPush: repository.ScanOnPush}
	shown.EncryptionConfiguration = &types.EncryptionConfiguration{EncryptionType: types.EncryptionType(repository.EncryptionType)}
	if repository.KMSKey != "" {
		shown.EncryptionConfiguration.KmsKey = &repository.KMSKey
	}
	return &shown
}

// DeleteRepository deletes a repository, with force one that has images too.
func (e *ECR) DeleteRepository(_ context.Context, in *sdk.DeleteRepositoryInput) (*sdk.DeleteRepositoryOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	deleted, err := e.images.DeleteRepository(name, in.Force)
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteRepositoryOutput{Repository: e.showRepository(deleted)}, nil
}

// DescribeRepositories shows repositories by name, or all of them in pages.
func (e *ECR) DescribeRepositories(_ context.Context, in *sdk.DescribeRepositoriesInput) (*sdk.DescribeRepositoriesOutput, error) {
	if len(in.RepositoryNames) == 0 {
		if err := e.own(in.RegistryId); err != nil {
			return nil, err
		}
	}
	if len(in.RepositoryNames) > 0 {
		if in.NextToken != nil || in.MaxResults != nil {
			return nil, unfit("repositoryNames", "cannot be given together with nextToken or maxResults")
		}
		if err := checkLength("repositoryNames", len(in.RepositoryNames), 1, mostRepositoryNames); err != nil {
			return nil, err
		}
		if _, err := e.repository(&in.RepositoryNames[0], in.RegistryId); err != nil {
			return nil, err
		}
	}
	repositories, err := e.images.Repositories(in.RepositoryNames...)
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeRepositoriesOutput{Repositories: []types.Repository{}}
	if len(in.RepositoryNames) > 0 {
		for _, repository := range repositories {
			out.Repositories = append(out.Repositories, *e.showRepository(repository))
		}
		return out, nil
	}
	part, next, err := cutPage(repositories, func(one registry.Repository) string { return one.Name }, in.NextToken, in.MaxResults, 100, 1000)
	out.NextToken = next
	for _, repository := range part {
		out.Repositories = append(out.Repositories, *e.showRepository(repository))
	}
	return out, err
}

// change changes the settings of a repository.
func (e *ECR) change(name, registryID *string, change func(*registry.Repository) error) (registry.Repository, error) {
	found, err := e.repository(name, registryID)
	if err != nil {
		return registry.Repository{}, err
	}
	return e.images.ChangeRepository(found, change)
}

// PutImageTagMutability says whether tags may move.
func (e *ECR) PutImageTagMutability(_ context.Context, in *sdk.PutImageTagMutabilityInput) (*sdk.PutImageTagMutabilityOutput, error) {
	if err := checkExclusions(in.ImageTagMutabilityExclusionFilters); err != nil {
		return nil, err
	}
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		repository.TagMutability, repository.MutabilityExclusion = string(in.ImageTagMutability), readExclusions(in.ImageTagMutabilityExclusionFilters)
		return nil
	})
	if err != nil {
		return nil, err
	}
	shown := e.showRepository(changed)
	return &sdk.PutImageTagMutabilityOutput{
		RegistryId: &e.scope.Account, RepositoryName: shown.RepositoryName, ImageTagMutability: shown.ImageTagMutability,
		ImageTagMutabilityExclusionFilters: shown.ImageTagMutabilityExclusionFilters,
	}, nil
}

// PutImageScanningConfiguration says whether images are scanned when they are pushed.
func (e *ECR) PutImageScanningConfiguration(_ context.Context, in *sdk.PutImageScanningConfigurationInput) (*sdk.PutImageScanningConfigurationOutput, error) {
	if err := needed("imageScanningConfiguration", in.ImageScanningConfiguration != nil); err != nil {
		return nil, err
	}
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		repository.ScanOnPush = in.ImageScanningConfiguration.ScanOnPush
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &sdk.PutImageScanningConfigurationOutput{
		RegistryId: &e.scope.Account, RepositoryName: &changed.Name,
		ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: changed.ScanOnPush},
	}, nil
}

func (e *ECR) found(name, registryID *string) (registry.Repository, error) {
	given, err := e.repository(name, registryID)
	if err != nil {
		return registry.Repository{}, err
	}
	return e.images.Repository(given)
}
