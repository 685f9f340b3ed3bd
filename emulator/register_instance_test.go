package emulator_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestIdentityDocument is that an instance that tells nothing but who it is gets
// what its type has, and takes tasks.
func TestIdentityDocument(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("demo")}))
	register := func(document string, attributes ...types.Attribute) (*types.ContainerInstance, error) {
		out, err := r.ecs.RegisterContainerInstance(ctx, &ecs.RegisterContainerInstanceInput{
			Cluster: aws.String("demo"), InstanceIdentityDocument: &document, InstanceIdentityDocumentSignature: aws.String("any"), Attributes: attributes})
		if err != nil {
			return nil, err
		}
		return out.ContainerInstance, nil
	}
	for name, c := range map[string]struct {
		document            string
		cpu, memory         int32
		kind, zone, subnets string
	}{
		"a type":         {`{"instanceId":"i-1","instanceType":"t3.medium","availabilityZone":"us-east-1c"}`, 2048, 3856, "t3.medium", "us-east-1c", "subnet-0defa01700000000c"},
		"another type":   {`{"instanceId":"anything","instanceType":"z9.huge"}`, 4096, 8192, "z9.huge", "us-east-1a", "subnet-0defa01700000000a"},
		"an id alone":    {`{"instanceId":"i-3"}`, 4096, 8192, "", "us-east-1a", "subnet-0defa01700000000a"},
		"a foreign zone": {`{"instanceId":"i-4","availabilityZone":"mars-1a"}`, 4096, 8192, "", "mars-1a", ""},
	} {
		i, err := register(c.document)
		if err != nil {
			t.Fatal(name, err)
		}
		resources, attributes := map[string]int32{}, map[string]string{}
		for _, x := range i.RegisteredResources {
			resources[*x.Name] = x.IntegerValue
		}
		for _, a := range i.Attributes {
			attributes[*a.Name] = aws.ToString(a.Value)
		}
		if resources["CPU"] != c.cpu || resources["MEMORY"] != c.memory || attributes["ecs.instance-type"] != c.kind || attributes["ecs.availability-zone"] != c.zone ||
			attributes["ecs.subnet-id"] != c.subnets || !i.AgentConnected || *i.Status != "ACTIVE" {
			t.Errorf("%s: %v, %v, connected %v, %s", name, resources, attributes, i.AgentConnected, *i.Status)
		}
	}
	own, err := register(`{"instanceId":"i-5"}`, types.Attribute{Name: aws.String("ecs.instance-type"), Value: aws.String("mine")}, types.Attribute{Name: aws.String("stack"), Value: aws.String("blue")})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own.Attributes {
		if *a.Name == "ecs.instance-type" && *a.Value != "mine" {
			t.Errorf("the agent's own instance type became %s", *a.Value)
		}
	}
	_, err = register(`{`)
	refusedWith(t, "ClientException", err)
	_, err = register("")
	refusedWith(t, "InvalidParameterException", err)

	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, webDefinition(nil)))
	run := must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(ctx, &ecs.RunTaskInput{Cluster: aws.String("demo"), TaskDefinition: aws.String("web"),
		PlacementConstraints: []types.PlacementConstraint{{Type: types.PlacementConstraintTypeMemberOf, Expression: aws.String("attribute:stack == blue")}}}))
	if len(run.Tasks) != 1 || *run.Tasks[0].ContainerInstanceArn != *own.ContainerInstanceArn {
		t.Errorf("the task is %+v, failures %+v", run.Tasks, run.Failures)
	}
	r.watch.pass(time.Minute)
	if out := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("demo"), Tasks: []string{*run.Tasks[0].TaskArn}})); *out.Tasks[0].LastStatus != "RUNNING" {
		t.Errorf("after a minute the task is %s", *out.Tasks[0].LastStatus)
	}
}
