package emulator_test

import (
	"net/http"
	"strings"
	"time"
)

// ok sends a request that is to be answered.
func (r *rig) ok(operation, body string) {
	r.t.Helper()
	if err := r.sent(operation, body); err != nil {
		r.t.Fatalf("%s %s: %v", operation, body, err)
	}
}

// modelledWorld makes what the refusals are about.
func (r *rig) modelledWorld() {
	r.t.Helper()
	r.cluster()
	r.definitions()
	for _, name := range []string{"busy", "used", "tasks", "owned"} {
		r.ok("CreateCluster", `{"clusterName":"`+name+`"}`)
	}
	r.ok("CreateCapacityProvider", `{"name":"own","autoScalingGroupProvider":{"autoScalingGroupArn":"`+webGroup+`"}}`)
	r.ok("PutClusterCapacityProviders", `{"cluster":"owned","capacityProviders":["own","FARGATE"],"defaultCapacityProviderStrategy":[]}`)
	r.admin(http.MethodPost, "/_gantry/instances", `{"cluster":"busy","instanceType":"t3.small","zones":["us-east-1a"],"count":1}`, nil)
	r.ok("CreateService", `{"cluster":"used","serviceName":"web","taskDefinition":"bridge","desiredCount":0}`)
	r.ok("RunTask", `{"cluster":"tasks","taskDefinition":"fargate","launchType":"FARGATE","networkConfiguration":{"awsvpcConfiguration":{"subnets":["subnet-0defa01700000000a"]}}}`)
	r.ok("CreateService", `{"cluster":"demo","serviceName":"web","taskDefinition":"bridge","desiredCount":1}`)
	r.ok("CreateService", `{"cluster":"demo","serviceName":"gone","taskDefinition":"bridge","desiredCount":1}`)
	r.ok("CreateService", `{"cluster":"demo","serviceName":"external","deploymentController":{"type":"EXTERNAL"},"desiredCount":1}`)
	r.ok("CreateService", `{"cluster":"demo","serviceName":"outside","deploymentController":{"type":"EXTERNAL"},"desiredCount":1}`)
	r.ok("RegisterDaemonTaskDefinition", `{"family":"agent","containerDefinitions":[{"name":"agent","image":"agent:1","memory":64}]}`)
	r.ok("CreateDaemon", `{"clusterArn":"owned","daemonName":"leaving","daemonTaskDefinitionArn":"agent:1","capacityProviderArns":["own"]}`)
	r.ok("CreateCapacityProvider", `{"name":"other","autoScalingGroupProvider":{"autoScalingGroupArn":"`+strings.ReplaceAll(webGroup, "/web", "/other")+`"}}`)
	r.ok("CreateCluster", `{"clusterName":"provided","capacityProviders":["other"]}`)
	r.ok("CreateService", `{"cluster":"owned","serviceName":"web","taskDefinition":"bridge","desiredCount":1,"capacityProviderStrategy":[{"capacityProvider":"own","weight":1}]}`)
	r.ok("CreateGateway", `{"name":"front","infrastructureRoleArn":"`+gatewayRole+`","deletionProtection":false,"configuration":{"hostSharedAlb":{}}}`)
	r.ok("AssociateGatewayWithCluster", `{"gateway":"front","cluster":"used"}`)
	r.ok("CreateCluster", `{"clusterName":"full"}`)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		r.ok("CreateGateway", `{"name":"`+name+`","infrastructureRoleArn":"`+gatewayRole+`","configuration":{"hostSharedAlb":{}}}`)
		r.ok("AssociateGatewayWithCluster", `{"gateway":"`+name+`","cluster":"full"}`)
	}
	for range 5 {
		r.ok("CreateTaskSet", `{"cluster":"demo","service":"external","taskDefinition":"bridge","scale":{"unit":"PERCENT","value":0}}`)
	}
	r.ok("CreateExpressGatewayService", `{"cluster":"demo","serviceName":"express","infrastructureRoleArn":"`+gatewayRole+`","executionRoleArn":"`+gatewayRole+`","primaryContainer":{"image":"a"}}`)
	r.ok("CreateExpressGatewayService", `{"cluster":"demo","serviceName":"drained","infrastructureRoleArn":"`+gatewayRole+`","executionRoleArn":"`+gatewayRole+`","primaryContainer":{"image":"a"}}`)
	r.ok("DeleteService", `{"cluster":"demo","service":"outside","force":true}`)
	r.watch.pass(5 * time.Minute)
	r.ok("DeleteService", `{"cluster":"demo","service":"gone","force":true}`)
	r.ok("DeleteExpressGatewayService", `{"serviceArn":"arn:aws:ecs:us-east-1:123456789012:service/demo/drained"}`)
	r.ok("DeleteDaemon", `{"daemonArn":"arn:aws:ecs:us-east-1:123456789012:daemon/owned/leaving"}`)
	r.ok("RunTask", `{"cluster":"demo","taskDefinition":"bridge","clientToken":"t"}`)
}

// definitions registers what the requests run.
func (r *rig) definitions() {
	r.t.Helper()
	r.ok("RegisterTaskDefinition", `{"family":"bridge","containerDefinitions":[{"name":"web","image":"nginx:1","cpu":64,"memory":64,"portMappings":[{"name":"http","containerPort":80}]}]}`)
	r.ok("RegisterTaskDefinition", `{"family":"fargate","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512","containerDefinitions":[{"name":"web","image":"nginx:1","portMappings":[{"name":"http","containerPort":80}]}]}`)
	r.ok("RegisterTaskDefinition", `{"family":"efs","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512","containerDefinitions":[{"name":"web","image":"nginx:1"}],"volumes":[{"name":"v","efsVolumeConfiguration":{"fileSystemId":"fs-1"}}]}`)
}
