package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/emulator/registry"
)

// CreateRepository makes a repository.
func (e *ECR) CreateRepository(_ context.Context, in *sdk.CreateRepositoryInput) (*sdk.CreateRepositoryOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	wanted := registry.Repository{Name: name, TagMutability: string(in.ImageTagMutability), Tags: map[string]string{}}
	for _, filter := range in.ImageTagMutabilityExclusionFilters {
		wanted.MutabilityExclusion = append(wanted.MutabilityExclusion, text[string](filter.Filter))
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

func (e *ECR) showRepository(repository registry.Repository) *types.Repository {
	shown := shape.RepositoryToSDK(ecs.Repository{
		ARN: ecs.ARN(e.repositoryARN(repository.Name)), Name: repository.Name,
		URI: e.host + "/" + repository.Name, CreatedAt: repository.CreatedAt,
	})
	shown.ImageTagMutability = types.ImageTagMutability(repository.TagMutability)
	for _, filter := range repository.MutabilityExclusion {
		shown.ImageTagMutabilityExclusionFilters = append(shown.ImageTagMutabilityExclusionFilters,
			types.ImageTagMutabilityExclusionFilter{Filter: &filter, FilterType: types.ImageTagMutabilityExclusionFilterTypeWildcard})
	}
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
	if len(in.RepositoryNames) > 0 {
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
	by, names := map[string]registry.Repository{}, []string{}
	for _, repository := range repositories {
		by[repository.Name] = repository
		names = append(names, repository.Name)
	}
	slices.Sort(names)
	names, out.NextToken, err = page(names, in.NextToken, in.MaxResults, 100, 1000)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		out.Repositories = append(out.Repositories, *e.showRepository(by[name]))
	}
	return out, nil
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
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		repository.TagMutability, repository.MutabilityExclusion = string(in.ImageTagMutability), nil
		for _, filter := range in.ImageTagMutabilityExclusionFilters {
			repository.MutabilityExclusion = append(repository.MutabilityExclusion, text[string](filter.Filter))
		}
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

// PutImageScanningConfiguration is kept and shown; nothing is scanned.
func (e *ECR) PutImageScanningConfiguration(_ context.Context, in *sdk.PutImageScanningConfigurationInput) (*sdk.PutImageScanningConfigurationOutput, error) {
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		repository.ScanOnPush = in.ImageScanningConfiguration != nil && in.ImageScanningConfiguration.ScanOnPush
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

// SetRepositoryPolicy keeps a policy.
func (e *ECR) SetRepositoryPolicy(_ context.Context, in *sdk.SetRepositoryPolicyInput) (*sdk.SetRepositoryPolicyOutput, error) {
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		repository.Policy = text[string](in.PolicyText)
		return nil
	})
	return &sdk.SetRepositoryPolicyOutput{PolicyText: &changed.Policy, RegistryId: &e.scope.Account, RepositoryName: &changed.Name}, err
}

func (e *ECR) found(name, registryID *string) (registry.Repository, error) {
	given, err := e.repository(name, registryID)
	if err != nil {
		return registry.Repository{}, err
	}
	return e.images.Repository(given)
}

func (e *ECR) noPolicy(kind, code, name string) error {
	return refuse(code, "%s does not exist for the repository with name '%s' in the registry with id '%s'", kind, name, e.scope.Account)
}

const (
	codeNoPolicy    = "RepositoryPolicyNotFoundException"
	codeNoLifecycle = "LifecyclePolicyNotFoundException"
)

// GetRepositoryPolicy shows a policy.
func (e *ECR) GetRepositoryPolicy(_ context.Context, in *sdk.GetRepositoryPolicyInput) (*sdk.GetRepositoryPolicyOutput, error) {
	repository, err := e.found(in.RepositoryName, in.RegistryId)
	if err == nil && repository.Policy == "" {
		err = e.noPolicy("Repository policy", codeNoPolicy, repository.Name)
	}
	return &sdk.GetRepositoryPolicyOutput{PolicyText: &repository.Policy, RegistryId: &e.scope.Account, RepositoryName: &repository.Name}, err
}

// DeleteRepositoryPolicy forgets a policy.
func (e *ECR) DeleteRepositoryPolicy(_ context.Context, in *sdk.DeleteRepositoryPolicyInput) (*sdk.DeleteRepositoryPolicyOutput, error) {
	old := ""
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		if old, repository.Policy = repository.Policy, ""; old == "" {
			return e.noPolicy("Repository policy", codeNoPolicy, repository.Name)
		}
		return nil
	})
	return &sdk.DeleteRepositoryPolicyOutput{PolicyText: &old, RegistryId: &e.scope.Account, RepositoryName: &changed.Name}, err
}

// PutLifecyclePolicy keeps a lifecycle policy.
func (e *ECR) PutLifecyclePolicy(_ context.Context, in *sdk.PutLifecyclePolicyInput) (*sdk.PutLifecyclePolicyOutput, error) {
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		repository.LifecyclePolicy = text[string](in.LifecyclePolicyText)
		return nil
	})
	return &sdk.PutLifecyclePolicyOutput{LifecyclePolicyText: &changed.LifecyclePolicy, RegistryId: &e.scope.Account, RepositoryName: &changed.Name}, err
}

// GetLifecyclePolicy shows a lifecycle policy.
func (e *ECR) GetLifecyclePolicy(_ context.Context, in *sdk.GetLifecyclePolicyInput) (*sdk.GetLifecyclePolicyOutput, error) {
	repository, err := e.found(in.RepositoryName, in.RegistryId)
	if err == nil && repository.LifecyclePolicy == "" {
		err = e.noPolicy("Lifecycle policy", codeNoLifecycle, repository.Name)
	}
	return &sdk.GetLifecyclePolicyOutput{LifecyclePolicyText: &repository.LifecyclePolicy, RegistryId: &e.scope.Account, RepositoryName: &repository.Name}, err
}

// DeleteLifecyclePolicy forgets a lifecycle policy.
func (e *ECR) DeleteLifecyclePolicy(_ context.Context, in *sdk.DeleteLifecyclePolicyInput) (*sdk.DeleteLifecyclePolicyOutput, error) {
	old := ""
	changed, err := e.change(in.RepositoryName, in.RegistryId, func(repository *registry.Repository) error {
		if old, repository.LifecyclePolicy = repository.LifecyclePolicy, ""; old == "" {
			return e.noPolicy("Lifecycle policy", codeNoLifecycle, repository.Name)
		}
		return nil
	})
	return &sdk.DeleteLifecyclePolicyOutput{LifecyclePolicyText: &old, RegistryId: &e.scope.Account, RepositoryName: &changed.Name}, err
}
