package scheduler

import (
	"fmt"

	"gantry/engine/lifecycle"
)

// Next is what somebody can do about the wait, in ECS's words, or "" where there
// is nothing to do but to wait.
func (w *Wait) Next() string {
	switch w.Kind {
	case WaitBounds:
		return "raise maximumPercent or lower minimumHealthyPercent of the service, so that there is room between floor and ceiling"
	case WaitPlace:
		if w.Leaving > 0 {
			return "register container instances with room, or make draining ones ACTIVE again"
		}
		return "register container instances with room, or change what the task definition reserves or the placement constraints ask for"
	case WaitLimit:
		return "get instances for the tasks that wait, or stop some of them"
	case WaitFailed:
		return "see why its tasks stopped (their stoppedReason), then update the service"
	case WaitStage:
		return w.Stage.next()
	case WaitProtection:
		return "take the protection of the tasks away (UpdateTaskProtection), or wait until it expires"
	case WaitZone:
		return fmt.Sprintf("register a container instance with room in %s, or turn availabilityZoneRebalancing off", w.Zone)
	case WaitBackOff:
		return "see why its tasks stopped (their stoppedReason), then update the service"
	case WaitCapacity:
		return "see whether the Auto Scaling group of the capacity provider can still grow (its maximum size), or stop the tasks"
	case WaitStart:
		return "see what they wait for: their lastStatus and that of their containers"
	case WaitHealth:
		if w.Unchecked {
			return "" // it passes
		}
		return "see what the health checks of their containers and target groups say"
	case WaitUnhealthy:
		return "see why their health checks fail, then update the service"
	case WaitStop:
		return "they stop within the stopTimeout of their containers, after the deregistration delay of their target groups"
	case WaitThrottled, WaitLaunchRate: // they pass
	}
	return ""
}

// next is what somebody can do about a deployment that waits.
func (w *DeploymentWait) next() string {
	switch w.For {
	case lifecycle.ForPause:
		return "let it go on with ContinueServiceDeployment, or give it up with StopServiceDeployment"
	case lifecycle.ForHook:
		return "see to it that the function of the hook answers, or give the deployment up with StopServiceDeployment"
	case lifecycle.ForGreen, lifecycle.ForBlue:
		return "see what the health checks of its tasks say"
	case lifecycle.ForOthers, lifecycle.ForCleanUp, lifecycle.ForStep, lifecycle.ForBake, lifecycle.ForStage: // they pass
	}
	return ""
}
