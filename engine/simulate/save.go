package simulate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// stateVersion is of the form of saved simulations. Version 1, in which a run
// named its service and its container instance, is read too.
const stateVersion = 2

type saved struct {
	Version int               `json:"version"`
	Cluster json.RawMessage   `json:"cluster"`
	Host    string            `json:"ecrHost,omitempty"`
	Images  map[string]string `json:"images,omitempty"`
	Seq     uint64            `json:"seq"`
	Runs    []*run            `json:"runs"`
	Changes []Change          `json:"changes,omitempty"`

	Faults       []*activeFault      `json:"faults,omitempty"`
	FaultOrdinal int                 `json:"faultOrdinal,omitempty"`
	Planned      []planned           `json:"planned,omitempty"`
	Results      []Result            `json:"results,omitempty"`
	Scaling      *savedScaling       `json:"scaling,omitempty"`
	Groups       []*autoScalingGroup `json:"autoScalingGroups,omitempty"`
}

// written is a saved simulation that is written at once with its cluster.
type written struct {
	saved
	Cluster any `json:"cluster"` // in place of that of saved
}

// Save is the whole state, hidden parts included. The same state gives the
// same bytes.
func (s *Simulation) Save() ([]byte, error) {
	st := written{Cluster: s.cluster.State(), saved: saved{
		Version: stateVersion, Host: s.host, Images: s.images, Seq: s.seq,
		Runs: make([]*run, 0, len(s.runs)), Changes: s.changes,
		Faults: s.faults, FaultOrdinal: s.faultOrdinal, Planned: s.planned, Results: s.results, Groups: s.groups,
		Scaling: s.scaling.save(),
	}}
	for _, id := range slices.Sorted(maps.Keys(s.runs)) {
		st.Runs = append(st.Runs, s.runs[id])
	}
	data, err := json.Marshal(st)
	if err != nil {
		return nil, fmt.Errorf("save simulation: %w", err)
	}
	return data, nil
}

// decode reads a saved simulation of this version, or of an earlier one.
func decode(data []byte, st *saved) error {
	version, err := scheduler.StateVersion(data)
	if err != nil {
		return err
	}
	if version < 1 || version > stateVersion {
		return fmt.Errorf("state has version %d, this program reads versions 1 to %d", version, stateVersion)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if version == stateVersion {
		dec.DisallowUnknownFields()
	}
	return dec.Decode(st)
}

// Load builds the simulation again that Save was called on.
func Load(data []byte) (*Simulation, error) {
	var st saved
	if err := decode(data, &st); err != nil {
		return nil, fmt.Errorf("load simulation: %w", err)
	}
	var before map[ecs.TaskID]*olderRun
	if st.Version == 1 {
		var err error
		if before, err = older(data); err != nil {
			return nil, fmt.Errorf("load simulation: %w", err)
		}
	}
	c, err := scheduler.Load(st.Cluster)
	if err != nil {
		return nil, err
	}
	s := &Simulation{
		cluster: c, host: st.Host, images: st.Images, seq: st.Seq, changes: st.Changes,
		hosts: map[ecs.ContainerInstanceID]*host{},
		runs:  map[ecs.TaskID]*run{}, plans: map[*ecs.TaskDefinition]*plans{},
		faults: st.Faults, faultOrdinal: st.FaultOrdinal, planned: st.Planned, results: st.Results, groups: st.Groups,
	}
	if s.images == nil {
		s.images = map[string]string{}
	}
	s.claimEnds()
	for _, r := range st.Runs {
		r.ref = c.Ref(r.ID)
		if !r.ref.Known() {
			return nil, fmt.Errorf("load simulation: task %s lives but is not in the cluster", r.ID)
		}
		r.index = -1
		s.settleOn(r.ref.Instance(), r)
		s.runs[r.ID] = r
		if o := before[r.ID]; o != nil {
			s.adopt(r, o)
		} else if !r.Due.IsZero() {
			s.due.put(r)
		}
	}
	if err := s.loadScaling(st.Scaling); err != nil {
		return nil, err
	}
	return s, nil
}
