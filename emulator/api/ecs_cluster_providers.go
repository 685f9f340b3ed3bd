package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// PutClusterCapacityProviders says which capacity providers a cluster uses, and
// its default strategy (ECS semantics 6.4).
func (s *ECS) PutClusterCapacityProviders(_ context.Context, in *sdk.PutClusterCapacityProvidersInput) (*sdk.PutClusterCapacityProvidersOutput, error) {
	cluster, err := s.changeCluster(in.Cluster, func(record *store.Cluster) error {
		record.CapacityProviders, record.DefaultStrategy = nil, nil // of an older gantry
		return s.associate(record.Name, in.CapacityProviders, shape.List(in.DefaultCapacityProviderStrategy, shape.CapacityProviderFromSDK))
	})
	return &sdk.PutClusterCapacityProvidersOutput{Cluster: cluster}, err
}

// associate tells the engine of a cluster which capacity providers it uses. Those
// over Auto Scaling groups it gets to know first, with their groups.
func (s *ECS) associate(cluster ecs.ClusterName, given []string, strategy []ecs.CapacityProviderStrategyItem) error {
	engine, ok := s.tx.Engine(cluster)
	if !ok {
		return errNoCluster()
	}
	names := make([]string, 0, len(given))
	for _, one := range given {
		name := ecs.ARN(one).Short()
		names = append(names, name)
		if ecs.OnFargate(name) {
			continue
		}
		if err := s.introduce(cluster, engine, name); err != nil {
			return err
		}
	}
	for i := range strategy {
		strategy[i].CapacityProvider = ecs.ARN(strategy[i].CapacityProvider).Short()
	}
	_, err := s.apply(cluster, scheduler.Command{PutClusterCapacityProviders: &scheduler.PutClusterCapacityProviders{
		CapacityProviders: names, DefaultStrategy: strategy,
	}})
	return err
}

// introduce makes a capacity provider of the account known to the engine of a
// cluster. The instances of its Auto Scaling group register with one cluster, so
// it can be used in one only (ECS semantics 6.5).
func (s *ECS) introduce(cluster ecs.ClusterName, engine *scheduler.Cluster, name string) error {
	p, err := s.provider(name)
	if err != nil {
		return invalid("The specified capacity provider '%s' was not found. Specify a valid capacity provider and try again.", name)
	}
	groupName := p.AutoScalingGroupProvider.AutoScalingGroupARN.Short()
	group, err := s.scalingGroup(*p.AutoScalingGroupProvider)
	if err != nil {
		return err
	}
	for _, other := range s.tx.LiveClusters() {
		if its, ok := s.tx.Engine(other); ok && other != cluster && knowsGroup(its, groupName) {
			return invalid("The Auto Scaling group %s of the capacity provider %s launches its instances into the cluster %s. Make a capacity provider over another group for the cluster %s.",
				groupName, name, other, cluster)
		}
	}
	if !knowsGroup(engine, groupName) {
		if _, err := s.tx.Apply(cluster, runtime.Command{PutAutoScalingGroup: &simulate.PutAutoScalingGroup{Group: *group}}); err != nil {
			return err
		}
	}
	if slices.Contains(s.knowing(name), cluster) {
		return nil
	}
	_, err = s.apply(cluster, scheduler.Command{CreateCapacityProvider: &scheduler.CreateCapacityProvider{
		Name: name, AutoScalingGroupProvider: *p.AutoScalingGroupProvider, Tags: p.Tags,
	}})
	return err
}

func knowsGroup(engine *scheduler.Cluster, name string) bool {
	return slices.ContainsFunc(engine.AutoScalingGroups(), func(g ecs.AutoScalingGroup) bool { return g.Name == name })
}

// AdoptCapacityProviders tells the engines of a world that an older gantry made
// which capacity providers their clusters use: that one kept them beside. What it
// never checked is left out.
func AdoptCapacityProviders(world World) error {
	return world.Update(func(tx *store.Tx) error {
		for _, name := range tx.LiveClusters() {
			record, _, err := tx.Cluster(name)
			if err != nil {
				return err
			}
			if len(record.CapacityProviders)+len(record.DefaultStrategy) == 0 || tx.Failed(name) != nil {
				continue
			}
			command := &scheduler.PutClusterCapacityProviders{
				CapacityProviders: slices.DeleteFunc(record.CapacityProviders, func(p string) bool { return !ecs.OnFargate(p) }),
				DefaultStrategy:   record.DefaultStrategy,
			}
			if _, err := tx.Apply(name, runtime.Command{Command: scheduler.Command{PutClusterCapacityProviders: command}}); err != nil {
				command.DefaultStrategy = nil
				if _, err := tx.Apply(name, runtime.Command{Command: scheduler.Command{PutClusterCapacityProviders: command}}); err != nil {
					return err
				}
			}
			record.CapacityProviders, record.DefaultStrategy = nil, nil
			if err := tx.PutCluster(record); err != nil {
				return err
			}
		}
		return nil
	})
}

// overGroup reports whether a capacity provider is one over an Auto Scaling group.
func overGroup(name string) bool { return !ecs.OnFargate(name) }
