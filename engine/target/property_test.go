package target_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gantry/ecs"
	"gantry/engine/target"
)

// plain is a target that is checked second by second, with no arithmetic.
type plain struct {
	s        *target.Settings
	state    ecs.TargetState
	answer   target.Answer
	good     int // checks passed in a row
	bad      int // checks failed in a row
	sickAt   int // second in which the check is over that makes it unhealthy; 0 for none
	drainEnd int
}

func (p *plain) tick(second int) {
	seconds := func(d time.Duration) int { return int(d / time.Second) }
	if p.state == ecs.TargetDraining && second >= p.drainEnd {
		p.state = ecs.TargetUnused
	}
	if p.state == ecs.TargetDraining || p.state == ecs.TargetUnused {
		return
	}
	if p.sickAt > 0 && second >= p.sickAt {
		p.state, p.sickAt = ecs.TargetUnhealthy, 0
	}
	if since := second - 10; since <= 0 || since%seconds(p.s.Interval) != 0 {
		return
	}
	if p.answer != "" {
		p.good, p.bad = 0, p.bad+1
		if p.state != ecs.TargetUnhealthy && p.sickAt == 0 && p.bad >= p.s.Unhealthy {
			p.sickAt = second
			if p.answer == target.TimedOut {
				p.sickAt += seconds(p.s.Timeout)
				return
			}
			p.state, p.sickAt = ecs.TargetUnhealthy, 0
		}
		return
	}
	p.good, p.bad = p.good+1, 0
	need := p.s.Healthy
	if p.state == ecs.TargetInitial {
		need = p.s.Initial
	}
	if p.good >= need {
		p.state = ecs.TargetHealthy
	}
}

// A target that jumps from change to change is in every second as one that is
// checked second by second; Next knows each change before it comes; and it makes
// no difference how often anybody looks, or saves and loads.
func TestJumpsAreChecks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := target.Settings{
			Interval: time.Duration(rapid.IntRange(5, 20).Draw(t, "interval")) * time.Second,
			Initial:  rapid.IntRange(1, 4).Draw(t, "initial"), Healthy: rapid.IntRange(2, 5).Draw(t, "healthy"),
			Unhealthy: rapid.IntRange(2, 4).Draw(t, "unhealthy"), Delay: time.Duration(rapid.IntRange(0, 90).Draw(t, "delay")) * time.Second,
		}
		s.Timeout = time.Duration(rapid.IntRange(1, int(s.Interval/time.Second)-1).Draw(t, "timeout")) * time.Second
		x, p := target.Register(birth), plain{s: &s, state: ecs.TargetInitial}
		news := rapid.MapOf(rapid.IntRange(0, 400), rapid.SampledFrom([]string{"ok", "503", "", "ok", "out", "look"})).Draw(t, "news")
		foretold, ever := x.Next(&s)
		for second := range 500 {
			now, before := after(time.Duration(second)*time.Second), p.state
			p.tick(second)
			if got := x.Health(&s, now).State; got != p.state {
				t.Fatalf("second %d: %s, plainly %s", second, got, p.state)
			}
			if changed := p.state != before; changed != (ever && foretold.Equal(now)) {
				t.Fatalf("second %d: from %s to %s, foretold was %s %v", second, before, p.state, foretold.Sub(birth), ever)
			}
			what, told := news[second]
			switch {
			case told && what == "look":
				x.Advance(&s, now)
				x = again(t, x)
			case told && what == "out":
				x.Deregister(&s, now)
				if p.state != ecs.TargetDraining && p.state != ecs.TargetUnused {
					p.state, p.drainEnd = ecs.TargetDraining, second+int(s.Delay/time.Second)
					if s.Delay == 0 {
						p.state = ecs.TargetUnused
					}
				}
			case told:
				p.answer = ""
				if what != "ok" {
					p.answer = target.AnswerOf(what)
				}
				x.Tell(&s, now, p.answer)
			case p.state != before:
				x.Advance(&s, now)
			}
			foretold, ever = x.Next(&s)
			if ever && !foretold.After(now) {
				t.Fatalf("second %d: the next change, at %s, is no longer to come", second, foretold.Sub(birth))
			}
		}
	})
}

func again(t *rapid.T, x target.Target) target.Target {
	data, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	var out target.Target
	if err := json.Unmarshal(data, &out); err != nil {
		t.Fatal(err)
	}
	if out != x {
		t.Fatalf("%+v comes back as %+v", x, out)
	}
	return out
}
