package placement

import (
	"slices"
	"sort"
)

// field is an attribute that chains spread over: which value each slot has, and
// which slots each value. Every instance counts, whatever its status and however
// full it is, because what spread balances is the tasks of the zone, not those
// of the instances that happen to have room (ECS semantics 2.2). A missing
// attribute is like an empty one.
type field struct {
	name    string
	number  map[string]int32 // of a value
	of      []int32          // the value of each slot
	members []members        // by value
}

// members is a set of slots, as the words that are not 0.
type members struct {
	value string
	words []int32 // ascending
	sets  []uint64
}

func (m *members) add(slot int) {
	word := int32(slot >> 6)
	at := sort.Search(len(m.words), func(i int) bool { return m.words[i] >= word })
	if at == len(m.words) || m.words[at] != word {
		m.words, m.sets = slices.Insert(m.words, at, word), slices.Insert(m.sets, at, 0)
	}
	m.sets[at] |= 1 << (slot & 63)
}

// at is the members among 64 slots.
func (m *members) at(word int) uint64 {
	if word < len(m.words) && m.words[word] == int32(word) {
		return m.sets[word] // as a rule each word has some
	}
	if at, found := slices.BinarySearch(m.words, int32(word)); found {
		return m.sets[at]
	}
	return 0
}

func (m *members) remove(slot int) {
	at, found := slices.BinarySearch(m.words, int32(slot>>6))
	if !found {
		return
	}
	if m.sets[at] &^= 1 << (slot & 63); m.sets[at] == 0 {
		m.words, m.sets = slices.Delete(m.words, at, at+1), slices.Delete(m.sets, at, at+1)
	}
}

// valueOf is the number of an instance's value.
func (f *field) valueOf(n *node) int32 {
	text := n.attributes[f.name]
	value, known := f.number[text]
	if !known {
		value = int32(len(f.members))
		f.number[text] = value
		f.members = append(f.members, members{value: text})
	}
	return value
}

// enter notes an instance, with all of its tasks; at is the field's own number.
func (f *field) enter(at int, n *node) {
	value := f.valueOf(n)
	f.of[n.slot] = value
	f.members[value].add(n.slot)
	for i := range n.groups {
		n.groups[i].add(at, value, int(n.groups[i].count))
	}
}

func (f *field) leave(at int, n *node) {
	value := f.of[n.slot]
	f.members[value].remove(n.slot)
	for i := range n.groups {
		n.groups[i].add(at, value, -int(n.groups[i].count))
	}
}

// fieldOf returns the field of that name and its number.
func (x *index) fieldOf(name string) (*field, int) {
	for at, f := range x.fields {
		if f.name == name {
			return f, at
		}
	}
	f := &field{name: name, number: map[string]int32{}, of: make([]int32, len(x.slots))}
	at := len(x.fields)
	x.fields = append(x.fields, f)
	for _, n := range x.slots {
		if n != nil {
			f.enter(at, n)
		}
	}
	return f, at
}
