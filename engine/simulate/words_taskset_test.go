package simulate_test

import (
	"fmt"
	"strconv"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// taskSetWords:
//
//	> service web desired=4 controller=EXTERNAL
//	> taskset web scale=50 external=blue      what a definition has, too, and balancer=tg
//	> scale-taskset deployment1 of=web scale=100
//	> primary deployment1 of=web
//	> delete-taskset deployment1 of=web force=yes
//	> tasksets web
func taskSetWords() speech {
	scale := func(a *arguments) ecs.Scale {
		value, err := strconv.ParseFloat(a.text("scale"), 64)
		if err != nil {
			a.t.Fatal(err)
		}
		return ecs.Scale{Value: value, Unit: "PERCENT"}
	}
	of := func(a *arguments) ecs.ServiceName { return ecs.ServiceName(a.text("of")) }
	id := func(k *talk, a *arguments) ecs.DeploymentID { return ecs.DeploymentID(k.full(a.name())) }
	return speech{
		service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
			if c.Service.DeploymentController = a.text("controller"); c.Service.DeploymentController == ecs.ControllerExternal {
				c.TaskDefinition = ecs.TaskDefinition{}
			}
		},
		words: []word{
			{"taskset", func(k *talk, a *arguments) {
				out := k.apply(scheduler.Command{CreateTaskSet: &scheduler.CreateTaskSet{
					Service: ecs.ServiceName(a.name()), TaskDefinition: k.definition(a.name(), a),
					TaskSet: ecs.TaskSet{Scale: scale(a), ExternalID: a.text("external"), LoadBalancers: a.balancers()},
				}})
				if out.TaskSet != "" {
					fmt.Fprintf(k.out, "  %s\n", k.name("deployment", string(out.TaskSet)))
				}
			}},
			{"scale-taskset", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{UpdateTaskSet: &scheduler.UpdateTaskSet{Service: of(a), ID: id(k, a), Scale: scale(a)}})
			}},
			{"primary", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{UpdateServicePrimaryTaskSet: &scheduler.UpdateServicePrimaryTaskSet{Service: of(a), ID: id(k, a)}})
			}},
			{"delete-taskset", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{DeleteTaskSet: &scheduler.DeleteTaskSet{Service: of(a), ID: id(k, a), Force: a.yes("force")}})
			}},
			{"tasksets", func(k *talk, a *arguments) {
				s, _ := k.sim.Cluster().Service(ecs.ServiceName(a.name()))
				primary := ""
				if s.TaskDefinition != "" {
					primary = " with " + s.TaskDefinition.Short()
				}
				fmt.Fprintf(k.out, "  %s %s desired %d running %d pending %d%s\n", s.Name, s.Status, s.DesiredCount, s.RunningCount, s.PendingCount, primary)
				for _, x := range s.TaskSets {
					fmt.Fprintf(k.out, "  %s %s %s %s scale %g%%: computed %d running %d pending %d %s\n", k.short(string(x.ID)), x.Status,
						x.TaskDefinition.Short(), x.ExternalID, x.Scale.Value, x.ComputedDesiredCount, x.RunningCount, x.PendingCount, x.StabilityStatus)
				}
			}},
		},
	}
}
