package placement

import (
	"cmp"
	"slices"

	"gantry/ecs"
)

// Place chooses the container instance for a task by ECS semantics 2.1: filter,
// rank, select. It changes nothing: Commit does. Exactly one of the results is set.
//
// Ranking by a chain is the same as taking the instance that fits and is first
// by the links' scores in turn: a spread wants few tasks where the instance is,
// a binpack little left on it. What is still tied goes by chance when the policy
// says so, else to the fewest tasks of the group, then to the lowest id.
func (f *Fleet) Place(r *Request) (ecs.ContainerInstanceID, *Unplaceable) {
	p := placing{fleet: f, request: r, random: r.Policy == nil || r.Policy.random}
	var fields []string
	if r.Policy != nil {
		p.rest = r.Policy.chain
		for len(p.rest) > 0 && p.rest[0].kind == spreadAttribute {
			fields = append(fields, p.rest[0].field)
			p.rest = p.rest[1:]
		}
	}
	if n := p.choose(f.partitionBy(fields)); n != nil {
		return n.ID, nil
	}
	return "", f.explain(r)
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

// placing is one search.
type placing struct {
	fleet   *Fleet
	request *Request
	rest    []link // of the chain, after the spreads that make the partition
	random  bool
}

// ranked is a bucket with its scores for the leading spreads.
type ranked struct {
	bucket *bucket
	scores []int
}

// choose goes through the buckets from the least loaded on. Buckets with equal
// scores are one: the rest of the chain decides between them.
func (p *placing) choose(parts *partition) *node {
	if len(parts.buckets) == 1 {
		return p.best(nil, parts.buckets[0])
	}
	buckets := make([]ranked, len(parts.buckets))
	for i, b := range parts.buckets {
		one := b.byID().nodes[0] // they all have the same values
		buckets[i] = ranked{b, make([]int, len(parts.fields))}
		for k, field := range parts.fields {
			buckets[i].scores[k] = p.count(one, field)
		}
	}
	slices.SortStableFunc(buckets, func(a, b ranked) int { return slices.Compare(a.scores, b.scores) })
	var best *node
	for i, b := range buckets {
		if best != nil && !slices.Equal(b.scores, buckets[i-1].scores) {
			break
		}
		best = p.best(best, b.bucket)
	}
	return best
}

func (p *placing) count(n *node, field string) int {
	return p.fleet.tallyOf(field).counts[valueGroup{n.attributes[field], p.request.Group}]
}

// best is the first instance of a bucket, or the one given when that ranks
// before them all.
func (p *placing) best(best *node, b *bucket) *node {
	need := &p.request.Requirements
	switch {
	case len(p.rest) == 0 && p.random:
		return p.draw(best, b.byID().nodes)
	case len(p.rest) == 0 || p.rest[0].kind == spreadInstance:
		return p.search(best, p.fleet.order(b, byGroup, p.request.Group), nil)
	case p.rest[0].kind == binpackCPU:
		return p.search(best, p.fleet.order(b, byCPU, ""), &need.CPUUnits)
	case p.rest[0].kind == binpackMemory:
		return p.search(best, p.fleet.order(b, byMemory, ""), &need.MemoryMiB)
	}
	return p.search(best, b.byID(), nil)
}

// search walks an ordering until nothing that comes can be better. Comparing is
// cheaper than checking, so it comes first.
func (p *placing) search(best *node, o *ordering, least *int) *node {
	nodes := o.nodes
	if least != nil && *least > 0 {
		nodes = o.from(*least)
	}
	for _, n := range nodes {
		if best != nil && o.key(n) > o.key(best) {
			break // n and all after it rank behind
		}
		if o.by == byGroup && p.distinct() && n.groups[p.request.Group] > 0 {
			break
		}
		if best != nil && p.compare(n, best) >= 0 {
			if p.idBreaksTies(o) {
				break
			}
			continue
		}
		if n.fits(p.request) {
			best = n
		}
	}
	return best
}

// draw gives every instance a number from its id and the random value, and takes
// the lowest that fits: each is as likely as any other, and only the few that
// are the lowest so far have to be checked.
func (p *placing) draw(best *node, nodes []*node) *node {
	lowest := ^uint64(0)
	if best != nil {
		lowest = p.lot(best)
	}
	for _, n := range nodes {
		lot := p.lot(n)
		if lot > lowest || best != nil && lot == lowest && n.ID > best.ID {
			continue
		}
		if n.fits(p.request) {
			best, lowest = n, lot
		}
	}
	return best
}

func (p *placing) lot(n *node) uint64 { return mix(p.request.Random ^ n.hash) }

// idBreaksTies reports that the ordering is the whole ranking, so that an
// instance that does not rank before the best is followed by none that does.
func (p *placing) idBreaksTies(o *ordering) bool {
	return o.by == byGroup && !p.random && len(p.rest) <= 1
}

func (p *placing) distinct() bool { return p.request.Policy != nil && p.request.Policy.distinct }

// compare ranks two instances by what is left of the chain, then by the tie-break.
func (p *placing) compare(a, b *node) int {
	for _, l := range p.rest {
		if c := cmp.Compare(p.score(a, l), p.score(b, l)); c != 0 {
			return c
		}
	}
	r := p.request
	if p.random {
		return cmp.Or(cmp.Compare(p.lot(a), p.lot(b)), cmp.Compare(a.ID, b.ID))
	}
	return cmp.Or(cmp.Compare(a.groups[r.Group], b.groups[r.Group]), cmp.Compare(a.ID, b.ID))
}

// score is what a link wants small.
func (p *placing) score(n *node, l link) int {
	switch l.kind {
	case spreadInstance:
		return n.groups[p.request.Group]
	case binpackCPU:
		return n.Remaining.CPUUnits
	case binpackMemory:
		return n.Remaining.MemoryMiB
	default:
		return p.count(n, l.field)
	}
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
