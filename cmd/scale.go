package cmd

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"gantry/internal/hint"
	"gantry/workflow"
)

type scaleOptions struct {
	f       *Factory
	service string
	count   int
}

func newScaleCmd(f *Factory, run func(context.Context, *scaleOptions) error) *cobra.Command {
	o := &scaleOptions{f: f}
	return &cobra.Command{
		Use:   "scale SERVICE N",
		Short: "Change how many tasks a service keeps running",
		Long: `Change the desired count of a service, and nothing else. That starts no
deployment, so the wait is for the running count to be there and steady.`,
		Example: `  gantry --local scale web 15`,
		Args:    arguments(2, "SERVICE", "N"),
		RunE: func(c *cobra.Command, args []string) error {
			n, err := strconv.Atoi(args[1])
			if err != nil {
				return hint.As(hint.Usage, fmt.Errorf("the desired count N is a number of tasks, not %q", args[1]))
			}
			if err := checkCount("N", n); err != nil {
				return err
			}
			o.service, o.count = args[0], n
			if run == nil {
				run = scaleRun
			}
			return run(c.Context(), o)
		},
	}
}

func scaleRun(ctx context.Context, o *scaleOptions) error {
	return o.f.follow(ctx, func(s *workflow.Session) (workflow.Result, error) {
		return s.Scale(ctx, o.f.global.cluster, o.service, o.count)
	})
}
