package api

import (
	"context"
	"math"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// CreateTaskSet makes a task set in a service with the EXTERNAL deployment
// controller (ECS semantics 4.18 [API:CreateTaskSet]).
func (s *ECS) CreateTaskSet(_ context.Context, in *sdk.CreateTaskSetInput) (*sdk.CreateTaskSetOutput, error) {
	cluster, service, err := s.serviceOfSets(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	token, err := s.recall("CreateTaskSet", cluster, in.ClientToken, longestServiceToken, in)
	if err != nil {
		return nil, err
	}
	if token.known {
		set, err := s.showTaskSet(cluster, service.Name, ecs.DeploymentID(token.Resources[0]))
		return &sdk.CreateTaskSetOutput{TaskSet: set}, err
	}
	definition, err := s.runnable(in.TaskDefinition)
	if err != nil {
		return nil, err
	}
	if err := first(s.checkRegistries(in.ServiceRegistries),
		s.checkPlatform(in.LaunchType, in.CapacityProviderStrategy, in.PlatformVersion, definition.ARN, service.EnableExecuteCommand)); err != nil {
		return nil, err
	}
	if err := checkScale(in.Scale); err != nil {
		return nil, err
	}
	set := shape.TaskSetFromCreateInput(*in)
	if set.Tags, err = checkTags(nil, in.Tags); err != nil {
		return nil, err
	}
	outcome, err := s.apply(cluster, scheduler.Command{CreateTaskSet: &scheduler.CreateTaskSet{
		Service: service.Name, TaskSet: set, TaskDefinition: definition,
	}})
	if err != nil {
		return nil, err
	}
	if err := token.keep([]string{string(outcome.TaskSet)}, nil); err != nil {
		return nil, err
	}
	out, err := s.showTaskSet(cluster, service.Name, outcome.TaskSet)
	return &sdk.CreateTaskSetOutput{TaskSet: out}, err
}

// checkScale refuses what AWS JSON has as a number, and no command can hold.
func checkScale(given *types.Scale) error {
	if given != nil && (math.IsNaN(given.Value) || math.IsInf(given.Value, 0)) {
		return invalid("The scale of a task set must be between 0 and 100 percent, but was %g.", given.Value)
	}
	return nil
}

// UpdateTaskSet changes the scale of a task set.
func (s *ECS) UpdateTaskSet(_ context.Context, in *sdk.UpdateTaskSetInput) (*sdk.UpdateTaskSetOutput, error) {
	cluster, service, err := s.serviceOfSets(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if in.Scale == nil {
		return nil, invalid("Scale can not be blank.")
	}
	if err := checkScale(in.Scale); err != nil {
		return nil, err
	}
	id := taskSetID(text[string](in.TaskSet))
	scale := ecs.Scale{Value: in.Scale.Value, Unit: string(in.Scale.Unit)}
	if _, err := s.apply(cluster, scheduler.Command{UpdateTaskSet: &scheduler.UpdateTaskSet{Service: service.Name, ID: id, Scale: scale}}); err != nil {
		return nil, err
	}
	set, err := s.showTaskSet(cluster, service.Name, id)
	return &sdk.UpdateTaskSetOutput{TaskSet: set}, err
}

// UpdateServicePrimaryTaskSet makes a task set the PRIMARY one.
func (s *ECS) UpdateServicePrimaryTaskSet(_ context.Context, in *sdk.UpdateServicePrimaryTaskSetInput) (*sdk.UpdateServicePrimaryTaskSetOutput, error) {
	cluster, service, err := s.serviceOfSets(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	id := taskSetID(text[string](in.PrimaryTaskSet))
	command := &scheduler.UpdateServicePrimaryTaskSet{Service: service.Name, ID: id}
	if _, err := s.apply(cluster, scheduler.Command{UpdateServicePrimaryTaskSet: command}); err != nil {
		return nil, err
	}
	set, err := s.showTaskSet(cluster, service.Name, id)
	return &sdk.UpdateServicePrimaryTaskSetOutput{TaskSet: set}, err
}

// DeleteTaskSet drains a task set; it is gone when its tasks are.
func (s *ECS) DeleteTaskSet(_ context.Context, in *sdk.DeleteTaskSetInput) (*sdk.DeleteTaskSetOutput, error) {
	cluster, service, err := s.serviceOfSets(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	id := taskSetID(text[string](in.TaskSet))
	command := &scheduler.DeleteTaskSet{Service: service.Name, ID: id, Force: in.Force != nil && *in.Force}
	if _, err := s.apply(cluster, scheduler.Command{DeleteTaskSet: command}); err != nil {
		return nil, err
	}
	set, err := s.showTaskSet(cluster, service.Name, id)
	return &sdk.DeleteTaskSetOutput{TaskSet: set}, err
}

// DescribeTaskSets shows the task sets of a service, or those that are named.
func (s *ECS) DescribeTaskSets(_ context.Context, in *sdk.DescribeTaskSetsInput) (*sdk.DescribeTaskSetsOutput, error) {
	cluster, service, err := s.serviceOfSets(in.Cluster, in.Service)
	if err != nil {
		return nil, err
	}
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	if service.Status == ecs.ServiceInactive {
		return nil, refuse(ecs.CodeServiceNotActive, "Service was not ACTIVE.")
	}
	wanted := slices.Clone(in.TaskSets)
	if len(wanted) == 0 {
		for _, set := range service.TaskSets {
			wanted = append(wanted, string(set.ID))
		}
	}
	out := &sdk.DescribeTaskSetsOutput{TaskSets: []types.TaskSet{}, Failures: []types.Failure{}}
	for _, given := range wanted {
		id := taskSetID(given)
		at := slices.IndexFunc(service.TaskSets, func(t ecs.TaskSet) bool { return t.ID == id })
		if at < 0 {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(ecs.TaskSetARN(s.tx.Scope(), cluster, service.Name, id))))
			continue
		}
		set := service.TaskSets[at]
		if !slices.Contains(in.Include, types.TaskSetFieldTags) {
			set.Tags = nil
		}
		out.TaskSets = append(out.TaskSets, shape.TaskSetToSDK(set))
	}
	return out, nil
}

// serviceOfSets finds the service that a request about task sets names.
func (s *ECS) serviceOfSets(givenCluster, given *string) (ecs.ClusterName, ecs.Service, error) {
	cluster, engine, err := s.cluster(givenCluster)
	if err != nil {
		return "", ecs.Service{}, err
	}
	service, ok := serviceOf(engine, cluster, text[string](given))
	if !ok {
		return "", ecs.Service{}, errNoService()
	}
	return cluster, service, nil
}

// taskSetID reads the id of a task set, ecs-svc/NUMBER, out of an id or an ARN.
func taskSetID(given string) ecs.DeploymentID {
	if _, number, ok := strings.Cut(given, "/ecs-svc/"); ok && ecs.ARN(given).IsARN() {
		return ecs.DeploymentID("ecs-svc/" + number)
	}
	return ecs.DeploymentID(given)
}

// showTaskSet is a task set as it is answered.
func (s *ECS) showTaskSet(cluster ecs.ClusterName, name ecs.ServiceName, id ecs.DeploymentID) (*types.TaskSet, error) {
	engine, _ := s.tx.Engine(cluster)
	service, _ := engine.Service(name)
	for _, set := range service.TaskSets {
		if set.ID == id {
			out := shape.TaskSetToSDK(set)
			return &out, nil
		}
	}
	return nil, refuse("TaskSetNotFoundException", "The specified task set does not exist.")
}
