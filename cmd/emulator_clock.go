package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"gantry/awsapi"
	"gantry/internal/hint"
)

type clockOptions struct {
	f    *Factory
	move awsapi.ClockMove
}

func newClockCmd(f *Factory, run func(context.Context, *clockOptions) error) *cobra.Command {
	o := &clockOptions{f: f}
	var step span
	var at string
	c := &cobra.Command{
		Use:   "clock [--speed N|max|pause] [--step DURATION | --at TIME]",
		Short: "Show the world's clock, set how fast it runs, or move it on",
		Long: `Show the world's time and how fast it runs, or set the speed: N times real
time; max, which runs on at once until only periodic events are left and then
goes on in real time; or pause, with which the time stands still until another
speed is set. A world that is paused answers as ever: what is changed in it is
changed at that moment, and what is due then happens.

--step moves the clock on at once, and --at moves it to a time, whatever the
speed. Everything happens that is due on the way, in its order: two steps of 15s
are one of 30s. The time never goes back. Ctrl-C leaves the world at the moment
that it has come to.`,
		Example: `  gantry --local emulator clock --speed 60
  gantry --local emulator clock --speed pause --step 30s
  gantry --local emulator clock --at 2030-01-01T06:00:00Z`,
		Args: arguments(0),
		RunE: func(c *cobra.Command, _ []string) error {
			if err := checkSpeed(o.move.Speed); err != nil {
				return err
			}
			stepped, moved := c.Flags().Changed("step"), c.Flags().Changed("at")
			o.move.Step = time.Duration(step)
			switch {
			case stepped && moved:
				return hint.As(hint.Usage, errors.New("--step moves the clock on by a duration and --at to a time: give one of the two"))
			case (stepped || moved) && o.move.Speed == "max":
				return hint.As(hint.Usage, errors.New("--speed max moves the clock on by itself: leave --step and --at out, or set the speed to pause or a number"))
			case stepped && o.move.Step <= 0:
				return hint.As(hint.Usage, fmt.Errorf("--step is how far to move the clock on, such as 30s, not %s: the world's time never goes back", o.move.Step))
			case moved:
				var err error
				if o.move.At, err = clockTime(at); err != nil {
					return err
				}
			}
			if run == nil {
				run = clockRun
			}
			return run(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.move.Speed, "speed", "", "how many times faster than real time, or max or pause")
	c.Flags().Var(&step, "step", "move the clock on by so much: 30s, 2h30m, 3d")
	c.Flags().StringVar(&at, "at", "", "move the clock on to this time (RFC 3339)")
	return c
}

// fastest is the emulator's own limit.
const fastest = 100_000

func checkSpeed(text string) error {
	if text == "" || text == "max" || text == "pause" {
		return nil
	}
	if n, err := strconv.ParseFloat(text, 64); err != nil || !(n > 0) || n > fastest {
		return hint.As(hint.Usage, fmt.Errorf("--speed is a number above 0 (at most 100000), max or pause, not %q", text))
	}
	return nil
}

// clockForm is how the clock is shown, so a time that was shown can be given.
const clockForm = "2006-01-02 15:04:05 UTC"

func clockTime(text string) (time.Time, error) {
	for _, form := range []string{time.RFC3339, clockForm} {
		if at, err := time.Parse(form, text); err == nil {
			return at, nil
		}
	}
	return time.Time{}, hint.As(hint.Usage, fmt.Errorf("--at is a time such as 2030-01-01T06:00:00Z, not %q", text))
}

func clockRun(ctx context.Context, o *clockOptions) error {
	client, err := o.f.client(ctx)
	if err != nil {
		return err
	}
	var clock awsapi.Clock
	switch {
	case o.move.Step > 0 || !o.move.At.IsZero():
		clock, err = o.moves(ctx, client)
	case o.move.Speed == "":
		clock, err = client.Clock(ctx)
	default:
		clock, err = client.SetClock(ctx, o.move.Speed)
	}
	if err != nil {
		return err
	}
	p := o.f.printer(time.Time{})
	if o.f.json() {
		return p.JSON(clock)
	}
	p.Line("%s, %s", clock.Now.UTC().Format(clockForm), pace(clock))
	return nil
}

// pace is how fast a clock goes, in words.
func pace(clock awsapi.Clock) string {
	switch clock.SpeedText {
	case "max":
		return "max"
	case "pause":
		return "paused"
	}
	return clock.SpeedText + " times real time"
}

// askedAfter is how long the emulator may take to say where a move has ended.
const askedAfter = 5 * time.Second

func (o *clockOptions) moves(ctx context.Context, client *awsapi.Client) (awsapi.Clock, error) {
	clock, err := client.MoveClock(ctx, o.move, func(now awsapi.Clock, left time.Duration) {
		o.f.talker().Line("the world is at %s, %s are left", now.Now.UTC().Format(clockForm), left.Round(time.Second))
	})
	if ctx.Err() == nil {
		return clock, err
	}
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), askedAfter)
	defer cancel()
	if stands, asked := client.Clock(after); asked == nil {
		o.f.talker().Line("the world stays at %s", stands.Now.UTC().Format(clockForm))
	}
	return clock, context.Cause(ctx)
}
