package cmd

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/report"
	"gantry/workflow"
)

type statusOptions struct {
	f       *Factory
	service string
}

func newStatusCmd(f *Factory, run func(context.Context, *statusOptions) error) *cobra.Command {
	o := &statusOptions{f: f}
	return &cobra.Command{
		Use:     "status [SERVICE]",
		Short:   "Show a cluster and its services, or one service with its tasks",
		Example: "  gantry --local status\n  gantry --local status web",
		Args:    arguments(0, "SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.service = args[0]
			}
			if run == nil {
				run = statusRun
			}
			return run(c.Context(), o)
		},
	}
}

func statusRun(ctx context.Context, o *statusOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		result, err := s.Status(ctx, o.f.global.cluster, o.service)
		if err != nil {
			return err
		}
		if o.f.json() {
			return o.f.printer(time.Time{}).JSON(result)
		}
		p := o.f.printer(result.Now)
		if o.service == "" {
			p.ClusterStatus(result)
		} else {
			p.ServiceStatus(result)
		}
		return nil
	})
}

type eventsOptions struct {
	f       *Factory
	service string
}

func newEventsCmd(f *Factory, run func(context.Context, *eventsOptions) error) *cobra.Command {
	o := &eventsOptions{f: f}
	return &cobra.Command{
		Use:     "events SERVICE",
		Short:   "Show the events of a service, oldest first",
		Example: "  gantry --local events web",
		Args:    arguments(1, "SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.service = args[0]
			if run == nil {
				run = eventsRun
			}
			return run(c.Context(), o)
		},
	}
}

func eventsRun(ctx context.Context, o *eventsOptions) error {
	return look(ctx, o.f, "events", func(s *workflow.Session) ([]ecs.ServiceEvent, error) {
		return s.Events(ctx, o.f.global.cluster, o.service)
	}, report.Printer.ServiceEvents)
}

type watchOptions struct {
	f                   *Factory
	service, deployment string
}

func newWatchCmd(f *Factory, run func(context.Context, *watchOptions) error) *cobra.Command {
	o := &watchOptions{f: f}
	c := &cobra.Command{
		Use:   "watch SERVICE",
		Short: "Watch a running deployment to its end",
		Long: `Watch the newest deployment of a service to its end, as the command that
started it would, with the same exit codes.`,
		Example: "  gantry --local watch web",
		Args:    arguments(1, "SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.service = args[0]
			if run == nil {
				run = watchRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.deployment, "deployment", "", "another deployment than the newest: its id or ARN")
	return c
}

func watchRun(ctx context.Context, o *watchOptions) error {
	return o.f.follow(ctx, func(s *workflow.Session) (workflow.Result, error) {
		return s.Watch(ctx, o.f.global.cluster, o.service, o.deployment)
	})
}
