package placement

import (
	"slices"

	"gantry/ecs"
)

// fullScan is ECS semantics 2.1 and 2.2 as they are written down, step by step
// over all instances, without any index: what Place has to agree with.
func fullScan(f *Fleet, r *Request) (ecs.ContainerInstanceID, bool) {
	var left []*node
	for _, n := range f.ordered {
		if len(n.refusals(r)) == 0 {
			left = append(left, n)
		}
	}
	if len(left) == 0 {
		return "", false
	}
	random := r.Policy == nil || r.Policy.random
	if r.Policy != nil {
		for _, l := range r.Policy.chain {
			left = narrow(f, left, l, r.Group)
		}
	}
	if random {
		return least(left, func(n *node) int { return int(mix(r.Random^n.hash) >> 1) })[0].ID, true
	}
	return least(left, func(n *node) int { return scanCount(f, n, r.Group) })[0].ID, true
}

// narrow keeps the instances that one strategy likes best.
func narrow(f *Fleet, left []*node, l link, group string) []*node {
	return least(left, func(n *node) int {
		switch l.kind {
		case binpackCPU:
			return n.Remaining.CPUUnits
		case binpackMemory:
			return n.Remaining.MemoryMiB
		case spreadInstance:
			return scanCount(f, n, group)
		}
		total := 0
		for _, other := range f.ordered {
			if other.attributes[l.field] == n.attributes[l.field] {
				total += scanCount(f, other, group)
			}
		}
		return total
	})
}

// scanCount counts from the tasks themselves.
func scanCount(f *Fleet, n *node, group string) int {
	count := 0
	for _, t := range f.tasks {
		if t.node == n && t.Group == group && t.desired != ecs.TaskStopped {
			count++
		}
	}
	return count
}

// least keeps the nodes with the least score, in their order.
func least(nodes []*node, score func(*node) int) []*node {
	lowest := score(nodes[0])
	for _, n := range nodes {
		lowest = min(lowest, score(n))
	}
	return slices.DeleteFunc(slices.Clone(nodes), func(n *node) bool { return score(n) != lowest })
}
