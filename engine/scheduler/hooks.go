package scheduler

import (
	"encoding/base64"
	"fmt"
	"strconv"

	"gantry/ecs"
	"gantry/engine/lifecycle"
)

// Invocation asks the world to run the function of a lifecycle hook, and to
// answer with CompleteLifecycleHook. It has what ECS hands to the function (ECS
// semantics 4.17 [DG: Lambda hooks for Amazon ECS service deployments]).
type Invocation struct {
	HookID                   string              `json:"hookId"`
	HookTargetARN            string              `json:"hookTargetArn"`
	Stage                    ecs.LifecycleStage  `json:"lifecycleStage"`
	ServiceARN               ecs.ARN             `json:"serviceArn"`
	ServiceDeploymentARN     ecs.ARN             `json:"serviceDeploymentArn"`
	TargetServiceRevisionARN ecs.ARN             `json:"targetServiceRevisionArn"`
	TestTrafficWeights       map[ecs.ARN]float64 `json:"testTrafficWeights"`
	ProductionTrafficWeights map[ecs.ARN]float64 `json:"productionTrafficWeights"`
}

// hookID is "ecs-pause-" or "ecs-lambda-" with 43 characters, as ECS shows those
// of pause hooks [DG: Pause hooks for Amazon ECS service deployments].
func (c *Cluster) hookID(a *attempt, kind string, nth int) string {
	sum := c.derive("hook", string(a.Deployment.ARN), strconv.Itoa(nth))
	return "ecs-" + kind + "-" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// invoke tells the world to run a function.
func (c *Cluster) invoke(s *service, a *attempt, id string) {
	h := a.Shift.State.Hook(id)
	x := &Invocation{
		HookID: id, HookTargetARN: h.TargetARN, Stage: h.Stage, ServiceARN: s.Spec.ARN,
		ServiceDeploymentARN: a.Deployment.ARN, TargetServiceRevisionARN: a.Deployment.TargetServiceRevision.ARN,
		TestTrafficWeights: map[ecs.ARN]float64{}, ProductionTrafficWeights: map[ecs.ARN]float64{},
	}
	for _, revision := range []ecs.ARN{a.Shift.Blue, a.Deployment.TargetServiceRevision.ARN} {
		if revision != "" {
			test, production := a.weights(revision)
			x.TestTrafficWeights[revision], x.ProductionTrafficWeights[revision] = *test, *production
		}
	}
	c.decide(Decision{Invoke: x})
}

// completeLifecycleHook takes the answer of a function.
func (c *Cluster) completeLifecycleHook(cmd *CompleteLifecycleHook) error {
	for _, s := range c.serviceList() {
		a := s.currentAttempt()
		if a == nil || a.Shift == nil || a.Shift.State.Hook(cmd.HookID) == nil {
			continue
		}
		if !a.Shift.State.Answer(cmd.HookID, cmd.Status, cmd.CallBackDelay.Duration(), c.now) {
			return invalid(fmt.Sprintf("The lifecycle hook %s does not wait for an answer: its status is %s. Only a function that was invoked answers, with SUCCEEDED, FAILED or IN_PROGRESS.",
				cmd.HookID, a.Shift.State.Hook(cmd.HookID).Status))
		}
		c.scheduleStage(s)
		c.wake(s, c.now.Add(PassDelay))
		return nil
	}
	return invalid(fmt.Sprintf("The lifecycle hook %s was not found: no service deployment that goes on has it.", cmd.HookID))
}

// continueServiceDeployment answers a pause hook (ECS semantics 4.17 [DG:
// Continuing service deployments]). The words of its refusals are ours.
func (c *Cluster) continueServiceDeployment(cmd *ContinueServiceDeployment) error {
	s, a := c.findAttempt(cmd.ARN)
	if a == nil {
		return &ecs.Error{Code: "ServiceDeploymentNotFoundException", Message: "Service deployment not found."}
	}
	switch cmd.Action {
	case "", ecs.HookContinue, ecs.HookRollback:
	default:
		return invalid("action should be one of [CONTINUE,ROLLBACK]")
	}
	if a.Deployment.Status != ecs.ServiceDeploymentInProgress {
		return invalid(fmt.Sprintf("The service deployment cannot be continued because its status is %s. Only one that is IN_PROGRESS waits at hooks; DescribeServiceDeployments shows them.", a.Deployment.Status))
	}
	if a.Shift == nil || !a.Shift.State.Decide(cmd.HookID, cmd.Action, c.now) {
		return invalid(fmt.Sprintf("The lifecycle hook %s is not awaiting an action. DescribeServiceDeployments shows which are, with the status AWAITING_ACTION.", cmd.HookID))
	}
	s.calm(c)
	c.scheduleStage(s)
	c.wake(s, c.now.Add(PassDelay))
	return nil
}

// hookDetails are the hooks of a service deployment as the API shows them.
func hookDetails(hooks []lifecycle.Hook) []ecs.LifecycleHookDetail {
	var out []ecs.LifecycleHookDetail
	for i := range hooks {
		h := &hooks[i]
		out = append(out, ecs.LifecycleHookDetail{
			HookID: h.ID, TargetType: h.TargetType, TargetARN: h.TargetARN, Status: h.Status,
			ExpiresAt: h.ExpiresAt, TimeoutAction: h.TimeoutAction,
		})
	}
	return out
}
