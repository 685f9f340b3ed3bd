package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// mostDeployments is how many ARNs the two describing operations take (ECS
// semantics 8.6).
const mostDeployments = 20

// ListServiceDeployments lists the deployments of a service, newest first.
func (s *ECS) ListServiceDeployments(_ context.Context, in *sdk.ListServiceDeploymentsInput) (*sdk.ListServiceDeploymentsOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	service, ok := serviceOf(engine, cluster, text[string](in.Service))
	if !ok {
		return nil, errNoService()
	}
	if err := checkChoice("status", in.Status...); err != nil {
		return nil, err
	}
	briefs := map[string]types.ServiceDeploymentBrief{}
	var keys []string
	for i, deployment := range engine.ServiceDeployments(service.Name) {
		if len(in.Status) > 0 && !slices.Contains(in.Status, types.ServiceDeploymentStatus(deployment.Status)) {
			continue
		}
		if !within(in.CreatedAt, deployment.CreatedAt) {
			continue
		}
		key := turned(fmt.Sprintf("%020d%06d", deployment.CreatedAt.UnixNano(), 999_999-i))
		briefs[key] = shape.ServiceDeploymentBrief(deployment)
		keys = append(keys, key)
	}
	slices.Sort(keys)
	keys, next, err := page(keys, in.NextToken, in.MaxResults, 20, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeploymentBrief{}, NextToken: next}
	for _, key := range keys {
		out.ServiceDeployments = append(out.ServiceDeployments, briefs[key])
	}
	return out, nil
}

// within reports whether a time is one that a list is limited to.
func within(c *types.CreatedAt, at time.Time) bool {
	return c == nil || (c.After == nil || !at.Before(*c.After)) && (c.Before == nil || !at.After(*c.Before))
}

// engineOf is the engine of the cluster that the ARN of a deployment or revision of
// a service names, KIND/CLUSTER/SERVICE/ID. Those of managed daemons are not there
// for operations of services.
func (s *ECS) engineOf(given, kind string) (*scheduler.Cluster, bool, error) {
	arn := ecs.ARN(given)
	if !arn.IsARN() || !strings.HasPrefix(arn.Resource(), kind+"/") {
		return nil, false, invalid("Invalid identifier: %q is not the ARN of a %s.", given, strings.ReplaceAll(kind, "-", " "))
	}
	if err := s.checkScope(arn); err != nil {
		return nil, false, err
	}
	engine, ok := s.tx.Engine(arn.Cluster())
	if parts := strings.Split(arn.Resource(), "/"); len(parts) > 2 {
		_, daemon := ecs.ServiceName(parts[2]).Daemon()
		ok = ok && !daemon
	}
	return engine, ok, s.tx.Failed(arn.Cluster())
}

func checkARNs(list []string, name string) error {
	switch {
	case len(list) == 0:
		return invalid("%s cannot be empty.", name)
	case len(list) > mostDeployments:
		return invalid("%s cannot have more than %d elements.", name, mostDeployments)
	}
	return nil
}

// DescribeServiceDeployments shows deployments with their outcome.
func (s *ECS) DescribeServiceDeployments(_ context.Context, in *sdk.DescribeServiceDeploymentsInput) (*sdk.DescribeServiceDeploymentsOutput, error) {
	if err := checkARNs(in.ServiceDeploymentArns, "serviceDeploymentArns"); err != nil {
		return nil, err
	}
	out := &sdk.DescribeServiceDeploymentsOutput{ServiceDeployments: []types.ServiceDeployment{}, Failures: []types.Failure{}}
	for _, given := range in.ServiceDeploymentArns {
		engine, ok, err := s.engineOf(given, "service-deployment")
		if err != nil {
			return nil, err
		}
		if ok {
			var deployment ecs.ServiceDeployment
			if deployment, ok = engine.ServiceDeployment(ecs.ARN(given)); ok {
				out.ServiceDeployments = append(out.ServiceDeployments, shape.ServiceDeploymentToSDK(deployment))
			}
		}
		if !ok {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(ecs.ARN(given))))
		}
	}
	return out, nil
}

// DescribeServiceRevisions shows the snapshots that deployments roll out.
func (s *ECS) DescribeServiceRevisions(_ context.Context, in *sdk.DescribeServiceRevisionsInput) (*sdk.DescribeServiceRevisionsOutput, error) {
	if err := checkARNs(in.ServiceRevisionArns, "serviceRevisionArns"); err != nil {
		return nil, err
	}
	out := &sdk.DescribeServiceRevisionsOutput{ServiceRevisions: []types.ServiceRevision{}, Failures: []types.Failure{}}
	for _, given := range in.ServiceRevisionArns {
		engine, ok, err := s.engineOf(given, "service-revision")
		if err != nil {
			return nil, err
		}
		if ok {
			var revision ecs.ServiceRevision
			if revision, ok = engine.ServiceRevision(ecs.ARN(given)); ok {
				shown := shape.ServiceRevisionToSDK(revision)
				if err := first(s.showConnections(&shown), s.showManaged(&shown)); err != nil {
					return nil, err
				}
				out.ServiceRevisions = append(out.ServiceRevisions, shown)
			}
		}
		if !ok {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(ecs.ARN(given))))
		}
	}
	return out, nil
}

// StopServiceDeployment rolls a running deployment back (ECS semantics 4.16).
func (s *ECS) StopServiceDeployment(_ context.Context, in *sdk.StopServiceDeploymentInput) (*sdk.StopServiceDeploymentOutput, error) {
	given := text[string](in.ServiceDeploymentArn)
	engine, ok, err := s.engineOf(given, "service-deployment")
	if err != nil {
		return nil, err
	}
	if err := checkChoice("stopType", in.StopType); err != nil {
		return nil, err
	}
	if ok {
		_, ok = engine.ServiceDeployment(ecs.ARN(given))
	}
	if !ok {
		return nil, errNoDeployment()
	}
	command := &scheduler.StopServiceDeployment{ARN: ecs.ARN(given), StopType: string(in.StopType)}
	if _, err := s.apply(ecs.ARN(given).Cluster(), scheduler.Command{StopServiceDeployment: command}); err != nil {
		return nil, err
	}
	return &sdk.StopServiceDeploymentOutput{ServiceDeploymentArn: &given}, nil
}

// ContinueServiceDeployment answers a pause hook (ECS semantics 4.17).
func (s *ECS) ContinueServiceDeployment(_ context.Context, in *sdk.ContinueServiceDeploymentInput) (*sdk.ContinueServiceDeploymentOutput, error) {
	given := text[string](in.ServiceDeploymentArn)
	_, ok, err := s.engineOf(given, "service-deployment")
	if err := first(err, checkChoice("action", in.Action)); err != nil {
		return nil, err
	}
	if !ok {
		return nil, errNoDeployment()
	}
	command := &scheduler.ContinueServiceDeployment{ARN: ecs.ARN(given), HookID: text[string](in.HookId), Action: ecs.HookAction(in.Action)}
	if _, err := s.apply(ecs.ARN(given).Cluster(), scheduler.Command{ContinueServiceDeployment: command}); err != nil {
		return nil, err
	}
	return &sdk.ContinueServiceDeploymentOutput{ServiceDeploymentArn: &given}, nil
}

func errNoDeployment() *ecs.Error {
	return refuse("ServiceDeploymentNotFoundException", "The service deployment was not found.")
}
