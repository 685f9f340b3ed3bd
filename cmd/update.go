package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsecs "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/workflow"
)

type updateOptions struct {
	f     *Factory
	input *awsecs.UpdateServiceInput
	workflow.UpdateOptions
}

func newUpdateCmd(f *Factory, run func(context.Context, *updateOptions) error) *cobra.Command {
	o := &updateOptions{f: f, input: &awsecs.UpdateServiceInput{}}
	var flags serviceFlags
	var service, document string
	var images []string
	var force bool
	c := &cobra.Command{
		Use:     "update SERVICE",
		Aliases: []string{"update-service"},
		Short:   "Update a service and watch the rollout",
		Long: `Change a service, and wait for the outcome of the deployment that the change
started. --image registers the next revision of the task definition with
another image in one container and deploys it. ECS takes another capacity
provider strategy together with --force-new-deployment only.`,
		Example: `  gantry --local update web --task-definition web:2
  gantry update web --image app=123456789012.dkr.ecr.us-east-1.amazonaws.com/web:v2
  gantry update web --deployment-configuration minimumHealthyPercent=50,maximumPercent=100 --force-new-deployment`,
		Args: arguments(0, "SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			if err := f.readInput(document, o.input); err != nil {
				return err
			}
			name, err := nameOnce(args, service, "--service")
			if err != nil {
				return err
			}
			if name != "" {
				o.input.Service = aws.String(name)
			}
			if aws.ToString(o.input.Service) == "" {
				return hint.As(hint.Usage, errors.New("SERVICE is missing: "+c.UseLine()))
			}
			f.fillCluster(c, &o.input.Cluster)
			if o.Images, err = parseImages(images); err != nil {
				return err
			}
			if force {
				o.input.ForceNewDeployment = true
			}
			if err := flags.fill(c, updateMembers(o.input)); err != nil {
				return err
			}
			flags.fillExecuteCommand(c, o.input)
			if run == nil {
				run = updateRun
			}
			return run(c.Context(), o)
		},
	}
	flags.add(c)
	c.Flags().StringVar(&service, "service", "", "the service, as the aws CLI takes it")
	c.Flags().StringArrayVar(&images, "image", nil, "CONTAINER=REF: deploy the next revision with this image; repeatable")
	c.Flags().BoolVar(&force, "force-new-deployment", false, "replace every task even though nothing else changes")
	addInputFlag(c, &document)
	return c
}

func (s *serviceFlags) fillExecuteCommand(c *cobra.Command, in *awsecs.UpdateServiceInput) {
	switch {
	case c.Flags().Changed("enable-execute-command"):
		in.EnableExecuteCommand = aws.Bool(s.executeCommand)
	case c.Flags().Changed("disable-execute-command"):
		in.EnableExecuteCommand = aws.Bool(!s.noExecuteCommand)
	}
}

func updateRun(ctx context.Context, o *updateOptions) error {
	return o.f.follow(ctx, func(s *workflow.Session) (workflow.Result, error) {
		r, err := s.Update(ctx, o.input, o.UpdateOptions)
		return r, marked(err, o.input.PlacementConstraints)
	})
}

// parseImages reads CONTAINER=REF pairs.
func parseImages(pairs []string) (map[string]string, error) {
	images := map[string]string{}
	for _, pair := range pairs {
		container, ref, ok := strings.Cut(pair, "=")
		if !ok || container == "" || ref == "" {
			return nil, hint.As(hint.Usage, fmt.Errorf("--image is CONTAINER=REF, such as web=web:v2, not %q", pair))
		}
		if other, twice := images[container]; twice && other != ref {
			return nil, hint.As(hint.Usage, fmt.Errorf("--image names container %q twice", container))
		}
		images[container] = ref
	}
	return images, nil
}

func updateMembers(in *awsecs.UpdateServiceInput) members {
	return members{
		taskDefinition: &in.TaskDefinition, desiredCount: &in.DesiredCount,
		strategy: &in.PlacementStrategy, constraints: &in.PlacementConstraints,
		deployment: &in.DeploymentConfiguration, network: &in.NetworkConfiguration,
		loadBalancers: &in.LoadBalancers, registries: &in.ServiceRegistries, capacity: &in.CapacityProviderStrategy,
		platformVersion: &in.PlatformVersion, gracePeriod: &in.HealthCheckGracePeriodSeconds,
		rebalancing: &in.AvailabilityZoneRebalancing, propagateTags: &in.PropagateTags,
	}
}
