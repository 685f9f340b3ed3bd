package scheduler

import (
	"maps"
	"slices"
	"time"

	"gantry/ecs"
)

// capacityState is where the cluster's tasks get their capacity from, and what
// waits for it.
type capacityState struct {
	providers       map[string]*provider // over Auto Scaling groups, by name
	scalingGroups   map[string]*group    // Auto Scaling groups, by name
	associated      []string             // capacity providers of the cluster
	defaultStrategy []ecs.CapacityProviderStrategyItem
	shortages       map[shortage]bool // where Fargate has no capacity
	provisioning    []*task           // tasks that wait for a place, by seq
	provisionAt     time.Time         // when they look for one
}

// shortage is a Fargate provider that has no capacity in a zone; "" is any zone.
type shortage struct {
	Provider string `json:"provider"`
	Zone     string `json:"zone,omitempty"`
}

func newCapacityState() capacityState {
	return capacityState{providers: map[string]*provider{}, scalingGroups: map[string]*group{}, shortages: map[shortage]bool{}}
}

// savedCapacity is a capacityState as it is saved. Which tasks wait says their
// own state.
type savedCapacity struct {
	Providers       []*provider                        `json:"providers,omitempty"`
	Groups          []*group                           `json:"groups,omitempty"`
	Associated      []string                           `json:"associated,omitempty"`
	DefaultStrategy []ecs.CapacityProviderStrategyItem `json:"defaultStrategy,omitempty"`
	Shortages       []shortage                         `json:"shortages,omitempty"`
	ProvisionAt     time.Time                          `json:"provisionAt,omitzero"`
}

func (c *Cluster) saveCapacity() *savedCapacity {
	st := &savedCapacity{
		Associated: c.associated, DefaultStrategy: c.defaultStrategy, ProvisionAt: c.provisionAt,
		Shortages: slices.SortedFunc(maps.Keys(c.shortages), shortage.compare),
	}
	for _, name := range slices.Sorted(maps.Keys(c.providers)) {
		st.Providers = append(st.Providers, c.providers[name])
	}
	for _, name := range slices.Sorted(maps.Keys(c.scalingGroups)) {
		st.Groups = append(st.Groups, c.scalingGroups[name])
	}
	if len(st.Providers)+len(st.Groups)+len(st.Associated)+len(st.Shortages) == 0 {
		return nil
	}
	return st
}

// restoreCapacity is called when the tasks are there again.
func (c *Cluster) restoreCapacity(st *savedCapacity) {
	if st == nil {
		return
	}
	for _, p := range st.Providers {
		c.providers[p.Spec.Name] = p
	}
	for _, g := range st.Groups {
		c.scalingGroups[g.Spec.Name] = g
	}
	for _, x := range st.Shortages {
		c.shortages[x] = true
	}
	c.associated, c.defaultStrategy, c.provisionAt = st.Associated, st.DefaultStrategy, st.ProvisionAt
	for _, p := range st.Providers {
		c.lookAt(p, p.LookAt)
	}
	for _, i := range c.instanceList() {
		if i.Termination != nil && !i.Termination.Told {
			c.set(timerTermination, string(i.ID), i.Termination.At, true)
		}
	}
	for _, t := range c.order {
		if t.Wait != nil {
			c.provisioning = append(c.provisioning, t)
		}
	}
	at := c.provisionAt
	c.watchProvisioning()
	c.provisionAt = at
	c.set(timerProvision, "", at, false)
}
