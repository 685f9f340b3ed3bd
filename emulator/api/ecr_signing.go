package api

import (
	"context"
	"regexp"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
	"gantry/emulator/registry/policy"
)

const (
	codeNoSigning = "SigningConfigurationNotFoundException"
	// The bounds of a signing configuration [ECR: SigningConfiguration, SigningRule].
	mostSigningRules   = 10
	mostSigningFilters = 100
)

var (
	profileRule       = regexp.MustCompile(`^arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:/signing-profiles/[a-zA-Z0-9_]{2,}$`)
	signingFilterRule = regexp.MustCompile(`^(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*$`)
)

// signing is which images are to be signed when they are pushed, from when on.
// There is no AWS Signer here, so none is.
type signing struct {
	Since time.Time     `json:"since"` // zero where there is no configuration
	Rules []signingRule `json:"rules"`
}

type signingRule struct {
	Profile string   `json:"profile"`
	Filters []string `json:"filters,omitempty"`
}

func (r signingRule) covers(repository string) bool {
	return len(r.Filters) == 0 || slices.ContainsFunc(r.Filters, func(f string) bool { return policy.Matches(f, repository) })
}

// PutSigningConfiguration keeps which images are to be signed.
func (e *ECR) PutSigningConfiguration(_ context.Context, in *sdk.PutSigningConfigurationInput) (*sdk.PutSigningConfigurationOutput, error) {
	if err := needed("signingConfiguration", in.SigningConfiguration != nil); err != nil {
		return nil, err
	}
	given := in.SigningConfiguration.Rules
	if err := first(needed("rules", given != nil), checkLength("rules", len(given), 0, mostSigningRules)); err != nil {
		return nil, err
	}
	wanted := signing{Since: e.s.cfg.World.Now()}
	for _, rule := range given {
		kept := signingRule{Profile: text[string](rule.SigningProfileArn)}
		if err := first(checkPattern("signingProfileArn", profileRule, kept.Profile),
			checkLength("repositoryFilters", len(rule.RepositoryFilters), 0, mostSigningFilters)); err != nil {
			return nil, err
		}
		for _, filter := range rule.RepositoryFilters {
			if err := first(needed("filterType", filter.FilterType != ""), checkEnum("filterType", filter.FilterType),
				checkPattern("filter", signingFilterRule, text[string](filter.Filter))); err != nil {
				return nil, err
			}
			kept.Filters = append(kept.Filters, *filter.Filter)
		}
		wanted.Rules = append(wanted.Rules, kept)
	}
	_, err := registry.ChangeSetting(e.images, registry.SettingSigning, func(kept *signing) error {
		*kept = wanted
		return nil
	})
	return &sdk.PutSigningConfigurationOutput{SigningConfiguration: showSigning(wanted)}, err
}

func showSigning(kept signing) *types.SigningConfiguration {
	shown := &types.SigningConfiguration{Rules: []types.SigningRule{}}
	for _, rule := range kept.Rules {
		one := types.SigningRule{SigningProfileArn: &rule.Profile}
		for _, filter := range rule.Filters {
			one.RepositoryFilters = append(one.RepositoryFilters, types.SigningRepositoryFilter{Filter: &filter, FilterType: types.SigningRepositoryFilterTypeWildcardMatch})
		}
		shown.Rules = append(shown.Rules, one)
	}
	return shown
}

func (e *ECR) noSigning(kept signing) error {
	if !kept.Since.IsZero() {
		return nil
	}
	return refuse(codeNoSigning, "Signing configuration does not exist in the registry with id '%s'", e.scope.Account)
}

// GetSigningConfiguration shows which images are to be signed.
func (e *ECR) GetSigningConfiguration(context.Context, *sdk.GetSigningConfigurationInput) (*sdk.GetSigningConfigurationOutput, error) {
	kept, err := registry.SettingOf[signing](e.images, registry.SettingSigning)
	return &sdk.GetSigningConfigurationOutput{RegistryId: &e.scope.Account, SigningConfiguration: showSigning(kept)}, first(err, e.noSigning(kept))
}

// DeleteSigningConfiguration forgets which images were to be signed.
func (e *ECR) DeleteSigningConfiguration(context.Context, *sdk.DeleteSigningConfigurationInput) (*sdk.DeleteSigningConfigurationOutput, error) {
	var before signing
	_, err := registry.ChangeSetting(e.images, registry.SettingSigning, func(kept *signing) error {
		before, *kept = *kept, signing{}
		return e.noSigning(before)
	})
	return &sdk.DeleteSigningConfigurationOutput{RegistryId: &e.scope.Account, SigningConfiguration: showSigning(before)}, err
}

// DescribeImageSigningStatus shows what became of the signatures of an image that
// was pushed since there are rules: each has failed, as nobody is here to sign.
func (e *ECR) DescribeImageSigningStatus(_ context.Context, in *sdk.DescribeImageSigningStatusInput) (*sdk.DescribeImageSigningStatusOutput, error) {
	name, id, image, err := e.imageOf(in.RepositoryName, in.RegistryId, in.ImageId)
	if err != nil {
		return nil, err
	}
	kept, err := registry.SettingOf[signing](e.images, registry.SettingSigning)
	if err != nil {
		return nil, err
	}
	shown := showImageID(registry.ImageID{Digest: image.Digest, Tag: id.Tag})
	out := &sdk.DescribeImageSigningStatusOutput{ImageId: &shown, RegistryId: &e.scope.Account, RepositoryName: &name, SigningStatuses: []types.ImageSigningStatus{}}
	code, reason := "SignerUnavailable", "The emulator has no AWS Signer: it keeps the configuration and signs nothing."
	for _, rule := range kept.Rules {
		if rule.covers(name) && !image.PushedAt.Before(kept.Since) {
			out.SigningStatuses = append(out.SigningStatuses, types.ImageSigningStatus{
				SigningProfileArn: &rule.Profile, Status: types.SigningStatusFailed, FailureCode: &code, FailureReason: &reason,
			})
		}
	}
	return out, nil
}
