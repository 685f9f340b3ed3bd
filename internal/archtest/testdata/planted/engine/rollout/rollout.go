package rollout

import "planted/workflow"

type counter struct{ n int }

func (c *counter) add() { c.n++ }

var (
	total   int
	last    = map[string]int{}
	recent  []int
	started counter
	// Shared belongs to all.
	Shared = &counter{}
)

func init() { total = 0 }

// Breach changes them.
func Breach(k string) {
	total++
	last[k] = total
	delete(last, k)
	recent = append(recent, total)
	recent[0] = 1
	started.add()
	Shared.n = 2
	for total = range 3 {
	}
	workflow.Busy = true
}
