package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"gantry/emulator/reconcile"
	"gantry/emulator/store"
)

type clockAnswer struct {
	Now       time.Time `json:"now"`
	Speed     any       `json:"speed"` // a number, "max" or "pause"
	SpeedText string    `json:"speedText"`
	// Left is how much of a move is still to be made when it took longer than it
	// was to.
	Left string `json:"left,omitempty"`
}

func newClockAnswer(speed string) clockAnswer {
	answer := clockAnswer{Speed: speed, SpeedText: speed}
	if number, err := strconv.ParseFloat(speed, 64); err == nil {
		answer.Speed = number
	}
	return answer
}

func (s *Server) showClock(*http.Request) (any, error) { return s.clock() }

func (s *Server) clock() (clockAnswer, error) {
	answer := newClockAnswer(s.cfg.Admin.Speed())
	err := s.view(func(tx *store.Tx) error { answer.Now = tx.Now(); return nil })
	return answer, err
}

// clockChange is what a request makes of the clock: first its speed is set, then
// it is moved on.
type clockChange struct {
	Speed  json.RawMessage `json:"speed"`
	Step   *string         `json:"step"`
	At     *time.Time      `json:"at"`
	Within *string         `json:"within"` // how long a move may take, in real time; the answer says what is left of it then
}

// check says how far the clock is to be moved, and how long that may take.
func (c *clockChange) check(now time.Time) (by, within time.Duration, err error) {
	switch {
	case len(c.Speed) == 0 && c.Step == nil && c.At == nil:
		return 0, 0, invalid("What to do with the clock is missing: a speed, which is a number such as 10, max or pause; a step such as 30s; or at, a time.")
	case c.Step != nil && c.At != nil:
		return 0, 0, invalid("step and at exclude each other: the one moves the clock on by a duration, the other one to a time.")
	case c.Within != nil && c.Step == nil && c.At == nil:
		return 0, 0, invalid("within is how long a step, or the way to at, may take; there is neither.")
	}
	if c.Within != nil {
		if within, err = time.ParseDuration(*c.Within); err != nil || within <= 0 {
			return 0, 0, invalid("within is a duration of real time such as 10s, not %q.", *c.Within)
		}
	}
	if c.Step != nil {
		if by, err = time.ParseDuration(*c.Step); err != nil || by <= 0 || by > reconcile.Longest {
			return 0, 0, invalid("The step is a duration such as 30s or 24h, more than nothing and at most %s, not %q.", reconcile.Longest, *c.Step)
		}
	}
	if c.At != nil {
		by = c.At.Sub(now)
		switch {
		case by < 0:
			return 0, 0, invalid("The world's time does not go back: %s is past, it is %s.", c.At.Format(time.RFC3339Nano), now.Format(time.RFC3339Nano))
		case by > reconcile.Longest:
			return 0, 0, invalid("%s is too far away: a step is at most %s, and it is %s.", c.At.Format(time.RFC3339), reconcile.Longest, now.Format(time.RFC3339))
		}
	}
	return by, within, nil
}

// setClock sets the speed, moves the clock on, or both.
func (s *Server) setClock(r *http.Request) (any, error) {
	var in clockChange
	if err := readBody(r, &in); err != nil {
		return nil, err
	}
	present, err := s.clock()
	if err != nil {
		return nil, err
	}
	by, within, err := in.check(present.Now)
	if err != nil {
		return nil, err
	}
	if len(in.Speed) > 0 {
		if err := s.cfg.Admin.SetSpeed(strings.Trim(string(in.Speed), `"`)); err != nil {
			return nil, asInvalid(err)
		}
	}
	left := time.Duration(0)
	if by > 0 {
		if left, err = s.step(r.Context(), by, within); err != nil {
			return nil, err
		}
	}
	answer, err := s.clock()
	if left > 0 {
		answer.Left = left.String()
	}
	return answer, err
}

// step moves the clock on for as long as that may take and somebody waits for it.
func (s *Server) step(ctx context.Context, by, within time.Duration) (left time.Duration, err error) {
	if within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, within)
		defer cancel()
	}
	left, err = s.cfg.Admin.Step(ctx, by)
	if ctx.Err() != nil {
		return left, nil
	}
	return left, err
}
