package scheduler_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

var birth = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

// bench is a cluster with a clock, and an agent that does at once what the
// scheduler decides.
type bench struct {
	t *testing.T
	*scheduler.Cluster
	now time.Time
}

func newBench(t *testing.T, instances int) *bench {
	b := &bench{t: t, now: birth, Cluster: scheduler.New(scheduler.Config{
		Scope: ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"}, Name: "default", Seed: 7,
		SubnetZones: map[string]string{"subnet-a": "us-east-1a", "subnet-b": "us-east-1b"},
	})}
	for i := range instances {
		b.must(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: ecs.ContainerInstance{
			Registered: ecs.Resources{CPUUnits: 2048, MemoryMiB: 3900, ENIs: 2},
			Attributes: []ecs.Attribute{{Name: ecs.AttributeAvailabilityZone, Value: fmt.Sprintf("us-east-1%c", 'a'+i%2)}},
		}}})
	}
	return b
}

func (b *bench) apply(cmd scheduler.Command) (scheduler.Outcome, error) {
	out, err := b.Apply(b.now, cmd)
	b.obey(out.Decisions)
	return out, err
}

func (b *bench) must(cmd scheduler.Command) scheduler.Outcome {
	b.t.Helper()
	out, err := b.apply(cmd)
	if err != nil {
		b.t.Fatalf("%+v: %v", cmd, err)
	}
	return out
}

// obey runs and stops tasks at once.
func (b *bench) obey(decisions []scheduler.Decision) {
	for _, d := range decisions {
		switch {
		case d.Start != "":
			b.must(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: d.Start, Status: ecs.TaskRunning}})
		case d.Stop != "":
			b.must(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: d.Stop, Status: ecs.TaskStopped}})
		}
	}
}

func (b *bench) wait(d time.Duration) {
	end := b.now.Add(d)
	for {
		at, _, ok := b.Next()
		if !ok || at.After(end) {
			break
		}
		b.now = at
		b.obey(b.Advance(at))
	}
	b.now = end
	b.obey(b.Advance(end))
}

func definition(revision int) ecs.TaskDefinition {
	return ecs.TaskDefinition{
		ARN: ecs.ARN(fmt.Sprintf("arn:aws:ecs:us-east-1:123456789012:task-definition/web:%d", revision)), Family: "web", Revision: revision,
		Containers: []ecs.ContainerDefinition{{Name: "app", Image: "nginx", CPUUnits: 256, MemoryMiB: 256, Essential: true,
			PortMappings: []ecs.PortMapping{{ContainerPort: 80}}}},
	}
}

func create(name string, desired int) scheduler.Command {
	return scheduler.Command{CreateService: &scheduler.CreateService{
		Service:        ecs.Service{Name: ecs.ServiceName(name), DesiredCount: desired},
		TaskDefinition: definition(1),
	}}
}

func with(cmd scheduler.Command, change func(*scheduler.CreateService)) scheduler.Command {
	change(cmd.CreateService)
	return cmd
}

func ptr[T any](v T) *T { return &v }

// TestRefusals: each refusal has ECS's code and words and changes nothing.
func TestRefusals(t *testing.T) {
	awsvpc := definition(9)
	awsvpc.NetworkMode = ecs.NetworkAWSVPC
	service := func(change func(*ecs.Service)) scheduler.Command {
		return with(create("new", 1), func(c *scheduler.CreateService) { change(&c.Service) })
	}
	config := func(minimum, maximum int) func(*ecs.Service) {
		return func(s *ecs.Service) {
			s.DeploymentConfiguration = ecs.DeploymentConfiguration{MinimumHealthyPercent: minimum, MaximumPercent: maximum}
		}
	}
	cases := []struct {
		name, code, message string
		cmd                 scheduler.Command
	}{
		{"same name, other count", ecs.CodeInvalidParameter, "Creation of service was not idempotent.", create("web", 3)},
		{"100/100", ecs.CodeInvalidParameter, "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments", service(config(100, 100))},
		{"minimum above 100", ecs.CodeInvalidParameter, "minimumHealthyPercent must be at most 100", service(config(101, 200))},
		{"negative count", ecs.CodeInvalidParameter, "The desired count must be between 0 and 5000, but was -1.", service(func(s *ecs.Service) { s.DesiredCount = -1 })},
		{"daemon with a count", ecs.CodeInvalidParameter, "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again",
			service(func(s *ecs.Service) { s.SchedulingStrategy = ecs.Daemon })},
		{"daemon above 100", ecs.CodeInvalidParameter, "The daemon scheduling strategy does not support values above 100 for maximumPercent on a deployment configuration. Change the maximumPercent value to 100, and try again",
			service(func(s *ecs.Service) { config(0, 200)(s); s.SchedulingStrategy, s.DesiredCount = ecs.Daemon, 0 })},
		{"daemon with a strategy", ecs.CodeInvalidParameter, "The daemon scheduling strategy does not support placement strategies. Remove the placement strategy and try again",
			service(func(s *ecs.Service) {
				s.SchedulingStrategy, s.DesiredCount, s.PlacementStrategy = ecs.Daemon, 0, []ecs.PlacementStrategy{{Type: ecs.Random}}
			})},
		{"launch type", ecs.CodeInvalidParameter, "launch type should be one of [EC2,FARGATE,EXTERNAL]", service(func(s *ecs.Service) { s.LaunchType = "MOON" })},
		{"binpack field", ecs.CodeInvalidParameter, "binpack field 'disk' is invalid",
			service(func(s *ecs.Service) {
				s.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "disk"}}
			})},
		{"container of a load balancer", ecs.CodeInvalidParameter, "The container db does not exist in the task definition.",
			service(func(s *ecs.Service) { s.LoadBalancers = []ecs.LoadBalancer{{ContainerName: "db", ContainerPort: 80}} })},
		{"port of a load balancer", ecs.CodeInvalidParameter, "The container app did not have a container port 81 defined.",
			service(func(s *ecs.Service) { s.LoadBalancers = []ecs.LoadBalancer{{ContainerName: "app", ContainerPort: 81}} })},
		{"network for bridge", ecs.CodeInvalidParameter, "Network Configuration is not valid for the given networkMode of this task definition.",
			service(func(s *ecs.Service) {
				s.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-a"}}
			})},
		{"awsvpc without network", ecs.CodeInvalidParameter, "Network Configuration must be provided when networkMode 'awsvpc' is specified.",
			with(create("new", 1), func(c *scheduler.CreateService) { c.TaskDefinition = awsvpc })},
		{"unknown subnet", ecs.CodeInvalidParameter, "Error retrieving subnet information for [subnet-x]: The subnet ID 'subnet-x' does not exist (ErrorCode: InvalidSubnetID.NotFound)",
			with(create("new", 1), func(c *scheduler.CreateService) {
				c.TaskDefinition = awsvpc
				c.Service.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-x"}}
			})},
		{"update of a missing service", ecs.CodeServiceNotFound, "Service not found.", scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "none"}}},
		{"update to 100/100", ecs.CodeInvalidParameter, "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments",
			scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(9), DeploymentConfiguration: &ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 100}}}},
		{"delete above 0", ecs.CodeInvalidParameter, "The service cannot be stopped while it is scaled above 0.", scheduler.Command{DeleteService: &scheduler.DeleteService{Name: "web"}}},
		{"delete of a missing service", ecs.CodeServiceNotFound, "Service not found.", scheduler.Command{DeleteService: &scheduler.DeleteService{Name: "none"}}},
		{"eleven tasks", ecs.CodeInvalidParameter, "count should be between 1 and 10, but was 11.", scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Count: 11}}},
		{"group of a service", ecs.CodeInvalidParameter, "The group of a task that no service starts can not begin with service:.",
			scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Group: "service:web"}}},
		{"group of 256 characters", ecs.CodeInvalidParameter, "The group of a task can have at most 255 characters, but has 256. Give it a shorter name.",
			scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Group: strings.Repeat("ü", 256)}}},
		{"cpu of the task in words", ecs.CodeInvalidParameter, `Invalid 'cpu' setting for task: the override is "abc". Give CPU units (256) or vCPUs (.25 vCPU).`,
			scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Overrides: &ecs.TaskOverride{CPU: "abc"}}}},
		{"fewer GPUs than none", ecs.CodeInvalidParameter, `Override for container app: the value of a resource requirement of type GPU is "-3". Give a number of GPUs.`,
			scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Overrides: &ecs.TaskOverride{Containers: []ecs.ContainerOverride{{
				Name: "app", ResourceRequirements: []ecs.ResourceRequirement{{Type: ecs.ResourceGPU, Value: "-3"}},
			}}}}}},
		{"memory of the task below zero", ecs.CodeInvalidParameter, `Invalid 'memory' setting for task: the override is "-5". Give MiB (512) or GB (0.5 GB).`,
			scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Overrides: &ecs.TaskOverride{Memory: "-5"}}}},
		{"override of no container", ecs.CodeInvalidParameter, "Override for container named x is not a container in the TaskDefinition.",
			scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1), Overrides: &ecs.TaskOverride{Containers: []ecs.ContainerOverride{{Name: "x"}}}}}},
		{"stop of a missing task", ecs.CodeInvalidParameter, "The referenced task was not found.", scheduler.Command{StopTask: &scheduler.StopTask{ID: "none"}}},
		{"status of an instance", ecs.CodeInvalidParameter, "Container instance status should be one of [ACTIVE, DRAINING]",
			scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{Status: "GONE"}}},
		{"attributes of a missing instance", ecs.CodeTargetNotFound, "Could not find none", scheduler.Command{PutAttributes: &scheduler.PutAttributes{ID: "none"}}},
		{"missing service deployment", "ServiceDeploymentNotFoundException", "Service deployment not found.", scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: "arn:x"}}},
		{"daemon with providers", ecs.CodeInvalidParameter, "Specifying a capacity provider strategy is not supported when you create a service using the DAEMON scheduling strategy.",
			service(func(s *ecs.Service) {
				s.SchedulingStrategy, s.DesiredCount = ecs.Daemon, 0
				s.CapacityProviderStrategy = []ecs.CapacityProviderStrategyItem{{CapacityProvider: "cp", Weight: 1}}
			})},
		{"no name", ecs.CodeInvalidParameter, "The service name can not be blank. Give it up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens.", create("", 1)},
		{"deployment controller", "UnsupportedFeatureException", "The deployment controller CODE_DEPLOY is not supported. Use ECS, or EXTERNAL and make its deployments with CreateTaskSet.",
			service(func(s *ecs.Service) { s.DeploymentController = "CODE_DEPLOY" })},
		{"grace period", ecs.CodeInvalidParameter, "healthCheckGracePeriodSeconds must be between 0 and 2147483647",
			service(func(s *ecs.Service) { s.HealthCheckGracePeriod = ecs.Seconds(-5 * time.Second) })},
		{"rebalancing", ecs.CodeInvalidParameter, "availabilityZoneRebalancing should be one of [ENABLED,DISABLED]",
			service(func(s *ecs.Service) { s.AvailabilityZoneRebalancing = "FOO" })},
		{"scheduling strategy", ecs.CodeInvalidParameter, "schedulingStrategy should be one of [REPLICA,DAEMON]",
			service(func(s *ecs.Service) { s.SchedulingStrategy = "FOO" })},
		{"seven target groups", ecs.CodeInvalidParameter, "loadBalancers can have at most 5 items, but has 7.",
			service(func(s *ecs.Service) {
				for range 7 {
					s.LoadBalancers = append(s.LoadBalancers, ecs.LoadBalancer{TargetGroupARN: "arn:tg", ContainerName: "app", ContainerPort: 80})
				}
			})},
		{"100/100 from outside", ecs.CodeInvalidParameter, "Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments",
			scheduler.Command{CreateService: &scheduler.CreateService{Service: ecs.Service{Name: "out", DeploymentController: ecs.ControllerExternal,
				DeploymentConfiguration: ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 100}}}}},
		{"two things", ecs.CodeInvalidParameter, "the command asks for more than one thing: send one for each",
			scheduler.Command{StopTask: &scheduler.StopTask{}, SetZone: &scheduler.SetZone{}}},
		{"news and something else", ecs.CodeInvalidParameter, "the command asks for more than one thing: send one for each",
			scheduler.Command{ChangeTask: &scheduler.ChangeTask{}, SetZone: &scheduler.SetZone{}}},
		{"nothing", ecs.CodeInvalidParameter, "the command is empty", scheduler.Command{}},
	}
	b := newBench(t, 2)
	b.must(create("web", 2))
	b.wait(time.Minute)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			before, err := b.Save()
			if err != nil {
				t.Fatal(err)
			}
			_, refused := b.apply(c.cmd)
			var e *ecs.Error
			if !errors.As(refused, &e) || e.Code != c.code || e.Message != c.message {
				t.Errorf("got %#v, want %s %q", refused, c.code, c.message)
			}
			after, err := b.Save()
			if err != nil || !bytes.Equal(before, after) {
				t.Errorf("the refusal changed something (%v)", err)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	b := newBench(t, 1)
	b.must(create("web", 1))
	b.must(with(create("packed", 1), func(c *scheduler.CreateService) {
		c.Service.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "memory"}}
	}))
	b.must(with(create("agent", 0), func(c *scheduler.CreateService) { c.Service.SchedulingStrategy = ecs.Daemon }))
	b.must(with(create("spread", 1), func(c *scheduler.CreateService) {
		c.Service.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Spread, Field: "attribute:ecs.availability-zone"}}
	}))
	for name, want := range map[ecs.ServiceName]struct {
		minimum, maximum int
		rebalancing      string
	}{"web": {100, 200, "ENABLED"}, "packed": {100, 200, "DISABLED"}, "agent": {0, 100, "DISABLED"}, "spread": {100, 200, "ENABLED"}} {
		s, _ := b.Service(name)
		d := s.DeploymentConfiguration
		if d.MinimumHealthyPercent != want.minimum || d.MaximumPercent != want.maximum || s.AvailabilityZoneRebalancing != want.rebalancing {
			t.Errorf("%s: %d/%d, rebalancing %s", name, d.MinimumHealthyPercent, d.MaximumPercent, s.AvailabilityZoneRebalancing)
		}
		if s.LaunchType != ecs.LaunchEC2 || s.DeploymentController != "ECS" || s.PropagateTags != "NONE" || s.PlacementConstraints == nil || s.LoadBalancers == nil {
			t.Errorf("%s: %+v", name, s)
		}
	}
	b.must(create("web", 1)) // the same request again changes nothing
	if s, _ := b.Service("web"); len(s.Deployments) != 1 {
		t.Errorf("creating it again left %d deployments", len(s.Deployments))
	}
}

// TestWhatStartsADeployment is ECS semantics 4.12.
func TestWhatStartsADeployment(t *testing.T) {
	for _, c := range []struct {
		name    string
		update  scheduler.UpdateService
		deploys bool
	}{
		{"task definition", scheduler.UpdateService{TaskDefinition: ptr(definition(2))}, true},
		{"same task definition", scheduler.UpdateService{TaskDefinition: ptr(definition(1))}, false},
		{"force", scheduler.UpdateService{ForceNewDeployment: true}, true},
		{"load balancers", scheduler.UpdateService{LoadBalancers: &[]ecs.LoadBalancer{{TargetGroupARN: "arn:tg", ContainerName: "app", ContainerPort: 80}}}, true},
		{"desired count", scheduler.UpdateService{DesiredCount: ptr(3)}, false},
		{"deployment configuration", scheduler.UpdateService{DeploymentConfiguration: &ecs.DeploymentConfiguration{MinimumHealthyPercent: 50, MaximumPercent: 150}}, false},
		{"placement strategy", scheduler.UpdateService{PlacementStrategy: &[]ecs.PlacementStrategy{{Type: ecs.Random}}, AvailabilityZoneRebalancing: ptr("DISABLED")}, false},
		{"placement constraints", scheduler.UpdateService{PlacementConstraints: &[]ecs.PlacementConstraint{{Type: ecs.DistinctInstance}}}, false},
		{"grace period", scheduler.UpdateService{HealthCheckGracePeriod: ptr(ecs.Seconds(time.Minute))}, false},
		{"rebalancing", scheduler.UpdateService{AvailabilityZoneRebalancing: ptr("DISABLED")}, false},
		{"execute command", scheduler.UpdateService{EnableExecuteCommand: ptr(true)}, false},
		{"tags", scheduler.UpdateService{PropagateTags: ptr("SERVICE"), EnableECSManagedTags: ptr(true)}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, 2)
			b.must(create("web", 2))
			b.wait(2 * time.Minute)
			first, _ := b.Service("web")
			c.update.Name = "web"
			b.must(scheduler.Command{UpdateService: &c.update})
			s, _ := b.Service("web")
			if got := s.PrimaryDeployment().ID != first.PrimaryDeployment().ID; got != c.deploys {
				t.Errorf("a deployment started: %v, want %v", got, c.deploys)
			}
			if got := len(b.ServiceDeployments("web")); got != map[bool]int{false: 1, true: 2}[c.deploys] {
				t.Errorf("there are %d service deployments", got)
			}
			b.wait(10 * time.Minute)
			s, _ = b.Service("web")
			if p := s.PrimaryDeployment(); p.RolloutState != ecs.RolloutCompleted || len(s.Deployments) != 1 || s.RunningCount != s.DesiredCount {
				t.Errorf("it did not settle: %+v", s.Deployments)
			}
		})
	}
}

func TestStandaloneTasks(t *testing.T) {
	b := newBench(t, 0)
	_, err := b.apply(scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: definition(1)}})
	if err == nil || err.Error() != "No Container Instances were found in your cluster." {
		t.Errorf("without instances: %v", err)
	}
	b = newBench(t, 2)
	big := definition(1)
	big.Containers[0].MemoryMiB = 3000
	out := b.must(scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: big, Count: 3}})
	if len(out.Tasks) != 2 || len(out.Failures) != 2 || out.Failures[0].Reason != "RESOURCE:MEMORY" {
		t.Errorf("three that fill an instance each, on two: %+v", out)
	}
	task, _ := b.Task(out.Tasks[0])
	if task.Group != "family:web" || task.LastStatus != ecs.TaskRunning || task.Memory != "3000" || task.Containers[0].RuntimeID != "" {
		t.Errorf("%+v", task)
	}
	all, _ := b.Instances(scheduler.InstanceFilter{Expression: "attribute:ecs.availability-zone == us-east-1a"})
	if len(all) != 1 {
		t.Fatalf("the filter chose %v", all)
	}
	out = b.must(scheduler.Command{StartTask: &scheduler.StartTask{TaskDefinition: definition(1), Instances: []ecs.ContainerInstanceID{all[0], "none"}}})
	if len(out.Tasks) != 1 || len(out.Failures) != 1 || out.Failures[0].Reason != "MISSING" {
		t.Errorf("%+v", out)
	}
	b.must(scheduler.Command{StopTask: &scheduler.StopTask{ID: out.Tasks[0]}})
	task, _ = b.Task(out.Tasks[0])
	if task.StopCode != ecs.UserInitiated || task.StoppedReason != "Task stopped by user" || task.LastStatus != ecs.TaskStopped {
		t.Errorf("%s %q %s", task.StopCode, task.StoppedReason, task.LastStatus)
	}
	b.wait(61 * time.Minute)
	if _, ok := b.Task(out.Tasks[0]); ok {
		t.Error("the stopped task is still kept after an hour")
	}
}

func TestFargate(t *testing.T) {
	b := newBench(t, 0)
	def := definition(1)
	def.NetworkMode, def.CPUUnits, def.MemoryMiB = ecs.NetworkAWSVPC, 256, 512
	b.must(with(create("web", 4), func(c *scheduler.CreateService) {
		c.TaskDefinition = def
		c.Service.LaunchType = ecs.LaunchFargate
		c.Service.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-a", "subnet-b"}, AssignPublicIP: "ENABLED"}
	}))
	b.wait(2 * time.Minute)
	zones := map[string]int{}
	for _, id := range b.Tasks(scheduler.TaskFilter{Service: "web"}) {
		task, _ := b.Task(id)
		zones[task.AvailabilityZone]++
		if task.ContainerInstanceARN != "" || task.PlatformVersion != "1.4.0" || len(task.Attachments) != 1 || task.Containers[0].PrivateIPv4 == "" {
			t.Errorf("%+v", task)
		}
	}
	if zones["us-east-1a"] != 2 || zones["us-east-1b"] != 2 {
		t.Errorf("the zones have %v", zones)
	}
}

// TestProvidersTakeTheLaunchTypesPlace: what an update says of capacity providers
// is checked as at creation, and then holds.
func TestProvidersTakeTheLaunchTypesPlace(t *testing.T) {
	fargate := []ecs.CapacityProviderStrategyItem{{CapacityProvider: "FARGATE", Weight: 1}}
	b := newBench(t, 2)
	bridge := definition(1)
	bridge.Compatibilities = []string{"EC2", "EXTERNAL"}
	b.must(with(create("web", 1), func(c *scheduler.CreateService) { c.TaskDefinition = bridge }))
	_, err := b.Apply(b.now, scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", CapacityProviderStrategy: &fargate, ForceNewDeployment: true}})
	if err == nil || !strings.Contains(err.Error(), "a capacity provider that is not associated with the cluster") {
		t.Errorf("a service gets a provider that the cluster is not associated with: %v", err)
	}
	b.must(associate(ecs.ProviderFargate))
	_, err = b.Apply(b.now, scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", CapacityProviderStrategy: &fargate, ForceNewDeployment: true}})
	if err == nil || err.Error() != "Task definition does not support launch_type FARGATE." {
		t.Errorf("a bridge task may move to Fargate: %v", err)
	}
	def := definition(2)
	def.NetworkMode, def.CPUUnits, def.MemoryMiB, def.Compatibilities = ecs.NetworkAWSVPC, 256, 512, []string{"EC2", "FARGATE"}
	b.must(with(create("net", 1), func(c *scheduler.CreateService) {
		c.TaskDefinition = def
		c.Service.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-a"}}
		c.Service.EnableECSManagedTags = true
	}))
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "net", CapacityProviderStrategy: &fargate, ForceNewDeployment: true}})
	b.wait(3 * time.Minute)
	service, _ := b.Service("net")
	if service.LaunchType != "" || len(service.CapacityProviderStrategy) != 1 || service.RunningCount != 1 {
		t.Errorf("launch type %q, strategy %v, %d running", service.LaunchType, service.CapacityProviderStrategy, service.RunningCount)
	}
	for _, id := range b.Tasks(scheduler.TaskFilter{Service: "net", DesiredStatus: ecs.TaskRunning}) {
		task, _ := b.Task(id)
		if task.ContainerInstanceARN != "" {
			t.Errorf("the task still runs on %s", task.ContainerInstanceARN)
		}
		if want := (ecs.Tag{Key: "aws:ecs:serviceName", Value: "net"}); !slices.Contains(task.Tags, want) {
			t.Errorf("tags %v lack %v", task.Tags, want)
		}
	}
}

func TestEventsAreKeptAHundred(t *testing.T) {
	b := newBench(t, 1)
	b.must(create("web", 0))
	for i := range 120 {
		b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(1 + i%2)}})
		b.wait(2 * time.Minute)
	}
	s, _ := b.Service("web")
	if len(s.Events) != 100 {
		t.Errorf("%d events are kept", len(s.Events))
	}
	for i := 1; i < len(s.Events); i++ {
		if s.Events[i].CreatedAt.After(s.Events[i-1].CreatedAt) {
			t.Fatal("events are not newest first")
		}
	}
}

func TestLoadRefusesWhatIsBroken(t *testing.T) {
	b := newBench(t, 1)
	b.must(create("web", 1))
	b.wait(time.Minute)
	data, err := b.Save()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, old, text string }{
		{"half", string(data[len(data)/2:]), ""},
		{"version", `"version":2`, `"version":3`},
		{"member", `"seq"`, `"sequence"`},
		{"definition", `"taskDefinitionArn":"arn:aws:ecs:us-east-1:123456789012:task-definition/web:1","family"`, `"taskDefinitionArn":"other","family"`},
		{"revision", `"revision":"arn:`, `"revision":"brn:`},
	} {
		text := strings.Replace(string(data), c.old, c.text, 1)
		if text == string(data) {
			t.Errorf("%s: nothing to break", c.name)
		}
		if _, err := scheduler.Load([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), "load cluster: ") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestServicesDoNotDisturbEachOther: two runs that differ in one service agree
// on the ids of the others.
func TestServicesDoNotDisturbEachOther(t *testing.T) {
	ids := func(other bool) []ecs.TaskID {
		b := newBench(t, 2)
		if other {
			b.must(create("api", 3))
		}
		b.must(create("web", 2))
		b.wait(time.Minute)
		return b.Tasks(scheduler.TaskFilter{Service: "web"})
	}
	if a, b := fmt.Sprint(ids(false)), fmt.Sprint(ids(true)); a != b {
		t.Errorf("web's tasks are %s alone and %s beside api", a, b)
	}
}

// TestSuperseded: the history says which service deployment took the place of one
// that had not ended yet.
func TestSuperseded(t *testing.T) {
	b := newBench(t, 2)
	b.must(create("web", 1))
	second := definition(2)
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: &second}})
	b.wait(5 * time.Minute)
	history := b.ServiceDeployments("web")
	if len(history) != 2 || history[0].SupersededBy != "" || history[1].SupersededBy != history[0].ARN || history[1].Status != ecs.ServiceDeploymentStopped {
		t.Errorf("%+v", history)
	}
}
