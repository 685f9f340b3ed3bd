package api

import (
	"context"
	"encoding/json"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
	"github.com/google/uuid"

	"gantry/ecs"
	"gantry/emulator/store"
)

// Queries that are saved, and the resource policies of the account, which permit
// and forbid nothing here.
const (
	kindQueryDefinition = "logs/query-definition"
	kindResourcePolicy  = "logs/resource-policy"
	mostPolicies        = 10 // [LOGS:PutResourcePolicy]
)

// queryDefinition is a saved query as it is kept.
type queryDefinition struct {
	Definition types.QueryDefinition `json:"definition"`
}

// resourcePolicy is a resource policy as it is kept.
type resourcePolicy struct {
	Policy types.ResourcePolicy `json:"policy"`
}

// PutQueryDefinition saves a query, or changes a saved one.
func (l *Logs) PutQueryDefinition(_ context.Context, in *sdk.PutQueryDefinitionInput) (*sdk.PutQueryDefinitionOutput, error) {
	if name := text[string](in.Name); name == "" || len(name) > 255 {
		return nil, invalid("1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: Member must have length between 1 and 255", name)
	}
	if text[string](in.QueryString) == "" {
		return nil, invalid("1 validation error detected: Value null at 'queryString' failed to satisfy constraint: Member must not be null")
	}
	id := text[string](in.QueryDefinitionId)
	if id == "" {
		id = uuid.NewString()
	} else if ok, err := l.tx.Document(kindQueryDefinition, id, &queryDefinition{}); err != nil || !ok {
		return nil, first(err, refuse(codeNotFound, "The specified query definition does not exist."))
	}
	modified, language := l.tx.Now().UnixMilli(), in.QueryLanguage
	if language == "" {
		language = types.QueryLanguageCwli
	}
	return &sdk.PutQueryDefinitionOutput{QueryDefinitionId: &id}, l.tx.PutDocument(kindQueryDefinition, id, queryDefinition{types.QueryDefinition{
		QueryDefinitionId: &id, Name: in.Name, QueryString: in.QueryString, LogGroupNames: in.LogGroupNames,
		Parameters: in.Parameters, QueryLanguage: language, LastModified: &modified,
	}})
}

// DescribeQueryDefinitions lists saved queries by their names.
func (l *Logs) DescribeQueryDefinitions(_ context.Context, in *sdk.DescribeQueryDefinitionsInput) (*sdk.DescribeQueryDefinitionsOutput, error) {
	all, err := store.Documents[queryDefinition](l.tx, kindQueryDefinition, "")
	if err != nil {
		return nil, err
	}
	list := make([]types.QueryDefinition, 0, len(all))
	for _, d := range all {
		if strings.HasPrefix(*d.Definition.Name, text[string](in.QueryDefinitionNamePrefix)) &&
			(in.QueryLanguage == "" || in.QueryLanguage == d.Definition.QueryLanguage) {
			list = append(list, d.Definition)
		}
	}
	key := func(d types.QueryDefinition) string { return *d.Name + "\x00" + *d.QueryDefinitionId }
	list, next, err := listed(list, key, in.NextToken, in.MaxResults, pageBounds{"maxResults", mostQueriesListed, mostQueriesListed})
	return &sdk.DescribeQueryDefinitionsOutput{QueryDefinitions: list, NextToken: next}, err
}

// DeleteQueryDefinition deletes a saved query.
func (l *Logs) DeleteQueryDefinition(_ context.Context, in *sdk.DeleteQueryDefinitionInput) (*sdk.DeleteQueryDefinitionOutput, error) {
	id := text[string](in.QueryDefinitionId)
	if ok, err := l.tx.Document(kindQueryDefinition, id, &queryDefinition{}); err != nil || !ok {
		return nil, first(err, refuse(codeNotFound, "The specified query definition does not exist."))
	}
	return &sdk.DeleteQueryDefinitionOutput{Success: true}, l.tx.DeleteDocument(kindQueryDefinition, id)
}

// PutResourcePolicy keeps a policy of the account.
func (l *Logs) PutResourcePolicy(_ context.Context, in *sdk.PutResourcePolicyInput) (*sdk.PutResourcePolicyOutput, error) {
	name := text[string](in.PolicyName)
	switch {
	case in.ResourceArn != nil:
		return nil, invalid("The emulator keeps resource policies of the account, and none of a single resource.")
	case name == "":
		return nil, invalid("1 validation error detected: Value null at 'policyName' failed to satisfy constraint: Member must not be null")
	case !json.Valid([]byte(text[string](in.PolicyDocument))):
		return nil, invalid("The policyDocument is not valid JSON.")
	}
	all, err := store.Documents[resourcePolicy](l.tx, kindResourcePolicy, "")
	if err != nil {
		return nil, err
	}
	if there, err := l.tx.Document(kindResourcePolicy, name, &resourcePolicy{}); err != nil || !there && len(all) >= mostPolicies {
		return nil, first(err, refuse(ecs.CodeLimitExceeded, "Resource limit exceeded."))
	}
	updated := l.tx.Now().UnixMilli()
	policy := types.ResourcePolicy{PolicyName: &name, PolicyDocument: in.PolicyDocument, LastUpdatedTime: &updated, PolicyScope: types.PolicyScopeAccount}
	return &sdk.PutResourcePolicyOutput{ResourcePolicy: &policy}, l.tx.PutDocument(kindResourcePolicy, name, resourcePolicy{policy})
}

// DescribeResourcePolicies lists the policies of the account.
func (l *Logs) DescribeResourcePolicies(_ context.Context, in *sdk.DescribeResourcePoliciesInput) (*sdk.DescribeResourcePoliciesOutput, error) {
	all, err := store.Documents[resourcePolicy](l.tx, kindResourcePolicy, "")
	if err != nil {
		return nil, err
	}
	list := make([]types.ResourcePolicy, 0, len(all))
	for _, p := range all {
		if in.PolicyScope != types.PolicyScopeResource && in.ResourceArn == nil {
			list = append(list, p.Policy)
		}
	}
	list, next, err := listed(list, func(p types.ResourcePolicy) string { return *p.PolicyName }, in.NextToken, in.Limit, listLimit())
	return &sdk.DescribeResourcePoliciesOutput{ResourcePolicies: list, NextToken: next}, err
}

// DeleteResourcePolicy deletes a policy of the account.
func (l *Logs) DeleteResourcePolicy(_ context.Context, in *sdk.DeleteResourcePolicyInput) (*sdk.DeleteResourcePolicyOutput, error) {
	name := text[string](in.PolicyName)
	if ok, err := l.tx.Document(kindResourcePolicy, name, &resourcePolicy{}); err != nil || !ok || in.ResourceArn != nil {
		return nil, first(err, refuse(codeNotFound, "Policy with name [%s] does not exist.", name))
	}
	return &sdk.DeleteResourcePolicyOutput{}, l.tx.DeleteDocument(kindResourcePolicy, name)
}
