package placement

import (
	"maps"
	"slices"
)

// tally counts tasks by the value that their instance has for an attribute, and
// by group. Every instance counts, whatever its status and however full it is,
// because what spread balances is the tasks of the zone, not those of the
// instances that happen to have room (ECS semantics 2.2).
type tally struct {
	field  string
	counts map[valueGroup]int
}

type valueGroup struct{ value, group string }

func (t *tally) add(n *node, group string, by int) {
	key := valueGroup{n.attributes[t.field], group}
	if t.counts[key] += by; t.counts[key] == 0 {
		delete(t.counts, key)
	}
}

// addNode counts all tasks of a node, or with -1 takes them off.
func (t *tally) addNode(n *node, sign int) {
	for _, group := range n.groupNames {
		t.add(n, group, sign*n.groups[group])
	}
}

// tallyOf returns the tally of a field.
func (f *Fleet) tallyOf(field string) *tally {
	for _, t := range f.index.tallies {
		if t.field == field {
			return t
		}
	}
	t := &tally{field: field, counts: map[valueGroup]int{}}
	for _, n := range f.ordered {
		t.addNode(n, +1)
	}
	if len(f.index.tallies) == maxPartitions {
		f.index.tallies = nil
	}
	f.index.tallies = append(f.index.tallies, t)
	return t
}

// ZoneCounts is how many tasks of a group each Availability Zone has that has an
// instance, zones without any of its tasks included: what Availability Zone
// rebalancing looks at (ECS semantics 2.8). It is in order of the zones' names.
func (f *Fleet) ZoneCounts(group string) []ZoneCount {
	counts := map[string]int{}
	for _, n := range f.ordered {
		counts[n.zone()] += n.groups[group]
	}
	all := make([]ZoneCount, 0, len(counts))
	for _, zone := range slices.Sorted(maps.Keys(counts)) {
		all = append(all, ZoneCount{zone, counts[zone]})
	}
	return all
}

// ZoneCount is an Availability Zone with a number of tasks.
type ZoneCount struct {
	Zone  string
	Tasks int
}
