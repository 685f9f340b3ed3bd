package api

import (
	"math"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/wire"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// The defaults and bounds of a daemon's deployments [API:CreateDaemon,
// DaemonDeploymentConfiguration; DG: managed-daemons-deployments].
const (
	usualDrainPercent  = 25.0
	longestDaemonToken = 36
)

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

// servicePropagation is what a daemon propagates, in the words of a service.
func servicePropagation(p types.DaemonPropagateTags) string {
	if p == types.DaemonPropagateTagsDaemon {
		return string(types.PropagateTagsService)
	}
	return string(types.PropagateTagsNone)
}
