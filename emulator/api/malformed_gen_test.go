package api_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"gantry/awsapi/wire"
	"gantry/emulator/api"
)

// The protocols that an operation is called in.
const (
	protocolJSON = iota
	protocolCBOR
	protocolQuery
	protocolEC2
)

// call is an operation in one of its protocols.
type call struct {
	api.Answered
	protocol int
}

// String names the call in the corpus.
func (c call) String() string {
	return []string{"json", "cbor", "query", "ec2"}[c.protocol] + " " + c.Service + c.Version + " " + c.Name
}

// calls are all operations in all of their protocols.
var calls = sync.OnceValue(func() []call {
	var all []call
	for _, a := range api.AllAnswered() {
		switch {
		case a.SDK:
			all = append(all, call{a, protocolJSON})
		case a.Version == "":
			all = append(all, call{a, protocolJSON})
		case a.EC2:
			all = append(all, call{a, protocolEC2})
		default:
			all = append(all, call{a, protocolQuery})
			if a.Service != "" {
				all = append(all, call{a, protocolCBOR}, call{a, protocolJSON})
			}
		}
	}
	return all
})

// valid is a request whose members have the right types, and often a meaning: a
// tree of map[string]any, []any, string, float64, bool.
func (c call) valid(random *rand.Rand, known pool) map[string]any {
	g := &generator{random: random, sdk: c.SDK, known: known, few: random.IntN(3) > 0}
	object, _ := g.value(c.Input, c.Name, 0).(map[string]any)
	if object == nil {
		object = map[string]any{}
	}
	// What the operation is about is mostly given as it ought to be.
	var base map[string]any
	if json.Unmarshal([]byte(template(c.Name)), &base) == nil && random.IntN(5) > 0 {
		for name, v := range base {
			object[name] = v
		}
	}
	return object
}

// pool remembers what answers said, by the names of members: the ARNs and ids of
// what there is.
type pool map[string][]string

func (p pool) learn(v any, name string) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range sortedNames(v) {
			p.learn(v[key], key)
		}
	case []any:
		for _, item := range v {
			p.learn(item, name)
		}
	case string:
		if name = singular(name); v != "" && len(v) < 500 && !slices.Contains(p[name], v) {
			p[name] = append(p[name], v)
			if n := len(p[name]); n > 20 {
				p[name] = p[name][n-20:]
			}
		}
	}
}

func singular(name string) string { return strings.TrimSuffix(strings.ToLower(name), "s") }

// template is what an operation needs to be told to do something.
func template(name string) string {
	for operations, text := range map[string]string{
		"RegisterTaskDefinition":         `{"family":"web","containerDefinitions":[{"name":"web","image":"nginx:1","cpu":64,"memory":64,"portMappings":[{"containerPort":80}]}]}`,
		"CreateService":                  `{"cluster":"demo","serviceName":"other","taskDefinition":"web","desiredCount":1}`,
		"UpdateService DescribeTaskSets": `{"cluster":"demo","service":"web"}`,
		"RunTask":                        `{"cluster":"demo","taskDefinition":"web","count":1}`,
		"CreateTaskSet":                  `{"cluster":"demo","service":"sets","taskDefinition":"web","scale":{"value":50,"unit":"PERCENT"}}`,
		"UpdateTaskSet DeleteTaskSet UpdateServicePrimaryTaskSet": `{"cluster":"demo","service":"sets"}`,
		"StartTask StopTask DescribeTasks ExecuteCommand SubmitContainerStateChange SubmitTaskStateChange UpdateTaskProtection GetTaskProtection " +
			"UpdateContainerAgent PutAttributes DeleteAttributes DeregisterContainerInstance DescribeContainerInstances UpdateContainerInstancesState " +
			"UpdateClusterSettings UpdateCluster PutClusterCapacityProviders ListTasks ListServiceDeployments ListContainerInstances": `{"cluster":"demo"}`,
		"CreateCapacityProvider": `{"name":"more","autoScalingGroupProvider":{"autoScalingGroupArn":"arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:x:autoScalingGroupName/more"}}`,
		"UpdateCapacityProvider": `{"name":"group","autoScalingGroupProvider":{"managedScaling":{"status":"ENABLED","targetCapacity":80}}}`,
		"CreateTargetGroup":      `{"Name":"more","Protocol":"HTTP","Port":80,"TargetType":"instance","VpcId":"vpc-1"}`,
		"CreateLoadBalancer":     `{"Name":"more","Type":"application"}`,
		"CreateListener":         `{"Protocol":"HTTP","Port":80}`,
		"PutMetricAlarm": `{"AlarmName":"demo","MetricName":"CPUUtilization","Namespace":"AWS/ECS","Period":60,"EvaluationPeriods":1,"Threshold":1,"Statistic":"Average",
			"ComparisonOperator":"GreaterThanThreshold"}`,
		"GetMetricStatistics": `{"MetricName":"CPUUtilization","Namespace":"AWS/ECS","Period":60,"StartTime":1700000000,"EndTime":1700003600}`,
		"SetAlarmState":       `{"AlarmName":"demo","StateValue":"ALARM","StateReason":"x"}`,
		"RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy PutScheduledAction DeleteScheduledAction " +
			"DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions DescribeScalingActivities": `{"ServiceNamespace":"ecs","ResourceId":"service/demo/web","ScalableDimension":"ecs:service:DesiredCount"}`,
		"PutParameter": `{"Name":"/demo","Value":"1","Type":"String"}`, "GetParameter": `{"Name":"/demo"}`,
		"CreateLogStream DeleteLogStream DescribeLogStreams GetLogEvents FilterLogEvents DeleteRetentionPolicy PutRetentionPolicy": `{"logGroupName":"logs","logGroupIdentifier":null}`,
		"PutLogEvents": `{"logGroupName":"logs","logStreamName":"stream","logEvents":[{"timestamp":1790000000000,"message":"hello"}]}`,
		"DescribeImages ListImages BatchGetImage BatchDeleteImage BatchCheckLayerAvailability InitiateLayerUpload PutLifecyclePolicy GetLifecyclePolicy SetRepositoryPolicy " +
			"GetRepositoryPolicy DeleteRepositoryPolicy DeleteLifecyclePolicy PutImageTagMutability PutImageScanningConfiguration GetDownloadUrlForLayer": `{"repositoryName":"team/web","registryId":"123456789012"}`,
		"UploadLayerPart": `{"repositoryName":"team/web","registryId":null,"partFirstByte":0,"partLastByte":4,"layerPartBlob":"aGVsbG8="}`,
		"PutImage":        `{"repositoryName":"team/web","registryId":null,"imageManifest":"{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}"}`,
	} {
		if slices.Contains(strings.Fields(operations), name) {
			return text
		}
	}
	return ""
}

// malformed are n requests that are wrong in one way or a few.
func (c call) malformed(random *rand.Rand, known pool, n int) [][]byte {
	var bodies [][]byte
	for range n {
		tree := c.valid(random, known)
		for range random.IntN(3) {
			spoil(random, tree)
		}
		body := c.encode(tree)
		switch random.IntN(8) {
		case 0:
			body = body[:random.IntN(len(body)+1)]
		case 1:
			for range 1 + random.IntN(4) {
				if len(body) > 0 {
					body[random.IntN(len(body))] = byte(random.Uint32())
				}
			}
		case 2: // a member twice
			if c.protocol == protocolJSON && len(body) > 2 {
				body = slices.Concat(body[:len(body)-1], []byte(","), body[1:])
			}
		}
		bodies = append(bodies, body)
	}
	return bodies
}

// evil are values that hardly a member may have.
func evil(random *rand.Rand) any {
	list := []any{
		nil, true, false, 0.0, -1.0, 1.5, 2147483648.0, -2147483649.0, 9007199254740993.0, 9223372036854775808.0, 1e300, -1e300, 5e-324,
		"", " ", "\x00", "\xff\xfe", "\u202e", "💥", "NaN", "-0", "1e999", "../../x", "arn:aws:ecs:us-east-1:123456789012:", ":::::::::", "a/b/c/d",
		strings.Repeat("long", 300), "%s%n{}", "\"", "'", "<x>&amp;]]>", "\r\n", "1970-01-01T00:00:00Z", "9999999999999999999999", "[]", "{}", "null",
		[]any{}, []any{nil}, []any{[]any{}}, []any{map[string]any{}}, map[string]any{}, map[string]any{"": nil}, map[string]any{"1": "x", "member": []any{}},
	}
	return list[random.IntN(len(list))]
}

// spoil puts something evil into a tree, anywhere.
func spoil(random *rand.Rand, tree map[string]any) {
	var places []func(any)
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, key := range sortedNames(v) {
				places = append(places, func(x any) { v[key] = x })
				walk(v[key])
			}
		case []any:
			for i := range v {
				places = append(places, func(x any) { v[i] = x })
				walk(v[i])
			}
		}
	}
	walk(tree)
	if len(places) > 0 {
		places[random.IntN(len(places))](evil(random))
	}
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// generator makes requests.
type generator struct {
	random *rand.Rand
	sdk    bool
	known  pool
	few    bool // hardly more than the template
}

func (g *generator) one(values ...string) string { return values[g.random.IntN(len(values))] }

// text is what a member of that name may say: the name of something that is there,
// of something else, or neither.
func (g *generator) text(name string) string {
	if g.random.IntN(6) == 0 {
		return g.one("", "x", "nosuch", "demo", "web", "arn:aws:ecs:us-east-1:123456789012:cluster/demo", "0", "-1", "true", "1024", "https://example.com/", "*")
	}
	if learnt := g.known[singular(name)]; len(learnt) > 0 && g.random.IntN(3) > 0 {
		return g.one(learnt...)
	}
	lower := strings.ToLower(name)
	arn := func(service, resource string) string {
		return "arn:aws:" + service + ":us-east-1:123456789012:" + resource
	}
	for _, known := range []struct {
		part   string
		values []string
	}{
		{"taskdefinition", []string{"web", "web:1", arn("ecs", "task-definition/web:1"), "nosuch:3"}},
		{"family", []string{"web", "other", "web"}},
		{"clusterarn", []string{arn("ecs", "cluster/demo")}},
		{"cluster", []string{"demo", "default", arn("ecs", "cluster/demo")}},
		{"servicenamespace", []string{"ecs"}},
		{"scalabledimension", []string{"ecs:service:DesiredCount"}},
		{"resourceid", []string{"service/demo/web"}},
		{"resourcearn", []string{arn("ecs", "cluster/demo"), arn("ecs", "service/demo/web"), arn("ecr", "repository/team/web"), arn("logs", "log-group:logs"), arn("ecs", "task-definition/web:1")}},
		{"repositoryname", []string{"team/web", "other"}},
		{"loggroup", []string{"logs", "/ecs/web"}},
		{"logstream", []string{"stream", "other"}},
		{"service", []string{"web", "sets", "ecs", arn("ecs", "service/demo/web")}},
		{"rolearn", []string{arn("iam", "role/demo"), "arn:aws:iam::123456789012:role/demo"}},
		{"role", []string{"demo", "other"}},
		{"alarm", []string{"demo", "other"}},
		{"secret", []string{"demo", "hush"}},
		{"targetgrouparn", []string{arn("elasticloadbalancing", "targetgroup/web/0123456789abcdef")}},
		{"subnet", []string{"subnet-0123456789abcdef0", "subnet-x"}},
		{"zone", []string{"us-east-1a", "us-east-1z"}},
		{"image", []string{"nginx:1", "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/web:v1", "@", "a@sha256:x", ":"}},
		{"cpu", []string{"256", "1024", "0.25 vcpu", "x"}},
		{"memory", []string{"512", "1 GB"}},
		{"token", []string{"", "x", "AAAA", "eyJ9"}},
		{"pattern", []string{"", "ERROR", "{ $.a = 1 }", "%a+%", "?a ?b -c", "\"", "[a, b=1, ...]"}},
		{"policy", []string{"{}", `{"Version":"2012-10-17","Statement":[]}`, "x", `{"rules":[]}`}},
		{"document", []string{"{}", `{"instanceId":"i-1","instanceType":"t3.small","region":"us-east-1","availabilityZone":"us-east-1a"}`}},
		{"digest", []string{"sha256:" + strings.Repeat("a", 64), "sha256:x"}},
		{"expression", []string{"attribute:ecs.instance-type == t3.small", "runningTasksCount > 0", "((", "a"}},
		{"manifest", []string{`{"schemaVersion":2,"layers":[]}`, "{}", "x"}},
		{"version", []string{"1", "$LATEST", "AWSCURRENT", "LATEST"}},
		{"key", []string{"k", "Name", "aws:x", "availability-zone"}},
		{"value", []string{"v", "enabled", "disabled", "1"}},
		{"name", []string{"web", "demo", "containerInsights", "taskLongArnFormat", "other", "group", "/demo"}},
		{"arn", []string{arn("ecs", "container-instance/demo/0123456789abcdef0123456789abcdef"), arn("ecs", "task/demo/0123456789abcdef0123456789abcdef"), arn("ecs", "service/demo/web")}},
	} {
		if strings.Contains(lower, known.part) {
			return g.one(known.values...)
		}
	}
	return g.one("web", "demo", "x", "", "1", "ACTIVE", "ENABLED", "a.b:c/d")
}

func (g *generator) value(t reflect.Type, name string, depth int) any {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == reflect.TypeFor[time.Time]() {
		return float64(1_700_000_000 + g.random.IntN(100_000_000))
	}
	switch t.Kind() {
	case reflect.String:
		if values := wire.EnumValues(t); len(values) > 0 && g.random.IntN(8) > 0 {
			return g.one(values...)
		}
		return g.text(name)
	case reflect.Bool:
		return g.random.IntN(2) == 0
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Float32, reflect.Float64:
		return []float64{0, 1, 2, 10, 80, 100, 256, 1024, 65535, -1, 2147483647, 1e12}[g.random.IntN(12)]
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return g.one("", "aGVsbG8=", "x")
		}
		list := []any{}
		for range g.random.IntN(3) {
			list = append(list, g.value(t.Elem(), name, depth+1))
		}
		return list
	case reflect.Map:
		object := map[string]any{}
		for range g.random.IntN(3) {
			object[g.text("key")] = g.value(t.Elem(), name, depth+1)
		}
		return object
	case reflect.Struct, reflect.Interface:
		return g.object(t, depth)
	}
	return nil
}

// left says to leave a member out.
func (g *generator) left(depth int) bool {
	if g.few && depth == 0 {
		return g.random.IntN(5) > 0
	}
	return g.random.IntN(2) == 0 && depth > 0 || g.random.IntN(3) == 0
}

// object has about half of its members.
func (g *generator) object(t reflect.Type, depth int) any {
	object := map[string]any{}
	if depth > 6 {
		return object
	}
	if g.sdk {
		members := wire.Members(t)
		for _, m := range members {
			if m.Kind == wire.KindUnsupported || g.left(depth) {
				continue
			}
			object[m.Name] = g.value(m.Type, m.Name, depth+1)
			if t.Kind() == reflect.Interface {
				break
			}
		}
		return object
	}
	if t.Kind() != reflect.Struct {
		return object
	}
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && f.Type.Kind() == reflect.Struct {
			if inner, ok := g.object(f.Type, depth).(map[string]any); ok {
				for name, v := range inner {
					object[name] = v
				}
			}
			continue
		}
		if !f.IsExported() || g.left(depth) {
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("shape"), ",")
		if name == "" {
			name, _, _ = strings.Cut(f.Tag.Get("json"), ",")
		}
		if name == "" {
			name = f.Name
		}
		object[name] = g.value(f.Type, name, depth+1)
	}
	return object
}

// encode writes a request in the call's protocol.
func (c call) encode(tree map[string]any) []byte {
	switch c.protocol {
	case protocolJSON:
		body, _ := json.Marshal(tree) // a tree of these can be written
		return body
	case protocolCBOR:
		return cbor.Encode(asCBOR(tree))
	}
	form := url.Values{"Action": {c.Name}, "Version": {c.Version}}
	for _, name := range sortedNames(tree) {
		c.form(form, name, tree[name])
	}
	return []byte(form.Encode())
}

func (c call) form(form url.Values, at string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for _, name := range sortedNames(v) {
			c.form(form, at+"."+name, v[name])
		}
	case []any:
		if len(v) == 0 && c.protocol == protocolQuery {
			form.Set(at, "")
		}
		for i, item := range v {
			number := strconv.Itoa(i + 1)
			if c.protocol == protocolQuery {
				number = "member." + number
			}
			c.form(form, at+"."+number, item)
		}
	case nil:
	default:
		form.Set(at, fmt.Sprint(v))
	}
}

func asCBOR(v any) cbor.Value {
	switch v := v.(type) {
	case map[string]any:
		out := cbor.Map{}
		for name, item := range v {
			out[name] = asCBOR(item)
		}
		return out
	case []any:
		out := make(cbor.List, len(v))
		for i, item := range v {
			out[i] = asCBOR(item)
		}
		return out
	case string:
		return cbor.String(v)
	case bool:
		return cbor.Bool(v)
	case float64:
		if v == math.Trunc(v) && v >= 0 && v < 1<<62 {
			return cbor.Uint(v)
		}
		return cbor.Float64(v)
	}
	return &cbor.Nil{}
}
