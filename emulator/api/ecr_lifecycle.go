package api

import (
	"context"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"gantry/emulator/registry"
	"gantry/emulator/registry/policy"
)

// PutLifecyclePolicy gives a repository a lifecycle policy, which is applied each
// hour from then on.
func (e *ECR) PutLifecyclePolicy(_ context.Context, in *sdk.PutLifecyclePolicyInput) (*sdk.PutLifecyclePolicyOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if err := needed("lifecyclePolicyText", text[string](in.LifecyclePolicyText) != ""); err != nil {
		return nil, err
	}
	if _, err := e.images.SetLifecyclePolicy(name, *in.LifecyclePolicyText); err != nil {
		return nil, err
	}
	return &sdk.PutLifecyclePolicyOutput{LifecyclePolicyText: in.LifecyclePolicyText, RegistryId: &e.scope.Account, RepositoryName: &name}, nil
}

// GetLifecyclePolicy shows a lifecycle policy.
func (e *ECR) GetLifecyclePolicy(_ context.Context, in *sdk.GetLifecyclePolicyInput) (*sdk.GetLifecyclePolicyOutput, error) {
	repository, err := e.found(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	if repository.LifecyclePolicy == "" {
		return nil, refuse(registry.CodeLifecyclePolicyNotFound, "Lifecycle policy does not exist for the repository with name '%s' in the registry with id '%s'", repository.Name, e.scope.Account)
	}
	out := &sdk.GetLifecyclePolicyOutput{LifecyclePolicyText: &repository.LifecyclePolicy, RegistryId: &e.scope.Account, RepositoryName: &repository.Name}
	if at := repository.LifecycleAppliedAt; !at.IsZero() {
		out.LastEvaluatedAt = &at
	}
	return out, nil
}

// DeleteLifecyclePolicy forgets a lifecycle policy.
func (e *ECR) DeleteLifecyclePolicy(_ context.Context, in *sdk.DeleteLifecyclePolicyInput) (*sdk.DeleteLifecyclePolicyOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	before, err := e.images.SetLifecyclePolicy(name, "")
	if err != nil {
		return nil, err
	}
	out := &sdk.DeleteLifecyclePolicyOutput{LifecyclePolicyText: &before.LifecyclePolicy, RegistryId: &e.scope.Account, RepositoryName: &name}
	if at := before.LifecycleAppliedAt; !at.IsZero() {
		out.LastEvaluatedAt = &at
	}
	return out, nil
}

// StartLifecyclePolicyPreview begins to find out what a policy would do.
func (e *ECR) StartLifecyclePolicyPreview(_ context.Context, in *sdk.StartLifecyclePolicyPreviewInput) (*sdk.StartLifecyclePolicyPreviewOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	preview, err := e.images.StartPreview(name, text[string](in.LifecyclePolicyText))
	if err != nil {
		return nil, err
	}
	return &sdk.StartLifecyclePolicyPreviewOutput{
		LifecyclePolicyText: &preview.Policy, RegistryId: &e.scope.Account, RepositoryName: &name, Status: types.LifecyclePolicyPreviewStatusInProgress,
	}, nil
}

// mostPreviewed is how many results a page of a preview has [ECR: LifecyclePreviewMaxResults].
const mostPreviewed = 100

// GetLifecyclePolicyPreview shows what a policy would do.
func (e *ECR) GetLifecyclePolicyPreview(_ context.Context, in *sdk.GetLifecyclePolicyPreviewInput) (*sdk.GetLifecyclePolicyPreviewOutput, error) {
	name, err := e.repository(in.RepositoryName, in.RegistryId)
	if err != nil {
		return nil, err
	}
	wanted, err := e.previewFilter(in)
	if err != nil {
		return nil, err
	}
	preview, status, err := e.images.LastPreview(name)
	if err != nil {
		return nil, err
	}
	out := &sdk.GetLifecyclePolicyPreviewOutput{
		LifecyclePolicyText: &preview.Policy, RegistryId: &e.scope.Account, RepositoryName: &name, Status: types.LifecyclePolicyPreviewStatus(status),
	}
	if status != registry.PreviewComplete {
		return out, nil
	}
	out.Summary = previewSummary(preview.Decisions)
	shown := slices.DeleteFunc(inOrder(preview.Decisions), func(n numbered[policy.Decision]) bool { return !wanted(n.thing.Image) })
	shown, out.NextToken, err = cutPage(shown, numbered[policy.Decision].key, in.NextToken, in.MaxResults, mostPreviewed, mostPreviewed)
	if err != nil {
		return nil, err
	}
	out.PreviewResults = []types.LifecyclePolicyPreviewResult{}
	for _, one := range shown {
		out.PreviewResults = append(out.PreviewResults, showDecision(one.thing))
	}
	return out, nil
}

// previewFilter are the images that a preview is asked about.
func (e *ECR) previewFilter(in *sdk.GetLifecyclePolicyPreviewInput) (func(policy.Image) bool, error) {
	if len(in.ImageIds) > 0 {
		if in.NextToken != nil || in.MaxResults != nil {
			return nil, unfit("imageIds", "cannot be given together with nextToken or maxResults")
		}
		if err := checkImageIDs(in.ImageIds); err != nil {
			return nil, err
		}
	}
	status := types.TagStatusAny
	if in.Filter != nil {
		status = in.Filter.TagStatus
	}
	if err := checkEnum("filter.tagStatus", status); err != nil {
		return nil, err
	}
	return func(image policy.Image) bool {
		named := len(in.ImageIds) == 0 || slices.ContainsFunc(in.ImageIds, func(given types.ImageIdentifier) bool {
			id := imageID(given)
			return (id.Digest == "" || id.Digest == image.Digest) && (id.Tag == "" || slices.Contains(image.Tags, id.Tag)) && id != registry.ImageID{}
		})
		return named && tagged(len(image.Tags) > 0, status)
	}, nil
}

func previewSummary(decisions []policy.Decision) *types.LifecyclePolicyPreviewSummary {
	expiring, moving := int32(0), int32(0)
	for _, d := range decisions {
		if d.Action.Type == policy.Transition {
			moving++
		} else {
			expiring++
		}
	}
	summary := &types.LifecyclePolicyPreviewSummary{ExpiringImageTotalCount: &expiring}
	if moving > 0 {
		summary.TransitioningImageTotalCounts = []types.TransitioningImageTotalCount{
			{ImageTotalCount: &moving, TargetStorageClass: types.LifecyclePolicyTargetStorageClassArchive},
		}
	}
	return summary
}

func showDecision(d policy.Decision) types.LifecyclePolicyPreviewResult {
	priority := int32(d.Priority)
	shown := types.LifecyclePolicyPreviewResult{
		Action:              &types.LifecyclePolicyRuleAction{Type: types.ImageActionType(strings.ToUpper(d.Action.Type))},
		AppliedRulePriority: &priority, ImageDigest: &d.Image.Digest, ImagePushedAt: &d.Image.PushedAt, ImageTags: d.Image.Tags,
		StorageClass: types.LifecyclePolicyStorageClassStandard,
	}
	if d.Action.Type == policy.Transition {
		shown.Action.TargetStorageClass = types.LifecyclePolicyTargetStorageClassArchive
	}
	if d.Image.Archived {
		shown.StorageClass = types.LifecyclePolicyStorageClassArchive
	}
	return shown
}
