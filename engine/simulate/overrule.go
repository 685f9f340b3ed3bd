package simulate

import (
	"maps"
	"slices"
	"time"

	"gantry/engine/life"
)

// FateChange is what a fault says of the fate of a container of a task, or of
// all its containers for "": see life.Fate's Override.
type FateChange struct {
	Container string `json:"container,omitempty"`
	Fate      string `json:"fate"`
}

// overrule is that a run's task lives by changed fates from then on, after so
// many steps of its life.
type overrule struct {
	At    time.Time    `json:"at"`
	After int          `json:"after,omitempty"`
	Fates []FateChange `json:"fates,omitempty"` // in the order in which they are laid on; none: as before
}

// overrule lets a run's task live by its own fates with those changes laid on
// them, and by no others that were laid on before. They can be read: who makes
// a change sees to that.
func (s *Simulation) overrule(r *run, now time.Time, fates []FateChange) {
	if !r.StopAt.IsZero() {
		return // what it does is settled
	}
	l := s.lifeOf(r)
	r.Overrules = append(r.Overrules, overrule{At: now, After: r.Steps, Fates: fates})
	l.Turn(now, s.planWith(r, fates))
	if !r.Held {
		s.plan(r)
	}
}

// meet lets a run that begins meet the faults that last.
func (s *Simulation) meet(r *run) {
	if fates := changesOn(r, s.faults); len(fates) > 0 {
		r.Overrules = []overrule{{At: r.At, Fates: fates}}
	}
}

// runsInOrder are all runs, oldest first.
func (s *Simulation) runsInOrder() []*run {
	return slices.SortedFunc(maps.Values(s.runs), bySeq)
}

// planWith is the plan of a run's task with the changes laid on.
func (s *Simulation) planWith(r *run, fates []FateChange) *life.Plan {
	at := s.plansOf(r.ref.Definition())
	if len(fates) == 0 {
		return at.plan
	}
	if at.changed != nil && slices.Equal(at.fates, fates) {
		return at.changed
	}
	plan := at.plan
	for _, f := range fates {
		if with, err := plan.Override(f.Container, f.Fate); err == nil {
			plan = with
		}
	}
	at.changed, at.fates = plan, fates
	return plan
}
