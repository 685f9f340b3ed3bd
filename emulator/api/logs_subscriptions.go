package api

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// PutSubscriptionFilter keeps a subscription filter.
func (l *Logs) PutSubscriptionFilter(_ context.Context, in *sdk.PutSubscriptionFilterInput) (*sdk.PutSubscriptionFilterOutput, error) {
	group, err := l.checkFilter(in.LogGroupName, in.FilterName, in.FilterPattern)
	if err != nil {
		return nil, err
	}
	if !ecs.ARN(text[string](in.DestinationArn)).IsARN() {
		return nil, invalid("1 validation error detected: Value '%s' at 'destinationArn' failed to satisfy constraint: Member must be an ARN", text[string](in.DestinationArn))
	}
	if err := checkChoice("distribution", in.Distribution); err != nil {
		return nil, err
	}
	known, err := store.Documents[subscription](l.tx, kindSubscriptionFilter, filterKey(group.Name, ""))
	if err != nil {
		return nil, err
	}
	key := filterKey(group.Name, *in.FilterName)
	if there, err := l.tx.Document(kindSubscriptionFilter, key, &subscription{}); err != nil || !there && len(known) >= mostSubscriptions {
		return nil, first(err, refuse(ecs.CodeLimitExceeded, "Resource limit exceeded."))
	}
	created, distribution := l.tx.Now().UnixMilli(), in.Distribution
	if distribution == "" {
		distribution = types.DistributionByLogStream
	}
	return &sdk.PutSubscriptionFilterOutput{}, l.tx.PutDocument(kindSubscriptionFilter, key, subscription{types.SubscriptionFilter{
		FilterName: in.FilterName, FilterPattern: in.FilterPattern, LogGroupName: &group.Name, DestinationArn: in.DestinationArn,
		RoleArn: in.RoleArn, Distribution: distribution, ApplyOnTransformedLogs: in.ApplyOnTransformedLogs,
		EmitSystemFields: in.EmitSystemFields, FieldSelectionCriteria: in.FieldSelectionCriteria, CreationTime: &created,
	}})
}

// DescribeSubscriptionFilters lists the subscription filters of a group.
func (l *Logs) DescribeSubscriptionFilters(_ context.Context, in *sdk.DescribeSubscriptionFiltersInput) (*sdk.DescribeSubscriptionFiltersOutput, error) {
	group, err := l.group(in.LogGroupName)
	if err != nil {
		return nil, err
	}
	all, err := store.Documents[subscription](l.tx, kindSubscriptionFilter, filterKey(group.Name, text[string](in.FilterNamePrefix)))
	if err != nil {
		return nil, err
	}
	list := []types.SubscriptionFilter{}
	for _, f := range all {
		list = append(list, f.Filter)
	}
	list, next, err := listed(list, func(f types.SubscriptionFilter) string { return *f.FilterName }, in.NextToken, in.Limit, listLimit())
	return &sdk.DescribeSubscriptionFiltersOutput{SubscriptionFilters: list, NextToken: next}, err
}

// DeleteSubscriptionFilter deletes a subscription filter.
func (l *Logs) DeleteSubscriptionFilter(_ context.Context, in *sdk.DeleteSubscriptionFilterInput) (*sdk.DeleteSubscriptionFilterOutput, error) {
	return &sdk.DeleteSubscriptionFilterOutput{}, l.deleteFilter(kindSubscriptionFilter, "subscription", in.LogGroupName, in.FilterName)
}
