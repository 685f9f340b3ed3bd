package placement

import "gantry/ecs"

// Left is what the tasks on an instance leave of its resources, and how many tasks
// it has. Room that is kept there is left, too.
func (f *Fleet) Left(id ecs.ContainerInstanceID) (left ecs.Resources, running, pending int, ok bool) {
	n := f.instances[id]
	if n == nil {
		return ecs.Resources{}, 0, 0, false
	}
	return cloneResources(n.remaining()), n.RunningTasks, n.PendingTasks, true
}

// Reserved is what the tasks of the fleet hold, and what there is: CPU units and
// memory of the ACTIVE and DRAINING container instances [DG: Amazon ECS
// CloudWatch metrics, CPUReservation].
func (f *Fleet) Reserved() (reserved, registered ecs.Resources) {
	for _, n := range f.ordered {
		if n.Status != ecs.InstanceActive && n.Status != ecs.InstanceDraining {
			continue
		}
		registered.CPUUnits += n.Registered.CPUUnits
		registered.MemoryMiB += n.Registered.MemoryMiB
		left := n.remaining()
		reserved.CPUUnits += n.Registered.CPUUnits - left.CPUUnits
		reserved.MemoryMiB += n.Registered.MemoryMiB - left.MemoryMiB
	}
	return reserved, registered
}
