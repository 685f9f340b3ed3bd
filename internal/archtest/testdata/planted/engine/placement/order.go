package placement

import (
	"maps"
	"slices"
)

type set map[string]bool

// Breach2 lets the order of a map decide.
func Breach2[M ~map[string]int, P set](m M, p P, q *set) []string {
	for k := range m {
		delete(m, k)
	}
	for range *q {
	}
	for range p {
	}
	for range maps.Keys(m) {
	}
	all := slices.Collect(maps.Values(m))
	_ = all
	go clear(m)
	select {
	default:
	}
	return slices.Collect(maps.Keys(*q))
}
