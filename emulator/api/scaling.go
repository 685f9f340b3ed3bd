package api

import (
	"context"
	"fmt"
	"slices"

	"gantry/ecs"
	"gantry/emulator/runtime"
	"gantry/engine/simulate"
)

// scalingFamily is Application Auto Scaling of ECS services. All of it happens
// in the simulation of the service's cluster.
func scalingFamily() family {
	return family{
		name: "Application Auto Scaling", signs: "application-autoscaling", target: "AnyScaleFrontendService",
		operations: operations(
			writing(onAround, (*around).RegisterScalableTarget),
			reading(onAround, (*around).DescribeScalableTargets),
			writing(onAround, (*around).DeregisterScalableTarget),
			writing(onAround, (*around).PutScalingPolicy),
			reading(onAround, (*around).DescribeScalingPolicies),
			writing(onAround, (*around).DeleteScalingPolicy),
			writing(onAround, (*around).PutScheduledAction),
			reading(onAround, (*around).DescribeScheduledActions),
			writing(onAround, (*around).DeleteScheduledAction),
			reading(onAround, (*around).DescribeScalingActivities),
			reading(onAround, (*around).ListTagsForScalableTarget),
		),
	}
}

func scalingInvalid(format string, args ...any) error {
	return refuse(ecs.CodeValidation, format, args...)
}

// scaled is the cluster and the service that a request names.
func (a *around) scaled(x *ScalableShape) (ecs.ClusterName, ecs.ServiceName, error) {
	if err := checkScalable(x.ServiceNamespace, x.ScalableDimension); err != nil {
		return "", "", err
	}
	cluster, service, ok := ecs.ParseScalingResource(x.ResourceID)
	if !ok {
		return "", "", scalingInvalid("Unsupported service namespace, resource type or scalable dimension: the resource ID of an ECS service is "+
			"service/CLUSTER/SERVICE, not %s", x.ResourceID)
	}
	if _, live := a.tx.Engine(cluster); !live {
		return "", "", scalingInvalid("ECS service doesn't exist: %s", x.ResourceID)
	}
	return cluster, service, nil
}

func checkScalable(namespace, dimension string) error {
	if namespace != ecs.ScalingNamespace {
		return scalingInvalid("The emulator scales ECS services alone: the service namespace is ecs, not %q", namespace)
	}
	if dimension != "" && dimension != ecs.DesiredCountScaling {
		return scalingInvalid("Unsupported service namespace, resource type or scalable dimension: ECS services have %s, not %s", ecs.DesiredCountScaling, dimension)
	}
	return nil
}

// scale gives the cluster's simulation a scaling command.
func (a *around) scale(cluster ecs.ClusterName, cmd *simulate.Scaling) error {
	_, err := a.tx.Apply(cluster, runtime.Command{Scaling: cmd})
	return err
}

// worlds are the simulations of the clusters, in order of the clusters' names.
func (a *around) worlds() []*simulate.Simulation {
	var out []*simulate.Simulation
	for _, name := range a.tx.LiveClusters() {
		if rt, ok := a.tx.Runtime(name); ok && rt.World() != nil {
			out = append(out, rt.World())
		}
	}
	return out
}

func (a *around) worldOf(cluster ecs.ClusterName) *simulate.Simulation {
	rt, ok := a.tx.Runtime(cluster)
	if !ok {
		return nil
	}
	return rt.World()
}

// RegisterScalableTarget lets a service's desired count be scaled, or changes how.
func (a *around) RegisterScalableTarget(_ context.Context, in *RegisterScalableTargetInput) (*RegisterScalableTargetOutput, error) {
	cluster, service, err := a.scaled(&in.ScalableShape)
	if err != nil {
		return nil, err
	}
	if len(in.Tags) > mostScalableTags {
		return nil, scalingInvalid("A scalable target can have at most %d tags, but would have %d.", mostScalableTags, len(in.Tags))
	}
	cmd := &simulate.RegisterScalableTarget{Service: service, MinCapacity: in.MinCapacity, MaxCapacity: in.MaxCapacity, RoleARN: in.RoleARN}
	if x := in.SuspendedState; x != nil {
		cmd.SuspendedState = &simulate.Suspend{DynamicScalingIn: x.DynamicScalingInSuspended, DynamicScalingOut: x.DynamicScalingOutSuspended,
			ScheduledScaling: x.ScheduledScalingSuspended}
	}
	if err := a.scale(cluster, &simulate.Scaling{RegisterScalableTarget: cmd}); err != nil {
		return nil, err
	}
	target, _ := a.worldOf(cluster).ScalableTarget(service)
	if len(in.Tags) > 0 {
		if err := a.tx.PutDocument(kindScalableTags, string(target.ARN), in.Tags); err != nil {
			return nil, err
		}
	}
	return &RegisterScalableTargetOutput{target.ARN}, nil
}

// DeregisterScalableTarget ends the scaling of a service.
func (a *around) DeregisterScalableTarget(_ context.Context, in *DeregisterScalableTargetInput) (*DeregisterScalableTargetOutput, error) {
	cluster, service, err := a.scaled(&in.ScalableShape)
	if err != nil {
		return nil, err
	}
	if w := a.worldOf(cluster); w != nil {
		if target, ok := w.ScalableTarget(service); ok {
			if err := a.tx.DeleteDocument(kindScalableTags, string(target.ARN)); err != nil {
				return nil, err
			}
		}
	}
	return &DeregisterScalableTargetOutput{}, a.scale(cluster, &simulate.Scaling{DeregisterScalableTarget: &simulate.DeregisterScalableTarget{Service: service}})
}

// eachScalable visits the scalable targets, in order of their clusters and services.
func (a *around) eachScalable(resource string, visit func(*simulate.Simulation, ecs.ServiceName)) {
	for _, w := range a.worlds() {
		for _, service := range w.ScalableTargets() {
			if resource == "" || resource == ecs.ScalingResource(w.Cluster().Config().Name, service) {
				visit(w, service)
			}
		}
	}
}

// scalingPage cuts a page; the keys are the positions, which is enough for what
// hardly changes.
func scalingPage[T any](list []T, token *string, given *int32) ([]T, *string, error) {
	const most = 50 // [API: MaxResults]
	keys := make([]string, len(list))
	for i := range keys {
		keys[i] = fmt.Sprintf("%08d", i)
	}
	cut, next, err := aroundPage(keys, token, given, most, most, pageCodes{"InvalidNextTokenException", ecs.CodeValidation, "maxResults"})
	if err != nil {
		return nil, nil, err
	}
	if len(cut) == 0 {
		return []T{}, nil, nil
	}
	first := slices.Index(keys, cut[0])
	return list[first : first+len(cut)], next, nil
}

// DescribeScalableTargets describes scalable targets.
func (a *around) DescribeScalableTargets(_ context.Context, in *DescribeScalableTargetsInput) (*DescribeScalableTargetsOutput, error) {
	if err := checkScalable(in.ServiceNamespace, in.ScalableDimension); err != nil {
		return nil, err
	}
	var all []ecs.ScalableTarget
	a.eachScalable("", func(w *simulate.Simulation, service ecs.ServiceName) {
		if t, ok := w.ScalableTarget(service); ok && (len(in.ResourceIDs) == 0 || slices.Contains(in.ResourceIDs, t.ResourceID)) {
			all = append(all, t)
		}
	})
	cut, next, err := scalingPage(all, in.NextToken, in.MaxResults)
	return &DescribeScalableTargetsOutput{cut, next}, err
}

// PutScalingPolicy adds a policy to a scalable target, or replaces one.
func (a *around) PutScalingPolicy(_ context.Context, in *PutScalingPolicyInput) (*PutScalingPolicyOutput, error) {
	cluster, service, err := a.scaled(&in.ScalableShape)
	if err != nil {
		return nil, err
	}
	policy := ecs.ScalingPolicy{Name: in.PolicyName, Type: in.PolicyType, ServiceNamespace: in.ServiceNamespace, ResourceID: in.ResourceID,
		ScalableDimension: in.ScalableDimension, Step: in.StepScalingPolicyConfiguration, TargetTracking: in.TargetTrackingScalingPolicyConfiguration}
	if err := a.scale(cluster, &simulate.Scaling{PutScalingPolicy: &simulate.PutScalingPolicy{Service: service, Policy: policy}}); err != nil {
		return nil, err
	}
	out := &PutScalingPolicyOutput{Alarms: []ecs.ScalingAlarm{}}
	for _, p := range a.worldOf(cluster).ScalingPolicies(service) {
		if p.Name == in.PolicyName {
			out.PolicyARN = p.ARN
			out.Alarms = append(out.Alarms, p.Alarms...)
		}
	}
	return out, nil
}

// DescribeScalingPolicies describes policies.
func (a *around) DescribeScalingPolicies(_ context.Context, in *DescribeScalingPoliciesInput) (*DescribeScalingPoliciesOutput, error) {
	if err := checkScalable(in.ServiceNamespace, in.ScalableDimension); err != nil {
		return nil, err
	}
	var all []ecs.ScalingPolicy
	a.eachScalable(in.ResourceID, func(w *simulate.Simulation, service ecs.ServiceName) {
		for _, p := range w.ScalingPolicies(service) {
			if len(in.PolicyNames) == 0 || slices.Contains(in.PolicyNames, p.Name) {
				all = append(all, p)
			}
		}
	})
	cut, next, err := scalingPage(all, in.NextToken, in.MaxResults)
	return &DescribeScalingPoliciesOutput{cut, next}, err
}

// DeleteScalingPolicy takes a policy away.
func (a *around) DeleteScalingPolicy(_ context.Context, in *DeleteScalingPolicyInput) (*DeleteScalingPolicyOutput, error) {
	cluster, service, err := a.scaled(&in.ScalableShape)
	if err != nil {
		return nil, err
	}
	return &DeleteScalingPolicyOutput{}, a.scale(cluster, &simulate.Scaling{DeleteScalingPolicy: &simulate.DeleteScalingPolicy{Service: service, Name: in.PolicyName}})
}

// PutScheduledAction adds a scheduled action, or changes one.
func (a *around) PutScheduledAction(_ context.Context, in *PutScheduledActionInput) (*PutScheduledActionOutput, error) {
	cluster, service, err := a.scaled(&ScalableShape{in.ServiceNamespace, in.ResourceID, in.ScalableDimension})
	if err != nil {
		return nil, err
	}
	return &PutScheduledActionOutput{}, a.scale(cluster, &simulate.Scaling{PutScheduledAction: &simulate.PutScheduledAction{Service: service, Action: in.ScheduledAction}})
}

// DescribeScheduledActions describes scheduled actions.
func (a *around) DescribeScheduledActions(_ context.Context, in *DescribeScheduledActionsInput) (*DescribeScheduledActionsOutput, error) {
	if err := checkScalable(in.ServiceNamespace, in.ScalableDimension); err != nil {
		return nil, err
	}
	var all []ecs.ScheduledAction
	a.eachScalable(in.ResourceID, func(w *simulate.Simulation, service ecs.ServiceName) {
		for _, x := range w.ScheduledActions(service) {
			if len(in.ScheduledActionNames) == 0 || slices.Contains(in.ScheduledActionNames, x.Name) {
				all = append(all, x)
			}
		}
	})
	cut, next, err := scalingPage(all, in.NextToken, in.MaxResults)
	return &DescribeScheduledActionsOutput{cut, next}, err
}

// DeleteScheduledAction takes a scheduled action away.
func (a *around) DeleteScheduledAction(_ context.Context, in *DeleteScheduledActionInput) (*DeleteScheduledActionOutput, error) {
	cluster, service, err := a.scaled(&in.ScalableShape)
	if err != nil {
		return nil, err
	}
	return &DeleteScheduledActionOutput{}, a.scale(cluster, &simulate.Scaling{DeleteScheduledAction: &simulate.DeleteScheduledAction{Service: service, Name: in.ScheduledActionName}})
}

// DescribeScalingActivities tells what scaling has done, the newest first.
func (a *around) DescribeScalingActivities(_ context.Context, in *DescribeScalingActivitiesInput) (*DescribeScalingActivitiesOutput, error) {
	if err := checkScalable(in.ServiceNamespace, in.ScalableDimension); err != nil {
		return nil, err
	}
	var all []ecs.ScalingActivity
	a.eachScalable(in.ResourceID, func(w *simulate.Simulation, service ecs.ServiceName) {
		all = append(all, w.ScalingActivities(service, in.IncludeNotScaledActivities)...)
	})
	slices.SortStableFunc(all, func(x, y ecs.ScalingActivity) int { return y.StartTime.Compare(x.StartTime) })
	cut, next, err := scalingPage(all, in.NextToken, in.MaxResults)
	return &DescribeScalingActivitiesOutput{cut, next}, err
}

// kindScalableTags are the tags of scalable targets, by their ARNs.
const kindScalableTags = "application-autoscaling/tags"

// mostScalableTags bounds them [API: RegisterScalableTarget, Tags].
const mostScalableTags = 50

// ListTagsForScalableTarget answers ListTagsForResource.
func (a *around) ListTagsForScalableTarget(_ context.Context, in *ListTagsForResourceInput) (*ListTagsForResourceOutput, error) {
	there := false
	a.eachScalable("", func(w *simulate.Simulation, service ecs.ServiceName) {
		if t, ok := w.ScalableTarget(service); ok && string(t.ARN) == in.ResourceARN {
			there = true
		}
	})
	if !there {
		return nil, &detailedError{refuse("ResourceNotFoundException", "No scalable target has the ARN %.300s", in.ResourceARN),
			map[string]string{"ResourceName": in.ResourceARN}}
	}
	out := &ListTagsForResourceOutput{Tags: map[string]string{}}
	_, err := a.tx.Document(kindScalableTags, in.ResourceARN, &out.Tags)
	return out, err
}
