package scheduler

import (
	"cmp"
	"fmt"
	"slices"

	"gantry/ecs"
	"gantry/engine/placement"
	"gantry/engine/target"
)

// restore builds everything that is worked out from the saved state.
func (c *Cluster) restore(st *saved) error {
	for _, def := range st.Definitions {
		c.hold(def).uses = 0
	}
	for _, g := range st.Groups {
		g.settings = target.SettingsOf(&g.Group)
		c.groups[g.Group.ARN] = g
	}
	for _, i := range st.Instances {
		i.Instance.ID = i.ID
		if err := st.giveAttributes(i); err != nil {
			return err
		}
		c.instances[i.ID] = i
		if i.Instance.Status != ecs.InstanceInactive {
			c.fleet.Add(i.Instance)
			i.Instance.Attributes = c.fleet.Attributes(i.ID)
			c.fleet.SetStatus(i.ID, i.Instance.Status)
			c.openZone(i)
			c.set(timerTrunk, string(i.ID), i.TrunkAt, false)
		}
	}
	for _, s := range st.Services {
		if err := s.whole(); err != nil {
			return err
		}
		c.services[s.Spec.Name] = s
		s.earlierLaunches()
		for i := range s.Spec.Events { // earlier states leave the ids out
			s.Spec.Events[i].ID = c.eventID(s, s.EventOrdinal-i)
		}
		for _, r := range s.Revisions {
			if err := c.holdAgain(r.TaskDefinition); err != nil {
				return err
			}
		}
		c.schedule(s)
		c.scheduleRepeat(s, s.RepeatAt)
		c.set(timerStage, string(s.Spec.Name), s.StageAt, s.StageGuarded)
	}
	for _, t := range st.Tasks {
		if err := c.restoreTask(t); err != nil {
			return err
		}
	}
	for _, t := range st.Tasks {
		c.restoreTargets(t)
	}
	for _, s := range st.Services {
		c.settleSites(s)
	}
	for _, name := range st.Waiting {
		if s, ok := c.services[name]; ok {
			c.waitsForPlace(s)
		}
	}
	c.restoreCapacity(st.Capacity)
	for _, s := range st.Services {
		slices.SortStableFunc(s.ended, func(a, b *task) int { return cmp.Compare(a.Task.StoppedAt, b.Task.StoppedAt) })
	}
	return nil
}

// whole checks what the scheduler takes for granted of a service.
func (s *service) whole() error {
	if len(s.Deployments) == 0 && s.Spec.Status != ecs.ServiceInactive && !s.external() {
		return fmt.Errorf("load cluster: service %s has no deployment", s.Spec.Name)
	}
	if _, err := placement.ServicePolicy(nil, s.Spec.PlacementConstraints, s.Spec.PlacementStrategy); err != nil {
		return fmt.Errorf("load cluster: placement of service %s: %w", s.Spec.Name, err)
	}
	for _, d := range s.Deployments {
		r := s.revision(d.Revision)
		if r == nil {
			return fmt.Errorf("load cluster: service %s lacks the revision %s of its deployment %s", s.Spec.Name, d.Revision, d.ID)
		}
		d.balance(r)
	}
	for _, a := range s.History {
		if a.Deployment.TargetServiceRevision == nil {
			return fmt.Errorf("load cluster: service deployment %s has no target", a.Deployment.ARN)
		}
	}
	return nil
}

func (c *Cluster) holdAgain(arn ecs.ARN) error {
	d, ok := c.definitions[arn]
	if !ok {
		return fmt.Errorf("load cluster: task definition %s is missing", arn)
	}
	d.uses++
	return nil
}

func (c *Cluster) restoreTask(t *task) error {
	if t.Task.Origin == nil {
		return fmt.Errorf("load cluster: task %s has no task definition", t.ID)
	}
	if err := c.holdAgain(t.Task.TaskDefinitionARN); err != nil {
		return err
	}
	t.def = c.definitions[t.Task.TaskDefinitionARN]
	if len(t.Task.Containers) != len(t.def.def.Containers) {
		return fmt.Errorf("load cluster: task %s has %d containers, its task definition has %d", t.ID, len(t.Task.Containers), len(t.def.def.Containers))
	}
	c.tasks[t.ID] = t
	c.order = append(c.order, t)
	stopped := t.Task.LastStatus == ecs.TaskStopped
	if s, ok := c.services[t.Service]; ok && s.Generation == t.Generation {
		t.svc = s
		for _, d := range s.Deployments {
			if d.ID == t.Deployment {
				t.dep = d
				t.Task.Origin = d.origin(t.Task.Origin)
			}
		}
		switch {
		case stopped:
			s.ended = append(s.ended, t)
		default:
			s.live = append(s.live, t)
			if !t.wanted() {
				s.stopping++
			}
			if !t.ProtectedUntil.IsZero() {
				s.protected++
				c.setProtectionTimer(t)
			}
			t.count(+1)
		}
	}
	if !stopped {
		t.on = c.instances[t.Instance]
	}
	if t.svc != nil {
		c.recount(t)
	}
	if t.on == nil {
		return nil
	}
	t.on.tasks = append(t.on.tasks, t)
	var gpus []string
	for _, n := range t.Task.Containers {
		gpus = append(gpus, n.GPUIDs...)
	}
	_, err := c.fleet.Commit(placement.Task{
		ID: t.ID, Instance: t.Instance, Group: t.Task.Group, GPUIDs: gpus,
		Requirements: placement.RequirementsOf(t.def.def, t.Task.Overrides),
	})
	if err != nil {
		return fmt.Errorf("load cluster: %w", err)
	}
	c.fleet.SetTaskStatus(t.ID, t.Task.LastStatus, t.Task.DesiredStatus)
	return nil
}
