package placement

import (
	"cmp"
	"slices"

	"gantry/ecs"
)

// ScaleIn picks which tasks of a group go first: count of the candidates, in
// the order in which to stop them. The rules are ECS semantics 2.8:
//
//   - spread: keep the balance, so take from where the group has most tasks;
//   - binpack: the task whose removal leaves its instance with most resources left;
//   - no strategy: the zone with most tasks of the service, then the instance with most;
//   - what is left tied, and random: by the random value.
//
// Candidates that are not in the fleet, or are stopping already, are left out;
// each choice sees the ones before it.
func (f *Fleet) ScaleIn(p *Policy, group string, candidates []ecs.TaskID, count int, random uint64) []ecs.TaskID {
	s := scaleIn{fleet: f, policy: p, group: group, random: random, gone: map[*node]*removed{}}
	var left []*committed
	for _, id := range candidates {
		if t := f.tasks[id]; t != nil && t.desired != ecs.TaskStopped {
			left = append(left, t)
		}
	}
	var chosen []ecs.TaskID
	for len(left) > 0 && len(chosen) < count {
		at := 0
		for i := range left {
			if s.compare(left[i], left[at]) < 0 {
				at = i
			}
		}
		s.remove(left[at])
		chosen = append(chosen, left[at].ID)
		left = slices.Delete(left, at, at+1)
	}
	return chosen
}

// scaleIn is the fleet as it will be without the tasks chosen so far.
type scaleIn struct {
	fleet  *Fleet
	policy *Policy
	group  string
	random uint64
	gone   map[*node]*removed
	zones  map[string]map[string]int // chosen so far by attribute and value
}

type removed struct{ tasks, cpuUnits, memoryMiB int }

func (s *scaleIn) remove(t *committed) {
	r := s.gone[t.node]
	if r == nil {
		r = &removed{}
		s.gone[t.node] = r
	}
	if t.Group == s.group {
		r.tasks++
	}
	r.cpuUnits += t.Requirements.CPUUnits
	r.memoryMiB += t.Requirements.MemoryMiB
	if s.zones == nil {
		s.zones = map[string]map[string]int{}
	}
	for _, l := range s.chain() {
		if l.kind == spreadAttribute {
			if s.zones[l.field] == nil {
				s.zones[l.field] = map[string]int{}
			}
			s.zones[l.field][t.node.attributes[l.field]]++
		}
	}
}

func (s *scaleIn) chain() []link {
	if s.policy == nil {
		return nil
	}
	return s.policy.chain
}

func (s *scaleIn) compare(a, b *committed) int {
	for _, l := range s.chain() {
		if c := cmp.Compare(s.score(b, l), s.score(a, l)); c != 0 { // most first
			return c
		}
	}
	return cmp.Or(
		cmp.Compare(mix(s.random^hashText(string(a.ID))), mix(s.random^hashText(string(b.ID)))),
		cmp.Compare(a.ID, b.ID),
	)
}

// score is what a link of the chain wants large.
func (s *scaleIn) score(t *committed, l link) int {
	n, gone := t.node, removed{}
	if r := s.gone[t.node]; r != nil {
		gone = *r
	}
	switch l.kind {
	case spreadInstance:
		return n.groups[s.group] - gone.tasks
	case binpackCPU:
		return n.Remaining.CPUUnits + gone.cpuUnits + t.Requirements.CPUUnits
	case binpackMemory:
		return n.Remaining.MemoryMiB + gone.memoryMiB + t.Requirements.MemoryMiB
	}
	return s.fleet.score(n, l, s.group) - s.zones[l.field][n.attributes[l.field]]
}
