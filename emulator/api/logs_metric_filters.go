package api

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// The filters of a group, by group and name. They are kept and shown; nothing is
// counted or sent by them.
const (
	kindMetricFilter       = "logs/metric-filter"
	kindSubscriptionFilter = "logs/subscription-filter"
)

// The quotas of a group's filters [CWL: Quotas; Filter pattern syntax].
const (
	mostMetricFilters = 100
	mostSubscriptions = 2
	mostRegexFilters  = 5
)

// metricFilter is a metric filter as it is kept.
type metricFilter struct {
	Filter types.MetricFilter `json:"filter"`
}

// subscription is a subscription filter as it is kept.
type subscription struct {
	Filter types.SubscriptionFilter `json:"filter"`
}

func filterKey(group, name string) string { return group + "\x00" + name }

var filterRule = regexp.MustCompile(`^[^:*\x00]{1,512}$`)

// checkFilter checks what filters of both kinds have; have is how many of the
// kind the group has, and most the quota.
func (l *Logs) checkFilter(group, name, given *string) (store.LogGroup, error) {
	found, err := l.group(group)
	if err != nil {
		return found, err
	}
	if !filterRule.MatchString(text[string](name)) {
		return found, invalid("1 validation error detected: Value '%s' at 'filterName' failed to satisfy constraint: Member must satisfy regular expression pattern: [^:*]* and have a length of 1 to 512", text[string](name))
	}
	if given == nil {
		return found, invalid("1 validation error detected: Value null at 'filterPattern' failed to satisfy constraint: Member must not be null")
	}
	wanted, err := filterPattern(given)
	if err != nil || wanted.Regexes() == 0 {
		return found, err
	}
	metrics, err := store.Documents[metricFilter](l.tx, kindMetricFilter, filterKey(found.Name, ""))
	if err != nil {
		return found, err
	}
	subscriptions, err := store.Documents[subscription](l.tx, kindSubscriptionFilter, filterKey(found.Name, ""))
	if err != nil {
		return found, err
	}
	others := 0
	for _, f := range metrics {
		others += l.hasRegex(f.Filter.FilterPattern, f.Filter.FilterName, name)
	}
	for _, f := range subscriptions {
		others += l.hasRegex(f.Filter.FilterPattern, f.Filter.FilterName, name)
	}
	if others >= mostRegexFilters {
		return found, refuse(ecs.CodeLimitExceeded, "A log group can have at most %d filters whose patterns have regular expressions.", mostRegexFilters)
	}
	return found, nil
}

// hasRegex is 1 for a pattern with regular expressions that belongs to another filter.
func (l *Logs) hasRegex(given, name, own *string) int {
	if p, err := filterPattern(given); err != nil || p.Regexes() == 0 || text[string](name) == text[string](own) {
		return 0
	}
	return 1
}

// PutMetricFilter keeps a metric filter.
func (l *Logs) PutMetricFilter(_ context.Context, in *sdk.PutMetricFilterInput) (*sdk.PutMetricFilterOutput, error) {
	group, err := l.checkFilter(in.LogGroupName, in.FilterName, in.FilterPattern)
	if err != nil {
		return nil, err
	}
	if len(in.MetricTransformations) != 1 {
		return nil, invalid("1 validation error detected: Value at 'metricTransformations' failed to satisfy constraint: Member must have length 1")
	}
	t := in.MetricTransformations[0]
	for _, member := range []*string{t.MetricName, t.MetricNamespace, t.MetricValue} {
		if text[string](member) == "" {
			return nil, invalid("1 validation error detected: Value null at 'metricTransformations.1.member' failed to satisfy constraint: metricName, metricNamespace and metricValue must not be null")
		}
	}
	if value := *t.MetricValue; !strings.HasPrefix(value, "$") {
		if _, err := strconv.ParseFloat(value, 64); err != nil {
			return nil, invalid("Invalid metric transformation: the metricValue is a number or a field of the filter pattern such as $.latency or $bytes, not '%s'.", value)
		}
	}
	if t.DefaultValue != nil && len(t.Dimensions) > 0 {
		return nil, invalid("Invalid metric transformation: dimensions cannot be used together with a default value.")
	}
	known, err := store.Documents[metricFilter](l.tx, kindMetricFilter, filterKey(group.Name, ""))
	if err != nil {
		return nil, err
	}
	key := filterKey(group.Name, *in.FilterName)
	if there, err := l.tx.Document(kindMetricFilter, key, &metricFilter{}); err != nil || !there && len(known) >= mostMetricFilters {
		return nil, first(err, refuse(ecs.CodeLimitExceeded, "Resource limit exceeded."))
	}
	created := l.tx.Now().UnixMilli()
	return &sdk.PutMetricFilterOutput{}, l.tx.PutDocument(kindMetricFilter, key, metricFilter{types.MetricFilter{
		FilterName: in.FilterName, FilterPattern: in.FilterPattern, LogGroupName: &group.Name, MetricTransformations: in.MetricTransformations,
		ApplyOnTransformedLogs: in.ApplyOnTransformedLogs, EmitSystemFieldDimensions: in.EmitSystemFieldDimensions,
		FieldSelectionCriteria: in.FieldSelectionCriteria, CreationTime: &created,
	}})
}

// DescribeMetricFilters lists metric filters of a group or of a metric.
func (l *Logs) DescribeMetricFilters(_ context.Context, in *sdk.DescribeMetricFiltersInput) (*sdk.DescribeMetricFiltersOutput, error) {
	metric, namespace := text[string](in.MetricName), text[string](in.MetricNamespace)
	if (metric == "") != (namespace == "") {
		return nil, invalid("MetricName and MetricNamespace must be specified together.")
	}
	prefix := ""
	if in.LogGroupName != nil {
		group, err := l.group(in.LogGroupName)
		if err != nil {
			return nil, err
		}
		prefix = filterKey(group.Name, text[string](in.FilterNamePrefix))
	}
	all, err := store.Documents[metricFilter](l.tx, kindMetricFilter, prefix)
	if err != nil {
		return nil, err
	}
	list := []types.MetricFilter{}
	for _, f := range all {
		if t := f.Filter.MetricTransformations[0]; metric == "" || *t.MetricName == metric && *t.MetricNamespace == namespace {
			list = append(list, f.Filter)
		}
	}
	key := func(f types.MetricFilter) string { return filterKey(*f.LogGroupName, *f.FilterName) }
	list, next, err := listed(list, key, in.NextToken, in.Limit, listLimit())
	return &sdk.DescribeMetricFiltersOutput{MetricFilters: list, NextToken: next}, err
}

// DeleteMetricFilter deletes a metric filter.
func (l *Logs) DeleteMetricFilter(_ context.Context, in *sdk.DeleteMetricFilterInput) (*sdk.DeleteMetricFilterOutput, error) {
	return &sdk.DeleteMetricFilterOutput{}, l.deleteFilter(kindMetricFilter, "metric", in.LogGroupName, in.FilterName)
}

func (l *Logs) deleteFilter(kind, word string, group, name *string) error {
	found, err := l.group(group)
	if err != nil {
		return err
	}
	key := filterKey(found.Name, text[string](name))
	if ok, err := l.tx.Document(kind, key, &struct{}{}); err != nil || !ok {
		return first(err, refuse(codeNotFound, "The specified %s filter does not exist.", word))
	}
	return l.tx.DeleteDocument(kind, key)
}

// deleteFilters deletes the filters of a group that is deleted.
func (l *Logs) deleteFilters(group string) error {
	metrics, err := store.Documents[metricFilter](l.tx, kindMetricFilter, filterKey(group, ""))
	if err != nil {
		return err
	}
	for _, f := range metrics {
		err = first(err, l.tx.DeleteDocument(kindMetricFilter, filterKey(group, *f.Filter.FilterName)))
	}
	subscriptions, err2 := store.Documents[subscription](l.tx, kindSubscriptionFilter, filterKey(group, ""))
	for _, f := range subscriptions {
		err = first(err, l.tx.DeleteDocument(kindSubscriptionFilter, filterKey(group, *f.Filter.FilterName)))
	}
	return first(err, err2)
}

// countFilters says how many metric filters a group has that is shown.
func (l *Logs) countFilters(shown *types.LogGroup) error {
	filters, err := store.Documents[metricFilter](l.tx, kindMetricFilter, filterKey(*shown.LogGroupName, ""))
	count := int32(len(filters))
	shown.MetricFilterCount = &count
	return err
}

// mostTested is how many messages TestMetricFilter takes [LOGS:TestMetricFilter].
const mostTested = 50

// TestMetricFilter matches messages with a filter pattern.
func (l *Logs) TestMetricFilter(_ context.Context, in *sdk.TestMetricFilterInput) (*sdk.TestMetricFilterOutput, error) {
	if n := len(in.LogEventMessages); n < 1 || n > mostTested {
		return nil, invalid("1 validation error detected: Value at 'logEventMessages' failed to satisfy constraint: Member must have length between 1 and %d", mostTested)
	}
	wanted, err := filterPattern(in.FilterPattern)
	if err != nil {
		return nil, err
	}
	out := &sdk.TestMetricFilterOutput{Matches: []types.MetricFilterMatchRecord{}}
	for i := range in.LogEventMessages {
		if values, ok := wanted.Extract(in.LogEventMessages[i]); ok {
			out.Matches = append(out.Matches, types.MetricFilterMatchRecord{EventMessage: &in.LogEventMessages[i], EventNumber: int64(i + 1), ExtractedValues: values})
		}
	}
	return out, nil
}
