package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/internal/hint"
)

// someInstances gives a command the ways to name container instances.
func someInstances(c *cobra.Command) (read func(args []string) (*ecs.FaultInstances, error)) {
	in := &ecs.FaultInstances{}
	c.Flags().StringVar(&in.Zone, "zone", "", "those in this zone")
	c.Flags().StringVar(&in.Expression, "expression", "", "those that match this cluster query expression")
	c.Flags().IntVar(&in.Count, "count", 0, "so many of those, by chance (default all of them)")
	c.Args = arguments(0, "INSTANCE")
	return func(args []string) (*ecs.FaultInstances, error) {
		narrowed := in.Zone != "" || in.Expression != "" || in.Count != 0
		switch {
		case in.Count < 0:
			return nil, hint.As(hint.Usage, fmt.Errorf("--count is how many instances, 1 or more, not %d", in.Count))
		case len(args) == 1 && narrowed:
			return nil, hint.As(hint.Usage, errors.New("an INSTANCE that is named does not go together with --zone, --expression or --count"))
		case len(args) == 1:
			in.Instance = args[0]
		case !narrowed:
			return nil, hint.As(hint.Usage, hint.With(errors.New("INSTANCE is missing: a container instance by its id, ARN or EC2 instance id"),
				"or choose some with --zone, --expression or --count"))
		}
		return in, nil
	}
}

func newStopInstanceFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	c := &cobra.Command{
		Use:   "stop-instance INSTANCE | --zone Z | --expression E [--count N]",
		Short: "Stop EC2 instances: their tasks end, and they start again afterwards",
		Long: `Stop the EC2 instances under container instances. Their tasks end, their agents
disconnect, and they start again when the fault ends.`,
		Example: `  gantry --local emulator fault stop-instance i-0123456789abcdef0 --for 5m
  gantry --local emulator fault stop-instance --zone us-east-1a --count 2`,
	}
	read := someInstances(c)
	return o.lasting(run, c, func(_ *cobra.Command, args []string) (err error) {
		o.fault.StopInstance, err = read(args)
		return err
	})
}

func newTerminateInstanceFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	c := &cobra.Command{
		Use:     "terminate-instance INSTANCE | --zone Z | --expression E [--count N]",
		Short:   "Terminate EC2 instances for good",
		Long:    "Terminate the EC2 instances under container instances. They do not come back; an Auto Scaling group launches others.",
		Example: "  gantry --local emulator fault terminate-instance --count 1 --at +90s",
	}
	read := someInstances(c)
	return o.command(run, c, func(_ *cobra.Command, args []string) (err error) {
		o.fault.TerminateInstance, err = read(args)
		return err
	})
}

func newDisconnectAgentFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	c := &cobra.Command{
		Use:   "disconnect-agent INSTANCE | --zone Z | --expression E [--count N]",
		Short: "Disconnect ECS agents: tasks go on, but ECS hears nothing of them",
		Long: `Disconnect the ECS agents of container instances. Their tasks go on, but ECS hears
nothing of them and places none there, until the fault ends.`,
		Example: "  gantry --local emulator fault disconnect-agent i-0123456789abcdef0 --for 5m",
	}
	read := someInstances(c)
	return o.lasting(run, c, func(_ *cobra.Command, args []string) (err error) {
		o.fault.DisconnectAgent, err = read(args)
		return err
	})
}

func newLoseZoneFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	return o.lasting(run, &cobra.Command{
		Use:   "lose-zone ZONE",
		Short: "Lose a whole Availability Zone",
		Long: `Lose an Availability Zone: its container instances stop, Fargate loses its tasks
there, and nothing starts there while it lasts. It is lost to every cluster that
there is, or with --cluster to that one alone.`,
		Example: "  gantry --local emulator fault lose-zone us-east-1a --at +2m --for 10m",
		Args:    arguments(1, "ZONE"),
	}, func(c *cobra.Command, args []string) error {
		if !c.Flags().Changed("cluster") {
			o.fault.Cluster = ""
		}
		o.fault.LoseZone = args[0]
		return nil
	})
}

func newSpotFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	in := &ecs.FaultSpot{}
	c := &cobra.Command{
		Use:   "spot-interruption [--task T | --instance I | --auto-scaling-group G]",
		Short: "Take Spot capacity back, after the notice of two minutes",
		Long: `Take Spot capacity back, after the notice of two minutes: a task on FARGATE_SPOT, a
Spot Instance, or the instances of an Auto Scaling group of Spot Instances; without
any of these, the tasks on FARGATE_SPOT.`,
		Example: `  gantry --local emulator fault spot-interruption --percent 50
  gantry --local emulator fault spot-interruption --auto-scaling-group web --zone us-east-1a`,
		Args: arguments(0),
	}
	c.Flags().StringVar(&in.Task, "task", "", "this task alone")
	c.Flags().StringVar(&in.Instance, "instance", "", "this container instance alone")
	c.Flags().StringVar(&in.AutoScalingGroup, "auto-scaling-group", "", "the instances of this Auto Scaling group")
	c.Flags().StringVar(&in.Zone, "zone", "", "only those in this zone")
	c.Flags().IntVar(&in.Percent, "percent", 0, "so many per cent of them, by chance, at least one (default all)")
	c.MarkFlagsMutuallyExclusive("task", "instance", "auto-scaling-group")
	return o.command(run, c, func(*cobra.Command, []string) error {
		if in.Percent < 0 || in.Percent > 100 {
			return hint.As(hint.Usage, fmt.Errorf("--percent is between 1 and 100, not %d", in.Percent))
		}
		o.fault.SpotInterruption = in
		return nil
	})
}

func newCapacityFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	in := &ecs.FaultCapacity{}
	c := &cobra.Command{
		Use:   "capacity-shortage --type TYPE | --capacity-provider P | --auto-scaling-group G",
		Short: "Let new capacity be unavailable",
		Long: `Let no new capacity be had: of an instance type, by an Auto Scaling group, or of
FARGATE or FARGATE_SPOT. What runs already goes on.`,
		Example: `  gantry --local emulator fault capacity-shortage --type t3.medium --zone us-east-1a
  gantry --local emulator fault capacity-shortage --capacity-provider FARGATE_SPOT --for 15m`,
		Args: arguments(0),
	}
	c.Flags().StringVar(&in.InstanceType, "type", "", "no Auto Scaling group can launch instances of this type")
	c.Flags().StringVar(&in.AutoScalingGroup, "auto-scaling-group", "", "this Auto Scaling group can launch no instance")
	c.Flags().StringVar(&in.CapacityProvider, "capacity-provider", "", "no task finds a place on this one: FARGATE or FARGATE_SPOT")
	c.Flags().StringSliceVar(&in.Zones, "zone", nil, "only in these zones")
	return o.lasting(run, c, func(*cobra.Command, []string) error {
		given := 0
		for _, text := range []string{in.InstanceType, in.AutoScalingGroup, in.CapacityProvider} {
			if text != "" {
				given++
			}
		}
		if given != 1 {
			return hint.As(hint.Usage, hint.With(errors.New("what cannot be had is exactly one of --type, --capacity-provider and --auto-scaling-group"),
				"for example: --type t3.medium, or --capacity-provider FARGATE_SPOT"))
		}
		if in.InstanceType != "" {
			if _, known := ecs.InstanceTypeByName(in.InstanceType); !known {
				return unknownType(in.InstanceType)
			}
		}
		o.fault.CapacityShortage = in
		return nil
	})
}

func newFateFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	in := &ecs.FaultFate{}
	c := &cobra.Command{
		Use:   "fate FATE",
		Short: "Lay another fate on containers: a crash loop, a slow pull, failing health",
		Long: `Lay another fate on the containers that live and on those that are started while it
lasts. What FATE says takes the place of what their task definitions say:
"exit=1 after=10s" is a crash loop, "pull=5m" a slow pull, "flap=40s/20s" health
that comes and goes, "fail=pull" a pull that fails. Without a flag it falls on all
containers of the cluster.`,
		Example: `  gantry --local emulator fault fate "exit=1 after=10s" --service web --for 5m
  gantry --local emulator fault fate "pull=5m" --image nginx:1.27`,
		Args: arguments(1, "FATE"),
	}
	c.Flags().StringVar((*string)(&in.Service), "service", "", "on the tasks of this service")
	c.Flags().StringVar((*string)(&in.Family), "family", "", "on the tasks of this family of task definitions")
	c.Flags().StringVar(&in.Image, "image", "", "on containers with this image, with or without its tag")
	c.Flags().StringVar(&in.Container, "container", "", "on containers with this name")
	return o.lasting(run, c, func(_ *cobra.Command, args []string) error {
		in.Fate = args[0]
		o.fault.Fate = in
		return nil
	})
}

func newHookFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	in := &ecs.FaultHook{}
	var again span
	c := &cobra.Command{
		Use:   "hook [--hook-target ARN] [--status FAILED|IN_PROGRESS]",
		Short: "Let the functions of lifecycle hooks fail, or not answer",
		Long: `Let the functions of lifecycle hooks answer FAILED or IN_PROGRESS, or without
--status nothing at all, so that the hook times out.`,
		Example: "  gantry --local emulator fault hook --status FAILED --for 10m",
		Args:    arguments(0),
	}
	c.Flags().StringVar(&in.HookTargetARN, "hook-target", "", "the function with this ARN (default every one)")
	c.Flags().StringVar((*string)(&in.Status), "status", "", "what it answers: FAILED or IN_PROGRESS (default nothing)")
	c.Flags().Var(&again, "call-back-delay", "with IN_PROGRESS: when it wants to be invoked again")
	return o.lasting(run, c, func(*cobra.Command, []string) error {
		switch in.Status {
		case "", ecs.HookFailed, ecs.HookInProgress:
		default:
			return hint.As(hint.Usage, fmt.Errorf("--status is FAILED or IN_PROGRESS, not %q", in.Status))
		}
		in.CallBackDelay = ecs.Seconds(again)
		o.fault.Hook = in
		return nil
	})
}

func newThrottleFaultCmd(f *Factory, run faultRun) *cobra.Command {
	o := &faultOptions{f: f}
	return o.lasting(run, &cobra.Command{
		Use:   "throttle-scheduler SHARE",
		Short: "Throttle a share of the scheduler's own operations",
		Long: `Throttle a share of the operations by which the service scheduler starts tasks. It
tries them again later, and says so in the service's events.`,
		Example: "  gantry --local emulator fault throttle-scheduler 50% --for 5m",
		Args:    arguments(1, "SHARE"),
	}, func(_ *cobra.Command, args []string) error {
		var s share
		if err := s.Set(args[0]); err != nil {
			return hint.As(hint.Usage, err)
		}
		if o.fault.ThrottleScheduler = float64(s); s == 0 {
			return hint.As(hint.Usage, errors.New("a share of 0% throttles nothing"))
		}
		return nil
	})
}
