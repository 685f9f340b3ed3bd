package scheduler_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

func group(arn string, change func(*ecs.TargetGroup)) scheduler.Command {
	g := ecs.TargetGroup{ARN: arn}
	if change != nil {
		change(&g)
	}
	return scheduler.Command{PutTargetGroup: &scheduler.PutTargetGroup{Group: g}}
}

// balanced is a service behind target groups, each for the port 80 of a container.
func balanced(desired int, groups ...string) scheduler.Command {
	return with(create("web", desired), func(c *scheduler.CreateService) {
		for _, arn := range groups {
			c.Service.LoadBalancers = append(c.Service.LoadBalancers, ecs.LoadBalancer{TargetGroupARN: arn, ContainerName: "app", ContainerPort: 80})
		}
	})
}

func answers(id ecs.TaskID, container string, well bool, reason string) scheduler.Command {
	return scheduler.Command{ChangeTask: &scheduler.ChangeTask{ID: id, Containers: []scheduler.ContainerChange{{Name: container, Responds: &well, ResponseReason: reason}}}}
}

func (b *bench) targets(arn string) string {
	var out []string
	for _, h := range b.TargetHealth(arn) {
		out = append(out, strings.TrimSpace(string(h.State)+" "+h.Reason))
	}
	return strings.Join(out, ", ")
}

func TestTargetGroupRefusals(t *testing.T) {
	b := newBench(t, 2)
	b.must(group("arn:ip", func(g *ecs.TargetGroup) { g.TargetType = "ip" }))
	b.must(group("arn:used", nil))
	used := balanced(1, "arn:used")
	used.CreateService.Service.LoadBalancers[0].Advanced = &ecs.AdvancedConfiguration{AlternateTargetGroupARN: "arn:alternate"}
	b.must(used)
	b.must(group("arn:alternate", nil))
	b.wait(time.Minute)
	before := save(t, b.Cluster)
	for _, c := range []struct {
		name, code, message string
		cmd                 scheduler.Command
	}{
		{"no ARN", "ValidationError", "The target group must have an ARN", group("", nil)},
		{"an interval of a second", "ValidationError", "Health check interval must be between 5 and 300, but was 1",
			group("arn:new", func(g *ecs.TargetGroup) { g.HealthCheckInterval = ecs.Seconds(time.Second) })},
		{"one that is used", "ResourceInUse", "Target group 'arn:used' is currently in use by service web",
			scheduler.Command{DeleteTargetGroup: &scheduler.DeleteTargetGroup{ARN: "arn:used"}}},
		{"an alternate one", "ResourceInUse", "Target group 'arn:alternate' is currently in use by service web",
			scheduler.Command{DeleteTargetGroup: &scheduler.DeleteTargetGroup{ARN: "arn:alternate"}}},
		{"one that is not there", "TargetGroupNotFound", "One or more target groups not found",
			scheduler.Command{DeleteTargetGroup: &scheduler.DeleteTargetGroup{ARN: "arn:none"}}},
		{"addresses for tasks without one", ecs.CodeInvalidParameter,
			"The provided target group arn:ip has target type ip, which is incompatible with the bridge network mode specified in the task definition.",
			with(balanced(1, "arn:ip"), func(c *scheduler.CreateService) { c.Service.Name = "other" })},
		{"neither target group nor load balancer", ecs.CodeInvalidParameter, "targetGroupArn or loadBalancerName must be specified",
			with(balanced(1, ""), func(c *scheduler.CreateService) { c.Service.Name = "other" })},
	} {
		_, err := b.apply(c.cmd)
		var refused *ecs.Error
		if !errors.As(err, &refused) || refused.Code != c.code || refused.Message != c.message {
			t.Errorf("%s: %v, want %s: %s", c.name, err, c.code, c.message)
		}
	}
	if string(save(t, b.Cluster)) != string(before) {
		t.Error("a refused command changed the state")
	}
	b.must(scheduler.Command{DeleteTargetGroup: &scheduler.DeleteTargetGroup{ARN: "arn:ip"}})
	if all := b.TargetGroups(); len(all) != 2 || all[1].ARN != "arn:used" || all[1].HealthyThresholdCount != 5 {
		t.Errorf("target groups: %+v", all)
	}
}

func save(t *testing.T, c *scheduler.Cluster) []byte {
	t.Helper()
	data, err := c.Save()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// A steady service has no timers for its targets, however many it has.
func TestSteadyTargetsCostNothing(t *testing.T) {
	b := newBench(t, 4)
	b.must(balanced(20, "arn:tg"))
	b.wait(2 * time.Minute)
	if at, periodic, _ := b.Next(); !periodic || at.Sub(b.now) < time.Hour {
		t.Errorf("the next thing happens in %s (periodic: %v), with %s", at.Sub(b.now), periodic, b.targets("arn:tg"))
	}
}

// Settings that change hold from then on: the next check is an interval later.
func TestTargetGroupDescribedAnew(t *testing.T) {
	b := newBench(t, 1)
	b.must(group("arn:tg", func(g *ecs.TargetGroup) { g.HealthCheckInterval = ecs.Seconds(5 * time.Minute) }))
	b.must(balanced(1, "arn:tg"))
	b.wait(time.Minute)
	if got := b.targets("arn:tg"); got != "initial Elb.InitialHealthChecking" {
		t.Errorf("after a minute: %s", got)
	}
	b.must(group("arn:tg", func(g *ecs.TargetGroup) { g.HealthCheckInterval = ecs.Seconds(10 * time.Second) }))
	b.wait(9 * time.Second)
	if got := b.targets("arn:tg"); got != "initial Elb.InitialHealthChecking" {
		t.Errorf("9 s after the change: %s", got)
	}
	b.wait(time.Second)
	if got := b.targets("arn:tg"); got != "healthy" {
		t.Errorf("10 s after the change: %s", got)
	}
}

// Each entry of the load balancers is a target of its own, and the reason of a
// stop names the one that is unhealthy.
func TestTargetsOfTwoContainers(t *testing.T) {
	b := newBench(t, 2)
	cmd := balanced(1, "arn:app", "arn:side")
	cmd.CreateService.Service.LoadBalancers[1].ContainerName = "side"
	side := cmd.CreateService.TaskDefinition.Containers[0]
	side.Name = "side"
	cmd.CreateService.TaskDefinition.Containers = append(cmd.CreateService.TaskDefinition.Containers, side)
	b.must(cmd)
	b.wait(2 * time.Minute)
	first := b.Tasks(scheduler.TaskFilter{Service: "web"})[0]
	b.must(answers(first, "side", false, ""))
	b.wait(107 * time.Second) // the replacement is healthy, and the scheduler has not seen it yet
	if got := b.targets("arn:app") + " | " + b.targets("arn:side"); got != "healthy, healthy | unhealthy Target.Timeout, healthy" {
		t.Errorf("with the replacement: %s", got)
	}
	b.wait(10 * time.Minute)
	if x, _ := b.Task(first); x.StoppedReason != "Task failed ELB health checks in (target-group arn:side)" || x.LastStatus != ecs.TaskStopped {
		t.Errorf("the task is %s: %s", x.LastStatus, x.StoppedReason)
	}
}

// A task with a network interface of its own is an address, others are a port of
// their EC2 instance.
func TestTargetAddress(t *testing.T) {
	b := newBench(t, 1)
	b.must(group("arn:ip", func(g *ecs.TargetGroup) { g.TargetType = "ip" }))
	b.must(with(balanced(1, "arn:ip"), func(c *scheduler.CreateService) {
		c.TaskDefinition.NetworkMode = ecs.NetworkAWSVPC
		c.Service.NetworkConfiguration = &ecs.NetworkConfiguration{Subnets: []string{"subnet-a"}}
	}))
	b.wait(time.Minute)
	if h := b.TargetHealth("arn:ip"); len(h) != 1 || !strings.HasPrefix(h[0].ID, "172.31.") || h[0].Port != 80 {
		t.Errorf("targets: %+v", h)
	}
}

// States that were saved when targets had no health yet: their tasks count as
// healthy, and nothing is started or stopped for them.
func TestTargetsOfAnOlderState(t *testing.T) {
	b := newBench(t, 2)
	b.must(balanced(3, "arn:tg"))
	b.wait(5 * time.Minute)
	var state map[string]any
	if err := json.Unmarshal(save(t, b.Cluster), &state); err != nil {
		t.Fatal(err)
	}
	for _, x := range state["tasks"].([]any) {
		delete(x.(map[string]any), "balance")
	}
	data, err := json.Marshal(state)
	if err != nil {
		t.Fatal(err)
	}
	tasks := b.Tasks(scheduler.TaskFilter{Service: "web"})
	if b.Cluster, err = scheduler.Load(data); err != nil {
		t.Fatal(err)
	}
	if got := b.targets("arn:tg"); got != "healthy, healthy, healthy" {
		t.Errorf("targets: %s", got)
	}
	b.must(scheduler.Command{UpdateService: &scheduler.UpdateService{Name: "web", DesiredCount: ptr(3)}})
	b.wait(5 * time.Minute)
	if now := b.Tasks(scheduler.TaskFilter{Service: "web"}); !slices.Equal(now, tasks) {
		t.Errorf("tasks were %v, and are %v", tasks, now)
	}
	b.must(answers(tasks[0], "app", false, "503"))
	b.wait(10 * time.Minute)
	if x, _ := b.Task(tasks[0]); x.LastStatus != ecs.TaskStopped {
		t.Errorf("the unhealthy task is %s", x.LastStatus)
	}
}
