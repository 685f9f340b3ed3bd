package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// Logs answers one request of CloudWatch Logs on one transaction.
type Logs struct {
	s  *Server
	tx *store.Tx
}

func onLogs(s *Server, _ *http.Request, tx *store.Tx) *Logs { return &Logs{s: s, tx: tx} }

// logsOperations are the operations of CloudWatch Logs that are emulated.
func logsOperations() map[string]operation {
	return operations(
		writing(onLogs, (*Logs).CreateLogGroup),
		writing(onLogs, (*Logs).DeleteLogGroup),
		reading(onLogs, (*Logs).DescribeLogGroups),
		writing(onLogs, (*Logs).PutRetentionPolicy),
		writing(onLogs, (*Logs).DeleteRetentionPolicy),
		writing(onLogs, (*Logs).CreateLogStream),
		writing(onLogs, (*Logs).DeleteLogStream),
		reading(onLogs, (*Logs).DescribeLogStreams),
		writing(onLogs, (*Logs).PutLogEvents),
		reading(onLogs, (*Logs).GetLogEvents),
		reading(onLogs, (*Logs).FilterLogEvents),
		startLiveTail(),
		reading(onLogs, (*Logs).ListLogGroups),
		writing(onLogs, (*Logs).TagLogGroup),
		writing(onLogs, (*Logs).UntagLogGroup),
		reading(onLogs, (*Logs).ListTagsLogGroup),
		writing(onLogs, (*Logs).AssociateKmsKey),
		writing(onLogs, (*Logs).DisassociateKmsKey),
		writing(onLogs, (*Logs).PutLogGroupDeletionProtection),
		reading(onLogs, (*Logs).TestMetricFilter),
		writing(onLogs, (*Logs).PutMetricFilter),
		reading(onLogs, (*Logs).DescribeMetricFilters),
		writing(onLogs, (*Logs).DeleteMetricFilter),
		writing(onLogs, (*Logs).PutSubscriptionFilter),
		reading(onLogs, (*Logs).DescribeSubscriptionFilters),
		writing(onLogs, (*Logs).DeleteSubscriptionFilter),
		writing(onLogs, (*Logs).StartQuery),
		reading(onLogs, (*Logs).GetQueryResults),
		writing(onLogs, (*Logs).StopQuery),
		reading(onLogs, (*Logs).DescribeQueries),
		reading(onLogs, (*Logs).ListLogGroupsForQuery),
		reading(onLogs, (*Logs).GetLogRecord),
		reading(onLogs, (*Logs).GetLogGroupFields),
		writing(onLogs, (*Logs).PutQueryDefinition),
		reading(onLogs, (*Logs).DescribeQueryDefinitions),
		writing(onLogs, (*Logs).DeleteQueryDefinition),
		writing(onLogs, (*Logs).PutResourcePolicy),
		reading(onLogs, (*Logs).DescribeResourcePolicies),
		writing(onLogs, (*Logs).DeleteResourcePolicy),
		writing(onLogs, (*Logs).TagResource),
		writing(onLogs, (*Logs).UntagResource),
		reading(onLogs, (*Logs).ListTagsForResource),
	)
}

const (
	codeNotFound = "ResourceNotFoundException"
	codeExists   = "ResourceAlreadyExistsException"
)

func errNoGroup() *ecs.Error { return refuse(codeNotFound, "The specified log group does not exist.") }
func errNoStream() *ecs.Error {
	return refuse(codeNotFound, "The specified log stream does not exist.")
}

var groupRule = ruleOf(`^[.\-_/#A-Za-z0-9]{1,512}$`)

// retentions are the values that retentionInDays can have (ECS semantics 9.1).
var retentions = []int32{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

// group finds a group by its name.
func (l *Logs) group(name *string) (store.LogGroup, error) {
	group, ok, err := l.tx.LogGroup(text[string](name))
	if err == nil && !ok {
		err = errNoGroup()
	}
	return group, err
}

// identified finds a group by its name or by its identifier, of which one must
// be given.
func (l *Logs) identified(name, identifier *string) (store.LogGroup, error) {
	byName, byID := text[string](name), text[string](identifier)
	switch {
	case byName != "" && byID != "":
		return store.LogGroup{}, invalid("LogGroupName and LogGroupIdentifier cannot both be specified.")
	case byName == "" && byID == "":
		return store.LogGroup{}, invalid("Either LogGroupName or LogGroupIdentifier must be specified.")
	case byID != "":
		byName = groupOfARN(byID)
	}
	return l.group(&byName)
}

// groupOfARN is the name of a group in an ARN with or without :*, or the name
// itself.
func groupOfARN(given string) string {
	arn := ecs.ARN(given)
	if !arn.IsARN() {
		return given
	}
	name := strings.TrimPrefix(arn.Resource(), "log-group:")
	name, _, _ = strings.Cut(name, ":")
	return name
}

// CreateLogGroup makes a group.
func (l *Logs) CreateLogGroup(_ context.Context, in *sdk.CreateLogGroupInput) (*sdk.CreateLogGroupOutput, error) {
	name := text[string](in.LogGroupName)
	if !groupRule.MatchString(name) {
		return nil, invalid(`1 validation error detected: Value '%s' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\.\-_/#A-Za-z0-9]+ and have a length of 1 to 512`, name)
	}
	_, ok, err := l.tx.LogGroup(name)
	if err != nil {
		return nil, err
	}
	if ok {
		return nil, refuse(codeExists, "The specified log group already exists")
	}
	if err := checkChoice("logGroupClass", in.LogGroupClass); err != nil {
		return nil, err
	}
	if len(in.Tags) > mostTags {
		return nil, invalid("A resource can have at most %d tags.", mostTags)
	}
	group := store.LogGroup{
		Name: name, CreatedAt: l.tx.Now(), Class: string(in.LogGroupClass), Tags: in.Tags,
		Protected: in.DeletionProtectionEnabled != nil && *in.DeletionProtectionEnabled,
	}
	if in.KmsKeyId != nil {
		if err := checkKey(in.KmsKeyId); err != nil {
			return nil, err
		}
		group.KMSKey = *in.KmsKeyId
	}
	return &sdk.CreateLogGroupOutput{}, l.tx.PutLogGroup(group)
}

// DeleteLogGroup deletes a group with everything in it.
func (l *Logs) DeleteLogGroup(_ context.Context, in *sdk.DeleteLogGroupInput) (*sdk.DeleteLogGroupOutput, error) {
	group, err := l.group(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if group.Protected {
		return nil, refuse("ValidationException", "The log group %s has deletion protection; take it away with PutLogGroupDeletionProtection.", group.Name)
	}
	return &sdk.DeleteLogGroupOutput{}, first(l.tx.DeleteLogGroup(group.Name), l.deleteFilters(group.Name))
}

// DescribeLogGroups lists groups by a prefix or a part of their name.
func (l *Logs) DescribeLogGroups(_ context.Context, in *sdk.DescribeLogGroupsInput) (*sdk.DescribeLogGroupsOutput, error) {
	prefix, part := text[string](in.LogGroupNamePrefix), text[string](in.LogGroupNamePattern)
	if prefix != "" && part != "" {
		return nil, invalid("LogGroupNamePrefix and LogGroupNamePattern are mutually exclusive parameters.")
	}
	if in.LogGroupIdentifiers != nil && (prefix != "" || part != "" || len(in.LogGroupIdentifiers) > mostListed) {
		return nil, invalid("LogGroupIdentifiers can be at most %d, and stand without LogGroupNamePrefix and LogGroupNamePattern.", mostListed)
	}
	groups, err := l.tx.LogGroups(prefix)
	if err != nil {
		return nil, err
	}
	var identified []string
	for _, id := range in.LogGroupIdentifiers {
		identified = append(identified, groupOfARN(id))
	}
	list := []types.LogGroup{}
	for _, group := range groups {
		if strings.Contains(group.Name, part) && hasClass(&group, in.LogGroupClass) && (identified == nil || slices.Contains(identified, group.Name)) {
			list = append(list, l.showGroup(group))
		}
	}
	list, next, err := listed(list, func(g types.LogGroup) string { return *g.LogGroupName }, in.NextToken, in.Limit, listLimit())
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := l.countFilters(&list[i]); err != nil {
			return nil, err
		}
	}
	return &sdk.DescribeLogGroupsOutput{LogGroups: list, NextToken: next}, nil
}

// mostListed is how many groups or streams a page has (ECS semantics 9.4 [LOGS]).
const mostListed = 50

func (l *Logs) showGroup(group store.LogGroup) types.LogGroup {
	arn := string(l.tx.Scope().ARN("logs", "log-group:"+group.Name))
	all, created, none := arn+":*", group.CreatedAt.UnixMilli(), int64(0)
	shown := types.LogGroup{
		LogGroupName: &group.Name, CreationTime: &created, DeletionProtectionEnabled: &group.Protected,
		Arn: &all, LogGroupArn: &arn, StoredBytes: &none, LogGroupClass: types.LogGroupClassStandard,
	}
	if group.Class != "" {
		shown.LogGroupClass = types.LogGroupClass(group.Class)
	}
	if group.RetentionDays > 0 {
		days := int32(group.RetentionDays)
		shown.RetentionInDays = &days
	}
	if group.KMSKey != "" {
		shown.KmsKeyId = &group.KMSKey
	}
	return shown
}

// PutRetentionPolicy says how long events are kept.
func (l *Logs) PutRetentionPolicy(_ context.Context, in *sdk.PutRetentionPolicyInput) (*sdk.PutRetentionPolicyOutput, error) {
	group, err := l.group(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	if in.RetentionInDays == nil || !slices.Contains(retentions, *in.RetentionInDays) {
		return nil, invalid("1 validation error detected: Value at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: %v", retentions)
	}
	group.RetentionDays = int(*in.RetentionInDays)
	return &sdk.PutRetentionPolicyOutput{}, l.tx.PutLogGroup(group)
}

// DeleteRetentionPolicy keeps events for ever.
func (l *Logs) DeleteRetentionPolicy(_ context.Context, in *sdk.DeleteRetentionPolicyInput) (*sdk.DeleteRetentionPolicyOutput, error) {
	group, err := l.group(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	group.RetentionDays = 0
	return &sdk.DeleteRetentionPolicyOutput{}, l.tx.PutLogGroup(group)
}
