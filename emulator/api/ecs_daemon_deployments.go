package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// daemonCensus is where the tasks of a daemon are.
type daemonCensus struct {
	providers []string
	revisions []ecs.ARN                    // current ones, the newest first
	running   map[ecs.ARN]map[string]int32 // tasks that are RUNNING, by revision and capacity provider
	instances map[string]int32             // ACTIVE container instances by capacity provider
}

func (s *ECS) daemonCensus(engine *scheduler.Cluster, service *ecs.Service) daemonCensus {
	out := daemonCensus{providers: engine.DaemonProviders(service.Name), running: map[ecs.ARN]map[string]int32{}, instances: map[string]int32{}}
	revisionOf := map[string]ecs.ARN{}
	for i, r := range service.CurrentServiceRevisions { // one of each deployment
		revisionOf[string(service.Deployments[i].ID)] = r.ARN
		if !slices.Contains(out.revisions, r.ARN) {
			out.revisions = append(out.revisions, r.ARN)
			out.running[r.ARN] = map[string]int32{}
		}
	}
	instances, _ := engine.Instances(scheduler.InstanceFilter{Status: ecs.InstanceActive}) // only an expression can be wrong
	for _, id := range instances {
		instance, _ := engine.Instance(id)
		out.instances[instance.CapacityProvider]++
	}
	for _, id := range engine.Tasks(scheduler.TaskFilter{Service: service.Name}) {
		task, ok := engine.Task(id)
		arn := revisionOf[task.StartedBy]
		if !ok || task.LastStatus != ecs.TaskRunning || out.running[arn] == nil {
			continue
		}
		if instance, ok := engine.Instance(ecs.ContainerInstanceID(task.ContainerInstanceARN.Short())); ok {
			out.running[arn][instance.CapacityProvider]++
		}
	}
	return out
}

// without are the instances of a provider that lack the task of the newest revision
// though they take others: those of a daemon that is not critical.
func (c *daemonCensus) without(revision ecs.ARN, provider string, critical bool) int32 {
	if critical || len(c.revisions) == 0 || revision != c.revisions[0] {
		return 0
	}
	left := c.instances[provider]
	for _, by := range c.running {
		left -= by[provider]
	}
	return max(0, left)
}

// ListDaemonDeployments lists the deployments of a daemon, newest first.
func (s *ECS) ListDaemonDeployments(_ context.Context, in *sdk.ListDaemonDeploymentsInput) (*sdk.ListDaemonDeploymentsOutput, error) {
	cluster, engine, service, err := s.daemonOf(in.DaemonArn)
	if refusal, ok := err.(*ecs.Error); ok && refusal.Code == errNoDaemon().Code { //nolint:errorlint // made right there
		err = client("%s", refusal.Message) // the model has no DaemonNotFoundException here
	}
	if err := first(err, checkChoice("status", in.Status...)); err != nil {
		return nil, err
	}
	chosen := map[string]types.DaemonDeploymentSummary{}
	for i, d := range engine.ServiceDeployments(service.Name) {
		if len(in.Status) > 0 && !slices.Contains(in.Status, types.DaemonDeploymentStatus(d.Status)) || !within(in.CreatedAt, d.CreatedAt) {
			continue
		}
		shown := shape.ServiceDeploymentToSDK(d)
		one := types.DaemonDeploymentSummary{
			ClusterArn: shown.ClusterArn, CreatedAt: shown.CreatedAt, DaemonArn: s.daemonARN(cluster, service.Name), DaemonDeploymentArn: daemonPart(d.ARN),
			FinishedAt: shown.FinishedAt, StartedAt: shown.StartedAt, Status: types.DaemonDeploymentStatus(d.Status), StatusReason: shown.StatusReason, StoppedAt: shown.StoppedAt,
		}
		if d.TargetServiceRevision != nil {
			one.TargetDaemonRevisionArn = daemonPart(d.TargetServiceRevision.ARN)
		}
		chosen[turned(fmt.Sprintf("%020d%06d", d.CreatedAt.UnixNano(), 999_999-i))] = one
	}
	keys, next, err := page(sortedKeys(chosen), in.NextToken, in.MaxResults, 20, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListDaemonDeploymentsOutput{DaemonDeployments: []types.DaemonDeploymentSummary{}, NextToken: next}
	for _, key := range keys {
		out.DaemonDeployments = append(out.DaemonDeployments, chosen[key])
	}
	return out, nil
}

// daemonPartOf finds the engine of a deployment or revision of a daemon, and the
// name that it has there. Nothing is found of a daemon that was not there.
func (s *ECS) daemonPartOf(given, kind string) (*scheduler.Cluster, ecs.ARN, error) {
	arn := ecs.ARN(given)
	if !arn.IsARN() || !strings.HasPrefix(arn.Resource(), kind+"/") {
		return nil, "", invalid("Invalid identifier: %q is not the ARN of a %s.", given, strings.ReplaceAll(kind, "-", " "))
	}
	if err := s.checkScope(arn); err != nil {
		return nil, "", err
	}
	part := servicePart(arn)
	engine, ok := s.tx.Engine(part.Cluster())
	if part == "" || !ok {
		return nil, "", s.tx.Failed(part.Cluster())
	}
	return engine, part, nil
}

// DescribeDaemonDeployments shows deployments with their outcome.
func (s *ECS) DescribeDaemonDeployments(_ context.Context, in *sdk.DescribeDaemonDeploymentsInput) (*sdk.DescribeDaemonDeploymentsOutput, error) {
	if err := checkARNs(in.DaemonDeploymentArns, "daemonDeploymentArns"); err != nil {
		return nil, err
	}
	out := &sdk.DescribeDaemonDeploymentsOutput{DaemonDeployments: []types.DaemonDeployment{}, Failures: []types.Failure{}}
	for _, given := range in.DaemonDeploymentArns {
		engine, part, err := s.daemonPartOf(given, "daemon-deployment")
		if err != nil {
			return nil, err
		}
		if engine != nil {
			if d, ok := engine.ServiceDeployment(part); ok {
				shown, err := s.showDaemonDeployment(engine, &d)
				if err != nil {
					return nil, err
				}
				out.DaemonDeployments = append(out.DaemonDeployments, *shown)
				continue
			}
		}
		out.Failures = append(out.Failures, shape.FailureToSDK(missing(ecs.ARN(given))))
	}
	return out, nil
}

func (s *ECS) showDaemonDeployment(engine *scheduler.Cluster, d *ecs.ServiceDeployment) (*types.DaemonDeployment, error) {
	service, _ := engine.Service(ecs.ServiceName(d.ServiceARN.Short()))
	kept, err := s.keptDaemon(d.ServiceARN.Cluster(), service.Name)
	if err != nil {
		return nil, err
	}
	shown, census := shape.ServiceDeploymentToSDK(*d), s.daemonCensus(engine, &service)
	out := &types.DaemonDeployment{
		DaemonDeploymentArn: daemonPart(d.ARN), ClusterArn: shown.ClusterArn, Status: types.DaemonDeploymentStatus(d.Status), StatusReason: shown.StatusReason,
		CreatedAt: shown.CreatedAt, StartedAt: shown.StartedAt, FinishedAt: shown.FinishedAt, StoppedAt: shown.StoppedAt,
		SourceDaemonRevisions: []types.DaemonDeploymentRevisionDetail{}, DeploymentConfiguration: &types.DaemonDeploymentConfiguration{},
		CircuitBreaker: &types.DaemonCircuitBreaker{
			FailureCount: shown.DeploymentCircuitBreaker.FailureCount, Threshold: shown.DeploymentCircuitBreaker.Threshold,
			Status: types.DaemonDeploymentRollbackMonitorsStatus(d.CircuitBreaker.Status),
		},
		Alarms: &types.DaemonDeploymentAlarms{AlarmNames: []string{}, Status: types.DaemonDeploymentRollbackMonitorsStatusDisabled},
	}
	for _, r := range d.SourceServiceRevisions {
		out.SourceDaemonRevisions = append(out.SourceDaemonRevisions, s.daemonCounts(&census, &kept, r.ARN))
	}
	if r := d.TargetServiceRevision; r != nil {
		counts := s.daemonCounts(&census, &kept, r.ARN)
		out.TargetDaemonRevision = &counts
		if raw := kept.Revisions[r.ARN].Configuration; raw != nil {
			if err := wire.Decode(raw, out.DeploymentConfiguration); err != nil {
				return nil, fmt.Errorf("read the deployment configuration of a daemon: %w", err)
			}
		}
	}
	if a := shown.Alarms; a != nil {
		out.Alarms = &types.DaemonDeploymentAlarms{AlarmNames: a.AlarmNames, TriggeredAlarmNames: a.TriggeredAlarmNames, Status: types.DaemonDeploymentRollbackMonitorsStatus(a.Status)}
	}
	if r := d.Rollback; r != nil {
		out.Rollback = &types.DaemonRollback{Reason: shown.Rollback.Reason, StartedAt: shown.Rollback.StartedAt, RollbackTargetDaemonRevisionArn: daemonPart(r.ServiceRevisionARN)}
		for _, p := range census.providers {
			out.Rollback.RollbackCapacityProviders = append(out.Rollback.RollbackCapacityProviders, *s.providerARN(p))
		}
	}
	return out, nil
}

// daemonCounts are the instances with a revision. None is drained for it here.
func (s *ECS) daemonCounts(census *daemonCensus, kept *daemon, arn ecs.ARN) types.DaemonDeploymentRevisionDetail {
	var running, without, draining int32
	out := types.DaemonDeploymentRevisionDetail{Arn: daemonPart(arn), CapacityProviders: []types.DaemonDeploymentCapacityProvider{}}
	for _, p := range census.providers {
		here, lacking := census.running[arn][p], census.without(arn, p, kept.Revisions[arn].Critical)
		running, without = running+here, without+lacking
		out.CapacityProviders = append(out.CapacityProviders, types.DaemonDeploymentCapacityProvider{
			Arn: s.providerARN(p), RunningInstanceCount: &here, DrainingInstanceCount: &draining, WithoutDaemonInstanceCount: &lacking,
		})
	}
	out.TotalRunningInstanceCount, out.TotalDrainingInstanceCount, out.TotalWithoutDaemonInstanceCount = &running, &draining, &without
	return out
}

// DescribeDaemonRevisions shows the snapshots that deployments roll out.
func (s *ECS) DescribeDaemonRevisions(_ context.Context, in *sdk.DescribeDaemonRevisionsInput) (*sdk.DescribeDaemonRevisionsOutput, error) {
	if err := checkARNs(in.DaemonRevisionArns, "daemonRevisionArns"); err != nil {
		return nil, err
	}
	out := &sdk.DescribeDaemonRevisionsOutput{DaemonRevisions: []types.DaemonRevision{}, Failures: []types.Failure{}}
	for _, given := range in.DaemonRevisionArns {
		engine, part, err := s.daemonPartOf(given, "daemon-revision")
		if err != nil {
			return nil, err
		}
		if engine != nil {
			if r, ok := engine.ServiceRevision(part); ok {
				shown, err := s.showDaemonRevision(&r)
				if err != nil {
					return nil, err
				}
				out.DaemonRevisions = append(out.DaemonRevisions, *shown)
				continue
			}
		}
		out.Failures = append(out.Failures, shape.FailureToSDK(missing(ecs.ARN(given))))
	}
	return out, nil
}

func (s *ECS) showDaemonRevision(r *ecs.ServiceRevision) (*types.DaemonRevision, error) {
	cluster, name := r.ServiceARN.Cluster(), ecs.ServiceName(r.ServiceARN.Short())
	kept, err := s.keptDaemon(cluster, name)
	if err != nil {
		return nil, err
	}
	own, shown := kept.Revisions[r.ARN], shape.ServiceRevisionToSDK(*r)
	out := &types.DaemonRevision{
		DaemonRevisionArn: daemonPart(r.ARN), DaemonArn: s.daemonARN(cluster, name), ClusterArn: shown.ClusterArn, CreatedAt: shown.CreatedAt,
		DaemonTaskDefinitionArn: shown.TaskDefinition, ContainerImages: []types.DaemonContainerImage{}, Critical: &own.Critical,
		EnableECSManagedTags: &own.ManagedTags, EnableExecuteCommand: &own.Execute, PropagateTags: own.Propagate,
	}
	for _, i := range shown.ContainerImages {
		out.ContainerImages = append(out.ContainerImages, types.DaemonContainerImage{ContainerName: i.ContainerName, Image: i.Image, ImageDigest: i.ImageDigest})
	}
	return out, nil
}
