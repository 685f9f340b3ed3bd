package simulate_test

import (
	"fmt"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// instanceWords:
//
//	> instances count=3 cpu=2048 memory=3900   in the zones a, b, c in turn
//	> instances count=2 named=yes              named instance1 and instance2 at once
//	> drain instance1
//	> activate instance1
//	> deregister instance1 force=yes
func instanceWords() speech {
	return speech{words: []word{
		{"instances", func(k *talk, a *arguments) {
			for n := range a.number("count", 1) {
				i := testInstance(fmt.Sprintf("us-east-1%c", 'a'+n%3), a.number("cpu", 2048), a.number("memory", 3900))
				for _, s := range k.speech {
					if s.instance != nil {
						s.instance(k, a, &i)
					}
				}
				out := k.apply(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: i}})
				if a.yes("named") {
					k.name("instance", string(out.Instance))
				}
			}
		}},
		{"drain", func(k *talk, a *arguments) { k.setStatus(a, ecs.InstanceDraining) }},
		{"activate", func(k *talk, a *arguments) { k.setStatus(a, ecs.InstanceActive) }},
		{"deregister", func(k *talk, a *arguments) {
			k.apply(scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: k.instanceID(a), Force: a.yes("force")}})
		}},
	}}
}

func (k *talk) setStatus(a *arguments, status ecs.ContainerInstanceStatus) {
	k.apply(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: k.instanceID(a), Status: status}})
}

// instanceID is the container instance that the line names.
func (k *talk) instanceID(a *arguments) ecs.ContainerInstanceID {
	return ecs.ContainerInstanceID(k.full(a.name()))
}

// full is what has a short name, or the name itself.
func (k *talk) full(short string) string {
	for full, name := range k.names {
		if name == short {
			return full
		}
	}
	return short
}
