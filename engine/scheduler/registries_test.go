package scheduler_test

import (
	"strings"
	"testing"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// TestRefusedConfigurations: registries and criteria that no service can have.
func TestRefusedConfigurations(t *testing.T) {
	registry := ecs.ServiceRegistry{RegistryARN: "arn:aws:servicediscovery:us-east-1:123456789012:service/srv-1", ContainerName: "app", ContainerPort: 80}
	but := func(change func(r *ecs.ServiceRegistry)) []ecs.ServiceRegistry {
		r := registry
		change(&r)
		return []ecs.ServiceRegistry{r}
	}
	early := func(percent int, cleanup string) ecs.DeploymentConfiguration {
		return ecs.DeploymentConfiguration{MinimumHealthyPercent: 50, MaximumPercent: 200, EarlySuccess: &ecs.EarlySuccess{
			Enable: true, HealthyPercent: &percent, SourceServiceRevisionCleanup: cleanup,
		}}
	}
	shifted := early(80, ecs.CleanupDeferred)
	shifted.Strategy = ecs.StrategyBlueGreen
	for name, c := range map[string]struct {
		service ecs.Service
		want    string
	}{
		"two registries":  {ecs.Service{ServiceRegistries: []ecs.ServiceRegistry{registry, registry}}, "Multiple service registries are not supported"},
		"no ARN":          {ecs.Service{ServiceRegistries: but(func(r *ecs.ServiceRegistry) { r.RegistryARN = "srv-1" })}, "is not the ARN of an AWS Cloud Map service"},
		"port as well":    {ecs.Service{ServiceRegistries: but(func(r *ecs.ServiceRegistry) { r.Port = 80 })}, "but not both"},
		"bridge":          {ecs.Service{ServiceRegistries: but(func(r *ecs.ServiceRegistry) { r.ContainerName, r.ContainerPort = "", 0 })}, "When specifying 'host' or 'bridge' for networkMode"},
		"no container":    {ecs.Service{ServiceRegistries: but(func(r *ecs.ServiceRegistry) { r.ContainerName = "other" })}, "The container other does not exist"},
		"no port":         {ecs.Service{ServiceRegistries: but(func(r *ecs.ServiceRegistry) { r.ContainerPort = 81 })}, "did not have a container port 81"},
		"too many tasks":  {ecs.Service{DesiredCount: 1001, ServiceRegistries: []ecs.ServiceRegistry{registry}}, "can be at most 1000, but was 1001"},
		"too few healthy": {ecs.Service{DeploymentConfiguration: early(40, ecs.CleanupDeferred)}, "healthyPercent must be between minimumHealthyPercent, which is 50, and 100"},
		"no cleanup":      {ecs.Service{DeploymentConfiguration: early(80, "")}, "must be specified when earlySuccessCriteria is enabled"},
		"other cleanup":   {ecs.Service{DeploymentConfiguration: early(80, "SOON")}, "[BLOCKING,DEFERRED]"},
		"shifting":        {ecs.Service{DeploymentConfiguration: shifted}, "only valid when the deployment strategy is ROLLING"},
	} {
		t.Run(name, func(t *testing.T) {
			c.service.Name = "web"
			_, err := newBench(t, 1).apply(scheduler.Command{CreateService: &scheduler.CreateService{Service: c.service, TaskDefinition: definition(1)}})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// TestVolumesOfATask: a volume that is configured at launch is an attachment that
// lives with the task, and another volume for each task.
func TestVolumesOfATask(t *testing.T) {
	b := newBench(t, 1)
	run := scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Count: 2,
		VolumeConfigurations: `[{"name":"data","managedEBSVolume":{"roleArn":"arn:role","terminationPolicy":{"deleteOnTermination":false}}}]`}}
	ids := b.must(run).Tasks
	seen := map[string]bool{}
	for _, id := range ids {
		task, _ := b.Task(id)
		a := task.Attachments[0]
		if len(task.Attachments) != 1 || a.Type != ecs.AttachmentVolume || a.Status != ecs.AttachmentAttached || len(a.Details) != 4 {
			t.Fatalf("got %+v", task.Attachments)
		}
		seen[a.Details[3].Value] = true
		b.must(scheduler.Command{StopTask: &scheduler.StopTask{ID: id}})
		if task, _ = b.Task(id); task.Attachments[0].Status != ecs.AttachmentDetached {
			t.Errorf("a volume that is kept is %s", task.Attachments[0].Status)
		}
	}
	if len(seen) != 2 {
		t.Errorf("two tasks have the volumes %v", seen)
	}
}

// TestOverriddenGPUs: a RunTask may ask for other GPUs than the definition.
func TestOverriddenGPUs(t *testing.T) {
	b := newBench(t, 0)
	b.must(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: ecs.ContainerInstance{
		Registered: ecs.Resources{CPUUnits: 2048, MemoryMiB: 3900, GPUs: []string{"GPU-0", "GPU-1"}},
	}}})
	run := func(gpus string) scheduler.Outcome {
		return b.must(scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Overrides: &ecs.TaskOverride{
			Containers: []ecs.ContainerOverride{{Name: "app", ResourceRequirements: []ecs.ResourceRequirement{{Type: ecs.ResourceGPU, Value: gpus}}}},
		}}})
	}
	task, _ := b.Task(run("2").Tasks[0])
	if len(task.Containers[0].GPUIDs) != 2 {
		t.Errorf("got %v", task.Containers[0].GPUIDs)
	}
	if out := run("1"); len(out.Failures) != 1 || out.Failures[0].Reason != "RESOURCE:GPU" {
		t.Errorf("got %+v", out)
	}
}
