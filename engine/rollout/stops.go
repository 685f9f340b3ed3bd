package rollout

// Stop says how many tasks of one deployment stop, by how they are. Leaving
// are those on DRAINING container instances.
type Stop struct {
	Staying Counts
	Leaving Counts
	Kept    int // would stop too if they were not protected
}

// All is the number of tasks that stop.
func (s Stop) All() int { return s.Staying.All() + s.Leaving.All() }

// Stops says which tasks stop, after the starts that were possible. A healthy
// task stops only while more than the minimum are healthy; no rule but that
// one costs health. Old tasks stop when a new one is healthy in their place,
// or when they are in the way of one (ECS semantics 4.3, 4.5, 6.2).
func (s *Service) Stops() []Stop {
	if s.Apart {
		var out []Stop
		for i := range s.Deployments {
			out = append(out, s.alone(i).Stops()...)
		}
		return out
	}
	p := stopping{Service: s, out: make([]Stop, len(s.Deployments))}
	p.spare = max(0, s.Healthy()-s.Bounds.Lower)
	p.room = s.Bounds.Upper - s.Total()
	for i := range s.Deployments {
		p.pendingLeaves(i)
	}
	if s.rolling() {
		p.outgoing(s.oldToNew(), 0)
		p.settle(0)
		return p.out
	}
	for i := range s.Deployments {
		p.outgoing(nil, i)
		p.settle(i)
	}
	return p.out
}

// oldToNew are the old deployments in the order in which their tasks go:
// failed ones first, then from the oldest on.
func (s *Service) oldToNew() []int {
	var order []int
	for i := len(s.Deployments) - 1; i > 0; i-- {
		if s.Deployments[i].Failed {
			order = append(order, i)
		}
	}
	for i := len(s.Deployments) - 1; i > 0; i-- {
		if !s.Deployments[i].Failed {
			order = append(order, i)
		}
	}
	return order
}

// stopping is the state while stops are worked out.
type stopping struct {
	*Service
	out   []Stop
	spare int // healthy tasks above the minimum
	room  int // under the maximum
}

// pendingLeaves stops what has not started on a DRAINING instance, at once
// (ECS semantics 6.2), and pending tasks beyond what an old deployment keeps.
func (p *stopping) pendingLeaves(i int) {
	d := &p.Deployments[i]
	p.out[i].Leaving.Pending = d.Leaving.Pending
	if i > 0 && p.rolling() {
		surplus := d.Staying.Good() + d.Leaving.Young + d.Leaving.Healthy - d.Wanted
		p.out[i].Staying.Pending = max(0, min(d.Staying.Pending, surplus))
	}
}

// pool is a group of tasks of one deployment that may go.
type pool struct {
	left *Counts // what is there, but what is kept
	gone *Counts // what stops
	kept Counts  // what is protected
	held *int    // how many of these would stop
}

// outgoing stops tasks that the tasks of deployment keep replace: those of the
// old deployments, and its own on DRAINING instances.
func (p *stopping) outgoing(old []int, keep int) {
	var pools []pool
	add := func(i int, leaving bool) {
		rest, kept, gone := p.Deployments[i].Staying, p.Deployments[i].KeptStaying, &p.out[i].Staying
		if leaving {
			rest, kept, gone = p.Deployments[i].Leaving, p.Deployments[i].KeptLeaving, &p.out[i].Leaving
		}
		rest.Pending -= gone.Pending
		rest.Young, rest.Healthy = rest.Young-kept.Young, rest.Healthy-kept.Healthy
		pools = append(pools, pool{&rest, gone, Counts{Young: kept.Young, Healthy: kept.Healthy}, &p.out[i].Kept})
	}
	add(keep, true)
	for _, i := range old {
		add(i, true)
	}
	for _, i := range old {
		add(i, false)
	}
	var there Counts
	for _, q := range pools {
		there = there.Plus(*q.left).Plus(q.kept)
	}
	d := &p.Deployments[keep]
	short := p.Short(keep)
	inTheWay := 0
	if p.room <= 0 {
		inTheWay = short
	}
	// Unhealthy ones cost no health: they go as soon as enough others are on
	// the way, or when they take the place of a new one.
	sick := max(d.Staying.Good()+there.Good()+there.Unhealthy-p.target(keep), inTheWay)
	p.take(pools, sick, func(c *Counts) *int { return &c.Unhealthy })
	// Each healthy new task makes an old one superfluous, each one that finds
	// no room puts one in the way.
	needed := there.Good() - max(0, p.target(keep)-d.Staying.Healthy) + short
	needed -= p.take(pools, needed, func(c *Counts) *int { return &c.Pending })
	// A young task will be healthy in seconds, so it is spent like one.
	young := min(needed, max(0, p.spare+p.youngOf(pools)-max(0, p.Bounds.Lower-p.Healthy())))
	needed -= p.take(pools, young, func(c *Counts) *int { return &c.Young })
	stopped := p.take(pools, min(needed, p.spare), func(c *Counts) *int { return &c.Healthy })
	p.spare -= stopped
	needed -= stopped
	for _, q := range pools {
		needed -= p.hold(q.kept, needed, q.held)
	}
}

// hold notes how many of the protected tasks would be among n that stop.
func (p *stopping) hold(kept Counts, n int, held *int) int {
	k := max(0, min(n, kept.Young+min(kept.Healthy, p.spare)))
	*held += k
	return k
}

func (p *stopping) youngOf(pools []pool) int {
	n := 0
	for _, q := range pools {
		n += q.left.Young
	}
	return n
}

// take stops up to n tasks of one kind and says how many.
func (p *stopping) take(pools []pool, n int, kind func(*Counts) *int) int {
	taken := 0
	for _, q := range pools {
		k := max(0, min(n-taken, *kind(q.left)))
		*kind(q.left) -= k
		*kind(q.gone) += k
		taken += k
	}
	return taken
}

// settle brings one deployment down to its target: what is not healthy first.
// An unhealthy task goes when its replacement is healthy; where there is no
// room for a replacement, one goes first (ECS semantics 4.5).
func (p *stopping) settle(i int) {
	d, out := &p.Deployments[i], &p.out[i]
	target := p.target(i)
	rest := d.Staying
	rest.Pending -= out.Staying.Pending
	sick := max(0, min(rest.Unhealthy, rest.Healthy+rest.Unhealthy-target))
	if sick == 0 && rest.Unhealthy > 0 && p.room <= 0 && p.Short(i) > 0 && rest.Pending+rest.Young == 0 {
		sick = 1
	}
	out.Staying.Unhealthy += sick
	surplus := rest.Good() - target
	kept := Counts{Young: d.KeptStaying.Young, Healthy: d.KeptStaying.Healthy}
	rest.Young, rest.Healthy = rest.Young-kept.Young, rest.Healthy-kept.Healthy
	for _, kind := range []func(*Counts) *int{
		func(c *Counts) *int { return &c.Pending },
		func(c *Counts) *int { return &c.Young },
	} {
		k := max(0, min(surplus, *kind(&rest)))
		*kind(&out.Staying) += k
		surplus -= k
	}
	k := max(0, min(surplus, rest.Healthy, p.spare))
	out.Staying.Healthy += k
	p.spare -= k
	p.hold(kept, surplus-k, &out.Kept)
}
