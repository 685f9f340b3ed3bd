package simulate_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// event is one thing that somebody does in a generated world. The command is
// made when its time has come, because it names what is there then.
type event struct {
	after time.Duration
	what  string
	pick  uint64 // decides everything about the command
}

// generate is the history of a world: the same seed, the same history.
func generate(seed uint64) []event {
	r := rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15))
	var out []event
	add := func(after time.Duration, what string) {
		out = append(out, event{after, what, r.Uint64()})
	}
	for range 2 + r.IntN(4) {
		add(0, "instance")
	}
	for range 1 + r.IntN(2) {
		add(time.Second, "create")
	}
	verbs := []string{
		"update", "update", "update", "update", "update", "scale", "scale", "scale", "bounds", "force",
		"drain", "activate", "deregister", "instance", "disconnect", "connect",
		"run", "run", "start", "stop", "stop", "delete", "create", "create", "rollback", "attributes",
	}
	for range 3 + r.IntN(7) {
		// Half of the time the world is left alone until it is quiet, half of the
		// time somebody comes in between.
		after := time.Duration(r.IntN(30000)) * time.Millisecond
		if r.IntN(2) == 0 {
			after = time.Duration(60+r.IntN(300)) * time.Second
		}
		add(after, verbs[r.IntN(len(verbs))])
	}
	add(time.Minute, "reconnect")
	return out
}

// world plays a history.
type world struct {
	seed      uint64
	sim       *simulate.Simulation
	now       time.Time
	revisions map[string]int
	trace     []string
}

func newWorld(seed uint64) *world {
	return &world{
		seed: seed, sim: simulate.New(testConfig(seed), simulate.Options{ECRHost: "123456789012.dkr.ecr.us-east-1.amazonaws.com"}),
		now: birth, revisions: map[string]int{},
	}
}

func (w *world) say(format string, args ...any) {
	w.trace = append(w.trace, w.now.Sub(birth).String()+" "+fmt.Sprintf(format, args...))
}

var names = []ecs.ServiceName{"web", "api", "agent"}

// do applies the event's command.
func (w *world) do(e event) {
	r := rand.New(rand.NewPCG(e.pick, 1))
	for _, cmd := range w.commands(e.what, r) {
		out, err := w.sim.Apply(w.now, simulate.Command{Command: cmd})
		if err != nil {
			w.say("%s refused: %v", e.what, err)
			continue
		}
		w.say("%s tasks=%v failures=%v", e.what, out.Tasks, out.Failures)
	}
}

func (w *world) commands(what string, r *rand.Rand) []scheduler.Command {
	name := names[r.IntN(len(names))]
	c := w.sim.Cluster()
	instances, _ := c.Instances(scheduler.InstanceFilter{})
	switch what {
	case "instance":
		return one(scheduler.Command{RegisterInstance: &scheduler.RegisterInstance{Instance: w.instance(r)}})
	case "create":
		return one(scheduler.Command{CreateService: w.service(name, r)})
	case "update", "force", "scale", "bounds":
		return one(scheduler.Command{UpdateService: w.update(what, name, r)})
	case "delete":
		return one(scheduler.Command{DeleteService: &scheduler.DeleteService{Name: name, Force: r.IntN(3) > 0}})
	case "rollback":
		if all := c.ServiceDeployments(name); len(all) > 0 {
			return one(scheduler.Command{StopServiceDeployment: &scheduler.StopServiceDeployment{ARN: all[0].ARN}})
		}
		return nil
	case "run":
		run := &scheduler.RunTask{TaskDefinition: w.definition("job", r), Count: 1 + r.IntN(6)}
		if run.TaskDefinition.NetworkMode == ecs.NetworkAWSVPC {
			run.NetworkConfiguration = subnets()
		}
		return one(scheduler.Command{RunTask: run})
	case "stop":
		if tasks := c.Tasks(scheduler.TaskFilter{DesiredStatus: ecs.TaskRunning}); len(tasks) > 0 {
			return one(scheduler.Command{StopTask: &scheduler.StopTask{ID: tasks[r.IntN(len(tasks))]}})
		}
		return nil
	}
	if len(instances) == 0 {
		return nil
	}
	return w.instanceCommands(what, instances, r)
}

func one(c scheduler.Command) []scheduler.Command { return []scheduler.Command{c} }

func (w *world) instanceCommands(what string, all []ecs.ContainerInstanceID, r *rand.Rand) []scheduler.Command {
	id := all[r.IntN(len(all))]
	switch what {
	case "start":
		return one(scheduler.Command{StartTask: &scheduler.StartTask{TaskDefinition: w.definition("job", r), Instances: []ecs.ContainerInstanceID{id, "nowhere"}}})
	case "drain":
		return one(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: id, Status: ecs.InstanceDraining}})
	case "activate":
		return one(scheduler.Command{SetInstanceStatus: &scheduler.SetInstanceStatus{ID: id, Status: ecs.InstanceActive}})
	case "deregister":
		return one(scheduler.Command{DeregisterInstance: &scheduler.DeregisterInstance{ID: id, Force: r.IntN(3) > 0}})
	case "disconnect":
		return one(scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id}})
	case "connect":
		return one(scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id, Connected: true}})
	case "attributes":
		return one(scheduler.Command{PutAttributes: &scheduler.PutAttributes{ID: id, Attributes: []ecs.Attribute{{Name: "stack", Value: []string{"prod", "test"}[r.IntN(2)]}}}})
	case "reconnect":
		var out []scheduler.Command
		for _, id := range all {
			out = append(out, scheduler.Command{SetAgentConnected: &scheduler.SetAgentConnected{ID: id, Connected: true}})
		}
		return out
	}
	panic("unknown event " + what)
}

func (w *world) instance(r *rand.Rand) ecs.ContainerInstance {
	zone := fmt.Sprintf("us-east-1%c", 'a'+r.IntN(3))
	cpu := []int{1024, 2048, 4096}[r.IntN(3)]
	i := testInstance(zone, cpu, cpu*19/10)
	if r.IntN(3) == 0 {
		i.Attributes = append(i.Attributes, ecs.Attribute{Name: "stack", Value: "prod"})
	}
	return i
}

// fates, the ordinary one most often.
var fates = []string{
	"", "", "", "", "start=3s", "pull=20s", "exit=1", "exit=1 chance=0.5", "exit=137 after=50s chance=0.3", "exit=0 after=2m chance=0.5",
	"fail=start chance=0.4", "fail=pull", "sigterm=ignore", "stop=9s", "unhealthy=40s chance=0.5", "sick", "sick chance=0.4", "healthy=25s",
}

func (w *world) definition(family string, r *rand.Rand) ecs.TaskDefinition {
	w.revisions[family]++
	d := testDefinition(family, w.revisions[family], fates[r.IntN(len(fates))])
	c := &d.Containers[0]
	c.CPUUnits, c.MemoryMiB = 64<<r.IntN(4), 64<<r.IntN(5)
	c.StopTimeout = ecs.Seconds(time.Duration(r.IntN(2)) * 5 * time.Second)
	if r.IntN(2) == 0 {
		c.HealthCheck = &ecs.HealthCheck{Interval: ecs.Seconds(5 * time.Second), Retries: 2, StartPeriod: ecs.Seconds(time.Duration(r.IntN(2)) * 10 * time.Second)}
	}
	switch r.IntN(6) {
	case 0:
		c.PortMappings[0].HostPort = 8080
	case 1:
		d.NetworkMode = ecs.NetworkAWSVPC
	case 2:
		c.Image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/none:1"
	}
	if r.IntN(3) == 0 {
		side := testDefinition("side", 1, fates[r.IntN(len(fates))]).Containers[0]
		side.Name, side.Essential, side.PortMappings = "side", r.IntN(3) == 0, nil
		d.Containers = append(d.Containers, side)
	}
	return d
}

func subnets() *ecs.NetworkConfiguration {
	return &ecs.NetworkConfiguration{Subnets: []string{"subnet-a", "subnet-b", "subnet-c"}}
}

var bounds = [][2]int{{100, 200}, {100, 200}, {50, 100}, {50, 150}, {0, 100}, {0, 200}, {100, 150}, {75, 100}, {90, 110}, {50, 200}}

func configuration(r *rand.Rand) ecs.DeploymentConfiguration {
	b := bounds[r.IntN(len(bounds))]
	return ecs.DeploymentConfiguration{
		MinimumHealthyPercent: b[0], MaximumPercent: b[1],
		CircuitBreaker: ecs.CircuitBreaker{Enable: r.IntN(2) == 0, Rollback: r.IntN(2) == 0},
	}
}

func (w *world) service(name ecs.ServiceName, r *rand.Rand) *scheduler.CreateService {
	s := ecs.Service{Name: name, DesiredCount: r.IntN(8), DeploymentConfiguration: configuration(r)}
	def := w.definition(string(name), r)
	if name == "agent" {
		s.SchedulingStrategy, s.DesiredCount, s.DeploymentConfiguration = ecs.Daemon, 0, ecs.DeploymentConfiguration{}
	} else {
		switch r.IntN(6) {
		case 0:
			s.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Binpack, Field: "memory"}}
		case 1:
			s.PlacementStrategy = []ecs.PlacementStrategy{{Type: ecs.Random}}
		case 2:
			s.PlacementConstraints = []ecs.PlacementConstraint{{Type: ecs.DistinctInstance}}
		case 3:
			s.PlacementConstraints = []ecs.PlacementConstraint{{Type: ecs.MemberOf, Expression: "attribute:stack == prod"}}
		case 4:
			s.LaunchType, def.NetworkMode = ecs.LaunchFargate, ecs.NetworkAWSVPC
		}
	}
	if def.NetworkMode == ecs.NetworkAWSVPC {
		s.NetworkConfiguration = subnets()
	}
	return &scheduler.CreateService{Service: s, TaskDefinition: def}
}

func (w *world) update(what string, name ecs.ServiceName, r *rand.Rand) *scheduler.UpdateService {
	u := &scheduler.UpdateService{Name: name}
	switch what {
	case "update":
		def := w.definition(string(name), r)
		// A service keeps its network mode: the configuration has to fit.
		if s, ok := w.sim.Cluster().Service(name); ok {
			def.NetworkMode = ecs.NetworkBridge
			if s.NetworkConfiguration != nil {
				def.NetworkMode = ecs.NetworkAWSVPC
			}
		}
		u.TaskDefinition = &def
	case "force":
		u.ForceNewDeployment = true
	case "scale":
		n := r.IntN(10)
		u.DesiredCount = &n
	case "bounds":
		d := configuration(r)
		u.DeploymentConfiguration = &d
	}
	return u
}
