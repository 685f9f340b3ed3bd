package api

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// A managed daemon is a DAEMON service of the engine that no service operation
// shows: it really runs one task on each container instance of its capacity
// providers. In ECS those are Managed Instances; here they are those over Auto
// Scaling groups. A new revision takes the place of the old one on the instance,
// drainPercent at a time, where ECS would drain and replace the instance, and what
// a critical daemon's end does to its instance is left out.

// kindDaemon is the kind of the documents of what the engine does not know of
// daemons; their keys are the cluster and the daemon.
const kindDaemon = "ecs/daemon"

// The defaults and bounds of a daemon's deployments [API:CreateDaemon,
// DaemonDeploymentConfiguration; DG: managed-daemons-deployments].
const (
	usualDrainPercent  = 25.0
	longestDaemonToken = 36
)

// daemon is a daemon as it is kept.
type daemon struct {
	UpdatedAt time.Time `json:"updatedAt"`
	// Revisions are what the service revisions of the engine do not say.
	Revisions map[ecs.ARN]daemonRevision `json:"revisions"`
}

type daemonRevision struct {
	Critical      bool                      `json:"critical"`
	ManagedTags   bool                      `json:"managedTags"`
	Execute       bool                      `json:"execute"`
	Propagate     types.DaemonPropagateTags `json:"propagateTags"`
	Configuration json.RawMessage           `json:"configuration,omitempty"` // of its deployment, in AWS JSON
}

func daemonKey(cluster ecs.ClusterName, name ecs.ServiceName) string {
	return string(cluster) + "\x00" + string(name)
}

func (s *ECS) daemonARN(cluster ecs.ClusterName, name ecs.ServiceName) *string {
	short, _ := name.Daemon()
	arn := string(s.tx.Scope().ARN("ecs", "daemon/"+string(cluster)+"/"+short))
	return &arn
}

func errNoDaemon() *ecs.Error {
	return refuse("DaemonNotFoundException", "The specified daemon was not found. Specify a valid ARN and try again.")
}

// daemonOf finds a daemon that is not gone by its ARN.
func (s *ECS) daemonOf(given *string) (ecs.ClusterName, *scheduler.Cluster, ecs.Service, error) {
	none := ecs.Service{}
	arn := text[ecs.ARN](given)
	parts := strings.Split(arn.Resource(), "/")
	if !arn.IsARN() || len(parts) != 3 || parts[0] != "daemon" {
		return "", nil, none, invalid("Invalid identifier: %q is not the ARN of a daemon.", arn)
	}
	if err := s.checkScope(arn); err != nil {
		return "", nil, none, err
	}
	cluster := ecs.ClusterName(parts[1])
	engine, err := s.engine(cluster)
	if err != nil {
		return "", nil, none, err
	}
	service, ok := engine.Service(ecs.DaemonService(parts[2]))
	if !ok || service.Status == ecs.ServiceInactive {
		return "", nil, none, errNoDaemon()
	}
	return cluster, engine, service, nil
}

// daemonStatus is the status of a daemon, which is not INACTIVE.
func daemonStatus(service *ecs.Service) types.DaemonStatus {
	if service.Status == ecs.ServiceActive {
		return types.DaemonStatusActive
	}
	return types.DaemonStatusDeleteInProgress
}

// daemonSettings are what CreateDaemon and UpdateDaemon have in common.
type daemonSettings struct {
	definition ecs.TaskDefinition
	providers  []string
	deployment ecs.DeploymentConfiguration
	revision   daemonRevision
}

func (s *ECS) daemonSettings(engine *scheduler.Cluster, definition *string, providers []string, given *types.DaemonDeploymentConfiguration, revision daemonRevision, critical *bool) (*daemonSettings, error) {
	out := &daemonSettings{revision: revision}
	out.revision.Critical = critical == nil || *critical
	if out.revision.Propagate == "" {
		out.revision.Propagate = types.DaemonPropagateTagsNone
	}
	var err error
	if err = checkChoice("propagateTags", revision.Propagate); err != nil {
		return nil, err
	}
	if out.definition, err = s.runnableDaemon(definition); err != nil {
		return nil, err
	}
	if out.providers, err = s.daemonProviders(engine, providers); err != nil {
		return nil, err
	}
	if out.deployment, err = daemonDeployment(given); err != nil {
		return nil, err
	}
	settled := types.DaemonDeploymentConfiguration{}
	if given != nil {
		settled = *given
	}
	if settled.DrainPercent == nil {
		drain := usualDrainPercent
		settled.DrainPercent = &drain
	}
	out.revision.Configuration, err = wire.Encode(&settled)
	return out, err
}

// daemonProviders are the names of the capacity providers of a daemon, which its
// cluster is associated with.
func (s *ECS) daemonProviders(engine *scheduler.Cluster, given []string) ([]string, error) {
	if len(given) == 0 {
		return nil, invalid("capacityProviderArns cannot be empty.")
	}
	associated, _ := engine.Associated()
	var out []string
	for _, arn := range given {
		if err := s.checkScope(ecs.ARN(arn)); err != nil {
			return nil, err
		}
		name := ecs.ARN(arn).Short()
		switch {
		case ecs.OnFargate(name):
			return nil, invalid("The capacity provider %s has no container instances that a daemon could run on.", name)
		case !slices.Contains(associated, name):
			return nil, invalid("The specified capacity provider '%s' is not associated with the cluster. Associate it and try again.", name)
		}
		out = append(out, name)
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// daemonDeployment is how a daemon is deployed, in the words of a service: never
// more than one task on an instance, drainPercent of them missing at most, and back
// when it fails.
func daemonDeployment(given *types.DaemonDeploymentConfiguration) (ecs.DeploymentConfiguration, error) {
	drain := usualDrainPercent
	out := ecs.DeploymentConfiguration{MaximumPercent: 100, CircuitBreaker: ecs.CircuitBreaker{Enable: true, Rollback: true}}
	if given != nil {
		if given.DrainPercent != nil {
			drain = *given.DrainPercent
		}
		out.BakeTimeInMinutes = int(given.BakeTimeInMinutes)
		if a := given.Alarms; a != nil {
			out.Alarms = &ecs.DeploymentAlarms{Enable: a.Enable, Rollback: a.Enable, AlarmNames: a.AlarmNames}
		}
	}
	if drain < 0 || drain > 100 || math.IsNaN(drain) {
		return out, invalid("drainPercent must be between 0.0 and 100.0.")
	}
	out.MinimumHealthyPercent = int(math.Ceil(100 - drain))
	return out, nil
}

// CreateDaemon makes a daemon with its first deployment.
func (s *ECS) CreateDaemon(_ context.Context, in *sdk.CreateDaemonInput) (*sdk.CreateDaemonOutput, error) {
	cluster, engine, err := s.cluster(in.ClusterArn)
	if err != nil {
		return nil, err
	}
	if !nameRule.MatchString(text[string](in.DaemonName)) {
		return nil, invalid("Invalid daemon name %q: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed.", text[string](in.DaemonName))
	}
	name := ecs.DaemonService(*in.DaemonName)
	token, err := s.recall("CreateDaemon", cluster, in.ClientToken, longestDaemonToken, in)
	if err != nil {
		return nil, err
	}
	if old, ok := engine.Service(name); ok && old.Status != ecs.ServiceInactive {
		switch {
		case old.Status == ecs.ServiceDraining:
			return nil, invalid("The daemon %s is still being deleted.", *in.DaemonName)
		case !token.known:
			return nil, invalid("Creation of daemon was not idempotent.")
		}
		return s.createdDaemon(cluster, engine, name), nil
	}
	settings, err := s.daemonSettings(engine, in.DaemonTaskDefinitionArn, in.CapacityProviderArns, in.DeploymentConfiguration,
		daemonRevision{ManagedTags: in.EnableECSManagedTags, Execute: in.EnableExecuteCommand, Propagate: in.PropagateTags}, in.Critical)
	if err != nil {
		return nil, err
	}
	tags, err := checkTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	_, err = s.apply(cluster, scheduler.Command{CreateService: &scheduler.CreateService{TaskDefinition: settings.definition, Service: ecs.Service{
		Name: name, SchedulingStrategy: ecs.Daemon, DeploymentConfiguration: settings.deployment, Tags: tags, CreatedBy: s.caller(),
		PropagateTags: servicePropagation(in.PropagateTags), EnableECSManagedTags: in.EnableECSManagedTags, EnableExecuteCommand: in.EnableExecuteCommand,
	}, ManagedDaemon: &ecs.ManagedDaemon{CapacityProviders: settings.providers}}})
	if err != nil {
		return nil, err
	}
	made, _ := engine.Service(name)
	kept := daemon{UpdatedAt: made.CreatedAt, Revisions: map[ecs.ARN]daemonRevision{}}
	if err := first(s.keepDaemon(cluster, &made, &kept, settings), token.keep([]string{*s.daemonARN(cluster, name)}, nil)); err != nil {
		return nil, err
	}
	return s.createdDaemon(cluster, engine, name), nil
}

func (s *ECS) createdDaemon(cluster ecs.ClusterName, engine *scheduler.Cluster, name ecs.ServiceName) *sdk.CreateDaemonOutput {
	made, _ := engine.Service(name)
	return &sdk.CreateDaemonOutput{
		DaemonArn: s.daemonARN(cluster, name), CreatedAt: &made.CreatedAt, Status: daemonStatus(&made), DeploymentArn: daemonPart(made.CurrentServiceDeployment),
	}
}

// servicePropagation is what a daemon propagates, in the words of a service.
func servicePropagation(p types.DaemonPropagateTags) string {
	if p == types.DaemonPropagateTagsDaemon {
		return string(types.PropagateTagsService)
	}
	return string(types.PropagateTagsNone)
}

// keepDaemon keeps what a daemon's newest revision is beside a service revision.
func (s *ECS) keepDaemon(cluster ecs.ClusterName, service *ecs.Service, kept *daemon, settings *daemonSettings) error {
	if len(service.CurrentServiceRevisions) > 0 {
		kept.Revisions[service.CurrentServiceRevisions[0].ARN] = settings.revision
	}
	return s.tx.PutDocument(kindDaemon, daemonKey(cluster, service.Name), kept)
}

func (s *ECS) keptDaemon(cluster ecs.ClusterName, name ecs.ServiceName) (kept daemon, err error) {
	_, err = s.tx.Document(kindDaemon, daemonKey(cluster, name), &kept)
	if kept.Revisions == nil {
		kept.Revisions = map[ecs.ARN]daemonRevision{}
	}
	return kept, err
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

// UpdateDaemon changes a daemon, which always starts a deployment
// [API:UpdateDaemon].
func (s *ECS) UpdateDaemon(_ context.Context, in *sdk.UpdateDaemonInput) (*sdk.UpdateDaemonOutput, error) {
	cluster, engine, old, err := s.daemonOf(in.DaemonArn)
	switch {
	case err != nil:
		return nil, err
	case old.Status != ecs.ServiceActive:
		return nil, refuse("DaemonNotActiveException", "The daemon is not ACTIVE.")
	}
	settings, err := s.daemonSettings(engine, in.DaemonTaskDefinitionArn, in.CapacityProviderArns, in.DeploymentConfiguration,
		daemonRevision{ManagedTags: in.EnableECSManagedTags, Execute: in.EnableExecuteCommand, Propagate: in.PropagateTags}, in.Critical)
	if err != nil {
		return nil, err
	}
	propagate := servicePropagation(in.PropagateTags)
	_, err = s.apply(cluster, scheduler.Command{UpdateService: &scheduler.UpdateService{
		Name: old.Name, TaskDefinition: &settings.definition, ForceNewDeployment: true, DeploymentConfiguration: &settings.deployment,
		EnableECSManagedTags: &in.EnableECSManagedTags, EnableExecuteCommand: &in.EnableExecuteCommand, PropagateTags: &propagate,
		ManagedDaemon: &ecs.ManagedDaemon{CapacityProviders: settings.providers},
	}})
	if err != nil {
		return nil, err
	}
	kept, err := s.keptDaemon(cluster, old.Name)
	if err != nil {
		return nil, err
	}
	updated, _ := engine.Service(old.Name)
	kept.UpdatedAt = s.tx.Now()
	if err := s.keepDaemon(cluster, &updated, &kept, settings); err != nil {
		return nil, err
	}
	return &sdk.UpdateDaemonOutput{
		DaemonArn: s.daemonARN(cluster, old.Name), Status: daemonStatus(&updated), CreatedAt: &updated.CreatedAt, UpdatedAt: &kept.UpdatedAt,
		DeploymentArn: daemonPart(updated.CurrentServiceDeployment),
	}, nil
}

// DeleteDaemon stops the tasks of a daemon. It is gone once they are. No deployment
// does that here, so that none is named.
func (s *ECS) DeleteDaemon(_ context.Context, in *sdk.DeleteDaemonInput) (*sdk.DeleteDaemonOutput, error) {
	cluster, engine, old, err := s.daemonOf(in.DaemonArn)
	switch {
	case err != nil:
		return nil, err
	case old.Status != ecs.ServiceActive:
		return nil, refuse("DaemonNotActiveException", "The daemon is not ACTIVE.")
	}
	if _, err := s.apply(cluster, scheduler.Command{DeleteService: &scheduler.DeleteService{Name: old.Name}}); err != nil {
		return nil, err
	}
	kept, err := s.keptDaemon(cluster, old.Name)
	if err != nil {
		return nil, err
	}
	kept.UpdatedAt = s.tx.Now()
	if err := s.tx.PutDocument(kindDaemon, daemonKey(cluster, old.Name), kept); err != nil {
		return nil, err
	}
	deleted, _ := engine.Service(old.Name)
	return &sdk.DeleteDaemonOutput{
		DaemonArn: s.daemonARN(cluster, old.Name), Status: daemonStatus(&deleted), CreatedAt: &deleted.CreatedAt, UpdatedAt: &kept.UpdatedAt,
	}, nil
}

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
