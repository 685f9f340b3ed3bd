package api

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

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
