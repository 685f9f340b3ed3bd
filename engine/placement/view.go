package placement

import (
	"slices"
)

// view is which instances can take a task with certain needs now. All requests
// with the same needs, memberOf constraints and capacity provider share one.
// What asks for the group of the task (spread, distinctInstance) is not in it.
//
// It catches up with the changes since it was last asked: a few for a service
// that starts tasks one after the other.
type view struct {
	needs    *Requirements
	policy   *Policy
	provider string

	fit      []uint64  // the slots that fit
	verdicts []verdict // by slot
	counts   verdicts  // slots by what is said of them now
	changes  int       // of the log, that it has seen
	moves    int
	scores   map[scoresKey]*scores

	refused refused
}

// views finds the view of a request. Requests share the values that they point
// to, so as a rule looking at the pointers is enough.
type views struct {
	last     *view
	lastKey  viewKey
	asked    map[viewKey]*view
	distinct map[[2]int][]*view // by CPU units and MiB
	words    int
}

type viewKey struct {
	needs    *Requirements
	policy   *Policy
	provider string
}

// maxAsked is how many pointers are remembered.
const maxAsked = 1 << 12

// viewOf returns the view of a request, up to date.
func (x *index) viewOf(r *Request, needs *Requirements, policy *Policy) *view {
	if x.views.words >= maxViewWords {
		x.views = views{}
	}
	key := viewKey{needs, policy, r.CapacityProvider}
	v := x.views.last
	if v == nil || x.views.lastKey != key {
		v = x.views.find(key)
		if v == nil {
			v = &view{needs: needs, policy: policy, provider: r.CapacityProvider, moves: -1}
			x.views.add(v, len(x.live))
		}
		if len(x.views.asked) >= maxAsked {
			clear(x.views.asked)
		}
		x.views.asked[key], x.views.last, x.views.lastKey = v, v, key
	}
	v.catchUp(x)
	return v
}

func (v *views) find(key viewKey) *view {
	if known := v.asked[key]; known != nil {
		return known
	}
	for _, w := range v.distinct[[2]int{key.needs.CPUUnits, key.needs.MemoryMiB}] {
		if w.provider == key.provider && w.needs.equal(key.needs) && w.policy.equalMembers(key.policy) {
			return w
		}
	}
	return nil
}

func (v *views) add(w *view, words int) {
	v.words += 9 * words // one of fit, and as many bytes of verdicts
	if v.asked == nil {
		v.asked, v.distinct = map[viewKey]*view{}, map[[2]int][]*view{}
	}
	size := [2]int{w.needs.CPUUnits, w.needs.MemoryMiB}
	v.distinct[size] = append(v.distinct[size], w)
}

// equal compares by value.
func (r *Requirements) equal(o *Requirements) bool {
	return r == o || r.CPUUnits == o.CPUUnits && r.MemoryMiB == o.MemoryMiB && r.GPUs == o.GPUs && r.ENIs == o.ENIs &&
		r.CPUArchitecture == o.CPUArchitecture && r.OSFamily == o.OSFamily &&
		slices.Equal(r.Ports, o.Ports) && slices.Equal(r.PortsUDP, o.PortsUDP) &&
		slices.Equal(r.Attributes, o.Attributes) && slices.Equal(r.Zones, o.Zones)
}

// equalMembers reports whether the memberOf constraints are the same texts.
func (p *Policy) equalMembers(o *Policy) bool {
	return p == o || slices.EqualFunc(p.memberOf, o.memberOf, func(a, b memberOf) bool { return a.text == b.text })
}

// catchUp brings the view up to date.
func (v *view) catchUp(x *index) {
	log := &x.log
	if v.moves < log.before || len(v.fit) != len(x.live) {
		v.build(x)
		return
	}
	for ; v.moves < log.before+len(log.moves); v.moves++ { // first: who is there
		slot := int(log.moves[v.moves-log.before])
		v.judge(x, slot)
		v.look(x, slot)
	}
	if log.at-v.changes > recently {
		v.fill(x)
		return
	}
	for ; v.changes < log.at; v.changes++ {
		v.look(x, int(log.recent[v.changes&(recently-1)]))
	}
}

// build asks every instance for everything.
func (v *view) build(x *index) {
	v.fit, v.verdicts = make([]uint64, len(x.live)), make([]verdict, len(x.slots))
	v.counts = verdicts{nobody: int32(len(x.slots))}
	v.scores = nil
	for slot := range x.slots {
		v.verdicts[slot] = nobody
		v.judge(x, slot)
	}
	v.moves = x.log.before + len(x.log.moves)
	v.fill(x)
}

// fill asks every instance what is left on it.
func (v *view) fill(x *index) {
	for slot := range x.slots {
		v.look(x, slot)
	}
	v.changes = x.log.at
}

// judge asks one instance again for what lasts.
func (v *view) judge(x *index, slot int) {
	v.verdicts[slot] = v.lasting(x.slots[slot])<<4 | v.verdicts[slot].now()
}

// look asks one instance again, for what is left there.
func (v *view) look(x *index, slot int) {
	was := v.verdicts[slot]
	now := was.lasting()
	if now.afterRoom() {
		if short := v.short(x.slots[slot], now == fitting); short != fitting {
			now = short
		}
	}
	if now == was.now() {
		return
	}
	v.counts[was.now()]--
	v.counts[now]++
	v.verdicts[slot] = was.lasting()<<4 | now
	put(v.fit, slot, now == fitting)
}

func put(set []uint64, slot int, in bool) {
	if bit := uint64(1) << (slot & 63); in {
		set[slot>>6] |= bit
	} else {
		set[slot>>6] &^= bit
	}
}

// lasting is what keeps the task off an instance even when nothing else runs there.
func (v *view) lasting(n *node) verdict {
	if n == nil {
		return nobody
	}
	c := check{node: n, needs: v.needs, policy: v.policy, provider: v.provider}
	if c.state() && c.attributes() && c.members(false) {
		return fitting
	}
	return verdictOf(c.first.Kind)
}

// short is what keeps the task off an instance as things are there: a lack of
// room, or where nothing that lasts does, a constraint on what runs there.
func (v *view) short(n *node, suits bool) verdict {
	left := &n.Remaining
	switch {
	case v.needs.CPUUnits > left.CPUUnits && v.needs.CPUUnits > 0:
		return shortOfCPU
	case v.needs.MemoryMiB > left.MemoryMiB && v.needs.MemoryMiB > 0:
		return shortOfMemory
	case v.needs.plain() && !v.policy.volatile:
		return fitting
	}
	c := check{node: n, needs: v.needs, policy: v.policy}
	if c.resources() && (!suits || c.members(true)) {
		return fitting
	}
	return verdictOf(c.first.Kind)
}

// plain reports that CPU and memory are all that the task takes.
func (r *Requirements) plain() bool {
	return r.ENIs <= 0 && r.GPUs <= 0 && len(r.Ports) == 0 && len(r.PortsUDP) == 0
}
