package reconcile

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"

	"gantry/emulator/store"
)

// The bounds of a speed that is a number. Above the upper one the engine could
// not keep up, and max is what was meant; below the lower one, pause.
const (
	slowest = 0.001
	fastest = 100_000
)

// Speed is how many seconds of the world pass in a real one.
type Speed float64

// Max is the speed that waits for nothing but repeats.
func Max() Speed { return Speed(math.Inf(1)) }

// Pause is the speed of a clock that stands still. Requests are answered, and
// what is due at the moment happens.
const Pause Speed = 0

// The names of the speeds that are no number.
const (
	maxName   = "max"
	pauseName = "pause"
)

// ParseSpeed reads "10", "0.5", "max" or "pause".
func ParseSpeed(text string) (Speed, error) {
	switch text {
	case maxName:
		return Max(), nil
	case pauseName:
		return Pause, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || value < slowest || value > fastest {
		return 0, fmt.Errorf("speed %q is neither max, pause nor a number from %g to %d", text, slowest, fastest)
	}
	return Speed(value), nil
}

// IsMax reports whether the speed is Max.
func (s Speed) IsMax() bool { return math.IsInf(float64(s), 1) }

// IsPause reports whether the speed is Pause.
func (s Speed) IsPause() bool { return s == Pause }

// rate is how fast the clock itself goes: at max in real time, and the loop
// sets it forward.
func (s Speed) rate() float64 {
	if s.IsMax() {
		return 1
	}
	return float64(s)
}

// String is the form that ParseSpeed reads.
func (s Speed) String() string {
	switch {
	case s.IsMax():
		return maxName
	case s.IsPause():
		return pauseName
	}
	return strconv.FormatFloat(float64(s), 'f', -1, 64)
}

// longest bounds how far a clock can move at once: time.Duration ends at 292
// years, and a world that was left alone for that long has nothing to tell.
const longest = 50 * 365 * 24 * time.Hour

// clock turns real time into the world's.
type clock struct {
	world time.Time // at the moment real
	real  time.Time
	speed Speed
}

func (c clock) at(wall time.Time) time.Time {
	passed := wall.Sub(c.real)
	if passed <= 0 {
		return c.world
	}
	scaled := passed.Seconds() * c.speed.rate()
	if scaled >= longest.Seconds() {
		return c.world.Add(longest)
	}
	return c.world.Add(time.Duration(scaled * float64(time.Second)))
}

// until is how much real time passes before the world's time is reached.
func (c clock) until(world, wall time.Time) time.Duration {
	ahead := world.Sub(c.at(wall)).Seconds()
	if ahead <= 0 {
		return 0
	}
	seconds := ahead / c.speed.rate() // +Inf when it stands still
	if seconds >= longest.Seconds() {
		return longest
	}
	return time.Duration(seconds * float64(time.Second))
}

// based is the same clock, set to a time of the world at a real moment.
func (c clock) based(world, wall time.Time) clock {
	return clock{world: world.Round(0), real: wall.Round(0), speed: c.speed}
}

// heldBack is the same clock after the real one was seen at a moment, and is
// now before it. A real clock that was set back must not stop the world until
// it has come to the old time again, which may take years.
func (c clock) heldBack(seen, wall time.Time) clock {
	if seen.Before(c.real) {
		seen = c.real
	}
	if !wall.Round(0).Before(seen.Round(0)) {
		return c
	}
	return c.based(c.at(seen), wall)
}

func (c clock) saved() store.Clock {
	return store.Clock{World: c.world, Real: c.real, Speed: c.speed.String()}
}

func fromSaved(saved store.Clock) (clock, error) {
	speed, err := ParseSpeed(saved.Speed)
	if err != nil {
		return clock{}, fmt.Errorf("read the world's clock: %w", err)
	}
	return clock{world: saved.World, real: saved.Real, speed: speed}, nil
}

// face is the clock as everybody reads it. It has a lock of its own, so that
// the time can be read while the world is being changed.
type face struct {
	real func() time.Time

	mu   sync.Mutex
	c    clock
	last time.Time // the latest time of the world that was told
	// due is when the next thing happens that has not happened yet, or zero. No
	// later time is told before it has: the time that was told would come again
	// when the engine does not keep up, or in the next process.
	due time.Time
}

func (f *face) clock() clock {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.c
}

func (f *face) set(c clock) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.c = c
}

// wait lets no time be told after that of the next thing; zero is that nothing
// will happen.
func (f *face) wait(due time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.due = due
}

// reset sets the clock of a world in which nothing will happen, and lets the time
// go back to it.
func (f *face) reset(c clock) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.c, f.last, f.due = c, c.world, time.Time{}
}

// now is the world's time, which never goes backwards, nor behind the floor.
func (f *face) now(floor time.Time) time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := f.c.at(f.real()).UTC().Round(0)
	if !f.due.IsZero() && now.After(f.due) {
		now = f.due
	}
	if now.Before(floor) {
		now = floor
	}
	if now.Before(f.last) {
		now = f.last
	}
	f.last = now
	return now
}
