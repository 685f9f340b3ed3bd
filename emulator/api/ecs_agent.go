package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
	"gantry/engine/scheduler"
)

// What an agent calls, besides registering itself. The agents of a simulated
// world are a part of the simulation: what one from outside says of a task is
// taken as news of it, as ECS would.

// acknowledged is ECS's answer to news.
const acknowledged = "ACK"

// DiscoverPollEndpoint tells an agent where to ask for work: here, where nobody
// gives any out.
func (s *ECS) DiscoverPollEndpoint(_ context.Context, in *sdk.DiscoverPollEndpointInput) (*sdk.DiscoverPollEndpointOutput, error) {
	if _, _, err := s.cluster(in.Cluster); err != nil {
		return nil, err
	}
	endpoint := "http://" + s.host + "/"
	return &sdk.DiscoverPollEndpointOutput{Endpoint: &endpoint, TelemetryEndpoint: &endpoint, ServiceConnectEndpoint: &endpoint}, nil
}

// UpdateContainerAgent finds no newer agent than the one that every simulated
// container instance has.
func (s *ECS) UpdateContainerAgent(_ context.Context, in *sdk.UpdateContainerAgentInput) (*sdk.UpdateContainerAgentOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if _, ok := instanceOf(engine, cluster, text[string](in.ContainerInstance)); !ok {
		return nil, invalid("The container instance %q was not found.", text[string](in.ContainerInstance))
	}
	return nil, refuse("NoUpdateAvailableException", "There is no update available for your container agent.")
}

// reported finds the task that an agent reports about.
func (s *ECS) reported(cluster, named *string) (ecs.ClusterName, ecs.Task, error) {
	name, engine, err := s.cluster(cluster)
	if err != nil {
		return "", ecs.Task{}, err
	}
	task, err := taskOf(engine, name, text[string](named))
	return name, task, err
}

// checkReported checks the status that an agent tells of a task or a container:
// agents know three, of ECS's own statuses none. ECS's words are unconfirmed.
func checkReported(status *string) error {
	switch text[ecs.TaskStatus](status) {
	case "", ecs.TaskPending, ecs.TaskRunning, ecs.TaskStopped:
		return nil
	}
	return invalid("status must be PENDING, RUNNING or STOPPED, but it is %q.", *status)
}

// checkReportedContainer checks an agent's news of a container of the task.
func checkReportedContainer(task *ecs.Task, name, status *string, exitCode *int32) error {
	if !slices.ContainsFunc(task.Containers, func(c ecs.Container) bool { return c.Name == text[string](name) }) {
		return invalid("The task %s has no container %q.", task.ID, text[string](name))
	}
	if exitCode != nil && text[ecs.TaskStatus](status) != ecs.TaskStopped {
		return invalid("The container %q has an exit code, so its status must be STOPPED, but it is %q.", *name, text[string](status))
	}
	return checkReported(status)
}

// report gives the engine an agent's news.
func (s *ECS) report(cluster ecs.ClusterName, change *scheduler.ChangeTask) (*string, error) {
	answer := acknowledged
	_, err := s.apply(cluster, scheduler.Command{ChangeTask: change})
	return &answer, err
}

// SubmitTaskStateChange takes an agent's news of a task.
func (s *ECS) SubmitTaskStateChange(_ context.Context, in *sdk.SubmitTaskStateChangeInput) (*sdk.SubmitTaskStateChangeOutput, error) {
	cluster, task, err := s.reported(in.Cluster, in.Task)
	if err != nil {
		return nil, err
	}
	if err := checkReported(in.Status); err != nil {
		return nil, err
	}
	change := &scheduler.ChangeTask{
		ID: task.ID, Status: text[ecs.TaskStatus](in.Status), PullStarted: in.PullStartedAt != nil, PullStopped: in.PullStoppedAt != nil,
	}
	if change.Status == ecs.TaskStopped {
		change.StopCode, change.StoppedReason = ecs.EssentialContainerExited, text[string](in.Reason)
		if change.StoppedReason == "" {
			change.StoppedReason = "Essential container in task exited"
		}
	}
	for _, c := range in.Containers {
		if err := checkReportedContainer(&task, c.ContainerName, c.Status, c.ExitCode); err != nil {
			return nil, err
		}
		n := scheduler.ContainerChange{
			Name: text[string](c.ContainerName), Status: text[ecs.TaskStatus](c.Status), Reason: text[string](c.Reason),
			ExitCode: asInt(c.ExitCode), ImageDigest: text[string](c.ImageDigest), NetworkBindings: bindings(c.NetworkBindings),
		}
		change.Containers = append(change.Containers, n)
	}
	answer, err := s.report(cluster, change)
	return &sdk.SubmitTaskStateChangeOutput{Acknowledgment: answer}, err
}

// SubmitContainerStateChange takes an agent's news of a container.
func (s *ECS) SubmitContainerStateChange(_ context.Context, in *sdk.SubmitContainerStateChangeInput) (*sdk.SubmitContainerStateChangeOutput, error) {
	cluster, task, err := s.reported(in.Cluster, in.Task)
	if err != nil {
		return nil, err
	}
	if err := checkReportedContainer(&task, in.ContainerName, in.Status, in.ExitCode); err != nil {
		return nil, err
	}
	answer, err := s.report(cluster, &scheduler.ChangeTask{ID: task.ID, Containers: []scheduler.ContainerChange{{
		Name: text[string](in.ContainerName), Status: text[ecs.TaskStatus](in.Status), Reason: text[string](in.Reason),
		ExitCode: asInt(in.ExitCode), NetworkBindings: bindings(in.NetworkBindings),
	}}})
	return &sdk.SubmitContainerStateChangeOutput{Acknowledgment: answer}, err
}

// SubmitAttachmentStateChanges takes an agent's news of network interfaces,
// which belong to the simulation: it is heard and changes nothing.
func (s *ECS) SubmitAttachmentStateChanges(_ context.Context, in *sdk.SubmitAttachmentStateChangesInput) (*sdk.SubmitAttachmentStateChangesOutput, error) {
	if _, _, err := s.cluster(in.Cluster); err != nil {
		return nil, err
	}
	answer := acknowledged
	return &sdk.SubmitAttachmentStateChangesOutput{Acknowledgment: &answer}, nil
}

func bindings(given []types.NetworkBinding) []ecs.NetworkBinding {
	var out []ecs.NetworkBinding
	for _, b := range given {
		n := ecs.NetworkBinding{BindIP: text[string](b.BindIP), Protocol: string(b.Protocol)}
		if b.ContainerPort != nil {
			n.ContainerPort = int(*b.ContainerPort)
		}
		if b.HostPort != nil {
			n.HostPort = int(*b.HostPort)
		}
		out = append(out, n)
	}
	return out
}
