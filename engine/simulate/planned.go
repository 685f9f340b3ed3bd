package simulate

import (
	"slices"
	"time"

	"gantry/engine/scheduler"
)

// Schedule is a command for later on the same clock: what a story is made of.
// It is refused when its time is over, but what it says is judged when its time
// has come.
type Schedule struct {
	At      time.Time `json:"at"`
	Command Command   `json:"command"`
}

// planned is a command that waits for its time.
type planned struct {
	At      time.Time `json:"at"`
	Command Command   `json:"command"`
	Own     bool      `json:"own,omitempty"`  // of the simulation: nobody scheduled it
	Ends    int       `json:"ends,omitempty"` // the ordinal of the fault whose end it is
}

// Result is what came of a scheduled command.
type Result struct {
	At      time.Time         `json:"at"`
	Command Command           `json:"command"`
	Outcome scheduler.Outcome `json:"outcome,omitzero"`
	Error   string            `json:"error,omitempty"` // why it was refused
}

// resultsKept is how many results wait for somebody who asks.
const resultsKept = 100

// Scheduled are the commands that wait for their time, the ends of faults among
// them, in the order in which they will be done.
func (s *Simulation) Scheduled() []Schedule {
	out := make([]Schedule, 0, len(s.planned))
	for _, p := range s.planned {
		out = append(out, Schedule{At: p.At, Command: p.Command})
	}
	return out
}

// Refused are the scheduled commands that were refused when their time had come,
// as far as their results still wait for somebody who asks.
func (s *Simulation) Refused() []Result {
	return slices.DeleteFunc(slices.Clone(s.results), func(r Result) bool { return r.Error == "" })
}

// Results are what came of the commands that somebody scheduled and whose time has
// come since this was asked last; of the last hundred.
func (s *Simulation) Results() []Result {
	out := s.results
	s.results = nil
	return out
}

func (s *Simulation) schedule(now time.Time, cmd *Schedule) error {
	at := cmd.At.Round(0).UTC()
	if at.Before(now) {
		return refused("The time of the scheduled command, %s, is over.", at.Format(time.RFC3339))
	}
	s.put(planned{At: at, Command: cmd.Command})
	return nil
}

// put puts a command behind those of the same moment.
func (s *Simulation) put(p planned) {
	i := len(s.planned)
	for i > 0 && s.planned[i-1].At.After(p.At) {
		i--
	}
	s.planned = slices.Insert(s.planned, i, p)
}

// perform does the first scheduled command.
func (s *Simulation) perform() {
	p := s.planned[0]
	s.planned = slices.Delete(s.planned, 0, 1)
	out, err := s.told(p.At, p.Command)
	if p.Own {
		return
	}
	r := Result{At: p.At, Command: p.Command, Outcome: out}
	r.Outcome.Decisions = nil // they were obeyed
	if err != nil {
		r.Error = err.Error()
	}
	s.results = append(s.results, r)
	if extra := len(s.results) - resultsKept; extra > 0 {
		s.results = slices.Delete(s.results, 0, extra)
	}
}
