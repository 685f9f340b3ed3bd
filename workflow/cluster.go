package workflow

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// CreateCluster makes a cluster, or returns the one that is there.
func (s *Session) CreateCluster(ctx context.Context, in *awsecs.CreateClusterInput) (cluster ecs.Cluster, created bool, err error) {
	name := clusterName(aws.ToString(in.ClusterName))
	found, _, err := s.API.DescribeClusters(ctx, []string{name})
	if err != nil {
		return ecs.Cluster{}, false, err
	}
	exists := len(found) == 1 && found[0].Status == "ACTIVE"
	if !exists {
		s.step("creating cluster %s", name)
	}
	// Asked of ECS all the same: it is the one to say whether the request is right.
	cluster, err = s.API.CreateCluster(ctx, in)
	return cluster, err == nil && !exists, err
}

// DeleteCluster deletes an empty cluster.
func (s *Session) DeleteCluster(ctx context.Context, name string) (ecs.Cluster, error) {
	return s.API.DeleteCluster(ctx, &awsecs.DeleteClusterInput{Cluster: &name})
}

// Drain sets container instances to DRAINING.
func (s *Session) Drain(ctx context.Context, cluster string, instances []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	return s.setInstances(ctx, cluster, instances, types.ContainerInstanceStatusDraining)
}

// Activate sets container instances to ACTIVE.
func (s *Session) Activate(ctx context.Context, cluster string, instances []string) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	return s.setInstances(ctx, cluster, instances, types.ContainerInstanceStatusActive)
}

func (s *Session) setInstances(ctx context.Context, cluster string, instances []string, status types.ContainerInstanceStatus) ([]ecs.ContainerInstance, []ecs.Failure, error) {
	arns, err := s.instanceARNs(ctx, cluster, instances)
	if err != nil {
		return nil, nil, err // before any instance was changed
	}
	return s.API.UpdateContainerInstancesState(ctx, &awsecs.UpdateContainerInstancesStateInput{
		Cluster: optional(cluster), ContainerInstances: arns, Status: status,
	})
}

// instanceARNs finds container instances by what people call them.
func (s *Session) instanceARNs(ctx context.Context, cluster string, instances []string) ([]string, error) {
	arns := make([]string, 0, len(instances))
	for _, name := range instances {
		instance, err := s.Instance(ctx, cluster, name)
		if err != nil {
			return nil, err
		}
		arns = append(arns, string(instance.ARN))
	}
	return arns, nil
}

// PutAttributes gives a container instance attributes.
func (s *Session) PutAttributes(ctx context.Context, cluster, instance string, attributes []ecs.Attribute) ([]ecs.Attribute, error) {
	found, err := s.Instance(ctx, cluster, instance)
	if err != nil {
		return nil, err
	}
	in := &awsecs.PutAttributesInput{Cluster: optional(cluster)}
	for _, a := range attributes {
		in.Attributes = append(in.Attributes, types.Attribute{
			Name: aws.String(a.Name), Value: optional(a.Value),
			TargetType: types.TargetTypeContainerInstance, TargetId: aws.String(string(found.ARN)),
		})
	}
	return s.API.PutAttributes(ctx, in)
}

// StopTask stops a task.
func (s *Session) StopTask(ctx context.Context, cluster, task, reason string) (ecs.Task, error) {
	task, err := s.taskOf(ctx, cluster, task)
	if err != nil {
		return ecs.Task{}, err
	}
	return s.API.StopTask(ctx, &awsecs.StopTaskInput{Cluster: optional(cluster), Task: &task, Reason: optional(reason)})
}
