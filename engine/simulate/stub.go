package simulate

import (
	"errors"
	"time"

	"gantry/engine/scheduler"
)

type run struct{}
type agenda struct{}

func (s *Simulation) apply(now time.Time, cmd Command) (scheduler.Outcome, error) {
	return s.cluster.Apply(now, cmd.Command)
}
func (s *Simulation) next() (time.Time, bool, bool) { return s.cluster.Next() }
func (s *Simulation) runUntil(to time.Time)         { s.cluster.Advance(to) }

// Save is the whole state.
func (s *Simulation) Save() ([]byte, error) { return s.cluster.Save() }

// Load builds the simulation again that Save was called on.
func Load(data []byte) (*Simulation, error) {
	c, err := scheduler.Load(data)
	return &Simulation{cluster: c}, err
}

// Line is one log line.
type Line struct {
	At   time.Time
	Text string
}

// ParseFate reads a fate.
func ParseFate(text string) (Fate, error) { return Fate{}, errors.New("not yet") }

// Fate is how a container fares.
type Fate struct{}
