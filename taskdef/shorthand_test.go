package taskdef_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/internal/hint"
	"gantry/taskdef"
)

func TestShorthand(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []string
		into   any
		want   string
	}{
		{"strategies", []string{"type=spread,field=attribute:ecs.availability-zone", "type=binpack,field=memory"}, new([]types.PlacementStrategy),
			`[{"field":"attribute:ecs.availability-zone","type":"spread"},{"field":"memory","type":"binpack"}]`},
		{"quotes that the shell left", []string{`type="spread",field='attribute:ecs.availability-zone'`}, new([]types.PlacementStrategy),
			`[{"field":"attribute:ecs.availability-zone","type":"spread"}]`},
		{"JSON list", []string{`[{"type":"random"},{"Type":"binpack","field":"cpu"},]`}, new([]types.PlacementStrategy),
			`[{"type":"random"},{"field":"cpu","type":"binpack"}]`},
		{"JSON object for a list", []string{`{"type":"random"}`}, new([]types.PlacementStrategy), `[{"type":"random"}]`},
		{"expression", []string{"type=memberOf,expression=attribute:ecs.instance-type == g2.2xlarge"}, new([]types.PlacementConstraint),
			`[{"expression":"attribute:ecs.instance-type == g2.2xlarge","type":"memberOf"}]`},
		{"expression with brackets", []string{"expression=attribute:ecs.availability-zone in [us-east-1a, us-east-1b],type=memberOf"}, new([]types.PlacementConstraint),
			`[{"expression":"attribute:ecs.availability-zone in [us-east-1a, us-east-1b]","type":"memberOf"}]`},
		{"expression with parentheses", []string{"type=memberOf,expression=(attribute:ecs.instance-type == t2.small or attribute:ecs.instance-type == t2.medium) and attribute:ecs.availability-zone != us-east-1d"}, new([]types.PlacementConstraint),
			`[{"expression":"(attribute:ecs.instance-type == t2.small or attribute:ecs.instance-type == t2.medium) and attribute:ecs.availability-zone != us-east-1d","type":"memberOf"}]`},
		{"expression with quotes", []string{`type=memberOf,expression=ec2InstanceId in ['i-1', "i-2"] and task:group == 'service:a,b'`}, new([]types.PlacementConstraint),
			`[{"expression":"ec2InstanceId in ['i-1', \"i-2\"] and task:group == 'service:a,b'","type":"memberOf"}]`},
		{"expression that begins with a quote", []string{`type=memberOf,expression="attribute:x in [a, b]"`}, new([]types.PlacementConstraint),
			`[{"expression":"attribute:x in [a, b]","type":"memberOf"}]`},
		{"constraint without expression", []string{"type=distinctInstance"}, new([]types.PlacementConstraint), `[{"type":"distinctInstance"}]`},
		{"deployment configuration", []string{"maximumPercent=200,minimumHealthyPercent=50,deploymentCircuitBreaker={enable=true,rollback=true}"}, new(types.DeploymentConfiguration),
			`{"deploymentCircuitBreaker":{"enable":true,"rollback":true},"maximumPercent":200,"minimumHealthyPercent":50}`},
		{"PascalCase and spaces", []string{"MaximumPercent = 200, minimumHealthyPercent = 50"}, new(types.DeploymentConfiguration),
			`{"maximumPercent":200,"minimumHealthyPercent":50}`},
		{"network", []string{"awsvpcConfiguration={subnets=[a,b],securityGroups=[c],assignPublicIp=DISABLED}"}, new(types.NetworkConfiguration),
			`{"awsvpcConfiguration":{"assignPublicIp":"DISABLED","securityGroups":["c"],"subnets":["a","b"]}}`},
		{"network without brackets", []string{"awsvpcConfiguration={subnets=a,b,securityGroups=c}"}, new(types.NetworkConfiguration),
			`{"awsvpcConfiguration":{"securityGroups":["c"],"subnets":["a","b"]}}`},
		{"network as JSON", []string{`{"awsvpcConfiguration":{"subnets":["a"]}}`}, new(types.NetworkConfiguration),
			`{"awsvpcConfiguration":{"subnets":["a"]}}`},
		{"load balancers", []string{"targetGroupArn=arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/1,containerName=web,containerPort=80"}, new([]types.LoadBalancer),
			`[{"containerName":"web","containerPort":80,"targetGroupArn":"arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/x/1"}]`},
		{"capacity providers", []string{"capacityProvider=FARGATE,weight=1,base=2", "capacityProvider=FARGATE_SPOT,weight=3"}, new([]types.CapacityProviderStrategyItem),
			`[{"base":2,"capacityProvider":"FARGATE","weight":1},{"base":0,"capacityProvider":"FARGATE_SPOT","weight":3}]`},
		{"overrides", []string{`containerOverrides=[{name=web,command=[sh,-c,"echo a, b"],environment=[{name=PORT,value=8080},{name=T,value=007}],memory=512}],cpu=.5 vCPU`}, new(types.TaskOverride),
			`{"containerOverrides":[{"command":["sh","-c","echo a, b"],"environment":[{"name":"PORT","value":"8080"},{"name":"T","value":"007"}],"memory":512,"name":"web"}],"cpu":"512"}`},
		{"overrides as JSON", []string{`{"containerOverrides":[{"name":"web","command":["sh"]}]}`}, new(types.TaskOverride),
			`{"containerOverrides":[{"command":["sh"],"name":"web"}]}`},
		{"tags", []string{"key=a,value=b", "key=n,value=1", "key=empty,value="}, new([]types.Tag),
			`[{"key":"a","value":"b"},{"key":"n","value":"1"},{"key":"empty","value":""}]`},
		{"value with an equals sign", []string{"key=a,value=b=c"}, new([]types.Tag), `[{"key":"a","value":"b=c"}]`},
		{"plain list", []string{"FARGATE", "FARGATE_SPOT"}, new([]string), `["FARGATE","FARGATE_SPOT"]`},
		{"nothing", nil, new([]types.Tag), `[]`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := taskdef.Shorthand(c.values, c.into); err != nil {
				t.Fatal(err)
			}
			got, err := wire.Encode(c.into)
			if err != nil {
				t.Fatal(err)
			}
			if canonicalJSON(t, got) != canonicalJSON(t, []byte(c.want)) {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestShorthandRefuses(t *testing.T) {
	for _, c := range []struct {
		value string
		into  any
		want  string // the error
		mark  string // what the caret stands under, or "" for the end
	}{
		{"type=spread,fild=memory", new([]types.PlacementStrategy), `at character 13: unknown key "fild"; did you mean "field"?`, "fild"},
		{"spread", new([]types.PlacementStrategy), `at character 1: expected KEY=VALUE, got "spread"`, "spread"},
		{"type=spread,", new([]types.PlacementStrategy), "", ""},
		{"type=spread,field=a,b", new([]types.PlacementStrategy), `at character 21: expected KEY=VALUE, got "b"`, "b"},
		{"type=spread,type=random", new([]types.PlacementStrategy), `at character 13: "type" is here twice`, "type=random"},
		{"maximumPercent=x", new(types.DeploymentConfiguration), `at character 16: maximumPercent: expected an integer, got the string "x"`, "x"},
		{"deploymentCircuitBreaker={enable=true", new(types.DeploymentConfiguration), `at the end: expected "}" for the "{" at character 26`, ""},
		{"deploymentCircuitBreaker=true", new(types.DeploymentConfiguration), `at character 26: expected { and the members of an object, got "true"`, "true"},
		{"awsvpcConfiguration={subnets=[a,b}", new(types.NetworkConfiguration), `at the end: expected "]" for the "[" at character 30`, ""},
		{`[{"type":"spread"}`, new([]types.PlacementStrategy), `at the end: not JSON: the text ends before the ']' of the list that begins at line 1, column 1`, ""},
		{`[{"typ":"spread"}]`, new([]types.PlacementStrategy), `at character 3: unknown key "typ"; did you mean "type"?`, `"typ"`},
	} {
		err := taskdef.Shorthand([]string{c.value}, c.into)
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.value, err)
			}
			continue
		}
		if err == nil || err.Error() != c.want {
			t.Errorf("%s\n got %v\nwant %s", c.value, err, c.want)
			continue
		}
		var short *taskdef.ShorthandError
		if !errors.As(err, &short) || hint.KindOf(err) != hint.Usage {
			t.Fatalf("%s: %T is no usage error", c.value, err)
		}
		if !strings.HasPrefix(c.value[short.Offset:], c.mark) || c.mark == "" && short.Offset != len(c.value) {
			t.Errorf("%s: the caret is wrong:\n%s", c.value, short.Mark())
		}
	}
	if err := taskdef.Shorthand([]string{"maximumPercent=1", "maximumPercent=2"}, new(types.DeploymentConfiguration)); err == nil {
		t.Error("two values for one structure were accepted")
	}
}
