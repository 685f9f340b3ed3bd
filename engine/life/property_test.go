package life_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/life"
)

// drawn is a task with its numbers from a seed.
type drawn uint64

func (d drawn) Draw(salt string) uint64 {
	h := uint64(d) ^ 14695981039346656037
	for i := range len(salt) {
		h = (h ^ uint64(salt[i])) * 1099511628211
	}
	h ^= h >> 32
	return h * 0x9e3779b97f4a7c15
}
func (d drawn) ARN() ecs.ARN { return "arn" }

var someFates = []string{
	"", "", "start=3s", "pull=20s", "exit=0 after=10s", "exit=0", "exit=1 chance=0.5", "exit=1 after=70s", "exit=3 after=2m", "oom after=1m", "sick",
	"healthy=25s", "unhealthy=40s", "flap=30s/40s", "ready=10s unready=50s", "code=timeout flap=20s/15s", "sigterm=ignore", "stop=9s stopExit=143",
	"fail=pull", "fail=create chance=0.5", "fail=timeout", "fail=secrets chance=0.3", "fail=eni", "fail=stop", "fail=start-timeout",
}

// aTask is a definition with containers that wait for those before them.
func aTask(t *rapid.T) ecs.TaskDefinition {
	def := ecs.TaskDefinition{NetworkMode: rapid.SampledFrom([]ecs.NetworkMode{ecs.NetworkBridge, ecs.NetworkAWSVPC}).Draw(t, "network")}
	for i := range rapid.IntRange(1, 5).Draw(t, "containers") {
		name := string(rune('a' + i))
		d := ecs.ContainerDefinition{
			Name: name, Essential: i == 0 || rapid.Bool().Draw(t, name+" essential"),
			DockerLabels: map[string]string{life.FateLabel: rapid.SampledFrom(someFates).Draw(t, name+" fate")},
			PortMappings: make([]ecs.PortMapping, rapid.IntRange(0, 1).Draw(t, name+" ports")),
			StartTimeout: ecs.Seconds(rapid.SampledFrom([]time.Duration{0, 0, 20 * time.Second}).Draw(t, name+" startTimeout")),
			StopTimeout:  ecs.Seconds(rapid.SampledFrom([]time.Duration{0, 5 * time.Second}).Draw(t, name+" stopTimeout")),
		}
		if rapid.Bool().Draw(t, name+" checked") {
			d.HealthCheck = &ecs.HealthCheck{Interval: ecs.Seconds(5 * time.Second), Retries: rapid.IntRange(1, 3).Draw(t, name+" retries")}
		}
		if rapid.IntRange(0, 3).Draw(t, name+" restarts") == 0 {
			d.RestartPolicy = &ecs.RestartPolicy{Enabled: true, RestartAttemptPeriod: ecs.Seconds(time.Minute), IgnoredExitCodes: []int{3}}
		}
		for j := range i {
			if condition := rapid.SampledFrom([]string{"", "", "START", "COMPLETE", "SUCCESS", "HEALTHY"}).Draw(t, name+" after"); condition != "" {
				d.DependsOn = append(d.DependsOn, ecs.Dependency{ContainerName: string(rune('a' + j)), Condition: condition})
			}
		}
		def.Containers = append(def.Containers, d)
	}
	return def
}

// lived are the steps of a task up to a time, told to stop then or not, and
// whether anything is left to come.
func lived(def *ecs.TaskDefinition, seed drawn, fargate bool, stop, until time.Duration, meddle func(l *life.Life, now time.Time)) (steps []life.Step, open bool) {
	l := life.PlanOf(def).Begin(nil, seed, birth, fargate)
	told := stop == 0
	for {
		at, ok := l.Next()
		if !told && (!ok || at.Sub(birth) > stop) {
			l.Stop(birth.Add(stop))
			told = true
			continue
		}
		if !ok || at.Sub(birth) > until {
			return steps, ok
		}
		var x life.Step
		l.Take(&x)
		if x.Pull {
			l.Pulled(make([]life.Image, len(def.Containers)))
		}
		if !x.At.Equal(at) {
			panic(fmt.Sprintf("foretold for %s, came at %s", at, x.At))
		}
		steps = append(steps, x)
		if meddle != nil {
			meddle(l, x.At)
		}
	}
}

// seenContainer is what was seen of a container so far.
type seenContainer struct {
	def     *ecs.ContainerDefinition
	status  ecs.TaskStatus
	health  ecs.HealthStatus
	exited  bool
	code    int
	stopped int // in which step
}

// TestLaws: whatever a task is made of, and whenever it is told to stop, the
// steps of its life keep the laws of ECS semantics 5.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		def := aTask(t)
		seed := drawn(rapid.Uint64().Draw(t, "seed"))
		fargate := def.NetworkMode == ecs.NetworkAWSVPC && rapid.Bool().Draw(t, "fargate")
		stop := time.Duration(rapid.SampledFrom([]int{0, 1, 3, 8, 15, 30, 90, 150}).Draw(t, "stop")) * time.Second
		steps, open := lived(&def, seed, fargate, stop, 10*time.Minute, nil)
		w := watch{t: t, def: &def, seen: map[string]*seenContainer{}, told: stop}
		for i := range def.Containers {
			w.seen[def.Containers[i].Name] = &seenContainer{def: &def.Containers[i], status: ecs.TaskPending, health: ecs.HealthUnknown}
		}
		for i := range steps {
			w.step(i, &steps[i])
		}
		if stop > 0 && (w.status != ecs.TaskStopped || open) {
			t.Fatalf("told to stop after %s it is %s after ten minutes", stop, w.status)
		}
		if w.status == ecs.TaskStopped && (open || stop == 0 && w.code == "") {
			t.Fatalf("it is STOPPED, for %q, and more will come: %v", w.code, open)
		}
		again, _ := lived(&def, seed, fargate, stop, 10*time.Minute, nil)
		if !reflect.DeepEqual(steps, again) {
			t.Fatal("a second life is another one")
		}
		same, _ := lived(&def, seed, fargate, stop, 10*time.Minute, func(l *life.Life, now time.Time) { l.Turn(now, life.PlanOf(&def)) })
		if !reflect.DeepEqual(steps, same) {
			t.Fatal("a fate that turns to itself is another one")
		}
	})
}

type watch struct {
	t      *rapid.T
	def    *ecs.TaskDefinition
	seen   map[string]*seenContainer
	status ecs.TaskStatus
	last   time.Time
	code   ecs.StopCode
	told   time.Duration // when it was told to stop; 0: never
}

var order = []ecs.TaskStatus{
	"", ecs.TaskProvisioning, ecs.TaskPending, ecs.TaskRunning, ecs.TaskStopping, ecs.TaskDeprovisioning, ecs.TaskStopped,
}

func (w *watch) step(i int, x *life.Step) {
	if x.At.Before(w.last) {
		w.t.Fatalf("step %d is at %s, after one at %s", i, x.At.Sub(birth), w.last.Sub(birth))
	}
	w.last = x.At
	if x.StopCode != "" {
		if w.code != "" || x.StoppedReason == "" {
			w.t.Fatalf("it ends for %q, and for %q: %q", w.code, x.StopCode, x.StoppedReason)
		}
		w.code = x.StopCode
	}
	for j := range x.Containers {
		w.container(i, x, &x.Containers[j])
	}
	if x.StopCode == ecs.EssentialContainerExited && !w.any(func(c *seenContainer) bool { return c.def.Essential && c.exited && c.stopped == i }) {
		w.t.Fatalf("step %d: it ends, and no essential container has exited", i)
	}
	if x.Status == "" {
		return
	}
	if slices.Index(order, x.Status) <= slices.Index(order, w.status) {
		w.t.Fatalf("step %d: from %s to %s", i, w.status, x.Status)
	}
	w.status = x.Status
	switch x.Status {
	case ecs.TaskRunning:
		if w.any(func(c *seenContainer) bool { return c.status == ecs.TaskPending }) {
			w.t.Fatalf("step %d: RUNNING, and a container was not started", i)
		}
	case ecs.TaskStopping:
		if w.told == 0 || !w.any(func(c *seenContainer) bool { return c.status == ecs.TaskRunning }) {
			w.t.Fatalf("step %d: STOPPING, told after %s", i, w.told)
		}
	case ecs.TaskDeprovisioning, ecs.TaskStopped:
		if w.any(func(c *seenContainer) bool { return c.status == ecs.TaskRunning }) {
			w.t.Fatalf("step %d: %s, and a container runs", i, x.Status)
		}
	}
}

func (w *watch) any(is func(c *seenContainer) bool) bool {
	for _, d := range w.def.Containers {
		if is(w.seen[d.Name]) {
			return true
		}
	}
	return false
}

func (w *watch) container(i int, x *life.Step, n *life.Change) {
	c := w.seen[n.Name]
	if n.Health != "" {
		if c.def.HealthCheck == nil || n.Health == c.health || c.status != ecs.TaskRunning {
			w.t.Fatalf("step %d: %s, which is %s, from %s to %s", i, n.Name, c.status, c.health, n.Health)
		}
		c.health = n.Health
	}
	if n.Port != life.PortUnchanged && len(c.def.PortMappings) == 0 {
		w.t.Fatalf("step %d: %s has no port", i, n.Name)
	}
	switch n.Status {
	case ecs.TaskRunning:
		if c.status != ecs.TaskPending || w.code != "" {
			w.t.Fatalf("step %d: %s is started, was %s", i, n.Name, c.status)
		}
		for _, d := range c.def.DependsOn {
			w.holds(i, n.Name, d)
		}
	case ecs.TaskStopped:
		if c.status == ecs.TaskStopped || n.Exited != (c.status == ecs.TaskRunning) || !n.Exited && n.Reason == "" {
			w.t.Fatalf("step %d: %s is stopped, was %s: exited %v, %q", i, n.Name, c.status, n.Exited, n.Reason)
		}
		c.exited, c.code, c.stopped = n.Exited, n.ExitCode, i
		if winding := w.code != "" && x.StopCode == "" || w.status == ecs.TaskStopping; winding {
			w.first(i, c)
		}
	default:
		return
	}
	c.status = n.Status
}

// holds checks that the condition a container waited for was the case when it
// was started. HEALTHY is looked at only before.
func (w *watch) holds(i int, name string, d ecs.Dependency) {
	on := w.seen[d.ContainerName]
	ok := map[string]bool{
		"START": on.status == ecs.TaskRunning || on.exited, "COMPLETE": on.exited, "SUCCESS": on.exited && on.code == 0, "HEALTHY": on.def.HealthCheck != nil,
	}[d.Condition]
	if !ok {
		w.t.Fatalf("step %d: %s is started before %s of %s, which is %s", i, name, d.Condition, d.ContainerName, on.status)
	}
}

// first checks that a container which is stopped by the end of its task, rather
// than by its own, is stopped after those that depend on it.
func (w *watch) first(i int, c *seenContainer) {
	if fate, _ := life.ParseFate(c.def.DockerLabels[life.FateLabel]); ends(fate) {
		return
	}
	for _, d := range w.def.Containers {
		for _, on := range d.DependsOn {
			if on.ContainerName == c.def.Name && w.seen[d.Name].status == ecs.TaskRunning {
				w.t.Fatalf("step %d: %s is stopped, and %s needs it", i, c.def.Name, d.Name)
			}
		}
	}
}

func ends(f life.Fate) bool {
	_, ok := f.Ends()
	return ok
}

// TestRestarts: as long as its restart policy applies, a container that exits
// neither shows it nor ends its task.
func TestRestarts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		after := rapid.IntRange(30, 120).Draw(t, "after")
		period := rapid.IntRange(60, 90).Draw(t, "period")
		code := rapid.IntRange(0, 3).Draw(t, "code")
		def := ecs.TaskDefinition{Containers: []ecs.ContainerDefinition{{
			Name: "app", Essential: true, DockerLabels: map[string]string{life.FateLabel: fmt.Sprintf("exit=%d after=%ds", code, after)},
			RestartPolicy: &ecs.RestartPolicy{Enabled: true, RestartAttemptPeriod: ecs.Seconds(time.Duration(period) * time.Second), IgnoredExitCodes: []int{2}},
		}}}
		steps, open := lived(&def, 1, false, 0, time.Hour, nil)
		if stays := after >= period && code != 2; open != stays || (steps[len(steps)-1].Status == ecs.TaskStopped) == stays {
			t.Fatalf("it ran %ds, code %d: goes on %v; the last step is %+v", after, code, open, steps[len(steps)-1])
		}
	})
}
