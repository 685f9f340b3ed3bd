package emulator_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/smithy-go"
)

const (
	targetECS  = "AmazonEC2ContainerServiceV20141113."
	targetECR  = "AmazonEC2ContainerRegistry_V20150921."
	targetLogs = "Logs_20140328."
)

// What no well-made client sends still gets an answer in AWS's form.
func TestOddRequests(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	tests := map[string]struct {
		target, body string
		status       int
		code         string
		says         string
	}{
		"no target":             {"", `{}`, 400, "MissingActionException", "X-Amz-Target"},
		"unknown service":       {"DynamoDB_20120810.ListTables", `{}`, 400, "UnknownOperationException", "DynamoDB_20120810.ListTables"},
		"unknown operation":     {targetECS + "Fly", `{}`, 400, "UnknownOperationException", "Fly"},
		"not emulated":          {targetECS + "CreateMainframe", `{}`, 400, "UnknownOperationException", "CreateMainframe"},
		"no operation":          {targetECS, `{}`, 400, "UnknownOperationException", ""},
		"target without dot":    {"nonsense", `{}`, 400, "UnknownOperationException", "nonsense"},
		"not JSON":              {targetECS + "CreateCluster", `{"clusterName":`, 400, "SerializationException", "JSON"},
		"a list":                {targetECS + "CreateCluster", `[]`, 400, "SerializationException", "object"},
		"null":                  {targetECS + "CreateCluster", `null`, 400, "SerializationException", "null"},
		"a number for a string": {targetECS + "CreateCluster", `{"clusterName":5}`, 400, "SerializationException", "clusterName"},
		"a string for a number": {targetECS + "RunTask", `{"count":"5"}`, 400, "SerializationException", "count"},
		"more text after":       {targetECS + "CreateCluster", `{} {}`, 400, "SerializationException", "end of the document"},
		"deep":                  {targetECS + "CreateCluster", strings.Repeat("[", 100_000), 400, "SerializationException", ""},
		"nothing required":      {targetECS + "CreateService", `{}`, 400, "ClusterNotFoundException", ""},
		"no service name":       {targetECS + "CreateService", `{"cluster":"demo"}`, 400, "InvalidParameterException", "service name"},
		"no definition":         {targetECS + "RunTask", `{"cluster":"demo"}`, 400, "ClientException", "TaskDefinition"},
		"no task":               {targetECS + "StopTask", `{"cluster":"demo"}`, 400, "InvalidParameterException", "task was not found"},
		"no services":           {targetECS + "DescribeServices", `{"cluster":"demo"}`, 400, "InvalidParameterException", "Services cannot be empty"},
		"no tasks":              {targetECS + "DescribeTasks", `{"cluster":"demo"}`, 400, "InvalidParameterException", "Tasks cannot be empty."},
		"no instances":          {targetECS + "DescribeContainerInstances", `{"cluster":"demo"}`, 400, "ClientException", "Container Instances cannot be empty."},
		"empty definition":      {targetECS + "RegisterTaskDefinition", `{}`, 400, "ClientException", ""},
		"another account":       {targetECS + "DescribeServices", `{"cluster":"arn:aws:ecs:us-east-1:999999999999:cluster/demo","services":["a"]}`, 400, "InvalidParameterException", "999999999999"},
		"the ARN of a service":  {targetECS + "ListTasks", `{"cluster":"arn:aws:ecs:us-east-1:123456789012:service/demo/web"}`, 400, "InvalidParameterException", "ARN of a cluster"},
		"no repository":         {targetECR + "CreateRepository", `{}`, 400, "InvalidParameterException", "repositoryName"},
		"no group":              {targetLogs + "CreateLogGroup", `{}`, 400, "InvalidParameterException", "logGroupName"},
		"no group to filter":    {targetLogs + "FilterLogEvents", `{}`, 400, "InvalidParameterException", "LogGroupName"},
		"no events":             {targetLogs + "PutLogEvents", `{"logGroupName":"x","logStreamName":"y"}`, 400, "ResourceNotFoundException", "log group"},
		"nulls everywhere":      {targetECS + "CreateService", `{"cluster":null,"serviceName":null,"loadBalancers":[null]}`, 400, "ClusterNotFoundException", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			status, header, body := r.call(http.MethodPost, "/", tt.target, tt.body)
			var answer struct {
				Type    string `json:"__type"`
				Message string `json:"message"`
			}
			if err := json.Unmarshal([]byte(body), &answer); err != nil {
				t.Fatalf("the answer is not JSON: %s", body)
			}
			if status != tt.status || answer.Type != tt.code || !strings.Contains(answer.Message, tt.says) {
				t.Errorf("%d %s %q, want %d %s with %q", status, answer.Type, answer.Message, tt.status, tt.code, tt.says)
			}
			if header.Get("x-amzn-RequestId") == "" || header.Get("Content-Type") != "application/x-amz-json-1.1" {
				t.Errorf("headers %v", header)
			}
			if _, err := time.Parse(time.RFC3339Nano, header.Get("X-Gantry-Now")); err != nil {
				t.Errorf("X-Gantry-Now: %v", err)
			}
		})
	}
}

// Every operation survives an empty and a strange request.
func TestNoOperationPanics(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	operations := map[string][]string{
		targetECS: {"CreateCluster", "DescribeClusters", "ListClusters", "UpdateCluster", "UpdateClusterSettings", "PutClusterCapacityProviders", "DescribeCapacityProviders",
			"DeleteCluster", "RegisterTaskDefinition", "DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies",
			"DeregisterTaskDefinition", "DeleteTaskDefinitions", "CreateService", "DescribeServices", "ListServices", "UpdateService",
			"DeleteService", "ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions", "StopServiceDeployment",
			"RunTask", "StartTask", "StopTask", "DescribeTasks", "ListTasks", "RegisterContainerInstance", "DeregisterContainerInstance",
			"DescribeContainerInstances", "ListContainerInstances", "UpdateContainerInstancesState", "PutAttributes", "DeleteAttributes",
			"ListAttributes", "TagResource", "UntagResource", "ListTagsForResource", "ListAccountSettings", "PutAccountSetting",
			"PutAccountSettingDefault", "DeleteAccountSetting"},
		targetECR: {"GetAuthorizationToken", "CreateRepository", "DeleteRepository", "DescribeRepositories", "PutImageTagMutability",
			"PutImageScanningConfiguration", "SetRepositoryPolicy", "GetRepositoryPolicy", "DeleteRepositoryPolicy", "PutLifecyclePolicy",
			"GetLifecyclePolicy", "DeleteLifecyclePolicy", "DescribeImages", "ListImages", "BatchGetImage", "BatchDeleteImage", "PutImage",
			"BatchCheckLayerAvailability", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "GetDownloadUrlForLayer",
			"TagResource", "UntagResource", "ListTagsForResource", "DescribeRegistry"},
		targetLogs: {"CreateLogGroup", "DeleteLogGroup", "DescribeLogGroups", "PutRetentionPolicy", "DeleteRetentionPolicy", "CreateLogStream",
			"DeleteLogStream", "DescribeLogStreams", "PutLogEvents", "GetLogEvents", "FilterLogEvents", "TagResource", "UntagResource", "ListTagsForResource"},
	}
	bodies := []string{
		`{}`, ``,
		`{"cluster":"demo","service":"web","serviceName":"web","taskDefinition":"web","task":"x","containerInstance":"x","containerInstances":["x"],` +
			`"services":["web",""],"tasks":["",":","arn:aws:ecs:us-east-1:123456789012:task/demo"],"resourceArn":"arn:aws:ecs:us-east-1:123456789012:service","count":0,"maxResults":0}`,
		`{"cluster":"demo","taskDefinition":"::","repositoryName":"a","imageIds":[{}],"layerDigests":[""],"logGroupName":"g","logStreamName":"s","logEvents":[{}],` +
			`"nextToken":"AAAA","resourceArn":"arn::::::","taskDefinitions":["a:b","",":1","web:0"],"serviceDeploymentArns":["arn:aws:ecs:us-east-1:123456789012:service-deployment/x"],` +
			`"serviceDeploymentArn":"arn:aws:ecs:us-east-1:123456789012:service-deployment/demo","attributes":[{"targetId":"x"},{}],"name":"x","value":"y"}`,
	}
	for prefix, names := range operations {
		for _, name := range names {
			for _, body := range bodies {
				status, _, answer := r.call(http.MethodPost, "/", prefix+name, body)
				if status >= 500 || strings.Contains(answer, "UnknownOperationException") {
					t.Errorf("%s%s %s: %d %s", prefix, name, body, status, answer)
				}
			}
		}
	}
}

func TestOtherPathsAndMethods(t *testing.T) {
	r := ephemeral(t)
	for _, tt := range []struct {
		method, path string
		status       int
		says         string
	}{
		{http.MethodGet, "/", 404, "gantry emulator"},
		{http.MethodGet, "/_gantry/health", 200, "ok"},
		{http.MethodGet, "/_gantry/nothing", 404, "/_gantry/nothing"},
		{http.MethodDelete, "/_gantry/clock", 404, "DELETE"},
		{http.MethodGet, "/v2/", 200, ""},
		{http.MethodPost, "/_gantry/clock", 400, "speed"},
		{http.MethodPost, "/_gantry/instances", 400, "instance type"},
		{http.MethodGet, "/_gantry/unplaced?cluster=none&service=x", 400, "Cluster not found."},
	} {
		status, _, body := r.call(tt.method, tt.path, "", "")
		if status != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s %s: %d %s, want %d with %q", tt.method, tt.path, status, body, tt.status, tt.says)
		}
	}
}

// codeOf is the exception's name of an error.
func codeOf(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func wantRefusal(t *testing.T, err error, code, says string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %s %q", code, says)
		return
	}
	if codeOf(err) != code || !strings.Contains(err.Error(), says) {
		t.Errorf("error %v, want %s with %q", err, code, says)
	}
}

// The errors that the SDK knows arrive as its own types.
func TestErrorsAreTheSDKsOwn(t *testing.T) {
	r := ephemeral(t)
	_, err := r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{})
	var noCluster *types.ClusterNotFoundException
	if !errors.As(err, &noCluster) || noCluster.ErrorMessage() != "Cluster not found." {
		t.Errorf("error %v", err)
	}
	r.cluster()
	_, err = r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: aws.String("demo"), Service: aws.String("none")})
	var noService *types.ServiceNotFoundException
	if !errors.As(err, &noService) {
		t.Errorf("error %v", err)
	}
}

// A page in a browser cannot reset the world of whoever looks at it.
func TestBrowsersCannotAdminister(t *testing.T) {
	r := ephemeral(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://emulator.local/_gantry/reset", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://example.com")
	response, err := r.http.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("status %d, %v", response.StatusCode, err)
	}
}
