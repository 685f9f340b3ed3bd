package api

import (
	"context"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/ecs"
)

// ExecuteCommand checks what ECS checks, and answers a session. Behind it is
// nobody: the containers of a simulated world have no shell.
func (s *ECS) ExecuteCommand(_ context.Context, in *sdk.ExecuteCommandInput) (*sdk.ExecuteCommandOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	task, err := taskOf(engine, cluster, text[string](in.Task))
	switch {
	case err != nil:
		return nil, invalid("The specified task was not found.") // ECS semantics 8.4
	case text[string](in.Command) == "":
		return nil, invalid("The command is missing.")
	case !in.Interactive:
		return nil, invalid("Interactive is the only mode supported currently.")
	case task.LastStatus != ecs.TaskRunning:
		return nil, refuse("TargetNotConnectedException", "The execute command failed due to an internal error. Try again later.")
	case !task.EnableExecuteCommand:
		return nil, invalid("The execute command failed because execute command was not enabled when the task was run or the execute command agent " +
			"isn’t running. Wait and try again or run a new task with execute command enabled and try again.")
	}
	named := text[string](in.Container)
	if named == "" && len(task.Containers) == 1 {
		named = task.Containers[0].Name
	}
	at := slices.IndexFunc(task.Containers, func(c ecs.Container) bool { return c.Name == named })
	switch {
	case named == "":
		return nil, invalid("The container name is required when the task has more than one container.")
	case at < 0:
		return nil, invalid("The specified container %s was not found in the task.", named)
	}
	session := "ecs-execute-command-" + hashed(s.tx.World().Seed, task.ARN, named, s.tx.Now()) + "0"
	stream := "wss://ssmmessages." + s.tx.Scope().Region + ".amazonaws.com/v1/data-channel/" + session + "?role=publish_subscribe"
	token := "none: the containers of the emulator have no shell"
	return &sdk.ExecuteCommandOutput{
		ClusterArn: asString(ecs.ClusterARN(s.tx.Scope(), cluster)), TaskArn: asString(task.ARN), ContainerArn: asString(task.Containers[at].ARN),
		ContainerName: &named, Interactive: in.Interactive, Session: &types.Session{SessionId: &session, StreamUrl: &stream, TokenValue: &token},
	}, nil
}
