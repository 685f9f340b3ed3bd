package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/internal/hint"
)

// made prints the ARN of what was made in the emulator.
func (f *Factory) made(arn string) error {
	p := f.printer(time.Time{})
	if f.json() {
		return p.JSON(map[string]any{"arn": arn})
	}
	p.Line("%s", arn)
	return nil
}

type addTargetGroupOptions struct {
	f       *Factory
	request awsapi.NewTargetGroup
}

func newAddTargetGroupCmd(f *Factory, run func(context.Context, *addTargetGroupOptions) error) *cobra.Command {
	o := &addTargetGroupOptions{f: f}
	g := &o.request
	var interval, timeout, delay time.Duration
	c := &cobra.Command{
		Use:   "add-target-group NAME",
		Short: "Make a target group that a service can register its tasks in",
		Long: `Make a target group of Elastic Load Balancing and print its ARN. A service that
names it has its tasks as targets: their health is that of the target group's
checks, by what the tasks' fates say of their ports. What is not said has the
default of Elastic Load Balancing, such as a check each 30s and 300s for the
connections of a target that leaves.`,
		Example: `  gantry --local emulator add-target-group blue --port 80 --health-check-path /health
  gantry --local create-service web --task-definition web --desired-count 2 \
    --load-balancers targetGroupArn=ARN,containerName=web,containerPort=80`,
		Args: arguments(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			g.Name = args[0]
			for flag, d := range map[string]time.Duration{"--health-check-interval": interval, "--health-check-timeout": timeout, "--deregistration-delay": delay} {
				if d < 0 || d%time.Second != 0 {
					return hint.As(hint.Usage, fmt.Errorf("%s is in whole seconds, such as 10s, not %s", flag, d))
				}
			}
			g.HealthCheckIntervalSeconds, g.HealthCheckTimeoutSeconds = int(interval/time.Second), int(timeout/time.Second)
			if c.Flags().Changed("deregistration-delay") {
				g.DeregistrationDelay = strconv.Itoa(int(delay / time.Second))
			}
			if run == nil {
				run = addTargetGroupRun
			}
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.IntVar(&g.Port, "port", 80, "the port of its targets")
	flags.StringVar(&g.Protocol, "protocol", "HTTP", "HTTP, HTTPS, TCP, TLS, UDP or TCP_UDP")
	flags.StringVar(&g.TargetType, "target-type", "", "instance, or ip for tasks with networkMode awsvpc (default instance)")
	flags.StringVar(&g.HealthCheckPath, "health-check-path", "", "where HTTP is asked (default /)")
	flags.DurationVar(&interval, "health-check-interval", 0, "how often a target is asked (default 30s)")
	flags.DurationVar(&timeout, "health-check-timeout", 0, "how long an answer may take")
	flags.IntVar(&g.HealthyThresholdCount, "healthy-threshold", 0, "how many checks in a row make a target healthy (default 5)")
	flags.IntVar(&g.UnhealthyThresholdCount, "unhealthy-threshold", 0, "how many checks in a row make a target unhealthy (default 2)")
	flags.StringVar(&g.Matcher, "matcher", "", "the HTTP codes of a healthy target, such as 200-299 (default 200)")
	flags.DurationVar(&delay, "deregistration-delay", 0, "how long the connections of a target that leaves are kept (default 5m)")
	return c
}

func addTargetGroupRun(ctx context.Context, o *addTargetGroupOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	arn, err := client.AddTargetGroup(ctx, o.request)
	if err != nil {
		return err
	}
	return o.f.made(arn)
}

type addLoadBalancerOptions struct {
	f       *Factory
	request awsapi.NewLoadBalancer
}

func newAddLoadBalancerCmd(f *Factory, run func(context.Context, *addLoadBalancerOptions) error) *cobra.Command {
	o := &addLoadBalancerOptions{f: f}
	var listeners []string
	c := &cobra.Command{
		Use:   "add-load-balancer NAME --listener PORT=GROUP …",
		Short: "Make a load balancer with listeners that forward to target groups",
		Long: `Make a load balancer of Elastic Load Balancing with a listener for each
--listener, and print its ARN. Below it stands a line for each listener: its port,
and the ARN that a service with the deployment strategy BLUE_GREEN, LINEAR or
CANARY names as its production or test listener rule. That is a rule which
forwards everything, or with --type network the listener itself.

GROUP is the name or the ARN of a target group (emulator add-target-group).`,
		Example: `  gantry --local emulator add-target-group blue
  gantry --local emulator add-target-group green
  gantry --local emulator add-load-balancer web --listener 80=blue --listener 8080=green`,
		Args: arguments(1, "NAME"),
		RunE: func(c *cobra.Command, args []string) error {
			o.request.Name = args[0]
			if o.request.Type != "application" && o.request.Type != "network" {
				return hint.As(hint.Usage, fmt.Errorf("--type is application or network, not %q", o.request.Type))
			}
			if len(listeners) == 0 {
				return hint.As(hint.Usage, errors.New("--listener is missing: PORT=GROUP, such as 80=blue, once for each listener"))
			}
			for _, text := range listeners {
				listener, err := parseListener(text)
				if err != nil {
					return err
				}
				o.request.Listeners = append(o.request.Listeners, listener)
			}
			if run == nil {
				run = addLoadBalancerRun
			}
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.StringArrayVar(&listeners, "listener", nil, "PORT=GROUP, or PROTOCOL:PORT=GROUP such as HTTPS:443=blue; may be given again")
	flags.StringVar(&o.request.Type, "type", "application", "application or network")
	flags.StringVar(&o.request.Scheme, "scheme", "", "internet-facing or internal (default internet-facing)")
	return c
}

// parseListener reads [PROTOCOL:]PORT=GROUP.
func parseListener(text string) (awsapi.NewListener, error) {
	where, group, ok := strings.Cut(text, "=")
	protocol, number, named := strings.Cut(where, ":")
	if !named {
		protocol, number = "", where
	}
	port, err := strconv.Atoi(number)
	if !ok || group == "" || err != nil || port < 1 || port > 65535 {
		return awsapi.NewListener{}, hint.As(hint.Usage, fmt.Errorf("--listener is PORT=GROUP or PROTOCOL:PORT=GROUP, such as 80=blue, not %q", text))
	}
	return awsapi.NewListener{Port: port, Protocol: strings.ToUpper(protocol), TargetGroup: group}, nil
}

func addLoadBalancerRun(ctx context.Context, o *addLoadBalancerOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	made, err := client.AddLoadBalancer(ctx, o.request)
	if err != nil {
		return err
	}
	p := o.f.printer(time.Time{})
	if o.f.json() {
		return p.JSON(made)
	}
	p.Line("%s", made.ARN)
	for _, l := range made.Listeners {
		arn := l.RuleARN
		if arn == "" {
			arn = l.ListenerARN
		}
		p.Line("%d %s", l.Port, arn)
	}
	return nil
}
