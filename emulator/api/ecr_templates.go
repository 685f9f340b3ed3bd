package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
)

const (
	codeTemplateExists  = "TemplateAlreadyExistsException"
	codeTemplateMissing = "TemplateNotFoundException"
	// mostTemplates is how many templates a registry may have. The quota is not
	// among those that ECR lists; the number is ours.
	mostTemplates = 50
)

// CreateRepositoryCreationTemplate makes a template for repositories that come
// into being by a push, by replication or through a cache.
func (e *ECR) CreateRepositoryCreationTemplate(_ context.Context, in *sdk.CreateRepositoryCreationTemplateInput) (*sdk.CreateRepositoryCreationTemplateOutput, error) {
	now := e.s.cfg.World.Now()
	t := registry.Template{Prefix: text[string](in.Prefix), CreatedAt: now, UpdatedAt: now}
	if err := first(checkLength("prefix", len(t.Prefix), 1, 256), checkPattern("prefix", cachePrefixRule, t.Prefix),
		needed("appliedFor", len(in.AppliedFor) > 0)); err != nil {
		return nil, err
	}
	if err := e.fillTemplate(&t, templateMembers{
		in.AppliedFor, in.CustomRoleArn, in.Description, in.EncryptionConfiguration, in.ImageTagMutability,
		in.ImageTagMutabilityExclusionFilters, in.LifecyclePolicy, in.RepositoryPolicy, in.ResourceTags,
	}); err != nil {
		return nil, err
	}
	_, err := registry.ChangeSetting(e.images, registry.SettingTemplates, func(templates *map[string]registry.Template) error {
		if _, there := (*templates)[t.Prefix]; there {
			return refuse(codeTemplateExists, "The repository creation template with prefix '%s' already exists in the registry with id '%s'", t.Prefix, e.scope.Account)
		}
		if len(*templates) >= mostTemplates {
			return refuse(registry.CodeLimitExceeded, "The registry with id '%s' has the maximum of %d repository creation templates", e.scope.Account, mostTemplates)
		}
		*templates = with(*templates, t.Prefix, t)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &sdk.CreateRepositoryCreationTemplateOutput{RegistryId: &e.scope.Account, RepositoryCreationTemplate: showTemplate(t)}, nil
}

// templateMembers are the members that a template is made and changed by.
type templateMembers struct {
	appliedFor      []types.RCTAppliedFor
	customRole      *string
	description     *string
	encryption      *types.EncryptionConfigurationForRepositoryCreationTemplate
	mutability      types.ImageTagMutability
	exclusion       []types.ImageTagMutabilityExclusionFilter
	lifecyclePolicy *string
	policy          *string
	tags            []types.Tag
}

// fillTemplate puts what is given into a template and checks what it becomes.
func (e *ECR) fillTemplate(t *registry.Template, m templateMembers) error {
	if m.appliedFor != nil {
		t.AppliedFor = nil
		for _, one := range m.appliedFor {
			if err := checkEnum("appliedFor", one); err != nil {
				return err
			}
			t.AppliedFor = append(t.AppliedFor, string(one))
		}
	}
	if m.customRole != nil {
		t.CustomRole = *m.customRole
	}
	if m.description != nil {
		t.Description = *m.description
	}
	if m.encryption != nil {
		t.Settings.EncryptionType, t.Settings.KMSKey = string(m.encryption.EncryptionType), text[string](m.encryption.KmsKey)
	}
	if err := checkExclusions(m.exclusion); err != nil {
		return err
	}
	if m.mutability != "" || m.exclusion != nil {
		if m.mutability != "" {
			t.Settings.TagMutability = string(m.mutability)
		}
		t.Settings.MutabilityExclusion = readExclusions(m.exclusion)
	}
	if m.lifecyclePolicy != nil {
		t.Settings.LifecyclePolicy = *m.lifecyclePolicy
	}
	if m.policy != nil {
		t.Settings.Policy = *m.policy
	}
	if m.tags != nil {
		t.Settings.Tags = map[string]string{}
		if err := addECRTags(t.Settings.Tags, m.tags); err != nil {
			return unfit("resourceTags", "%s", err.Error())
		}
	}
	return e.checkTemplate(*t)
}

func (e *ECR) checkTemplate(t registry.Template) error {
	if err := first(checkLength("description", len(t.Description), 0, 256), e.images.CheckTemplate(t.Settings)); err != nil {
		return err
	}
	if t.Settings.LifecyclePolicy != "" {
		if _, err := registry.ParseLifecyclePolicy(t.Settings.LifecyclePolicy); err != nil {
			return err
		}
	}
	if t.Settings.Policy != "" {
		return checkPolicy("repository", t.Settings.Policy)
	}
	return nil
}

func showTemplate(t registry.Template) *types.RepositoryCreationTemplate {
	shown := &types.RepositoryCreationTemplate{
		Prefix: &t.Prefix, Description: optional(t.Description), CustomRoleArn: optional(t.CustomRole), CreatedAt: &t.CreatedAt, UpdatedAt: &t.UpdatedAt,
		ImageTagMutability: types.ImageTagMutabilityMutable, ImageTagMutabilityExclusionFilters: showExclusions(t.Settings.MutabilityExclusion),
		LifecyclePolicy: optional(t.Settings.LifecyclePolicy), RepositoryPolicy: optional(t.Settings.Policy), ResourceTags: showECRTags(t.Settings.Tags),
		EncryptionConfiguration: &types.EncryptionConfigurationForRepositoryCreationTemplate{EncryptionType: types.EncryptionTypeAes256, KmsKey: optional(t.Settings.KMSKey)},
	}
	if t.Settings.TagMutability != "" {
		shown.ImageTagMutability = types.ImageTagMutability(t.Settings.TagMutability)
	}
	if t.Settings.EncryptionType != "" {
		shown.EncryptionConfiguration.EncryptionType = types.EncryptionType(t.Settings.EncryptionType)
	}
	for _, one := range t.AppliedFor {
		shown.AppliedFor = append(shown.AppliedFor, types.RCTAppliedFor(one))
	}
	return shown
}

// DescribeRepositoryCreationTemplates shows templates by their prefixes, or all
// in pages. A prefix that has none is passed over.
func (e *ECR) DescribeRepositoryCreationTemplates(_ context.Context, in *sdk.DescribeRepositoryCreationTemplatesInput) (*sdk.DescribeRepositoryCreationTemplatesOutput, error) {
	templates, err := registry.SettingOf[map[string]registry.Template](e.images, registry.SettingTemplates)
	if err != nil {
		return nil, err
	}
	prefixes := sortedKeys(templates)
	if len(in.Prefixes) > 0 {
		prefixes = slices.DeleteFunc(prefixes, func(prefix string) bool { return !slices.Contains(in.Prefixes, prefix) })
	}
	out := &sdk.DescribeRepositoryCreationTemplatesOutput{RegistryId: &e.scope.Account, RepositoryCreationTemplates: []types.RepositoryCreationTemplate{}}
	if prefixes, out.NextToken, err = page(prefixes, in.NextToken, in.MaxResults, 100, 1000); err != nil {
		return nil, err
	}
	for _, prefix := range prefixes {
		out.RepositoryCreationTemplates = append(out.RepositoryCreationTemplates, *showTemplate(templates[prefix]))
	}
	return out, nil
}

// changeTemplate changes a template that is there, or takes it away.
func (e *ECR) changeTemplate(prefix *string, change func(*registry.Template) (keep bool, err error)) (t registry.Template, err error) {
	if err := needed("prefix", text[string](prefix) != ""); err != nil {
		return t, err
	}
	_, err = registry.ChangeSetting(e.images, registry.SettingTemplates, func(templates *map[string]registry.Template) error {
		found, there := (*templates)[*prefix]
		if !there {
			return refuse(codeTemplateMissing, "The repository creation template with prefix '%s' does not exist in the registry with id '%s'", *prefix, e.scope.Account)
		}
		t = found
		keep, err := change(&t)
		if keep {
			(*templates)[*prefix] = t
		} else {
			delete(*templates, *prefix)
		}
		return err
	})
	return t, err
}

// UpdateRepositoryCreationTemplate changes a template; the repositories that it
// has made stay as they are.
func (e *ECR) UpdateRepositoryCreationTemplate(_ context.Context, in *sdk.UpdateRepositoryCreationTemplateInput) (*sdk.UpdateRepositoryCreationTemplateOutput, error) {
	t, err := e.changeTemplate(in.Prefix, func(t *registry.Template) (bool, error) {
		t.UpdatedAt = e.s.cfg.World.Now()
		return true, e.fillTemplate(t, templateMembers{
			in.AppliedFor, in.CustomRoleArn, in.Description, in.EncryptionConfiguration, in.ImageTagMutability,
			in.ImageTagMutabilityExclusionFilters, in.LifecyclePolicy, in.RepositoryPolicy, in.ResourceTags,
		})
	})
	if err != nil {
		return nil, err
	}
	return &sdk.UpdateRepositoryCreationTemplateOutput{RegistryId: &e.scope.Account, RepositoryCreationTemplate: showTemplate(t)}, nil
}

// DeleteRepositoryCreationTemplate forgets a template.
func (e *ECR) DeleteRepositoryCreationTemplate(_ context.Context, in *sdk.DeleteRepositoryCreationTemplateInput) (*sdk.DeleteRepositoryCreationTemplateOutput, error) {
	t, err := e.changeTemplate(in.Prefix, func(*registry.Template) (bool, error) { return false, nil })
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteRepositoryCreationTemplateOutput{RegistryId: &e.scope.Account, RepositoryCreationTemplate: showTemplate(t)}, nil
}
