package awsapi

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Clock is the time of an emulated world.
type Clock struct {
	Now       time.Time `json:"now"`
	Speed     any       `json:"speed"`     // a number, "max" or "pause"
	SpeedText string    `json:"speedText"` // "10", "max", "pause"
}

// Paused reports whether the clock stands still.
func (c Clock) Paused() bool { return c.SpeedText == "pause" }

// ClockMove moves the clock of a world on at once: by a duration, or to a time.
type ClockMove struct {
	Speed string // that is set first; "" leaves it
	Step  time.Duration
	At    time.Time
}

// Clock is the time of the emulated world.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	var clock Clock
	err := c.admins(ctx, "read the world's clock", http.MethodGet, "clock", nil, &clock)
	return clock, err
}

// SetClock sets how fast the world's time runs: a number, "max" or "pause".
func (c *Client) SetClock(ctx context.Context, speed string) (Clock, error) {
	var clock Clock
	err := c.admins(ctx, "set the world's clock", http.MethodPost, "clock", map[string]string{"speed": speed}, &clock)
	return clock, err
}

// moveWithin is how long the emulator is let move the clock until it says how far
// it has come.
const moveWithin = 5 * time.Second

// MoveClock moves the world's clock on. When that takes long, underway is told in
// between how far it has come, and what is left.
func (c *Client) MoveClock(ctx context.Context, m ClockMove, underway func(now Clock, left time.Duration)) (Clock, error) {
	in := map[string]string{"within": moveWithin.String()}
	if m.Speed != "" {
		in["speed"] = m.Speed
	}
	if m.At.IsZero() {
		in["step"] = m.Step.String()
	} else {
		in["at"] = m.At.Format(time.RFC3339Nano)
	}
	for {
		var out struct {
			Clock
			Left string `json:"left"`
		}
		if err := c.admins(ctx, "move the world's clock", http.MethodPost, "clock", in, &out); err != nil {
			return out.Clock, err
		}
		if out.Left == "" {
			return out.Clock, nil
		}
		left, err := time.ParseDuration(out.Left)
		if err != nil {
			return out.Clock, fmt.Errorf("move the world's clock: the emulator answered with %q for what is left", out.Left)
		}
		underway(out.Clock, left)
		in = map[string]string{"within": moveWithin.String(), "step": out.Left}
	}
}

// Paused reports whether the endpoint's time stands still, which that of AWS never
// does.
func (c *Client) Paused(ctx context.Context) bool {
	if !c.IsEmulator(ctx) {
		return false
	}
	clock, err := c.Clock(ctx)
	return err == nil && clock.Paused()
}
