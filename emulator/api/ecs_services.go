package api

import (
	"context"
	"slices"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// mostServices is how many services DescribeServices takes (ECS semantics 8.6).
const mostServices = 10

const invalidServiceName = "Invalid service name %q: up to 255 letters (uppercase and lowercase), numbers, underscores, and hyphens are allowed."

// CreateService makes a service. The checks come in the order of ECS semantics
// 13; what concerns the service itself is checked by the engine.
func (s *ECS) CreateService(_ context.Context, in *sdk.CreateServiceInput) (*sdk.CreateServiceOutput, error) {
	return s.createService(in, "")
}

// createService makes a service, whose resources are ECS's own if by says so.
func (s *ECS) createService(in *sdk.CreateServiceInput, by types.ResourceManagementType) (*sdk.CreateServiceOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	name := text[ecs.ServiceName](in.ServiceName)
	if !nameRule.MatchString(string(name)) {
		return nil, invalid(invalidServiceName, name)
	}
	token, err := s.recall("CreateService", cluster, in.ClientToken, longestServiceToken, in)
	if err != nil {
		return nil, err
	}
	if token.known {
		if service, ok := engine.Service(name); ok {
			return &sdk.CreateServiceOutput{Service: s.showService(service, true)}, nil
		}
	}
	if old, ok := engine.Service(name); ok && old.Status == ecs.ServiceDraining {
		return nil, invalid("Unable to Start a service that is still Draining.")
	}
	service, definition, err := s.newService(in, cluster)
	if err != nil {
		return nil, err
	}
	service.CreatedBy, service.ResourceManagementType = s.caller(), string(by)
	_, err = s.apply(cluster, scheduler.Command{CreateService: &scheduler.CreateService{Service: service, TaskDefinition: definition}})
	if err != nil {
		return nil, err
	}
	created, _ := engine.Service(name)
	if err := token.keep([]string{string(created.ARN)}, nil); err != nil {
		return nil, err
	}
	return &sdk.CreateServiceOutput{Service: s.showService(created, true)}, nil
}

// newService is the service that a request asks for, with its task definition, once
// both are found in order.
func (s *ECS) newService(in *sdk.CreateServiceInput, cluster ecs.ClusterName) (ecs.Service, ecs.TaskDefinition, error) {
	none := ecs.Service{}
	if err := first(checkChoice("schedulingStrategy", in.SchedulingStrategy), checkChoice("propagateTags", in.PropagateTags),
		checkChoice("availabilityZoneRebalancing", in.AvailabilityZoneRebalancing)); err != nil {
		return none, ecs.TaskDefinition{}, err
	}
	definition, err := s.serviceDefinition(in)
	if err != nil {
		return none, ecs.TaskDefinition{}, err
	}
	if err := s.checkConfigured(cluster, definition.ARN, configured{
		connect: in.ServiceConnectConfiguration, volumes: in.VolumeConfigurations, lattice: in.VpcLatticeConfigurations,
		gateways: in.GatewayConnectors, monitoring: in.Monitoring,
	}); err != nil {
		return none, ecs.TaskDefinition{}, err
	}
	if err := s.checkRegistries(in.ServiceRegistries); err != nil {
		return none, ecs.TaskDefinition{}, err
	}
	service := shape.ServiceFromCreateInput(*in)
	if service.Tags, err = checkTags(nil, in.Tags); err != nil {
		return none, ecs.TaskDefinition{}, err
	}
	if service.SchedulingStrategy == ecs.Replica && in.DesiredCount == nil {
		return none, ecs.TaskDefinition{}, invalid("The desired count must be specified for a service with the REPLICA scheduling strategy.")
	}
	if service.SchedulingStrategy == ecs.Daemon && in.DesiredCount != nil {
		return none, ecs.TaskDefinition{}, invalid("The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again")
	}
	if err := first(checkGracePeriod(in.HealthCheckGracePeriodSeconds), checkConstraints(in.PlacementConstraints),
		s.checkPlatform(in.LaunchType, in.CapacityProviderStrategy, in.PlatformVersion, definition.ARN, in.EnableExecuteCommand)); err != nil {
		return none, ecs.TaskDefinition{}, err
	}
	managed, err := s.connect(cluster, service.Name, in.GatewayConnectors, definition.ARN)
	if err != nil {
		return none, ecs.TaskDefinition{}, err
	}
	service.LoadBalancers = append(service.LoadBalancers, managed...)
	return service, definition, nil
}

// serviceDefinition is the task definition of a new service. One with the EXTERNAL
// deployment controller has none: its task sets do.
func (s *ECS) serviceDefinition(in *sdk.CreateServiceInput) (ecs.TaskDefinition, error) {
	if c := in.DeploymentController; c != nil && c.Type == types.DeploymentControllerTypeExternal && text[string](in.TaskDefinition) == "" {
		return ecs.TaskDefinition{}, nil
	}
	return s.runnable(in.TaskDefinition)
}

func checkGracePeriod(seconds *int32) error {
	if seconds != nil && *seconds < 0 {
		return invalid("healthCheckGracePeriodSeconds must be between 0 and 2147483647")
	}
	return nil
}

// showService is a service as it is answered.
func (s *ECS) showService(service ecs.Service, tags bool) *types.Service {
	if service.RoleARN == "" {
		scope := s.tx.Scope()
		service.RoleARN = "arn:" + scope.Partition + ":iam::" + scope.Account + ":role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"
	}
	if !tags {
		service.Tags = nil
	}
	out := shape.ServiceToSDK(service)
	return &out
}

// serviceOf finds a service by name or ARN.
func serviceOf(engine *scheduler.Cluster, cluster ecs.ClusterName, given string) (ecs.Service, bool) {
	name, ok := shortID(given, "service", cluster)
	if _, daemon := ecs.ServiceName(name).Daemon(); !ok || daemon {
		return ecs.Service{}, false
	}
	return engine.Service(ecs.ServiceName(name))
}

func errNoService() *ecs.Error { return refuse(ecs.CodeServiceNotFound, "Service not found.") }

// UpdateService changes a service (ECS semantics 4.12 [API:UpdateService]).
func (s *ECS) UpdateService(_ context.Context, in *sdk.UpdateServiceInput) (*sdk.UpdateServiceOutput, error) {
	return s.updateService(in, "")
}

// updateService changes a service of whom it is.
func (s *ECS) updateService(in *sdk.UpdateServiceInput, by types.ResourceManagementType) (*sdk.UpdateServiceOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	service, ok := serviceOf(engine, cluster, text[string](in.Service))
	switch {
	case ok && service.ResourceManagementType != string(by):
		return nil, errExpress(&service, "UpdateExpressGatewayService", "update")
	case !ok || service.Status == ecs.ServiceInactive && text[string](in.Service) == "":
		return nil, errNoService()
	case service.Status != ecs.ServiceActive:
		return nil, refuse(ecs.CodeServiceNotActive, "Service was not ACTIVE.")
	}
	if err := first(checkChoice("propagateTags", in.PropagateTags),
		checkChoice("availabilityZoneRebalancing", in.AvailabilityZoneRebalancing)); err != nil {
		return nil, err
	}
	if err := s.checkRegistries(in.ServiceRegistries); err != nil {
		return nil, err
	}
	command, err := s.serviceChange(in, service)
	if err != nil {
		return nil, err
	}
	definition := service.TaskDefinition
	if command.TaskDefinition != nil {
		definition = command.TaskDefinition.ARN
	}
	if err := s.checkConfigured(cluster, definition, configured{
		connect: in.ServiceConnectConfiguration, volumes: in.VolumeConfigurations, lattice: in.VpcLatticeConfigurations,
		gateways: in.GatewayConnectors, monitoring: in.Monitoring,
	}); err != nil {
		return nil, err
	}
	if err := s.checkPlatformOf(&service, in, definition); err != nil {
		return nil, err
	}
	if err := s.reconnect(cluster, service, command, in.GatewayConnectors, definition); err != nil {
		return nil, err
	}
	if _, err := s.apply(cluster, scheduler.Command{UpdateService: command}); err != nil {
		return nil, err
	}
	updated, _ := engine.Service(service.Name)
	return &sdk.UpdateServiceOutput{Service: s.showService(updated, true)}, nil
}

// serviceChange is the engine's command for an update: nil leaves a member as
// it is, an empty list takes it away.
func (s *ECS) serviceChange(in *sdk.UpdateServiceInput, old ecs.Service) (*scheduler.UpdateService, error) {
	c := &scheduler.UpdateService{
		Name: old.Name, ForceNewDeployment: in.ForceNewDeployment,
		DesiredCount:         asInt(in.DesiredCount),
		NetworkConfiguration: shape.NetworkConfigurationFromSDK(in.NetworkConfiguration),
		PlatformVersion:      in.PlatformVersion,
		EnableExecuteCommand: in.EnableExecuteCommand, EnableECSManagedTags: in.EnableECSManagedTags,
	}
	if in.TaskDefinition != nil {
		definition, err := s.runnable(in.TaskDefinition)
		if err != nil {
			return nil, err
		}
		c.TaskDefinition = &definition
	}
	if d := in.DeploymentController; d != nil && d.Type != "" && string(d.Type) != old.DeploymentController {
		return nil, refuse("UnsupportedFeatureException", "The deployment controller of a service cannot be changed from %s to %s: create another service.",
			old.DeploymentController, d.Type)
	}
	if in.DeploymentConfiguration != nil {
		merged := shape.DeploymentConfigurationFromSDK(in.DeploymentConfiguration, old.DeploymentConfiguration)
		c.DeploymentConfiguration = &merged
	}
	if err := checkConstraints(in.PlacementConstraints); err != nil {
		return nil, err
	}
	c.PlacementConstraints = given(in.PlacementConstraints, shape.PlacementConstraintFromSDK)
	c.PlacementStrategy = given(in.PlacementStrategy, shape.PlacementStrategyFromSDK)
	c.LoadBalancers = given(in.LoadBalancers, shape.LoadBalancerFromSDK)
	c.ServiceRegistries = given(in.ServiceRegistries, shape.ServiceRegistryFromSDK)
	c.Configuration = shape.RevisionConfigurationFromUpdateInput(*in)
	c.CapacityProviderStrategy = given(in.CapacityProviderStrategy, shape.CapacityProviderFromSDK)
	if in.HealthCheckGracePeriodSeconds != nil {
		if err := checkGracePeriod(in.HealthCheckGracePeriodSeconds); err != nil {
			return nil, err
		}
		period := ecs.Seconds(time.Duration(*in.HealthCheckGracePeriodSeconds) * time.Second)
		c.HealthCheckGracePeriod = &period
	}
	if in.AvailabilityZoneRebalancing != "" {
		c.AvailabilityZoneRebalancing = asString(in.AvailabilityZoneRebalancing)
	}
	if in.PropagateTags != "" {
		c.PropagateTags = asString(in.PropagateTags)
	}
	return c, nil
}

func given[A, B any](list []A, turn func(A) B) *[]B {
	if list == nil {
		return nil
	}
	turned := shape.List(list, turn)
	return &turned
}

func asInt(n *int32) *int {
	if n == nil {
		return nil
	}
	value := int(*n)
	return &value
}

func asString[N ~string](n N) *string {
	value := string(n)
	return &value
}

// DeleteService drains a service (ECS semantics 4.13).
func (s *ECS) DeleteService(_ context.Context, in *sdk.DeleteServiceInput) (*sdk.DeleteServiceOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	service, ok := serviceOf(engine, cluster, text[string](in.Service))
	switch {
	case !ok:
		return nil, errNoService()
	case service.ResourceManagementType != "":
		return nil, errExpress(&service, "DeleteExpressGatewayService", "delete")
	}
	command := &scheduler.DeleteService{Name: service.Name, Force: in.Force != nil && *in.Force}
	if _, err := s.apply(cluster, scheduler.Command{DeleteService: command}); err != nil {
		return nil, err
	}
	if _, err := s.connect(cluster, service.Name, nil, ""); err != nil {
		return nil, err
	}
	deleted, _ := engine.Service(service.Name)
	return &sdk.DeleteServiceOutput{Service: s.showService(deleted, true)}, nil
}

// DescribeServices shows up to ten services; unknown ones are failures.
func (s *ECS) DescribeServices(_ context.Context, in *sdk.DescribeServicesInput) (*sdk.DescribeServicesOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	switch {
	case len(in.Services) == 0:
		return nil, invalid("Services cannot be empty.")
	case len(in.Services) > mostServices:
		return nil, invalid("Services cannot have more than %d elements.", mostServices)
	}
	if err := checkChoice("include", in.Include...); err != nil {
		return nil, err
	}
	out := &sdk.DescribeServicesOutput{Services: []types.Service{}, Failures: []types.Failure{}}
	tags := slices.Contains(in.Include, types.ServiceFieldTags)
	for _, given := range in.Services {
		service, ok := serviceOf(engine, cluster, given)
		if !ok {
			out.Failures = append(out.Failures, shape.FailureToSDK(missing(s.fullARN("service", cluster, given))))
			continue
		}
		out.Services = append(out.Services, *s.showService(service, tags))
	}
	return out, nil
}

// fullARN is the ARN of something that a request named, for a failure.
func (s *ECS) fullARN(kind string, cluster ecs.ClusterName, given string) ecs.ARN {
	if arn := ecs.ARN(given); arn.IsARN() {
		return arn
	}
	return s.tx.Scope().ARN("ecs", kind+"/"+string(cluster)+"/"+given)
}

// ListServices lists ACTIVE services, ten a page unless asked otherwise.
func (s *ECS) ListServices(_ context.Context, in *sdk.ListServicesInput) (*sdk.ListServicesOutput, error) {
	_, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if err := first(checkChoice("launch type", in.LaunchType), checkChoice("schedulingStrategy", in.SchedulingStrategy),
		checkChoice("resourceManagementType", in.ResourceManagementType)); err != nil {
		return nil, err
	}
	var names []string
	for _, name := range engine.Services() {
		service, ok := engine.Service(name)
		if !ok || in.LaunchType != "" && service.LaunchType != ecs.LaunchType(in.LaunchType) ||
			in.SchedulingStrategy != "" && service.SchedulingStrategy != ecs.SchedulingStrategy(in.SchedulingStrategy) ||
			in.ResourceManagementType != "" && in.ResourceManagementType != managedBy(&service) {
			continue
		}
		names = append(names, string(service.ARN))
	}
	slices.Sort(names)
	names, next, err := page(names, in.NextToken, in.MaxResults, 10, 100)
	if err != nil {
		return nil, err
	}
	return &sdk.ListServicesOutput{ServiceArns: append([]string{}, names...), NextToken: next}, nil
}
