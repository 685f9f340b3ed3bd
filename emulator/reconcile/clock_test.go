package reconcile

import (
	"testing"
	"time"
)

func TestParseSpeed(t *testing.T) {
	for text, want := range map[string]string{"10": "10", "0.5": "0.5", "max": "max", "pause": "pause", "1e3": "1000", "100000": "100000"} {
		speed, err := ParseSpeed(text)
		if err != nil || speed.String() != want {
			t.Errorf("%s: %s %v, want %s", text, speed, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "Inf", "NaN", "fast", "MAX", "paused", "100001", "0.0001"} {
		if speed, err := ParseSpeed(text); err == nil {
			t.Errorf("%q was read as %s", text, speed)
		}
	}
}

func TestClockReadsBothWays(t *testing.T) {
	world, wall := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, speed := range []Speed{0.5, 1, 10, 1000, Max()} {
		c := clock{speed: speed}.based(world, wall)
		later := wall.Add(time.Hour)
		wait := c.until(c.at(later), wall)
		if off := wait - time.Hour; off < -time.Millisecond || off > time.Millisecond {
			t.Errorf("speed %s: until(at(1h)) is %s", speed, wait)
		}
		if got := c.until(world, later); got != 0 {
			t.Errorf("speed %s: waiting %s for the past", speed, got)
		}
		if got := c.at(wall.Add(-time.Hour)); !got.Equal(world) {
			t.Errorf("speed %s: a wall clock that was set back gives %s", speed, got)
		}
	}
	still := clock{speed: Pause}.based(world, wall)
	if got := still.at(wall.Add(time.Hour)); !got.Equal(world) {
		t.Errorf("a clock that stands still at %s says %s", world, got)
	}
	for ahead, want := range map[time.Duration]time.Duration{-time.Hour: 0, 0: 0, time.Nanosecond: longest, time.Hour: longest} {
		if got := still.until(world.Add(ahead), wall); got != want {
			t.Errorf("a clock that stands still is there in %s, want %s", got, want)
		}
	}
	c := clock{speed: fastest}.based(world, wall)
	if got := c.at(wall.Add(100 * 365 * 24 * time.Hour)); got.Before(world) || got.After(world.Add(longest)) {
		t.Errorf("a clock that was left alone for a century says %s", got)
	}
	saved, err := fromSaved(c.saved())
	if err != nil || saved != c {
		t.Errorf("saved %+v, read back %+v %v", c, saved, err)
	}
}

// A real clock that is set back costs the world no time.
func TestRealClockIsSetBack(t *testing.T) {
	world, wall := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	c := clock{speed: 10}.based(world, wall)
	seen := wall.Add(time.Minute)
	if got := c.heldBack(seen, seen.Add(time.Second)); got != c {
		t.Errorf("a clock that goes on became %+v", got)
	}
	for _, set := range []time.Time{seen.Add(-time.Second), wall.Add(-time.Hour), wall.AddDate(-5, 0, 0)} {
		back := c.heldBack(seen, set)
		if got := back.at(set); !got.Equal(world.Add(10 * time.Minute)) {
			t.Errorf("set back to %s, the world is at %s", set, got)
		}
		if got := back.at(set.Add(time.Minute)); !got.Equal(world.Add(20 * time.Minute)) {
			t.Errorf("a minute after it was set back to %s, the world is at %s", set, got)
		}
	}
	// A world that was saved in the future goes on from there.
	if got := c.heldBack(time.Time{}, wall.AddDate(-1, 0, 0)); !got.at(wall.AddDate(-1, 0, 0).Add(time.Second)).Equal(world.Add(10 * time.Second)) {
		t.Errorf("a world from the future has the clock %+v", got)
	}
}
