package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/emulator"
	"gantry/emulator/store"
	"gantry/internal/hint"
)

func newEmulatorCmd(f *Factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "emulator",
		Short: "Serve and steer the built-in emulator",
		Long: `Serve and steer emulated worlds. A world is account 123456789012 in Region
us-east-1, and any other account and Region that a request is signed for (an
access key of twelve digits is that account's); each has things of its own. The
world's clock runs at 10 times real time. There is a VPC with a subnet in each
zone and a security group, and nothing else until something is made.

These commands act on the world that --local means (--world NAME), or with
--endpoint-url (AWS_ENDPOINT_URL) on an emulator that is being served.`,
		Example: `  gantry emulator serve
  gantry emulator run --ephemeral -- aws ecs list-clusters
  gantry --local emulator add-instances --type t3.medium --count 3`,
	}
	c.AddCommand(newServeCmd(f, nil), newEmulatorEnvCmd(f, nil), newEmulatorRunCmd(f, nil), newAddInstancesCmd(f, nil), newAddGroupCmd(f, nil), newClockCmd(f, nil), newSnapshotCmd(f, nil), newRestoreCmd(f, nil), newResetCmd(f, nil))
	c.AddCommand(newFaultCmd(f), newLoadCmd(f, nil))
	c.AddCommand(newAddTargetGroupCmd(f, nil), newAddLoadBalancerCmd(f, nil), newAddAlarmCmd(f, nil), newSetAlarmCmd(f, nil), newPutMetricCmd(f, nil),
		newAddSecretCmd(f, nil), newAddParameterCmd(f, nil), newAddNamespaceCmd(f, nil), newAddServiceRegistryCmd(f, nil), newEmulatorEventsCmd(f, nil))
	return c
}

type addInstancesOptions struct {
	f       *Factory
	request awsapi.NewInstances
}

func newAddInstancesCmd(f *Factory, run func(context.Context, *addInstancesOptions) error) *cobra.Command {
	o := &addInstancesOptions{f: f}
	var zones []string
	c := &cobra.Command{
		Use:   "add-instances --type TYPE --zones Z1,Z2 --count N",
		Short: "Register container instances of an EC2 instance type",
		Long:  "Register N container instances, dealt over the zones, with what that EC2 type registers on AWS.",
		Example: `  gantry --local emulator add-instances --cluster demo --type t3.medium \
    --zones us-east-1a,us-east-1b,us-east-1c --count 6`,
		Args: arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			switch {
			case o.request.InstanceType == "":
				return hint.As(hint.Usage, errors.New("--type is missing: an EC2 instance type such as t3.medium"))
			case o.request.Count < 1:
				return hint.As(hint.Usage, fmt.Errorf("--count is how many instances to add, 1 or more, not %d", o.request.Count))
			}
			if _, known := ecs.InstanceTypeByName(o.request.InstanceType); !known {
				return unknownType(o.request.InstanceType)
			}
			o.request.Cluster, o.request.Zones = f.global.cluster, zones
			if run == nil {
				run = addInstancesRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.request.InstanceType, "type", "", "the EC2 instance type")
	c.Flags().StringSliceVar(&zones, "zones", nil, "the availability zones, in the order they are dealt (default the Region's a, b and c)")
	c.Flags().IntVar(&o.request.Count, "count", 1, "how many in all")
	return c
}

// newInstances are container instances that were added.
type newInstances []ecs.ARN

func unknownType(name string) error {
	next := "the types are those of the current generation, such as t3.medium, m5.large, c6g.large"
	if nearest, ok := ecs.NearestInstanceType(name); ok {
		next = "did you mean " + nearest.Name + "?"
	}
	return hint.As(hint.Usage, hint.With(fmt.Errorf("the emulator does not know the instance type %q", name), next))
}

func addInstancesRun(ctx context.Context, o *addInstancesOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	if len(o.request.Zones) == 0 {
		o.request.Zones = defaultZones(client)
	}
	arns, err := client.AddInstances(ctx, o.request)
	if err != nil {
		return err
	}
	o.f.observe(newInstances(arns))
	p := o.f.printer(time.Time{})
	if o.f.json() {
		return p.JSON(map[string]any{"containerInstanceArns": arns})
	}
	for _, arn := range arns {
		p.Line("%s", arn)
	}
	return nil
}

func newResetCmd(f *Factory, run func(context.Context, *Factory) error) *cobra.Command {
	return &cobra.Command{
		Use:   "reset",
		Short: "Make the world as fresh as it was at first",
		Long: `Make the world as fresh as it was at first: everything in it is gone, at once
and unasked. Its clock and speed go back to their beginnings too. When the
world's file cannot be used any more, it is kept under another name.`,
		Example: "  gantry emulator reset --world scratch",
		Args:    arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if run == nil {
				run = resetRun
			}
			return run(c.Context(), f)
		},
	}
}

func resetRun(ctx context.Context, f *Factory) error {
	if f.global.local {
		options, err := f.emulatorOptions()
		if err != nil {
			return err
		}
		if !options.Exists() {
			return hint.As(hint.NotFound, fmt.Errorf("there is no world %q in %s", f.global.world, options.Dir))
		}
		if err := putAside(ctx, f, options); err != nil {
			return err
		}
	}
	client, err := f.client(ctx)
	if err != nil {
		return err
	}
	if err := client.Reset(ctx); err != nil {
		return err
	}
	if endpoint := client.Endpoint(); !f.global.local {
		f.talker().Line("the world at %s is fresh again", endpoint)
		return nil
	}
	f.talker().Line("the world is fresh again")
	return nil
}

// putAside makes room for a fresh world when the file of this one cannot be used.
func putAside(ctx context.Context, f *Factory, options emulator.Options) error {
	_, err := f.client(ctx)
	unusable, ok := errors.AsType[*store.FileError](err)
	if !ok {
		return err
	}
	kept, err := emulator.PutAside(ctx, options, unusable)
	if err != nil {
		return err
	}
	f.talker().Line("the world's file %s; it is kept as %s", unusable.Reason, kept)
	return nil
}
