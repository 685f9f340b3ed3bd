package simulate_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/life"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// How ports answer: late, not for long, not at all, now and then.
var portFates = []string{
	"ready=20s", "ready=50s code=502", "ready=9h", "unready=70s", "unready=2m code=timeout", "flap=40s/25s", "flap=3m/1m code=timeout",
}

// The target groups of the generated worlds. Nobody describes the last one.
var groupARNs = []string{"arn:quick", "arn:network", "arn:undescribed"}

// loadBalancersFeature is services whose tasks are targets, target groups that
// are described and described anew, and tasks that answer health checks late,
// badly or not at all.
func loadBalancersFeature() feature {
	return feature{
		name: "load balancers", share: 40,
		begin: func(r *rand.Rand) []string {
			return slices.Repeat([]string{"target group"}, r.IntN(3))
		},
		verbs: []verb{
			{"target group", 1, func(_ *world, r *rand.Rand) []simulate.Command {
				return one(scheduler.Command{PutTargetGroup: &scheduler.PutTargetGroup{Group: randomGroup(r)}})
			}},
			{"delete target group", 1, func(_ *world, r *rand.Rand) []simulate.Command {
				return one(scheduler.Command{DeleteTargetGroup: &scheduler.DeleteTargetGroup{ARN: groupARNs[r.IntN(2)]}})
			}},
			{"answer", 6, func(w *world, r *rand.Rand) []simulate.Command {
				id, ok := pickOne(r, w.running(scheduler.TaskFilter{Service: names[r.IntN(len(names))]}))
				if !ok {
					return nil
				}
				well, reason := r.IntN(2) == 0, []string{"", "503", "Health checks failed"}[r.IntN(3)]
				return one(scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: id, Containers: []scheduler.ContainerChange{{
					Name: "app", Responds: &well, ResponseReason: reason,
				}}}})
			}},
		},
		definitions: []decoration[ecs.TaskDefinition]{{"port", func(_ *world, d *ecs.TaskDefinition, r *rand.Rand) {
			if r.IntN(2) == 0 {
				d.Containers[0].DockerLabels[life.FateLabel] += " " + portFates[r.IntN(len(portFates))]
			}
		}}},
		services: []decoration[scheduler.CreateService]{{"loadBalancers", func(_ *world, c *scheduler.CreateService, r *rand.Rand) {
			if r.IntN(4) == 0 {
				return
			}
			c.Service.LoadBalancers = randomBalancers(r)
			c.Service.HealthCheckGracePeriod = ecs.Seconds(time.Duration(r.IntN(3)*r.IntN(60)) * time.Second)
		}}},
		updates: []decoration[scheduler.UpdateService]{{"otherBalancers", func(w *world, u *scheduler.UpdateService, r *rand.Rand) {
			if s, ok := w.sim.Cluster().Service(u.Name); ok && len(s.LoadBalancers) > 0 && r.IntN(4) == 0 {
				list := randomBalancers(r)
				u.LoadBalancers = &list
			}
		}}},
		watch: func(l *laws) watcher {
			n := &targetLaws{laws: l}
			l.judges = true
			return watcher{task: n.task, moment: n.moment, service: n.service, rest: n.rest}
		},
	}
}

func randomGroup(r *rand.Rand) ecs.TargetGroup {
	delay := ecs.Seconds(time.Duration(r.IntN(4)*r.IntN(30)) * time.Second)
	k := r.IntN(2)
	return ecs.TargetGroup{
		ARN: groupARNs[k], Protocol: []string{"HTTP", "TCP"}[k], DeregistrationDelay: &delay,
		HealthCheckInterval: ecs.Seconds(time.Duration(5+r.IntN(16)) * time.Second), HealthCheckTimeout: ecs.Seconds(time.Duration(1+r.IntN(4)) * time.Second),
		HealthyThresholdCount: 2 + r.IntN(4), UnhealthyThresholdCount: 2 + r.IntN(3),
		TargetType: []string{"instance", "instance", "instance", "ip"}[r.IntN(4)],
	}
}

func randomBalancers(r *rand.Rand) []ecs.LoadBalancer {
	var out []ecs.LoadBalancer
	for range 1 + r.IntN(5)/4 {
		out = append(out, ecs.LoadBalancer{TargetGroupARN: groupARNs[r.IntN(len(groupARNs))], ContainerName: "app", ContainerPort: 80})
	}
	return out
}

// targetLaws watch what the load balancers say of tasks.
type targetLaws struct {
	*laws
	was    map[ecs.TaskID]verdict
	atOnce bool // there has been a target group whose targets drain in no time
}

// verdict is what all target groups together say of a task.
type verdict struct {
	targets  int
	healthy  bool      // all of them find it healthy
	sick     bool      // one of them finds it unhealthy
	draining time.Time // until when the last of them drains
}

// verdicts are those on all tasks, worked out once a moment.
func (l *laws) verdicts() map[ecs.TaskID]verdict {
	if l.judgedAt == l.moments && l.judged != nil {
		return l.judged
	}
	l.judgedBefore, l.judged, l.judgedAt = l.judged, map[ecs.TaskID]verdict{}, l.moments
	l.balanced, l.balancedSets = map[ecs.ServiceName]bool{}, map[string]bool{}
	for _, name := range names {
		s := l.service(name)
		if s == nil {
			continue
		}
		l.balanced[name] = len(s.LoadBalancers) > 0 && !external(s)
		for _, x := range s.TaskSets {
			l.balancedSets[string(x.ID)] = len(x.LoadBalancers) > 0
		}
	}
	for _, arn := range groupARNs {
		for _, h := range l.sim.Cluster().TargetHealth(arn) {
			v, known := l.judged[h.Task]
			v.targets++
			v.healthy = (!known || v.healthy) && h.State == ecs.TargetHealthy
			v.sick = v.sick || h.State == ecs.TargetUnhealthy
			if h.DrainedAt.After(v.draining) {
				v.draining = h.DrainedAt
			}
			l.judged[h.Task] = v
		}
	}
	return l.judged
}

// verdictBefore is the one of the moment before.
func (l *laws) verdictBefore(id ecs.TaskID) verdict {
	if l.judges {
		l.verdicts()
	}
	return l.judgedBefore[id]
}

// verdictChanged reports whether load balancers see the task otherwise than in the
// moment before.
func (l *laws) verdictChanged(id ecs.TaskID) bool {
	return l.judges && l.verdicts()[id] != l.verdictBefore(id)
}

// balancersAgree reports whether nothing but its load balancers could keep a task
// from being healthy, and they do not. One that turns unhealthy in the moment of a
// pass turns after the pass.
func (l *laws) balancersAgree(id ecs.TaskID) (agree, balanced bool) {
	if !l.judges {
		return true, false
	}
	v, known := l.verdicts()[id]
	if !known {
		balanced = l.balanced[l.sim.Cluster().Ref(id).Service()]
		if len(l.balancedSets) > 0 {
			t, _ := l.sim.Cluster().Task(id)
			balanced = balanced || l.balancedSets[t.StartedBy]
		}
		return !balanced, balanced
	}
	return v.healthy || l.judgedBefore[id].healthy, true
}

// balancersRefuse reports whether a load balancer finds the task unhealthy.
func (l *laws) balancersRefuse(id ecs.TaskID) bool {
	return l.judges && l.verdicts()[id].sick
}

func (l *targetLaws) task(id ecs.TaskID, t *ecs.Task, before *seen) {
	v := l.verdicts()[id]
	switch {
	case v.targets > 0 && t.LastStatus == ecs.TaskStopped:
		l.fail("task %s is STOPPED and still a target", id)
	case t.LastStatus == ecs.TaskDeactivating && t.DesiredStatus != ecs.TaskStopped:
		l.fail("task %s is DEACTIVATING and meant to run", id)
	case t.DesiredStatus == ecs.TaskRunning && !v.draining.IsZero():
		l.fail("task %s is meant to run and its connections drain", id)
	}
	l.grace(id, t, before)
	if before == nil || before.task.LastStatus != ecs.TaskDeactivating || t.LastStatus != ecs.TaskStopping {
		return
	}
	// It was told to stop, unless it ended by itself meanwhile.
	def := l.sim.Cluster().Ref(id).Definition()
	for i, c := range t.Containers {
		if def.Containers[i].Essential && c.ExitCode != nil {
			return
		}
	}
	was, target := l.was[id] // or it was known to a service registry only
	if until := was.draining; target && (l.now.Before(until) || until.IsZero() && !l.atOnce) {
		l.fail("task %s got its SIGTERM before its connections were drained, at %s", id, until.Sub(birth))
	}
}

// grace: nothing fails a health check in the grace period of its service (ECS
// semantics 4.14 [API:CreateService]).
func (l *targetLaws) grace(id ecs.TaskID, t *ecs.Task, before *seen) {
	if before == nil || before.task.StopCode != "" || t.StopCode != ecs.ServiceSchedulerInitiated || !strings.Contains(t.StoppedReason, "health checks") {
		return
	}
	if s := l.laws.service(l.sim.Cluster().Ref(id).Service()); s != nil && l.now.Before(t.StartedAt.Add(s.HealthCheckGracePeriod.Duration())) {
		l.fail("task %s stops %s after its start (%s), and the grace period of its service is %s", id, l.now.Sub(t.StartedAt), t.StoppedReason, s.HealthCheckGracePeriod)
	}
}

func (l *targetLaws) moment(string) {
	if l.was == nil {
		l.was = map[ecs.TaskID]verdict{}
	}
	for id, v := range l.verdicts() {
		l.was[id] = v
	}
	for _, g := range l.sim.Cluster().TargetGroups() {
		l.atOnce = l.atOnce || *g.DeregistrationDelay == 0
	}
}

// service: a steady state and a completed deployment need all targets healthy
// (ECS semantics 4.6). DAEMON tasks that stay to the last on a draining instance
// are beside the count.
func (l *targetLaws) service(s *ecs.Service, _ string) {
	if s.SchedulingStrategy == ecs.Daemon || len(s.Events) == 0 || !s.Events[0].CreatedAt.Equal(l.now) || s.Events[0].Message != "(service "+string(s.Name)+") has reached a steady state." {
		return
	}
	for _, id := range l.sim.Cluster().Tasks(scheduler.TaskFilter{Service: s.Name, DesiredStatus: ecs.TaskRunning}) {
		if agree, _ := l.balancersAgree(id); !agree {
			l.fail("service %s is steady with task %s, whose targets are not healthy", s.Name, id)
		}
	}
}

func (l *targetLaws) rest() {
	_, periodic, ok := l.sim.Next()
	for _, id := range l.live {
		t := l.tasks[id].task
		if t.LastStatus == ecs.TaskDeactivating && (periodic || !ok) && !l.sim.Cluster().Restless(l.sim.Cluster().Ref(id).Service()) {
			l.fail("task %s stays DEACTIVATING", id)
		}
	}
}
