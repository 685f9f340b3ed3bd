package simulate_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// features is what the generated worlds are made of: each part of the engine
// adds a line here, and world_FEATURE_test.go says what happens in its name and
// which laws hold. Decorations are done in this order.
func features() []feature {
	return []feature{
		// The fleet.
		faultsFeature(), // first, so that it ends before agents connect again
		instancesFeature(),
		agentsFeature(),
		trunkFeature(),
		drainingFeature(),

		// Services and their deployments.
		servicesFeature(),
		daemonFeature(),
		rebalancingFeature(),
		breakerFeature(),
		backoffFeature(),
		eventsFeature(),
		deploymentsFeature(),
		lateFeature(),
		shiftsFeature(),
		earlySuccessFeature(),

		// What runs, and how it ends.
		tasksFeature(),
		stateChangesFeature(),
		explainFeature(),
		placedFeature(),
		fatesFeature(),
		rareFatesFeature(),
		containersFeature(),
		healthChecksFeature(),
		imagesFeature(),
		reasonsFeature(),

		// Where it runs.
		placementFeature(),
		fargateFeature(),
		capacityFeature(),
		portsFeature(),
		networkFeature(),

		// What is close to a service.
		loadBalancersFeature(),
		registriesFeature(),
		protectionFeature(),
		scalingFeature(),
		listenersFeature(),

		// Deployments that are made from outside.
		taskSetsFeature(), // last, so that its services are not decorated any more
	}
}

// feature is one part of the engine, as it comes about in generated worlds. All
// members but the name may be left out.
//
// Everything is decided by the random numbers that are handed in: they come from
// the event alone, so an event means the same when others are left out.
type feature struct {
	name string
	// share is in how many of a hundred worlds it takes part; 0 stands for all.
	// Half of the features in each world find more than all of them in every one.
	share int

	begin   func(r *rand.Rand) []string // verbs to begin a world with, before its services
	verbs   []verb
	finally func(w *world) []simulate.Command // ends what would keep the world from its rest

	// Decorations are settings that what is made may have.
	instances      []decoration[ecs.ContainerInstance]
	definitions    []decoration[ecs.TaskDefinition] // of services and of standalone tasks: see Family
	services       []decoration[scheduler.CreateService]
	configurations []decoration[ecs.DeploymentConfiguration] // when a service is created, and by the verb bounds
	updates        []decoration[scheduler.UpdateService]     // of the verb update
	runs           []decoration[scheduler.RunTask]

	watch func(l *laws) watcher
}

// verb is something that somebody does. It may be nothing, when nobody is there
// to whom it could be done.
type verb struct {
	name   string
	weight int // how often among the verbs; 0 is only for begin
	do     func(w *world, r *rand.Rand) []simulate.Command
}

// decoration sets some of the members of what is made, or none.
type decoration[T any] struct {
	name string
	do   func(w *world, x *T, r *rand.Rand)
}

// watcher are the laws of a feature: see laws. What they remember lives in the
// function that made them.
type watcher struct {
	task    func(id ecs.TaskID, t *ecs.Task, before *seen) // each task to which something may have happened; before is nil for a new one
	moment  func(when string)                              // when all tasks were seen
	service func(s *ecs.Service, when string)              // then each service that is not INACTIVE
	rest    func()                                         // once, when nothing but repeats is left
}

// decorate does the decorations of the world's features to x, or those of them
// that the event is to have.
func decorate[T any](w *world, x *T, of func(f *feature) []decoration[T]) {
	for _, f := range w.features {
		for _, d := range of(f) {
			if w.only == nil || w.only[d.name] {
				d.do(w, x, w.rand(d.name))
				w.decorated[w.index] = append(w.decorated[w.index], d.name)
			}
		}
	}
}

// one is a list of one command to the scheduler.
func one(c scheduler.Command) []simulate.Command { return []simulate.Command{{Command: c}} }

// pickOne is one of them by chance, such that it stays the same one when others
// come or go.
func pickOne[T ~string](r *rand.Rand, all []T) (picked T, ok bool) {
	salt, best := r.Uint64(), uint64(0)
	for _, x := range all {
		if h := hash(salt, string(x)); !ok || h > best {
			picked, best, ok = x, h, true
		}
	}
	return picked, ok
}

// hash is FNV-1a from a start of one's own, and stirred.
func hash(salt uint64, text string) uint64 {
	h := salt ^ 14695981039346656037
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	h ^= h >> 32
	return h * 0x9e3779b97f4a7c15
}

// TestFeatures: names tell verbs and decorations apart.
func TestFeatures(t *testing.T) {
	taken := map[string]string{}
	take := func(f feature, name string) {
		if other, twice := taken[name]; twice || name == "" {
			t.Errorf("%s has %q, which is taken by %s", f.name, name, other)
		}
		taken[name] = f.name
	}
	for _, f := range features() {
		take(f, f.name+" (feature)")
		for _, v := range f.verbs {
			take(f, v.name)
		}
		for _, name := range decorationsOf(&f) {
			take(f, name)
			if strings.ContainsAny(name, " ,:@+") {
				t.Errorf("the name %q does not fit into a replay", name)
			}
		}
	}
}

// decorationsOf are the names of a feature's decorations.
func decorationsOf(f *feature) []string {
	var out []string
	out = namesOf(out, f.instances)
	out = namesOf(out, f.definitions)
	out = namesOf(out, f.services)
	out = namesOf(out, f.configurations)
	out = namesOf(out, f.updates)
	return namesOf(out, f.runs)
}

func namesOf[T any](out []string, all []decoration[T]) []string {
	for _, d := range all {
		out = append(out, d.name)
	}
	return out
}
