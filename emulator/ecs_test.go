package emulator_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	nouns "gantry/ecs"
)

func demo() *string { return aws.String("demo") }

func TestClusterLife(t *testing.T) {
	r := ephemeral(t)
	created := must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{}))
	if *created.Cluster.ClusterName != "default" || *created.Cluster.Status != "ACTIVE" {
		t.Errorf("cluster %+v", created.Cluster)
	}
	r.cluster()
	again := must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: demo()}))
	if again.Cluster.RegisteredContainerInstancesCount != 4 {
		t.Errorf("making a cluster again gave %+v", again.Cluster)
	}
	_, err := r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: aws.String("no spaces")})
	wantRefusal(t, err, "InvalidParameterException", "no spaces")

	_, err = r.ecs.DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: demo()})
	wantRefusal(t, err, "ClusterContainsContainerInstancesException", "Container Instances are active")
	deleted := must[*ecs.DeleteClusterOutput](t)(r.ecs.DeleteCluster(t.Context(), &ecs.DeleteClusterInput{Cluster: aws.String("default")}))
	if *deleted.Cluster.Status != "INACTIVE" {
		t.Errorf("status %s", *deleted.Cluster.Status)
	}
	if got := r.clusters(); !slices.Equal(got, []string{"demo"}) {
		t.Errorf("clusters %v", got)
	}
	describe := func() *ecs.DescribeClustersOutput {
		return must[*ecs.DescribeClustersOutput](t)(r.ecs.DescribeClusters(t.Context(), &ecs.DescribeClustersInput{}))
	}
	if out := describe(); len(out.Clusters) != 1 || *out.Clusters[0].Status != "INACTIVE" {
		t.Errorf("a deleted cluster is %+v", out)
	}
	r.watch.pass(2 * time.Hour)
	if out := describe(); len(out.Failures) != 1 || *out.Failures[0].Reason != "MISSING" {
		t.Errorf("a cluster that was deleted long ago is %+v", out)
	}
}

// The default cluster comes to be with its first instance, and no other does.
func TestDefaultClusterComesWithAnInstance(t *testing.T) {
	r := ephemeral(t)
	if got := r.clusters(); len(got) != 0 {
		t.Fatalf("a fresh world has clusters %v", got)
	}
	status, _, body := r.call(http.MethodPost, "/_gantry/instances", "", `{"cluster":"none","instanceType":"t3.small"}`)
	if status != http.StatusBadRequest || !strings.Contains(body, "Cluster not found.") {
		t.Errorf("%d %s", status, body)
	}
	r.admin(http.MethodPost, "/_gantry/instances", `{"instanceType":"t3.small"}`, nil)
	if got := r.clusters(); !slices.Equal(got, []string{"default"}) {
		t.Errorf("clusters %v", got)
	}
}

func TestAddInstances(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	for body, says := range map[string]string{
		`{"cluster":"demo","instanceType":"t3.smal"}`:                         "Did you mean t3.small?",
		`{"cluster":"demo","instanceType":"t3.small","count":0}`:              "between 1 and 5000",
		`{"cluster":"demo","instanceType":"t3.small","zones":["us-east-1z"]}`: "us-east-1z",
		`{"cluster":"demo","instanceType":"t3.small","zones":"us-east-1a"}`:   "JSON",
		`{"cluster":"demo"}`: "instance type",
	} {
		if status, _, answer := r.call(http.MethodPost, "/_gantry/instances", "", body); status != http.StatusBadRequest || !strings.Contains(answer, says) {
			t.Errorf("%s: %d %s, want %q", body, status, answer, says)
		}
	}
	listed := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{
		Cluster: demo(), Filter: aws.String("attribute:ecs.availability-zone == us-east-1b and attribute:ecs.instance-type == t3.small"),
	}))
	if len(listed.ContainerInstanceArns) != 2 {
		t.Fatalf("%d instances in us-east-1b, want 2", len(listed.ContainerInstanceArns))
	}
	described := must[*ecs.DescribeContainerInstancesOutput](t)(r.ecs.DescribeContainerInstances(t.Context(), &ecs.DescribeContainerInstancesInput{
		Cluster: demo(), ContainerInstances: listed.ContainerInstanceArns,
	}))
	instance := described.ContainerInstances[0]
	for _, resource := range instance.RegisteredResources {
		switch *resource.Name {
		case "CPU":
			if resource.IntegerValue != 2048 {
				t.Errorf("CPU %d", resource.IntegerValue)
			}
		case "PORTS":
			if !slices.Contains(resource.StringSetValue, "51678") {
				t.Errorf("ports %v", resource.StringSetValue)
			}
		}
	}
	_, err := r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo(), Filter: aws.String("attribute:x ==")})
	wantRefusal(t, err, "InvalidParameterException", "expression")
}

func TestTaskDefinitionLife(t *testing.T) {
	r := ephemeral(t)
	for range 3 {
		must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	}
	deregistered := must[*ecs.DeregisterTaskDefinitionOutput](t)(r.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("web:3")}))
	if deregistered.TaskDefinition.Status != types.TaskDefinitionStatusInactive || deregistered.TaskDefinition.DeregisteredAt == nil {
		t.Errorf("deregistered %+v", deregistered.TaskDefinition)
	}
	describe := func(name string) *types.TaskDefinition {
		return must[*ecs.DescribeTaskDefinitionOutput](t)(r.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &name})).TaskDefinition
	}
	if got := describe("web").Revision; got != 2 {
		t.Errorf("the latest ACTIVE revision is %d, want 2", got)
	}
	if got := describe("arn:aws:ecs:us-east-1:123456789012:task-definition/web:3").Status; got != types.TaskDefinitionStatusInactive {
		t.Errorf("revision 3 is %s", got)
	}
	for name, says := range map[string]string{"web:9": "Unable to describe", "none": "Unable to describe", "web:x": "Invalid revision number", "web:0": "Invalid revision number"} {
		if _, err := r.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: &name}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", name, err, says)
		}
	}
	list := func(in *ecs.ListTaskDefinitionsInput) string {
		var names []string
		pages := ecs.NewListTaskDefinitionsPaginator(r.ecs, in)
		for pages.HasMorePages() {
			page := must[*ecs.ListTaskDefinitionsOutput](t)(pages.NextPage(t.Context()))
			for _, arn := range page.TaskDefinitionArns {
				names = append(names, arn[strings.LastIndex(arn, "/")+1:])
			}
		}
		return strings.Join(names, " ")
	}
	other := webDefinition(nil)
	other.Family = aws.String("web-2")
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), other))
	for _, tt := range []struct {
		in   ecs.ListTaskDefinitionsInput
		want string
	}{
		{ecs.ListTaskDefinitionsInput{}, "web:1 web:2 web-2:1"},
		{ecs.ListTaskDefinitionsInput{MaxResults: aws.Int32(1)}, "web:1 web:2 web-2:1"},
		{ecs.ListTaskDefinitionsInput{Sort: types.SortOrderDesc, MaxResults: aws.Int32(2)}, "web-2:1 web:2 web:1"},
		{ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("web")}, "web:1 web:2"},
		{ecs.ListTaskDefinitionsInput{FamilyPrefix: aws.String("we")}, ""},
		{ecs.ListTaskDefinitionsInput{Status: types.TaskDefinitionStatusInactive}, "web:3"},
	} {
		if got := list(&tt.in); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.in, got, tt.want)
		}
	}
	families := must[*ecs.ListTaskDefinitionFamiliesOutput](t)(r.ecs.ListTaskDefinitionFamilies(t.Context(), &ecs.ListTaskDefinitionFamiliesInput{FamilyPrefix: aws.String("we")}))
	if !slices.Equal(families.Families, []string{"web", "web-2"}) {
		t.Errorf("families %v", families.Families)
	}
	deleted := must[*ecs.DeleteTaskDefinitionsOutput](t)(r.ecs.DeleteTaskDefinitions(t.Context(), &ecs.DeleteTaskDefinitionsInput{TaskDefinitions: []string{"web:3", "web:2", "web:8", "web"}}))
	if len(deleted.TaskDefinitions) != 1 || len(deleted.Failures) != 3 || deleted.TaskDefinitions[0].Status != types.TaskDefinitionStatusDeleteInProgress {
		t.Errorf("deleted %+v", deleted)
	}
	next := must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	if next.TaskDefinition.Revision != 4 {
		t.Errorf("the next revision is %d, want 4: numbers are not used again", next.TaskDefinition.Revision)
	}
}

func TestServiceLife(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(2)
	_, err := r.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: demo(), Service: aws.String("web")})
	wantRefusal(t, err, "InvalidParameterException", "The service cannot be stopped while it is scaled above 0.")
	deleted := must[*ecs.DeleteServiceOutput](t)(r.ecs.DeleteService(t.Context(), &ecs.DeleteServiceInput{Cluster: demo(), Service: aws.String("web"), Force: aws.Bool(true)}))
	if *deleted.Service.Status != "DRAINING" {
		t.Errorf("status %s", *deleted.Service.Status)
	}
	create := &ecs.CreateServiceInput{Cluster: demo(), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(1)}
	_, err = r.ecs.CreateService(t.Context(), create)
	wantRefusal(t, err, "InvalidParameterException", "Unable to Start a service that is still Draining.")
	listed := must[*ecs.ListServicesOutput](t)(r.ecs.ListServices(t.Context(), &ecs.ListServicesInput{Cluster: demo()}))
	if len(listed.ServiceArns) != 0 {
		t.Errorf("a draining service is listed: %v", listed.ServiceArns)
	}
	r.watch.pass(3 * time.Minute)
	if got := *r.describe().Status; got != "INACTIVE" {
		t.Errorf("status %s after its tasks stopped", got)
	}
	_, err = r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: demo(), Service: aws.String("web"), DesiredCount: aws.Int32(1)})
	wantRefusal(t, err, "ServiceNotActiveException", "Service was not ACTIVE.")
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), create))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), create)) // the same again is the same
	create.DesiredCount = aws.Int32(5)
	_, err = r.ecs.CreateService(t.Context(), create)
	wantRefusal(t, err, "InvalidParameterException", "Creation of service was not idempotent.")
}

func TestServicePages(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	for i := range 23 {
		must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
			Cluster: demo(), ServiceName: aws.String(fmt.Sprintf("s%02d", i)), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(0),
		}))
	}
	var sizes []int
	pages := ecs.NewListServicesPaginator(r.ecs, &ecs.ListServicesInput{Cluster: demo()})
	seen := map[string]bool{}
	for pages.HasMorePages() {
		page := must[*ecs.ListServicesOutput](t)(pages.NextPage(t.Context()))
		sizes = append(sizes, len(page.ServiceArns))
		for _, arn := range page.ServiceArns {
			seen[arn] = true
		}
	}
	if !slices.Equal(sizes, []int{10, 10, 3}) || len(seen) != 23 {
		t.Errorf("pages of %v, %d services", sizes, len(seen))
	}
	for _, bad := range []*ecs.ListServicesInput{
		{Cluster: demo(), NextToken: aws.String("nonsense")},
		{Cluster: demo(), MaxResults: aws.Int32(101)},
		{Cluster: demo(), MaxResults: aws.Int32(-1)},
	} {
		_, err := r.ecs.ListServices(t.Context(), bad)
		wantRefusal(t, err, "InvalidParameterException", "")
	}
}

func TestRunTask(t *testing.T) {
	r := ephemeral(t)
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: demo()}))
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	run := func(in ecs.RunTaskInput) (*ecs.RunTaskOutput, error) {
		in.Cluster, in.TaskDefinition = demo(), aws.String("web")
		return r.ecs.RunTask(t.Context(), &in)
	}
	_, err := run(ecs.RunTaskInput{})
	wantRefusal(t, err, "InvalidParameterException", "No Container Instances were found in your cluster.")
	r.cluster()

	first := must[*ecs.RunTaskOutput](t)(run(ecs.RunTaskInput{Count: aws.Int32(3), ClientToken: aws.String("token")}))
	again := must[*ecs.RunTaskOutput](t)(run(ecs.RunTaskInput{Count: aws.Int32(3), ClientToken: aws.String("token")}))
	if len(first.Tasks) != 3 || len(again.Tasks) != 3 || *first.Tasks[0].TaskArn != *again.Tasks[0].TaskArn {
		t.Errorf("%d tasks, then %d", len(first.Tasks), len(again.Tasks))
	}
	_, err = run(ecs.RunTaskInput{Count: aws.Int32(2), ClientToken: aws.String("token")})
	wantRefusal(t, err, "ConflictException", "client token")

	nowhere := must[*ecs.RunTaskOutput](t)(run(ecs.RunTaskInput{PlacementConstraints: []types.PlacementConstraint{{
		Type: types.PlacementConstraintTypeMemberOf, Expression: aws.String("attribute:ecs.instance-type == g2.2xlarge"),
	}}}))
	if len(nowhere.Tasks) != 0 || len(nowhere.Failures) == 0 || *nowhere.Failures[0].Reason != "MemberOf placement constraint unsatisfied." {
		t.Errorf("tasks %d, failures %+v", len(nowhere.Tasks), nowhere.Failures)
	}
	spread := must[*ecs.RunTaskOutput](t)(run(ecs.RunTaskInput{Count: aws.Int32(8), Group: aws.String("spread"), PlacementStrategy: []types.PlacementStrategy{{
		Type: types.PlacementStrategyTypeSpread, Field: aws.String("attribute:ecs.availability-zone"),
	}}}))
	zones := map[string]int{}
	for _, task := range spread.Tasks {
		zones[*task.AvailabilityZone]++
	}
	if zones["us-east-1a"] != 4 || zones["us-east-1b"] != 4 {
		t.Errorf("8 tasks spread as %v", zones)
	}
	_, err = run(ecs.RunTaskInput{Overrides: &types.TaskOverride{ContainerOverrides: []types.ContainerOverride{{Name: aws.String("none")}}}})
	wantRefusal(t, err, "InvalidParameterException", "none")

	stopped := must[*ecs.StopTaskOutput](t)(r.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: demo(), Task: first.Tasks[0].TaskArn, Reason: aws.String("enough")}))
	if *stopped.Task.DesiredStatus != "STOPPED" {
		t.Errorf("desired status %s", *stopped.Task.DesiredStatus)
	}
	r.watch.pass(time.Minute)
	out := must[*ecs.DescribeTasksOutput](t)(r.ecs.DescribeTasks(t.Context(), &ecs.DescribeTasksInput{Cluster: demo(), Tasks: []string{*first.Tasks[0].TaskArn, "ffffffffffffffffffffffffffffffff"}}))
	if len(out.Tasks) != 1 || *out.Tasks[0].LastStatus != "STOPPED" || *out.Tasks[0].StoppedReason != "enough" || len(out.Failures) != 1 {
		t.Errorf("tasks %+v, failures %+v", out.Tasks, out.Failures)
	}
}

func TestDrainAndAttributes(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(4)
	listed := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()}))
	target := listed.ContainerInstanceArns[0]
	drained := must[*ecs.UpdateContainerInstancesStateOutput](t)(r.ecs.UpdateContainerInstancesState(t.Context(), &ecs.UpdateContainerInstancesStateInput{
		Cluster: demo(), ContainerInstances: []string{target, "none"}, Status: types.ContainerInstanceStatusDraining,
	}))
	if len(drained.ContainerInstances) != 1 || *drained.ContainerInstances[0].Status != "DRAINING" || len(drained.Failures) != 1 {
		t.Errorf("drained %+v", drained)
	}
	r.watch.pass(3 * time.Minute)
	r.steady()
	left := must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: demo(), ContainerInstance: &target}))
	if len(left.TaskArns) != 0 {
		t.Errorf("%d tasks on a drained instance", len(left.TaskArns))
	}
	must[*ecs.PutAttributesOutput](t)(r.ecs.PutAttributes(t.Context(), &ecs.PutAttributesInput{Cluster: demo(), Attributes: []types.Attribute{
		{Name: aws.String("stack"), Value: aws.String("blue"), TargetId: &target},
	}}))
	with := must[*ecs.ListAttributesOutput](t)(r.ecs.ListAttributes(t.Context(), &ecs.ListAttributesInput{
		Cluster: demo(), TargetType: types.TargetTypeContainerInstance, AttributeName: aws.String("stack"),
	}))
	if len(with.Attributes) != 1 || *with.Attributes[0].Value != "blue" || *with.Attributes[0].TargetId != target {
		t.Errorf("attributes %+v", with.Attributes)
	}
	must[*ecs.DeleteAttributesOutput](t)(r.ecs.DeleteAttributes(t.Context(), &ecs.DeleteAttributesInput{Cluster: demo(), Attributes: []types.Attribute{
		{Name: aws.String("stack"), TargetId: &target},
	}}))
	_, err := r.ecs.DeregisterContainerInstance(t.Context(), &ecs.DeregisterContainerInstanceInput{Cluster: demo(), ContainerInstance: &listed.ContainerInstanceArns[1]})
	wantRefusal(t, err, "InvalidParameterException", "running tasks")
	gone := must[*ecs.DeregisterContainerInstanceOutput](t)(r.ecs.DeregisterContainerInstance(t.Context(), &ecs.DeregisterContainerInstanceInput{
		Cluster: demo(), ContainerInstance: &listed.ContainerInstanceArns[1], Force: aws.Bool(true),
	}))
	if *gone.ContainerInstance.Status != "INACTIVE" {
		t.Errorf("status %s", *gone.ContainerInstance.Status)
	}
}

func TestTags(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	tasks := must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: demo()}))
	instances := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()}))
	const own = "arn:aws:ecs:us-east-1:123456789012:"
	for _, arn := range []string{own + "cluster/demo", own + "service/demo/web", own + "task-definition/web:1", tasks.TaskArns[0], instances.ContainerInstanceArns[0]} {
		must[*ecs.TagResourceOutput](t)(r.ecs.TagResource(t.Context(), &ecs.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{
			{Key: aws.String("team"), Value: aws.String("x")}, {Key: aws.String("env"), Value: aws.String("y")},
		}}))
		must[*ecs.UntagResourceOutput](t)(r.ecs.UntagResource(t.Context(), &ecs.UntagResourceInput{ResourceArn: &arn, TagKeys: []string{"env"}}))
		listed := must[*ecs.ListTagsForResourceOutput](t)(r.ecs.ListTagsForResource(t.Context(), &ecs.ListTagsForResourceInput{ResourceArn: &arn}))
		if len(listed.Tags) != 1 || *listed.Tags[0].Key != "team" {
			t.Errorf("tags of %s: %+v", arn, listed.Tags)
		}
	}
	for arn, says := range map[string]string{"nonsense": "The ARN provided is invalid.", own + "service/demo/none": "not found", own + "bucket/x": "invalid"} {
		_, err := r.ecs.ListTagsForResource(t.Context(), &ecs.ListTagsForResourceInput{ResourceArn: &arn})
		wantRefusal(t, err, "InvalidParameterException", says)
	}
	arn := own + "cluster/demo"
	_, err := r.ecs.TagResource(t.Context(), &ecs.TagResourceInput{ResourceArn: &arn, Tags: []types.Tag{{Key: aws.String("aws:x"), Value: aws.String("y")}}})
	wantRefusal(t, err, "InvalidParameterException", "aws:")
}

// A service that finds no place says so, with a reason for each instance.
func TestUnplaced(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	big := webDefinition(nil)
	big.ContainerDefinitions[0].Memory = aws.Int32(64_000)
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), big))
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{
		Cluster: demo(), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(1),
	}))
	r.watch.pass(time.Minute)
	var answer struct {
		Summary   string
		Instances []struct{ ContainerInstanceArn, EC2InstanceID, Reason, Detail string }
	}
	r.admin(http.MethodGet, "/_gantry/unplaced?cluster=demo&service=web", "", &answer)
	if len(answer.Instances) != 4 || answer.Instances[0].Reason != "RESOURCE:MEMORY" || answer.Instances[0].EC2InstanceID == "" || answer.Summary == "" {
		t.Errorf("unplaced %+v", answer)
	}
	var why nouns.Explanation
	r.admin(http.MethodGet, "/_gantry/explain?cluster=demo&service=web", "", &why)
	if why.Floor != 1 || why.Ceiling != 2 || len(why.Waits) != 1 || why.Waits[0].Kind != "PLACE" || why.Waits[0].Tasks != 1 {
		t.Errorf("explained by %+v", why)
	}
	if events := r.describe().Events; len(events) == 0 || !strings.Contains(*events[0].Message, "has insufficient memory available") {
		t.Errorf("events %+v", events)
	}
}

// A task says why it is where it is, and a RunTask why its next one would go
// nowhere.
func TestPlacementExplained(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(1)
	tasks := must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: demo()}))
	for _, name := range []string{tasks.TaskArns[0], nouns.ARN(tasks.TaskArns[0]).Short()} {
		var why nouns.Placement
		r.admin(http.MethodGet, "/_gantry/explain?cluster=demo&task="+name, "", &why)
		if why.Rule != nouns.PlacedByStrategy || why.Fits != 4 || len(why.Steps) == 0 || why.Steps[0].Value == "" || why.DecidedAt.IsZero() {
			t.Errorf("explained by %+v", why)
		}
	}
	for body, want := range map[string]nouns.PlacementRule{
		`{"cluster":"demo","taskDefinition":"web"}`:                                nouns.PlacedByStrategy,
		`{"cluster":"demo","taskDefinition":"web","overrides":{"memory":"64000"}}`: nouns.NotPlaced,
	} {
		var why nouns.Placement
		r.admin(http.MethodPost, "/_gantry/explain", body, &why)
		if why.Rule != want || why.Considered != 4 || want == nouns.NotPlaced && (len(why.Refused) != 1 || why.Closest == nil) {
			t.Errorf("%s is explained by %+v", body, why)
		}
	}
	if again := must[*ecs.ListTasksOutput](t)(r.ecs.ListTasks(t.Context(), &ecs.ListTasksInput{Cluster: demo()})); len(again.TaskArns) != 1 {
		t.Errorf("asking has started tasks: %v", again.TaskArns)
	}
	for _, ask := range [][3]string{
		{http.MethodGet, "?cluster=demo&task=0123", "The referenced task was not found."},
		{http.MethodGet, "?cluster=nowhere&task=0123", "Cluster not found."},
		{http.MethodPost, "", "TaskDefinition can not be blank."},
	} {
		body := ""
		if ask[0] == http.MethodPost {
			body = `{"cluster":"demo"}`
		}
		if status, _, said := r.call(ask[0], "/_gantry/explain"+ask[1], "", body); status < 400 || !strings.Contains(said, ask[2]) {
			t.Errorf("%v is answered with %d %s", ask, status, said)
		}
	}
}

func TestServiceDeployments(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	r.service(2)
	must[*ecs.UpdateServiceOutput](t)(r.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: demo(), Service: aws.String("web"), ForceNewDeployment: true}))
	r.watch.pass(8 * time.Second)
	listed := must[*ecs.ListServiceDeploymentsOutput](t)(r.ecs.ListServiceDeployments(t.Context(), &ecs.ListServiceDeploymentsInput{
		Cluster: demo(), Service: aws.String("web"), MaxResults: aws.Int32(1),
	}))
	if len(listed.ServiceDeployments) != 1 || listed.NextToken == nil || listed.ServiceDeployments[0].Status != types.ServiceDeploymentStatusInProgress {
		t.Fatalf("listed %+v", listed)
	}
	arn := *listed.ServiceDeployments[0].ServiceDeploymentArn
	must[*ecs.StopServiceDeploymentOutput](t)(r.ecs.StopServiceDeployment(t.Context(), &ecs.StopServiceDeploymentInput{ServiceDeploymentArn: &arn}))
	r.steady()
	described := must[*ecs.DescribeServiceDeploymentsOutput](t)(r.ecs.DescribeServiceDeployments(t.Context(), &ecs.DescribeServiceDeploymentsInput{
		ServiceDeploymentArns: []string{arn, "arn:aws:ecs:us-east-1:123456789012:service-deployment/demo/web/none"},
	}))
	if len(described.ServiceDeployments) != 1 || described.ServiceDeployments[0].Status != types.ServiceDeploymentStatusRollbackSuccessful || len(described.Failures) != 1 {
		t.Errorf("described %+v, failures %+v", described.ServiceDeployments, described.Failures)
	}
	revision := *described.ServiceDeployments[0].TargetServiceRevision.Arn
	revisions := must[*ecs.DescribeServiceRevisionsOutput](t)(r.ecs.DescribeServiceRevisions(t.Context(), &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: []string{revision}}))
	if len(revisions.ServiceRevisions) != 1 || !strings.HasSuffix(*revisions.ServiceRevisions[0].TaskDefinition, "web:1") {
		t.Errorf("revisions %+v", revisions)
	}
	_, err := r.ecs.StopServiceDeployment(t.Context(), &ecs.StopServiceDeploymentInput{ServiceDeploymentArn: &arn})
	wantRefusal(t, err, "ConflictException", "")
	_, err = r.ecs.StopServiceDeployment(t.Context(), &ecs.StopServiceDeploymentInput{ServiceDeploymentArn: aws.String("arn:aws:ecs:us-east-1:123456789012:service-deployment/demo/web/none")})
	wantRefusal(t, err, "ServiceDeploymentNotFoundException", "")
}

// Services on Fargate need no container instances, by launch type and by
// capacity provider.
func TestFargate(t *testing.T) {
	r := ephemeral(t)
	must[*ecs.CreateClusterOutput](t)(r.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: demo()}))
	definition := webDefinition(nil)
	definition.NetworkMode, definition.Cpu, definition.Memory = types.NetworkModeAwsvpc, aws.String("256"), aws.String("512")
	definition.RequiresCompatibilities, definition.ExecutionRoleArn = []types.Compatibility{types.CompatibilityFargate}, aws.String("arn:aws:iam::123456789012:role/r")
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), definition))
	var world struct{ Subnets map[string]string }
	r.admin(http.MethodGet, "/_gantry/world", "", &world)
	network := &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{world.Subnets["us-east-1a"], world.Subnets["us-east-1b"]}}}
	in := &ecs.CreateServiceInput{
		Cluster: demo(), ServiceName: aws.String("web"), TaskDefinition: aws.String("web"), DesiredCount: aws.Int32(3),
		LaunchType: types.LaunchTypeFargate, NetworkConfiguration: network,
	}
	bad := *in
	bad.NetworkConfiguration = nil
	_, err := r.ecs.CreateService(t.Context(), &bad)
	wantRefusal(t, err, "InvalidParameterException", "Network Configuration must be provided")
	bad.NetworkConfiguration = &types.NetworkConfiguration{AwsvpcConfiguration: &types.AwsVpcConfiguration{Subnets: []string{"subnet-none"}}}
	_, err = r.ecs.CreateService(t.Context(), &bad)
	wantRefusal(t, err, "InvalidParameterException", "The subnet ID 'subnet-none' does not exist")
	both := *in
	both.CapacityProviderStrategy = []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE"), Weight: 1}}
	_, err = r.ecs.CreateService(t.Context(), &both)
	wantRefusal(t, err, "InvalidParameterException", "Specifying both a launch type and capacity provider strategy")
	must[*ecs.CreateServiceOutput](t)(r.ecs.CreateService(t.Context(), in))
	r.steady()
	providers := must[*ecs.DescribeCapacityProvidersOutput](t)(r.ecs.DescribeCapacityProviders(t.Context(), &ecs.DescribeCapacityProvidersInput{}))
	if len(providers.CapacityProviders) != 2 {
		t.Errorf("providers %+v", providers)
	}
	spot := &ecs.RunTaskInput{
		Cluster: demo(), TaskDefinition: aws.String("web"), NetworkConfiguration: network,
		CapacityProviderStrategy: []types.CapacityProviderStrategyItem{{CapacityProvider: aws.String("FARGATE_SPOT"), Weight: 1}},
	}
	_, err = r.ecs.RunTask(t.Context(), spot)
	wantRefusal(t, err, "InvalidParameterException", "a capacity provider that is not associated with the cluster")
	must[*ecs.PutClusterCapacityProvidersOutput](t)(r.ecs.PutClusterCapacityProviders(t.Context(), &ecs.PutClusterCapacityProvidersInput{
		Cluster: demo(), CapacityProviders: []string{"FARGATE", "FARGATE_SPOT"}, DefaultCapacityProviderStrategy: []types.CapacityProviderStrategyItem{},
	}))
	run := must[*ecs.RunTaskOutput](t)(r.ecs.RunTask(t.Context(), spot))
	if len(run.Tasks) != 1 || run.Tasks[0].ContainerInstanceArn != nil || *run.Tasks[0].LastStatus != "PROVISIONING" {
		t.Errorf("task %+v, failures %+v", run.Tasks, run.Failures)
	}
}

func TestStartTask(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	must[*ecs.RegisterTaskDefinitionOutput](t)(r.ecs.RegisterTaskDefinition(t.Context(), webDefinition(nil)))
	instances := must[*ecs.ListContainerInstancesOutput](t)(r.ecs.ListContainerInstances(t.Context(), &ecs.ListContainerInstancesInput{Cluster: demo()}))
	started := must[*ecs.StartTaskOutput](t)(r.ecs.StartTask(t.Context(), &ecs.StartTaskInput{
		Cluster: demo(), TaskDefinition: aws.String("web"), ContainerInstances: []string{instances.ContainerInstanceArns[2], "none"},
	}))
	if len(started.Tasks) != 1 || *started.Tasks[0].ContainerInstanceArn != instances.ContainerInstanceArns[2] || len(started.Failures) != 1 || *started.Failures[0].Reason != "MISSING" {
		t.Errorf("started %+v, failures %+v", started.Tasks, started.Failures)
	}
	// A revision that a task still has is deleted when that is over.
	must[*ecs.DeregisterTaskDefinitionOutput](t)(r.ecs.DeregisterTaskDefinition(t.Context(), &ecs.DeregisterTaskDefinitionInput{TaskDefinition: aws.String("web:1")}))
	must[*ecs.DeleteTaskDefinitionsOutput](t)(r.ecs.DeleteTaskDefinitions(t.Context(), &ecs.DeleteTaskDefinitionsInput{TaskDefinitions: []string{"web:1"}}))
	described := must[*ecs.DescribeTaskDefinitionOutput](t)(r.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("web:1")}))
	if described.TaskDefinition.Status != types.TaskDefinitionStatusDeleteInProgress {
		t.Errorf("status %s", described.TaskDefinition.Status)
	}
	_, err := r.ecs.RunTask(t.Context(), &ecs.RunTaskInput{Cluster: demo(), TaskDefinition: aws.String("web:1")})
	wantRefusal(t, err, "ClientException", "TaskDefinition is inactive")
	must[*ecs.StopTaskOutput](t)(r.ecs.StopTask(t.Context(), &ecs.StopTaskInput{Cluster: demo(), Task: started.Tasks[0].TaskArn}))
	r.watch.pass(2 * time.Minute)
	_, err = r.ecs.DescribeTaskDefinition(t.Context(), &ecs.DescribeTaskDefinitionInput{TaskDefinition: aws.String("web:1")})
	wantRefusal(t, err, "ClientException", "Unable to describe task definition.")
}

func TestAccountSettings(t *testing.T) {
	r := ephemeral(t)
	put := must[*ecs.PutAccountSettingOutput](t)(r.ecs.PutAccountSetting(t.Context(), &ecs.PutAccountSettingInput{Name: types.SettingNameAwsvpcTrunking, Value: aws.String("enabled")}))
	if *put.Setting.Value != "enabled" {
		t.Errorf("setting %+v", put.Setting)
	}
	listed := must[*ecs.ListAccountSettingsOutput](t)(r.ecs.ListAccountSettings(t.Context(), &ecs.ListAccountSettingsInput{}))
	effective := must[*ecs.ListAccountSettingsOutput](t)(r.ecs.ListAccountSettings(t.Context(), &ecs.ListAccountSettingsInput{EffectiveSettings: true}))
	if len(listed.Settings) != 1 || len(effective.Settings) < 5 {
		t.Errorf("%d settings, %d effective", len(listed.Settings), len(effective.Settings))
	}
	must[*ecs.DeleteAccountSettingOutput](t)(r.ecs.DeleteAccountSetting(t.Context(), &ecs.DeleteAccountSettingInput{Name: types.SettingNameAwsvpcTrunking}))
	_, err := r.ecs.PutAccountSetting(t.Context(), &ecs.PutAccountSettingInput{Name: "nonsense", Value: aws.String("x")})
	wantRefusal(t, err, "InvalidParameterException", "should be one of")
}
