package simulate_test

import (
	"fmt"
	"strings"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// explainWords:
//
//	> explain web                where the service stands, and what it waits for
//	> placed task1 task2         why they are where they are; without names all tasks that are meant to run
//	> service web place=spread:attribute:ecs.availability-zone,binpack:memory distinct=yes   also with run
func explainWords() speech {
	return speech{
		words: []word{
			{"explain", (*talk).explain},
			{"placed", (*talk).placed},
		},
		service: func(_ *talk, a *arguments, c *scheduler.CreateService) {
			c.Service.PlacementStrategy = append(c.Service.PlacementStrategy, a.strategies("place")...)
			if a.yes("distinct") {
				c.Service.PlacementConstraints = append(c.Service.PlacementConstraints, ecs.PlacementConstraint{Type: ecs.DistinctInstance})
			}
		},
		run: func(_ *talk, a *arguments, r *scheduler.RunTask) {
			r.PlacementStrategy = append(r.PlacementStrategy, a.strategies("place")...)
			if a.yes("distinct") {
				r.PlacementConstraints = append(r.PlacementConstraints, ecs.PlacementConstraint{Type: ecs.DistinctInstance})
			}
		},
	}
}

// strategies reads TYPE:FIELD, with commas.
func (a *arguments) strategies(key string) (out []ecs.PlacementStrategy) {
	for item := range strings.SplitSeq(a.text(key), ",") {
		if kind, field, _ := strings.Cut(item, ":"); kind != "" {
			out = append(out, ecs.PlacementStrategy{Type: ecs.PlacementStrategyType(kind), Field: field})
		}
	}
	return out
}

func (k *talk) explain(a *arguments) {
	e, _ := k.sim.Cluster().Explain(ecs.ServiceName(a.name()))
	fmt.Fprintf(k.out, "  %d healthy of at least %d, %d of at most %d\n", e.Healthy, e.Floor, e.Total, e.Ceiling)
	for i := range e.Waits {
		w := &e.Waits[i]
		text := string(w.Kind)
		if w.Deployment != "" {
			text += " " + k.short(string(w.Deployment))
		}
		text += ": " + k.short(w.String())
		if !w.Until.IsZero() {
			text += fmt.Sprintf(" (until %s)", w.Until.Sub(birth))
		}
		fmt.Fprintf(k.out, "  waits: %s\n", text)
	}
}

func (k *talk) placed(a *arguments) {
	ids := k.sim.Cluster().Tasks(scheduler.TaskFilter{DesiredStatus: ecs.TaskRunning})
	if len(a.plain) > 0 {
		ids = nil
		for _, name := range a.plain {
			ids = append(ids, ecs.TaskID(k.full(name)))
		}
	}
	for _, id := range ids {
		t, _ := k.sim.Cluster().Task(id)
		p, ok := k.sim.Cluster().ExplainTask(id)
		if !ok {
			fmt.Fprintf(k.out, "  %s: nobody knows\n", k.name("task", string(id)))
			continue
		}
		where := "nowhere"
		switch {
		case t.ContainerInstanceARN != "":
			where = k.name("instance", t.ContainerInstanceARN.Short()) + " in " + t.AvailabilityZone
		case t.AvailabilityZone != "":
			where = t.AvailabilityZone
		}
		when := ""
		if !p.DecidedAt.IsZero() {
			when = " at " + p.DecidedAt.Sub(birth).String()
		}
		if !p.Until.IsZero() {
			when = " until " + p.Until.Sub(birth).String()
		}
		fmt.Fprintf(k.out, "  %s %s%s, %s: %s\n", k.name("task", string(id)), where, when, p.Rule, k.short(p.Text))
		for i := range p.Steps {
			fmt.Fprintf(k.out, "    %s\n", p.Steps[i].Text)
		}
		if p.Closest != nil {
			fmt.Fprintf(k.out, "    closest: %s: %s\n", k.name("instance", p.Closest.ARN.Short()), p.Closest.Detail)
		}
	}
}
