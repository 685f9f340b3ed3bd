package workflow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/internal/hint"
)

// Clusters lists every cluster, by name.
func (s *Session) Clusters(ctx context.Context) ([]ecs.Cluster, error) {
	list, err := s.API.ListClusters(ctx)
	if err != nil || len(list) == 0 {
		return []ecs.Cluster{}, err
	}
	found, _, err := s.API.DescribeClusters(ctx, texts(list))
	slices.SortFunc(found, func(a, b ecs.Cluster) int { return cmp.Compare(a.Name, b.Name) })
	return found, err
}

// Cluster finds one cluster.
func (s *Session) Cluster(ctx context.Context, name string) (ecs.Cluster, error) {
	name = clusterName(name)
	found, _, err := s.API.DescribeClusters(ctx, []string{name})
	if err != nil {
		return ecs.Cluster{}, err
	}
	if len(found) == 1 && found[0].Status != "INACTIVE" {
		return found[0], nil
	}
	short := ecs.ARN(name).Short()
	return ecs.Cluster{}, hint.With(hint.As(hint.NotFound, fmt.Errorf("cluster %q not found", short)),
		"create it with: "+s.command("create-cluster %s", short)+"; or list the clusters with: "+s.command("list clusters"))
}

// Services lists every service of a cluster, by name.
func (s *Session) Services(ctx context.Context, cluster string) ([]ecs.Service, error) {
	list, err := s.API.ListServices(ctx, &awsecs.ListServicesInput{Cluster: optional(cluster)})
	if err != nil || len(list) == 0 {
		return []ecs.Service{}, err
	}
	found, _, err := s.API.DescribeServices(ctx, cluster, texts(list))
	slices.SortFunc(found, func(a, b ecs.Service) int { return cmp.Compare(a.Name, b.Name) })
	return found, err
}

// Service finds one service.
func (s *Session) Service(ctx context.Context, cluster, name string) (ecs.Service, error) {
	return s.findService(ctx, cluster, name)
}

// Events is the service's event list, oldest first.
func (s *Session) Events(ctx context.Context, cluster, service string) ([]ecs.ServiceEvent, error) {
	found, err := s.findService(ctx, cluster, service)
	if err != nil {
		return nil, err
	}
	events := slices.Clone(found.Events)
	slices.Reverse(events)
	return events, nil
}

// Tasks lists tasks, oldest first.
func (s *Session) Tasks(ctx context.Context, cluster string, f TaskFilter) ([]ecs.Task, error) {
	statuses := []types.DesiredStatus{types.DesiredStatus(f.Status)}
	if f.Status == "" {
		statuses = []types.DesiredStatus{types.DesiredStatusRunning, types.DesiredStatusStopped}
	}
	if f.Instance != "" {
		// ECS knows it by id and ARN; people know the EC2 instance.
		instance, err := s.Instance(ctx, cluster, f.Instance)
		if err != nil {
			return nil, err
		}
		f.Instance = string(instance.ARN)
	}
	var names []string
	for _, status := range statuses {
		list, err := s.API.ListTasks(ctx, &awsecs.ListTasksInput{
			Cluster: optional(cluster), ServiceName: optional(f.Service), Family: optional(f.Family),
			ContainerInstance: optional(f.Instance), DesiredStatus: status,
		})
		if err != nil {
			return nil, err
		}
		names = append(names, texts(list)...)
	}
	if len(names) == 0 {
		return []ecs.Task{}, nil
	}
	found, _, err := s.API.DescribeTasks(ctx, cluster, names)
	// ECS takes startedBy with no other filter beside it, not even the status
	// (ECS semantics 8.6 [API:ListTasks]), so that one is ours.
	found = slices.DeleteFunc(found, func(t ecs.Task) bool { return f.StartedBy != "" && t.StartedBy != f.StartedBy })
	slices.SortStableFunc(found, func(a, b ecs.Task) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ARN, b.ARN))
	})
	return found, err
}

// Task finds one task by its ARN, its id or the beginning of it.
func (s *Session) Task(ctx context.Context, cluster, id string) (ecs.Task, error) {
	id, err := s.taskOf(ctx, cluster, id)
	if err != nil {
		return ecs.Task{}, err
	}
	found, _, err := s.API.DescribeTasks(ctx, cluster, []string{id})
	if err != nil {
		return ecs.Task{}, err
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return ecs.Task{}, s.noTask(cluster, id)
}

// Instances lists the container instances that match a cluster query expression,
// all of them when it is empty, by zone and type.
func (s *Session) Instances(ctx context.Context, cluster, expression string) ([]ecs.ContainerInstance, error) {
	list, err := s.API.ListContainerInstances(ctx, &awsecs.ListContainerInstancesInput{Cluster: optional(cluster), Filter: optional(expression)})
	if err != nil || len(list) == 0 {
		return []ecs.ContainerInstance{}, err
	}
	found, _, err := s.API.DescribeContainerInstances(ctx, cluster, texts(list))
	slices.SortFunc(found, func(a, b ecs.ContainerInstance) int {
		attribute := func(name string) int {
			left, _ := a.Attribute(name)
			right, _ := b.Attribute(name)
			return cmp.Compare(left, right)
		}
		return cmp.Or(attribute(ecs.AttributeAvailabilityZone), attribute(ecs.AttributeInstanceType), cmp.Compare(a.EC2InstanceID, b.EC2InstanceID))
	})
	return found, err
}

// Explain is what a service waits for, or nil where nobody can tell.
func (s *Session) Explain(ctx context.Context, cluster, service string) (*ecs.Explanation, error) {
	teller, ok := s.API.(Explainer)
	if !ok {
		return nil, nil
	}
	e, ok, err := teller.Explain(ctx, cluster, ecs.ARN(service).Short())
	if err != nil || !ok {
		return nil, err
	}
	return &e, nil
}

// ExplainTask is why a task is where it is, or has no place yet; nil where nobody
// can tell.
func (s *Session) ExplainTask(ctx context.Context, cluster, task string) (*ecs.Placement, error) {
	teller, ok := s.API.(Explainer)
	if !ok {
		return nil, nil
	}
	p, ok, err := teller.ExplainTask(ctx, cluster, task)
	if err != nil || !ok {
		return nil, err
	}
	return &p, nil
}

// Instance finds one container instance by its ARN, its id or the beginning of it,
// or its EC2 instance id.
func (s *Session) Instance(ctx context.Context, cluster, id string) (ecs.ContainerInstance, error) {
	if strings.HasPrefix(id, "i-") {
		// ECS knows no EC2 instance ids in requests.
		all, err := s.Instances(ctx, cluster, "")
		if err != nil {
			return ecs.ContainerInstance{}, err
		}
		for _, instance := range all {
			if instance.EC2InstanceID == id {
				return instance, nil
			}
		}
		return ecs.ContainerInstance{}, s.noInstance(cluster, id)
	}
	id, err := s.instanceOf(ctx, cluster, id)
	if err != nil {
		return ecs.ContainerInstance{}, err
	}
	found, _, err := s.API.DescribeContainerInstances(ctx, cluster, []string{id})
	if err != nil {
		return ecs.ContainerInstance{}, err
	}
	if len(found) == 1 {
		return found[0], nil
	}
	return ecs.ContainerInstance{}, s.noInstance(cluster, id)
}

// TaskDefinitions lists revisions by family and number. What a list does not tell
// (containers, times) is empty.
func (s *Session) TaskDefinitions(ctx context.Context, f TaskDefinitionFilter) ([]ecs.TaskDefinition, error) {
	status := cmp.Or(f.Status, ecs.TaskDefinitionActive)
	list, err := s.API.ListTaskDefinitions(ctx, &awsecs.ListTaskDefinitionsInput{
		FamilyPrefix: optional(f.Family), Status: types.TaskDefinitionStatus(status),
	})
	if err != nil {
		return nil, err
	}
	found := make([]ecs.TaskDefinition, len(list))
	for i, arn := range list {
		family, revision, _ := strings.Cut(arn.Short(), ":")
		number, _ := strconv.Atoi(revision) // 0 for an ARN of an unknown form
		found[i] = ecs.TaskDefinition{ARN: arn, Family: ecs.Family(family), Revision: number, Status: status}
	}
	slices.SortFunc(found, func(a, b ecs.TaskDefinition) int {
		return cmp.Or(cmp.Compare(a.Family, b.Family), cmp.Compare(a.Revision, b.Revision))
	})
	return found, nil
}

// TaskDefinition finds a revision: FAMILY (its newest), FAMILY:REVISION or an ARN.
func (s *Session) TaskDefinition(ctx context.Context, name string) (ecs.TaskDefinition, error) {
	return s.API.DescribeTaskDefinition(ctx, name)
}

// ServiceDeployments lists the deployments of a service, newest first.
func (s *Session) ServiceDeployments(ctx context.Context, cluster, service string) ([]ecs.ServiceDeployment, error) {
	briefs, err := s.API.ListServiceDeployments(ctx, &awsecs.ListServiceDeploymentsInput{Cluster: optional(cluster), Service: aws.String(service)})
	if err != nil || len(briefs) == 0 {
		return []ecs.ServiceDeployment{}, err
	}
	names := make([]ecs.ARN, len(briefs))
	for i := range briefs {
		names[i] = briefs[i].ARN
	}
	found, _, err := s.API.DescribeServiceDeployments(ctx, names)
	slices.SortStableFunc(found, func(a, b ecs.ServiceDeployment) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return found, err
}

// CurrentDeployment is the service deployment that a service has now, if it is one
// that goes through stages; nil also where it cannot be read.
func (s *Session) CurrentDeployment(ctx context.Context, service *ecs.Service) (*ecs.ServiceDeployment, error) {
	if !service.DeploymentConfiguration.ShiftsTraffic() || service.CurrentServiceDeployment == "" {
		return nil, nil
	}
	found, _, err := s.API.DescribeServiceDeployments(ctx, []ecs.ARN{service.CurrentServiceDeployment})
	if err != nil && !noServiceDeployments(err) {
		return nil, err
	}
	if err != nil || len(found) != 1 {
		return nil, nil
	}
	return &found[0], nil
}

// ServiceDeployment finds one by its ARN, or by its id with cluster and service.
func (s *Session) ServiceDeployment(ctx context.Context, cluster, service, id string) (ecs.ServiceDeployment, error) {
	notFound := hint.With(hint.As(hint.NotFound, fmt.Errorf("service deployment %q not found", ecs.ARN(id).Short())),
		"list them with: "+s.command("list deployments --service %s%s", service, on(cluster)))
	if ecs.ARN(id).IsARN() {
		found, _, err := s.API.DescribeServiceDeployments(ctx, []ecs.ARN{ecs.ARN(id)})
		if err == nil && len(found) != 1 {
			err = notFound
		}
		if err != nil {
			return ecs.ServiceDeployment{}, err
		}
		return found[0], nil
	}
	if service == "" {
		return ecs.ServiceDeployment{}, hint.As(hint.Usage, errors.New("a service deployment is named by its ARN, or by its id and its service"))
	}
	all, err := s.ServiceDeployments(ctx, cluster, service)
	if err != nil {
		return ecs.ServiceDeployment{}, err
	}
	for _, d := range all {
		if d.ARN.Short() == id {
			return d, nil
		}
	}
	return ecs.ServiceDeployment{}, notFound
}

// Repositories lists the repositories, by name.
func (s *Session) Repositories(ctx context.Context) ([]ecs.Repository, error) {
	list, err := s.Images.ListRepositories(ctx)
	slices.SortFunc(list, func(a, b ecs.Repository) int { return cmp.Compare(a.Name, b.Name) })
	return list, err
}

// ImagesIn lists the images of a repository, newest first; of every repository
// when the name is empty.
func (s *Session) ImagesIn(ctx context.Context, repository string) ([]ecs.Image, error) {
	names := []string{repository}
	if repository == "" {
		all, err := s.Repositories(ctx)
		if err != nil {
			return nil, err
		}
		names = nil
		for _, r := range all {
			names = append(names, r.Name)
		}
	}
	images := []ecs.Image{}
	for _, name := range names {
		list, err := s.Images.ListImages(ctx, name)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(list, func(a, b ecs.Image) int { return b.PushedAt.Compare(a.PushedAt) })
		images = append(images, list...)
	}
	return images, nil
}

func texts(list []ecs.ARN) []string {
	out := make([]string, len(list))
	for i, arn := range list {
		out[i] = string(arn)
	}
	return out
}
