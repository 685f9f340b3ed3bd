package scheduler

import "gantry/ecs"

// hold counts one more user of a task definition. A revision never changes, so
// the first copy serves all; the AWS document is its owner's, not ours.
func (c *Cluster) hold(def *ecs.TaskDefinition) *definition {
	d, ok := c.definitions[def.ARN]
	if !ok {
		own := *def
		own.Document = nil
		d = &definition{def: &own}
		for i := range own.Containers {
			if own.Containers[i].Essential && own.Containers[i].HealthCheck != nil {
				d.checked = true
			}
		}
		c.definitions[def.ARN] = d
	}
	d.uses++
	return d
}

// let counts one user less, and forgets a task definition without users.
func (c *Cluster) let(arn ecs.ARN) {
	d, ok := c.definitions[arn]
	if !ok {
		return
	}
	if d.uses--; d.uses == 0 {
		delete(c.definitions, arn)
	}
}
