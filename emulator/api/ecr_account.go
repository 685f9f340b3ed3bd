package api

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"

	"gantry/emulator/registry"
)

// accountSetting is a setting of an account with its values, of which the first
// is what it has by itself [ECR: PutAccountSetting; the defaults, ECR-UG].
type accountSetting struct {
	name   string
	values []string
}

func accountSettings() []accountSetting {
	return []accountSetting{
		{"BASIC_SCAN_TYPE_VERSION", []string{"AWS_NATIVE"}},
		{"REGISTRY_POLICY_SCOPE", []string{"V2"}},
		{registry.BlobMounting, []string{"DISABLED", registry.BlobMountingOn}},
	}
}

func accountSettingOf(name string) (accountSetting, error) {
	var known []string
	for _, one := range accountSettings() {
		if one.name == name {
			return one, nil
		}
		known = append(known, one.name)
	}
	return accountSetting{}, unfit("name", "Member must satisfy enum value set: [%s]", strings.Join(known, ", "))
}

// GetAccountSetting shows a setting of the account.
func (e *ECR) GetAccountSetting(_ context.Context, in *sdk.GetAccountSettingInput) (*sdk.GetAccountSettingOutput, error) {
	known, err := accountSettingOf(text[string](in.Name))
	if err != nil {
		return nil, err
	}
	kept, err := registry.SettingOf[map[string]string](e.images, registry.SettingAccount)
	value := known.values[0]
	if given, there := kept[known.name]; there {
		value = given
	}
	return &sdk.GetAccountSettingOutput{Name: &known.name, Value: &value}, err
}

// PutAccountSetting changes a setting of the account. Blob mounting has an effect.
func (e *ECR) PutAccountSetting(_ context.Context, in *sdk.PutAccountSettingInput) (*sdk.PutAccountSettingOutput, error) {
	known, err := accountSettingOf(text[string](in.Name))
	if err != nil {
		return nil, err
	}
	value := text[string](in.Value)
	if !slices.Contains(known.values, value) {
		return nil, unfit("value", "Member must satisfy enum value set: [%s]", strings.Join(known.values, ", "))
	}
	_, err = registry.ChangeSetting(e.images, registry.SettingAccount, func(kept *map[string]string) error {
		*kept = with(*kept, known.name, value)
		return nil
	})
	return &sdk.PutAccountSettingOutput{Name: &known.name, Value: &value}, err
}

const (
	codeExclusionExists  = "ExclusionAlreadyExistsException"
	codeExclusionMissing = "ExclusionNotFoundException"
	mostExclusions       = 100 // [ECR: PullTimeUpdateExclusionList]
)

var principalRule = regexp.MustCompile(`^arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\w+=,.@-]+(/[\w+=,.@-]+)*$`)

// RegisterPullTimeUpdateExclusion lets the pulls of a principal leave no time.
// Everybody is the same principal here: the one that GetCallerIdentity of STS names.
func (e *ECR) RegisterPullTimeUpdateExclusion(_ context.Context, in *sdk.RegisterPullTimeUpdateExclusionInput) (*sdk.RegisterPullTimeUpdateExclusionOutput, error) {
	arn := text[string](in.PrincipalArn)
	if err := first(checkLength("principalArn", len(arn), 1, 200), checkPattern("principalArn", principalRule, arn)); err != nil {
		return nil, err
	}
	now := e.s.cfg.World.Now()
	_, err := registry.ChangeSetting(e.images, registry.SettingPullTimeRule, func(excluded *map[string]time.Time) error {
		if _, there := (*excluded)[arn]; there {
			return refuse(codeExclusionExists, "The pull time update exclusion for '%s' already exists in the registry with id '%s'", arn, e.scope.Account)
		}
		if len(*excluded) >= mostExclusions {
			return refuse(registry.CodeLimitExceeded, "The registry with id '%s' has the maximum of %d pull time update exclusions", e.scope.Account, mostExclusions)
		}
		*excluded = with(*excluded, arn, now)
		return nil
	})
	return &sdk.RegisterPullTimeUpdateExclusionOutput{CreatedAt: &now, PrincipalArn: &arn}, err
}

// ListPullTimeUpdateExclusions lists the principals whose pulls leave no time.
func (e *ECR) ListPullTimeUpdateExclusions(_ context.Context, in *sdk.ListPullTimeUpdateExclusionsInput) (*sdk.ListPullTimeUpdateExclusionsOutput, error) {
	excluded, err := registry.SettingOf[map[string]time.Time](e.images, registry.SettingPullTimeRule)
	if err != nil {
		return nil, err
	}
	arns, next, err := page(sortedKeys(excluded), in.NextToken, in.MaxResults, 100, 1000)
	return &sdk.ListPullTimeUpdateExclusionsOutput{PullTimeUpdateExclusions: arns, NextToken: next}, err
}

// DeregisterPullTimeUpdateExclusion takes that back.
func (e *ECR) DeregisterPullTimeUpdateExclusion(_ context.Context, in *sdk.DeregisterPullTimeUpdateExclusionInput) (*sdk.DeregisterPullTimeUpdateExclusionOutput, error) {
	arn := text[string](in.PrincipalArn)
	if err := checkPattern("principalArn", principalRule, arn); err != nil {
		return nil, err
	}
	_, err := registry.ChangeSetting(e.images, registry.SettingPullTimeRule, func(excluded *map[string]time.Time) error {
		if _, there := (*excluded)[arn]; !there {
			return refuse(codeExclusionMissing, "The pull time update exclusion for '%s' does not exist in the registry with id '%s'", arn, e.scope.Account)
		}
		delete(*excluded, arn)
		return nil
	})
	return &sdk.DeregisterPullTimeUpdateExclusionOutput{PrincipalArn: &arn}, err
}
