package scheduler

import (
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/capacity"
	"gantry/engine/placement"
)

// How much of the past of managed scaling is kept.
const (
	metricKept     = 500
	activitiesKept = 100
)

// ReservationPoint is a value of CapacityProviderReservation, which holds for
// every minute until the next one.
type ReservationPoint struct {
	At    time.Time `json:"at"`
	Value float64   `json:"value"`
}

// ScalingActivity is what managed scaling did to an Auto Scaling group, and why.
type ScalingActivity struct {
	At time.Time `json:"at"`
	capacity.Action
}

// ScaleGroup tells the world to set the desired capacity of an Auto Scaling
// group. When it shrinks with managed termination protection, only instances
// that are named may go.
type ScaleGroup struct {
	Group           string                    `json:"autoScalingGroupName"`
	DesiredCapacity int                       `json:"desiredCapacity"`
	Protected       bool                      `json:"protected,omitempty"`
	MayGo           []ecs.ContainerInstanceID `json:"mayGo,omitempty"`
}

// managed reports whether managed scaling works on the provider: what does not
// fit there waits for instances.
func (c *Cluster) managed(p *provider) bool {
	return p != nil && p.active() && p.Spec.AutoScalingGroupProvider.ManagedScaling.Status == ecs.Enabled &&
		slices.Contains(c.associated, p.Spec.Name)
}

// stir lets managed scaling look at the provider in the next whole minute. The
// metric is published every minute, but where nothing happens to a provider it
// stays as it is, so only minutes after something happened are looked at.
func (c *Cluster) stir(p *provider) {
	if p == nil {
		return
	}
	if !c.managed(p) {
		p.Scaling = capacity.Scaling{}
		c.lookAt(p, time.Time{})
		return
	}
	if next := c.now.Truncate(capacity.Interval).Add(capacity.Interval); p.LookAt.IsZero() || next.Before(p.LookAt) {
		c.lookAt(p, next)
	}
}

// stirOn is stir for the provider of an instance, if it has one.
func (c *Cluster) stirOn(i *instance) {
	if name := i.Instance.CapacityProvider; name != "" {
		c.stir(c.providers[name])
	}
}

func (c *Cluster) lookAt(p *provider, at time.Time) {
	p.LookAt = at
	c.set(timerScaling, p.Spec.Name, at, true)
}

// look is one minute of managed scaling (ECS semantics 6.5).
func (c *Cluster) look(p *provider) {
	p.LookAt = time.Time{}
	g := c.scalingGroups[p.group()]
	if g == nil || !c.managed(p) {
		return
	}
	settings := p.Spec.AutoScalingGroupProvider
	l := capacity.Look{
		At: c.now, Target: settings.ManagedScaling.TargetCapacity,
		Desired: g.Spec.DesiredCapacity, Min: g.Spec.MinSize, Max: g.Spec.MaxSize,
		Launching: g.Launching, Protected: settings.ManagedTerminationProtection == ecs.Enabled,
	}
	var empty []ecs.ContainerInstanceID
	l.Group, empty = c.seeGroup(p, g)
	if value := l.Group.Reservation(); len(p.Metric) == 0 || p.Metric[len(p.Metric)-1].Value != value {
		p.Metric = keep(append(p.Metric, ReservationPoint{c.now, value}), metricKept)
	}
	act, again := p.Scaling.Observe(&l, settings.ManagedScaling.InstanceWarmupPeriod.Duration())
	if act != nil {
		g.Spec.DesiredCapacity = act.To
		p.Activities = keep(append(p.Activities, ScalingActivity{c.now, *act}), activitiesKept)
		order := &ScaleGroup{Group: g.Spec.Name, DesiredCapacity: act.To, Protected: l.Protected}
		if l.Protected && act.To < act.From {
			order.MayGo = empty
		}
		c.decide(Decision{Scale: order})
	}
	if !again.IsZero() {
		c.lookAt(p, again.Add(capacity.Interval-1).Truncate(capacity.Interval))
	}
}

// keep is the last of a list.
func keep[T any](list []T, most int) []T {
	if extra := len(list) - most; extra > 0 {
		return slices.Delete(list, 0, extra)
	}
	return list
}

// seeGroup counts what managed scaling sees of a provider's group, and lists the
// empty instances: those without a task that is not a daemon's.
func (c *Cluster) seeGroup(p *provider, g *group) (capacity.Group, []ecs.ContainerInstanceID) {
	settings := &p.Spec.AutoScalingGroupProvider.ManagedScaling
	out := capacity.Group{
		Instances: g.Launching, Offer: offerOf(g.Spec.InstanceType),
		MinStep: settings.MinimumScalingStepSize, MaxStep: settings.MaximumScalingStepSize,
	}
	var empty []ecs.ContainerInstanceID
	for _, id := range c.fleet.Instances(nil) {
		i := c.instances[id]
		if i.Instance.CapacityProvider != p.Spec.Name || i.Termination != nil || i.Host == hostTerminated || i.Instance.Status == ecs.InstanceDeregistering {
			continue
		}
		out.Instances++
		if !slices.ContainsFunc(i.tasks, (*task).isWork) {
			out.Empty++
			empty = append(empty, id)
		}
	}
	for _, t := range c.provisioning {
		if t.Task.CapacityProvider != p.Spec.Name {
			continue
		}
		needs := needsOf(placement.RequirementsOf(t.def.def, t.Task.Overrides))
		if k := slices.IndexFunc(out.Waiting, func(w capacity.Waiting) bool { return w.Needs == needs }); k >= 0 {
			out.Waiting[k].Count++
		} else {
			out.Waiting = append(out.Waiting, capacity.Waiting{Needs: needs, Count: 1})
		}
	}
	return out, empty
}

// isWork reports whether a task keeps its instance from being empty.
func (t *task) isWork() bool { return t.svc == nil || t.svc.Spec.SchedulingStrategy != ecs.Daemon }

// offerOf is what an instance of the type offers. Of a type that is not in the
// table we know nothing, and take it for large.
func offerOf(name string) capacity.Needs {
	t, ok := ecs.InstanceTypeByName(name)
	if !ok {
		const large = 1 << 20
		return capacity.Needs{CPUUnits: large, MemoryMiB: large, GPUs: large, ENIs: large}
	}
	return capacity.Needs{CPUUnits: t.CPUUnits, MemoryMiB: t.RegisteredMemoryMiB, GPUs: t.GPUs, ENIs: t.MaxENIs - 1}
}

func needsOf(r *placement.Requirements) capacity.Needs {
	return capacity.Needs{
		CPUUnits: r.CPUUnits, MemoryMiB: r.MemoryMiB, GPUs: r.GPUs, ENIs: r.ENIs, Exclusive: len(r.Ports)+len(r.PortsUDP) > 0,
	}
}

// Reservation are the values of the metric CapacityProviderReservation (namespace
// AWS/ECS/ManagedScaling) of a provider, where they changed, oldest first.
func (c *Cluster) Reservation(provider string) []ReservationPoint {
	if p, ok := c.providers[provider]; ok {
		return slices.Clone(p.Metric)
	}
	return nil
}

// ScalingActivities are what managed scaling of a provider did, oldest first.
func (c *Cluster) ScalingActivities(provider string) []ScalingActivity {
	if p, ok := c.providers[provider]; ok {
		return slices.Clone(p.Activities)
	}
	return nil
}

// warm holds scale-outs back until an instance that has just come is warm.
func (c *Cluster) warm(i *instance) {
	p := c.providers[i.Instance.CapacityProvider]
	if c.managed(p) {
		p.Scaling.Warm(c.now.Add(p.Spec.AutoScalingGroupProvider.ManagedScaling.InstanceWarmupPeriod.Duration()))
		c.stir(p)
	}
}
