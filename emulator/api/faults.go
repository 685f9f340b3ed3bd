package api

import (
	"slices"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// The kinds of faults, as the commands that make them are called.
const (
	faultStopInstance      = "stop-instance"
	faultTerminateInstance = "terminate-instance"
	faultDisconnectAgent   = "disconnect-agent"
	faultLoseZone          = "lose-zone"
	faultSpotInterruption  = "spot-interruption"
	faultCapacityShortage  = "capacity-shortage"
	faultFate              = "fate"
	faultHook              = "hook"
	faultThrottleScheduler = "throttle-scheduler"
	faultAPI               = "api"
)

// faultReader reads a fault for the engine of one cluster.
type faultReader struct {
	s       *Server
	cluster ecs.ClusterName
	engine  *scheduler.Cluster
	later   bool // the fault is for later, when there may be other instances
}

// read is the fault in the engine's words. What is not there is refused, with what
// is.
func (x *faultReader) read(f *ecs.Fault) (out *simulate.Fault, err error) {
	out = &simulate.Fault{Name: f.Name, For: f.For}
	kinds := 0
	is := func(set bool, read func() error) {
		if set {
			kinds++
			if err == nil {
				err = read()
			}
		}
	}
	is(f.StopInstance != nil, func() error {
		some, err := x.some(f.StopInstance)
		out.InstanceLoss = &simulate.InstanceLoss{Some: some}
		return err
	})
	is(f.TerminateInstance != nil, func() error {
		some, err := x.some(f.TerminateInstance)
		out.InstanceLoss = &simulate.InstanceLoss{Some: some, Terminated: true}
		return err
	})
	is(f.DisconnectAgent != nil, func() error {
		some, err := x.some(f.DisconnectAgent)
		out.AgentLoss = &simulate.AgentLoss{Some: some}
		return err
	})
	is(f.LoseZone != "", func() error {
		out.ZoneLoss = &simulate.ZoneLoss{Zone: f.LoseZone}
		return x.s.checkZones([]string{f.LoseZone})
	})
	is(f.SpotInterruption != nil, func() (err error) {
		out.SpotInterruption, err = x.spot(f.SpotInterruption)
		return err
	})
	is(f.CapacityShortage != nil, func() (err error) {
		out.CapacityShortage, err = x.shortage(f.CapacityShortage)
		return err
	})
	is(f.Fate != nil, func() error {
		fate := simulate.OtherFate(*f.Fate)
		out.OtherFate = &fate
		return nil
	})
	is(f.Hook != nil, func() error {
		hook := simulate.HookFailure(*f.Hook)
		out.HookFailure = &hook
		return nil
	})
	is(f.ThrottleScheduler != 0, func() error {
		out.Throttling = &simulate.Throttling{Scheduler: f.ThrottleScheduler}
		return nil
	})
	if kinds != 1 {
		return nil, invalid("A fault is of exactly one kind, but %d are given.", kinds)
	}
	return out, err
}

// some are the container instances that are meant.
func (x *faultReader) some(in *ecs.FaultInstances) (out simulate.Some, err error) {
	if in.Instance != "" {
		if in.Zone != "" || in.Expression != "" || in.Count != 0 {
			return out, invalid("A fault falls on one container instance that is named, or on some of a zone or an expression, not both.")
		}
		out.Instance, err = x.instance(in.Instance)
		return out, err
	}
	var terms []string
	if in.Zone != "" {
		if err := x.s.checkZones([]string{in.Zone}); err != nil {
			return out, err
		}
		terms = append(terms, "attribute:"+ecs.AttributeAvailabilityZone+" == "+in.Zone)
	}
	if in.Expression != "" {
		terms = append(terms, in.Expression)
	}
	out.Count = in.Count
	if out.Expression = strings.Join(terms, " and "); len(terms) == 2 {
		out.Expression = terms[0] + " and (" + terms[1] + ")"
	}
	found, err := x.engine.Instances(scheduler.InstanceFilter{Expression: out.Expression})
	if err == nil && len(found) == 0 && !x.later {
		err = invalid("No container instance of cluster %s is meant by that; %s.", x.cluster, x.instances())
	}
	return out, err
}

// instance finds a container instance by its id, ARN or EC2 instance id.
func (x *faultReader) instance(given string) (ecs.ContainerInstanceID, error) {
	if found, ok := instanceOf(x.engine, x.cluster, given); ok {
		return found.ID, nil
	}
	all, _ := x.engine.Instances(scheduler.InstanceFilter{}) // no expression, none that is wrong
	for _, id := range all {
		if i, _ := x.engine.Instance(id); i.EC2InstanceID == given {
			return id, nil
		}
	}
	return "", invalid("There is no container instance %s in cluster %s; %s.", given, x.cluster, x.instances())
}

func (x *faultReader) instances() string {
	all, _ := x.engine.Instances(scheduler.InstanceFilter{})
	var names []string
	for _, id := range all {
		i, _ := x.engine.Instance(id)
		names = append(names, i.EC2InstanceID)
	}
	slices.Sort(names)
	return thereAre("container instances", names)
}

func (x *faultReader) spot(in *ecs.FaultSpot) (*simulate.SpotInterruption, error) {
	out := &simulate.SpotInterruption{AutoScalingGroup: in.AutoScalingGroup, AvailabilityZone: in.Zone, Percent: in.Percent}
	if in.Task != "" {
		task, err := taskOf(x.engine, x.cluster, in.Task)
		if err != nil {
			return nil, err
		}
		out.Task = task.ID
	}
	if in.Instance != "" {
		var err error
		if out.Instance, err = x.instance(in.Instance); err != nil {
			return nil, err
		}
	}
	if in.Zone != "" {
		if err := x.s.checkZones([]string{in.Zone}); err != nil {
			return nil, err
		}
	}
	if *in == (ecs.FaultSpot{Zone: in.Zone, Percent: in.Percent}) && !x.later && !x.spotTasks() {
		return nil, invalid("There is no task on %s in cluster %s that could be interrupted: name a task, an instance or an Auto Scaling group.", ecs.ProviderFargateSpot, x.cluster)
	}
	return out, x.checkGroup(in.AutoScalingGroup)
}

// spotTasks reports whether a task runs on FARGATE_SPOT.
func (x *faultReader) spotTasks() bool {
	return slices.ContainsFunc(x.engine.Tasks(scheduler.TaskFilter{DesiredStatus: ecs.TaskRunning}), func(id ecs.TaskID) bool {
		t, _ := x.engine.Task(id)
		return t.CapacityProvider == ecs.ProviderFargateSpot
	})
}

func (x *faultReader) shortage(in *ecs.FaultCapacity) (*simulate.CapacityShortage, error) {
	out := &simulate.CapacityShortage{
		CapacityProvider: in.CapacityProvider, AutoScalingGroup: in.AutoScalingGroup, InstanceType: in.InstanceType, AvailabilityZones: in.Zones,
	}
	if p := in.CapacityProvider; p != "" && p != ecs.ProviderFargate && p != ecs.ProviderFargateSpot {
		return nil, invalid("The capacity provider %s cannot run short: name %s or %s, or the Auto Scaling group behind it.", p, ecs.ProviderFargate, ecs.ProviderFargateSpot)
	}
	if in.InstanceType != "" {
		if _, ok := ecs.InstanceTypeByName(in.InstanceType); !ok {
			return nil, unknownType(in.InstanceType)
		}
	}
	if err := x.checkGroup(in.AutoScalingGroup); err != nil {
		return nil, err
	}
	return out, x.s.checkZones(in.Zones)
}

// checkGroup is that the cluster uses the Auto Scaling group.
func (x *faultReader) checkGroup(name string) error {
	var names []string
	for _, g := range x.engine.AutoScalingGroups() {
		names = append(names, g.Name)
	}
	if name == "" || slices.Contains(names, name) {
		return nil
	}
	return invalid("Cluster %s uses no Auto Scaling group %s; %s.", x.cluster, name, thereAre("Auto Scaling groups", names))
}
