package emulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	elb "github.com/aws/aws-sdk-go-v2/service/elasticloadbalancingv2"
)

// TestByHand is that what the routes of the emulator's own make is what clients of
// AWS see, several in one moment too, and that they refuse in the codes that
// gantry knows.
func TestByHand(t *testing.T) {
	r := ephemeral(t)
	var group struct{ ARN string }
	r.admin(http.MethodPost, "/_gantry/target-groups", `{"name":"blue","port":8080,"protocol":"HTTP","targetType":"ip","healthCheckPath":"/up","healthCheckIntervalSeconds":7,
		"healthCheckTimeoutSeconds":3,"healthyThresholdCount":4,"unhealthyThresholdCount":3,"matcher":"200-299","deregistrationDelay":"9"}`, &group)
	c := elb.New(elb.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
	g := must[*elb.DescribeTargetGroupsOutput](t)(c.DescribeTargetGroups(t.Context(), &elb.DescribeTargetGroupsInput{TargetGroupArns: []string{group.ARN}})).TargetGroups[0]
	if *g.Port != 8080 || g.TargetType != "ip" || *g.HealthCheckPath != "/up" || *g.HealthCheckIntervalSeconds != 7 || *g.HealthCheckTimeoutSeconds != 3 ||
		*g.HealthyThresholdCount != 4 || *g.UnhealthyThresholdCount != 3 || *g.Matcher.HttpCode != "200-299" {
		t.Errorf("the target group is %+v", g)
	}
	var balancer struct {
		LoadBalancerARN string
		Listeners       []struct {
			Port                                 int
			ListenerARN, RuleARN, TargetGroupARN string
		}
	}
	r.admin(http.MethodPost, "/_gantry/load-balancers", `{"name":"web","type":"application","listeners":[{"port":80,"targetGroup":"blue"},{"port":81,"targetGroup":"`+group.ARN+`"}]}`, &balancer)
	listeners := must[*elb.DescribeListenersOutput](t)(c.DescribeListeners(t.Context(), &elb.DescribeListenersInput{LoadBalancerArn: &balancer.LoadBalancerARN})).Listeners
	if len(listeners) != 2 || *listeners[0].ListenerArn == *listeners[1].ListenerArn {
		t.Errorf("of two listeners in one moment there are %d", len(listeners))
	}
	for _, l := range balancer.Listeners {
		rules := must[*elb.DescribeRulesOutput](t)(c.DescribeRules(t.Context(), &elb.DescribeRulesInput{RuleArns: []string{l.RuleARN}})).Rules
		if len(rules) != 1 || *rules[0].Actions[0].TargetGroupArn != group.ARN || l.TargetGroupARN != group.ARN {
			t.Errorf("listener %d has the rules %+v", l.Port, rules)
		}
	}
	for _, x := range []struct{ path, body, code string }{
		{"target-groups", `{"name":"blue","port":1}`, "ConflictException"}, {"target-groups", `{"name":"a b","port":1}`, "InvalidParameterException"},
		{"load-balancers", `{"name":"x","listeners":[{"port":80,"targetGroup":"none"}]}`, "ResourceNotFoundException"},
		{"alarms", `{"name":"a"}`, "InvalidParameterException"}, {"alarm-states", `{"name":"none","state":"OK"}`, "ResourceNotFoundException"},
		{"secrets", `[]`, "SerializationException"}, {"parameters", `{"name":"/aws/x","value":"y"}`, "InvalidParameterException"},
		{"service-registries", `{"name":"web","namespace":"none"}`, "ResourceNotFoundException"},
	} {
		if status, _, body := r.call(http.MethodPost, "/_gantry/"+x.path, "", x.body); status != http.StatusBadRequest || !strings.Contains(body, x.code) {
			t.Errorf("%s %s: %d %s, want %s", x.path, x.body, status, body, x.code)
		}
	}
	r.admin(http.MethodPost, "/_gantry/namespaces", `{"name":"shop"}`, nil)
	r.watch.pass(3 * time.Second)
	var registry struct{ ARN string }
	r.admin(http.MethodPost, "/_gantry/service-registries", `{"name":"web","namespace":"shop"}`, &registry)
	if r.revision("shop", "web"); !strings.Contains(registry.ARN, ":service/srv-") {
		t.Errorf("the registry is %q", registry.ARN)
	}
}
