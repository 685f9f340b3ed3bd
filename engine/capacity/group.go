package capacity

// Needs is what a task needs of a container instance, or what an instance offers.
type Needs struct {
	CPUUnits  int `json:"cpuUnits"`
	MemoryMiB int `json:"memoryMiB"`
	GPUs      int `json:"gpus,omitempty"`
	ENIs      int `json:"enis,omitempty"`
	// Exclusive tasks hold a host port, which an instance can give to one only.
	Exclusive bool `json:"exclusive,omitempty"`
}

// Waiting is a number of tasks with equal needs that wait in PROVISIONING.
type Waiting struct {
	Needs
	Count int
}

// Group is an Auto Scaling group as its capacity provider sees it in one minute.
type Group struct {
	Instances int       // N: registered or launching, those that are being terminated left out
	Empty     int       // of those, instances without a task that is not a daemon's; launching ones are not empty
	Waiting   []Waiting // tasks that wait for an instance of the group
	Offer     Needs     // what an instance of the group offers; the smallest type of several
	MinStep   int
	MaxStep   int
}

// Needed is M, the instances that the tasks need: those in use, and for tasks
// that wait as many more as ECS adds in one step.
//
// That is the number that the neediest set of equal tasks fills when it is
// packed tightly, within the step sizes; sets that need more than an instance
// offers are ignored (ECS semantics 6.5). It is the least that can be enough:
// what is still missing then is seen in a later minute.
func (g *Group) Needed() int {
	if more := g.lacking(); more > 0 {
		return g.Instances + max(g.MinStep, min(more, g.MaxStep))
	}
	return g.Instances - g.Empty
}

// lacking is how many instances the neediest of the waiting sets fills.
func (g *Group) lacking() int {
	most := 0
	for _, w := range g.Waiting {
		if each := w.perInstance(g.Offer); each > 0 {
			most = max(most, (w.Count+each-1)/each)
		}
	}
	return most
}

// perInstance is how many tasks with these needs an instance takes.
func (n Needs) perInstance(offer Needs) int {
	const unlimited = 1 << 30
	fit := unlimited
	for _, r := range [...][2]int{
		{n.CPUUnits, offer.CPUUnits}, {n.MemoryMiB, offer.MemoryMiB}, {n.GPUs, offer.GPUs}, {n.ENIs, offer.ENIs},
	} {
		if r[0] > 0 {
			fit = min(fit, r[1]/r[0])
		}
	}
	if n.Exclusive {
		fit = min(fit, 1)
	}
	return fit
}

// Reservation is the metric CapacityProviderReservation, M / N × 100. Without
// instances it is 200 when some are needed, else 100 (ECS semantics 6.5).
func (g *Group) Reservation() float64 {
	m := g.Needed()
	switch {
	case g.Instances > 0:
		return float64(m) * 100 / float64(g.Instances)
	case m > 0:
		return 200
	}
	return 100
}
