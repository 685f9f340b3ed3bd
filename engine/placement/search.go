package placement

import "slices"

// search is one search: first for the words of slots that the leading spreads
// over attributes leave, then word by word for the best of the rest.
type search struct {
	index  *index
	view   *view
	group  *group // nil: it has no task
	policy *Policy

	distinct *group // whose tasks keep the task away, or nil
	field    *field // whose chosen values the last leading spread has left
	fieldAt  int
	chosen   []int32  // nil is all
	sets     []uint64 // what the ones before it have left; nil is all

	scores *scores // nil: chance decides alone
	least  uint64  // no instance scores less
	found  bool
	slot   int
	best   [MaxStrategies]int // what each link says of the best
	count  int                // its tasks of the group
	score  uint64
	ties   []uint64 // the slots as good as the best, when chance decides
}

func (f *Fleet) searchFor(r *Request) search {
	x := f.indexed()
	needs, policy := f.termsOf(r)
	s := search{index: x, view: x.viewOf(r, needs, policy), group: f.groups.named[r.Group], policy: policy}
	if policy.distinct {
		s.distinct = s.group
	}
	if policy.random && len(policy.rest) > 0 {
		s.ties = cleared(&x.work.ties, len(x.live))
	}
	return s
}

// fit is the candidates among 64 slots.
func (s *search) fit(word int) uint64 {
	if s.distinct == nil {
		return s.view.fit[word]
	}
	return s.distinct.without(word, s.view.fit[word])
}

// spread follows the leading links: each keeps the instances whose value has the
// fewest tasks of the group. It reports whether an instance is left.
func (s *search) spread() bool {
	x, turn := s.index, 0
	for _, name := range s.policy.lead {
		field, at := x.fieldOf(name)
		if len(field.members) == 1 {
			continue // they all have it
		}
		if s.chosen != nil {
			s.narrowDown(turn)
			turn = 1 - turn
		}
		chosen := s.leastValues(field, s.group.tally(at))
		if len(chosen) == 0 {
			return false
		}
		if len(chosen) < len(field.members) {
			s.field, s.fieldAt, s.chosen = field, at, chosen
		}
	}
	return true
}

// narrowDown works out what the chosen values leave, because another link goes on
// from that.
func (s *search) narrowDown(turn int) {
	next := cleared(&s.index.work.sets[turn], len(s.index.live))
	for _, value := range s.chosen {
		m := &s.field.members[value]
		for i, word := range m.words {
			next[word] |= m.sets[i] & s.left(int(word))
		}
	}
	s.sets, s.chosen = next, nil
}

// left is the candidates among 64 slots that no leading spread has taken out.
func (s *search) left(word int) uint64 {
	if s.sets == nil {
		return s.fit(word)
	}
	return s.sets[word]
}

// leastValues lists the values of a field with the fewest tasks, of those that a
// slot which is left has.
func (s *search) leastValues(f *field, tally []int32) []int32 {
	fewest, chosen := int32(-1), s.index.work.values[:0]
	for value := range f.members {
		tasks := int32(0)
		if value < len(tally) {
			tasks = tally[value]
		}
		if fewest >= 0 && tasks > fewest || !s.meets(&f.members[value]) {
			continue
		}
		if fewest < 0 || tasks < fewest {
			fewest, chosen = tasks, chosen[:0]
		}
		chosen = append(chosen, int32(value))
	}
	s.index.work.values = chosen
	return chosen
}

// meets reports whether one of the members is left.
func (s *search) meets(m *members) bool {
	for i, word := range m.words {
		if m.sets[i]&s.left(int(word)) != 0 {
			return true
		}
	}
	return false
}

// run looks through the words until nothing that comes can be better.
func (s *search) run() {
	if s.chosen == nil {
		s.scoreBy(scoresKey{field: -1})
		s.runAll()
	}
	for _, value := range s.chosen {
		s.scoreBy(scoresKey{field: s.fieldAt, value: value})
		s.runMembers(&s.field.members[value])
	}
}

// fewValues is up to how many values of a field have scores of their own.
const fewValues = 8

// scoreBy looks up the scores, of the instances with a value of a field or of all.
func (s *search) scoreBy(key scoresKey) {
	if !s.policy.scored {
		return
	}
	if key.field < 0 || len(s.field.members) > fewValues {
		key.field, key.value = -1, 0
	}
	key.rankBy(s.policy, s.group)
	s.scores = s.view.scoresOf(s.index, key)
	s.least = slices.Min(s.scores.tops)
}

// runAll takes 64 words at a time as long as what is known of those alone tells.
func (s *search) runAll() {
	for top := range s.index.tops {
		if s.passes(top) {
			continue
		}
		for word := top << 6; word < min((top+1)<<6, len(s.index.live)); word++ {
			if set := s.left(word); set != 0 && s.look(word, set) {
				return
			}
		}
	}
}

// runMembers is runAll for the instances with one value of a field.
func (s *search) runMembers(m *members) {
	at := 0
	for top := range s.index.tops {
		if s.passes(top) {
			continue
		}
		from, _ := slices.BinarySearch(m.words[at:], int32(top<<6))
		for at += from; at < len(m.words) && int(m.words[at]) < (top+1)<<6; at++ {
			word := int(m.words[at])
			if set := m.sets[at] & s.left(word); set != 0 && s.look(word, set) {
				return
			}
		}
	}
}

// passes reports, from what is known of 64 words alone, that none of their slots
// is better than the best.
func (s *search) passes(top int) bool {
	return s.scores != nil && (s.scores.tops[top] == nothing || s.found && s.behind(s.scores.tops[top], top<<12))
}

// behind reports that no slot from the first on with at least that score is
// better than the best. Of equals the first slot is, unless chance decides.
func (s *search) behind(least uint64, first int) bool {
	if least < s.score || !s.scores.exact(s.score) {
		return false
	}
	return least > s.score || s.policy.complete && first > s.slot
}

// look compares the best of 64 slots with the best so far, and reports whether
// none of the later slots can be better.
func (s *search) look(word int, set uint64) (done bool) {
	if s.found && s.scores != nil && s.behind(s.scores.least[word], word<<6) {
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
		return s.tie(word, set, now, better)
	}
	count, slot := 0, 0
	if count, set = s.group.narrow(word, set); !better && count > s.count {
		return false
	}
	if slot = lowest(word, set); !better && count == s.count && slot > s.slot {
		return false
	}
	s.found, s.best, s.count, s.slot = true, now, count, slot
	s.rate()
	return s.policy.complete && s.score == s.least && s.scores.exact(s.score)
}

// tie notes slots that are as good as the best, or better.
func (s *search) tie(word int, set uint64, now [MaxStrategies]int, better bool) (done bool) {
	s.found, s.best = true, now
	if s.ties == nil {
		return true // without any link all of them are
	}
	if better {
		clear(s.ties)
		s.rate()
	}
	s.ties[word] |= set
	return false
}

// rate notes the score of the best.
func (s *search) rate() {
	if s.scores == nil {
		return
	}
	tasks, first, second, at := s.count, 0, 0, s.policy.packAt
	if at > 0 {
		tasks = s.best[0]
	}
	if s.scores.first != nil {
		first = s.best[at]
	}
	if s.scores.second != nil {
		second = s.best[at+1]
	}
	last := 0
	if s.scores.tasksLast {
		last = s.count
	}
	s.score = s.scores.score(tasks, first, second, last)
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
