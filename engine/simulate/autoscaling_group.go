package simulate

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

const (
	// launchTime is how long an instance takes from its launch to its
	// registration with the cluster, if its group does not say.
	launchTime = 90 * time.Second
	// launchAgain is how long an Auto Scaling group waits before it tries again
	// to launch what it could not. EC2 publishes no figure.
	launchAgain = time.Minute
)

// PutAutoScalingGroup makes an Auto Scaling group, or sets everything about one
// that is there. Without zones it has those of the cluster's subnets.
type PutAutoScalingGroup struct {
	Group ecs.AutoScalingGroup `json:"group"`
}

// autoScalingGroup is a group with its instances.
type autoScalingGroup struct {
	Spec    ecs.AutoScalingGroup      `json:"spec"`
	Ordinal int                       `json:"ordinal"`           // instances ever launched
	Members []*member                 `json:"members,omitempty"` // in the order of their launch
	AgainAt time.Time                 `json:"againAt,omitzero"`  // when it launches again what it could not
	MayGo   []ecs.ContainerInstanceID `json:"mayGo,omitempty"`   // no longer protected from scale-in
}

// member is an instance of a group.
type member struct {
	ID      ecs.ContainerInstanceID `json:"id"`
	Zone    string                  `json:"zone"`
	ReadyAt time.Time               `json:"readyAt,omitzero"` // it is being launched, and registers then
	EndsAt  time.Time               `json:"endsAt,omitzero"`  // EC2 takes it back then
	Leaving bool                    `json:"leaving,omitempty"`
}

// next is when something happens to the group by itself. Periodic says that it
// only tries again.
func (g *autoScalingGroup) next() (at time.Time, periodic, ok bool) {
	at, periodic = g.AgainAt, true
	for _, m := range g.Members {
		for _, t := range [...]time.Time{m.ReadyAt, m.EndsAt} {
			if !t.IsZero() {
				periodic = false
				if at.IsZero() || t.Before(at) {
					at = t
				}
			}
		}
	}
	return at, periodic, !at.IsZero()
}

// nextGroup is the group to which something happens first, if any. Progress says
// that one of them does more than try again.
func (s *Simulation) nextGroup() (first *autoScalingGroup, at time.Time, progress bool) {
	for _, g := range s.groups {
		t, repeats, ok := g.next()
		progress = progress || ok && !repeats
		if ok && (first == nil || t.Before(at)) {
			first, at = g, t
		}
	}
	return first, at, progress
}

func (s *Simulation) group(name string) *autoScalingGroup {
	i := slices.IndexFunc(s.groups, func(g *autoScalingGroup) bool { return g.Spec.Name == name })
	if i < 0 {
		return nil
	}
	return s.groups[i]
}

// putGroup does the command.
func (s *Simulation) putGroup(now time.Time, cmd *PutAutoScalingGroup) error {
	spec, cfg := cmd.Group, s.cluster.Config()
	if _, ok := ecs.InstanceTypeByName(spec.InstanceType); !ok {
		return refused("The instance type %q is not known.", spec.InstanceType)
	}
	if len(spec.AvailabilityZones) == 0 {
		spec.AvailabilityZones = slices.Compact(slices.Sorted(maps.Values(cfg.SubnetZones)))
	}
	if len(spec.AvailabilityZones) == 0 {
		spec.AvailabilityZones = []string{cfg.Scope.Region + "a"}
	}
	if spec.LaunchTime <= 0 {
		spec.LaunchTime = ecs.Seconds(launchTime)
	}
	spec.ARN = ecs.AutoScalingGroupARN(cfg.Scope, spec.Name)
	g := s.group(spec.Name)
	launching := 0
	if g != nil {
		launching = g.launching()
	}
	if err := s.give(now, scheduler.Command{ChangeAutoScalingGroup: &scheduler.ChangeAutoScalingGroup{Group: spec, Launching: launching}}); err != nil {
		return err
	}
	if g == nil {
		g = &autoScalingGroup{}
		s.groups = append(s.groups, g)
	}
	g.Spec = spec
	slices.SortFunc(s.groups, func(a, b *autoScalingGroup) int { return cmp.Compare(a.Spec.Name, b.Spec.Name) })
	s.fill(now, g)
	return nil
}

// launching is how many instances are on their way.
func (g *autoScalingGroup) launching() int {
	n := 0
	for _, m := range g.Members {
		if !m.ReadyAt.IsZero() {
			n++
		}
	}
	return n
}

// staying are the instances that count for the group's capacity, by zone.
func (g *autoScalingGroup) staying() (n int, byZone map[string]int) {
	byZone = map[string]int{}
	for _, m := range g.Members {
		if !m.Leaving {
			n++
			byZone[m.Zone]++
		}
	}
	return n, byZone
}

// fill launches or lets go as many instances as the group's desired capacity
// asks for, and tells the cluster.
func (s *Simulation) fill(now time.Time, g *autoScalingGroup) {
	before := g.launching()
	g.AgainAt = time.Time{}
	for n, byZone := g.staying(); n < g.Spec.DesiredCapacity; n++ {
		zones := slices.DeleteFunc(slices.Clone(g.Spec.AvailabilityZones), func(z string) bool { return s.noLaunch(g, z) })
		if len(zones) == 0 {
			g.AgainAt = now.Add(launchAgain)
			break
		}
		zone := slices.MinFunc(zones, func(a, b string) int { return cmp.Compare(byZone[a], byZone[b]) })
		byZone[zone]++
		g.Ordinal++
		ordinal := strconv.Itoa(g.Ordinal)
		id := fmt.Sprintf("%016x%016x", s.cluster.Number("launch", g.Spec.Name, ordinal), s.cluster.Number("launch", g.Spec.Name, ordinal, "low"))
		g.Members = append(g.Members, &member{ID: ecs.ContainerInstanceID(id), Zone: zone, ReadyAt: now.Add(g.Spec.LaunchTime.Duration())})
	}
	var leave []*member
	for n, _ := g.staying(); n > g.Spec.DesiredCapacity; n-- {
		m := g.victim()
		if m == nil {
			break // the rest are protected from scale-in
		}
		m.Leaving = true
		leave = append(leave, m)
	}
	g.MayGo = nil
	for _, m := range leave {
		if !m.ReadyAt.IsZero() {
			g.drop(m)
			continue
		}
		// One that is no longer in the cluster has nothing to wait for.
		if err := s.give(now, scheduler.Command{BeginTermination: &scheduler.BeginTermination{ID: m.ID}}); err != nil {
			g.drop(m)
		}
	}
	if g.launching() != before {
		s.tellGroup(now, g)
	}
}

// noLaunch reports whether the group cannot launch instances in the zone.
func (s *Simulation) noLaunch(g *autoScalingGroup, zone string) bool {
	return slices.Contains(s.cluster.LostZones(), zone) || s.shortOfInstances(g, zone)
}

// victim is the instance that goes first: one that is still being launched, else
// of the zone that has most the oldest one (Amazon EC2 Auto Scaling's default
// termination policy, without launch templates and billing hours).
func (g *autoScalingGroup) victim() *member {
	_, byZone := g.staying()
	var best *member
	for _, m := range g.Members {
		switch {
		case m.Leaving:
		case !m.ReadyAt.IsZero():
			return m
		case g.Spec.NewInstancesProtectedFromScaleIn && !slices.Contains(g.MayGo, m.ID):
		case best == nil || byZone[m.Zone] > byZone[best.Zone]:
			best = m
		}
	}
	return best
}

func (g *autoScalingGroup) drop(m *member) {
	g.Members = slices.DeleteFunc(g.Members, func(x *member) bool { return x == m })
}

func (s *Simulation) tellGroup(now time.Time, g *autoScalingGroup) {
	// The spec was taken before, so this is never refused.
	_ = s.give(now, scheduler.Command{ChangeAutoScalingGroup: &scheduler.ChangeAutoScalingGroup{Group: g.Spec, Launching: g.launching()}})
}

// scaleGroup sets a group's desired capacity for ECS.
func (s *Simulation) scaleGroup(now time.Time, order *scheduler.ScaleGroup) {
	if g := s.group(order.Group); g != nil {
		g.Spec.DesiredCapacity, g.MayGo = order.DesiredCapacity, order.MayGo
		s.fill(now, g)
	}
}

// stepGroup lets the first thing happen that is due in a group.
func (s *Simulation) stepGroup(now time.Time, g *autoScalingGroup) {
	for _, m := range g.Members {
		switch {
		case m.ReadyAt.Equal(now):
			s.register(now, g, m)
			return
		case m.EndsAt.Equal(now):
			m.EndsAt = time.Time{}
			s.terminate(now, m.ID)
			return
		}
	}
	s.fill(now, g)
}

// register lets a launched instance join the cluster.
func (s *Simulation) register(now time.Time, g *autoScalingGroup, m *member) {
	t, _ := ecs.InstanceTypeByName(g.Spec.InstanceType)
	m.ReadyAt = time.Time{}
	i := t.ContainerInstance(m.Zone)
	i.ID = m.ID
	if subnet, ok := s.subnetIn(m.Zone); ok {
		i.Attributes = append(i.Attributes, ecs.Attribute{Name: ecs.AttributeSubnetID, Value: subnet})
		slices.SortFunc(i.Attributes, func(a, b ecs.Attribute) int { return cmp.Compare(a.Name, b.Name) })
	}
	if err := s.give(now, scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: i, AutoScalingGroup: g.Spec.Name}}); err != nil {
		g.drop(m) // its zone was lost meanwhile
	}
	s.tellGroup(now, g)
	s.fill(now, g)
}

// subnetIn is the first of the cluster's subnets in a zone.
func (s *Simulation) subnetIn(zone string) (string, bool) {
	zones := s.cluster.Config().SubnetZones
	for _, subnet := range slices.Sorted(maps.Keys(zones)) {
		if zones[subnet] == zone {
			return subnet, true
		}
	}
	return "", false
}

// terminate is the end of an EC2 instance.
func (s *Simulation) terminate(now time.Time, id ecs.ContainerInstanceID) {
	var of *autoScalingGroup
	for _, g := range s.groups {
		if i := slices.IndexFunc(g.Members, func(m *member) bool { return m.ID == id }); i >= 0 {
			of, g.Members = g, slices.Delete(g.Members, i, i+1)
		}
	}
	// One that the cluster no longer knows ends as well.
	_ = s.give(now, scheduler.Command{TerminateInstance: &scheduler.TerminateInstance{ID: id}})
	if of != nil {
		s.fill(now, of)
	}
}

// checkGroups lets the groups notice which of their instances ended or were
// stopped: they terminate those and launch others.
func (s *Simulation) checkGroups(now time.Time) {
	for i := 0; i < len(s.groups); i++ {
		g := s.groups[i]
		k := slices.IndexFunc(g.Members, func(m *member) bool { return m.ReadyAt.IsZero() && !s.cluster.HostRuns(m.ID) })
		if k < 0 {
			continue
		}
		s.terminate(now, g.Members[k].ID)
		i-- // there may be more of them
	}
}

// AutoScalingGroups are the groups of the world, by name.
func (s *Simulation) AutoScalingGroups() []ecs.AutoScalingGroup {
	out := make([]ecs.AutoScalingGroup, 0, len(s.groups))
	for _, g := range s.groups {
		out = append(out, g.Spec)
	}
	return out
}
