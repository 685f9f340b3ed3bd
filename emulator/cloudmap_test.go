package emulator_test

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	discovery "github.com/aws/aws-sdk-go-v2/service/servicediscovery"
	"github.com/aws/aws-sdk-go-v2/service/servicediscovery/types"
)

func (r *rig) discovery() *discovery.Client {
	return discovery.New(discovery.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

// namespace makes an HTTP namespace and returns its id.
func (r *rig) namespace(name string) string {
	r.t.Helper()
	began := must[*discovery.CreateHttpNamespaceOutput](r.t)(r.discovery().CreateHttpNamespace(r.t.Context(), &discovery.CreateHttpNamespaceInput{Name: &name}))
	r.watch.pass(3 * time.Second)
	return r.operated(began.OperationId).Targets["NAMESPACE"]
}

// operated is an operation.
func (r *rig) operated(id *string) types.Operation {
	r.t.Helper()
	return *must[*discovery.GetOperationOutput](r.t)(r.discovery().GetOperation(r.t.Context(), &discovery.GetOperationInput{OperationId: id})).Operation
}

// registry makes a service with custom health in a namespace.
func (r *rig) registry(namespace, name string) *types.Service {
	r.t.Helper()
	return must[*discovery.CreateServiceOutput](r.t)(r.discovery().CreateService(r.t.Context(), &discovery.CreateServiceInput{
		Name: &name, NamespaceId: &namespace, HealthCheckCustomConfig: &types.HealthCheckCustomConfig{}})).Service
}

// discoverable makes a namespace and a service in it, for requests that name some.
func (r *rig) discoverable(t *testing.T) (namespace, registry string) {
	t.Helper()
	id := r.namespace("members")
	n := must[*discovery.GetNamespaceOutput](t)(r.discovery().GetNamespace(t.Context(), &discovery.GetNamespaceInput{Id: &id}))
	return *n.Namespace.Arn, *r.registry(id, "web").Arn
}

// found are the instances that DiscoverInstances finds, by id.
func (r *rig) found(in discovery.DiscoverInstancesInput) map[string]types.HttpInstanceSummary {
	r.t.Helper()
	byID := map[string]types.HttpInstanceSummary{}
	for _, i := range must[*discovery.DiscoverInstancesOutput](r.t)(r.discovery().DiscoverInstances(r.t.Context(), &in)).Instances {
		byID[*i.InstanceId] = i
	}
	return byID
}

func (r *rig) revision(namespace, service string) int64 {
	r.t.Helper()
	out := must[*discovery.DiscoverInstancesRevisionOutput](r.t)(r.discovery().DiscoverInstancesRevision(r.t.Context(),
		&discovery.DiscoverInstancesRevisionInput{NamespaceName: &namespace, ServiceName: &service}))
	return *out.InstancesRevision
}

// TestTasksAreDiscovered is that the tasks of a service are found in Cloud Map
// while they run, with what ECS says of them, and not after.
func TestTasksAreDiscovered(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.discovery()
	r.cluster()
	registry := r.registry(r.namespace("shop"), "web")
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(ctx, webDefinition(nil)))
	create := &ecs.CreateServiceInput{Cluster: aws.String("demo"), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(3),
		ServiceRegistries: []ecstypes.ServiceRegistry{{RegistryArn: aws.String(*registry.Arn + "x"), ContainerName: aws.String("web"), ContainerPort: aws.Int32(80)}}}
	_, err := r.ecs.CreateService(ctx, create)
	refusedWith(t, "InvalidParameterException", err)
	create.ServiceRegistries[0].RegistryArn = aws.String("arn:aws:servicediscovery:us-east-1:123456789012:namespace/ns-1")
	if _, err := r.ecs.CreateService(ctx, create); err == nil || !strings.Contains(err.Error(), "The format of the supplied service registry ARN is invalid") {
		t.Errorf("a namespace as a registry: %v", err)
	}
	create.ServiceRegistries[0].RegistryArn = registry.Arn
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(ctx, create))
	none := r.revision("shop", "web")
	r.steady()

	all := discovery.DiscoverInstancesInput{NamespaceName: aws.String("shop"), ServiceName: aws.String("web")}
	tasks := must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(ctx, &ecs.ListTasksInput{Cluster: aws.String("demo")})).TaskArns
	described := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: aws.String("demo"), Tasks: tasks})).Tasks
	found := r.found(all)
	if len(found) != 3 || r.revision("shop", "web") <= none {
		t.Fatalf("%d instances are found, revision %d after %d", len(found), r.revision("shop", "web"), none)
	}
	for _, task := range described {
		arn := *task.TaskArn
		id := arn[strings.LastIndex(arn, "/")+1:]
		i, ok := found[id]
		instance := must[*ecs.DescribeContainerInstancesOutput](t)(r.ecs.DescribeContainerInstances(ctx, &ecs.DescribeContainerInstancesInput{
			Cluster: aws.String("demo"), ContainerInstances: []string{*task.ContainerInstanceArn}})).ContainerInstances[0]
		want := map[string]string{
			"AVAILABILITY_ZONE": *task.AvailabilityZone, "REGION": "us-east-1", "ECS_CLUSTER_NAME": "demo", "ECS_SERVICE_NAME": "web", "ECS_TASK_DEFINITION_FAMILY": "web",
			"EC2_INSTANCE_ID": *instance.Ec2InstanceId, "AWS_INSTANCE_PORT": strconv.Itoa(int(*task.Containers[0].NetworkBindings[0].HostPort)),
			"AWS_INSTANCE_IPV4": i.Attributes["AWS_INSTANCE_IPV4"],
		}
		machine := r.ec2("DescribeInstances", "InstanceId.1="+*instance.Ec2InstanceId)
		if !ok || !maps.Equal(i.Attributes, want) || i.HealthStatus != types.HealthStatusHealthy || *i.NamespaceName != "shop" || *i.ServiceName != "web" ||
			!strings.Contains(machine, "<privateIpAddress>"+i.Attributes["AWS_INSTANCE_IPV4"]+"</privateIpAddress>") {
			t.Errorf("task %s is found as %+v, want %v at the address of %s", id, i, want, machine)
		}
		got := must[*discovery.GetInstanceOutput](t)(c.GetInstance(ctx, &discovery.GetInstanceInput{ServiceId: registry.Id, InstanceId: &id}))
		if got.Instance.Attributes["AWS_INIT_HEALTH_STATUS"] != "HEALTHY" {
			t.Errorf("GetInstance says %v", got.Instance.Attributes)
		}
	}
	one := *described[0].AvailabilityZone
	all.QueryParameters = map[string]string{"AVAILABILITY_ZONE": one, "ECS_SERVICE_NAME": "web"}
	if got := len(r.found(all)); got == 0 || got == 3 {
		t.Errorf("%d instances are found in zone %s", got, one)
	}
	all.OptionalParameters = map[string]string{"ECS_SERVICE_NAME": "none"} // no match: as if it were not there
	if got := len(r.found(all)); got == 0 {
		t.Error("an optional parameter without a match keeps all away")
	}
	_, err = c.DeleteService(ctx, &discovery.DeleteServiceInput{Id: registry.Id})
	refusedWith(t, "ResourceInUse", err)

	// By hand: a health that ECS has not told, and a task that is let go of.
	id := slices.Sorted(maps.Keys(found))[0]
	must[*discovery.UpdateInstanceCustomHealthStatusOutput](t)(c.UpdateInstanceCustomHealthStatus(ctx, &discovery.UpdateInstanceCustomHealthStatusInput{
		ServiceId: registry.Id, InstanceId: &id, Status: types.CustomHealthStatusUnhealthy}))
	sick := r.found(discovery.DiscoverInstancesInput{NamespaceName: aws.String("shop"), ServiceName: aws.String("web"), HealthStatus: types.HealthStatusFilterUnhealthy})
	if _, ok := sick[id]; len(sick) != 1 || !ok {
		t.Errorf("unhealthy is %v, want %s", sick, id)
	}
	must[*discovery.DeregisterInstanceOutput](t)(c.DeregisterInstance(ctx, &discovery.DeregisterInstanceInput{ServiceId: registry.Id, InstanceId: &id}))
	_, err = c.GetInstance(ctx, &discovery.GetInstanceInput{ServiceId: registry.Id, InstanceId: &id})
	refusedWith(t, "InstanceNotFound", err)

	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: aws.String("demo"), Service: aws.String("web"), DesiredCount: aws.Int32(0)}))
	r.watch.pass(2 * time.Minute)
	if left := r.found(discovery.DiscoverInstancesInput{NamespaceName: aws.String("shop"), ServiceName: aws.String("web"), HealthStatus: types.HealthStatusFilterAll}); len(left) != 0 {
		t.Errorf("%d tasks that stopped are found", len(left))
	}
	must[*discovery.DeleteServiceOutput](t)(c.DeleteService(ctx, &discovery.DeleteServiceInput{Id: registry.Id}))
	_, err = c.DiscoverInstances(ctx, &discovery.DiscoverInstancesInput{NamespaceName: aws.String("shop"), ServiceName: aws.String("web")})
	refusedWith(t, "ServiceNotFound", err)
}

// TestConnectNamespaces is that a cluster's namespace is made, and is found by
// the names and ARNs that ECS and Cloud Map have for it.
func TestConnectNamespaces(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.discovery()
	create := func(namespace string) (*ecs.CreateClusterOutput, error) {
		return r.ecs.CreateCluster(ctx, &ecs.CreateClusterInput{ClusterName: aws.String("c" + strconv.Itoa(len(namespace))),
			ServiceConnectDefaults: &ecstypes.ClusterServiceConnectDefaultsRequest{Namespace: &namespace}})
	}
	arn := *must[*ecs.CreateClusterOutput](t)(create("shop")).Cluster.ServiceConnectDefaults.Namespace
	made := must[*discovery.GetNamespaceOutput](t)(c.GetNamespace(ctx, &discovery.GetNamespaceInput{Id: &arn})).Namespace
	tags := must[*discovery.ListTagsForResourceOutput](t)(c.ListTagsForResource(ctx, &discovery.ListTagsForResourceInput{ResourceARN: made.Arn})).Tags
	if *made.Name != "shop" || made.Type != types.NamespaceTypeHttp || *made.Properties.HttpProperties.HttpName != "shop" || len(tags) != 1 || *tags[0].Key != "AmazonECSManaged" {
		t.Errorf("ECS made %+v with %v", made, tags)
	}
	if again := *must[*ecs.CreateClusterOutput](t)(create(arn)).Cluster.ServiceConnectDefaults.Namespace; again != arn {
		t.Errorf("by its ARN the namespace is %s", again)
	}
	_, err := create(arn + "x")
	refusedWith(t, "NamespaceNotFoundException", err)
	own := r.namespace("theirs")
	updated := must[*ecs.UpdateClusterOutput](t)(r.ecs.UpdateCluster(ctx, &ecs.UpdateClusterInput{Cluster: aws.String("c4"),
		ServiceConnectDefaults: &ecstypes.ClusterServiceConnectDefaultsRequest{Namespace: aws.String("theirs")}}))
	if got := *updated.Cluster.ServiceConnectDefaults.Namespace; !strings.HasSuffix(got, "namespace/"+own) {
		t.Errorf("the namespace that was there is taken as %s, not %s", got, own)
	}
	if all := must[*discovery.ListNamespacesOutput](t)(c.ListNamespaces(ctx, &discovery.ListNamespacesInput{})).Namespaces; len(all) != 2 {
		t.Errorf("there are %d namespaces", len(all))
	}
}

// TestNamespaces is what is kept of namespaces, and what is refused.
func TestNamespaces(t *testing.T) {
	r := ephemeral(t)
	ctx, c := t.Context(), r.discovery()
	private := &discovery.CreatePrivateDnsNamespaceInput{Name: aws.String("shop.internal"), Vpc: aws.String("vpc-1"), CreatorRequestId: aws.String("once"),
		Description: aws.String("of the shop"), Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("a")}},
		Properties: &types.PrivateDnsNamespaceProperties{DnsProperties: &types.PrivateDnsPropertiesMutable{SOA: &types.SOA{TTL: aws.Int64(60)}}}}
	began := must[*discovery.CreatePrivateDnsNamespaceOutput](t)(c.CreatePrivateDnsNamespace(ctx, private))
	if again := must[*discovery.CreatePrivateDnsNamespaceOutput](t)(c.CreatePrivateDnsNamespace(ctx, private)); *again.OperationId != *began.OperationId {
		t.Errorf("the request sent again is the operation %s, not %s", *again.OperationId, *began.OperationId)
	}
	var statuses []types.OperationStatus
	for range 3 {
		statuses = append(statuses, r.operated(began.OperationId).Status)
		r.watch.pass(time.Second)
	}
	if !slices.Equal(statuses, []types.OperationStatus{"SUBMITTED", "PENDING", "SUCCESS"}) {
		t.Errorf("the operation was %v", statuses)
	}
	id := r.operated(began.OperationId).Targets["NAMESPACE"]
	n := must[*discovery.GetNamespaceOutput](t)(c.GetNamespace(ctx, &discovery.GetNamespaceInput{Id: &id})).Namespace
	if *n.Properties.DnsProperties.SOA.TTL != 60 || *n.Properties.DnsProperties.HostedZoneId == "" || *n.CreatorRequestId != "once" || *n.ServiceCount != 0 || *n.Description != "of the shop" {
		t.Errorf("the namespace is %+v", n)
	}
	private.CreatorRequestId = nil
	_, err := c.CreatePrivateDnsNamespace(ctx, private)
	var exists *types.NamespaceAlreadyExists
	if !errors.As(err, &exists) || *exists.NamespaceId != id {
		t.Errorf("made twice: %v", err)
	}
	reused := r.namespace("shop.internal")
	h := must[*discovery.GetNamespaceOutput](t)(c.GetNamespace(ctx, &discovery.GetNamespaceInput{Id: &reused})).Namespace
	if name := *h.Properties.HttpProperties.HttpName; name == "shop.internal" || !strings.HasPrefix(name, "shop.internal-") {
		t.Errorf("the HTTP name of a name that is used already is %s", name)
	}
	changed := must[*discovery.UpdatePrivateDnsNamespaceOutput](t)(c.UpdatePrivateDnsNamespace(ctx, &discovery.UpdatePrivateDnsNamespaceInput{Id: &id,
		Namespace: &types.PrivateDnsNamespaceChange{Description: aws.String("another")}}))
	_, err = c.DeleteNamespace(ctx, &discovery.DeleteNamespaceInput{Id: &id})
	var busy *types.DuplicateRequest
	if !errors.As(err, &busy) || *busy.DuplicateOperationId != *changed.OperationId {
		t.Errorf("deleted while it changes: %v", err)
	}
	must[*discovery.UpdateHttpNamespaceOutput](t)(c.UpdateHttpNamespace(ctx, &discovery.UpdateHttpNamespaceInput{Id: &reused, Namespace: &types.HttpNamespaceChange{Description: aws.String("x")}}))
	_, err = c.UpdatePublicDnsNamespace(ctx, &discovery.UpdatePublicDnsNamespaceInput{Id: &reused, Namespace: &types.PublicDnsNamespaceChange{}})
	refusedWith(t, "InvalidInput", err)
	_, err = c.CreatePublicDnsNamespace(ctx, &discovery.CreatePublicDnsNamespaceInput{Name: aws.String("nodots")})
	refusedWith(t, "InvalidInput", err)
	must[*discovery.CreatePublicDnsNamespaceOutput](t)(c.CreatePublicDnsNamespace(ctx, &discovery.CreatePublicDnsNamespaceInput{Name: aws.String("shop.example.com")}))
	r.watch.pass(3 * time.Second)
	for _, f := range []struct {
		filter types.NamespaceFilter
		want   int
	}{
		{types.NamespaceFilter{Name: "TYPE", Values: []string{"DNS_PRIVATE"}}, 1}, {types.NamespaceFilter{Name: "NAME", Values: []string{"shop."}, Condition: "BEGINS_WITH"}, 3},
		{types.NamespaceFilter{Name: "HTTP_NAME", Values: []string{"shop.internal"}}, 1}, {types.NamespaceFilter{Name: "RESOURCE_OWNER", Values: []string{"OTHER_ACCOUNTS"}}, 0},
	} {
		if got := must[*discovery.ListNamespacesOutput](t)(c.ListNamespaces(ctx, &discovery.ListNamespacesInput{Filters: []types.NamespaceFilter{f.filter}})).Namespaces; len(got) != f.want {
			t.Errorf("%v finds %d, want %d", f.filter, len(got), f.want)
		}
	}
	_, err = c.ListNamespaces(ctx, &discovery.ListNamespacesInput{Filters: []types.NamespaceFilter{{Name: "COLOUR", Values: []string{"x"}}}})
	refusedWith(t, "InvalidInput", err)
	service := must[*discovery.CreateServiceOutput](t)(c.CreateService(ctx, &discovery.CreateServiceInput{Name: aws.String("web"), NamespaceId: n.Arn, Type: types.ServiceTypeOptionHttp})).Service
	_, err = c.DeleteNamespace(ctx, &discovery.DeleteNamespaceInput{Id: &id})
	refusedWith(t, "ResourceInUse", err)
	must[*discovery.DeleteServiceOutput](t)(c.DeleteService(ctx, &discovery.DeleteServiceInput{Id: service.Arn}))
	must[*discovery.DeleteNamespaceOutput](t)(c.DeleteNamespace(ctx, &discovery.DeleteNamespaceInput{Id: n.Arn}))
}
