package simulate_test

import (
	"fmt"
	"slices"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// instanceWords:
//
//	> instances count=3 cpu=2048 memory=3900   in the zones a, b, c in turn
//	> instances count=2 named=yes              named instance1 and instance2 at once
//	> instances count=1 trunk=yes            c5.large with a trunk network interface
//	> fleet                                  their statuses and network interfaces
//	> drain instance1
//	> activate instance1
//	> deregister instance1 force=yes
func instanceWords() speech {
	return speech{words: []word{
		{"instances", func(k *talk, a *arguments) {
			for n := range a.number("count", 1) {
				i := testInstance(fmt.Sprintf("us-east-1%c", 'a'+n%3), a.number("cpu", 2048), a.number("memory", 3900))
				if a.yes("trunk") {
					i.Attributes = append(slices.DeleteFunc(i.Attributes, func(x ecs.Attribute) bool { return x.Name == ecs.AttributeInstanceType }),
						ecs.Attribute{Name: ecs.AttributeTrunkID, Value: "eni-1"}, ecs.Attribute{Name: ecs.AttributeInstanceType, Value: "c5.large"})
				}
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
		{"fleet", func(k *talk, _ *arguments) {
			for _, id := range (&world{sim: k.sim}).instanceIDs() {
				i, _ := k.sim.Cluster().Instance(id)
				fmt.Fprintf(k.out, "  %s %s, %d of %d network interfaces left\n", k.name("instance", string(id)), i.Status, i.Remaining.ENIs, i.Registered.ENIs)
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
