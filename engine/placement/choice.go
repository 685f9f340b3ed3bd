package placement

import (
	"math/bits"

	"gantry/ecs"
)

// Choice is where a task goes, and why: what the search came upon on its way.
// Append keeps of it what Explain needs to tell it.
type Choice struct {
	Instance ecs.ContainerInstanceID

	node   *node
	policy *Policy
	counts verdicts
	steps  int                      // that decided anything: links of the chain, then the tasks of the group
	found  [MaxStrategies + 1]int32 // what each step found on the instance: the least of all
	left   [MaxStrategies + 1]int32 // how many instances are as good by it and those before; 0: not counted
}

// fewInstances is up to how many instances that fit are counted step by step.
// Of more, nobody knows how many were as good: a search ends when it has the best.
const fewInstances = 64

// choice is what the search knows about the instance that it found.
func (s *search) choice(n *node) Choice {
	c := Choice{Instance: n.ID, node: n, policy: s.policy, counts: s.view.counts}
	if s.distinct != nil {
		taken := s.distinct.among(s.view.fit)
		c.counts[fitting] -= taken
		c.counts[verdictOf(DistinctInstance)] += taken
	}
	if c.counts[fitting] == 1 {
		return c // nothing was left to decide
	}
	for i, l := range s.policy.links {
		if i < len(s.policy.lead) {
			field, at := s.index.fieldOf(l.field)
			c.found[i] = tasksOf(s.group.tally(at), field.of[n.slot])
		} else {
			c.found[i] = int32(s.best[i-len(s.policy.lead)])
		}
	}
	if c.steps = len(s.policy.links); s.policy.breaksTies() {
		c.found[c.steps] = int32(s.count)
		c.steps++
	}
	if c.counts[fitting] <= fewInstances {
		s.countLeft(&c)
	}
	return c
}

// countLeft counts how many instances each step leaves, up to the one that
// leaves none but the chosen one.
func (s *search) countLeft(c *Choice) {
	left := cleared(&s.index.work.left, len(s.index.live))
	for word := range left {
		left[word] = s.fit(word)
	}
	for i := range c.steps {
		for word, set := range left {
			if set == 0 {
				continue
			}
			found, kept := s.narrow(s.policy.step(i), word, set)
			if found != int(c.found[i]) {
				kept = 0
			}
			left[word] = kept
			c.left[i] += int32(bits.OnesCount64(kept))
		}
		if c.left[i] == 1 {
			c.steps = i + 1
			return
		}
	}
}

// breaksTies reports whether the tasks of the group on an instance decide between
// those that the chain leaves tied.
func (p *Policy) breaksTies() bool {
	return !p.random && !p.spreads
}

// step is a link of the chain, or what breaks the tie.
func (p *Policy) step(i int) link {
	if i < len(p.links) {
		return p.links[i]
	}
	return link{kind: spreadInstance}
}

// among is how many of the slots have a task of the group.
func (g *group) among(set []uint64) (count int32) {
	for word, block := range g.block {
		if block > 0 && word < len(set) {
			count += int32(bits.OnesCount64(set[word] & g.any[block-1]))
		}
	}
	return count
}

// tasksOf is the count of a value in a tally.
func tasksOf(tally []int32, value int32) int32 {
	if int(value) < len(tally) {
		return tally[value]
	}
	return 0
}
