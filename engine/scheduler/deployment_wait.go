package scheduler

import (
	"fmt"
	"strings"
	"time"

	"gantry/ecs"
	"gantry/engine/lifecycle"
)

// WaitForPause is what a service deployment waits for at a pause hook: the only
// thing that it may wait for without end but tasks that find no place.
const WaitForPause = lifecycle.ForPause

// DeploymentWait is why a service deployment that shifts traffic is still in its
// stage, or why a rolling one with alarms has not completed.
type DeploymentWait struct {
	ServiceDeploymentARN ecs.ARN              `json:"serviceDeploymentArn"`
	Stage                ecs.LifecycleStage   `json:"lifecycleStage,omitempty"` // "" for a rolling one
	Since                time.Time            `json:"since,omitzero"`           // in this stage
	For                  lifecycle.WaitingFor `json:"for"`
	HookID               string               `json:"hookId,omitempty"`
	Until                time.Time            `json:"until,omitzero"`    // when time ends the wait, if it does
	Healthy              int                  `json:"healthy,omitempty"` // of the tasks that it waits for
	Wanted               int                  `json:"wanted,omitempty"`
	Alarms               []string             `json:"alarms,omitempty"` // that it watches meanwhile
}

// DeploymentWait says what the service's deployment waits for; ok is false when
// it has ended, or waits for nothing but its tasks to be replaced.
func (c *Cluster) DeploymentWait(name ecs.ServiceName) (w DeploymentWait, ok bool) {
	s, known := c.services[name]
	if !known || len(s.Deployments) == 0 {
		return DeploymentWait{}, false
	}
	a := s.currentAttempt()
	if a == nil || a.Deployment.Status.Ended() {
		return DeploymentWait{}, false
	}
	w = DeploymentWait{ServiceDeploymentARN: a.Deployment.ARN}
	if m := a.Deployment.Alarms; m != nil && m.Status == ecs.MonitorMonitoring {
		w.Alarms = append(w.Alarms, a.Watched...)
	}
	if a.Shift == nil {
		w.For, w.Until = lifecycle.ForBake, a.BakeUntil
		return w, c.now.Before(a.BakeUntil)
	}
	c.reviewing(s)
	p := a.plan()
	wait := a.Shift.State.Waits(&p, c.facts(s, a))
	w.Stage, w.Since, w.For, w.HookID, w.Until = wait.Stage, wait.Since, wait.For, wait.Hook, wait.Until
	for _, d := range s.Deployments {
		green, blue := d.Revision == a.Deployment.TargetServiceRevision.ARN, d.Revision == a.Shift.Blue
		if green && w.For == lifecycle.ForGreen || blue && w.For == lifecycle.ForBlue {
			w.Healthy, w.Wanted = d.census.staying[healthy]+d.census.leaving[healthy], s.desired()
		}
	}
	return w, w.For != ""
}

// String is the wait as a sentence.
func (w DeploymentWait) String() string {
	var why string
	until := w.Until.UTC().Format(time.RFC3339)
	switch w.For {
	case lifecycle.ForHook:
		why = fmt.Sprintf("the lifecycle hook %s has until %s to answer", w.HookID, until)
	case lifecycle.ForPause:
		why = fmt.Sprintf("the pause hook %s waits until %s for ContinueServiceDeployment", w.HookID, until)
	case lifecycle.ForOthers:
		why = "other revisions still have tasks"
	case lifecycle.ForGreen:
		why = fmt.Sprintf("%d of %d tasks of the new revision are healthy", w.Healthy, w.Wanted)
	case lifecycle.ForBlue:
		why = fmt.Sprintf("%d of %d tasks of the previous revision are healthy again", w.Healthy, w.Wanted)
	case lifecycle.ForStep:
		why = "the bake time of the step lasts until " + until
	case lifecycle.ForBake:
		why = "the bake time lasts until " + until
	case lifecycle.ForCleanUp:
		why = "the tasks of the revision that goes are being stopped"
	default:
		why = "the stage lasts until " + until
	}
	if len(w.Alarms) > 0 {
		why += ", while it watches the alarms " + strings.Join(w.Alarms, ", ")
	}
	if w.Stage == "" {
		return why
	}
	return string(w.Stage) + ": " + why
}
