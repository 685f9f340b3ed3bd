package scheduler_test

import (
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestManagedDaemon is that a managed daemon runs on the container instances of its
// capacity providers alone, is no service to those who ask for services, and is
// updated even where its percentage leaves no instance to begin with.
func TestManagedDaemon(t *testing.T) {
	b := newBench(t, 2)
	for range 2 {
		b.must(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: ecs.ContainerInstance{
			Registered: ecs.Resources{CPUUnits: 2048, MemoryMiB: 3900, ENIs: 2}, CapacityProvider: "own",
		}}})
	}
	name := ecs.DaemonService("agent")
	b.must(scheduler.Command{CreateService: &scheduler.CreateService{
		Service:        ecs.Service{Name: name, SchedulingStrategy: ecs.Daemon, DeploymentConfiguration: ecs.DeploymentConfiguration{MinimumHealthyPercent: 90, MaximumPercent: 100}},
		TaskDefinition: definition(1), ManagedDaemon: &ecs.ManagedDaemon{CapacityProviders: []string{"own"}},
	}})
	b.wait(5 * time.Minute)
	check := func(definition ecs.ARN) {
		t.Helper()
		tasks := b.Tasks(scheduler.TaskFilter{Service: name, DesiredStatus: ecs.TaskRunning})
		for _, id := range tasks {
			task, _ := b.Task(id)
			instance, _ := b.Instance(ecs.ContainerInstanceID(task.ContainerInstanceARN.Short()))
			if instance.CapacityProvider != "own" || task.Group != "daemon:agent" || task.TaskDefinitionARN != definition {
				t.Errorf("a task of %s in group %s is on an instance of %q", task.TaskDefinitionARN, task.Group, instance.CapacityProvider)
			}
		}
		if len(tasks) != 2 {
			t.Errorf("%d tasks, want 2", len(tasks))
		}
	}
	check(definition(1).ARN)
	if _, _, _, services := b.Counts(); services != 0 || len(b.Services()) != 0 || len(b.Daemons()) != 1 {
		t.Errorf("services %d %v, daemons %v", services, b.Services(), b.Daemons())
	}
	if census := b.Census(); len(census.Services) != 0 {
		t.Errorf("the census has the services %v", census.Services)
	}
	second := definition(2)
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: name, TaskDefinition: &second, ForceNewDeployment: true}})
	b.wait(15 * time.Minute)
	check(second.ARN)
	b.must(scheduler.Command{DeleteService: &scheduler.DeleteService{Name: name}})
	b.wait(5 * time.Minute)
	if tasks := b.Tasks(scheduler.TaskFilter{Service: name, DesiredStatus: ecs.TaskRunning}); len(tasks) != 0 || len(b.Daemons()) != 0 {
		t.Errorf("%d tasks and the daemons %v are left", len(tasks), b.Daemons())
	}
}
