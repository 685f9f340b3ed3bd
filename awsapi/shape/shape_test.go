package shape_test

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"pgregory.net/rapid"

	"gantry/awsapi/shape"
	"gantry/ecs"
)

// thereAndBack is the property of the package: a noun that went out and came back is the same noun.
func thereAndBack[N, S any](t *testing.T, out func(N) S, back func(S) N) {
	t.Helper()
	t.Run(reflect.TypeFor[N]().Name(), func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) {
			noun := draw[N](t)
			if got := back(out(noun)); !reflect.DeepEqual(got, noun) {
				t.Fatalf("went out as\n%s\nand came back as\n%s", asJSON(noun), asJSON(got))
			}
		})
	})
}

func asJSON(v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func TestNounsComeBack(t *testing.T) {
	t.Parallel()
	thereAndBack(t, shape.TagToSDK, shape.TagFromSDK)
	thereAndBack(t, shape.FailureToSDK, shape.FailureFromSDK)
	thereAndBack(t, shape.AttributeToSDK, shape.AttributeFromSDK)
	thereAndBack(t, shape.PlacementConstraintToSDK, shape.PlacementConstraintFromSDK)
	thereAndBack(t, shape.PlacementStrategyToSDK, shape.PlacementStrategyFromSDK)
	thereAndBack(t, shape.CapacityProviderToSDK, shape.CapacityProviderFromSDK)
	thereAndBack(t, shape.ProviderToSDK, shape.ProviderFromSDK)
	thereAndBack(t, shape.LoadBalancerToSDK, shape.LoadBalancerFromSDK)
	thereAndBack(t, shape.ClusterToSDK, shape.ClusterFromSDK)
	thereAndBack(t, shape.SettingToSDK, shape.SettingFromSDK)
	thereAndBack(t, shape.ResourcesToSDK, shape.ResourcesFromSDK)
	thereAndBack(t, shape.ContainerInstanceToSDK, shape.ContainerInstanceFromSDK)
	thereAndBack(t, shape.ServiceToSDK, shape.ServiceFromSDK)
	thereAndBack(t, shape.ServiceEventToSDK, shape.ServiceEventFromSDK)
	thereAndBack(t, shape.DeploymentToSDK, shape.DeploymentFromSDK)
	thereAndBack(t, shape.ServiceDeploymentToSDK, shape.ServiceDeploymentFromSDK)
	thereAndBack(t, shape.TaskSetToSDK, shape.TaskSetFromSDK)
	thereAndBack(t, shape.ServiceRevisionToSDK, shape.ServiceRevisionFromSDK)
	thereAndBack(t, shape.TaskToSDK, shape.TaskFromSDK)
	thereAndBack(t, shape.ContainerToSDK, shape.ContainerFromSDK)
	thereAndBack(t, shape.NetworkBindingToSDK, shape.NetworkBindingFromSDK)
	thereAndBack(t, shape.AttachmentToSDK, shape.AttachmentFromSDK)
	thereAndBack(t, shape.ContainerDefinitionToSDK, shape.ContainerDefinitionFromSDK)
	thereAndBack(t, shape.RepositoryToSDK, shape.RepositoryFromSDK)
	// Pointers, arguments beside the struct, and a base.
	type overridden struct {
		Override *ecs.TaskOverride         `json:"override"`
		Network  *ecs.NetworkConfiguration `json:"network"`
	}
	type overriddenSDK struct {
		override *types.TaskOverride
		network  *types.NetworkConfiguration
	}
	thereAndBack(t, func(o overridden) overriddenSDK {
		return overriddenSDK{shape.TaskOverrideToSDK(o.Override), shape.NetworkConfigurationToSDK(o.Network)}
	}, func(o overriddenSDK) overridden {
		return overridden{shape.TaskOverrideFromSDK(o.override), shape.NetworkConfigurationFromSDK(o.network)}
	})
	thereAndBack(t, func(i ecs.Image) ecs.Image { return i },
		func(i ecs.Image) ecs.Image { return shape.ImageFromSDK(shape.ImageToSDK(i, "123456789012")) })
	type tagged struct {
		definition types.TaskDefinition
		tags       []types.Tag
	}
	thereAndBack(t, func(d ecs.TaskDefinition) tagged {
		return tagged{shape.TaskDefinitionToSDK(d), shape.List(d.Tags, shape.TagToSDK)}
	}, func(d tagged) ecs.TaskDefinition { return shape.TaskDefinitionFromSDK(d.definition, d.tags, nil) })
}

// TestListsThatAreAlwaysThere holds what Python clients index without asking: [] and not absent.
func TestListsThatAreAlwaysThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shape   any
		present []string
		absent  []string
	}{
		{shape.ServiceToSDK(ecs.Service{}),
			[]string{"LoadBalancers", "ServiceRegistries", "Deployments", "Events", "PlacementConstraints", "PlacementStrategy"},
			[]string{"CapacityProviderStrategy", "Tags", "NetworkConfiguration", "HealthCheckGracePeriodSeconds", "CreatedAt", "RoleArn"}},
		{shape.ClusterToSDK(ecs.Cluster{}),
			[]string{"Statistics", "Tags", "Settings", "CapacityProviders", "DefaultCapacityProviderStrategy"}, []string{"Configuration"}},
		{shape.TaskToSDK(ecs.Task{}), []string{"Containers", "Attachments", "Attributes", "Tags", "Overrides"},
			[]string{"StartedBy", "StoppedReason", "StoppedAt", "ContainerInstanceArn", "PlatformVersion"}},
		{shape.ContainerToSDK(ecs.Container{}), []string{"NetworkBindings", "NetworkInterfaces"}, []string{"ExitCode", "Reason", "GpuIds"}},
		{shape.ContainerInstanceToSDK(ecs.ContainerInstance{}),
			[]string{"RegisteredResources", "RemainingResources", "Attributes", "Attachments", "Tags", "VersionInfo"}, []string{"StatusReason"}},
		{shape.ServiceDeploymentToSDK(ecs.ServiceDeployment{}), []string{"SourceServiceRevisions", "DeploymentCircuitBreaker"},
			[]string{"TargetServiceRevision", "Rollback", "FinishedAt"}},
		{shape.ServiceRevisionToSDK(ecs.ServiceRevision{}), []string{"ContainerImages", "LoadBalancers", "ServiceRegistries"},
			[]string{"CapacityProviderStrategy", "NetworkConfiguration"}},
		{shape.TaskDefinitionToSDK(ecs.TaskDefinition{}), []string{"ContainerDefinitions", "Volumes", "PlacementConstraints"},
			[]string{"Cpu", "Memory", "RuntimePlatform", "DeregisteredAt"}},
		{shape.ContainerDefinitionToSDK(ecs.ContainerDefinition{}),
			[]string{"PortMappings", "Environment", "MountPoints", "VolumesFrom", "SystemControls", "Essential"},
			[]string{"Memory", "HealthCheck", "LogConfiguration", "DependsOn", "ResourceRequirements"}},
	} {
		v := reflect.ValueOf(c.shape)
		for _, name := range c.present {
			if v.FieldByName(name).IsNil() {
				t.Errorf("%T.%s is absent", c.shape, name)
			}
		}
		for _, name := range c.absent {
			if !v.FieldByName(name).IsNil() {
				t.Errorf("%T.%s is there", c.shape, name)
			}
		}
	}
}

func TestResources(t *testing.T) {
	t.Parallel()
	list := shape.ResourcesToSDK(ecs.Resources{CPUUnits: 2048, MemoryMiB: 3884, Ports: []int{22, 2376}, GPUs: []string{"GPU-0"}})
	var names []string
	for _, r := range list {
		names = append(names, *r.Name+" "+*r.Type)
	}
	want := []string{"CPU INTEGER", "MEMORY INTEGER", "PORTS STRINGSET", "PORTS_UDP STRINGSET", "GPU STRINGSET"}
	if !reflect.DeepEqual(names, want) {
		t.Errorf("got %v", names)
	}
	if !reflect.DeepEqual(list[2].StringSetValue, []string{"22", "2376"}) || list[3].StringSetValue == nil {
		t.Errorf("ports: %v and %v", list[2].StringSetValue, list[3].StringSetValue)
	}
	odd := shape.ResourcesFromSDK([]types.Resource{
		{Name: new("CPU"), Type: new("LONG"), LongValue: 4096},
		{Name: new("MEMORY"), Type: new("DOUBLE"), DoubleValue: 512.9},
		{Name: new("PORTS"), Type: new("STRINGSET"), StringSetValue: []string{"80", "http"}},
		{Name: new("NEURON_CORES")}, {},
	})
	if !reflect.DeepEqual(odd, ecs.Resources{CPUUnits: 4096, MemoryMiB: 512, Ports: []int{80}, PortsUDP: []int{}}) {
		t.Errorf("got %+v", odd)
	}
}

func TestTaskShowsItsContainersInOverridesAndInterfaces(t *testing.T) {
	t.Parallel()
	task := shape.TaskToSDK(ecs.Task{
		ARN:         "arn:aws:ecs:us-east-1:123456789012:task/c/1",
		Containers:  []ecs.Container{{Name: "web", PrivateIPv4: "10.0.0.7"}, {Name: "log"}},
		Attachments: []ecs.Attachment{{ID: "other", Type: "Service Connect"}, {ID: "eni-1", Type: "ElasticNetworkInterface"}},
	})
	overrides := task.Overrides.ContainerOverrides
	if len(overrides) != 2 || *overrides[0].Name != "web" || *overrides[1].Name != "log" {
		t.Errorf("overrides: %s", asJSON(overrides))
	}
	interfaces := task.Containers[0].NetworkInterfaces
	if len(interfaces) != 1 || *interfaces[0].AttachmentId != "eni-1" || *interfaces[0].PrivateIpv4Address != "10.0.0.7" {
		t.Errorf("interfaces: %s", asJSON(interfaces))
	}
	if len(task.Containers[1].NetworkInterfaces) != 0 || *task.Containers[1].TaskArn != *task.TaskArn {
		t.Errorf("second container: %s", asJSON(task.Containers[1]))
	}
	if back := shape.TaskFromSDK(task); back.Overrides != nil || back.ID != "1" {
		t.Errorf("came back with overrides %s and id %s", asJSON(back.Overrides), back.ID)
	}
}

func TestServiceFromCreateInput(t *testing.T) {
	t.Parallel()
	service := shape.ServiceFromCreateInput(sdk.CreateServiceInput{ServiceName: new("web"), TaskDefinition: new("web"), DesiredCount: new(int32(3))})
	if service.Name != "web" || service.TaskDefinition != "web" || service.DesiredCount != 3 ||
		service.SchedulingStrategy != ecs.Replica || service.DeploymentController != "ECS" || service.PropagateTags != "NONE" {
		t.Errorf("got %s", asJSON(service))
	}
	want := ecs.DeploymentConfiguration{MinimumHealthyPercent: 100, MaximumPercent: 200, Strategy: "ROLLING"}
	if !reflect.DeepEqual(service.DeploymentConfiguration, want) {
		t.Errorf("got %+v", service.DeploymentConfiguration)
	}
	daemon := shape.ServiceFromCreateInput(sdk.CreateServiceInput{SchedulingStrategy: types.SchedulingStrategyDaemon,
		DeploymentController:    &types.DeploymentController{Type: types.DeploymentControllerTypeExternal},
		PropagateTags:           types.PropagateTagsService,
		DeploymentConfiguration: &types.DeploymentConfiguration{DeploymentCircuitBreaker: &types.DeploymentCircuitBreaker{Enable: true}}})
	want = ecs.DeploymentConfiguration{MaximumPercent: 100, Strategy: "ROLLING", CircuitBreaker: ecs.CircuitBreaker{Enable: true}}
	if !reflect.DeepEqual(daemon.DeploymentConfiguration, want) || daemon.DeploymentController != "EXTERNAL" || daemon.PropagateTags != "SERVICE" {
		t.Errorf("got %s", asJSON(daemon))
	}
}

// TestDeploymentConfigurationKeepsWhatIsNotSaid: UpdateService changes only the members that it names.
func TestDeploymentConfigurationKeepsWhatIsNotSaid(t *testing.T) {
	t.Parallel()
	base := ecs.DeploymentConfiguration{MinimumHealthyPercent: 50, MaximumPercent: 150, BakeTimeInMinutes: 5, Strategy: "ROLLING",
		CircuitBreaker: ecs.CircuitBreaker{Enable: true, Rollback: true}}
	if got := shape.DeploymentConfigurationFromSDK(nil, base); !reflect.DeepEqual(got, base) {
		t.Errorf("got %+v", got)
	}
	got := shape.DeploymentConfigurationFromSDK(&types.DeploymentConfiguration{MinimumHealthyPercent: new(int32(0)), BakeTimeInMinutes: new(int32(0))}, base)
	want := base
	want.MinimumHealthyPercent, want.BakeTimeInMinutes = 0, 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestTaskDefinitionUnits(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][2]int{
		"1024": {1024, 1024}, "1 vCPU": {1024, 0}, ".25 vcpu": {256, 0}, "0.5vCPU": {512, 0},
		"2GB": {0, 2048}, "0.5 gb": {0, 512}, "": {0, 0}, "much": {0, 0}, "-1 vCPU": {0, 0}, "1e300 GB": {0, 0}, "NaN GB": {0, 0},
	} {
		got := shape.TaskDefinitionFromSDK(types.TaskDefinition{Cpu: &text, Memory: &text}, nil, nil)
		if got.CPUUnits != want[0] || got.MemoryMiB != want[1] {
			t.Errorf("%q: got %d units and %d MiB, want %v", text, got.CPUUnits, got.MemoryMiB, want)
		}
	}
}

// TestOverDocument: what the noun does not model stays, what registration adds is written over.
func TestOverDocument(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	document := types.TaskDefinition{Family: new("web"), PidMode: types.PidModeHost, Revision: 1, Status: types.TaskDefinitionStatusActive,
		ContainerDefinitions: []types.ContainerDefinition{{Name: new("a"), User: new("nobody")}}}
	got := shape.OverDocument(ecs.TaskDefinition{Family: "web", Revision: 7, Status: ecs.TaskDefinitionInactive, DeregisteredAt: at}, document)
	if got.PidMode != types.PidModeHost || *got.ContainerDefinitions[0].User != "nobody" || got.Revision != 7 ||
		got.Status != types.TaskDefinitionStatusInactive || !got.DeregisteredAt.Equal(at) {
		t.Errorf("got %s", asJSON(got))
	}
}

// TestRegisterInputHasEveryMember fails when a later SDK can register a member that our two functions would lose.
func TestRegisterInputHasEveryMember(t *testing.T) {
	t.Parallel()
	var in sdk.RegisterTaskDefinitionInput
	v := reflect.ValueOf(&in).Elem()
	for i := range v.NumField() {
		if field := v.Field(i); v.Type().Field(i).IsExported() {
			switch field.Kind() {
			case reflect.Pointer:
				field.Set(reflect.New(field.Type().Elem()))
			case reflect.Slice:
				field.Set(reflect.MakeSlice(field.Type(), 1, 1))
			case reflect.String:
				field.SetString("x")
			default:
				t.Fatalf("the test does not know %s", field.Type())
			}
		}
	}
	back := shape.RegisterInputFromTaskDefinition(shape.TaskDefinitionFromRegisterInput(in), in.Tags)
	if !reflect.DeepEqual(back, in) {
		t.Errorf("got %s\nwant %s", asJSON(back), asJSON(in))
	}
	if none := shape.RegisterInputFromTaskDefinition(types.TaskDefinition{}, []types.Tag{}); none.Tags != nil {
		t.Error("an empty list of tags was sent")
	}
}

func TestServiceDeploymentBrief(t *testing.T) {
	t.Parallel()
	brief := shape.ServiceDeploymentBrief(ecs.ServiceDeployment{ARN: "a", Status: ecs.ServiceDeploymentSuccessful,
		TargetServiceRevision: &ecs.ServiceRevisionSummary{ARN: "r"}})
	if *brief.ServiceDeploymentArn != "a" || *brief.TargetServiceRevisionArn != "r" || brief.Status != types.ServiceDeploymentStatusSuccessful {
		t.Errorf("got %s", asJSON(brief))
	}
}

// TestCountsStayInTheirBits: what does not fit on the wire becomes the nearest number that does.
func TestCountsStayInTheirBits(t *testing.T) {
	t.Parallel()
	s := shape.ServiceToSDK(ecs.Service{DesiredCount: 1 << 40, RunningCount: -1 << 40})
	if s.DesiredCount != 1<<31-1 || s.RunningCount != -1<<31 {
		t.Errorf("got %d and %d", s.DesiredCount, s.RunningCount)
	}
}
