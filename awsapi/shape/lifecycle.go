package shape

import (
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/service/ecs/document"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

func circuitBreakerFromSDK(b *types.DeploymentCircuitBreaker) ecs.CircuitBreaker {
	out := ecs.CircuitBreaker{Enable: b.Enable, Rollback: b.Rollback, ResetOnHealthyTask: copiedPointer(b.ResetOnHealthyTask)}
	if t := b.ThresholdConfiguration; t != nil {
		out.Threshold = &ecs.BreakerThreshold{Type: string(t.Type), Value: int(t.Value)}
	}
	return out
}

func circuitBreakerToSDK(b ecs.CircuitBreaker) *types.DeploymentCircuitBreaker {
	out := &types.DeploymentCircuitBreaker{Enable: b.Enable, Rollback: b.Rollback, ResetOnHealthyTask: copiedPointer(b.ResetOnHealthyTask)}
	if t := b.Threshold; t != nil {
		out.ThresholdConfiguration = &types.ThresholdConfiguration{Type: types.ThresholdType(t.Type), Value: narrow(t.Value)}
	}
	return out
}

func stageFromSDK(s types.DeploymentLifecycleHookStage) ecs.LifecycleStage {
	return ecs.LifecycleStage(s)
}

func stageToSDK(s ecs.LifecycleStage) types.DeploymentLifecycleHookStage {
	return types.DeploymentLifecycleHookStage(s)
}

func lifecycleHookFromSDK(h types.DeploymentLifecycleHook) ecs.LifecycleHook {
	out := ecs.LifecycleHook{
		TargetType: string(h.TargetType), HookTargetARN: text[string](h.HookTargetArn), RoleARN: text[string](h.RoleArn),
		Stages: List(h.LifecycleStages, stageFromSDK), HookDetails: documentText(h.HookDetails),
	}
	if t := h.TimeoutConfiguration; t != nil {
		out.Timeout = &ecs.HookTimeout{TimeoutInMinutes: number(t.TimeoutInMinutes), Action: ecs.HookAction(t.Action)}
	}
	return out
}

func lifecycleHookToSDK(h ecs.LifecycleHook) types.DeploymentLifecycleHook {
	out := types.DeploymentLifecycleHook{
		TargetType: types.DeploymentLifecycleHookTargetType(h.TargetType), HookTargetArn: optional(h.HookTargetARN), RoleArn: optional(h.RoleARN),
		LifecycleStages: List(h.Stages, stageToSDK), HookDetails: textDocument(h.HookDetails),
	}
	if t := h.Timeout; t != nil {
		out.TimeoutConfiguration = &types.DeploymentLifecycleHookTimeoutConfiguration{
			TimeoutInMinutes: countOrAbsent(t.TimeoutInMinutes), Action: types.DeploymentLifecycleHookAction(t.Action),
		}
	}
	return out
}

// documentText is an open document as JSON, "" where there is none.
func documentText(d document.Interface) string {
	if d == nil {
		return ""
	}
	data, err := d.MarshalSmithyDocument()
	if err != nil {
		return ""
	}
	return string(data)
}

// textDocument is JSON as an open document; what is no JSON is none.
func textDocument(text string) document.Interface {
	var v any
	if text == "" || json.Unmarshal([]byte(text), &v) != nil {
		return nil
	}
	return document.NewLazyDocument(v)
}

func hookDetailFromSDK(d types.DeploymentLifecycleHookDetail) ecs.LifecycleHookDetail {
	return ecs.LifecycleHookDetail{
		HookID: text[string](d.HookId), TargetType: string(d.TargetType), TargetARN: text[string](d.TargetArn),
		Status: ecs.HookStatus(d.Status), ExpiresAt: instant(d.ExpiresAt), TimeoutAction: ecs.HookAction(d.TimeoutAction),
	}
}

func hookDetailToSDK(d ecs.LifecycleHookDetail) types.DeploymentLifecycleHookDetail {
	return types.DeploymentLifecycleHookDetail{
		HookId: optional(d.HookID), TargetType: types.DeploymentLifecycleHookTargetType(d.TargetType), TargetArn: optional(d.TargetARN),
		Status: types.DeploymentLifecycleHookStatus(d.Status), ExpiresAt: moment(d.ExpiresAt), TimeoutAction: types.DeploymentLifecycleHookAction(d.TimeoutAction),
	}
}
