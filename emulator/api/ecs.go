package api

import (
	"net/http"
	"strings"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// ECS answers one request of Amazon ECS on one transaction.
type ECS struct {
	s            *Server
	tx           *store.Tx
	registryHost string
	host         string // by which the client calls the emulator
}

func onECS(s *Server, r *http.Request, tx *store.Tx) *ECS {
	return &ECS{s: s, tx: tx, registryHost: s.registryHost(r), host: r.Host}
}

// defaultCluster is the cluster that is meant when none is named.
const defaultCluster ecs.ClusterName = "default"

// errNoCluster is ECS's refusal of a cluster that is not there.
func errNoCluster() *ecs.Error { return refuse(ecs.CodeClusterNotFound, "Cluster not found.") }

// clusterName reads the name of a cluster out of a name or an ARN.
func (s *ECS) clusterName(given *string) (ecs.ClusterName, error) {
	named := text[ecs.ARN](given)
	if named == "" {
		return defaultCluster, nil
	}
	if err := s.checkScope(named); err != nil {
		return "", err
	}
	if !named.IsARN() {
		return ecs.ClusterName(named), nil
	}
	name, ok := strings.CutPrefix(named.Resource(), "cluster/")
	if !ok {
		return "", invalid("Invalid identifier: %s is not the ARN of a cluster.", named)
	}
	return ecs.ClusterName(name), nil
}

// checkScope refuses the ARN of another account or Region.
func (s *ECS) checkScope(arn ecs.ARN) error {
	if !arn.IsARN() {
		return nil
	}
	scope, own := arn.Scope(), s.tx.Scope()
	switch {
	case scope.Account != own.Account:
		return invalid("Invalid identifier: Identifier is for %s. Your accountId is %s", scope.Account, own.Account)
	case scope.Region != own.Region:
		return invalid("Invalid Region in ARN: %s. This endpoint is for %s.", scope.Region, own.Region)
	}
	return nil
}

// cluster finds an active cluster and its engine.
func (s *ECS) cluster(given *string) (ecs.ClusterName, *scheduler.Cluster, error) {
	name, err := s.clusterName(given)
	if err != nil {
		return "", nil, err
	}
	engine, err := s.engine(name)
	return name, engine, err
}

// engine is the engine of an active cluster, unless it failed.
func (s *ECS) engine(name ecs.ClusterName) (*scheduler.Cluster, error) {
	engine, ok := s.tx.Engine(name)
	if !ok {
		return nil, first(s.tx.Failed(name), errNoCluster())
	}
	return engine, nil
}

// apply gives the engine of a cluster one of its own commands.
func (s *ECS) apply(cluster ecs.ClusterName, cmd scheduler.Command) (scheduler.Outcome, error) {
	return s.tx.Apply(cluster, runtime.Command{Command: cmd})
}

// shortID reads the id of a thing of a cluster out of an id or an ARN of the
// given kind. An ARN of another kind or cluster is not found, as in ECS.
func shortID(given, kind string, cluster ecs.ClusterName) (string, bool) {
	arn := ecs.ARN(given)
	if !arn.IsARN() {
		return given, given != ""
	}
	parts := strings.Split(arn.Resource(), "/")
	switch {
	case len(parts) == 3 && parts[0] == kind && parts[1] == string(cluster):
		return parts[2], true
	case len(parts) == 2 && parts[0] == kind: // the short form of old
		return parts[1], true
	}
	return "", false
}
