package api

import (
	"context"
	"slices"
	"strconv"

	"gantry/ecs"
)

type (
	targetShape struct {
		ID               string `shape:"Id"`
		Port             *int
		AvailabilityZone string
	}
	targetHealthShape struct {
		Target          targetShape
		HealthCheckPort string
		TargetHealth    struct{ State, Reason, Description string }
	}
	// DescribeTargetHealthInput names a target group, and maybe targets.
	DescribeTargetHealthInput struct {
		TargetGroupArn string
		Targets        []targetShape
	}
	// DescribeTargetHealthOutput is how they are.
	DescribeTargetHealthOutput struct{ TargetHealthDescriptions []targetHealthShape }
	// RegisterTargetsInput names targets.
	RegisterTargetsInput struct {
		TargetGroupArn string
		Targets        []targetShape
	}
	// RegisterTargetsOutput has no members.
	RegisterTargetsOutput struct{}
	// DeregisterTargetsInput names targets.
	DeregisterTargetsInput struct {
		TargetGroupArn string
		Targets        []targetShape
	}
	// DeregisterTargetsOutput has no members.
	DeregisterTargetsOutput struct{}
)

// DescribeTargetHealth tells how the targets of a group are: the tasks that the
// engine registered, and what others did, where nothing answers.
func (a *around) DescribeTargetHealth(_ context.Context, in *DescribeTargetHealthInput) (*DescribeTargetHealthOutput, error) {
	g, err := a.targetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	used, err := a.groupsUsed()
	if err != nil {
		return nil, err
	}
	out := &DescribeTargetHealthOutput{TargetHealthDescriptions: []targetHealthShape{}}
	show := func(h ecs.TargetHealth) {
		x := targetHealthShape{Target: targetShape{ID: h.ID, Port: &h.Port}, HealthCheckPort: strconv.Itoa(h.Port)}
		x.TargetHealth.State, x.TargetHealth.Reason, x.TargetHealth.Description = string(h.State), h.Reason, h.Description
		if len(used[g.thing.ARN]) == 0 {
			x.TargetHealth.State, x.TargetHealth.Reason = string(ecs.TargetUnused), "Target.NotInUse"
			x.TargetHealth.Description = "Target group is not configured to receive traffic from the load balancer"
		}
		if wanted(in.Targets, h.ID, h.Port) {
			out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, x)
		}
	}
	for _, name := range a.tx.LiveClusters() {
		engine, _ := a.tx.Engine(name)
		for _, h := range engine.TargetHealth(g.thing.ARN) {
			show(h)
		}
	}
	for _, m := range g.Manual {
		show(ecs.TargetHealth{ID: m.ID, Port: m.Port, State: ecs.TargetUnhealthy, Reason: "Target.Timeout", Description: "Request timed out"})
	}
	registered := out.TargetHealthDescriptions // without those that were asked for and are none, whose port may be absent
	for _, t := range in.Targets {
		if !slices.ContainsFunc(registered, func(x targetHealthShape) bool { return wanted([]targetShape{t}, x.Target.ID, *x.Target.Port) }) {
			x := targetHealthShape{Target: t, HealthCheckPort: g.HealthCheckPort}
			x.TargetHealth.State, x.TargetHealth.Reason = string(ecs.TargetUnused), "Target.NotRegistered"
			x.TargetHealth.Description = "Target is not registered to the target group"
			out.TargetHealthDescriptions = append(out.TargetHealthDescriptions, x)
		}
	}
	return out, nil
}

// wanted reports whether a target is among those that were asked for.
func wanted(targets []targetShape, id string, port int) bool {
	return len(targets) == 0 || slices.ContainsFunc(targets, func(t targetShape) bool { return t.ID == id && (t.Port == nil || *t.Port == port) })
}

// RegisterTargets keeps targets that ECS knows nothing of.
func (a *around) RegisterTargets(_ context.Context, in *RegisterTargetsInput) (*RegisterTargetsOutput, error) {
	g, err := a.targetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	for _, t := range in.Targets {
		m := manualTarget{ID: t.ID, Port: g.Port}
		if t.Port != nil {
			m.Port = *t.Port
		}
		if m.ID == "" || m.Port < 1 || m.Port > 65535 {
			return nil, refuse("InvalidTarget", "The target %q with port %d cannot be registered", m.ID, m.Port)
		}
		if !slices.Contains(g.Manual, m) {
			g.Manual = append(g.Manual, m)
		}
	}
	return &RegisterTargetsOutput{}, a.tx.PutDocument(kindTargetGroup, g.thing.ARN, g)
}

// DeregisterTargets forgets targets that RegisterTargets was told of; those of
// services are ECS's to deregister.
func (a *around) DeregisterTargets(_ context.Context, in *DeregisterTargetsInput) (*DeregisterTargetsOutput, error) {
	g, err := a.targetGroup(in.TargetGroupArn)
	if err != nil {
		return nil, err
	}
	g.Manual = slices.DeleteFunc(g.Manual, func(m manualTarget) bool { return len(in.Targets) > 0 && wanted(in.Targets, m.ID, m.Port) })
	return &DeregisterTargetsOutput{}, a.tx.PutDocument(kindTargetGroup, g.thing.ARN, g)
}
