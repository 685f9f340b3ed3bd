package simulate_test

import (
	"fmt"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// imageWords:
//
//	> push live sha256:one      the tag live of the account's repository web stands for that digest from now on
//	> unpush live               there is no such tag any more
//	> service web image=live    its container runs that tag; consistency=disabled: each task takes it as it is
//	> digests web               what its tasks run, and what its revisions stand for
func imageWords() speech {
	return speech{
		words: []word{
			{"push", func(k *talk, a *arguments) {
				digest := a.plain[1]
				k.applyAny(simulate.Command{Images: &simulate.SetImages{Images: map[string]string{
					ownRegistry + "/web:" + a.name(): digest, ownRegistry + "/web@" + digest: digest,
				}}})
			}},
			{"unpush", func(k *talk, a *arguments) {
				k.applyAny(simulate.Command{Images: &simulate.SetImages{Images: map[string]string{ownRegistry + "/web:" + a.name(): ""}}})
			}},
			{"digests", func(k *talk, a *arguments) { k.digests(ecs.ServiceName(a.name())) }},
		},
		definition: func(_ *talk, a *arguments, d *ecs.TaskDefinition) {
			if tag := a.text("image"); tag != "" {
				d.Containers[0].Image = ownRegistry + "/web:" + tag
			}
			d.Containers[0].VersionConsistency = a.text("consistency")
		},
	}
}

func (k *talk) digests(name ecs.ServiceName) {
	c := k.sim.Cluster()
	for _, id := range c.Tasks(scheduler.TaskFilter{Service: name, DesiredStatus: ecs.TaskRunning}) {
		t, _ := c.Task(id)
		fmt.Fprintf(k.out, "  %s %s %s runs %s\n", k.name("task", string(id)), t.TaskDefinitionARN.Short(), t.LastStatus, orNothing(t.Containers[0].ImageDigest))
	}
	for _, d := range c.ServiceDeployments(name) {
		r, _ := c.ServiceRevision(d.TargetServiceRevision.ARN)
		fmt.Fprintf(k.out, "  the revision of %s is %s\n", r.TaskDefinition.Short(), orNothing(r.ContainerImages[0].ImageDigest))
	}
}

func orNothing(digest string) string {
	if digest == "" {
		return "not resolved"
	}
	return digest
}
