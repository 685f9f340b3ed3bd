package placement

import (
	"slices"
	"strings"

	"gantry/ecs"
)

// kept is room on an instance that is kept free for a task that is about to come
// (ECS semantics 2.7 [DG: daemon scheduling strategy]: CPU, memory and network
// interfaces). Where there is not enough, what becomes free is kept, too.
type kept struct {
	group string // of the task
	want  room
	has   room
}

// room is what can be kept.
type room struct{ cpuUnits, memoryMiB, enis int }

// KeepRoom keeps room for one task of the group on an instance: no other task
// gets it, until FreeRoom. An instance that would be too small for the task if
// it were empty keeps none. What is left on the instance shows nothing of it.
func (f *Fleet) KeepRoom(id ecs.ContainerInstanceID, group string, needs *Requirements) {
	n := f.instances[id]
	if n == nil || needs.CPUUnits > n.Registered.CPUUnits || needs.MemoryMiB > n.Registered.MemoryMiB || needs.ENIs > n.Registered.ENIs {
		return
	}
	want := kept{group: group, want: room{needs.CPUUnits, needs.MemoryMiB, needs.ENIs}}
	at, found := n.keptFor(group)
	f.changeRemaining(n, func() {
		if found {
			n.giveBack(n.kept[at].has)
			n.kept[at] = want
		} else {
			n.kept = slices.Insert(n.kept, at, want)
		}
		n.keep()
	})
}

// OpenRoom lets the task in that room is kept for: it can be placed until
// anything else happens to the instance, and then the room is kept again.
func (f *Fleet) OpenRoom(id ecs.ContainerInstanceID, group string) {
	n := f.instances[id]
	if n == nil {
		return
	}
	if at, found := n.keptFor(group); found {
		f.changeRemaining(n, func() {
			n.giveBack(n.kept[at].has)
			n.kept[at].has = room{}
		})
	}
}

// FreeRoom ends what KeepRoom began.
func (f *Fleet) FreeRoom(id ecs.ContainerInstanceID, group string) {
	n := f.instances[id]
	if n == nil {
		return
	}
	if at, found := n.keptFor(group); found {
		f.changeRemaining(n, func() {
			n.giveBack(n.kept[at].has)
			n.kept = slices.Delete(n.kept, at, at+1)
			n.keep()
		})
	}
}

func (n *node) keptFor(group string) (at int, found bool) {
	return slices.BinarySearchFunc(n.kept, group, func(k kept, group string) int { return strings.Compare(k.group, group) })
}

// keep shares what the tasks leave out to those that want it, in the order of
// their groups, so that it does not matter how it came to be.
func (n *node) keep() {
	for i := range n.kept {
		n.giveBack(n.kept[i].has)
	}
	r := &n.Remaining
	for i := range n.kept {
		k := &n.kept[i]
		k.has = room{min(k.want.cpuUnits, max(0, r.CPUUnits)), min(k.want.memoryMiB, max(0, r.MemoryMiB)), min(k.want.enis, max(0, r.ENIs))}
		n.giveBack(room{-k.has.cpuUnits, -k.has.memoryMiB, -k.has.enis})
	}
}

func (n *node) giveBack(x room) {
	n.Remaining.CPUUnits += x.cpuUnits
	n.Remaining.MemoryMiB += x.memoryMiB
	n.Remaining.ENIs += x.enis
}

// remaining is what the tasks on the instance leave.
func (n *node) remaining() ecs.Resources {
	r := n.Remaining
	for _, k := range n.kept {
		r.CPUUnits += k.has.cpuUnits
		r.MemoryMiB += k.has.memoryMiB
		r.ENIs += k.has.enis
	}
	return r
}

// Volatile reports whether the constraints ask for what changes with the tasks
// on an instance.
func (p *Policy) Volatile() bool { return p.volatile }
