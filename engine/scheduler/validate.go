package scheduler

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/placement"
)

// The quotas of ECS (ECS semantics 11).
const (
	tasksPerService        = 5000
	targetGroupsPerService = 5
)

// settle fills in the defaults of ECS semantics 4.1. A deployment
// configuration without maximum counts as not given.
func settle(s *ecs.Service) {
	fill(&s.SchedulingStrategy, ecs.Replica)
	fill(&s.DeploymentController, ecs.ControllerECS)
	fill(&s.DeploymentConfiguration.Strategy, "ROLLING")
	fill(&s.PropagateTags, "NONE")
	if len(s.CapacityProviderStrategy) == 0 && s.DeploymentController != ecs.ControllerExternal {
		fill(&s.LaunchType, ecs.LaunchEC2)
	}
	if launchOf(s.LaunchType, s.CapacityProviderStrategy) == ecs.LaunchFargate {
		fill(&s.PlatformVersion, latestPlatform)
	}
	if d := &s.DeploymentConfiguration; d.MaximumPercent == 0 {
		d.MinimumHealthyPercent, d.MaximumPercent = 100, 200
		if s.SchedulingStrategy == ecs.Daemon {
			d.MinimumHealthyPercent, d.MaximumPercent = 0, 100
		}
	}
	if s.PlacementConstraints == nil {
		s.PlacementConstraints = []ecs.PlacementConstraint{}
	}
	if s.PlacementStrategy == nil {
		s.PlacementStrategy = []ecs.PlacementStrategy{}
	}
	if s.LoadBalancers == nil {
		s.LoadBalancers = []ecs.LoadBalancer{}
	}
	if s.AvailabilityZoneRebalancing == "" {
		s.AvailabilityZoneRebalancing = ecs.Disabled
		if unbalanceable(s) == "" {
			s.AvailabilityZoneRebalancing = ecs.Enabled
		}
	}
}

func fill[T ~string](field *T, value T) {
	if *field == "" {
		*field = value
	}
}

// unbalanceable is what keeps Availability Zone rebalancing from the service, or
// "": those that may be rebalanced are by default (ECS semantics 2.8
// [API:CreateService]). The words about DAEMON and maximumPercent are ECS's, the
// others follow them.
func unbalanceable(s *ecs.Service) string {
	zones := "attribute:" + ecs.AttributeAvailabilityZone
	switch {
	case s.SchedulingStrategy == ecs.Daemon:
		return "DAEMON services"
	case s.DeploymentController != ecs.ControllerECS:
		return "the " + s.DeploymentController + " deployment controller"
	case s.DeploymentConfiguration.MaximumPercent <= 100:
		return "maximumPercent <= 100 % as deployment configuration."
	case slices.ContainsFunc(s.LoadBalancers, func(l ecs.LoadBalancer) bool { return l.LoadBalancerName != "" }):
		return "Classic Load Balancers"
	case slices.ContainsFunc(s.PlacementConstraints, func(p ecs.PlacementConstraint) bool {
		return strings.Contains(p.Expression, zones)
	}):
		return "a placement constraint on " + zones
	case len(s.PlacementStrategy) > 0 && s.PlacementStrategy[0] != ecs.PlacementStrategy{Type: ecs.Spread, Field: zones}:
		return "placement strategies that do not begin with a spread over " + zones
	}
	return ""
}

// validateSettings refuses what no service may have, whoever makes its deployments
// (ECS semantics 4.1).
func validateSettings(s *ecs.Service) error {
	d := s.DeploymentConfiguration
	oneOf := func(what, value string, choices ...string) error {
		if slices.Contains(choices, value) {
			return nil
		}
		return invalid(fmt.Sprintf("%s should be one of [%s]", what, strings.Join(choices, ",")))
	}
	switch {
	case s.DesiredCount < 0 || s.DesiredCount > tasksPerService:
		return invalid(fmt.Sprintf("The desired count must be between 0 and %d, but was %d.", tasksPerService, s.DesiredCount))
	case d.MinimumHealthyPercent < 0 || d.MaximumPercent < 0:
		return invalid("minimumHealthyPercent and maximumPercent must not be negative")
	case d.MinimumHealthyPercent > 100:
		return invalid("minimumHealthyPercent must be at most 100")
	case s.HealthCheckGracePeriod < 0 || s.HealthCheckGracePeriod.Duration() > math.MaxInt32*time.Second:
		return invalid("healthCheckGracePeriodSeconds must be between 0 and 2147483647")
	}
	return cmp.Or(
		oneOf("schedulingStrategy", string(s.SchedulingStrategy), string(ecs.Replica), string(ecs.Daemon)),
		oneOf("availabilityZoneRebalancing", s.AvailabilityZoneRebalancing, ecs.Enabled, ecs.Disabled),
		oneOf("propagateTags", s.PropagateTags, "TASK_DEFINITION", "SERVICE", "NONE"),
		validateDeployment(s), validateStrategy(s))
}

// validate refuses a service that ECS refuses (ECS semantics 2.7, 4.1, 4.19).
func (c *Cluster) validate(s *ecs.Service, def *ecs.TaskDefinition) error {
	if s.DeploymentController != ecs.ControllerECS {
		return &ecs.Error{Code: "UnsupportedFeatureException", Message: fmt.Sprintf(
			"The deployment controller %s is not supported. Use ECS, or EXTERNAL and make its deployments with CreateTaskSet.", s.DeploymentController)}
	}
	if err := validateSettings(s); err != nil {
		return err
	}
	launch := launchOf(s.LaunchType, s.CapacityProviderStrategy)
	if err := validateLaunch(launch, def); err != nil {
		return err
	}
	if launch == ecs.LaunchEC2 && s.PlatformVersion != "" {
		return invalid(platformOnEC2)
	}
	if launch == ecs.LaunchFargate && len(s.PlacementStrategy)+len(s.PlacementConstraints) > 0 {
		return invalid("Placement strategies and constraints are not supported with FARGATE launch type.")
	}
	if err := validatePlacement(s, def); err != nil {
		return err
	}
	if err := c.validateLoadBalancers(s.LoadBalancers, def); err != nil {
		return err
	}
	if err := validateRegistries(s, def); err != nil {
		return err
	}
	return c.validateNetwork(s.NetworkConfiguration, def, launch)
}

// validatePlacement refuses placement constraints and strategies that cannot be
// read, and more constraints than a service and its definition may have together
// (ECS semantics 2.2, 2.3).
func validatePlacement(s *ecs.Service, def *ecs.TaskDefinition) error {
	if err := placement.ValidateConstraints(def.PlacementConstraints, s.PlacementConstraints); err != nil {
		return err
	}
	if _, err := placement.ServicePolicy(def.PlacementConstraints, s.PlacementConstraints, s.PlacementStrategy); err != nil {
		return err
	}
	return nil
}

// validateStrategy refuses what the scheduling strategy does not support.
func validateStrategy(s *ecs.Service) error {
	d := s.DeploymentConfiguration
	if s.SchedulingStrategy == ecs.Daemon {
		if err := validateDaemon(s); err != nil {
			return err
		}
	} else if d.MinimumHealthyPercent == 100 && d.MaximumPercent == 100 && !d.ShiftsTraffic() {
		return invalid("Both maximumPercent and minimumHealthyPercent cannot be 100 as this will block deployments")
	}
	if why := unbalanceable(s); why != "" && s.AvailabilityZoneRebalancing == ecs.Enabled {
		return invalid("Availability Zone Rebalancing does not support " + why)
	}
	return nil
}

// daemonDesiredCount is a refusal of ECS, as the others of DAEMON services are (ECS
// semantics 2.7, 4.1; with their ends as seen in answers of ECS), but for the one
// about Fargate, which is ours.
const daemonDesiredCount = "The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again"

func validateDaemon(s *ecs.Service) error {
	switch {
	case launchOf(s.LaunchType, s.CapacityProviderStrategy) == ecs.LaunchFargate:
		return invalid("The daemon scheduling strategy does not support the FARGATE launch type. Use the EC2 launch type, or the REPLICA scheduling strategy.")
	case s.DeploymentConfiguration.MaximumPercent > 100:
		return invalid("The daemon scheduling strategy does not support values above 100 for maximumPercent on a deployment configuration. Change the maximumPercent value to 100, and try again")
	case len(s.CapacityProviderStrategy) > 0:
		return invalid(daemonOnProviders)
	case s.DesiredCount != 0:
		return invalid(daemonDesiredCount)
	case len(s.PlacementStrategy) > 0:
		return invalid("The daemon scheduling strategy does not support placement strategies. Remove the placement strategy and try again")
	}
	return nil
}

func validateLaunch(l ecs.LaunchType, def *ecs.TaskDefinition) error {
	switch l {
	case "", ecs.LaunchEC2, ecs.LaunchFargate:
	case ecs.LaunchExternal:
		return &ecs.Error{Code: "UnsupportedFeatureException", Message: "The EXTERNAL launch type is not supported. Use EC2 or FARGATE."}
	default:
		return invalid("launch type should be one of [EC2,FARGATE,EXTERNAL]")
	}
	if l != "" && len(def.Compatibilities) > 0 && !slices.Contains(def.Compatibilities, string(l)) {
		return invalid(fmt.Sprintf("Task definition does not support launch_type %s.", l))
	}
	return nil
}

// validateLoadBalancers checks load balancers against the containers, and their
// number against the quota (ECS semantics 11; the words are ours).
func (c *Cluster) validateLoadBalancers(list []ecs.LoadBalancer, def *ecs.TaskDefinition) error {
	if len(list) > targetGroupsPerService {
		return invalid(fmt.Sprintf("loadBalancers can have at most %d items, but has %d.", targetGroupsPerService, len(list)))
	}
	for _, l := range list {
		if l.LoadBalancerName != "" && l.TargetGroupARN != "" {
			return invalid("loadBalancerName and targetGroupArn cannot both be specified")
		}
		if err := validatePort(def, l.ContainerName, l.ContainerPort); err != nil {
			return err
		}
		if l.TargetGroupARN == "" && l.LoadBalancerName == "" {
			return invalid("targetGroupArn or loadBalancerName must be specified") // we found no text of ECS's own
		}
		if err := c.validateTargetType(&l, def); err != nil {
			return err
		}
	}
	return nil
}

// validatePort refuses a container or a port that the task definition lacks.
func validatePort(def *ecs.TaskDefinition, container string, port int) error {
	i := slices.IndexFunc(def.Containers, func(d ecs.ContainerDefinition) bool { return d.Name == container })
	if i < 0 {
		return invalid(fmt.Sprintf("The container %s does not exist in the task definition.", container))
	}
	if !slices.ContainsFunc(def.Containers[i].PortMappings, func(p ecs.PortMapping) bool { return p.ContainerPort == port }) {
		return invalid(fmt.Sprintf("The container %s did not have a container port %d defined.", container, port))
	}
	return nil
}

// validateNetwork checks a network configuration against the network mode (ECS
// semantics 2.9, 3.2, 4.19).
func (c *Cluster) validateNetwork(n *ecs.NetworkConfiguration, def *ecs.TaskDefinition, l ecs.LaunchType) error {
	awsvpc := def.NetworkMode == ecs.NetworkAWSVPC
	switch {
	case n == nil && awsvpc:
		return invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
	case n == nil:
		return nil
	case !awsvpc:
		return invalid("Network Configuration is not valid for the given networkMode of this task definition.")
	case len(n.Subnets) == 0:
		return invalid("subnets can not be empty.")
	case len(n.Subnets) > 16:
		return invalid("subnets can have at most 16 items.")
	case len(n.SecurityGroups) > 5:
		return invalid("securityGroups can have at most 5 items.")
	case n.AssignPublicIP == ecs.Enabled && l != ecs.LaunchFargate:
		return invalid("Assign public IP is not supported for this launch type.")
	}
	for _, subnet := range n.Subnets {
		if _, ok := c.cfg.SubnetZones[subnet]; !ok && len(c.cfg.SubnetZones) > 0 {
			return invalid(fmt.Sprintf("Error retrieving subnet information for [%s]: The subnet ID '%s' does not exist (ErrorCode: InvalidSubnetID.NotFound)", subnet, subnet))
		}
	}
	return nil
}
