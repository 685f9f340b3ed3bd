package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/logs"
	"gantry/workflow"
)

type logsOptions struct {
	f *Factory
	workflow.LogsOptions
}

func newLogsCmd(f *Factory, run func(context.Context, *logsOptions) error) *cobra.Command {
	o := &logsOptions{f: f}
	c := &cobra.Command{
		Use:   "logs SERVICE|TASK",
		Short: "Show the log lines of all tasks of a service, or of one task",
		Long: `Show what the containers of a service, or of one task, wrote to awslogs: all
streams merged in time order, each in its own colour. With --output json each
line is one JSON object. On the emulator times and --since are the world's, whose
clock runs faster.`,
		Example: `  gantry --local logs web -f
  gantry logs web --since 1h --container app`,
		Args: arguments(1, "SERVICE|TASK"),
		RunE: func(c *cobra.Command, args []string) error {
			o.Target, o.Cluster = args[0], f.global.cluster
			if o.Since <= 0 {
				return hint.As(hint.Usage, fmt.Errorf("--since is a span of time such as 10m or 2h, not %s", o.Since))
			}
			if run == nil {
				run = logsRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().BoolVarP(&o.Follow, "follow", "f", false, "go on with new lines until Ctrl-C")
	o.Since = 10 * time.Minute
	c.Flags().Var((*span)(&o.Since), "since", "how far back to begin: 90s, 2h30m, 3d")
	c.Flags().StringVar(&o.Container, "container", "", "only this container")
	return c
}

func logsRun(ctx context.Context, o *logsOptions) error {
	return o.f.quietly(ctx, func(s *workflow.Session) error {
		p := o.f.printer(time.Time{})
		enc := json.NewEncoder(o.f.Streams.Out)
		enc.SetEscapeHTML(false)
		err := s.TailLogs(ctx, o.LogsOptions, func(e logs.Event) error {
			if ctx.Err() != nil {
				return context.Cause(ctx) // what was fetched already is not wanted any more
			}
			o.f.observe(e)
			if o.f.json() {
				return enc.Encode(e)
			}
			_, err := fmt.Fprintln(o.f.Streams.Out, p.Log(e))
			return err
		})
		if readerLeft(ctx) {
			return nil // it has seen enough
		}
		return err
	})
}
