package emulator_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"go.etcd.io/bbolt"

	"gantry/emulator"
)

const webGroup = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:0d1c:autoScalingGroupName/web"

// provide makes the capacity provider "own" with managed scaling, and a cluster
// whose default it is.
func (r *rig) provide(t *testing.T) {
	t.Helper()
	must[*ecs.CreateCapacityProviderOutput](t)(r.ecs.CreateCapacityProvider(t.Context(), &ecs.CreateCapacityProviderInput{
		Name: aws.String("own"), AutoScalingGroupProvider: &types.AutoScalingGroupProvider{
			AutoScalingGroupArn: aws.String(webGroup), ManagedTerminationProtection: types.ManagedTerminationProtectionEnabled,
			ManagedScaling: &types.ManagedScaling{Status: types.ManagedScalingStatusEnabled, TargetCapacity: aws.Int32(100)},
		},
	}))
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{
		ClusterName: demo(), CapacityProviders: []string{"own", "FARGATE"},
		DefaultCapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("own"), Weight: 1}},
	}))
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
}

// TestCapacityProviders: tasks wait in PROVISIONING until managed scaling has
// brought the instances of the group, also when the world is opened again
// meanwhile; what is used cannot be taken away.
func TestCapacityProviders(t *testing.T) {
	dir, clock := t.TempDir(), newWatch()
	open := func() *rig {
		r := attach(t, emulator.Options{Dir: dir, Seed: 1, Now: clock.Now})
		r.watch = clock
		return r
	}
	r := open()
	r.provide(t)
	run := must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web"), Count: aws.Int32(2)}))
	for _, task := range run.Tasks {
		if *task.LastStatus != "PROVISIONING" || aws.ToString(task.CapacityProviderName) != "own" || task.ContainerInstanceArn != nil {
			t.Errorf("a task is %s on %s", *task.LastStatus, aws.ToString(task.CapacityProviderName))
		}
	}
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: demo(), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(3),
		CapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("own"), Base: 1, Weight: 1}},
	}))
	clock.pass(80 * time.Second)
	r.describe()
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	r = open()
	r.steady()
	tasks := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: demo(), Tasks: []string{*run.Tasks[0].TaskArn}}))
	if task := tasks.Tasks[0]; *task.LastStatus != "RUNNING" || task.ContainerInstanceArn == nil {
		t.Errorf("the task is %s", *task.LastStatus)
	}
	instances := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()}))
	described := must[*ecs.DescribeContainerInstancesOutput](t)(r.ecs.DescribeContainerInstances(t.Context(), &ecs.DescribeContainerInstancesInput{
		Cluster: demo(), ContainerInstances: instances.ContainerInstanceArns,
	}))
	if len(described.ContainerInstances) != 2 || aws.ToString(described.ContainerInstances[0].CapacityProviderName) != "own" {
		t.Errorf("%d instances, want two of the capacity provider", len(described.ContainerInstances))
	}
	r.inUse(t)
}

// inUse tries to take away and to share what is used.
func (r *rig) inUse(t *testing.T) {
	t.Helper()
	_, err := r.ecs.DeleteCapacityProvider(t.Context(), &ecs.DeleteCapacityProviderInput{CapacityProvider: aws.String("own")})
	wantRefusal(t, err, "ClientException", "it is associated with cluster: demo")
	none := &ecs.PutClusterCapacityProvidersInput{Cluster: demo(), CapacityProviders: []string{"FARGATE"}, DefaultCapacityProviderStrategy: []types.CapacityProviderStrategyItem{}}
	_, err = r.ecs.PutClusterCapacityProviders(t.Context(), none)
	wantRefusal(t, err, "ResourceInUseException", "in use")
	_, err = r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("other"), CapacityProviders: []string{"own"}})
	wantRefusal(t, err, "InvalidParameterException", "launches its instances into the cluster demo")
	_, err = r.ecs.CreateCapacityProvider(t.Context(), &ecs.CreateCapacityProviderInput{
		Name: aws.String("again"), AutoScalingGroupProvider: &types.AutoScalingGroupProvider{AutoScalingGroupArn: aws.String(webGroup)},
	})
	wantRefusal(t, err, "ClientException", "already being used by another capacity provider")
	// An update reaches the cluster, and leaves what it does not say.
	updated := must[*ecs.UpdateCapacityProviderOutput](t)(r.ecs.UpdateCapacityProvider(t.Context(), &ecs.UpdateCapacityProviderInput{
		Name: aws.String("own"), AutoScalingGroupProvider: &types.AutoScalingGroupProviderUpdate{ManagedScaling: &types.ManagedScaling{TargetCapacity: aws.Int32(50)}},
	})).CapacityProvider.AutoScalingGroupProvider
	if *updated.ManagedScaling.TargetCapacity != 50 || updated.ManagedScaling.Status != types.ManagedScalingStatusEnabled {
		t.Errorf("managed scaling is %+v", updated.ManagedScaling)
	}
	count := func() int32 {
		return must[*ecs.DescribeClustersOutput](t)(r.ecs.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: []string{"demo"}})).Clusters[0].RegisteredContainerInstancesCount
	}
	for range 60 {
		if r.watch.pass(10 * time.Second); count() > 2 {
			break
		}
	}
	if n := count(); n < 3 {
		t.Errorf("with half of the capacity as target the cluster has %d instances", n)
	}
}

// TestCapacityProvidersOfTheAccount: they are there before and after clusters, a
// page at a time.
func TestCapacityProvidersOfTheAccount(t *testing.T) {
	r := ephemeral(t)
	for _, name := range []string{"a", "b"} {
		must[*ecs.CreateCapacityProviderOutput](t)(r.ecs.CreateCapacityProvider(t.Context(), &ecs.CreateCapacityProviderInput{
			Name: aws.String(name), AutoScalingGroupProvider: &types.AutoScalingGroupProvider{AutoScalingGroupArn: aws.String(name)},
			Tags: []types.Tag{{Key: aws.String("team"), Value: aws.String("x")}},
		}))
	}
	_, err := r.ecs.CreateCapacityProvider(t.Context(), &ecs.CreateCapacityProviderInput{
		Name: aws.String("fargate-of-mine"), AutoScalingGroupProvider: &types.AutoScalingGroupProvider{AutoScalingGroupArn: aws.String("c")},
	})
	wantRefusal(t, err, "ClientException", `cannot be prefixed with "aws", "ecs", or "fargate"`)
	must[*ecs.DeleteCapacityProviderOutput](t)(r.ecs.DeleteCapacityProvider(t.Context(), &ecs.DeleteCapacityProviderInput{CapacityProvider: aws.String("a")}))
	var names []string
	for next := (*string)(nil); ; {
		out := must[*ecs.DescribeCapacityProvidersOutput](t)(r.ecs.DescribeCapacityProviders(t.Context(), &ecs.DescribeCapacityProvidersInput{MaxResults: aws.Int32(3), NextToken: next}))
		for _, p := range out.CapacityProviders {
			names = append(names, *p.Name+" "+string(p.Status)+" "+string(p.Type))
		}
		if next = out.NextToken; next == nil {
			break
		}
	}
	if want := []string{"FARGATE ACTIVE FARGATE", "FARGATE_SPOT ACTIVE FARGATE_SPOT", "a INACTIVE EC2_AUTOSCALING", "b ACTIVE EC2_AUTOSCALING"}; !slices.Equal(names, want) {
		t.Errorf("got %q, want %q", names, want)
	}
	r.watch.pass(2 * time.Hour)
	out := must[*ecs.DescribeCapacityProvidersOutput](t)(r.ecs.DescribeCapacityProviders(t.Context(), &ecs.DescribeCapacityProvidersInput{
		CapacityProviders: []string{"a", "arn:aws:ecs:us-east-1:123456789012:capacity-provider/b"}, Include: []types.CapacityProviderField{types.CapacityProviderFieldTags},
	}))
	if len(out.CapacityProviders) != 1 || len(out.CapacityProviders[0].Tags) != 1 || len(out.Failures) != 1 {
		t.Errorf("got %+v and %v", out.CapacityProviders, out.Failures)
	}
	_, err = r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{CapacityProviders: []string{"a"}})
	wantRefusal(t, err, "InvalidParameterException", "The specified capacity provider 'a' was not found")
}

// TestAutoScalingGroupsByHand: a group that is made before its capacity provider
// is what it was made as.
func TestAutoScalingGroupsByHand(t *testing.T) {
	r := ephemeral(t)
	var made struct {
		AutoScalingGroup struct{ AutoScalingGroupARN string }
	}
	r.admin(http.MethodPost, "/_gantry/auto-scaling-groups", `{"autoScalingGroupName":"big","instanceType":"m5.large","minSize":2,"desiredCapacity":2,"maxSize":4,"availabilityZones":["us-east-1c"]}`, &made)
	must[*ecs.CreateCapacityProviderOutput](t)(r.ecs.CreateCapacityProvider(t.Context(), &ecs.CreateCapacityProviderInput{
		Name: aws.String("big"), AutoScalingGroupProvider: &types.AutoScalingGroupProvider{AutoScalingGroupArn: &made.AutoScalingGroup.AutoScalingGroupARN},
	}))
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: demo(), CapacityProviders: []string{"big"}}))
	r.watch.pass(3 * time.Minute)
	instances := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{
		Cluster: demo(), Filter: aws.String("attribute:ecs.instance-type == m5.large and attribute:ecs.availability-zone == us-east-1c"),
	}))
	if len(instances.ContainerInstanceArns) != 2 {
		t.Errorf("%d instances, want 2", len(instances.ContainerInstanceArns))
	}
	// Later it is changed where it is used.
	r.admin(http.MethodPost, "/_gantry/auto-scaling-groups", `{"autoScalingGroupName":"big","instanceType":"m5.large","minSize":0,"desiredCapacity":3,"maxSize":4}`, nil)
	r.watch.pass(3 * time.Minute)
	if n := must[*ecs.DescribeClustersOutput](t)(r.ecs.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: []string{"demo"}})).Clusters[0].RegisteredContainerInstancesCount; n != 3 {
		t.Errorf("%d instances, want 3", n)
	}
	status, _, body := r.call(http.MethodPost, "/_gantry/auto-scaling-groups", "", `{"autoScalingGroupName":"big","instanceType":"m5.lrge"}`)
	if status != http.StatusBadRequest {
		t.Errorf("an unknown type: %d %s", status, body)
	}
}

// TestOlderClustersKeepTheirProviders: a world in which the record of a cluster
// has its capacity providers tells the engine of them when it is opened.
func TestOlderClustersKeepTheirProviders(t *testing.T) {
	dir := t.TempDir()
	r := attach(t, emulator.Options{Dir: dir})
	r.cluster()
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(filepath.Join(dir, emulator.DefaultWorld, "world.db"), 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bbolt.Tx) error {
		return tx.Bucket([]byte("clusters")).Put([]byte("demo"), []byte(`{"name":"demo","generation":1,"status":"ACTIVE","settings":[],"tags":[],"createdAt":"2026-11-23T06:00:00Z",
			"capacityProviders":["FARGATE_SPOT","gone"],"defaultStrategy":[{"capacityProvider":"FARGATE_SPOT","base":0,"weight":1}]}`))
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	r = attach(t, emulator.Options{Dir: dir})
	cluster := must[*ecs.DescribeClustersOutput](t)(r.ecs.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{Clusters: []string{"demo"}})).Clusters[0]
	if !slices.Equal(cluster.CapacityProviders, []string{"FARGATE_SPOT"}) || len(cluster.DefaultCapacityProviderStrategy) != 1 {
		t.Errorf("got %v and %v", cluster.CapacityProviders, cluster.DefaultCapacityProviderStrategy)
	}
}
