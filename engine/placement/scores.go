package placement

import "slices"

// scores is, of each word of a view, the least score of an instance that fits:
// the tasks of a group on it when those come first in a chain, what is left of
// the one or two resources that the chain packs by, and the tasks of the group
// when those break the tie.
type scores struct {
	scoresKey
	first, second *planes // may be nil
	least         []uint64
	tops          []uint64 // the least of 64 words each
	dirty         []uint64 // the words whose least is not known
	changes       int      // of the log, that it has seen
	moves         int
}

type scoresKey struct {
	field                 int // whose value the instances have; -1: any
	value                 int32
	packing               packing
	tasksFirst, tasksLast bool
	group                 *group // nil: it has no tasks, or they do not matter
}

// nothing is the score of a word without an instance that fits.
const nothing = ^uint64(0)

// score is a number that compares as its parts do, as long as its tasks are not
// too many to be told apart.
func (s *scoresKey) score(tasks, first, second, last int) uint64 {
	if s.tasksFirst {
		return uint64(min(tasks, manyTasks))<<54 | uint64(first)<<27 | uint64(second)
	}
	return uint64(first)<<37 | uint64(second)<<10 | uint64(min(last, manyTasks))
}

const manyTasks = 1023

// exact reports that the tasks in a score are not too many.
func (s *scoresKey) exact(score uint64) bool {
	if s.tasksFirst {
		return score>>54 < manyTasks
	}
	return score&manyTasks < manyTasks
}

// rankBy completes the key with what a policy ranks by.
func (s *scoresKey) rankBy(p *Policy, g *group) {
	s.packing, s.tasksFirst, s.tasksLast = p.packing, p.counts, p.complete && !p.counts
	if s.tasksFirst || s.tasksLast {
		s.group = g
	}
}

// scoresOf returns scores, up to date.
func (v *view) scoresOf(x *index, key scoresKey) *scores {
	s := v.scores[key]
	if s == nil {
		s = newScores(x, key)
		if v.scores == nil {
			v.scores = map[scoresKey]*scores{}
		}
		v.scores[key] = s
		x.views.words += len(s.least)
	}
	s.catchUp(x)
	for i, words := range s.dirty {
		if words == 0 {
			continue
		}
		for ; words != 0; words &= words - 1 {
			word := lowest(i, words)
			set := v.fit[word]
			if s.field >= 0 && set != 0 {
				set &= x.fields[s.field].members[s.value].at(word)
			}
			s.least[word] = s.of(word, set)
		}
		s.dirty[i] = 0
		s.tops[i] = slices.Min(s.least[i<<6 : min((i+1)<<6, len(s.least))])
	}
	return s
}

func newScores(x *index, key scoresKey) *scores {
	words := len(x.live)
	s := &scores{scoresKey: key, least: make([]uint64, words), dirty: make([]uint64, x.tops), tops: make([]uint64, x.tops), moves: -1}
	switch key.packing {
	case packCPU:
		s.first = &x.cpuUnits
	case packMemory:
		s.first = &x.memoryMiB
	case packCPUMemory:
		s.first, s.second = &x.cpuUnits, &x.memoryMiB
	case packMemoryCPU:
		s.first, s.second = &x.memoryMiB, &x.cpuUnits
	}
	return s
}

// catchUp notes in which words instances have changed.
func (s *scores) catchUp(x *index) {
	log := &x.log
	if log.at-s.changes > recently || s.moves < log.before {
		s.changes, s.moves = log.at, log.before+len(log.moves)
		for word := range s.least {
			s.stale(word)
		}
	}
	for ; s.changes < log.at; s.changes++ {
		s.stale(int(log.recent[s.changes&(recently-1)]) >> 6)
	}
	for ; s.moves < log.before+len(log.moves); s.moves++ {
		s.stale(int(log.moves[s.moves-log.before]) >> 6)
	}
}

func (s *scores) stale(word int) { s.dirty[word>>6] |= 1 << (word & 63) }

// of is the least score of the slots in a set.
func (s *scores) of(word int, set uint64) uint64 {
	if set == 0 {
		return nothing
	}
	tasks, first, second, last := 0, 0, 0, 0
	if s.tasksFirst {
		tasks, set = s.group.narrow(word, set)
	}
	if s.first != nil {
		first, set = s.first.least(word, set)
	}
	if s.second != nil {
		second, set = s.second.least(word, set)
	}
	if s.tasksLast {
		last, _ = s.group.narrow(word, set)
	}
	return s.score(tasks, first, second, last)
}
