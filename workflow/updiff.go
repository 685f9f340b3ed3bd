package workflow

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// member is one member of a service's document that a project may name.
type member struct {
	name  string
	named bool
	same  bool
	set   func(*awsecs.UpdateServiceInput) // nil where ECS cannot change it
}

// updateFor is the request that makes the service what the document says, with the
// members that differ. What the document does not name stays as it is. Fixed are the
// members that differ and cannot be changed.
func updateFor(there *ecs.Service, in *awsecs.CreateServiceInput) (update *awsecs.UpdateServiceInput, differs, fixed []string) {
	update = &awsecs.UpdateServiceInput{Cluster: in.Cluster, Service: in.ServiceName}
	for _, m := range slices.Concat(coreMembers(there, in), placementMembers(there, in), otherMembers(there, in)) {
		switch {
		case !m.named || m.same:
		case m.set == nil:
			fixed = append(fixed, m.name)
		default:
			differs = append(differs, m.name)
			m.set(update)
		}
	}
	return update, differs, fixed
}

func coreMembers(there *ecs.Service, in *awsecs.CreateServiceInput) []member {
	return []member{
		{
			"taskDefinition", in.TaskDefinition != nil, aws.ToString(in.TaskDefinition) == string(there.TaskDefinition),
			func(u *awsecs.UpdateServiceInput) { u.TaskDefinition = in.TaskDefinition },
		},
		{
			"desiredCount", in.DesiredCount != nil, int(aws.ToInt32(in.DesiredCount)) == there.DesiredCount,
			func(u *awsecs.UpdateServiceInput) { u.DesiredCount = in.DesiredCount },
		},
		{
			"deploymentConfiguration", in.DeploymentConfiguration != nil, sameBounds(there.DeploymentConfiguration, in.DeploymentConfiguration),
			func(u *awsecs.UpdateServiceInput) { u.DeploymentConfiguration = in.DeploymentConfiguration },
		},
		{"launchType", in.LaunchType != "", string(in.LaunchType) == string(there.LaunchType), nil},
		{"schedulingStrategy", in.SchedulingStrategy != "", string(in.SchedulingStrategy) == string(there.SchedulingStrategy), nil},
		{
			"deploymentController", in.DeploymentController != nil && in.DeploymentController.Type != "",
			in.DeploymentController != nil && sameController(there.DeploymentController, in.DeploymentController.Type), nil,
		},
	}
}

func placementMembers(there *ecs.Service, in *awsecs.CreateServiceInput) []member {
	constraints := make([]ecs.PlacementConstraint, len(in.PlacementConstraints))
	for i, c := range in.PlacementConstraints {
		constraints[i] = ecs.PlacementConstraint{Type: ecs.PlacementConstraintType(c.Type), Expression: aws.ToString(c.Expression)}
	}
	strategy := make([]ecs.PlacementStrategy, len(in.PlacementStrategy))
	for i, s := range in.PlacementStrategy {
		strategy[i] = ecs.PlacementStrategy{Type: ecs.PlacementStrategyType(s.Type), Field: aws.ToString(s.Field)}
	}
	providers := make([]ecs.CapacityProviderStrategyItem, len(in.CapacityProviderStrategy))
	for i, p := range in.CapacityProviderStrategy {
		providers[i] = ecs.CapacityProviderStrategyItem{CapacityProvider: aws.ToString(p.CapacityProvider), Base: int(p.Base), Weight: int(p.Weight)}
	}
	return []member{
		{
			"placementConstraints", in.PlacementConstraints != nil, slices.Equal(constraints, there.PlacementConstraints),
			func(u *awsecs.UpdateServiceInput) { u.PlacementConstraints = in.PlacementConstraints },
		},
		{
			"placementStrategy", in.PlacementStrategy != nil, slices.EqualFunc(strategy, there.PlacementStrategy, sameStrategy),
			func(u *awsecs.UpdateServiceInput) { u.PlacementStrategy = in.PlacementStrategy },
		},
		{
			"capacityProviderStrategy", in.CapacityProviderStrategy != nil, slices.Equal(providers, there.CapacityProviderStrategy),
			func(u *awsecs.UpdateServiceInput) { // which ECS takes with a new deployment only
				u.CapacityProviderStrategy, u.ForceNewDeployment = in.CapacityProviderStrategy, true
			},
		},
		{
			"availabilityZoneRebalancing", in.AvailabilityZoneRebalancing != "",
			string(in.AvailabilityZoneRebalancing) == there.AvailabilityZoneRebalancing,
			func(u *awsecs.UpdateServiceInput) { u.AvailabilityZoneRebalancing = in.AvailabilityZoneRebalancing },
		},
	}
}

func otherMembers(there *ecs.Service, in *awsecs.CreateServiceInput) []member {
	grace := time.Duration(aws.ToInt32(in.HealthCheckGracePeriodSeconds)) * time.Second
	return []member{
		{
			"networkConfiguration", in.NetworkConfiguration != nil, sameNetwork(there.NetworkConfiguration, in.NetworkConfiguration),
			func(u *awsecs.UpdateServiceInput) { u.NetworkConfiguration = in.NetworkConfiguration },
		},
		{
			"platformVersion", in.PlatformVersion != nil, aws.ToString(in.PlatformVersion) == there.PlatformVersion,
			func(u *awsecs.UpdateServiceInput) { u.PlatformVersion = in.PlatformVersion },
		},
		{
			"loadBalancers", in.LoadBalancers != nil, slices.EqualFunc(balancers(in.LoadBalancers), there.LoadBalancers, ecs.LoadBalancer.Equal),
			func(u *awsecs.UpdateServiceInput) { u.LoadBalancers = in.LoadBalancers },
		},
		{
			"healthCheckGracePeriodSeconds", in.HealthCheckGracePeriodSeconds != nil, grace == there.HealthCheckGracePeriod.Duration(),
			func(u *awsecs.UpdateServiceInput) { u.HealthCheckGracePeriodSeconds = in.HealthCheckGracePeriodSeconds },
		},
		// A request without these two and one that says false look the same.
		{
			"enableExecuteCommand", in.EnableExecuteCommand, there.EnableExecuteCommand,
			func(u *awsecs.UpdateServiceInput) { u.EnableExecuteCommand = aws.Bool(true) },
		},
		{
			"enableECSManagedTags", in.EnableECSManagedTags, there.EnableECSManagedTags,
			func(u *awsecs.UpdateServiceInput) { u.EnableECSManagedTags = aws.Bool(true) },
		},
		{
			"propagateTags", in.PropagateTags != "" && !(in.PropagateTags == types.PropagateTagsNone && there.PropagateTags == ""),
			string(in.PropagateTags) == there.PropagateTags,
			func(u *awsecs.UpdateServiceInput) { u.PropagateTags = in.PropagateTags },
		},
	}
}

// notCompared lists the members that the project names and an answer of ECS, as far
// as gantry reads it, does not show.
func notCompared(in *awsecs.CreateServiceInput) []string {
	var out []string
	for _, m := range []member{
		{name: "serviceRegistries", named: in.ServiceRegistries != nil},
		{name: "serviceConnectConfiguration", named: in.ServiceConnectConfiguration != nil},
		{name: "volumeConfigurations", named: in.VolumeConfigurations != nil},
		{name: "vpcLatticeConfigurations", named: in.VpcLatticeConfigurations != nil},
		{name: "tags", named: in.Tags != nil},
	} {
		if m.named {
			out = append(out, m.name)
		}
	}
	return out
}

// sameBounds compares the members of a deployment configuration that are named.
func sameBounds(there ecs.DeploymentConfiguration, in *types.DeploymentConfiguration) bool {
	if in == nil {
		return true
	}
	number := func(wanted *int32, is int) bool { return wanted == nil || int(*wanted) == is }
	breaker := in.DeploymentCircuitBreaker == nil ||
		in.DeploymentCircuitBreaker.Enable == there.CircuitBreaker.Enable && in.DeploymentCircuitBreaker.Rollback == there.CircuitBreaker.Rollback
	return breaker && number(in.MaximumPercent, there.MaximumPercent) && number(in.MinimumHealthyPercent, there.MinimumHealthyPercent) &&
		number(in.BakeTimeInMinutes, there.BakeTimeInMinutes) &&
		(in.Strategy == "" || there.Strategy == "" && in.Strategy == types.DeploymentStrategyRolling || string(in.Strategy) == there.Strategy)
}

// sameNetwork takes subnets and security groups as the sets they are.
func sameNetwork(there *ecs.NetworkConfiguration, in *types.NetworkConfiguration) bool {
	if in == nil || in.AwsvpcConfiguration == nil {
		return true
	}
	if there == nil {
		return false
	}
	wanted := in.AwsvpcConfiguration
	public := string(wanted.AssignPublicIp)
	return sameSet(wanted.Subnets, there.Subnets) &&
		(wanted.SecurityGroups == nil || sameSet(wanted.SecurityGroups, there.SecurityGroups)) &&
		(public == "" || public == there.AssignPublicIP || public == string(types.AssignPublicIpDisabled) && there.AssignPublicIP == "")
}

func sameSet(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// sameStrategy: ECS takes the names of types and of the plain fields in any case.
func sameStrategy(a, b ecs.PlacementStrategy) bool {
	return strings.EqualFold(string(a.Type), string(b.Type)) && strings.EqualFold(a.Field, b.Field)
}

// sameController: a service made without one has ECS's, and may not show it.
func sameController(there string, in types.DeploymentControllerType) bool {
	return string(in) == there || there == "" && in == types.DeploymentControllerTypeEcs
}

func balancers(in []types.LoadBalancer) []ecs.LoadBalancer {
	out := make([]ecs.LoadBalancer, len(in))
	for i, l := range in {
		out[i] = ecs.LoadBalancer{
			TargetGroupARN: aws.ToString(l.TargetGroupArn), LoadBalancerName: aws.ToString(l.LoadBalancerName),
			ContainerName: aws.ToString(l.ContainerName), ContainerPort: int(aws.ToInt32(l.ContainerPort)),
		}
		if a := l.AdvancedConfiguration; a != nil {
			out[i].Advanced = &ecs.AdvancedConfiguration{
				AlternateTargetGroupARN: aws.ToString(a.AlternateTargetGroupArn), RoleARN: aws.ToString(a.RoleArn),
				ProductionListenerRule: aws.ToString(a.ProductionListenerRule), TestListenerRule: aws.ToString(a.TestListenerRule),
			}
		}
	}
	return out
}
