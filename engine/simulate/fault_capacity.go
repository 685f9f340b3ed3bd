package simulate

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// spotNotice is how long before its end the interruption of Spot capacity is
// told.
const spotNotice = 2 * time.Minute

// CapacityShortage is that new capacity cannot be had: of FARGATE or
// FARGATE_SPOT, where tasks then find no place (ECS semantics 2.11), or by an
// Auto Scaling group, or all of an instance type, whose launches then fail. What
// runs already goes on.
type CapacityShortage struct {
	CapacityProvider  string   `json:"capacityProvider,omitempty"` // FARGATE or FARGATE_SPOT
	AutoScalingGroup  string   `json:"autoScalingGroup,omitempty"`
	InstanceType      string   `json:"instanceType,omitempty"`
	AvailabilityZones []string `json:"availabilityZones,omitempty"` // none named: in all of them
}

func (x *CapacityShortage) passing() bool { return false }

func (x *CapacityShortage) check() error {
	of := slices.DeleteFunc([]string{x.CapacityProvider, x.AutoScalingGroup, x.InstanceType}, func(s string) bool { return s == "" })
	if len(of) != 1 {
		return refused("A capacity shortage is of a Fargate capacity provider, of an Auto Scaling group or of an instance type.")
	}
	return nil
}

func (x *CapacityShortage) begin(s *Simulation, now time.Time, _ *activeFault) error {
	switch {
	case x.InstanceType != "":
		return nil
	case x.AutoScalingGroup == "":
		return s.give(now, scheduler.Command{SetFargateCapacity: &scheduler.SetFargateCapacity{
			CapacityProvider: x.CapacityProvider, AvailabilityZones: x.AvailabilityZones,
		}})
	case s.group(x.AutoScalingGroup) == nil:
		return refused("There is no Auto Scaling group with the name %s.", x.AutoScalingGroup)
	}
	return nil
}

func (x *CapacityShortage) end(s *Simulation, now time.Time, _ *activeFault) {
	if x.CapacityProvider == "" {
		for _, g := range s.groups {
			if x.AutoScalingGroup == g.Spec.Name || x.InstanceType == g.Spec.InstanceType {
				s.fill(now, g)
			}
		}
		return
	}
	for _, z := range x.zones() {
		if !s.shortOfFargate(x.CapacityProvider, z) {
			cmd := &scheduler.SetFargateCapacity{CapacityProvider: x.CapacityProvider, Available: true}
			if z != "" {
				cmd.AvailabilityZones = []string{z}
			}
			_ = s.give(now, scheduler.Command{SetFargateCapacity: cmd}) // it was taken when the shortage began
		}
	}
}

// zones are the zones of the shortage, "" for all of them.
func (x *CapacityShortage) zones() []string {
	if len(x.AvailabilityZones) == 0 {
		return []string{""}
	}
	return x.AvailabilityZones
}

// shortOfFargate reports whether a shortage of the capacity provider lasts that
// says the same of the zone, "" being all of them.
func (s *Simulation) shortOfFargate(provider, zone string) bool {
	return slices.ContainsFunc(s.faults, func(f *activeFault) bool {
		x := f.Fault.CapacityShortage
		return x != nil && x.CapacityProvider == provider && slices.Contains(x.zones(), zone)
	})
}

// shortOfInstances reports whether a shortage lasts that keeps the group from
// launching in the zone.
func (s *Simulation) shortOfInstances(g *autoScalingGroup, zone string) bool {
	return slices.ContainsFunc(s.faults, func(f *activeFault) bool {
		x := f.Fault.CapacityShortage
		return x != nil && (x.AutoScalingGroup == g.Spec.Name || x.InstanceType != "" && x.InstanceType == g.Spec.InstanceType) &&
			(len(x.AvailabilityZones) == 0 || slices.Contains(x.AvailabilityZones, zone))
	})
}

// SpotInterruption takes Spot capacity back, after the notice of two minutes:
// tasks on FARGATE_SPOT, or Spot Instances of an Auto Scaling group. One is named
// by its id; else it is Percent of those that the other members choose (0: all).
type SpotInterruption struct {
	Task             ecs.TaskID              `json:"task,omitempty"`
	Instance         ecs.ContainerInstanceID `json:"instance,omitempty"`
	AutoScalingGroup string                  `json:"autoScalingGroup,omitempty"` // its instances, rather than tasks on FARGATE_SPOT
	AvailabilityZone string                  `json:"availabilityZone,omitempty"` // "" is any
	Percent          int                     `json:"percent,omitempty"`
}

func (x *SpotInterruption) passing() bool { return true }

func (x *SpotInterruption) end(*Simulation, time.Time, *activeFault) {}

func (x *SpotInterruption) check() error {
	if x.Percent < 0 || x.Percent > 100 {
		return refused("Spot capacity cannot be interrupted by %d percent.", x.Percent)
	}
	return nil
}

func (x *SpotInterruption) begin(s *Simulation, now time.Time, _ *activeFault) error {
	switch {
	case x.Task != "":
		return s.give(now, scheduler.Command{InterruptTask: &scheduler.InterruptTask{ID: x.Task}})
	case x.Instance != "" || x.AutoScalingGroup != "":
		return x.instances(s, now)
	}
	var on []ecs.TaskID
	for _, id := range s.cluster.Tasks(scheduler.TaskFilter{DesiredStatus: ecs.TaskRunning}) {
		t, _ := s.cluster.Task(id)
		if t.CapacityProvider == ecs.ProviderFargateSpot && (x.AvailabilityZone == "" || x.AvailabilityZone == t.AvailabilityZone) {
			on = append(on, id)
		}
	}
	for _, id := range chosen(s, on, x.Percent) {
		if err := s.give(now, scheduler.Command{InterruptTask: &scheduler.InterruptTask{ID: id}}); err != nil {
			return err
		}
	}
	return nil
}

// instances gives Spot Instances the notice.
func (x *SpotInterruption) instances(s *Simulation, now time.Time) error {
	spot := map[ecs.ContainerInstanceID]*member{}
	drains := map[ecs.ContainerInstanceID]bool{}
	var all []ecs.ContainerInstanceID
	for _, g := range s.groups {
		for _, m := range g.Members {
			if !g.Spec.Spot || !m.ReadyAt.IsZero() || !m.EndsAt.IsZero() || x.Instance != "" && x.Instance != m.ID ||
				x.AutoScalingGroup != "" && x.AutoScalingGroup != g.Spec.Name || x.AvailabilityZone != "" && x.AvailabilityZone != m.Zone {
				continue
			}
			spot[m.ID], drains[m.ID] = m, g.Spec.SpotDraining
			all = append(all, m.ID)
		}
	}
	if x.Instance != "" && len(all) == 0 {
		return refused("The instance %s is no Spot Instance that could be interrupted.", x.Instance)
	}
	for _, id := range chosen(s, all, x.Percent) {
		spot[id].EndsAt = now.Add(spotNotice)
		if drains[id] {
			// The agent sees the notice and drains its instance (ECS semantics 6.2).
			// One that is not connected, or no longer there, does not.
			_ = s.give(now, scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: id, Status: ecs.InstanceDraining}})
		}
	}
	return nil
}

// chosen are that many per cent of the ids, at least one of some, by chance. The
// chance comes from the cluster's seed and the number of the fault.
func chosen[T ~string](s *Simulation, ids []T, percent int) []T {
	if percent == 0 || len(ids) == 0 {
		return ids
	}
	lots := make(map[T]uint64, len(ids))
	for _, id := range ids {
		lots[id] = s.cluster.Number("fault", strconv.Itoa(s.faultOrdinal+1), string(id))
	}
	out := slices.Clone(ids)
	slices.SortFunc(out, func(a, b T) int { return cmp.Or(cmp.Compare(lots[a], lots[b]), cmp.Compare(a, b)) })
	out = out[:max(1, len(out)*percent/100)]
	slices.Sort(out)
	return out
}
