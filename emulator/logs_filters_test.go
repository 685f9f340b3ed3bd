package emulator_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"
)

func TestTestMetricFilter(t *testing.T) {
	r := ephemeral(t)
	out := must[*cloudwatchlogs.TestMetricFilterOutput](t)(r.logs.TestMetricFilter(t.Context(), &cloudwatchlogs.TestMetricFilterInput{
		FilterPattern: aws.String("[ip, ..., status = 4*, size]"), LogEventMessages: []string{"1.2.3.4 GET 200 7", `1.2.3.4 - "GET /" 404 8`},
	}))
	if len(out.Matches) != 1 || out.Matches[0].EventNumber != 2 || *out.Matches[0].EventMessage != `1.2.3.4 - "GET /" 404 8` ||
		!maps.Equal(out.Matches[0].ExtractedValues, map[string]string{"$ip": "1.2.3.4", "$2": "-", "$3": "GET /", "$status": "404", "$size": "8"}) {
		t.Errorf("matches %+v", out.Matches)
	}
	_, err := r.logs.TestMetricFilter(t.Context(), &cloudwatchlogs.TestMetricFilterInput{FilterPattern: aws.String("["), LogEventMessages: []string{"x"}})
	wantRefusal(t, err, "InvalidParameterException", "Invalid filter pattern: at the end")
	_, err = r.logs.TestMetricFilter(t.Context(), &cloudwatchlogs.TestMetricFilterInput{FilterPattern: aws.String(""), LogEventMessages: []string{}})
	wantRefusal(t, err, "InvalidParameterException", "logEventMessages")
}

func metricFilter(name, pattern string) *cloudwatchlogs.PutMetricFilterInput {
	return &cloudwatchlogs.PutMetricFilterInput{LogGroupName: group(), FilterName: &name, FilterPattern: &pattern, MetricTransformations: []types.MetricTransformation{{
		MetricName: aws.String("Errors"), MetricNamespace: aws.String("Web"), MetricValue: aws.String("1"), DefaultValue: aws.Float64(0), Unit: types.StandardUnitCount,
	}}}
}

func subscriptionFilter(name, pattern string) *cloudwatchlogs.PutSubscriptionFilterInput {
	return &cloudwatchlogs.PutSubscriptionFilterInput{LogGroupName: group(), FilterName: &name, FilterPattern: &pattern, DestinationArn: aws.String("arn:aws:lambda:us-east-1:123456789012:function:f")}
}

func TestMetricFilters(t *testing.T) {
	r := ephemeral(t)
	r.logged()
	for _, name := range []string{"b", "a", "bb"} {
		must[*cloudwatchlogs.PutMetricFilterOutput](t)(r.logs.PutMetricFilter(t.Context(), metricFilter(name, "ERROR")))
	}
	in := metricFilter("b", "WARN")
	in.MetricTransformations[0].MetricName = aws.String("Warnings")
	must[*cloudwatchlogs.PutMetricFilterOutput](t)(r.logs.PutMetricFilter(t.Context(), in)) // in its place
	describe := func(in cloudwatchlogs.DescribeMetricFiltersInput) (names string, all []types.MetricFilter) {
		t.Helper()
		pages := cloudwatchlogs.NewDescribeMetricFiltersPaginator(r.logs, &in)
		for pages.HasMorePages() {
			all = append(all, must[*cloudwatchlogs.DescribeMetricFiltersOutput](t)(pages.NextPage(t.Context())).MetricFilters...)
		}
		for _, f := range all {
			names += *f.FilterName + " "
		}
		return names, all
	}
	if names, all := describe(cloudwatchlogs.DescribeMetricFiltersInput{LogGroupName: group(), FilterNamePrefix: aws.String("b"), Limit: aws.Int32(1)}); names != "b bb " ||
		*all[0].FilterPattern != "WARN" || *all[0].LogGroupName != *group() || *all[1].MetricTransformations[0].DefaultValue != 0 || all[1].MetricTransformations[0].Unit != types.StandardUnitCount {
		t.Errorf("filters %s %+v", names, all)
	}
	if names, _ := describe(cloudwatchlogs.DescribeMetricFiltersInput{MetricName: aws.String("Warnings"), MetricNamespace: aws.String("Web")}); names != "b " {
		t.Errorf("filters of a metric %s", names)
	}
	groups := must[*cloudwatchlogs.DescribeLogGroupsOutput](t)(r.logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{}))
	if *groups.LogGroups[0].MetricFilterCount != 3 {
		t.Errorf("%d metric filters", *groups.LogGroups[0].MetricFilterCount)
	}
	must[*cloudwatchlogs.DeleteMetricFilterOutput](t)(r.logs.DeleteMetricFilter(t.Context(), &cloudwatchlogs.DeleteMetricFilterInput{LogGroupName: group(), FilterName: aws.String("a")}))
	_, err := r.logs.DeleteMetricFilter(t.Context(), &cloudwatchlogs.DeleteMetricFilterInput{LogGroupName: group(), FilterName: aws.String("a")})
	wantRefusal(t, err, "ResourceNotFoundException", "metric filter")
	for i := range 5 {
		must[*cloudwatchlogs.PutMetricFilterOutput](t)(r.logs.PutMetricFilter(t.Context(), metricFilter(fmt.Sprint(i), "%x%")))
	}
	_, err = r.logs.PutMetricFilter(t.Context(), metricFilter("6", "%x%"))
	wantRefusal(t, err, "LimitExceededException", "regular expressions")
	for message, change := range map[string]func(*cloudwatchlogs.PutMetricFilterInput){
		"Invalid filter pattern": func(in *cloudwatchlogs.PutMetricFilterInput) { in.FilterPattern = aws.String("{") },
		"filterName":             func(in *cloudwatchlogs.PutMetricFilterInput) { in.FilterName = aws.String("a:b") },
		"metricTransformations": func(in *cloudwatchlogs.PutMetricFilterInput) {
			in.MetricTransformations = []types.MetricTransformation{}
		},
		"metricValue": func(in *cloudwatchlogs.PutMetricFilterInput) {
			in.MetricTransformations[0].MetricValue = aws.String("x")
		},
		"dimensions": func(in *cloudwatchlogs.PutMetricFilterInput) {
			in.MetricTransformations[0].Dimensions = map[string]string{"a": "$.a"}
		},
	} {
		in := metricFilter("new", "ERROR")
		change(in)
		_, err := r.logs.PutMetricFilter(t.Context(), in)
		wantRefusal(t, err, "InvalidParameterException", message)
	}
	_, err = r.logs.DescribeMetricFilters(t.Context(), &cloudwatchlogs.DescribeMetricFiltersInput{MetricName: aws.String("x")})
	wantRefusal(t, err, "InvalidParameterException", "together")
	// A group takes its filters with it.
	must[*cloudwatchlogs.DeleteLogGroupOutput](t)(r.logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: group()}))
	r.logged()
	if names, _ := describe(cloudwatchlogs.DescribeMetricFiltersInput{}); names != "" {
		t.Errorf("filters %s", names)
	}
}

func TestSubscriptionFilters(t *testing.T) {
	r := ephemeral(t)
	r.logged()
	for _, name := range []string{"b", "a"} {
		must[*cloudwatchlogs.PutSubscriptionFilterOutput](t)(r.logs.PutSubscriptionFilter(t.Context(), subscriptionFilter(name, "")))
	}
	_, err := r.logs.PutSubscriptionFilter(t.Context(), subscriptionFilter("c", ""))
	wantRefusal(t, err, "LimitExceededException", "limit exceeded")
	in := subscriptionFilter("a", "")
	in.DestinationArn = aws.String("somewhere")
	_, err = r.logs.PutSubscriptionFilter(t.Context(), in)
	wantRefusal(t, err, "InvalidParameterException", "destinationArn")
	out := must[*cloudwatchlogs.DescribeSubscriptionFiltersOutput](t)(r.logs.DescribeSubscriptionFilters(t.Context(), &cloudwatchlogs.DescribeSubscriptionFiltersInput{LogGroupName: group()}))
	if len(out.SubscriptionFilters) != 2 || *out.SubscriptionFilters[0].FilterName != "a" || out.SubscriptionFilters[0].Distribution != types.DistributionByLogStream {
		t.Errorf("filters %+v", out.SubscriptionFilters)
	}
	must[*cloudwatchlogs.DeleteSubscriptionFilterOutput](t)(r.logs.DeleteSubscriptionFilter(t.Context(), &cloudwatchlogs.DeleteSubscriptionFilterInput{LogGroupName: group(), FilterName: aws.String("a")}))
	_, err = r.logs.DeleteSubscriptionFilter(t.Context(), &cloudwatchlogs.DeleteSubscriptionFilterInput{LogGroupName: group(), FilterName: aws.String("a")})
	wantRefusal(t, err, "ResourceNotFoundException", "subscription filter")
}

func TestLogGroupSettings(t *testing.T) {
	r := ephemeral(t)
	key := aws.String("arn:aws:kms:us-east-1:123456789012:key/1")
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{
		LogGroupName: group(), KmsKeyId: key, DeletionProtectionEnabled: aws.Bool(true), Tags: map[string]string{"stage": "prod-1"},
	}))
	must[*cloudwatchlogs.CreateLogGroupOutput](t)(r.logs.CreateLogGroup(t.Context(), &cloudwatchlogs.CreateLogGroupInput{LogGroupName: aws.String("rare"), LogGroupClass: types.LogGroupClassInfrequentAccess}))
	one := func() types.LogGroup {
		return must[*cloudwatchlogs.DescribeLogGroupsOutput](t)(r.logs.DescribeLogGroups(t.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupIdentifiers: []string{groupARN(*group())}})).LogGroups[0]
	}
	if g := one(); *g.KmsKeyId != *key || !*g.DeletionProtectionEnabled {
		t.Errorf("group %+v", g)
	}
	_, err := r.logs.DeleteLogGroup(t.Context(), &cloudwatchlogs.DeleteLogGroupInput{LogGroupName: group()})
	wantRefusal(t, err, "ValidationException", "protection")
	must[*cloudwatchlogs.PutLogGroupDeletionProtectionOutput](t)(r.logs.PutLogGroupDeletionProtection(t.Context(), &cloudwatchlogs.PutLogGroupDeletionProtectionInput{LogGroupIdentifier: group(), DeletionProtectionEnabled: aws.Bool(false)}))
	must[*cloudwatchlogs.DisassociateKmsKeyOutput](t)(r.logs.DisassociateKmsKey(t.Context(), &cloudwatchlogs.DisassociateKmsKeyInput{LogGroupName: group()}))
	if g := one(); g.KmsKeyId != nil || *g.DeletionProtectionEnabled {
		t.Errorf("group %+v", g)
	}
	must[*cloudwatchlogs.AssociateKmsKeyOutput](t)(r.logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{ResourceIdentifier: aws.String(groupARN(*group())), KmsKeyId: key}))
	_, err = r.logs.AssociateKmsKey(t.Context(), &cloudwatchlogs.AssociateKmsKeyInput{LogGroupName: group(), KmsKeyId: aws.String("alias")})
	wantRefusal(t, err, "InvalidParameterException", "KMS key")
	must[*cloudwatchlogs.TagLogGroupOutput](t)(r.logs.TagLogGroup(t.Context(), &cloudwatchlogs.TagLogGroupInput{LogGroupName: group(), Tags: map[string]string{"a": "1", "b": "2"}})) //nolint:staticcheck // old clients do
	must[*cloudwatchlogs.UntagLogGroupOutput](t)(r.logs.UntagLogGroup(t.Context(), &cloudwatchlogs.UntagLogGroupInput{LogGroupName: group(), Tags: []string{"a"}}))                   //nolint:staticcheck // old clients do
	tags := must[*cloudwatchlogs.ListTagsLogGroupOutput](t)(r.logs.ListTagsLogGroup(t.Context(), &cloudwatchlogs.ListTagsLogGroupInput{LogGroupName: group()}))                       //nolint:staticcheck // old clients do
	if !maps.Equal(tags.Tags, map[string]string{"stage": "prod-1", "b": "2"}) {
		t.Errorf("tags %v", tags.Tags)
	}
	for _, tt := range []struct {
		in   cloudwatchlogs.ListLogGroupsInput
		want string
	}{
		{cloudwatchlogs.ListLogGroupsInput{}, "/ecs/web rare"},
		{cloudwatchlogs.ListLogGroupsInput{LogGroupNamePattern: aws.String("^/ecs|nothing")}, "/ecs/web"},
		{cloudwatchlogs.ListLogGroupsInput{LogGroupNamePattern: aws.String("^ecs|are")}, "rare"},
		{cloudwatchlogs.ListLogGroupsInput{LogGroupClass: types.LogGroupClassInfrequentAccess}, "rare"},
		{cloudwatchlogs.ListLogGroupsInput{LogGroupTags: []types.TagFilter{{Key: aws.String("stage"), Values: []string{"test", "prod*"}}}}, "/ecs/web"},
		{cloudwatchlogs.ListLogGroupsInput{LogGroupTags: []types.TagFilter{{Key: aws.String("b"), Values: []string{"!2"}}}}, ""},
	} {
		var names []string
		for _, g := range must[*cloudwatchlogs.ListLogGroupsOutput](t)(r.logs.ListLogGroups(t.Context(), &tt.in)).LogGroups {
			names = append(names, *g.LogGroupName)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%+v lists %s", tt.in, got)
		}
	}
	_, err = r.logs.ListLogGroups(t.Context(), &cloudwatchlogs.ListLogGroupsInput{LogGroupNamePattern: aws.String("a*")})
	wantRefusal(t, err, "InvalidParameterException", "logGroupNamePattern")
	_, err = r.logs.PutDestination(t.Context(), &cloudwatchlogs.PutDestinationInput{DestinationName: aws.String("d"), RoleArn: aws.String("r"), TargetArn: aws.String("t")})
	wantRefusal(t, err, "UnknownOperationException", "PutDestination")
}

func TestSavedQueriesAndPolicies(t *testing.T) {
	r := ephemeral(t)
	put := func(id *string, name string) *string {
		return must[*cloudwatchlogs.PutQueryDefinitionOutput](t)(r.logs.PutQueryDefinition(t.Context(), &cloudwatchlogs.PutQueryDefinitionInput{Name: &name, QueryString: aws.String("fields a"), QueryDefinitionId: id, LogGroupNames: []string{"g"}})).QueryDefinitionId
	}
	id := put(nil, "web/one")
	put(nil, "other")
	put(id, "web/two")
	found := must[*cloudwatchlogs.DescribeQueryDefinitionsOutput](t)(r.logs.DescribeQueryDefinitions(t.Context(), &cloudwatchlogs.DescribeQueryDefinitionsInput{QueryDefinitionNamePrefix: aws.String("web/")})).QueryDefinitions
	if len(found) != 1 || *found[0].Name != "web/two" || *found[0].QueryDefinitionId != *id || found[0].LogGroupNames[0] != "g" || *found[0].LastModified != r.watch.Now().UnixMilli() {
		t.Errorf("definitions %+v", found)
	}
	if out := must[*cloudwatchlogs.DeleteQueryDefinitionOutput](t)(r.logs.DeleteQueryDefinition(t.Context(), &cloudwatchlogs.DeleteQueryDefinitionInput{QueryDefinitionId: id})); !out.Success {
		t.Error("the definition is not deleted")
	}
	_, err := r.logs.PutQueryDefinition(t.Context(), &cloudwatchlogs.PutQueryDefinitionInput{Name: aws.String("x"), QueryString: aws.String("fields a"), QueryDefinitionId: id})
	wantRefusal(t, err, "ResourceNotFoundException", "query definition")
	_, err = r.logs.DeleteQueryDefinition(t.Context(), &cloudwatchlogs.DeleteQueryDefinitionInput{QueryDefinitionId: id})
	wantRefusal(t, err, "ResourceNotFoundException", "query definition")

	policy := must[*cloudwatchlogs.PutResourcePolicyOutput](t)(r.logs.PutResourcePolicy(t.Context(), &cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String(`{"Version": "2012-10-17"}`)})).ResourcePolicy
	policies := must[*cloudwatchlogs.DescribeResourcePoliciesOutput](t)(r.logs.DescribeResourcePolicies(t.Context(), &cloudwatchlogs.DescribeResourcePoliciesInput{})).ResourcePolicies
	if len(policies) != 1 || *policies[0].PolicyDocument != *policy.PolicyDocument || policies[0].PolicyScope != types.PolicyScopeAccount {
		t.Errorf("policies %+v", policies)
	}
	_, err = r.logs.PutResourcePolicy(t.Context(), &cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String("p"), PolicyDocument: aws.String("{")})
	wantRefusal(t, err, "InvalidParameterException", "JSON")
	for i := range 9 {
		must[*cloudwatchlogs.PutResourcePolicyOutput](t)(r.logs.PutResourcePolicy(t.Context(), &cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String(fmt.Sprint(i)), PolicyDocument: aws.String("{}")}))
	}
	_, err = r.logs.PutResourcePolicy(t.Context(), &cloudwatchlogs.PutResourcePolicyInput{PolicyName: aws.String("q"), PolicyDocument: aws.String("{}")})
	wantRefusal(t, err, "LimitExceededException", "limit")
	must[*cloudwatchlogs.DeleteResourcePolicyOutput](t)(r.logs.DeleteResourcePolicy(t.Context(), &cloudwatchlogs.DeleteResourcePolicyInput{PolicyName: aws.String("p")}))
	_, err = r.logs.DeleteResourcePolicy(t.Context(), &cloudwatchlogs.DeleteResourcePolicyInput{PolicyName: aws.String("p")})
	wantRefusal(t, err, "ResourceNotFoundException", "p")
}
