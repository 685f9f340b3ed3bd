package api

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/emulator/store"
)

// What an Express service has unless told otherwise [API:CreateExpressGatewayService,
// ExpressGatewayContainer, ExpressGatewayScalingTarget; DG: Express Mode for the
// numbers of tasks].
const (
	expressContainer  = "Main"
	expressCPU        = "256"
	expressMemory     = "512"
	expressUsualPort  = 80
	expressHealthPath = "/ping"
	expressLogPrefix  = "ecs"
	expressMinTasks   = 1
	expressMaxTasks   = 20
	expressTarget     = 60
)

// settleExpress checks what an Express service is to be made of and fills in its
// defaults. The task definition is the one that was named, or a new revision; an
// update that says nothing of it leaves the old one.
func (s *ECS) settleExpress(ctx context.Context, cluster ecs.ClusterName, name ecs.ServiceName, c *types.ExpressGatewayServiceConfiguration, kept *express) (*types.TaskDefinition, error) {
	if err := s.settleExpressAround(c); err != nil {
		return nil, err
	}
	if text[string](c.TaskDefinitionArn) != "" {
		return s.expressGiven(c)
	}
	return s.expressMade(ctx, cluster, name, c, kept)
}

// settleExpressAround is settleExpress for all but the task definition.
func (s *ECS) settleExpressAround(c *types.ExpressGatewayServiceConfiguration) error {
	path, none := text[string](c.HealthCheckPath), types.ExpressGatewayServiceNetworkConfiguration{}
	if path == "" {
		path = expressHealthPath
	}
	if !strings.HasPrefix(path, "/") {
		return invalid("healthCheckPath must start with a forward slash, but it is %q.", path)
	}
	c.HealthCheckPath = &path
	if c.NetworkConfiguration == nil {
		c.NetworkConfiguration = &none
	}
	n := *c.NetworkConfiguration
	if len(n.Subnets) == 0 {
		n.Subnets = s.s.cfg.Network.allSubnets()
	}
	if len(n.SecurityGroups) == 0 {
		n.SecurityGroups = []string{s.s.cfg.Network.SecurityGroup}
	}
	c.NetworkConfiguration = &n
	return first(s.s.cfg.Network.checkSubnets(n.Subnets), settleExpressScaling(c))
}

// settleExpressScaling checks how many tasks there are to be.
func settleExpressScaling(c *types.ExpressGatewayServiceConfiguration) error {
	t := types.ExpressGatewayScalingTarget{}
	if c.ScalingTarget != nil {
		t = *c.ScalingTarget
	}
	fill := func(to **int32, usual int32) {
		if *to == nil {
			*to = &usual
		}
	}
	fill(&t.MinTaskCount, expressMinTasks)
	fill(&t.MaxTaskCount, max(expressMaxTasks, *t.MinTaskCount))
	fill(&t.AutoScalingTargetValue, expressTarget)
	if t.AutoScalingMetric == "" {
		t.AutoScalingMetric = types.ExpressGatewayServiceScalingMetricAverageCPUUtilization
	}
	c.ScalingTarget = &t
	switch {
	case *t.MinTaskCount < 0 || *t.MaxTaskCount < *t.MinTaskCount:
		return invalid("minTaskCount must not be negative, and maxTaskCount must be at least as high, but they are %d and %d.", *t.MinTaskCount, *t.MaxTaskCount)
	case *t.AutoScalingTargetValue < 1:
		return invalid("autoScalingTargetValue must be at least 1, but it is %d.", *t.AutoScalingTargetValue)
	}
	return checkChoice("autoScalingMetric", t.AutoScalingMetric)
}

// expressGiven checks a task definition of the customer's own.
func (s *ECS) expressGiven(c *types.ExpressGatewayServiceConfiguration) (*types.TaskDefinition, error) {
	if c.PrimaryContainer != nil || c.ExecutionRoleArn != nil || c.TaskRoleArn != nil || c.Cpu != nil || c.Memory != nil || c.CpuArchitecture != "" {
		return nil, invalid("taskDefinitionArn cannot be specified together with primaryContainer, executionRoleArn, taskRoleArn, cpu, memory or cpuArchitecture.")
	}
	if _, err := s.runnable(c.TaskDefinitionArn); err != nil {
		return nil, err
	}
	ref, err := s.parseReference(*c.TaskDefinitionArn)
	if err != nil {
		return nil, err
	}
	record, _, err := s.lookup(ref)
	if err != nil {
		return nil, err
	}
	document, err := documentOf(record)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(document.Compatibilities, types.CompatibilityFargate) {
		return nil, invalid("The task definition of an Express service must be compatible with FARGATE.")
	}
	c.TaskDefinitionArn, c.ExecutionRoleArn, c.TaskRoleArn, c.Cpu, c.Memory = document.TaskDefinitionArn, document.ExecutionRoleArn, document.TaskRoleArn, document.Cpu, document.Memory
	if p := document.RuntimePlatform; p != nil {
		c.CpuArchitecture = types.ExpressCpuArchitecture(p.CpuArchitecture)
	}
	return &document, nil
}

// expressPort is the container that gets the traffic, and its port.
func expressPort(definition *types.TaskDefinition) (string, int, error) {
	for _, d := range definition.ContainerDefinitions {
		if text[string](d.Name) != expressContainer || len(d.PortMappings) != 1 {
			continue
		}
		if p := d.PortMappings[0]; p.ContainerPort != nil && text[string](p.Name) != "" && p.Protocol != types.TransportProtocolUdp {
			return expressContainer, int(*p.ContainerPort), nil
		}
	}
	return "", 0, invalid("The task definition of an Express service must have a container named %s with a single TCP port mapping that has a container port and a name.", expressContainer)
}

// expressMade registers the task definition of a primary container.
func (s *ECS) expressMade(ctx context.Context, cluster ecs.ClusterName, name ecs.ServiceName, c *types.ExpressGatewayServiceConfiguration, kept *express) (*types.TaskDefinition, error) {
	switch {
	case c.PrimaryContainer == nil || text[string](c.PrimaryContainer.Image) == "":
		return nil, invalid("primaryContainer with an image, or taskDefinitionArn, must be specified.")
	case c.ExecutionRoleArn == nil:
		return nil, invalid("executionRoleArn must be specified together with primaryContainer.")
	}
	if err := first(checkRole("executionRoleArn", c.ExecutionRoleArn), checkChoice("cpuArchitecture", c.CpuArchitecture)); err != nil {
		return nil, err
	}
	if c.CpuArchitecture == "" {
		c.CpuArchitecture = types.ExpressCpuArchitectureX8664
	}
	cpu, memory := expressCPU, expressMemory
	if c.Cpu == nil {
		c.Cpu = &cpu
	}
	if c.Memory == nil {
		c.Memory = &memory
	}
	main := *c.PrimaryContainer
	c.PrimaryContainer = &main
	port := int32(expressUsualPort)
	if main.ContainerPort == nil {
		main.ContainerPort = &port
	}
	if err := s.expressLogs(cluster, name, &main, kept); err != nil {
		return nil, err
	}
	made, err := s.RegisterTaskDefinition(ctx, s.expressInput(cluster, name, c))
	if err != nil {
		return nil, err
	}
	c.TaskDefinitionArn = made.TaskDefinition.TaskDefinitionArn
	return made.TaskDefinition, nil
}

// expressLogs gives a container a log group that has none.
func (s *ECS) expressLogs(cluster ecs.ClusterName, name ecs.ServiceName, main *types.ExpressGatewayContainer, kept *express) error {
	logs := types.ExpressGatewayServiceAwsLogsConfiguration{}
	if main.AwsLogsConfiguration != nil {
		logs = *main.AwsLogsConfiguration
	}
	main.AwsLogsConfiguration = &logs
	if text[string](logs.LogStreamPrefix) == "" {
		prefix := expressLogPrefix
		logs.LogStreamPrefix = &prefix
	}
	if text[string](logs.LogGroup) != "" {
		return nil
	}
	if kept.LogGroup == "" {
		kept.LogGroup = "/aws/ecs/" + string(cluster) + "/" + string(name) + "-" + hashed(s.tx.World().Seed, cluster, name)[:4]
	}
	logs.LogGroup = &kept.LogGroup
	if _, ok, err := s.tx.LogGroup(kept.LogGroup); err != nil || ok {
		return err
	}
	return s.tx.PutLogGroup(store.LogGroup{Name: kept.LogGroup, CreatedAt: s.tx.Now()})
}

// longestFamily is how long the name of a family can be.
const longestFamily = 255

// expressInput is the task definition of a primary container. Its family is named
// by the cluster and the service (unconfirmed).
func (s *ECS) expressInput(cluster ecs.ClusterName, name ecs.ServiceName, c *types.ExpressGatewayServiceConfiguration) *sdk.RegisterTaskDefinitionInput {
	main, container, port := c.PrimaryContainer, expressContainer, "http"
	family := string(cluster) + "-" + string(name)
	if len(family) > longestFamily {
		family = string(name)
	}
	d := types.ContainerDefinition{
		Name: &container, Image: main.Image, Command: main.Command, Environment: main.Environment, Secrets: main.Secrets,
		PortMappings: []types.PortMapping{{ContainerPort: main.ContainerPort, Name: &port, Protocol: types.TransportProtocolTcp}},
		LogConfiguration: &types.LogConfiguration{LogDriver: types.LogDriverAwslogs, Options: map[string]string{
			"awslogs-group": *main.AwsLogsConfiguration.LogGroup, "awslogs-stream-prefix": *main.AwsLogsConfiguration.LogStreamPrefix,
			"awslogs-region": s.tx.Scope().Region,
		}},
	}
	if r := main.RepositoryCredentials; r != nil {
		d.RepositoryCredentials = &types.RepositoryCredentials{CredentialsParameter: r.CredentialsParameter}
	}
	return &sdk.RegisterTaskDefinitionInput{
		Family: &family, Cpu: c.Cpu, Memory: c.Memory, ExecutionRoleArn: c.ExecutionRoleArn, TaskRoleArn: c.TaskRoleArn,
		NetworkMode: types.NetworkModeAwsvpc, RequiresCompatibilities: []types.Compatibility{types.CompatibilityFargate},
		RuntimePlatform:      &types.RuntimePlatform{CpuArchitecture: types.CPUArchitecture(c.CpuArchitecture), OperatingSystemFamily: types.OSFamilyLinux},
		ContainerDefinitions: []types.ContainerDefinition{d},
	}
}
