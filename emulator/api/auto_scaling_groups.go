package api

import (
	"net/http"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/emulator/store"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// The world has Auto Scaling groups only as far as capacity providers use them.
// A group comes about when a capacity provider names it first, with these
// settings; gantry emulator add-auto-scaling-group makes one of another kind
// before that.
const (
	groupInstanceType = "t3.medium"
	groupMaxSize      = 100
)

// kindGroup is the kind of the records of Auto Scaling groups, by name. What a
// group has become is known to the cluster that uses it.
const kindGroup = "autoscaling/group"

// scalingGroup is the Auto Scaling group of a capacity provider, as the cluster
// knows it that uses it, else as its record says; one that is not there yet as it
// will be made: empty, and protected from scale-in if the provider needs that.
func (s *ECS) scalingGroup(p ecs.AutoScalingGroupProvider) (*ecs.AutoScalingGroup, error) {
	given := p.AutoScalingGroupARN
	if err := s.checkScope(given); err != nil {
		return nil, err
	}
	name := given.Short()
	if name == "" || given.IsARN() && !strings.Contains(string(given), ":autoScalingGroupName/") {
		return nil, client("The specified Auto Scaling group ARN was not found. Specify a valid Auto Scaling group ARN and try again.")
	}
	for _, cluster := range s.tx.LiveClusters() {
		engine, ok := s.tx.Engine(cluster)
		if !ok {
			continue
		}
		groups := engine.AutoScalingGroups()
		if at := slices.IndexFunc(groups, func(g ecs.AutoScalingGroup) bool { return g.Name == name }); at >= 0 {
			return &groups[at], nil
		}
	}
	var group ecs.AutoScalingGroup
	if ok, err := s.tx.Document(kindGroup, name, &group); err != nil || ok {
		return &group, err
	}
	return &ecs.AutoScalingGroup{
		Name: name, MaxSize: groupMaxSize, InstanceType: groupInstanceType, AvailabilityZones: sortedKeys(s.s.cfg.Network.Subnets)[:3],
		NewInstancesProtectedFromScaleIn: p.ManagedTerminationProtection == ecs.Enabled,
	}, nil
}

func (s *ECS) putGroup(g ecs.AutoScalingGroup) error { return s.tx.PutDocument(kindGroup, g.Name, g) }

// addAutoScalingGroup makes an Auto Scaling group by hand, or sets everything
// about one that is there: in the cluster that uses it, too.
func (s *Server) addAutoScalingGroup(r *http.Request) (any, error) {
	var group ecs.AutoScalingGroup
	if err := readBody(r, &group); err != nil {
		return nil, err
	}
	if _, ok := ecs.InstanceTypeByName(group.InstanceType); !ok {
		return nil, unknownType(group.InstanceType)
	}
	if len(group.AvailabilityZones) == 0 {
		group.AvailabilityZones = sortedKeys(s.cfg.Network.Subnets)[:3]
	}
	if err := s.checkZones(group.AvailabilityZones); err != nil {
		return nil, err
	}
	err := s.update(func(tx *store.Tx) error {
		handler := onECS(s, r, tx)
		group.ARN = ecs.AutoScalingGroupARN(tx.Scope(), group.Name)
		if err := scheduler.CheckAutoScalingGroup(&group); err != nil {
			return err
		}
		for _, cluster := range tx.LiveClusters() {
			if engine, ok := tx.Engine(cluster); ok && knowsGroup(engine, group.Name) {
				if _, err := tx.Apply(cluster, runtime.Command{PutAutoScalingGroup: &simulate.PutAutoScalingGroup{Group: group}}); err != nil {
					return err
				}
			}
		}
		return handler.putGroup(group)
	})
	if err != nil {
		return nil, err
	}
	return map[string]any{"autoScalingGroup": group}, nil
}
