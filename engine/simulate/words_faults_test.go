package simulate_test

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// faultWords:
//
//	> lose zone us-east-1a for=10m name=storm
//	> lose instance instance1 for=5m        its EC2 instance is stopped
//	> lose instances count=2 where='attribute:ecs.availability-zone == us-east-1a'
//	> terminate instance1
//	> lose agent instance1 for=5m           its agent is disconnected
//	> throttle 0.5 for=5m                   the scheduler's operations
//	> meanwhile fate='exit=1 after=10s'     a fate laid on the tasks of service=NAME; for=5m
//	> end storm
//	> faults                                those that last
//	> after 5m lose zone us-east-1a …       the same later: it is scheduled
//	> boot instance1                        its EC2 instance runs again
//	> lost                                  the container instances that take no tasks
//	> attribute instance1 stack=test        also with instances, and where=EXPRESSION with service
func faultWords() speech {
	return speech{words: []word{
		{"lose", func(k *talk, a *arguments) { k.happen(a, k.lost(a, a.name(), a.plain[1:])) }},
		{"terminate", func(k *talk, a *arguments) {
			k.happen(a, simulate.Fault{InstanceLoss: &simulate.InstanceLoss{Some: k.some(a, a.plain), Terminated: true}})
		}},
		{"throttle", func(k *talk, a *arguments) {
			share, err := strconv.ParseFloat(a.name(), 64)
			if err != nil {
				a.t.Fatal(err)
			}
			k.happen(a, simulate.Fault{Throttling: &simulate.Throttling{Scheduler: share}})
		}},
		{"meanwhile", func(k *talk, a *arguments) {
			k.happen(a, simulate.Fault{OtherFate: &simulate.OtherFate{
				Service: ecs.ServiceName(a.text("service")), Fate: strings.ReplaceAll(a.text("fate"), ",", " "),
			}})
		}},
		{"end", func(k *talk, a *arguments) { k.do(simulate.Command{EndFault: &simulate.EndFault{Name: a.name()}}) }},
		{"after", func(k *talk, a *arguments) {
			if a.plain[1] != "lose" {
				a.t.Fatal("only losses can be scheduled")
			}
			f := k.lost(a, a.plain[2], a.plain[3:])
			at := k.now.Add(a.parse(a.name()))
			k.do(simulate.Command{Schedule: &simulate.Schedule{At: at, Command: simulate.Command{Fault: k.lasting(a, f)}}})
		}},
		{"boot", func(k *talk, a *arguments) {
			k.apply(scheduler.Command{StartInstance: &scheduler.StartInstance{ID: k.instanceID(a)}})
		}},
		{"lost", func(k *talk, _ *arguments) { k.lostInstances() }},
		{"attribute", func(k *talk, a *arguments) {
			k.apply(scheduler.Command{PutAttributes: &scheduler.PutAttributes{ID: k.instanceID(a), Attributes: []ecs.Attribute{{Name: "stack", Value: a.text("stack")}}}})
		}},
		{"faults", func(k *talk, _ *arguments) {
			for _, f := range k.sim.Faults() {
				fmt.Fprintf(k.out, "  %s lasts\n", f.Name)
			}
			for _, s := range k.sim.Scheduled() {
				what := "a fault begins"
				if s.Command.EndFault != nil {
					what = s.Command.EndFault.Name + " ends"
				}
				fmt.Fprintf(k.out, "  at %s %s\n", s.At.Sub(birth).Round(time.Millisecond), what)
			}
		}},
	}, instance: func(_ *talk, a *arguments, i *ecs.ContainerInstance) {
		if stack := a.text("stack"); stack != "" {
			i.Attributes = append(i.Attributes, ecs.Attribute{Name: "stack", Value: stack})
		}
	}, service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
		if expression := a.text("where"); expression != "" {
			c.Service.PlacementConstraints = append(c.Service.PlacementConstraints, ecs.PlacementConstraint{Type: ecs.MemberOf, Expression: expression})
		}
	}}
}

// lostInstances tells which container instances take no tasks.
func (k *talk) lostInstances() {
	for _, id := range k.registered() {
		if i, _ := k.sim.Cluster().Instance(id); i.Status != ecs.InstanceActive || !i.AgentConnected {
			connected := "its agent is disconnected"
			if i.AgentConnected {
				connected = "its agent is connected"
			}
			fmt.Fprintf(k.out, "  %s is %s, %s\n", k.name("instance", string(id)), i.Status, connected)
		}
	}
}

// registered are the container instances, in the order of their short names.
func (k *talk) registered() []ecs.ContainerInstanceID {
	all, _ := k.sim.Cluster().Instances(scheduler.InstanceFilter{})
	slices.SortFunc(all, func(a, b ecs.ContainerInstanceID) int {
		return cmp.Compare(k.name("instance", string(a)), k.name("instance", string(b)))
	})
	return all
}

// lost is the fault that something is lost.
func (k *talk) lost(a *arguments, what string, whom []string) simulate.Fault {
	switch what {
	case "zone":
		return simulate.Fault{ZoneLoss: &simulate.ZoneLoss{Zone: whom[0]}}
	case "instance", "instances":
		return simulate.Fault{InstanceLoss: &simulate.InstanceLoss{Some: k.some(a, whom)}}
	case "agent", "agents":
		return simulate.Fault{AgentLoss: &simulate.AgentLoss{Some: k.some(a, whom)}}
	}
	a.t.Fatalf("%s cannot be lost", what)
	return simulate.Fault{}
}

func (k *talk) some(a *arguments, whom []string) simulate.Some {
	x := simulate.Some{Count: a.number("count", 0), Expression: strings.ReplaceAll(a.text("where"), "'", "")}
	if len(whom) > 0 {
		x.Instance = ecs.ContainerInstanceID(k.full(whom[0]))
	}
	return x
}

func (k *talk) lasting(a *arguments, f simulate.Fault) *simulate.Fault {
	f.Name, f.For = a.text("name"), ecs.Seconds(a.duration("for", 0))
	return &f
}

func (k *talk) happen(a *arguments, f simulate.Fault) {
	k.do(simulate.Command{Fault: k.lasting(a, f)})
}

// do does a command that only the simulation knows.
func (k *talk) do(cmd simulate.Command) {
	if _, err := k.sim.Apply(k.now, cmd); err != nil {
		fmt.Fprintf(k.out, "  refused: %s\n", k.short(err.Error()))
	}
}
