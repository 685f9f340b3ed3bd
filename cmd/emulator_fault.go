package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gantry/ecs"
	"gantry/internal/hint"
)

// faultOptions are what every command that makes a fault has.
type faultOptions struct {
	f     *Factory
	fault ecs.Fault
	at    string
	lasts span
}

type faultRun func(context.Context, *faultOptions) error

func newFaultCmd(f *Factory) *cobra.Command {
	c := &cobra.Command{
		Use:   "fault",
		Short: "Let something go wrong in the world, now or on a timetable",
		Long: `Let something go wrong in an emulated world: to container instances and their
agents, to a zone, to capacity, to containers, to the functions of hooks, or to the
calls of the API. A fault begins at once, or at a time of the world (--at), and
lasts until it is ended, or as long as --for says in the world's time. Faults are
part of the world: they are there again when it is opened again.`,
		Example: `  gantry --local emulator fault lose-zone us-east-1a --at +2m --for 10m
  gantry --local emulator fault fate "exit=1 after=10s" --service web
  gantry --local emulator fault list
  gantry --local emulator fault clear`,
	}
	c.AddCommand(
		newStopInstanceFaultCmd(f, nil), newTerminateInstanceFaultCmd(f, nil), newDisconnectAgentFaultCmd(f, nil), newLoseZoneFaultCmd(f, nil),
		newSpotFaultCmd(f, nil), newCapacityFaultCmd(f, nil), newFateFaultCmd(f, nil), newHookFaultCmd(f, nil), newThrottleFaultCmd(f, nil), newAPIFaultCmd(f, nil),
		newFaultListCmd(f, nil), newFaultClearCmd(f, nil),
	)
	return c
}

// command gives a command that makes a fault its flags; fill reads its arguments.
func (o *faultOptions) command(run faultRun, c *cobra.Command, fill func(c *cobra.Command, args []string) error) *cobra.Command {
	c.RunE = func(c *cobra.Command, args []string) error {
		o.fault.Cluster, o.fault.For = ecs.ClusterName(o.f.global.cluster), ecs.Seconds(o.lasts)
		if err := o.begins(); err != nil {
			return err
		}
		if err := fill(c, args); err != nil {
			return err
		}
		if run == nil {
			run = makeFaultRun
		}
		return run(c.Context(), o)
	}
	c.Flags().StringVar(&o.at, "at", "", "when it begins: +2m from now, or a time of the world such as 2026-11-25T12:00:00Z")
	c.Flags().StringVar(&o.fault.Name, "name", "", "its name, by which it can be ended (default fault-1, fault-2 …)")
	return c
}

// lasting is command for a fault that can last.
func (o *faultOptions) lasting(run faultRun, c *cobra.Command, fill func(c *cobra.Command, args []string) error) *cobra.Command {
	c.Flags().Var(&o.lasts, "for", "how long it lasts, in the world's time (default until it is ended)")
	return o.command(run, c, fill)
}

// begins reads when the fault begins.
func (o *faultOptions) begins() error {
	if o.lasts < 0 {
		return hint.As(hint.Usage, errors.New("--for is how long the fault lasts, more than nothing"))
	}
	if o.at == "" {
		return nil
	}
	after, relative := strings.CutPrefix(o.at, "+")
	var err error
	if relative {
		var s span
		err = s.Set(after)
		o.fault.After = ecs.Seconds(s)
	} else {
		o.fault.At, err = time.Parse(time.RFC3339, o.at)
	}
	if err != nil {
		return hint.As(hint.Usage, hint.With(fmt.Errorf("--at %q is neither a span of time from now nor a time", o.at),
			"for example: --at +2m, or --at 2026-11-25T12:00:00Z"))
	}
	return nil
}

func makeFaultRun(ctx context.Context, o *faultOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	made, err := client.MakeFault(ctx, o.fault)
	if err != nil {
		return err
	}
	p := o.f.printer(time.Time{})
	if o.f.json() {
		return p.JSON(made)
	}
	p.Line("%s", made.Name)
	o.f.talker().Line("%s: %s%s", made.Name, made.Text, faultSpan(&made))
	return nil
}

// faultSpan says when a fault begins and ends.
func faultSpan(f *ecs.FaultState) string {
	text := ""
	if f.Status == ecs.FaultPending {
		text = " from " + f.From.UTC().Format(time.RFC3339) + " on"
	}
	switch {
	case !f.Until.IsZero():
		text += " until " + f.Until.UTC().Format(time.RFC3339)
	case f.Status == ecs.FaultActive:
		text += " until it is ended"
	}
	return text
}

func newFaultListCmd(f *Factory, run func(context.Context, *Factory) error) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the faults that last and those that are to come",
		Long: `List the faults that last (ACTIVE), those that are to come (PENDING), and those
that could not begin when their time had come (REFUSED).`,
		Example: "  gantry --local emulator fault list",
		Args:    arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if run == nil {
				run = faultListRun
			}
			return run(c.Context(), f)
		},
	}
}

func faultListRun(ctx context.Context, f *Factory) error {
	client, err := f.client(ctx)
	if err != nil {
		return err
	}
	faults, err := client.Faults(ctx)
	if err != nil {
		return err
	}
	p := f.printer(client.Now(ctx))
	if f.json() {
		return p.JSON(map[string]any{"faults": faults})
	}
	p.Faults(faults)
	return nil
}

type faultClearOptions struct {
	f     *Factory
	names []string
}

func newFaultClearCmd(f *Factory, run func(context.Context, *faultClearOptions) error) *cobra.Command {
	o := &faultClearOptions{f: f}
	return &cobra.Command{
		Use:   "clear [NAME…]",
		Short: "End faults before their time: those that are named, or all",
		Long: `End faults before their time, and take back those that are to come: those that
are named, or all. What they held down comes back: stopped instances start,
disconnected agents connect. Terminated instances and interrupted tasks stay gone.`,
		Example: "  gantry --local emulator fault clear fault-1",
		Args:    arguments(0, "NAME…"),
		RunE: func(c *cobra.Command, args []string) error {
			o.names = args
			if run == nil {
				run = faultClearRun
			}
			return run(c.Context(), o)
		},
	}
}

func faultClearRun(ctx context.Context, o *faultClearOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	ended, err := client.EndFaults(ctx, o.names...)
	if err != nil {
		return err
	}
	p := o.f.printer(time.Time{})
	if o.f.json() {
		return p.JSON(map[string]any{"ended": ended})
	}
	for _, name := range ended {
		p.Line("%s", name)
	}
	if len(ended) == 0 {
		o.f.talker().Line("there was no fault to end")
	}
	return nil
}

// share is a flag's share of something: 20%, or 0.2.
type share float64

// String is the share; none is no text, so that the help shows no default.
func (s *share) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(100*float64(*s), 'g', -1, 64) + "%"
}

// Type is the word for a value in the help.
func (s *share) Type() string { return "share" }

// Set reads the flag's text.
func (s *share) Set(text string) error {
	number, percent := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(number, 64)
	if percent {
		n /= 100
	}
	if err != nil || !(n >= 0 && n <= 1) {
		return fmt.Errorf("%q is no share between 0%% and 100%%, such as 20%% or 0.2", text)
	}
	*s = share(n)
	return nil
}
