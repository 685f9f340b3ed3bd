package emulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// A value that an enumeration or a rule does not have is refused by name, where
// a client that checks nothing would else get an empty list for an answer.
func TestValuesThatDoNotExist(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	instance := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(),
		&ecs.ListContainerInstancesInput{Cluster: aws.String("demo")})).ContainerInstanceArns[0]
	attribute := func(name, value string) string {
		text, err := json.Marshal(map[string]any{"cluster": "demo", "attributes": []any{map[string]string{"name": name, "value": value, "targetId": instance}}})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	agent := func(resources string) string { return `{"cluster":"demo","totalResources":[` + resources + `]}` }
	tests := map[string]struct{ operation, body, says string }{
		"status of definitions":   {"ListTaskDefinitions", `{"status":"GONE"}`, "status should be one of [ACTIVE,INACTIVE,DELETE_IN_PROGRESS]"},
		"order of definitions":    {"ListTaskDefinitions", `{"sort":"UP"}`, "sort should be one of [ASC,DESC]"},
		"status of families":      {"ListTaskDefinitionFamilies", `{"status":"GONE"}`, "status should be one of [ACTIVE,INACTIVE,ALL]"},
		"launch type of services": {"ListServices", `{"cluster":"demo","launchType":"MOON"}`, "launch type should be one of [EC2,FARGATE,"},
		"scheduling of services":  {"ListServices", `{"cluster":"demo","schedulingStrategy":"MOON"}`, "schedulingStrategy should be one of [REPLICA,DAEMON]"},
		"status of tasks":         {"ListTasks", `{"cluster":"demo","desiredStatus":"MOON"}`, "desired status should be one of"},
		"launch type of tasks":    {"ListTasks", `{"cluster":"demo","launchType":"MOON"}`, "launch type should be one of"},
		"status of instances":     {"ListContainerInstances", `{"cluster":"demo","status":"MOON"}`, "status should be one of"},
		"status of deployments":   {"ListServiceDeployments", `{"cluster":"demo","service":"web","status":["SUCCESSFUL","MOON"]}`, "status should be one of"},
		"include of clusters":     {"DescribeClusters", `{"include":["MOON"]}`, "include should be one of"},
		"include of services":     {"DescribeServices", `{"cluster":"demo","services":["web"],"include":["MOON"]}`, "include should be one of [TAGS]"},
		"include of tasks":        {"DescribeTasks", `{"cluster":"demo","tasks":["web"],"include":["MOON"]}`, "include should be one of [TAGS]"},
		"scheduling":              {"CreateService", `{"cluster":"demo","serviceName":"a","taskDefinition":"web","desiredCount":1,"schedulingStrategy":"MOON"}`, "schedulingStrategy should be one of [REPLICA,DAEMON]"},
		"tags of a service":       {"CreateService", `{"cluster":"demo","serviceName":"a","taskDefinition":"web","desiredCount":1,"propagateTags":"MOON"}`, "propagateTags should be one of"},
		"rebalancing":             {"UpdateService", `{"cluster":"demo","service":"web","availabilityZoneRebalancing":"MOON"}`, "availabilityZoneRebalancing should be one of [ENABLED,DISABLED]"},
		"capacity provider":       {"UpdateService", `{"cluster":"demo","service":"web","capacityProviderStrategy":[{"capacityProvider":"mine","weight":1}]}`, "not associated with the cluster"},
		"tags of a task":          {"RunTask", `{"cluster":"demo","taskDefinition":"web","propagateTags":"MOON"}`, "propagateTags should be one of"},
		"mark of a task":          {"RunTask", `{"cluster":"demo","taskDefinition":"web","startedBy":"a b"}`, "startedBy can have letters"},
		"long mark of a task":     {"StartTask", `{"cluster":"demo","taskDefinition":"web","containerInstances":["x"],"startedBy":"` + strings.Repeat("a", 37) + `"}`, "at most 36 characters"},
		"token of a task":         {"RunTask", `{"cluster":"demo","taskDefinition":"web","clientToken":"a b"}`, "at most 64 characters"},
		"token of a service":      {"CreateService", `{"cluster":"demo","serviceName":"a","taskDefinition":"web","desiredCount":1,"clientToken":"` + strings.Repeat("a", 37) + `"}`, "at most 36 characters"},
		"setting of a cluster":    {"CreateCluster", `{"clusterName":"new","settings":[{"name":"moon","value":"enabled"}]}`, "setting name should be one of [containerInsights]"},
		"its value":               {"UpdateClusterSettings", `{"cluster":"demo","settings":[{"name":"containerInsights","value":"moon"}]}`, "containerInsights should be one of [enabled,disabled,enhanced]"},
		"setting of the account":  {"PutAccountSetting", `{"name":"containerInsights","value":"moon"}`, "containerInsights should be one of"},
		"attribute name":          {"PutAttributes", attribute("a b", "c"), "Invalid attribute name"},
		"attribute value":         {"PutAttributes", attribute("a", "c "), "Invalid value"},
		"long attribute value":    {"PutAttributes", attribute("a", strings.Repeat("c", 129)), "Invalid value"},
		"override below nothing":  {"RunTask", `{"cluster":"demo","taskDefinition":"web","overrides":{"containerOverrides":[{"name":"web","cpu":-50000}]}}`, "must not be negative"},
		"the same where told":     {"StartTask", `{"cluster":"demo","taskDefinition":"web","containerInstances":["x"],"overrides":{"containerOverrides":[{"name":"web","memory":-1}]}}`, "must not be negative"},
		"no resources":            {"RegisterContainerInstance", `{"cluster":"demo"}`, "totalResources cannot be empty"},
		"less than no CPU":        {"RegisterContainerInstance", agent(`{"name":"CPU","type":"INTEGER","integerValue":-5}`), "The resource CPU in totalResources must be a number from 0 to 2147483647, but it is -5."},
		"a long way below":        {"RegisterContainerInstance", agent(`{"name":"MEMORY","type":"LONG","longValue":-1}`), "The resource MEMORY"},
		"no such port":            {"RegisterContainerInstance", agent(`{"name":"PORTS","type":"STRINGSET","stringSetValue":["22","abc"]}`), `Invalid port \"abc\" in PORTS`},
		"port out of range":       {"RegisterContainerInstance", agent(`{"name":"PORTS_UDP","type":"STRINGSET","stringSetValue":["65536"]}`), `Invalid port \"65536\" in PORTS_UDP`},
		"resource twice":          {"RegisterContainerInstance", agent(`{"name":"CPU","integerValue":5},{"name":"CPU","integerValue":6}`), "The resource CPU is given twice"},
		"attribute twice":         {"RegisterContainerInstance", agent(`{"name":"CPU","integerValue":5}],"attributes":[{"name":"a","value":"1"},{"name":"a","value":"2"}`), "The attribute a is given twice"},
		"attribute of an agent":   {"RegisterContainerInstance", agent(`{"name":"CPU","integerValue":5}],"attributes":[{"name":"a b","value":"1"}`), "Invalid attribute name"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, _, body := r.call(http.MethodPost, "/", targetECS+tt.operation, tt.body)
			if status != http.StatusBadRequest || !strings.Contains(body, `"InvalidParameterException"`) || !strings.Contains(body, tt.says) {
				t.Errorf("%d %s, want an InvalidParameterException with %q", status, body, tt.says)
			}
		})
	}
	for _, value := range []string{`c:\d e@f/g.h_i-j`, ""} {
		if status, _, body := r.call(http.MethodPost, "/", targetECS+"PutAttributes", attribute(`a\b/c.d_e-f`, value)); status != http.StatusOK {
			t.Errorf("attribute of value %q: %s", value, body)
		}
	}
}

// A refusal quotes what it refuses, but not megabytes of it.
func TestRefusalsAreShort(t *testing.T) {
	r := ephemeral(t)
	status, _, body := r.call(http.MethodPost, "/", targetECS+"CreateCluster", `{"clusterName":"`+strings.Repeat("é", 1<<20)+`"}`)
	if status != http.StatusBadRequest || len(body) > 3000 || !strings.Contains(body, `é…"`) {
		t.Errorf("%d with %d bytes: %.100s", status, len(body), body)
	}
}

// A task keeps its tags until it is stopped by hand (ECS semantics 8.8).
func TestAStoppedTaskLosesItsTags(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	run := must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{
		Cluster: aws.String("demo"), TaskDefinition: aws.String("web"), Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	}))
	arn := run.Tasks[0].TaskArn
	tags := func() int {
		return len(must[*ecs.ListTagsForResourceOutput](t)(r.ecs.ListTagsForResource(t.Context(),
			&ecs.ListTagsForResourceInput{ResourceArn: arn})).Tags)
	}
	if tags() != 1 {
		t.Errorf("%d tags before the stop, want 1", tags())
	}
	stopped := must[*ecs.StopTaskOutput](t)(r.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: aws.String("demo"), Task: arn}))
	if tags() != 0 || len(stopped.Task.Tags) != 0 {
		t.Errorf("%d tags after the stop", tags())
	}
}

// CloudWatch Logs refuses limits and tokens in its own words.
func TestLogsPagesInTheirOwnWords(t *testing.T) {
	r := ephemeral(t)
	if status, _, body := r.call(http.MethodPost, "/", targetLogs+"CreateLogGroup", `{"logGroupName":"g"}`); status != http.StatusOK {
		t.Fatal(body)
	}
	for body, says := range map[string]string{
		`"limit":51`:         "Value '51' at 'limit' failed to satisfy constraint",
		`"limit":0`:          "Value '0' at 'limit' failed to satisfy constraint",
		`"nextToken":"moon"`: "The specified nextToken is invalid.",
	} {
		for operation, more := range map[string]string{"DescribeLogGroups": "", "DescribeLogStreams": `"logGroupName":"g",`} {
			status, _, answer := r.call(http.MethodPost, "/", targetLogs+operation, "{"+more+body+"}")
			if status != http.StatusBadRequest || !strings.Contains(answer, `"InvalidParameterException"`) || !strings.Contains(answer, says) {
				t.Errorf("%s %s: %d %s, want %q", operation, body, status, answer, says)
			}
		}
	}
}

// A client token that was used with other parameters is a conflict in RunTask, which
// names what the first call made; the model of CreateService has none.
func TestConflictsOfTokens(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	create := func(count string) string {
		_, _, body := r.call(http.MethodPost, "/", targetECS+"CreateService",
			`{"cluster":"demo","serviceName":"web","taskDefinition":"web","clientToken":"once","desiredCount":`+count+`}`)
		return body
	}
	create("1")
	if body := create("2"); !strings.Contains(body, `"InvalidParameterException"`) || !strings.Contains(body, "client token was used before") {
		t.Error(body)
	}
	run := func(count string) string {
		_, _, body := r.call(http.MethodPost, "/", targetECS+"RunTask", `{"cluster":"demo","taskDefinition":"web","clientToken":"once","count":`+count+`}`)
		return body
	}
	run("1")
	if body := run("2"); !strings.Contains(body, `"ConflictException"`) || !strings.Contains(body, `"resourceIds":["arn:aws:ecs:us-east-1:123456789012:task/demo/`) {
		t.Error(body)
	}
}
