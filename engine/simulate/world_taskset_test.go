package simulate_test

import (
	"math/rand/v2"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// taskSetsFeature is services whose deployments somebody makes from outside, of
// task sets: made, scaled, made PRIMARY and deleted (ECS semantics 4.18).
func taskSetsFeature() feature {
	return feature{
		name: "task sets", share: 12,
		begin: func(r *rand.Rand) []string {
			return append([]string{"external"}, slices.Repeat([]string{"taskset"}, r.IntN(3))...)
		},
		verbs: []verb{
			{"external", 1, createExternal},
			{"taskset", 6, createTaskSets},
			{"scale taskset", 5, onTaskSet(func(name ecs.ServiceName, id ecs.DeploymentID, r *rand.Rand) scheduler.Command {
				return scheduler.Command{UpdateTaskSet: &scheduler.UpdateTaskSet{Service: name, ID: id, Scale: randomScale(r)}}
			})},
			{"primary", 2, onTaskSet(func(name ecs.ServiceName, id ecs.DeploymentID, _ *rand.Rand) scheduler.Command {
				return scheduler.Command{UpdateServicePrimaryTaskSet: &scheduler.UpdateServicePrimaryTaskSet{Service: name, ID: id}}
			})},
			{"delete taskset", 3, onTaskSet(func(name ecs.ServiceName, id ecs.DeploymentID, r *rand.Rand) scheduler.Command {
				return scheduler.Command{DeleteTaskSet: &scheduler.DeleteTaskSet{Service: name, ID: id, Force: r.IntN(3) > 0}}
			})},
		},
		updates: []decoration[scheduler.UpdateService]{{"ofTaskSets", func(w *world, u *scheduler.UpdateService, r *rand.Rand) {
			if s, ok := w.sim.Cluster().Service(u.Name); ok && external(&s) && r.IntN(6) > 0 {
				n := r.IntN(10)
				*u = scheduler.UpdateService{Name: u.Name, DesiredCount: &n, HealthCheckGracePeriod: u.HealthCheckGracePeriod}
			}
		}}},
		watch: func(l *laws) watcher {
			n := &taskSetLaws{moves: moves{laws: l}, last: map[ecs.ServiceName]ecs.Service{}, steady: map[ecs.DeploymentID]time.Time{}}
			return watcher{task: n.task, moment: n.news, service: n.service, rest: n.rest}
		},
	}
}

// external reports whether the deployments of a service are made from outside.
func external(s *ecs.Service) bool { return s.DeploymentController == ecs.ControllerExternal }

// createExternal creates a service that has nothing to say but how many tasks
// there are and where they go.
func createExternal(w *world, r *rand.Rand) []simulate.Command {
	c := w.service(names[r.IntN(len(names))], r)
	c.Service = ecs.Service{
		Name: c.Service.Name, DesiredCount: r.IntN(6), DeploymentController: ecs.ControllerExternal,
		PlacementStrategy: c.Service.PlacementStrategy, PlacementConstraints: c.Service.PlacementConstraints,
		HealthCheckGracePeriod: c.Service.HealthCheckGracePeriod,
	}
	c.TaskDefinition = ecs.TaskDefinition{}
	return one(scheduler.Command{CreateService: c})
}

// externals are the services that may have task sets.
func (w *world) externals() []ecs.ServiceName {
	return slices.DeleteFunc(w.services(), func(name ecs.ServiceName) bool {
		s, _ := w.sim.Cluster().Service(name)
		return !external(&s)
	})
}

// createTaskSets makes one task set, or now and then more than a service may have.
func createTaskSets(w *world, r *rand.Rand) (all []simulate.Command) {
	name, ok := pickOne(r, w.externals())
	if !ok {
		return createExternal(w, r)
	}
	n := 1
	if r.IntN(10) == 0 {
		n = 4
	}
	for range n {
		all = append(all, one(scheduler.Command{CreateTaskSet: w.taskSet(name, r)})...)
	}
	return all
}

func (w *world) taskSet(name ecs.ServiceName, r *rand.Rand) *scheduler.CreateTaskSet {
	c := &scheduler.CreateTaskSet{Service: name, TaskDefinition: w.definition(string(name)), TaskSet: ecs.TaskSet{Scale: randomScale(r)}}
	s, _ := w.sim.Cluster().Service(name)
	x, free := &c.TaskSet, len(s.PlacementStrategy)+len(s.PlacementConstraints) == 0
	switch k := r.IntN(6); {
	case k == 0 && free:
		x.LaunchType = ecs.LaunchFargate
	case k < 3:
		x.CapacityProviderStrategy = w.strategy(r, free)
	case k == 3:
		x.LaunchType = ecs.LaunchEC2
	}
	if x.LaunchType == ecs.LaunchFargate || usesFargate(x.CapacityProviderStrategy) {
		withInterface(&c.TaskDefinition)
	}
	if c.TaskDefinition.NetworkMode == ecs.NetworkAWSVPC {
		x.NetworkConfiguration = subnets()
	}
	if w.has("load balancers") && r.IntN(2) == 0 {
		x.LoadBalancers = randomBalancers(r)
	}
	return c
}

// has reports whether a feature takes part.
func (w *world) has(name string) bool {
	return slices.ContainsFunc(w.features, func(f *feature) bool { return f.name == name })
}

func randomScale(r *rand.Rand) ecs.Scale {
	all := []float64{0, 100, 100, 100, 50, 50, 30, 75, 33.3, 12.5, 0.1, 101}
	return ecs.Scale{Value: all[r.IntN(len(all))], Unit: "PERCENT"}
}

// onTaskSet is a verb's work on a task set, or now and then on one that is none.
func onTaskSet(do func(name ecs.ServiceName, id ecs.DeploymentID, r *rand.Rand) scheduler.Command) func(*world, *rand.Rand) []simulate.Command {
	return func(w *world, r *rand.Rand) []simulate.Command {
		var ids []ecs.DeploymentID
		of := map[ecs.DeploymentID]ecs.ServiceName{}
		for _, name := range w.services() {
			s, _ := w.sim.Cluster().Service(name)
			for _, x := range s.TaskSets {
				ids, of[x.ID] = append(ids, x.ID), name
			}
		}
		id, ok := pickOne(r, ids)
		switch {
		case r.IntN(20) == 0:
			return one(do(names[r.IntN(len(names))], "ecs-svc/1", r))
		case !ok:
			return createTaskSets(w, r)
		}
		return one(do(of[id], id, r))
	}
}
