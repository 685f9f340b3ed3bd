package simulate_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
	"gantry/internal/golden"
)

func TestConversations(t *testing.T) {
	golden.Conversations(t, func(t *testing.T, out *strings.Builder) golden.Speaker {
		k := newTalk(t, out)
		return func(words []string) error { k.say(words); return nil }
	})
}

var birth = time.Date(2026, 11, 23, 6, 0, 0, 0, time.UTC)

func testConfig(seed uint64) scheduler.Config {
	return scheduler.Config{
		Scope: ecs.Scope{Partition: "aws", Region: "us-east-1", Account: "123456789012"},
		Name:  "default", Seed: seed,
		SubnetZones: map[string]string{"subnet-a": "us-east-1a", "subnet-b": "us-east-1b", "subnet-c": "us-east-1c"},
	}
}

// talk holds a conversation with a simulation. Tasks, deployments and instances
// get short names (task1, deployment1, instance1) in the order in which they
// are seen, so that what is printed can be read.
type talk struct {
	t         *testing.T
	sim       *simulate.Simulation
	out       *strings.Builder
	now       time.Time
	revisions map[string]int
	seen      map[ecs.ServiceName]int
	names     map[string]string
	counts    map[string]int
}

func newTalk(t *testing.T, out *strings.Builder) *talk {
	return &talk{
		t: t, out: out, sim: simulate.New(testConfig(1), simulate.Options{}), now: birth, revisions: map[string]int{},
		seen: map[ecs.ServiceName]int{}, names: map[string]string{}, counts: map[string]int{},
	}
}

func (k *talk) name(kind, id string) string {
	if n, ok := k.names[id]; ok {
		return n
	}
	k.counts[kind]++
	k.names[id] = fmt.Sprintf("%s%d", kind, k.counts[kind])
	return k.names[id]
}

// short puts the short names into a text.
func (k *talk) short(text string) string {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ().,:", r) })
	for _, w := range words {
		switch {
		case strings.HasPrefix(w, "ecs-svc/"):
			text = strings.ReplaceAll(text, w, k.name("deployment", w))
		case len(w) == 32 && strings.Trim(w, "0123456789abcdef") == "":
			kind := "task"
			if _, ok := k.sim.Cluster().Instance(ecs.ContainerInstanceID(w)); ok {
				kind = "instance"
			}
			text = strings.ReplaceAll(text, w, k.name(kind, w))
		}
	}
	return text
}

func (k *talk) say(words []string) {
	args := map[string]string{}
	for _, w := range words[1:] {
		if key, value, ok := strings.Cut(w, "="); ok {
			args[key] = value
		}
	}
	number := func(key string, otherwise int) int {
		if v, ok := args[key]; ok {
			return k.number(v)
		}
		return otherwise
	}
	switch words[0] {
	case "instances":
		for i := range number("count", 1) {
			k.apply(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: testInstance(
				fmt.Sprintf("us-east-1%c", 'a'+i%3), number("cpu", 2048), number("memory", 3900))}})
		}
	case "service":
		k.createService(words[1], args, number)
	case "update":
		u := &scheduler.UpdateService{Name: ecs.ServiceName(words[1]), ForceNewDeployment: args["force"] == "yes"}
		if _, ok := args["desired"]; ok {
			n := number("desired", 0)
			u.DesiredCount = &n
		}
		if args["min"]+args["max"]+args["breaker"] != "" {
			d := configured(args, number)
			u.DeploymentConfiguration = &d
		}
		if args["new"] == "yes" {
			def := k.definition(words[1], args)
			u.TaskDefinition = &def
		}
		k.apply(scheduler.Command{UpdateService: u})
	case "delete":
		k.apply(scheduler.Command{DeleteService: &scheduler.DeleteService{Name: ecs.ServiceName(words[1]), Force: args["force"] == "yes"}})
	case "run":
		out := k.apply(scheduler.Command{RunTask: &scheduler.RunTask{TaskDefinition: k.definition(words[1], args), Count: number("count", 1)}})
		for _, f := range out.Failures {
			fmt.Fprintf(k.out, "  failure %s %s\n", k.short(f.ARN.Short()), f.Reason)
		}
	case "stop", "drain", "activate", "deregister", "rollback":
		k.sayTo(words[0], words[1], args)
	case "step":
		d, err := time.ParseDuration(words[1])
		if err != nil {
			k.t.Fatalf("%v: %v", words, err)
		}
		k.advance(k.now.Add(d))
	case "settle":
		k.settle()
	case "show":
		k.show(ecs.ServiceName(words[1]))
	case "tasks":
		k.tasks()
	default:
		k.t.Fatalf("unknown command %v", words)
	}
	k.news()
}

// createService creates a service as the arguments say.
func (k *talk) createService(name string, args map[string]string, number func(string, int) int) {
	s := ecs.Service{Name: ecs.ServiceName(name), DesiredCount: number("desired", 1)}
	s.DeploymentConfiguration = configured(args, number)
	if args["balancer"] != "" {
		s.LoadBalancers = []ecs.LoadBalancer{{TargetGroupARN: "arn:" + args["balancer"], ContainerName: "app", ContainerPort: 80}}
	}
	if args["strategy"] == "daemon" {
		s.SchedulingStrategy, s.DesiredCount = ecs.Daemon, 0
	}
	k.apply(scheduler.Command{CreateService: &scheduler.CreateService{Service: s, TaskDefinition: k.definition(name, args)}})
}

func configured(args map[string]string, number func(string, int) int) ecs.DeploymentConfiguration {
	return ecs.DeploymentConfiguration{
		MinimumHealthyPercent: number("min", 100), MaximumPercent: number("max", 200), CircuitBreaker: breaker(args["breaker"]),
	}
}

func (k *talk) sayTo(verb, whom string, args map[string]string) {
	id := whom
	for full, short := range k.names {
		if short == whom {
			id = full
		}
	}
	switch verb {
	case "stop":
		k.apply(scheduler.Command{StopTask: &scheduler.StopTask{ID: ecs.TaskID(id), Reason: args["reason"]}})
	case "drain":
		k.apply(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: ecs.ContainerInstanceID(id), Status: ecs.InstanceDraining}})
	case "activate":
		k.apply(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: ecs.ContainerInstanceID(id), Status: ecs.InstanceActive}})
	case "deregister":
		k.apply(scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: ecs.ContainerInstanceID(id), Force: args["force"] == "yes"}})
	case "rollback":
		a := k.sim.Cluster().ServiceDeployments(ecs.ServiceName(whom))[0]
		k.apply(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: a.ARN}})
	}
}

func breaker(text string) ecs.CircuitBreaker {
	return ecs.CircuitBreaker{Enable: text != "", Rollback: text == "rollback"}
}

func testInstance(zone string, cpu, memory int) ecs.ContainerInstance {
	return ecs.ContainerInstance{
		AgentVersion: "1.98.0",
		Registered:   ecs.Resources{CPUUnits: cpu, MemoryMiB: memory, Ports: []int{22, 2375, 2376, 51678, 51679}, ENIs: 3},
		Attributes: []ecs.Attribute{
			{Name: ecs.AttributeAvailabilityZone, Value: zone}, {Name: ecs.AttributeInstanceType, Value: "t3.medium"},
			{Name: ecs.AttributeCPUArchitecture, Value: "x86_64"}, {Name: ecs.AttributeOSFamily, Value: "LINUX"},
		},
	}
}

// definition is the next revision of a family with one container.
func (k *talk) definition(family string, args map[string]string) ecs.TaskDefinition {
	k.revisions[family]++
	d := testDefinition(family, k.revisions[family], strings.ReplaceAll(args["fate"], ",", " "))
	if v, ok := args["memory"]; ok {
		d.Containers[0].MemoryMiB = k.number(v)
	}
	if v, ok := args["port"]; ok {
		d.Containers[0].PortMappings[0].HostPort = k.number(v)
	}
	if args["check"] == "yes" {
		d.Containers[0].HealthCheck = &ecs.HealthCheck{Command: []string{"CMD", "true"}, Interval: ecs.Seconds(10 * time.Second), Retries: 3}
	}
	return d
}

func (k *talk) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		k.t.Fatal(err)
	}
	return n
}

func testDefinition(family string, revision int, fate string) ecs.TaskDefinition {
	return ecs.TaskDefinition{
		ARN:    ecs.TaskDefinitionARN(testConfig(1).Scope, ecs.Family(family), revision),
		Family: ecs.Family(family), Revision: revision, Status: ecs.TaskDefinitionActive, NetworkMode: ecs.NetworkBridge,
		Containers: []ecs.ContainerDefinition{{
			Name: "app", Image: "nginx:1.27", CPUUnits: 128, MemoryMiB: 128, Essential: true,
			PortMappings: []ecs.PortMapping{{ContainerPort: 80, Protocol: "tcp"}},
			DockerLabels: map[string]string{simulate.FateLabel: fate},
		}},
	}
}

func (k *talk) apply(cmd scheduler.Command) scheduler.Outcome {
	out, err := k.sim.Apply(k.now, simulate.Command{Command: cmd})
	if err != nil {
		fmt.Fprintf(k.out, "  refused: %s\n", k.short(err.Error()))
	}
	return out
}

// advance goes on event by event, so that each line can say when.
func (k *talk) advance(to time.Time) {
	for {
		at, _, ok := k.sim.Next()
		if !ok || at.After(to) {
			break
		}
		k.sim.Advance(at)
		k.now = at
		k.news()
	}
	k.sim.Advance(to)
	k.now = to
}

func (k *talk) settle() {
	for {
		at, periodic, ok := k.sim.Next()
		if !ok || periodic {
			fmt.Fprintf(k.out, "  settled at %s\n", k.now.Sub(birth).Round(time.Millisecond))
			return
		}
		k.sim.Advance(at)
		k.now = at
		k.news()
	}
}

// news prints the service events that are new.
func (k *talk) news() {
	for _, name := range k.sim.Cluster().Services() {
		k.newsOf(name)
	}
	for _, name := range []ecs.ServiceName{"web", "api"} {
		k.newsOf(name)
	}
}

func (k *talk) newsOf(name ecs.ServiceName) {
	s, ok := k.sim.Cluster().Service(name)
	if !ok {
		return
	}
	fresh := s.Events[:max(0, len(s.Events)-k.seen[name])]
	k.seen[name] = len(s.Events)
	for i := len(fresh) - 1; i >= 0; i-- {
		fmt.Fprintf(k.out, "  %8s %s\n", fresh[i].CreatedAt.Sub(birth).Round(time.Millisecond), k.short(fresh[i].Message))
	}
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
		fmt.Fprintf(k.out, "  service deployment %s breaker %s %d/%d %s\n", a.Status, a.CircuitBreaker.Status, a.CircuitBreaker.FailureCount, a.CircuitBreaker.Threshold, a.StatusReason)
	}
}

func (k *talk) tasks() {
	for _, id := range k.sim.Cluster().Tasks(scheduler.TaskFilter{}) {
		t, _ := k.sim.Cluster().Task(id)
		exit := ""
		if c := t.Containers[0]; c.ExitCode != nil {
			exit = fmt.Sprintf(" exit %d", *c.ExitCode)
		}
		where := ""
		if t.ContainerInstanceARN != "" {
			where = k.name("instance", t.ContainerInstanceARN.Short())
		}
		fmt.Fprintf(k.out, "  %s %s %s→%s %s %s %s %s%s\n", k.name("task", string(id)), t.TaskDefinitionARN.Short(), t.LastStatus,
			t.DesiredStatus, t.HealthStatus, where, t.StopCode, k.short(t.StoppedReason), exit)
	}
}
