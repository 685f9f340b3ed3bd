package scheduler

import (
	"reflect"
	"time"

	"gantry/ecs"
)

// Now is when something last happened to the cluster.
func (c *Cluster) Now() time.Time { return c.now }

// Apply does one command. What is due by then happens first. A refusal is an
// *ecs.Error in ECS's words and changes nothing.
//
// The decisions of the outcome are all that were made since they were last
// told; those of a refused command's moment are told by the next call.
func (c *Cluster) Apply(now time.Time, cmd Command) (Outcome, error) {
	now = clean(now)
	if now.Before(c.now) {
		now = c.now // a clock that was set back never makes time run backwards
	}
	if at, _, ok := c.Next(); ok && !at.After(now) {
		c.run(now)
	}
	before := c.now
	c.now = now
	out, err := c.do(cmd)
	if err != nil {
		c.now = before
		return Outcome{}, err
	}
	c.tellChanges()
	out.Decisions = c.decided()
	return out, nil
}

// one reports whether no more than one thing is asked for.
func (cmd *Command) one() bool {
	if cmd.ChangeTask != nil { // which is most of them
		return *cmd == Command{ChangeTask: cmd.ChangeTask}
	}
	n, fields := 0, reflect.ValueOf(cmd).Elem()
	for i := range fields.NumField() {
		if !fields.Field(i).IsNil() {
			n++
		}
	}
	return n < 2
}

// do does a command: one about tasks here, any other where its kind is done.
// The last of the chain finds that nothing was asked for.
func (c *Cluster) do(cmd Command) (Outcome, error) {
	switch {
	case !cmd.one():
		return Outcome{}, invalid("the command asks for more than one thing: send one for each")
	case cmd.ChangeTask != nil:
		return Outcome{}, c.changeTask(cmd.ChangeTask)
	case cmd.RunTask != nil:
		return c.runTask(cmd.RunTask)
	case cmd.StartTask != nil:
		return c.startTask(cmd.StartTask)
	case cmd.StopTask != nil:
		return Outcome{}, c.stopTask(cmd.StopTask)
	case cmd.SetTags != nil:
		return Outcome{}, c.setTags(cmd.SetTags)
	case cmd.FollowStateChanges != nil:
		c.followStateChanges(cmd.FollowStateChanges)
		return Outcome{}, nil
	}
	return c.doService(&cmd)
}

// doService does a command about services.
func (c *Cluster) doService(cmd *Command) (Outcome, error) {
	switch {
	case cmd.CreateService != nil:
		return Outcome{}, c.createService(cmd.CreateService)
	case cmd.UpdateService != nil:
		return Outcome{}, c.updateService(cmd.UpdateService)
	case cmd.DeleteService != nil:
		return Outcome{}, c.deleteService(cmd.DeleteService)
	}
	return c.doInstance(cmd)
}

// doInstance does a command about container instances and their hosts.
func (c *Cluster) doInstance(cmd *Command) (Outcome, error) {
	switch {
	case cmd.RegisterInstance != nil:
		return c.registerInstance(cmd.RegisterInstance)
	case cmd.DeregisterInstance != nil:
		return Outcome{}, c.deregisterInstance(cmd.DeregisterInstance)
	case cmd.SetInstanceStatus != nil:
		return Outcome{}, c.setInstanceStatus(cmd.SetInstanceStatus)
	case cmd.SetAgentConnected != nil:
		return Outcome{}, c.setAgentConnected(cmd.SetAgentConnected)
	case cmd.StopInstance != nil:
		return Outcome{}, c.stopInstance(cmd.StopInstance)
	case cmd.StartInstance != nil:
		return Outcome{}, c.startInstance(cmd.StartInstance)
	case cmd.TerminateInstance != nil:
		return Outcome{}, c.terminateInstance(cmd.TerminateInstance)
	case cmd.SetZone != nil:
		return Outcome{}, c.setZone(cmd.SetZone)
	case cmd.SetThrottling != nil:
		return Outcome{}, c.setThrottling(cmd.SetThrottling)
	case cmd.PutAttributes != nil:
		return Outcome{}, c.putAttributes(cmd.PutAttributes)
	case cmd.DeleteAttributes != nil:
		return Outcome{}, c.deleteAttributes(cmd.DeleteAttributes)
	}
	return c.doAround(cmd)
}

// doAround does a command about what is around the tasks of services.
func (c *Cluster) doAround(cmd *Command) (Outcome, error) {
	switch {
	case cmd.PutTargetGroup != nil:
		return Outcome{}, c.putTargetGroup(cmd.PutTargetGroup)
	case cmd.DeleteTargetGroup != nil:
		return Outcome{}, c.deleteTargetGroup(cmd.DeleteTargetGroup)
	case cmd.UpdateTaskProtection != nil:
		return c.updateTaskProtection(cmd.UpdateTaskProtection)
	}
	return c.doTaskSet(cmd)
}

// doTaskSet does a command about the task sets of a service.
func (c *Cluster) doTaskSet(cmd *Command) (Outcome, error) {
	switch {
	case cmd.CreateTaskSet != nil:
		return c.createTaskSet(cmd.CreateTaskSet)
	case cmd.UpdateTaskSet != nil:
		return Outcome{}, c.updateTaskSet(cmd.UpdateTaskSet)
	case cmd.UpdateServicePrimaryTaskSet != nil:
		return Outcome{}, c.updatePrimaryTaskSet(cmd.UpdateServicePrimaryTaskSet)
	case cmd.DeleteTaskSet != nil:
		return Outcome{}, c.deleteTaskSet(cmd.DeleteTaskSet)
	}
	return c.doCapacity(cmd)
}

// doCapacity does a command about capacity.
func (c *Cluster) doCapacity(cmd *Command) (Outcome, error) {
	switch {
	case cmd.CreateCapacityProvider != nil:
		return Outcome{}, c.createCapacityProvider(cmd.CreateCapacityProvider)
	case cmd.UpdateCapacityProvider != nil:
		return Outcome{}, c.updateCapacityProvider(cmd.UpdateCapacityProvider)
	case cmd.DeleteCapacityProvider != nil:
		return Outcome{}, c.deleteCapacityProvider(cmd.DeleteCapacityProvider)
	case cmd.PutClusterCapacityProviders != nil:
		return Outcome{}, c.putClusterCapacityProviders(cmd.PutClusterCapacityProviders)
	case cmd.ChangeAutoScalingGroup != nil:
		return Outcome{}, c.changeAutoScalingGroup(cmd.ChangeAutoScalingGroup)
	case cmd.BeginTermination != nil:
		return Outcome{}, c.beginTermination(cmd.BeginTermination)
	case cmd.InterruptTask != nil:
		return Outcome{}, c.interruptTask(cmd.InterruptTask)
	case cmd.SetFargateCapacity != nil:
		return Outcome{}, c.setFargateCapacity(cmd.SetFargateCapacity)
	}
	return Outcome{}, c.doDeployments(cmd)
}

// doDeployments does a command about service deployments.
func (c *Cluster) doDeployments(cmd *Command) error {
	switch {
	case cmd.StopServiceDeployment != nil:
		return c.stopServiceDeployment(cmd.StopServiceDeployment)
	case cmd.ContinueServiceDeployment != nil:
		return c.continueServiceDeployment(cmd.ContinueServiceDeployment)
	case cmd.CompleteLifecycleHook != nil:
		return c.completeLifecycleHook(cmd.CompleteLifecycleHook)
	case cmd.SetAlarmState != nil:
		return c.setAlarmState(cmd.SetAlarmState)
	}
	return invalid("the command is empty")
}

func invalid(message string) error {
	return &ecs.Error{Code: ecs.CodeInvalidParameter, Message: message}
}
