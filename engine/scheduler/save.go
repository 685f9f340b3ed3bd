package scheduler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"gantry/ecs"
)

// stateVersion is of the form of saved states.
// Version 1, which held whole ecs.Tasks,
// is read too.
const stateVersion = 2

// saved is the whole state of a cluster. What can be worked out from it
// (indexes, counts, the fleet, timers) is not in it.
type saved struct {
	Version     int                       `json:"version"`
	Config      Config                    `json:"config"`
	Now         time.Time                 `json:"now,omitzero"`
	Seq         uint64                    `json:"seq"`
	Registered  int                       `json:"registered"`
	Definitions []*ecs.TaskDefinition     `json:"definitions"`
	Attributes  [][]ecs.Attribute         `json:"attributes,omitempty"` // each set of them that instances have
	Instances   []*instance               `json:"instances"`
	Services    []*service                `json:"services"`
	Tasks       []*task                   `json:"tasks"`
	Waiting     []ecs.ServiceName         `json:"waiting,omitempty"`
	Stopped     []retained                `json:"stopped,omitempty"`
	Decisions   []Decision                `json:"decisions,omitempty"`
	Generations map[ecs.ServiceName]int   `json:"generations,omitempty"`
	Ordinals    map[string]int            `json:"ordinals,omitempty"`
	Groups      []*targetGroup            `json:"targetGroups,omitempty"`
	Stream      stream                    `json:"stream,omitzero"`
	Capacity    *savedCapacity            `json:"capacity,omitempty"`
	LostZones   []string                  `json:"lostZones,omitempty"`
	Throttling  float64                   `json:"throttling,omitempty"`
	Alarms      map[string]ecs.AlarmState `json:"alarms,omitempty"`
}

// Save is the whole state, hidden parts included. The same state gives the
// same bytes.
func (c *Cluster) Save() ([]byte, error) {
	data, err := json.Marshal(c.State())
	if err != nil {
		return nil, fmt.Errorf("save cluster %s: %w", c.cfg.Name, err)
	}
	return data, nil
}

// State is what Save writes as JSON, for whoever writes it as part of a larger
// state. It is good until the next command, and must not be changed.
func (c *Cluster) State() any {
	st := &saved{
		Version: stateVersion, Config: c.cfg, Now: c.now, Seq: c.seq, Registered: c.registered,
		Services: c.serviceList(), Tasks: c.kept(),
		Waiting: slices.Sorted(maps.Keys(c.waiting)), Stopped: c.stopped, Decisions: c.decisions,
		Generations: c.generations, Ordinals: c.ordinals, Capacity: c.saveCapacity(), Stream: c.stream, Alarms: c.alarms, LostZones: c.LostZones(), Throttling: c.throttling,
	}
	st.takeInstances(c.instanceList())
	for _, arn := range slices.Sorted(maps.Keys(c.groups)) {
		st.Groups = append(st.Groups, c.groups[arn])
	}
	for _, arn := range slices.Sorted(maps.Keys(c.definitions)) {
		st.Definitions = append(st.Definitions, c.definitions[arn].def)
	}
	return st
}

// kept is every task whose record is still there, by seq.
func (c *Cluster) kept() []*task {
	out := make([]*task, 0, len(c.tasks))
	for _, t := range c.order {
		if !t.gone {
			out = append(out, t)
		}
	}
	return out
}

// StateVersion is the version that a saved state says it is of. It stands first
// in what Save writes, and is looked for everywhere only where it does not.
func StateVersion(data []byte) (int, error) {
	var form struct{ Version int }
	dec := json.NewDecoder(bytes.NewReader(data))
	if brace, err := dec.Token(); err == nil && brace == json.Delim('{') {
		if name, err := dec.Token(); err == nil && name == "version" && dec.Decode(&form.Version) == nil {
			return form.Version, nil
		}
	}
	err := json.Unmarshal(data, &form)
	return form.Version, err
}

// decode reads a saved state of this version, or of an earlier one.
func decode(data []byte, st *saved) error {
	version, err := StateVersion(data)
	if err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	switch version {
	case stateVersion:
		dec.DisallowUnknownFields()
		return dec.Decode(st)
	case 1:
		if err := dec.Decode(st); err != nil {
			return err
		}
		for _, t := range st.Tasks {
			for i := range t.Task.Containers {
				n := &t.Task.Containers[i]
				n.Ran = !t.Task.StartedAt.IsZero() || n.ExitCode != nil
			}
		}
		return nil
	}
	return fmt.Errorf("state has version %d, this program reads versions 1 to %d", version, stateVersion)
}

// Load builds the cluster again that Save was called on.
func Load(data []byte) (*Cluster, error) {
	var st saved
	if err := decode(data, &st); err != nil {
		return nil, fmt.Errorf("load cluster: %w", err)
	}
	c := New(st.Config)
	c.now, c.seq, c.registered = st.Now, st.Seq, st.Registered
	c.stopped, c.decisions, c.stream = st.Stopped, st.Decisions, st.Stream
	if st.Generations != nil {
		c.generations = st.Generations
	}
	if st.Ordinals != nil {
		c.ordinals = st.Ordinals
	}
	c.throttling = st.Throttling
	if st.Alarms != nil {
		c.alarms = st.Alarms
	}
	for _, zone := range st.LostZones {
		c.lostZones[zone] = true
	}
	return c, c.restore(&st)
}
