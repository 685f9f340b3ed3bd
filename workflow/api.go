package workflow

import (
	"context"

	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/ecs"
)

// API is Amazon ECS, or what answers like it. Requests are AWS's own documents;
// answers are nouns. Lists page through to the end and descriptions go in batches
// of what a call allows, so no answer is silently cut short. Errors carry a
// hint.Kind.
type API interface {
	ClusterAPI
	ServiceAPI
	TaskAPI
	DefinitionAPI
	InstanceAPI
}

// ClusterAPI is the clusters' part of the API.
type ClusterAPI interface {
	CreateCluster(ctx context.Context, in *awsecs.CreateClusterInput) (ecs.Cluster, error)
	DeleteCluster(ctx context.Context, in *awsecs.DeleteClusterInput) (ecs.Cluster, error)
	ListClusters(ctx context.Context) ([]ecs.ARN, error)
	DescribeClusters(ctx context.Context, names []string) ([]ecs.Cluster, []ecs.Failure, error)
}

// ServiceAPI is the services' part of the API.
type ServiceAPI interface {
	CreateService(ctx context.Context, in *awsecs.CreateServiceInput) (ecs.Service, error)
	UpdateService(ctx context.Context, in *awsecs.UpdateServiceInput) (ecs.Service, error)
	DeleteService(ctx context.Context, in *awsecs.DeleteServiceInput) (ecs.Service, error)
	ListServices(ctx context.Context, in *awsecs.ListServicesInput) ([]ecs.ARN, error)
	DescribeServices(ctx context.Context, cluster string, names []string) ([]ecs.Service, []ecs.Failure, error)
	// ListServiceDeployments returns the newest first.
	ListServiceDeployments(ctx context.Context, in *awsecs.ListServiceDeploymentsInput) ([]ecs.ServiceDeployment, error)
	DescribeServiceDeployments(ctx context.Context, arns []ecs.ARN) ([]ecs.ServiceDeployment, []ecs.Failure, error)
}

// TaskAPI is the tasks' part of the API.
type TaskAPI interface {
	RunTask(ctx context.Context, in *awsecs.RunTaskInput) ([]ecs.Task, []ecs.Failure, error)
	StartTask(ctx context.Context, in *awsecs.StartTaskInput) ([]ecs.Task, []ecs.Failure, error)
	StopTask(ctx context.Context, in *awsecs.StopTaskInput) (ecs.Task, error)
	ListTasks(ctx context.Context, in *awsecs.ListTasksInput) ([]ecs.ARN, error)
	DescribeTasks(ctx context.Context, cluster string, tasks []string) ([]ecs.Task, []ecs.Failure, error)
}

// DefinitionAPI is the task definitions' part of the API.
type DefinitionAPI interface {
	RegisterTaskDefinition(ctx context.Context, in *awsecs.RegisterTaskDefinitionInput) (ecs.TaskDefinition, error)
	DeregisterTaskDefinition(ctx context.Context, name string) (ecs.TaskDefinition, error)
	// DescribeTaskDefinition takes a family (its newest ACTIVE revision),
	// family:revision or an ARN.
	DescribeTaskDefinition(ctx context.Context, name string) (ecs.TaskDefinition, error)
	ListTaskDefinitions(ctx context.Context, in *awsecs.ListTaskDefinitionsInput) ([]ecs.ARN, error)
}

// InstanceAPI is the container instances' part of the API.
type InstanceAPI interface {
	ListContainerInstances(ctx context.Context, in *awsecs.ListContainerInstancesInput) ([]ecs.ARN, error)
	DescribeContainerInstances(ctx context.Context, cluster string, instances []string) ([]ecs.ContainerInstance, []ecs.Failure, error)
	UpdateContainerInstancesState(ctx context.Context, in *awsecs.UpdateContainerInstancesStateInput) ([]ecs.ContainerInstance, []ecs.Failure, error)
	PutAttributes(ctx context.Context, in *awsecs.PutAttributesInput) ([]ecs.Attribute, error)
}

// Images is Amazon ECR, as far as repositories and lists of images go.
type Images interface {
	// EnsureRepository returns the repository and whether it had to be made.
	EnsureRepository(ctx context.Context, name string) (repository ecs.Repository, created bool, err error)
	ListRepositories(ctx context.Context) ([]ecs.Repository, error)
	ListImages(ctx context.Context, repository string) ([]ecs.Image, error)
}

// InstanceAdviser is implemented by an API that knows how a cluster gets container
// instances where it is.
type InstanceAdviser interface {
	InstancesStep(cluster string) string
}

// Explainer is implemented by an API that can say what a service waits for, and
// where tasks go and why; AWS cannot, the emulator can. ok is false where nobody can.
type Explainer interface {
	Explain(ctx context.Context, cluster, service string) (e ecs.Explanation, ok bool, err error)
	ExplainTask(ctx context.Context, cluster, task string) (p ecs.Placement, ok bool, err error)
	// ExplainRun is about the next task of a RunTask, which it does not start.
	ExplainRun(ctx context.Context, in *awsecs.RunTaskInput) (p ecs.Placement, ok bool, err error)
}

// PlacementTeller is implemented by an API that can say why each container
// instance was refused the task that waits for one; AWS cannot, the emulator can.
type PlacementTeller interface {
	// Unplaced has one entry per instance; it is empty when nothing waits.
	Unplaced(ctx context.Context, cluster, service string) ([]ecs.Failure, error)
}

// PauseTeller is implemented by an API whose time can stand still; AWS's cannot, the
// emulator's can.
type PauseTeller interface {
	Paused(ctx context.Context) bool
}
