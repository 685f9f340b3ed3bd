package simulate_test

import (
	"fmt"
	"slices"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// serviceWords:
//
//	> service web desired=4 min=50 max=100 breaker=rollback   also what a definition has: see taskWords
//	> service web strategy=daemon
//	> update web desired=4 min=50 max=100 breaker=stop force=yes
//	> update web new=yes        the next revision, with what a definition has
//	> rollback web              stops its service deployment
//	> delete web force=yes
//	> show web                  counts, deployments, service deployments
func serviceWords() speech {
	return speech{
		words: []word{
			{"service", (*talk).createService},
			{"update", (*talk).updateService},
			{"delete", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{DeleteService: &scheduler.DeleteService{Name: ecs.ServiceName(a.name()), Force: a.yes("force")}})
			}},
			{"rollback", func(k *talk, a *arguments) {
				current := k.sim.Cluster().ServiceDeployments(ecs.ServiceName(a.name()))[0]
				k.apply(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: current.ARN}})
			}},
			{"show", func(k *talk, a *arguments) { k.show(ecs.ServiceName(a.name())) }},
		},
		changes: []string{"min", "max", "breaker"},
		configuration: func(_ *talk, a *arguments, d *ecs.DeploymentConfiguration) {
			d.MinimumHealthyPercent, d.MaximumPercent = a.number("min", 100), a.number("max", 200)
			breaker := a.text("breaker")
			d.CircuitBreaker = ecs.CircuitBreaker{Enable: breaker != "", Rollback: breaker == "rollback"}
		},
	}
}

func (k *talk) createService(a *arguments) {
	c := &scheduler.CreateService{
		Service: ecs.Service{
			Name: ecs.ServiceName(a.name()), DesiredCount: a.number("desired", 1), DeploymentConfiguration: k.configuration(a),
		},
		TaskDefinition: k.definition(a.name(), a),
	}
	if a.text("strategy") == "daemon" {
		c.Service.SchedulingStrategy, c.Service.DesiredCount = ecs.Daemon, 0
	}
	for _, s := range k.speech {
		if s.service != nil {
			s.service(k, a, c)
		}
	}
	k.apply(scheduler.Command{CreateService: c})
}

func (k *talk) updateService(a *arguments) {
	u := &scheduler.UpdateService{Name: ecs.ServiceName(a.name()), ForceNewDeployment: a.yes("force")}
	if a.has("desired") {
		n := a.number("desired", 0)
		u.DesiredCount = &n
	}
	if slices.ContainsFunc(k.speech, func(s speech) bool { return slices.ContainsFunc(s.changes, a.has) }) {
		d := k.configuration(a)
		u.DeploymentConfiguration = &d
	}
	if a.yes("new") {
		d := k.definition(a.name(), a)
		u.TaskDefinition = &d
	}
	for _, s := range k.speech {
		if s.update != nil {
			s.update(k, a, u)
		}
	}
	k.apply(scheduler.Command{UpdateService: u})
}

func (k *talk) configuration(a *arguments) (d ecs.DeploymentConfiguration) {
	for _, s := range k.speech {
		if s.configuration != nil {
			s.configuration(k, a, &d)
		}
	}
	return d
}

func (k *talk) show(name ecs.ServiceName) {
	s, ok := k.sim.Cluster().Service(name)
	if !ok {
		fmt.Fprintf(k.out, "  %s: missing\n", name)
		return
	}
	fmt.Fprintf(k.out, "  %s %s desired %d running %d pending %d\n", name, s.Status, s.DesiredCount, s.RunningCount, s.PendingCount)
	for _, d := range s.Deployments {
		fmt.Fprintf(k.out, "  %s %s %s desired %d running %d pending %d failed %d %s: %s\n", k.short(string(d.ID)), d.Status,
			d.TaskDefinition.Short(), d.DesiredCount, d.RunningCount, d.PendingCount, d.FailedTasks, d.RolloutState, k.short(d.RolloutStateReason))
	}
	for _, a := range k.sim.Cluster().ServiceDeployments(name) {
		fmt.Fprintf(k.out, "  service deployment %s breaker %s %d/%d %s\n", a.Status, a.CircuitBreaker.Status, a.CircuitBreaker.FailureCount, a.CircuitBreaker.Threshold, k.short(a.StatusReason))
	}
	for _, p := range k.speech {
		if p.show != nil {
			p.show(k, &s)
		}
	}
}
