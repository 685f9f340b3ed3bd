package placement

import (
	"cmp"

	"gantry/ecs"
)

// Place chooses the container instance for a task by ECS semantics 2.1: filter,
// rank, select. It changes nothing: Commit does. Exactly one of the results is set.
func (f *Fleet) Place(r *Request) (ecs.ContainerInstanceID, *Unplaceable) {
	var best *node
	for _, n := range f.ordered {
		if n.fits(r) && (best == nil || f.compare(n, best, r) < 0) {
			best = n
		}
	}
	if best == nil {
		return "", f.explain(r)
	}
	return best.ID, nil
}

// explain asks every instance for everything that is wrong with it.
func (f *Fleet) explain(r *Request) *Unplaceable {
	u := &Unplaceable{Needed: r.Requirements, Refusals: make([]Refusal, 0, len(f.ordered))}
	for _, n := range f.ordered {
		u.Refusals = append(u.Refusals, Refusal{
			Instance: n.ID, ARN: n.ARN, Zone: n.zone(), Type: n.attributes[ecs.AttributeInstanceType],
			Reasons: n.refusals(r),
		})
	}
	return u
}

// compare ranks two instances by the strategy chain, then by the tie-break: at
// random when the policy says so, else the fewest tasks of the group, then the
// lowest id.
func (f *Fleet) compare(a, b *node, r *Request) int {
	p := r.Policy
	if p != nil {
		for _, l := range p.chain {
			if c := cmp.Compare(f.score(a, l, r.Group), f.score(b, l, r.Group)); c != 0 {
				return c
			}
		}
	}
	if p == nil || p.random {
		return cmp.Or(cmp.Compare(mix(r.Random^a.hash), mix(r.Random^b.hash)), cmp.Compare(a.ID, b.ID))
	}
	return cmp.Or(cmp.Compare(a.groups[r.Group], b.groups[r.Group]), cmp.Compare(a.ID, b.ID))
}

// score is what a link of the chain wants small.
func (f *Fleet) score(n *node, l link, group string) int {
	switch l.kind {
	case spreadInstance:
		return n.groups[group]
	case binpackCPU:
		return n.Remaining.CPUUnits
	case binpackMemory:
		return n.Remaining.MemoryMiB
	}
	total := 0
	for _, other := range f.ordered {
		if other.attributes[l.field] == n.attributes[l.field] {
			total += other.groups[group]
		}
	}
	return total
}

// mix turns a number into one that looks random (the finaliser of SplitMix64).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// hashText is FNV-1a, mixed.
func hashText(text string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(text) {
		h = (h ^ uint64(text[i])) * 1099511628211
	}
	return mix(h)
}
