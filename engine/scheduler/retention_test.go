package scheduler_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestRecordsOfTheSameName: a container instance that registers again under its id,
// and a capacity provider that is created again, stay visible for as long after
// their second end as after their first.
func TestRecordsOfTheSameName(t *testing.T) {
	b := newGroupBench(t, nil)
	b.must(scheduler.Command{PutClusterCapacityProviders: &scheduler.PutClusterCapacityProviders{
		CapacityProviders: []string{}, DefaultStrategy: []ecs.CapacityProviderStrategyItem{},
	}})
	end := func() {
		b.must(scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: "abc"}})
		b.must(scheduler.Command{DeleteCapacityProvider: &scheduler.DeleteCapacityProvider{Name: "cp"}})
	}
	register := scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: ecs.ContainerInstance{ID: "abc", Registered: ecs.Resources{CPUUnits: 100, MemoryMiB: 100}}}}
	b.must(register)
	end()
	b.wait(50 * time.Minute)
	b.must(register)
	b.must(scheduler.Command{CreateCapacityProvider: &scheduler.CreateCapacityProvider{Name: "cp", AutoScalingGroupProvider: ecs.AutoScalingGroupProvider{AutoScalingGroupARN: "small"}}})
	end()
	for _, then := range []struct {
		wait time.Duration
		kept bool
	}{{59 * time.Minute, true}, {2 * time.Minute, false}} {
		b.wait(then.wait)
		_, instance := b.Instance("abc")
		providers := len(b.CapacityProviders())
		if instance != then.kept || providers > 0 != then.kept {
			t.Errorf("%s later the instance is kept %v, the provider %v; want %v", then.wait, instance, providers > 0, then.kept)
		}
	}
}

// TestRoomIsNewsForAllWhoWait: each service that waits for a place looks again when
// room comes, and once more when it looked in vain.
func TestRoomIsNewsForAllWhoWait(t *testing.T) {
	b := newBench(t, 1) // for eight tasks
	ids := b.must(run(8)).Tasks
	large := definition(2)
	large.Containers[0].CPUUnits = 1024
	for _, name := range []string{"a", "b"} {
		b.must(with(create(name, 1), func(c *scheduler.CreateService) { c.TaskDefinition = large }))
	}
	b.wait(time.Minute)
	running := func() (n int) {
		for _, name := range []ecs.ServiceName{"a", "b"} {
			s, _ := b.Service(name)
			n += s.RunningCount
		}
		return n
	}
	for i, id := range ids { // each service needs the room of four
		if i%2 == 0 {
			loaded, err := scheduler.Load(save(t, b.Cluster))
			if err != nil {
				t.Fatal(err)
			}
			b.Cluster = loaded
		}
		b.must(scheduler.Command{StopTask: &scheduler.StopTask{ID: id}})
		b.wait(6 * time.Second)
		if want := (i + 1) / 4; running() != want {
			t.Errorf("%d tasks have ended: %d run, want %d", i+1, running(), want)
		}
	}
}
