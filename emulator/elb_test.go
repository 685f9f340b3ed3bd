package emulator_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
	"github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2/types"
)

func (r *rig) elb() *elb.Client {
	return elb.New(elb.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

// balanced makes a load balancer with a listener that forwards to a new target
// group, whose targets are healthy after a check of 10 s.
func (r *rig) balanced() (group, listener string) {
	r.t.Helper()
	c, ctx := r.elb(), r.t.Context()
	groups := must[*elb.CreateTargetGroupOutput](r.t)(c.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{
		Name: aws.String("web"), Protocol: types.ProtocolEnumHttp, Port: aws.Int32(80), VpcId: aws.String("vpc-0defa01700000000a"),
		HealthCheckIntervalSeconds: aws.Int32(10), HealthCheckPath: aws.String("/health"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("shop")}},
	}))
	group = *groups.TargetGroups[0].TargetGroupArn
	balancers := must[*elb.CreateLoadBalancerOutput](r.t)(c.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{
		Name: aws.String("front"), Subnets: []string{"subnet-0defa01700000000a", "subnet-0defa01700000000b"},
	}))
	listeners := must[*elb.CreateListenerOutput](r.t)(c.CreateListener(ctx, &elb.CreateListenerInput{
		LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp,
		DefaultActions: []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &group}},
	}))
	return group, *listeners.Listeners[0].ListenerArn
}

func (r *rig) states(group string) (states []string) {
	r.t.Helper()
	out := must[*elb.DescribeTargetHealthOutput](r.t)(r.elb().DescribeTargetHealth(r.t.Context(), &elb.DescribeTargetHealthInput{TargetGroupArn: &group}))
	for _, d := range out.TargetHealthDescriptions {
		states = append(states, string(d.TargetHealth.State))
	}
	slices.Sort(states)
	return states
}

// TestTargets is that the tasks of a service are the targets of its group, which
// checks them as it was told to, and drains them as long as it was told to.
func TestTargets(t *testing.T) {
	r := ephemeral(t)
	group, _ := r.balanced()
	r.cluster() // made after the group: a new cluster knows it too
	must[*elb.ModifyTargetGroupAttributesOutput](t)(r.elb().ModifyTargetGroupAttributes(t.Context(), &elb.ModifyTargetGroupAttributesInput{
		TargetGroupArn: &group, Attributes: []types.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("30")}}}))
	definition := webDefinition(nil)
	definition.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(80)}}
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), definition))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(2),
		LoadBalancers: []ecstypes.LoadBalancer{{TargetGroupArn: &group, ContainerName: definition.ContainerDefinitions[0].Name, ContainerPort: aws.Int32(80)}},
	}))
	var seen []string
	for range 90 {
		r.watch.pass(time.Second)
		for _, s := range r.states(group) {
			if !slices.Contains(seen, s) {
				seen = append(seen, s)
			}
		}
	}
	if want := []string{"initial", "healthy"}; !slices.Equal(seen, want) {
		t.Errorf("the targets were %v, want %v", seen, want)
	}
	r.steady()
	waiter := elb.NewTargetInServiceWaiter(r.elb())
	if err := waiter.Wait(t.Context(), &elb.DescribeTargetHealthInput{TargetGroupArn: &group}, time.Second); err != nil {
		t.Errorf("the waiter: %v", err)
	}
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("demo"), Service: aws.String("web"), DesiredCount: aws.Int32(1)}))
	r.watch.pass(10 * time.Second)
	if got := r.states(group); !slices.Equal(got, []string{"draining", "healthy"}) {
		t.Errorf("while the service scales in the targets are %v", got)
	}
	r.watch.pass(40 * time.Second)
	if got := r.states(group); !slices.Equal(got, []string{"healthy"}) {
		t.Errorf("after the delay the targets are %v", got)
	}
}

// TestBalancers is that what is made is described, changed and deleted.
func TestBalancers(t *testing.T) {
	r := ephemeral(t)
	group, listener := r.balanced()
	c, ctx := r.elb(), t.Context()
	groups := must[*elb.DescribeTargetGroupsOutput](t)(c.DescribeTargetGroups(ctx, &elb.DescribeTargetGroupsInput{Names: []string{"web"}}))
	g := groups.TargetGroups[0]
	if *g.HealthCheckPath != "/health" || *g.HealthCheckIntervalSeconds != 10 || *g.HealthyThresholdCount != 5 || *g.Matcher.HttpCode != "200" ||
		*g.HealthCheckTimeoutSeconds != 5 || g.TargetType != types.TargetTypeEnumInstance || len(g.LoadBalancerArns) != 1 || *g.ProtocolVersion != "HTTP1" {
		t.Errorf("the target group is %+v", g)
	}
	must[*elb.ModifyTargetGroupOutput](t)(c.ModifyTargetGroup(ctx, &elb.ModifyTargetGroupInput{TargetGroupArn: &group, HealthyThresholdCount: aws.Int32(2),
		Matcher: &types.Matcher{HttpCode: aws.String("200-299")}}))
	must[*elb.AddTagsOutput](t)(c.AddTags(ctx, &elb.AddTagsInput{ResourceArns: []string{group, listener}, Tags: []types.Tag{{Key: aws.String("env"), Value: aws.String("test")}}}))
	must[*elb.RemoveTagsOutput](t)(c.RemoveTags(ctx, &elb.RemoveTagsInput{ResourceArns: []string{group}, TagKeys: []string{"team"}}))
	tags := must[*elb.DescribeTagsOutput](t)(c.DescribeTags(ctx, &elb.DescribeTagsInput{ResourceArns: []string{group}}))
	if got := tags.TagDescriptions[0].Tags; len(got) != 1 || *got[0].Key != "env" {
		t.Errorf("the tags are %+v", got)
	}
	made := must[*elb.CreateRuleOutput](t)(c.CreateRule(ctx, &elb.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(10),
		Conditions: []types.RuleCondition{{Field: aws.String("path-pattern"), PathPatternConfig: &types.PathPatternConditionConfig{Values: []string{"/api/*"}}}},
		Actions: []types.Action{{Type: types.ActionTypeEnumForward, ForwardConfig: &types.ForwardActionConfig{
			TargetGroups: []types.TargetGroupTuple{{TargetGroupArn: &group, Weight: aws.Int32(100)}}}}},
	}))
	rules := must[*elb.DescribeRulesOutput](t)(c.DescribeRules(ctx, &elb.DescribeRulesInput{ListenerArn: &listener}))
	if n := len(rules.Rules); n != 2 || *rules.Rules[0].Priority != "10" || !*rules.Rules[1].IsDefault || *rules.Rules[0].Actions[0].ForwardConfig.TargetGroups[0].Weight != 100 {
		t.Errorf("the rules are %+v", rules.Rules)
	}
	_, err := c.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: &group})
	refusedWith(t, "ResourceInUse", err)
	must[*elb.DeleteRuleOutput](t)(c.DeleteRule(ctx, &elb.DeleteRuleInput{RuleArn: made.Rules[0].RuleArn}))
	must[*elb.DeleteListenerOutput](t)(c.DeleteListener(ctx, &elb.DeleteListenerInput{ListenerArn: &listener}))
	must[*elb.DeleteTargetGroupOutput](t)(c.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: &group}))
	balancers := must[*elb.DescribeLoadBalancersOutput](t)(c.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{Names: []string{"front"}}))
	must[*elb.DeleteLoadBalancerOutput](t)(c.DeleteLoadBalancer(ctx, &elb.DeleteLoadBalancerInput{LoadBalancerArn: balancers.LoadBalancers[0].LoadBalancerArn}))
}

// TestBalancersMadeAgain is that what is asked for a second time with the same
// settings is what was made the first time.
func TestBalancersMadeAgain(t *testing.T) {
	r := ephemeral(t)
	group, listener := r.balanced()
	must[*elb.ModifyTargetGroupAttributesOutput](t)(r.elb().ModifyTargetGroupAttributes(t.Context(), &elb.ModifyTargetGroupAttributesInput{
		TargetGroupArn: &group, Attributes: []types.TargetGroupAttribute{{Key: aws.String("deregistration_delay.timeout_seconds"), Value: aws.String("30")}}}))
	if again, same := r.balanced(); again != group || same != listener {
		t.Errorf("made again are %s and %s, not %s and %s", again, same, group, listener)
	}
	all := must[*elb.DescribeListenersOutput](t)(r.elb().DescribeListeners(t.Context(), &elb.DescribeListenersInput{ListenerArns: []string{listener}}))
	listeners := must[*elb.DescribeListenersOutput](t)(r.elb().DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: all.Listeners[0].LoadBalancerArn}))
	if n := len(listeners.Listeners); n != 1 {
		t.Errorf("the load balancer has %d listeners", n)
	}
}

// TestBalancerRefusals is what Elastic Load Balancing refuses, by its codes.
func TestBalancerRefusals(t *testing.T) {
	r := ephemeral(t)
	group, listener := r.balanced()
	c, ctx := r.elb(), t.Context()
	none := aws.String("arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/none/0123456789abcdef")
	noListener := aws.String("arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/x/0123456789abcdef/0123456789abcdef")
	forward := []types.Action{{Type: types.ActionTypeEnumForward, TargetGroupArn: &group}}
	for code, call := range map[string]func() error{
		"TargetGroupNotFound": func() error {
			_, err := c.DescribeTargetHealth(ctx, &elb.DescribeTargetHealthInput{TargetGroupArn: none})
			return err
		},
		"DuplicateTargetGroupName": func() error {
			_, err := c.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{Name: aws.String("web"), Protocol: types.ProtocolEnumTcp, Port: aws.Int32(80)})
			return err
		},
		"ValidationError": func() error {
			_, err := c.ModifyTargetGroup(ctx, &elb.ModifyTargetGroupInput{TargetGroupArn: &group, HealthCheckIntervalSeconds: aws.Int32(1)})
			return err
		},
		"LoadBalancerNotFound": func() error {
			_, err := c.DescribeLoadBalancers(ctx, &elb.DescribeLoadBalancersInput{Names: []string{"none"}})
			return err
		},
		"DuplicateLoadBalancerName": func() error {
			_, err := c.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: aws.String("front"), Scheme: types.LoadBalancerSchemeEnumInternal,
				Subnets: []string{"subnet-0defa01700000000a", "subnet-0defa01700000000b"}})
			return err
		},
		"SubnetNotFound": func() error {
			_, err := c.CreateLoadBalancer(ctx, &elb.CreateLoadBalancerInput{Name: aws.String("b"), Subnets: []string{"subnet-x", "subnet-y"}})
			return err
		},
		"ListenerNotFound": func() error {
			_, err := c.DescribeRules(ctx, &elb.DescribeRulesInput{ListenerArn: noListener})
			return err
		},
		"DuplicateListener": func() error {
			l := must[*elb.DescribeListenersOutput](t)(c.DescribeListeners(ctx, &elb.DescribeListenersInput{ListenerArns: []string{listener}}))
			_, err := c.CreateListener(ctx, &elb.CreateListenerInput{LoadBalancerArn: l.Listeners[0].LoadBalancerArn, Port: aws.Int32(80), Protocol: types.ProtocolEnumHttp,
				DefaultActions: []types.Action{{Type: types.ActionTypeEnumFixedResponse, FixedResponseConfig: &types.FixedResponseActionConfig{StatusCode: aws.String("404")}}}})
			return err
		},
		"PriorityInUse": func() error {
			in := &elb.CreateRuleInput{ListenerArn: &listener, Priority: aws.Int32(1), Actions: forward,
				Conditions: []types.RuleCondition{{Field: aws.String("host-header"), Values: []string{"x"}}}}
			must[*elb.CreateRuleOutput](t)(c.CreateRule(ctx, in))
			_, err := c.CreateRule(ctx, in)
			return err
		},
		"RuleNotFound": func() error {
			_, err := c.DeleteRule(ctx, &elb.DeleteRuleInput{RuleArn: noListener})
			return err
		},
		"InvalidTarget": func() error {
			_, err := c.RegisterTargets(ctx, &elb.RegisterTargetsInput{TargetGroupArn: &group, Targets: []types.TargetDescription{{Id: aws.String("10.0.0.1"), Port: aws.Int32(0)}}})
			return err
		},
	} {
		refusedWith(t, code, call())
	}
}

// TestTargetGroupForgotten is that the engine forgets a target group that is
// deleted: it no longer asks for tasks that fit its target type.
func TestTargetGroupForgotten(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	c, ctx := r.elb(), t.Context()
	group := *must[*elb.CreateTargetGroupOutput](t)(c.CreateTargetGroup(ctx, &elb.CreateTargetGroupInput{Name: aws.String("web"), Protocol: types.ProtocolEnumHttp,
		Port: aws.Int32(80), TargetType: types.TargetTypeEnumIp, VpcId: aws.String("vpc-0defa01700000000a")})).TargetGroups[0].TargetGroupArn
	definition := webDefinition(nil) // of bridge mode
	definition.ContainerDefinitions[0].PortMappings = []ecstypes.PortMapping{{ContainerPort: aws.Int32(80)}}
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, definition))
	create := func() error {
		_, err := r.ecs.CreateService(ctx, &ecs.CreateServiceInput{Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"),
			DesiredCount: aws.Int32(1), LoadBalancers: []ecstypes.LoadBalancer{{TargetGroupArn: &group, ContainerName: definition.ContainerDefinitions[0].Name, ContainerPort: aws.Int32(80)}}})
		return err
	}
	if err := create(); err == nil || !strings.Contains(err.Error(), "target type") {
		t.Fatalf("with the group: %v", err)
	}
	must[*elb.DeleteTargetGroupOutput](t)(c.DeleteTargetGroup(ctx, &elb.DeleteTargetGroupInput{TargetGroupArn: &group}))
	if err := create(); err != nil && strings.Contains(err.Error(), "target type") {
		t.Errorf("after the group was deleted: %v", err)
	}
}
