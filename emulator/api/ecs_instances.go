package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// mostInstances is how many instances one change of state takes (ECS semantics 8.6).
const mostInstances = 10

// register adds a container instance to a cluster. The default cluster comes to
// be with its first instance (ECS semantics 6.1 [DG]).
func (s *ECS) register(given *string, instance ecs.ContainerInstance) (ecs.ContainerInstance, error) {
	cluster, engine, err := s.cluster(given)
	if err != nil {
		if cluster, engine, err = s.firstInstance(given, err); err != nil {
			return ecs.ContainerInstance{}, err
		}
	}
	if err := s.giveTrunk(&instance); err != nil {
		return ecs.ContainerInstance{}, err
	}
	outcome, err := s.apply(cluster, scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: instance}})
	if err != nil {
		return ecs.ContainerInstance{}, err
	}
	registered, _ := engine.Instance(outcome.Instance)
	return registered, nil
}

// giveTrunk gives an instance a trunk network interface, when the account setting
// awsvpcTrunking is on and its type can have one (ECS semantics 3.4).
func (s *ECS) giveTrunk(i *ecs.ContainerInstance) error {
	setting, _, err := s.setting(types.SettingNameAwsvpcTrunking)
	if err != nil || *setting.Value != "enabled" {
		return err
	}
	name, _ := i.Attribute(ecs.AttributeInstanceType)
	t, _ := ecs.InstanceTypeByName(name)
	if _, has := i.Attribute(ecs.AttributeTrunkID); !has && t.TrunkTasks() > 0 {
		i.Attributes = append(i.Attributes, ecs.Attribute{Name: ecs.AttributeTrunkID})
		slices.SortStableFunc(i.Attributes, byAttributeName)
	}
	return nil
}

// firstInstance makes the default cluster when that is the one that is missing.
func (s *ECS) firstInstance(given *string, missing error) (ecs.ClusterName, *scheduler.Cluster, error) {
	name, err := s.clusterName(given)
	if err != nil || name != defaultCluster {
		return "", nil, missing
	}
	old, _, err := s.tx.Cluster(name)
	if err != nil {
		return "", nil, err
	}
	record := store.Cluster{
		Name: name, Generation: old.Generation + 1, Status: statusActive, CreatedAt: s.tx.Now(),
		Settings: mergeSettings(nil, nil),
	}
	if err := s.makeCluster(record); err != nil {
		return "", nil, err
	}
	engine, _ := s.tx.Engine(name)
	return name, engine, nil
}

// instanceOf finds a container instance by id or ARN.
func instanceOf(engine *scheduler.Cluster, cluster ecs.ClusterName, given string) (ecs.ContainerInstance, bool) {
	id, ok := shortID(given, "container-instance", cluster)
	if !ok {
		return ecs.ContainerInstance{}, false
	}
	return engine.Instance(ecs.ContainerInstanceID(id))
}

func errNoInstance() *ecs.Error { return invalid("Referenced container instance not found.") }

// DeregisterContainerInstance takes an instance out of its cluster.
func (s *ECS) DeregisterContainerInstance(_ context.Context, in *sdk.DeregisterContainerInstanceInput) (*sdk.DeregisterContainerInstanceOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	instance, ok := instanceOf(engine, cluster, text[string](in.ContainerInstance))
	if !ok || instance.Status == ecs.InstanceInactive {
		return nil, errNoInstance()
	}
	command := &scheduler.DeregisterInstance{ID: instance.ID, Force: in.Force != nil && *in.Force}
	if _, err := s.apply(cluster, scheduler.Command{DeregisterInstance: command}); err != nil {
		return nil, err
	}
	if after, ok := engine.Instance(instance.ID); ok {
		instance = after
	}
	shown := shape.ContainerInstanceToSDK(instance)
	return &sdk.DeregisterContainerInstanceOutput{ContainerInstance: &shown}, nil
}

// DescribeContainerInstances shows up to a hundred instances.
func (s *ECS) DescribeContainerInstances(_ context.Context, in *sdk.DescribeContainerInstancesInput) (*sdk.DescribeContainerInstancesOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	switch {
	case len(in.ContainerInstances) == 0:
		return nil, client("Container Instances cannot be empty.")
	case len(in.ContainerInstances) > mostDescribed:
		return nil, invalid("Container Instances cannot have more than %d elements.", mostDescribed)
	}
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	out := &sdk.DescribeContainerInstancesOutput{ContainerInstances: []types.ContainerInstance{}, Failures: []types.Failure{}}
	for _, given := range in.ContainerInstances {
		instance, ok := instanceOf(engine, cluster, given)
		if !ok {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(s.fullARN("container-instance", cluster, given))))
			continue
		}
		if !slices.Contains(in.Include, types.ContainerInstanceFieldTags) {
			instance.Tags = nil
		}
		shown := shape.ContainerInstanceToSDK(instance)
		if slices.Contains(in.Include, types.ContainerInstanceFieldContainerInstanceHealth) {
			shown.HealthStatus = &types.ContainerInstanceHealthStatus{
				OverallStatus: types.InstanceHealthCheckStateOk,
				Details:       []types.InstanceHealthCheckResult{{Type: types.InstanceHealthCheckTypeContainerRuntime, Status: types.InstanceHealthCheckStateOk}},
			}
		}
		out.ContainerInstances = append(out.ContainerInstances, shown)
	}
	return out, nil
}

// ListContainerInstances lists instances by status and by an expression of the
// cluster query language.
func (s *ECS) ListContainerInstances(_ context.Context, in *sdk.ListContainerInstancesInput) (*sdk.ListContainerInstancesOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if err := checkChoice("status", in.Status); err != nil {
		return nil, err
	}
	ids, err := engine.Instances(scheduler.InstanceFilter{
		Expression: text[string](in.Filter), Status: ecs.ContainerInstanceStatus(in.Status),
	})
	if err != nil {
		return nil, asInvalid(err)
	}
	names := []string{}
	for _, id := range ids {
		names = append(names, string(ecs.ContainerInstanceARN(s.tx.Scope(), cluster, id)))
	}
	slices.Sort(names)
	names, next, err := page(names, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	return &sdk.ListContainerInstancesOutput{ContainerInstanceArns: append([]string{}, names...), NextToken: next}, nil
}

// UpdateContainerInstancesState drains instances, or takes them back into use
// (ECS semantics 6.2 [API]).
func (s *ECS) UpdateContainerInstancesState(_ context.Context, in *sdk.UpdateContainerInstancesStateInput) (*sdk.UpdateContainerInstancesStateOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	status := ecs.ContainerInstanceStatus(in.Status)
	switch {
	case len(in.ContainerInstances) == 0:
		return nil, client("Container Instances cannot be empty.")
	case len(in.ContainerInstances) > mostInstances:
		return nil, invalid("Container Instances cannot have more than %d elements.", mostInstances)
	case status != ecs.InstanceActive && status != ecs.InstanceDraining:
		return nil, invalid("Container instance status should be one of [ACTIVE, DRAINING]")
	}
	out := &sdk.UpdateContainerInstancesStateOutput{ContainerInstances: []types.ContainerInstance{}, Failures: []types.Failure{}}
	for _, given := range in.ContainerInstances {
		instance, ok := instanceOf(engine, cluster, given)
		if !ok || instance.Status == ecs.InstanceInactive {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(s.fullARN("container-instance", cluster, given))))
			continue
		}
		command := &scheduler.SetInstanceStatus{ID: instance.ID, Status: status}
		if _, err := s.apply(cluster, scheduler.Command{SetInstanceStatus: command}); err != nil {
			return nil, err
		}
		after, _ := engine.Instance(instance.ID)
		out.ContainerInstances = append(out.ContainerInstances, shape.ContainerInstanceToSDK(after))
	}
	return out, nil
}
