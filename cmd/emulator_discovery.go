package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"gantry/internal/hint"
)

// addDiscoveryOptions is a namespace, or a service registry in one.
type addDiscoveryOptions struct {
	f               *Factory
	name, namespace string
}

func newAddNamespaceCmd(f *Factory, run func(context.Context, *addDiscoveryOptions) error) *cobra.Command {
	o := &addDiscoveryOptions{f: f}
	return &cobra.Command{
		Use:   "add-namespace NAME",
		Short: "Make a Cloud Map namespace for service discovery and Service Connect",
		Long: `Make an HTTP namespace of AWS Cloud Map and print its ARN. The
serviceConnectConfiguration of a service names it, and service registries are
made in it.`,
		Example: "  gantry --local emulator add-namespace shop",
		Args:    arguments(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			o.name = args[0]
			if run == nil {
				run = addNamespaceRun
			}
			return run(c.Context(), o)
		},
	}
}

func addNamespaceRun(ctx context.Context, o *addDiscoveryOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	arn, err := client.AddNamespace(ctx, o.name)
	if err != nil {
		return err
	}
	return o.f.made(arn)
}

func newAddServiceRegistryCmd(f *Factory, run func(context.Context, *addDiscoveryOptions) error) *cobra.Command {
	o := &addDiscoveryOptions{f: f}
	c := &cobra.Command{
		Use:   "add-service-registry NAME --namespace NAMESPACE",
		Short: "Make a Cloud Map service that a service's tasks are registered with",
		Long: `Make a service of AWS Cloud Map in a namespace, and print its ARN. A service that
names it in its serviceRegistries has its running tasks registered there, with
their addresses and their health.`,
		Example: `  gantry --local emulator add-namespace shop
  gantry --local emulator add-service-registry web --namespace shop
  gantry --local create-service web --task-definition web --desired-count 2 \
    --service-registries registryArn=ARN,containerName=web,containerPort=80`,
		Args: arguments(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			o.name = args[0]
			if o.namespace == "" {
				return hint.As(hint.Usage, errors.New("--namespace is missing: the name, the id or the ARN of a namespace (gantry emulator add-namespace)"))
			}
			if run == nil {
				run = addServiceRegistryRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.namespace, "namespace", "", "the name, the id or the ARN of the namespace")
	return c
}

func addServiceRegistryRun(ctx context.Context, o *addDiscoveryOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	arn, err := client.AddServiceRegistry(ctx, o.namespace, o.name)
	if err != nil {
		return err
	}
	return o.f.made(arn)
}
