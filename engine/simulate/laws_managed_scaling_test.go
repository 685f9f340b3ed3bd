package simulate_test

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// scalingOf is what one provider's managed scaling did so far.
type scalingOf struct {
	seen  int           // of its activities
	stuck time.Time     // since when it could grow for a task that waits, and does not
	warm  time.Duration // the longest warm-up so far: an instance keeps that of the day it came
}

// managed holds what managed scaling does against what the tasks of its provider
// need (ECS semantics 6.5).
func (x *capacityLaws) managed(when string) {
	c := x.sim.Cluster()
	for _, p := range c.CapacityProviders() {
		k := slices.IndexFunc(c.AutoScalingGroups(), func(g ecs.AutoScalingGroup) bool {
			return g.Name == string(p.AutoScalingGroupProvider.AutoScalingGroupARN)
		})
		of, all := x.of[p.Name], c.ScalingActivities(p.Name)
		if of == nil {
			of = &scalingOf{}
			x.of[p.Name] = of
		}
		fresh := all[min(len(all), of.seen):]
		of.seen = len(all)
		if k < 0 {
			of.stuck = time.Time{} // nothing can grow while there is no group
			continue
		}
		g := c.AutoScalingGroups()[k]
		for i := range fresh {
			x.scaled(&p, &g, &fresh[i], when)
		}
		of.warm = max(of.warm, p.AutoScalingGroupProvider.ManagedScaling.InstanceWarmupPeriod.Duration())
		if x.waiting == 0 || len(fresh) > 0 || !x.couldGrow(&p, &g) {
			of.stuck = time.Time{}
			continue
		}
		switch {
		case of.stuck.IsZero():
			of.stuck = x.now
		case x.now.Sub(of.stuck) > of.warm+2*time.Minute:
			x.fail("tasks wait for instances of %s since %s, and its group %s could grow from %d to %d", p.Name, of.stuck.Sub(birth), g.Name, g.DesiredCapacity, g.MaxSize)
		}
	}
}

// scaled checks one activity: a group grows by what is needed within the step
// sizes, and keeps what is in use when it shrinks.
func (x *capacityLaws) scaled(p *ecs.CapacityProvider, g *ecs.AutoScalingGroup, a *scheduler.ScalingActivity, when string) {
	m := &p.AutoScalingGroupProvider.ManagedScaling
	if a.To > a.From {
		needed := (a.Needed*100 + a.Target - 1) / a.Target
		if most := max(a.Present+m.MinimumScalingStepSize, min(needed, a.Present+m.MaximumScalingStepSize), 2); a.To > most {
			x.fail("managed scaling of %s grew its group from %d to %d, with %d instances of %d needed at %d%%", p.Name, a.From, a.To, a.Present, a.Needed, a.Target)
		}
		return
	}
	// Spot Instances may go for other reasons in the same moment.
	if when != byItself || g.Spot || !a.At.Equal(x.now) {
		return
	}
	used := 0
	for id, active := range x.busy {
		i, ok := x.sim.Cluster().Instance(id)
		if !ok || !active || i.CapacityProvider != p.Name {
			continue
		}
		if i.Status == ecs.InstanceActive {
			used++
		}
		if p.AutoScalingGroupProvider.ManagedTerminationProtection == ecs.Enabled && g.NewInstancesProtectedFromScaleIn && i.Status == ecs.InstanceInactive {
			x.fail("scale-in of %s ended instance %s, which has work", p.Name, id)
		}
	}
	if least := (used*100 + a.Target - 1) / a.Target; a.To < least {
		x.fail("managed scaling of %s shrank its group from %d to %d, and %d instances have work: at %d%% that is %d", p.Name, a.From, a.To, used, a.Target, least)
	}
}

// couldGrow reports whether the provider's group could have one instance more,
// all that it asked for are there, and a task waits that fits on one.
func (x *capacityLaws) couldGrow(p *ecs.CapacityProvider, g *ecs.AutoScalingGroup) bool {
	c := x.sim.Cluster()
	associated, _ := c.Associated()
	if p.Status != ecs.CapacityProviderActive || p.AutoScalingGroupProvider.ManagedScaling.Status != ecs.Enabled ||
		!slices.Contains(associated, p.Name) || g.DesiredCapacity >= g.MaxSize || len(x.sim.Faults()) > 0 {
		return false
	}
	there := 0
	for _, id := range x.instanceIDs() {
		if i := x.containerInstance(id); i.CapacityProvider == p.Name && i.Status == ecs.InstanceActive {
			there++
		}
	}
	offer, known := ecs.InstanceTypeByName(g.InstanceType)
	return there == g.DesiredCapacity && known && slices.ContainsFunc(x.live, func(id ecs.TaskID) bool {
		t := &x.tasks[id].task
		if !waits(t) || t.CapacityProvider != p.Name || c.Restless(c.Ref(id).Service()) {
			return false
		}
		cpu, memory := 0, 0
		for _, d := range c.Ref(id).Definition().Containers {
			cpu, memory = cpu+d.CPUUnits, memory+d.MemoryMiB
		}
		return cpu <= offer.CPUUnits && memory <= offer.RegisteredMemoryMiB
	})
}
