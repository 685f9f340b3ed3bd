package api

import (
	"context"
	"math/rand/v2"
	"slices"

	"gantry/ecs"
	"gantry/emulator/store"
)

// mostDiscovered is how many instances a call can find [API: DiscoverMaxResults].
const mostDiscovered = 1000

// discovered finds a service by names, as clients of the data plane do, with its
// instances.
func (a *around) discovered(namespace, service, owner string) (cloudService, []cloudInstance, error) {
	if owner != "" && owner != a.tx.Scope().Account {
		return cloudService{}, nil, refuse(codeNamespaceMissing, "Namespace not found: %.100s of the account %.12s", namespace, owner)
	}
	all, err := store.Documents[cloudNamespace](a.tx, kindNamespace, "")
	if err != nil {
		return cloudService{}, nil, err
	}
	at := slices.IndexFunc(all, func(n cloudNamespace) bool { return n.HTTPName == namespace })
	if at < 0 {
		return cloudService{}, nil, refuse(codeNamespaceMissing, "Namespace not found: %.100s", namespace)
	}
	services, err := a.servicesIn(all[at].ID)
	if err != nil {
		return cloudService{}, nil, err
	}
	at = slices.IndexFunc(services, func(s cloudService) bool { return s.Name == service })
	if at < 0 {
		return cloudService{}, nil, refuse(codeDiscoveryMissing, "Service not found: %.100s", service)
	}
	s := services[at]
	instances, err := a.instances(&s)
	if err != nil {
		return s, nil, err
	}
	return s, instances, a.revise(&s, instances)
}

// revise counts the revision of a service up when it has other instances than
// when it was asked for last, which is all that anybody can see of it.
func (a *around) revise(s *cloudService, instances []cloudInstance) error {
	now := membership(instances)
	if now == s.Seen {
		return nil
	}
	s.Seen = now
	s.Revision++
	return a.tx.PutDocument(kindDiscovery, s.ID, s)
}

// DiscoverInstances finds the instances of a service by attributes and health.
// Which health is meant when none is named, the API does not say: we take
// HEALTHY_OR_ELSE_ALL.
func (a *around) DiscoverInstances(_ context.Context, in *DiscoverInstancesInput) (*DiscoverInstancesOutput, error) {
	most := 100
	if in.MaxResults != nil {
		most = *in.MaxResults
	}
	if most < 1 || most > mostDiscovered {
		return nil, invalidInput("The MaxResults must be between 1 and %d, but is %d.", mostDiscovered, most)
	}
	if in.HealthStatus == "" {
		in.HealthStatus = "HEALTHY_OR_ELSE_ALL"
	}
	if !slices.Contains([]string{"HEALTHY", "UNHEALTHY", "ALL", "HEALTHY_OR_ELSE_ALL"}, in.HealthStatus) {
		return nil, invalidInput("The HealthStatus must be HEALTHY, UNHEALTHY, ALL or HEALTHY_OR_ELSE_ALL, but is %.40q.", in.HealthStatus)
	}
	s, instances, err := a.discovered(in.NamespaceName, in.ServiceName, in.OwnerAccount)
	if err != nil {
		return nil, err
	}
	chosen := choose(instances, func(i *cloudInstance) bool { return i.matches(in.QueryParameters) })
	if closer := choose(chosen, func(i *cloudInstance) bool { return i.matches(in.OptionalParameters) }); len(closer) > 0 {
		chosen = closer
	}
	if s.checked() {
		chosen = healthy(chosen, in.HealthStatus)
	}
	rand.Shuffle(len(chosen), func(i, j int) { chosen[i], chosen[j] = chosen[j], chosen[i] }) // [API: DiscoverInstances]
	out := &DiscoverInstancesOutput{Instances: []foundShape{}, InstancesRevision: s.Revision}
	for _, i := range chosen[:min(len(chosen), most)] {
		out.Instances = append(out.Instances, foundShape{i.ID, in.NamespaceName, s.Name, string(i.Health), i.found()})
	}
	return out, nil
}

// healthy are the instances that a health filter lets through.
func healthy(all []cloudInstance, filter string) []cloudInstance {
	well := choose(all, func(i *cloudInstance) bool { return i.Health == ecs.HealthHealthy })
	switch filter {
	case "ALL":
		return all
	case "UNHEALTHY":
		return choose(all, func(i *cloudInstance) bool { return i.Health == ecs.HealthUnhealthy })
	case "HEALTHY_OR_ELSE_ALL":
		if len(well) == 0 {
			return all
		}
	}
	return well
}

func choose(all []cloudInstance, fits func(*cloudInstance) bool) (out []cloudInstance) {
	for i := range all {
		if fits(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// DiscoverInstancesRevision tells a number that grows when instances come or go.
func (a *around) DiscoverInstancesRevision(_ context.Context, in *DiscoverInstancesRevisionInput) (*DiscoverInstancesRevisionOutput, error) {
	s, _, err := a.discovered(in.NamespaceName, in.ServiceName, in.OwnerAccount)
	return &DiscoverInstancesRevisionOutput{s.Revision}, err
}
