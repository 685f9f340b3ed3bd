package scheduler_test

import (
	"fmt"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// BenchmarkDaemonFleet registers 5,000 container instances one after the other,
// ten seconds apart, under a DAEMON service: what each of them costs must not
// grow with those that are there.
func BenchmarkDaemonFleet(b *testing.B) {
	for _, instances := range []int{500, 5000} {
		b.Run(fmt.Sprintf("%d", instances), func(b *testing.B) {
			for b.Loop() {
				registerFleet(b, instances)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*instances), "ns/instance")
		})
	}
}

func registerFleet(b *testing.B, instances int) {
	c := scheduler.New(scheduler.Config{Scope: ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"}, Name: "default", Seed: 7})
	now := birth
	apply := func(cmd scheduler.Command) []scheduler.Decision {
		out, err := c.Apply(now, cmd)
		if err != nil {
			b.Fatal(err)
		}
		return out.Decisions
	}
	run := func(decisions []scheduler.Decision) {
		for _, d := range decisions {
			if d.Start != "" {
				apply(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: d.Start, Status: ecs.TaskRunning}})
			}
		}
	}
	agent := ecs.Service{Name: "agent", SchedulingStrategy: ecs.Daemon}
	apply(scheduler.Command{CreateService: &scheduler.CreateService{Service: agent, TaskDefinition: definition(1)}})
	for i := range instances {
		apply(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: ecs.ContainerInstance{
			Registered: ecs.Resources{CPUUnits: 2048, MemoryMiB: 3900, ENIs: 2},
			Attributes: []ecs.Attribute{{Name: ecs.AttributeAvailabilityZone, Value: fmt.Sprintf("us-east-1%c", 'a'+i%3)}},
		}}})
		now = now.Add(10 * time.Second)
		run(c.Advance(now))
	}
	if s, _ := c.Service("agent"); s.RunningCount != instances {
		b.Fatalf("%d of %d tasks run", s.RunningCount, instances)
	}
}
