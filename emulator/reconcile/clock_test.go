package reconcile

import (
	"testing"
	"time"
)

func TestParseSpeed(t *testing.T) {
	for text, want := range map[string]string{"10": "10", "0.5": "0.5", "max": "max", "1e3": "1000", "100000": "100000"} {
		speed, err := ParseSpeed(text)
		if err != nil || speed.String() != want {
			t.Errorf("%s: %s %v, want %s", text, speed, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "Inf", "NaN", "fast", "MAX", "100001", "0.0001"} {
		if speed, err := ParseSpeed(text); err == nil {
			t.Errorf("%q was read as %s", text, speed)
		}
	}
}

func TestClockReadsBothWays(t *testing.T) {
	world, real := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, speed := range []Speed{0.5, 1, 10, 1000, Max()} {
		c := clock{speed: speed}.based(world, real)
		later := real.Add(time.Hour)
		wait := c.until(c.at(later), real)
		if off := wait - time.Hour; off < -time.Millisecond || off > time.Millisecond {
			t.Errorf("speed %s: until(at(1h)) is %s", speed, wait)
		}
		if got := c.until(world, later); got != 0 {
			t.Errorf("speed %s: waiting %s for the past", speed, got)
		}
		if got := c.at(real.Add(-time.Hour)); !got.Equal(world) {
			t.Errorf("speed %s: a real clock that was set back gives %s", speed, got)
		}
	}
	c := clock{speed: fastest}.based(world, real)
	if got := c.at(real.Add(100 * 365 * 24 * time.Hour)); got.Before(world) || got.After(world.Add(longest)) {
		t.Errorf("a clock that was left alone for a century says %s", got)
	}
	saved, err := fromSaved(c.saved())
	if err != nil || saved != c {
		t.Errorf("saved %+v, read back %+v %v", c, saved, err)
	}
}
