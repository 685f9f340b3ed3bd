package placement

import "gantry/ecs"

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
