package simulate_test

import (
	"bytes"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// played is a history that is played, with the laws that watch it.
type played struct {
	seed      uint64
	features  []*feature
	history   []event
	rest      time.Duration // within which all comes to rest at the end
	deeds     []deed
	moments   int
	accepted  map[string]int
	decorated map[int][]string // decorations by event
}

func newPlayed(seed uint64) *played { return newPlayedOf(seed, featuresOf(seed)) }

func newPlayedOf(seed uint64, of []*feature) *played {
	p := &played{seed: seed, features: of, history: generate(seed, of), rest: time.Hour}
	if raceDetector {
		p.history, p.rest = shorter(p.history), 10*time.Minute
	}
	return p
}

// with is the play of another history in the same world.
func (p *played) with(history []event) *played {
	return &played{seed: p.seed, features: p.features, history: history, rest: p.rest}
}

// check plays the history and returns the first broken law.
func (p *played) check() (broken *brokenLaw) {
	a, b := newWorld(p.seed, p.features), newWorld(p.seed, p.features)
	a.careful = p.seed%16 == 1
	l := newLaws(a)
	defer func() {
		if r := recover(); r != nil {
			broken = &brokenLaw{"no panic", fmt.Sprintf("at %s: panic: %v\n%s", a.now.Sub(birth), r, debug.Stack()), a.trace}
		}
		p.deeds, p.moments, p.accepted, p.decorated = a.deeds, l.moments, a.accepted, a.decorated
	}()
	for _, e := range p.history {
		l.walk(a.now.Add(e.after), false)
		if l.broken != nil {
			return l.broken
		}
		if err := a.do(e); err != nil {
			return err
		}
		l.check("after " + e.verb.name)
	}
	l.walk(a.now.Add(p.rest), true)
	a.stream = a.sim.Cluster().StateChanges()
	for _, w := range l.watchers {
		if w.rest != nil && l.broken == nil {
			w.rest()
		}
	}
	if l.broken != nil {
		return l.broken
	}
	end := a.now
	a.afterwards()
	finish(a)
	if err := p.again(b, end); err != nil {
		return err
	}
	if broken := sameStream(a, b); broken != nil {
		return broken
	}
	if err := same(a, b); err != nil || p.seed%8 != 5 {
		return err
	}
	return p.apart(a, end)
}

// apart plays the history once more, in a world with one service that cannot be
// in the way of the others: it has tasks that come and go, and they are on
// Fargate. All the others have to fare as they did.
func (p *played) apart(a *world, end time.Time) *brokenLaw {
	b := newWorld(p.seed, p.features)
	def := testDefinition(apart, 1, "exit=1 after=50s chance=0.5")
	withInterface(&def)
	b.mustDo(scheduler.Command{CreateService: &scheduler.CreateService{TaskDefinition: def, Service: ecs.Service{
		Name: apart, DesiredCount: 3, LaunchType: ecs.LaunchFargate, NetworkConfiguration: subnets(),
		DeploymentConfiguration: ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 200},
	}}})
	if err := p.again(b, end); err != nil {
		return err
	}
	broken := same(a, b)
	if broken != nil {
		broken.law = "two worlds that differ in one service agree on all others"
		broken.text = "with and without one more service, on Fargate: " + broken.text
	}
	return broken
}

// apart is a service that the histories know nothing of.
const apart = "apart"

func (w *world) mustDo(cmd scheduler.Command) {
	if _, err := w.sim.Apply(w.now, simulate.Command{Command: cmd}); err != nil {
		panic(err)
	}
}

// shorter is a history's beginning and its end.
func shorter(history []event) []event {
	const most = 7
	if len(history) <= most {
		return history
	}
	return append(slices.Clone(history[:most-1]), history[len(history)-1])
}

// again plays the history in strides, and really loads where it says so.
func (p *played) again(b *world, end time.Time) *brokenLaw {
	for _, e := range p.history {
		b.now = b.now.Add(e.after)
		b.advance(b.now)
		if e.verb.name == reload {
			if err := b.reload(); err != nil {
				return &brokenLaw{"load and save", err.Error(), b.trace}
			}
		}
		if err := b.do(e); err != nil {
			return err
		}
	}
	b.now = end
	b.advance(b.now)
	b.stream = b.sim.Cluster().StateChanges()
	b.afterwards()
	finish(b)
	return nil
}

// afterwards lets some worlds that are at rest be so for a day: what is only told
// again after hours has to survive a load too.
func (w *world) afterwards() {
	c := w.sim.Cluster()
	if w.seed%8 == 0 && !slices.ContainsFunc(c.Services(), c.Restless) {
		w.now = w.now.Add(13 * time.Hour)
		w.advance(w.now)
	}
}

func (w *world) advance(to time.Time) {
	for _, c := range w.sim.Advance(to) {
		if w.hides(c.Task) {
			continue
		}
		w.trace = append(w.trace, fmt.Sprintf("%s %s %s %v", c.At.Sub(birth), c.Task, c.Status, c.Gone))
	}
}

// hides reports whether a task is of the service apart.
func (w *world) hides(id ecs.TaskID) bool {
	if w.sim.Cluster().Ref(id).Service() == apart {
		w.hidden[id] = true
	}
	return w.hidden[id]
}

// services are those that somebody could do something to.
func (w *world) services() []ecs.ServiceName {
	return slices.DeleteFunc(w.sim.Cluster().Services(), func(name ecs.ServiceName) bool { return name == apart })
}

// running are the tasks that somebody could do something to.
func (w *world) running(f scheduler.TaskFilter) []ecs.TaskID {
	f.DesiredStatus = ecs.TaskRunning
	return slices.DeleteFunc(w.sim.Cluster().Tasks(f), w.hides)
}

func (w *world) reload() error {
	data, err := w.sim.Save()
	if err != nil {
		return err
	}
	loaded, err := simulate.Load(data)
	if err != nil {
		return err
	}
	again, err := loaded.Save()
	if err != nil {
		return err
	}
	if !bytes.Equal(data, again) {
		return fmt.Errorf("at %s a saved state changes when it is loaded and saved:\n%s", w.now.Sub(birth), difference(data, again))
	}
	w.sim = loaded
	return nil
}

func finish(w *world) {
	for _, name := range names {
		if s, ok := w.sim.Cluster().Service(name); ok {
			for _, e := range s.Events {
				w.trace = append(w.trace, e.CreatedAt.Sub(birth).String()+" "+e.Message)
			}
		}
	}
}

// same compares two plays of one world.
func same(a, b *world) *brokenLaw {
	for i := range max(len(a.trace), len(b.trace)) {
		if i >= len(a.trace) || i >= len(b.trace) || a.trace[i] != b.trace[i] {
			from := max(0, i-10)
			return &brokenLaw{"two plays leave the same trace", fmt.Sprintf("two plays differ in line %d of the trace\nevent by event:\n%s\nin strides:\n%s", i,
				strings.Join(a.trace[min(from, len(a.trace)):min(i+3, len(a.trace))], "\n"),
				strings.Join(b.trace[min(from, len(b.trace)):min(i+3, len(b.trace))], "\n")), nil}
		}
	}
	if a.seed%4 > 0 {
		return nil // saving costs as much as living; the traces say nearly as much
	}
	x, errA := a.sim.Save()
	y, errB := b.sim.Save()
	if errA != nil || errB != nil {
		return &brokenLaw{"save", fmt.Sprintf("save: %v", errors.Join(errA, errB)), a.trace}
	}
	if !bytes.Equal(x, y) {
		return &brokenLaw{"two plays leave the same state", "two plays leave different states:\n" + difference(x, y), a.trace}
	}
	return nil
}

func difference(a, b []byte) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	cut := func(x []byte) []byte { return x[max(0, min(i-200, len(x))):min(i+200, len(x))] }
	return fmt.Sprintf("…%s…\n…%s…", cut(a), cut(b))
}
