package simulate_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"maps"
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

// TestLaws plays generated worlds and checks the laws of the scheduler after
// every moment in which something happened. Each world is played twice: event
// by event, and again in large strides with a save and a load on the way. Both
// have to leave the same trace and the same state.
func TestLaws(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // many small worlds, little to keep
	first, count := worldsToRun(t)
	var next atomic.Uint64
	var failed atomic.Bool
	var events atomic.Int64
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for !failed.Load() {
				i := next.Add(1) - 1
				if i >= count {
					return
				}
				n, err := checkWorld(first + i)
				events.Add(int64(n))
				if err != nil {
					failed.Store(true)
					t.Errorf("seed %d: %v\nreplay: GANTRY_SEED=%d go test ./engine/simulate -run TestLaws%s", first+i, err, first+i, map[bool]string{true: " -race"}[raceDetector])
				}
			}
		})
	}
	wait.Wait()
	t.Logf("%d worlds, %d moments checked", min(next.Load(), count), events.Load())
}

// checkWorld plays the world of a seed and returns the first broken law.
func checkWorld(seed uint64) (moments int, err error) {
	history, rest := generate(seed), time.Hour
	if raceDetector {
		history, rest = shorter(history), 10*time.Minute
	}
	a, b := newWorld(seed), newWorld(seed)
	l := &laws{world: a, tasks: map[ecs.TaskID]*seen{}}
	for _, e := range history {
		until := a.now.Add(e.after)
		l.walk(until, false)
		a.do(e)
		l.check("after " + e.what)
		if l.broken != nil {
			return l.moments, tail(a, l.broken)
		}
	}
	l.walk(a.now.Add(rest), true)
	l.rest()
	if l.broken != nil {
		return l.moments, tail(a, l.broken)
	}
	finish(a)
	if err := playAgain(b, history, a.now, seed); err != nil {
		return l.moments, err
	}
	return l.moments, same(a, b)
}

// shorter is a history's beginning and its end.
func shorter(history []event) []event {
	const most = 7
	if len(history) <= most {
		return history
	}
	return append(slices.Clone(history[:most-1]), history[len(history)-1])
}

// playAgain plays a history in strides, with a save and a load in the middle.
func playAgain(b *world, history []event, end time.Time, seed uint64) error {
	for i, e := range history {
		b.now = b.now.Add(e.after)
		b.advance(b.now)
		if seed%4 == 0 && i == len(history)/2+int(seed%3) {
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
	tasks   map[ecs.TaskID]*seen
	live    []ecs.TaskID            // not STOPPED
	started map[ecs.ServiceName]int // tasks that began in the moment that is checked
	stopped map[ecs.ServiceName]int // healthy tasks that the scheduler stopped in it
	died    map[ecs.ServiceName]int // healthy tasks that ended otherwise in it
	moments int
	broken  error
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
	l.started, l.stopped, l.died = map[ecs.ServiceName]int{}, map[ecs.ServiceName]int{}, map[ecs.ServiceName]int{}
	c := l.sim.Cluster()
	now := make(map[ecs.TaskID]*seen, len(l.tasks))
	l.live = l.live[:0]
	for _, id := range c.Tasks(scheduler.TaskFilter{}) {
		last, _ := c.Status(id)
		if before := l.tasks[id]; before != nil && before.task.LastStatus == ecs.TaskStopped && last == ecs.TaskStopped {
			now[id] = before // nothing happens to it any more
			continue
		}
		t, _ := c.Task(id)
		now[id] = &seen{t, l.healthy(id, &t)}
		l.checkTask(id, &t)
		if last != ecs.TaskStopped {
			l.live = append(l.live, id)
		}
	}
	l.checkInstances(now)
	for _, name := range names {
		if s, ok := c.Service(name); ok && s.Status != ecs.ServiceInactive {
			l.checkService(&s, now, when)
		}
	}
	l.tasks = now
}

// healthy is what counts for the minimum (ECS semantics 4.4).
func (l *laws) healthy(id ecs.TaskID, t *ecs.Task) bool {
	if t.LastStatus != ecs.TaskRunning || t.DesiredStatus != ecs.TaskRunning {
		return false
	}
	for _, d := range l.sim.Cluster().TaskDefinitionOf(id).Containers {
		if d.Essential && d.HealthCheck != nil {
			return t.HealthStatus == ecs.HealthHealthy
		}
	}
	return l.now.Sub(t.StartedAt) >= 40*time.Second
}

var order = []ecs.TaskStatus{
	ecs.TaskProvisioning, ecs.TaskPending, ecs.TaskActivating, ecs.TaskRunning,
	ecs.TaskDeactivating, ecs.TaskStopping, ecs.TaskDeprovisioning, ecs.TaskStopped,
}

func (l *laws) checkTask(id ecs.TaskID, t *ecs.Task) {
	before := l.tasks[id]
	known := before != nil
	service := l.sim.Cluster().ServiceOf(id)
	if !known {
		l.started[service]++
		if t.DesiredStatus == ecs.TaskStopped && t.StopCode == ecs.ServiceSchedulerInitiated {
			l.fail("task %s was started and stopped in one moment", id)
		}
		if i, ok := l.sim.Cluster().Instance(ecs.ContainerInstanceID(t.ContainerInstanceARN.Short())); ok && (i.Status != ecs.InstanceActive || !i.AgentConnected) {
			l.fail("task %s was placed on instance %s, which is %s (agent connected %v)", id, i.ID, i.Status, i.AgentConnected)
		}
	} else if slices.Index(order, t.LastStatus) < slices.Index(order, before.task.LastStatus) {
		l.fail("task %s went back from %s to %s", id, before.task.LastStatus, t.LastStatus)
	}
	if t.DesiredStatus != ecs.TaskStopped {
		if t.StopCode != "" || t.StoppedReason != "" || t.LastStatus == ecs.TaskStopped {
			l.fail("task %s is meant to run and has %s, %q, %s", id, t.LastStatus, t.StopCode, t.StoppedReason)
		}
		return
	}
	if t.StopCode == "" || t.StoppedReason == "" {
		l.fail("task %s stops without a reason: %q %q", id, t.StopCode, t.StoppedReason)
	}
	// Its 40 s may have passed since the moment before.
	if known && l.healthy(id, &before.task) {
		if t.StopCode == ecs.ServiceSchedulerInitiated {
			l.stopped[service]++
		} else {
			l.died[service]++
		}
	}
}

// checkService checks the bounds and the counts of one service.
func (l *laws) checkService(s *ecs.Service, now map[ecs.TaskID]*seen, when string) {
	running, pending, healthy, byDeployment := 0, 0, 0, map[string]int{}
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning}) {
		t := now[id]
		byDeployment[t.task.StartedBy]++
		switch {
		case t.task.LastStatus == ecs.TaskRunning:
			running++
		default:
			pending++
		}
		if t.healthy {
			healthy++
		}
	}
	if s.RunningCount != running || s.PendingCount != pending {
		l.fail("service %s counts %d running and %d pending, has %d and %d", s.Name, s.RunningCount, s.PendingCount, running, pending)
	}
	for _, d := range s.Deployments {
		if d.RunningCount+d.PendingCount != byDeployment[string(d.ID)] {
			l.fail("deployment %s counts %d+%d tasks, has %d", d.ID, d.RunningCount, d.PendingCount, byDeployment[string(d.ID)])
		}
		delete(byDeployment, string(d.ID))
	}
	if len(byDeployment) > 0 {
		l.fail("service %s has tasks of no deployment: %v", s.Name, slices.Sorted(maps.Keys(byDeployment)))
	}
	d := s.DeploymentConfiguration
	upper, lower := s.DesiredCount*d.MaximumPercent/100, (s.DesiredCount*d.MinimumHealthyPercent+99)/100
	if s.Status != ecs.ServiceActive {
		return
	}
	if s.SchedulingStrategy == ecs.Daemon {
		l.checkDaemon(s.Name, now)
	} else if n := l.started[s.Name]; n > 0 && running+pending > upper {
		l.fail("service %s started %d tasks and has %d, the maximum is %d (%s)", s.Name, n, running+pending, upper, when)
	}
	// The minimum binds what the scheduler does for a deployment. A DAEMON task
	// on a draining instance has to go in any case.
	if n := l.stopped[s.Name]; n > 0 && healthy+l.died[s.Name] < lower && s.SchedulingStrategy != ecs.Daemon {
		l.fail("service %s stopped %d healthy tasks and has %d left, the minimum is %d (%s)", s.Name, n, healthy, lower, when)
	}
}

// checkDaemon checks that no instance has a daemon task twice. One on a draining
// instance, which stays to the last, is beside the bounds.
func (l *laws) checkDaemon(name ecs.ServiceName, now map[ecs.TaskID]*seen) {
	on := map[ecs.ARN]ecs.TaskID{}
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: name, DesiredStatus: ecs.TaskRunning}) {
		where := now[id].task.ContainerInstanceARN
		if other, twice := on[where]; twice {
			l.fail("daemon tasks %s and %s run on one instance", id, other)
		}
		on[where] = id
	}
}

// checkInstances works out what is left on each instance from its tasks.
func (l *laws) checkInstances(now map[ecs.TaskID]*seen) {
	c := l.sim.Cluster()
	type load struct {
		cpu, memory, enis int
		static, dynamic   map[int]ecs.TaskID
	}
	loads := map[string]*load{}
	for _, id := range l.live {
		t := &now[id].task
		if t.ContainerInstanceARN == "" {
			continue
		}
		on := loads[t.ContainerInstanceARN.Short()]
		if on == nil {
			on = &load{static: map[int]ecs.TaskID{}, dynamic: map[int]ecs.TaskID{}}
			loads[t.ContainerInstanceARN.Short()] = on
		}
		def := c.TaskDefinitionOf(id)
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
				if other, taken := on.dynamic[b.HostPort]; taken && t.DesiredStatus == ecs.TaskRunning && now[other].task.DesiredStatus == ecs.TaskRunning {
					l.fail("tasks %s and %s are both bound to port %d of an instance", id, other, b.HostPort)
				}
				on.dynamic[b.HostPort] = id
			}
		}
	}
	all, _ := c.Instances(scheduler.InstanceFilter{})
	for _, id := range all {
		i, _ := c.Instance(id)
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

// rest checks that every service is settled, or says why not.
func (l *laws) rest() {
	if l.broken != nil {
		return
	}
	c := l.sim.Cluster()
	_, periodic, ok := l.sim.Next()
	for _, name := range c.Services() {
		s, _ := c.Service(name)
		p := s.PrimaryDeployment()
		enough := s.RunningCount == s.DesiredCount || s.SchedulingStrategy == ecs.Daemon && s.RunningCount > s.DesiredCount
		settled := p.RolloutState == ecs.RolloutCompleted && enough && s.PendingCount == 0 && len(s.Deployments) == 1
		explained := len(c.Standing(name)) > 0 || p.RolloutState == ecs.RolloutFailed || c.Restless(name) || ok && !periodic
		if !settled && !explained {
			l.fail("service %s is not settled and says nothing: desired %d running %d pending %d, %d deployments, %s",
				name, s.DesiredCount, s.RunningCount, s.PendingCount, len(s.Deployments), p.RolloutState)
		}
		for _, a := range c.ServiceDeployments(name) {
			if current := a.ARN == s.CurrentServiceDeployment; !a.Status.Ended() && (!current || p.RolloutState != ecs.RolloutInProgress) {
				l.fail("service deployment %s of %s is still %s, the PRIMARY is %s", a.ARN.Short(), name, a.Status, p.RolloutState)
			}
		}
		// A task that waits for a place really has none: nobody forgot to look.
		waits := slices.ContainsFunc(c.Standing(name), func(m string) bool { return strings.Contains(m, "unable to place a task") })
		if waits && (periodic || !ok) && !c.Restless(name) && c.Unplaced(name) == nil {
			l.fail("service %s says that it finds no place, but there is one", name)
		}
		if settled && len(c.Standing(name)) == 0 && !c.Restless(name) && !(ok && !periodic) {
			l.fail("service %s is settled and did not say so", name)
		}
	}
}
