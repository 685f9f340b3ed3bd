package emulator_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"
)

func (r *rig) ssm() *ssm.Client {
	return ssm.New(ssm.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

// TestParameterBounds is what Parameter Store refuses for its size, and whose
// parameters it knows.
func TestParameterBounds(t *testing.T) {
	r := ephemeral(t)
	c, ctx := r.ssm(), t.Context()
	put := func(name, value string) error {
		_, err := c.PutParameter(ctx, &ssm.PutParameterInput{Name: &name, Value: &value, Type: types.ParameterTypeString})
		return err
	}
	if err := put("/"+strings.Repeat("n", 1010), strings.Repeat("ä", 4096)); err != nil {
		t.Error(err)
	}
	refusedWith(t, "ValidationException", put("/"+strings.Repeat("n", 1011), "x"))
	refusedWith(t, "ValidationException", put("/long", strings.Repeat("x", 4097)))
	refusedWith(t, "ValidationException", put("/none", ""))
	if err := put("/web/a", "x"); err != nil {
		t.Error(err)
	}
	_, err := c.GetParameters(ctx, &ssm.GetParametersInput{Names: slices.Repeat([]string{"/web/a"}, 11)})
	refusedWith(t, "ValidationException", err)
	for arn, code := range map[string]string{
		"arn:aws:ssm:us-east-1:123456789012:parameter/web/a": "",
		"arn:aws:ssm:us-east-1:210987654321:parameter/web/a": "ParameterNotFound",
		"arn:aws:ssm:eu-west-1:123456789012:parameter/web/a": "ParameterNotFound",
	} {
		_, err := c.GetParameter(ctx, &ssm.GetParameterInput{Name: &arn})
		if code == "" && err != nil {
			t.Errorf("%s: %v", arn, err)
		} else if code != "" {
			refusedWith(t, code, err)
		}
	}
	_, err = c.DescribeParameters(ctx, &ssm.DescribeParametersInput{MaxResults: aws.Int32(51)})
	refusedWith(t, "ValidationException", err)
	_, err = c.DescribeParameters(ctx, &ssm.DescribeParametersInput{NextToken: aws.String("x")})
	refusedWith(t, "InvalidNextToken", err)
	_, err = r.cloudwatch().DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{MaxRecords: aws.Int32(1000)})
	refusedWith(t, "ValidationError", err)
}

// TestParameterFilters is that filters are applied, or refused.
func TestParameterFilters(t *testing.T) {
	r := ephemeral(t)
	c, ctx := r.ssm(), t.Context()
	for name, kind := range map[string]types.ParameterType{"/web/url": types.ParameterTypeString, "/web/db/key": types.ParameterTypeSecureString, "web": types.ParameterTypeString} {
		must[*ssm.PutParameterOutput](t)(c.PutParameter(ctx, &ssm.PutParameterInput{Name: &name, Value: aws.String("x"), Type: kind}))
	}
	filter := func(key, option string, values ...string) []types.ParameterStringFilter {
		f := types.ParameterStringFilter{Key: &key, Values: values}
		if option != "" {
			f.Option = &option
		}
		return []types.ParameterStringFilter{f}
	}
	for _, x := range []struct {
		filters []types.ParameterStringFilter
		want    string
	}{
		{nil, "/web/db/key /web/url web"},
		{filter("Name", "", "/web/url", "web"), "/web/url web"},
		{filter("Name", "BeginsWith", "/web/"), "/web/db/key /web/url"},
		{filter("Name", "Contains", "key"), "/web/db/key"},
		{filter("Type", "Equals", "SecureString"), "/web/db/key"},
		{filter("Path", "Recursive", "/web"), "/web/db/key /web/url"},
		{filter("Path", "OneLevel", "/web"), "/web/url"},
		{append(filter("Type", "", "String"), filter("Path", "Recursive", "/web")...), "/web/url"},
		{filter("Tier", "", "Advanced"), ""},
	} {
		var names []string
		for _, p := range must[*ssm.DescribeParametersOutput](t)(c.DescribeParameters(ctx, &ssm.DescribeParametersInput{ParameterFilters: x.filters})).Parameters {
			names = append(names, *p.Name)
		}
		if got := strings.Join(names, " "); got != x.want {
			t.Errorf("%+v finds %q, want %q", x.filters, got, x.want)
		}
	}
	older := must[*ssm.DescribeParametersOutput](t)(c.DescribeParameters(ctx, &ssm.DescribeParametersInput{
		Filters: []types.ParametersFilter{{Key: types.ParametersFilterKeyType, Values: []string{"SecureString"}}}}))
	if len(older.Parameters) != 1 {
		t.Errorf("the older form of a filter finds %+v", older.Parameters)
	}
	below := must[*ssm.GetParametersByPathOutput](t)(c.GetParametersByPath(ctx, &ssm.GetParametersByPathInput{Path: aws.String("/web"), Recursive: aws.Bool(true),
		ParameterFilters: filter("Type", "", "SecureString")}))
	if len(below.Parameters) != 1 {
		t.Errorf("below /web there is %+v", below.Parameters)
	}
	for code, filters := range map[string][]types.ParameterStringFilter{
		"InvalidFilterKey": filter("Label", "", "x"), "InvalidFilterOption": filter("Type", "Contains", "x"), "InvalidFilterValue": filter("Type", ""),
	} {
		_, err := c.DescribeParameters(ctx, &ssm.DescribeParametersInput{ParameterFilters: filters})
		var refusal smithy.APIError // InvalidFilterKey has no message in the SDK's model
		if !errors.As(err, &refusal) || refusal.ErrorCode() != code {
			t.Errorf("want a %s, got %v", code, err)
		}
	}
}
