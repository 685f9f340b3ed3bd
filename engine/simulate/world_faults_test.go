package simulate_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/simulate"
)

// faultsFeature is what goes wrong around a cluster: instances, zones and agents
// are lost, now or later, for a while or until somebody ends it.
func faultsFeature() feature {
	return feature{
		name: "faults", share: 60,
		verbs: []verb{
			{"lose zone", 1, faulty(func(_ *world, r *rand.Rand) *simulate.Fault {
				return &simulate.Fault{ZoneLoss: &simulate.ZoneLoss{Zone: zones[r.IntN(len(zones))]}}
			})},
			{"lose instance", 1, faulty(func(w *world, r *rand.Rand) *simulate.Fault {
				id, ok := pickOne(r, w.instanceIDs())
				if !ok {
					return nil
				}
				return &simulate.Fault{InstanceLoss: &simulate.InstanceLoss{Some: simulate.Some{Instance: id}}}
			})},
			{"terminate", 1, faulty(func(_ *world, r *rand.Rand) *simulate.Fault {
				return &simulate.Fault{InstanceLoss: &simulate.InstanceLoss{Some: simulate.Some{Count: 1 + r.IntN(2)}, Terminated: true}}
			})},
			{"lose agents", 1, faulty(func(_ *world, r *rand.Rand) *simulate.Fault {
				return &simulate.Fault{AgentLoss: &simulate.AgentLoss{Some: simulate.Some{Count: r.IntN(3)}}}
			})},
			{"other fate", 1, faulty(func(_ *world, r *rand.Rand) *simulate.Fault {
				x := &simulate.OtherFate{Fate: []string{"pull=90s", "exit=1 after=20s", "flap=40s/20s", "exit=1 chance=0.3"}[r.IntN(4)]}
				if r.IntN(2) == 0 {
					x.Service = names[r.IntN(len(names))]
				}
				return &simulate.Fault{OtherFate: x}
			})},
			{"throttle", 1, faulty(func(_ *world, r *rand.Rand) *simulate.Fault {
				return &simulate.Fault{Throttling: &simulate.Throttling{Calls: 0.5, Scheduler: []float64{0.3, 0.8, 1}[r.IntN(3)]}}
			})},
			{"end fault", 2, func(w *world, r *rand.Rand) []simulate.Command {
				if all := w.sim.Faults(); len(all) > 0 {
					return []simulate.Command{{EndFault: &simulate.EndFault{Name: all[r.IntN(len(all))].Name}}}
				}
				return nil
			}},
		},
		finally: func(w *world) (all []simulate.Command) {
			for _, f := range w.sim.Faults() {
				all = append(all, simulate.Command{EndFault: &simulate.EndFault{Name: f.Name}})
			}
			return all
		},
		watch: func(l *laws) watcher {
			return watcher{moment: func(string) { l.checkLost() }, rest: l.checkHeard}
		},
	}
}

var zones = []string{"us-east-1a", "us-east-1b", "us-east-1c"}

// faulty is a verb that lets a fault happen: now and until it is ended, for a
// while, or later for a while.
func faulty(of func(w *world, r *rand.Rand) *simulate.Fault) func(*world, *rand.Rand) []simulate.Command {
	return func(w *world, r *rand.Rand) []simulate.Command {
		f := of(w, r)
		if f == nil {
			return nil
		}
		when := r.IntN(3)
		if when > 0 && (f.InstanceLoss == nil || !f.InstanceLoss.Terminated) {
			f.For = ecs.Seconds(time.Duration(1+r.IntN(200)) * time.Second)
		}
		now := simulate.Command{Fault: f}
		if when < 2 {
			return []simulate.Command{now}
		}
		return []simulate.Command{{Schedule: &simulate.Schedule{At: w.now.Add(time.Duration(r.IntN(120)) * time.Second), Command: now}}}
	}
}

// checkLost checks that what a fault holds down stays down as long as it lasts, and
// that nothing lives there.
func (l *laws) checkLost() {
	c := l.sim.Cluster()
	lost, stopped := c.LostZones(), map[string]bool{}
	for _, f := range l.sim.Faults() {
		if f.ZoneLoss != nil && !slices.Contains(lost, f.ZoneLoss.Zone) {
			l.fail("%s has lost %s, which is there", f.Name, f.ZoneLoss.Zone)
		}
		if f.InstanceLoss == nil {
			continue
		}
		i, ok := c.Instance(f.InstanceLoss.Instance)
		if !ok || i.Status == ecs.InstanceInactive {
			continue // it was deregistered
		}
		if c.HostRuns(i.ID) || i.AgentConnected {
			l.fail("%s has stopped instance %s, whose host runs", f.Name, i.ID)
		}
		stopped[i.ARN.Short()] = true
	}
	for _, id := range l.live {
		t := &l.tasks[id].task
		if slices.Contains(lost, t.AvailabilityZone) {
			l.fail("task %s is %s in %s, which is lost", id, t.LastStatus, t.AvailabilityZone)
		}
		if stopped[t.ContainerInstanceARN.Short()] {
			l.fail("task %s is %s on instance %s, whose host is stopped", id, t.LastStatus, t.ContainerInstanceARN.Short())
		}
	}
}

// checkHeard: once all agents are connected and all is at rest, nothing is left of
// a task that was to stop: the word of it, and the news, came through.
func (l *laws) checkHeard() {
	if _, periodic, ok := l.sim.Next(); ok && !periodic {
		return
	}
	for _, id := range l.live {
		t := &l.tasks[id].task
		if t.DesiredStatus == ecs.TaskStopped && l.sim.Cluster().Ref(id).Connected() && !l.sim.Cluster().Restless(l.sim.Cluster().Ref(id).Service()) {
			l.fail("task %s is %s at rest, and was to stop since long", id, t.LastStatus)
		}
	}
}
