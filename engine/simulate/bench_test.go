package simulate_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// apply gives the simulation a command that must not be refused.
func apply(b testing.TB, s *simulate.Simulation, now time.Time, cmd scheduler.Command) {
	b.Helper()
	if _, err := s.Apply(now, simulate.Command{Command: cmd}); err != nil {
		b.Fatal(err)
	}
}

func fleetOf(b testing.TB, s *simulate.Simulation, instances, cpu, memory int) {
	for i := range instances {
		n := testInstance(fmt.Sprintf("us-east-1%c", 'a'+i%3), cpu, memory)
		apply(b, s, birth, scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: n}})
	}
}

// BenchmarkCrashLoop is the catching up with a service of four tasks that die
// soon after they reached RUNNING: an hour of it per round.
func BenchmarkCrashLoop(b *testing.B) {
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(b, s, 3, 2048, 4096)
	apply(b, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{
		Service:        ecs.Service{Name: "web", DesiredCount: 4},
		TaskDefinition: testDefinition("web", 1, "exit=1 after=5s"),
	}})
	now := birth.Add(2 * time.Hour)
	s.Advance(now)
	changes := 0
	for b.Loop() {
		now = now.Add(time.Hour)
		changes += len(s.Advance(now))
	}
	b.ReportMetric(float64(changes)/float64(b.N), "changes/op")
}

// BenchmarkRollout is a rolling update of 5,000 tasks on 500 instances, from the
// command until the service is steady again: every start, stop and change of a
// task in between.
func BenchmarkRollout(b *testing.B) { rollOut(b, nil) }

// BenchmarkRolloutBalanced is the same behind a target group.
func BenchmarkRolloutBalanced(b *testing.B) {
	rollOut(b, []ecs.LoadBalancer{{TargetGroupARN: "arn:tg", ContainerName: "app", ContainerPort: 80}})
}

func rollOut(b *testing.B, balancers []ecs.LoadBalancer) {
	for b.Loop() {
		b.StopTimer()
		s := simulate.New(testConfig(1), simulate.Options{})
		fleetOf(b, s, 500, 8192, 16384)
		apply(b, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{
			Service:        ecs.Service{Name: "web", DesiredCount: 5000, LoadBalancers: balancers},
			TaskDefinition: testDefinition("web", 1, ""),
		}})
		at := s.Settle(birth.Add(24 * time.Hour))
		s.Advance(at)
		next := testDefinition("web", 2, "")
		runtime.GC()
		b.StartTimer()
		apply(b, s, at, scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: &next}})
		s.Settle(at.Add(24 * time.Hour))
		b.StopTimer()
		v, _ := s.Cluster().Service("web")
		if len(v.Deployments) != 1 || v.RunningCount != 5000 {
			b.Fatalf("not settled: %d deployments, %d running", len(v.Deployments), v.RunningCount)
		}
		b.StartTimer()
	}
}

// hundredThousand is 20 services of 5,000 tasks each on 5,000 container
// instances, from the first command until all are RUNNING.
func hundredThousand(b *testing.B) *simulate.Simulation {
	b.Helper()
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(b, s, 5000, 8192, 16384)
	for k := range 20 {
		name := fmt.Sprintf("web%02d", k)
		apply(b, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{
			Service:        ecs.Service{Name: ecs.ServiceName(name), DesiredCount: 5000},
			TaskDefinition: testDefinition(name, 1, ""),
		}})
	}
	for now, running := birth, 0; running < 100_000; {
		now = now.Add(10 * time.Second)
		for _, x := range s.Advance(now) {
			if x.Status == ecs.TaskRunning {
				running++
			}
		}
		if now.Sub(birth) > time.Hour {
			b.Fatalf("only %d tasks run after an hour", running)
		}
	}
	return s
}

// BenchmarkHundredThousand places 100,000 tasks and brings them to RUNNING with
// the clock at full speed, and says what a task takes of the memory.
func BenchmarkHundredThousand(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		before := heap()
		b.StartTimer()
		s := hundredThousand(b)
		b.StopTimer()
		b.ReportMetric(float64(heap()-before)/100_000, "B/task")
		runtime.KeepAlive(s)
		b.StartTimer()
	}
}

// heap is the memory in use once what is not has been given back.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// BenchmarkScaling is an hour of 200 services that are scaled by target
// tracking, under steady load, per round.
func BenchmarkScaling(b *testing.B) {
	s := simulate.New(testConfig(1), simulate.Options{})
	fleetOf(b, s, 100, 8192, 16384)
	for k := range 200 {
		name := fmt.Sprintf("web%03d", k)
		apply(b, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{
			Service: ecs.Service{Name: ecs.ServiceName(name), DesiredCount: 4}, TaskDefinition: testDefinition(name, 1, "")}})
		trackCPU(b, s, birth, ecs.ServiceName(name), time.Minute)
		scale(b, s, birth, simulate.Scaling{SetLoad: &simulate.SetLoad{Service: ecs.ServiceName(name), CPUUnits: 300}})
	}
	now := birth.Add(2 * time.Hour)
	s.Advance(now)
	for b.Loop() {
		now = now.Add(time.Hour)
		s.Advance(now)
	}
}
