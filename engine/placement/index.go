package placement

import (
	"slices"
	"strings"

	"gantry/ecs"
)

// index finds instances without asking all of them. It is built when a task is
// first placed, is kept in step from then on, and could be thrown away at any
// time: no answer depends on what is in it.
//
// Each instance has a slot, in the order of the ids, and everything that is
// known of the instances is sets of slots: 64 of them are one word. So a chain
// is obeyed as ECS semantics 2.2 writes it down, link by link on the set of
// those that are left, but 64 instances at a time.
type index struct {
	slots []*node  // nil is free
	live  []uint64 // the slots with an instance
	tops  int      // how many times 64 words that is
	count int      // of instances

	cpuUnits, memoryMiB planes // what is left, by slot

	fields []*field
	views  views
	log    changes
	work   scratch
}

// What bounds the memory of an index; beyond it that part starts anew.
const (
	maxFields    = 64      // attributes that anybody ever spread over
	maxViewWords = 1 << 22 // of all views: a view of 5,000 instances takes about 800
)

// A new index leaves one slot of spacing free, so that instances that come later
// find one between their neighbours; it moves at most reach instances for that.
const (
	spacing = 8
	reach   = 64
)

// indexed returns the index, which it builds when there is none.
func (f *Fleet) indexed() *index {
	if f.index != nil && len(f.index.fields) <= maxFields {
		return f.index
	}
	f.sort()
	for _, g := range f.groups.list {
		g.unindex()
	}
	f.index = newIndex(f.ordered)
	return f.index
}

func newIndex(ordered []*node) *index {
	count := len(ordered) + len(ordered)/(spacing-1) + spacing
	words := (count + 63) / 64
	x := &index{slots: make([]*node, words*64), live: make([]uint64, words), tops: (words + 63) / 64}
	cpu, memory := 0, 0
	for _, n := range ordered {
		cpu, memory = max(cpu, n.Registered.CPUUnits), max(memory, n.Registered.MemoryMiB)
	}
	x.cpuUnits, x.memoryMiB = newPlanes(words, widthOf(cpu)), newPlanes(words, widthOf(memory))
	for i, n := range ordered {
		n.slot = i + i/(spacing-1)
		x.enter(n)
	}
	return x
}

// enter puts an instance at its slot, and leave takes it out with what it was
// when it came in.
func (x *index) enter(n *node) {
	word := n.slot >> 6
	x.slots[n.slot] = n
	x.live[word] |= 1 << (n.slot & 63)
	x.count++
	x.cpuUnits.widen(widthOf(n.Registered.CPUUnits))
	x.memoryMiB.widen(widthOf(n.Registered.MemoryMiB))
	x.cpuUnits.set(word, n.slot, 0, n.Remaining.CPUUnits)
	x.memoryMiB.set(word, n.slot, 0, n.Remaining.MemoryMiB)
	for i := range n.groups {
		n.groups[i].set(n.slot, 0, int(n.groups[i].count))
	}
	for at, field := range x.fields {
		field.enter(at, n)
	}
	x.log.moved(n.slot)
}

func (x *index) leave(n *node) {
	word := n.slot >> 6
	x.slots[n.slot] = nil
	x.live[word] &^= 1 << (n.slot & 63)
	x.count--
	x.cpuUnits.set(word, n.slot, n.Remaining.CPUUnits, 0)
	x.memoryMiB.set(word, n.slot, n.Remaining.MemoryMiB, 0)
	for i := range n.groups {
		n.groups[i].set(n.slot, int(n.groups[i].count), 0)
	}
	for at, field := range x.fields {
		field.leave(at, n)
	}
	x.log.moved(n.slot)
}

// insert finds a slot for a new instance between its neighbours, which may be
// nil, and reports whether there was one within reach.
func (x *index) insert(before, n, after *node) bool {
	low, high := 0, len(x.slots)
	if before != nil {
		low = before.slot + 1
	}
	if after != nil {
		high = after.slot
	}
	if low < high {
		n.slot = low + (min(high, low+spacing)-low)/2
		x.enter(n)
		return true
	}
	for step := 1; step <= reach; step++ {
		if free := low - 1 - step; free >= 0 && x.slots[free] == nil {
			x.shift(free, low-1, +1)
			n.slot = low - 1
			x.enter(n)
			return true
		}
		if free := low + step; free < len(x.slots) && x.slots[free] == nil {
			x.shift(free, low, -1)
			n.slot = low
			x.enter(n)
			return true
		}
	}
	return false
}

// shift moves the instances between a free slot and another one by one, so that
// the other one is free.
func (x *index) shift(free, until, by int) {
	for ; free != until; free += by {
		n := x.slots[free+by]
		x.leave(n)
		n.slot = free
		x.enter(n)
	}
}

// changes is which slots have changed, in order, so that a view can catch up
// with what it has missed.
type changes struct {
	recent []int32 // a ring: what is left on the instance, or who runs there
	at     int     // how many there have ever been
	moves  []int32 // everything else
	before int     // how many moves came before these
}

// recently is how many changes are kept: to make a view anew costs about as much
// as that many.
const recently = 1 << 12

func (c *changes) changed(slot int) {
	if c.recent == nil {
		c.recent = make([]int32, recently)
	}
	c.recent[c.at&(recently-1)] = int32(slot)
	c.at++
}

func (c *changes) moved(slot int) {
	if len(c.moves) >= recently {
		c.before += len(c.moves)
		c.moves = c.moves[:0]
	}
	c.moves = append(c.moves, int32(slot))
}

// scratch is memory that a search needs for a moment.
type scratch struct {
	sets   [2][]uint64
	ties   []uint64
	left   []uint64
	values []int32
}

// cleared returns a set of words that are all 0.
func cleared(set *[]uint64, words int) []uint64 {
	if len(*set) != words {
		*set = make([]uint64, words)
	}
	clear(*set)
	return *set
}

// position is where an instance is among the ordered, or belongs.
func (f *Fleet) position(id ecs.ContainerInstanceID) (int, bool) {
	return slices.BinarySearchFunc(f.ordered, id, compareID)
}

func compareID(n *node, id ecs.ContainerInstanceID) int {
	return strings.Compare(string(n.ID), string(id))
}
