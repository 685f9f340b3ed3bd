package simulate_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// capacityFeature is capacity providers and their strategies, Auto Scaling groups
// with managed scaling, shortages, and Spot capacity that is taken back.
func capacityFeature() feature {
	return feature{
		name: "capacity", share: 30,
		begin: func(r *rand.Rand) []string {
			return []string{"group", "group", "provider", "provider", "associate"}[r.IntN(2):]
		},
		verbs: []verb{
			{"group", 1, putGroup},
			{"delete group", 1, deleteGroup},
			{"provider", 1, createProvider},
			{"setProvider", 1, updateProvider},
			{"dropProvider", 1, func(_ *world, r *rand.Rand) []simulate.Command {
				return one(scheduler.Command{DeleteCapacityProvider: &scheduler.DeleteCapacityProvider{Name: providerNames[r.IntN(2)]}})
			}},
			{"associate", 2, associate},
			{"shortage", 2, func(_ *world, r *rand.Rand) []simulate.Command {
				x := &simulate.CapacityShortage{}
				if k := r.IntN(4); k < 2 {
					x.AutoScalingGroup = groupNames[k]
				} else {
					x.CapacityProvider = []string{ecs.ProviderFargate, ecs.ProviderFargateSpot}[k-2]
				}
				if r.IntN(2) == 0 {
					x.AvailabilityZones = []string{"us-east-1a", "us-east-1b", "us-east-1c"}[:1+r.IntN(3)]
				}
				return []simulate.Command{{Fault: &simulate.Fault{For: ecs.Seconds(time.Duration(10+r.IntN(1200)) * time.Second), CapacityShortage: x}}}
			}},
			{"interrupt", 2, func(_ *world, r *rand.Rand) []simulate.Command {
				x := &simulate.SpotInterruption{Percent: []int{0, 30, 60}[r.IntN(3)]}
				if r.IntN(2) == 0 {
					x.AutoScalingGroup = groupNames[r.IntN(2)]
				}
				if r.IntN(3) == 0 {
					x.AvailabilityZone = "us-east-1b"
				}
				return []simulate.Command{{Fault: &simulate.Fault{SpotInterruption: x}}}
			}},
			{"lose", 1, onInstanceOfGroup},
		},
		services: []decoration[scheduler.CreateService]{{"strategy", func(w *world, c *scheduler.CreateService, r *rand.Rand) {
			s := &c.Service
			if r.IntN(4) == 0 || s.LaunchType != "" || s.SchedulingStrategy == ecs.Daemon {
				return
			}
			placed := len(s.PlacementStrategy)+len(s.PlacementConstraints) > 0
			s.CapacityProviderStrategy = w.strategy(r, !placed)
			if usesFargate(s.CapacityProviderStrategy) {
				withInterface(&c.TaskDefinition)
			}
		}}},
		updates: []decoration[scheduler.UpdateService]{{"otherStrategy", func(w *world, u *scheduler.UpdateService, r *rand.Rand) {
			if s, ok := w.sim.Cluster().Service(u.Name); ok && r.IntN(3) == 0 && len(s.CapacityProviderStrategy) > 0 && !usesFargate(s.CapacityProviderStrategy) {
				x := w.strategy(r, false)
				u.CapacityProviderStrategy, u.ForceNewDeployment = &x, true
			}
		}}},
		runs: []decoration[scheduler.RunTask]{{"strategyOfRun", func(w *world, t *scheduler.RunTask, r *rand.Rand) {
			if r.IntN(3) == 0 || t.LaunchType != "" {
				return
			}
			t.CapacityProviderStrategy = w.strategy(r, len(t.PlacementStrategy)+len(t.PlacementConstraints) == 0)
			if usesFargate(t.CapacityProviderStrategy) {
				withInterface(&t.TaskDefinition)
			}
		}}},
		watch: func(l *laws) watcher {
			x := &capacityLaws{laws: l, found: map[ecs.TaskID]found{}, of: map[string]*scalingOf{}, notices: map[ecs.ContainerInstanceID]time.Time{}, busy: map[ecs.ContainerInstanceID]bool{}}
			return watcher{task: x.task, moment: x.moment, rest: x.rest}
		},
	}
}

var groupNames, providerNames = []string{"blue", "red"}, []string{"cp-blue", "cp-red"}

func putGroup(_ *world, r *rand.Rand) []simulate.Command {
	least := r.IntN(3)
	most := least + r.IntN(5)
	return []simulate.Command{{PutAutoScalingGroup: &simulate.PutAutoScalingGroup{Group: ecs.AutoScalingGroup{
		Name: groupNames[r.IntN(2)], MinSize: least, MaxSize: most, DesiredCapacity: least + r.IntN(most-least+1),
		InstanceType:      []string{"t3.small", "t3.medium", "m5.large", "t4g.medium"}[r.IntN(4)],
		AvailabilityZones: []string{"us-east-1a", "us-east-1b", "us-east-1c"}[r.IntN(2):], LaunchTime: ecs.Seconds(time.Duration(20+r.IntN(100)) * time.Second),
		NewInstancesProtectedFromScaleIn: r.IntN(2) == 0, Spot: r.IntN(2) == 0, SpotDraining: r.IntN(2) == 0,
	}}}}
}

func deleteGroup(_ *world, r *rand.Rand) []simulate.Command {
	return []simulate.Command{{DeleteAutoScalingGroup: &simulate.DeleteAutoScalingGroup{Name: groupNames[r.IntN(2)], ForceDelete: r.IntN(2) == 0}}}
}

func scalingSettings(r *rand.Rand) ecs.ManagedScaling {
	warmup := ecs.Seconds(time.Duration(r.IntN(300)) * time.Second)
	return ecs.ManagedScaling{
		Status: onOff(r.IntN(5) > 0), TargetCapacity: []int{0, 100, 80, 50}[r.IntN(4)],
		MinimumScalingStepSize: 1 + r.IntN(2), MaximumScalingStepSize: 2 + r.IntN(5), InstanceWarmupPeriod: &warmup,
	}
}

func createProvider(_ *world, r *rand.Rand) []simulate.Command {
	k := r.IntN(2)
	return one(scheduler.Command{CreateCapacityProvider: &scheduler.CreateCapacityProvider{
		Name: providerNames[k], AutoScalingGroupProvider: ecs.AutoScalingGroupProvider{
			AutoScalingGroupARN: ecs.ARN(groupNames[k]), ManagedScaling: scalingSettings(r),
			ManagedTerminationProtection: onOff(r.IntN(2) == 0), ManagedDraining: onOff(r.IntN(3) > 0),
		},
	}})
}

func updateProvider(_ *world, r *rand.Rand) []simulate.Command {
	m, protection, draining := scalingSettings(r), onOff(r.IntN(2) == 0), onOff(r.IntN(2) == 0)
	return one(scheduler.Command{UpdateCapacityProvider: &scheduler.UpdateCapacityProvider{
		Name: providerNames[r.IntN(2)], ManagedScaling: &m, ManagedTerminationProtection: &protection, ManagedDraining: &draining,
	}})
}

// associate associates the cluster with most of the providers that are there, and
// mostly with those of Fargate.
func associate(w *world, r *rand.Rand) []simulate.Command {
	put := &scheduler.PutClusterCapacityProviders{}
	if r.IntN(8) > 0 {
		put.CapacityProviders = []string{ecs.ProviderFargate, ecs.ProviderFargateSpot}
	}
	for _, p := range w.sim.Cluster().CapacityProviders() {
		if p.Status == ecs.CapacityProviderActive && r.IntN(8) > 0 {
			put.CapacityProviders = append(put.CapacityProviders, p.Name)
		}
	}
	if n := len(put.CapacityProviders); n > 1 && r.IntN(2) == 0 {
		put.DefaultStrategy = []ecs.CapacityProviderStrategyItem{{CapacityProvider: put.CapacityProviders[n-1], Weight: 1}}
	}
	return one(scheduler.Command{PutClusterCapacityProviders: put})
}

// strategy is over the associated providers of Auto Scaling groups, or over
// Fargate's, or nothing.
func (w *world) strategy(r *rand.Rand, fargate bool) []ecs.CapacityProviderStrategyItem {
	all, _ := w.sim.Cluster().Associated()
	ofFargate := fargate && slices.ContainsFunc(all, ecs.OnFargate) && r.IntN(4) == 0
	all = slices.DeleteFunc(all, func(name string) bool { return ecs.OnFargate(name) != ofFargate })
	var out []ecs.CapacityProviderStrategyItem
	for i, name := range all {
		x := ecs.CapacityProviderStrategyItem{CapacityProvider: name, Weight: r.IntN(4)}
		if i == 0 {
			x.Base, x.Weight = r.IntN(3), x.Weight+1
		}
		out = append(out, x)
	}
	return out
}

func usesFargate(s []ecs.CapacityProviderStrategyItem) bool {
	return len(s) > 0 && ecs.OnFargate(s[0].CapacityProvider)
}

// onInstanceOfGroup terminates an instance from outside.
func onInstanceOfGroup(w *world, r *rand.Rand) []simulate.Command {
	all := slices.DeleteFunc(w.instanceIDs(), func(id ecs.ContainerInstanceID) bool {
		i, _ := w.sim.Cluster().Instance(id)
		return i.CapacityProvider == ""
	})
	id, ok := pickOne(r, all)
	if !ok {
		return nil
	}
	return []simulate.Command{{Fault: &simulate.Fault{InstanceLoss: &simulate.InstanceLoss{Some: simulate.Some{Instance: id}, Terminated: true}}}}
}

// capacityLaws work out again who waits for what.
type capacityLaws struct {
	*laws
	found   map[ecs.TaskID]found  // where there is room for a task that waits
	of      map[string]*scalingOf // each provider
	notices map[ecs.ContainerInstanceID]time.Time
	busy    map[ecs.ContainerInstanceID]bool // instances with work in the moment before, and whether they were ACTIVE
	waiting int
}

// waits reports whether a task waits in PROVISIONING for an instance.
func waits(t *ecs.Task) bool {
	return t.LastStatus == ecs.TaskProvisioning && t.ContainerInstanceARN == "" && t.LaunchType == ecs.LaunchEC2
}

// task: a task with a capacity provider is placed on an instance of it, or on
// none when it is one of Fargate's. One without any does not wait for capacity.
func (x *capacityLaws) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	if waits(t) && (t.CapacityProvider == "" || t.DesiredStatus != ecs.TaskRunning) {
		x.fail("task %s waits for capacity of %q, and is meant to be %s", id, t.CapacityProvider, t.DesiredStatus)
	}
	if ecs.OnFargate(t.CapacityProvider) && (t.ContainerInstanceARN != "" || t.LaunchType != ecs.LaunchFargate) {
		x.fail("task %s of %s runs on %q as %s", id, t.CapacityProvider, t.ContainerInstanceARN.Short(), t.LaunchType)
	}
	if t.StopCode == ecs.SpotInterruption && t.CapacityProvider != ecs.ProviderFargateSpot {
		x.fail("task %s of %q was interrupted", id, t.CapacityProvider)
	}
	if t.ContainerInstanceARN == "" || before != nil && before.task.ContainerInstanceARN != "" || t.CapacityProvider == "" {
		return
	}
	if i := x.instanceOf(t); i != nil && i.CapacityProvider != t.CapacityProvider {
		x.fail("task %s of %s was placed on instance %s of %q", id, t.CapacityProvider, i.ID, i.CapacityProvider)
	}
}

func (x *capacityLaws) moment(when string) {
	x.waiting = 0
	c := x.sim.Cluster()
	var rooms []room
	for _, id := range x.live {
		t := &x.tasks[id].task
		if !waits(t) {
			delete(x.found, id)
			continue
		}
		if x.waiting++; x.waiting == 1 {
			rooms = x.rooms()
		}
		room, known := x.found[id]
		switch on, ok := x.fitsSomewhere(id, t, rooms, room.on); {
		case !ok:
			delete(x.found, id)
		case !known || on != room.on:
			x.found[id] = found{on, x.now}
		case x.now.Sub(room.since) > scheduler.PassDelay:
			x.fail("task %s waits, and since %s there has been room for it", id, room.since.Sub(birth))
		}
	}
	if x.waiting > 500 {
		x.fail("%d tasks wait in PROVISIONING", x.waiting)
	}
	for _, g := range x.sim.AutoScalingGroups() {
		if g.DesiredCapacity < g.MinSize || g.DesiredCapacity > g.MaxSize {
			x.fail("group %s is to have %d instances, of %d to %d", g.Name, g.DesiredCapacity, g.MinSize, g.MaxSize)
		}
	}
	for _, g := range c.AutoScalingGroups() {
		k := slices.IndexFunc(x.sim.AutoScalingGroups(), func(o ecs.AutoScalingGroup) bool { return o.Name == g.Name })
		if k < 0 || x.sim.AutoScalingGroups()[k].DesiredCapacity != g.DesiredCapacity {
			x.fail("the cluster thinks that group %s is to have %d instances", g.Name, g.DesiredCapacity)
		}
	}
	x.managed(when)
	x.interrupted(when)
	x.busy = map[ecs.ContainerInstanceID]bool{}
	for _, id := range x.live {
		s, on := x.service(c.Ref(id).Service()), x.instanceOf(&x.tasks[id].task)
		if on != nil && (s == nil || s.SchedulingStrategy != ecs.Daemon) {
			x.busy[on.ID] = on.Status == ecs.InstanceActive
		}
	}
}

// found is an instance with room for a task that waits, and since when. Others
// may have taken what was free elsewhere before.
type found struct {
	on    ecs.ContainerInstanceID
	since time.Time
}

// room is what surely is free on an instance that takes tasks.
type room struct {
	on          ecs.ContainerInstanceID
	provider    string
	cpu, memory int
}

// rooms leaves out what is kept for the task of a DAEMON service where that is
// missing, as long as it has to wait to be tried again: it is to be the first to
// start there, so nobody else gets its room meanwhile (ECS semantics 2.7).
func (x *capacityLaws) rooms() (out []room) {
	lacking := x.lack()
	_, primary := x.agents()
	for _, id := range x.instanceIDs() {
		i := x.containerInstance(id)
		if !takesTasks(i) {
			continue
		}
		free := room{id, i.CapacityProvider, i.Remaining.CPUUnits, i.Remaining.MemoryMiB}
		if _, keeps := lacking[id]; keeps {
			cpu, memory, known := x.daemonNeeds(primary, i)
			if !known {
				continue
			}
			free.cpu, free.memory = free.cpu-cpu, free.memory-memory
		}
		out = append(out, free)
	}
	return out
}

// fitsSomewhere is an instance that surely has room for a task that waits, the
// one where it had before if that is one of them. Constraints, host ports and an
// interface of its own nobody asks about here.
func (x *capacityLaws) fitsSomewhere(id ecs.TaskID, t *ecs.Task, rooms []room, before ecs.ContainerInstanceID) (on ecs.ContainerInstanceID, ok bool) {
	c := x.sim.Cluster()
	s, def := x.service(c.Ref(id).Service()), c.Ref(id).Definition()
	if s == nil || len(s.PlacementConstraints)+len(def.PlacementConstraints) > 0 || def.NetworkMode == ecs.NetworkAWSVPC {
		return "", false
	}
	cpu, memory := 0, 0
	for _, d := range def.Containers {
		if slices.ContainsFunc(d.PortMappings, func(p ecs.PortMapping) bool { return p.HostPort > 0 }) {
			return "", false
		}
		cpu += d.CPUUnits
		memory += d.MemoryMiB
	}
	for _, r := range rooms {
		if r.provider == t.CapacityProvider && r.cpu >= cpu && r.memory >= memory && (!ok || r.on == before) {
			on, ok = r.on, true
		}
	}
	return on, ok
}

// rest: who still waits when the world rests does so for a service that fails
// over and over: others have given up.
func (x *capacityLaws) rest() {
	if _, periodic, ok := x.sim.Next(); ok && !periodic {
		return // it was not given the time
	}
	for _, id := range x.live {
		if t := &x.tasks[id].task; waits(t) && !x.sim.Cluster().Restless(x.sim.Cluster().Ref(id).Service()) {
			x.fail("task %s still waits, and nothing more happens", id)
		}
	}
}
