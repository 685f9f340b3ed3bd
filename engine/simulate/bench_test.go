package simulate_test

import (
	"fmt"
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

// BenchmarkRollout is a rolling update of 5,000 tasks on 500 instances.
func BenchmarkRollout(b *testing.B) {
	for b.Loop() {
		s := simulate.New(testConfig(1), simulate.Options{})
		fleetOf(b, s, 500, 8192, 16384)
		apply(b, s, birth, scheduler.Command{CreateService: &scheduler.CreateService{
			Service:        ecs.Service{Name: "web", DesiredCount: 5000},
			TaskDefinition: testDefinition("web", 1, ""),
		}})
		at := s.Settle(birth.Add(24 * time.Hour))
		next := testDefinition("web", 2, "")
		apply(b, s, at, scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: &next}})
		s.Settle(at.Add(24 * time.Hour))
		v, _ := s.Cluster().Service("web")
		if len(v.Deployments) != 1 || v.RunningCount != 5000 {
			b.Fatalf("not settled: %d deployments, %d running", len(v.Deployments), v.RunningCount)
		}
	}
}
