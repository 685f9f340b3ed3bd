package workflow

import (
	"context"
	"errors"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
	"gantry/logs"
)

var errX = errors.New("not there yet")

// Push sends an image to a repository, which it makes when it is missing.
func (s *Session) Push(ctx context.Context, o PushOptions) (PushResult, error) {
	return PushResult{}, errX
}

// Register registers a task definition. With onlyIfChanged the newest revision of
// the family is returned as it is when it says the same.
func (s *Session) Register(ctx context.Context, in *awsecs.RegisterTaskDefinitionInput, onlyIfChanged bool) (def ecs.TaskDefinition, changed bool, err error) {
	return def, false, errX
}

// Deregister makes a revision INACTIVE.
func (s *Session) Deregister(ctx context.Context, name string) (ecs.TaskDefinition, error) {
	return ecs.TaskDefinition{}, errX
}

// CreateCluster makes a cluster, or returns the one that is there.
func (s *Session) CreateCluster(ctx context.Context, in *awsecs.CreateClusterInput) (cluster ecs.Cluster, created bool, err error) {
	return cluster, false, errX
}

// DeleteCluster deletes an empty cluster.
func (s *Session) DeleteCluster(ctx context.Context, name string) (ecs.Cluster, error) {
	return ecs.Cluster{}, errX
}

// CreateService creates a service and waits for its first deployment.
func (s *Session) CreateService(ctx context.Context, in *awsecs.CreateServiceInput) (Result, error) {
	return Result{}, errX
}

// Update changes a service and waits for the deployment that the change started.
func (s *Session) Update(ctx context.Context, in *awsecs.UpdateServiceInput, o UpdateOptions) (Result, error) {
	return Result{}, errX
}

// Scale changes the desired count, nothing else, and waits for the tasks.
func (s *Session) Scale(ctx context.Context, cluster, service string, n int) (Result, error) {
	return Result{}, errX
}

// Watch waits for a deployment that is going on; an empty deployment means the
// service's newest, and a name its id or service deployment ARN.
func (s *Session) Watch(ctx context.Context, cluster, service, deployment string) (Result, error) {
	return Result{}, errX
}

// DeleteService deletes a service and waits until it is INACTIVE.
func (s *Session) DeleteService(ctx context.Context, cluster, service string, force bool) (ecs.Service, error) {
	return ecs.Service{}, errX
}

// RunTask places tasks and, when asked, follows them to their end. The error has
// the exit code that the options ask for.
func (s *Session) RunTask(ctx context.Context, in *awsecs.RunTaskInput, o RunOptions) (RunResult, error) {
	return RunResult{}, errX
}

// StopTask stops a task.
func (s *Session) StopTask(ctx context.Context, cluster, task, reason string) (ecs.Task, error) {
	return ecs.Task{}, errX
}

// Up brings about what a project wants, and does nothing where it is so already.
func (s *Session) Up(ctx context.Context, p Project) (UpResult, error) { return UpResult{}, errX }

// Drain sets container instances to DRAINING.
func (s *Session) Drain(ctx context.Context, cluster string, instances []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	return nil, nil, errX
}

// Activate sets container instances to ACTIVE.
func (s *Session) Activate(ctx context.Context, cluster string, instances []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	return nil, nil, errX
}

// PutAttributes gives a container instance attributes.
func (s *Session) PutAttributes(ctx context.Context, cluster, instance string, attributes []ecs.Attribute) ([]ecs.Attribute, error) {
	return nil, errX
}

// Status is a cluster with all its services, or with one and that one's tasks.
func (s *Session) Status(ctx context.Context, cluster, service string) (StatusResult, error) {
	return StatusResult{}, errX
}

// Events is the service's event list, oldest first.
func (s *Session) Events(ctx context.Context, cluster, service string) ([]ecs.ServiceEvent, error) {
	return nil, errX
}

// Clusters lists every cluster, by name.
func (s *Session) Clusters(ctx context.Context) ([]ecs.Cluster, error) { return nil, errX }

// Cluster finds one cluster.
func (s *Session) Cluster(ctx context.Context, name string) (ecs.Cluster, error) {
	return ecs.Cluster{}, errX
}

// Services lists every service of a cluster, by name.
func (s *Session) Services(ctx context.Context, cluster string) ([]ecs.Service, error) {
	return nil, errX
}

// Service finds one service.
func (s *Session) Service(ctx context.Context, cluster, name string) (ecs.Service, error) {
	return ecs.Service{}, errX
}

// Tasks lists tasks, oldest first.
func (s *Session) Tasks(ctx context.Context, cluster string, f TaskFilter) ([]ecs.Task, error) {
	return nil, errX
}

// Task finds one task.
func (s *Session) Task(ctx context.Context, cluster, id string) (ecs.Task, error) {
	return ecs.Task{}, errX
}

// Instances lists the container instances that match a cluster query expression,
// all of them when it is empty.
func (s *Session) Instances(ctx context.Context, cluster, expression string) ([]ecs.ContainerInstance, error) {
	return nil, errX
}

// Instance finds one container instance by its id, ARN or EC2 instance id.
func (s *Session) Instance(ctx context.Context, cluster, id string) (ecs.ContainerInstance, error) {
	return ecs.ContainerInstance{}, errX
}

// TaskDefinitions lists revisions by family and number. What a list does not tell
// (containers, times) is empty.
func (s *Session) TaskDefinitions(ctx context.Context, f TaskDefinitionFilter) ([]ecs.TaskDefinition, error) {
	return nil, errX
}

// TaskDefinition finds a revision: FAMILY (its newest), FAMILY:REVISION or an ARN.
func (s *Session) TaskDefinition(ctx context.Context, name string) (ecs.TaskDefinition, error) {
	return ecs.TaskDefinition{}, errX
}

// ServiceDeployments lists the deployments of a service, newest first.
func (s *Session) ServiceDeployments(ctx context.Context, cluster, service string) ([]ecs.ServiceDeployment, error) {
	return nil, errX
}

// ServiceDeployment finds one by its ARN, or by its id with cluster and service.
func (s *Session) ServiceDeployment(ctx context.Context, cluster, service, id string) (ecs.ServiceDeployment, error) {
	return ecs.ServiceDeployment{}, errX
}

// Repositories lists the repositories, by name.
func (s *Session) Repositories(ctx context.Context) ([]ecs.Repository, error) { return nil, errX }

// ImagesIn lists the images of a repository, newest first; of every repository
// when the name is empty.
func (s *Session) ImagesIn(ctx context.Context, repository string) ([]ecs.Image, error) {
	return nil, errX
}

// TailLogs hands out the log lines of a service's tasks, or of one task, in time
// order; with Follow until the context ends.
func (s *Session) TailLogs(ctx context.Context, o LogsOptions, out func(logs.Event) error) error {
	return errX
}
