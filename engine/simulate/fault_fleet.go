package simulate

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// Some are container instances that a fault falls on: one by its id, or by
// chance Count of those that the expression matches (all of them when Count is
// 0). The chance comes from the cluster's seed and the number of the fault.
type Some struct {
	Instance   ecs.ContainerInstanceID `json:"instance,omitempty"`
	Expression string                  `json:"expression,omitempty"` // of the cluster query language; "" matches all
	Count      int                     `json:"count,omitempty"`
}

// of are the ids of the instances, sorted.
func (x Some) of(s *Simulation) ([]ecs.ContainerInstanceID, error) {
	if x.Instance != "" {
		return []ecs.ContainerInstanceID{x.Instance}, nil
	}
	if x.Count < 0 {
		return nil, refused("A fault cannot fall on %d container instances.", x.Count)
	}
	all, err := s.cluster.Instances(scheduler.InstanceFilter{Expression: x.Expression})
	if err != nil {
		return nil, err
	}
	if x.Count == 0 || x.Count >= len(all) {
		return all, nil
	}
	lots := make(map[ecs.ContainerInstanceID]uint64, len(all))
	for _, id := range all {
		lots[id] = s.cluster.Number("fault", strconv.Itoa(s.faultOrdinal+1), string(id))
	}
	slices.SortFunc(all, func(a, b ecs.ContainerInstanceID) int {
		return cmp.Or(cmp.Compare(lots[a], lots[b]), cmp.Compare(a, b))
	})
	all = all[:x.Count]
	slices.Sort(all)
	return all, nil
}

// InstanceLoss is the end of EC2 instances. A stopped one stays in the cluster
// and starts again when the fault ends; a terminated one never comes back.
type InstanceLoss struct {
	Some
	Terminated bool `json:"terminated,omitempty"`
}

func (x *InstanceLoss) passing() bool { return x.Terminated }

func (x *InstanceLoss) begin(s *Simulation, now time.Time, f *activeFault) error {
	ids, err := x.of(s)
	if err != nil {
		return err
	}
	for _, id := range ids {
		cmd := scheduler.Command{StopInstance: &scheduler.StopInstance{ID: id}}
		if x.Terminated {
			cmd = scheduler.Command{TerminateInstance: &scheduler.TerminateInstance{ID: id}}
		}
		if err := s.give(now, cmd); err != nil {
			return err // only the one that was named can be refused
		}
	}
	f.Instances = ids
	return nil
}

func (x *InstanceLoss) end(s *Simulation, now time.Time, f *activeFault) {
	for _, id := range f.Instances {
		// One that is gone meanwhile, or whose zone is lost, stays as it is.
		_ = s.give(now, scheduler.Command{StartInstance: &scheduler.StartInstance{ID: id}})
	}
}

// ZoneLoss is the loss of a whole Availability Zone: its container instances
// stop, Fargate loses its tasks there, and nothing starts there while it lasts.
type ZoneLoss struct {
	Zone string `json:"zone"`
}

func (x *ZoneLoss) passing() bool { return false }

func (x *ZoneLoss) begin(s *Simulation, now time.Time, _ *activeFault) error {
	if slices.Contains(s.cluster.LostZones(), x.Zone) {
		return refused("The Availability Zone %s is lost already.", x.Zone)
	}
	return s.give(now, scheduler.Command{SetZone: &scheduler.SetZone{Zone: x.Zone, Lost: true}})
}

func (x *ZoneLoss) end(s *Simulation, now time.Time, _ *activeFault) {
	_ = s.give(now, scheduler.Command{SetZone: &scheduler.SetZone{Zone: x.Zone}}) // which is never refused
}

// AgentLoss disconnects the agents of container instances: their tasks go on,
// but ECS hears nothing of them until the fault ends (ECS semantics 6.1), or their
// hosts start anew.
type AgentLoss struct {
	Some
}

func (x *AgentLoss) passing() bool { return false }

func (x *AgentLoss) begin(s *Simulation, now time.Time, f *activeFault) error {
	ids, err := x.of(s)
	if err != nil {
		return err
	}
	for _, id := range ids {
		connected := s.cluster.Connected(id)
		if err := s.give(now, scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id}}); err != nil {
			return err // only the one that was named can be refused
		}
		if connected {
			f.Instances = append(f.Instances, id)
		}
	}
	return nil
}

func (x *AgentLoss) end(s *Simulation, now time.Time, f *activeFault) {
	for _, id := range f.Instances {
		// One that is gone meanwhile, or whose host is, stays as it is.
		_ = s.give(now, scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id, Connected: true}})
	}
}
