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

func (x Some) check() error {
	if x.Count < 0 {
		return refused("A fault cannot fall on %d container instances.", x.Count)
	}
	return nil
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

// end starts the instances again. In a zone that is lost meanwhile they start when
// that is back.
func (x *InstanceLoss) end(s *Simulation, now time.Time, f *activeFault) {
	for _, id := range f.Instances {
		if zone := s.zoneLossOver(id); zone != nil {
			zone.Instances = append(zone.Instances, id)
			continue
		}
		s.restart(now, id)
	}
}

// restart starts an instance again, unless it is gone or another fault holds it
// down, and leaves its agent disconnected as long as a fault says so.
func (s *Simulation) restart(now time.Time, id ecs.ContainerInstanceID) {
	if s.holds(isInstanceLoss, id) {
		return
	}
	_ = s.give(now, scheduler.Command{StartInstance: &scheduler.StartInstance{ID: id}})
	s.disconnect(now, id)
}

// ZoneLoss is the loss of a whole Availability Zone: its container instances
// stop, Fargate loses its tasks there, and nothing starts there while it lasts.
type ZoneLoss struct {
	Zone string `json:"zone"`
}

func (x *ZoneLoss) check() error {
	if x.Zone == "" {
		return refused("The Availability Zone can not be blank.")
	}
	return nil
}

func (x *ZoneLoss) passing() bool { return false }

func (x *ZoneLoss) begin(s *Simulation, now time.Time, _ *activeFault) error {
	if slices.Contains(s.cluster.LostZones(), x.Zone) {
		return refused("The Availability Zone %s is lost already.", x.Zone)
	}
	return s.give(now, scheduler.Command{SetZone: &scheduler.SetZone{Zone: x.Zone, Lost: true}})
}

// end brings the zone back, with its instances but for those that were stopped
// besides. Of these it starts the ones whose own loss has ended meanwhile.
func (x *ZoneLoss) end(s *Simulation, now time.Time, f *activeFault) {
	_ = s.give(now, scheduler.Command{SetZone: &scheduler.SetZone{Zone: x.Zone}}) // which is never refused
	for _, id := range f.Instances {
		s.restart(now, id)
	}
	for _, other := range s.faults {
		for _, id := range other.Instances {
			if s.zoneOf(id) == x.Zone {
				s.disconnect(now, id)
			}
		}
	}
}

// AgentLoss disconnects the agents of container instances: their tasks go on,
// but ECS hears nothing of them until the fault ends (ECS semantics 6.1), or
// somebody starts their hosts anew.
type AgentLoss struct {
	Some
}

func (x *AgentLoss) passing() bool { return false }

// begin leaves those to themselves that somebody disconnected, and no fault.
func (x *AgentLoss) begin(s *Simulation, now time.Time, f *activeFault) error {
	ids, err := x.of(s)
	if err != nil {
		return err
	}
	for _, id := range ids {
		falls := s.cluster.Connected(id) || s.holds(isAgentLoss, id) || s.holds(isInstanceLoss, id) || s.zoneLossOver(id) != nil
		if err := s.give(now, scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id}}); err != nil {
			return err // only the one that was named can be refused
		}
		if falls {
			f.Instances = append(f.Instances, id)
		}
	}
	return nil
}

func (x *AgentLoss) end(s *Simulation, now time.Time, f *activeFault) {
	for _, id := range f.Instances {
		if !s.holds(isAgentLoss, id) {
			// One that is gone meanwhile, or whose host is, stays as it is.
			_ = s.give(now, scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id, Connected: true}})
		}
	}
}

// disconnect takes the agent off an instance whose host runs again, if a fault that
// lasts fell on it.
func (s *Simulation) disconnect(now time.Time, id ecs.ContainerInstanceID) {
	if s.holds(isAgentLoss, id) {
		_ = s.give(now, scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id}})
	}
}

func isInstanceLoss(f *Fault) bool { return f.InstanceLoss != nil }

func isAgentLoss(f *Fault) bool { return f.AgentLoss != nil }

// holds reports whether a fault of the kind lasts that fell on the instance.
func (s *Simulation) holds(kind func(*Fault) bool, id ecs.ContainerInstanceID) bool {
	return slices.ContainsFunc(s.faults, func(f *activeFault) bool { return kind(&f.Fault) && slices.Contains(f.Instances, id) })
}

// zoneLossOver is the fault that holds down the zone of an instance, or nil.
func (s *Simulation) zoneLossOver(id ecs.ContainerInstanceID) *activeFault {
	zone := s.zoneOf(id)
	for _, f := range s.faults {
		if x := f.Fault.ZoneLoss; x != nil && x.Zone == zone {
			return f
		}
	}
	return nil
}

func (s *Simulation) zoneOf(id ecs.ContainerInstanceID) string {
	i, _ := s.cluster.Instance(id)
	zone, _ := i.Attribute(ecs.AttributeAvailabilityZone)
	return zone
}
