package simulate_test

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
	"gantry/engine/simulate"
)

// capacityWords:
//
//	> group small min=0 max=10 desired=0 type=t3.medium zones=a,b launch=2m protect=yes spot=yes drain=yes
//	> dropgroup small force=yes
//	> provider cp group=small target=100 minstep=1 maxstep=10 warmup=5m protection=yes draining=no scaling=no
//	> changeprovider cp target=50 protection=yes draining=yes
//	> dropprovider cp
//	> cluster providers=cp,FARGATE default=cp:1          NAME:WEIGHT or NAME:WEIGHT:BASE, with commas
//	> service web capacity=FARGATE:1:2,FARGATE_SPOT:4 launch=FARGATE subnets=a,b     also with update and run
//	> shortage cut provider=FARGATE zones=a,b            or group=small; for=10m
//	> end cut                                            the word for all faults
//	> interrupt task1                                    or an instance, or group=small zone=a percent=50
//	> capacity                                           groups, providers and what waits
//	> spread web                                         its tasks by provider and zone
//
// What managed scaling does and which instances come and go is told by itself.
func capacityWords() speech {
	seen := &capacitySeen{activities: map[string]int{}, instances: map[ecs.ContainerInstanceID]ecs.ContainerInstanceStatus{}}
	return speech{
		words: []word{
			{"group", (*talk).putGroup},
			{"dropgroup", func(k *talk, a *arguments) {
				k.applyAny(simulate.Command{DeleteAutoScalingGroup: &simulate.DeleteAutoScalingGroup{Name: a.name(), ForceDelete: a.yes("force")}})
			}},
			{"provider", (*talk).createProvider},
			{"changeprovider", (*talk).changeProvider},
			{"dropprovider", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{DeleteCapacityProvider: &scheduler.DeleteCapacityProvider{Name: a.name()}})
			}},
			{"cluster", func(k *talk, a *arguments) {
				k.apply(scheduler.Command{PutClusterCapacityProviders: &scheduler.PutClusterCapacityProviders{
					CapacityProviders: a.list("providers"), DefaultStrategy: a.strategy("default"),
				}})
			}},
			{"shortage", func(k *talk, a *arguments) {
				k.applyAny(simulate.Command{Fault: &simulate.Fault{
					Name: a.name(), For: ecs.Seconds(a.duration("for", 0)), CapacityShortage: &simulate.CapacityShortage{
						CapacityProvider: a.text("provider"), AutoScalingGroup: a.text("group"), AvailabilityZones: a.zones("zones"),
					},
				}})
			}},
			{"interrupt", (*talk).interrupt},
			{"capacity", func(k *talk, _ *arguments) { k.capacity() }},
			{"spread", func(k *talk, a *arguments) { k.spread(ecs.ServiceName(a.name())) }},
		},
		service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
			c.Service.LaunchType = ecs.LaunchType(a.text("launch"))
			c.Service.CapacityProviderStrategy = a.strategy("capacity")
			if a.onFargate() {
				c.TaskDefinition.NetworkMode, c.Service.NetworkConfiguration = ecs.NetworkAWSVPC, a.subnets()
			}
		},
		update: func(_ *talk, a *arguments, u *scheduler.UpdateService) {
			if a.has("capacity") {
				s := a.strategy("capacity")
				u.CapacityProviderStrategy = &s
			}
			if u.TaskDefinition != nil && a.onFargate() {
				u.TaskDefinition.NetworkMode, u.NetworkConfiguration = ecs.NetworkAWSVPC, a.subnets()
			}
		},
		run: func(_ *talk, a *arguments, r *scheduler.RunTask) {
			r.LaunchType, r.CapacityProviderStrategy = ecs.LaunchType(a.text("launch")), a.strategy("capacity")
			if a.onFargate() {
				r.TaskDefinition.NetworkMode, r.NetworkConfiguration = ecs.NetworkAWSVPC, a.subnets()
			}
		},
		news: seen.tell,
	}
}

func (a *arguments) list(key string) []string {
	if text := a.text(key); text != "" {
		return strings.Split(text, ",")
	}
	return nil
}

func (a *arguments) zones(key string) (out []string) {
	for _, z := range a.list(key) {
		out = append(out, "us-east-1"+z)
	}
	return out
}

func (a *arguments) strategy(key string) (out []ecs.CapacityProviderStrategyItem) {
	for _, text := range a.list(key) {
		parts := append(strings.Split(text, ":"), "0", "0")
		weight, _ := strconv.Atoi(parts[1])
		base, _ := strconv.Atoi(parts[2])
		out = append(out, ecs.CapacityProviderStrategyItem{CapacityProvider: parts[0], Weight: weight, Base: base})
	}
	return out
}

func (a *arguments) onFargate() bool {
	return strings.HasPrefix(a.text("launch")+a.text("capacity"), "FARGATE") || a.has("subnets")
}

func (a *arguments) subnets() *ecs.NetworkConfiguration {
	n := &ecs.NetworkConfiguration{}
	for _, z := range a.list("subnets") {
		n.Subnets = append(n.Subnets, "subnet-"+z)
	}
	if len(n.Subnets) == 0 {
		n = subnets()
	}
	return n
}

func (k *talk) putGroup(a *arguments) {
	kind := a.text("type")
	if kind == "" {
		kind = "t3.medium"
	}
	least := a.number("min", 0)
	k.applyAny(simulate.Command{PutAutoScalingGroup: &simulate.PutAutoScalingGroup{Group: ecs.AutoScalingGroup{
		Name: a.name(), MinSize: least, MaxSize: a.number("max", 10), DesiredCapacity: a.number("desired", least), InstanceType: kind,
		AvailabilityZones: a.zones("zones"), LaunchTime: ecs.Seconds(a.duration("launch", 0)),
		NewInstancesProtectedFromScaleIn: a.yes("protect"), Spot: a.yes("spot"), SpotDraining: a.yes("drain"),
	}}})
}

func onOff(yes bool) string {
	if yes {
		return ecs.Enabled
	}
	return ecs.Disabled
}

func (a *arguments) scaling() ecs.ManagedScaling {
	m := ecs.ManagedScaling{
		Status: onOff(a.text("scaling") != "no"), TargetCapacity: a.number("target", 0),
		MinimumScalingStepSize: a.number("minstep", 0), MaximumScalingStepSize: a.number("maxstep", 0),
	}
	if a.has("warmup") {
		d := ecs.Seconds(a.duration("warmup", 0))
		m.InstanceWarmupPeriod = &d
	}
	return m
}

func (k *talk) createProvider(a *arguments) {
	k.apply(scheduler.Command{CreateCapacityProvider: &scheduler.CreateCapacityProvider{
		Name: a.name(), AutoScalingGroupProvider: ecs.AutoScalingGroupProvider{
			AutoScalingGroupARN: ecs.ARN(a.text("group")), ManagedScaling: a.scaling(),
			ManagedTerminationProtection: onOff(a.yes("protection")), ManagedDraining: onOff(a.text("draining") != "no"),
		},
	}})
}

func (k *talk) changeProvider(a *arguments) {
	u := &scheduler.UpdateCapacityProvider{Name: a.name()}
	if a.has("target") || a.has("scaling") {
		m := a.scaling()
		u.ManagedScaling = &m
	}
	if a.has("protection") {
		s := onOff(a.yes("protection"))
		u.ManagedTerminationProtection = &s
	}
	if a.has("draining") {
		s := onOff(a.yes("draining"))
		u.ManagedDraining = &s
	}
	k.apply(scheduler.Command{UpdateCapacityProvider: u})
}

func (k *talk) interrupt(a *arguments) {
	x := &simulate.SpotInterruption{AutoScalingGroup: a.text("group"), Percent: a.number("percent", 0)}
	if z := a.zones("zone"); len(z) > 0 {
		x.AvailabilityZone = z[0]
	}
	if len(a.plain) > 0 {
		if id := k.full(a.name()); strings.HasPrefix(a.name(), "instance") {
			x.Instance = ecs.ContainerInstanceID(id)
		} else {
			x.Task = ecs.TaskID(id)
		}
	}
	k.applyAny(simulate.Command{Fault: &simulate.Fault{SpotInterruption: x}})
}

// capacitySeen is what was told of instances and managed scaling.
type capacitySeen struct {
	activities map[string]int
	instances  map[ecs.ContainerInstanceID]ecs.ContainerInstanceStatus
	groups     bool // only where there are groups, instances are told of
}

// tell prints what managed scaling did, and which instances came and went.
func (x *capacitySeen) tell(k *talk) {
	c := k.sim.Cluster()
	for _, p := range c.CapacityProviders() {
		all := c.ScalingActivities(p.Name)
		for _, act := range all[min(len(all), x.activities[p.Name]):] {
			fmt.Fprintf(k.out, "  %8s %s: desired capacity %d → %d (needs %d, has %d: reservation %.0f %%, target %d %%)\n",
				act.At.Sub(birth), p.Name, act.From, act.To, act.Needed, act.Present, act.Reservation, act.Target)
		}
		x.activities[p.Name] = len(all)
	}
	if x.groups = x.groups || len(k.sim.AutoScalingGroups()) > 0; !x.groups {
		return
	}
	ids, _ := c.Instances(scheduler.InstanceFilter{})
	slices.SortFunc(ids, func(a, b ecs.ContainerInstanceID) int {
		i, _ := c.Instance(a)
		j, _ := c.Instance(b)
		return cmp.Or(i.RegisteredAt.Compare(j.RegisteredAt), cmp.Compare(a, b))
	})
	for _, id := range ids {
		i, _ := c.Instance(id)
		before, known := x.instances[id]
		zone, _ := i.Attribute(ecs.AttributeAvailabilityZone)
		switch {
		case !known:
			fmt.Fprintf(k.out, "  %8s %s registered in %s%s\n", k.now.Sub(birth).Round(time.Millisecond), k.name("instance", string(id)), zone, ofProvider(&i))
		case before != i.Status:
			fmt.Fprintf(k.out, "  %8s %s is %s\n", k.now.Sub(birth).Round(time.Millisecond), k.name("instance", string(id)), i.Status)
		}
		x.instances[id] = i.Status
	}
	for _, id := range slices.Sorted(maps.Keys(x.instances)) {
		if !slices.Contains(ids, id) {
			fmt.Fprintf(k.out, "  %8s %s is gone\n", k.now.Sub(birth).Round(time.Millisecond), k.name("instance", string(id)))
			delete(x.instances, id)
		}
	}
}

func ofProvider(i *ecs.ContainerInstance) string {
	if i.CapacityProvider == "" {
		return ""
	}
	return ", of " + i.CapacityProvider
}

func (k *talk) capacity() {
	c := k.sim.Cluster()
	for _, g := range c.AutoScalingGroups() {
		fmt.Fprintf(k.out, "  group %s: %d of %d to %d %s\n", g.Name, g.DesiredCapacity, g.MinSize, g.MaxSize, g.InstanceType)
	}
	for _, p := range c.CapacityProviders() {
		m := c.Reservation(p.Name)
		value := "no metric"
		if len(m) > 0 {
			value = fmt.Sprintf("reservation %.0f %% since %s", m[len(m)-1].Value, m[len(m)-1].At.Sub(birth))
		}
		fmt.Fprintf(k.out, "  provider %s %s %s: %s\n", p.Name, p.Status, p.UpdateStatus, value)
	}
	waiting, gone := 0, 0
	for _, id := range c.Tasks(scheduler.TaskFilter{}) {
		t, _ := c.Task(id)
		switch {
		case t.LastStatus == ecs.TaskProvisioning && t.ContainerInstanceARN == "" && t.LaunchType == ecs.LaunchEC2:
			waiting++
		case t.StopCode == ecs.TaskFailedToStart:
			gone++
		}
	}
	fmt.Fprintf(k.out, "  %d tasks wait in PROVISIONING, %d failed to start\n", waiting, gone)
}

func (k *talk) spread(name ecs.ServiceName) {
	n := map[string]int{}
	for _, id := range k.sim.Cluster().Tasks(scheduler.TaskFilter{Service: name, DesiredStatus: ecs.TaskRunning}) {
		t, _ := k.sim.Cluster().Task(id)
		where := t.AvailabilityZone
		if where == "" {
			where = "no zone yet"
		}
		if t.CapacityProvider != "" {
			where = t.CapacityProvider + " in " + where
		}
		n[where]++
	}
	for _, where := range slices.Sorted(maps.Keys(n)) {
		fmt.Fprintf(k.out, "  %d on %s\n", n[where], where)
	}
}
