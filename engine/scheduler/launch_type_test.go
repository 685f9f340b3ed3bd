package scheduler_test

import (
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// onFargate is a service of Fargate's launch type, or of a strategy if it has one.
func onFargate(name string, change func(*ecs.Service)) scheduler.Command {
	return with(create(name, 1), func(c *scheduler.CreateService) {
		c.TaskDefinition.NetworkMode, c.TaskDefinition.CPUUnits, c.TaskDefinition.MemoryMiB = ecs.NetworkAWSVPC, 256, 512
		c.Service.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-a"}}
		if change(&c.Service); len(c.Service.CapacityProviderStrategy) == 0 {
			c.Service.LaunchType = ecs.LaunchFargate
		}
	})
}

func strategyOf(provider string) []ecs.CapacityProviderStrategyItem {
	return []ecs.CapacityProviderStrategyItem{{CapacityProvider: provider, Weight: 1}}
}

// TestPlatformVersions: the service has the version that was asked for, LATEST if
// none was, with a strategy too. Its deployments and tasks have what that means,
// each as its own revision says.
func TestPlatformVersions(t *testing.T) {
	b := newBench(t, 0)
	b.must(associate(ecs.ProviderFargate, ecs.ProviderFargateSpot))
	b.must(onFargate("old", func(s *ecs.Service) { s.PlatformVersion = "1.3.0" }))
	b.must(onFargate("latest", func(*ecs.Service) {}))
	b.must(onFargate("spot", func(s *ecs.Service) { s.CapacityProviderStrategy = strategyOf("FARGATE_SPOT") }))
	b.wait(2 * time.Minute)
	for name, want := range map[ecs.ServiceName][2]string{"old": {"1.3.0", "1.3.0"}, "latest": {"LATEST", "1.4.0"}, "spot": {"LATEST", "1.4.0"}} {
		s, _ := b.Service(name)
		task, _ := b.Task(b.Tasks(scheduler.TaskFilter{Service: name})[0])
		if s.PlatformVersion != want[0] || s.Deployments[0].PlatformVersion != want[1] || task.PlatformVersion != want[1] {
			t.Errorf("%s: service %s, deployment %s, task %s", name, s.PlatformVersion, s.Deployments[0].PlatformVersion, task.PlatformVersion)
		}
	}
	one := onFargate("", func(*ecs.Service) {}).CreateService
	run := func(launch ecs.LaunchType, version string) scheduler.Command {
		return scheduler.Command{RunTask: &scheduler.RunTask{
			TaskDefinition: one.TaskDefinition, NetworkConfiguration: one.Service.NetworkConfiguration, LaunchType: launch, PlatformVersion: version,
		}}
	}
	for asked, want := range map[string]string{"": "1.4.0", "LATEST": "1.4.0", "1.3.0": "1.3.0"} {
		if task, _ := b.Task(b.must(run(ecs.LaunchFargate, asked)).Tasks[0]); task.PlatformVersion != want {
			t.Errorf("a task that was run with %q has %q, want %q", asked, task.PlatformVersion, want)
		}
	}
	b.refuses(run(ecs.LaunchEC2, "LATEST"), "The platform version must be null when specifying an EC2 launch type")
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "old", PlatformVersion: ptr("LATEST")}})
	b.wait(10 * time.Second)
	s, _ := b.Service("old")
	if len(s.Deployments) != 2 || s.Deployments[0].PlatformVersion != "1.4.0" || s.Deployments[1].PlatformVersion != "1.3.0" {
		t.Errorf("%+v", s.Deployments)
	}
}

// TestBackToTheLaunchType: an empty strategy gives a service the launch type back
// that it had, or the one that its providers stand for.
func TestBackToTheLaunchType(t *testing.T) {
	b := newBench(t, 2)
	b.must(associate(ecs.ProviderFargate, ecs.ProviderFargateSpot))
	b.must(onFargate("moved", func(*ecs.Service) {}))
	b.must(onFargate("born", func(s *ecs.Service) { s.CapacityProviderStrategy = strategyOf("FARGATE") }))
	change := func(name ecs.ServiceName, to []ecs.CapacityProviderStrategyItem) scheduler.Command {
		return scheduler.Command{UpdateService: &scheduler.UpdateService{Name: name, CapacityProviderStrategy: &to, ForceNewDeployment: true}}
	}
	b.must(change("moved", strategyOf("FARGATE_SPOT")))
	unforced := change("moved", strategyOf("FARGATE"))
	unforced.UpdateService.ForceNewDeployment = false
	b.refuses(unforced, "you must force a new deployment")
	loaded, err := scheduler.Load(save(t, b.Cluster))
	if err != nil {
		t.Fatal(err)
	}
	b.Cluster = loaded
	for _, name := range []ecs.ServiceName{"moved", "born"} {
		b.must(change(name, nil))
		b.wait(2 * time.Minute)
		if s, _ := b.Service(name); s.LaunchType != ecs.LaunchFargate || len(s.CapacityProviderStrategy) != 0 || s.PlatformVersion != "LATEST" || s.RunningCount != 1 {
			t.Errorf("%s: launch type %q, strategy %v, platform %q, %d running", name, s.LaunchType, s.CapacityProviderStrategy, s.PlatformVersion, s.RunningCount)
		}
	}
	b.must(with(create("web", 1), func(c *scheduler.CreateService) { // and to EC2, which has no platform version
		c.TaskDefinition.NetworkMode = ecs.NetworkAWSVPC
		c.Service.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-a"}}
	}))
	b.must(change("web", strategyOf("FARGATE")))
	b.must(change("web", nil))
	if s, _ := b.Service("web"); s.LaunchType != ecs.LaunchEC2 || s.PlatformVersion != "" || s.Deployments[0].PlatformVersion != "" {
		t.Errorf("launch type %q, platform %q", s.LaunchType, s.PlatformVersion)
	}
}

// TestCreatedAgainOnAStrategy: a service of a state in which strategies had no
// platform version yet is the one that the same request asks for.
func TestCreatedAgainOnAStrategy(t *testing.T) {
	spot := onFargate("spot", func(s *ecs.Service) { s.CapacityProviderStrategy = strategyOf("FARGATE_SPOT") })
	b := newBench(t, 0)
	b.must(associate(ecs.ProviderFargateSpot))
	b.must(spot)
	before := string(save(t, b.Cluster))
	older := strings.ReplaceAll(before, `"platformVersion":"LATEST"`, `"platformVersion":""`)
	loaded, err := scheduler.Load([]byte(older))
	if err != nil || older == before {
		t.Fatal(err)
	}
	b.Cluster = loaded
	b.must(spot)
	b.wait(time.Minute)
	if s, _ := b.Service("spot"); len(s.Deployments) != 1 || s.Deployments[0].PlatformVersion != "1.4.0" {
		t.Errorf("%+v", s.Deployments)
	}
}
