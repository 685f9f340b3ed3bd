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
	s := scaleIn{fleet: f, group: group, gone: map[*node]*removed{}, taken: map[valueGroup]int{}}
	if p != nil {
		s.chain = p.chain
	}
	var left []candidate
	for _, id := range candidates {
		if t := f.tasks[id]; t != nil && t.desired != ecs.TaskStopped {
			left = append(left, candidate{t, mix(random ^ hashText(string(id)))})
		}
	}
	chosen := make([]ecs.TaskID, 0, max(0, min(count, len(left))))
	if count >= len(left) { // all of them: there is nothing to balance
		slices.SortFunc(left, s.compare)
		for _, c := range left {
			chosen = append(chosen, c.ID)
		}
		return chosen
	}
	for len(chosen) < count {
		at := 0
		for i := range left {
			if s.compare(left[i], left[at]) < 0 {
				at = i
			}
		}
		s.remove(left[at].committed)
		chosen = append(chosen, left[at].ID)
		left = slices.Delete(left, at, at+1)
	}
	return chosen
}

// candidate is a task that may go, with its rank among tied ones.
type candidate struct {
	*committed
	rank uint64
}

// scaleIn is the fleet as it will be without the tasks chosen so far.
type scaleIn struct {
	fleet *Fleet
	chain []link
	group string
	gone  map[*node]*removed
	taken map[valueGroup]int // chosen so far by attribute and value
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
	for _, l := range s.chain {
		if l.kind == spreadAttribute && t.Group == s.group {
			s.taken[valueGroup{l.field, t.node.attributes[l.field]}]++
		}
	}
}

func (s *scaleIn) compare(a, b candidate) int {
	for _, l := range s.chain {
		if c := cmp.Compare(s.score(b.committed, l), s.score(a.committed, l)); c != 0 { // most first
			return c
		}
	}
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.ID, b.ID))
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
	value := n.attributes[l.field]
	return s.fleet.tallyOf(l.field).counts[valueGroup{value, s.group}] - s.taken[valueGroup{l.field, value}]
}
