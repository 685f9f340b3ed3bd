package simulate_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// instancesFeature is the fleet: container instances of several sizes in three
// zones that come and go, and what is left on each.
func instancesFeature() feature {
	return feature{
		name: "instances",
		begin: func(r *rand.Rand) []string {
			return slices.Repeat([]string{"instance"}, 2+r.IntN(4))
		},
		verbs: []verb{
			{"instance", 1, func(w *world, r *rand.Rand) []simulate.Command {
				return one(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: w.instance(r)}})
			}},
			{"deregister", 1, onInstance(func(id ecs.ContainerInstanceID, r *rand.Rand) scheduler.Command {
				return scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: id, Force: r.IntN(3) > 0}}
			})},
			{"attributes", 1, onInstance(func(id ecs.ContainerInstanceID, r *rand.Rand) scheduler.Command {
				return scheduler.Command{PutAttributes: &scheduler.PutAttributes{ID: id, Attributes: []ecs.Attribute{{Name: "stack", Value: []string{"prod", "test"}[r.IntN(2)]}}}}
			})},
		},
		instances: []decoration[ecs.ContainerInstance]{{"stack", func(_ *world, i *ecs.ContainerInstance, r *rand.Rand) {
			if r.IntN(3) == 0 {
				i.Attributes = append(i.Attributes, ecs.Attribute{Name: "stack", Value: "prod"})
			}
		}}},
		watch: func(l *laws) watcher { return watcher{moment: l.checkInstances} },
	}
}

// onInstance is a verb's work on one of the container instances.
func onInstance(do func(id ecs.ContainerInstanceID, r *rand.Rand) scheduler.Command) func(*world, *rand.Rand) []simulate.Command {
	return func(w *world, r *rand.Rand) []simulate.Command {
		id, ok := pickOne(r, w.instanceIDs())
		if !ok {
			return nil
		}
		return one(do(id, r))
	}
}

func (w *world) instanceIDs() []ecs.ContainerInstanceID {
	all, _ := w.sim.Cluster().Instances(scheduler.InstanceFilter{})
	return all
}

func (w *world) instance(r *rand.Rand) ecs.ContainerInstance {
	zone := fmt.Sprintf("us-east-1%c", 'a'+r.IntN(3))
	cpu := []int{1024, 2048, 4096}[r.IntN(3)]
	i := testInstance(zone, cpu, cpu*19/10)
	decorate(w, &i, func(f *feature) []decoration[ecs.ContainerInstance] { return f.instances })
	return i
}

// checkInstances works out what is left on each instance from its tasks.
func (l *laws) checkInstances(string) {
	c := l.sim.Cluster()
	type load struct {
		cpu, memory, enis int
		static, dynamic   map[int]ecs.TaskID
	}
	loads := map[string]*load{}
	for _, id := range l.live {
		t := &l.tasks[id].task
		if t.ContainerInstanceARN == "" {
			continue
		}
		on := loads[t.ContainerInstanceARN.Short()]
		if on == nil {
			on = &load{static: map[int]ecs.TaskID{}, dynamic: map[int]ecs.TaskID{}}
			loads[t.ContainerInstanceARN.Short()] = on
		}
		def := c.Ref(id).Definition()
		if def.NetworkMode == ecs.NetworkAWSVPC {
			on.enis++
		}
		for _, d := range def.Containers {
			on.cpu += d.CPUUnits
			on.memory += d.MemoryMiB
			for _, p := range d.PortMappings {
				if p.HostPort > 0 && def.NetworkMode != ecs.NetworkAWSVPC {
					if other, taken := on.static[p.HostPort]; taken {
						l.fail("tasks %s and %s both hold port %d of an instance", id, other, p.HostPort)
					}
					on.static[p.HostPort] = id
				}
			}
		}
		for _, n := range t.Containers {
			for _, b := range n.NetworkBindings {
				if other, taken := on.dynamic[b.HostPort]; taken && t.DesiredStatus == ecs.TaskRunning && l.tasks[other].task.DesiredStatus == ecs.TaskRunning {
					l.fail("tasks %s and %s are both bound to port %d of an instance", id, other, b.HostPort)
				}
				on.dynamic[b.HostPort] = id
			}
		}
	}
	all, _ := c.Instances(scheduler.InstanceFilter{})
	for _, id := range all {
		i := l.containerInstance(id)
		on := loads[string(id)]
		if on == nil {
			on = &load{}
		}
		left := ecs.Resources{CPUUnits: i.Registered.CPUUnits - on.cpu, MemoryMiB: i.Registered.MemoryMiB - on.memory, ENIs: i.Registered.ENIs - on.enis}
		if left.CPUUnits < 0 || left.MemoryMiB < 0 || left.ENIs < 0 {
			l.fail("instance %s is oversubscribed: %d CPU units, %d MiB, %d interfaces left", id, left.CPUUnits, left.MemoryMiB, left.ENIs)
		}
		if i.Remaining.CPUUnits != left.CPUUnits || i.Remaining.MemoryMiB != left.MemoryMiB || i.Remaining.ENIs != left.ENIs ||
			len(i.Remaining.Ports) != len(i.Registered.Ports)+len(on.static) {
			l.fail("instance %s shows %+v left, its tasks leave %+v and hold %d ports", id, i.Remaining, left, len(on.static))
		}
		delete(loads, string(id))
	}
	if len(loads) > 0 {
		l.fail("tasks run on instances that are gone: %v", slices.Sorted(maps.Keys(loads)))
	}
}
