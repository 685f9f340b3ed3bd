package scheduler

import (
	"time"

	"gantry/ecs"
)

// drainingMost is how long managed draining holds back the termination of an
// instance at most (ECS semantics 6.2).
const drainingMost = 48 * time.Hour

// termination is the coming end of an instance that its Auto Scaling group wants
// to terminate.
type termination struct {
	At   time.Time `json:"at"`             // at the latest
	Told bool      `json:"told,omitempty"` // the world was told to terminate it
}

// beginTermination notes that the Auto Scaling group of an instance wants to
// terminate it. With managed draining the instance is drained first, and
// terminated when nothing runs on it any more (ECS semantics 6.2).
func (c *Cluster) beginTermination(cmd *BeginTermination) error {
	i, err := c.registeredInstance(cmd.ID)
	if err != nil || i.Termination != nil {
		return err
	}
	i.Termination = &termination{At: c.now}
	c.stirOn(i)
	p := c.providers[i.Instance.CapacityProvider]
	if p == nil || p.Spec.AutoScalingGroupProvider.ManagedDraining != ecs.Enabled {
		c.terminate(i)
		return nil
	}
	i.Termination.At = c.now.Add(drainingMost)
	c.set(timerTermination, string(i.ID), i.Termination.At, true)
	err = c.setInstanceStatus(&SetInstanceStatus{ID: i.ID, Status: ecs.InstanceDraining})
	c.emptied(i) // it may have nothing to wait for
	return err
}

// emptied lets an instance go on which the last task has ended.
func (c *Cluster) emptied(i *instance) {
	if i.Termination != nil && len(i.tasks) == 0 && i.Instance.Status != ecs.InstanceInactive {
		c.terminate(i)
	}
}

// terminate tells the world to terminate the instance.
func (c *Cluster) terminate(i *instance) {
	if i.Termination.Told {
		return
	}
	i.Termination.Told = true
	c.set(timerTermination, string(i.ID), time.Time{}, true)
	c.decide(Decision{Terminate: i.ID})
}
