package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// The service registries of the generated worlds.
var registryARNs = []string{
	"arn:aws:servicediscovery:us-east-1:123456789012:service/srv-a", "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-b",
}

// registriesFeature is services whose tasks AWS Cloud Map knows, of a registry or
// for Service Connect.
func registriesFeature() feature {
	return feature{
		name: "registries", share: 25,
		services: []decoration[scheduler.CreateService]{{"registry", func(_ *world, c *scheduler.CreateService, r *rand.Rand) {
			switch r.IntN(4) {
			case 0:
			case 1:
				c.Service.ServiceConnect = `{"enabled":true}`
			default:
				c.Service.ServiceRegistries = randomRegistries(r)
			}
		}}},
		updates: []decoration[scheduler.UpdateService]{{"otherRegistry", func(w *world, u *scheduler.UpdateService, r *rand.Rand) {
			s, ok := w.sim.Cluster().Service(u.Name)
			if !ok || len(s.ServiceRegistries) == 0 || r.IntN(4) > 0 {
				return
			}
			list := []ecs.ServiceRegistry{}
			if r.IntN(3) > 0 {
				list = randomRegistries(r)
			}
			u.ServiceRegistries = &list
		}}},
		watch: func(l *laws) watcher {
			n := &registryLaws{laws: l}
			return watcher{task: n.task, moment: n.moment}
		},
	}
}

func randomRegistries(r *rand.Rand) []ecs.ServiceRegistry {
	return []ecs.ServiceRegistry{{RegistryARN: registryARNs[r.IntN(len(registryARNs))], ContainerName: "app", ContainerPort: 80}}
}

// registryLaws watch which tasks the registries know.
type registryLaws struct {
	*laws
	known map[ecs.TaskID]ecs.ServiceInstance // in this moment
	at    int                                // the moment
}

func (l *registryLaws) instances() map[ecs.TaskID]ecs.ServiceInstance {
	if l.known != nil && l.at == l.moments {
		return l.known
	}
	l.known, l.at = map[ecs.TaskID]ecs.ServiceInstance{}, l.moments
	for _, arn := range registryARNs {
		for _, i := range l.sim.Cluster().ServiceInstances(arn) {
			if _, twice := l.known[ecs.TaskID(i.ID)]; twice {
				l.fail("task %s is registered twice", i.ID)
			}
			l.known[ecs.TaskID(i.ID)] = i
		}
	}
	return l.known
}

// task: a task is registered from before it is RUNNING until it is let go, and
// never at its end (ECS semantics 5.1).
func (l *registryLaws) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	i, registered := l.instances()[id]
	switch {
	case registered && t.LastStatus != ecs.TaskRunning && t.LastStatus != ecs.TaskDeactivating:
		l.fail("task %s is %s and known to its registry", id, t.LastStatus)
	case registered && l.judges && !l.verdicts()[id].draining.IsZero():
		l.fail("the connections of task %s drain and its registry knows it", id)
	case registered && t.HealthStatus == ecs.HealthUnhealthy && i.HealthStatus != ecs.HealthUnhealthy:
		l.fail("task %s is UNHEALTHY, and its registry has it %s", id, i.HealthStatus)
	case !registered && t.LastStatus == ecs.TaskRunning && t.DesiredStatus == ecs.TaskRunning && before != nil && l.registry(id):
		l.fail("task %s is RUNNING and its registry does not know it", id)
	}
}

// registry reports whether the task's revision has a service registry.
func (l *registryLaws) registry(id ecs.TaskID) bool {
	s, ok := l.sim.Cluster().Service(l.sim.Cluster().Ref(id).Service())
	if !ok || len(s.Deployments) != 1 || len(s.CurrentServiceRevisions) != 1 {
		return false // which revision it is of is not told
	}
	revision, ok := l.sim.Cluster().ServiceRevision(s.CurrentServiceRevisions[0].ARN)
	t, _ := l.sim.Cluster().Task(id)
	return ok && len(revision.ServiceRegistries) > 0 && t.StartedBy == string(s.Deployments[0].ID)
}

func (l *registryLaws) moment(string) {
	for id := range l.instances() {
		if _, ok := l.sim.Cluster().Task(id); !ok {
			l.fail("the registry knows task %s, which is gone", id)
		}
	}
}
