package api

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

const (
	statusActive   = "ACTIVE"
	statusInactive = "INACTIVE"
	statusFailed   = "FAILED" // here: the emulator failed in it, and it stands still
	// deletedClusterKept is how long a deleted cluster can be described. ECS says
	// "for a while" (ECS semantics 8.3); an hour is what its tasks have.
	deletedClusterKept = time.Hour
	mostDescribed      = 100
)

// CreateCluster makes a cluster, or returns the one that is there.
func (s *ECS) CreateCluster(_ context.Context, in *sdk.CreateClusterInput) (*sdk.CreateClusterOutput, error) {
	name := text[ecs.ClusterName](in.ClusterName)
	if name == "" {
		name = defaultCluster
	}
	if !nameRule.MatchString(string(name)) {
		return nil, invalid("Invalid cluster name %q: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.", name)
	}
	tags, err := checkTags(nil, in.Tags)
	if err := first(err, checkClusterSettings(in.Settings)); err != nil {
		return nil, err
	}
	record, ok, err := s.tx.Cluster(name)
	if err != nil {
		return nil, err
	}
	if ok && record.Active() {
		cluster, err := s.describeCluster(record, plainly)
		return &sdk.CreateClusterOutput{Cluster: cluster}, err
	}
	record = store.Cluster{
		Name: name, Generation: record.Generation + 1, Status: statusActive, CreatedAt: s.tx.Now(),
		Settings: mergeSettings(nil, in.Settings), Tags: tags,
	}
	if record.Configuration, err = encodeConfiguration(in.Configuration); err != nil {
		return nil, err
	}
	if in.ServiceConnectDefaults != nil {
		if record.Namespace, err = s.defaultNamespace(text[string](in.ServiceConnectDefaults.Namespace)); err != nil {
			return nil, err
		}
	}
	if err := s.makeCluster(record); err != nil {
		return nil, err
	}
	if len(in.CapacityProviders)+len(in.DefaultCapacityProviderStrategy) > 0 {
		strategy := shape.List(in.DefaultCapacityProviderStrategy, shape.CapacityProviderFromSDK)
		if err := s.associate(name, in.CapacityProviders, strategy); err != nil {
			return nil, err
		}
	}
	cluster, err := s.describeCluster(record, plainly)
	return &sdk.CreateClusterOutput{Cluster: cluster}, err
}

// makeCluster keeps the record of a new cluster and tells its engine what the
// older ones know: the images that can be pulled, the target groups and the
// alarms.
func (s *ECS) makeCluster(record store.Cluster) error {
	if err := s.tx.PutCluster(record); err != nil {
		return err
	}
	images, err := s.tx.Images()
	if err != nil {
		return err
	}
	return first(tellImages(s.tx, record.Name, images), tellTargetGroups(s.tx, record.Name), tellAlarms(s.tx, record.Name), s.tx.FollowCluster(record.Name))
}

// plainly shows what the operations that change a cluster answer with.
func plainly(f types.ClusterField) bool { return f != types.ClusterFieldStatistics }

func including(fields []types.ClusterField) func(types.ClusterField) bool {
	return func(f types.ClusterField) bool { return slices.Contains(fields, f) }
}

func (s *ECS) describeCluster(record store.Cluster, show func(types.ClusterField) bool) (*types.Cluster, error) {
	noun := ecs.Cluster{
		ARN: ecs.ClusterARN(s.tx.Scope(), record.Name), Name: record.Name, Status: record.Status,
	}
	if show(types.ClusterFieldSettings) {
		noun.Settings = record.Settings
	}
	if show(types.ClusterFieldTags) {
		noun.Tags = record.Tags
	}
	engine, live := s.tx.Engine(record.Name)
	if s.tx.Failed(record.Name) != nil {
		noun.Status = statusFailed
	}
	if live {
		noun.CapacityProviders, noun.DefaultCapacityProviderStrategy = engine.Associated()
		noun.RegisteredContainerInstances, noun.RunningTasks, noun.PendingTasks, noun.ActiveServices = engine.Counts()
	}
	out := shape.ClusterToSDK(noun)
	if show(types.ClusterFieldStatistics) && live {
		out.Statistics = statistics(engine)
	}
	if show(types.ClusterFieldConfigurations) && record.Configuration != nil {
		out.Configuration = &types.ClusterConfiguration{}
		if err := wire.Decode(record.Configuration, out.Configuration); err != nil {
			return nil, fmt.Errorf("read the configuration of cluster %s: %w", record.Name, err)
		}
	}
	if slices.ContainsFunc(noun.CapacityProviders, overGroup) {
		out.AttachmentsStatus = asString("UPDATE_COMPLETE") // an association takes no time (ECS semantics 6.4)
	}
	if record.Namespace != "" {
		out.ServiceConnectDefaults = &types.ClusterServiceConnectDefaults{Namespace: &record.Namespace}
	}
	return &out, nil
}

// statistics are the counts by launch type (ECS semantics 8.6 [API:Cluster]).
func statistics(engine *scheduler.Cluster) []types.KeyValuePair {
	counts := map[string]int{}
	suffix := func(l ecs.LaunchType) string {
		if l == ecs.LaunchFargate {
			return "Fargate"
		}
		return "EC2"
	}
	for _, id := range engine.Tasks(scheduler.TaskFilter{DesiredStatus: ecs.TaskRunning}) {
		task, _ := engine.Task(id)
		state := "pending"
		if task.LastStatus == ecs.TaskRunning {
			state = "running"
		}
		counts[state+suffix(task.LaunchType)+"TasksCount"]++
	}
	for _, name := range engine.Services() {
		service, _ := engine.Service(name)
		counts["active"+suffix(service.LaunchType)+"ServiceCount"]++
	}
	var pairs []types.KeyValuePair
	for _, name := range []string{
		"runningEC2TasksCount", "runningFargateTasksCount", "pendingEC2TasksCount", "pendingFargateTasksCount",
		"activeEC2ServiceCount", "activeFargateServiceCount", "drainingEC2ServiceCount", "drainingFargateServiceCount",
	} {
		value := strconv.Itoa(counts[name])
		pairs = append(pairs, types.KeyValuePair{Name: &name, Value: &value})
	}
	return pairs
}

// DescribeClusters shows clusters; unknown ones are failures.
func (s *ECS) DescribeClusters(_ context.Context, in *sdk.DescribeClustersInput) (*sdk.DescribeClustersOutput, error) {
	wanted := in.Clusters
	if len(wanted) == 0 {
		wanted = []string{string(defaultCluster)}
	}
	if len(wanted) > mostDescribed {
		return nil, invalid("Clusters cannot have more than %d elements.", mostDescribed)
	}
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	out := &sdk.DescribeClustersOutput{Clusters: []types.Cluster{}, Failures: []types.Failure{}}
	for _, given := range wanted {
		name, err := s.clusterName(&given)
		if err != nil {
			return nil, err
		}
		record, ok, err := s.tx.Cluster(name)
		if err != nil {
			return nil, err
		}
		if !ok || !record.Active() && s.tx.Now().Sub(record.DeletedAt) > deletedClusterKept {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(ecs.ClusterARN(s.tx.Scope(), name))))
			continue
		}
		cluster, err := s.describeCluster(record, including(in.Include))
		if err != nil {
			return nil, err
		}
		out.Clusters = append(out.Clusters, *cluster)
	}
	return out, nil
}

// ListClusters lists the active clusters.
func (s *ECS) ListClusters(_ context.Context, in *sdk.ListClustersInput) (*sdk.ListClustersOutput, error) {
	records, err := s.tx.Clusters()
	if err != nil {
		return nil, err
	}
	active := slices.DeleteFunc(records, func(c store.Cluster) bool { return !c.Active() })
	names, next, err := page(clusterNames(active), in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListClustersOutput{ClusterArns: []string{}, NextToken: next}
	for _, name := range names {
		out.ClusterArns = append(out.ClusterArns, string(ecs.ClusterARN(s.tx.Scope(), ecs.ClusterName(name))))
	}
	return out, nil
}

func clusterNames(clusters []store.Cluster) []string {
	names := make([]string, 0, len(clusters))
	for _, c := range clusters {
		names = append(names, string(c.Name))
	}
	return names
}

// DeleteCluster deletes an empty cluster (ECS semantics 8.4 [API, MOTO]), and
// one in which the emulator failed, whatever it has.
func (s *ECS) DeleteCluster(_ context.Context, in *sdk.DeleteClusterInput) (*sdk.DeleteClusterOutput, error) {
	if text[string](in.Cluster) == "" {
		return nil, invalid("Cluster can not be blank.")
	}
	name, engine, err := s.cluster(in.Cluster)
	var failed *store.FailedError
	if err == nil {
		err = checkEmpty(engine)
	}
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	record, _, err := s.tx.Cluster(name)
	if err != nil {
		return nil, err
	}
	record.Status, record.DeletedAt = statusInactive, s.tx.Now()
	if err := first(s.tx.PutCluster(record), s.dropGateways(name)); err != nil {
		return nil, err
	}
	cluster, err := s.describeCluster(record, plainly)
	return &sdk.DeleteClusterOutput{Cluster: cluster}, err
}

func checkEmpty(engine *scheduler.Cluster) error {
	instances, running, pending, services := engine.Counts()
	switch {
	case instances > 0:
		return refuse("ClusterContainsContainerInstancesException",
			"The Cluster cannot be deleted while Container Instances are active or draining.")
	case services > 0:
		return refuse("ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active.")
	case running+pending > 0:
		return refuse("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")
	}
	// Those of Fargate are no obstacle.
	if associated, _ := engine.Associated(); slices.ContainsFunc(associated, overGroup) {
		return refuse("ClusterContainsCapacityProviderException", "The Cluster cannot be deleted while Capacity Providers are associated with it.")
	}
	return nil
}

// UpdateCluster changes settings and configuration.
func (s *ECS) UpdateCluster(_ context.Context, in *sdk.UpdateClusterInput) (*sdk.UpdateClusterOutput, error) {
	cluster, err := s.changeCluster(in.Cluster, func(record *store.Cluster) (err error) {
		if err := checkClusterSettings(in.Settings); err != nil {
			return err
		}
		if in.Settings != nil {
			record.Settings = mergeSettings(record.Settings, in.Settings)
		}
		if in.Configuration != nil {
			if record.Configuration, err = encodeConfiguration(in.Configuration); err != nil {
				return err
			}
		}
		if in.ServiceConnectDefaults != nil { // an empty name takes the default away
			record.Namespace, err = s.defaultNamespace(text[string](in.ServiceConnectDefaults.Namespace))
		}
		return err
	})
	return &sdk.UpdateClusterOutput{Cluster: cluster}, err
}

// UpdateClusterSettings changes settings.
func (s *ECS) UpdateClusterSettings(_ context.Context, in *sdk.UpdateClusterSettingsInput) (*sdk.UpdateClusterSettingsOutput, error) {
	cluster, err := s.changeCluster(in.Cluster, func(record *store.Cluster) error {
		if err := checkClusterSettings(in.Settings); err != nil {
			return err
		}
		record.Settings = mergeSettings(record.Settings, in.Settings)
		return nil
	})
	return &sdk.UpdateClusterSettingsOutput{Cluster: cluster}, err
}

func (s *ECS) changeCluster(given *string, change func(*store.Cluster) error) (*types.Cluster, error) {
	name, _, err := s.cluster(given)
	if err != nil {
		return nil, err
	}
	record, _, err := s.tx.Cluster(name)
	if err != nil {
		return nil, err
	}
	if err := change(&record); err != nil {
		return nil, err
	}
	if err := s.tx.PutCluster(record); err != nil {
		return nil, err
	}
	return s.describeCluster(record, plainly)
}
