package api

import "gantry/ecs"

type (
	// ScalableShape names a service as Application Auto Scaling does.
	ScalableShape struct {
		ServiceNamespace  string
		ResourceID        string `shape:"ResourceId"`
		ScalableDimension string
	}
	// RegisterScalableTargetInput lets a service be scaled.
	RegisterScalableTargetInput struct {
		ScalableShape
		MinCapacity, MaxCapacity *int
		RoleARN                  string
		SuspendedState           *suspendShape
		Tags                     map[string]string
	}
	suspendShape struct {
		DynamicScalingInSuspended, DynamicScalingOutSuspended, ScheduledScalingSuspended *bool
	}
	// RegisterScalableTargetOutput names the scalable target.
	RegisterScalableTargetOutput struct{ ScalableTargetARN ecs.ARN }
	// DeregisterScalableTargetInput names a service.
	DeregisterScalableTargetInput struct{ ScalableShape }
	// DeregisterScalableTargetOutput has no members.
	DeregisterScalableTargetOutput struct{}
	// DescribeScalableTargetsInput asks for some targets, or for all.
	DescribeScalableTargetsInput struct {
		ServiceNamespace  string
		ResourceIDs       []string `shape:"ResourceIds"`
		ScalableDimension string
		MaxResults        *int32
		NextToken         *string
	}
	// DescribeScalableTargetsOutput is a page of them.
	DescribeScalableTargetsOutput struct {
		ScalableTargets []ecs.ScalableTarget
		NextToken       *string
	}
	// PutScalingPolicyInput is a policy of a service.
	PutScalingPolicyInput struct {
		ScalableShape
		PolicyName, PolicyType                   string
		StepScalingPolicyConfiguration           *ecs.StepScalingPolicy
		TargetTrackingScalingPolicyConfiguration *ecs.TargetTrackingScalingPolicy
	}
	// PutScalingPolicyOutput names the policy and its alarms.
	PutScalingPolicyOutput struct {
		PolicyARN ecs.ARN
		Alarms    []ecs.ScalingAlarm
	}
	// DescribeScalingPoliciesInput asks for some policies, or for all.
	DescribeScalingPoliciesInput struct {
		ScalableShape
		PolicyNames []string
		MaxResults  *int32
		NextToken   *string
	}
	// DescribeScalingPoliciesOutput is a page of them.
	DescribeScalingPoliciesOutput struct {
		ScalingPolicies []ecs.ScalingPolicy
		NextToken       *string
	}
	// DeleteScalingPolicyInput names a policy.
	DeleteScalingPolicyInput struct {
		ScalableShape
		PolicyName string
	}
	// DeleteScalingPolicyOutput has no members.
	DeleteScalingPolicyOutput struct{}
	// PutScheduledActionInput is a scheduled action of a service.
	PutScheduledActionInput struct{ ecs.ScheduledAction }
	// PutScheduledActionOutput has no members.
	PutScheduledActionOutput struct{}
	// DescribeScheduledActionsInput asks for some actions, or for all.
	DescribeScheduledActionsInput struct {
		ScalableShape
		ScheduledActionNames []string
		MaxResults           *int32
		NextToken            *string
	}
	// DescribeScheduledActionsOutput is a page of them.
	DescribeScheduledActionsOutput struct {
		ScheduledActions []ecs.ScheduledAction
		NextToken        *string
	}
	// DeleteScheduledActionInput names an action.
	DeleteScheduledActionInput struct {
		ScalableShape
		ScheduledActionName string
	}
	// DeleteScheduledActionOutput has no members.
	DeleteScheduledActionOutput struct{}
	// DescribeScalingActivitiesInput asks for the activities of a service, or of all.
	DescribeScalingActivitiesInput struct {
		ScalableShape
		IncludeNotScaledActivities bool
		MaxResults                 *int32
		NextToken                  *string
	}
	// DescribeScalingActivitiesOutput is a page of them, the newest first.
	DescribeScalingActivitiesOutput struct {
		ScalingActivities []ecs.ScalingActivity
		NextToken         *string
	}
	// ListTagsForResourceInput names a scalable target.
	ListTagsForResourceInput struct{ ResourceARN string }
	// ListTagsForResourceOutput is its tags, which it got when it was registered.
	ListTagsForResourceOutput struct{ Tags map[string]string }
)
