package cmd

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"gantry/internal/hint"
)

type loadOptions struct {
	f    *Factory
	file string
}

func newLoadCmd(f *Factory, run func(context.Context, *loadOptions) error) *cobra.Command {
	o := &loadOptions{f: f}
	return &cobra.Command{
		Use:   "load FILE",
		Short: "Make what a file describes in a fresh world",
		Long: `Make what a file describes in a world in which nothing was made yet: instances,
clusters, images and their fates, task definitions, services, and faults on a
timetable. What is wrong in the file is told with its line, and nothing is made
then. The seed and the start of the clock are those of the world that is there.`,
		Example: "  gantry --local emulator load world.yaml",
		Args:    arguments(1, "FILE"),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			if run == nil {
				run = loadRun
			}
			return run(c.Context(), o)
		},
	}
}

func loadRun(ctx context.Context, o *loadOptions) error {
	file, err := o.f.readWorldFile(o.file)
	if err != nil {
		return err
	}
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	fresh, err := isFresh(ctx, client)
	if err != nil {
		return err
	}
	if !fresh {
		return hint.As(hint.Conflict, hint.Withf(errors.New("the world is not fresh: a file is loaded where nothing was made yet"), "make it fresh with: %s emulator reset", o.f.prefix()))
	}
	if err := o.f.makeWorld(ctx, client, file, file.Speed); err != nil {
		return err
	}
	o.f.talker().Line("made the world of %s", o.file)
	return nil
}
