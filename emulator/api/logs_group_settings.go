package api

import (
	"context"
	"regexp"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// groupNames is what ListLogGroups takes as a pattern: up to five parts of names,
// with ^ that of their beginnings [LOGS:LogGroupNameRegexPattern].
var groupNames = regexp.MustCompile(`^(\^?[.\-_/#A-Za-z0-9]{3,24})(\|\^?[.\-_/#A-Za-z0-9]{3,24}){0,4}$`)

// ListLogGroups lists groups by parts of their names, by class and by tags.
func (l *Logs) ListLogGroups(_ context.Context, in *sdk.ListLogGroupsInput) (*sdk.ListLogGroupsOutput, error) {
	wanted := text[string](in.LogGroupNamePattern)
	if wanted != "" && !groupNames.MatchString(wanted) {
		return nil, invalid("1 validation error detected: Value '%s' at 'logGroupNamePattern' failed to satisfy constraint: Member must satisfy regular expression pattern: %s", wanted, groupNames)
	}
	if err := checkChoice("logGroupClass", in.LogGroupClass); err != nil {
		return nil, err
	}
	groups, err := l.tx.LogGroups("")
	if err != nil {
		return nil, err
	}
	list := []types.LogGroupSummary{}
	for _, group := range groups {
		if hasName(group.Name, wanted) && hasClass(&group, in.LogGroupClass) && hasTags(&group, in.LogGroupTags) {
			shown := l.showGroup(group)
			list = append(list, types.LogGroupSummary{LogGroupName: shown.LogGroupName, LogGroupArn: shown.LogGroupArn, LogGroupClass: shown.LogGroupClass})
		}
	}
	name := func(g types.LogGroupSummary) string { return *g.LogGroupName }
	list, next, err := listed(list, name, in.NextToken, in.Limit, pageBounds{"limit", mostListed, mostQueriesListed})
	return &sdk.ListLogGroupsOutput{LogGroups: list, NextToken: next}, err
}

// hasName reports whether a name has one of the parts of a pattern.
func hasName(name, pattern string) bool {
	for part := range strings.SplitSeq(pattern, "|") {
		if begin, ok := strings.CutPrefix(part, "^"); ok && strings.HasPrefix(name, begin) || !ok && strings.Contains(name, part) {
			return true
		}
	}
	return false
}

func hasClass(group *store.LogGroup, wanted types.LogGroupClass) bool {
	class := types.LogGroupClass(group.Class)
	if class == "" {
		class = types.LogGroupClassStandard
	}
	return wanted == "" || class == wanted
}

// hasTags reports whether a group has what each of the filters asks for: a key, and
// one of the values if there are any; * stands for any characters at the end, ! is
// all that is not the value [LOGS:TagFilter].
func hasTags(group *store.LogGroup, filters []types.TagFilter) bool {
	for _, f := range filters {
		value, ok := group.Tags[text[string](f.Key)]
		if !ok || len(f.Values) > 0 && !slices.ContainsFunc(f.Values, func(wanted string) bool { return hasValue(value, wanted) }) {
			return false
		}
	}
	return true
}

func hasValue(value, wanted string) bool {
	wanted, not := strings.CutPrefix(wanted, "!")
	begin, open := strings.CutSuffix(wanted, "*")
	return (value == wanted || open && strings.HasPrefix(value, begin)) != not
}

// keyed finds the group whose key a call is about.
func (l *Logs) keyed(name, resource *string) (store.LogGroup, error) {
	if ecs.ARN(text[string](resource)).IsARN() && !strings.HasPrefix(ecs.ARN(*resource).Resource(), "log-group:") {
		return store.LogGroup{}, invalid("The emulator keeps keys of log groups, and not of %s.", *resource)
	}
	return l.identified(name, resource)
}

// AssociateKmsKey notes the key of a group. Nothing is encrypted with it.
func (l *Logs) AssociateKmsKey(_ context.Context, in *sdk.AssociateKmsKeyInput) (*sdk.AssociateKmsKeyOutput, error) {
	group, err := l.keyed(in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	if err := checkKey(in.KmsKeyId); err != nil {
		return nil, err
	}
	group.KMSKey = *in.KmsKeyId
	return &sdk.AssociateKmsKeyOutput{}, l.tx.PutLogGroup(group)
}

func checkKey(key *string) error {
	if arn := ecs.ARN(text[string](key)); !arn.IsARN() || !strings.Contains(string(arn), ":kms:") {
		return invalid("The specified KMS key '%s' is not valid: it must be the ARN of a key.", text[string](key))
	}
	return nil
}

// DisassociateKmsKey forgets the key of a group.
func (l *Logs) DisassociateKmsKey(_ context.Context, in *sdk.DisassociateKmsKeyInput) (*sdk.DisassociateKmsKeyOutput, error) {
	group, err := l.keyed(in.LogGroupName, in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	group.KMSKey = ""
	return &sdk.DisassociateKmsKeyOutput{}, l.tx.PutLogGroup(group)
}

// PutLogGroupDeletionProtection says whether a group can be deleted.
func (l *Logs) PutLogGroupDeletionProtection(_ context.Context, in *sdk.PutLogGroupDeletionProtectionInput) (*sdk.PutLogGroupDeletionProtectionOutput, error) {
	group, err := l.identified(nil, in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	if in.DeletionProtectionEnabled == nil {
		return nil, invalid("1 validation error detected: Value null at 'deletionProtectionEnabled' failed to satisfy constraint: Member must not be null")
	}
	group.Protected = *in.DeletionProtectionEnabled
	return &sdk.PutLogGroupDeletionProtectionOutput{}, l.tx.PutLogGroup(group)
}
