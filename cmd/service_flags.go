package cmd

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
)

// serviceFlags are the flags that create-service and update share, as typed.
type serviceFlags struct {
	taskDefinition   string
	desiredCount     int32
	placement        placementFlags
	deployment       string
	network          string
	loadBalancers    []string
	registries       []string
	capacity         []string
	platformVersion  string
	gracePeriod      int32
	rebalancing      string
	executeCommand   bool
	noExecuteCommand bool
	propagateTags    string
}

// placementFlags are shared with run-task.
type placementFlags struct {
	strategy    []string
	constraints []string
}

func (p *placementFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&p.strategy, "placement-strategy", nil, "where tasks should go: type=spread,field=attribute:ecs.availability-zone …, or JSON")
	c.Flags().StringArrayVar(&p.constraints, "placement-constraints", nil, "where tasks must go: type=memberOf,expression=\"attribute:ecs.instance-type =~ t3.*\" …, or JSON")
}

func (p *placementFlags) decode(strategy *[]types.PlacementStrategy, constraints *[]types.PlacementConstraint) error {
	if err := decodeList(p.strategy, "--placement-strategy", strategy); err != nil {
		return err
	}
	return decodeList(p.constraints, "--placement-constraints", constraints)
}

func (s *serviceFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&s.taskDefinition, "task-definition", "", "the task definition: FAMILY, FAMILY:REVISION or an ARN")
	flags.Int32Var(&s.desiredCount, "desired-count", 0, "how many tasks to keep running")
	s.placement.add(c)
	flags.StringVar(&s.deployment, "deployment-configuration", "", "minimumHealthyPercent=100,maximumPercent=200,deploymentCircuitBreaker={enable=true,rollback=true}, or JSON")
	flags.StringVar(&s.network, "network-configuration", "", "awsvpcConfiguration={subnets=[S1,S2],securityGroups=[G]}, or JSON")
	flags.StringArrayVar(&s.loadBalancers, "load-balancers", nil, "targetGroupArn=ARN,containerName=C,containerPort=P …, or JSON")
	flags.StringArrayVar(&s.registries, "service-registries", nil, "registryArn=ARN …, or JSON")
	flags.StringArrayVar(&s.capacity, "capacity-provider-strategy", nil, "capacityProvider=P,weight=W,base=B …, or JSON")
	flags.StringVar(&s.platformVersion, "platform-version", "", "the Fargate platform version")
	flags.Int32Var(&s.gracePeriod, "health-check-grace-period-seconds", 0, "how long failing health checks of a new task are overlooked")
	flags.StringVar(&s.rebalancing, "availability-zone-rebalancing", "", "ENABLED or DISABLED")
	flags.BoolVar(&s.executeCommand, "enable-execute-command", false, "let execute-command into the tasks")
	flags.BoolVar(&s.noExecuteCommand, "disable-execute-command", false, "do not let execute-command into the tasks")
	flags.StringVar(&s.propagateTags, "propagate-tags", "", "TASK_DEFINITION, SERVICE or NONE")
	c.MarkFlagsMutuallyExclusive("enable-execute-command", "disable-execute-command")
}

// members are the members of a request that both commands fill.
type members struct {
	taskDefinition  **string
	desiredCount    **int32
	strategy        *[]types.PlacementStrategy
	constraints     *[]types.PlacementConstraint
	deployment      **types.DeploymentConfiguration
	network         **types.NetworkConfiguration
	loadBalancers   *[]types.LoadBalancer
	registries      *[]types.ServiceRegistry
	capacity        *[]types.CapacityProviderStrategyItem
	platformVersion **string
	gracePeriod     **int32
	rebalancing     *types.AvailabilityZoneRebalancing
	propagateTags   *types.PropagateTags
}

// fill puts what was typed into the request; what was not typed stays as the
// document had it.
func (s *serviceFlags) fill(c *cobra.Command, m members) error {
	changed := c.Flags().Changed
	if changed("task-definition") {
		*m.taskDefinition = aws.String(s.taskDefinition)
	}
	if changed("desired-count") {
		if err := checkCount("--desired-count", int(s.desiredCount)); err != nil {
			return err
		}
		*m.desiredCount = aws.Int32(s.desiredCount)
	}
	if changed("platform-version") {
		*m.platformVersion = aws.String(s.platformVersion)
	}
	if changed("health-check-grace-period-seconds") {
		*m.gracePeriod = aws.Int32(s.gracePeriod)
	}
	if err := oneOf(s.rebalancing, "--availability-zone-rebalancing", m.rebalancing, m.rebalancing.Values()); err != nil {
		return err
	}
	if err := oneOf(s.propagateTags, "--propagate-tags", m.propagateTags, m.propagateTags.Values()); err != nil {
		return err
	}
	return s.decode(m)
}

func (s *serviceFlags) decode(m members) error {
	if err := s.placement.decode(m.strategy, m.constraints); err != nil {
		return err
	}
	if err := decodeInto(s.deployment, "--deployment-configuration", m.deployment); err != nil {
		return err
	}
	if err := decodeInto(s.network, "--network-configuration", m.network); err != nil {
		return err
	}
	if err := decodeList(s.loadBalancers, "--load-balancers", m.loadBalancers); err != nil {
		return err
	}
	if err := decodeList(s.registries, "--service-registries", m.registries); err != nil {
		return err
	}
	return decodeList(s.capacity, "--capacity-provider-strategy", m.capacity)
}

// decodeInto reads a flag that is one structure.
func decodeInto[T any](text, flag string, into **T) error {
	if text == "" {
		return nil
	}
	value := new(T)
	if err := decode([]string{text}, flag, value); err != nil {
		return err
	}
	*into = value
	return nil
}

// oneOf reads a flag whose values the API lists.
func oneOf[T ~string](text, flag string, into *T, known []T) error {
	if text == "" {
		return nil
	}
	value := T(strings.ToUpper(text))
	if !slices.Contains(known, value) {
		words := make([]string, 0, len(known))
		for _, k := range known {
			words = append(words, string(k))
		}
		return hint.As(hint.Usage, fmt.Errorf("%s is one of %s, not %q", flag, strings.Join(words, ", "), text))
	}
	*into = value
	return nil
}

func checkCount(name string, n int) error {
	if n < 0 {
		return hint.As(hint.Usage, fmt.Errorf("%s must be 0 or more, not %d", name, n))
	}
	return nil
}
