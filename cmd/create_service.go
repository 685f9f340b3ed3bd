package cmd

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/workflow"
)

type createServiceOptions struct {
	f     *Factory
	input *awsecs.CreateServiceInput
}

func newCreateServiceCmd(f *Factory, run func(context.Context, *createServiceOptions) error) *cobra.Command {
	o := &createServiceOptions{f: f, input: &awsecs.CreateServiceInput{}}
	var flags serviceFlags
	var create createFlags
	c := &cobra.Command{
		Use:   "create-service NAME --task-definition FAMILY[:REVISION] --desired-count N",
		Short: "Create a service and watch its tasks start",
		Long: `Create a service, and wait until its first deployment has come to its end.

Structures take the aws CLI's shorthand or JSON. A comma inside of brackets
belongs to the value: expression=attribute:ecs.availability-zone in [a, b].`,
		Example: `  gantry --local create-service web --task-definition web --desired-count 10
  gantry create-service web --task-definition web:3 --desired-count 4 \
    --placement-strategy type=spread,field=attribute:ecs.availability-zone type=binpack,field=memory`,
		Args: arguments(0, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.readInput(create.document, o.input); err != nil {
				return err
			}
			name, err := nameOnce(args, create.name, "--service-name")
			if err != nil {
				return err
			}
			if err := create.fill(c, f, name, o.input); err != nil {
				return err
			}
			if err := flags.fill(c, createMembers(o.input)); err != nil {
				return err
			}
			if c.Flags().Changed("enable-execute-command") {
				o.input.EnableExecuteCommand = flags.executeCommand
			}
			if err := checkCreate(c, o.input); err != nil {
				return err
			}
			if run == nil {
				run = createServiceRun
			}
			return run(c.Context(), o)
		},
	}
	flags.add(c)
	create.add(c)
	return c
}

func createServiceRun(ctx context.Context, o *createServiceOptions) error {
	return o.f.follow(ctx, func(s *workflow.Session) (workflow.Result, error) {
		r, err := s.CreateService(ctx, o.input)
		return r, marked(err, o.input.PlacementConstraints)
	})
}

// createFlags are what only create-service has.
type createFlags struct {
	name       string
	document   string
	launchType string
	scheduling string
	controller string
	token      string
	role       string
	tags       []string
	managed    bool
}

func (cf *createFlags) add(c *cobra.Command) {
	flags := c.Flags()
	flags.StringVar(&cf.name, "service-name", "", "the name, as the aws CLI takes it")
	flags.StringVar(&cf.launchType, "launch-type", "", "EC2, FARGATE or EXTERNAL")
	flags.StringVar(&cf.scheduling, "scheduling-strategy", "", "REPLICA or DAEMON")
	flags.StringVar(&cf.controller, "deployment-controller", "", "type=ECS, or JSON")
	flags.StringVar(&cf.token, "client-token", "", "makes a repeated request the same request")
	flags.StringVar(&cf.role, "role", "", "the role for a load balancer")
	flags.StringArrayVar(&cf.tags, "tags", nil, "tags: key=K,value=V …")
	flags.BoolVar(&cf.managed, "enable-ecs-managed-tags", false, "tag tasks with their cluster and service")
	addInputFlag(c, &cf.document)
}

func (cf *createFlags) fill(c *cobra.Command, f *Factory, name string, in *awsecs.CreateServiceInput) error {
	if name != "" {
		in.ServiceName = aws.String(name)
	}
	f.fillCluster(c, &in.Cluster)
	if cf.token != "" {
		in.ClientToken = aws.String(cf.token)
	}
	if cf.role != "" {
		in.Role = aws.String(cf.role)
	}
	if cf.managed {
		in.EnableECSManagedTags = true
	}
	if err := oneOf(cf.launchType, "--launch-type", &in.LaunchType, in.LaunchType.Values()); err != nil {
		return err
	}
	if err := oneOf(cf.scheduling, "--scheduling-strategy", &in.SchedulingStrategy, in.SchedulingStrategy.Values()); err != nil {
		return err
	}
	if err := decodeInto(cf.controller, "--deployment-controller", &in.DeploymentController); err != nil {
		return err
	}
	return decodeList(cf.tags, "--tags", &in.Tags)
}

// fillCluster puts the cluster into a request: a --cluster that was typed, else
// the document's own, else the default.
func (f *Factory) fillCluster(c *cobra.Command, member **string) {
	if c.Flags().Changed("cluster") || *member == nil {
		*member = aws.String(f.global.cluster)
	}
}

func checkCreate(c *cobra.Command, in *awsecs.CreateServiceInput) error {
	missing := func(what string) error {
		return hint.As(hint.Usage, hint.With(errors.New(what+" is missing: "+c.UseLine()), "see: "+c.CommandPath()+" --help"))
	}
	switch {
	case aws.ToString(in.ServiceName) == "":
		return missing("NAME")
	case aws.ToString(in.TaskDefinition) == "" && in.DeploymentController == nil:
		return missing("--task-definition")
	case in.DesiredCount == nil && in.SchedulingStrategy != "DAEMON":
		return missing("--desired-count")
	}
	return nil
}

func createMembers(in *awsecs.CreateServiceInput) members {
	return members{
		taskDefinition: &in.TaskDefinition, desiredCount: &in.DesiredCount,
		strategy: &in.PlacementStrategy, constraints: &in.PlacementConstraints,
		deployment: &in.DeploymentConfiguration, network: &in.NetworkConfiguration,
		loadBalancers: &in.LoadBalancers, registries: &in.ServiceRegistries, capacity: &in.CapacityProviderStrategy,
		platformVersion: &in.PlatformVersion, gracePeriod: &in.HealthCheckGracePeriodSeconds,
		rebalancing: &in.AvailabilityZoneRebalancing, propagateTags: &in.PropagateTags,
	}
}
