package api

import (
	"context"
	"maps"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
)

// A capacity provider belongs to the account and its Region, and the engine of a
// cluster knows those that the cluster was ever associated with. What the account
// has is a record; what scales, places and is used is the engine's alone.

// kindProvider is the kind of the records of capacity providers, by name.
const kindProvider = "ecs/capacity-provider"

// deletedProviderKept is how long a deleted capacity provider can be described,
// as its engine does.
const deletedProviderKept = time.Hour

// provider is a capacity provider of the account.
type provider struct {
	ecs.CapacityProvider
	DeletedAt time.Time `json:"deletedAt,omitzero"`
}

// providers are those of the account over Auto Scaling groups, by name, lately
// deleted ones too.
func (s *ECS) providers() ([]ecs.CapacityProvider, error) {
	records, err := store.Documents[provider](s.tx, kindProvider, "")
	var out []ecs.CapacityProvider
	for _, p := range records {
		if p.DeletedAt.IsZero() || s.tx.Now().Sub(p.DeletedAt) <= deletedProviderKept {
			out = append(out, p.CapacityProvider)
		}
	}
	return out, err
}

// provider is the ACTIVE one of a name or an ARN, or the refusal.
func (s *ECS) provider(given string) (ecs.CapacityProvider, error) {
	all, err := s.providers()
	if err != nil {
		return ecs.CapacityProvider{}, err
	}
	name := ecs.ARN(given).Short()
	at := slices.IndexFunc(all, func(p ecs.CapacityProvider) bool { return p.Name == name && p.Status == ecs.CapacityProviderActive })
	if at < 0 {
		return ecs.CapacityProvider{}, client("The specified capacity provider was not found. Specify a valid name or ARN and try again.")
	}
	return all[at], nil
}

func (s *ECS) putProvider(p ecs.CapacityProvider) error {
	return s.tx.PutDocument(kindProvider, p.Name, provider{CapacityProvider: p})
}

// errManagedInstances says what is not emulated of the capacity providers.
func errManagedInstances() error {
	return refuse("UnsupportedFeatureException", "Amazon ECS Managed Instances are not emulated; use autoScalingGroupProvider.")
}

// ofCluster refuses a cluster that is named and not there: it is that of the
// Managed Instances.
func (s *ECS) ofCluster(given *string) error {
	if text[string](given) == "" {
		return nil
	}
	_, _, err := s.cluster(given)
	return err
}

// CreateCapacityProvider makes a capacity provider over an Auto Scaling group. A
// group that the world does not have yet is made: see scalingGroup.
func (s *ECS) CreateCapacityProvider(_ context.Context, in *sdk.CreateCapacityProviderInput) (*sdk.CreateCapacityProviderOutput, error) {
	switch err := s.ofCluster(in.Cluster); {
	case err != nil:
		return nil, err
	case in.ManagedInstancesProvider != nil || text[string](in.Cluster) != "":
		return nil, errManagedInstances()
	case in.AutoScalingGroupProvider == nil:
		return nil, client("The autoScalingGroupProvider of the capacity provider must be specified.")
	}
	given := in.AutoScalingGroupProvider
	if err := first(checkChoice("managedTerminationProtection", given.ManagedTerminationProtection), checkChoice("managedDraining", given.ManagedDraining)); err != nil {
		return nil, err
	}
	tags, err := checkTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	group, err := s.scalingGroup(*shape.AutoScalingGroupProviderFromSDK(given))
	if err != nil {
		return nil, err
	}
	known, err := s.providers()
	if err != nil {
		return nil, err
	}
	made, err := scheduler.NewCapacityProvider(s.tx.Scope(), &scheduler.CreateCapacityProvider{
		Name: text[string](in.Name), AutoScalingGroupProvider: *shape.AutoScalingGroupProviderFromSDK(given), Tags: tags,
	}, group, known)
	if err != nil {
		return nil, err
	}
	if err := first(s.putGroup(*group), s.putProvider(*made)); err != nil {
		return nil, err
	}
	out := shape.ProviderToSDK(*made)
	return &sdk.CreateCapacityProviderOutput{CapacityProvider: &out}, nil
}

// UpdateCapacityProvider changes the settings of a capacity provider, in the
// cluster too that uses it.
func (s *ECS) UpdateCapacityProvider(_ context.Context, in *sdk.UpdateCapacityProviderInput) (*sdk.UpdateCapacityProviderOutput, error) {
	switch err := s.ofCluster(in.Cluster); {
	case err != nil:
		return nil, err
	case in.ManagedInstancesProvider != nil || text[string](in.Cluster) != "":
		return nil, errManagedInstances()
	case in.AutoScalingGroupProvider == nil:
		return nil, client("The autoScalingGroupProvider of the capacity provider must be specified.")
	}
	old, err := s.provider(text[string](in.Name))
	if err != nil {
		return nil, err
	}
	given := in.AutoScalingGroupProvider
	if err := first(checkChoice("managedTerminationProtection", given.ManagedTerminationProtection), checkChoice("managedDraining", given.ManagedDraining)); err != nil {
		return nil, err
	}
	command := &scheduler.UpdateCapacityProvider{Name: old.Name}
	if given.ManagedScaling != nil {
		scaling := shape.ManagedScalingFromSDK(given.ManagedScaling, old.AutoScalingGroupProvider.ManagedScaling)
		command.ManagedScaling = &scaling
	}
	if given.ManagedTerminationProtection != "" {
		command.ManagedTerminationProtection = asString(given.ManagedTerminationProtection)
	}
	if given.ManagedDraining != "" {
		command.ManagedDraining = asString(given.ManagedDraining)
	}
	group, err := s.scalingGroup(*old.AutoScalingGroupProvider)
	if err != nil {
		return nil, err
	}
	changed, err := scheduler.ChangedCapacityProvider(&old, command, group)
	if err != nil {
		return nil, err
	}
	for _, cluster := range s.knowing(old.Name) {
		if _, err := s.apply(cluster, scheduler.Command{UpdateCapacityProvider: command}); err != nil {
			return nil, err
		}
	}
	if err := s.putProvider(*changed); err != nil {
		return nil, err
	}
	out := shape.ProviderToSDK(*changed)
	return &sdk.UpdateCapacityProviderOutput{CapacityProvider: &out}, nil
}

// DeleteCapacityProvider ends a capacity provider that no cluster is associated
// with; the engine of one that is refuses it.
func (s *ECS) DeleteCapacityProvider(_ context.Context, in *sdk.DeleteCapacityProviderInput) (*sdk.DeleteCapacityProviderOutput, error) {
	if err := s.ofCluster(in.Cluster); err != nil {
		return nil, err
	}
	given := text[string](in.CapacityProvider)
	if ecs.OnFargate(ecs.ARN(given).Short()) {
		return nil, client("The specified capacity provider is reserved and cannot be deleted.")
	}
	p, err := s.provider(given)
	if err != nil {
		return nil, err
	}
	for _, cluster := range s.knowing(p.Name) {
		if _, err := s.apply(cluster, scheduler.Command{DeleteCapacityProvider: &scheduler.DeleteCapacityProvider{Name: p.Name}}); err != nil {
			return nil, err
		}
	}
	p.Status, p.UpdateStatus = ecs.CapacityProviderInactive, ecs.CapacityProviderDeleteComplete
	if err := s.tx.PutDocument(kindProvider, p.Name, provider{p, s.tx.Now()}); err != nil {
		return nil, err
	}
	out := shape.ProviderToSDK(p)
	return &sdk.DeleteCapacityProviderOutput{CapacityProvider: &out}, nil
}

// knowing are the clusters whose engines have an ACTIVE provider of that name.
func (s *ECS) knowing(name string) []ecs.ClusterName {
	return slices.DeleteFunc(slices.Clone(s.tx.LiveClusters()), func(cluster ecs.ClusterName) bool {
		engine, ok := s.tx.Engine(cluster)
		return !ok || !slices.ContainsFunc(engine.CapacityProviders(), func(p ecs.CapacityProvider) bool {
			return p.Name == name && p.Status == ecs.CapacityProviderActive
		})
	})
}

// DescribeCapacityProviders shows the two that every account has, those of
// Fargate, and its own; ten a page unless they are named (ECS semantics 6.4, 8.6).
func (s *ECS) DescribeCapacityProviders(_ context.Context, in *sdk.DescribeCapacityProvidersInput) (*sdk.DescribeCapacityProvidersOutput, error) {
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	own, err := s.providers()
	if err != nil {
		return nil, err
	}
	all := map[string]ecs.CapacityProvider{}
	for _, name := range []string{ecs.ProviderFargate, ecs.ProviderFargateSpot} {
		all[name] = ecs.CapacityProvider{ARN: ecs.CapacityProviderARN(s.tx.Scope(), name), Name: name, Status: ecs.CapacityProviderActive}
	}
	for _, p := range own {
		all[p.Name] = p
	}
	if text[string](in.Cluster) != "" { // those that are associated with it alone
		_, engine, err := s.cluster(in.Cluster)
		if err != nil {
			return nil, err
		}
		associated, _ := engine.Associated()
		maps.DeleteFunc(all, func(name string, _ ecs.CapacityProvider) bool { return !slices.Contains(associated, name) })
	}
	wanted := in.CapacityProviders
	out := &sdk.DescribeCapacityProvidersOutput{CapacityProviders: []types.CapacityProvider{}, Failures: []types.Failure{}}
	switch {
	case len(wanted) > mostDescribed:
		return nil, invalid("Capacity providers cannot have more than %d elements.", mostDescribed)
	case len(wanted) == 0:
		if wanted, out.NextToken, err = page(sortedKeys(all), in.NextToken, in.MaxResults, 10, 10); err != nil {
			return nil, err
		}
	}
	for _, given := range wanted {
		name := ecs.ARN(given).Short()
		p, ok := all[name]
		if !ok {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(ecs.CapacityProviderARN(s.tx.Scope(), name))))
			continue
		}
		if !slices.Contains(in.Include, types.CapacityProviderFieldTags) {
			p.Tags = nil
		}
		out.CapacityProviders = append(out.CapacityProviders, shape.ProviderToSDK(p))
	}
	return out, nil
}
