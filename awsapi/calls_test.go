package awsapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/logs"
)

func TestListsArePagedThrough(t *testing.T) {
	e := serve(t, map[string][]answer{"ListTasks": {
		{body: `{"taskArns":["a","b"],"nextToken":"1"}`}, {body: `{"taskArns":[],"nextToken":"2"}`}, {body: `{"taskArns":["c"]}`},
	}})
	list, err := connect(t, e).ListTasks(t.Context(), &awsecs.ListTasksInput{Cluster: aws.String("prod"), ServiceName: aws.String("web")})
	if err != nil || !slices.Equal(list, []ecs.ARN{"a", "b", "c"}) {
		t.Fatalf("got %v, %v", list, err)
	}
	asked := e.asked("ListTasks")
	if len(asked) != 3 || asked[2].body["nextToken"] != "2" || asked[2].body["cluster"] != "prod" {
		t.Errorf("asked %v", asked)
	}
}

func TestAListThatNeverEndsEnds(t *testing.T) {
	e := serve(t, map[string][]answer{"ListClusters": {{body: `{"clusterArns":["a"],"nextToken":"same"}`}}})
	if list, err := connect(t, e).ListClusters(t.Context()); err != nil || len(list) != 2 {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestDescriptionsGoInBatches(t *testing.T) {
	e := serve(t, map[string][]answer{
		"DescribeServices": {{body: `{"services":[{"serviceName":"web","runningCount":1}],"failures":[{"arn":"x","reason":"MISSING"}]}`}},
		"DescribeTasks":    {{body: `{"tasks":[]}`}},
	})
	c := connect(t, e)
	found, failures, err := c.DescribeServices(t.Context(), "", make([]string, 21))
	if err != nil || len(found) != 3 || len(failures) != 3 || len(e.asked("DescribeServices")) != 3 {
		t.Errorf("%d services, %d failures in %d calls, %v", len(found), len(failures), len(e.asked("DescribeServices")), err)
	}
	if _, _, err := c.DescribeTasks(t.Context(), "", make([]string, 101)); err != nil || len(e.asked("DescribeTasks")) != 2 {
		t.Errorf("%d calls, %v", len(e.asked("DescribeTasks")), err)
	}
}

// The words, the kind and the next step of what ECS refuses.
func TestRefusals(t *testing.T) {
	ctx := context.Background()
	create := func(c *awsapi.Client) error {
		_, err := c.CreateService(ctx, &awsecs.CreateServiceInput{Cluster: aws.String("prod"), ServiceName: aws.String("web"), TaskDefinition: aws.String("api:7")})
		return err
	}
	run := func(c *awsapi.Client) error {
		_, _, err := c.RunTask(ctx, &awsecs.RunTaskInput{TaskDefinition: aws.String("api:7")})
		return err
	}
	update := func(c *awsapi.Client) error {
		_, err := c.UpdateService(ctx, &awsecs.UpdateServiceInput{Service: aws.String("web")})
		return err
	}
	for _, tt := range []struct {
		name string
		op   string
		call func(*awsapi.Client) error
		says answer
		kind hint.Kind
		want string
		next string
	}{
		{"cluster", "CreateService", create, refusal("ClusterNotFoundException", "Cluster not found."), hint.NotFound,
			`cannot create the service web: cluster "prod" not found`, "gantry create-cluster prod"},
		{"namespaced code", "CreateService", create, refusal("com.amazonaws.ecs#ClusterNotFoundException", "Cluster not found."), hint.NotFound,
			`cannot create the service web: cluster "prod" not found`, "gantry create-cluster prod"},
		{"definition", "CreateService", create, refusal("ClientException", "TaskDefinition not found."), hint.NotFound,
			`cannot create the service web: task definition "api:7" not found`, "gantry list task-definitions"},
		{"inactive definition", "CreateService", create, refusal("ClientException", "TaskDefinition is inactive"), hint.NotFound,
			"cannot create the service web: TaskDefinition is inactive (ClientException)", "gantry register FILE"},
		{"exists", "CreateService", create, refusal("InvalidParameterException", "Creation of service was not idempotent."), hint.Conflict,
			"cannot create the service web: Creation of service was not idempotent (InvalidParameterException)", "gantry update web --cluster prod"},
		{"parameter", "CreateService", create, refusal("InvalidParameterException", "maximumPercent must be more."), hint.Invalid,
			"cannot create the service web: maximumPercent must be more (InvalidParameterException)", ""},
		{"no instances", "RunTask", run, refusal("InvalidParameterException", "No Container Instances were found in your cluster."), hint.NotFound,
			"cannot run api:7: No Container Instances were found in your cluster (InvalidParameterException)", "--launch-type FARGATE"},
		{"another strategy", "UpdateService", update, refusal("InvalidParameterException", "When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment."), hint.Invalid,
			"cannot update the service web: When switching from launch type to capacity provider strategy on an existing service, or making a change to a capacity provider strategy on a service that is already using one, you must force a new deployment (InvalidParameterException)", "--force-new-deployment"},
		{"denied", "RunTask", run, refusal("AccessDeniedException", "User x is not authorized to perform: ecs:RunTask"), hint.Denied,
			"cannot run api:7: User x is not authorized to perform: ecs:RunTask (AccessDeniedException)", "--profile"},
		{"expired", "RunTask", run, refusal("ExpiredTokenException", "The security token included in the request is expired"), hint.Denied,
			"cannot run api:7: The security token included in the request is expired (ExpiredTokenException)", "sign in again"},
		{"failed cluster", "CreateService", create, refusal("ClusterFailedException", "Cluster prod stands still."), hint.Unexpected,
			"cannot create the service web: Cluster prod stands still (ClusterFailedException)", "gantry delete-cluster prod; or make the whole world fresh with: gantry emulator reset"},
		{"failed request", "CreateService", create, refusal("ServerException", "the emulator failed on this request: a fault"), hint.Throttled,
			"cannot create the service web: the emulator failed on this request: a fault (ServerException)", "nothing was changed"},
		{"unsupported", "RunTask", run, refusal("UnknownOperationException", ""), hint.Unexpected,
			"cannot run api:7: the request was refused (UnknownOperationException)", ""},
		{"not AWS", "RunTask", run, answer{status: http.StatusNotFound, body: "<html>nothing here", html: true}, hint.Unexpected,
			"cannot run api:7: the endpoint answered 404 Not Found, which is not in AWS's protocol", "serves Amazon ECS"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := serve(t, map[string][]answer{tt.op: {tt.says}, "GET /_gantry/clock": {{status: 404}}})
			err := tt.call(connect(t, e))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
			if kind := hint.KindOf(err); kind != tt.kind {
				t.Errorf("kind %s, want %s", kind, tt.kind)
			}
			if next := hint.Of(err); !strings.Contains(next, tt.next) || tt.next == "" && next != "" {
				t.Errorf("next: %q, want %q in it", next, tt.next)
			}
		})
	}
}

func TestUnsupported(t *testing.T) {
	for name, says := range map[string]answer{
		"by name": refusal("UnknownOperationException", "no"),
		"by HTML": {status: http.StatusInternalServerError, body: "<html>", html: true},
	} {
		t.Run(name, func(t *testing.T) {
			e := serve(t, map[string][]answer{"ListServiceDeployments": {says}})
			_, err := connect(t, e).ListServiceDeployments(t.Context(), &awsecs.ListServiceDeploymentsInput{Service: aws.String("web")})
			if refused, ok := errors.AsType[*awsapi.Error](err); !ok || !refused.Unsupported() {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestThrottlingIsRetried(t *testing.T) {
	e := serve(t, map[string][]answer{"ListClusters": {refusal("ThrottlingException", "Rate exceeded"), {body: `{"clusterArns":["a"]}`}}})
	if list, err := connect(t, e).ListClusters(t.Context()); err != nil || len(list) != 1 {
		t.Errorf("got %v, %v", list, err)
	}
}

func TestNobodyListens(t *testing.T) {
	e := serve(t, nil)
	c := connect(t, e)
	e.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := c.ListClusters(ctx)
	if hint.KindOf(err) != hint.Throttled || !strings.Contains(err.Error(), "no connection to "+e.URL) || !strings.Contains(hint.Of(err), "emulator serve") {
		t.Errorf("got %v of kind %s, next: %s", err, hint.KindOf(err), hint.Of(err))
	}
}

func TestTheCallersContextIsNoFailure(t *testing.T) {
	e := serve(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := connect(t, e).ListClusters(ctx); !errors.Is(err, context.Canceled) || hint.KindOf(err) != hint.Unexpected {
		t.Errorf("got %v of kind %s", err, hint.KindOf(err))
	}
}

func TestDefinitionsKeepTheirWholeDocument(t *testing.T) {
	e := serve(t, map[string][]answer{"DescribeTaskDefinition": {{body: `{"taskDefinition":{"family":"web","revision":3,"taskDefinitionArn":"arn:web:3",
		"containerDefinitions":[{"name":"app","image":"web","ulimits":[{"name":"nofile","softLimit":1,"hardLimit":2}]}]},"tags":[{"key":"team","value":"x"}]}`}}})
	def, err := connect(t, e).DescribeTaskDefinition(t.Context(), "web")
	if err != nil || def.Name() != "web:3" || len(def.Tags) != 1 || !strings.Contains(string(def.Document), `"ulimits"`) {
		t.Errorf("got %+v, %v", def, err)
	}
}

func TestServiceDeploymentsAreNewestFirst(t *testing.T) {
	e := serve(t, map[string][]answer{"ListServiceDeployments": {{body: `{"serviceDeployments":[
		{"serviceDeploymentArn":"old","createdAt":1,"status":"SUCCESSFUL"},{"serviceDeploymentArn":"new","createdAt":2,"status":"IN_PROGRESS","targetServiceRevisionArn":"r"}]}`}}})
	list, err := connect(t, e).ListServiceDeployments(t.Context(), &awsecs.ListServiceDeploymentsInput{Service: aws.String("web")})
	if err != nil || len(list) != 2 || list[0].ARN != "new" || list[0].TargetServiceRevision == nil || list[0].TargetServiceRevision.ARN != "r" {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestRepositoriesAndTheirRegistry(t *testing.T) {
	const uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/web"
	repository := fmt.Sprintf(`{"repositoryName":"web","repositoryUri":%q}`, uri)
	e := serve(t, map[string][]answer{
		"DescribeRepositories":  {refusal("RepositoryNotFoundException", "no"), {body: `{"repositories":[` + repository + `]}`}},
		"CreateRepository":      {{body: `{"repository":` + repository + `}`}},
		"GetAuthorizationToken": {{body: `{"authorizationData":[{"authorizationToken":"QVdTOnNlY3JldA=="}]}`}},
	})
	c := connect(t, e)
	made, created, err := c.EnsureRepository(t.Context(), "web")
	if err != nil || !created || made.URI != uri {
		t.Fatalf("got %+v, %v, %v", made, created, err)
	}
	if _, created, err = c.EnsureRepository(t.Context(), "web"); err != nil || created {
		t.Errorf("the second time: %v, %v", created, err)
	}
	to, err := c.RegistryOf(t.Context(), made)
	if err != nil || "http://"+to.Host != e.URL || !to.PlainHTTP || to.Username != "AWS" || to.Password != "secret" {
		t.Errorf("got %+v, %v", to, err)
	}
	e.answers["GetAuthorizationToken"] = []answer{{body: `{"authorizationData":[{"authorizationToken":"%%%"}]}`}}
	if _, err := c.RegistryOf(t.Context(), made); err == nil {
		t.Error("a token that is not base64 was taken")
	}
}

func TestLogs(t *testing.T) {
	missing := refusal("ResourceNotFoundException", "The specified log group does not exist.")
	e := serve(t, map[string][]answer{
		"FilterLogEvents": {{body: `{"events":[{"eventId":"1","logStreamName":"s","timestamp":1700000000123,"ingestionTime":1700000000456,"message":"hi"}],"nextToken":"t"}`}, missing},
		"GetLogEvents":    {{body: `{"events":[{"timestamp":1700000000123,"message":"bye"}]}`}, missing},
	})
	c := connect(t, e)
	q := logs.Query{Group: "g", Streams: []string{"s"}, Start: time.UnixMilli(1700000000000)}
	page, err := c.FilterLogEvents(t.Context(), q)
	if err != nil || page.Next != "t" || len(page.Events) != 1 || page.Events[0].Timestamp.UnixMilli() != 1700000000123 || page.Events[0].Group != "g" {
		t.Fatalf("got %+v, %v", page, err)
	}
	if sent := e.asked("FilterLogEvents")[0].body; sent["startTime"] != 1.7e12 || sent["endTime"] != nil {
		t.Errorf("asked %v", sent)
	}
	if page, err = c.FilterLogEvents(t.Context(), q); err != nil || len(page.Events) != 0 {
		t.Errorf("a group that is not there yet: %+v, %v", page, err)
	}
	q.Streams = []string{"s", "t"}
	if _, err = c.FilterLogEvents(t.Context(), q); hint.KindOf(err) != hint.NotFound {
		t.Errorf("one of two streams that is not there yet: %v", err)
	}
	last, err := c.LastLogEvents(t.Context(), "g", "s", 10)
	if err != nil || len(last) != 1 || last[0].Message != "bye" {
		t.Errorf("got %+v, %v", last, err)
	}
	if last, err = c.LastLogEvents(t.Context(), "g", "s", 10); err != nil || len(last) != 0 {
		t.Errorf("a stream that is not there: %+v, %v", last, err)
	}
}

func TestEmulatorsOwnRequests(t *testing.T) {
	e := serve(t, map[string][]answer{
		"GET /_gantry/clock":                          {{body: `{"now":"2026-11-23T06:36:01.5Z","speed":10,"speedText":"10"}`}},
		"POST /_gantry/clock":                         {{body: `{"now":"2026-11-23T06:36:01.5Z","speedText":"max"}`}},
		"GET /_gantry/unplaced?cluster=c&service=web": {{body: `{"instances":[{"containerInstanceArn":"i","reason":"RESOURCE:CPU","detail":"needs 512"}]}`}},
		"POST /_gantry/instances":                     {{body: `{"containerInstanceArns":["a","b"]}`}, refusal("InvalidParameterException", `unknown instance type "t9.small"; did you mean t3.small`), refusal("ClusterNotFoundException", "Cluster not found.")},
		"GET /_gantry/explain?cluster=c&task=t":       {{body: `{"rule":"START_TASK","text":"told"}`}, {body: `{"rule":""}`}},
		"POST /_gantry/explain":                       {{body: `{"rule":"NOT_PLACED","text":"full"}`}},
		"POST /_gantry/reset":                         {{body: `{}`}},
		"GET /_gantry/world":                          {{body: `{"name":"default","account":"123456789012","subnets":{"us-east-1a":"subnet-1"}}`}},
	})
	c := connect(t, e)
	ctx := t.Context()
	if now := c.Now(ctx); !now.Equal(time.Date(2026, 11, 23, 6, 36, 1, 5e8, time.UTC)) || !c.IsEmulator(ctx) {
		t.Errorf("now is %s", now)
	}
	if clock, err := c.SetClock(ctx, "max"); err != nil || clock.SpeedText != "max" {
		t.Errorf("got %+v, %v", clock, err)
	}
	if reasons, err := c.Unplaced(ctx, "c", "web"); err != nil || len(reasons) != 1 || reasons[0].Reason != "RESOURCE:CPU" {
		t.Errorf("got %+v, %v", reasons, err)
	}
	if p, ok, err := c.ExplainTask(ctx, "c", "t"); err != nil || !ok || p.Text != "told" {
		t.Errorf("got %+v, %v, %v", p, ok, err)
	}
	if p, ok, err := c.ExplainTask(ctx, "c", "t"); err != nil || ok {
		t.Errorf("a task of which nothing is known: %+v, %v, %v", p, ok, err)
	}
	p, ok, err := c.ExplainRun(ctx, &awsecs.RunTaskInput{TaskDefinition: aws.String("web"), Group: aws.String("g")})
	if sent := e.asked("POST /_gantry/explain"); err != nil || !ok || p.Rule != ecs.NotPlaced || len(sent) != 1 || sent[0].body["taskDefinition"] != "web" || sent[0].body["group"] != "g" {
		t.Errorf("got %+v, %v, %v for %+v", p, ok, err, sent)
	}
	in := awsapi.NewInstances{Cluster: "c", InstanceType: "t3.small", Zones: []string{"us-east-1a"}, Count: 2}
	if list, err := c.AddInstances(ctx, in); err != nil || len(list) != 2 {
		t.Errorf("got %v, %v", list, err)
	}
	if _, err := c.AddInstances(ctx, in); hint.KindOf(err) != hint.Invalid || !strings.Contains(err.Error(), "did you mean t3.small") {
		t.Errorf("an unknown type: %v of kind %s", err, hint.KindOf(err))
	}
	if _, err := c.AddInstances(ctx, in); hint.KindOf(err) != hint.NotFound || !strings.Contains(hint.Of(err), "create-cluster c") {
		t.Errorf("an unknown cluster: %v, next: %s", err, hint.Of(err))
	}
	if err := c.Reset(ctx); err != nil {
		t.Error(err)
	}
	if world, err := c.World(ctx); err != nil || world.Subnets["us-east-1a"] != "subnet-1" {
		t.Errorf("got %+v, %v", world, err)
	}
}

func TestWhatIsNoEmulator(t *testing.T) {
	e := serve(t, map[string][]answer{"GET /_gantry/clock": {{body: "<html>", html: true}}})
	c := connect(t, e)
	if c.IsEmulator(t.Context()) || time.Since(c.Now(t.Context())) > time.Minute {
		t.Error("a page of HTML was taken for an emulator")
	}
	if _, err := c.SetClock(t.Context(), "max"); hint.KindOf(err) != hint.Usage || !strings.Contains(err.Error(), "is not a gantry emulator") {
		t.Errorf("got %v of kind %s", err, hint.KindOf(err))
	}
	if reasons, err := c.Unplaced(t.Context(), "c", "web"); err != nil || reasons != nil {
		t.Errorf("got %v, %v", reasons, err)
	}
	_, service, err1 := c.Explain(t.Context(), "c", "web")
	_, task, err2 := c.ExplainTask(t.Context(), "c", "t")
	_, run, err3 := c.ExplainRun(t.Context(), &awsecs.RunTaskInput{})
	if service || task || run || err1 != nil || err2 != nil || err3 != nil {
		t.Errorf("explained: %v %v %v; %v %v %v", service, task, run, err1, err2, err3)
	}
}
