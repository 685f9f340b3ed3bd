package simulate_test

import (
	"fmt"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// loadBalancerWords:
//
//	> service web balancer=tg grace=60s      registered with the target group arn:tg; two of them: balancer=a,b
//	> service web classic=lb                 with a Classic Load Balancer
//	> targetgroup tg interval=10s timeout=5s healthy=3 unhealthy=2 delay=20s protocol=TCP type=ip
//	> answers task1 with=503                 its health checks; with=nothing, with=well
//	> targets tg
func loadBalancerWords() speech {
	return speech{
		words: []word{
			{"targetgroup", (*talk).putTargetGroup},
			{"answers", (*talk).answer},
			{"targets", func(k *talk, a *arguments) { k.targets(groupARN(a.name())) }},
		},
		service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
			c.Service.LoadBalancers = append(c.Service.LoadBalancers, a.balancers()...)
			if name := a.text("classic"); name != "" {
				c.Service.LoadBalancers = []ecs.LoadBalancer{{LoadBalancerName: name, ContainerName: "app", ContainerPort: 80}}
			}
			c.Service.HealthCheckGracePeriod = ecs.Seconds(a.duration("grace", 0))
		},
	}
}

// balancers are the target groups of a line.
func (a *arguments) balancers() (out []ecs.LoadBalancer) {
	for _, group := range a.list("balancer") {
		out = append(out, ecs.LoadBalancer{TargetGroupARN: groupARN(group), ContainerName: "app", ContainerPort: 80})
	}
	return out
}

func groupARN(name string) string { return "arn:" + name }

func (k *talk) putTargetGroup(a *arguments) {
	g := ecs.TargetGroup{
		ARN: groupARN(a.name()), Protocol: a.text("protocol"), TargetType: a.text("type"),
		HealthCheckInterval: ecs.Seconds(a.duration("interval", 0)), HealthCheckTimeout: ecs.Seconds(a.duration("timeout", 0)),
		HealthyThresholdCount: a.number("healthy", 0), UnhealthyThresholdCount: a.number("unhealthy", 0),
	}
	if a.has("delay") {
		delay := ecs.Seconds(a.duration("delay", 0))
		g.DeregistrationDelay = &delay
	}
	k.apply(scheduler.Command{PutTargetGroup: &scheduler.PutTargetGroup{Group: g}})
}

func (k *talk) answer(a *arguments) {
	with := a.text("with")
	well := with == "well"
	if with == "nothing" {
		with = ""
	}
	k.apply(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: k.taskID(a), Containers: []scheduler.ContainerChange{{
		Name: "app", Responds: &well, ResponseReason: with,
	}}}})
}

func (k *talk) targets(arn string) {
	for _, h := range k.sim.Cluster().TargetHealth(arn) {
		until := ""
		if !h.DrainedAt.IsZero() {
			until = fmt.Sprintf(" until %s", h.DrainedAt.Sub(birth).Round(time.Millisecond))
		}
		fmt.Fprintf(k.out, "  %s:%d %s %s %s %s%s\n", h.ID, h.Port, k.name("task", string(h.Task)), h.State, h.Reason, h.Description, until)
	}
}
