package cmd

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/ecs"
	"gantry/internal/hint"
)

type emulatorEventsOptions struct {
	f     *Factory
	query awsapi.EventQuery
}

func newEmulatorEventsCmd(f *Factory, run func(context.Context, *emulatorEventsOptions) error) *cobra.Command {
	o := &emulatorEventsOptions{f: f}
	c := &cobra.Command{
		Use:   "events",
		Short: "Print the events that ECS sends to EventBridge, one JSON object a line",
		Long: `Print the events of a world in the shape in which Amazon ECS sends them to
EventBridge, one JSON object a line: of all its clusters, or with --cluster of
one. With --follow they are printed as they come, until Ctrl-C.

The world keeps its last 5,000 events from when it was first asked for them;
before that it keeps none. Events that were dropped before they could be printed
are told in their place, as "Gantry Events Lost" with their number.

--since begins at a time, some time ago in the world's time, or after the event
with an id. Without it --follow begins now, and else with the oldest.`,
		Example: `  gantry --local emulator events --follow --detail-type "ECS Task State Change"
  gantry --local emulator events --since 10m | jq -r '.time + " " + ."detail-type"'`,
		Args: arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			known := ecs.DetailTypes()
			for _, t := range o.query.DetailTypes {
				if !slices.Contains(known, ecs.DetailType(t)) {
					var names []string
					for _, k := range known {
						names = append(names, string(k))
					}
					return hint.As(hint.Usage, fmt.Errorf("--detail-type is one of %s, not %q", strings.Join(names, ", "), t))
				}
			}
			if c.Flags().Changed("cluster") {
				o.query.Clusters = []string{f.global.cluster}
			}
			if run == nil {
				run = emulatorEventsRun
			}
			return run(c.Context(), o)
		},
	}
	flags := c.Flags()
	flags.BoolVarP(&o.query.Follow, "follow", "f", false, "go on with new events until Ctrl-C")
	flags.StringVar(&o.query.Since, "since", "", "a time (2030-01-01T06:00:00Z), a span of time (10m), or the id of an event")
	flags.StringArrayVar(&o.query.DetailTypes, "detail-type", nil, `such as "ECS Task State Change"; may be given again`)
	return c
}

func emulatorEventsRun(ctx context.Context, o *emulatorEventsOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	if len(o.query.Clusters) > 0 {
		_, missing, err := client.DescribeClusters(ctx, o.query.Clusters)
		if err != nil {
			return err
		}
		for _, m := range missing {
			o.f.talker().Line("there is no cluster %s now", m.ARN.Short()) // there may have been one, or will be
		}
	}
	begun := func(fresh bool) {
		if fresh {
			o.f.talker().Line("the world keeps its events from now on; it has none from before")
		}
	}
	err = client.Events(ctx, o.query, begun, func(line []byte) error {
		o.f.observe(json.RawMessage(line))
		_, err := fmt.Fprintf(o.f.Streams.Out, "%s\n", line)
		return err
	})
	if readerLeft(ctx) {
		return nil // it has seen enough
	}
	return err
}
