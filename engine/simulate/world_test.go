package simulate_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/simulate"
)

// event is one thing that somebody does in a generated world. The command is
// made when its time has come, because it names what is there then.
type event struct {
	index int // in the whole history
	after time.Duration
	verb  *verb
	pick  uint64          // decides everything about the command
	only  map[string]bool // decorations that are done; nil stands for all
}

// featuresOf are the features that take part in the world of a seed.
func featuresOf(seed uint64) []*feature {
	var out []*feature
	for _, f := range features() {
		if f.share == 0 || int(hash(seed, f.name)>>32%100) < f.share {
			out = append(out, &f)
		}
	}
	return out
}

// generate is the history of a world: the same seed, the same history.
func generate(seed uint64, of []*feature) []event {
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	var out []event
	var verbs []*verb
	byName := map[string]*verb{}
	for _, f := range of {
		for i := range f.verbs {
			v := &f.verbs[i]
			byName[v.name] = v
			for range v.weight {
				verbs = append(verbs, v)
			}
		}
	}
	add := func(after time.Duration, v *verb) {
		out = append(out, event{index: len(out), after: after, verb: v, pick: r.Uint64()})
	}
	for _, f := range of {
		if f.begin != nil {
			for _, name := range f.begin(r) {
				add(0, byName[name])
			}
		}
	}
	for range 1 + r.IntN(2) {
		add(time.Second, byName["create"])
	}
	for range 3 + r.IntN(7) {
		// Half of the time the world is left alone until it is quiet, half of the
		// time somebody comes in between.
		after := time.Duration(r.IntN(30000)) * time.Millisecond
		if r.IntN(2) == 0 {
			after = time.Duration(60+r.IntN(300)) * time.Second
		}
		add(after, verbs[r.IntN(len(verbs))])
	}
	if seed%4 == 0 {
		at := len(out)/2 + int(hash(seed, reload)%3)
		out = slices.Insert(out, at, event{verb: &verb{name: reload, do: nothing}})
		for i := range out {
			out[i].index = i
		}
	}
	add(time.Minute, &verb{name: finally, do: endAll})
	return out
}

// Verbs that are of the histories, not of a feature.
const (
	reload  = "reload"  // saves and loads, when the history is played again
	finally = "finally" // the last
)

func nothing(*world, *rand.Rand) []simulate.Command { return nil }

// endAll ends what would keep the world from its rest.
func endAll(w *world, _ *rand.Rand) (all []simulate.Command) {
	for _, f := range w.features {
		if f.finally != nil {
			all = append(all, f.finally(w)...)
		}
	}
	return all
}

// world plays a history.
type world struct {
	seed      uint64
	features  []*feature
	sim       *simulate.Simulation
	now       time.Time
	revisions map[string]int
	trace     []string
	event     // that happens
	deeds     []deed
	hidden    map[ecs.TaskID]bool // tasks that have no part in the trace
	accepted  map[string]int      // commands by verb
	decorated map[int][]string    // decorations by event
	careful   bool                // what is refused is watched closely
	stream    []ecs.StateChange   // until all was at rest, where somebody follows it
}

func newWorld(seed uint64, of []*feature) *world {
	return &world{
		seed: seed, features: of, sim: simulate.New(testConfig(seed), simulate.Options{ECRHost: ownRegistry}),
		now: birth, revisions: map[string]int{}, accepted: map[string]int{}, decorated: map[int][]string{}, hidden: map[ecs.TaskID]bool{},
	}
}

func (w *world) say(format string, args ...any) {
	w.trace = append(w.trace, w.now.Sub(birth).String()+" "+fmt.Sprintf(format, args...))
}

// rand is chance for one purpose within the event.
func (w *world) rand(purpose string) *rand.Rand {
	return rand.New(rand.NewPCG(w.pick, hash(1, purpose)))
}

var names = []ecs.ServiceName{"web", "api", "agent"}

// do applies the event's command.
func (w *world) do(e event) *brokenLaw {
	w.event = e
	for _, cmd := range e.verb.do(w, w.rand("verb")) {
		var before []byte
		if w.careful {
			before, _ = w.sim.Save()
		}
		out, err := w.sim.Apply(w.now, cmd)
		w.deeds = append(w.deeds, deed{w.now, cmd, out, err})
		if err != nil {
			w.say("%s refused: %v", e.verb.name, err)
			if !w.careful {
				continue
			}
			if after, _ := w.sim.Save(); !bytes.Equal(before, after) {
				return &brokenLaw{"a refused command changes nothing", fmt.Sprintf("at %s: %s was refused (%v) and changed the state:\n%s", w.now.Sub(birth), e.verb.name, err, difference(before, after)), w.trace}
			}
			continue
		}
		w.accepted[e.verb.name]++
		w.say("%s tasks=%v failures=%v", e.verb.name, out.Tasks, out.Failures)
	}
	return nil
}
