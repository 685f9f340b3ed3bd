package api

import (
	"context"
	"maps"
	"net/http"
	"regexp"
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

var groupRule = regexp.MustCompile(`^[.\-_/#A-Za-z0-9]{1,512}$`)

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
	return &sdk.CreateLogGroupOutput{}, l.tx.PutLogGroup(store.LogGroup{
		Name: name, CreatedAt: l.tx.Now(), Class: string(in.LogGroupClass), Tags: in.Tags,
	})
}

// DeleteLogGroup deletes a group with everything in it.
func (l *Logs) DeleteLogGroup(_ context.Context, in *sdk.DeleteLogGroupInput) (*sdk.DeleteLogGroupOutput, error) {
	group, err := l.group(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteLogGroupOutput{}, l.tx.DeleteLogGroup(group.Name)
}

// DescribeLogGroups lists groups by a prefix or a part of their name.
func (l *Logs) DescribeLogGroups(_ context.Context, in *sdk.DescribeLogGroupsInput) (*sdk.DescribeLogGroupsOutput, error) {
	prefix, part := text[string](in.LogGroupNamePrefix), text[string](in.LogGroupNamePattern)
	if prefix != "" && part != "" {
		return nil, invalid("LogGroupNamePrefix and LogGroupNamePattern are mutually exclusive parameters.")
	}
	groups, err := l.tx.LogGroups(prefix)
	if err != nil {
		return nil, err
	}
	var names []string
	by := map[string]store.LogGroup{}
	for _, group := range groups {
		if strings.Contains(group.Name, part) {
			names = append(names, group.Name)
			by[group.Name] = group
		}
	}
	names, next, err := logsPage(names, in.NextToken, in.Limit)
	if err != nil {
		return nil, err
	}
	out := &sdk.DescribeLogGroupsOutput{LogGroups: []types.LogGroup{}, NextToken: next}
	for _, name := range names {
		out.LogGroups = append(out.LogGroups, l.showGroup(by[name]))
	}
	return out, nil
}

// mostListed is how many groups or streams a page has (ECS semantics 9.4 [LOGS]).
const mostListed = 50

// logsPage is page in the words of CloudWatch Logs.
func logsPage(keys []string, token *string, limit *int32) (cut []string, next *string, err error) {
	if limit != nil && (*limit < 1 || *limit > mostListed) {
		return nil, nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value between 1 and %d", *limit, mostListed)
	}
	if given := text[string](token); given != "" {
		if _, ok := openToken(given); !ok {
			return nil, nil, invalid("The specified nextToken is invalid.")
		}
	}
	return page(keys, token, limit, mostListed, mostListed)
}

func (l *Logs) showGroup(group store.LogGroup) types.LogGroup {
	arn := string(l.tx.Scope().ARN("logs", "log-group:"+group.Name))
	all, created, none, filters := arn+":*", group.CreatedAt.UnixMilli(), int64(0), int32(0)
	shown := types.LogGroup{
		LogGroupName: &group.Name, CreationTime: &created, MetricFilterCount: &filters,
		Arn: &all, LogGroupArn: &arn, StoredBytes: &none, LogGroupClass: types.LogGroupClassStandard,
	}
	if group.Class != "" {
		shown.LogGroupClass = types.LogGroupClass(group.Class)
	}
	if group.RetentionDays > 0 {
		days := int32(group.RetentionDays)
		shown.RetentionInDays = &days
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

// TagResource adds tags to a group.
func (l *Logs) TagResource(_ context.Context, in *sdk.TagResourceInput) (*sdk.TagResourceOutput, error) {
	return &sdk.TagResourceOutput{}, l.changeTags(in.ResourceArn, func(tags map[string]string) { maps.Copy(tags, in.Tags) })
}

// UntagResource takes tags of a group away.
func (l *Logs) UntagResource(_ context.Context, in *sdk.UntagResourceInput) (*sdk.UntagResourceOutput, error) {
	return &sdk.UntagResourceOutput{}, l.changeTags(in.ResourceArn, func(tags map[string]string) {
		for _, key := range in.TagKeys {
			delete(tags, key)
		}
	})
}

func (l *Logs) changeTags(arn *string, change func(map[string]string)) error {
	name := groupOfARN(text[string](arn))
	group, err := l.group(&name)
	if err != nil {
		return err
	}
	tags := maps.Clone(group.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	change(tags)
	if len(tags) > mostTags {
		return refuse("TooManyTagsException", "A resource can have at most %d tags.", mostTags)
	}
	group.Tags = tags
	return l.tx.PutLogGroup(group)
}

// ListTagsForResource shows the tags of a group.
func (l *Logs) ListTagsForResource(_ context.Context, in *sdk.ListTagsForResourceInput) (*sdk.ListTagsForResourceOutput, error) {
	name := groupOfARN(text[string](in.ResourceArn))
	group, err := l.group(&name)
	if err != nil {
		return nil, err
	}
	tags := maps.Clone(group.Tags)
	if tags == nil {
		tags = map[string]string{}
	}
	return &sdk.ListTagsForResourceOutput{Tags: tags}, nil
}
