package emulator_test

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// TestServicesByNamespace is that the services that use a namespace are found in
// all clusters, whether it is their own or their cluster's.
func TestServicesByNamespace(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("plain")}))
	inner := must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("meshed"),
		ServiceConnectDefaults: &types.ClusterServiceConnectDefaultsRequest{Namespace: aws.String("shop")}}))
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, webDefinition(nil)))
	create := func(cluster, name string, connect *types.ServiceConnectConfiguration) string {
		t.Helper()
		out := must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(ctx, &ecs.CreateServiceInput{Cluster: &cluster, ServiceName: &name, TaskDefinition: aws.String("web"),
			DesiredCount: aws.Int32(0), ServiceConnectConfiguration: connect}))
		return *out.Service.ServiceArn
	}
	own := create("plain", "own", &types.ServiceConnectConfiguration{Enabled: true, Namespace: aws.String("shop")})
	byDefault := create("meshed", "default", &types.ServiceConnectConfiguration{Enabled: true})
	_, err := r.ecs.CreateService(ctx, &ecs.CreateServiceInput{Cluster: aws.String("plain"), ServiceName: aws.String("lost"), TaskDefinition: aws.String("web"),
		DesiredCount: aws.Int32(0), ServiceConnectConfiguration: &types.ServiceConnectConfiguration{Enabled: true, Namespace: aws.String("other")}})
	refusedWith(t, "NamespaceNotFoundException", err)
	r.namespace("other")
	create("meshed", "elsewhere", &types.ServiceConnectConfiguration{Enabled: true, Namespace: aws.String("other")})
	create("meshed", "off", &types.ServiceConnectConfiguration{Enabled: false})
	create("plain", "none", nil)
	want := []string{byDefault, own}
	slices.Sort(want)
	for _, namespace := range []string{"shop", *inner.Cluster.ServiceConnectDefaults.Namespace} {
		got := must[*ecs.ListServicesByNamespaceOutput](t)(r.ecs.ListServicesByNamespace(ctx, &ecs.ListServicesByNamespaceInput{Namespace: &namespace}))
		if !slices.Equal(got.ServiceArns, want) {
			t.Errorf("%s is used by %v, want %v", namespace, got.ServiceArns, want)
		}
	}
	first := must[*ecs.ListServicesByNamespaceOutput](t)(r.ecs.ListServicesByNamespace(ctx, &ecs.ListServicesByNamespaceInput{Namespace: aws.String("shop"), MaxResults: aws.Int32(1)}))
	if len(first.ServiceArns) != 1 || first.NextToken == nil {
		t.Errorf("a page of one is %v, %v", first.ServiceArns, first.NextToken)
	}
	_, err = r.ecs.ListServicesByNamespace(ctx, &ecs.ListServicesByNamespaceInput{Namespace: aws.String("")})
	refusedWith(t, "InvalidParameterException", err)
	_, err = r.ecs.ListServicesByNamespace(ctx, &ecs.ListServicesByNamespaceInput{Namespace: aws.String("none")})
	refusedWith(t, "NamespaceNotFoundException", err)
}
