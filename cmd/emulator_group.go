package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/internal/hint"
)

type addGroupOptions struct {
	f     *Factory
	group ecs.AutoScalingGroup
}

func newAddGroupCmd(f *Factory, run func(context.Context, *addGroupOptions) error) *cobra.Command {
	o := &addGroupOptions{f: f}
	g := &o.group
	c := &cobra.Command{
		Use:   "add-auto-scaling-group NAME --type TYPE --max N",
		Short: "Make an Auto Scaling group for a capacity provider",
		Long: `Make an EC2 Auto Scaling group, or set everything about one that is there, and
print its ARN. It launches instances once a cluster is associated with a
capacity provider over it. A group that a capacity provider names and that is
not there is made by itself: 0 to 100 instances of the type t3.medium, none at
first.`,
		Example: `  gantry --local emulator add-auto-scaling-group web --type m5.large \
    --zones us-east-1a,us-east-1b --min 0 --max 20`,
		Args: arguments(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			g.Name = args[0]
			g.DesiredCapacity = max(g.DesiredCapacity, g.MinSize)
			switch {
			case g.InstanceType == "":
				return hint.As(hint.Usage, errors.New("--type is missing: an EC2 instance type such as t3.medium"))
			case g.MinSize < 0 || g.MaxSize < g.DesiredCapacity:
				return hint.As(hint.Usage, hint.With(fmt.Errorf("a group of %d to %d instances cannot have %d", g.MinSize, g.MaxSize, g.DesiredCapacity),
					"--min is 0 or more, and --max at least --min and --desired"))
			}
			if _, known := ecs.InstanceTypeByName(g.InstanceType); !known {
				return unknownType(g.InstanceType)
			}
			if run == nil {
				run = addGroupRun
			}
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringVar(&g.InstanceType, "type", "", "the EC2 instance type")
	flags.StringSliceVar(&g.AvailabilityZones, "zones", nil, "the availability zones (default the Region's a, b and c)")
	flags.IntVar(&g.MinSize, "min", 0, "the fewest instances")
	flags.IntVar(&g.MaxSize, "max", 0, "the most instances")
	flags.IntVar(&g.DesiredCapacity, "desired", 0, "how many instances at first (default --min)")
	flags.BoolVar(&g.NewInstancesProtectedFromScaleIn, "protected", false, "protect new instances from scale-in, as managed termination protection needs it")
	flags.BoolVar(&g.Spot, "spot", false, "the instances are Spot Instances")
	return c
}

func addGroupRun(ctx context.Context, o *addGroupOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	group, err := client.PutAutoScalingGroup(ctx, o.group)
	if err != nil {
		return err
	}
	p := o.f.printer(time.Time{})
	if o.f.json() {
		return p.JSON(map[string]any{"autoScalingGroup": group})
	}
	p.Line("%s", group.ARN)
	return nil
}
