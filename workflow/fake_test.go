package workflow_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
	"gantry/logs"
	"gantry/workflow"
)

// fake is an ECS that says what its script says, at the time the script says it.
// The time is that of the synctest bubble.
type fake struct {
	workflow.API // what a test does not expect to be asked

	begun       time.Time
	script      []scene
	service     ecs.Service
	deployments []ecs.ServiceDeployment // newest first
	tasks       []ecs.Task
	definitions []ecs.TaskDefinition // oldest first
	clusters    []ecs.Cluster
	instances   []ecs.ContainerInstance
	lines       map[string][]logs.Event // by stream
	refuse      map[string]error        // by operation
	refuseOnce  map[string]error
	update      func(*fake, *awsecs.UpdateServiceInput)
	create      func(*fake, *awsecs.CreateServiceInput)
	run         func(*fake, *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure)
	unplaced    []ecs.Failure
	calls       []string
	silent      bool // DescribeServices does not answer
	out         strings.Builder
}

// scene is what happens at a moment of the script.
type scene struct {
	at time.Duration
	do func(*fake)
}

func (f *fake) after(at time.Duration, do func(*fake)) {
	f.script = append(f.script, scene{at, do})
	slices.SortStableFunc(f.script, func(a, b scene) int { return cmp.Compare(a.at, b.at) })
}

// asked plays the script up to now, and refuses what is to be refused.
func (f *fake) asked(operation string) error {
	f.calls = append(f.calls, operation)
	for len(f.script) > 0 && time.Since(f.begun) >= f.script[0].at {
		do := f.script[0].do
		f.script = f.script[1:]
		do(f)
	}
	if err := f.refuseOnce[operation]; err != nil {
		delete(f.refuseOnce, operation)
		return err
	}
	return f.refuse[operation]
}

func (f *fake) called(operation string) int {
	n := 0
	for _, c := range f.calls {
		if c == operation {
			n++
		}
	}
	return n
}

func (f *fake) DescribeServices(ctx context.Context, _ string, names []string) ([]ecs.Service, []ecs.Failure, error) {
	if err := f.asked("DescribeServices"); err != nil {
		return nil, nil, err
	}
	if f.silent {
		<-ctx.Done()
		return nil, nil, ctx.Err()
	}
	if f.service.Name == "" || ecs.ARN(names[0]).Short() != string(f.service.Name) {
		return nil, []ecs.Failure{{Reason: "MISSING"}}, nil
	}
	return []ecs.Service{copied(f.service)}, nil, nil
}

func (f *fake) UpdateService(_ context.Context, in *awsecs.UpdateServiceInput) (ecs.Service, error) {
	if err := f.asked("UpdateService"); err != nil {
		return ecs.Service{}, err
	}
	if in.DesiredCount != nil {
		f.service.DesiredCount = int(*in.DesiredCount)
	}
	if in.TaskDefinition != nil {
		f.service.TaskDefinition = ecs.ARN(*in.TaskDefinition)
	}
	if f.update != nil {
		f.update(f, in)
	}
	return copied(f.service), nil
}

func (f *fake) CreateService(_ context.Context, in *awsecs.CreateServiceInput) (ecs.Service, error) {
	if err := f.asked("CreateService"); err != nil {
		return ecs.Service{}, err
	}
	f.create(f, in)
	return copied(f.service), nil
}

func (f *fake) DeleteService(context.Context, *awsecs.DeleteServiceInput) (ecs.Service, error) {
	if err := f.asked("DeleteService"); err != nil {
		return ecs.Service{}, err
	}
	f.service.Status = ecs.ServiceDraining
	return copied(f.service), nil
}

func (f *fake) ListServiceDeployments(context.Context, *awsecs.ListServiceDeploymentsInput) ([]ecs.ServiceDeployment, error) {
	if err := f.asked("ListServiceDeployments"); err != nil {
		return nil, err
	}
	return slices.Clone(f.deployments), nil
}

func (f *fake) DescribeServiceDeployments(_ context.Context, arns []ecs.ARN) ([]ecs.ServiceDeployment, []ecs.Failure, error) {
	if err := f.asked("DescribeServiceDeployments"); err != nil {
		return nil, nil, err
	}
	var found []ecs.ServiceDeployment
	for _, d := range f.deployments {
		if slices.Contains(arns, d.ARN) {
			found = append(found, d)
		}
	}
	return found, nil, nil
}

func (f *fake) ListTasks(_ context.Context, in *awsecs.ListTasksInput) ([]ecs.ARN, error) {
	if err := f.asked("ListTasks"); err != nil {
		return nil, err
	}
	var list []ecs.ARN
	for _, t := range f.tasks {
		if string(t.DesiredStatus) == string(cmp.Or(in.DesiredStatus, types.DesiredStatusRunning)) {
			list = append(list, t.ARN)
		}
	}
	return list, nil
}

func (f *fake) DescribeTasks(_ context.Context, _ string, names []string) ([]ecs.Task, []ecs.Failure, error) {
	if err := f.asked("DescribeTasks"); err != nil {
		return nil, nil, err
	}
	var found []ecs.Task
	for _, t := range f.tasks {
		if slices.Contains(names, string(t.ARN)) || slices.Contains(names, t.ARN.Short()) {
			found = append(found, copied(t))
		}
	}
	return found, nil, nil
}

func (f *fake) RunTask(_ context.Context, in *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure, error) {
	if err := f.asked("RunTask"); err != nil {
		return nil, nil, err
	}
	tasks, failures := f.run(f, in)
	f.tasks = append(f.tasks, tasks...)
	return tasks, failures, nil
}

func (f *fake) StartTask(_ context.Context, in *awsecs.StartTaskInput) ([]ecs.Task, []ecs.Failure, error) {
	if err := f.asked("StartTask " + strings.Join(in.ContainerInstances, " ")); err != nil {
		return nil, nil, err
	}
	tasks, failures := f.run(f, &awsecs.RunTaskInput{TaskDefinition: in.TaskDefinition})
	f.tasks = append(f.tasks, tasks...)
	return tasks, failures, nil
}

func (f *fake) DescribeTaskDefinition(_ context.Context, name string) (ecs.TaskDefinition, error) {
	if err := f.asked("DescribeTaskDefinition"); err != nil {
		return ecs.TaskDefinition{}, err
	}
	for _, d := range slices.Backward(f.definitions) {
		if name == string(d.Family) || name == d.Name() || name == string(d.ARN) {
			return d, nil
		}
	}
	return ecs.TaskDefinition{}, hint.As(hint.NotFound, fmt.Errorf("task definition %q not found", name))
}

func (f *fake) DeregisterTaskDefinition(_ context.Context, name string) (ecs.TaskDefinition, error) {
	if err := f.asked("DeregisterTaskDefinition"); err != nil {
		return ecs.TaskDefinition{}, err
	}
	at := slices.IndexFunc(f.definitions, func(d ecs.TaskDefinition) bool { return string(d.ARN) == name })
	f.definitions[at].Status = ecs.TaskDefinitionInactive
	return f.definitions[at], nil
}

func (f *fake) InstancesStep(cluster string) string { return "add instances to " + cluster }

func (f *fake) RegisterTaskDefinition(_ context.Context, in *awsecs.RegisterTaskDefinitionInput) (ecs.TaskDefinition, error) {
	if err := f.asked("RegisterTaskDefinition"); err != nil {
		return ecs.TaskDefinition{}, err
	}
	d := definition(*in.Family, 1+len(f.definitions), aws.ToString(in.ContainerDefinitions[0].Name), aws.ToString(in.ContainerDefinitions[0].Image))
	f.definitions = append(f.definitions, d)
	return d, nil
}

func (f *fake) DescribeClusters(_ context.Context, names []string) ([]ecs.Cluster, []ecs.Failure, error) {
	if err := f.asked("DescribeClusters"); err != nil {
		return nil, nil, err
	}
	var found []ecs.Cluster
	for _, c := range f.clusters {
		if slices.Contains(names, string(c.Name)) {
			found = append(found, c)
		}
	}
	return found, nil, nil
}

func (f *fake) CreateCluster(_ context.Context, in *awsecs.CreateClusterInput) (ecs.Cluster, error) {
	if err := f.asked("CreateCluster"); err != nil {
		return ecs.Cluster{}, err
	}
	c := ecs.Cluster{Name: ecs.ClusterName(aws.ToString(in.ClusterName)), Status: "ACTIVE"}
	if !slices.ContainsFunc(f.clusters, func(have ecs.Cluster) bool { return have.Name == c.Name }) {
		f.clusters = append(f.clusters, c)
	}
	return c, nil
}

func (f *fake) ListContainerInstances(context.Context, *awsecs.ListContainerInstancesInput) ([]ecs.ARN, error) {
	if err := f.asked("ListContainerInstances"); err != nil {
		return nil, err
	}
	var list []ecs.ARN
	for _, i := range f.instances {
		list = append(list, i.ARN)
	}
	return list, nil
}

func (f *fake) DescribeContainerInstances(_ context.Context, _ string, names []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	if err := f.asked("DescribeContainerInstances"); err != nil {
		return nil, nil, err
	}
	var found []ecs.ContainerInstance
	for _, i := range f.instances {
		if slices.Contains(names, string(i.ARN)) || slices.Contains(names, i.ARN.Short()) {
			found = append(found, i)
		}
	}
	return found, nil, nil
}

func (f *fake) UpdateContainerInstancesState(_ context.Context, in *awsecs.UpdateContainerInstancesStateInput) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	if err := f.asked("UpdateContainerInstancesState"); err != nil {
		return nil, nil, err
	}
	var changed []ecs.ContainerInstance
	for i := range f.instances {
		if slices.Contains(in.ContainerInstances, string(f.instances[i].ARN)) {
			f.instances[i].Status = ecs.ContainerInstanceStatus(in.Status)
			changed = append(changed, f.instances[i])
		}
	}
	return changed, nil, nil
}

func (f *fake) PutAttributes(_ context.Context, in *awsecs.PutAttributesInput) ([]ecs.Attribute, error) {
	if err := f.asked("PutAttributes"); err != nil {
		return nil, err
	}
	var put []ecs.Attribute
	for _, a := range in.Attributes {
		put = append(put, ecs.Attribute{Name: *a.Name, Value: aws.ToString(a.Value), TargetID: *a.TargetId})
	}
	return put, nil
}

func (f *fake) ListClusters(context.Context) ([]ecs.ARN, error) {
	if err := f.asked("ListClusters"); err != nil {
		return nil, err
	}
	var list []ecs.ARN
	for _, c := range f.clusters {
		list = append(list, ecs.ARN(c.Name))
	}
	return list, nil
}

func (f *fake) ListServices(context.Context, *awsecs.ListServicesInput) ([]ecs.ARN, error) {
	if err := f.asked("ListServices"); err != nil || f.service.Name == "" {
		return nil, err
	}
	return []ecs.ARN{f.service.ARN}, nil
}

func (f *fake) ListTaskDefinitions(_ context.Context, in *awsecs.ListTaskDefinitionsInput) ([]ecs.ARN, error) {
	if err := f.asked("ListTaskDefinitions"); err != nil {
		return nil, err
	}
	var list []ecs.ARN
	for _, d := range f.definitions {
		if string(d.Status) == string(in.Status) {
			list = append(list, d.ARN)
		}
	}
	return list, nil
}

func (f *fake) Unplaced(context.Context, string, string) ([]ecs.Failure, error) {
	return f.unplaced, nil
}

func (f *fake) FilterLogEvents(_ context.Context, q logs.Query) (logs.Page, error) {
	if err := f.asked("FilterLogEvents"); err != nil {
		return logs.Page{}, err
	}
	var page logs.Page
	for _, name := range q.Streams {
		lines, ok := f.lines[name]
		if !ok && len(q.Streams) > 1 {
			return page, hint.As(hint.NotFound, errors.New("the specified log stream does not exist"))
		}
		for _, e := range lines {
			if !e.Timestamp.Before(q.Start) && !e.Timestamp.After(time.Now()) {
				e.Group, e.Stream = q.Group, name
				page.Events = append(page.Events, e)
			}
		}
	}
	slices.SortStableFunc(page.Events, logs.Compare)
	// Two events a page, and an empty page first: both are ordinary.
	at := 0
	if q.Token == "" && len(page.Events) > 0 {
		return logs.Page{Next: "0"}, nil
	}
	_, _ = fmt.Sscan(q.Token, &at)
	end := min(at+2, len(page.Events))
	next := ""
	if end < len(page.Events) {
		next = fmt.Sprint(end)
	}
	return logs.Page{Events: page.Events[at:end], Next: next}, nil
}

func (f *fake) LastLogEvents(_ context.Context, _, stream string, n int) ([]logs.Event, error) {
	if err := f.asked("LastLogEvents"); err != nil {
		return nil, err
	}
	lines := f.lines[stream]
	return slices.Clone(lines[max(0, len(lines)-n):]), nil
}

// copied shares nothing with its source: what ECS answered once stays as it was.
func copied[T any](v T) T {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out T
	if err := json.Unmarshal(data, &out); err != nil {
		panic(err)
	}
	return out
}

// unsupported is what an endpoint without an operation answers with.
type unsupported struct{}

func (unsupported) Error() string     { return "unknown operation" }
func (unsupported) Unsupported() bool { return true }
