package scheduler_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// newGroupBench is a cluster with the capacity provider cp, its default, over an
// Auto Scaling group that has no instance yet.
func newGroupBench(t *testing.T, change func(*scheduler.CreateCapacityProvider)) *bench {
	b := newBench(t, 0)
	b.must(scheduler.Command{ChangeAutoScalingGroup: &scheduler.ChangeAutoScalingGroup{Group: ecs.AutoScalingGroup{
		Name: "small", MaxSize: 5, InstanceType: "t3.medium", AvailabilityZones: []string{"us-east-1a"}, NewInstancesProtectedFromScaleIn: true,
	}}})
	provider := &scheduler.CreateCapacityProvider{Name: "cp", AutoScalingGroupProvider: ecs.AutoScalingGroupProvider{
		AutoScalingGroupARN: "small", ManagedScaling: ecs.ManagedScaling{Status: ecs.Enabled},
	}}
	if change != nil {
		change(provider)
	}
	b.must(scheduler.Command{CreateCapacityProvider: provider})
	b.must(scheduler.Command{PutClusterCapacityProviders: &scheduler.PutClusterCapacityProviders{
		CapacityProviders: []string{"cp"}, DefaultStrategy: []ecs.CapacityProviderStrategyItem{{CapacityProvider: "cp", Weight: 1}},
	}})
	return b
}

// launch registers an instance of the group.
func (b *bench) launch() ecs.ContainerInstanceID {
	return b.must(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{AutoScalingGroup: "small", Instance: ecs.ContainerInstance{
		Registered: ecs.Resources{CPUUnits: 2048, MemoryMiB: 3900, ENIs: 2},
		Attributes: []ecs.Attribute{{Name: ecs.AttributeAvailabilityZone, Value: "us-east-1a"}},
	}}}).Instance
}

func associate(providers ...string) scheduler.Command {
	return scheduler.Command{PutClusterCapacityProviders: &scheduler.PutClusterCapacityProviders{CapacityProviders: providers}}
}

func run(count int) scheduler.Command {
	return scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Count: count}}
}

// TestProviderDefaults: what is not said of a capacity provider is ECS's default.
func TestProviderDefaults(t *testing.T) {
	b := newGroupBench(t, nil)
	p := b.CapacityProviders()[0]
	g, m := p.AutoScalingGroupProvider, p.AutoScalingGroupProvider.ManagedScaling
	if m.TargetCapacity != 100 || m.MinimumScalingStepSize != 1 || m.MaximumScalingStepSize != 10000 || m.InstanceWarmupPeriod.Duration() != 300*time.Second ||
		g.ManagedTerminationProtection != ecs.Disabled || g.ManagedDraining != ecs.Enabled {
		t.Errorf("%+v", g)
	}
	if p.ARN != "arn:aws:ecs:us-east-1:123456789012:capacity-provider/cp" || p.Status != ecs.CapacityProviderActive || p.UpdateStatus != "CREATE_COMPLETE" {
		t.Errorf("%+v", p)
	}
	b.must(scheduler.Command{UpdateCapacityProvider: &scheduler.UpdateCapacityProvider{Name: "cp", ManagedTerminationProtection: ptr(ecs.Enabled)}})
	p = b.CapacityProviders()[0]
	if p.UpdateStatus != "UPDATE_COMPLETE" || p.AutoScalingGroupProvider.ManagedTerminationProtection != ecs.Enabled || p.AutoScalingGroupProvider.ManagedScaling.TargetCapacity != 100 {
		t.Errorf("%+v", p)
	}
}

// TestWaitingTask: a task without capacity is told of and waits, is saved with
// what it needs to find a place, and starts within a pass of an instance's coming.
func TestWaitingTask(t *testing.T) {
	b := newGroupBench(t, nil)
	out := b.must(run(2))
	for _, d := range out.Decisions {
		if d.Start != "" || d.Changed == "" {
			t.Errorf("decision %+v about a task without a place", d)
		}
	}
	task, _ := b.Task(out.Tasks[0])
	if task.LastStatus != ecs.TaskProvisioning || task.CapacityProvider != "cp" || task.LaunchType != ecs.LaunchEC2 || task.ContainerInstanceARN != "" {
		t.Fatalf("%+v", task)
	}
	data, err := b.Save()
	if err != nil {
		t.Fatal(err)
	}
	if b.Cluster, err = scheduler.Load(data); err != nil {
		t.Fatal(err)
	}
	on := b.launch()
	if i, _ := b.Instance(on); i.CapacityProvider != "cp" {
		t.Fatalf("an instance of the group has the capacity provider %q", i.CapacityProvider)
	}
	b.wait(scheduler.PassDelay)
	for _, id := range out.Tasks {
		if task, _ := b.Task(id); task.LastStatus != ecs.TaskRunning || task.ContainerInstanceARN.Short() != string(on) {
			t.Errorf("%s on %q", task.LastStatus, task.ContainerInstanceARN.Short())
		}
	}
}

// TestStopWaitingTask: nothing runs of a task that waits, so it stops at once,
// and nobody is told to stop it.
func TestStopWaitingTask(t *testing.T) {
	b := newGroupBench(t, nil)
	id := b.must(run(1)).Tasks[0]
	out := b.must(scheduler.Command{StopTask: &scheduler.StopTask{ID: id, Reason: "tired"}})
	task, _ := b.Task(id)
	if task.LastStatus != ecs.TaskStopped || task.StopCode != ecs.UserInitiated || task.StoppedReason != "tired" {
		t.Errorf("%+v", task)
	}
	if slices.ContainsFunc(out.Decisions, func(d scheduler.Decision) bool { return d.Stop != "" }) {
		t.Errorf("decisions %+v", out.Decisions)
	}
	b.must(create("web", 3))
	b.wait(scheduler.PassDelay)
	if s, _ := b.Service("web"); s.PendingCount != 3 {
		t.Fatalf("%d tasks pending", s.PendingCount)
	}
	b.must(scheduler.Command{DeleteService: &scheduler.DeleteService{Name: "web", Force: true}})
	b.wait(time.Minute)
	if s, _ := b.Service("web"); s.Status != ecs.ServiceInactive {
		t.Errorf("the deleted service is %s", s.Status)
	}
}

// TestScalingDecision: in the next whole minute managed scaling asks for two
// instances, with its reason as data, and nothing is left to do then.
func TestScalingDecision(t *testing.T) {
	b := newGroupBench(t, nil)
	b.now = birth.Add(10 * time.Second)
	b.must(run(1))
	at, periodic, _ := b.Next()
	if !at.Equal(birth.Add(time.Minute)) || periodic {
		t.Fatalf("next at %s, periodic %v: the task gives up some time", at.Sub(birth), periodic)
	}
	decisions := b.Advance(at)
	if len(decisions) != 1 || decisions[0].Scale == nil || decisions[0].Scale.DesiredCapacity != 2 || decisions[0].Scale.Group != "small" {
		t.Fatalf("%+v", decisions)
	}
	want := scheduler.ScalingActivity{At: at}
	want.To, want.Needed, want.Reservation, want.Target = 2, 1, 200, 100
	if got := b.ScalingActivities("cp"); len(got) != 1 || got[0] != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := b.Reservation("cp"); len(got) != 1 || got[0].Value != 200 || !got[0].At.Equal(at) {
		t.Errorf("%+v", got)
	}
	b.must(scheduler.Command{StopTask: &scheduler.StopTask{ID: b.Tasks(scheduler.TaskFilter{})[0]}})
	b.wait(2 * time.Minute)
	if at, periodic, ok := b.Next(); ok && !periodic || at.Before(b.now.Add(30*time.Minute)) {
		t.Errorf("with nothing to do, next at %s, periodic %v", at.Sub(birth), periodic)
	}
}

// TestTermination: managed draining keeps an instance that is to go until its
// last task has ended, and says so once.
func TestTermination(t *testing.T) {
	for _, draining := range []string{ecs.Enabled, ecs.Disabled} {
		b := newGroupBench(t, func(p *scheduler.CreateCapacityProvider) { p.AutoScalingGroupProvider.ManagedDraining = draining })
		on := b.launch()
		id := b.must(run(1)).Tasks[0]
		terminates := func(out scheduler.Outcome) bool {
			return slices.ContainsFunc(out.Decisions, func(d scheduler.Decision) bool { return d.Terminate == on })
		}
		out := b.must(scheduler.Command{BeginTermination: &scheduler.BeginTermination{ID: on}})
		i, _ := b.Instance(on)
		if drains := draining == ecs.Enabled; terminates(out) == drains || (i.Status == ecs.InstanceDraining) != drains {
			t.Fatalf("managed draining %s: %s, %+v", draining, i.Status, out.Decisions)
		}
		out, err := b.Apply(b.now, scheduler.Command{StopTask: &scheduler.StopTask{ID: id}})
		if err != nil || terminates(out) {
			t.Fatalf("managed draining %s: %v, %+v", draining, err, out.Decisions)
		}
		out = b.must(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: id, Status: ecs.TaskStopped}})
		if terminates(out) != (draining == ecs.Enabled) {
			t.Errorf("managed draining %s, the last task has ended: %+v", draining, out.Decisions)
		}
	}
}

// TestTerminationOfAnEmptyInstance: nothing starts on an instance that its group
// terminates with managed draining, be it empty or not, and nobody makes it ACTIVE
// again.
func TestTerminationOfAnEmptyInstance(t *testing.T) {
	b := newGroupBench(t, nil)
	empty, busy := b.launch(), b.launch()
	on := scheduler.Command{StartTask: &scheduler.StartTask{TaskDefinition: definition(1), Instances: []ecs.ContainerInstanceID{busy}}}
	b.must(on)
	for _, id := range []ecs.ContainerInstanceID{empty, busy} {
		out := b.must(scheduler.Command{BeginTermination: &scheduler.BeginTermination{ID: id}})
		if at := slices.IndexFunc(out.Decisions, func(d scheduler.Decision) bool { return d.Terminate == id }); (at >= 0) != (id == empty) {
			t.Errorf("%+v", out.Decisions)
		}
		b.mustBe(id, ecs.InstanceDraining, true)
		b.refuses(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: id, Status: ecs.InstanceActive}}, "the Auto Scaling group small terminates it")
	}
	waiting := b.must(run(1)).Tasks[0]
	b.wait(time.Minute)
	if x, _ := b.Task(waiting); x.LastStatus != ecs.TaskProvisioning {
		t.Errorf("a task starts on %s", x.ContainerInstanceARN)
	}
}

// TestProviderStateChanges: a service's capacity providers are steady with it,
// and a task that waited in vain is told of.
func TestProviderStateChanges(t *testing.T) {
	b := newGroupBench(t, nil)
	b.must(scheduler.Command{FollowStateChanges: &scheduler.FollowStateChanges{On: true}})
	b.must(create("web", 1))
	b.wait(16 * time.Minute)
	b.launch()
	b.wait(10 * time.Minute)
	told := map[string]ecs.ActionDetail{}
	for _, x := range b.StateChanges() {
		var d ecs.ActionDetail
		if err := json.Unmarshal(x.Detail, &d); err == nil && x.DetailType == ecs.ServiceAction {
			told[d.Name] = d
		}
	}
	provider := []ecs.ARN{"arn:aws:ecs:us-east-1:123456789012:capacity-provider/cp"}
	if d := told["SERVICE_TASK_PLACEMENT_FAILURE"]; d.Reason != "EMPTY CAPACITY PROVIDER" || !slices.Equal(d.CapacityProviderARNs, provider) {
		t.Errorf("%+v", d)
	}
	if d := told["CAPACITY_PROVIDER_STEADY_STATE"]; !slices.Equal(d.CapacityProviderARNs, provider) {
		t.Errorf("%+v", d)
	}
	s, _ := b.Service("web")
	if !slices.ContainsFunc(s.Events, func(e ecs.ServiceEvent) bool {
		return strings.HasSuffix(e.Message, "was unable to place a task. Reason: TaskFailedToStart: EMPTY CAPACITY PROVIDER.")
	}) {
		t.Errorf("%+v", s.Events)
	}
}

// TestInterruptTask: a Spot task is told to stop at once, although its target
// would have connections to drain.
func TestInterruptTask(t *testing.T) {
	b := newBench(t, 0)
	spot := with(create("web", 1), func(c *scheduler.CreateService) {
		c.TaskDefinition.NetworkMode = ecs.NetworkAWSVPC
		c.Service.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-a"}}
		c.Service.CapacityProviderStrategy = []ecs.CapacityProviderStrategyItem{{CapacityProvider: ecs.ProviderFargateSpot, Weight: 1}}
		c.Service.LoadBalancers = []ecs.LoadBalancer{{TargetGroupARN: "arn:tg", ContainerName: "app", ContainerPort: 80}}
	})
	b.must(associate(ecs.ProviderFargateSpot))
	b.must(spot)
	b.wait(2 * time.Minute)
	id := b.Tasks(scheduler.TaskFilter{})[0]
	out, err := b.Apply(b.now, scheduler.Command{InterruptTask: &scheduler.InterruptTask{ID: id}})
	if err != nil || !slices.ContainsFunc(out.Decisions, func(d scheduler.Decision) bool { return d.Stop == id }) {
		t.Fatalf("%v, %+v", err, out.Decisions)
	}
	task, _ := b.Task(id)
	if task.StopCode != ecs.SpotInterruption || task.StoppedReason != "Your Spot Task was interrupted." {
		t.Errorf("%s %q", task.StopCode, task.StoppedReason)
	}
	b.wait(scheduler.PassDelay)
	if s, _ := b.Service("web"); s.RunningCount+s.PendingCount != 1 {
		t.Errorf("%d running and %d pending: it was not replaced", s.RunningCount, s.PendingCount)
	}
}

// TestProviderOfATaskSet: a task set uses its capacity provider before it has a
// task, and what it lacks there it says.
func TestProviderOfATaskSet(t *testing.T) {
	b := newGroupBench(t, func(p *scheduler.CreateCapacityProvider) {
		p.AutoScalingGroupProvider.ManagedScaling.Status = ecs.Disabled
	})
	b.must(scheduler.Command{CreateService: &scheduler.CreateService{Service: ecs.Service{
		Name: "web", DesiredCount: 1, DeploymentController: ecs.ControllerExternal,
	}}})
	id := b.must(scheduler.Command{CreateTaskSet: &scheduler.CreateTaskSet{
		Service: "web", TaskDefinition: definition(1), TaskSet: ecs.TaskSet{Scale: ecs.Scale{Value: 100}},
	}}).TaskSet
	b.wait(time.Minute)
	leave := scheduler.Command{PutClusterCapacityProviders: &scheduler.PutClusterCapacityProviders{}}
	if _, err := b.apply(leave); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("the provider leaves the cluster: %v", err)
	}
	if e, _ := b.Explain("web"); len(e.Waits) != 1 || e.Waits[0].Kind != scheduler.WaitPlace {
		t.Errorf("the service waits for %+v, want a place", e.Waits)
	}
	b.must(scheduler.Command{DeleteTaskSet: &scheduler.DeleteTaskSet{Service: "web", ID: id, Force: true}})
	b.wait(time.Minute)
	b.must(leave)
}
