package api

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"gantry/awsapi/shape"
	"gantry/ecs"
	"gantry/engine/scheduler"
)

// taskIDs are the ids of tasks by ids or ARNs; what names no task of the cluster
// is a failure.
func taskIDs(given []string, cluster ecs.ClusterName, arn func(string) ecs.ARN) (ids []ecs.TaskID, failures []types.Failure) {
	failures = []types.Failure{}
	for _, name := range given {
		id, ok := shortID(name, "task", cluster)
		if !ok {
			failures = append(failures, shape.FailureToSDK(missing(arn(name))))
			continue
		}
		ids = append(ids, ecs.TaskID(id))
	}
	return ids, failures
}

// protection answers the two operations about task protection.
func protection(tasks []ecs.ProtectedTask, failed []ecs.Failure, failures []types.Failure) ([]types.ProtectedTask, []types.Failure) {
	protected := []types.ProtectedTask{}
	for _, t := range tasks {
		x := types.ProtectedTask{TaskArn: asString(t.TaskARN), ProtectionEnabled: t.ProtectionEnabled}
		if !t.ExpirationDate.IsZero() {
			x.ExpirationDate = &t.ExpirationDate
		}
		protected = append(protected, x)
	}
	for _, f := range failed {
		failures = append(failures, shape.FailureToSDK(f))
	}
	return protected, failures
}

// UpdateTaskProtection protects tasks from scale-in and deployments, or ends that.
func (s *ECS) UpdateTaskProtection(_ context.Context, in *sdk.UpdateTaskProtectionInput) (*sdk.UpdateTaskProtectionOutput, error) {
	cluster, _, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	ids, failures := taskIDs(in.Tasks, cluster, func(given string) ecs.ARN { return s.fullARN("task", cluster, given) })
	if len(ids) == 0 && len(in.Tasks) > 0 {
		return &sdk.UpdateTaskProtectionOutput{ProtectedTasks: []types.ProtectedTask{}, Failures: failures}, nil
	}
	out, err := s.apply(cluster, scheduler.Command{UpdateTaskProtection: &scheduler.UpdateTaskProtection{
		Tasks: ids, ProtectionEnabled: in.ProtectionEnabled, ExpiresInMinutes: asInt(in.ExpiresInMinutes)}})
	if err != nil {
		return nil, err
	}
	protected, failures := protection(out.Protected, out.Failures, failures)
	return &sdk.UpdateTaskProtectionOutput{ProtectedTasks: protected, Failures: failures}, nil
}

// GetTaskProtection tells the protection of tasks, at most 100 at once
// [API:GetTaskProtection]; of none when none is named (what ECS does then is unconfirmed).
func (s *ECS) GetTaskProtection(_ context.Context, in *sdk.GetTaskProtectionInput) (*sdk.GetTaskProtectionOutput, error) {
	cluster, engine, err := s.cluster(in.Cluster)
	if err != nil {
		return nil, err
	}
	if len(in.Tasks) > mostDescribed {
		return nil, invalid("tasks should have between 1 and %d items, but had %d.", mostDescribed, len(in.Tasks))
	}
	ids, failures := taskIDs(in.Tasks, cluster, func(given string) ecs.ARN { return s.fullARN("task", cluster, given) })
	tasks, failed := engine.TaskProtection(ids)
	protected, failures := protection(tasks, failed, failures)
	return &sdk.GetTaskProtectionOutput{ProtectedTasks: protected, Failures: failures}, nil
}
