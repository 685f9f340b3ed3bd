package emulator_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestTrunking: with the account setting awsvpcTrunking an instance whose type can
// have a trunk is REGISTERING at first, and DEREGISTERING at last.
func TestTrunking(t *testing.T) {
	r := ephemeral(t)
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: demo()}))
	must[*ecs.PutAccountSettingOutput](t)(r.ecs.PutAccountSetting(t.Context(), &ecs.PutAccountSettingInput{Name: types.SettingNameAwsvpcTrunking, Value: new("enabled")}))
	r.admin(http.MethodPost, "/_gantry/instances", `{"cluster":"demo","instanceType":"c5.large","count":1}`, nil)
	r.admin(http.MethodPost, "/_gantry/instances", `{"cluster":"demo","instanceType":"t3.small","count":1}`, nil)
	listed := func(status types.ContainerInstanceStatus) []string {
		return must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo(), Status: status})).ContainerInstanceArns
	}
	joining := listed(types.ContainerInstanceStatusRegistering)
	if len(joining) != 1 || len(listed(types.ContainerInstanceStatusActive)) != 1 {
		t.Fatalf("%d instances are REGISTERING", len(joining))
	}
	r.watch.pass(15 * time.Second)
	if n := len(listed(types.ContainerInstanceStatusActive)); n != 2 {
		t.Errorf("%d instances are ACTIVE, want 2", n)
	}
	out := must[*ecs.DeregisterContainerInstanceOutput](t)(r.ecs.DeregisterContainerInstance(t.Context(), &ecs.DeregisterContainerInstanceInput{Cluster: demo(), ContainerInstance: &joining[0]}))
	if *out.ContainerInstance.Status != "DEREGISTERING" || len(listed(types.ContainerInstanceStatusDeregistering)) != 1 {
		t.Errorf("the instance is %s", *out.ContainerInstance.Status)
	}
	r.watch.pass(15 * time.Second)
	if n := len(listed("")); n != 1 {
		t.Errorf("%d instances are left, want 1", n)
	}
}
