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
	s := scaleIn{fleet: f, group: group, hosts: map[*node]*host{}, shares: map[attributeValue]*int{}}
	if p != nil {
		s.chain = p.chain
	}
	left := make([]candidate, 0, len(candidates))
	for _, id := range candidates {
		if t := f.tasks[id]; t != nil && t.desired != ecs.TaskStopped {
			left = append(left, candidate{t, s.pileOf(t), mix(random ^ hashText(string(id)))})
		}
	}
	slices.SortFunc(left, s.compare)
	if count < len(left) {
		left = s.choose(left, count)
	}
	chosen := make([]ecs.TaskID, 0, len(left))
	for _, c := range left {
		chosen = append(chosen, c.ID)
	}
	return chosen
}

// candidate is a task that may go, with its rank among tied ones.
type candidate struct {
	*committed
	pile *pile
	rank uint64
}

// pile is the candidates that a strategy cannot tell apart: those of one
// instance with the same needs. There are far fewer of them than tasks.
type pile struct {
	host                *host
	cpuUnits, memoryMiB int         // that each of them gives back
	left                []candidate // by rank
}

// host is an instance as it will be without the tasks chosen so far.
type host struct {
	node                *node
	tasks               int    // of the group
	cpuUnits, memoryMiB int    // left
	shares              []*int // for each link that spreads over an attribute: tasks of the group with the instance's value
	piles               []*pile
}

type attributeValue struct{ field, value string }

// scaleIn is one choice.
type scaleIn struct {
	fleet  *Fleet
	chain  []link
	group  string
	hosts  map[*node]*host
	shares map[attributeValue]*int
	piles  []*pile
}

// pileOf is the pile that a task belongs to.
func (s *scaleIn) pileOf(t *committed) *pile {
	h := s.hosts[t.node]
	if h == nil {
		h = s.newHost(t.node)
		s.hosts[t.node] = h
	}
	need := &t.Requirements
	for _, p := range h.piles {
		if p.cpuUnits == need.CPUUnits && p.memoryMiB == need.MemoryMiB {
			return p
		}
	}
	p := &pile{host: h, cpuUnits: need.CPUUnits, memoryMiB: need.MemoryMiB}
	h.piles, s.piles = append(h.piles, p), append(s.piles, p)
	return p
}

func (s *scaleIn) newHost(n *node) *host {
	h := &host{
		node: n, tasks: n.groups[s.group], shares: make([]*int, len(s.chain)),
		cpuUnits: n.Remaining.CPUUnits, memoryMiB: n.Remaining.MemoryMiB,
	}
	for i, l := range s.chain {
		if l.kind != spreadAttribute {
			continue
		}
		key := attributeValue{l.field, n.attributes[l.field]}
		if s.shares[key] == nil {
			share := s.fleet.tallyOf(l.field).counts[valueGroup{key.value, s.group}]
			s.shares[key] = &share
		}
		h.shares[i] = s.shares[key]
	}
	return h
}

// choose takes the first of the first pile, count times; each choice sees the
// ones before it.
func (s *scaleIn) choose(left []candidate, count int) []candidate {
	for _, c := range left {
		c.pile.left = append(c.pile.left, c)
	}
	for _, p := range s.piles {
		slices.SortFunc(p.left, byRank)
	}
	chosen := make([]candidate, 0, max(0, count))
	for len(chosen) < count {
		var first *pile
		for _, p := range s.piles {
			if len(p.left) > 0 && (first == nil || s.compare(p.left[0], first.left[0]) < 0) {
				first = p
			}
		}
		s.remove(first)
		chosen = append(chosen, first.left[0])
		first.left = first.left[1:]
	}
	return chosen
}

// remove takes one task of the pile off its instance.
func (s *scaleIn) remove(p *pile) {
	h := p.host
	h.cpuUnits += p.cpuUnits
	h.memoryMiB += p.memoryMiB
	if p.left[0].Group != s.group {
		return
	}
	h.tasks--
	for i, share := range h.shares {
		if share != nil && !slices.Contains(h.shares[:i], share) {
			*share--
		}
	}
}

// compare says which of two candidates goes first.
func (s *scaleIn) compare(a, b candidate) int {
	for i, l := range s.chain {
		if c := cmp.Compare(b.pile.score(i, l), a.pile.score(i, l)); c != 0 { // most first
			return c
		}
	}
	return byRank(a, b)
}

func byRank(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.ID, b.ID))
}

// score is what the chain's link of that index wants large.
func (p *pile) score(index int, l link) int {
	switch l.kind {
	case spreadInstance:
		return p.host.tasks
	case binpackCPU:
		return p.host.cpuUnits + p.cpuUnits
	case binpackMemory:
		return p.host.memoryMiB + p.memoryMiB
	default:
		return *p.host.shares[index]
	}
}
