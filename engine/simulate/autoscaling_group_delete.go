package simulate

import (
	"fmt"
	"slices"
	"time"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// DeleteAutoScalingGroup deletes an Auto Scaling group. One that still has
// instances needs force, which terminates them at once: nothing is drained. The
// capacity provider over it stays, and finds no group to scale.
type DeleteAutoScalingGroup struct {
	Name        string `json:"autoScalingGroupName"`
	ForceDelete bool   `json:"forceDelete,omitempty"`
}

// The refusals of Amazon EC2 Auto Scaling [API: DeleteAutoScalingGroup].
const (
	groupNotFound  = "AutoScalingGroup name not found - AutoScalingGroup '%s' not found"
	groupIsInUse   = "You cannot delete an AutoScalingGroup while there are instances or pending Spot instance request(s) still in the group."
	codeGroupInUse = "ResourceInUse"
)

func (s *Simulation) deleteGroup(now time.Time, cmd *DeleteAutoScalingGroup) error {
	g := s.group(cmd.Name)
	switch {
	case g == nil:
		return &ecs.Error{Code: "ValidationError", Message: fmt.Sprintf(groupNotFound, cmd.Name)}
	case len(g.Members) > 0 && !cmd.ForceDelete:
		return &ecs.Error{Code: codeGroupInUse, Message: groupIsInUse}
	}
	s.groups = slices.DeleteFunc(s.groups, func(x *autoScalingGroup) bool { return x == g })
	// It is there, so this is never refused.
	if err := s.give(now, scheduler.Command{ChangeAutoScalingGroup: &scheduler.ChangeAutoScalingGroup{Group: g.Spec, Gone: true}}); err != nil {
		return err
	}
	for _, m := range g.Members {
		if m.ReadyAt.IsZero() { // the others never came
			s.terminate(now, m.ID)
		}
	}
	return nil
}
