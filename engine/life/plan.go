package life

import (
	"slices"
	"strings"
	"time"

	"gantry/ecs"
)

// Plan is what all tasks of a task definition have in common: their containers
// with their fates and what they wait for. It never changes, so one serves all.
type Plan struct {
	network    bool // each task has a network interface
	checked    bool // an essential container has a health check
	containers []planned
}

// planned is one container of a plan.
type planned struct {
	name       string
	essential  bool
	ports      bool
	fate       Fate
	steady     bool    // its port answers as long as it runs
	failing    failing // fate.Fail
	check      *healthCheck
	restart    *ecs.RestartPolicy // when enabled
	after      []dependency
	dependents []int // containers that depend on it
	start      time.Duration
	stop       time.Duration
	salts      salts
}

// salts are what the numbers for a container are drawn with.
type salts struct{ chance, pull, start, stop string }

// dependency is that a container waits for another one.
type dependency struct {
	on        int
	condition string
}

// The conditions of a dependency (ECS semantics 5.5).
const (
	onStart    = "START"
	onComplete = "COMPLETE"
	onSuccess  = "SUCCESS"
	onHealthy  = "HEALTHY"
)

// PlanOf is the plan of a task definition's tasks, with the fates that are
// written in it.
func PlanOf(def *ecs.TaskDefinition) *Plan {
	p := &Plan{network: def.NetworkMode == ecs.NetworkAWSVPC, containers: make([]planned, len(def.Containers))}
	for i := range def.Containers {
		d := &def.Containers[i]
		c := &p.containers[i]
		*c = planned{
			name: d.Name, essential: d.Essential, ports: len(d.PortMappings) > 0, check: healthCheckOf(d.HealthCheck),
			start: d.StartTimeout.Duration(), stop: d.StopTimeout.Duration(),
			salts: salts{"chance " + d.Name, "pull " + d.Name, "start " + d.Name, "stop " + d.Name},
		}
		c.tell(FateOf(d))
		if d.RestartPolicy != nil && d.RestartPolicy.Enabled {
			c.restart = d.RestartPolicy
		}
		p.checked = p.checked || d.Essential && d.HealthCheck != nil
	}
	for i := range def.Containers {
		p.order(i, &def.Containers[i])
	}
	return p
}

// tell gives the container a fate.
func (c *planned) tell(f Fate) {
	c.fate, c.failing = f, failureOf(f.Fail)
	c.steady = f.Ready == 0 && f.Unready == 0 && f.FlapUp == 0
}

// order notes what a container waits for. Links and volumes of another
// container are as good as dependsOn with START (ECS semantics 5.5).
func (p *Plan) order(i int, d *ecs.ContainerDefinition) {
	add := func(name, condition string) {
		on := slices.IndexFunc(p.containers, func(c planned) bool { return c.name == name })
		if on < 0 || on == i {
			return // refused at registration
		}
		p.containers[i].after = append(p.containers[i].after, dependency{on, condition})
		if before := &p.containers[on]; !slices.Contains(before.dependents, i) {
			before.dependents = append(before.dependents, i)
		}
	}
	for _, x := range d.DependsOn {
		add(x.ContainerName, x.Condition)
	}
	for _, link := range d.Links {
		name, _, _ := strings.Cut(link, ":")
		add(name, onStart)
	}
	for _, v := range d.VolumesFrom {
		add(v.SourceContainer, onStart)
	}
}

// Override is the plan with what the text says of the fate of a container, or
// of all of them for "", put in the place of what it was: a fault that lies on
// tasks of this definition.
func (p *Plan) Override(container, fate string) (*Plan, error) {
	out := *p
	out.containers = slices.Clone(p.containers)
	for i := range out.containers {
		c := &out.containers[i]
		if container != "" && c.name != container {
			continue
		}
		f, err := c.fate.Override(fate)
		if err != nil {
			return nil, err
		}
		c.tell(f)
	}
	return &out, nil
}

// Fate is the fate of a container; ok is false when there is no such container.
func (p *Plan) Fate(container string) (f Fate, ok bool) {
	for i := range p.containers {
		if p.containers[i].name == container {
			return p.containers[i].fate, true
		}
	}
	return Fate{}, false
}
