package emulator_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/emulator"
)

const (
	ownProvider = "arn:aws:ecs:us-east-1:123456789012:capacity-provider/own"
	agentARN    = "arn:aws:ecs:us-east-1:123456789012:daemon/demo/agent"
)

// agent registers a revision of the daemon task definition "agent".
func (r *rig) agent(image string) string {
	r.t.Helper()
	return *must[*ecs.RegisterDaemonTaskDefinitionOutput](r.t)(r.ecs.RegisterDaemonTaskDefinition(r.t.Context(), &ecs.RegisterDaemonTaskDefinitionInput{
		Family: aws.String("agent"), Cpu: aws.String("128"), Memory: aws.String("128"), PidMode: types.DaemonPidModeShared,
		ContainerDefinitions: []types.DaemonContainerDefinition{{Name: aws.String("agent"), Image: &image, Privileged: aws.Bool(true)}},
		Tags:                 []types.Tag{{Key: aws.String("team"), Value: aws.String("ops")}},
	})).DaemonTaskDefinitionArn
}

// agents makes the cluster "demo" with two instances of the capacity provider "own"
// and one of none, and starts the daemon "agent" in it.
func (r *rig) agents() {
	r.t.Helper()
	r.provide(r.t)
	must[*ecs.RunTaskOutput](r.t)(r.ecs.RunTask(r.t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web"), Count: aws.Int32(2),
		PlacementConstraints: []types.PlacementConstraint{{Type: types.PlacementConstraintTypeDistinctInstance}}}))
	r.admin(http.MethodPost, "/_gantry/instances", `{"cluster":"demo","instanceType":"t3.small","zones":["us-east-1a"],"count":1}`, nil)
	for range 100 {
		if list := must[*ecs.ListContainerInstancesOutput](r.t)(r.ecs.ListContainerInstances(r.t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()})); len(list.ContainerInstanceArns) == 3 {
			break
		}
		r.watch.pass(10 * time.Second)
	}
	must[*ecs.CreateDaemonOutput](r.t)(r.ecs.CreateDaemon(r.t.Context(), &ecs.CreateDaemonInput{
		ClusterArn: demo(), DaemonName: aws.String("agent"), DaemonTaskDefinitionArn: aws.String(r.agent("agent:1")), CapacityProviderArns: []string{ownProvider},
		ClientToken: aws.String("once"), PropagateTags: types.DaemonPropagateTagsDaemon, EnableECSManagedTags: true, Tags: []types.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
	}))
}

// deployed lets time pass until the newest deployment of the daemon has ended.
func (r *rig) deployed() types.DaemonDeployment {
	r.t.Helper()
	for range 200 {
		d := must[*ecs.DescribeDaemonOutput](r.t)(r.ecs.DescribeDaemon(r.t.Context(), &ecs.DescribeDaemonInput{DaemonArn: aws.String(agentARN)})).Daemon
		out := must[*ecs.DescribeDaemonDeploymentsOutput](r.t)(r.ecs.DescribeDaemonDeployments(r.t.Context(), &ecs.DescribeDaemonDeploymentsInput{DaemonDeploymentArns: []string{*d.DeploymentArn}}))
		if status := out.DaemonDeployments[0].Status; status != types.DaemonDeploymentStatusPending && status != types.DaemonDeploymentStatusInProgress {
			return out.DaemonDeployments[0]
		}
		r.watch.pass(5 * time.Second)
	}
	r.t.Fatal("the deployment does not end")
	return types.DaemonDeployment{}
}

func (r *rig) agentTasks() []types.Task {
	r.t.Helper()
	list := must[*ecs.ListTasksOutput](r.t)(r.ecs.ListTasks(r.t.Context(), &ecs.ListTasksInput{Cluster: demo(), DaemonName: aws.String("agent")}))
	if len(list.TaskArns) == 0 {
		return nil
	}
	return must[*ecs.DescribeTasksOutput](r.t)(r.ecs.DescribeTasks(r.t.Context(), &ecs.DescribeTasksInput{Cluster: demo(), Tasks: list.TaskArns, Include: []types.TaskField{types.TaskFieldTags}})).Tasks
}

// TestDaemons is that a daemon runs one task on each container instance of its
// capacity provider and on no other, that an update brings its new revision there,
// and that it is no service.
func TestDaemons(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	r.agents()
	first := r.deployed()
	if first.Status != types.DaemonDeploymentStatusSuccessful || *first.TargetDaemonRevision.TotalRunningInstanceCount != 2 || *first.DeploymentConfiguration.DrainPercent != 25 {
		t.Errorf("the first deployment is %s: %+v", first.Status, first.TargetDaemonRevision)
	}
	tasks := r.agentTasks()
	on := map[string]bool{}
	for _, task := range tasks {
		on[*task.ContainerInstanceArn] = true
		if *task.Group != "daemon:agent" || *task.LastStatus != "RUNNING" || len(task.Tags) != 3 || *task.TaskDefinitionArn != "arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/agent:1" {
			t.Errorf("a task is %s, %s, %v, %s", *task.Group, *task.LastStatus, task.Tags, *task.TaskDefinitionArn)
		}
	}
	if len(tasks) != 2 || len(on) != 2 {
		t.Errorf("%d tasks on %d instances, want one on each of two", len(tasks), len(on))
	}
	d := must[*ecs.DescribeDaemonOutput](t)(r.ecs.DescribeDaemon(ctx, &ecs.DescribeDaemonInput{DaemonArn: aws.String(agentARN)})).Daemon
	if d.Status != types.DaemonStatusActive || len(d.CurrentRevisions) != 1 || d.CurrentRevisions[0].TotalRunningCount != 2 ||
		*d.CurrentRevisions[0].CapacityProviders[0].Arn != ownProvider || *d.CurrentRevisions[0].Arn != *first.TargetDaemonRevision.Arn {
		t.Errorf("the daemon is %+v", d)
	}
	if services := must[*ecs.ListServicesOutput](t)(r.ecs.ListServices(ctx, &ecs.ListServicesInput{Cluster: demo()})); len(services.ServiceArns) != 0 {
		t.Errorf("the services are %v", services.ServiceArns)
	}
	none := must[*ecs.DescribeServicesOutput](t)(r.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: demo(), Services: []string{"daemon:agent"}}))
	if len(none.Services) != 0 {
		t.Error("the daemon is described as a service")
	}

	updated := must[*ecs.UpdateDaemonOutput](t)(r.ecs.UpdateDaemon(ctx, &ecs.UpdateDaemonInput{
		DaemonArn: aws.String(agentARN), DaemonTaskDefinitionArn: aws.String(r.agent("agent:2")), CapacityProviderArns: []string{ownProvider},
		Critical: aws.Bool(false), EnableExecuteCommand: true, DeploymentConfiguration: &types.DaemonDeploymentConfiguration{DrainPercent: aws.Float64(10)},
	}))
	second := r.deployed()
	if second.Status != types.DaemonDeploymentStatusSuccessful || *second.DaemonDeploymentArn != *updated.DeploymentArn || *second.DeploymentConfiguration.DrainPercent != 10 ||
		*second.SourceDaemonRevisions[0].Arn != *first.TargetDaemonRevision.Arn {
		t.Errorf("the second deployment is %+v", second)
	}
	for _, task := range r.agentTasks() {
		if *task.TaskDefinitionArn != "arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/agent:2" || !task.EnableExecuteCommand {
			t.Errorf("a task is of %s", *task.TaskDefinitionArn)
		}
	}
	revisions := must[*ecs.DescribeDaemonRevisionsOutput](t)(r.ecs.DescribeDaemonRevisions(ctx, &ecs.DescribeDaemonRevisionsInput{
		DaemonRevisionArns: []string{*first.TargetDaemonRevision.Arn, *second.TargetDaemonRevision.Arn, agentARN[:len("arn:aws:ecs:us-east-1:123456789012:")] + "daemon-revision/demo/agent/1"}}))
	if len(revisions.Failures) != 1 || len(revisions.DaemonRevisions) != 2 || !*revisions.DaemonRevisions[0].Critical || *revisions.DaemonRevisions[1].Critical ||
		!*revisions.DaemonRevisions[1].EnableExecuteCommand || *revisions.DaemonRevisions[0].ContainerImages[0].Image != "agent:1" {
		t.Errorf("the revisions are %+v, %+v", revisions.DaemonRevisions, revisions.Failures)
	}
	listed := must[*ecs.ListDaemonDeploymentsOutput](t)(r.ecs.ListDaemonDeployments(ctx, &ecs.ListDaemonDeploymentsInput{DaemonArn: aws.String(agentARN), MaxResults: aws.Int32(1)}))
	if len(listed.DaemonDeployments) != 1 || *listed.DaemonDeployments[0].DaemonDeploymentArn != *second.DaemonDeploymentArn || listed.NextToken == nil {
		t.Errorf("the deployments are %+v", listed.DaemonDeployments)
	}
}

// What rolls a daemon out is no operation of services' to see or to stop.
func TestDaemonDeploymentsAreNoneOfServices(t *testing.T) {
	r := ephemeral(t)
	r.agents()
	d := r.deployed()
	asService := strings.NewReplacer(":daemon-", ":service-", "/agent/", "/daemon:agent/")
	deployment, revision := asService.Replace(*d.DaemonDeploymentArn), asService.Replace(*d.TargetDaemonRevision.Arn)
	deployments := must[*ecs.DescribeServiceDeploymentsOutput](t)(r.ecs.DescribeServiceDeployments(t.Context(), &ecs.DescribeServiceDeploymentsInput{ServiceDeploymentArns: []string{deployment}}))
	revisions := must[*ecs.DescribeServiceRevisionsOutput](t)(r.ecs.DescribeServiceRevisions(t.Context(), &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{revision}}))
	if len(deployments.Failures) != 1 || len(revisions.Failures) != 1 {
		t.Errorf("described: %+v, %+v", deployments.ServiceDeployments, revisions.ServiceRevisions)
	}
	_, err := r.ecs.StopServiceDeployment(t.Context(), &ecs.StopServiceDeploymentInput{ServiceDeploymentArn: &deployment})
	refusedWith(t, "ServiceDeploymentNotFoundException", err)
}

// TestDaemonEnds is that a daemon cannot lose its capacity provider while it is
// there, and is gone when its tasks are.
func TestDaemonEnds(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	r.agents()
	r.deployed()
	again := &ecs.CreateDaemonInput{
		ClusterArn: demo(), DaemonName: aws.String("agent"), DaemonTaskDefinitionArn: aws.String("agent:1"), CapacityProviderArns: []string{ownProvider},
	}
	_, err := r.ecs.CreateDaemon(ctx, again)
	refusedWith(t, "InvalidParameterException", err)
	_, err = r.ecs.PutClusterCapacityProviders(ctx, &ecs.PutClusterCapacityProvidersInput{Cluster: demo(), CapacityProviders: []string{}, DefaultCapacityProviderStrategy: []types.CapacityProviderStrategyItem{}})
	refusedWith(t, "ResourceInUseException", err)
	must[*ecs.UntagResourceOutput](t)(r.ecs.UntagResource(ctx, &ecs.UntagResourceInput{ResourceArn: aws.String(agentARN), TagKeys: []string{"a"}}))
	if tags := must[*ecs.ListTagsForResourceOutput](t)(r.ecs.ListTagsForResource(ctx, &ecs.ListTagsForResourceInput{ResourceArn: aws.String(agentARN)})); len(tags.Tags) != 0 {
		t.Errorf("the tags are %v", tags.Tags)
	}
	all := must[*ecs.ListDaemonsOutput](t)(r.ecs.ListDaemons(ctx, &ecs.ListDaemonsInput{ClusterArn: demo(), CapacityProviderArns: []string{ownProvider}}))
	if len(all.DaemonSummariesList) != 1 || *all.DaemonSummariesList[0].DaemonArn != agentARN {
		t.Errorf("the daemons are %+v", all.DaemonSummariesList)
	}
	deleted := must[*ecs.DeleteDaemonOutput](t)(r.ecs.DeleteDaemon(ctx, &ecs.DeleteDaemonInput{DaemonArn: aws.String(agentARN)}))
	if deleted.Status != types.DaemonStatusDeleteInProgress {
		t.Errorf("the deleted daemon is %s", deleted.Status)
	}
	_, err = r.ecs.DeleteDaemon(ctx, &ecs.DeleteDaemonInput{DaemonArn: aws.String(agentARN)})
	refusedWith(t, "DaemonNotActiveException", err)
	_, err = r.ecs.UpdateDaemon(ctx, &ecs.UpdateDaemonInput{DaemonArn: aws.String(agentARN), DaemonTaskDefinitionArn: aws.String("agent:1"), CapacityProviderArns: []string{ownProvider}})
	refusedWith(t, "DaemonNotActiveException", err)
	must[*ecs.DeleteDaemonTaskDefinitionOutput](t)(r.ecs.DeleteDaemonTaskDefinition(ctx, &ecs.DeleteDaemonTaskDefinitionInput{DaemonTaskDefinition: aws.String("agent:1")}))
	if status := r.definitionStatus("agent:1"); status != types.DaemonTaskDefinitionStatusDeleteInProgress {
		t.Errorf("the daemon task definition is %s while tasks have it", status)
	}
	r.watch.pass(5 * time.Minute)
	_, err = r.ecs.DescribeDaemon(ctx, &ecs.DescribeDaemonInput{DaemonArn: aws.String(agentARN)})
	refusedWith(t, "DaemonNotFoundException", err)
	if tasks := r.agentTasks(); len(tasks) != 0 {
		t.Errorf("%d tasks are left", len(tasks))
	}
	if status := r.definitionStatus("agent:1"); status != types.DaemonTaskDefinitionStatusDeleted {
		t.Errorf("the daemon task definition is %s", status)
	}
	_, err = r.ecs.DeleteDaemonTaskDefinition(ctx, &ecs.DeleteDaemonTaskDefinitionInput{DaemonTaskDefinition: aws.String("agent:1")})
	refusedWith(t, "ClientException", err)
	_, err = r.ecs.CreateDaemon(ctx, again) // with a definition that is deleted
	refusedWith(t, "ClientException", err)
}

func (r *rig) definitionStatus(named string) types.DaemonTaskDefinitionStatus {
	r.t.Helper()
	return must[*ecs.DescribeDaemonTaskDefinitionOutput](r.t)(r.ecs.DescribeDaemonTaskDefinition(r.t.Context(),
		&ecs.DescribeDaemonTaskDefinitionInput{DaemonTaskDefinition: &named})).DaemonTaskDefinition.Status
}

// TestDaemonTaskDefinitions is that revisions come back as they were registered, in
// order.
func TestDaemonTaskDefinitions(t *testing.T) {
	r := ephemeral(t)
	ctx := t.Context()
	for range 11 {
		r.agent("agent:1")
	}
	d := must[*ecs.DescribeDaemonTaskDefinitionOutput](t)(r.ecs.DescribeDaemonTaskDefinition(ctx, &ecs.DescribeDaemonTaskDefinitionInput{DaemonTaskDefinition: aws.String("agent")})).DaemonTaskDefinition
	if d.Revision != 11 || *d.DaemonTaskDefinitionArn != "arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/agent:11" || d.PidMode != types.DaemonPidModeShared ||
		d.IpcMode != types.DaemonIpcModeNone || !*d.ContainerDefinitions[0].Essential || !*d.ContainerDefinitions[0].Privileged || *d.Cpu != "128" {
		t.Errorf("the latest is %+v", d)
	}
	list := func(in *ecs.ListDaemonTaskDefinitionsInput) []string {
		t.Helper()
		var arns []string
		for {
			page := must[*ecs.ListDaemonTaskDefinitionsOutput](t)(r.ecs.ListDaemonTaskDefinitions(ctx, in))
			for _, x := range page.DaemonTaskDefinitions {
				arns = append(arns, (*x.Arn)[len("arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/"):])
			}
			if in.NextToken = page.NextToken; in.NextToken == nil {
				return arns
			}
		}
	}
	if all := list(&ecs.ListDaemonTaskDefinitionsInput{FamilyPrefix: aws.String("ag"), MaxResults: aws.Int32(4)}); len(all) != 11 || all[1] != "agent:2" || all[10] != "agent:11" {
		t.Errorf("the revisions are %v", all)
	}
	if last := list(&ecs.ListDaemonTaskDefinitionsInput{Family: aws.String("agent"), Revision: types.DaemonTaskDefinitionRevisionFilterLastRegistered}); !slices.Equal(last, []string{"agent:11"}) {
		t.Errorf("the last is %v", last)
	}
	must[*ecs.DeleteDaemonTaskDefinitionOutput](t)(r.ecs.DeleteDaemonTaskDefinition(ctx, &ecs.DeleteDaemonTaskDefinitionInput{DaemonTaskDefinition: d.DaemonTaskDefinitionArn}))
	if all := list(&ecs.ListDaemonTaskDefinitionsInput{Sort: types.SortOrderDesc}); len(all) != 10 || all[0] != "agent:10" {
		t.Errorf("the revisions are %v", all)
	}
	if all := list(&ecs.ListDaemonTaskDefinitionsInput{Status: types.DaemonTaskDefinitionStatusFilterAll}); len(all) != 11 {
		t.Errorf("%d revisions of any status", len(all))
	}
	tags := must[*ecs.ListTagsForResourceOutput](t)(r.ecs.ListTagsForResource(ctx, &ecs.ListTagsForResourceInput{ResourceArn: aws.String("arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/agent:1")}))
	if len(tags.Tags) != 1 || *tags.Tags[0].Value != "ops" {
		t.Errorf("the tags are %v", tags.Tags)
	}
	for _, in := range []*ecs.RegisterDaemonTaskDefinitionInput{
		{Family: aws.String("a b"), ContainerDefinitions: []types.DaemonContainerDefinition{{Name: aws.String("a"), Image: aws.String("a"), Memory: aws.Int32(4)}}},
		{Family: aws.String("agent"), ContainerDefinitions: []types.DaemonContainerDefinition{{Name: aws.String("a"), Image: aws.String("")}}},
		{Family: aws.String("agent"), ContainerDefinitions: []types.DaemonContainerDefinition{{Name: aws.String("a"), Image: aws.String("a"), Memory: aws.Int32(4)}},
			Volumes: []types.DaemonVolume{{Name: aws.String("v"), Host: &types.HostVolumeProperties{}, LogDriverVolumeConfiguration: &types.LogDriverVolumeConfiguration{Driver: types.LogDriverJsonFile}}}},
	} {
		_, err := r.ecs.RegisterDaemonTaskDefinition(ctx, in)
		refusedWith(t, "ClientException", err)
	}
}

// TestDaemonsOutliveTheProcess is that a daemon is there when its world is opened
// again, and runs on the container instance that comes then.
func TestDaemonsOutliveTheProcess(t *testing.T) {
	dir, clock := t.TempDir(), newWatch()
	open := func() *rig {
		r := attach(t, emulator.Options{Dir: dir, Seed: 1, Now: clock.Now})
		r.watch = clock
		return r
	}
	r := open()
	r.agents()
	r.deployed()
	if err := r.a.Close(); err != nil {
		t.Fatal(err)
	}
	r = open()
	if n := len(r.agentTasks()); n != 2 {
		t.Errorf("%d tasks of the daemon are left, want 2", n)
	}
	must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web"), Count: aws.Int32(3),
		PlacementConstraints: []types.PlacementConstraint{{Type: types.PlacementConstraintTypeDistinctInstance}}}))
	clock.pass(15 * time.Minute)
	instances := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()}))
	own := len(instances.ContainerInstanceArns) - 1 // one is of no capacity provider
	if n := len(r.agentTasks()); n != own || own < 3 {
		t.Errorf("%d tasks of the daemon on %d container instances of its capacity provider", n, own)
	}
}

// TestDaemonRollsBack is that a revision whose tasks do not start gives way to the
// one before.
func TestDaemonRollsBack(t *testing.T) {
	r := ephemeral(t)
	r.agents()
	first := r.deployed()
	must[*ecs.UpdateDaemonOutput](t)(r.ecs.UpdateDaemon(t.Context(), &ecs.UpdateDaemonInput{
		DaemonArn: aws.String(agentARN), DaemonTaskDefinitionArn: aws.String(r.agent("123456789012.dkr.ecr.us-east-1.amazonaws.com/none:1")), CapacityProviderArns: []string{ownProvider},
	}))
	var d types.DaemonDeployment
	for range 400 {
		daemon := must[*ecs.DescribeDaemonOutput](t)(r.ecs.DescribeDaemon(t.Context(), &ecs.DescribeDaemonInput{DaemonArn: aws.String(agentARN)})).Daemon
		d = must[*ecs.DescribeDaemonDeploymentsOutput](t)(r.ecs.DescribeDaemonDeployments(t.Context(), &ecs.DescribeDaemonDeploymentsInput{DaemonDeploymentArns: []string{*daemon.DeploymentArn}})).DaemonDeployments[0]
		if d.Status == types.DaemonDeploymentStatusRollbackSuccessful {
			break
		}
		r.watch.pass(10 * time.Second)
	}
	if d.Status != types.DaemonDeploymentStatusRollbackSuccessful || *d.Rollback.RollbackTargetDaemonRevisionArn != *first.TargetDaemonRevision.Arn {
		t.Fatalf("the deployment is %s: %+v", d.Status, d.Rollback)
	}
	tasks := r.agentTasks()
	for _, task := range tasks {
		if *task.TaskDefinitionArn != "arn:aws:ecs:us-east-1:123456789012:daemon-task-definition/agent:1" {
			t.Errorf("a task is of %s", *task.TaskDefinitionArn)
		}
	}
	if len(tasks) != 2 {
		t.Errorf("%d tasks, want 2", len(tasks))
	}
}
