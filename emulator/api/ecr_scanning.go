package api

import (
	"context"
	"regexp"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
)

// The bounds of a scanning configuration [ECR: RegistryScanningRuleList,
// ScanningRepositoryFilterList, ScanningConfigurationRepositoryNameList].
const (
	mostScanRules   = 2
	mostScanFilters = 100
	mostScanNames   = 25
)

var scanFilterRule = regexp.MustCompile(`^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$`)

// PutRegistryScanningConfiguration says which repositories are scanned, and how.
func (e *ECR) PutRegistryScanningConfiguration(_ context.Context, in *sdk.PutRegistryScanningConfigurationInput) (*sdk.PutRegistryScanningConfigurationOutput, error) {
	if err := first(checkEnum("scanType", in.ScanType), checkLength("rules", len(in.Rules), 0, mostScanRules)); err != nil {
		return nil, err
	}
	wanted := registry.Scanning{Type: string(in.ScanType)}
	if wanted.Type == "" {
		wanted.Type = registry.ScanBasic
	}
	seen := map[types.ScanFrequency]bool{}
	for _, rule := range in.Rules {
		if err := checkScanRule(wanted.Type, rule); err != nil {
			return nil, err
		}
		if seen[rule.ScanFrequency] {
			return nil, unfit("rules", "There can be one rule for each scanFrequency, and %s has two", rule.ScanFrequency)
		}
		seen[rule.ScanFrequency] = true
		kept := registry.ScanRule{Frequency: string(rule.ScanFrequency)}
		for _, filter := range rule.RepositoryFilters {
			kept.Filters = append(kept.Filters, *filter.Filter)
		}
		wanted.Rules = append(wanted.Rules, kept)
	}
	_, err := registry.ChangeSetting(e.images, registry.SettingScanning, func(scanning *registry.Scanning) error {
		*scanning = wanted
		return nil
	})
	return &sdk.PutRegistryScanningConfigurationOutput{RegistryScanningConfiguration: showScanning(wanted)}, err
}

func checkScanRule(scanType string, rule types.RegistryScanningRule) error {
	if err := first(needed("scanFrequency", rule.ScanFrequency != ""), checkEnum("scanFrequency", rule.ScanFrequency),
		needed("repositoryFilters", rule.RepositoryFilters != nil), checkLength("repositoryFilters", len(rule.RepositoryFilters), 0, mostScanFilters)); err != nil {
		return err
	}
	basic := scanType == registry.ScanBasic
	if basic && rule.ScanFrequency == types.ScanFrequencyContinuousScan || !basic && rule.ScanFrequency == types.ScanFrequencyManual {
		return unfit("scanFrequency", "%s is not supported for scanType %s", rule.ScanFrequency, scanType)
	}
	for _, filter := range rule.RepositoryFilters {
		if err := first(needed("filterType", filter.FilterType != ""), checkEnum("filterType", filter.FilterType),
			checkLength("filter", len(text[string](filter.Filter)), 1, 255), checkPattern("filter", scanFilterRule, text[string](filter.Filter))); err != nil {
			return err
		}
	}
	return nil
}

func showScanFilters(filters []string) []types.ScanningRepositoryFilter {
	shown := []types.ScanningRepositoryFilter{}
	for _, filter := range filters {
		shown = append(shown, types.ScanningRepositoryFilter{Filter: &filter, FilterType: types.ScanningRepositoryFilterTypeWildcard})
	}
	return shown
}

func showScanning(scanning registry.Scanning) *types.RegistryScanningConfiguration {
	shown := &types.RegistryScanningConfiguration{ScanType: types.ScanTypeBasic, Rules: []types.RegistryScanningRule{}}
	if scanning.Type != "" {
		shown.ScanType = types.ScanType(scanning.Type)
	}
	for _, rule := range scanning.Rules {
		shown.Rules = append(shown.Rules, types.RegistryScanningRule{
			ScanFrequency: types.ScanFrequency(rule.Frequency), RepositoryFilters: showScanFilters(rule.Filters),
		})
	}
	return shown
}

// GetRegistryScanningConfiguration shows which repositories are scanned, and how.
func (e *ECR) GetRegistryScanningConfiguration(context.Context, *sdk.GetRegistryScanningConfigurationInput) (*sdk.GetRegistryScanningConfigurationOutput, error) {
	scanning, err := registry.SettingOf[registry.Scanning](e.images, registry.SettingScanning)
	return &sdk.GetRegistryScanningConfigurationOutput{RegistryId: &e.scope.Account, ScanningConfiguration: showScanning(scanning)}, err
}

// BatchGetRepositoryScanningConfiguration shows how the images of repositories
// are scanned.
func (e *ECR) BatchGetRepositoryScanningConfiguration(_ context.Context, in *sdk.BatchGetRepositoryScanningConfigurationInput) (*sdk.BatchGetRepositoryScanningConfigurationOutput, error) {
	if err := checkLength("repositoryNames", len(in.RepositoryNames), 1, mostScanNames); err != nil {
		return nil, err
	}
	scanning, err := registry.SettingOf[registry.Scanning](e.images, registry.SettingScanning)
	if err != nil {
		return nil, err
	}
	out := &sdk.BatchGetRepositoryScanningConfigurationOutput{
		ScanningConfigurations: []types.RepositoryScanningConfiguration{}, Failures: []types.RepositoryScanningConfigurationFailure{},
	}
	for _, name := range in.RepositoryNames {
		repository, err := e.images.Repository(name)
		if code, reason, refused := registryRefusal(err); refused && code == registry.CodeRepositoryNotFound {
			out.Failures = append(out.Failures, types.RepositoryScanningConfigurationFailure{
				RepositoryName: &name, FailureCode: types.ScanningConfigurationFailureCodeRepositoryNotFound, FailureReason: &reason,
			})
			continue
		}
		if err != nil {
			return nil, err
		}
		arn := e.repositoryARN(name)
		frequency, filters := scanning.Of(repository)
		out.ScanningConfigurations = append(out.ScanningConfigurations, types.RepositoryScanningConfiguration{
			RepositoryArn: &arn, RepositoryName: &name, ScanFrequency: types.ScanFrequency(frequency),
			ScanOnPush: frequency != registry.FrequencyManual, AppliedScanFilters: showScanFilters(filters),
		})
	}
	return out, nil
}
