package placement

import (
	"math/bits"
	"slices"
)

// group is the tasks that spread and distinctInstance count together, those with
// the desired status STOPPED left out. A group without tasks is forgotten.
type group struct {
	name  string
	tasks int // in the fleet, those that are stopping included
	// What follows is the index's.
	counts  planes    // of its tasks by slot, for the blocks of 64 that have any
	block   []int32   // of each 64 slots: where in counts, from 1; 0 is nowhere
	any     []uint64  // of each block in counts: the slots with a task
	tallies [][]int32 // of each field: its tasks by value
}

// groupCount is the tasks of a group on one instance; never 0.
type groupCount struct {
	*group
	count int32
}

// count is the instance's tasks of the group.
func (n *node) count(g *group) int {
	for i := range n.groups {
		if n.groups[i].group == g {
			return int(n.groups[i].count)
		}
	}
	return 0
}

// addTasks changes the instance's tasks of the group, and returns how many there were.
func (n *node) addTasks(g *group, by int) (was int) {
	for i := range n.groups {
		if n.groups[i].group != g {
			continue
		}
		was = int(n.groups[i].count)
		if n.groups[i].count += int32(by); n.groups[i].count == 0 {
			last := len(n.groups) - 1
			n.groups[i], n.groups[last] = n.groups[last], groupCount{}
			n.groups = n.groups[:last]
		}
		return was
	}
	n.groups = append(n.groups, groupCount{g, int32(by)})
	return 0
}

// groups are the groups by name; list is all of them in the order they came in.
type groups struct {
	named map[string]*group
	list  []*group
	some  int // how many have a task
}

// get returns the group of that name, which may be new.
func (g *groups) get(name string) *group {
	known := g.named[name]
	if known == nil {
		if len(g.list) > 2*g.some+64 {
			g.forget()
		}
		known = &group{name: name}
		g.named[name] = known
		g.list = append(g.list, known)
	}
	return known
}

// use counts one task more or less that a group has. One without stays a while:
// its next task may come soon.
func (g *groups) use(of *group, by int) {
	was := of.tasks
	of.tasks += by
	switch {
	case was == 0:
		g.some++
	case of.tasks == 0:
		g.some--
	}
}

func (g *groups) forget() {
	g.list = slices.DeleteFunc(g.list, func(of *group) bool {
		if of.tasks == 0 {
			delete(g.named, of.name)
		}
		return of.tasks == 0
	})
}

// unindex forgets what the index knows of the group.
func (g *group) unindex() { *g = group{name: g.name, tasks: g.tasks} }

// set changes how many tasks of the group the index sees on an instance.
func (g *group) set(slot, from, to int) {
	if from == to {
		return
	}
	word := slot >> 6
	for len(g.block) <= word {
		g.block = append(g.block, 0)
	}
	g.counts.widen(max(1, widthOf(to)))
	if g.block[word] == 0 {
		g.counts.grow(1)
		g.any = append(g.any, 0)
		g.block[word] = int32(len(g.any))
	}
	block := int(g.block[word]) - 1
	g.counts.set(block, slot, from, to)
	put(g.any[block:block+1], slot&63, to > 0)
}

// blockOf is where the counts of 64 slots are, or -1: they are 0.
func (g *group) blockOf(word int) int {
	if g == nil || word >= len(g.block) {
		return -1
	}
	return int(g.block[word]) - 1
}

// narrow keeps the slots with the fewest tasks of the group.
func (g *group) narrow(word int, set uint64) (int, uint64) {
	if block := g.blockOf(word); block >= 0 {
		return g.counts.least(block, set)
	}
	return 0, set
}

// without is which of the slots have no task of the group.
func (g *group) without(word int, set uint64) uint64 {
	if block := g.blockOf(word); block >= 0 {
		return set &^ g.any[block]
	}
	return set
}

// tally is the group's tasks by value of a field.
func (g *group) tally(field int) []int32 {
	if g == nil || field >= len(g.tallies) {
		return nil
	}
	return g.tallies[field]
}

// add counts tasks of the group at a value of a field.
func (g *group) add(field int, value int32, by int) {
	for len(g.tallies) <= field {
		g.tallies = append(g.tallies, nil)
	}
	t := g.tallies[field]
	for len(t) <= int(value) {
		t = append(t, 0)
	}
	t[value] += int32(by)
	g.tallies[field] = t
}

// lowest is the first slot of a set.
func lowest(word int, set uint64) int { return word<<6 + bits.TrailingZeros64(set) }
