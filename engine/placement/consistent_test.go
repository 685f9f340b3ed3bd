package placement

import (
	"math/bits"
	"slices"
)

// audit holds a fleet's index against the fleet.
type audit struct {
	*Fleet
	Fatalf func(format string, args ...any)
}

// described holds the sets of attributes against the instances that have them.
func (m audit) described() {
	users := map[string]int{}
	for _, n := range m.ordered {
		users[AttributesKey(n.Attributes)]++
	}
	for key, set := range m.sets {
		if set.users != users[key] || key != AttributesKey(set.list) || len(m.sets) != len(users) {
			m.Fatalf("%d of %d sets of attributes: %d instances have %q, and the set says %d", len(m.sets), len(users), users[key], key, set.users)
		}
	}
}

// indexed holds everything that the index knows against the instances themselves.
func (m audit) indexed() {
	x := m.index
	if x == nil {
		return
	}
	if !slices.IsSortedFunc(m.ordered, func(a, b *node) int { return a.slot - b.slot }) || x.count != len(m.ordered) {
		m.Fatalf("%d instances of %d have slots, in order: %v", x.count, len(m.ordered), m.ordered)
	}
	live := make([]uint64, len(x.live))
	for _, n := range m.ordered {
		put(live, n.slot, true)
		word := n.slot >> 6
		if x.slots[n.slot] != n || x.cpuUnits.at(word, n.slot) != n.Remaining.CPUUnits || x.memoryMiB.at(word, n.slot) != n.Remaining.MemoryMiB {
			m.Fatalf("slot %d is not %s: %d CPU units, %d MiB", n.slot, n.ID, x.cpuUnits.at(word, n.slot), x.memoryMiB.at(word, n.slot))
		}
		for _, f := range x.fields {
			value := f.members[f.of[n.slot]]
			at := slices.Index(value.words, int32(word))
			if value.value != n.attributes[f.name] || at < 0 || value.sets[at]>>(n.slot&63)&1 == 0 {
				m.Fatalf("%s: %s is %q, and the field says %q", n.ID, f.name, n.attributes[f.name], value.value)
			}
		}
	}
	if !slices.Equal(live, x.live) {
		m.Fatalf("live %b, want %b", x.live, live)
	}
	m.grouped(x)
	for _, of := range x.views.distinct {
		for _, v := range of {
			m.viewed(x, v)
		}
	}
}

// grouped checks the counts of the groups.
func (m audit) grouped(x *index) {
	for _, g := range m.groups.list {
		tallies := make([]map[int32]int32, len(x.fields))
		for i := range tallies {
			tallies[i] = map[int32]int32{}
		}
		for _, n := range m.ordered {
			count, set := g.narrow(n.slot>>6, 1<<(n.slot&63))
			if count != n.count(g) || bits.OnesCount64(set) != 1 || g.without(n.slot>>6, set) == 0 != (count > 0) {
				m.Fatalf("%s has %d tasks of %s, and the index says %d", n.ID, n.count(g), g.name, count)
			}
			for i, f := range x.fields {
				tallies[i][f.of[n.slot]] += int32(count)
			}
		}
		for i, f := range x.fields {
			for value := range f.members {
				tasks := int32(0)
				if tally := g.tally(i); value < len(tally) {
					tasks = tally[value]
				}
				if tasks != tallies[i][int32(value)] {
					m.Fatalf("%s = %q has %d tasks of %s, and the index says %d", f.name, f.members[value].value, tallies[i][int32(value)], g.name, tasks)
				}
			}
		}
	}
}

// viewed checks a view after it has caught up.
func (m audit) viewed(x *index, v *view) {
	v.catchUp(x)
	counts := verdicts{}
	for slot, n := range x.slots {
		fits, said := false, nobody
		if n != nil {
			c := check{needs: v.needs, policy: &Policy{memberOf: v.policy.memberOf}, provider: v.provider}
			if c.ask(n); c.failed == 0 {
				fits, said = true, fitting
			} else {
				said = verdictOf(c.first.Kind)
			}
		}
		counts[said]++
		if fits != (v.fit[slot>>6]>>(slot&63)&1 == 1) {
			m.Fatalf("slot %d fits: %v, and the view says %v", slot, fits, !fits)
		}
	}
	if counts != v.counts {
		m.Fatalf("of the instances are said %v, and the view counts %v", counts, v.counts)
	}
	for key := range v.scores {
		s := v.scoresOf(x, key)
		for word, set := range v.fit {
			if key.field >= 0 {
				set &= x.fields[key.field].members[key.value].at(word)
			}
			if s.least[word] != s.of(word, set) {
				m.Fatalf("the least of word %d is %x, want %x", word, s.least[word], s.of(word, set))
			}
			if s.tops[word>>6] > s.least[word] {
				m.Fatalf("the least of 64 words is %x, and of word %d %x", s.tops[word>>6], word, s.least[word])
			}
		}
	}
}
