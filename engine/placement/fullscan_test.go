package placement

import (
	"math/bits"
	"slices"

	"gantry/ecs"
)

// fullScan is ECS semantics 2.1 and 2.2 as they are written down, step by step
// over all instances, without any index: what Place has to agree with.
func fullScan(f *Fleet, r *Request) (ecs.ContainerInstanceID, bool) {
	var left []*node
	f.sort()
	c := f.checkOf(r, untilListed)
	for _, n := range f.ordered {
		if len(c.refusals(n)) == 0 {
			left = append(left, n)
		}
	}
	if len(left) == 0 {
		return "", false
	}
	random := r.Policy == nil || r.Policy.random
	tasks := scanTasks(f, r.Group)
	if r.Policy != nil {
		for _, l := range r.Policy.chain {
			left = narrow(f, left, l, tasks)
		}
	}
	if random && len(left) > fewLots {
		for k := uint64(0); ; k++ {
			at, _ := bits.Mul64(mix(r.Random+k), uint64(len(f.ordered)))
			if n := f.ordered[at]; slices.Contains(left, n) {
				return n.ID, true
			}
		}
	}
	if random {
		return least(left, func(n *node) int { return int(mix(r.Random^n.hash) >> 1) })[0].ID, true
	}
	return least(left, func(n *node) int { return tasks[n] })[0].ID, true
}

// narrow keeps the instances that one strategy likes best.
func narrow(f *Fleet, left []*node, l link, tasks map[*node]int) []*node {
	total := map[string]int{}
	for _, n := range f.ordered {
		total[n.attributes[l.field]] += tasks[n]
	}
	return least(left, func(n *node) int {
		switch l.kind {
		case binpackCPU:
			return n.Remaining.CPUUnits
		case binpackMemory:
			return n.Remaining.MemoryMiB
		case spreadInstance:
			return tasks[n]
		}
		return total[n.attributes[l.field]]
	})
}

// scanTasks counts the tasks of a group from the tasks themselves.
func scanTasks(f *Fleet, group string) map[*node]int {
	tasks := map[*node]int{}
	for _, t := range f.tasks {
		if t.group.name == group && !t.stopping {
			tasks[t.node]++
		}
	}
	return tasks
}

// least keeps the nodes with the least score, in their order.
func least(nodes []*node, score func(*node) int) []*node {
	lowest := score(nodes[0])
	for _, n := range nodes {
		lowest = min(lowest, score(n))
	}
	return slices.DeleteFunc(slices.Clone(nodes), func(n *node) bool { return score(n) != lowest })
}
