package scheduler_test

import (
	"testing"

	"gantry/engine/lifecycle"
	"gantry/engine/scheduler"
)

// TestNextSteps: whatever somebody can end has a next step, and what passes by
// itself has none.
func TestNextSteps(t *testing.T) {
	for kind, passes := range map[scheduler.WaitKind]bool{
		scheduler.WaitBounds: false, scheduler.WaitPlace: false, scheduler.WaitLimit: false, scheduler.WaitFailed: false,
		scheduler.WaitProtection: false, scheduler.WaitZone: false, scheduler.WaitBackOff: false, scheduler.WaitCapacity: false,
		scheduler.WaitStart: false, scheduler.WaitHealth: false, scheduler.WaitUnhealthy: false, scheduler.WaitStop: false,
		scheduler.WaitThrottled: true, scheduler.WaitLaunchRate: true,
	} {
		w := scheduler.Wait{Kind: kind, Zone: "us-east-1a"}
		if next := w.Next(); passes != (next == "") {
			t.Errorf("%s: %q", kind, next)
		}
	}
	if w := (scheduler.Wait{Kind: scheduler.WaitHealth, Unchecked: true}); w.Next() != "" {
		t.Errorf("without a check: %q", w.Next())
	}
	for what, passes := range map[lifecycle.WaitingFor]bool{
		lifecycle.ForHook: false, lifecycle.ForPause: false, lifecycle.ForGreen: false, lifecycle.ForBlue: false,
		lifecycle.ForOthers: true, lifecycle.ForStep: true, lifecycle.ForBake: true, lifecycle.ForCleanUp: true, lifecycle.ForStage: true,
	} {
		w := scheduler.Wait{Kind: scheduler.WaitStage, Stage: &scheduler.DeploymentWait{For: what}}
		if next := w.Next(); passes != (next == "") {
			t.Errorf("%s: %q", what, next)
		}
	}
}
