package scheduler

import (
	"gantry/ecs"
	"gantry/engine/placement"
)

// ExplainTask says why a task is where it is, or why it has no place yet; ok is
// false for an unknown one, and for one of a state that was saved before the
// reasons were kept.
func (c *Cluster) ExplainTask(id ecs.TaskID) (p ecs.Placement, ok bool) {
	t, ok := c.tasks[id]
	switch {
	case !ok:
		return p, false
	case t.Wait != nil:
		return c.explainWait(t), true
	case t.Why == "":
		return p, false
	}
	p, err := t.Why.explain(t)
	return p, err == nil
}

// explainWait is why a task waits: what is in its way now.
func (c *Cluster) explainWait(t *task) ecs.Placement {
	p := ecs.Placement{
		Rule: ecs.NotPlaced, Until: t.Task.CreatedAt.Add(provisioningTime),
		Text: "waits in PROVISIONING for capacity provider " + t.Task.CapacityProvider,
	}
	if _, u := c.fleet.Place(c.requestAgain(t, c.blueprintAgain(t))); u != nil {
		p.Text += ": "
		c.explainRefusal(&p, u)
	} else {
		p.Text += "; there is room for it now"
	}
	return p
}

// ExplainRun says where the next task of a RunTask would go and why, or why it
// finds no place. It starts nothing.
func (c *Cluster) ExplainRun(cmd *RunTask) (p ecs.Placement, err error) {
	r, err := c.readRun(cmd)
	if err != nil {
		return p, err
	}
	r.b.ordinal = c.ordinals[r.b.origin.Group] + 1
	r.split.next(r.b)
	at, u := c.placeOf(r, &zoneCount{})
	if u != nil {
		p.Rule, p.DecidedAt = ecs.NotPlaced, c.now
		c.explainRefusal(&p, u)
		return p, nil
	}
	t := &task{Task: taskState{Origin: r.b.origin, CreatedAt: instantOf(c.now), AvailabilityZone: at.zone}}
	if i := c.instances[at.instance]; i != nil {
		t.Task.AvailabilityZone = i.zone()
	}
	return at.why.explain(t)
}

// explainRefusal adds what every instance was refused for.
func (c *Cluster) explainRefusal(p *ecs.Placement, u *placement.Unplaceable) {
	p.Text += u.Error()
	if u.NoCapacity {
		return
	}
	p.Considered = c.fleet.Len()
	for _, count := range u.Counts {
		p.Refused = append(p.Refused, ecs.RefusedCount{Kind: string(count.Reason.Kind), Instances: count.Instances, Text: count.String()})
	}
	if r := u.Closest; r != nil {
		p.Closest = &ecs.Failure{ARN: r.ARN, Reason: r.Reasons[0].Failure(), Detail: r.Text()}
	}
}
