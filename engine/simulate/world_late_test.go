package simulate_test

import (
	"math/rand/v2"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// lateFeature is deployments that go well for a long time and are given up when
// their revision has some of the traffic already.
func lateFeature() feature {
	return feature{
		name: "late rollbacks", share: 10,
		begin: func(*rand.Rand) []string { return []string{"sound"} },
		verbs: []verb{
			{"sound", 1, func(_ *world, r *rand.Rand) []simulate.Command {
				d := ecs.DeploymentConfiguration{
					MinimumHealthyPercent: 100, MaximumPercent: 200, BakeTimeInMinutes: 1 + r.IntN(4),
					Alarms: &ecs.DeploymentAlarms{AlarmNames: alarmNames, Enable: true, Rollback: r.IntN(4) > 0},
				}
				switch d.Strategy = []string{ecs.StrategyBlueGreen, ecs.StrategyLinear, ecs.StrategyCanary}[r.IntN(3)]; d.Strategy {
				case ecs.StrategyLinear:
					d.Linear = &ecs.LinearConfiguration{StepPercent: 50, StepBakeTimeInMinutes: 1}
				case ecs.StrategyCanary:
					d.Canary = &ecs.CanaryConfiguration{CanaryPercent: 10, CanaryBakeTimeInMinutes: 1 + r.IntN(3)}
				}
				return one(scheduler.Command{CreateService: &scheduler.CreateService{
					Service:        ecs.Service{Name: "web", DesiredCount: 1 + r.IntN(3), DeploymentConfiguration: d},
					TaskDefinition: testDefinition("web", 1000, ""),
				}})
			}},
			{"late", 25, giveUpLate},
		},
	}
}

// giveUpLate gives up the deployment of the service web when its revision has
// traffic, and starts one when none is on the way.
func giveUpLate(w *world, r *rand.Rand) []simulate.Command {
	all := w.sim.Cluster().ServiceDeployments("web")
	if len(all) == 0 {
		return nil
	}
	d := &all[0]
	if d.Status.Ended() {
		w.revisions["web"]++
		def := testDefinition("web", 1000+w.revisions["web"], "")
		u := scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", TaskDefinition: &def}}
		return append(one(alarm(alarmNames[0], ecs.AlarmOK)), one(u)...)
	}
	green := d.TargetServiceRevision
	if green.TestTrafficWeight == nil || *green.TestTrafficWeight+*green.ProductionTrafficWeight == 0 {
		return nil
	}
	if r.IntN(2) == 0 {
		return one(alarm(alarmNames[0], ecs.AlarmAlarm))
	}
	return one(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: d.ARN}})
}

func alarm(name string, state ecs.AlarmState) scheduler.Command {
	return scheduler.Command{SetAlarmState: &scheduler.SetAlarmState{Name: name, State: state}}
}
