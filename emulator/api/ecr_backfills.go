package api

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
)

// StartReplicationBackfill begins to send the images that are there already.
func (e *ECR) StartReplicationBackfill(_ context.Context, in *sdk.StartReplicationBackfillInput) (*sdk.StartReplicationBackfillOutput, error) {
	if err := e.own(in.RegistryId); err != nil {
		return nil, err
	}
	to, err := e.readDestination(in.Destination)
	if err != nil {
		return nil, err
	}
	b, err := e.images.StartBackfill(to)
	if err != nil {
		return nil, err
	}
	destination := showDestination(b.Destination)
	return &sdk.StartReplicationBackfillOutput{
		Destination: &destination, RegistryId: &e.scope.Account, ReplicationBackfillId: &b.ID, StartedAt: &b.StartedAt, Status: types.ReplicationBackfillStatus(b.Status),
	}, nil
}

// StopReplicationBackfill ends a backfill before its images are sent.
func (e *ECR) StopReplicationBackfill(_ context.Context, in *sdk.StopReplicationBackfillInput) (*sdk.StopReplicationBackfillOutput, error) {
	if err := first(e.own(in.RegistryId), needed("replicationBackfillId", text[string](in.ReplicationBackfillId) != "")); err != nil {
		return nil, err
	}
	b, err := e.images.StopBackfill(*in.ReplicationBackfillId)
	if err != nil {
		return nil, err
	}
	return &sdk.StopReplicationBackfillOutput{RegistryId: &e.scope.Account, ReplicationBackfillId: &b.ID, Status: types.ReplicationBackfillStatus(b.Status)}, nil
}

// backfillProgress is how far a backfill is; it is not known before its images are.
func backfillProgress(b registry.Backfill) *types.ReplicationBackfillProgress {
	if b.Status == registry.BackfillPreparing || b.Status == registry.BackfillStopped {
		return nil
	}
	total, failed := int32(len(b.Results)), int32(b.Failed())
	done := total - failed
	codes := b.FailureCodes()
	if codes == nil {
		codes = []string{}
	}
	return &types.ReplicationBackfillProgress{TotalReplicationCount: &total, FailedReplicationCount: &failed, CompletedReplicationCount: &done, FailureCodes: codes}
}

// ListReplicationBackfills lists the backfills, the latest first.
func (e *ECR) ListReplicationBackfills(_ context.Context, in *sdk.ListReplicationBackfillsInput) (*sdk.ListReplicationBackfillsOutput, error) {
	if err := e.own(in.RegistryId); err != nil {
		return nil, err
	}
	all, err := e.images.Backfills()
	if err != nil {
		return nil, err
	}
	part, next, err := cutPage(inOrder(all), numbered[registry.Backfill].key, in.NextToken, in.MaxResults, 25, 50)
	if err != nil {
		return nil, err
	}
	out := &sdk.ListReplicationBackfillsOutput{Backfills: []types.ReplicationBackfillSummary{}, NextToken: next, RegistryId: &e.scope.Account}
	for _, one := range part {
		b := one.thing
		destination := showDestination(b.Destination)
		shown := types.ReplicationBackfillSummary{
			Destination: &destination, ReplicationBackfillId: &b.ID, StartedAt: &b.StartedAt, Status: types.ReplicationBackfillStatus(b.Status), Progress: backfillProgress(b),
		}
		if !b.EndedAt.IsZero() {
			shown.EndedAt = &b.EndedAt
		}
		if b.Failure != "" {
			shown.FailureCode = &b.Failure
		}
		out.Backfills = append(out.Backfills, shown)
	}
	return out, nil
}

// DescribeReplicationBackfillResults shows what became of each image.
func (e *ECR) DescribeReplicationBackfillResults(_ context.Context, in *sdk.DescribeReplicationBackfillResultsInput) (*sdk.DescribeReplicationBackfillResultsOutput, error) {
	if err := first(e.own(in.RegistryId), needed("replicationBackfillId", text[string](in.ReplicationBackfillId) != ""),
		checkEnum("resultStatusFilter", in.ResultStatusFilter)); err != nil {
		return nil, err
	}
	b, err := e.images.Backfill(*in.ReplicationBackfillId)
	if err != nil {
		return nil, err
	}
	destination := showDestination(b.Destination)
	out := &sdk.DescribeReplicationBackfillResultsOutput{
		Destination: &destination, RegistryId: &e.scope.Account, ReplicationBackfillId: &b.ID, StartedAt: &b.StartedAt,
		Status: types.ReplicationBackfillStatus(b.Status), Progress: backfillProgress(b), Results: []types.ReplicationBackfillResult{},
	}
	if !b.EndedAt.IsZero() {
		out.EndedAt = &b.EndedAt
	}
	if b.Failure != "" {
		out.FailureCode = &b.Failure
	}
	var shown []types.ReplicationBackfillResult
	for _, result := range b.Results {
		one := showBackfillResult(result)
		if in.ResultStatusFilter == "" || in.ResultStatusFilter == one.Status {
			shown = append(shown, one)
		}
	}
	part, next, err := cutPage(inOrder(shown), numbered[types.ReplicationBackfillResult].key, in.NextToken, in.MaxResults, 100, 1000)
	for _, one := range part {
		out.Results = append(out.Results, one.thing)
	}
	out.NextToken = next
	return out, err
}

func showBackfillResult(result registry.BackfillResult) types.ReplicationBackfillResult {
	id := showImageID(registry.ImageID{Digest: result.Digest, Tag: result.Tag})
	shown := types.ReplicationBackfillResult{ImageId: &id, RepositoryName: &result.Repository, Status: types.ReplicationBackfillResultStatusComplete}
	if result.Failure != "" {
		shown.Status, shown.FailureCode = types.ReplicationBackfillResultStatusFailed, &result.Failure
	}
	return shown
}
