package placement

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"gantry/ecs"
)

// index finds instances without asking all of them. Everything in it is built
// when a policy first needs it, is kept in step from then on, and could be
// thrown away at any time: no answer depends on what is in it.
//
// An ordering is a sorted slice, not a tree: searching it costs O(log n), and
// moving an instance inside it moves at most n words of memory, which for the
// few thousand instances that a cluster can have (5,000 by quota) takes less
// time than balancing a tree does.
type index struct {
	partitions []*partition
	tallies    []*tally
	held       int // places in orderings by group
}

// What bounds the memory of an index; beyond it that part starts anew. There is
// an ordering by group for each service that spreads, and a partition and a
// tally for each attribute that anybody ever spread over.
const (
	maxHeld       = 1 << 21
	maxPartitions = 64
)

// partition divides the candidates, which are the ACTIVE instances with a
// connected agent, by their values of the attributes that a chain spreads over
// first. Without any it is one bucket.
type partition struct {
	fields  []string
	buckets []*bucket // by key
}

// bucket is the candidates with the same values, in the orders asked for so far.
type bucket struct {
	key    string
	orders []*ordering // byID first
	find   map[orderKey]*ordering
}

// ordering is the candidates of a bucket, sorted.
type ordering struct {
	orderKey
	nodes []*node
}

type orderKey struct {
	by    orderBy
	group string // of byGroup
}

type orderBy int

const (
	byID     orderBy = iota
	byCPU            // least left first
	byMemory         // least left first
	byGroup          // fewest tasks of the group first
)

func (o *ordering) key(n *node) int {
	switch o.by {
	case byCPU:
		return n.Remaining.CPUUnits
	case byMemory:
		return n.Remaining.MemoryMiB
	case byGroup:
		return n.groups[o.group]
	default:
		return 0
	}
}

// place is where a node is, or belongs. Equal keys are by id.
func (o *ordering) place(n *node) (int, bool) {
	key := o.key(n)
	return slices.BinarySearchFunc(o.nodes, n, func(a, b *node) int {
		return cmp.Or(cmp.Compare(o.key(a), key), strings.Compare(string(a.ID), string(b.ID)))
	})
}

func (o *ordering) insert(n *node) {
	at, _ := o.place(n)
	o.nodes = slices.Insert(o.nodes, at, n)
}

func (o *ordering) remove(n *node) {
	if at, found := o.place(n); found {
		o.nodes = slices.Delete(o.nodes, at, at+1)
	}
}

// from is the part of the ordering whose key is at least least.
func (o *ordering) from(least int) []*node {
	at, _ := slices.BinarySearchFunc(o.nodes, least, func(n *node, least int) int {
		return cmp.Compare(o.key(n), least)
	})
	return o.nodes[at:]
}

// bucketKey joins an instance's values of the fields. A missing attribute is
// like an empty one (ECS semantics 2.2).
func bucketKey(n *node, fields []string) string {
	switch len(fields) {
	case 0:
		return ""
	case 1:
		return n.attributes[fields[0]]
	}
	values := make([]string, len(fields))
	for i, field := range fields {
		values[i] = n.attributes[field]
	}
	return strings.Join(values, "\x00")
}

func (p *partition) find(key string) (int, bool) {
	return slices.BinarySearchFunc(p.buckets, key, func(b *bucket, key string) int { return strings.Compare(b.key, key) })
}

func (p *partition) add(n *node) {
	key := bucketKey(n, p.fields)
	at, found := p.find(key)
	if !found {
		b := &bucket{key: key, find: map[orderKey]*ordering{}}
		b.add(&ordering{})
		p.buckets = slices.Insert(p.buckets, at, b)
	}
	b := p.buckets[at]
	for _, o := range b.orders {
		o.insert(n)
	}
}

func (b *bucket) add(o *ordering) {
	b.orders = append(b.orders, o)
	b.find[o.orderKey] = o
}

// byID is the order that every bucket has.
func (b *bucket) byID() *ordering { return b.orders[0] }

// drop takes a node out, with what it was when it came in.
func (p *partition) drop(n *node) {
	at, found := p.find(bucketKey(n, p.fields))
	if !found {
		return
	}
	b := p.buckets[at]
	for _, o := range b.orders {
		o.remove(n)
	}
	if len(b.byID().nodes) == 0 {
		p.buckets = slices.Delete(p.buckets, at, at+1)
	}
}

// partitionBy returns the partition by the fields.
func (f *Fleet) partitionBy(fields []string) *partition {
	for _, p := range f.index.partitions {
		if slices.Equal(p.fields, fields) {
			return p
		}
	}
	p := &partition{fields: slices.Clone(fields)}
	for _, n := range f.ordered {
		if n.candidate() {
			p.add(n)
		}
	}
	if len(f.index.partitions) == maxPartitions {
		f.index.partitions, f.index.held = nil, 0
	}
	f.index.partitions = append(f.index.partitions, p)
	return p
}

// order returns the bucket's candidates in an order.
func (f *Fleet) order(b *bucket, by orderBy, group string) *ordering {
	key := orderKey{by, group}
	if o := b.find[key]; o != nil {
		return o
	}
	o := &ordering{key, slices.Clone(b.byID().nodes)}
	slices.SortStableFunc(o.nodes, func(a, b *node) int { return cmp.Compare(o.key(a), o.key(b)) })
	if by == byGroup {
		if f.index.held += len(o.nodes); f.index.held > maxHeld {
			f.index.forgetGroups()
			f.index.held = len(o.nodes)
		}
	}
	b.add(o)
	return o
}

func (x *index) forgetGroups() {
	for _, p := range x.partitions {
		for _, b := range p.buckets {
			b.orders = slices.DeleteFunc(b.orders, func(o *ordering) bool { return o.by == byGroup })
			maps.DeleteFunc(b.find, func(k orderKey, _ *ordering) bool { return k.by == byGroup })
		}
	}
}

// candidate reports whether the instance takes tasks at all.
func (n *node) candidate() bool {
	return n.Status == ecs.InstanceActive && n.AgentConnected
}

// reorder runs a change of one node while the node is out of the orderings in
// which the change may move it.
func (x *index) reorder(n *node, do func(), keys ...orderKey) {
	var out []*ordering
	if n.candidate() {
		for _, p := range x.partitions {
			at, _ := p.find(bucketKey(n, p.fields))
			for _, key := range keys {
				if o := p.buckets[at].find[key]; o != nil {
					o.remove(n)
					out = append(out, o)
				}
			}
		}
	}
	do()
	for _, o := range out {
		o.insert(n)
	}
}

// enter and leave bracket a change of a node's status, agent or attributes.
func (x *index) enter(n *node) {
	if n.candidate() {
		for _, p := range x.partitions {
			p.add(n)
		}
	}
	for _, t := range x.tallies {
		t.addNode(n, +1)
	}
}

func (x *index) leave(n *node) {
	if n.candidate() {
		for _, p := range x.partitions {
			p.drop(n)
		}
	}
	for _, t := range x.tallies {
		t.addNode(n, -1)
	}
}
