package ecs

import "time"

// The deployment strategies of the ECS controller (ECS semantics 4.1, 4.17
// [API:DeploymentConfiguration]).
const (
	StrategyRolling   = "ROLLING"
	StrategyBlueGreen = "BLUE_GREEN"
	StrategyLinear    = "LINEAR"
	StrategyCanary    = "CANARY"
)

// ShiftsTraffic reports whether deployments go through lifecycle stages.
func (c *DeploymentConfiguration) ShiftsTraffic() bool {
	return c.Strategy != "" && c.Strategy != StrategyRolling
}

// LifecycleStage is a stage that a BLUE_GREEN, LINEAR or CANARY deployment goes
// through (ECS semantics 4.17 [API:ServiceDeployment]).
type LifecycleStage string

// The lifecycle stages, in order. LINEAR and CANARY deployments go through the
// two around the production traffic once for each step.
const (
	StageReconcileService           LifecycleStage = "RECONCILE_SERVICE"
	StagePreScaleUp                 LifecycleStage = "PRE_SCALE_UP"
	StageScaleUp                    LifecycleStage = "SCALE_UP"
	StagePostScaleUp                LifecycleStage = "POST_SCALE_UP"
	StageTestTrafficShift           LifecycleStage = "TEST_TRAFFIC_SHIFT"
	StagePostTestTrafficShift       LifecycleStage = "POST_TEST_TRAFFIC_SHIFT"
	StagePreProductionTrafficShift  LifecycleStage = "PRE_PRODUCTION_TRAFFIC_SHIFT"
	StageProductionTrafficShift     LifecycleStage = "PRODUCTION_TRAFFIC_SHIFT"
	StagePostProductionTrafficShift LifecycleStage = "POST_PRODUCTION_TRAFFIC_SHIFT"
	StageBakeTime                   LifecycleStage = "BAKE_TIME"
	StageCleanUp                    LifecycleStage = "CLEAN_UP"
)

// LifecycleHook runs a function, or pauses the deployment, at stages of its
// lifecycle [API:DeploymentLifecycleHook].
type LifecycleHook struct {
	TargetType    string           `json:"targetType,omitempty"` // AWS_LAMBDA (the default), PAUSE
	HookTargetARN string           `json:"hookTargetArn,omitempty"`
	RoleARN       string           `json:"roleArn,omitempty"`
	Stages        []LifecycleStage `json:"lifecycleStages"`
	HookDetails   string           `json:"hookDetails,omitempty"` // a JSON document, handed to the function
	Timeout       *HookTimeout     `json:"timeoutConfiguration,omitempty"`
}

// The kinds of lifecycle hooks.
const (
	HookLambda = "AWS_LAMBDA"
	HookPause  = "PAUSE"
)

// HookTimeout is how long a hook may take, and what happens then
// [API:DeploymentLifecycleHookTimeoutConfiguration].
type HookTimeout struct {
	TimeoutInMinutes int        `json:"timeoutInMinutes,omitempty"` // 0 is the default of 24 hours
	Action           HookAction `json:"action,omitempty"`           // ROLLBACK by default
}

// HookAction is what becomes of a deployment that waited for a hook.
type HookAction string

// The actions of a pause hook's answer and of a timeout.
const (
	HookContinue HookAction = "CONTINUE"
	HookRollback HookAction = "ROLLBACK"
)

// HookStatus is how a lifecycle hook stands.
type HookStatus string

// The hook statuses [API:DeploymentLifecycleHookDetail].
const (
	HookAwaitingAction HookStatus = "AWAITING_ACTION"
	HookInProgress     HookStatus = "IN_PROGRESS"
	HookSucceeded      HookStatus = "SUCCEEDED"
	HookFailed         HookStatus = "FAILED"
	HookTimedOut       HookStatus = "TIMED_OUT"
)

// LifecycleHookDetail is how one hook of a service deployment stands
// [API:DeploymentLifecycleHookDetail].
type LifecycleHookDetail struct {
	HookID        string     `json:"hookId"`
	TargetType    string     `json:"targetType"`
	TargetARN     string     `json:"targetArn,omitempty"`
	Status        HookStatus `json:"status"`
	ExpiresAt     time.Time  `json:"expiresAt,omitzero"`
	TimeoutAction HookAction `json:"timeoutAction,omitempty"`
}

// LinearConfiguration shifts production traffic in equal steps
// [API:LinearConfiguration].
type LinearConfiguration struct {
	StepPercent           float64 `json:"stepPercent"`
	StepBakeTimeInMinutes int     `json:"stepBakeTimeInMinutes"`
}

// CanaryConfiguration shifts a part of the production traffic first, then the
// rest [API:CanaryConfiguration].
type CanaryConfiguration struct {
	CanaryPercent           float64 `json:"canaryPercent"`
	CanaryBakeTimeInMinutes int     `json:"canaryBakeTimeInMinutes"`
}

// DeploymentAlarms are the CloudWatch alarms that fail a deployment (ECS
// semantics 4.9 [API:DeploymentAlarms]).
type DeploymentAlarms struct {
	AlarmNames []string `json:"alarmNames"`
	Enable     bool     `json:"enable"`
	Rollback   bool     `json:"rollback"`
}

// ServiceDeploymentAlarms is what the alarms of a service deployment tell
// [API:ServiceDeploymentAlarms].
type ServiceDeploymentAlarms struct {
	Status              string   `json:"status"`
	AlarmNames          []string `json:"alarmNames,omitempty"`
	TriggeredAlarmNames []string `json:"triggeredAlarmNames,omitempty"`
}

// How the circuit breaker or the alarms of a deployment stand
// [API:ServiceDeploymentRollbackMonitorsStatus].
const (
	MonitorMonitoring = "MONITORING"
	MonitorComplete   = "MONITORING_COMPLETE"
	MonitorTriggered  = "TRIGGERED"
	MonitorDisabled   = "DISABLED"
)
