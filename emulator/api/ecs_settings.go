package api

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// settingDefaults are the account settings with the values that they have when
// nobody set them.
var settingDefaults = map[types.SettingName]string{
	types.SettingNameServiceLongArnFormat:            "enabled",
	types.SettingNameTaskLongArnFormat:               "enabled",
	types.SettingNameContainerInstanceLongArnFormat:  "enabled",
	types.SettingNameAwsvpcTrunking:                  "disabled",
	types.SettingNameContainerInsights:               "disabled",
	types.SettingNameFargateFipsMode:                 "disabled",
	types.SettingNameTagResourceAuthorization:        "off",
	types.SettingNameFargateTaskRetirementWaitPeriod: "7",
	types.SettingNameGuardDutyActivate:               "off",
	types.SettingNameDefaultLogDriverMode:            "non-blocking",
}

// setting reads one account setting, with its default.
func (s *ECS) setting(name types.SettingName) (types.Setting, bool, error) {
	value, usual := settingDefaults[name], true
	kept, ok, err := s.tx.AccountSetting(string(name))
	if ok {
		value, usual = kept, false
	}
	principal := s.caller()
	return types.Setting{Name: name, Value: &value, PrincipalArn: &principal, Type: types.SettingTypeUser}, !usual, err
}

func checkSetting(name types.SettingName) error {
	if _, known := settingDefaults[name]; known {
		return nil
	}
	var names []string
	for known := range settingDefaults {
		names = append(names, string(known))
	}
	slices.Sort(names)
	return invalid("unknown should be one of [%s]", strings.Join(names, ","))
}

// settingValues are the values that a setting can have [API:PutAccountSetting].
func settingValues(name types.SettingName) []string {
	switch name {
	case types.SettingNameFargateTaskRetirementWaitPeriod:
		return []string{"0", "7", "14"}
	case types.SettingNameDefaultLogDriverMode:
		return []string{"blocking", "non-blocking"}
	}
	return []string{"enabled", "disabled", "enhanced", "on", "off"}
}

// ListAccountSettings lists the settings that were set, or with
// effectiveSettings all of them.
func (s *ECS) ListAccountSettings(_ context.Context, in *sdk.ListAccountSettingsInput) (*sdk.ListAccountSettingsOutput, error) {
	if in.Name != "" {
		if err := checkSetting(in.Name); err != nil {
			return nil, err
		}
	}
	found := map[string]types.Setting{}
	for name := range settingDefaults {
		setting, set, err := s.setting(name)
		if err != nil {
			return nil, err
		}
		if (in.Name == "" || in.Name == name) && (set || in.EffectiveSettings) && (text[string](in.Value) == "" || *in.Value == *setting.Value) {
			found[string(name)] = setting
		}
	}
	var limit *int32
	if in.MaxResults != 0 {
		limit = &in.MaxResults
	}
	keys, next, err := page(sortedKeys(found), in.NextToken, limit, 10, 10)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListAccountSettingsOutput{Settings: []types.Setting{}, NextToken: next}
	for _, key := range keys {
		out.Settings = append(out.Settings, found[key])
	}
	return out, nil
}

func (s *ECS) putSetting(name types.SettingName, value *string) (*types.Setting, error) {
	if err := checkSetting(name); err != nil {
		return nil, err
	}
	if text[string](value) == "" {
		return nil, invalid("The value of setting %s can not be blank.", name)
	}
	if known := settingValues(name); !slices.Contains(known, *value) {
		return nil, shouldBeOneOf(string(name), known)
	}
	if err := s.tx.PutAccountSetting(string(name), *value); err != nil {
		return nil, err
	}
	setting, _, err := s.setting(name)
	return &setting, err
}

// PutAccountSetting sets a setting. There is one principal, so it is the same
// as the default of the account.
func (s *ECS) PutAccountSetting(_ context.Context, in *sdk.PutAccountSettingInput) (*sdk.PutAccountSettingOutput, error) {
	setting, err := s.putSetting(in.Name, in.Value)
	return &sdk.PutAccountSettingOutput{Setting: setting}, err
}

// PutAccountSettingDefault sets the setting for everybody.
func (s *ECS) PutAccountSettingDefault(_ context.Context, in *sdk.PutAccountSettingDefaultInput) (*sdk.PutAccountSettingDefaultOutput, error) {
	setting, err := s.putSetting(in.Name, in.Value)
	return &sdk.PutAccountSettingDefaultOutput{Setting: setting}, err
}

// DeleteAccountSetting goes back to the default.
func (s *ECS) DeleteAccountSetting(_ context.Context, in *sdk.DeleteAccountSettingInput) (*sdk.DeleteAccountSettingOutput, error) {
	if err := checkSetting(in.Name); err != nil {
		return nil, err
	}
	if err := s.tx.PutAccountSetting(string(in.Name), ""); err != nil {
		return nil, err
	}
	setting, _, err := s.setting(in.Name)
	return &sdk.DeleteAccountSettingOutput{Setting: &setting}, err
}
