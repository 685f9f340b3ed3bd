package scheduler

import (
	"cmp"
	"slices"

	"gantry/ecs"
	"gantry/engine/placement"
)

// site is a container instance as a DAEMON service sees it.
type site struct {
	service *service
	suits   bool // the service runs on it
	tasks   int  // of the service there that have not STOPPED
}

// lacks reports whether the service's task is missing there.
func (x *site) lacks() bool { return x.suits && x.tasks == 0 }

// sites is where a DAEMON service runs. It is kept in step with the fleet, so
// that a pass costs no more than what changed since. It is never saved.
type sites struct {
	revision ecs.ARN           // what the rest was worked out for
	policy   *placement.Policy // the same
	request  placement.Request // of one of its tasks
	suits    int               // container instances
	lacking  []*instance       // without its task, by id
	keeping  bool              // room is kept for it on those
	look     bool              // at its tasks: one may have to stop
}

// keeps reports whether room is kept for the service's tasks.
func (d *sites) keeps() bool { return d.keeping && len(d.lacking) > 0 }

// site is the instance as the service sees it.
func (i *instance) site(s *service) *site {
	for _, x := range i.sites {
		if x.service == s {
			return x
		}
	}
	x := &site{service: s}
	i.sites = append(i.sites, x)
	return x
}

// sitesOf are the sites of a DAEMON service as its PRIMARY wants them.
func (c *Cluster) sitesOf(s *service) *sites {
	p := s.primary()
	policy := c.policy(s, c.definitions[p.Definition].def)
	if d := s.sites; d != nil && d.revision == p.Revision && d.policy == policy {
		return d
	}
	c.closeSites(s)
	d := &sites{revision: p.Revision, policy: policy, request: *c.placementRequest(s, c.blueprintOf(s, p)), keeping: p.State != ecs.RolloutFailed, look: true}
	s.sites = d
	for _, i := range c.instanceList() {
		x := i.site(s)
		for _, t := range i.tasks {
			if t.svc == s {
				x.tasks++
			}
		}
		c.judge(s, i)
	}
	if policy.Volatile() {
		at, _ := slices.BinarySearchFunc(c.followers, s, byName)
		c.followers = slices.Insert(c.followers, at, s)
	}
	return d
}

// settleSites looks at once where a DAEMON service runs: it was made or changed.
func (c *Cluster) settleSites(s *service) {
	if s.Spec.SchedulingStrategy == ecs.Daemon && s.Spec.Status == ecs.ServiceActive {
		c.sitesOf(s)
	}
}

// closeSites forgets where a service runs.
func (c *Cluster) closeSites(s *service) {
	if s.sites == nil {
		return
	}
	if s.sites.policy.Volatile() {
		c.followers = slices.DeleteFunc(c.followers, func(x *service) bool { return x == s })
	}
	if s.sites.keeps() {
		c.wakeWaiting() // for the room that was kept, unless it is kept again
	}
	for _, i := range c.instanceList() {
		c.fleet.FreeRoom(i.ID, s.sites.request.Group)
		i.sites = slices.DeleteFunc(i.sites, func(x *site) bool { return x.service == s })
	}
	s.sites = nil
}

// judge asks again whether the service runs on the instance (ECS semantics 2.7:
// constraints hold for running tasks, too), and reports whether that has changed.
func (c *Cluster) judge(s *service, i *instance) bool {
	d, x := s.sites, i.site(s)
	suits := c.fleet.Suits(i.ID, &d.request) && s.mayUse(i)
	if suits == x.suits {
		return false
	}
	lacked := x.lacks()
	x.suits = suits
	if suits {
		d.suits++
	} else {
		d.suits--
		if lacked && d.keeping {
			c.wakeWaiting() // for the room that was kept
		}
	}
	d.look = d.look || x.tasks > 0
	c.lackChanged(d, i, lacked, x.lacks())
	return true
}

// mayUse reports whether the instance is one of the capacity providers that a
// managed daemon has; a service that is none has all.
func (s *service) mayUse(i *instance) bool {
	m := s.Managed
	return m == nil || slices.Contains(m.CapacityProviders, i.Instance.CapacityProvider)
}

// lackChanged notes that the task of the service is missing on an instance, or no
// longer.
func (c *Cluster) lackChanged(d *sites, i *instance, was, is bool) {
	if was == is {
		return
	}
	at, found := slices.BinarySearchFunc(d.lacking, i, func(a, b *instance) int { return cmp.Compare(a.ID, b.ID) })
	switch {
	case is && !found:
		d.lacking = slices.Insert(d.lacking, at, i)
	case !is && found:
		d.lacking = slices.Delete(d.lacking, at, at+1)
	}
	c.keepRoom(d, i, is)
}

// keepRoom keeps room for the service's task on an instance that lacks it, so
// that it is the first to start there (ECS semantics 2.7), or ends that.
func (c *Cluster) keepRoom(d *sites, i *instance, lacks bool) {
	if lacks && d.keeping {
		c.fleet.KeepRoom(i.ID, d.request.Group, d.request.Requirements)
	} else {
		c.fleet.FreeRoom(i.ID, d.request.Group)
	}
}

// keepAll begins to keep room for a service's tasks, or ends that: a failed
// deployment starts none.
func (c *Cluster) keepAll(d *sites, keeping bool) {
	if d.keeping == keeping {
		return
	}
	if d.keeps() {
		c.wakeWaiting() // for the room that was kept
	}
	d.keeping = keeping
	for _, i := range d.lacking {
		c.keepRoom(d, i, true)
	}
}

// siteTask counts a task of a DAEMON service that comes to an instance, or left.
func (c *Cluster) siteTask(t *task, i *instance, by int) {
	if t.svc == nil || t.svc.sites == nil {
		return
	}
	x := i.site(t.svc)
	lacked := x.lacks()
	x.tasks += by
	c.lackChanged(t.svc.sites, i, lacked, x.lacks())
}

// follow asks the DAEMON services again that hang on the tasks of an instance.
func (c *Cluster) follow(i *instance) {
	if len(c.followers) == 0 || i == nil || i.Instance.Status == ecs.InstanceInactive {
		return
	}
	for _, s := range c.followers {
		if c.judge(s, i) {
			c.wake(s, c.now.Add(PassDelay))
		}
	}
}
