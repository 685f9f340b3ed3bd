package simulate_test

import (
	"bytes"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// outside makes deployments of task sets by chance, loses and drains container
// instances, and checks what must hold after each moment.
type outside struct {
	*rapid.T
	sim     *simulate.Simulation
	now     time.Time
	ordinal int
}

func (o *outside) apply(cmd scheduler.Command) {
	before, _ := o.sim.Save()
	if _, err := o.sim.Apply(o.now, simulate.Command{Command: cmd}); err != nil {
		if after, _ := o.sim.Save(); !bytes.Equal(before, after) {
			o.Fatalf("a refused command changed something: %v", err)
		}
	}
}

func (o *outside) service() ecs.Service {
	s, _ := o.sim.Cluster().Service("web")
	return s
}

// set is one of the task sets, or one that is none.
func (o *outside) set() ecs.DeploymentID {
	sets := o.service().TaskSets
	if len(sets) == 0 {
		return "ecs-svc/1"
	}
	return rapid.SampledFrom(sets).Draw(o.T, "task set").ID
}

func (o *outside) instance() ecs.ContainerInstanceID {
	all, _ := o.sim.Cluster().Instances(scheduler.InstanceFilter{})
	if len(all) == 0 {
		return "none"
	}
	return rapid.SampledFrom(all).Draw(o.T, "instance")
}

func (o *outside) scale() ecs.Scale {
	return ecs.Scale{Value: float64(rapid.IntRange(0, 10).Draw(o.T, "scale")) * 10, Unit: "PERCENT"}
}

func (o *outside) command() scheduler.Command {
	switch rapid.SampledFrom([]string{"create", "create", "scale", "scale", "primary", "delete", "desired", "drain", "activate", "lose", "add"}).Draw(o.T, "what") {
	case "create":
		o.ordinal++
		fate := rapid.SampledFrom([]string{"", "", "exit=1 after=20s chance=0.3", "fail=start chance=0.5", "stop=9s"}).Draw(o.T, "fate")
		return scheduler.Command{CreateTaskSet: &scheduler.CreateTaskSet{
			Service: "web", TaskDefinition: testDefinition("web", o.ordinal, fate), TaskSet: ecs.TaskSet{Scale: o.scale()},
		}}
	case "scale":
		return scheduler.Command{UpdateTaskSet: &scheduler.UpdateTaskSet{Service: "web", ID: o.set(), Scale: o.scale()}}
	case "primary":
		return scheduler.Command{UpdateServicePrimaryTaskSet: &scheduler.UpdateServicePrimaryTaskSet{Service: "web", ID: o.set()}}
	case "delete":
		return scheduler.Command{DeleteTaskSet: &scheduler.DeleteTaskSet{Service: "web", ID: o.set(), Force: rapid.Bool().Draw(o.T, "force")}}
	case "desired":
		n := rapid.IntRange(0, 8).Draw(o.T, "desired")
		return scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: &n}}
	case "drain":
		return scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: o.instance(), Status: ecs.InstanceDraining}}
	case "activate":
		return scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: o.instance(), Status: ecs.InstanceActive}}
	case "lose":
		return scheduler.Command{TerminateInstance: &scheduler.TerminateInstance{ID: o.instance()}}
	}
	zone := rapid.SampledFrom([]string{"us-east-1a", "us-east-1b"}).Draw(o.T, "zone")
	return scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance(zone, 2048, 3900)}}
}

// check: a task set has the tasks that it counts, and at most twice its share
// unless that has just become less.
func (o *outside) check() {
	c, s := o.sim.Cluster(), o.service()
	count := map[string]int{}
	for _, id := range c.Tasks(scheduler.TaskFilter{Service: "web", DesiredStatus: ecs.TaskRunning}) {
		t, _ := c.Task(id)
		count[t.StartedBy]++
	}
	for _, x := range s.TaskSets {
		want := int(math.Ceil(float64(s.DesiredCount) * x.Scale.Value / 100))
		if x.Status == ecs.TaskSetDraining {
			want = 0
		}
		if x.ComputedDesiredCount != want {
			o.Fatalf("task set %s at %g%% of %d computes %d", x.ID, x.Scale.Value, s.DesiredCount, x.ComputedDesiredCount)
		}
		if n := count[string(x.ID)]; n != x.RunningCount+x.PendingCount {
			o.Fatalf("task set %s counts %d+%d tasks and has %d", x.ID, x.RunningCount, x.PendingCount, n)
		}
		if x.StabilityStatus == ecs.SteadyState && x.PendingCount > 0 && o.sim.Cluster().Now().Equal(x.StabilityStatusAt) {
			o.Fatalf("task set %s became steady with %d pending tasks", x.ID, x.PendingCount)
		}
		delete(count, string(x.ID))
	}
	if len(count) > 0 {
		o.Fatalf("there are tasks of no task set: %v", count)
	}
}

// rest: each task set has its share, or the service says why not.
func (o *outside) rest() {
	c, s := o.sim.Cluster(), o.service()
	e, _ := c.Explain("web")
	for _, x := range s.TaskSets {
		if (x.RunningCount != x.ComputedDesiredCount || x.StabilityStatus != ecs.SteadyState) && len(e.Waits) == 0 && !c.Restless("web") {
			o.Fatalf("task set %s %s has %d of %d tasks, is %s, and the service waits for nothing", x.ID, x.Status, x.RunningCount, x.ComputedDesiredCount, x.StabilityStatus)
		}
	}
}

func TestTaskSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := &outside{T: t, sim: simulate.New(testConfig(1), simulate.Options{}), now: birth}
		for i := range 3 {
			o.apply(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance(fmt.Sprintf("us-east-1%c", 'a'+i%2), 2048, 3900)}})
		}
		o.apply(scheduler.Command{CreateService: &scheduler.CreateService{Service: ecs.Service{Name: "web", DesiredCount: 4, DeploymentController: ecs.ControllerExternal}}})
		for range rapid.IntRange(1, 12).Draw(t, "commands") {
			o.apply(o.command())
			o.check()
			until := o.now.Add(time.Duration(rapid.IntRange(0, 200).Draw(t, "seconds")) * time.Second)
			for at, _, ok := o.sim.Next(); ok && !at.After(until); at, _, ok = o.sim.Next() {
				o.sim.Advance(at)
				o.check()
			}
			o.sim.Advance(until)
			o.now = until
			if data, err := o.sim.Save(); err != nil {
				t.Fatal(err)
			} else if o.sim, err = simulate.Load(data); err != nil {
				t.Fatal(err)
			}
		}
		o.now = o.sim.Settle(o.now.Add(time.Hour))
		o.check()
		o.rest()
	})
}
