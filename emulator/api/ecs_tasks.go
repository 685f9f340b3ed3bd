package api

import (
	"context"
	"slices"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

func taskFilterOf(family ecs.Family) scheduler.TaskFilter {
	return scheduler.TaskFilter{Family: family}
}

// RunTask places up to ten tasks; those that find no place are failures.
func (s *ECS) RunTask(_ context.Context, in *sdk.RunTaskInput) (*sdk.RunTaskOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	token, err := s.recall("RunTask", cluster, in.ClientToken, longestRunToken, in)
	if err != nil {
		return nil, err
	}
	if token.known {
		return s.repeatRunTask(engine, token)
	}
	command, err := s.runCommand(cluster, in)
	if err != nil {
		return nil, err
	}
	outcome, err := s.apply(cluster, scheduler.Command{RunTask: command})
	if err != nil {
		return nil, err
	}
	out := &sdk.RunTaskOutput{Tasks: s.showTasks(engine, outcome.Tasks, true), Failures: shape.List(outcome.Failures, shape.FailureToSDK)}
	answer, err := wire.Encode(&sdk.RunTaskOutput{Failures: out.Failures})
	if err != nil {
		return nil, err
	}
	return out, token.keep(taskARNs(out.Tasks), answer)
}

// runCommand is a RunTask in the engine's words, once it is found in order.
func (s *ECS) runCommand(cluster ecs.ClusterName, in *sdk.RunTaskInput) (*scheduler.RunTask, error) {
	count := 1
	if in.Count != nil {
		count = int(*in.Count)
	}
	if count < 1 || count > mostRun {
		return nil, invalid("Count must be between 1 and %d, but it is %d.", mostRun, count)
	}
	if err := checkRun(in.StartedBy, longestStartedBy, in.ReferenceId, in.PropagateTags, in.Overrides); err != nil {
		return nil, err
	}
	if err := checkConstraints(in.PlacementConstraints); err != nil {
		return nil, err
	}
	definition, err := s.runnable(in.TaskDefinition)
	if err != nil {
		return nil, err
	}
	tags, err := s.runTags(in.Tags, in.PropagateTags, definition, in.EnableECSManagedTags, cluster)
	if err != nil {
		return nil, err
	}
	if err := first(checkOverrides(in.Overrides, definition), s.checkTaskVolumes(in.VolumeConfigurations, definition.ARN),
		s.checkPlatform(in.LaunchType, in.CapacityProviderStrategy, in.PlatformVersion, definition.ARN, in.EnableExecuteCommand)); err != nil {
		return nil, err
	}
	return &scheduler.RunTask{
		TaskDefinition: definition, Count: count, Group: text[string](in.Group), StartedBy: text[string](in.StartedBy),
		LaunchType: ecs.LaunchType(in.LaunchType), PlatformVersion: text[string](in.PlatformVersion),
		CapacityProviderStrategy: shape.List(in.CapacityProviderStrategy, shape.CapacityProviderFromSDK),
		PlacementConstraints:     shape.List(in.PlacementConstraints, shape.PlacementConstraintFromSDK),
		PlacementStrategy:        shape.List(in.PlacementStrategy, shape.PlacementStrategyFromSDK),
		NetworkConfiguration:     shape.NetworkConfigurationFromSDK(in.NetworkConfiguration),
		VolumeConfigurations:     shape.VolumeConfigurationsOf(in.VolumeConfigurations),
		Overrides:                taskOverrides(in.Overrides),
		EnableExecuteCommand:     in.EnableExecuteCommand, Tags: tags,
	}, nil
}

// repeatRunTask answers a retry with what the first call started.
func (s *ECS) repeatRunTask(engine *scheduler.Cluster, token remembered) (*sdk.RunTaskOutput, error) {
	var ids []ecs.TaskID
	for _, arn := range token.Resources {
		ids = append(ids, ecs.TaskID(ecs.ARN(arn).Short()))
	}
	out := &sdk.RunTaskOutput{Failures: []types.Failure{}}
	if len(token.Answer) > 0 {
		if err := wire.Decode(token.Answer, out); err != nil {
			return nil, err
		}
	}
	out.Tasks = s.showTasks(engine, ids, true)
	return out, nil
}

// StartTask starts a task on each named container instance.
func (s *ECS) StartTask(_ context.Context, in *sdk.StartTaskInput) (*sdk.StartTaskOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if len(in.ContainerInstances) < 1 || len(in.ContainerInstances) > mostRun {
		return nil, invalid("Container instances must have between 1 and %d elements.", mostRun)
	}
	if err := checkRun(in.StartedBy, longestStartedByStart, in.ReferenceId, in.PropagateTags, in.Overrides); err != nil {
		return nil, err
	}
	definition, err := s.runnable(in.TaskDefinition)
	if err != nil {
		return nil, err
	}
	tags, err := s.runTags(in.Tags, in.PropagateTags, definition, in.EnableECSManagedTags, cluster)
	if err != nil {
		return nil, err
	}
	if err := first(checkOverrides(in.Overrides, definition), s.checkTaskVolumes(in.VolumeConfigurations, definition.ARN)); err != nil {
		return nil, err
	}
	var instances []ecs.ContainerInstanceID
	for _, given := range in.ContainerInstances {
		id, ok := shortID(given, "container-instance", cluster)
		if !ok {
			id = given // it is in no cluster of that name: the engine finds it missing
		}
		instances = append(instances, ecs.ContainerInstanceID(id))
	}
	outcome, err := s.apply(cluster, scheduler.Command{StartTask: &scheduler.StartTask{
		TaskDefinition: definition, Instances: instances, Group: text[string](in.Group), StartedBy: text[string](in.StartedBy),
		NetworkConfiguration: shape.NetworkConfigurationFromSDK(in.NetworkConfiguration),
		VolumeConfigurations: shape.VolumeConfigurationsOf(in.VolumeConfigurations),
		Overrides:            taskOverrides(in.Overrides),
		EnableExecuteCommand: in.EnableExecuteCommand, Tags: tags,
	}})
	if err != nil {
		return nil, err
	}
	return &sdk.StartTaskOutput{
		Tasks: s.showTasks(engine, outcome.Tasks, true), Failures: shape.List(outcome.Failures, shape.FailureToSDK),
	}, nil
}

// taskOf finds a task by id or ARN.
func taskOf(engine *scheduler.Cluster, cluster ecs.ClusterName, given string) (ecs.Task, error) {
	if id, ok := shortID(given, "task", cluster); ok {
		if task, ok := engine.Task(ecs.TaskID(id)); ok {
			return task, nil
		}
	}
	return ecs.Task{}, invalid("The referenced task was not found.")
}

// StopTask stops a task.
func (s *ECS) StopTask(_ context.Context, in *sdk.StopTaskInput) (*sdk.StopTaskOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	task, err := taskOf(engine, cluster, text[string](in.Task))
	if err != nil {
		return nil, err
	}
	if task.LastStatus != ecs.TaskStopped {
		command := &scheduler.StopTask{ID: task.ID, Reason: text[string](in.Reason)}
		if _, err := s.apply(cluster, scheduler.Command{StopTask: command}); err != nil {
			return nil, err
		}
		// A stopped task loses its tags (ECS semantics 8.8 [API:StopTask]).
		if len(task.Tags) > 0 {
			if _, err := s.apply(cluster, scheduler.Command{SetTags: &scheduler.SetTags{ARN: task.ARN}}); err != nil {
				return nil, err
			}
		}
	}
	return &sdk.StopTaskOutput{Task: &s.showTasks(engine, []ecs.TaskID{task.ID}, true)[0]}, nil
}

// DescribeTasks shows up to a hundred tasks; unknown ones are failures.
func (s *ECS) DescribeTasks(_ context.Context, in *sdk.DescribeTasksInput) (*sdk.DescribeTasksOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	switch {
	case len(in.Tasks) == 0:
		return nil, invalid("Tasks cannot be empty.")
	case len(in.Tasks) > mostDescribed:
		return nil, invalid("Tasks cannot have more than %d elements.", mostDescribed)
	}
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	out := &sdk.DescribeTasksOutput{Tasks: []types.Task{}, Failures: []types.Failure{}}
	tags := slices.Contains(in.Include, types.TaskFieldTags)
	for _, given := range in.Tasks {
		id, ok := shortID(given, "task", cluster)
		shown := s.showTasks(engine, []ecs.TaskID{ecs.TaskID(id)}, tags)
		if !ok || len(shown) == 0 {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(s.fullARN("task", cluster, given))))
			continue
		}
		out.Tasks = append(out.Tasks, shown...)
	}
	return out, nil
}

// showTasks are the tasks that are known, as they are answered.
func (s *ECS) showTasks(engine *scheduler.Cluster, ids []ecs.TaskID, tags bool) []types.Task {
	out := []types.Task{}
	for _, id := range ids {
		task, ok := engine.Task(id)
		if !ok {
			continue
		}
		if !tags {
			task.Tags = nil
		}
		s.givenImages(&task)
		out = append(out, shape.TaskToSDK(task))
	}
	return out
}

// givenImages puts the images back as the task definition names them, where
// the runtime knows them by another name.
func (s *ECS) givenImages(task *ecs.Task) {
	document := s.renamed(task.TaskDefinitionARN)
	if document == nil {
		return
	}
	for i := range task.Containers {
		for _, container := range document.ContainerDefinitions {
			if text[string](container.Name) == task.Containers[i].Name {
				task.Containers[i].Image = text[string](container.Image)
			}
		}
	}
}

// renamed is a definition of which the runtime knows an image by another name, or
// nil.
func (s *ECS) renamed(arn ecs.ARN) *types.TaskDefinition {
	if strings.HasPrefix(arn.Resource(), "daemon-") {
		named := string(arn)
		d, _, err := s.daemonDefinition(&named)
		if err != nil || len(d.Images) == 0 {
			return nil
		}
		document, err := readShape[types.TaskDefinition](kindDaemonDefinition, d.Runs)
		if err != nil {
			return nil
		}
		return document
	}
	ref, err := s.parseReference(string(arn))
	if err != nil {
		return nil
	}
	record, ok, err := s.tx.TaskDefinition(ref.family, ref.revision)
	if err != nil || !ok || len(record.Images) == 0 {
		return nil
	}
	made, err := store.Made(record, revisionOf)
	if err != nil {
		return nil
	}
	return &made.document
}

func taskARNs(tasks []types.Task) []string {
	out := make([]string, 0, len(tasks))
	for i := range tasks {
		out = append(out, text[string](tasks[i].TaskArn))
	}
	return out
}

// ownerOf is the service or the managed daemon whose tasks are asked for, if those
// of one are.
func ownerOf(engine *scheduler.Cluster, cluster ecs.ClusterName, service, daemon string) (ecs.ServiceName, error) {
	switch {
	case service != "" && daemon != "":
		return "", invalid("Cannot specify both serviceName and daemonName.")
	case daemon != "":
		return ecs.DaemonService(ecs.ARN(daemon).Short()), nil
	case service == "":
		return "", nil
	}
	owner, ok := serviceOf(engine, cluster, service)
	if !ok {
		return "", errNoService()
	}
	return owner.Name, nil
}

// ListTasks lists tasks; without a desired status those that should run.
func (s *ECS) ListTasks(_ context.Context, in *sdk.ListTasksInput) (*sdk.ListTasksOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if err := first(checkChoice("launch type", in.LaunchType), checkChoice("desired status", in.DesiredStatus)); err != nil {
		return nil, err
	}
	filter := scheduler.TaskFilter{
		Family: text[ecs.Family](in.Family), StartedBy: text[string](in.StartedBy),
		LaunchType: ecs.LaunchType(in.LaunchType), DesiredStatus: ecs.TaskStatus(in.DesiredStatus),
	}
	if filter.StartedBy != "" && (in.Family != nil || in.ServiceName != nil || in.DaemonName != nil || in.ContainerInstance != nil || in.LaunchType != "") {
		return nil, invalid("Cannot specify startedBy with any other filter.")
	}
	if filter.DesiredStatus == "" {
		filter.DesiredStatus = ecs.TaskRunning
	}
	if filter.Service, err = ownerOf(engine, cluster, text[string](in.ServiceName), text[string](in.DaemonName)); err != nil {
		return nil, err
	}
	if given := text[string](in.ContainerInstance); given != "" {
		id, ok := shortID(given, "container-instance", cluster)
		if _, known := engine.Instance(ecs.ContainerInstanceID(id)); !ok || !known {
			return &sdk.ListTasksOutput{TaskArns: []string{}}, nil
		}
		filter.Instance = ecs.ContainerInstanceID(id)
	}
	// They come in the order of their starts (ECS semantics 8.6: in any), so that
	// a page is cut out without looking at every task there is.
	most, err := pageSize(in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	after, err := openNumber(in.NextToken)
	if err != nil {
		return nil, err
	}
	ids, last, more := engine.TaskPage(filter, after, most)
	out := &sdk.ListTasksOutput{TaskArns: make([]string, 0, len(ids))}
	for _, id := range ids {
		out.TaskArns = append(out.TaskArns, string(ecs.TaskARN(s.tx.Scope(), cluster, id)))
	}
	if more {
		out.NextToken = sealToken(strconv.FormatUint(last, 10))
	}
	return out, nil
}
