package simulate_test

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/scheduler"
)

// placedWatch is the laws of why tasks are where they are, and what they remember
// of the moment before.
type placedWatch struct {
	*laws
	instances map[ecs.ContainerInstanceID]ecs.ContainerInstance
	fresh     []ecs.TaskID // placed in this moment, in turn
	late      bool         // one of them had waited for its place
	disturbed bool         // other tasks gave up their places in it
	kept      map[ecs.TaskID]ecs.Placement
}

func watchPlaced(l *laws) watcher {
	w := &placedWatch{laws: l, kept: map[ecs.TaskID]ecs.Placement{}}
	return watcher{task: w.task, moment: func(string) { w.moment() }, rest: w.rest}
}

// task: every task that has a place knows why, by the rule that placed it, and
// one that waits for a place knows why not.
func (w *placedWatch) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	had := before != nil && hasPlace(&before.task)
	if before != nil && (before.task.DesiredStatus != t.DesiredStatus || t.LastStatus == ecs.TaskStopped) {
		w.disturbed = w.disturbed || had
	}
	if !hasPlace(t) {
		p, ok := w.sim.Cluster().ExplainTask(id)
		switch waits := t.LastStatus == ecs.TaskProvisioning; {
		case ok != waits:
			w.fail("task %s is %s, has no place, and says %+v", id, t.LastStatus, p)
		case waits && (p.Rule != ecs.NotPlaced || !p.Until.After(w.now) || p.Text == ""):
			w.fail("task %s waits for a place and says %+v", id, p)
		}
		return
	}
	if had {
		return
	}
	p, ok := w.sim.Cluster().ExplainTask(id)
	if !ok {
		w.fail("task %s is in %s and does not know why", id, t.AvailabilityZone)
		return
	}
	w.fresh, w.late, w.kept[id] = append(w.fresh, id), w.late || before != nil, p
	refused := 0
	for _, r := range p.Refused {
		refused += r.Instances
	}
	rule := ecs.PlacedByStrategy
	s, _ := w.sim.Cluster().Service(w.sim.Cluster().Ref(id).Service())
	switch {
	case t.LaunchType == ecs.LaunchFargate:
		rule = ecs.PlacedOnFargate
	case s.SchedulingStrategy == ecs.Daemon:
		rule = ecs.PlacedAsDaemon
	case s.Name == "" && p.Rule == ecs.PlacedAsTold:
		rule = ecs.PlacedAsTold // only who started it knows whether that is so
	}
	counts := p.Rule == ecs.PlacedByStrategy || p.Rule == ecs.PlacedOnFargate
	if p.Rule != rule || p.Text == "" || counts && p.Fits < 1 || p.Considered != p.Fits+refused || len(p.Steps) > 0 != (p.Fits > 1) || !p.DecidedAt.Equal(w.now) {
		w.fail("task %s, placed by %s, says %+v", id, rule, p)
	}
}

func hasPlace(t *ecs.Task) bool { return t.AvailabilityZone != "" }

// moment holds what new tasks say of their places against the world as it was
// when they got them, one after the other.
func (w *placedWatch) moment() {
	now := map[ecs.ContainerInstanceID]ecs.ContainerInstance{}
	for _, id := range w.instanceIDs() {
		now[id] = *w.containerInstance(id)
	}
	if ids, _ := w.agents(); len(w.fresh) > 0 && !w.disturbed && !w.late && len(ids) == 0 && sameFleet(now, w.instances) {
		w.replay(now)
	}
	w.instances, w.fresh, w.late, w.disturbed = now, w.fresh[:0], false, false
}

// sameFleet reports whether nothing but what is left on them has changed.
func sameFleet(now, before map[ecs.ContainerInstanceID]ecs.ContainerInstance) bool {
	if len(now) != len(before) {
		return false
	}
	for id, a := range now {
		b, ok := before[id]
		if !ok || a.Status != b.Status || a.AgentConnected != b.AgentConnected || a.CapacityProvider != b.CapacityProvider || !slices.Equal(a.Attributes, b.Attributes) {
			return false
		}
	}
	return true
}

// replay takes the new tasks off their places, and puts them back in turn.
func (w *placedWatch) replay(now map[ecs.ContainerInstanceID]ecs.ContainerInstance) {
	c := w.sim.Cluster()
	counted := map[ecs.TaskID]bool{} // in spreads
	for id, s := range w.tasks {
		counted[id] = s.task.DesiredStatus == ecs.TaskRunning
	}
	hold := func(id ecs.TaskID, sign int) {
		counted[id] = sign < 0
		on := ecs.ContainerInstanceID(w.tasks[id].task.ContainerInstanceARN.Short())
		if i, ok := now[on]; ok {
			needs := placement.RequirementsOf(c.Ref(id).Definition(), nil)
			i.Remaining.CPUUnits += sign * needs.CPUUnits
			i.Remaining.MemoryMiB += sign * needs.MemoryMiB
			now[on] = i
		}
	}
	for _, id := range w.fresh {
		hold(id, +1)
	}
	for _, id := range w.fresh {
		t := &w.tasks[id].task
		if t.DesiredStatus == ecs.TaskStopped || t.LastStatus == ecs.TaskStopped {
			return // it came and went in this moment
		}
		if p := w.kept[id]; p.Rule == ecs.PlacedByStrategy {
			w.checkChoice(id, t, &p, now, counted)
		}
		hold(id, -1)
	}
}

// checkChoice: what a step found where the task went is what there was, and no
// instance that was as good so far, and fits for certain, had less.
func (w *placedWatch) checkChoice(id ecs.TaskID, t *ecs.Task, p *ecs.Placement, now map[ecs.ContainerInstanceID]ecs.ContainerInstance, counted map[ecs.TaskID]bool) {
	at := now[ecs.ContainerInstanceID(t.ContainerInstanceARN.Short())]
	rivals := w.fitting(id, t, p, now, counted)
	if len(rivals) > p.Fits || p.Considered != len(now) {
		w.fail("task %s had %d of %d instances to choose from, and knows of %d of %d", id, len(rivals), len(now), p.Fits, p.Considered)
	}
	for i := range p.Steps {
		s := &p.Steps[i]
		if s.Type == ecs.Random {
			break
		}
		if amount := w.amount(s, t.Group, &at, counted); amount != s.Amount {
			w.fail("task %s says %q, and there were %d", id, s.Text, amount)
		}
		rivals = slices.DeleteFunc(rivals, func(i ecs.ContainerInstance) bool {
			amount := w.amount(s, t.Group, &i, counted)
			if amount < s.Amount {
				w.fail("task %s says %q, and for %s there were %d", id, s.Text, i.ID, amount)
			}
			return amount > s.Amount
		})
		if s.Left > 0 && len(rivals) > s.Left {
			w.fail("task %s says %q, and %d were left", id, s.Text, len(rivals))
		}
	}
}

// fitting are instances that a task could have gone to for certain.
func (w *placedWatch) fitting(id ecs.TaskID, t *ecs.Task, p *ecs.Placement, now map[ecs.ContainerInstanceID]ecs.ContainerInstance, counted map[ecs.TaskID]bool) (out []ecs.ContainerInstance) {
	c := w.sim.Cluster()
	needs := placement.RequirementsOf(c.Ref(id).Definition(), nil)
	s, ok := c.Service(c.Ref(id).Service())
	if p.Rebalances || needs.ENIs > 0 || len(needs.Ports)+len(needs.PortsUDP)+len(needs.Attributes) > 0 || needs.CPUArchitecture != "" || !ok {
		return nil // it hangs on what is not known here
	}
	filter := scheduler.InstanceFilter{Status: ecs.InstanceActive}
	distinct := false
	for _, x := range append(slices.Clone(s.PlacementConstraints), c.Ref(id).Definition().PlacementConstraints...) {
		distinct = distinct || x.Type == ecs.DistinctInstance
		if x.Type == ecs.MemberOf {
			filter.Expression = x.Expression
		}
	}
	ids, _ := c.Instances(filter)
	for _, i := range now {
		if slices.Contains(ids, i.ID) && i.AgentConnected && (t.CapacityProvider == "" || t.CapacityProvider == i.CapacityProvider) &&
			needs.CPUUnits <= i.Remaining.CPUUnits && needs.MemoryMiB <= i.Remaining.MemoryMiB &&
			(!distinct || w.amount(&ecs.StrategyStep{PlacementStrategy: ecs.PlacementStrategy{Field: "instanceId"}}, t.Group, &i, counted) == 0) {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(a, b ecs.ContainerInstance) int { return cmp.Compare(a.ID, b.ID) })
	return out
}

// amount is what a step looks at on an instance, counted from the tasks.
func (w *placedWatch) amount(s *ecs.StrategyStep, group string, i *ecs.ContainerInstance, counted map[ecs.TaskID]bool) (tasks int) {
	switch s.Field {
	case "cpu":
		return i.Remaining.CPUUnits
	case "memory":
		return i.Remaining.MemoryMiB
	}
	name := strings.TrimPrefix(s.Field, "attribute:")
	value, _ := i.Attribute(name)
	for id, counts := range counted {
		t := &w.tasks[id].task
		if !counts || t.Group != group || t.ContainerInstanceARN == "" {
			continue
		}
		if s.Field == "instanceId" {
			if t.ContainerInstanceARN.Short() == string(i.ID) {
				tasks++
			}
			continue
		}
		on, ok := w.instances[ecs.ContainerInstanceID(t.ContainerInstanceARN.Short())]
		if has, _ := on.Attribute(name); ok && has == value {
			tasks++
		}
	}
	return tasks
}

// rest: nothing that happened since has changed what a task knows.
func (w *placedWatch) rest() {
	for _, id := range w.sim.Cluster().Tasks(scheduler.TaskFilter{}) {
		if p, _ := w.sim.Cluster().ExplainTask(id); hasPlace(&w.tasks[id].task) && !reflect.DeepEqual(p, w.kept[id]) {
			w.fail("task %s says %+v, and said %+v", id, p, w.kept[id])
		}
	}
}
