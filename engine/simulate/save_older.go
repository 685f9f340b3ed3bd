package simulate

import (
	"encoding/json"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
)

// olderRun is what version 1 knew of a run otherwise. It counted the steps of a
// life that was cut into steps otherwise too.
type olderRun struct {
	ID         ecs.TaskID `json:"id"`
	Pulled     bool       `json:"pulled"`
	PullError  string     `json:"pullError"`
	PullFailed int        `json:"pullFailed"` // container whose image is missing
	Digests    []string   `json:"digests"`
}

// older reads from a saved simulation of version 1 what is otherwise now.
func older(data []byte) (map[ecs.TaskID]*olderRun, error) {
	var st struct {
		Runs []*olderRun `json:"runs"`
	}
	if err := json.Unmarshal(data, &st); err != nil {
		return nil, err
	}
	out := make(map[ecs.TaskID]*olderRun, len(st.Runs))
	for _, r := range st.Runs {
		out[r.ID] = r
	}
	return out, nil
}

// adopt takes over a run of version 1: of its life, all is done that was due.
func (s *Simulation) adopt(r *run, o *olderRun) {
	if o.Pulled {
		r.Images = make([]life.Image, len(r.ref.Definition().Containers))
		for i := range o.Digests {
			r.Images[i].Digest = o.Digests[i]
		}
		r.Images[o.PullFailed].Error = o.PullError
	}
	until := s.cluster.Now()
	if !r.StopAt.IsZero() {
		s.adoptUntil(r, o, r.StopAt)
		r.StopAfter = r.Steps
		r.life.Stop(r.StopAt)
	}
	s.adoptUntil(r, o, until)
	r.life = nil
	if !r.Held {
		s.plan(r)
	}
}

// adoptUntil counts the steps of a run that were due by then.
func (s *Simulation) adoptUntil(r *run, o *olderRun, until time.Time) {
	l := r.life
	if l == nil {
		l = s.plansOf(r.ref.Definition()).plan.Begin(nil, r, r.At, r.Fargate)
		r.life = l
	}
	for at, ok := l.Next(); ok && !at.After(until); at, ok = l.Next() {
		l.Take(&s.taken)
		if s.taken.Pull {
			if !o.Pulled {
				return
			}
			l.Pulled(r.Images)
		}
		r.Steps++
	}
}

// claimEnds numbers the faults of a state in which they had no ordinals yet, below
// those that there will be, and finds the end of each among what is planned.
func (s *Simulation) claimEnds() {
	for i, f := range s.faults {
		if f.Ordinal != 0 {
			continue
		}
		f.Ordinal = -1 - i
		at := slices.IndexFunc(s.planned, func(p planned) bool {
			return p.Command.EndFault != nil && p.Command.EndFault.Name == f.Fault.Name && f.Fault.For > 0 && p.At.Equal(f.Since.Add(f.Fault.For.Duration()))
		})
		if at >= 0 {
			s.planned[at].Own, s.planned[at].Ends = true, f.Ordinal
		}
	}
}
