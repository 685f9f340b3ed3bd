package emulator_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	aas "github.com/aws/aws-sdk-go-v2/service/applicationautoscaling"
	"github.com/aws/aws-sdk-go-v2/service/applicationautoscaling/types"
	"github.com/aws/smithy-go"
)

func (r *rig) aas() *aas.Client {
	return aas.New(aas.Options{Region: "us-east-1", Credentials: keyed("any"), BaseEndpoint: aws.String("http://emulator.local"), HTTPClient: r.http})
}

const (
	scaledService = "service/demo/web"
	desiredCount  = types.ScalableDimensionECSServiceDesiredCount
)

// scalable makes the service web of two tasks, which use what their fate says,
// scalable from one to six.
func (r *rig) scalable(fate string) {
	r.t.Helper()
	r.cluster()
	r.fated(2, map[string]string{"gantry.fate": fate})
	must[*aas.RegisterScalableTargetOutput](r.t)(r.aas().RegisterScalableTarget(r.t.Context(), &aas.RegisterScalableTargetInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(scaledService), ScalableDimension: desiredCount,
		MinCapacity: aws.Int32(1), MaxCapacity: aws.Int32(6)}))
}

// TestTargetTracking is that a policy scales a service whose tasks are busy, and
// that what it did is told.
func TestTargetTracking(t *testing.T) {
	r := ephemeral(t)
	r.scalable("cpu=90")
	c, ctx := r.aas(), t.Context()
	put := must[*aas.PutScalingPolicyOutput](t)(c.PutScalingPolicy(ctx, &aas.PutScalingPolicyInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(scaledService), ScalableDimension: desiredCount,
		PolicyName: aws.String("busy"), PolicyType: types.PolicyTypeTargetTrackingScaling,
		TargetTrackingScalingPolicyConfiguration: &types.TargetTrackingScalingPolicyConfiguration{TargetValue: aws.Float64(50), ScaleOutCooldown: aws.Int32(60),
			PredefinedMetricSpecification: &types.PredefinedMetricSpecification{PredefinedMetricType: types.MetricTypeECSServiceAverageCPUUtilization}},
	}))
	if !strings.Contains(*put.PolicyARN, ":policyName/busy") || len(put.Alarms) != 2 {
		t.Errorf("the policy is %+v", put)
	}
	for range 60 {
		r.watch.pass(15 * time.Second)
		r.describe()
	}
	if got := r.describe().DesiredCount; got != 6 {
		t.Errorf("after a quarter of an hour the desired count is %d, want 6", got)
	}
	activities := must[*aas.DescribeScalingActivitiesOutput](t)(c.DescribeScalingActivities(ctx, &aas.DescribeScalingActivitiesInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(scaledService)}))
	if n := len(activities.ScalingActivities); n == 0 || !strings.Contains(*activities.ScalingActivities[0].Description, "Setting desired count to 6") {
		t.Errorf("the activities are %+v", activities.ScalingActivities)
	}
	policies := must[*aas.DescribeScalingPoliciesOutput](t)(c.DescribeScalingPolicies(ctx, &aas.DescribeScalingPoliciesInput{ServiceNamespace: types.ServiceNamespaceEcs}))
	if p := policies.ScalingPolicies[0]; *p.TargetTrackingScalingPolicyConfiguration.TargetValue != 50 || *p.TargetTrackingScalingPolicyConfiguration.ScaleOutCooldown != 60 ||
		p.CreationTime == nil || len(p.Alarms) != 2 {
		t.Errorf("the policy is described as %+v", p)
	}
	must[*aas.DeleteScalingPolicyOutput](t)(c.DeleteScalingPolicy(ctx, &aas.DeleteScalingPolicyInput{ServiceNamespace: types.ServiceNamespaceEcs,
		ResourceId: aws.String(scaledService), ScalableDimension: desiredCount, PolicyName: aws.String("busy")}))
}

// TestScheduledAction is that a scheduled action sets new bounds when its time
// comes, and not while it is suspended.
func TestScheduledAction(t *testing.T) {
	r := ephemeral(t)
	r.scalable("cpu=1")
	c, ctx := r.aas(), t.Context()
	at := r.watch.Now().Add(10 * time.Minute).UTC()
	must[*aas.PutScheduledActionOutput](t)(c.PutScheduledAction(ctx, &aas.PutScheduledActionInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(scaledService), ScalableDimension: desiredCount,
		ScheduledActionName: aws.String("morning"), Schedule: aws.String("at(" + at.Format("2006-01-02T15:04:05") + ")"),
		ScalableTargetAction: &types.ScalableTargetAction{MinCapacity: aws.Int32(4), MaxCapacity: aws.Int32(5)},
	}))
	actions := must[*aas.DescribeScheduledActionsOutput](t)(c.DescribeScheduledActions(ctx, &aas.DescribeScheduledActionsInput{ServiceNamespace: types.ServiceNamespaceEcs}))
	if len(actions.ScheduledActions) != 1 || *actions.ScheduledActions[0].ScalableTargetAction.MinCapacity != 4 {
		t.Errorf("the actions are %+v", actions.ScheduledActions)
	}
	r.watch.pass(11 * time.Minute)
	r.steady()
	if got := r.describe().DesiredCount; got != 4 {
		t.Errorf("after the action the desired count is %d, want 4", got)
	}
	targets := must[*aas.DescribeScalableTargetsOutput](t)(c.DescribeScalableTargets(ctx, &aas.DescribeScalableTargetsInput{ServiceNamespace: types.ServiceNamespaceEcs}))
	if x := targets.ScalableTargets[0]; *x.MinCapacity != 4 || *x.MaxCapacity != 5 || *x.ResourceId != scaledService || *x.SuspendedState.DynamicScalingInSuspended {
		t.Errorf("the target is %+v", x)
	}
	must[*aas.DeregisterScalableTargetOutput](t)(c.DeregisterScalableTarget(ctx, &aas.DeregisterScalableTargetInput{
		ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(scaledService), ScalableDimension: desiredCount}))
}

// TestScalingRefusals is what Application Auto Scaling refuses, by its codes.
func TestScalingRefusals(t *testing.T) {
	r := ephemeral(t)
	r.cluster()
	c, ctx := r.aas(), t.Context()
	register := func(namespace types.ServiceNamespace, resource string, dimension types.ScalableDimension) func() error {
		return func() error {
			_, err := c.RegisterScalableTarget(ctx, &aas.RegisterScalableTargetInput{ServiceNamespace: namespace, ResourceId: &resource, ScalableDimension: dimension,
				MinCapacity: aws.Int32(1), MaxCapacity: aws.Int32(2)})
			return err
		}
	}
	for name, call := range map[string]func() error{
		"ValidationException no service": register(types.ServiceNamespaceEcs, "service/demo/none", desiredCount),
		"ValidationException page": func() error {
			_, err := r.aas().DescribeScalableTargets(t.Context(), &aas.DescribeScalableTargetsInput{ServiceNamespace: types.ServiceNamespaceEcs, MaxResults: aws.Int32(51)})
			return err
		},
		"ValidationException no cluster": register(types.ServiceNamespaceEcs, "service/none/web", desiredCount),
		"ValidationException resource":   register(types.ServiceNamespaceEcs, "web", desiredCount),
		"ValidationException namespace":  register(types.ServiceNamespaceDynamodb, "table/x", types.ScalableDimensionDynamoDBTableReadCapacityUnits),
		"ValidationException dimension":  register(types.ServiceNamespaceEcs, scaledService, types.ScalableDimensionDynamoDBTableReadCapacityUnits),
		"ObjectNotFoundException policies": func() error {
			_, err := c.DeleteScalingPolicy(ctx, &aas.DeleteScalingPolicyInput{ServiceNamespace: types.ServiceNamespaceEcs, ResourceId: aws.String(scaledService),
				ScalableDimension: desiredCount, PolicyName: aws.String("none")})
			return err
		},
		"InvalidNextTokenException token": func() error {
			_, err := c.DescribeScalableTargets(ctx, &aas.DescribeScalableTargetsInput{ServiceNamespace: types.ServiceNamespaceEcs, NextToken: aws.String("x")})
			return err
		},
	} {
		code, _, _ := strings.Cut(name, " ")
		var refusal smithy.APIError
		if err := call(); !errors.As(err, &refusal) || refusal.ErrorCode() != code || refusal.ErrorMessage() == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
