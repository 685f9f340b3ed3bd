package simulate

import (
	"time"

	"gantry/ecs"
)

// Scaling is a call of Application Auto Scaling or of CloudWatch's alarms about
// this cluster, or the load on one of its services. At most one field is set.
type Scaling struct {
	RegisterScalableTarget   *RegisterScalableTarget   `json:"registerScalableTarget,omitempty"`
	DeregisterScalableTarget *DeregisterScalableTarget `json:"deregisterScalableTarget,omitempty"`
	PutScalingPolicy         *PutScalingPolicy         `json:"putScalingPolicy,omitempty"`
	DeleteScalingPolicy      *DeleteScalingPolicy      `json:"deleteScalingPolicy,omitempty"`
	PutScheduledAction       *PutScheduledAction       `json:"putScheduledAction,omitempty"`
	DeleteScheduledAction    *DeleteScheduledAction    `json:"deleteScheduledAction,omitempty"`
	PutMetricAlarm           *PutMetricAlarm           `json:"putMetricAlarm,omitempty"`
	DeleteAlarms             *DeleteAlarms             `json:"deleteAlarms,omitempty"`
	SetMetricAlarmState      *SetMetricAlarmState      `json:"setMetricAlarmState,omitempty"`
	SetLoad                  *SetLoad                  `json:"setLoad,omitempty"`
	PutMetricData            *PutMetricData            `json:"putMetricData,omitempty"`
}

// RegisterScalableTarget lets a service's desired count be scaled, or changes
// how; nil leaves a member as it is.
type RegisterScalableTarget struct {
	Service        ecs.ServiceName `json:"service"`
	MinCapacity    *int            `json:"minCapacity,omitempty"`
	MaxCapacity    *int            `json:"maxCapacity,omitempty"`
	RoleARN        string          `json:"roleArn,omitempty"`
	SuspendedState *Suspend        `json:"suspendedState,omitempty"`
}

// Suspend holds kinds of scaling back, or lets them go on; nil leaves one as it is.
type Suspend struct {
	DynamicScalingIn  *bool `json:"dynamicScalingInSuspended,omitempty"`
	DynamicScalingOut *bool `json:"dynamicScalingOutSuspended,omitempty"`
	ScheduledScaling  *bool `json:"scheduledScalingSuspended,omitempty"`
}

// DeregisterScalableTarget ends the scaling of a service, its policies and its
// scheduled actions.
type DeregisterScalableTarget struct {
	Service ecs.ServiceName `json:"service"`
}

// PutScalingPolicy adds a policy to a scalable target, or replaces the one of
// its name. ARN, alarms and creation time are the simulation's.
type PutScalingPolicy struct {
	Service ecs.ServiceName   `json:"service"`
	Policy  ecs.ScalingPolicy `json:"policy"`
}

// DeleteScalingPolicy takes a policy away, and the alarms that it manages.
type DeleteScalingPolicy struct {
	Service ecs.ServiceName `json:"service"`
	Name    string          `json:"name"`
}

// PutScheduledAction adds a scheduled action to a scalable target, or changes
// the one of its name.
type PutScheduledAction struct {
	Service ecs.ServiceName     `json:"service"`
	Action  ecs.ScheduledAction `json:"action"`
}

// DeleteScheduledAction takes a scheduled action away.
type DeleteScheduledAction struct {
	Service ecs.ServiceName `json:"service"`
	Name    string          `json:"name"`
}

// PutMetricAlarm adds an alarm, or replaces the configuration of the one of its
// name, whose state it keeps. An alarm that is new here may have a state already:
// that of an account's alarm when a cluster is made after it.
type PutMetricAlarm struct {
	Alarm ecs.MetricAlarm `json:"alarm"`
}

// DeleteAlarms takes alarms away. All of them have to be there.
type DeleteAlarms struct {
	Names []string `json:"names"`
}

// SetMetricAlarmState puts an alarm into a state until it is evaluated next.
type SetMetricAlarmState struct {
	Name   string         `json:"name"`
	State  ecs.AlarmState `json:"state"`
	Reason string         `json:"reason"`
}

// PutMetricData is what was sent of a metric that an alarm watches and that ECS
// does not send itself: whole minutes, which replace those that are there.
type PutMetricData struct {
	Namespace  string                `json:"namespace"`
	Metric     string                `json:"metric"`
	Dimensions []ecs.MetricDimension `json:"dimensions,omitempty"`
	Points     []ecs.Datapoint       `json:"points"`
}

// scale does the scaling command that is set.
func (s *Simulation) scale(now time.Time, cmd *Scaling) error {
	if err := s.scaleBy(now, cmd); err != nil {
		return err
	}
	s.replan(now)
	return nil
}

func (s *Simulation) scaleBy(now time.Time, cmd *Scaling) error {
	switch {
	case cmd.RegisterScalableTarget != nil:
		return s.registerScalableTarget(now, cmd.RegisterScalableTarget)
	case cmd.DeregisterScalableTarget != nil:
		return s.deregisterScalableTarget(now, cmd.DeregisterScalableTarget)
	case cmd.PutScalingPolicy != nil:
		return s.putScalingPolicy(now, cmd.PutScalingPolicy)
	case cmd.DeleteScalingPolicy != nil:
		return s.deleteScalingPolicy(now, cmd.DeleteScalingPolicy)
	case cmd.PutScheduledAction != nil:
		return s.putScheduledAction(now, cmd.PutScheduledAction)
	case cmd.DeleteScheduledAction != nil:
		return s.deleteScheduledAction(cmd.DeleteScheduledAction)
	case cmd.PutMetricAlarm != nil:
		return s.putMetricAlarm(now, cmd.PutMetricAlarm)
	case cmd.DeleteAlarms != nil:
		return s.deleteAlarms(now, cmd.DeleteAlarms)
	case cmd.SetMetricAlarmState != nil:
		return s.setMetricAlarmState(now, cmd.SetMetricAlarmState)
	case cmd.SetLoad != nil:
		return s.setLoad(now, cmd.SetLoad)
	case cmd.PutMetricData != nil:
		return s.putMetricData(cmd.PutMetricData)
	}
	return refused("the command is empty")
}
