package ecs

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// ErrNone is a package variable that never changes.
var ErrNone = errors.New("none")

var table = map[string]int{"a": 1}

type counter struct{ n int }

func (c *counter) add() { c.n++ }

// Walk walks a map in an order of its own.
func Walk(m map[string]int, seed uint64, now time.Time) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintln(&b, k, m[k], table[k])
	}
	for _, v := range slices.SortedFunc(maps.Values(m), func(a, b int) int { return a - b }) {
		fmt.Fprintln(&b, v)
	}
	clear(m)
	table := map[string]int{} // not the package's
	table["b"] = 2
	var c counter
	c.add()
	r := rand.New(rand.NewPCG(seed, 1))
	return b.String() + now.Add(time.Second).UTC().String() + fmt.Sprint(r.IntN(10))
}
