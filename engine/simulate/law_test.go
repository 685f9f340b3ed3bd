package simulate_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// How many generated worlds a run of the tests checks: at least 2,000 every
// time, more with -seeds N or GANTRY_SEEDS=N. GANTRY_SEED=N replays one.
var seedsFlag = flag.Int("seeds", 0, "worlds to generate (default 2000)")

func worldsToRun(t *testing.T) (first, count uint64) {
	t.Helper()
	read := func(name string) (uint64, bool) {
		text, ok := os.LookupEnv(name)
		if !ok {
			return 0, false
		}
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return n, true
	}
	if seed, ok := read("GANTRY_SEED"); ok {
		return seed, 1
	}
	if n, ok := read("GANTRY_SEEDS"); ok {
		return 1, n
	}
	if *seedsFlag > 0 {
		return 1, uint64(*seedsFlag)
	}
	return 1, 2000
}

// TestLaws plays generated worlds and checks the laws of the engine after every
// moment in which something happened. Each world is played twice: event by
// event, and again in large strides with a save and a load on the way. Both have
// to leave the same trace and the same state.
//
// A world may cost 5 ms of one core (2,000 of them 5 s of two). Whoever makes
// worlds richer keeps to that: by a share of the worlds for the feature, by laws
// that look only at what changed, or by shorter histories.
func TestLaws(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // many small worlds, little to keep
	first, count := worldsToRun(t)
	var next atomic.Uint64
	var failed atomic.Bool
	var moments atomic.Int64
	var wait sync.WaitGroup
	accepted := make([]map[string]int, runtime.GOMAXPROCS(0))
	for worker := range accepted {
		accepted[worker] = map[string]int{}
		wait.Go(func() {
			for !failed.Load() {
				i := next.Add(1) - 1
				if i >= count {
					return
				}
				w := newPlayed(first + i)
				err := w.check()
				moments.Add(int64(w.moments))
				for name, n := range w.accepted {
					accepted[worker][name] += n
				}
				if err != nil {
					failed.Store(true)
					t.Errorf("seed %d: %v\nreplay: GANTRY_SEED=%d go test ./engine/simulate -run TestLaws%s", first+i, err, first+i, map[bool]string{true: " -race"}[raceDetector])
				}
			}
		})
	}
	wait.Wait()
	t.Logf("%d worlds, %d moments checked", min(next.Load(), count), moments.Load())
	if count >= 2000 && !failed.Load() {
		everyVerbWorks(t, accepted)
	}
}

// everyVerbWorks: a verb that is refused in every world tests nothing.
func everyVerbWorks(t *testing.T, accepted []map[string]int) {
	for _, f := range features() {
		for _, v := range f.verbs {
			n := 0
			for _, some := range accepted {
				n += some[v.name]
			}
			t.Logf("%-20s %6d times", v.name, n)
			if n == 0 {
				t.Errorf("the verb %s of %s was never accepted", v.name, f.name)
			}
		}
	}
}

// played is a history that is played, with the laws that watch it.
type played struct {
	seed     uint64
	features []*feature
	history  []event
	rest     time.Duration // within which all comes to rest at the end
	moments  int
	accepted map[string]int
}

func newPlayed(seed uint64) *played {
	of := featuresOf(seed)
	p := &played{seed: seed, features: of, history: generate(seed, of), rest: time.Hour}
	if raceDetector {
		p.history, p.rest = shorter(p.history), 10*time.Minute
	}
	return p
}

// check plays the history and returns the first broken law.
func (p *played) check() error {
	a, b := newWorld(p.seed, p.features), newWorld(p.seed, p.features)
	l := newLaws(a)
	defer func() { p.moments, p.accepted = l.moments, a.accepted }()
	for _, e := range p.history {
		l.walk(a.now.Add(e.after), false)
		a.do(e)
		l.check("after " + e.verb.name)
		if l.broken != nil {
			return tail(a, l.broken)
		}
	}
	l.walk(a.now.Add(p.rest), true)
	for _, w := range l.watchers {
		if w.rest != nil && l.broken == nil {
			w.rest()
		}
	}
	if l.broken != nil {
		return tail(a, l.broken)
	}
	finish(a)
	if err := p.again(b, a.now); err != nil {
		return err
	}
	return same(a, b)
}

// shorter is a history's beginning and its end.
func shorter(history []event) []event {
	const most = 7
	if len(history) <= most {
		return history
	}
	return append(slices.Clone(history[:most-1]), history[len(history)-1])
}

// again plays the history in strides, with a save and a load in the middle.
func (p *played) again(b *world, end time.Time) error {
	for i, e := range p.history {
		b.now = b.now.Add(e.after)
		b.advance(b.now)
		if p.seed%4 == 0 && i == len(p.history)/2+int(p.seed%3) {
			if err := b.reload(); err != nil {
				return err
			}
		}
		b.do(e)
	}
	b.now = end
	b.advance(b.now)
	finish(b)
	return nil
}

func (w *world) advance(to time.Time) {
	for _, c := range w.sim.Advance(to) {
		w.trace = append(w.trace, fmt.Sprintf("%s %s %s %v", c.At.Sub(birth), c.Task, c.Status, c.Gone))
	}
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
func same(a, b *world) error {
	for i := range max(len(a.trace), len(b.trace)) {
		if i >= len(a.trace) || i >= len(b.trace) || a.trace[i] != b.trace[i] {
			from := max(0, i-10)
			return fmt.Errorf("two plays differ in line %d of the trace\nevent by event:\n%s\nin strides:\n%s", i,
				strings.Join(a.trace[min(from, len(a.trace)):min(i+3, len(a.trace))], "\n"),
				strings.Join(b.trace[min(from, len(b.trace)):min(i+3, len(b.trace))], "\n"))
		}
	}
	if a.seed%4 > 1 {
		return nil // saving costs as much as living; the traces say nearly as much
	}
	x, errA := a.sim.Save()
	y, errB := b.sim.Save()
	if errA != nil || errB != nil {
		return fmt.Errorf("save: %w", errors.Join(errA, errB))
	}
	if !bytes.Equal(x, y) {
		return fmt.Errorf("two plays leave different states:\n%s", difference(x, y))
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

func tail(w *world, err error) error {
	return fmt.Errorf("%w\nthe last of the trace:\n%s", err, strings.Join(w.trace[max(0, len(w.trace)-40):], "\n"))
}

// seen is a task as it was after the moment before.
type seen struct {
	task    ecs.Task
	healthy bool
}

// laws watches a world from outside: it knows the nouns that everybody can
// read, and works out again what the engine keeps count of.
type laws struct {
	*world
	watchers []watcher
	tasks    map[ecs.TaskID]*seen // as they are now
	live     []ecs.TaskID         // not STOPPED
	moments  int
	broken   error
}

func newLaws(w *world) *laws {
	l := &laws{world: w, tasks: map[ecs.TaskID]*seen{}}
	for _, f := range w.features {
		if f.watch != nil {
			l.watchers = append(l.watchers, f.watch(l))
		}
	}
	return l
}

func (l *laws) fail(format string, args ...any) {
	if l.broken == nil {
		l.broken = fmt.Errorf("at %s: "+format, append([]any{l.now.Sub(birth)}, args...)...)
	}
}

// walk goes from event to event, or with settle until only repeats are left.
func (l *laws) walk(to time.Time, settle bool) {
	for l.broken == nil {
		at, periodic, ok := l.sim.Next()
		if !ok || at.After(to) || settle && periodic {
			break
		}
		if at.Before(l.now) {
			l.fail("Next is %s, in the past", at.Sub(birth))
			return
		}
		l.now = at
		l.advance(at)
		l.check("by itself")
	}
	if !settle {
		l.now = to
	}
	l.advance(l.now)
}

// check checks every law.
func (l *laws) check(when string) {
	l.moments++
	c := l.sim.Cluster()
	old := l.tasks
	l.tasks = make(map[ecs.TaskID]*seen, len(old))
	l.live = l.live[:0]
	for _, id := range c.Tasks(scheduler.TaskFilter{}) {
		last, _ := c.Status(id)
		before := old[id]
		if before != nil && before.task.LastStatus == ecs.TaskStopped && last == ecs.TaskStopped {
			l.tasks[id] = before // nothing happens to it any more
			continue
		}
		t, _ := c.Task(id)
		l.tasks[id] = &seen{t, l.healthy(id, &t)}
		if last != ecs.TaskStopped {
			l.live = append(l.live, id)
		}
		for _, w := range l.watchers {
			if w.task != nil {
				w.task(id, &t, before)
			}
		}
	}
	for _, w := range l.watchers {
		if w.moment != nil {
			w.moment(when)
		}
	}
	for _, name := range names {
		s, ok := c.Service(name)
		if !ok || s.Status == ecs.ServiceInactive {
			continue
		}
		for _, w := range l.watchers {
			if w.service != nil {
				w.service(&s, when)
			}
		}
	}
}
