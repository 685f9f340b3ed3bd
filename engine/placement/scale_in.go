package placement

import (
	"cmp"
	"slices"

	"gantry/ecs"
)

// ScaleIn picks which tasks of a group go first: count of the candidates, in
// the order in which to stop them. The rules are ECS semantics 2.8:
//
//   - spread: keep the balance, so take from where the group has most tasks;
//   - binpack: the task whose removal leaves its instance with most resources left;
//   - no strategy: the zone with most tasks of the service, then the instance with most;
//   - what is left tied, and random: by the random value.
//
// Candidates that are not in the fleet, or are stopping already, are left out;
// each choice sees the ones before it.
func (f *Fleet) ScaleIn(p *Policy, group string, candidates []ecs.TaskID, count int, random uint64) []ecs.TaskID {
	s := scaleIn{
		index: f.indexed(), group: f.groups.named[group],
		hosts: map[*node]*host{}, buckets: map[bucketKey]*bucket{}, shares: map[[2]int]*int{},
	}
	if p != nil {
		s.chain = p.chain
	}
	left := make([]candidate, 0, len(candidates))
	for _, id := range candidates {
		if t := f.task(id); t != nil && !t.stopping {
			left = append(left, candidate{t, s.pileOf(t), mix(random ^ hashText(string(id)))})
		}
	}
	if count < len(left) {
		left = s.choose(left, max(0, count))
	} else {
		slices.SortFunc(left, s.compare)
	}
	chosen := make([]ecs.TaskID, 0, len(left))
	for _, c := range left {
		chosen = append(chosen, c.id)
	}
	return chosen
}

// candidate is a task that may go, with its rank among tied ones.
type candidate struct {
	*committed
	pile *pile
	rank uint64
}

// pile is the candidates that a strategy cannot tell apart: those of one
// instance with the same needs.
type pile struct {
	host                *host
	cpuUnits, memoryMiB int         // that each of them gives back
	left                []candidate // by rank
	at                  int         // in its bucket
}

// host is an instance as it will be without the tasks chosen so far.
type host struct {
	tasks               int // of the group
	cpuUnits, memoryMiB int // left
	bucket              *bucket
	piles               []*pile
}

// bucket is the piles on instances that the chain's spreads over attributes
// cannot tell apart, the first to go at the top.
type bucket struct {
	*scaleIn
	shares [MaxStrategies]*int // for each such link: tasks of the group with the value
	piles  []*pile
}

// bucketKey is the instance's value for each link that spreads over an attribute.
type bucketKey [MaxStrategies]int32

// scaleIn is one choice.
type scaleIn struct {
	index   *index
	chain   []link
	group   *group
	hosts   map[*node]*host
	buckets map[bucketKey]*bucket
	shares  map[[2]int]*int // by field and value
	list    []*bucket
}

// pileOf is the pile that a task belongs to.
func (s *scaleIn) pileOf(t *committed) *pile {
	h := s.hosts[t.node]
	if h == nil {
		h = &host{
			tasks: t.node.count(s.group), bucket: s.bucketOf(t.node),
			cpuUnits: t.node.Remaining.CPUUnits, memoryMiB: t.node.Remaining.MemoryMiB,
		}
		s.hosts[t.node] = h
	}
	for _, p := range h.piles {
		if p.cpuUnits == t.needs.CPUUnits && p.memoryMiB == t.needs.MemoryMiB {
			return p
		}
	}
	p := &pile{host: h, cpuUnits: t.needs.CPUUnits, memoryMiB: t.needs.MemoryMiB, at: -1}
	h.piles = append(h.piles, p)
	return p
}

// bucketOf is the bucket of an instance. Buckets with the same value of a link's
// attribute have the same share.
func (s *scaleIn) bucketOf(n *node) *bucket {
	var key bucketKey
	for i, l := range s.chain {
		if l.kind == spreadAttribute {
			field, _ := s.index.fieldOf(l.field)
			key[i] = field.of[n.slot]
		}
	}
	b := s.buckets[key]
	if b != nil {
		return b
	}
	b = &bucket{scaleIn: s}
	s.buckets[key] = b
	for i, l := range s.chain {
		if l.kind == spreadAttribute {
			b.shares[i] = s.share(l, key[i])
		}
	}
	s.list = append(s.list, b)
	return b
}

// share is the group's tasks with a value of the link's attribute.
func (s *scaleIn) share(l link, value int32) *int {
	_, field := s.index.fieldOf(l.field)
	key := [2]int{field, int(value)}
	if s.shares[key] == nil {
		tasks := 0
		if tally := s.group.tally(field); int(value) < len(tally) {
			tasks = int(tally[value])
		}
		s.shares[key] = &tasks
	}
	return s.shares[key]
}

// choose takes the first candidate of all, count times; each choice sees the
// ones before it.
func (s *scaleIn) choose(left []candidate, count int) []candidate {
	for _, c := range left {
		c.pile.left = append(c.pile.left, c)
	}
	for _, c := range left {
		if p := c.pile; p.at < 0 {
			slices.SortFunc(p.left, byRank)
			p.at = len(p.host.bucket.piles)
			p.host.bucket.piles = append(p.host.bucket.piles, p)
		}
	}
	for _, b := range s.list {
		slices.SortFunc(b.piles, func(p, o *pile) int { return s.compare(p.left[0], o.left[0]) })
		for at, p := range b.piles {
			p.at = at
		}
	}
	chosen := make([]candidate, 0, count)
	for len(chosen) < count {
		var first *pile
		for _, b := range s.list {
			if len(b.piles) > 0 && (first == nil || s.compare(b.piles[0].left[0], first.left[0]) < 0) {
				first = b.piles[0]
			}
		}
		chosen = append(chosen, first.left[0])
		s.remove(first)
	}
	return chosen
}

// remove takes the first task of the pile off its instance. That can move all
// piles there, so they leave the bucket and come back.
func (s *scaleIn) remove(p *pile) {
	h := p.host
	b := h.bucket
	for _, o := range h.piles {
		b.drop(o)
	}
	h.cpuUnits += p.cpuUnits
	h.memoryMiB += p.memoryMiB
	if p.left[0].committed.group == s.group {
		h.tasks--
		for i, share := range b.shares {
			if share != nil && !slices.Contains(b.shares[:i], share) {
				*share--
			}
		}
	}
	if p.left = p.left[1:]; len(p.left) == 0 {
		h.piles = slices.DeleteFunc(h.piles, func(o *pile) bool { return o == p })
	}
	for _, o := range h.piles {
		b.add(o)
	}
}

// compare says which of two candidates goes first.
func (s *scaleIn) compare(a, b candidate) int {
	for i, l := range s.chain {
		if c := cmp.Compare(b.pile.score(i, l), a.pile.score(i, l)); c != 0 { // most first
			return c
		}
	}
	return byRank(a, b)
}

func byRank(a, b candidate) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.id, b.id))
}

// score is what the chain's link of that index wants large.
func (p *pile) score(index int, l link) int {
	switch l.kind {
	case spreadInstance:
		return p.host.tasks
	case binpackCPU:
		return p.host.cpuUnits + p.cpuUnits
	case binpackMemory:
		return p.host.memoryMiB + p.memoryMiB
	default:
		return *p.host.bucket.shares[index]
	}
}

// fix brings the pile at a place to where it belongs: at every place is a pile
// that goes before those at twice the place and one and two more.
func (b *bucket) fix(at int) {
	for at > 0 && b.before(at, (at-1)/2) {
		at = b.swap(at, (at-1)/2)
	}
	for {
		first := at
		for child := 2*at + 1; child <= 2*at+2 && child < len(b.piles); child++ {
			if b.before(child, first) {
				first = child
			}
		}
		if first == at {
			return
		}
		at = b.swap(at, first)
	}
}

func (b *bucket) before(i, j int) bool { return b.compare(b.piles[i].left[0], b.piles[j].left[0]) < 0 }

// swap exchanges two piles and returns the second place.
func (b *bucket) swap(i, j int) int {
	b.piles[i], b.piles[j] = b.piles[j], b.piles[i]
	b.piles[i].at, b.piles[j].at = i, j
	return j
}

// add puts a pile in.
func (b *bucket) add(p *pile) {
	p.at = len(b.piles)
	b.piles = append(b.piles, p)
	b.fix(p.at)
}

// drop takes out a pile.
func (b *bucket) drop(p *pile) {
	last := len(b.piles) - 1
	at := p.at
	b.swap(at, last)
	b.piles = b.piles[:last]
	if at < last {
		b.fix(at)
	}
}
