package api

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// ListDaemons lists the daemons of a cluster.
func (s *ECS) ListDaemons(_ context.Context, in *sdk.ListDaemonsInput) (*sdk.ListDaemonsOutput, error) {
	cluster, engine, err := s.cluster(in.ClusterArn)
	if err != nil {
		return nil, err
	}
	var wanted []string
	for _, arn := range in.CapacityProviderArns {
		wanted = append(wanted, ecs.ARN(arn).Short())
	}
	var all []ecs.Service
	for _, name := range engine.Daemons() {
		service, ok := engine.Service(name)
		if ok && (len(wanted) == 0 || slices.ContainsFunc(engine.DaemonProviders(name), func(p string) bool { return slices.Contains(wanted, p) })) {
			all = append(all, service)
		}
	}
	all, next, err := pageOf(all, func(d *ecs.Service) string { return string(d.Name) }, in.NextToken, in.MaxResults, 100, 100)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListDaemonsOutput{DaemonSummariesList: []types.DaemonSummary{}, NextToken: next}
	for _, service := range all {
		kept, err := s.keptDaemon(cluster, service.Name)
		if err != nil {
			return nil, err
		}
		out.DaemonSummariesList = append(out.DaemonSummariesList, types.DaemonSummary{
			DaemonArn: s.daemonARN(cluster, service.Name), Status: daemonStatus(&service), CreatedAt: &service.CreatedAt, UpdatedAt: &kept.UpdatedAt,
		})
	}
	return out, nil
}

// DescribeDaemon shows a daemon with the tasks that run of its revisions.
func (s *ECS) DescribeDaemon(_ context.Context, in *sdk.DescribeDaemonInput) (*sdk.DescribeDaemonOutput, error) {
	cluster, engine, service, err := s.daemonOf(in.DaemonArn)
	if err != nil {
		return nil, err
	}
	kept, err := s.keptDaemon(cluster, service.Name)
	if err != nil {
		return nil, err
	}
	out := &types.DaemonDetail{
		DaemonArn: s.daemonARN(cluster, service.Name), ClusterArn: s.clusterARN(cluster), Status: daemonStatus(&service),
		CreatedAt: &service.CreatedAt, UpdatedAt: &kept.UpdatedAt, DeploymentArn: daemonPart(service.CurrentServiceDeployment),
		CurrentRevisions: []types.DaemonRevisionDetail{},
	}
	census := s.daemonCensus(engine, &service)
	for _, arn := range census.revisions {
		detail := types.DaemonRevisionDetail{Arn: daemonPart(arn), CapacityProviders: []types.DaemonCapacityProvider{}}
		for _, p := range engine.DaemonProviders(service.Name) {
			running, without := census.running[arn][p], census.without(arn, p, kept.Revisions[arn].Critical)
			detail.TotalRunningCount, detail.TotalWithoutDaemonCount = detail.TotalRunningCount+running, detail.TotalWithoutDaemonCount+without
			detail.CapacityProviders = append(detail.CapacityProviders, types.DaemonCapacityProvider{Arn: s.providerARN(p), RunningCount: running, WithoutDaemonCount: without})
		}
		out.CurrentRevisions = append(out.CurrentRevisions, detail)
	}
	return &sdk.DescribeDaemonOutput{Daemon: out}, nil
}

func (s *ECS) providerARN(name string) *string {
	arn := string(ecs.CapacityProviderARN(s.tx.Scope(), name))
	return &arn
}

// daemonPart is the ARN of a deployment or revision of a daemon, which the engine
// names as those of a service; servicePart is the way back.
func daemonPart(arn ecs.ARN) *string {
	if arn == "" {
		return nil
	}
	out := strings.NewReplacer(":service-deployment/", ":daemon-deployment/", ":service-revision/", ":daemon-revision/", "/daemon:", "/").Replace(string(arn))
	return &out
}

func servicePart(arn ecs.ARN) ecs.ARN {
	head, resource, _ := strings.Cut(string(arn), ":daemon-")
	parts := strings.Split(resource, "/")
	if len(parts) != 4 {
		return ""
	}
	parts[2] = string(ecs.DaemonService(parts[2]))
	return ecs.ARN(head + ":service-" + strings.Join(parts, "/"))
}

// taggedDaemon finds the tags of a daemon, which the engine keeps.
func (s *ECS) taggedDaemon(arn ecs.ARN) (taggable, error) {
	named := string(arn)
	cluster, _, service, err := s.daemonOf(&named)
	if err != nil {
		return taggable{}, first(s.clusterLack(arn), errNoResource())
	}
	return taggable{tags: service.Tags, keep: func(tags []ecs.Tag) error {
		_, err := s.apply(cluster, scheduler.Command{SetTags: &scheduler.SetTags{ARN: service.ARN, Tags: tags}})
		return err
	}}, nil
}

// clusterLack is the refusal of an ARN whose cluster is not there, or nil.
func (s *ECS) clusterLack(arn ecs.ARN) error {
	_, err := s.engine(arn.Cluster())
	return err
}

func (s *ECS) taggedDaemonDefinition(arn ecs.ARN) (taggable, error) {
	named := string(arn)
	d, _, err := s.daemonDefinition(&named)
	if err != nil {
		return taggable{}, errNoResource()
	}
	return taggable{tags: d.Tags, keep: func(tags []ecs.Tag) error {
		d.Tags = tags
		return s.tx.PutDocument(kindDaemonDefinition, d.key(), d)
	}}, nil
}
