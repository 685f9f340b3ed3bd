package placement

import (
	"gantry/ecs"
)

// Place chooses the container instance for a task by ECS semantics 2.1: filter,
// rank, select. It changes nothing: Commit does. Exactly one of the results is set.
//
// Ranking by a chain is the same as taking the instance that fits and is first
// by the links' scores in turn: a spread wants few tasks where the instance is,
// a binpack little left on it. What is still tied goes by chance when the policy
// says so, else to the fewest tasks of the group, then to the lowest id.
func (f *Fleet) Place(r *Request) (ecs.ContainerInstanceID, *Unplaceable) {
	s := f.searchFor(r)
	if s.spread() {
		s.run()
	}
	if !s.found {
		return "", f.refuse(s.view, r)
	}
	if s.policy.random {
		return s.draw(f, r.Random).ID, nil
	}
	return s.index.slots[s.slot].ID, nil
}

// search is one search: first for the words of slots that the leading spreads
// over attributes leave, then word by word for the best of the rest.
type search struct {
	index  *index
	view   *view
	group  *group // nil: it has no task
	policy *Policy

	fit   []uint64 // the candidates
	words []int32  // of sets; nil is all
	sets  []uint64 // what the leading spreads have left

	scores  *scores
	fewest  int // no instance has fewer tasks of the group
	found   bool
	slot    int
	best    [MaxStrategies]int // the scores of the best, by link
	count   int                // its tasks of the group
	packed  uint64             // its score by what the chain packs first
	settled bool               // no later slot with the same score beats it
	ties    []uint64           // the slots as good as the best, when chance decides
}

func (f *Fleet) searchFor(r *Request) search {
	x := f.indexed()
	needs, policy := f.termsOf(r)
	s := search{index: x, view: x.viewOf(r, needs, policy), group: f.groups.named[r.Group], policy: policy}
	s.fit = s.view.fit
	if policy.distinct && s.group != nil {
		s.fit = cleared(&x.work.fit, len(x.live))
		for word, set := range s.view.fit {
			s.fit[word] = s.group.without(word, set)
		}
	}
	if policy.packing != packNothing {
		s.scores = s.view.scoresOf(x, policy.packing)
	}
	if policy.random {
		s.ties = cleared(&x.work.ties, len(x.live))
	} else {
		s.fewest = s.group.fewest(x.count)
	}
	return s
}

// spread follows the leading links: each keeps the instances whose value has the
// fewest tasks of the group. It reports whether an instance is left.
func (s *search) spread() bool {
	x, set := s.index, s.fit
	turn := 0
	for _, name := range s.policy.lead {
		field, at := x.fieldOf(name)
		_, chosen := field.narrow(set, s.group.tally(at), x.work.values[:0])
		x.work.values = chosen
		switch {
		case len(chosen) == 0:
			return false
		case len(chosen) == len(field.members):
			continue
		case len(chosen) == 1 && len(s.policy.lead) == 1:
			m := &field.members[chosen[0]]
			s.words, s.sets = m.words, m.sets
			return true
		}
		next := cleared(&x.work.sets[turn], len(x.live))
		turn = 1 - turn
		for _, value := range chosen {
			m := &field.members[value]
			for k, word := range m.words {
				next[word] |= m.sets[k] & set[word]
			}
		}
		set = next
	}
	s.sets = set
	return true
}

// run looks through the words until nothing that comes can be better.
func (s *search) run() {
	if s.words != nil {
		for i, word := range s.words {
			if set := s.sets[i] & s.fit[word]; set != 0 && s.look(int(word), set) {
				return
			}
		}
		return
	}
	for word, set := range s.sets {
		if set != 0 && s.look(word, set) {
			return
		}
	}
}

// look compares the best of 64 slots with the best so far, and reports whether
// nothing can be better.
func (s *search) look(word int, set uint64) (done bool) {
	if s.found && s.behind(word) {
		return false
	}
	var now [MaxStrategies]int
	better := !s.found
	for i, l := range s.policy.rest {
		now[i], set = s.narrow(l, word, set)
		if !better && now[i] > s.best[i] {
			return false
		}
		better = better || now[i] < s.best[i]
	}
	if s.policy.random {
		if better {
			s.found, s.best = true, now
			clear(s.ties[:word])
			s.pack()
		}
		s.ties[word] = set
		return false
	}
	count := 0
	if count, set = s.group.narrow(word, set); !better && count >= s.count {
		return false
	}
	s.found, s.best, s.count, s.slot = true, now, count, lowest(word, set)
	s.pack()
	s.settled = count == s.fewest
	return s.settled && s.policy.countFirst
}

// pack notes the score of the best by what the chain packs first.
func (s *search) pack() {
	switch s.policy.packing {
	case packNothing:
	case packCPU, packMemory:
		s.packed = uint64(s.best[0]) << 32
	default:
		s.packed = uint64(s.best[0])<<32 | uint64(s.best[1])
	}
}

// behind reports, from what is known of the word alone, that none of its slots
// is better than the best.
func (s *search) behind(word int) bool {
	switch {
	case s.scores != nil:
		least := s.scores.least[word]
		return least > s.packed || least == s.packed && s.settled && s.policy.packsAll
	case s.policy.countFirst:
		return s.group.atLeast(s.index, word) >= s.count
	}
	return false
}

// narrow keeps the slots of a word that a link likes best, and gives its score,
// which it wants small.
func (s *search) narrow(l link, word int, set uint64) (int, uint64) {
	switch l.kind {
	case spreadInstance:
		return s.group.narrow(word, set)
	case binpackCPU:
		return s.index.cpuUnits.least(word, set)
	case binpackMemory:
		return s.index.memoryMiB.least(word, set)
	}
	field, at := s.index.fieldOf(l.field)
	tally := s.group.tally(at)
	least, kept := 0, uint64(0)
	for rest := set; rest != 0; rest &= rest - 1 {
		tasks := 0
		if value := int(field.of[lowest(word, rest)]); value < len(tally) {
			tasks = int(tally[value])
		}
		switch {
		case kept == 0 || tasks < least:
			least, kept = tasks, rest&-rest
		case tasks == least:
			kept |= rest & -rest
		}
	}
	return least, kept
}
