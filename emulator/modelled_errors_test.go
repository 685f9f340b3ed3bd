package emulator_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/wire"
)

// never says why an error that the model has does not occur here. The key is the
// error, or the operation and the error.
var never = map[string]string{
	"AccessDenied":       "nobody is forbidden anything",
	"Server":             "it is a fault of the emulator's own",
	"Blocked":            "no account is blocked",
	"MissingVersion":     "agents without a version have no newer one either",
	"UnsupportedFeature": "no feature is missing in a Region; what the emulator lacks is refused where it is asked for",
	"UpdateInProgress":   "an update takes no time",

	"CreateCapacityProvider LimitExceeded":                              "their number has no bound",
	"CreateDaemon PlatformUnknown":                                      "it names no platform version",
	"CreateExpressGatewayService PlatformUnknown":                       "it names no platform version",
	"UpdateDaemon PlatformUnknown":                                      "it names no platform version",
	"CreateExpressGatewayService PlatformTaskDefinitionIncompatibility": "it runs on the latest platform version",
	"CreateGateway LimitExceeded":                                       "their number has no bound",
	"DeleteTaskSet LimitExceeded":                                       "it makes none",
	"UpdateTaskSet LimitExceeded":                                       "it makes none",
	"DescribeDaemonDeployments ClusterNotFound":                         "those that are not there are failures (ECS semantics 8.5)",
	"DescribeDaemonRevisions ClusterNotFound":                           "those that are not there are failures (ECS semantics 8.5)",
	"DescribeServiceDeployments ClusterNotFound":                        "those that are not there are failures (ECS semantics 8.5)",
	"DescribeServiceDeployments ServiceNotFound":                        "those that are not there are failures (ECS semantics 8.5)",
	"DescribeServiceRevisions ClusterNotFound":                          "those that are not there are failures (ECS semantics 8.5)",
	"DescribeServiceRevisions ServiceNotFound":                          "those that are not there are failures (ECS semantics 8.5)",
	"GetTaskProtection ResourceNotFound":                                "tasks that are not there are failures (ECS semantics 8.5)",
	"UpdateTaskProtection ResourceNotFound":                             "tasks that are not there are failures (ECS semantics 8.5)",
	"CreateTaskSet NamespaceNotFound":                                   "a task set names no namespace",
	"StartTask NamespaceNotFound":                                       "it names no namespace",
	"RegisterDaemonTaskDefinition LimitExceeded":                        "it is a million revisions",
	"RegisterTaskDefinition LimitExceeded":                              "it is a million revisions (ECS semantics 11)",
	"UpdateService PlatformUnknown":                                     "TestPlatformVersions",
	"UpdateService PlatformTaskDefinitionIncompatibility":               "TestPlatformVersions",
}

// sent sends a request of ECS, given as AWS JSON, through the SDK's client.
func (r *rig) sent(operation, body string) error {
	r.t.Helper()
	call := reflect.ValueOf(r.ecs).MethodByName(operation)
	if !call.IsValid() {
		r.t.Fatalf("%s is no operation", operation)
	}
	in := reflect.New(call.Type().In(1).Elem())
	if err := wire.Decode([]byte(body), in.Interface()); err != nil {
		r.t.Fatalf("%s %s: %v", operation, body, err)
	}
	err, _ := call.Call([]reflect.Value{reflect.ValueOf(r.t.Context()), in, reflect.ValueOf(once)})[1].Interface().(error)
	return err
}

// once keeps the SDK's client from trying again, as it does when a limit is exceeded.
func once(o *ecs.Options) { o.RetryMaxAttempts = 1 }

// isModelled reports whether the SDK knows the error as the type of that name.
func isModelled(err error, name string) bool {
	entry := ecs.TypeRegistry.Entries["com.amazonaws.ecs#"+name]
	if entry == nil {
		return false
	}
	target := reflect.New(reflect.TypeOf(entry.New()))
	return errors.As(err, target.Interface())
}

// TestModelledErrors is that every error which the model of ECS has for an
// operation is brought up by some request, as the SDK's own type, or that it is said
// why it does not occur. The other way round, no test of this package gets one that
// the model does not have: see witness.
func TestModelledErrors(t *testing.T) {
	r := ephemeral(t)
	r.modelledWorld()
	fill := r.modelledNames()
	seen := map[string]bool{}
	for line := range strings.Lines(strings.TrimSpace(provoking)) {
		part := strings.SplitN(strings.TrimSpace(line), " ", 3)
		operation, name := part[0], part[1]+"Exception"
		seen[operation+" "+part[1]], seen[part[1]] = true, true
		t.Run(operation+" "+part[1], func(t *testing.T) {
			if err := r.sent(operation, fill.Replace(part[2])); !isModelled(err, name) {
				t.Errorf("want the SDK's %s, got %v", name, err)
			}
		})
	}
	for _, operation := range operationsOf[ecs.Client]() {
		if _, ok := modelled[operation]; !ok {
			t.Errorf("the errors of %s are not told", operation)
		}
		for name := range strings.FieldsSeq(modelled[operation]) {
			pair := operation + " " + name
			if !seen[pair] && never[pair] == "" && never[name] == "" {
				t.Errorf("no request brings up %s", pair)
			}
			if seen[pair] && never[pair] != "" {
				t.Errorf("%s is said not to occur, but does", pair)
			}
		}
	}
	for shape := range ecs.TypeRegistry.Entries {
		name, ok := strings.CutSuffix(strings.TrimPrefix(shape, "com.amazonaws.ecs#"), "Exception")
		if ok && !seen[name] && never[name] == "" {
			t.Errorf("no request brings up %s", name)
		}
	}
}

// modelledNames are what the requests cannot know: ids, and what is too long.
func (r *rig) modelledNames() *strings.Replacer {
	r.t.Helper()
	instances := must[*ecs.ListContainerInstancesOutput](r.t)(r.ecs.ListContainerInstances(r.t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()}))
	service := r.describe()
	var tags []string
	for i := range 51 {
		tags = append(tags, fmt.Sprintf(`{"key":"k%d","value":"v"}`, i))
	}
	run := must[*ecs.RunTaskOutput](r.t)(r.ecs.RunTask(r.t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: new("bridge")}))
	return strings.NewReplacer("INSTANCE", instances.ContainerInstanceArns[0], "DEPLOYMENT", *service.CurrentServiceDeployment,
		"PENDING", *run.Tasks[0].TaskArn, "TAGS", strings.Join(tags, ","))
}

// TestPlatformVersions is that a platform version of Fargate has to be there and to
// have what the task needs.
func TestPlatformVersions(t *testing.T) {
	r := ephemeral(t)
	r.ok("CreateCluster", `{"clusterName":"demo"}`)
	r.definitions()
	const network = `"networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-0defa01700000000a"]}}`
	r.ok("CreateService", `{"cluster":"demo","serviceName":"web","taskDefinition":"fargate","desiredCount":1,"launchType":"FARGATE","platformVersion":"1.3.0",`+network+`}`)
	for body, name := range map[string]string{
		`{"cluster":"demo","service":"web","platformVersion":"2.0.0"}`:   "PlatformUnknownException",
		`{"cluster":"demo","service":"web","taskDefinition":"efs"}`:      "PlatformTaskDefinitionIncompatibilityException",
		`{"cluster":"demo","service":"web","enableExecuteCommand":true}`: "PlatformTaskDefinitionIncompatibilityException",
		`{"cluster":"demo","service":"web","platformVersion":"1.0.0"}`:   "PlatformTaskDefinitionIncompatibilityException",
	} {
		if err := r.sent("UpdateService", body); !isModelled(err, name) {
			t.Errorf("%s: want %s, got %v", body, name, err)
		}
	}
	r.ok("UpdateService", `{"cluster":"demo","service":"web","taskDefinition":"efs","platformVersion":"1.4.0"}`)
}
