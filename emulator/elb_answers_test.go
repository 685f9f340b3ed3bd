package emulator_test

import (
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

// TestTargetsThatAreNone is that any number of targets can be asked for that are
// not registered, with and without ports, as a waiter does.
func TestTargetsThatAreNone(t *testing.T) {
	r := ephemeral(t)
	group, _ := r.balanced()
	c, ctx := r.elb(), t.Context()
	must[*elb.RegisterTargetsOutput](t)(c.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: &group, Targets: []types.TargetDescription{{Id: aws.String("i-0")}}}))
	in := &elb.DescribeTargetHealthInput{TargetGroupArn: &group, Targets: []types.TargetDescription{
		{Id: aws.String("i-1")}, {Id: aws.String("i-2")}, {Id: aws.String("i-0")}, {Id: aws.String("i-0"), Port: aws.Int32(81)},
	}}
	var got []string
	for _, d := range must[*elb.DescribeTargetHealthOutput](t)(c.DescribeTargetHealth(ctx, in)).TargetHealthDescriptions {
		got = append(got, *d.Target.Id+" "+string(d.TargetHealth.Reason))
	}
	if want := []string{"i-0 Target.Timeout", "i-1 Target.NotRegistered", "i-2 Target.NotRegistered", "i-0 Target.NotRegistered"}; !slices.Equal(got, want) {
		t.Errorf("the targets are %q, want %q", got, want)
	}
	in.Targets = in.Targets[:2]
	if err := elb.NewTargetDeregisteredWaiter(c).Wait(ctx, in, time.Second); err != nil {
		t.Errorf("the waiter: %v", err)
	}
}

// TestPagesOfWhatIsNamed is that things that were asked for by name, in any order
// and more than once, come on one page each.
func TestPagesOfWhatIsNamed(t *testing.T) {
	r := ephemeral(t)
	c, ctx := r.elb(), t.Context()
	for _, name := range []string{"tg", "tg5", "a"} {
		must[*elb.CreateTargetGroupOutput](t)(c.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{Name: &name, Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80)}))
	}
	var got []string
	pages := elb.NewDescribeTargetGroupsPaginator(c, &elb.DescribeTargetGroupsInput{Names: []string{"tg5", "tg", "tg5", "a"}, PageSize: aws.Int32(1)})
	for pages.HasMorePages() {
		for _, g := range must[*elb.DescribeTargetGroupsOutput](t)(pages.NextPage(ctx)).TargetGroups {
			got = append(got, *g.TargetGroupName)
		}
	}
	slices.Sort(got)
	if want := []string{"a", "tg", "tg5"}; !slices.Equal(got, want) {
		t.Errorf("the pages have %q, want %q", got, want)
	}
}

// TestGroupsTellTheirBalancers is that each of several target groups tells the
// load balancers that use it, when it is described and when it was changed.
func TestGroupsTellTheirBalancers(t *testing.T) {
	r := ephemeral(t)
	used, _ := r.balanced()
	c, ctx := r.elb(), t.Context()
	made := must[*elb.CreateTargetGroupOutput](t)(c.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{Name: aws.String("spare"), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80)}))
	shown := must[*elb.DescribeTargetGroupsOutput](t)(c.DescribeTargetGroups(ctx, nil)).TargetGroups
	changed := must[*elb.ModifyTargetGroupOutput](t)(c.ModifyTargetGroup(ctx, &elb.ModifyTargetGroupInput{TargetGroupArn: &used, HealthyThresholdCount: aws.Int32(2)}))
	for _, g := range slices.Concat(shown, made.TargetGroups, changed.TargetGroups) {
		want := 0
		if *g.TargetGroupArn == used {
			want = 1
		}
		if g.LoadBalancerArns == nil || len(g.LoadBalancerArns) != want {
			t.Errorf("%s is used by %v, want %d", *g.TargetGroupName, g.LoadBalancerArns, want)
		}
	}
}

// TestEmptyValues is that tags and attributes without a value have an empty one,
// which clients read without asking whether it is there.
func TestEmptyValues(t *testing.T) {
	r := ephemeral(t)
	group, _ := r.balanced()
	c, ctx := r.elb(), t.Context()
	must[*elb.AddTagsOutput](t)(c.AddTags(ctx, &elb.AddTagsInput{ResourceArns: []string{group}, Tags: []types.Tag{{Key: aws.String("none"), Value: aws.String("")}}}))
	tags := must[*elb.DescribeTagsOutput](t)(c.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: []string{group}})).TagDescriptions[0].Tags
	if len(tags) != 2 || tags[1].Value == nil || *tags[1].Value != "" {
		t.Errorf("the tags are %+v", tags)
	}
	attributes := must[*elb.DescribeTargetGroupAttributesOutput](t)(c.DescribeTargetGroupAttributes(ctx, &elb.DescribeTargetGroupAttributesInput{TargetGroupArn: &group})).Attributes
	empty := 0
	for _, a := range attributes {
		if a.Value == nil {
			t.Errorf("the attribute %s has no value", *a.Key)
		} else if *a.Value == "" {
			empty++
		}
	}
	if empty != 1 {
		t.Errorf("%d attributes are empty, want stickiness.app_cookie.cookie_name", empty)
	}
}
